/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_cib_fence.h"

#include <string.h>

#include "agent/core/model/ha_sorted.h"
#include "agent/io/io_cib_history.h"
#include "agent/io/io_cib_xml.h"

#define OP_CANCELLED 1 /* Pacemaker's op-status */

typedef struct {
    const xmlNode *cib, *resources;
    HaConfig *config;
} Decoder;

/* ---- whom a device fences ---- */

static const xmlNode *template_of(const Decoder *decoder, const xmlNode *primitive)
{
    const char *name = io_xml_attr(primitive, "template");
    return name ? io_xml_find(decoder->resources, "template", "id", name) : NULL;
}

static const char *setting(const Decoder *decoder, const xmlNode *primitive, const char *set, const char *name)
{
    IoXmlValue best = {0};
    io_xml_value_from(template_of(decoder, primitive), set, name, &best);
    io_xml_value_from(primitive, set, name, &best);
    return best.value;
}

/* The hosts' names in "node1:1;node2=2,3" or in "node1,node2 node3". */
static void add_hosts(const char *text, const char *separators, GPtrArray *hosts)
{
    g_auto(GStrv) words = g_strsplit_set(text ? text : "", separators, -1);
    for (guint i = 0; words[i]; i++) {
        words[i][strcspn(words[i], ":=")] = '\0';
        if (*words[i] && !g_ptr_array_find_with_equal_func(hosts, words[i], g_str_equal, NULL))
            g_ptr_array_add(hosts, g_strdup(words[i]));
    }
}

static void decode_hosts(const Decoder *decoder, const xmlNode *primitive, HaFenceDevice *device)
{
    const char *list = setting(decoder, primitive, "instance_attributes", "pcmk_host_list");
    const char *map = setting(decoder, primitive, "instance_attributes", "pcmk_host_map");
    const char *check = setting(decoder, primitive, "instance_attributes", "pcmk_host_check");
    if (!check)
        check = list || map ? "static-list" : "dynamic-list";
    device->asks = g_ascii_strcasecmp(check, "static-list") != 0;
    if (device->asks)
        return;
    add_hosts(list, ", ;\t\n", device->hosts);
    if (!list)
        add_hosts(map, "; \t\n", device->hosts);
}

static void decode_bans(const Decoder *decoder, HaFenceDevice *device)
{
    const xmlNode *constraints = io_xml_path(decoder->cib, "configuration", "constraints", NULL);
    const xmlNode *location = io_xml_child(constraints, "rsc_location");
    for (; location; location = io_xml_next(location, "rsc_location")) {
        const char *node = io_xml_attr(location, "node");
        if (node && io_xml_attr_is(location, "rsc", device->name) &&
            io_xml_score(io_xml_attr(location, "score")) <= -IO_CIB_INFINITY)
            g_ptr_array_add(device->banned, g_strdup(node));
    }
}

/* ---- how a device is ---- */

/* What one node's history says of a device: its newest start or monitor that succeeded, and the newest that failed. A
 * stop after a failure, which makes a VM a clean slate, is no answer of the device. */
typedef struct {
    gint64 good_call, bad_call; /* call ids; -1 none */
    gint64 since_s;
    const char *reason; /* nullable */
} Verdict;

static void judge(const xmlNode *op, Verdict *verdict)
{
    gint64 status = io_xml_attr_int(op, "op-status", -1), rc = io_xml_attr_int(op, "rc-code", -1);
    gint64 call = io_xml_attr_int(op, "call-id", -1);
    gboolean monitor = io_xml_attr_is(op, "operation", "monitor");
    gboolean probe = monitor && io_xml_attr_int(op, "interval", 0) == 0;
    if ((!monitor && !io_xml_attr_is(op, "operation", "start")) || probe || status < 0 || status == OP_CANCELLED)
        return;
    verdict->since_s = MAX(verdict->since_s, io_xml_attr_int(op, "last-rc-change", 0));
    if (status == 0 && rc == 0) {
        verdict->good_call = MAX(verdict->good_call, call);
    } else if (call > verdict->bad_call) {
        verdict->bad_call = call;
        verdict->reason = io_xml_attr(op, "exit-reason");
    }
}

static HaFenceState state_on(const HaConfigPlace *place, const Verdict *verdict)
{
    if (verdict->bad_call > verdict->good_call)
        return HA_FENCE_FAILED;
    return place->active ? HA_FENCE_STARTED : HA_FENCE_STOPPED;
}

