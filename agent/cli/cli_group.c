/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_group.h"

#include <string.h>

#include "agent/cli/cli_error.h"
#include "agent/cli/cli_format.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_show.h"
#include "agent/cli/cli_table.h"
#include "agent/core/model/ha_nearest.h"
#include "agent/core/model/ha_field.h"
#include "agent/wire/wire_group.h"

#define REFUSE(error, ...) (g_set_error((error), CLI_ERROR, CLI_EXIT_USAGE, __VA_ARGS__), FALSE)

/* ---- key=value ---- */

static const HaField *field_of(const char *key, GError **error)
{
    g_autoptr(GPtrArray) keys = g_ptr_array_new();
    for (const HaField *field = ha_group_fields; field->key; field++) {
        if (strcmp(field->key, key) == 0)
            return field;
        g_ptr_array_add(keys, (gpointer)field->key);
    }
    g_ptr_array_add(keys, NULL);
    const char *near = ha_nearest(key, (const char *const *)keys->pdata);
    g_autofree char *all = g_strjoinv(", ", (char **)keys->pdata);
    if (near)
        g_set_error(error, CLI_ERROR, CLI_EXIT_USAGE, "\"%s\": no such setting; did you mean %s", key, near);
    else
        g_set_error(error, CLI_ERROR, CLI_EXIT_USAGE, "\"%s\": no such setting; there are: %s", key, all);
    return NULL;
}

static gboolean set_number(HaGroup *group, const HaField *field, const char *value, GError **error)
{
    guint64 number;
    if (!g_ascii_string_to_unsigned(value, 10, field->min, field->max, &number, NULL))
        return REFUSE(error, "%s=%s: not a number that fits; give %u to %u", field->key, value, field->min, field->max);
    *HA_FIELD_AT(guint32, group, field) = (guint32)number;
    return TRUE;
}

static gboolean set_word(HaGroup *group, const HaField *field, const char *value, GError **error)
{
    if (field->words->parse(value, HA_FIELD_AT(void, group, field)))
        return TRUE;
    g_autofree char *all = g_strjoinv(", ", (char **)field->words->all);
    return REFUSE(error, "%s=%s: no such word; give one of %s", field->key, value, all);
}

static gboolean set_name(HaGroup *group, const HaField *field, const char *value, GError **error)
{
    char **member = HA_FIELD_AT(char *, group, field);
    if (!ha_name_check(value))
        return REFUSE(error,
            "%s=%s: not a name; names begin with a letter and have letters, digits, \"_\", \".\" and \"-\"", field->key,
            value);
    g_free(*member);
    *member = g_strdup(value);
    return TRUE;
}

static gboolean set_list(HaGroup *group, const HaField *field, const char *value, GError **error)
{
    GPtrArray *list = *HA_FIELD_AT(GPtrArray *, group, field);
    g_auto(GStrv) words = g_strsplit(value, ",", -1);
    g_ptr_array_set_size(list, 0);
    for (char **word = words; *value && *word; word++) {
        gboolean good = field->type == HA_FIELD_NODES ? ha_node_name_check(*word) : ha_name_check(*word);
        if (!good)
            return REFUSE(
                error, "%s: \"%s\" is not a name; separate names by commas, without blanks", field->key, *word);
        if (list->len >= field->max)
            return REFUSE(error, "%s: too many; at most %u", field->key, field->max);
        for (guint i = 0; i < list->len; i++)
            if (strcmp(list->pdata[i], *word) == 0)
                return REFUSE(error, "%s: \"%s\" is there twice; name it once", field->key, *word);
        g_ptr_array_add(list, g_strdup(*word));
    }
    return TRUE;
}

static gboolean set_field(HaGroup *group, const HaField *field, const char *value, GError **error)
{
    switch (field->type) {
    case HA_FIELD_NUMBER:
        return set_number(group, field, value, error);
    case HA_FIELD_WORD:
        return set_word(group, field, value, error);
    case HA_FIELD_NAME:
        return set_name(group, field, value, error);
    case HA_FIELD_NODES:
    case HA_FIELD_GROUPS:
        return set_list(group, field, value, error);
    case HA_FIELD_YES_NO: /* no group has one */
        break;
    }
    g_assert_not_reached();
}

