/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_ready.h"

#include "resource-agents/ra_local.h"
#include "resource-agents/ra_reach.h"

#include <string.h>

#define RESERVE_MS 5000
#define POLL_MS 1000
#define CONNECT_MS 1000

static guint64 number_after(const char *word, const char *key, guint64 max)
{
    guint64 value = 0;

    if (g_str_has_prefix(word, key) && g_ascii_string_to_unsigned(word + strlen(key), 10, 0, max, &value, NULL))
        return value;
    return 0;
}

RaReady ra_ready_parse(const char *text)
{
    RaReady ready = {.kind = RA_READY_STARTED};
    g_auto(GStrv) words = g_strsplit(text ? text : "", " ", -1);

    for (char **word = words; *word; word++) {
        if (strcmp(*word, "agent") == 0)
            ready.kind = RA_READY_AGENT;
        else if (strcmp(*word, "tcp") == 0)
            ready.kind = RA_READY_TCP;
        ready.port = MAX(ready.port, (guint16)number_after(*word, "port=", G_MAXUINT16));
        ready.delay_ms = MAX(ready.delay_ms, (guint)number_after(*word, "delay=", 3600) * 1000);
    }
    if (ready.kind == RA_READY_TCP && ready.port == 0)
        ready.kind = RA_READY_STARTED;
    return ready;
}

static gboolean accepts(char *const *addresses, guint16 port)
{
    for (char *const *address = addresses; *address; address++) {
        gboolean v6 = strchr(*address, ':') != NULL;
        g_autofree char *uri = g_strdup_printf("qemu+tcp://%s%s%s:%u/", v6 ? "[" : "", *address, v6 ? "]" : "", port);

        if (ra_reach(uri, CONNECT_MS) == RA_REACH_OPEN)
            return TRUE;
    }
    return FALSE;
}

/* A connection of its own: one that a silent guest agent has made miss its deadline is of no use any more. */
static gboolean is_ready(const RaEnv *env, const RaReady *ready, gint64 until_us, char **ret_why)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(MigHost) host = mig_host_open(env->libvirt_uri, ra_env_left_ms(until_us), &error);
    g_auto(GStrv) addresses = NULL;

    g_clear_pointer(ret_why, g_free);
    if (host && ready->kind == RA_READY_AGENT && mig_host_guest_answers(host, env->vm, MIG_HOST_CALL_MS, &error))
        return TRUE;
    if (host && ready->kind == RA_READY_TCP)
        addresses = mig_host_addresses(host, env->vm, MIG_HOST_CALL_MS, &error);
    if (addresses && accepts(addresses, ready->port))
        return TRUE;
    *ret_why = addresses ? g_strdup_printf("nothing accepts port %u there", ready->port) : g_strdup(error->message);
    return FALSE;
}

static void sleep_until(gint64 until_us)
{
    gint64 left_us = until_us - g_get_monotonic_time();

    if (left_us > 0)
        g_usleep((gulong)left_us);
}

void ra_ready_wait(const RaEnv *env)
{
    RaReady ready = ra_ready_parse(env->ready);
    gint64 end_us = env->end_us - RESERVE_MS * 1000;
    gint64 until_us = MIN(g_get_monotonic_time() + RA_READY_WAIT_MS * (gint64)1000, end_us);
    g_autofree char *why = NULL;

    while (ready.kind != RA_READY_STARTED && !is_ready(env, &ready, until_us, &why)) {
        gint64 now_us = g_get_monotonic_time();

        if (now_us + POLL_MS * 1000 >= until_us) {
            ra_exit_reason("started, but its guest was not ready in time (%s); those who wait for it go on", why);
            return;
        }
        g_usleep(POLL_MS * 1000);
    }
    sleep_until(MIN(g_get_monotonic_time() + ready.delay_ms * (gint64)1000, end_us));
}
