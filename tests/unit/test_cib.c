/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The CIB adapter as the daemon sees it, on Pacemaker's own library with a file in the place of the CIB manager. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <glib/gstdio.h>
#include <string.h>

#include "agent/io/io_cib.h"

#define WAIT_MS 20000

typedef struct {
    char *dir, *path;
    char *old_path; /* $PATH */
    IoCib *cib;
    HaConfig *config; /* the last one */
    guint configs, away, dones;
    guint64 effect_id; /* of the last done */
    HaOutcome outcome;
    char *text;
    guint64 term_at_done;
} World;

static void on_config(HaConfig *config, gpointer data)
{
    World *world = data;
    ha_config_free(world->config);
    world->config = config;
    world->configs += config != NULL;
    world->away += config == NULL;
}

static void on_done(guint64 effect_id, HaOutcome outcome, const char *text, gpointer data)
{
    World *world = data;
    world->dones++;
    world->effect_id = effect_id;
    world->outcome = outcome;
    g_free(world->text);
    world->text = g_strdup(text);
    world->term_at_done = world->config ? world->config->term : 0;
}

/* Run the loop until the counter reaches the number. */
static void run_until(const guint *counter, guint number)
{
    gint64 end_us = g_get_monotonic_time() + WAIT_MS * 1000;
    while (*counter < number) {
        if (g_get_monotonic_time() > end_us)
            fail_msg("waited %d ms in vain", WAIT_MS);
        if (!g_main_context_iteration(NULL, FALSE))
            g_usleep(1000);
    }
}

static void run_for(guint ms)
{
    for (gint64 end_us = g_get_monotonic_time() + ms * 1000; g_get_monotonic_time() < end_us;) {
        if (!g_main_context_iteration(NULL, FALSE))
            g_usleep(1000);
    }
}

/* ---- the world: a directory with the CIB, and tools of our own before the real ones ---- */

static void put(const World *world, const char *name, const char *text, int mode)
{
    g_autofree char *path = g_build_filename(world->dir, name, NULL);
    assert_true(g_file_set_contents(path, text, -1, NULL));
    assert_int_equal(g_chmod(path, mode), 0);
}

static char *get(const World *world, const char *name)
{
    g_autofree char *path = g_build_filename(world->dir, name, NULL);
    char *text = NULL;
    return g_file_get_contents(path, &text, NULL, NULL) ? text : g_strdup("");
}

/* A CIB out of tests/unit/cib, with one text in it replaced by another. */
static void put_cib(const World *world, const char *file, const char *from, const char *to)
{
    g_autofree char *source = g_build_filename(HA_SOURCE_DIR, "tests", "unit", "cib", file, NULL);
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(source, &text, NULL, NULL));
    g_auto(GStrv) parts = g_strsplit(text, from ? from : "\001", -1);
    assert_true(!from || g_strv_length(parts) > 1);
    g_autofree char *edited = g_strjoinv(to ? to : "", parts);
    put(world, "cib.xml", edited, 0600);
}

#define RECORD_CALL "#!/bin/sh\necho \"${0##*/} $*\" >> \"${0%/*}/calls\"\n"

static int setup(void **state)
{
    World *world = g_new0(World, 1);
    world->dir = g_dir_make_tmp("hactl-cib-XXXXXX", NULL);
    world->path = g_build_filename(world->dir, "cib.xml", NULL);
    world->old_path = g_strdup(g_getenv("PATH"));
    g_autofree char *path = g_strjoin(":", world->dir, world->old_path, "/usr/sbin:/sbin", NULL);
    g_setenv("PATH", path, TRUE);
    g_setenv("CIB_file", world->path, TRUE);
    put(world, "crm_resource", RECORD_CALL, 0755);
    put(world, "attrd_updater", RECORD_CALL, 0755);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    World *world = *state;
    io_cib_free(world->cib);
    ha_config_free(world->config);
    g_setenv("PATH", world->old_path, TRUE);
    GDir *dir = g_dir_open(world->dir, 0, NULL);
    for (const char *name = g_dir_read_name(dir); name; name = g_dir_read_name(dir)) {
        g_autofree char *path = g_build_filename(world->dir, name, NULL);
        g_unlink(path);
    }
    g_dir_close(dir);
    g_rmdir(world->dir);
    g_free(world->dir);
    g_free(world->path);
    g_free(world->old_path);
    g_free(world->text);
    g_free(world);
    return 0;
}

