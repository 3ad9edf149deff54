/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/model/ha_config.h"

#include <string.h>

#include "agent/core/model/ha_sorted.h"
#include "tests/unit/core_fixture.h"

static void wish_survives_its_text(void **state)
{
    static const struct {
        HaWish wish;
        const char *text;
    } rows[] = {
        {{.kind = HA_WISH_DRAIN, .since_s = 17, .by = (char *)"root@node1"}, "drain since=17 by=root@node1"},
        {{.kind = HA_WISH_RETURN, .since_s = 1, .by = (char *)"ops"}, "return since=1 by=ops"},
        {{.kind = HA_WISH_DRAIN, .restart = TRUE, .since_s = 2, .deadline_s = 99, .by = (char *)"a"},
            "drain since=2 by=a restart=1 deadline=99"},
        {{.kind = HA_WISH_DRAIN, .since_s = 3}, "drain since=3"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        HaWish back;
        g_autofree char *text = ha_wish_format(&rows[i].wish);
        assert_string_equal(text, rows[i].text);
        ha_wish_parse(text, &back);
        assert_int_equal(back.kind, rows[i].wish.kind);
        assert_int_equal(back.restart, rows[i].wish.restart);
        assert_int_equal(back.since_s, rows[i].wish.since_s);
        assert_int_equal(back.deadline_s, rows[i].wish.deadline_s);
        assert_int_equal(g_strcmp0(back.by, rows[i].wish.by), 0);
        ha_wish_clear(&back);
    }
}

static void odd_wishes_are_read_as_far_as_they_go(void **state)
{
    static const struct {
        const char *text;
        HaWishKind kind;
        gint64 since_s, deadline_s;
        gboolean restart;
    } rows[] = {
        {NULL, HA_WISH_NONE, 0, 0, FALSE},
        {"", HA_WISH_NONE, 0, 0, FALSE},
        {" drain", HA_WISH_NONE, 0, 0, FALSE},
        {"Drain since=1", HA_WISH_NONE, 0, 0, FALSE},
        {"drained", HA_WISH_NONE, 0, 0, FALSE},
        {"drain", HA_WISH_DRAIN, 0, 0, FALSE},
        {"drain since=", HA_WISH_DRAIN, 0, 0, FALSE},
        {"drain since=-5 deadline=-9", HA_WISH_DRAIN, 0, 0, FALSE},
        {"drain since=12x deadline=7 colour=red restart=1", HA_WISH_DRAIN, 12, 7, TRUE},
        {"drain since=99999999999999999999999", HA_WISH_DRAIN, G_MAXINT64, 0, FALSE},
        {"return restart=0", HA_WISH_RETURN, 0, 0, FALSE},
        {"drain a b c d e f g h i j k l m n o p since=4", HA_WISH_DRAIN, 0, 0,
            FALSE}, /* more words than anybody writes */
        {"drain \xff\xfe since=3", HA_WISH_DRAIN, 3, 0, FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        HaWish wish;
        ha_wish_parse(rows[i].text, &wish);
        assert_int_equal(wish.kind, rows[i].kind);
        assert_int_equal(wish.since_s, rows[i].since_s);
        assert_int_equal(wish.deadline_s, rows[i].deadline_s);
        assert_int_equal(wish.restart, rows[i].restart);
        ha_wish_clear(&wish);
        assert_int_equal(wish.kind, HA_WISH_NONE);
    }
}

static void move_note_survives_its_text(void **state)
{
    for (guint mode = 0; mode < 2; mode++) {
        for (guint reason = 0; reason < HA_REASONS; reason++) {
            HaConfigVm *vm = ha_config_vm_new("vm1");
            g_autofree char *text = ha_move_note_format((HaMoveMode)mode, (HaReason)reason, 42, "root@node1");
            ha_move_note_parse(text, vm);
            assert_int_equal(vm->pin_mode, mode);
            assert_int_equal(vm->pin_reason, reason);
            assert_int_equal(vm->pin_since_s, 42);
            assert_string_equal(vm->pin_by, "root@node1");
            ha_config_vm_free(vm);
        }
    }
}

static void odd_move_notes_leave_live_and_admin(void **state)
{
    static const struct {
        const char *text;
        HaMoveMode mode;
        HaReason reason;
    } rows[] = {
        {NULL, HA_MOVE_LIVE, HA_REASON_ADMIN},
        {"", HA_MOVE_LIVE, HA_REASON_ADMIN},
        {"restart", HA_MOVE_RESTART, HA_REASON_ADMIN},
        {"teleport drain", HA_MOVE_LIVE, HA_REASON_DRAIN},
        {"live whim since=1", HA_MOVE_LIVE, HA_REASON_ADMIN},
        {"since=3 by=x", HA_MOVE_LIVE, HA_REASON_ADMIN},
    };
    HaConfigVm *vm = ha_config_vm_new("vm1");
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        ha_move_note_parse(rows[i].text, vm); /* over the last one: nothing of it stays */
        assert_int_equal(vm->pin_mode, rows[i].mode);
        assert_int_equal(vm->pin_reason, rows[i].reason);
    }
    assert_string_equal(vm->pin_by, "x");
    ha_move_note_parse("live", vm);
    assert_null(vm->pin_by);
    ha_config_vm_free(vm);
}

typedef struct {
    char *name;
    gint value;
} Item;

static Item *item(const char *name, gint value)
{
    Item *new = g_new(Item, 1);
    *new = (Item){g_strdup(name), value};
    return new;
}

static void item_free(gpointer data)
{
    g_free(((Item *)data)->name);
    g_free(data);
}

static void sorted_arrays_stay_sorted(void **state)
{
    static const char *const names[] = {"m", "b", "z", "a", "m", "ab", ""};
    g_autoptr(GPtrArray) array = g_ptr_array_new_with_free_func(item_free);
    assert_null(ha_sorted_find(array, "m"));
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        ha_sorted_put(array, item(names[i], (gint)i));
    assert_int_equal(array->len, 6);
    for (guint i = 1; i < array->len; i++)
        assert_true(strcmp(((Item *)array->pdata[i - 1])->name, ((Item *)array->pdata[i])->name) < 0);
    assert_int_equal(((Item *)ha_sorted_find(array, "m"))->value, 4); /* the later one replaced it */
    assert_null(ha_sorted_find(array, "zz"));
    assert_null(ha_sorted_find(array, NULL));

    guint index;
    assert_true(ha_sorted_index(array, "", &index));
    assert_int_equal(index, 0);
    assert_false(ha_sorted_index(array, "c", &index));
    assert_int_equal(index, 4);
    assert_false(ha_sorted_index(array, "zz", &index));
    assert_int_equal(index, 6);
    assert_false(ha_sorted_index(array, "zz", NULL));
}

static void strings_are_sorted_and_found(void **state)
{
    g_autoptr(GPtrArray) strings = g_ptr_array_new();
    assert_false(ha_strings_find(strings, "a"));
    g_ptr_array_add(strings, (gpointer) "b");
    g_ptr_array_add(strings, (gpointer) "a");
    ha_strings_sort(strings);
    assert_string_equal(strings->pdata[0], "a");
    assert_true(ha_strings_find(strings, "b"));
    assert_false(ha_strings_find(strings, "c"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wish_survives_its_text),
        cmocka_unit_test(odd_wishes_are_read_as_far_as_they_go),
        cmocka_unit_test(move_note_survives_its_text),
        cmocka_unit_test(odd_move_notes_leave_live_and_admin),
        cmocka_unit_test(sorted_arrays_stay_sorted),
        cmocka_unit_test(strings_are_sorted_and_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
