/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_cib_decode.h"

#include <gio/gio.h>
#include <string.h>

#include "agent/io/io_cib_copy.h"
#include "agent/io/io_cib_fence.h"
#include "agent/io/io_cib_group.h"
#include "agent/io/io_cib_history.h"
#include "agent/io/io_cib_tag.h"
#include "agent/io/io_cib_xml.h"

#define PIN_PREFIX "hactl-pin-"

/* A VM while it is being put together. */
typedef struct {
    HaConfigVm *vm; /* borrowed: the config has it */
    const xmlNode *primitive;
    const xmlNode *template; /* nullable */
    GArray *histories;       /* IoCibHistory */
} Entry;

typedef struct {
    const xmlNode *cib;
    const xmlNode *properties; /* <crm_config> */
    const xmlNode *resources;
    HaConfig *config;
    GHashTable *entries; /* VM's name (borrowed) -> Entry; only looked up, never iterated */
    GHashTable *tagged;  /* VM's name -> its group's, both borrowed; the same */
} Decoder;

static Entry *entry_new(HaConfigVm *vm, const xmlNode *primitive, const xmlNode *template)
{
    Entry *entry = g_new0(Entry, 1);
    *entry = (Entry){.vm = vm, .primitive = primitive, .template = template};
    entry->histories = g_array_new(FALSE, FALSE, sizeof(IoCibHistory));
    return entry;
}

static void entry_free(gpointer data)
{
    Entry *entry = data;
    g_array_unref(entry->histories);
    g_free(entry);
}

/* ---- properties ---- */

static const char *property(const Decoder *decoder, const char *name)
{
    return io_xml_property(decoder->properties, name);
}

static guint32 property_count(const Decoder *decoder, const char *name)
{
    const char *text = property(decoder, name);
    guint64 count = 0;
    return text && g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT32, &count, NULL) ? (guint32)count : 0;
}

static void decode_term(const Decoder *decoder)
{
    HaConfig *config = decoder->config;
    const xmlNode *set = io_xml_child(decoder->properties, "cluster_property_set");
    for (; set; set = io_xml_next(set, "cluster_property_set")) {
        const char *text = io_xml_attr(io_xml_find(set, "nvpair", "id", "hactl-term"), "value");
        const char *colon = text ? strchr(text, ':') : NULL;
        if (!colon)
            continue;
        config->term = g_ascii_strtoull(text, NULL, 10);
        config->term_owner = g_strdup(colon + 1);
        return;
    }
}

/* Agents' class, provider and type are the template's when the primitive names one. */
static const xmlNode *template_of(const Decoder *decoder, const xmlNode *primitive)
{
    const char *name = io_xml_attr(primitive, "template");
    return name ? io_xml_find(decoder->resources, "template", "id", name) : NULL;
}

static const xmlNode *agent_of(const Decoder *decoder, const xmlNode *primitive)
{
    const xmlNode *template = template_of(decoder, primitive);
    return template ? template : primitive;
}

static gboolean fencing_enabled(const Decoder *decoder)
{
    const char *text = property(decoder, "stonith-enabled");
    return !text || io_xml_true(text);
}

/* Every name once, with the value that holds. */
static void decode_settings(const xmlNode *set, const char *tag, GPtrArray *settings,
    const char *(*value_of)(const Decoder *, const char *), const Decoder *decoder)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (set = io_xml_child(set, tag); set; set = io_xml_next(set, tag)) {
        for (const xmlNode *nvpair = io_xml_child(set, "nvpair"); nvpair; nvpair = io_xml_next(nvpair, "nvpair")) {
            const char *name = io_xml_attr(nvpair, "name");
            const char *value = name && g_hash_table_add(seen, (gpointer)name) ? value_of(decoder, name) : NULL;
            if (value)
                ha_config_add_setting(settings, name, value);
        }
    }
}

static const char *resource_default(const Decoder *decoder, const char *name)
{
    return io_xml_value(io_xml_path(decoder->cib, "configuration", "rsc_defaults", NULL), "meta_attributes", name);
}

