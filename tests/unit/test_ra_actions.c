/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The actions without a hypervisor to speak of: libvirt's test driver, no libvirt at all, a made-up /proc. */
#include "resource-agents/ra_actions.h"
#include "resource-agents/ra_local.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define NO_LIBVIRT "qemu+unix:///system?socket=/nowhere"
#define QEMU_WEB1 "/usr/bin/qemu-system-x86_64\0-name\0guest=web1\0"
#define QEMU "/usr/bin/qemu-system-x86_64\0-name\0guest=test\0"

typedef struct {
    char *dir;
    char *proc; /* holds one harmless process, 1 */
} World;

static void write_cmdline(const World *world, const char *pid, const char *text, gsize len)
{
    g_autofree char *dir = g_build_filename(world->proc, pid, NULL);
    g_autofree char *path = g_build_filename(dir, "cmdline", NULL);

    g_mkdir_with_parents(dir, 0700);
    g_file_set_contents(path, text, (gssize)len, NULL);
}

static int set_up(void **state)
{
    World *world = g_new0(World, 1);

    world->dir = g_dir_make_tmp("test_ra_actions.XXXXXX", NULL);
    world->proc = g_build_filename(world->dir, "proc", NULL);
    write_cmdline(world, "1", "init", 5);
    *state = world;
    return 0;
}

static void remove_tree(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        remove_tree(child);
    }
    g_remove(path);
}

static int tear_down(void **state)
{
    World *world = *state;

    remove_tree(world->dir);
    g_free(world->proc);
    g_free(world->dir);
    g_free(world);
    return 0;
}

/* Stores a definition; returns its hash. */
static char *store(const World *world, const char *xml)
{
    char *id = g_compute_checksum_for_string(G_CHECKSUM_SHA256, xml, -1);
    g_autofree char *path = g_strdup_printf("%s/%s.xml", world->dir, id);

    g_file_set_contents(path, xml, -1, NULL);
    return id;
}

static RaEnv env_for(const World *world, const char *uri, const char *vm, const char *definition)
{
    return (RaEnv){
        .vm = g_strdup(vm),
        .definition = g_strdup(definition),
        .libvirt_uri = g_strdup(uri),
        .definitions_dir = g_strdup(world->dir),
        .run_dir = g_strdup(world->dir),
        .proc_dir = g_strdup(world->proc),
        .peers = g_strdup(""),
        .migration_uri = g_strdup("test:///%s"),
        .downtime_ms = 300,
        .begin_us = g_get_monotonic_time(),
        .end_us = g_get_monotonic_time() + 4000000,
    };
}

static void monitor_sees_what_libvirt_sees(void **state)
{
    g_auto(RaEnv) there = env_for(*state, "test:///default", "test", NULL);
    g_auto(RaEnv) absent = env_for(*state, "test:///default", "web1", NULL);

    assert_int_equal(ra_monitor(&there), RA_OK);
    assert_int_equal(ra_monitor(&absent), RA_NOT_RUNNING);
}

static void monitor_finds_a_lost_process(void **state)
{
    g_auto(RaEnv) env = env_for(*state, "test:///default", "web1", NULL);

    write_cmdline(*state, "9", QEMU_WEB1, sizeof QEMU_WEB1 - 1);
    assert_int_equal(ra_monitor(&env), RA_ERR_GENERIC);
}

static void monitor_without_libvirt_asks_the_processes(void **state)
{
    g_auto(RaEnv) env = env_for(*state, NO_LIBVIRT, "test", NULL);
    g_auto(RaEnv) blind = env_for(*state, NO_LIBVIRT, "test", NULL);

    assert_int_equal(ra_monitor(&env), RA_NOT_RUNNING);
    write_cmdline(*state, "9", QEMU, sizeof QEMU - 1);
    assert_int_equal(ra_monitor(&env), RA_OK);
    g_free(blind.proc_dir);
    blind.proc_dir = g_strdup("/nonexistent");
    assert_int_equal(ra_monitor(&blind), RA_ERR_GENERIC); /* unknown is never "not running" */
}