static void open_cib(World *world)
{
    static const IoCibHandler handler = {on_config, on_done};
    world->cib = io_cib_new(&handler, world);
}

static void start(World *world, const char *file, const char *from, const char *to)
{
    put_cib(world, file, from, to);
    open_cib(world);
    run_until(&world->configs, 1);
}

static void change(World *world, guint64 effect_id, guint64 term, HaChange *one, gboolean check_pins)
{
    g_autoptr(GPtrArray) changes = ha_change_list_new();
    g_ptr_array_add(changes, one);
    io_cib_change(world->cib, effect_id, term, changes, check_pins, WAIT_MS);
    assert_int_equal(world->dones, effect_id - 1); /* never from within the call; ids count from 1 here */
    run_until(&world->dones, (guint)effect_id);
    assert_int_equal(world->effect_id, effect_id);
}

/* ---- tests ---- */

static void test_first_picture(void **state)
{
    World *world = *state;
    start(world, "base.xml", NULL, NULL);
    assert_int_equal(world->config->vms->len, 2);
    assert_int_equal(world->config->term, 4);
    run_for(300);
    assert_int_equal(world->configs, 1); /* quiet: not read again and again */
}

static void test_waits_for_pacemaker(void **state)
{
    World *world = *state;
    open_cib(world);
    io_cib_take_term(world->cib, 1, 0, "node1", WAIT_MS);
    run_until(&world->dones, 1);
    assert_int_equal(world->outcome, HA_DONE_REFUSED);
    assert_non_null(strstr(world->text, "not reachable"));
    assert_int_equal(world->configs + world->away, 0);
    put_cib(world, "base.xml", NULL, NULL);
    run_until(&world->configs, 1);
}

static void test_take_term(void **state)
{
    World *world = *state;
    start(world, "base.xml", NULL, NULL);
    io_cib_take_term(world->cib, 1, 4, "node2", WAIT_MS);
    run_until(&world->dones, 1);
    assert_int_equal(world->outcome, HA_DONE_OK);
    assert_int_equal(world->term_at_done, 5); /* the picture comes before the answer */
    assert_string_equal(world->config->term_owner, "node2");
    /* The same claim again has been overtaken. */
    io_cib_take_term(world->cib, 2, 4, "node1", WAIT_MS);
    run_until(&world->dones, 2);
    assert_int_equal(world->outcome, HA_DONE_REFUSED);
    assert_int_equal(world->config->term, 5);
}

static void test_first_term(void **state)
{
    World *world = *state;
    start(world, "base.xml", "<nvpair id=\"hactl-term\" name=\"hactl-term\" value=\"4:node1\"/>", "");
    assert_int_equal(world->config->term, 0);
    io_cib_take_term(world->cib, 1, 0, "node3", WAIT_MS);
    run_until(&world->dones, 1);
    assert_int_equal(world->outcome, HA_DONE_OK);
    assert_int_equal(world->term_at_done, 1);
}

static void test_change(void **state)
{
    World *world = *state;
    start(world, "base.xml", NULL, NULL);
    change(world, 1, 4, ha_change_new(HA_CHANGE_HOME_SET, "vm2", "node2", NULL), FALSE);
    assert_int_equal(world->outcome, HA_DONE_OK);
    assert_null(world->text);
    assert_string_equal(ha_config_find_vm(world->config, "vm2")->home, "node2");
}

static void test_change_stale_term(void **state)
{
    World *world = *state;
    start(world, "base.xml", NULL, NULL);
    change(world, 1, 3, ha_change_new(HA_CHANGE_PIN_CLEAR, "vm1", NULL, NULL), FALSE);
    assert_int_equal(world->outcome, HA_DONE_REFUSED);
    assert_non_null(strstr(world->text, "another leader"));
    /* A term that nobody has taken: the cluster refuses it. */
    change(world, 2, 9, ha_change_new(HA_CHANGE_PIN_CLEAR, "vm1", NULL, NULL), FALSE);
    assert_int_equal(world->outcome, HA_DONE_REFUSED);
    assert_string_equal(ha_config_find_vm(world->config, "vm1")->pin, "node2");
}