static gboolean apply_word(HaGroup *group, const char *word, GHashTable *seen, GError **error)
{
    const char *equals = strchr(word, '=');
    if (!equals)
        return REFUSE(error, "\"%s\": not a setting; write KEY=VALUE", word);
    g_autofree char *key = g_strndup(word, (gsize)(equals - word));
    const HaField *field = field_of(key, error);
    if (!field)
        return FALSE;
    if (!g_hash_table_add(seen, (gpointer)field->key))
        return REFUSE(error, "%s: given twice; say it once", key);
    return set_field(group, field, equals + 1, error);
}

gboolean cli_group_settings(HaGroup *group, char *const *words, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (; *words; words++)
        if (!apply_word(group, *words, seen, error))
            return FALSE;
    if (group->ready == HA_READY_TCP && !group->ready_port)
        return REFUSE(error, "ready=tcp: which port? add ready_port=PORT");
    if (group->ready != HA_READY_TCP && group->ready_port && g_hash_table_contains(seen, "ready_port"))
        return REFUSE(error, "ready_port=%u: only ready=tcp has a port; add ready=tcp", group->ready_port);
    if (group->ready != HA_READY_TCP)
        group->ready_port = 0;
    ha_group_sort(group);
    return TRUE;
}

void cli_group_keys(GString *out)
{
    for (const HaField *field = ha_group_fields; field->key; field++)
        g_string_append_printf(out, "%s=\n", field->key);
}

HaGroup *cli_group_find(const Hactl__View *view, const char *name, GError **error)
{
    for (gsize i = 0; i < view->n_groups; i++)
        if (strcmp(view->groups[i]->name, name) == 0)
            return wire_group_take(view->groups[i], error);
    g_set_error(error, CLI_ERROR, CLI_EXIT_UNKNOWN, "no group %s; 'hactl group list' names them", name);
    return NULL;
}

/* ---- tables ---- */

static char *join(const GPtrArray *words)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < words->len; i++)
        g_string_append_printf(text, "%s%s", i ? ", " : "", (const char *)words->pdata[i]);
    return g_string_free(text, FALSE);
}

static GPtrArray *vms_of(const Hactl__View *view, const char *group)
{
    GPtrArray *vms = g_ptr_array_new();
    for (gsize i = 0; i < view->n_vms; i++)
        if (g_strcmp0(view->vms[i]->group, group) == 0)
            g_ptr_array_add(vms, view->vms[i]->name);
    return vms;
}

static void add_rule(GString *text, HaRuleStrength strength, const char *rule, const GPtrArray *words)
{
    g_autofree char *names = words ? join(words) : NULL;
    g_string_append_printf(text, "%s%s%s%s%s", text->len ? "; " : "", strength == HA_RULE_HARD ? "hard " : "", rule,
        names ? " " : "", names ? names : "");
}

/* "hard apart; only-on node1, node2; after db" */
static char *rules_text(const HaGroup *group)
{
    GString *text = g_string_new(NULL);
    if (group->affinity != HA_AFFINITY_NONE)
        add_rule(text, group->affinity_strength, ha_affinity_word(group->affinity), NULL);
    if (group->only_on->len)
        add_rule(text, group->only_on_strength, "only-on", group->only_on);
    if (group->prefer->len)
        add_rule(text, group->prefer_strength, "prefer", group->prefer);
    if (group->after->len)
        add_rule(text, HA_RULE_SOFT, "after", group->after);
    return g_string_free(text, FALSE);
}

