/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fake Pacemaker and the real scheduler (crm_simulate), asked about the same clusters: what would be done next with
 * each VM, and where. First by name, each a thing that hactl relies on; then clusters drawn by a seed.
 */
#include "tests/unit/cib_lab.h"

#include <stdio.h>

#include "tests/sim/contract/contract_cib.h"
#include "tests/sim/sim_rules.h"
#include "tests/sim/sim_schedule.h"

#define DRAWN 200

/* ---- the real one ---- */

static xmlDoc *simulate(const char *cib)
{
    g_autofree char *path = NULL;
    g_autofree char *out = NULL;
    int fd = g_file_open_tmp("hactl-contract-XXXXXX", &path, NULL);
    assert_true(fd >= 0 && g_close(fd, NULL));
    assert_true(g_file_set_contents(path, cib, -1, NULL));
    const char *argv[] = {"crm_simulate", "--xml-file", path, "--run", "--output-as=xml", NULL};
    int status = -1;
    assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
        &out, NULL, &status, NULL));
    assert_int_equal(status, 0);
    g_unlink(path);
    xmlDoc *answer = xmlReadDoc(BAD_CAST out, NULL, NULL, 0);
    assert_non_null(answer);
    return answer;
}

static char *attr(const xmlNode *node, const char *name)
{
    xmlChar *value = xmlGetProp((xmlNode *)node, BAD_CAST name);
    char *copy = g_strdup((const char *)value);
    xmlFree(value);
    return copy;
}

static const xmlNode *child(const xmlNode *node, const char *name)
{
    for (const xmlNode *each = node ? node->children : NULL; each; each = each->next)
        if (each->type == XML_ELEMENT_NODE && strcmp((const char *)each->name, name) == 0)
            return each;
    return NULL;
}

/* In the words that sim_schedule_next_text() has, so that the two can be compared. */
static char *action_text(const xmlNode *action)
{
    g_autofree char *what = attr(action, "action");
    g_autofree char *node = attr(action, "node");
    g_autofree char *source = attr(action, "source");
    g_autofree char *dest = attr(action, "dest");
    if (strcmp(what, "start") == 0)
        return g_strdup_printf("start on %s", node);
    if (strcmp(what, "stop") == 0)
        return g_strdup_printf("stop on %s", node);
    if (strcmp(what, "migrate") == 0)
        return g_strdup_printf("migrate from %s to %s", source, dest);
    if (strcmp(what, "move") == 0 || strcmp(what, "recover") == 0 || strcmp(what, "restart") == 0)
        return g_strdup_printf("reboot on %s", dest ? dest : source ? source : node);
    return g_strdup_printf("%s?", what);
}

/* Returns: (transfer full) what the scheduler does with @vm, "nothing" for nothing. */
static char *real_next(xmlDoc *answer, const char *vm)
{
    const xmlNode *actions = child(xmlDocGetRootElement(answer), "actions");
    for (const xmlNode *each = actions ? actions->children : NULL; each; each = each->next) {
        if (each->type != XML_ELEMENT_NODE || strcmp((const char *)each->name, "rsc_action") != 0)
            continue;
        g_autofree char *resource = attr(each, "resource");
        g_autofree char *blocked = attr(each, "blocked");
        if (g_strcmp0(resource, vm) == 0 && g_strcmp0(blocked, "true") != 0)
            return action_text(each);
    }
    return g_strdup("nothing");
}

/* ---- the fake ---- */

static char *fake_next(const Sim *sim, const guint *chosen, guint index)
{
    const SimVm *vm = &sim->vms[index];
    SimNext next = sim_schedule_next(sim, vm, chosen[index]);
    switch (next.kind) {
    case SIM_NEXT_NOTHING:
        return g_strdup("nothing");
    case SIM_NEXT_START:
        return g_strdup_printf("start on %s", sim_node_name(sim, next.to));
    case SIM_NEXT_STOP:
        return g_strdup_printf("stop on %s", sim_node_name(sim, next.from));
    case SIM_NEXT_MIGRATE:
    case SIM_NEXT_GO_ON:
        return g_strdup_printf("migrate from %s to %s", sim_node_name(sim, next.from), sim_node_name(sim, next.to));
    case SIM_NEXT_MOVE:
    case SIM_NEXT_RESTART:
    case SIM_NEXT_FENCING:
        return next.to == SIM_NOBODY ? g_strdup_printf("stop on %s", sim_node_name(sim, next.from))
                                     : g_strdup_printf("reboot on %s", sim_node_name(sim, next.to));
    }
    g_assert_not_reached();
}

