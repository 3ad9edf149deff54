/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_actions.h"

#include "resource-agents/ra_local.h"
#include "resource-agents/ra_proc.h"
#include "resource-agents/ra_state.h"

#define OPEN_MS 4000
#define ORPHAN_GRACE_MS 2000

/* libvirt does not answer. Nothing automatic stops a running VM, least of all a restart of libvirt. */
static RaExit judge_blind(const RaEnv *env, const char *uuid, const char *why)
{
    pid_t pid = 0;

    switch (ra_proc_find(env->proc_dir, env->vm, uuid, &pid)) {
    case RA_PROC_FOUND:
        ra_exit_reason("%s; its QEMU process %d is alive", why, (int)pid);
        return RA_OK;
    case RA_PROC_NONE:
        return RA_NOT_RUNNING;
    case RA_PROC_UNKNOWN:
        ra_exit_reason("%s, and whether its QEMU process is alive cannot be told", why);
        return RA_ERR_GENERIC;
    }
    g_assert_not_reached();
}

/* libvirt has no such domain. A QEMU that is still ending is given a moment; one that stays is lost to libvirt. */
static RaExit judge_absent(const RaEnv *env, const char *uuid)
{
    gint64 until_us = MIN(env->end_us, g_get_monotonic_time() + ORPHAN_GRACE_MS * 1000);
    pid_t pid = 0;

    while (ra_proc_find(env->proc_dir, env->vm, uuid, &pid) == RA_PROC_FOUND) {
        if (g_get_monotonic_time() >= until_us) {
            ra_exit_reason("libvirt does not know of it, yet its QEMU process %d is alive", (int)pid);
            return RA_ERR_GENERIC;
        }
        g_usleep(RA_STEP_MS * 1000);
    }
    return RA_NOT_RUNNING;
}

static RaExit judge_present(const RaEnv *env, MigHost *host, const MigLook *look)
{
    const char *note = NULL;
    RaState state = ra_state_judge(look, &note);
    RaExit code = ra_state_exit(state, env->on_io_error);

    if (note && (code != RA_NOT_RUNNING || !env->probe))
        ra_exit_reason("%s", note);
    /* Where the storage is back the guest goes on; where it is not, QEMU pauses it again, and no harm is done. */
    if (state == RA_STATE_IO_ERROR && env->on_io_error == RA_IO_RESUME && !env->probe)
        mig_host_resume(host, env->vm, MIG_HOST_CALL_MS, NULL);
    return code;
}

RaExit ra_monitor(const RaEnv *env)
{
    g_autofree char *uuid = ra_local_uuid(env);
    g_autoptr(GError) error = NULL;
    MigLook look = {0};
    gint left_ms = ra_env_left_ms(env->end_us);
    g_autoptr(MigHost) host = mig_host_open(env->libvirt_uri, MIN(OPEN_MS, left_ms / 2 + 1), &error);

    if (host == NULL || !mig_host_look(host, env->vm, &look, MIN(OPEN_MS, left_ms / 4 + 1), &error))
        return judge_blind(env, uuid, error->message);
    if (!look.present)
        return judge_absent(env, uuid);
    if (!ra_state_is_ours(&look, uuid)) {
        ra_exit_reason("the domain %s here is another machine (uuid %s)", env->vm, look.uuid);
        return RA_NOT_RUNNING;
    }
    return judge_present(env, host, &look);
}
