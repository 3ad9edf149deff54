/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/contract/contract_cib.h"

#include "tests/sim/sim_schedule.h"

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
    "</cluster_property_set></crm_config><nodes>";

static const char template[] =
    "</nodes><resources><template id='hactl-group-default' class='ocf' provider='hactl' type='vm'>"
    "<meta_attributes id='m'><nvpair id='m1' name='allow-migrate' value='true'/>"
    "<nvpair id='m2' name='resource-stickiness' value='1000'/></meta_attributes><operations>"
    "<op id='o1' name='migrate_to' interval='0s' timeout='1800s' on-fail='block'/>"
    "<op id='o2' name='start' interval='0s' timeout='120s'/><op id='o3' name='stop' interval='0s' timeout='300s'/>"
    "</operations></template>";

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

static void add_vm(GString *xml, const SimVm *vm)
{
    g_string_append_printf(xml,
        "<primitive id='%s' template='hactl-group-default'><meta_attributes id='%s-m'>"
        "<nvpair id='%s-r' name='target-role' value='%s'/><nvpair id='%s-p' name='priority' "
        "value='%d'/></meta_attributes>",
        vm->name, vm->name, vm->name, vm->wanted_running ? "Started" : "Stopped", vm->name, vm->priority);
    if (vm->pin != SIM_NOBODY && vm->pin_mode == HA_MOVE_RESTART)
        g_string_append_printf(xml,
            "<meta_attributes id='%s-l' score='INFINITY'><nvpair id='%s-a' name='allow-migrate' value='false'/>"
            "</meta_attributes>",
            vm->name, vm->name);
    g_string_append_printf(xml,
        "<utilization id='%s-u'><nvpair id='%s-mem' name='memory' value='%" G_GUINT64_FORMAT
        "'/></utilization></primitive>",
        vm->name, vm->name, vm->mem_mib);
}

static void add_pin(GString *xml, const Sim *sim, const SimVm *vm)
{
    if (vm->pin != SIM_NOBODY)
        g_string_append_printf(xml, "<rsc_location id='hactl-pin-%s' rsc='%s' node='%s' score='INFINITY'/>", vm->name,
            vm->name, sim_node_name(sim, vm->pin));
}

/* As io_cib_rules writes it, for one VM rather than for its group. */
static void add_rule(GString *xml, const Sim *sim, const SimVm *vm, const char *kind, const char *score,
    const char *operation, guint nodes)
{
    if (!nodes)
        return;
    g_string_append_printf(xml,
        "<rsc_location id='hactl-rule-%s-%s' rsc='%s'><rule id='hactl-rule-%s.0-%s' score='%s' boolean-op='%s'>", kind,
        vm->name, vm->name, kind, vm->name, score, *operation == 'e' ? "or" : "and");
    for (guint i = 0; i < sim->n_nodes; i++)
        if (nodes & (1u << i))
            g_string_append_printf(xml,
                "<expression id='hactl-rule-%s.%u-%s' attribute='#uname' operation='%s' value='%s'/>", kind, i + 1,
                vm->name, operation, sim_node_name(sim, i));
    g_string_append(xml, "</rule></rsc_location>");
}

static void add_rules(GString *xml, const Sim *sim, const SimVm *vm)
{
    g_autofree char *prefer = g_strdup_printf("%d", HA_SCORE_PREFER);
    add_rule(xml, sim, vm, "only", "-INFINITY", "ne", vm->only_on);
    add_rule(xml, sim, vm, "prefer", prefer, "eq", vm->prefer);
}

/* ---- status ---- */

static void add_op(GString *xml, const char *vm, const char *op, guint call, gint rc, const char *from, const char *to)
{
    g_string_append_printf(xml,
        "<lrm_rsc_op id='%s_%s_0' operation_key='%s_%s_0' operation='%s' crm_feature_set='3.16.1' "
        "transition-key='1:1:0:0b1cd80c-5bc2-4db9-a6ea-3f4f9bbc1c11' "
        "transition-magic='0:%d;1:1:0:0b1cd80c-5bc2-4db9-a6ea-3f4f9bbc1c11' call-id='%u' rc-code='%d' op-status='0' "
        "interval='0' last-rc-change='1700000000' exec-time='1' queue-time='0' "
        "op-digest='f2317cad3d54cec5d7d7aa7d0bf35cf8'",
        vm, op, vm, op, op, rc, call, rc);
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

static void add_state(GString *xml, const Sim *sim, guint index)
{
    const SimNode *node = &sim->nodes[index];
    g_string_append_printf(xml, "<node_state id='%u' uname='%s' %s>", index + 1, node->name, state_text(node->state));
    if (node->state != HA_NODE_OFFLINE) {
        g_string_append_printf(xml, "<lrm id='%u'><lrm_resources>", index + 1);
        for (guint i = 0; i < sim->n_vms; i++)
            add_history(xml, sim, &sim->vms[i], index);
        g_string_append(xml, "</lrm_resources></lrm>");
    }
    g_string_append(xml, "</node_state>");
}

char *contract_cib(const Sim *sim)
{
    GString *xml = g_string_new(head);
    for (guint i = 0; i < sim->n_nodes; i++)
        add_node(xml, sim, i);
    g_string_append(xml, template);
    for (guint i = 0; i < sim->n_vms; i++)
        add_vm(xml, &sim->vms[i]);
    g_string_append(xml, "</resources><constraints>");
    for (guint i = 0; i < sim->n_vms; i++) {
        add_pin(xml, sim, &sim->vms[i]);
        add_rules(xml, sim, &sim->vms[i]);
    }
    g_string_append(xml, "</constraints></configuration><status>");
    for (guint i = 0; i < sim->n_nodes; i++)
        add_state(xml, sim, i);
    g_string_append(xml, "</status></cib>");
    return g_string_free(xml, FALSE);
}