static void decode_properties(const Decoder *decoder)
{
    HaConfig *config = decoder->config;
    config->admin_epoch = (guint64)io_xml_attr_int(decoder->cib, "admin_epoch", 0);
    config->epoch = (guint64)io_xml_attr_int(decoder->cib, "epoch", 0);
    config->num_updates = (guint64)io_xml_attr_int(decoder->cib, "num_updates", 0);
    config->quorate = io_xml_true(io_xml_attr(decoder->cib, "have-quorum"));
    config->moves_per_node = property_count(decoder, "migration-limit");
    config->moves_per_cluster = property_count(decoder, "hactl-moves-per-cluster");
    config->stonith_enabled = fencing_enabled(decoder);
    config->maintenance = io_xml_true(property(decoder, "maintenance-mode"));
    decode_term(decoder);
    decode_settings(decoder->properties, "cluster_property_set", config->properties, property, decoder);
    decode_settings(io_xml_path(decoder->cib, "configuration", "rsc_defaults", NULL), "meta_attributes",
        config->defaults, resource_default, decoder);
}

/* ---- nodes ---- */

typedef struct {
    gboolean known;  /* the attribute is there at all */
    gboolean member; /* of corosync's membership */
    gboolean peer;   /* its controller is online */
    gboolean joined;
    gboolean joining;
    gboolean expected;
} Membership;

/* Until 2.1.6 in_ccm and crmd are words, since then the time when it became so, 0 when it isn't. */
static gboolean membership_flag(const char *text, const char *word)
{
    gint64 time_s = 0;
    if (!text)
        return FALSE;
    if (g_ascii_string_to_signed(text, 10, G_MININT64, G_MAXINT64, &time_s, NULL))
        return time_s > 0;
    return g_ascii_strcasecmp(text, word) == 0;
}

static Membership membership_read(const xmlNode *state)
{
    const char *in_ccm = io_xml_attr(state, "in_ccm");
    return (Membership){
        .known = in_ccm != NULL,
        .member = membership_flag(in_ccm, "true"),
        .peer = membership_flag(io_xml_attr(state, "crmd"), "online"),
        .joined = io_xml_attr_is(state, "join", "member"),
        .joining = io_xml_attr_is(state, "join", "pending") || io_xml_attr_is(state, "join", "down"),
        .expected = io_xml_attr_is(state, "expected", "member"),
    };
}

/* A node is asked to shut down when its transient attribute `shutdown` is set and not 0. */
static gboolean shutting_down(const xmlNode *state)
{
    const char *text = io_xml_value(io_xml_child(state, "transient_attributes"), "instance_attributes", "shutdown");
    return text && strcmp(text, "0") != 0;
}

/* unpack.c, determine_online_status_fencing() and _no_fencing(): whom Pacemaker would fence. */
static HaNodeState node_state(const Decoder *decoder, const xmlNode *state)
{
    Membership is = membership_read(state);
    /* All nodes join anew when the cluster elects another DC: those that were members before are no less there for it.
     */
    if (is.member && is.peer && is.expected && (is.joined || is.joining))
        return HA_NODE_ONLINE;
    if (!is.known || !is.expected || shutting_down(state))
        return HA_NODE_OFFLINE;
    if (is.member && !is.peer)
        return HA_NODE_UNCLEAN;
    if (!is.member && fencing_enabled(decoder))
        return HA_NODE_UNCLEAN;
    return HA_NODE_OFFLINE;
}

static const xmlNode *state_of(const Decoder *decoder, const char *id)
{
    return io_xml_find(io_xml_child(decoder->cib, "status"), "node_state", "id", id);
}

static const char *node_attribute(const xmlNode *node, const xmlNode *state, const char *name)
{
    const char *transient = io_xml_value(io_xml_child(state, "transient_attributes"), "instance_attributes", name);
    return transient ? transient : io_xml_value(node, "instance_attributes", name);
}

static guint64 utilization(const xmlNode *owner, const xmlNode *template, const char *name)
{
    IoXmlValue best = {0};
    io_xml_value_from(template, "utilization", name, &best);
    io_xml_value_from(owner, "utilization", name, &best);
    guint64 amount = 0;
    return best.value && g_ascii_string_to_unsigned(best.value, 10, 0, G_MAXUINT64, &amount, NULL) ? amount : 0;
}

