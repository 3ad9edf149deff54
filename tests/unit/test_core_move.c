/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table "move" of docs/states.md: what Pacemaker's history and the reports together say. */
#include "agent/core/ha_move.h"

#include "tests/unit/core_fixture.h"

/* One VM, node1 -> node2. */
typedef struct {
    const char *what;
    gboolean pinned;
    struct {
        gboolean active, failed_to;
        HaOp pending;
    } source, target;                   /* Pacemaker's history */
    HaVmState source_says, target_says; /* UNKNOWN: not in the report */
    HaNodeState target_state;
    gboolean unwanted;
    HaMoveState want;
    gboolean settled;
} Row;

#define ACTIVE                                                                                                         \
    {                                                                                                                  \
        .active = TRUE                                                                                                 \
    }
#define GONE                                                                                                           \
    {                                                                                                                  \
        .active = FALSE                                                                                                \
    }
#define FAILED_TO                                                                                                      \
    {                                                                                                                  \
        .active = TRUE, .failed_to = TRUE                                                                              \
    }
#define ON HA_NODE_ONLINE
#define OFF HA_NODE_OFFLINE
#define RUN HA_VM_RUNNING
#define OUT HA_VM_MIGRATING
#define IN HA_VM_INCOMING
#define NO HA_VM_UNKNOWN

static const Row rows[] = {
    {"no pin", FALSE, ACTIVE, GONE, RUN, NO, ON, FALSE, HA_MOVE_NONE, TRUE},
    {"somebody else's migration", FALSE, {.active = TRUE, .pending = HA_OP_MIGRATE_TO}, GONE, OUT, IN, ON, FALSE,
        HA_MOVE_MOVING, FALSE},
    {"no pin, a monitor runs", FALSE, {.active = TRUE, .pending = HA_OP_MONITOR}, GONE, RUN, NO, ON, FALSE,
        HA_MOVE_NONE, TRUE},
    {"no pin, a start runs", FALSE, {.pending = HA_OP_START}, GONE, NO, NO, ON, FALSE, HA_MOVE_NONE, TRUE},
    {"pin written", TRUE, ACTIVE, GONE, RUN, NO, ON, FALSE, HA_MOVE_PINNED, TRUE},
    {"pin written, a monitor runs", TRUE, {.active = TRUE, .pending = HA_OP_MONITOR}, GONE, RUN, NO, ON, FALSE,
        HA_MOVE_PINNED, TRUE},
    {"migrate_to runs", TRUE, {.active = TRUE, .pending = HA_OP_MIGRATE_TO}, GONE, OUT, IN, ON, FALSE, HA_MOVE_MOVING,
        FALSE},
    {"the stop of a restart runs", TRUE, {.active = TRUE, .pending = HA_OP_STOP}, GONE, RUN, NO, ON, FALSE,
        HA_MOVE_MOVING, TRUE},
    {"between migrate_to and migrate_from", TRUE, GONE, GONE, NO, RUN, ON, FALSE, HA_MOVE_PINNED, TRUE},
    {"migrate_from runs", TRUE, GONE, {.pending = HA_OP_MIGRATE_FROM}, NO, RUN, ON, FALSE, HA_MOVE_LANDING, TRUE},
    {"migrate_from runs, nobody reports", TRUE, GONE, {.pending = HA_OP_MIGRATE_FROM}, NO, NO, ON, FALSE,
        HA_MOVE_MOVING, TRUE},
    {"the source's stop runs", TRUE, {.active = TRUE, .pending = HA_OP_STOP}, ACTIVE, NO, RUN, ON, FALSE,
        HA_MOVE_LANDING, TRUE},
    {"the source's stop is missing", TRUE, ACTIVE, ACTIVE, NO, RUN, ON, FALSE, HA_MOVE_LANDING, TRUE},
    {"landed", TRUE, GONE, ACTIVE, NO, RUN, ON, FALSE, HA_MOVE_LANDED, TRUE},
    {"landed, a monitor runs", TRUE, GONE, {.active = TRUE, .pending = HA_OP_MONITOR}, NO, RUN, ON, FALSE,
        HA_MOVE_LANDED, TRUE},
    {"landed, the source's report lags", TRUE, GONE, ACTIVE, RUN, NO, ON, FALSE, HA_MOVE_LANDING, TRUE},
    {"landed, running twice", TRUE, GONE, ACTIVE, RUN, RUN, ON, FALSE, HA_MOVE_LANDING, FALSE},
    {"migrate_to failed", TRUE, FAILED_TO, GONE, RUN, NO, ON, FALSE, HA_MOVE_BLOCKED, TRUE},
    {"failed, its job goes on", TRUE, FAILED_TO, GONE, OUT, IN, ON, FALSE, HA_MOVE_BLOCKED, FALSE},
    {"failed, it arrived all the same", TRUE, FAILED_TO, GONE, NO, RUN, ON, FALSE, HA_MOVE_BLOCKED, TRUE},
    {"failed, gone here and not there yet", TRUE, FAILED_TO, GONE, NO, IN, ON, FALSE, HA_MOVE_BLOCKED, FALSE},
    {"failed, the pin is gone", FALSE, FAILED_TO, GONE, RUN, NO, ON, FALSE, HA_MOVE_REVOKED, TRUE},
    {"failed, the pin is gone, a probe runs", FALSE, {.active = TRUE, .failed_to = TRUE, .pending = HA_OP_MONITOR},
        GONE, RUN, NO, ON, FALSE, HA_MOVE_REVOKED, TRUE},
    {"the target is gone before anything began", TRUE, ACTIVE, GONE, RUN, NO, OFF, FALSE, HA_MOVE_LOST, TRUE},
    {"the target is lost", TRUE, ACTIVE, GONE, RUN, NO, HA_NODE_UNCLEAN, FALSE, HA_MOVE_LOST, TRUE},
    {"an admin stopped the VM", TRUE, GONE, GONE, NO, NO, ON, TRUE, HA_MOVE_LOST, TRUE},
    {"the target is gone while migrate_to runs", TRUE, {.active = TRUE, .pending = HA_OP_MIGRATE_TO}, GONE, OUT, NO,
        OFF, FALSE, HA_MOVE_MOVING, FALSE},
    {"paused where it was", TRUE, FAILED_TO, GONE, HA_VM_PAUSED, NO, ON, FALSE, HA_MOVE_BLOCKED, TRUE},
    {"post-copy broke", TRUE, FAILED_TO, GONE, HA_VM_POSTCOPY_BROKEN, NO, ON, FALSE, HA_MOVE_BLOCKED, FALSE},
    {"crashed", TRUE, FAILED_TO, GONE, HA_VM_CRASHED, NO, ON, FALSE, HA_MOVE_BLOCKED, FALSE},
};