static void stop_of_nothing_is_success(void **state)
{
    g_auto(RaEnv) env = env_for(*state, "test:///default", "web1", NULL);
    g_auto(RaEnv) without = env_for(*state, NO_LIBVIRT, "web1", NULL);

    env.problem = g_strdup("a definition that makes no sense must not keep a stop from succeeding");
    assert_int_equal(ra_stop(&env), RA_OK);
    assert_int_equal(ra_stop(&without), RA_OK);
}

static void start_of_what_runs_is_success(void **state)
{
    g_auto(RaEnv) env = env_for(*state, "test:///default", "test", NULL);

    assert_int_equal(ra_start(&env), RA_OK);
}

static void start_refuses(void **state)
{
    g_autofree char *stranger = store(*state, "<domain type='test'><name>test</name>"
                                              "<uuid>00000000-0000-0000-0000-000000000001</uuid></domain>");
    g_autofree char *other_name = store(*state, "<domain type='test'><name>other</name>"
                                                "<uuid>00000000-0000-0000-0000-000000000001</uuid></domain>");
    g_autofree char *no_uuid = store(*state, "<domain type='test'><name>web1</name></domain>");
    g_autofree char *garbage = store(*state, "garbage");
    g_autofree char *missing = g_compute_checksum_for_string(G_CHECKSUM_SHA256, "missing", -1);
    g_autofree char *damaged = g_compute_checksum_for_string(G_CHECKSUM_SHA256, "damaged", -1);
    g_autofree char *damaged_path = g_strdup_printf("%s/%s.xml", ((World *)*state)->dir, damaged);
    const struct {
        const char *vm, *definition;
        RaExit want;
    } rows[] = {
        {"test", stranger, RA_ERR_GENERIC},
        {"web1", other_name, RA_ERR_ARGS},
        {"web1", no_uuid, RA_ERR_ARGS},
        {"web1", garbage, RA_ERR_ARGS},
        {"web1", "nonsense", RA_ERR_ARGS},
        {"web1", missing, RA_ERR_INSTALLED},
        {"web1", damaged, RA_ERR_GENERIC},
    };

    g_file_set_contents(damaged_path, "not what its name says", -1, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(RaEnv) env = env_for(*state, "test:///default", rows[i].vm, rows[i].definition);
        RaExit got = ra_start(&env);

        if (got != rows[i].want)
            fail_msg("row %zu: %d", i, (int)got);
    }
}

static void start_never_makes_a_second(void **state)
{
    g_autofree char *id =
        store(*state, "<domain type='test'><name>web1</name><uuid>00000000-0000-0000-0000-000000000001"
                      "</uuid><memory>1024</memory><os><type>hvm</type></os></domain>");
    g_auto(RaEnv) env = env_for(*state, "test:///default", "web1", id);

    assert_int_equal(ra_start(&env), RA_OK); /* the driver forgets it with the connection */
    write_cmdline(*state, "9", QEMU_WEB1, sizeof QEMU_WEB1 - 1);
    assert_int_equal(ra_start(&env), RA_ERR_GENERIC);
}

static void write_meminfo(const World *world, guint64 mib)
{
    g_autofree char *path = g_build_filename(world->proc, "meminfo", NULL);
    g_autofree char *text = g_strdup_printf("MemTotal:       %" G_GUINT64_FORMAT " kB\nMemFree: 1 kB\n", mib * 1024);

    g_file_set_contents(path, text, -1, NULL);
}

static char *store_web1(const World *world)
{
    return store(world, "<domain type='test'><name>web1</name><uuid>00000000-0000-0000-0000-000000000001</uuid>"
                        "<memory unit='MiB'>1024</memory><vcpu>1</vcpu><os><type>hvm</type></os></domain>");
}

/* The test driver's `test` takes 8 GiB; a host of more than 8 GiB keeps 2 for itself, or 5 %. */
static void start_needs_memory(void **state)
{
    g_autofree char *id = store_web1(*state);
    const struct {
        guint64 host_mib, reserve_mib;
        RaExit want;
    } rows[] = {
        {16384, 0, RA_OK},
        {11264, 0, RA_OK},
        {11263, 0, RA_ERR_INSTALLED},
        {11263, 2047, RA_OK},
        {11264, 2049, RA_ERR_INSTALLED},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(RaEnv) env = env_for(*state, "test:///default", "web1", id);

        write_meminfo(*state, rows[i].host_mib);
        env.reserve_mib = rows[i].reserve_mib;
        assert_int_equal(ra_start(&env), rows[i].want);
    }
}

