/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_actions.h"

#include "resource-agents/ra_local.h"
#include "resource-agents/ra_proc.h"
#include "resource-agents/ra_state.h"

#include <libvirt/libvirt.h>

/*
 * The operation's time, from its end:
 *
 *   begin ........ graceful .........| destroy .......| kill ......| end
 *                                    end - force      end - kill
 *
 * Pacemaker's timeout is a SIGKILL for us and, after a failed stop, a fencing for the host and every VM on it. So the
 * guest's own time ends early enough for two harder ways, the second of which needs no libvirt.
 */
#define FORCE_MAX_MS 20000
#define ASK_EVERY_MS 5000
#define ASK_MAX_MS 8000

typedef struct {
    const RaEnv *env;
    char *uuid; /* NULL when the definition is not here */
    gint64 force_us;
    gint64 kill_us;
    gint64 end_us;
} Stop;

/* The last word: there is no domain, so there must be no process either. */
static RaExit confirm_gone(const Stop *stop)
{
    pid_t pid = 0;

    if (ra_proc_find(stop->env->proc_dir, stop->env->vm, stop->uuid, &pid) == RA_PROC_NONE)
        return RA_OK;
    if (ra_proc_kill(stop->env->proc_dir, stop->env->vm, stop->uuid, stop->end_us))
        return RA_OK;
    ra_exit_reason("its QEMU process %d cannot be ended", (int)pid);
    return RA_ERR_GENERIC;
}

/* Without libvirt there is no graceful way; leaving the VM here would cost the whole host. */
static RaExit stop_blind(const Stop *stop, const char *why)
{
    pid_t pid = 0;

    switch (ra_proc_find(stop->env->proc_dir, stop->env->vm, stop->uuid, &pid)) {
    case RA_PROC_NONE:
        return RA_OK;
    case RA_PROC_FOUND:
        return confirm_gone(stop);
    case RA_PROC_UNKNOWN:
        ra_exit_reason("%s, and whether its QEMU process is alive cannot be told", why);
        return RA_ERR_GENERIC;
    }
    g_assert_not_reached();
}

/* A guest that cannot run cannot shut down. */
static gboolean can_shut_down(const MigLook *look)
{
    return look->state == VIR_DOMAIN_RUNNING || look->state == VIR_DOMAIN_BLOCKED ||
           look->state == VIR_DOMAIN_SHUTDOWN || look->state == VIR_DOMAIN_PMSUSPENDED;
}

static gboolean is_gone(const Stop *stop, const MigLook *look)
{
    return ra_state_judge(look, NULL) == RA_STATE_NOT_RUNNING || !ra_state_is_ours(look, stop->uuid);
}

/* Over a connection of its own, since a guest's agent that hangs takes the call with it. */
static void ask_guest(const Stop *stop, gboolean acpi_only)
{
    gint timeout_ms = MIN(ra_env_left_ms(stop->force_us), ASK_MAX_MS);
    g_autoptr(MigHost) host = mig_host_open(stop->env->libvirt_uri, timeout_ms, NULL);

    if (host)
        mig_host_shutdown(host, stop->env->vm, acpi_only, timeout_ms, NULL);
}

/* Each round asks again: a guest may be booting, its agent hung, its first key press lost. Alternates agent and ACPI.
 */
static gboolean shut_down(const Stop *stop, MigHost *host, MigLook *look, GError **error)
{
    gint64 next_ask_us = 0;
    gboolean acpi_only = FALSE;

    while (!is_gone(stop, look) && can_shut_down(look) && g_get_monotonic_time() < stop->force_us) {
        if (g_get_monotonic_time() >= next_ask_us) {
            ask_guest(stop, acpi_only);
            acpi_only = !acpi_only;
            next_ask_us = g_get_monotonic_time() + ASK_EVERY_MS * 1000;
        }
        g_usleep(RA_STEP_MS * 1000);
        if (!ra_local_look(stop->env, host, look, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean destroy(const Stop *stop, MigHost *host, MigLook *look, GError **error)
{
    while (!is_gone(stop, look) && g_get_monotonic_time() < stop->kill_us) {
        g_autoptr(GError) refused = NULL;

        if (!mig_host_destroy(host, stop->env->vm, ra_env_left_ms(stop->kill_us), &refused))
            g_usleep(RA_STEP_MS * 1000); /* its process may be ending by itself */
        if (!ra_local_look(stop->env, host, look, error))
            return FALSE;
    }
    return TRUE;
}

/* A VM on its way out is caught first: destroyed in between, it might be running on the target already. */
static gboolean abort_migration(const Stop *stop, MigHost *host, MigLook *look, GError **error)
{
    while (look->present && look->job == MIG_JOB_OUTGOING && ra_state_judge(look, NULL) != RA_STATE_SPLIT &&
           g_get_monotonic_time() < stop->force_us) {
        mig_host_abort_job(host, stop->env->vm, MIG_HOST_CALL_MS, NULL);
        g_usleep(RA_STEP_MS * 1000);
        if (!ra_local_look(stop->env, host, look, error))
            return FALSE;
    }
    return TRUE;
}

static RaExit stop_present(const Stop *stop, MigHost *host, MigLook *look)
{
    g_autoptr(GError) error = NULL;
    const char *note = NULL;

    if (!abort_migration(stop, host, look, &error))
        return stop_blind(stop, error->message);
    if (is_gone(stop, look))
        return confirm_gone(stop);
    if (ra_state_judge(look, &note) == RA_STATE_SPLIT) {
        ra_exit_reason("%s", note);
        return RA_ERR_GENERIC;
    }
    if (!shut_down(stop, host, look, &error) || !destroy(stop, host, look, &error))
        return stop_blind(stop, error->message);
    return confirm_gone(stop);
}

static RaExit stop_known(const Stop *stop, MigHost *host)
{
    g_autoptr(GError) error = NULL;
    MigLook look = {0};

    if (!ra_local_look(stop->env, host, &look, &error))
        return stop_blind(stop, error->message);
    if (look.present && !ra_state_is_ours(&look, stop->uuid)) {
        ra_exit_reason("the domain %s here is another machine (uuid %s) and was left alone", stop->env->vm, look.uuid);
        return RA_OK;
    }
    return is_gone(stop, &look) ? confirm_gone(stop) : stop_present(stop, host, &look);
}

RaExit ra_stop(const RaEnv *env)
{
    gint64 now_us = g_get_monotonic_time();
    gint64 force_us = MIN(FORCE_MAX_MS * 1000, (env->end_us - now_us) / 2);
    g_autofree char *uuid = ra_local_uuid(env);
    g_autoptr(GError) error = NULL;
    Stop stop = {
        .env = env,
        .uuid = uuid,
        .force_us = env->end_us - force_us,
        .kill_us = env->end_us - force_us / 2,
        .end_us = env->end_us - force_us / 10,
    };
    g_autoptr(MigHost) host = ra_local_open(env, stop.force_us, &error);

    return host ? stop_known(&stop, host) : stop_blind(&stop, error->message);
}
