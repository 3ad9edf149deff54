/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/migrate/mig_host_private.h"

#include "agent/migrate/mig_error.h"

#include <libvirt/virterror.h>

#define CLOSE_WAIT_MS 500

static MigHostArgs *args_new(const char *vm, const char *text)
{
    MigHostArgs *args = g_new0(MigHostArgs, 1);

    args->vm = g_strdup(vm);
    args->text = g_strdup(text);
    return args;
}

static void args_free(MigHostArgs *args)
{
    g_free(args->vm);
    g_free(args->text);
    g_free(args->arch);
    g_free(args->machine);
    g_free(args->virt_type);
    g_free(args->migrate_uri);
    g_free(args->ret_text);
    g_clear_pointer(&args->ret_domains, g_ptr_array_unref);
    g_clear_pointer(&args->ret_names, g_ptr_array_unref);
    g_free(args);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MigHostArgs, args_free)

/* ---- the host's thread ---- */

static void host_unref(MigHost *host)
{
    if (!g_atomic_int_dec_and_test(&host->refs))
        return;
    g_clear_pointer(&host->args, args_free);
    g_clear_error(&host->error);
    g_mutex_clear(&host->lock);
    g_cond_clear(&host->changed);
    g_free(host->uri);
    g_free(host);
}

static void run_call(MigHost *host)
{
    MigHostCall call = host->call;
    MigHostArgs *args = host->args;
    g_autoptr(GError) error = NULL;

    g_mutex_unlock(&host->lock);
    gboolean ok = call(host, args, &error);
    g_mutex_lock(&host->lock);

    host->ok = ok;
    g_clear_error(&host->error);
    host->error = g_steal_pointer(&error);
    host->call = NULL;
    g_cond_broadcast(&host->changed);
}

static gpointer host_thread(gpointer data)
{
    MigHost *host = data;

    g_mutex_lock(&host->lock);
    while (!host->closing) {
        if (host->call)
            run_call(host);
        else
            g_cond_wait(&host->changed, &host->lock);
    }
    g_mutex_unlock(&host->lock);

    if (host->conn)
        virConnectClose(host->conn);

    g_mutex_lock(&host->lock);
    host->closed = TRUE;
    g_cond_broadcast(&host->changed);
    g_mutex_unlock(&host->lock);
    host_unref(host);
    return NULL;
}

/* ---- in the caller's thread ----------------------------------------------------------------------------------- */

static void begin(MigHost *host, MigHostCall call, MigHostArgs *args)
{
    g_mutex_lock(&host->lock);
    g_assert(host->stuck || host->call == NULL);
    if (host->stuck) {
        args_free(args);
    } else {
        g_clear_pointer(&host->args, args_free);
        host->args = args;
        host->call = call;
        g_cond_broadcast(&host->changed);
    }
    g_mutex_unlock(&host->lock);
}

MigWait mig_host_wait(MigHost *host, gint timeout_ms, GError **error)
{
    gint64 end_us = g_get_monotonic_time() + (gint64)timeout_ms * 1000;
    MigWait result = MIG_WAIT_PENDING;

    g_mutex_lock(&host->lock);
    while (host->call && !host->stuck && g_cond_wait_until(&host->changed, &host->lock, end_us))
        ;
    if (host->stuck) {
        result = MIG_WAIT_FAILED;
        g_set_error(error, MIG_ERROR, MIG_ERROR_TIMEOUT, "libvirt at %s no longer answers", host->uri);
    } else if (host->call == NULL) {
        result = host->ok ? MIG_WAIT_DONE : MIG_WAIT_FAILED;
        if (host->error)
            g_propagate_error(error, g_steal_pointer(&host->error));
    }
    g_mutex_unlock(&host->lock);
    return result;
}

/* Returns the results, borrowed until the next call; NULL and an error otherwise. Takes args. */
static MigHostArgs *finish(MigHost *host, MigHostCall call, MigHostArgs *args, gint timeout_ms, GError **error)
{
    begin(host, call, args);
    switch (mig_host_wait(host, timeout_ms, error)) {
    case MIG_WAIT_DONE:
        return host->args;
    case MIG_WAIT_FAILED:
        return NULL;
    case MIG_WAIT_PENDING:
        break;
    }
    g_mutex_lock(&host->lock);
    host->stuck = TRUE;
    g_mutex_unlock(&host->lock);
    g_set_error(
        error, MIG_ERROR, MIG_ERROR_TIMEOUT, "libvirt at %s did not answer within %d ms", host->uri, timeout_ms);
    return NULL;
}

static void silence(void *data G_GNUC_UNUSED, virErrorPtr error G_GNUC_UNUSED)
{
}

static void prepare_libvirt(void)
{
    static gsize once = 0;

    if (g_once_init_enter(&once)) {
        virInitialize();
        virSetErrorFunc(NULL, silence);
        g_once_init_leave(&once, 1);
    }
}

MigHost *mig_host_open(const char *uri, gint timeout_ms, GError **error)
{
    g_autoptr(MigHost) host = g_new0(MigHost, 1);

    prepare_libvirt();
    g_mutex_init(&host->lock);
    g_cond_init(&host->changed);
    host->uri = g_strdup(uri);
    host->refs = 2; /* ours and the thread's */
    g_thread_unref(g_thread_new("libvirt", host_thread, host));
    return finish(host, mig_host_call_open, args_new(NULL, NULL), timeout_ms, error) ? g_steal_pointer(&host) : NULL;
}