static void test_change_impossible(void **state)
{
    World *world = *state;
    start(world, "base.xml", NULL, NULL);
    change(world, 1, 4, ha_change_new(HA_CHANGE_PIN_SET, "ghost", "node2", NULL), FALSE);
    assert_int_equal(world->outcome, HA_DONE_FAILED);
    assert_non_null(strstr(world->text, "ghost"));
    /* What the schema forbids: an id that is taken. */
    HaChange *add = ha_change_new(HA_CHANGE_VM_ADD, "rather-node2", NULL, "0");
    change(world, 2, 4, add, FALSE);
    assert_int_equal(world->outcome, HA_DONE_FAILED);
    assert_non_null(strstr(world->text, "schema"));
    assert_int_equal(world->config->vms->len, 2);
}

static void test_no_quorum(void **state)
{
    World *world = *state;
    start(world, "base.xml", "have-quorum=\"1\"", "have-quorum=\"0\"");
    change(world, 1, 4, ha_change_new(HA_CHANGE_HOME_SET, "vm2", "node2", NULL), FALSE);
    assert_int_equal(world->outcome, HA_DONE_REFUSED);
    assert_non_null(strstr(world->text, "quorum"));
    io_cib_take_term(world->cib, 2, 4, "node1", WAIT_MS);
    io_cib_cleanup(world->cib, 3, "vm1", WAIT_MS);
    run_until(&world->dones, 3);
    assert_int_equal(world->outcome, HA_DONE_REFUSED);
    assert_int_equal(world->config->term, 4);
    g_autofree char *calls = get(world, "calls");
    assert_string_equal(calls, "");
}

/* corosync knows before the CIB does. */
static void test_no_quorum_by_corosync(void **state)
{
    World *world = *state;
    start(world, "base.xml", NULL, NULL);
    io_cib_set_quorate(world->cib, FALSE);
    change(world, 1, 4, ha_change_new(HA_CHANGE_HOME_SET, "vm2", "node2", NULL), FALSE);
    assert_int_equal(world->outcome, HA_DONE_REFUSED);
    io_cib_set_quorate(world->cib, TRUE);
    change(world, 2, 4, ha_change_new(HA_CHANGE_HOME_SET, "vm2", "node2", NULL), FALSE);
    assert_int_equal(world->outcome, HA_DONE_OK);
}

static void test_unpin_checked(void **state)
{
    World *world = *state;
    start(world, "landed.xml", NULL, NULL);
    change(world, 1, 1, ha_change_new(HA_CHANGE_PIN_CLEAR, "vm1", NULL, NULL), TRUE);
    assert_int_equal(world->outcome, HA_DONE_OK);
    assert_null(ha_config_find_vm(world->config, "vm1")->pin);
}

static void test_unpin_would_move(void **state)
{
    World *world = *state;
    start(world, "landed.xml", "</constraints>",
        "<rsc_location id=\"rather\" rsc=\"vm1\" node=\"node1\" score=\"2000\"/></constraints>");
    change(world, 1, 1, ha_change_new(HA_CHANGE_PIN_CLEAR, "vm1", NULL, NULL), TRUE);
    assert_int_equal(world->outcome, HA_DONE_WOULD_MOVE);
    assert_string_equal(world->text, "vm1");
    assert_string_equal(ha_config_find_vm(world->config, "vm1")->pin, "node3"); /* nothing was written */
    /* Told not to ask, it goes. */
    change(world, 2, 1, ha_change_new(HA_CHANGE_PIN_CLEAR, "vm1", NULL, NULL), FALSE);
    assert_int_equal(world->outcome, HA_DONE_OK);
}

static void test_simulation_hangs(void **state)
{
    World *world = *state;
    start(world, "landed.xml", NULL, NULL);
    put(world, "crm_simulate", "#!/bin/sh\nexec sleep 60\n", 0755);
    g_autoptr(GPtrArray) changes = ha_change_list_new();
    g_ptr_array_add(changes, ha_change_new(HA_CHANGE_PIN_CLEAR, "vm1", NULL, NULL));
    io_cib_change(world->cib, 1, 1, changes, TRUE, 200);
    run_until(&world->dones, 1);
    assert_int_equal(world->outcome, HA_DONE_TIMED_OUT);
    run_for(300);
    assert_int_equal(world->dones, 1); /* exactly one end */
    assert_non_null(ha_config_find_vm(world->config, "vm1")->pin);
}

