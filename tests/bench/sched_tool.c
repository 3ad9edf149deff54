/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sched-tool - CIBs of large clusters, for tests/bench/scheduler. Not installed.
 *   ours NODES VMS         what hactl writes for VMs in groups, by the code that the leader writes with
 *   peer NODES VMS         the same VMs by ocf:heartbeat:VirtualDomain, placement-strategy=balanced, without any rule
 * Every VM runs, with the record of a probe of every VM on every other node.
 */
#include <err.h>
#include <gio/gio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/io/io_cib_change.h"
#include "agent/io/io_cib_xml.h"

#define GROUP_VMS 25u
#define NODE_MEM_MIB 524288u
#define NODE_VCPUS 128u
#define VM_MEM_MIB 4096u
#define VM_VCPUS 2u

static guint count(const char *text)
{
    guint64 value = 0;
    if (!g_ascii_string_to_unsigned(text, 10, 1, 100000, &value, NULL))
        errx(1, "'%s' is no number of nodes or VMs", text);
    return (guint)value;
}

/* ---- the clusters' policies: what a site has, a few of each kind ---- */

static HaGroup *group_of(guint i, guint n_nodes)
{
    g_autofree char *name = g_strdup_printf("group%02u", i);
    HaGroup *group = ha_group_new(name);
    group->tier = i % HA_TIER_MAX + 1;
    if (i % 4 == 0)
        group->affinity = HA_AFFINITY_APART; /* one service on many hosts */
    if (i % 8 == 1) {
        group->affinity = HA_AFFINITY_TOGETHER;
    }
    for (guint node = 0; i % 8 == 2 && node < n_nodes / 4; node++) /* a licence for some hosts */
        g_ptr_array_add(group->only_on, g_strdup_printf("node%u", node + 1));
    group->only_on_strength = HA_RULE_HARD;
    for (guint node = n_nodes / 2; i % 8 == 3 && node < n_nodes; node++) /* one room rather than the other */
        g_ptr_array_add(group->prefer, g_strdup_printf("node%u", node + 1));
    ha_group_sort(group);
    return group;
}

/* ---- the base: nodes that are up, nothing on record ---- */

static void add_properties(GString *xml, const char *strategy)
{
    g_string_append_printf(xml,
        "<crm_config><cluster_property_set id='cib-bootstrap-options'>"
        "<nvpair id='stonith' name='stonith-enabled' value='false'/>"
        "<nvpair id='strategy' name='placement-strategy' value='%s'/>"
        "<nvpair id='hactl-term' name='hactl-term' value='1:node1'/></cluster_property_set></crm_config>",
        strategy);
}

static void add_nodes(GString *xml, guint n_nodes, const char *memory, const char *cpu)
{
    g_string_append(xml, "<nodes>");
    for (guint i = 1; i <= n_nodes; i++)
        g_string_append_printf(xml,
            "<node id='%u' uname='node%u'><utilization id='nodes-%u-u'><nvpair id='nodes-%u-m' name='%s' value='%u'/>"
            "<nvpair id='nodes-%u-c' name='%s' value='%u'/></utilization></node>",
            i, i, i, i, memory, NODE_MEM_MIB, i, cpu, NODE_VCPUS);
    g_string_append(xml, "</nodes>");
}

static void add_status(GString *xml, guint n_nodes)
{
    g_string_append(xml, "<status>");
    for (guint i = 1; i <= n_nodes; i++)
        g_string_append_printf(xml,
            "<node_state id='%u' uname='node%u' in_ccm='true' crmd='online' join='member' expected='member'>"
            "<lrm id='%u'><lrm_resources/></lrm></node_state>",
            i, i, i);
    g_string_append(xml, "</status>");
}

#define CIB                                                                                                            \
    "<cib crm_feature_set='3.16.2' validate-with='pacemaker-3.9' admin_epoch='0' epoch='1' num_updates='0' "           \
    "have-quorum='1' dc-uuid='1'><configuration>"

/* ---- the status section: every VM runs, and was probed on every other node ---- */

static guint home_of(guint vm, guint n_nodes)
{
    g_autoptr(HaGroup) group = group_of(vm / GROUP_VMS, n_nodes);
    guint n = group->only_on->len + group->prefer->len;
    if (group->affinity == HA_AFFINITY_TOGETHER)
        return vm / GROUP_VMS % n_nodes + 1;
    if (group->prefer->len)
        return n_nodes / 2 + vm % n + 1;
    return vm % (n ? n : n_nodes) + 1;
}