static guint compare(const Sim *sim, const char *what)
{
    guint chosen[SIM_VMS_MAX], differences = 0;
    g_autofree char *cib = contract_cib(sim);
    xmlDoc *answer = simulate(cib);
    sim_schedule(sim, NULL, chosen);
    for (guint i = 0; i < sim->n_vms; i++) {
        g_autofree char *real = real_next(answer, sim->vms[i].name);
        g_autofree char *fake = fake_next(sim, chosen, i);
        if (strcmp(real, fake) == 0)
            continue;
        print_message("%s: %s: Pacemaker says \"%s\", the fake \"%s\"\n", what, sim->vms[i].name, real, fake);
        differences++;
    }
    xmlFreeDoc(answer);
    if (differences)
        puts(cib); /* print_message() would cut it */
    return differences;
}

/* ---- by name ---- */

/* Three nodes of 4 GiB; vm1 (1 GiB) on node1, vm2 (1 GiB) on node2. */
static Sim *small(void)
{
    Sim *sim = sim_new(1, 3);
    for (guint i = 0; i < sim->n_nodes; i++) {
        sim->nodes[i].state = HA_NODE_ONLINE;
        sim->nodes[i].mem_mib = 4096;
    }
    sim_add_vm(sim, "vm1", 0, 1024);
    sim_add_vm(sim, "vm2", 1, 1024);
    return sim;
}

/* A group for one VM more. */
static HaGroup *policy_of(const Sim *sim, guint vm)
{
    HaGroup *policy = ha_group_copy(sim->vms[vm].group->policy);
    if (strcmp(policy->name, HA_GROUP_DEFAULT) != 0)
        return policy;
    g_free(policy->name);
    policy->name = g_strdup_printf("of-%s", sim->vms[vm].name);
    return policy;
}

static void put(Sim *sim, guint vm, HaGroup *policy)
{
    g_autoptr(HaGroup) it = policy;
    sim_rules_set(sim, it);
    sim_rules_join(sim, vm, it->name);
}

static void set_tier(Sim *sim, guint vm, guint32 tier)
{
    HaGroup *policy = policy_of(sim, vm);
    policy->tier = tier;
    put(sim, vm, policy);
}

static void set_only_on(Sim *sim, guint vm, const char *node)
{
    HaGroup *policy = policy_of(sim, vm);
    g_ptr_array_add(policy->only_on, g_strdup(node));
    policy->only_on_strength = HA_RULE_HARD;
    put(sim, vm, policy);
}

/* vm1, vm2, and as many more as @n says, on node2 and node3 in turn. */
static void related(Sim *sim, HaAffinity affinity, HaRuleStrength strength, guint n)
{
    g_autoptr(HaGroup) policy = ha_group_new("kin");
    policy->affinity = affinity;
    policy->affinity_strength = strength;
    sim_rules_set(sim, policy);
    for (guint i = sim->n_vms; i < n; i++) {
        g_autofree char *name = g_strdup_printf("vm%u", i + 1);
        sim_add_vm(sim, name, 1 + i % (sim->n_nodes - 1), 512);
    }
    for (guint i = 0; i < sim->n_vms; i++)
        sim_rules_join(sim, i, "kin");
}

static void half_way(Sim *sim)
{
    SimVm *vm = &sim->vms[0];
    vm->places[0].active = FALSE;
    vm->partial = TRUE;
    vm->act_from = 0;
    vm->act_to = 2;
}

