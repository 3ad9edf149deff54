/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/ha_fence.h"

#include "agent/core/model/ha_sorted.h"

const char *ha_fence_gap_word(HaFenceGap gap)
{
    static const char *const words[HA_FENCE_GAPS] = {
        [HA_FENCE_GAP_NONE] = "none",
        [HA_FENCE_GAP_OFF] = "off",
        [HA_FENCE_GAP_NO_DEVICE] = "no-device",
        [HA_FENCE_GAP_UNCOVERED] = "uncovered",
        [HA_FENCE_GAP_SELF] = "self-only",
        [HA_FENCE_GAP_DISABLED] = "disabled",
        [HA_FENCE_GAP_FAILED] = "failed",
    };
    g_assert(gap < HA_FENCE_GAPS);
    return words[gap];
}

const char *ha_fence_gap_text(HaFenceGap gap, const char **ret_remedy)
{
    static const struct {
        const char *text, *remedy;
    } table[HA_FENCE_GAPS] = {
        [HA_FENCE_GAP_OFF] = {"fencing is switched off (stonith-enabled=false)",
            "switch it on: crm_attribute --name stonith-enabled --update true"},
        [HA_FENCE_GAP_NO_DEVICE] = {"the cluster has no fence device",
            "add one for every node: hactl fence add NAME --agent=AGENT --host=NODE"},
        [HA_FENCE_GAP_UNCOVERED] = {"no fence device can fence it",
            "add one: hactl fence add NAME --agent=AGENT --host=NODE; what there is: hactl fence list"},
        [HA_FENCE_GAP_SELF] = {"only the node itself may use its fence device",
            "let another node use it: remove the location constraints that ban them"},
        [HA_FENCE_GAP_DISABLED] = {"its fence device is disabled (target-role=Stopped)",
            "enable it: crm_resource --resource DEVICE --meta --delete-parameter target-role"},
        [HA_FENCE_GAP_FAILED] = {"its fence device does not answer",
            "see why: hactl fence check; mend it, then: crm_resource --cleanup -r DEVICE"},
    };
    g_assert(gap > HA_FENCE_GAP_NONE && gap < HA_FENCE_GAPS);
    if (ret_remedy)
        *ret_remedy = table[gap].remedy;
    return table[gap].text;
}

const HaFenceDevice *ha_fence_find(const HaConfig *config, const char *name)
{
    return ha_sorted_find(config->fences, name);
}

/* ---- who covers whom ---- */

static gboolean names(const HaFenceDevice *device, const char *node)
{
    return device->asks || ha_strings_find(device->hosts, node);
}

/* Pacemaker prefers any other node to have it done by; a lone node can't be fenced by anybody, whatever it has. */
static gboolean another_may_use(const HaConfig *config, const HaFenceDevice *device, const char *node)
{
    for (guint i = 0; i < config->nodes->len; i++) {
        const char *other = ((const HaConfigNode *)config->nodes->pdata[i])->node;
        if (g_strcmp0(other, node) != 0 && !ha_strings_find(device->banned, other))
            return TRUE;
    }
    return FALSE;
}

static HaFenceGap gap_with(
    const HaConfig *config, const HaFenceDevice *device, const char *node, const HaFenceDevice *without)
{
    if (!device || device == without || !names(device, node))
        return HA_FENCE_GAP_UNCOVERED;
    if (!another_may_use(config, device, node))
        return HA_FENCE_GAP_SELF;
    if (device->state == HA_FENCE_DISABLED)
        return HA_FENCE_GAP_DISABLED;
    return device->state == HA_FENCE_FAILED ? HA_FENCE_GAP_FAILED : HA_FENCE_GAP_NONE;
}

/* Of two the one that is closer to none: the enumeration's order, none apart. */
static HaFenceGap better(HaFenceGap a, HaFenceGap b)
{
    if (a == HA_FENCE_GAP_NONE || b == HA_FENCE_GAP_NONE)
        return HA_FENCE_GAP_NONE;
    return MAX(a, b);
}

