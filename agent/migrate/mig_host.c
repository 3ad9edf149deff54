/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/migrate/mig_host.h"

#include "agent/migrate/mig_error.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdlib.h>
#include <string.h>

#define CLOSE_WAIT_MS 500

G_DEFINE_AUTOPTR_CLEANUP_FUNC(virDomain, virDomainFree)

/** One call's arguments and results; belongs to the thread while it runs. */
typedef struct {
    char *vm;
    char *text; /* XML, a CPU, or a URI */
    char *arch, *machine, *virt_type;
    char *migrate_uri;
    guint64 number;
    gboolean flag;
    gboolean auto_converge;

    MigLook ret_look;
    MigSample ret_sample;
    char *ret_text;
} Args;

typedef gboolean (*CallFn)(MigHost *host, Args *args, GError **error);

struct MigHost {
    gint refs; /* the caller, and the thread */
    GMutex lock;
    GCond changed;
    char *uri;
    virConnectPtr conn; /* the thread's alone */

    /* under the lock */
    CallFn call; /* NULL: idle */
    Args *args;
    GError *error;
    gboolean ok;
    gboolean stuck;
    gboolean closing;
    gboolean closed;
};

static Args *args_new(const char *vm, const char *text)
{
    Args *args = g_new0(Args, 1);

    args->vm = g_strdup(vm);
    args->text = g_strdup(text);
    return args;
}

static void args_free(Args *args)
{
    g_free(args->vm);
    g_free(args->text);
    g_free(args->arch);
    g_free(args->machine);
    g_free(args->virt_type);
    g_free(args->migrate_uri);
    g_free(args->ret_text);
    g_free(args);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Args, args_free)

/* ---- in the host's thread ------------------------------------------------------------------------------------- */

static MigError error_code(int virt_code)
{
    switch (virt_code) {
    case VIR_ERR_NO_DOMAIN:
        return MIG_ERROR_ABSENT;
    case VIR_ERR_OPERATION_ABORTED:
        return MIG_ERROR_ABORTED;
    case VIR_ERR_CPU_INCOMPATIBLE:
        return MIG_ERROR_INCOMPATIBLE;
    case VIR_ERR_NO_SUPPORT:
    case VIR_ERR_OPERATION_UNSUPPORTED:
    case VIR_ERR_CONFIG_UNSUPPORTED:
    case VIR_ERR_ARGUMENT_UNSUPPORTED:
        return MIG_ERROR_UNSUPPORTED;
    default:
        return MIG_ERROR_FAILED;
    }
}

/* libvirt's last error is per thread: it has to be taken here. */
static gboolean fail(GError **error, const char *what)
{
    const virError *last = virGetLastError();

    g_set_error(error, MIG_ERROR, last ? error_code(last->code) : MIG_ERROR_FAILED, "%s: %s", what,
        last && last->message ? last->message : "libvirt gave no reason");
    return FALSE;
}

static virDomain *lookup(MigHost *host, const Args *args, GError **error)
{
    virDomain *dom = virDomainLookupByName(host->conn, args->vm);

    if (dom == NULL)
        fail(error, "cannot look up the domain");
    return dom;
}

static gboolean call_open(MigHost *host, Args *args G_GNUC_UNUSED, GError **error)
{
    host->conn = virConnectOpen(host->uri);
    if (host->conn == NULL) {
        const virError *last = virGetLastError();

        g_set_error(error, MIG_ERROR, MIG_ERROR_UNREACHABLE, "cannot connect to libvirt at %s: %s", host->uri,
            last && last->message ? last->message : "no reason given");
        return FALSE;
    }
    return TRUE;
}

static MigJob job_of(virDomain *dom)
{
    int type = VIR_DOMAIN_JOB_NONE;
    virTypedParameterPtr params = NULL;
    int n_params = 0;
    int operation = VIR_DOMAIN_JOB_OPERATION_UNKNOWN;

    if (virDomainGetJobStats(dom, &type, &params, &n_params, 0) < 0) {
        int code = virGetLastErrorCode();

        /* libvirt has statistics for the source only; on the target this very refusal tells of the incoming job. */
        return code == VIR_ERR_OPERATION_UNSUPPORTED || code == VIR_ERR_OPERATION_INVALID ? MIG_JOB_INCOMING
                                                                                          : MIG_JOB_NONE;
    }
    virTypedParamsGetInt(params, n_params, VIR_DOMAIN_JOB_OPERATION, &operation);
    virTypedParamsFree(params, n_params);

    if (type == VIR_DOMAIN_JOB_NONE)
        return MIG_JOB_NONE;
    if (operation == VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT)
        return MIG_JOB_OUTGOING;
    return operation == VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN ? MIG_JOB_INCOMING : MIG_JOB_OTHER;
}