void cli_group_show_list(const CliStyle *style, const Hactl__View *view, GString *out)
{
    static const char *const headings[] = {"GROUP", "TIER", "VMS", "EVACUATION", "BALANCE"};
    g_autoptr(CliTable) table = cli_table_new(style);
    for (gsize i = 0; i < G_N_ELEMENTS(headings); i++)
        cli_table_column(table, headings[i], i == 1 || i == 2 ? CLI_COLUMN_RIGHT : CLI_COLUMN_LEFT);
    cli_table_column(table, "RULES", CLI_COLUMN_WRAP);
    for (gsize i = 0; i < view->n_groups; i++) {
        g_autoptr(HaGroup) group = wire_group_take(view->groups[i], NULL); /* wire_result_decode has checked it */
        g_autoptr(GPtrArray) vms = vms_of(view, group->name);
        g_autofree char *rules = rules_text(group);
        cli_table_row(table);
        cli_table_cell(table, CLI_PLAIN, group->name);
        cli_table_take(table, CLI_PLAIN, g_strdup_printf("%u", group->tier));
        cli_table_take(table, CLI_PLAIN, g_strdup_printf("%u", vms->len));
        cli_table_cell(table, CLI_PLAIN, ha_evacuation_word(group->evacuation));
        cli_table_cell(table, CLI_PLAIN, ha_balance_word(group->balance));
        cli_table_cell(table, CLI_PLAIN, *rules ? rules : NULL);
    }
    cli_table_append(table, out, 0);
}

static char *value_text(const HaGroup *group, const HaField *field)
{
    switch (field->type) {
    case HA_FIELD_NUMBER:
        return g_strdup_printf("%u", *HA_FIELD_AT(guint32, group, field));
    case HA_FIELD_WORD:
        return g_strdup(field->words->word(HA_FIELD_AT(void, group, field)));
    case HA_FIELD_NAME:
        return g_strdup(*HA_FIELD_AT(char *, group, field));
    case HA_FIELD_NODES:
    case HA_FIELD_GROUPS:
        return join(*HA_FIELD_AT(GPtrArray *, group, field));
    case HA_FIELD_YES_NO:
        break;
    }
    g_assert_not_reached();
}

void cli_group_show(const CliStyle *style, const Hactl__View *view, const HaGroup *group, GString *out)
{
    g_autoptr(GPtrArray) vms = vms_of(view, group->name);
    g_autofree char *names = join(vms);
    cli_show_field(style, out, "group", group->name);
    for (const HaField *field = ha_group_fields; field->key; field++) {
        g_autofree char *value = value_text(group, field);
        cli_show_field(style, out, field->key, *value ? value : "-");
    }
    cli_show_field(style, out, "vms", *names ? names : "-");
}

/* ---- JSON ---- */

static void json_list(JsonBuilder *json, const char *name, const GPtrArray *words)
{
    json_builder_set_member_name(json, name);
    json_builder_begin_array(json);
    for (guint i = 0; i < words->len; i++)
        json_builder_add_string_value(json, words->pdata[i]);
    json_builder_end_array(json);
}

void cli_group_json(JsonBuilder *json, const Hactl__View *view, const HaGroup *group)
{
    g_autoptr(GPtrArray) vms = vms_of(view, group->name);
    json_builder_begin_object(json);
    cli_json_text(json, "name", group->name);
    for (const HaField *field = ha_group_fields; field->key; field++) {
        if (field->type == HA_FIELD_NUMBER)
            cli_json_int(json, field->key, *HA_FIELD_AT(guint32, group, field));
        else if (field->type == HA_FIELD_NODES || field->type == HA_FIELD_GROUPS)
            json_list(json, field->key, *HA_FIELD_AT(GPtrArray *, group, field));
        else {
            g_autofree char *value = value_text(group, field);
            cli_json_text(json, field->key, value);
        }
    }
    json_list(json, "vms", vms);
    json_builder_end_object(json);
}

void cli_group_json_all(JsonBuilder *json, const Hactl__View *view)
{
    json_builder_begin_array(json);
    for (gsize i = 0; i < view->n_groups; i++) {
        g_autoptr(HaGroup) group = wire_group_take(view->groups[i], NULL); /* wire_result_decode has checked it */
        if (group)
            cli_group_json(json, view, group);
    }
    json_builder_end_array(json);
}
