/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_actions.h"

#include "agent/io/io_definition.h"
#include "resource-agents/ra_guard.h"
#include "resource-agents/ra_local.h"
#include "resource-agents/ra_proc.h"
#include "resource-agents/ra_ready.h"
#include "resource-agents/ra_room.h"
#include "resource-agents/ra_state.h"

#include <string.h>

#define RESERVE_MS 3000
#define DEFINITION_WAIT_MS 10000
#define CREATE_MS 15000 /* kept for the creation itself; at most half of the time */

/* An arriving VM either runs here soon, or its migration fails and it is gone. */
static gboolean look_when_arrived(const RaEnv *env, MigHost *host, MigLook *look, GError **error)
{
    for (;;) {
        if (!ra_local_look(env, host, look, error))
            return FALSE;
        if (ra_state_judge(look, NULL) != RA_STATE_ARRIVING ||
            g_get_monotonic_time() >= env->end_us - RESERVE_MS * 1000)
            return TRUE;
        g_usleep(RA_STEP_MS * 1000);
    }
}

static RaExit accept_present(const RaEnv *env, const MigLook *look, const char *uuid)
{
    if (uuid && g_ascii_strcasecmp(uuid, look->uuid) != 0) {
        ra_exit_reason("this host already has another machine named %s (uuid %s)", env->vm, look->uuid);
        return RA_ERR_GENERIC;
    }
    return RA_OK;
}

/* The last thing before the domain is created: it may take its time for a member's libvirt that does not answer. */
static RaExit ask_others(const RaEnv *env, const char *uuid)
{
    gint64 now_us = g_get_monotonic_time();
    gint64 until_us = MAX(env->end_us - (RESERVE_MS + CREATE_MS) * 1000, now_us + (env->end_us - now_us) / 2);
    g_autofree char *why = NULL;

    if (ra_guard(env, uuid, until_us, &why))
        return RA_OK;
    ra_exit_reason("%s", why);
    return RA_ERR_GENERIC;
}

static gboolean nothing_is_asked(const char *path G_GNUC_UNUSED)
{
    return TRUE;
}

/* A definition whose size can't be read is libvirt's to refuse. */
static guint64 mem_mib(const char *xml)
{
    g_autoptr(HaNeeds) needs = io_definition_parse(xml, strlen(xml), nothing_is_asked, NULL);

    return needs ? needs->mem_mib : 0;
}

static RaExit claim_room(const RaEnv *env, MigHost *host, const char *xml, RaRoomClaim **ret_claim)
{
    g_autofree char *why = NULL;
    RaExit code = ra_room_claim(env, host, mem_mib(xml), ret_claim, &why);

    if (code != RA_OK)
        ra_exit_reason("%s", why);
    return code;
}

static RaExit create(const RaEnv *env, MigHost *host)
{
    gint64 now_us = g_get_monotonic_time();
    gint64 until_us = MIN(now_us + DEFINITION_WAIT_MS * 1000, now_us + (env->end_us - now_us) / 2);
    g_autofree char *xml = NULL;
    g_autoptr(MigDomain) domain = NULL;
    g_autoptr(RaRoomClaim) claim = NULL;
    g_autoptr(GError) error = NULL;
    RaExit code = ra_local_definition(env, until_us, &xml, &domain);
    pid_t pid = 0;

    if (code != RA_OK)
        return code;
    if (ra_proc_find(env->proc_dir, env->vm, domain->uuid, &pid) == RA_PROC_FOUND) {
        ra_exit_reason("its QEMU process %d is alive although libvirt does not know of it", (int)pid);
        return RA_ERR_GENERIC;
    }
    code = claim_room(env, host, xml, &claim);
    if (code != RA_OK)
        return code;
    if (ask_others(env, domain->uuid) != RA_OK)
        return RA_ERR_GENERIC;
    if (!mig_host_create(host, xml, ra_env_left_ms(env->end_us - RESERVE_MS * 1000), &error)) {
        ra_exit_reason("%s", error->message);
        return RA_ERR_GENERIC;
    }
    ra_ready_wait(env);
    return RA_OK;
}

static RaExit start_from(const RaEnv *env, MigHost *host, const MigLook *look)
{
    g_autofree char *uuid = ra_local_uuid(env);
    g_autoptr(GError) error = NULL;
    const char *note = NULL;

    switch (ra_state_judge(look, &note)) {
    case RA_STATE_RUNNING:
    case RA_STATE_SPLIT:
    case RA_STATE_IO_ERROR:
        return accept_present(env, look, uuid);
    case RA_STATE_ARRIVING:
        ra_exit_reason("it was still arriving by live migration when time was up");
        return RA_ERR_GENERIC;
    case RA_STATE_NOT_RUNNING:
        return create(env, host);
    case RA_STATE_FAILED:
        break;
    }
    if (accept_present(env, look, uuid) != RA_OK)
        return RA_ERR_GENERIC;
    if (!mig_host_destroy(host, env->vm, MIG_HOST_CALL_MS, &error)) {
        ra_exit_reason("%s, and %s", note, error->message);
        return RA_ERR_GENERIC;
    }
    return create(env, host);
}

RaExit ra_start(const RaEnv *env)
{
    g_autoptr(GError) error = NULL;
    MigLook look = {0};

    if (env->problem) {
        ra_exit_reason("%s", env->problem);
        return RA_ERR_ARGS;
    }
    /* libvirt may still be starting, just as this node is. */
    g_autoptr(MigHost) host = ra_local_open(env, env->end_us - RESERVE_MS * 1000, &error);
    if (host == NULL || !look_when_arrived(env, host, &look, &error)) {
        ra_exit_reason("%s", error->message);
        return RA_ERR_GENERIC;
    }
    return start_from(env, host, &look);
}
