/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks of Pacemaker's configuration: properties, defaults, constraints that were left behind, other agents. */
#include <string.h>

#include "agent/check/chk_report.h"
#include "agent/core/model/ha_recommended.h"
#include "agent/core/model/ha_sorted.h"

static const char *property(const ChkFacts *facts, const char *name)
{
    return facts->config ? ha_config_find_setting(facts->config->properties, name) : NULL;
}

static gboolean is(const char *value, const char *word)
{
    return value && g_ascii_strcasecmp(value, word) == 0;
}

static void away(const ChkFacts *facts, ChkReport *report)
{
    if (facts->cib_error)
        chk_find(report, facts->node, "systemctl status pacemaker; start it: systemctl start pacemaker", "%s",
            facts->cib_error);
}

static void quorum_ignored(const ChkFacts *facts, ChkReport *report)
{
    const char *policy = property(facts, "no-quorum-policy");
    if (is(policy, "ignore"))
        chk_find(report, "cluster", "crm_attribute --name no-quorum-policy --update stop",
            "no-quorum-policy=ignore: both halves of a parted cluster start every VM");
    else if (is(policy, "suicide"))
        chk_find(report, "cluster", "crm_attribute --name no-quorum-policy --update stop",
            "no-quorum-policy=suicide: hosts that lose quorum for a moment reset themselves, with every VM");
}

static void maintenance(const ChkFacts *facts, ChkReport *report)
{
    if (facts->config && facts->config->maintenance)
        chk_find(report, "cluster", "crm_attribute --name maintenance-mode --delete",
            "maintenance mode: Pacemaker starts, stops and recovers nothing");
}

/* With a strategy, a node without a stated capacity has none, and no VM with a size starts there. */
static void placement(const ChkFacts *facts, ChkReport *report)
{
    const char *strategy = property(facts, "placement-strategy");
    if (!strategy || is(strategy, "default"))
        return;
    for (guint i = 0; i < facts->config->nodes->len; i++) {
        const HaConfigNode *node = facts->config->nodes->pdata[i];
        if (node->mem_mib == 0)
            chk_find(report, node->node,
                "set it: crm_attribute --utilization --node NODE --name memory --update MIB (and vcpu); or "
                "placement-strategy=default",
                "placement-strategy=%s, and the node has no utilization: no VM starts there", strategy);
    }
}

static void health(const ChkFacts *facts, ChkReport *report)
{
    const char *strategy = property(facts, "node-health-strategy");
    if (is(strategy, "migrate-on-red") || is(strategy, "only-green"))
        chk_find(report, "cluster",
            "crm_attribute --name node-health-strategy --update progressive; crm_attribute --name node-health-base "
            "--update 10000",
            "node-health-strategy=%s: when all nodes are unwell every VM is stopped, and a drain moves them by itself",
            strategy);
}

static const char *set_value(const ChkFacts *facts, const HaRecommended *row)
{
    const GPtrArray *set = row->scope == HA_SCOPE_PROPERTY ? facts->config->properties : facts->config->defaults;
    return ha_config_find_setting(set, row->name);
}

/* What other checks say better. */
static gboolean said_elsewhere(const HaRecommended *row)
{
    return strcmp(row->name, "stonith-enabled") == 0 || strcmp(row->name, "no-quorum-policy") == 0;
}

static void unset(const ChkFacts *facts, ChkReport *report)
{
    guint n = 0;
    const HaRecommended *table = ha_recommended(&n);
    for (guint i = 0; facts->config && i < n; i++)
        if (!said_elsewhere(&table[i]) && !set_value(facts, &table[i]))
            chk_find(report, table[i].name, "hactl init, without nodes, sets what is missing",
                "not set; recommended: %s, so that %s", table[i].value, table[i].why);
}

static void differs(const ChkFacts *facts, ChkReport *report)
{
    guint n = 0;
    const HaRecommended *table = ha_recommended(&n);
    for (guint i = 0; facts->config && i < n; i++) {
        const char *value = set_value(facts, &table[i]);
        if (value && !said_elsewhere(&table[i]) && strcmp(value, table[i].value) != 0)
            chk_find(report, table[i].name, "see docs/timing.md, or leave it if it is meant",
                "is %s; recommended: %s, so that %s", value, table[i].value, table[i].why);
    }
}