/* Of several nodes' accounts one that runs it outranks one on which it failed. */
static void take_verdict(HaFenceDevice *device, const char *node, HaFenceState state, const Verdict *verdict)
{
    gboolean better = state == HA_FENCE_STARTED || (state == HA_FENCE_FAILED && device->state == HA_FENCE_STOPPED);
    if (!better)
        return;
    device->state = state;
    device->since_s = verdict->since_s;
    g_free(device->node);
    g_free(device->reason);
    device->node = g_strdup(node);
    device->reason = state == HA_FENCE_FAILED ? g_strdup(verdict->reason) : NULL;
}

static void decode_place(const xmlNode *state, const char *node, HaFenceDevice *device)
{
    const xmlNode *resources = io_xml_path(state, "lrm", "lrm_resources", NULL);
    const xmlNode *resource = io_xml_find(resources, "lrm_resource", "id", device->name);
    Verdict verdict = {.good_call = -1, .bad_call = -1};
    IoCibHistory history;
    if (!resource || !io_cib_history_read(resource, node, &history))
        return;
    for (const xmlNode *op = io_xml_child(resource, "lrm_rsc_op"); op; op = io_xml_next(op, "lrm_rsc_op"))
        judge(op, &verdict);
    take_verdict(device, node, state_on(history.place, &verdict), &verdict);
    ha_config_place_free(history.place);
}

static void decode_state(const Decoder *decoder, const xmlNode *primitive, HaFenceDevice *device)
{
    const char *role = setting(decoder, primitive, "meta_attributes", "target-role");
    const xmlNode *state = io_xml_child(io_xml_child(decoder->cib, "status"), "node_state");
    for (; state; state = io_xml_next(state, "node_state")) {
        const HaConfigNode *node = ha_sorted_find(decoder->config->nodes, io_xml_attr(state, "uname"));
        if (node && node->state == HA_NODE_ONLINE)
            decode_place(state, node->node, device);
    }
    if (role && g_ascii_strcasecmp(role, "Stopped") == 0)
        device->state = HA_FENCE_DISABLED;
}

static void decode_device(const Decoder *decoder, const xmlNode *primitive)
{
    const xmlNode *template = template_of(decoder, primitive);
    const xmlNode *agent = template ? template : primitive;
    const char *id = io_xml_attr(primitive, "id");
    if (!id || !io_xml_attr_is(agent, "class", "stonith") || ha_sorted_find(decoder->config->fences, id))
        return;
    HaFenceDevice *device = ha_fence_device_new(id);
    device->agent = g_strdup(io_xml_attr(agent, "type"));
    decode_hosts(decoder, primitive, device);
    decode_bans(decoder, device);
    decode_state(decoder, primitive, device);
    ha_sorted_put(decoder->config->fences, device);
}

/* A device may stand in a group or be cloned. */
static void decode_devices(const Decoder *decoder, const xmlNode *parent)
{
    for (const xmlNode *child = io_xml_child(parent, NULL); child; child = io_xml_next(child, NULL)) {
        if (strcmp((const char *)child->name, "primitive") == 0)
            decode_device(decoder, child);
        else if (strcmp((const char *)child->name, "group") == 0 || strcmp((const char *)child->name, "clone") == 0)
            decode_devices(decoder, child);
    }
}

/* ---- topology ---- */

static gboolean targets(const Decoder *decoder, const xmlNode *level, const char *node)
{
    const char *pattern = io_xml_attr(level, "target-pattern");
    const char *attribute = io_xml_attr(level, "target-attribute");
    if (pattern)
        return g_regex_match_simple(pattern, node, 0, 0);
    if (attribute) {
        const xmlNode *nodes = io_xml_path(decoder->cib, "configuration", "nodes", NULL);
        const xmlNode *known = io_xml_find(nodes, "node", "uname", node);
        const char *value = io_xml_value(known, "instance_attributes", attribute);
        return value && io_xml_attr_is(level, "target-value", value);
    }
    return io_xml_attr_is(level, "target", node);
}

static void decode_topology(const Decoder *decoder)
{
    const xmlNode *topology = io_xml_path(decoder->cib, "configuration", "fencing-topology", NULL);
    const xmlNode *xml = io_xml_child(topology, "fencing-level");
    for (; xml; xml = io_xml_next(xml, "fencing-level")) {
        for (guint i = 0; i < decoder->config->nodes->len; i++) {
            const char *node = ((const HaConfigNode *)decoder->config->nodes->pdata[i])->node;
            if (!targets(decoder, xml, node))
                continue;
            HaFenceLevel *level = ha_fence_level_new(node, (guint32)io_xml_attr_int(xml, "index", 0));
            add_hosts(io_xml_attr(xml, "devices"), ", ", level->devices);
            g_ptr_array_add(decoder->config->fence_levels, level);
        }
    }
}

