/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks of hactl itself: its daemons, their clocks, versions and definitions. */
#include <string.h>

#include "agent/check/chk_report.h"

#define SKEW_MAX_S 2 /* a report's own second, and another on its way */

static void away(const ChkFacts *facts, ChkReport *report)
{
    if (!facts->hactld && facts->hactld_error)
        chk_find(report, facts->node, "systemctl status hactld; start it: systemctl start hactld", "%s",
            facts->hactld_error);
}

static void silent(const ChkFacts *facts, ChkReport *report)
{
    for (guint i = 0; i < facts->hosts->len; i++) {
        const ChkHost *host = facts->hosts->pdata[i];
        if (host->online && !host->reports)
            chk_find(report, host->name, "there: systemctl status hactld",
                "no hactld reports from there: nothing is moved to or from it");
    }
}

static void clocks(const ChkFacts *facts, ChkReport *report)
{
    for (guint i = 0; i < facts->hosts->len; i++) {
        const ChkHost *host = facts->hosts->pdata[i];
        if (host->reports && ABS(host->skew_s) > SKEW_MAX_S)
            chk_find(report, host->name, "synchronise the hosts' clocks: chrony or systemd-timesyncd",
                "its clock is %d s %s that of %s: logs and deadlines don't fit together", (int)ABS(host->skew_s),
                host->skew_s > 0 ? "ahead of" : "behind", facts->node);
    }
}

static const char *first_version(const ChkFacts *facts)
{
    for (guint i = 0; i < facts->hosts->len; i++) {
        const ChkHost *host = facts->hosts->pdata[i];
        if (host->version)
            return host->version;
    }
    return NULL;
}

static void versions(const ChkFacts *facts, ChkReport *report)
{
    const char *first = first_version(facts);
    for (guint i = 0; i < facts->hosts->len; i++) {
        const ChkHost *host = facts->hosts->pdata[i];
        if (host->version && strcmp(host->version, first) != 0)
            chk_find(report, host->name, "install one version on every host", "hactld %s there, %s elsewhere",
                host->version, first);
    }
}

static void definitions(const ChkFacts *facts, ChkReport *report)
{
    for (guint i = 0; i < facts->hosts->len; i++) {
        const ChkHost *host = facts->hosts->pdata[i];
        if (host->reports && host->missing)
            chk_find(report, host->name,
                "it asks the others for them; if that lasts, see journalctl -u hactld there: its disk may be full",
                "%u VM definition%s missing there: such a VM can't start on it", host->missing,
                host->missing == 1 ? " is" : "s are");
    }
}

static const ChkCheck checks[] = {
    {"hactld-away", CHK_HACTL, CHK_ERROR, "hactld can't be asked", away},
    {"hactld-silent", CHK_HACTL, CHK_WARNING, "a host does not report", silent},
    {"definitions-missing", CHK_HACTL, CHK_WARNING, "definitions are missing", definitions},
    {"clock", CHK_HACTL, CHK_WARNING, "clocks differ", clocks},
    {"version", CHK_HACTL, CHK_WARNING, "versions differ", versions},
};

const ChkCheck *chk_hactl_checks(guint *ret_n)
{
    *ret_n = G_N_ELEMENTS(checks);
    return checks;
}
