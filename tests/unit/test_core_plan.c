/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/ha_plan.h"

#include <string.h>

#include "tests/unit/core_fixture.h"

static const HaLimits limits = {
    .moves_per_node = 2,
    .moves_per_cluster = 4,
    .moves_per_wave = 2,
    .bandwidth_bytes_per_s = 100ull << 20,
    .overhead_ms = 1000,
};

/* ---- one node ---- */

typedef struct {
    const char *what;
    void (*spoil)(HaView *view);
    HaBlock want;
} PlaceRow;

static void nothing(HaView *view)
{
}

static void it_runs_there(HaView *view)
{
    fixture_silent(view, "node1", "vm1");
    fixture_says(view, "node2", "vm1", HA_VM_RUNNING, 512);
}

static void offline(HaView *view)
{
    fixture_node(view, "node2")->state = HA_NODE_OFFLINE;
}

static void unclean(HaView *view)
{
    fixture_node(view, "node2")->state = HA_NODE_UNCLEAN;
}

static void standby(HaView *view)
{
    fixture_node(view, "node2")->standby = TRUE;
}

static void maintenance(HaView *view)
{
    fixture_node(view, "node2")->maintenance = TRUE;
}

static void draining(HaView *view)
{
    fixture_node(view, "node2")->wish.kind = HA_WISH_DRAIN;
}

static void draining_in_standby(HaView *view)
{
    draining(view);
    standby(view);
}

static void returning(HaView *view)
{
    fixture_node(view, "node2")->wish.kind = HA_WISH_RETURN;
}

static void no_agent(HaView *view)
{
    fixture_age(view, "node2", HA_REPORT_STALE_MS + 1);
}

static void libvirt_away(HaView *view)
{
    fixture_report(view, "node2")->libvirt = HA_LIBVIRT_AWAY;
}

static void banned(HaView *view)
{
    g_ptr_array_add(fixture_vm(view, "vm1")->banned, g_strdup("node2"));
}

static void storage_not_probed(HaView *view)
{
    g_ptr_array_add(fixture_needs(view, "vm1")->storage, g_strdup("nbd://s:1"));
}

static void storage_bad(HaView *view)
{
    storage_not_probed(view);
    g_ptr_array_add(fixture_report(view, "node2")->storage, ha_report_storage_new("nbd://s:1", FALSE, "refused"));
}

static void storage_good(HaView *view)
{
    storage_not_probed(view);
    g_ptr_array_add(fixture_report(view, "node2")->storage, ha_report_storage_new("nbd://s:1", TRUE, NULL));
}

static void no_bridge(HaView *view)
{
    g_ptr_array_set_size(fixture_report(view, "node2")->bridges, 0);
}

static void just_fits(HaView *view)
{
    fixture_node(view, "node2")->mem_mib = 512;
}

static void too_small(HaView *view)
{
    fixture_node(view, "node2")->mem_mib = 511;
}

static void full(HaView *view)
{
    fixture_node(view, "node2")->mem_mib = 1024;
    fixture_add(view, "vm2", "node2", 600);
}

static void given(HaView *view, const char *cpu)
{
    ((HaReportVm *)ha_report_find_vm(fixture_report(view, "node1"), "vm1"))->cpu = g_strdup(cpu);
}

static void lacks(HaView *view, const char *node, const char *cpu)
{
    g_ptr_array_add(fixture_report(view, node)->cpu_lacks, ha_report_cpu_new(cpu, "missing features: avx2"));
}

static void cpu_known_nowhere(HaView *view)
{
    given(view, "skylake");
}

static void cpu_not_given(HaView *view)
{
    lacks(view, "node2", "skylake");
}

static void cpu_lacking(HaView *view)
{
    given(view, "skylake");
    lacks(view, "node2", "skylake");
}

static void another_cpu_lacking(HaView *view)
{
    given(view, "skylake");
    lacks(view, "node2", "zen");
}

/* Where the host that runs it says that it can't offer it, what libvirt compares is worth nothing. */
static void cpu_lacking_at_home_too(HaView *view)
{
    cpu_lacking(view);
    lacks(view, "node1", "skylake");
}

static void no_definition(HaView *view)
{
    g_ptr_array_set_size(view->needs, 0);
}