static gboolean is_cluster_node(const xmlNode *node)
{
    const char *type = io_xml_attr(node, "type");
    return io_xml_attr(node, "id") && io_xml_attr(node, "uname") &&
           (!type || strcmp(type, "member") == 0 || strcmp(type, "normal") == 0);
}

static void decode_node(const Decoder *decoder, const xmlNode *xml)
{
    const char *id = io_xml_attr(xml, "id");
    const xmlNode *state = state_of(decoder, id);
    HaConfigNode *node = ha_config_node_new(io_xml_attr(xml, "uname"));
    guint64 number = 0;
    if (g_ascii_string_to_unsigned(id, 10, 0, G_MAXUINT32, &number, NULL))
        node->node_id = (guint32)number;
    node->state = node_state(decoder, state);
    node->standby = io_xml_true(node_attribute(xml, state, "standby")) || shutting_down(state);
    node->maintenance = io_xml_true(node_attribute(xml, state, "maintenance"));
    node->health = io_xml_score(node_attribute(xml, state, "#health-hactl"));
    node->mem_mib = utilization(xml, NULL, "memory");
    node->is_dc = io_xml_attr_is(decoder->cib, "dc-uuid", id);
    node->heard = membership_read(state).member;
    ha_wish_parse(node_attribute(xml, state, "hactl-drain"), &node->wish);
    if (node->is_dc)
        decoder->config->dc = g_strdup(node->node);
    g_ptr_array_add(decoder->config->nodes, node);
}

static void decode_nodes(const Decoder *decoder)
{
    const xmlNode *nodes = io_xml_path(decoder->cib, "configuration", "nodes", NULL);
    for (const xmlNode *node = io_xml_child(nodes, "node"); node; node = io_xml_next(node, "node")) {
        if (is_cluster_node(node))
            decode_node(decoder, node);
    }
}

/* ---- VMs ---- */

static gboolean is_vm(const Decoder *decoder, const xmlNode *primitive)
{
    const xmlNode *agent = agent_of(decoder, primitive);
    return io_xml_attr(primitive, "id") && io_xml_attr_is(agent, "class", "ocf") &&
           io_xml_attr_is(agent, "provider", "hactl") && io_xml_attr_is(agent, "type", "vm");
}

static const char *vm_meta(const Decoder *decoder, const Entry *entry, const char *name)
{
    IoXmlValue best = {0};
    io_xml_value_from(entry->template, "meta_attributes", name, &best);
    io_xml_value_from(entry->primitive, "meta_attributes", name, &best);
    if (best.value)
        return best.value;
    return resource_default(decoder, name);
}

static const char *vm_parameter(const Entry *entry, const char *name)
{
    IoXmlValue best = {0};
    io_xml_value_from(entry->template, "instance_attributes", name, &best);
    io_xml_value_from(entry->primitive, "instance_attributes", name, &best);
    return best.value;
}

static void decode_vm_meta(const Decoder *decoder, const Entry *entry)
{
    HaConfigVm *vm = entry->vm;
    const char *managed = vm_meta(decoder, entry, "is-managed");
    const char *role = vm_meta(decoder, entry, "target-role");
    gboolean maintenance = decoder->config->maintenance || io_xml_true(vm_meta(decoder, entry, "maintenance"));
    vm->managed = (!managed || io_xml_true(managed)) && !maintenance;
    vm->wanted_running = !role || g_ascii_strcasecmp(role, "Stopped") != 0;
    vm->live = io_xml_true(vm_meta(decoder, entry, "allow-migrate"));
    vm->priority = io_xml_score(vm_meta(decoder, entry, "priority"));
    vm->home = g_strdup(vm_meta(decoder, entry, "hactl-home"));
    vm->parked = g_strdup(vm_meta(decoder, entry, "hactl-parked"));
    const char *note = vm_meta(decoder, entry, "hactl-move");
    if (note)
        ha_move_note_parse(note, vm);
}