static void at_rest(Sim *sim)
{
}
static void pinned(Sim *sim)
{
    sim->vms[0].pin = 2;
}
static void pinned_restart(Sim *sim)
{
    sim->vms[0].pin = 2;
    sim->vms[0].pin_mode = HA_MOVE_RESTART;
}
static void standby(Sim *sim)
{
    sim->nodes[0].standby = TRUE;
}
static void draining(Sim *sim)
{
    sim->nodes[0].wish = g_strdup("drain since=1 by=root");
}
static void recovered_off_draining(Sim *sim)
{
    sim->nodes[0].wish = g_strdup("drain since=1 by=root");
    sim->nodes[1].wish = g_strdup("drain since=1 by=root");
    sim->vms[0].places[0].active = FALSE;
}
static void blocked(Sim *sim)
{
    sim->vms[0].places[0].failed_migrate_to = TRUE;
    sim->vms[0].places[0].failed_to = 2;
    sim->vms[0].pin = 2;
}
static void blocked_and_lost(Sim *sim)
{
    blocked(sim);
    sim->nodes[0].state = HA_NODE_OFFLINE;
    sim->vms[0].places[0] = (SimPlace){0};
}
static void half_way_wanted(Sim *sim)
{
    half_way(sim);
    sim->vms[0].pin = 2;
}
static void half_way_target_standby(Sim *sim)
{
    half_way(sim);
    sim->vms[0].pin = 2;
    sim->nodes[2].standby = TRUE;
}
static void half_way_source_standby(Sim *sim)
{
    half_way(sim);
    sim->vms[0].pin = 2;
    sim->nodes[0].standby = TRUE;
}
static void half_way_repinned(Sim *sim)
{
    half_way(sim);
    sim->vms[0].pin = 1;
}
static void unclean(Sim *sim)
{
    sim->nodes[0].state = HA_NODE_UNCLEAN;
}
static void offline(Sim *sim)
{
    sim->nodes[0].state = HA_NODE_OFFLINE;
    sim->vms[0].places[0] = (SimPlace){0};
}
static void stopped(Sim *sim)
{
    sim->vms[0].wanted_running = FALSE;
}
static void no_room(Sim *sim)
{
    offline(sim);
    sim->nodes[1].mem_mib = sim->nodes[2].mem_mib = 1024;
    sim_add_vm(sim, "vm3", 2, 1024);
}
static void recovered_by_tier(Sim *sim)
{
    offline(sim);
    sim->nodes[1].standby = TRUE;
    sim->nodes[2].mem_mib = 1024;
    set_tier(sim, 0, 1);
}
static void pushes_off(Sim *sim)
{
    no_room(sim);
    set_tier(sim, 0, 4);
    set_tier(sim, 2, 5);
}
/* vm2's host is lost, and only vm1's own has room for one of them. */
static void lost_and_no_room(Sim *sim)
{
    sim->nodes[0].mem_mib = 1024;
    sim->nodes[1].state = HA_NODE_UNCLEAN;
    sim->nodes[2].standby = TRUE;
}
static void lost_and_no_room_drained(Sim *sim)
{
    lost_and_no_room(sim);
    draining(sim);
}
static void only_elsewhere(Sim *sim)
{
    set_only_on(sim, 0, "node2");
}
static void only_where_it_is(Sim *sim)
{
    set_only_on(sim, 0, "node1");
    standby(sim);
}
static void preferred(Sim *sim)
{
    offline(sim);
    HaGroup *policy = policy_of(sim, 0);
    g_ptr_array_add(policy->prefer, g_strdup("node2"));
    put(sim, 0, policy);
}
static void crashed(Sim *sim)
{
    sim->vms[0].places[0].crashes = 2; /* as often as its group lets it */
}
static void crashed_too_often(Sim *sim)
{
    sim->vms[0].places[0].crashes = 3;
}
/* vm3 joins vm2, on node2. */
static void share_a_node(Sim *sim)
{
    related(sim, HA_AFFINITY_APART, HA_RULE_HARD, 2);
    guint vm = sim_add_vm(sim, "vm3", 1, 512);
    sim_rules_join(sim, vm, "kin");
}
static void apart_and_none_free(Sim *sim)
{
    offline(sim);
    related(sim, HA_AFFINITY_APART, HA_RULE_HARD, 3);
}
static void apart_softly(Sim *sim)
{
    offline(sim);
    related(sim, HA_AFFINITY_APART, HA_RULE_SOFT, 4);
}
/* vm1 was lost; vm2 and vm3 fill node2. */
static void apart_and_no_room(Sim *sim)
{
    apart_softly(sim);
    sim->nodes[2].standby = TRUE;
    sim->nodes[1].mem_mib = 1024 + 512;
    sim->vms[2].places[2] = (SimPlace){0};
    sim->vms[2].places[1] = (SimPlace){.known = TRUE, .active = TRUE};
    sim->vms[3].wanted_running = FALSE;
}
static void together_elsewhere(Sim *sim)
{
    related(sim, HA_AFFINITY_TOGETHER, HA_RULE_HARD, 3);
}
static void together_pinned(Sim *sim)
{
    sim->vms[1].places[1] = (SimPlace){0};
    sim->vms[1].places[0] = (SimPlace){.known = TRUE, .active = TRUE};
    related(sim, HA_AFFINITY_TOGETHER, HA_RULE_HARD, 2);
    sim->vms[1].pin = 2;
}
static void together_stopped(Sim *sim)
{
    together_pinned(sim);
    sim->vms[1].pin = SIM_NOBODY;
    sim->vms[1].wanted_running = FALSE;
}
static void together_softly(Sim *sim)
{
    offline(sim);
    related(sim, HA_AFFINITY_TOGETHER, HA_RULE_SOFT, 3);
}
/* vm1 and vm2 run on node1, and neither may run on node2; vm3, with them, has crashed too often on node1. */
static void together_without_a_common_node(Sim *sim)
{
    related(sim, HA_AFFINITY_TOGETHER, HA_RULE_HARD, 3);
    for (guint i = 0; i < sim->n_vms; i++) {
        sim->vms[i].places[1] = (SimPlace){.known = TRUE, .crashes = i < 2 ? 3 : 0};
        sim->vms[i].places[2] = (SimPlace){0};
        sim->vms[i].places[0] = (SimPlace){.known = TRUE, .active = i < 2, .crashes = i < 2 ? 0 : 3};
    }
    sim->nodes[2].mem_mib = 512;
}
/* The others failed on node1 so often that they are barred from it. */
static void together_with_barred_ones(Sim *sim)
{
    related(sim, HA_AFFINITY_TOGETHER, HA_RULE_SOFT, 6);
    draining(sim);
    for (guint i = 1; i < sim->n_vms; i++) {
        sim->vms[i].places[0].known = TRUE;
        sim->vms[i].places[0].crashes = 3;
    }
}
static void standby_no_room(Sim *sim)
{
    standby(sim);
    sim->nodes[1].mem_mib = sim->nodes[2].mem_mib = 1024;
    sim_add_vm(sim, "vm3", 2, 1024);
}