static void each_refusal_has_its_reason(void **state)
{
    static const PlaceRow rows[] = {
        {"nothing", nothing, HA_BLOCK_NONE},
        {"self", it_runs_there, HA_BLOCK_NODE_SELF},
        {"offline", offline, HA_BLOCK_NODE_OFFLINE},
        {"unclean", unclean, HA_BLOCK_NODE_OFFLINE},
        {"standby", standby, HA_BLOCK_NODE_STANDBY},
        {"maintenance", maintenance, HA_BLOCK_NODE_MAINTENANCE},
        {"draining", draining, HA_BLOCK_NODE_DRAINING},
        {"draining in standby", draining_in_standby, HA_BLOCK_NODE_DRAINING},
        {"returning", returning, HA_BLOCK_NONE},
        {"no agent", no_agent, HA_BLOCK_NODE_NO_AGENT},
        {"libvirt", libvirt_away, HA_BLOCK_NODE_LIBVIRT},
        {"banned", banned, HA_BLOCK_NODE_BANNED},
        {"storage not probed", storage_not_probed, HA_BLOCK_NODE_STORAGE},
        {"storage bad", storage_bad, HA_BLOCK_NODE_STORAGE},
        {"storage good", storage_good, HA_BLOCK_NONE},
        {"bridge", no_bridge, HA_BLOCK_NODE_BRIDGE},
        {"cpu known nowhere", cpu_known_nowhere, HA_BLOCK_NONE},
        {"cpu not given", cpu_not_given, HA_BLOCK_NONE},
        {"cpu", cpu_lacking, HA_BLOCK_NODE_CPU},
        {"another cpu", another_cpu_lacking, HA_BLOCK_NONE},
        {"cpu lacking at home too", cpu_lacking_at_home_too, HA_BLOCK_NONE},
        {"just fits", just_fits, HA_BLOCK_NONE},
        {"too small", too_small, HA_BLOCK_NODE_MEMORY},
        {"full", full, HA_BLOCK_NODE_MEMORY},
        {"no definition", no_definition, HA_BLOCK_UNKNOWN},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        HaView *view = fixture_new(3);
        g_autoptr(HaPromises) promises = ha_promises_new();
        g_autofree char *detail = NULL;
        fixture_add(view, "vm1", "node1", 512);
        rows[i].spoil(view);
        HaBlock got = ha_place_check(view, "vm1", "node2", promises, NULL, &detail);
        if (got != rows[i].want)
            fail_msg("%s: got %s, not %s", rows[i].what, ha_block_word(got), ha_block_word(rows[i].want));
        assert_int_equal(ha_place_check(view, "vm1", "node2", promises, NULL, NULL), got); /* the detail is nullable */
        ha_view_free(view);
    }
}

static void tried_promised_and_unknown_are_refused(void **state)
{
    HaView *view = fixture_new(2);
    g_autoptr(HaPromises) promises = ha_promises_new();
    g_autoptr(GPtrArray) tried = g_ptr_array_new();
    fixture_add(view, "vm1", "node1", 512);
    g_ptr_array_add(tried, (gpointer) "node2");
    assert_int_equal(ha_place_check(view, "vm1", "node2", promises, tried, NULL), HA_BLOCK_NODE_TRIED);
    ha_promises_add(promises, "node2", 16384 - 511);
    assert_int_equal(ha_place_check(view, "vm1", "node2", promises, NULL, NULL), HA_BLOCK_NODE_MEMORY);
    assert_int_equal(ha_place_check(view, "vm1", "node9", promises, NULL, NULL), HA_BLOCK_UNKNOWN);
    assert_int_equal(ha_place_check(view, "vm9", "node2", promises, NULL, NULL), HA_BLOCK_UNKNOWN);
    ha_view_free(view);
}

static void home_looks_past_the_drain_that_ends(void **state)
{
    HaView *view = fixture_new(2);
    g_autoptr(HaPromises) promises = ha_promises_new();
    fixture_add(view, "vm1", "node1", 512);
    draining_in_standby(view);
    assert_int_equal(ha_place_check_home(view, "vm1", "node2", promises, NULL), HA_BLOCK_NONE);
    offline(view);
    assert_int_equal(ha_place_check_home(view, "vm1", "node2", promises, NULL), HA_BLOCK_NODE_OFFLINE);
    ha_view_free(view);
}

