/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_cib_group.h"

#include <string.h>

#include "agent/io/io_cib_build.h"
#include "agent/io/io_cib_xml.h"

#define PREFIX "hactl-group-"
#define NONE "-" /* no group's name begins so; an empty value would read as a missing one */
#define TIER_STEP 10u
#define START_TIMEOUT_S 120u

char *io_cib_group_id(const char *group)
{
    return g_strconcat(PREFIX, group, NULL);
}

const char *io_cib_group_name(const char *id)
{
    return id && g_str_has_prefix(id, PREFIX) && ha_name_check(id + strlen(PREFIX)) ? id + strlen(PREFIX) : NULL;
}

/* ---- reading ---- */

static const char *meta(const xmlNode *template, const char *name)
{
    return io_xml_value(template, "meta_attributes", name);
}

static char **meta_words(const xmlNode *template, const char *name)
{
    const char *text = meta(template, name);
    return g_strsplit(text ? text : "", " ", -1);
}

static guint32 number(const char *text, guint32 fallback, guint32 max)
{
    guint64 value = 0;
    return text && g_ascii_string_to_unsigned(text, 10, 0, max, &value, NULL) ? (guint32)value : fallback;
}

/* A time as Pacemaker takes it: seconds, or with a unit. */
static guint32 seconds(const char *text, guint32 fallback)
{
    static const struct {
        const char *unit;
        guint32 factor;
    } units[] = {{"", 1}, {"s", 1}, {"sec", 1}, {"m", 60}, {"min", 60}, {"h", 3600}, {"hr", 3600}};
    char *end = NULL;
    guint64 value = text ? g_ascii_strtoull(text, &end, 10) : 0;
    for (gsize i = 0; text && end != text && i < G_N_ELEMENTS(units); i++)
        if (strcmp(end, units[i].unit) == 0)
            return (guint32)MIN(value * units[i].factor, HA_RESTART_WINDOW_MAX_S);
    return fallback;
}

static void read_tier(const xmlNode *template, HaGroup *group)
{
    const char *text = meta(template, "priority");
    gint priority = io_xml_score(text);
    if (text)
        group->tier =
            (guint32)CLAMP((gint)HA_TIER_MAX + 1 - priority / (gint)TIER_STEP, (gint)HA_TIER_MIN, (gint)HA_TIER_MAX);
}

static void read_restarts(const xmlNode *template, HaGroup *group)
{
    guint32 threshold = number(meta(template, "migration-threshold"), group->restarts + 1, HA_RESTARTS_MAX + 1);
    group->restarts = MAX(threshold, 1) - 1;
    group->restart_window_s = seconds(meta(template, "failure-timeout"), group->restart_window_s);
}

/* "soft|hard WORD..." */
static void read_nodes(const xmlNode *template, const char *name, HaRuleStrength *strength, GPtrArray *nodes)
{
    g_auto(GStrv) words = meta_words(template, name);
    if (!ha_rule_strength_parse(words[0], strength))
        return;
    for (char **word = words + 1; *word; word++)
        if (ha_node_name_check(*word) && nodes->len < HA_NODES_MAX)
            g_ptr_array_add(nodes, g_strdup(*word));
}

static void read_affinity(const xmlNode *template, HaGroup *group)
{
    g_auto(GStrv) words = meta_words(template, "hactl-affinity");
    if (words[0] && words[1] && ha_rule_strength_parse(words[0], &group->affinity_strength))
        ha_affinity_parse(words[1], &group->affinity);
}

static void read_after(const xmlNode *template, HaGroup *group)
{
    g_auto(GStrv) words = meta_words(template, "hactl-after");
    for (char **word = words; *word; word++)
        if (ha_name_check(*word) && group->after->len < HA_GROUP_AFTER_MAX)
            g_ptr_array_add(group->after, g_strdup(*word));
}

static void read_ready(const xmlNode *template, HaGroup *group)
{
    g_auto(GStrv) words = meta_words(template, "hactl-ready");
    if (!ha_ready_parse(words[0], &group->ready))
        return;
    for (char **word = words + 1; *word; word++) {
        if (g_str_has_prefix(*word, "port="))
            group->ready_port = number(*word + strlen("port="), 0, G_MAXUINT16);
        if (g_str_has_prefix(*word, "delay="))
            group->ready_delay_s = number(*word + strlen("delay="), 0, HA_READY_DELAY_MAX_S);
    }
    if (group->ready == HA_READY_TCP && !group->ready_port)
        group->ready = HA_READY_STARTED;
}

HaGroup *io_cib_group_read(const xmlNode *template)
{
    HaGroup *group = ha_group_new(io_cib_group_name(io_xml_attr(template, "id")));
    const char *migration = meta(template, "hactl-migration");
    read_tier(template, group);
    read_restarts(template, group);
    read_affinity(template, group);
    read_nodes(template, "hactl-only-on", &group->only_on_strength, group->only_on);
    read_nodes(template, "hactl-prefer", &group->prefer_strength, group->prefer);
    read_after(template, group);
    read_ready(template, group);
    ha_evacuation_parse(meta(template, "hactl-evacuation"), &group->evacuation);
    ha_alert_policy_parse(meta(template, "hactl-alert"), &group->alert);
    ha_balance_parse(meta(template, "hactl-balance"), &group->balance);
    if (migration && ha_name_check(migration)) {
        g_free(group->migration);
        group->migration = g_strdup(migration);
    }
    ha_group_sort(group);
    return group;
}