static HaView *view_of(const Row *row)
{
    HaView *view = fixture_new(3);
    HaConfigVm *vm = fixture_add(view, "vm1", NULL, 512);
    vm->pin = row->pinned ? g_strdup("node2") : NULL;
    vm->wanted_running = !row->unwanted;
    fixture_node(view, "node2")->state = row->target_state;
    HaConfigPlace *source = fixture_place(view, "vm1", "node1"), *target = fixture_place(view, "vm1", "node2");
    source->active = row->source.active;
    source->pending = row->source.pending;
    source->failed_migrate_to = row->source.failed_to;
    target->active = row->target.active;
    target->pending = row->target.pending;
    if (row->source_says != HA_VM_UNKNOWN)
        fixture_says(view, "node1", "vm1", row->source_says, 512);
    if (row->target_says != HA_VM_UNKNOWN)
        fixture_says(view, "node2", "vm1", row->target_says, 512);
    return view;
}

static void each_state_is_read_off_the_view(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        HaView *view = view_of(&rows[i]);
        HaMoveState got = ha_move_state(view, fixture_vm(view, "vm1"));
        if (got != rows[i].want)
            fail_msg("%s: got %s, not %s", rows[i].what, ha_move_state_word(got), ha_move_state_word(rows[i].want));
        if (ha_move_settled(view, "vm1") != rows[i].settled)
            fail_msg("%s: settled is %d", rows[i].what, !rows[i].settled);
        ha_view_free(view);
    }
}

static void only_three_states_are_in_flight(void **state)
{
    for (guint i = 0; i < HA_MOVE_STATES; i++)
        assert_int_equal(
            ha_move_in_flight((HaMoveState)i), i == HA_MOVE_PINNED || i == HA_MOVE_MOVING || i == HA_MOVE_LANDING);
}

static void a_silent_hypervisor_settles_nothing(void **state)
{
    HaView *view = view_of(&(Row){"", TRUE, FAILED_TO, GONE, RUN, NO, ON});
    fixture_age(view, "node1", HA_REPORT_STALE_MS + 1);
    assert_false(ha_move_settled(view, "vm1"));
    fixture_age(view, "node1", 0);
    fixture_report(view, "node1")->libvirt = HA_LIBVIRT_AWAY;
    fixture_silent(view, "node1", "vm1");
    assert_false(ha_move_settled(view, "vm1"));
    ha_view_free(view);
}

static void source_and_error_are_the_failed_actions(void **state)
{
    HaView *view = view_of(&(Row){"", TRUE, FAILED_TO, GONE, RUN, NO, ON});
    HaConfigVm *vm = fixture_vm(view, "vm1");
    assert_string_equal(ha_move_source(view, vm), "node1");
    assert_null(ha_move_error(view, vm)); /* nobody said why yet */
    ((HaReportVm *)ha_report_find_vm(fixture_report(view, "node1"), "vm1"))->failure = g_strdup("refused");
    assert_string_equal(ha_move_error(view, vm), "refused");
    fixture_place(view, "vm1", "node1")->exit_reason = g_strdup("from Pacemaker");
    assert_string_equal(ha_move_error(view, vm), "from Pacemaker");
    fixture_place(view, "vm1", "node1")->failed_migrate_to = FALSE;
    assert_null(ha_move_error(view, vm));
    ha_view_free(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_state_is_read_off_the_view),
        cmocka_unit_test(only_three_states_are_in_flight),
        cmocka_unit_test(a_silent_hypervisor_settles_nothing),
        cmocka_unit_test(source_and_error_are_the_failed_actions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