static void ties_go_to_cpu_then_to_the_lowest_name(void **state)
{
    HaView *view = fixture_new(4);
    g_autoptr(HaPromises) promises = ha_promises_new();
    GPtrArray *candidates;
    fixture_add(view, "vm1", "node1", 512);
    assert_string_equal(ha_place_pick(view, "vm1", promises, NULL, &candidates), "node2");
    assert_int_equal(candidates->len, 4);
    assert_int_equal(((HaCandidate *)candidates->pdata[0])->block, HA_BLOCK_NODE_SELF);
    g_ptr_array_unref(candidates);

    fixture_add(view, "vm2", "node2", 0); /* no memory to speak of, but a vcpu */
    assert_string_equal(ha_place_pick(view, "vm1", promises, NULL, NULL), "node3");
    fixture_add(view, "vm3", "node3", 1024);
    fixture_add(view, "vm4", "node4", 2048); /* memory outranks the CPU */
    assert_string_equal(ha_place_pick(view, "vm1", promises, NULL, NULL), "node2");
    ha_promises_add(promises, "node2", 4096);
    assert_string_equal(ha_place_pick(view, "vm1", promises, NULL, NULL), "node3");
    ha_view_free(view);
}

/* ---- a drain ---- */

static const HaPlanMove *at(const HaPlan *plan, guint index)
{
    assert_true(index < plan->moves->len);
    return plan->moves->pdata[index];
}

static void small_ones_go_first_in_waves_of_like_size(void **state)
{
    static const struct {
        const char *vm;
        guint64 mem_mib;
        guint32 wave;
    } rows[] = {
        {"b", 256, 1}, {"c", 256, 1}, {"a", 512, 2}, {"e", 1024, 2}, {"d", 4096, 3}, {"f", 4096, 3}, {"g", 8192, 4}};
    HaView *view = fixture_new(3);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        fixture_add(view, rows[i].vm, "node1", rows[i].mem_mib);
    g_autoptr(HaPlan) plan = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    assert_int_equal(plan->moves->len, G_N_ELEMENTS(rows));
    assert_int_equal(plan->n_blocked, 0);
    for (guint i = 0; i < plan->moves->len; i++) {
        assert_string_equal(at(plan, i)->vm, rows[i].vm);
        assert_int_equal(at(plan, i)->wave, rows[i].wave);
        assert_int_equal(at(plan, i)->reason, HA_REASON_DRAIN);
        assert_string_equal(at(plan, i)->from, "node1");
        assert_non_null(at(plan, i)->detail);
    }
    ha_view_free(view);
}

static void the_big_one_chooses_first(void **state)
{
    HaView *view = fixture_new(3);
    fixture_node(view, "node2")->mem_mib = 4096;
    fixture_node(view, "node3")->mem_mib = 2048;
    fixture_add(view, "big", "node1", 4096);
    fixture_add(view, "small", "node1", 512);
    g_autoptr(HaPlan) plan = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    assert_int_equal(plan->n_blocked, 0);
    assert_string_equal(at(plan, 0)->vm, "small");
    assert_string_equal(at(plan, 0)->to, "node3");
    assert_string_equal(at(plan, 1)->to, "node2");
    ha_view_free(view);
}

/* Pacemaker starts a VM anew with whatever the host has; only a live move needs what it was given. */
static void a_processor_stands_in_the_way_of_live_moves_alone(void **state)
{
    HaView *view = fixture_new(2);
    fixture_add(view, "vm1", "node1", 512);
    cpu_lacking(view);
    g_autoptr(HaPlan) live = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    assert_int_equal(at(live, 0)->block, HA_BLOCK_NO_TARGET);
    assert_non_null(strstr(at(live, 0)->detail, "node2: its processor lacks"));
    assert_non_null(strstr(at(live, 0)->detail, "avx2"));
    assert_false(ha_place_allows(view, "vm1", "node2"));
    assert_int_equal(ha_place_check_fixed(view, "vm1", "node2", NULL), HA_BLOCK_NONE);
    g_autoptr(HaPlan) restart = ha_plan_drain(view, &limits, "node1", TRUE, NULL);
    assert_int_equal(at(restart, 0)->block, HA_BLOCK_NONE);
    assert_int_equal(at(restart, 0)->mode, HA_MOVE_RESTART);
    assert_string_equal(at(restart, 0)->to, "node2");
    ha_view_free(view);
}

/* Executes the plan wave by wave as the leader would, planning anew each time: it must be the rest of the first plan.
 */