static void buffer(const ChkFacts *facts, ChkReport *report)
{
    if (!facts->cib_error && facts->ipc_buffer_bytes < HA_RECOMMENDED_IPC_BUFFER_BYTES)
        chk_find(report, facts->node,
            "set PCMK_ipc_buffer=" G_STRINGIFY(
                HA_RECOMMENDED_IPC_BUFFER_BYTES) " in /etc/default/pacemaker (/etc/sysconfig/pacemaker) on every host, "
                                                 "and restart Pacemaker",
            "PCMK_ipc_buffer is %" G_GUINT64_FORMAT " bytes (0: Pacemaker's 128 KiB): with some hundred VMs the "
            "configuration can't be read any more",
            facts->ipc_buffer_bytes);
}

static void buffers_differ(const ChkFacts *facts, ChkReport *report)
{
    for (guint i = 0; i < facts->hosts->len; i++) {
        const ChkHost *host = facts->hosts->pdata[i];
        if (host->reports && host->ipc_buffer_bytes != facts->ipc_buffer_bytes)
            chk_find(report, host->name, "set the same PCMK_ipc_buffer on every host, and restart Pacemaker and hactld",
                "PCMK_ipc_buffer is %" G_GUINT64_FORMAT " there and %" G_GUINT64_FORMAT " here", host->ipc_buffer_bytes,
                facts->ipc_buffer_bytes);
    }
}

static void left_by_tools(const ChkFacts *facts, ChkReport *report)
{
    for (guint i = 0; i < facts->constraints->len; i++) {
        const ChkItem *item = facts->constraints->pdata[i];
        if (g_str_has_prefix(item->name, "cli-"))
            chk_find(report, item->value ? item->value : item->name, "crm_resource --clear --resource NAME",
                "constraint %s of an old `crm_resource --move` or `pcs resource move` is still there", item->name);
    }
}

static void pins_left(const ChkFacts *facts, ChkReport *report)
{
    for (guint i = 0; i < facts->constraints->len; i++) {
        const ChkItem *item = facts->constraints->pdata[i];
        const char *vm = g_str_has_prefix(item->name, "hactl-pin-") ? item->name + strlen("hactl-pin-") : NULL;
        const HaConfigVm *known = vm && facts->config ? ha_config_find_vm(facts->config, vm) : NULL;
        if (vm && facts->config && (!known || known->pin_since_s == 0))
            chk_find(report, vm, "remove it: cibadmin --delete --xpath \"//rsc_location[@id='hactl-pin-VM']\"",
                "constraint %s belongs to no move", item->name);
    }
}

static void foreign(const ChkFacts *facts, ChkReport *report)
{
    for (guint i = 0; i < facts->foreign->len; i++)
        chk_find(report, facts->foreign->pdata[i],
            "take it over without stopping it: hactl import-virtualdomain; or leave it, and know that hactl does not "
            "see it",
            "is run by ocf:heartbeat:VirtualDomain beside hactl: a failed migration of it reboots the guest");
}

static const ChkCheck checks[] = {
    {"pacemaker-away", CHK_PACEMAKER, CHK_ERROR, "Pacemaker can't be asked", away},
    {"quorum-policy", CHK_PACEMAKER, CHK_ERROR, "without quorum", quorum_ignored},
    {"placement", CHK_PACEMAKER, CHK_ERROR, "a node counts as full", placement},
    {"health-strategy", CHK_PACEMAKER, CHK_ERROR, "health stops VMs", health},
    {"maintenance", CHK_PACEMAKER, CHK_WARNING, "maintenance mode", maintenance},
    {"ipc-buffer", CHK_PACEMAKER, CHK_WARNING, "Pacemaker's message buffer is small", buffer},
    {"ipc-buffer-differs", CHK_PACEMAKER, CHK_WARNING, "message buffers differ", buffers_differ},
    {"constraint-left", CHK_PACEMAKER, CHK_WARNING, "a constraint was left behind", left_by_tools},
    {"pin-left", CHK_PACEMAKER, CHK_WARNING, "a pin was left behind", pins_left},
    {"virtualdomain", CHK_PACEMAKER, CHK_WARNING, "VMs beside hactl", foreign},
    {"setting-unset", CHK_PACEMAKER, CHK_WARNING, "a setting is missing", unset},
    {"setting-differs", CHK_PACEMAKER, CHK_NOTE, "a setting is not the recommended one", differs},
};

const ChkCheck *chk_pacemaker_checks(guint *ret_n)
{
    *ret_n = G_N_ELEMENTS(checks);
    return checks;
}