static void named(void **state)
{
    static const struct {
        const char *what;
        void (*make)(Sim *sim);
        const char *vm1; /* what both must say */
    } rows[] = {
        {"at rest", at_rest, "nothing"},
        {"pinned elsewhere", pinned, "migrate from node1 to node3"},
        {"pinned elsewhere, with a restart", pinned_restart, "reboot on node3"},
        {"its node in standby", standby, "migrate from node1 to node3"},
        {"its node drained by hactl's wish alone", draining, "nothing"},
        {"recovered while two nodes drain", recovered_off_draining, "start on node3"},
        {"a failed migration", blocked, "nothing"},
        {"a failed migration, then its host lost", blocked_and_lost, "start on node3"},
        {"another host lost, and no room", lost_and_no_room, "nothing"},
        {"another host lost, and no room; its own is drained", lost_and_no_room_drained, "stop on node1"},
        {"half-way, and wanted there", half_way_wanted, "migrate from node1 to node3"},
        {"half-way, the target in standby", half_way_target_standby, NULL},
        {"half-way, the source in standby", half_way_source_standby, "migrate from node1 to node3"},
        {"half-way, pinned elsewhere", half_way_repinned, "reboot on node2"},
        {"its host lost, not fenced", unclean, "reboot on node3"},
        {"its host lost and fenced", offline, "start on node3"},
        {"wanted stopped", stopped, "stop on node1"},
        {"lost, and no room", no_room, "nothing"},
        {"standby, and no room", standby_no_room, "stop on node1"},
        {"recovered before a lower tier", recovered_by_tier, "start on node3"},
        {"no room but that of a running VM of a lower tier", pushes_off, "start on node3"},
        {"only on another host", only_elsewhere, "migrate from node1 to node2"},
        {"only on its host, which is in standby", only_where_it_is, "stop on node1"},
        {"recovered where it prefers to be", preferred, "start on node2"},
        {"its guest crashed twice", crashed, "nothing"},
        {"its guest crashed three times", crashed_too_often, "migrate from node1 to node3"},
        {"two of its group share a node, hard apart", share_a_node, "nothing"},
        {"recovered, hard apart, and no node is free", apart_and_none_free, NULL},
        {"recovered, soft apart", apart_softly, NULL},
        {"recovered, soft apart, where others of its group run and no room is left", apart_and_no_room,
            "start on node2"},
        {"hard together, and they are not", together_elsewhere, NULL},
        {"hard together, another one is moved", together_pinned, "migrate from node1 to node3"},
        {"hard together, another one is stopped", together_stopped, "nothing"},
        {"hard together, another one barred here, and no common node", together_without_a_common_node, "nothing"},
        {"recovered, soft together", together_softly, NULL},
        {"drained, soft together with others that may not be there", together_with_barred_ones, "nothing"},
    };
    guint differences = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Sim) sim = small();
        guint chosen[SIM_VMS_MAX];
        rows[i].make(sim);
        sim_schedule(sim, NULL, chosen);
        g_autofree char *fake = fake_next(sim, chosen, 0);
        if (rows[i].vm1 && strcmp(fake, rows[i].vm1) != 0) {
            print_message("%s: the fake says \"%s\", not \"%s\"\n", rows[i].what, fake, rows[i].vm1);
            differences++;
        }
        differences += compare(sim, rows[i].what);
    }
    assert_int_equal(differences, 0);
}

