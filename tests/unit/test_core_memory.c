/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/ha_memory.h"

#include "tests/unit/core_fixture.h"

static HaMemory *memory_new(void)
{
    HaSettings settings;
    ha_settings_init(&settings);
    return ha_memory_new(&settings);
}

static gboolean learn(HaMemory *memory, guint64 id, HaNoteKind kind, const char *vm, const char *to, gint64 now_ms)
{
    HaNote *note = ha_note_new(kind);
    note->id = id;
    note->vm = g_strdup(vm);
    note->node = g_strdup("node1");
    note->to = g_strdup(to);
    note->text = g_strdup("why");
    gboolean new = ha_memory_learn(memory, note, now_ms);
    ha_note_free(note);
    return new;
}

static void the_delay_doubles_up_to_a_limit(void **state)
{
    static const gint64 delays_ms[] = {10000, 20000, 40000, 80000, 160000, 320000, 320000};
    HaMemory *memory = memory_new();
    for (guint i = 0; i < G_N_ELEMENTS(delays_ms); i++) {
        assert_true(learn(memory, i + 1, HA_NOTE_MOVE_FAILED, "vm1", "node2", 1000));
        const HaAttempts *attempts = ha_memory_attempts(memory, "vm1");
        assert_int_equal(attempts->attempts, i + 1);
        assert_int_equal(attempts->retry_at_ms, 1000 + delays_ms[i]);
        assert_int_equal(attempts->tried->len, 1); /* a node is remembered once */
        assert_string_equal(attempts->last_error, "why");
    }
    assert_null(ha_memory_attempts(memory, "vm2"));
    ha_memory_free(memory);
}

static void a_note_counts_once(void **state)
{
    HaMemory *memory = memory_new();
    assert_true(learn(memory, 5, HA_NOTE_MOVE_FAILED, "vm1", "node2", 0));
    assert_false(learn(memory, 5, HA_NOTE_MOVE_FAILED, "vm1", "node2", 0));
    assert_false(learn(memory, 4, HA_NOTE_MOVE_FAILED, "vm1", "node2", 0)); /* repeated for somebody else */
    assert_int_equal(ha_memory_attempts(memory, "vm1")->attempts, 1);
    assert_true(learn(memory, 2ull << 32, HA_NOTE_MOVE_FAILED, "vm1", "node3", 0)); /* the next leader's */
    assert_int_equal(ha_memory_attempts(memory, "vm1")->attempts, 2);
    assert_int_equal(ha_memory_attempts(memory, "vm1")->tried->len, 2);
    assert_int_equal(ha_memory_notes(memory)->len, 2);
    ha_memory_free(memory);
}