static void decode_vm(Decoder *decoder, const xmlNode *primitive)
{
    HaConfigVm *vm = ha_config_vm_new(io_xml_attr(primitive, "id"));
    Entry *entry = entry_new(vm, primitive, template_of(decoder, primitive));
    vm->group = g_strdup(io_cib_tag_group_of(primitive, decoder->tagged));
    vm->definition = g_strdup(vm_parameter(entry, "definition"));
    vm->mem_mib = utilization(primitive, entry->template, "memory");
    vm->vcpus = (guint32)MIN(utilization(primitive, entry->template, "vcpu"), G_MAXUINT32);
    decode_vm_meta(decoder, entry);
    g_ptr_array_add(decoder->config->vms, vm);
    g_hash_table_replace(decoder->entries, vm->name, entry);
}

static void decode_vms(Decoder *decoder)
{
    const xmlNode *primitive = io_xml_child(decoder->resources, "primitive");
    for (; primitive; primitive = io_xml_next(primitive, "primitive")) {
        const char *id = io_xml_attr(primitive, "id");
        if (is_vm(decoder, primitive) && !g_hash_table_contains(decoder->entries, id))
            decode_vm(decoder, primitive);
    }
}

/* ---- groups ---- */

/* "default" is there before its first VM, since VMs that name no group will be in it. */
static void decode_groups(const Decoder *decoder)
{
    GPtrArray *groups = decoder->config->groups;
    gboolean has_default = FALSE;
    const xmlNode *template = io_xml_child(decoder->resources, "template");
    for (; template && groups->len < HA_GROUPS_MAX; template = io_xml_next(template, "template")) {
        const char *name = io_cib_group_name(io_xml_attr(template, "id"));
        if (!name)
            continue;
        has_default |= strcmp(name, HA_GROUP_DEFAULT) == 0;
        g_ptr_array_add(groups, io_cib_group_read(template));
    }
    if (!has_default)
        g_ptr_array_add(groups, ha_group_new(HA_GROUP_DEFAULT));
}

/* ---- constraints ---- */

static gboolean is_pin_of(const char *constraint_id, const char *vm)
{
    return constraint_id && g_str_has_prefix(constraint_id, PIN_PREFIX) &&
           strcmp(constraint_id + strlen(PIN_PREFIX), vm) == 0;
}

static void add_ban(HaConfigVm *vm, const char *node)
{
    if (!g_ptr_array_find_with_equal_func(vm->banned, node, g_str_equal, NULL))
        g_ptr_array_add(vm->banned, g_strdup(node));
}

static void ban_by_template(const Decoder *decoder, const char *template, const char *node)
{
    for (guint i = 0; i < decoder->config->vms->len; i++) {
        HaConfigVm *vm = decoder->config->vms->pdata[i];
        const Entry *one = g_hash_table_lookup(decoder->entries, vm->name);
        if (io_xml_attr_is(one->primitive, "template", template))
            add_ban(vm, node);
    }
}

static void ban_by_tag(const Decoder *decoder, const xmlNode *tag, const char *node)
{
    for (const xmlNode *ref = io_xml_child(tag, "obj_ref"); ref; ref = io_xml_next(ref, "obj_ref")) {
        const char *id = io_xml_attr(ref, "id");
        const Entry *entry = id ? g_hash_table_lookup(decoder->entries, id) : NULL;
        if (entry)
            add_ban(entry->vm, node);
    }
}

/* A constraint on a template or a tag holds for each of its VMs. */
static void decode_location(const Decoder *decoder, const xmlNode *location)
{
    const char *rsc = io_xml_attr(location, "rsc");
    const char *node = io_xml_attr(location, "node");
    if (!rsc || !node)
        return;
    gboolean bans = io_xml_score(io_xml_attr(location, "score")) <= -IO_CIB_INFINITY;
    Entry *entry = g_hash_table_lookup(decoder->entries, rsc);
    if (entry && is_pin_of(io_xml_attr(location, "id"), rsc)) {
        g_free(entry->vm->pin);
        entry->vm->pin = g_strdup(node);
    } else if (entry && bans) {
        add_ban(entry->vm, node);
    }
    if (bans && !entry) {
        const xmlNode *tags = io_xml_path(decoder->cib, "configuration", "tags", NULL);
        ban_by_tag(decoder, io_xml_find(tags, "tag", "id", rsc), node);
        ban_by_template(decoder, rsc, node);
    }
}