static void a_plan_made_anew_is_the_rest_of_it(void **state)
{
    static const guint64 sizes_mib[] = {5120, 4096, 3072, 1024, 1024, 700, 512, 300, 256};
    HaView *view = fixture_new(4);
    fixture_add(view, "resident", "node3", 2500);
    for (guint i = 0; i < G_N_ELEMENTS(sizes_mib); i++) {
        g_autofree char *name = g_strdup_printf("vm%u", i);
        fixture_add(view, name, "node1", sizes_mib[i]);
    }
    g_autoptr(HaPlan) first = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    assert_int_equal(first->n_blocked, 0);
    guint done = 0;
    while (done < first->moves->len) {
        g_autoptr(HaPlan) now = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
        assert_int_equal(now->moves->len, first->moves->len - done);
        for (guint i = 0; i < now->moves->len; i++) {
            assert_string_equal(at(now, i)->vm, at(first, done + i)->vm);
            assert_string_equal(at(now, i)->to, at(first, done + i)->to);
        }
        for (guint i = 0; i < now->moves->len && at(now, i)->wave == 1; i++, done++) {
            const HaPlanMove *move = at(now, i);
            HaConfigVm *vm = fixture_vm(view, move->vm);
            g_free(vm->home);
            vm->home = g_strdup("node1");
            fixture_place(view, move->vm, "node1")->active = FALSE;
            fixture_place(view, move->vm, move->to)->active = TRUE;
            fixture_silent(view, "node1", move->vm);
            fixture_says(view, move->to, move->vm, HA_VM_RUNNING, move->mem_mib);
        }
    }
    ha_view_free(view);
}

/* Carries out a move as Pacemaker and the hosts would show it. */
static void carry_out(HaView *view, const HaPlanMove *move)
{
    fixture_place(view, move->vm, move->from)->active = FALSE;
    fixture_place(view, move->vm, move->to)->active = TRUE;
    fixture_silent(view, move->from, move->vm);
    fixture_says(view, move->to, move->vm, HA_VM_RUNNING, move->mem_mib);
}

static HaView *crowded(void)
{
    HaView *view = fixture_new(3);
    fixture_node(view, "node2")->mem_mib = 8192;
    fixture_node(view, "node3")->mem_mib = 4096;
    fixture_add(view, "big", "node1", 6144); /* fits nowhere until other has left node2 */
    fixture_add(view, "small", "node1", 512);
    fixture_add(view, "other", "node2", 3072);
    return view;
}

static void others_make_room_where_a_vm_fits_nowhere(void **state)
{
    HaView *view = crowded();
    g_autoptr(HaPlan) first = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    assert_int_equal(first->n_blocked, 0);
    assert_int_equal(first->moves->len, 3);
    assert_string_equal(at(first, 0)->vm, "other");
    assert_string_equal(at(first, 0)->to, "node3");
    assert_int_equal(at(first, 0)->wave, 1);
    assert_int_equal(at(first, 0)->reason, HA_REASON_BALANCE);
    assert_non_null(strstr(at(first, 0)->detail, "for what leaves node1"));
    for (guint i = 1; i < 3; i++) {
        assert_int_equal(at(first, i)->wave, i + 1);
        assert_int_equal(at(first, i)->reason, HA_REASON_DRAIN);
    }
    carry_out(view, at(first, 0));
    g_autoptr(HaPlan) rest = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    assert_int_equal(rest->moves->len, 2); /* made anew, it is the rest of the first */
    for (guint i = 0; i < 2; i++) {
        assert_string_equal(at(rest, i)->vm, at(first, i + 1)->vm);
        assert_string_equal(at(rest, i)->to, at(first, i + 1)->to);
    }
    ha_view_free(view);
}

/* Each for itself the big ones would take the emptier node one after the other, and leave no hole for the last. */
static void places_are_sought_together_where_one_by_one_fails(void **state)
{
    HaView *view = fixture_new(3);
    fixture_node(view, "node2")->mem_mib = 8192;
    fixture_node(view, "node3")->mem_mib = 6144;
    fixture_add(view, "a", "node1", 4096);
    fixture_add(view, "b", "node1", 4096);
    fixture_add(view, "c", "node1", 3072);
    fixture_add(view, "d", "node1", 3072);
    g_autoptr(HaPlan) plan = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    assert_int_equal(plan->n_blocked, 0);
    assert_int_equal(plan->moves->len, 4);
    for (guint i = 0; i < 4; i++) {
        assert_string_equal(at(plan, i)->to, at(plan, i)->mem_mib == 4096 ? "node2" : "node3");
        assert_int_equal(at(plan, i)->reason, HA_REASON_DRAIN);
        assert_non_null(at(plan, i)->detail);
    }
    assert_non_null(strstr(at(plan, 3)->detail, "chosen together with the others that leave"));
    ha_view_free(view);
}