/* Of a start that goes on by its lock; what an agent that was killed left behind counts for nothing. */
static void start_counts_other_starts(void **state)
{
    g_autofree char *id = store_web1(*state);
    g_autofree char *dir = g_build_filename(((World *)*state)->dir, "starts", NULL);
    g_autofree char *claim = g_build_filename(dir, "web2", NULL);
    g_autofree char *own = g_build_filename(dir, "web1", NULL);
    g_auto(RaEnv) env = env_for(*state, "test:///default", "web1", id);

    write_meminfo(*state, 11264 + 500);
    g_mkdir_with_parents(dir, 0700);
    g_file_set_contents(claim, "501\n", -1, NULL);
    int fd = open(claim, O_RDONLY);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_int_equal(ra_start(&env), RA_ERR_INSTALLED);
    assert_false(g_file_test(own, G_FILE_TEST_EXISTS));
    close(fd);
    assert_int_equal(ra_start(&env), RA_OK);
    assert_false(g_file_test(claim, G_FILE_TEST_EXISTS));
    assert_false(g_file_test(own, G_FILE_TEST_EXISTS));
}

/* The test driver's "default" is a host that runs the domain `test` and no other. */
static void start_asks_the_other_hosts(void **state)
{
    g_autofree char *id =
        store(*state, "<domain type='test'><name>web1</name><uuid>00000000-0000-0000-0000-000000000001"
                      "</uuid><memory>1024</memory><os><type>hvm</type></os></domain>");
    g_autofree char *empty = store(*state, "<node></node>"); /* for the driver: a host without domains */
    g_autofree char *here = g_strdup_printf("test://%s/%s.xml", ((World *)*state)->dir, empty);
    g_autofree char *twin =
        store(*state, "<domain type='test'><name>test</name><memory>1024</memory>"
                      "<uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid><os><type>hvm</type></os></domain>");
    g_autofree char *other =
        store(*state, "<domain type='test'><name>test</name><memory>1024</memory>"
                      "<uuid>00000000-0000-0000-0000-000000000009</uuid><os><type>hvm</type></os></domain>");
    const struct {
        const char *vm, *definition, *peers;
        RaExit want;
    } rows[] = {
        {"web1", id, "default", RA_OK}, {"test", twin, "default", RA_ERR_GENERIC},
        {"test", twin, "default-", RA_ERR_GENERIC}, {"test", twin, "", RA_OK},
        {"test", other, "default", RA_OK}, /* a machine of that name, persistent, with another uuid */
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(RaEnv) env = env_for(*state, here, rows[i].vm, rows[i].definition);
        g_free(env.peers);
        env.peers = g_strdup(rows[i].peers);
        RaExit got = ra_start(&env);

        if (got != rows[i].want)
            fail_msg("row %zu: %d", i, (int)got);
    }
}

#define WEB1                                                                                                           \
    "<domain type='test'><name>web1</name><uuid>00000000-0000-0000-0000-000000000001</uuid><memory>1024</memory>"      \
    "<os><type>hvm</type></os></domain>"

static gpointer write_torn_then_whole(gpointer path)
{
    FILE *file = fopen(path, "w");

    fwrite(WEB1, 1, 10, file);
    fflush(file);
    g_usleep(300000); /* a writer slower than one look */
    fwrite(WEB1 + 10, 1, strlen(WEB1) - 10, file);
    fclose(file);
    return NULL;
}

/* What is to be started bears its hash; one that arrives late is waited for, one that never comes is given up in time.
 */
static void a_late_definition_is_waited_for_and_marked(void **state)
{
    g_autofree char *id = g_compute_checksum_for_string(G_CHECKSUM_SHA256, WEB1, -1);
    g_autofree char *path = g_strdup_printf("%s/%s.xml", ((World *)*state)->dir, id);
    g_auto(RaEnv) env = env_for(*state, "test:///default", "web1", id);
    g_autofree char *xml = NULL;
    gint64 until_us = g_get_monotonic_time() + 100000;

    assert_int_equal(ra_local_definition(&env, until_us, &xml, NULL), RA_ERR_INSTALLED);
    assert_true(g_get_monotonic_time() >= until_us);
    GThread *writer = g_thread_new("writer", write_torn_then_whole, path);
    assert_int_equal(ra_local_definition(&env, g_get_monotonic_time() + 10000000, &xml, NULL), RA_OK);
    g_thread_join(writer);
    g_autofree char *mark = g_strdup_printf("xmlns:hactl=\"urn:hactl:domain:1\" sha256=\"%s\"/>", id);
    assert_non_null(strstr(xml, mark));
}