static gboolean call_look(MigHost *host, Args *args, GError **error)
{
    MigLook look = {0};
    g_autoptr(GError) lookup_error = NULL;
    g_autoptr(virDomain) dom = lookup(host, args, &lookup_error);

    if (dom == NULL && g_error_matches(lookup_error, MIG_ERROR, MIG_ERROR_ABSENT))
        return TRUE;
    if (dom == NULL) {
        g_propagate_error(error, g_steal_pointer(&lookup_error));
        return FALSE;
    }

    if (virDomainGetState(dom, &look.state, &look.reason, 0) < 0 || virDomainGetUUIDString(dom, look.uuid) < 0)
        return fail(error, "cannot read the domain's state");
    int persistent = virDomainIsPersistent(dom);
    if (persistent < 0)
        return fail(error, "cannot read the domain's persistence");
    look.present = TRUE;
    look.persistent = persistent == 1;
    look.job = job_of(dom);
    args->ret_look = look;
    return TRUE;
}

static gboolean call_xml(MigHost *host, Args *args, GError **error)
{
    g_autoptr(virDomain) dom = lookup(host, args, error);
    if (dom == NULL)
        return FALSE;

    char *xml = virDomainGetXMLDesc(dom, VIR_DOMAIN_XML_MIGRATABLE | VIR_DOMAIN_XML_SECURE);
    if (xml == NULL)
        return fail(error, "cannot read the domain's XML");
    args->ret_text = g_strdup(xml);
    free(xml); /* libvirt's, hence not g_free */
    return TRUE;
}

static guint64 field(virTypedParameterPtr params, int n_params, const char *name)
{
    unsigned long long value = 0;

    virTypedParamsGetULLong(params, n_params, name, &value);
    return value;
}

static void fill_sample(MigSample *sample, virTypedParameterPtr params, int n)
{
    guint64 page_bytes = field(params, n, VIR_DOMAIN_JOB_MEMORY_PAGE_SIZE);

    *sample = (MigSample){
        .total_bytes = field(params, n, VIR_DOMAIN_JOB_DATA_TOTAL),
        .remaining_bytes = field(params, n, VIR_DOMAIN_JOB_DATA_REMAINING),
        .processed_bytes = field(params, n, VIR_DOMAIN_JOB_DATA_PROCESSED),
        .dirty_bytes_per_s = field(params, n, VIR_DOMAIN_JOB_MEMORY_DIRTY_RATE) * (page_bytes ? page_bytes : 4096),
        .bandwidth_bytes_per_s = field(params, n, VIR_DOMAIN_JOB_MEMORY_BPS),
        .downtime_ms = field(params, n, VIR_DOMAIN_JOB_DOWNTIME),
        .elapsed_ms = field(params, n, VIR_DOMAIN_JOB_TIME_ELAPSED),
        .iteration = (guint)field(params, n, VIR_DOMAIN_JOB_MEMORY_ITERATION),
    };
}

static gboolean call_sample(MigHost *host, Args *args, GError **error)
{
    int type = VIR_DOMAIN_JOB_NONE;
    virTypedParameterPtr params = NULL;
    int n_params = 0;
    g_autoptr(virDomain) dom = lookup(host, args, error);

    if (dom == NULL)
        return FALSE;
    if (virDomainGetJobStats(dom, &type, &params, &n_params, 0) < 0)
        return fail(error, "cannot read the migration's statistics");
    fill_sample(&args->ret_sample, params, n_params);
    virTypedParamsFree(params, n_params);
    if (type == VIR_DOMAIN_JOB_NONE) {
        g_set_error(error, MIG_ERROR, MIG_ERROR_FAILED, "no migration is active");
        return FALSE;
    }
    return TRUE;
}

static gboolean call_create(MigHost *host, Args *args, GError **error)
{
    g_autoptr(virDomain) dom = virDomainCreateXML(host->conn, args->text, 0);

    return dom != NULL || fail(error, "libvirt cannot start the domain");
}

