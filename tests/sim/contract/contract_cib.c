/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/cib_lab.h"

#include "tests/sim/contract/contract_cib.h"

#define TERM 4 /* as in the head below */

/* ---- configuration ---- */

/* As hactl's recommended settings, and a watchdog, so that a lost node can be fenced without a device. */
static const char head[] =
    "<cib admin_epoch='0' epoch='1' num_updates='1' validate-with='pacemaker-3.8' crm_feature_set='3.16.1' "
    "have-quorum='1' dc-uuid='1'><configuration><crm_config><cluster_property_set id='p'>"
    "<nvpair id='p1' name='stonith-enabled' value='true'/><nvpair id='p2' name='have-watchdog' value='true'/>"
    "<nvpair id='p3' name='stonith-watchdog-timeout' value='10s'/>"
    "<nvpair id='p4' name='no-quorum-policy' value='stop'/>"
    "<nvpair id='p5' name='placement-strategy' value='utilization'/>"
    "<nvpair id='p6' name='node-health-strategy' value='progressive'/>"
    "<nvpair id='p7' name='node-health-base' value='10000'/>"
    "<nvpair id='hactl-term' name='hactl-term' value='4:node1'/>"
    "</cluster_property_set></crm_config><nodes>";

static void add_node(GString *xml, const Sim *sim, guint index)
{
    const SimNode *node = &sim->nodes[index];
    g_string_append_printf(
        xml, "<node id='%u' uname='%s'><instance_attributes id='n%u'>", index + 1, node->name, index);
    if (node->standby)
        g_string_append_printf(xml, "<nvpair id='n%u-s' name='standby' value='on'/>", index);
    if (node->wish && g_str_has_prefix(node->wish, "drain"))
        g_string_append_printf(xml, "<nvpair id='n%u-h' name='#health-hactl' value='%d'/>", index, HA_SCORE_REPEL);
    g_string_append_printf(xml,
        "</instance_attributes><utilization id='n%u-u'><nvpair id='n%u-m' name='memory' value='%" G_GUINT64_FORMAT
        "'/></utilization></node>",
        index, index, node->mem_mib);
}

/* ---- status ---- */

/* Just now: a failure is forgotten after the group's failure-timeout. */
static void add_op(GString *xml, const char *vm, const char *op, guint call, gint rc, const char *from, const char *to)
{
    g_string_append_printf(xml,
        "<lrm_rsc_op id='%s_%s_0' operation_key='%s_%s_0' operation='%s' crm_feature_set='3.16.1' "
        "transition-key='1:1:0:0b1cd80c-5bc2-4db9-a6ea-3f4f9bbc1c11' "
        "transition-magic='0:%d;1:1:0:0b1cd80c-5bc2-4db9-a6ea-3f4f9bbc1c11' call-id='%u' rc-code='%d' op-status='0' "
        "interval='0' last-rc-change='%" G_GINT64_FORMAT "' exec-time='1' queue-time='0' "
        "op-digest='f2317cad3d54cec5d7d7aa7d0bf35cf8'",
        vm, op, vm, op, op, rc, call, rc, g_get_real_time() / G_USEC_PER_SEC);
    if (from)
        g_string_append_printf(xml, " migrate_source='%s' migrate_target='%s'", from, to);
    g_string_append(xml, "/>");
}

static const char *state_text(HaNodeState state)
{
    switch (state) {
    case HA_NODE_ONLINE:
        return "in_ccm='true' crmd='online' join='member' expected='member'";
    case HA_NODE_UNCLEAN:
        return "in_ccm='false' crmd='offline' join='down' expected='member'";
    case HA_NODE_OFFLINE:
        return "in_ccm='false' crmd='offline' join='down' expected='down'";
    case HA_NODE_STATES:
        break;
    }
    g_assert_not_reached();
}

/* The operations that lead to what the fake's history says. */
static void add_history(GString *xml, const Sim *sim, const SimVm *vm, guint node)
{
    const SimPlace *place = &vm->places[node];
    const char *name = sim_node_name(sim, node);
    g_string_append_printf(xml, "<lrm_resource id='%s' class='ocf' provider='hactl' type='vm'>", vm->name);
    if (vm->partial && vm->act_from == node) {
        add_op(xml, vm->name, "start", 2, 0, NULL, NULL);
        add_op(xml, vm->name, "migrate_to", 3, 0, name, sim_node_name(sim, vm->act_to));
    } else if (place->active) {
        add_op(xml, vm->name, "start", 2, 0, NULL, NULL);
    } else {
        add_op(xml, vm->name, "monitor", 2, 7, NULL, NULL);
    }
    if (place->failed_migrate_to)
        add_op(xml, vm->name, "migrate_to", 4, 1, name, sim_node_name(sim, place->failed_to));
    g_string_append(xml, "</lrm_resource>");
}