/* Pacemaker's digest of a resource's parameters: MD5 of the element that it passes to the executor. */
static char *digest_of(const xmlNode *primitive)
{
    g_autoptr(GString) text = g_string_new(" <parameters");
    const xmlNode *set = io_xml_child(primitive, "instance_attributes");
    for (const xmlNode *one = io_xml_child(set, "nvpair"); one; one = io_xml_next(one, "nvpair"))
        g_string_append_printf(text, " %s=\"%s\"", io_xml_attr(one, "name"), io_xml_attr(one, "value"));
    g_string_append(text, "/>\n");
    return g_compute_checksum_for_string(G_CHECKSUM_MD5, text->str, (gssize)text->len);
}

static void add_record(xmlNode *to, const char *vm, const char *id, const char *operation, guint interval_ms, guint rc,
    const char *node, const char *digest)
{
    g_autofree char *text = g_strdup_printf(
        "<lrm_rsc_op id='%s_%s' operation_key='%s_%s_%u' operation='%s' crm-debug-origin='do_update_resource' "
        "crm_feature_set='3.16.2' transition-key='1:1:%u:11111111-1111-1111-1111-111111111111' "
        "transition-magic='0:%u;1:1:%u:11111111-1111-1111-1111-111111111111' exit-reason='' on_node='%s' call-id='5' "
        "rc-code='%u' op-status='0' interval='%u' last-rc-change='1700000000' exec-time='50' queue-time='0' "
        "op-digest='%s'/>",
        vm, id, vm, operation, interval_ms, operation, rc, rc, rc, node, rc, interval_ms, digest);
    xmlDoc *doc = xmlReadMemory(text, (int)strlen(text), "record", NULL, 0);
    xmlAddChild(to, xmlDocCopyNode(xmlDocGetRootElement(doc), to->doc, 1));
    xmlFreeDoc(doc);
}

static void add_records(xmlNode *state, const xmlNode *primitive, const char *class_type[2], gboolean home)
{
    const char *vm = io_xml_attr(primitive, "id"), *node = io_xml_attr(state, "uname");
    g_autofree char *digest = digest_of(primitive);
    xmlNode *resource =
        xmlNewChild(io_xml_path(state, "lrm", "lrm_resources", NULL), NULL, BAD_CAST "lrm_resource", NULL);
    xmlSetProp(resource, BAD_CAST "id", BAD_CAST vm);
    xmlSetProp(resource, BAD_CAST "type", BAD_CAST class_type[1]);
    xmlSetProp(resource, BAD_CAST "class", BAD_CAST "ocf");
    xmlSetProp(resource, BAD_CAST "provider", BAD_CAST class_type[0]);
    add_record(resource, vm, "last_0", home ? "start" : "monitor", 0, home ? 0 : 7, node, digest);
    if (home)
        add_record(resource, vm, "monitor_10000", "monitor", 10000, 0, node, digest);
}

/* @rules: the VMs lie as the groups ask for; else one after the other. */
static void finish(xmlDoc *doc, guint n_nodes, const char *provider, const char *type, gboolean rules)
{
    const xmlNode *cib = xmlDocGetRootElement(doc);
    xmlNode *state = io_xml_child(io_xml_child(cib, "status"), "node_state");
    for (guint node = 1; state; state = io_xml_next(state, "node_state"), node++) {
        const xmlNode *vm = io_xml_child(io_xml_path(cib, "configuration", "resources", NULL), "primitive");
        for (guint i = 0; vm; vm = io_xml_next(vm, "primitive"), i++)
            add_records(
                state, vm, (const char *[]){provider, type}, (rules ? home_of(i, n_nodes) : i % n_nodes + 1) == node);
    }
    xmlDocDump(stdout, doc);
    xmlFreeDoc(doc);
}

/* ---- ours ---- */

static xmlDoc *ours_base(guint n_nodes)
{
    g_autoptr(GString) xml = g_string_new(CIB);
    add_properties(xml, "default");
    add_nodes(xml, n_nodes, "memory", "vcpu");
    g_string_append(xml, "<resources/><constraints/></configuration>");
    add_status(xml, n_nodes);
    g_string_append(xml, "</cib>");
    return xmlReadMemory(xml->str, (int)xml->len, "base", NULL, 0);
}