static void some_notes_forget(void **state)
{
    static const struct {
        HaNoteKind kind;
        const char *vm;
        gboolean forgets_vm1, forgets_vm2;
    } rows[] = {
        {HA_NOTE_MOVE_LANDED, "vm1", TRUE, FALSE},
        {HA_NOTE_VM_REMOVED, "vm1", TRUE, FALSE},
        {HA_NOTE_DRAIN_BEGUN, NULL, TRUE, TRUE},
        {HA_NOTE_RETURN_BEGUN, NULL, TRUE, TRUE},
        {HA_NOTE_DRAIN_CANCELLED, NULL, TRUE, TRUE},
        {HA_NOTE_MOVE_CANCELLED, "vm1", FALSE, FALSE},
        {HA_NOTE_MOVE_BEGUN, "vm1", FALSE, FALSE},
        {HA_NOTE_LEADER, NULL, FALSE, FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        HaMemory *memory = memory_new();
        learn(memory, 1, HA_NOTE_MOVE_FAILED, "vm1", "node2", 0);
        learn(memory, 2, HA_NOTE_MOVE_FAILED, "vm2", "node2", 0);
        learn(memory, 3, rows[i].kind, rows[i].vm, "node2", 0);
        assert_int_equal(ha_memory_attempts(memory, "vm1") == NULL, rows[i].forgets_vm1);
        assert_int_equal(ha_memory_attempts(memory, "vm2") == NULL, rows[i].forgets_vm2);
        assert_int_equal(g_hash_table_contains(ha_memory_tried(memory), "vm1"), !rows[i].forgets_vm1);
        ha_memory_free(memory);
    }
}

static void an_admin_who_asks_anew_is_not_kept_waiting(void **state)
{
    HaMemory *memory = memory_new();
    learn(memory, 1, HA_NOTE_MOVE_FAILED, "vm1", "node2", 0);
    ha_memory_forget(memory, "vm1");
    ha_memory_forget(memory, "vm1");
    ha_memory_forget(memory, "never heard of");
    assert_null(ha_memory_attempts(memory, "vm1"));
    assert_int_equal(ha_memory_next_retry(memory, 0), G_MAXINT64);
    ha_memory_free(memory);
}

static void the_next_retry_is_the_earliest_that_lies_ahead(void **state)
{
    HaMemory *memory = memory_new();
    learn(memory, 1, HA_NOTE_MOVE_FAILED, "vm1", "node2", 5000);
    learn(memory, 2, HA_NOTE_MOVE_FAILED, "vm2", "node2", 1000);
    assert_int_equal(ha_memory_next_retry(memory, 0), 11000);
    assert_int_equal(ha_memory_next_retry(memory, 11000), 15000);
    assert_int_equal(ha_memory_next_retry(memory, 15000), G_MAXINT64);
    ha_memory_free(memory);
}

static void a_move_is_begun_until_its_end(void **state)
{
    static const HaNoteKind ends[] = {
        HA_NOTE_MOVE_LANDED, HA_NOTE_MOVE_FAILED, HA_NOTE_MOVE_LOST, HA_NOTE_MOVE_CANCELLED, HA_NOTE_VM_REMOVED};
    HaMemory *memory = memory_new();
    guint64 id = 1;
    for (gsize i = 0; i < G_N_ELEMENTS(ends); i++) {
        assert_null(ha_memory_begun(memory, "vm1"));
        learn(memory, id++, HA_NOTE_MOVE_BEGUN, "vm1", "node2", 0);
        assert_string_equal(ha_memory_begun(memory, "vm1")->to, "node2");
        learn(memory, id++, ends[i], "vm1", "node2", 0);
    }
    assert_null(ha_memory_begun(memory, "vm1"));
    ha_memory_free(memory);
}

static void the_past_is_bounded(void **state)
{
    HaMemory *memory = memory_new();
    for (guint i = 1; i <= 3 * HA_EVENTS_KEPT; i++)
        learn(memory, i, i == HA_EVENTS_KEPT ? HA_NOTE_DRAIN_DONE : HA_NOTE_VM_STATE, "vm1", NULL, 0);
    const GPtrArray *notes = ha_memory_notes(memory);
    assert_int_equal(notes->len, HA_EVENTS_KEPT);
    assert_int_equal(((HaNote *)notes->pdata[0])->id, 2 * HA_EVENTS_KEPT + 1);
    assert_null(ha_memory_last_of_node(memory, "node1", HA_NOTE_DRAIN_BEGUN, HA_NOTE_RETURN_DONE));
    learn(memory, 9999, HA_NOTE_DRAIN_PARTIAL, NULL, NULL, 0);
    assert_int_equal(
        ha_memory_last_of_node(memory, "node1", HA_NOTE_DRAIN_BEGUN, HA_NOTE_RETURN_DONE)->kind, HA_NOTE_DRAIN_PARTIAL);
    assert_null(ha_memory_last_of_node(memory, "node2", HA_NOTE_DRAIN_BEGUN, HA_NOTE_RETURN_DONE));
    ha_memory_free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_delay_doubles_up_to_a_limit),
        cmocka_unit_test(a_note_counts_once),
        cmocka_unit_test(some_notes_forget),
        cmocka_unit_test(an_admin_who_asks_anew_is_not_kept_waiting),
        cmocka_unit_test(the_next_retry_is_the_earliest_that_lies_ahead),
        cmocka_unit_test(a_move_is_begun_until_its_end),
        cmocka_unit_test(the_past_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