void mig_host_close(MigHost *host)
{
    gint64 end_us = g_get_monotonic_time() + CLOSE_WAIT_MS * 1000;

    g_mutex_lock(&host->lock);
    host->closing = TRUE;
    g_cond_broadcast(&host->changed);
    /* A client that leaves without a word is an error in libvirt's log: give an idle thread the time to say it. */
    while (host->call == NULL && !host->closed && g_cond_wait_until(&host->changed, &host->lock, end_us))
        ;
    g_mutex_unlock(&host->lock);
    host_unref(host);
}

gboolean mig_host_look(MigHost *host, const char *vm, MigLook *ret_look, gint timeout_ms, GError **error)
{
    MigHostArgs *args = finish(host, mig_host_call_look, args_new(vm, NULL), timeout_ms, error);

    if (args)
        *ret_look = args->ret_look;
    return args != NULL;
}

char *mig_host_xml(MigHost *host, const char *vm, gint timeout_ms, GError **error)
{
    MigHostArgs *args = finish(host, mig_host_call_xml, args_new(vm, NULL), timeout_ms, error);

    return args ? g_steal_pointer(&args->ret_text) : NULL;
}

gboolean mig_host_sample(MigHost *host, const char *vm, MigSample *ret_sample, gint timeout_ms, GError **error)
{
    MigHostArgs *args = finish(host, mig_host_call_sample, args_new(vm, NULL), timeout_ms, error);

    if (args)
        *ret_sample = args->ret_sample;
    return args != NULL;
}

void mig_host_domain_free(MigHostDomain *domain)
{
    g_free(domain->name);
    g_free(domain);
}

GPtrArray *mig_host_domains(MigHost *host, gint timeout_ms, GError **error)
{
    MigHostArgs *args = finish(host, mig_host_call_domains, args_new(NULL, NULL), timeout_ms, error);

    return args ? g_steal_pointer(&args->ret_domains) : NULL;
}

GPtrArray *mig_host_names(MigHost *host, gint timeout_ms, GError **error)
{
    MigHostArgs *args = finish(host, mig_host_call_names, args_new(NULL, NULL), timeout_ms, error);

    return args ? g_steal_pointer(&args->ret_names) : NULL;
}

gboolean mig_host_create(MigHost *host, const char *xml, gint timeout_ms, GError **error)
{
    return finish(host, mig_host_call_create, args_new(NULL, xml), timeout_ms, error) != NULL;
}

gboolean mig_host_shutdown(MigHost *host, const char *vm, gboolean acpi_only, gint timeout_ms, GError **error)
{
    MigHostArgs *args = args_new(vm, NULL);

    args->flag = acpi_only;
    return finish(host, mig_host_call_shutdown, args, timeout_ms, error) != NULL;
}

gboolean mig_host_destroy(MigHost *host, const char *vm, gint timeout_ms, GError **error)
{
    return finish(host, mig_host_call_destroy, args_new(vm, NULL), timeout_ms, error) != NULL;
}

gboolean mig_host_resume(MigHost *host, const char *vm, gint timeout_ms, GError **error)
{
    return finish(host, mig_host_call_resume, args_new(vm, NULL), timeout_ms, error) != NULL;
}

gboolean mig_host_guest_answers(MigHost *host, const char *vm, gint timeout_ms, GError **error)
{
    return finish(host, mig_host_call_guest_answers, args_new(vm, NULL), timeout_ms, error) != NULL;
}

char **mig_host_addresses(MigHost *host, const char *vm, gint timeout_ms, GError **error)
{
    MigHostArgs *args = finish(host, mig_host_call_addresses, args_new(vm, NULL), timeout_ms, error);

    return args ? g_strsplit(args->ret_text, " ", -1) : NULL;
}

gboolean mig_host_abort_job(MigHost *host, const char *vm, gint timeout_ms, GError **error)
{
    return finish(host, mig_host_call_abort_job, args_new(vm, NULL), timeout_ms, error) != NULL;
}

gboolean mig_host_permit_downtime(MigHost *host, const char *vm, guint downtime_ms, gint timeout_ms, GError **error)
{
    MigHostArgs *args = args_new(vm, NULL);

    args->number = downtime_ms;
    return finish(host, mig_host_call_permit_downtime, args, timeout_ms, error) != NULL;
}

gboolean mig_host_compare_cpu(MigHost *host, const char *arch, const char *machine, const char *virt_type,
    const char *cpu_xml, gint timeout_ms, GError **error)
{
    MigHostArgs *args = args_new(NULL, cpu_xml);

    args->arch = g_strdup(arch);
    args->machine = g_strdup(machine);
    args->virt_type = g_strdup(virt_type);
    return finish(host, mig_host_call_compare_cpu, args, timeout_ms, error) != NULL;
}

void mig_host_migrate_begin(MigHost *host, const char *vm, const MigRoute *route)
{
    MigHostArgs *args = args_new(vm, route->target_uri);

    args->migrate_uri = g_strdup(route->migrate_uri);
    args->number = route->bandwidth_mibps;
    args->auto_converge = route->auto_converge;
    args->flag = route->persistent;
    begin(host, mig_host_call_migrate, args);
}
