/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_import.h"

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "agent/core/model/ha_field.h"
#include "tests/sim/sim_rules.h"

/* ---- members that may be missing, null, or of another kind ---- */

static const JsonNode *member(JsonObject *object, const char *name, GType type)
{
    const JsonNode *node = json_object_get_member(object, name);
    return node && json_node_get_value_type((JsonNode *)node) == type ? node : NULL;
}

static const char *text(JsonObject *object, const char *name)
{
    const JsonNode *node = member(object, name, G_TYPE_STRING);
    return node ? json_node_get_string((JsonNode *)node) : NULL;
}

static gboolean truth(JsonObject *object, const char *name)
{
    const JsonNode *node = member(object, name, G_TYPE_BOOLEAN);
    return node && json_node_get_boolean((JsonNode *)node);
}

static gint64 number(JsonObject *object, const char *name, gint64 otherwise)
{
    const JsonNode *node = member(object, name, G_TYPE_INT64);
    return node ? json_node_get_int((JsonNode *)node) : otherwise;
}

static JsonArray *list(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);
    return node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

/* Every element of a list that is an object with a name; NULL and @error otherwise. */
static JsonObject *element(JsonArray *array, guint index, const char *what, GError **error)
{
    JsonNode *node = json_array_get_element(array, index);
    JsonObject *object = JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
    if (object && ha_node_name_check(text(object, "name")))
        return object;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s %u has no name", what, index + 1);
    return NULL;
}

/* ---- nodes ---- */

static void take_node(Sim *sim, guint index, JsonObject *from)
{
    SimNode *node = &sim->nodes[index];
    const char *drain = text(from, "drain");
    g_free(node->name);
    node->name = g_strdup(text(from, "name"));
    node->away = g_strcmp0(text(from, "state"), ha_node_state_word(HA_NODE_ONLINE)) != 0;
    node->standby = truth(from, "standby");
    node->mem_mib = (guint64)MAX(number(from, "mem_capacity_mib", 0), 0);
    node->cores = (guint)CLAMP(number(from, "cores", 8), 1, 4096);
    if (g_strcmp0(drain, "returning") == 0)
        node->wish = g_strdup("return since=1000000 by=hactl-sim");
    else if (drain && strcmp(drain, "none") != 0)
        node->wish = g_strdup("drain since=1000000 by=hactl-sim");
}

static gboolean take_nodes(Sim *sim, JsonArray *nodes, GError **error)
{
    for (guint i = 0; i < sim->n_nodes; i++) {
        JsonObject *from = element(nodes, i, "node", error);
        if (!from)
            return FALSE;
        take_node(sim, i, from);
    }
    return TRUE;
}

/* ---- groups ---- */

static void take_list(JsonObject *from, const char *key, GPtrArray *words)
{
    JsonArray *array = list(from, key);
    for (guint i = 0; array && i < json_array_get_length(array); i++) {
        JsonNode *node = json_array_get_element(array, i);
        const char *word = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node) : NULL;
        if (word)
            g_ptr_array_add(words, g_strdup(word));
    }
}

/* What is missing or unknown stays at its default, as with an account that an older hactl printed. */
static void take_field(JsonObject *from, const HaField *field, HaGroup *policy)
{
    const char *word = text(from, field->key);
    switch (field->type) {
    case HA_FIELD_NUMBER: {
        guint32 *value = HA_FIELD_AT(guint32, policy, field);
        *value = (guint32)CLAMP(number(from, field->key, *value), field->min, field->max);
        break;
    }
    case HA_FIELD_WORD:
        if (word)
            field->words->parse(word, HA_FIELD_AT(void, policy, field));
        break;
    case HA_FIELD_NODES:
    case HA_FIELD_GROUPS:
        take_list(from, field->key, *HA_FIELD_AT(GPtrArray *, policy, field));
        break;
    case HA_FIELD_YES_NO:
    case HA_FIELD_NAME: /* how its VMs are moved is not simulated */
        break;
    }
}

static gboolean take_groups(Sim *sim, JsonArray *groups, GError **error)
{
    for (guint i = 0; groups && i < json_array_get_length(groups); i++) {
        JsonObject *from = element(groups, i, "group", error);
        if (!from)
            return FALSE;
        g_autoptr(HaGroup) policy = ha_group_new(text(from, "name"));
        for (const HaField *field = ha_group_fields; field->key; field++)
            take_field(from, field, policy);
        ha_group_sort(policy);
        sim_rules_set(sim, policy);
    }
    return TRUE;
}