/* ---- writing ---- */

typedef struct {
    const xmlNode *existing;
    xmlNode *template;
    const char *group;
} Writer;

static void put(const Writer *to, const char *name, const char *value)
{
    g_autofree char *set_id = g_strconcat("hactl-policy-", to->group, NULL);
    g_autofree char *id = g_strdup_printf("hactl-policy.%s.%s", name, to->group);
    io_cib_build_attribute(to->existing, to->template, "meta_attributes", set_id, id, name, value);
}

static void put_number(const Writer *to, const char *name, guint32 value)
{
    g_autofree char *text = g_strdup_printf("%u", value);
    put(to, name, text);
}

static char *join(const char *first, const GPtrArray *words)
{
    GString *text = g_string_new(first);
    for (guint i = 0; i < words->len; i++)
        g_string_append_printf(text, "%s%s", text->len ? " " : "", (const char *)words->pdata[i]);
    return g_string_free(text, FALSE);
}

static void put_words(const Writer *to, const char *name, const char *first, const GPtrArray *words)
{
    g_autofree char *text = join(first, words);
    put(to, name, *text ? text : NONE);
}

static char *ready_text(const HaGroup *group)
{
    GString *text = g_string_new(ha_ready_word(group->ready));
    if (group->ready == HA_READY_TCP)
        g_string_append_printf(text, " port=%u", group->ready_port);
    if (group->ready_delay_s)
        g_string_append_printf(text, " delay=%u", group->ready_delay_s);
    return g_string_free(text, FALSE);
}

static void put_policy(const Writer *to, const HaGroup *group)
{
    g_autofree char *affinity =
        g_strjoin(" ", ha_rule_strength_word(group->affinity_strength), ha_affinity_word(group->affinity), NULL);
    g_autofree char *ready = ready_text(group);
    put(to, "allow-migrate", "true");
    put_number(to, "resource-stickiness", HA_SCORE_STICKINESS);
    put_number(to, "priority", (HA_TIER_MAX + 1 - group->tier) * TIER_STEP);
    put_number(to, "migration-threshold", group->restarts + 1);
    put_number(to, "failure-timeout", group->restart_window_s);
    put(to, "hactl-evacuation", ha_evacuation_word(group->evacuation));
    put(to, "hactl-affinity", affinity);
    put_words(to, "hactl-only-on", ha_rule_strength_word(group->only_on_strength), group->only_on);
    put_words(to, "hactl-prefer", ha_rule_strength_word(group->prefer_strength), group->prefer);
    put_words(to, "hactl-after", "", group->after);
    put(to, "hactl-ready", ready);
    put(to, "hactl-migration", group->migration);
    put(to, "hactl-alert", ha_alert_policy_word(group->alert));
    put(to, "hactl-balance", ha_balance_word(group->balance));
}

static xmlNode *put_operation(
    const Writer *to, const char *name, const char *interval, const char *timeout, const char *on_fail)
{
    g_autofree char *new_id = g_strdup_printf("hactl-op-%s.%s", name, to->group);
    const xmlNode *now = io_xml_find(io_xml_child(to->existing, "operations"), "op", "name", name);
    const char *id = io_xml_attr(now, "id");
    xmlNode *op = io_cib_build_child(io_cib_build_child(to->template, "operations", NULL), "op", id ? id : new_id);
    io_cib_build_prop(op, "name", name);
    io_cib_build_prop(op, "interval", interval);
    io_cib_build_prop(op, "timeout", timeout);
    if (on_fail)
        io_cib_build_prop(op, "on-fail", on_fail);
    return op;
}

/* The wait for a ready guest is part of its start. */
static void put_start(const Writer *to, const HaGroup *group)
{
    guint32 wait_s = group->ready == HA_READY_STARTED ? 0 : HA_READY_WAIT_S;
    g_autofree char *timeout = g_strdup_printf("%us", START_TIMEOUT_S + wait_s + group->ready_delay_s);
    g_autofree char *ready = ready_text(group);
    g_autofree char *set_id = g_strconcat("hactl-start-", to->group, NULL);
    g_autofree char *id = g_strdup_printf("hactl-start.ready.%s", to->group);
    xmlNode *op = put_operation(to, "start", "0s", timeout, NULL);
    io_cib_build_nvpair(io_cib_build_child(op, "meta_attributes", set_id), id, "hactl-ready", ready);
}

void io_cib_group_write(const xmlNode *existing, xmlNode *template, const HaGroup *group)
{
    Writer to = {.existing = existing, .template = template, .group = group->name};
    io_cib_build_prop(template, "class", "ocf");
    io_cib_build_prop(template, "provider", "hactl");
    io_cib_build_prop(template, "type", "vm");
    put_policy(&to, group);
    put_start(&to, group);
    put_operation(&to, "stop", "0s", "300s", NULL);
    put_operation(&to, "monitor", "10s", "30s", NULL);
    /* Anything but "block" reboots the guest when a migration fails. */
    put_operation(&to, "migrate_to", "0s", "1800s", "block");
    put_operation(&to, "migrate_from", "0s", "120s", NULL);
    put_operation(&to, "reload-agent", "0s", "20s", NULL);
}