static void decode_constraints(const Decoder *decoder)
{
    const xmlNode *constraints = io_xml_path(decoder->cib, "configuration", "constraints", NULL);
    const xmlNode *location = io_xml_child(constraints, "rsc_location");
    for (; location; location = io_xml_next(location, "rsc_location"))
        decode_location(decoder, location);
}

/* ---- status ---- */

static void decode_history(const Decoder *decoder, const xmlNode *state, const char *node)
{
    const xmlNode *resources = io_xml_path(state, "lrm", "lrm_resources", NULL);
    const xmlNode *resource = io_xml_child(resources, "lrm_resource");
    for (; resource; resource = io_xml_next(resource, "lrm_resource")) {
        const char *id = io_xml_attr(resource, "id");
        Entry *entry = id ? g_hash_table_lookup(decoder->entries, id) : NULL;
        IoCibHistory history;
        if (!entry || !io_cib_history_read(resource, node, &history))
            continue;
        g_array_append_val(entry->histories, history);
        g_ptr_array_add(entry->vm->places, history.place);
    }
}

/* A pending stop (or a migrate_to that a new DC asks for again) on the source after the VM has landed elsewhere. */
static void settle_presumptions(const Entry *entry)
{
    for (guint i = 0; i < entry->histories->len; i++) {
        const IoCibHistory *source = &g_array_index(entry->histories, IoCibHistory, i);
        for (guint j = 0; source->presumed && j < entry->histories->len; j++) {
            const IoCibHistory *target = &g_array_index(entry->histories, IoCibHistory, j);
            if (target->arrived_from && strcmp(target->arrived_from, source->place->node) == 0)
                source->place->active = FALSE;
        }
    }
}

static void decode_status(const Decoder *decoder)
{
    const HaConfig *config = decoder->config;
    const xmlNode *nodes = io_xml_path(decoder->cib, "configuration", "nodes", NULL);
    for (const xmlNode *xml = io_xml_child(nodes, "node"); xml; xml = io_xml_next(xml, "node")) {
        const xmlNode *state = is_cluster_node(xml) ? state_of(decoder, io_xml_attr(xml, "id")) : NULL;
        if (state && node_state(decoder, state) != HA_NODE_OFFLINE)
            decode_history(decoder, state, io_xml_attr(xml, "uname"));
    }
    for (guint i = 0; i < config->vms->len; i++) {
        const HaConfigVm *vm = config->vms->pdata[i];
        settle_presumptions(g_hash_table_lookup(decoder->entries, vm->name));
    }
}

HaConfig *io_cib_decode(const xmlNode *cib, GError **error)
{
    const xmlNode *configuration = io_xml_child(cib, "configuration");
    if (!cib || strcmp((const char *)cib->name, "cib") != 0 || !configuration) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
            "Pacemaker's answer is no CIB: it has no <cib> with a <configuration>; look at `cibadmin --query`");
        return NULL;
    }
    Decoder decoder = {
        .cib = cib,
        .properties = io_xml_child(configuration, "crm_config"),
        .resources = io_xml_child(configuration, "resources"),
        .config = ha_config_new(),
        .entries = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, entry_free),
        .tagged = io_cib_tag_read(cib),
    };
    decode_properties(&decoder);
    decode_nodes(&decoder);
    io_cib_fence_decode(cib, decoder.config);
    decode_vms(&decoder);
    decode_groups(&decoder);
    decode_constraints(&decoder);
    decode_status(&decoder);
    decoder.config->by_template = io_cib_copy_due(cib);
    g_hash_table_unref(decoder.entries);
    g_hash_table_unref(decoder.tagged);
    ha_config_sort(decoder.config);
    return decoder.config;
}
