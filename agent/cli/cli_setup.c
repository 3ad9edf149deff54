/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_setup.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/cli/cli_client.h"
#include "agent/cli/cli_interrupt.h"
#include "agent/core/ha_core.h"
#include "agent/core/model/ha_recommended.h"

#define POLL_MS 500

gboolean cli_setup_root(const char *verb, GError **error)
{
    if (geteuid() == 0)
        return TRUE;
    g_set_error(error, CLI_ERROR, CLI_EXIT_PERMISSION,
        "%s: it reads and writes this host's configuration, which is root's; run it as root: sudo hactl %s", verb,
        verb);
    return FALSE;
}

CliExit cli_setup_exit(GError **error)
{
    CliExit exit = (*error)->domain == CLI_ERROR                         ? cli_error_exit(*error)
                   : g_error_matches(*error, SU_ERROR, SU_ERROR_CONTENT) ? CLI_EXIT_USAGE
                   : (*error)->domain == SU_ERROR                        ? CLI_EXIT_REFUSED
                                                                         : CLI_EXIT_FAILED;
    if ((*error)->domain != CLI_ERROR) {
        GError *own = g_error_new_literal(CLI_ERROR, (gint)exit, (*error)->message);
        g_error_free(*error);
        *error = own;
    }
    return exit;
}

gboolean cli_setup_check_taken(const char *conf, GError **error)
{
    g_autoptr(GError) failed = NULL;
    g_autofree char *existing = su_host_read(SU_CONF_PATH, &failed), *name = NULL;
    if (failed) {
        g_propagate_error(error, g_steal_pointer(&failed));
        return FALSE;
    }
    if (su_cluster_judge_conf(existing, conf, &name) != SU_CONF_OTHER)
        return TRUE;
    g_set_error(error, SU_ERROR, SU_ERROR_TAKEN,
        "this host belongs to the cluster '%s' already (%s); to give that cluster hactl's settings run 'hactl init' "
        "without nodes; to leave it stop corosync and move that file away",
        name ? name : "without a name", SU_CONF_PATH);
    return FALSE;
}

gboolean cli_setup_files(const char *conf, GBytes *key, GError **error)
{
    g_autofree char *buffer = g_strdup_printf("%u", HA_RECOMMENDED_IPC_BUFFER_BYTES);
    gsize key_len;
    const void *key_data = g_bytes_get_data(key, &key_len);
    if (!su_host_write(SU_KEY_PATH, key_data, key_len, 0400, error) ||
        !su_host_write(SU_CONF_PATH, conf, strlen(conf), 0644, error) ||
        !su_host_set_variable(SU_PACEMAKER_DEFAULTS_PATH, "PCMK_ipc_buffer", buffer, error))
        return FALSE;
    printf("written: %s, %s, %s\n", SU_CONF_PATH, SU_KEY_PATH, SU_PACEMAKER_DEFAULTS_PATH);
    return TRUE;
}

gboolean cli_setup_services(gboolean *ret_started, GError **error)
{
    static const char *const services[] = {"corosync", "pacemaker", "hactld"};
    *ret_started = su_host_has_systemd();
    if (!*ret_started) {
        printf("no systemd here: start corosync, pacemaker and hactld, in this order, and have them start at boot\n");
        return TRUE;
    }
    for (guint i = 0; i < G_N_ELEMENTS(services); i++) {
        if (!su_host_start(services[i], error)) {
            g_prefix_error(error, "%s does not start; 'journalctl -u %s' tells why: ", services[i], services[i]);
            return FALSE;
        }
        printf("started: %s\n", services[i]);
    }
    return TRUE;
}

/* Returns: (transfer full) what is missing; NULL when nothing is. */
static char *missing(const char *verb)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(WireResult) result = cli_client_view(verb, &error);
    if (!result)
        return g_strdup(error->message);
    if (!result->view->quorate)
        return g_strdup("the cluster has no quorum yet; join more of its hosts");
    if (!result->view->pacemaker)
        return g_strdup("Pacemaker's configuration can't be read yet");
    return result->view->leader ? NULL : g_strdup("the hactl daemons have not chosen a leader yet");
}

gboolean cli_setup_wait(const char *verb, gint64 timeout_s, GError **error)
{
    gint64 until_ms = cli_interrupt_now_ms() + timeout_s * 1000;
    g_autofree char *what = NULL;
    while ((what = missing(verb)) != NULL) {
        if (cli_interrupt_now_ms() >= until_ms) {
            g_set_error(error, CLI_ERROR, CLI_EXIT_TIMEOUT,
                "%s: after %" G_GINT64_FORMAT
                " s: %s; run 'hactl init' on any host when it is so, for the settings that are "
                "still to be written",
                verb, timeout_s, what);
            return FALSE;
        }
        g_free(what);
        if (!cli_interrupt_pause(cli_interrupt_now_ms() + POLL_MS)) {
            g_set_error(error, CLI_ERROR, CLI_EXIT_INTERRUPTED, "%s: interrupted; run 'hactl init' to go on", verb);
            return FALSE;
        }
    }
    return TRUE;
}

gboolean cli_setup_tune(const char *verb, GError **error)
{
    Hactl__Request request = HACTL__REQUEST__INIT;
    request.kind = HA_REQUEST_TUNE;
    g_autofree char *answer = cli_client_ask(&request, NULL, verb, error);
    if (!answer)
        return FALSE;
    printf("settings: %s\n", answer);
    return TRUE;
}