/* A positive time, or any negative one (Pacemaker computes it then), switches self-fencing on. */
static gboolean watchdog(const xmlNode *properties)
{
    const char *timeout = io_xml_property(properties, "stonith-watchdog-timeout");
    gint64 value = timeout ? g_ascii_strtoll(timeout, NULL, 10) : 0;
    return value != 0 && io_xml_true(io_xml_property(properties, "have-watchdog"));
}

void io_cib_fence_decode(const xmlNode *cib, HaConfig *config)
{
    const xmlNode *properties = io_xml_path(cib, "configuration", "crm_config", NULL);
    Decoder decoder = {.cib = cib, .resources = io_xml_path(cib, "configuration", "resources", NULL), .config = config};
    ha_sorted_sort(config->nodes);
    decode_devices(&decoder, decoder.resources);
    decode_topology(&decoder);
    config->fence_watchdog = watchdog(properties);
    config->allow_unfenced = io_xml_true(io_xml_property(properties, "hactl-allow-unfenced"));
    config->fencing = config->stonith_enabled && (config->fences->len > 0 || config->fence_watchdog);
}

/* ---- a device to be written ---- */

static xmlNode *child(xmlNode *parent, const char *tag, const char *id)
{
    xmlNode *node = id ? NULL : io_xml_child(parent, tag);
    if (node)
        return node;
    node = xmlNewChild(parent, NULL, BAD_CAST tag, NULL);
    if (id)
        xmlSetProp(node, BAD_CAST "id", BAD_CAST id);
    return node;
}

static void write_nvpair(xmlNode *set, const char *device_id, const char *suffix, const char *name, const char *value)
{
    g_autofree char *id = g_strconcat(device_id, "-", suffix, NULL);
    xmlNode *nvpair = child(set, "nvpair", id);
    xmlSetProp(nvpair, BAD_CAST "name", BAD_CAST name);
    xmlSetProp(nvpair, BAD_CAST "value", BAD_CAST value);
}

static void write_parameters(xmlNode *primitive, const char *id, const HaFenceSpec *spec)
{
    g_autofree char *set_id = g_strconcat(id, "-params", NULL);
    g_autoptr(GString) list = g_string_new(NULL);
    xmlNode *set = child(primitive, "instance_attributes", set_id);
    for (guint i = 0; i < spec->parameters->len; i++) {
        const HaFenceParameter *parameter = spec->parameters->pdata[i];
        write_nvpair(set, id, parameter->name, parameter->name, parameter->value);
    }
    for (guint i = 0; i < spec->hosts->len; i++)
        g_string_append_printf(list, "%s%s", i ? "," : "", (const char *)spec->hosts->pdata[i]);
    if (list->len)
        write_nvpair(set, id, "hosts", "pcmk_host_list", list->str);
}

static void write_monitor(xmlNode *primitive, const char *id)
{
    g_autofree char *op_id = g_strconcat(id, "-monitor", NULL);
    xmlNode *op = child(child(primitive, "operations", NULL), "op", op_id);
    xmlSetProp(op, BAD_CAST "name", BAD_CAST "monitor");
    xmlSetProp(op, BAD_CAST "interval", BAD_CAST "60s");
    xmlSetProp(op, BAD_CAST "timeout", BAD_CAST "60s");
}

void io_cib_fence_write(xmlNode *configuration, const HaFenceSpec *spec)
{
    g_autofree char *id = g_strconcat(HA_FENCE_PREFIX, spec->name, NULL);
    xmlNode *primitive = child(child(configuration, "resources", NULL), "primitive", id);
    xmlSetProp(primitive, BAD_CAST "class", BAD_CAST "stonith");
    xmlSetProp(primitive, BAD_CAST "type", BAD_CAST spec->agent);
    write_parameters(primitive, id, spec);
    write_monitor(primitive, id);
    if (spec->hosts->len != 1)
        return;
    g_autofree char *ban_id = g_strconcat(id, "-elsewhere", NULL);
    xmlNode *ban = child(child(configuration, "constraints", NULL), "rsc_location", ban_id);
    xmlSetProp(ban, BAD_CAST "rsc", BAD_CAST id);
    xmlSetProp(ban, BAD_CAST "node", BAD_CAST spec->hosts->pdata[0]);
    xmlSetProp(ban, BAD_CAST "score", BAD_CAST "-INFINITY");
}