/* ---- VMs ---- */

static void take_managed(Sim *sim, JsonObject *from, guint node, guint64 mem_mib)
{
    SimVm *vm = &sim->vms[sim_add_vm(sim, text(from, "name"), node, mem_mib)];
    const char *home = text(from, "home"), *parked = text(from, "parked");
    vm->vcpus = (guint)CLAMP(number(from, "vcpus", 1), 1, 4096);
    vm->home = home ? sim_find_node(sim, home) : SIM_NOBODY;
    vm->parked = parked ? sim_find_node(sim, parked) : SIM_NOBODY;
    vm->wanted_running = g_strcmp0(text(from, "wanted"), "stopped") != 0;
    if (sim_rules_find(sim, text(from, "group")))
        sim_rules_join(sim, sim->n_vms - 1, text(from, "group"));
}

static gboolean take_vm(Sim *sim, JsonObject *from, GError **error)
{
    const char *at = text(from, "node");
    guint node = at ? sim_find_node(sim, at) : SIM_NOBODY;
    guint64 mem_mib = (guint64)MAX(number(from, "mem_mib", 0), 0);
    if (node != SIM_NOBODY && sim->nodes[node].away)
        node = SIM_NOBODY;
    if (!truth(from, "managed")) {
        if (node != SIM_NOBODY)
            sim->nodes[node].mem_mib -= MIN(sim->nodes[node].mem_mib, mem_mib);
        return TRUE;
    }
    if (sim->n_vms == SIM_VMS_MAX) {
        g_set_error(
            error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "more than %u VMs; the simulator takes no more", SIM_VMS_MAX);
        return FALSE;
    }
    take_managed(sim, from, node, MAX(mem_mib, 1));
    return TRUE;
}

static gboolean take_vms(Sim *sim, JsonArray *vms, GError **error)
{
    for (guint i = 0; vms && i < json_array_get_length(vms); i++) {
        JsonObject *from = element(vms, i, "VM", error);
        if (!from || !take_vm(sim, from, error))
            return FALSE;
    }
    return TRUE;
}

/* ---- the whole ---- */

static Sim *take_cluster(JsonObject *root, guint64 seed, guint *ret_leader, GError **error)
{
    JsonArray *nodes = list(root, "nodes");
    guint n = nodes ? json_array_get_length(nodes) : 0;
    if (n < 1 || n > SIM_NODES_MAX) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "it names %u nodes; the simulator takes 1 to %u", n,
            SIM_NODES_MAX);
        return NULL;
    }
    g_autoptr(Sim) sim = sim_new(seed, n);
    if (!take_nodes(sim, nodes, error) || !take_groups(sim, list(root, "groups"), error) ||
        !take_vms(sim, list(root, "vms"), error))
        return NULL;
    const char *dc = text(root, "dc"), *leader = text(root, "leader");
    sim->dc = dc ? sim_find_node(sim, dc) : SIM_NOBODY;
    sim->migration_limit = (guint32)CLAMP(number(root, "moves_per_node_max", 0), 0, 1000);
    sim->moves_per_cluster = (guint32)CLAMP(number(root, "moves_per_cluster_max", 0), 0, 1000);
    *ret_leader = leader ? sim_find_node(sim, leader) : SIM_NOBODY;
    return g_steal_pointer(&sim);
}

Sim *sim_import(const char *path, guint64 seed, guint *ret_leader, GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    const char *file = strcmp(path, "-") == 0 ? "/dev/stdin" : path;
    if (!json_parser_load_from_file(parser, file, error)) {
        g_prefix_error(error, "%s is not what 'hactl status --json' prints: ", path);
        return NULL;
    }
    JsonNode *root = json_parser_get_root(parser);
    if (!root || !JSON_NODE_HOLDS_OBJECT(root)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s is not what 'hactl status --json' prints", path);
        return NULL;
    }
    Sim *sim = take_cluster(json_node_get_object(root), seed, ret_leader, error);
    if (!sim)
        g_prefix_error(error, "%s: ", path);
    return sim;
}
