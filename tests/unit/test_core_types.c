/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/model/ha_types.h"

#include <string.h>

#include "tests/unit/core_fixture.h"

#include "agent/core/ha_core.h"

/* Words are an interface: the whole table stands here, so that no word changes by accident. */
static void words_are_fixed(void **state)
{
    static const char *const vm[HA_VM_STATES] = {
        "unknown", "stopped", "running", "migrating", "incoming", "paused", "io-error", "crashed", "postcopy-broken"};
    static const char *const node[HA_NODE_STATES] = {"offline", "unclean", "online"};
    static const char *const reason[HA_REASONS] = {"admin", "drain", "return", "balance"};
    static const char *const move[HA_MOVE_STATES] = {
        "none", "queued", "pinned", "moving", "landing", "landed", "blocked", "revoked", "lost"};
    static const char *const drain[HA_DRAIN_STATES] = {
        "none", "draining", "partial", "settling", "drained", "returning"};
    for (guint i = 0; i < HA_VM_STATES; i++)
        assert_string_equal(ha_vm_state_word((HaVmState)i), vm[i]);
    for (guint i = 0; i < HA_NODE_STATES; i++)
        assert_string_equal(ha_node_state_word((HaNodeState)i), node[i]);
    for (guint i = 0; i < HA_REASONS; i++)
        assert_string_equal(ha_reason_word((HaReason)i), reason[i]);
    for (guint i = 0; i < HA_MOVE_STATES; i++)
        assert_string_equal(ha_move_state_word((HaMoveState)i), move[i]);
    for (guint i = 0; i < HA_DRAIN_STATES; i++)
        assert_string_equal(ha_drain_state_word((HaDrainState)i), drain[i]);
    assert_string_equal(ha_move_mode_word(HA_MOVE_LIVE), "live");
    assert_string_equal(ha_move_mode_word(HA_MOVE_RESTART), "restart");
}

static void every_block_has_a_word_and_a_sentence(void **state)
{
    for (guint i = 1; i < HA_BLOCKS; i++) {
        const char *remedy = "unset";
        const char *text = ha_block_text((HaBlock)i, &remedy);
        assert_non_null(text);
        assert_true(
            g_ascii_islower(text[0]) || g_str_has_prefix(text, "Pacemaker") || g_str_has_prefix(text, "hactld"));
        assert_int_not_equal(text[strlen(text) - 1], '.');
        assert_non_null(ha_block_word((HaBlock)i));
        if (i != HA_BLOCK_NODE_SELF)
            assert_non_null(remedy);
        for (guint j = 0; j < i; j++)
            assert_string_not_equal(ha_block_word((HaBlock)i), ha_block_word((HaBlock)j));
    }
}

static void every_note_has_a_word_and_a_sentence(void **state)
{
    for (guint i = 0; i < HA_NOTES; i++) {
        HaNote *empty = ha_note_new((HaNoteKind)i); /* nothing filled in: still a sentence */
        g_autofree char *sentence = ha_note_sentence(empty);
        assert_true(strlen(sentence) > 3);
        assert_non_null(ha_note_word((HaNoteKind)i));
        ha_note_free(empty);
    }
}

static void names_are_xml_ids(void **state)
{
    char longest[HA_NAME_MAX + 2];
    memset(longest, 'a', sizeof longest);
    longest[HA_NAME_MAX] = '\0';
    const struct {
        const char *name;
        gboolean ok, ok_for_node;
    } rows[] = {
        {"vm1", TRUE, TRUE},
        {"_x", TRUE, TRUE},
        {"a.b-c_D9", TRUE, TRUE},
        {longest, TRUE, TRUE},
        {"9vm", FALSE, TRUE},
        {"", FALSE, FALSE},
        {NULL, FALSE, FALSE},
        {"-vm", FALSE, FALSE},
        {".vm", FALSE, FALSE},
        {"a b", FALSE, FALSE},
        {"a/b", FALSE, FALSE},
        {"a'b", FALSE, FALSE},
        {"vm\n", FALSE, FALSE},
        {"v\xc3\xa4", FALSE, FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        assert_int_equal(ha_name_check(rows[i].name), rows[i].ok);
        assert_int_equal(ha_node_name_check(rows[i].name), rows[i].ok_for_node);
    }
    longest[HA_NAME_MAX] = 'a';
    longest[HA_NAME_MAX + 1] = '\0';
    assert_false(ha_name_check(longest));
}

static void hashes_are_lower_case_sha256(void **state)
{
    g_autofree char *good = g_compute_checksum_for_string(G_CHECKSUM_SHA256, "x", -1);
    g_autofree char *upper = g_ascii_strup(good, -1);
    g_autofree char *shorter = g_strndup(good, HA_HASH_LEN - 1);
    g_autofree char *longer = g_strconcat(good, "0", NULL);
    g_autofree char *odd = g_strdup(good);
    odd[10] = 'g';
    assert_true(ha_hash_check(good));
    assert_false(ha_hash_check(upper));
    assert_false(ha_hash_check(shorter));
    assert_false(ha_hash_check(longer));
    assert_false(ha_hash_check(odd));
    assert_false(ha_hash_check(""));
    assert_false(ha_hash_check(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_fixed),
        cmocka_unit_test(every_block_has_a_word_and_a_sentence),
        cmocka_unit_test(every_note_has_a_word_and_a_sentence),
        cmocka_unit_test(names_are_xml_ids),
        cmocka_unit_test(hashes_are_lower_case_sha256),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