static gboolean call_shutdown(MigHost *host, Args *args, GError **error)
{
    /* Without flags libvirt takes the guest agent where there is one, else ACPI. */
    g_autoptr(virDomain) dom = lookup(host, args, error);

    return dom && (virDomainShutdownFlags(dom, args->flag ? VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN : 0) == 0 ||
                      fail(error, "cannot ask the guest to shut down"));
}

static gboolean call_destroy(MigHost *host, Args *args, GError **error)
{
    g_autoptr(virDomain) dom = lookup(host, args, error);

    return dom && (virDomainDestroy(dom) == 0 || fail(error, "cannot end the domain"));
}

static gboolean call_resume(MigHost *host, Args *args, GError **error)
{
    g_autoptr(virDomain) dom = lookup(host, args, error);

    return dom && (virDomainResume(dom) == 0 || fail(error, "cannot resume the domain"));
}

/* Any command does: libvirt first makes sure that the agent is there. */
static gboolean call_guest_answers(MigHost *host, Args *args, GError **error)
{
    g_autoptr(virDomain) dom = lookup(host, args, error);
    long long s = 0;
    unsigned int ns = 0;

    return dom && (virDomainGetTime(dom, &s, &ns, 0) == 0 || fail(error, "no guest agent answers"));
}

/* What one source knows, without the guest's loopback. */
static void add_addresses(virDomain *dom, unsigned int source, GString *text)
{
    virDomainInterfacePtr *interfaces = NULL;
    int n = virDomainInterfaceAddresses(dom, &interfaces, source, 0);

    for (int i = 0; i < n; i++) {
        for (unsigned int j = 0; j < interfaces[i]->naddrs; j++) {
            const char *address = interfaces[i]->addrs[j].addr;

            if (!g_str_has_prefix(address, "127.") && strcmp(address, "::1") != 0)
                g_string_append_printf(text, "%s%s", text->len ? " " : "", address);
        }
        virDomainInterfaceFree(interfaces[i]);
    }
    free(interfaces);
}

static gboolean call_addresses(MigHost *host, Args *args, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(virDomain) dom = lookup(host, args, error);
    if (dom == NULL)
        return FALSE;
    add_addresses(dom, VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE, text);
    add_addresses(dom, VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP, text);
    if (text->len == 0)
        add_addresses(dom, VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT, text);
    if (text->len == 0) {
        g_set_error_literal(error, MIG_ERROR, MIG_ERROR_FAILED, "nobody knows its address: no lease, no ARP, no agent");
        return FALSE;
    }
    args->ret_text = g_strdup(text->str);
    return TRUE;
}

static gboolean call_abort_job(MigHost *host, Args *args, GError **error)
{
    g_autoptr(virDomain) dom = lookup(host, args, error);

    return dom && (virDomainAbortJob(dom) == 0 || fail(error, "cannot abort the migration"));
}

static gboolean call_permit_downtime(MigHost *host, Args *args, GError **error)
{
    g_autoptr(virDomain) dom = lookup(host, args, error);

    return dom && (virDomainMigrateSetMaxDowntime(dom, args->number, 0) == 0 ||
                      fail(error, "cannot set the permitted interruption"));
}

static gboolean call_compare_cpu(MigHost *host, Args *args, GError **error)
{
    int result = virConnectCompareHypervisorCPU(host->conn, NULL, args->arch, args->machine, args->virt_type,
        args->text, VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE);

    if (result == VIR_CPU_COMPARE_IDENTICAL || result == VIR_CPU_COMPARE_SUPERSET)
        return TRUE;
    return fail(error, "the target cannot run this CPU");
}

static gboolean call_migrate(MigHost *host, Args *args, GError **error)
{
    unsigned int flags = VIR_MIGRATE_LIVE | VIR_MIGRATE_PEER2PEER | VIR_MIGRATE_ABORT_ON_ERROR;
    virTypedParameterPtr params = NULL;
    int n_params = 0;
    int capacity = 0;
    g_autoptr(virDomain) dom = lookup(host, args, error);

    if (dom == NULL)
        return FALSE;
    if (args->auto_converge)
        flags |= VIR_MIGRATE_AUTO_CONVERGE;
    if (args->flag)
        flags |= VIR_MIGRATE_PERSIST_DEST | VIR_MIGRATE_UNDEFINE_SOURCE;
    if (args->migrate_uri)
        virTypedParamsAddString(&params, &n_params, &capacity, VIR_MIGRATE_PARAM_URI, args->migrate_uri);
    if (args->number)
        virTypedParamsAddULLong(&params, &n_params, &capacity, VIR_MIGRATE_PARAM_BANDWIDTH, args->number);

    gboolean ok = virDomainMigrateToURI3(dom, args->text, params, (unsigned int)n_params, flags) == 0 ||
                  fail(error, "the migration failed");
    virTypedParamsFree(params, n_params);
    return ok;
}

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
    CallFn call = host->call;
    Args *args = host->args;
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