static GPtrArray *ours_changes(guint n_nodes, guint n_vms)
{
    GPtrArray *changes = ha_change_list_new();
    for (guint i = 0; i * GROUP_VMS < n_vms; i++) {
        g_autoptr(HaGroup) group = group_of(i, n_nodes);
        g_ptr_array_add(changes, ha_change_group_set(group));
    }
    for (guint i = 0; i < n_vms; i++) {
        g_autofree char *vm = g_strdup_printf("vm%04u", i);
        g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, vm, -1);
        HaChange *change = ha_change_new(HA_CHANGE_VM_ADD, vm, NULL, hash);
        change->group = g_strdup_printf("group%02u", i / GROUP_VMS);
        change->mem_mib = VM_MEM_MIB;
        change->vcpus = VM_VCPUS;
        change->running = TRUE;
        g_ptr_array_add(changes, change);
    }
    return changes;
}

static void ours(guint n_nodes, guint n_vms)
{
    g_autoptr(GError) error = NULL;
    xmlDoc *doc = ours_base(n_nodes);
    g_autoptr(GPtrArray) changes = ours_changes(n_nodes, n_vms);
    g_autoptr(IoCibWrite) write = io_cib_write_changes(xmlDocGetRootElement(doc), 1, changes, &error);
    if (!write)
        errx(1, "%s", error->message);
    io_cib_write_preview(write, doc);
    finish(doc, n_nodes, "hactl", "vm", TRUE);
}

/* ---- the peer's ---- */

static void peer_vm(GString *xml, const char *vm)
{
    g_string_append_printf(xml,
        "<primitive id='%s' class='ocf' provider='heartbeat' type='VirtualDomain'><instance_attributes id='%s-params'>"
        "<nvpair id='%s-config' name='config' value='/etc/libvirt/qemu/%s.xml'/>"
        "<nvpair id='%s-hypervisor' name='hypervisor' value='qemu:///system'/>"
        "<nvpair id='%s-transport' name='migration_transport' value='tcp'/></instance_attributes>"
        "<meta_attributes id='%s-meta'><nvpair id='%s-migrate' name='allow-migrate' value='true'/>",
        vm, vm, vm, vm, vm, vm, vm, vm);
    g_string_append_printf(xml,
        "</meta_attributes><operations><op id='%s-start' name='start' interval='0' timeout='90s'/>"
        "<op id='%s-stop' name='stop' interval='0' timeout='90s'/>"
        "<op id='%s-monitor' name='monitor' interval='10s' timeout='30s'/>"
        "<op id='%s-to' name='migrate_to' interval='0' timeout='120s'/>"
        "<op id='%s-from' name='migrate_from' interval='0' timeout='60s'/></operations>"
        "<utilization id='%s-size'><nvpair id='%s-cpu' name='cpu' value='%u'/>"
        "<nvpair id='%s-mem' name='hv_memory' value='%u'/></utilization></primitive>",
        vm, vm, vm, vm, vm, vm, vm, VM_VCPUS, vm, VM_MEM_MIB);
}

static void peer(guint n_nodes, guint n_vms)
{
    g_autoptr(GString) xml = g_string_new(CIB);
    add_properties(xml, "balanced");
    add_nodes(xml, n_nodes, "hv_memory", "cpu");
    g_string_append(xml, "<resources>");
    for (guint i = 0; i < n_vms; i++) {
        g_autofree char *vm = g_strdup_printf("vm%04u", i);
        peer_vm(xml, vm);
    }
    g_string_append(xml, "</resources><constraints/></configuration>");
    add_status(xml, n_nodes);
    g_string_append(xml, "</cib>");
    finish(xmlReadMemory(xml->str, (int)xml->len, "peer", NULL, XML_PARSE_HUGE), n_nodes, "heartbeat", "VirtualDomain",
        FALSE);
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "ours") == 0)
        ours(count(argv[2]), count(argv[3]));
    else if (argc == 4 && strcmp(argv[1], "peer") == 0)
        peer(count(argv[2]), count(argv[3]));
    else
        errx(1, "see the head of sched_tool.c");
    return 0;
}