/* ---- drawn ---- */

static const SimGroup *draw_group(Sim *sim)
{
    return sim->groups->pdata[sim_draw(sim, 0, (gint64)sim->groups->len - 1)];
}

/* Policies of every kind, whether they can be obeyed or not. */
static void draw_policies(Sim *sim)
{
    for (gint64 n = sim_draw(sim, 0, 3), i = 0; i < n; i++) {
        g_autofree char *name = g_strdup_printf("g%d", (gint)i + 1);
        g_autoptr(HaGroup) policy = ha_group_new(name);
        policy->tier = (guint32)sim_draw(sim, HA_TIER_MIN, HA_TIER_MAX);
        policy->affinity = (HaAffinity)sim_draw(sim, HA_AFFINITY_NONE, HA_AFFINITY_APART);
        policy->affinity_strength = (HaRuleStrength)sim_draw(sim, HA_RULE_SOFT, HA_RULE_HARD);
        policy->only_on_strength = (HaRuleStrength)sim_draw(sim, HA_RULE_SOFT, HA_RULE_HARD);
        policy->prefer_strength = (HaRuleStrength)sim_draw(sim, HA_RULE_SOFT, HA_RULE_HARD);
        for (guint node = 0; node < sim->n_nodes; node++) {
            if (sim_chance(sim, 150))
                g_ptr_array_add(policy->only_on, g_strdup(sim_node_name(sim, node)));
            if (sim_chance(sim, 150))
                g_ptr_array_add(policy->prefer, g_strdup(sim_node_name(sim, node)));
        }
        sim_rules_set(sim, policy);
    }
}

static void draw_vm(Sim *sim, guint index)
{
    static const guint64 sizes_mib[] = {256, 512, 1024, 2048};
    g_autofree char *name = g_strdup_printf("vm%u", index + 1);
    guint node = (guint)sim_draw(sim, 0, sim->n_nodes - 1);
    SimVm *vm = &sim->vms[sim_add_vm(sim, name, node, sizes_mib[sim_draw(sim, 0, 3)])];
    gboolean here = sim->nodes[node].state != HA_NODE_OFFLINE && sim_chance(sim, 900);
    vm->places[node].active = here;
    vm->wanted_running = !sim_chance(sim, 100);
    guint failed_to = (node + 1) % sim->n_nodes; /* with that host off, the order among equals is another */
    if (here && sim->nodes[failed_to].state == HA_NODE_ONLINE && sim_chance(sim, 100))
        vm->places[node] = (SimPlace){.known = TRUE, .active = TRUE, .failed_migrate_to = TRUE, .failed_to = failed_to};
    if (here && sim_chance(sim, 150))
        vm->places[node].crashes = (guint)sim_draw(sim, 1, 4);
    if (sim->groups->len > 1 && sim_chance(sim, 700))
        sim_rules_join(sim, index, draw_group(sim)->policy->name);
    if (sim_chance(sim, 200))
        vm->pin = (guint)sim_draw(sim, 0, sim->n_nodes - 1);
}

static Sim *draw(guint64 seed)
{
    Sim *sim = sim_new(seed, 2 + (guint)(seed % 4));
    for (guint i = 0; i < sim->n_nodes; i++) {
        SimNode *node = &sim->nodes[i];
        node->state = i > 0 && sim_chance(sim, 150) ? HA_NODE_OFFLINE : HA_NODE_ONLINE;
        node->standby = sim_chance(sim, 200);
        node->wish = sim_chance(sim, 250) ? g_strdup("drain since=1 by=root") : NULL;
        node->mem_mib = (guint64)sim_draw(sim, 2, 8) * 1024;
    }
    draw_policies(sim);
    for (gint64 n = sim_draw(sim, 1, 9), i = 0; i < n; i++)
        draw_vm(sim, (guint)i);
    return sim;
}

static void drawn(void **state)
{
    guint differences = 0;
    for (guint64 seed = 1; seed <= DRAWN; seed++) {
        g_autoptr(Sim) sim = draw(seed);
        g_autofree char *what = g_strdup_printf("seed %" G_GUINT64_FORMAT, seed);
        differences += compare(sim, what);
    }
    assert_int_equal(differences, 0);
}

int main(void)
{
#ifndef HA_PCMK3
    crm_xml_init();
#endif
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(named),
        cmocka_unit_test(drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