static void begin(MigHost *host, CallFn call, Args *args)
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
static Args *finish(MigHost *host, CallFn call, Args *args, gint timeout_ms, GError **error)
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
    return finish(host, call_open, args_new(NULL, NULL), timeout_ms, error) ? g_steal_pointer(&host) : NULL;
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
    Args *args = finish(host, call_look, args_new(vm, NULL), timeout_ms, error);

    if (args)
        *ret_look = args->ret_look;
    return args != NULL;
}

char *mig_host_xml(MigHost *host, const char *vm, gint timeout_ms, GError **error)
{
    Args *args = finish(host, call_xml, args_new(vm, NULL), timeout_ms, error);

    return args ? g_steal_pointer(&args->ret_text) : NULL;
}

gboolean mig_host_sample(MigHost *host, const char *vm, MigSample *ret_sample, gint timeout_ms, GError **error)
{
    Args *args = finish(host, call_sample, args_new(vm, NULL), timeout_ms, error);

    if (args)
        *ret_sample = args->ret_sample;
    return args != NULL;
}

gboolean mig_host_create(MigHost *host, const char *xml, gint timeout_ms, GError **error)
{
    return finish(host, call_create, args_new(NULL, xml), timeout_ms, error) != NULL;
}

gboolean mig_host_shutdown(MigHost *host, const char *vm, gboolean acpi_only, gint timeout_ms, GError **error)
{
    Args *args = args_new(vm, NULL);

    args->flag = acpi_only;
    return finish(host, call_shutdown, args, timeout_ms, error) != NULL;
}

gboolean mig_host_destroy(MigHost *host, const char *vm, gint timeout_ms, GError **error)
{
    return finish(host, call_destroy, args_new(vm, NULL), timeout_ms, error) != NULL;
}

gboolean mig_host_resume(MigHost *host, const char *vm, gint timeout_ms, GError **error)
{
    return finish(host, call_resume, args_new(vm, NULL), timeout_ms, error) != NULL;
}

gboolean mig_host_guest_answers(MigHost *host, const char *vm, gint timeout_ms, GError **error)
{
    return finish(host, call_guest_answers, args_new(vm, NULL), timeout_ms, error) != NULL;
}

char **mig_host_addresses(MigHost *host, const char *vm, gint timeout_ms, GError **error)
{
    Args *args = finish(host, call_addresses, args_new(vm, NULL), timeout_ms, error);

    return args ? g_strsplit(args->ret_text, " ", -1) : NULL;
}

gboolean mig_host_abort_job(MigHost *host, const char *vm, gint timeout_ms, GError **error)
{
    return finish(host, call_abort_job, args_new(vm, NULL), timeout_ms, error) != NULL;
}

gboolean mig_host_permit_downtime(MigHost *host, const char *vm, guint downtime_ms, gint timeout_ms, GError **error)
{
    Args *args = args_new(vm, NULL);

    args->number = downtime_ms;
    return finish(host, call_permit_downtime, args, timeout_ms, error) != NULL;
}

gboolean mig_host_compare_cpu(MigHost *host, const char *arch, const char *machine, const char *virt_type,
    const char *cpu_xml, gint timeout_ms, GError **error)
{
    Args *args = args_new(NULL, cpu_xml);

    args->arch = g_strdup(arch);
    args->machine = g_strdup(machine);
    args->virt_type = g_strdup(virt_type);
    return finish(host, call_compare_cpu, args, timeout_ms, error) != NULL;
}

void mig_host_migrate_begin(MigHost *host, const char *vm, const MigRoute *route)
{
    Args *args = args_new(vm, route->target_uri);

    args->migrate_uri = g_strdup(route->migrate_uri);
    args->number = route->bandwidth_mibps;
    args->auto_converge = route->auto_converge;
    args->flag = route->persistent;
    begin(host, call_migrate, args);
}
