/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_error.h"

#include "agent/cli/cli_format.h"
#include "agent/core/ha_core.h"

#include <stdio.h>
#include <string.h>

G_DEFINE_QUARK(cli - error, cli_error)

CliExit cli_error_exit(const GError *error)
{
    return error->domain == CLI_ERROR ? (CliExit)error->code : CLI_EXIT_FAILED;
}

CliExit cli_error_print(const GError *error)
{
    g_autofree char *message = cli_format_clean(error->message);
    fprintf(stderr, "hactl: %s\n", message);
    return cli_error_exit(error);
}

void cli_error_warn(const char *what, const char *warning)
{
    g_autofree char *message = cli_format_clean(warning);
    fprintf(stderr, "hactl: warning: %s: %s\n", what, message);
}

typedef struct {
    CliExit exit;
    const char *why; /* when hactld gave no text */
    const char *remedy;
} CliAnswerClass;

static const CliAnswerClass *class_of(guint32 answer)
{
    static const CliAnswerClass classes[] = {
        [HA_ANSWER_UNKNOWN] = {CLI_EXIT_UNKNOWN, "no such node or VM",
            "the names are in: hactl node list, hactl vm list"},
        [HA_ANSWER_REFUSED] = {CLI_EXIT_REFUSED, "refused", "see what stands in the way: hactl status"},
        [HA_ANSWER_NOT_QUORATE] = {CLI_EXIT_NOT_QUORATE, "this part of the cluster is not quorate",
            "bring the other nodes or the network between them back, or ask on a node that is quorate"},
        [HA_ANSWER_NO_PACEMAKER] = {CLI_EXIT_NO_PACEMAKER, "Pacemaker's configuration can't be read",
            "is it running? systemctl status pacemaker"},
        [HA_ANSWER_FAILED] = {CLI_EXIT_FAILED, "the cluster did not take the change",
            "see the reason in hactl events and in the log: journalctl -u hactld"},
    };
    return answer < G_N_ELEMENTS(classes) && classes[answer].why ? &classes[answer] : &classes[HA_ANSWER_FAILED];
}

gboolean cli_error_check_answer(const Hactl__Answer *answer, const char *what, GError **error)
{
    if (!answer || answer->answer == HA_ANSWER_OK)
        return TRUE;
    const CliAnswerClass *class = class_of(answer->answer);
    const char *why = answer->text && *answer->text ? answer->text : class->why;
    if (strstr(why, "; "))
        g_set_error(error, CLI_ERROR, (gint) class->exit, "%s: %s", what, why);
    else
        g_set_error(error, CLI_ERROR, (gint) class->exit, "%s: %s; %s", what, why, class->remedy);
    return FALSE;
}