/* All devices of a level are needed: the level is as good as its worst. */
static HaFenceGap gap_of_level(const HaConfig *config, const HaFenceLevel *level, const HaFenceDevice *without)
{
    HaFenceGap worst = level->devices->len ? HA_FENCE_GAP_NONE : HA_FENCE_GAP_UNCOVERED;
    for (guint i = 0; i < level->devices->len; i++) {
        HaFenceGap gap = gap_with(config, ha_fence_find(config, level->devices->pdata[i]), level->node, without);
        if (gap != HA_FENCE_GAP_NONE)
            worst = worst == HA_FENCE_GAP_NONE ? gap : MIN(worst, gap);
    }
    return worst;
}

/* @without: nullable, a device to leave out. */
static HaFenceGap gap_of(const HaConfig *config, const char *node, const HaFenceDevice *without)
{
    HaFenceGap best = HA_FENCE_GAP_UNCOVERED;
    gboolean levels = FALSE;
    if (!config->stonith_enabled)
        return HA_FENCE_GAP_OFF;
    if (config->fence_watchdog)
        return HA_FENCE_GAP_NONE; /* the node resets itself, whoever is lost */
    if (config->fences->len == 0)
        return HA_FENCE_GAP_NO_DEVICE;
    for (guint i = 0; i < config->fence_levels->len; i++) {
        const HaFenceLevel *level = config->fence_levels->pdata[i];
        if (g_strcmp0(level->node, node) != 0)
            continue;
        levels = TRUE;
        best = better(best, gap_of_level(config, level, without));
    }
    for (guint i = 0; !levels && i < config->fences->len; i++)
        best = better(best, gap_with(config, config->fences->pdata[i], node, without));
    return best;
}

HaFenceGap ha_fence_gap_of(const HaConfig *config, const char *node)
{
    return gap_of(config, node, NULL);
}

const char *ha_fence_needed_by(const HaConfig *config, const HaFenceDevice *device)
{
    for (guint i = 0; i < config->nodes->len; i++) {
        const char *node = ((const HaConfigNode *)config->nodes->pdata[i])->node;
        if (gap_of(config, node, NULL) == HA_FENCE_GAP_NONE && gap_of(config, node, device) != HA_FENCE_GAP_NONE)
            return node;
    }
    return NULL;
}

HaFenceGap ha_fence_gap(const HaConfig *config, const char **ret_node)
{
    for (guint i = 0; i < config->nodes->len; i++) {
        const char *node = ((const HaConfigNode *)config->nodes->pdata[i])->node;
        HaFenceGap gap = ha_fence_gap_of(config, node);
        if (gap == HA_FENCE_GAP_NONE)
            continue;
        if (ret_node)
            *ret_node = node;
        return gap;
    }
    return HA_FENCE_GAP_NONE;
}

gboolean ha_fence_permits(const HaConfig *config, char **ret_why)
{
    const char *node = NULL, *remedy = NULL;
    HaFenceGap gap = config->allow_unfenced ? HA_FENCE_GAP_NONE : ha_fence_gap(config, &node);
    if (gap == HA_FENCE_GAP_NONE)
        return TRUE;
    const char *text = ha_fence_gap_text(gap, &remedy);
    if (ret_why)
        *ret_why = g_strdup_printf("%s can't be fenced: %s; %s", node, text, remedy);
    return FALSE;
}

/* ---- an admin's word ---- */

static gboolean in_group(const HaView *view, const char *node)
{
    for (guint i = 0; i < view->members->len; i++)
        if (g_strcmp0(((const HaMember *)view->members->pdata[i])->node, node) == 0)
            return TRUE;
    return FALSE;
}

char *ha_fence_confirm_refusal(const HaView *view, const char *node)
{
    const HaConfigNode *known = ha_config_find_node(view->config, node);
    if (!known)
        return g_strdup_printf("no node %s; 'hactl node list' names them", node);
    if (known->heard)
        return g_strdup_printf("corosync still hears %s: it is not off, and its VMs may run; pull its plug, or stop "
                               "corosync there, and try again",
            node);
    if (in_group(view, node) || ha_view_report(view, node))
        return g_strdup_printf("hactld on %s still speaks: it is not off, and its VMs may run; pull its plug and wait "
                               "until 'hactl status' shows it as unclean",
            node);
    if (known->state != HA_NODE_UNCLEAN)
        return g_strdup_printf("%s is %s, and nothing waits for its fencing; only a node that 'hactl status' shows as "
                               "unclean has to be confirmed",
            node, ha_node_state_word(known->state));
    return NULL;
}