static void migrate_to_refuses(void **state)
{
    g_auto(RaEnv) env = env_for(*state, "test:///default", "test", NULL);
    g_autofree char *cancel_dir = g_build_filename(env.run_dir, "cancel", NULL);
    g_autofree char *cancel = g_build_filename(cancel_dir, "test", NULL);

    assert_int_equal(ra_migrate_to(&env), RA_ERR_ARGS);
    env.migrate_target = g_strdup("a/b");
    assert_int_equal(ra_migrate_to(&env), RA_ERR_ARGS);
    g_free(env.migrate_target);
    env.migrate_target = g_strdup("default");
    g_mkdir(cancel_dir, 0700);
    g_file_set_contents(cancel, "", 0, NULL);
    assert_int_equal(ra_migrate_to(&env), RA_ERR_GENERIC);
}

/* The test driver keeps no state between connections and names its one domain alike on "both hosts": a VM that is not
 * here but there has arrived already. */
static void migrate_to_again_is_success(void **state)
{
    g_auto(RaEnv) env = env_for(*state, "test+unix:///default?socket=/nowhere", "test", NULL);

    env.migrate_target = g_strdup("default");
    assert_int_equal(ra_migrate_to(&env), RA_OK);
}

static void migrate_from(void **state)
{
    g_autofree char *stranger = store(*state, "<domain type='test'><name>test</name>"
                                              "<uuid>00000000-0000-0000-0000-000000000001</uuid></domain>");
    g_auto(RaEnv) arrived = env_for(*state, "test:///default", "test", NULL);
    g_auto(RaEnv) absent = env_for(*state, "test:///default", "web1", NULL);
    g_auto(RaEnv) wrong = env_for(*state, "test:///default", "test", stranger);

    absent.end_us = g_get_monotonic_time() + 1000000;
    assert_int_equal(ra_migrate_from(&arrived), RA_OK);
    assert_int_equal(ra_migrate_from(&absent), RA_ERR_GENERIC);
    assert_int_equal(ra_migrate_from(&wrong), RA_ERR_GENERIC);
}

static void validation(void **state)
{
    g_autofree char *id = store(*state, "<domain><name>web1</name>"
                                        "<uuid>00000000-0000-0000-0000-000000000001</uuid></domain>");
    g_auto(RaEnv) env = env_for(*state, "test:///default", "web1", id);

    assert_int_equal(ra_validate_all(&env), RA_OK);
    env.check_level = 10;
    assert_int_equal(ra_validate_all(&env), RA_OK);
    g_free(env.vm);
    env.vm = g_strdup("web2");
    assert_int_equal(ra_validate_all(&env), RA_ERR_ARGS);
    assert_int_equal(ra_reload_agent(&env), RA_OK);
    env.problem = g_strdup("nonsense");
    assert_int_equal(ra_validate_all(&env), RA_ERR_ARGS);
    assert_int_equal(ra_reload_agent(&env), RA_ERR_ARGS);
}

#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(monitor_sees_what_libvirt_sees),
        WORLD_TEST(monitor_finds_a_lost_process),
        WORLD_TEST(monitor_without_libvirt_asks_the_processes),
        WORLD_TEST(stop_of_nothing_is_success),
        WORLD_TEST(start_of_what_runs_is_success),
        WORLD_TEST(start_refuses),
        WORLD_TEST(start_never_makes_a_second),
        WORLD_TEST(start_needs_memory),
        WORLD_TEST(start_counts_other_starts),
        WORLD_TEST(start_asks_the_other_hosts),
        WORLD_TEST(a_late_definition_is_waited_for_and_marked),
        WORLD_TEST(migrate_to_refuses),
        WORLD_TEST(migrate_to_again_is_success),
        WORLD_TEST(migrate_from),
        WORLD_TEST(validation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