/* Chosen together, and one failed where it was to go: the others keep what was chosen, it has to look elsewhere. */
static void together_heeds_apart_and_failures(void **state)
{
    HaView *view = fixture_new(4);
    HaGroup *group = ha_group_new("apart");
    group->affinity = HA_AFFINITY_APART;
    group->affinity_strength = HA_RULE_HARD;
    g_ptr_array_add(view->config->groups, group);
    g_autoptr(GHashTable) tried = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) failed = g_ptr_array_new();
    fixture_node(view, "node2")->mem_mib = 8192;
    fixture_node(view, "node3")->mem_mib = 6144;
    fixture_node(view, "node4")->mem_mib = 3072;
    static const struct {
        const char *vm;
        guint64 mem_mib;
    } rows[] = {{"a", 4096}, {"b", 4096}, {"c", 3072}, {"d", 3072}, {"e", 3072}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        fixture_add(view, rows[i].vm, "node1", rows[i].mem_mib);
    fixture_vm(view, "c")->group = g_strdup("apart");
    fixture_vm(view, "d")->group = g_strdup("apart");
    g_ptr_array_add(failed, (gpointer) "node4");
    g_hash_table_insert(tried, (gpointer) "e", failed);
    g_autoptr(HaPlan) plan = ha_plan_drain(view, &limits, "node1", FALSE, tried);
    assert_int_equal(plan->n_blocked, 0);
    for (guint i = 0; i < plan->moves->len; i++) {
        const HaPlanMove *move = at(plan, i);
        const char *want = move->mem_mib == 4096 ? "node2" : strcmp(move->vm, "e") == 0 ? "node3" : NULL;
        if (want)
            assert_string_equal(move->to, want);
    }
    ha_view_free(view);
}

/* What was chosen when the drain began is kept while it holds, whatever has changed since. */
static void aims_are_kept_while_they_hold(void **state)
{
    HaView *view = fixture_new(3);
    fixture_add(view, "a", "node1", 1024);
    g_autoptr(GHashTable) aims = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_insert(aims, (gpointer) "a", (gpointer) "node3");
    g_autoptr(HaPlan) own = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    assert_string_equal(at(own, 0)->to, "node2");
    g_autoptr(HaPlan) kept = ha_plan_drain_on(view, &limits, "node1", FALSE, NULL, aims);
    assert_string_equal(at(kept, 0)->to, "node3");
    fixture_node(view, "node3")->standby = TRUE;
    g_autoptr(HaPlan) other = ha_plan_drain_on(view, &limits, "node1", FALSE, NULL, aims);
    assert_string_equal(at(other, 0)->to, "node2");
    ha_view_free(view);
}

/* node2 is the least full, but only its hole takes what runs on node3 should that be lost. */
static HaView *one_hole(void)
{
    HaView *view = fixture_new(4);
    fixture_node(view, "node2")->mem_mib = 14336;
    fixture_node(view, "node3")->mem_mib = 12288;
    fixture_node(view, "node4")->mem_mib = 8192;
    fixture_add(view, "leaver", "node1", 2048);
    fixture_add(view, "one", "node2", 2048);
    fixture_add(view, "two", "node2", 2048);
    fixture_add(view, "three", "node3", 9216);
    fixture_add(view, "four", "node4", 4096);
    return view;
}

static void a_target_keeps_the_loss_of_any_host_survivable(void **state)
{
    HaView *view = one_hole();
    g_autoptr(HaPlan) plan = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    const HaPlanMove *move = at(plan, 0);
    assert_string_equal(move->to, "node4"); /* on node2 three would find no place if node3 were lost */
    assert_non_null(strstr(move->detail, "the loss of any one host can be made up for"));
    assert_true(((HaCandidate *)move->candidates->pdata[1])->spends);
    assert_non_null(strstr(((HaCandidate *)move->candidates->pdata[1])->detail, "without memory"));
    ha_config_add_setting(view->config->properties, "hactl-spare-hosts", "0");
    g_autoptr(HaPlan) careless = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    assert_string_equal(at(careless, 0)->to, "node2");
    ha_view_free(view);
}

