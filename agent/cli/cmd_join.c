/* SPDX-License-Identifier: GPL-2.0-or-later */
/* invite and join: what one host prints, the other reads. */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_interrupt.h"
#include "agent/cli/cli_setup.h"
#include "agent/core/model/ha_types.h"

#include <stdio.h>
#include <string.h>

#define WAIT_DEFAULT_S 120
#define SKEW_MAX_S 2

CliExit cmd_invite(CliRun *run, GError **error)
{
    if (!cli_setup_root("invite", error))
        return CLI_EXIT_PERMISSION;
    g_autofree char *conf = su_host_read(SU_CONF_PATH, error);
    if (!conf && !*error)
        g_set_error(error, SU_ERROR, SU_ERROR_HOST, "%s is not there; make a cluster first: hactl init", SU_CONF_PATH);
    else if (conf && su_cluster_judge_conf(conf, NULL, NULL) != SU_CONF_OTHER)
        g_set_error(error, SU_ERROR, SU_ERROR_HOST, "%s names no host but this one; make a cluster first: hactl init",
            SU_CONF_PATH);
    g_autoptr(GBytes) key = *error ? NULL : su_host_key(FALSE, error);
    if (!key)
        return cli_setup_exit(error);
    SuInvitation invitation = {.conf = conf, .key = key, .made_s = g_get_real_time() / G_USEC_PER_SEC};
    g_autofree char *text = su_invitation_format(&invitation);
    fputs(text, stdout);
    return CLI_EXIT_DONE;
}

static GBytes *read_standard_input(GError **error)
{
    g_autofree char *data = g_malloc(SU_INVITATION_BYTES_MAX + 1);
    gsize len = fread(data, 1, SU_INVITATION_BYTES_MAX + 1, stdin);
    if (ferror(stdin)) {
        g_set_error(error, SU_ERROR, SU_ERROR_HOST, "standard input can't be read; pipe an invitation into it");
        return NULL;
    }
    return g_bytes_new(data, len);
}

static GBytes *fetch(const char *host, GError **error)
{
    if (strcmp(host, "-") == 0)
        return read_standard_input(error);
    if (!ha_node_name_check(host)) {
        g_set_error(error, SU_ERROR, SU_ERROR_CONTENT,
            "'%s' can't be a host's name; give a host of the cluster, or - for an invitation on standard input", host);
        return NULL;
    }
    g_autofree char *user_host = g_strconcat("root@", host, NULL);
    const char *argv[] = {"ssh", "--", user_host, "hactl", "invite", NULL};
    GBytes *out = su_host_run(argv, error);
    if (!out)
        g_prefix_error(
            error, "%s gives no invitation (or let 'hactl invite' there write to 'hactl join -' here): ", host);
    return out;
}

/* Only an invitation that has just been made tells the time. */
static void compare_clocks(const SuInvitation *invitation, const char *host)
{
    gint64 skew_s = g_get_real_time() / G_USEC_PER_SEC - invitation->made_s;
    if (strcmp(host, "-") != 0 && ABS(skew_s) > SKEW_MAX_S)
        printf("warning: this host's clock and that of %s differ by about %" G_GINT64_FORMAT
               " s; have both follow one time "
               "server (chrony)\n",
            host, ABS(skew_s));
}

static gboolean check_invited(const SuInvitation *invitation, GError **error)
{
    g_autofree char *own = su_host_name();
    if (su_cluster_conf_has_node(invitation->conf, own))
        return cli_setup_check_taken(invitation->conf, error);
    g_set_error(error, SU_ERROR, SU_ERROR_HOST,
        "the cluster's nodelist has no node %s, and that is this host's name ('uname -n'); name it when the cluster is "
        "made: "
        "hactl init ... %s=ADDRESS",
        own, own);
    return FALSE;
}

static gboolean join(const CliRun *run, const char *host, GError **error)
{
    g_autoptr(GBytes) text = fetch(host, error);
    if (!text)
        return FALSE;
    gsize len;
    const char *data = g_bytes_get_data(text, &len);
    g_autoptr(SuInvitation) invitation = su_invitation_parse(data, len, error);
    gboolean started;
    if (!invitation || !check_invited(invitation, error))
        return FALSE;
    compare_clocks(invitation, host);
    if (!cli_setup_files(invitation->conf, invitation->key, error) || !cli_setup_services(&started, error))
        return FALSE;
    if (!started || !run->options.wait) {
        printf("then run 'hactl init' on any host, for the cluster's settings\n");
        return TRUE;
    }
    cli_interrupt_catch();
    gint64 timeout_s = run->options.timeout_s > 0 ? run->options.timeout_s : WAIT_DEFAULT_S;
    return cli_setup_wait("join", timeout_s, error) && cli_setup_tune("join", error);
}

CliExit cmd_join(CliRun *run, GError **error)
{
    if (!cli_setup_root("join", error))
        return CLI_EXIT_PERMISSION;
    return join(run, run->options.args[0], error) ? CLI_EXIT_DONE : cli_setup_exit(error);
}
