/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks of fencing: is every host covered, do the devices answer, who can read their passwords. */
#include <string.h>

#include "agent/check/chk_report.h"
#include "agent/core/ha_fence.h"
#include "agent/core/model/ha_sorted.h"

#define TEST_AGE_MAX_S (180 * 86400)

static void gap(const ChkFacts *facts, ChkReport *report)
{
    for (guint i = 0; facts->config && i < facts->config->nodes->len; i++) {
        const char *node = ((const HaConfigNode *)facts->config->nodes->pdata[i])->node, *remedy = NULL;
        HaFenceGap gap = ha_fence_gap_of(facts->config, node);
        if (gap != HA_FENCE_GAP_NONE) {
            const char *text = ha_fence_gap_text(gap, &remedy);
            chk_find(report, node, remedy, "%s", text);
        }
    }
}

/* Pacemaker's own answer, which counts where a device is asked whom it can fence. */
static void no_target(const ChkFacts *facts, ChkReport *report)
{
    for (guint i = 0; i < facts->fence_targets->len; i++) {
        const ChkProbe *target = facts->fence_targets->pdata[i];
        if (target->answer == CHK_BAD && facts->config &&
            ha_fence_gap_of(facts->config, target->name) == HA_FENCE_GAP_NONE)
            chk_find(report, target->name, "see: stonith_admin --list NODE, hactl fence list",
                "Pacemaker finds no device that can fence it%s%s", target->text ? ": " : "",
                target->text ? target->text : "");
    }
}

static void silent(const ChkFacts *facts, ChkReport *report)
{
    for (guint i = 0; i < facts->fence_devices->len; i++) {
        const ChkProbe *device = facts->fence_devices->pdata[i];
        if (device->answer == CHK_BAD)
            chk_find(report, device->name,
                "check its address, user and password, and the network to it; then: crm_resource --cleanup -r DEVICE",
                "asked from %s it does not answer: %s", facts->node, device->text ? device->text : "no reason given");
    }
}

static void monitored(const ChkFacts *facts, ChkReport *report)
{
    for (guint i = 0; facts->config && i < facts->config->fences->len; i++) {
        const HaFenceDevice *device = facts->config->fences->pdata[i];
        if (device->state == HA_FENCE_FAILED)
            chk_find(report, device->name, "mend it, then: crm_resource --cleanup -r DEVICE",
                "its monitor failed on %s%s%s", device->node ? device->node : "every node", device->reason ? ": " : "",
                device->reason ? device->reason : "");
    }
}

static void in_cib(const ChkFacts *facts, ChkReport *report)
{
    for (guint i = 0; i < facts->clear_passwords->len; i++) {
        const ChkItem *item = facts->clear_passwords->pdata[i];
        g_autofree char *fix =
            item->value ? g_strdup_printf("put it into a file that root alone can read, on every host, and let %s "
                                          "print it: docs/fencing.md",
                              item->value)
                        : g_strdup("keep the group haclient empty");
        chk_find(report, item->name, fix,
            "the password stands in the cluster's configuration: the group haclient can read it, and every backup of "
            "it");
    }
}

static void readers(const ChkFacts *facts, ChkReport *report)
{
    for (guint i = 0; facts->clear_passwords->len && i < facts->haclient->len; i++) {
        const char *user = facts->haclient->pdata[i];
        chk_find(report, user,
            "take the user out of the group (gpasswd --delete USER haclient), or the passwords out of the "
            "configuration",
            "is in the group haclient and can read the fence devices' passwords");
    }
}

static void files(const ChkFacts *facts, ChkReport *report)
{
    for (guint i = 0; i < facts->secrets->len; i++) {
        const ChkSecret *secret = facts->secrets->pdata[i];
        if (!secret->there)
            chk_find(report, secret->path, "copy it from a host that has it, owner root, mode 600",
                "is named by the configuration and is not on %s", facts->node);
        else if (secret->mode & 077)
            chk_find(report, secret->path, "chmod 600 FILE", "has mode %03o: others than its owner can read it",
                secret->mode);
        else if (secret->uid != 0)
            chk_find(report, secret->path, "chown root FILE", "belongs to user id %u, not to root", secret->uid);
    }
}

static void allowed(const ChkFacts *facts, ChkReport *report)
{
    if (facts->config && facts->config->allow_unfenced)
        chk_find(report, "cluster", "crm_attribute --name hactl-allow-unfenced --delete, once every node can be fenced",
            "hactl-allow-unfenced is set: VMs are balanced and evacuated onto hosts whose failure nobody may recover "
            "from");
}

static void tested(const ChkFacts *facts, ChkReport *report)
{
    for (guint i = 0;
         facts->history_known && facts->config && facts->config->stonith_enabled && i < facts->config->nodes->len;
         i++) {
        const char *node = ((const HaConfigNode *)facts->config->nodes->pdata[i])->node;
        gint64 when_s = (gint64)chk_item_number(facts->fenced, node);
        if (!when_s)
            chk_find(report, node, "drain it, then: hactl fence test NODE",
                "its fencing was never used since the cluster started: nobody knows that it works");
        else if (facts->now_s - when_s > TEST_AGE_MAX_S)
            chk_find(report, node, "drain it, then: hactl fence test NODE", "its fencing was last used %d days ago",
                (int)((facts->now_s - when_s) / 86400));
    }
}

static const ChkCheck checks[] = {
    {"fence-gap", CHK_FENCING, CHK_ERROR, "a node can't be fenced", gap},
    {"fence-no-device", CHK_FENCING, CHK_ERROR, "a node can't be fenced", no_target},
    {"fence-silent", CHK_FENCING, CHK_ERROR, "a fence device does not answer", silent},
    {"fence-failed", CHK_FENCING, CHK_ERROR, "a fence device failed", monitored},
    {"fence-file", CHK_FENCING, CHK_ERROR, "a file with a secret", files},
    {"fence-reader", CHK_FENCING, CHK_ERROR, "somebody can read passwords", readers},
    {"fence-allowed", CHK_FENCING, CHK_WARNING, "missing fencing is permitted", allowed},
    {"fence-password", CHK_FENCING, CHK_NOTE, "a password in the configuration", in_cib},
    {"fence-tested", CHK_FENCING, CHK_NOTE, "fencing is not tested", tested},
};

const ChkCheck *chk_fence_checks(guint *ret_n)
{
    *ret_n = G_N_ELEMENTS(checks);
    return checks;
}