static void what_cannot_be_kept_is_not_asked_for(void **state)
{
    HaView *view = one_hole();
    fixture_node(view, "node3")->mem_mib = 16384;
    fixture_add(view, "huge", "node3", 5120); /* lost with node3, it finds no place beside three */
    fixture_add(view, "more", "node2", 1024);
    g_autoptr(HaPlan) plan = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    assert_string_equal(at(plan, 0)->to, "node2");
    assert_false(((HaCandidate *)at(plan, 0)->candidates->pdata[1])->spends);
    ha_view_free(view);
}

static void nobody_makes_room_whose_group_is_never_balanced(void **state)
{
    HaView *view = crowded();
    HaGroup *group = ha_group_new("still");
    group->balance = HA_BALANCE_NEVER;
    g_ptr_array_add(view->config->groups, group);
    fixture_vm(view, "other")->group = g_strdup("still");
    g_autoptr(HaPlan) plan = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    assert_int_equal(plan->moves->len, 2);
    assert_int_equal(plan->n_blocked, 1);
    assert_int_equal(at(plan, 1)->block, HA_BLOCK_NO_TARGET);
    assert_string_equal(at(plan, 1)->vm, "big");
    ha_view_free(view);
}

typedef struct {
    const char *what;
    void (*spoil)(HaView *view);
    HaBlock want, want_with_restart;
} BlockRow;

static void local_disk(HaView *view)
{
    fixture_needs(view, "vm1")->local_disk = g_strdup("/srv/a.img");
}

static void host_device(HaView *view)
{
    fixture_needs(view, "vm1")->host_device = g_strdup("PCI 0000:01:00.0");
}

static void paused(HaView *view)
{
    fixture_says(view, "node1", "vm1", HA_VM_PAUSED, 512);
}

static void io_error(HaView *view)
{
    fixture_says(view, "node1", "vm1", HA_VM_IO_ERROR, 512);
}

static void unmanaged(HaView *view)
{
    fixture_vm(view, "vm1")->managed = FALSE;
}

static void cluster_maintenance(HaView *view)
{
    view->config->maintenance = TRUE;
}

static void failed_action(HaView *view)
{
    fixture_place(view, "vm1", "node1")->failed = TRUE;
}

static void two_copies(HaView *view)
{
    fixture_says(view, "node2", "vm1", HA_VM_RUNNING, 512);
}

static void half_way(HaView *view)
{
    fixture_place(view, "vm1", "node1")->active = FALSE; /* migrate_to succeeded, migrate_from has not begun */
}

/* Pacemaker has not stopped it yet, or does not know that it runs: a pin would be taken back at once, for ever. */
static void to_be_stopped(HaView *view)
{
    fixture_vm(view, "vm1")->wanted_running = FALSE;
}

static void no_room(HaView *view)
{
    fixture_node(view, "node2")->mem_mib = 100;
    fixture_node(view, "node3")->standby = TRUE;
}

static void hactld_down_there(HaView *view)
{
    fixture_age(view, "node1", HA_REPORT_STALE_MS + 1);
}

static void blocked_ones_come_last_with_reason_and_remedy(void **state)
{
    static const BlockRow rows[] = {
        {"local disk", local_disk, HA_BLOCK_LOCAL_DISK, HA_BLOCK_LOCAL_DISK},
        {"host device", host_device, HA_BLOCK_HOST_DEVICE, HA_BLOCK_NONE},
        {"paused", paused, HA_BLOCK_NOT_RUNNING, HA_BLOCK_NONE},
        {"I/O error", io_error, HA_BLOCK_NOT_RUNNING, HA_BLOCK_NONE},
        {"unmanaged", unmanaged, HA_BLOCK_UNMANAGED, HA_BLOCK_UNMANAGED},
        {"maintenance", cluster_maintenance, HA_BLOCK_UNMANAGED, HA_BLOCK_UNMANAGED},
        {"failed action", failed_action, HA_BLOCK_PACEMAKER, HA_BLOCK_PACEMAKER},
        {"two copies", two_copies, HA_BLOCK_UNKNOWN, HA_BLOCK_UNKNOWN},
        {"half-way elsewhere", half_way, HA_BLOCK_UNKNOWN, HA_BLOCK_UNKNOWN},
        {"to be stopped", to_be_stopped, HA_BLOCK_UNKNOWN, HA_BLOCK_UNKNOWN},
        {"no definition", no_definition, HA_BLOCK_UNKNOWN, HA_BLOCK_UNKNOWN},
        {"no room", no_room, HA_BLOCK_NO_TARGET, HA_BLOCK_NO_TARGET},
        {"hactld down", hactld_down_there, HA_BLOCK_NONE, HA_BLOCK_NONE}, /* Pacemaker and the agent are there */
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (guint restart = 0; restart < 2; restart++) {
            HaView *view = fixture_new(3);
            fixture_add(view, "vm1", "node1", 512);
            rows[i].spoil(view);
            g_autoptr(HaPlan) plan = ha_plan_drain(view, &limits, "node1", (gboolean)restart, NULL);
            const HaPlanMove *move = at(plan, 0);
            HaBlock want = restart ? rows[i].want_with_restart : rows[i].want;
            if (move->block != want)
                fail_msg("%s: got %s, not %s", rows[i].what, ha_block_word(move->block), ha_block_word(want));
            assert_int_equal(plan->n_blocked, want != HA_BLOCK_NONE);
            assert_int_equal(move->wave, want == HA_BLOCK_NONE);
            assert_non_null(move->detail);
            if (want != HA_BLOCK_NONE) {
                assert_null(move->to);
                assert_non_null(move->remedy);
            } else {
                assert_int_equal(move->mode, rows[i].want == HA_BLOCK_NONE ? HA_MOVE_LIVE : HA_MOVE_RESTART);
            }
            ha_view_free(view);
        }
    }
}