static void add_crashes(GString *xml, const SimVm *vm, guint node)
{
    const SimPlace *place = &vm->places[node];
    if (place->crashes)
        g_string_append_printf(xml,
            "<nvpair id='f%u-%s' name='fail-count-%s#monitor_10000' value='%u'/>"
            "<nvpair id='l%u-%s' name='last-failure-%s#monitor_10000' value='%" G_GINT64_FORMAT "'/>",
            node, vm->name, vm->name, place->crashes, node, vm->name, vm->name, g_get_real_time() / G_USEC_PER_SEC);
}

static void add_state(GString *xml, const Sim *sim, guint index)
{
    const SimNode *node = &sim->nodes[index];
    g_string_append_printf(xml, "<node_state id='%u' uname='%s' %s>", index + 1, node->name, state_text(node->state));
    if (node->state != HA_NODE_OFFLINE) {
        g_string_append_printf(xml, "<lrm id='%u'><lrm_resources>", index + 1);
        for (guint i = 0; i < sim->n_vms; i++)
            add_history(xml, sim, &sim->vms[i], index);
        g_string_append_printf(xml,
            "</lrm_resources></lrm><transient_attributes id='%u'><instance_attributes id='t%u'>", index + 1, index);
        for (guint i = 0; i < sim->n_vms; i++)
            add_crashes(xml, &sim->vms[i], index);
        g_string_append(xml, "</instance_attributes></transient_attributes>");
    }
    g_string_append(xml, "</node_state>");
}

static char *without_resources(const Sim *sim)
{
    GString *xml = g_string_new(head);
    for (guint i = 0; i < sim->n_nodes; i++)
        add_node(xml, sim, i);
    g_string_append(xml, "</nodes><resources/><constraints/></configuration><status>");
    for (guint i = 0; i < sim->n_nodes; i++)
        add_state(xml, sim, i);
    g_string_append(xml, "</status></cib>");
    return g_string_free(xml, FALSE);
}

/* ---- what the real adapter makes of groups, VMs and pins ---- */

static void add_vm(GPtrArray *changes, const SimVm *vm)
{
    HaChange *add = ha_change_new(HA_CHANGE_VM_ADD, vm->name, NULL, vm->hash);
    add->group = g_strdup(vm->group->policy->name);
    add->running = vm->wanted_running;
    add->mem_mib = vm->mem_mib;
    add->vcpus = vm->vcpus;
    g_ptr_array_add(changes, add);
}

static GPtrArray *changes_for(const Sim *sim)
{
    GPtrArray *changes = ha_change_list_new();
    for (guint i = 0; i < sim->groups->len; i++)
        g_ptr_array_add(changes, ha_change_group_set(((const SimGroup *)sim->groups->pdata[i])->policy));
    for (guint i = 0; i < sim->n_vms; i++)
        add_vm(changes, &sim->vms[i]);
    return changes;
}

static GPtrArray *pins_for(const Sim *sim)
{
    GPtrArray *changes = ha_change_list_new();
    for (guint i = 0; i < sim->n_vms; i++) {
        const SimVm *vm = &sim->vms[i];
        if (vm->pin == SIM_NOBODY)
            continue;
        HaChange *pin = ha_change_new(HA_CHANGE_PIN_SET, vm->name, sim_node_name(sim, vm->pin), NULL);
        pin->mode = vm->pin_mode;
        g_ptr_array_add(changes, pin);
    }
    return changes;
}

static void carry_out_all(const Lab *lab, GPtrArray *changes)
{
    if (!changes->len)
        return;
    g_autoptr(IoCibWrite) write = prepare(lab, TERM, changes);
    assert_int_equal(carry_out(lab, write), pcmk_ok);
}

char *contract_cib(const Sim *sim)
{
    g_autofree char *bare = without_resources(sim);
    g_autoptr(GPtrArray) changes = changes_for(sim), pins = pins_for(sim);
    Lab *lab = lab_new(bare);
    carry_out_all(lab, changes);
    carry_out_all(lab, pins);
    /* The histories know no parameter: neither does the configuration; nor does the fake know of CPUs. */
    const char *unknown[] = {"//primitive/instance_attributes", "//primitive/utilization/nvpair[@name='vcpu']"};
    for (gsize i = 0; i < G_N_ELEMENTS(unknown); i++)
        assert_int_equal(
            lab->cib->cmds->remove(lab->cib, unknown[i], NULL, cib_sync_call | cib_xpath | cib_multiple), pcmk_ok);
    xmlNode *cib = query(lab);
    xmlChar *text = NULL;
    xmlDocDumpMemory(cib->doc, &text, NULL);
    char *copy = g_strdup((const char *)text);
    xmlFree(text);
    xmlFreeDoc(cib->doc);
    void *state = lab;
    lab_teardown(&state);
    return copy;
}