static void test_cleanup(void **state)
{
    World *world = *state;
    start(world, "landed.xml", NULL, NULL);
    io_cib_cleanup(world->cib, 1, "vm1", WAIT_MS);
    run_until(&world->dones, 1);
    assert_int_equal(world->outcome, HA_DONE_OK);
    g_autofree char *calls = get(world, "calls");
    assert_string_equal(calls, "crm_resource --cleanup --resource vm1\n");
    g_clear_pointer(&world->cib, io_cib_free); /* which writes the file */
    g_autofree char *text = get(world, "cib.xml");
    assert_null(strstr(text, "vm1_migrate_to_0")); /* forgotten first */
    assert_non_null(strstr(text, "vm1_migrate_from_0"));
}

static void test_cleanup_fails(void **state)
{
    World *world = *state;
    start(world, "base.xml", NULL, NULL);
    put(world, "crm_resource", "#!/bin/sh\necho 'Error performing operation: No such device' >&2\nexit 105\n", 0755);
    io_cib_cleanup(world->cib, 1, "vm9", WAIT_MS);
    run_until(&world->dones, 1);
    assert_int_equal(world->outcome, HA_DONE_FAILED);
    assert_string_equal(
        world->text, "crm_resource failed with exit code 105: Error performing operation: No such device");
}

static void test_refresh(void **state)
{
    World *world = *state;
    start(world, "landed.xml", NULL, NULL);
    io_cib_refresh(world->cib, 1, "vm1", "node1", WAIT_MS);
    run_until(&world->dones, 1);
    assert_int_equal(world->outcome, HA_DONE_REFUSED); /* it is not there any more */
    io_cib_refresh(world->cib, 2, "vm1", "node3", WAIT_MS);
    run_until(&world->dones, 2);
    assert_int_equal(world->outcome, HA_DONE_OK);
    g_autofree char *calls = get(world, "calls");
    assert_string_equal(calls, "");
    const HaConfigVm *vm1 = ha_config_find_vm(world->config, "vm1");
    assert_true(((HaConfigPlace *)vm1->places->pdata[2])->active);
}

static void test_tools_after_the_write(void **state)
{
    World *world = *state;
    start(world, "base.xml", NULL, NULL);
    change(world, 1, 4, ha_change_new(HA_CHANGE_STANDBY_CLEAR, NULL, "node1", NULL), FALSE);
    assert_int_equal(world->outcome, HA_DONE_OK);
    g_autofree char *calls = get(world, "calls");
    assert_string_equal(calls, "attrd_updater --delete --name standby --node node1\n");
}

/* Freed with a simulation, a tool and a write not begun under way: no answer, nothing left. */
static void test_free_under_way(void **state)
{
    World *world = *state;
    start(world, "landed.xml", NULL, NULL);
    put(world, "crm_simulate", "#!/bin/sh\nexec sleep 60\n", 0755);
    put(world, "crm_resource", "#!/bin/sh\nexec sleep 60\n", 0755);
    g_autoptr(GPtrArray) changes = ha_change_list_new();
    g_ptr_array_add(changes, ha_change_new(HA_CHANGE_PIN_CLEAR, "vm1", NULL, NULL));
    io_cib_change(world->cib, 1, 1, changes, TRUE, WAIT_MS);
    io_cib_cleanup(world->cib, 2, "vm2", WAIT_MS);
    run_for(100);
    io_cib_take_term(world->cib, 3, 1, "node1", WAIT_MS);
    g_clear_pointer(&world->cib, io_cib_free);
    run_for(100);
    assert_int_equal(world->dones, 0);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_first_picture),
        CASE(test_waits_for_pacemaker),
        CASE(test_take_term),
        CASE(test_first_term),
        CASE(test_change),
        CASE(test_change_stale_term),
        CASE(test_change_impossible),
        CASE(test_no_quorum),
        CASE(test_no_quorum_by_corosync),
        CASE(test_unpin_checked),
        CASE(test_unpin_would_move),
        CASE(test_simulation_hangs),
        CASE(test_cleanup),
        CASE(test_cleanup_fails),
        CASE(test_refresh),
        CASE(test_tools_after_the_write),
        CASE(test_free_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