static void who_cannot_move_is_named_after_who_can(void **state)
{
    HaView *view = fixture_new(2);
    fixture_add(view, "vm1", "node1", 128);
    local_disk(view);
    fixture_add(view, "vm2", "node1", 2048);
    fixture_says(view, "node1", "guest", HA_VM_RUNNING, 256);
    fixture_says(view, "node1", "arriving", HA_VM_INCOMING, 256); /* not there yet */
    g_autoptr(HaPlan) plan = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    assert_int_equal(plan->moves->len, 3);
    assert_int_equal(plan->n_blocked, 2);
    assert_string_equal(at(plan, 0)->vm, "vm2");
    assert_string_equal(at(plan, 1)->vm, "guest");
    assert_int_equal(at(plan, 1)->block, HA_BLOCK_NOT_MANAGED);
    assert_string_equal(at(plan, 2)->vm, "vm1");
    assert_non_null(strstr(at(plan, 2)->detail, "/srv/a.img"));
    ha_view_free(view);
}

static void no_target_names_each_candidate(void **state)
{
    HaView *view = fixture_new(3);
    fixture_add(view, "vm1", "node1", 512);
    no_room(view);
    g_autoptr(HaPlan) plan = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    const char *detail = at(plan, 0)->detail;
    assert_non_null(strstr(detail, "node2: not enough free memory (needs 512 MiB, 100 of 100 MiB free)"));
    assert_non_null(strstr(detail, "node3: the node is in standby"));
    assert_null(strstr(detail, "node1"));
    ha_view_free(view);
}

static void a_tried_node_is_passed_over_while_there_is_another(void **state)
{
    HaView *view = fixture_new(3);
    g_autoptr(GHashTable) tried = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) nodes = g_ptr_array_new();
    fixture_add(view, "vm1", "node1", 512);
    g_ptr_array_add(nodes, (gpointer) "node2");
    g_hash_table_insert(tried, (gpointer) "vm1", nodes);
    g_autoptr(HaPlan) plan = ha_plan_drain(view, &limits, "node1", FALSE, tried);
    assert_string_equal(at(plan, 0)->to, "node3");
    g_ptr_array_add(nodes, (gpointer) "node3"); /* all were tried: then again any */
    g_autoptr(HaPlan) again = ha_plan_drain(view, &limits, "node1", FALSE, tried);
    assert_string_equal(at(again, 0)->to, "node2");
    ha_view_free(view);
}

static void who_is_pinned_or_elsewhere_is_no_part_of_it(void **state)
{
    HaView *view = fixture_new(3);
    fixture_add(view, "vm1", "node1", 512)->pin = g_strdup("node2");
    fixture_add(view, "vm2", "node2", 512);
    fixture_add(view, "vm3", NULL, 512);
    g_autoptr(HaPlan) plan = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    assert_int_equal(plan->moves->len, 0);
    assert_int_equal(plan->estimate_ms, 0);
    g_autoptr(HaPlan) unknown = ha_plan_drain(view, &limits, "node9", FALSE, NULL);
    assert_int_equal(unknown->moves->len, 0);
    ha_view_free(view);
}

static void return_brings_home_who_is_away(void **state)
{
    HaView *view = fixture_new(3);
    fixture_add(view, "away", "node2", 512)->home = g_strdup("node1");
    fixture_add(view, "home", "node1", 512)->home = g_strdup("node1");
    fixture_add(view, "other", "node2", 512)->home = g_strdup("node3");
    fixture_add(view, "stranger", "node2", 512);
    g_autoptr(HaPlan) plan = ha_plan_return(view, &limits, "node1", NULL);
    assert_int_equal(plan->moves->len, 1);
    assert_string_equal(at(plan, 0)->vm, "away");
    assert_string_equal(at(plan, 0)->from, "node2");
    assert_string_equal(at(plan, 0)->to, "node1");
    assert_int_equal(at(plan, 0)->reason, HA_REASON_RETURN);
    ha_view_free(view);
}

static void migrate_goes_where_it_is_told_or_says_why_not(void **state)
{
    HaView *view = fixture_new(3);
    fixture_add(view, "vm1", "node1", 512);
    g_autoptr(HaPlan) told = ha_plan_migrate(view, &limits, "vm1", "node3", NULL);
    assert_string_equal(at(told, 0)->to, "node3");
    g_autoptr(HaPlan) free_choice = ha_plan_migrate(view, &limits, "vm1", NULL, NULL);
    assert_string_equal(at(free_choice, 0)->to, "node2");
    g_autoptr(HaPlan) self = ha_plan_migrate(view, &limits, "vm1", "node1", NULL);
    assert_int_equal(at(self, 0)->block, HA_BLOCK_NODE_SELF);
    g_autoptr(HaPlan) unknown = ha_plan_migrate(view, &limits, "vm9", NULL, NULL);
    assert_int_equal(at(unknown, 0)->block, HA_BLOCK_NOT_MANAGED);
    g_autoptr(HaPlan) nowhere = ha_plan_migrate(view, &limits, "vm1", "node9", NULL);
    assert_int_equal(at(nowhere, 0)->block, HA_BLOCK_UNKNOWN);
    ha_view_free(view);
}

static void an_estimate_grows_with_the_memory_and_never_overflows(void **state)
{
    HaLimits none = limits;
    none.bandwidth_bytes_per_s = 0;
    assert_int_equal(ha_plan_estimate_ms(&limits, 0), 1000);
    assert_int_equal(ha_plan_estimate_ms(&limits, 100), 2000);
    assert_int_equal(ha_plan_estimate_ms(&limits, 1000), 11000);
    assert_int_equal(ha_plan_estimate_ms(&none, 1ull << 20), G_MAXUINT32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_refusal_has_its_reason),
        cmocka_unit_test(tried_promised_and_unknown_are_refused),
        cmocka_unit_test(home_looks_past_the_drain_that_ends),
        cmocka_unit_test(ties_go_to_cpu_then_to_the_lowest_name),
        cmocka_unit_test(small_ones_go_first_in_waves_of_like_size),
        cmocka_unit_test(the_big_one_chooses_first),
        cmocka_unit_test(a_processor_stands_in_the_way_of_live_moves_alone),
        cmocka_unit_test(a_plan_made_anew_is_the_rest_of_it),
        cmocka_unit_test(others_make_room_where_a_vm_fits_nowhere),
        cmocka_unit_test(places_are_sought_together_where_one_by_one_fails),
        cmocka_unit_test(together_heeds_apart_and_failures),
        cmocka_unit_test(aims_are_kept_while_they_hold),
        cmocka_unit_test(a_target_keeps_the_loss_of_any_host_survivable),
        cmocka_unit_test(what_cannot_be_kept_is_not_asked_for),
        cmocka_unit_test(nobody_makes_room_whose_group_is_never_balanced),
        cmocka_unit_test(blocked_ones_come_last_with_reason_and_remedy),
        cmocka_unit_test(who_cannot_move_is_named_after_who_can),
        cmocka_unit_test(no_target_names_each_candidate),
        cmocka_unit_test(a_tried_node_is_passed_over_while_there_is_another),
        cmocka_unit_test(who_is_pinned_or_elsewhere_is_no_part_of_it),
        cmocka_unit_test(return_brings_home_who_is_away),
        cmocka_unit_test(migrate_goes_where_it_is_told_or_says_why_not),
        cmocka_unit_test(an_estimate_grows_with_the_memory_and_never_overflows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
