/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hactl fence: parameters and passwords, guards, and the program against a hactld and a stonith_admin of the test's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/cli/cli_error.h"
#include "agent/cli/cli_fence_guard.h"
#include "agent/cli/cli_fence_secret.h"
#include "agent/core/ha_fence.h"
#include "agent/core/model/ha_sorted.h"
#include "tests/unit/cli/cli_film.h"
#include "tests/unit/cli/cli_schema.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define METADATA                                                                                                       \
    "<resource-agent name='fence_x'><parameters>"                                                                      \
    "<parameter name='action' required='1'/><parameter name='ip' required='1' obsoletes='ipaddr'/>"                    \
    "<parameter name='ipaddr' deprecated='1'/><parameter name='username'/><parameter name='password'/>"                \
    "<parameter name='password_script'/><parameter name='token'/><parameter name='plug' required='1'/></parameters>"   \
    "<actions><action name='status'/></actions></resource-agent>"

static CliFenceAgent *agent(void)
{
    g_autoptr(GError) error = NULL;
    CliFenceAgent *parsed = cli_fence_agent_parse("fence_x", METADATA, &error);
    if (!parsed)
        fail_msg("%s", error->message);
    return parsed;
}

/* ---- parameters ---- */

static void parameters_are_checked_against_the_agent(void **state)
{
    static const struct {
        const char *host;
        const char *parameters[4];
        const char *says; /* NULL: fine */
    } rows[] = {
        {"node1", {"ip"}, NULL},
        {"node1", {"ipaddr", "username"}, NULL},
        {"node1", {"ip", "pcmk_delay_base", "pcmk_reboot_timeout"}, NULL},
        {NULL, {"ip", "pcmk_host_map"}, NULL},
        {"node1", {"username"}, "needs ip"},
        {"node1", {"ip", "usrename"}, "did you mean username?"},
        {"node1", {"ip", "frobnicate"}, "has no parameter frobnicate"},
        {"node1", {"ip", "pcmk_reboot_colour"}, "has no parameter"},
        {"node1", {"ip", "pcmk_host_list"}, "--host"},
        {NULL, {"ip"}, "--host=NODE"},
    };
    g_autoptr(CliFenceAgent) known = agent();
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(HaFenceSpec) spec = ha_fence_spec_new("x", "fence_x");
        g_autoptr(GError) error = NULL;
        if (rows[i].host)
            g_ptr_array_add(spec->hosts, g_strdup(rows[i].host));
        for (guint j = 0; rows[i].parameters[j]; j++)
            ha_fence_spec_put(spec, rows[i].parameters[j], "1");
        gboolean ok = cli_fence_agent_check(known, spec, &error);
        if (ok != (rows[i].says == NULL) || (error && !strstr(error->message, rows[i].says)))
            fail_msg("row %u: %s", i, error ? error->message : "accepted");
    }
    g_autoptr(GError) error = NULL;
    assert_null(cli_fence_agent_parse("fence_x", "<other/>", &error));
    assert_non_null(error);
}

static const char *value_of(const HaFenceSpec *spec, const char *name)
{
    const HaFenceParameter *parameter = ha_sorted_find(spec->parameters, name);
    return parameter ? parameter->value : NULL;
}

static char *secret_file(guint mode)
{
    char *path = NULL;
    int fd = g_file_open_tmp("hactl-fence-XXXXXX", &path, NULL);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "geheim\nmore\n", 12), 12);
    g_close(fd, NULL);
    g_chmod(path, (int)mode);
    return path;
}

static void passwords_stay_out_of_sight(void **state)
{
    g_autoptr(CliFenceAgent) known = agent();
    g_autofree char *path = secret_file(0600);
    g_autofree char *open_path = secret_file(0644);
    g_autofree char *by_file = g_strconcat("password=@", path, NULL);
    g_autofree char *token_by_file = g_strconcat("token=@", path, NULL);
    g_autofree char *by_open_file = g_strconcat("password=@", open_path, NULL);
    const struct {
        const char *typed;
        gboolean in_clear;
        const char *name, *value, *note; /* NULL name: refused */
        const char *says;
    } rows[] = {
        {"ip=10.0.0.1", FALSE, "ip", "10.0.0.1", "", NULL},
        {"username=a=b", FALSE, "username", "a=b", "", NULL},
        {by_file, FALSE, "password_script", "cat '", "every host", NULL},
        {token_by_file, FALSE, "token", "geheim", "haclient", NULL}, /* the agent has no script for it */
        {"password=x", TRUE, "password", "x", "haclient", NULL},
        {"password=x", FALSE, NULL, NULL, NULL, "in clear"},
        {by_open_file, FALSE, NULL, NULL, NULL, "chmod 600"},
        {"password=@relative", FALSE, NULL, NULL, NULL, "whole path"},
        {"password=@/nonexistent/x", FALSE, NULL, NULL, NULL, "No such file"},
        {"password=", FALSE, NULL, NULL, NULL, "NAME=VALUE"},
        {"password", FALSE, NULL, NULL, NULL, "NAME=VALUE"},
        {"=x", FALSE, NULL, NULL, NULL, "NAME=VALUE"},
        {"a b=x", FALSE, NULL, NULL, NULL, "NAME=VALUE"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(HaFenceSpec) spec = ha_fence_spec_new("x", "fence_x");
        g_autoptr(GString) notes = g_string_new(NULL);
        g_autoptr(GError) error = NULL;
        gboolean ok = cli_fence_parameter_put(known, rows[i].typed, rows[i].in_clear, spec, notes, &error);
        if (ok != (rows[i].name != NULL) || (error && !strstr(error->message, rows[i].says)))
            fail_msg("row %u: %s", i, error ? error->message : "accepted");
        if (!ok)
            continue;
        assert_int_equal(spec->parameters->len, 1);
        assert_true(g_str_has_prefix(value_of(spec, rows[i].name), rows[i].value));
        assert_non_null(strstr(notes->str, rows[i].note));
        assert_true(*rows[i].note || notes->len == 0);
    }
    g_unlink(path);
    g_unlink(open_path);
}

/* ---- the guard of the test ---- */

static void drained(CliFixture *f)
{
    f->view.nodes[2]->drain = HA_DRAIN_DONE;
    f->view.nodes[2]->n_vms = 0;
}

static void with_vms(CliFixture *f)
{
    f->view.nodes[2]->n_vms = 2;
}

static void only_empty(CliFixture *f)
{
    f->view.nodes[2]->n_vms = 0;
}

static void another_offline(CliFixture *f)
{
    drained(f);
    f->view.nodes[1]->state = HA_NODE_OFFLINE;
}

static void offline(CliFixture *f)
{
    drained(f);
    f->view.nodes[2]->state = HA_NODE_OFFLINE;
}

static void not_covered(CliFixture *f)
{
    drained(f);
    f->view.nodes[2]->fence_gap = HA_FENCE_GAP_UNCOVERED;
}

static void itself(CliFixture *f)
{
    drained(f);
    f->view.self = (char *)"node3";
}

static void inquorate(CliFixture *f)
{
    drained(f);
    f->view.quorate = FALSE;
}

static void alone(CliFixture *f)
{
    drained(f);
    f->view.nodes[0] = f->view.nodes[2];
    f->view.n_nodes = 1;
}

static void two_hosts(CliFixture *f)
{
    drained(f);
    f->view.nodes[1] = f->view.nodes[2];
    f->view.n_nodes = 2;
}

static void a_test_is_guarded(void **state)
{
    static const struct {
        void (*set)(CliFixture *f);
        const char *node;
        gboolean force;
        int exit; /* 0: allowed */
        const char *says;
    } rows[] = {
        {drained, "node3", FALSE, 0, NULL},
        {drained, "node9", FALSE, CLI_EXIT_UNKNOWN, "no node"},
        {with_vms, "node3", FALSE, CLI_EXIT_REFUSED, "hactl drain node3"},
        {with_vms, "node3", TRUE, 0, NULL},
        {only_empty, "node3", FALSE, CLI_EXIT_REFUSED, "not drained"},
        {another_offline, "node3", TRUE, CLI_EXIT_REFUSED, "node2 is offline"},
        {offline, "node3", TRUE, CLI_EXIT_REFUSED, "only a host that is online"},
        {not_covered, "node3", TRUE, CLI_EXIT_REFUSED, "no fence device"},
        {itself, "node3", TRUE, CLI_EXIT_REFUSED, "another host"},
        {inquorate, "node3", TRUE, CLI_EXIT_NOT_QUORATE, "quorate"},
        {alone, "node3", TRUE, CLI_EXIT_REFUSED, "quorum"},
        {two_hosts, "node3", FALSE, 0, NULL},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(CliFixture) f = cli_fixture_cluster();
        g_autoptr(GError) error = NULL;
        rows[i].set(f);
        gboolean ok = cli_fence_test_check(&f->view, rows[i].node, rows[i].force, &error);
        if (ok != (rows[i].exit == 0) ||
            (error && (error->code != rows[i].exit || !strstr(error->message, rows[i].says))))
            fail_msg("row %u: %s", i, error ? error->message : "allowed");
    }
}

/* ---- the program ---- */

/* A stonith_admin that says what the test needs, first in PATH; the file "calls" beside it has its arguments. */
typedef struct {
    char *dir, *path;
} Tool;

static Tool tool_new(void)
{
    static const char script[] =
        "#!/bin/sh\necho \"$@\" >>\"$(dirname \"$0\")/calls\"\ncase \"$1\" in\n--metadata) cat <<'EOF'\n" METADATA
        "\nEOF\n;;\n--history) echo \"<r><fence_event target='node2' action='reboot' status='failed' exit-reason='no "
        "route' "
        "completed='2026-11-27 15:00:00Z'/></r>\" ;;\n--validate) [ \"$OCF_RESKEY_ip\" = 10.0.0.1 ] || { echo bad ip "
        ">&2; exit "
        "1; } ;;\nesac\n";
    Tool tool = {.dir = g_dir_make_tmp("hactl-tool-XXXXXX", NULL)};
    tool.path = g_build_filename(tool.dir, "stonith_admin", NULL);
    assert_true(g_file_set_contents_full(tool.path, script, -1, G_FILE_SET_CONTENTS_NONE, 0755, NULL));
    g_autofree char *path = g_strconcat(tool.dir, ":", g_getenv("PATH"), NULL);
    g_setenv("PATH", path, TRUE);
    return tool;
}

static char *tool_calls(const Tool *tool)
{
    g_autofree char *path = g_build_filename(tool->dir, "calls", NULL);
    char *text = NULL;
    return g_file_get_contents(path, &text, NULL, NULL) ? text : g_strdup("");
}

static void tool_free(Tool *tool)
{
    g_autofree char *calls = g_build_filename(tool->dir, "calls", NULL);
    g_unlink(calls);
    g_unlink(tool->path);
    g_rmdir(tool->dir);
    g_free(tool->dir);
    g_free(tool->path);
}

static void assert_schema(const char *schema, const Run *run)
{
    g_autofree char *wrong = cli_schema_check(schema, run->out);
    if (wrong)
        fail_msg("%s: %s: %s", schema, wrong, run->err);
}

static Hactl__ViewFence *add_device(Hactl__View *view, Hactl__ViewFence *device, Hactl__ViewFence **pointers)
{
    hactl__view_fence__init(device);
    device->name = (char *)"hactl-fence-n2";
    device->agent = (char *)"fence_x";
    device->state = HA_FENCE_STARTED;
    device->node = (char *)"node1";
    pointers[0] = device;
    view->fences = pointers;
    view->n_fences = 1;
    return device;
}

static void devices_are_listed(void **state)
{
    g_auto(Film) film;
    Tool tool = tool_new();
    Hactl__ViewFence device, *pointers[1];
    film_init(&film);
    add_device(&film.cluster->view, &device, pointers);
    film.cluster->view.nodes[2]->has_fence_gap = TRUE;
    film.cluster->view.nodes[2]->fence_gap = HA_FENCE_GAP_FAILED;
    g_autoptr(CliServer) server = cli_server_new(film_play, &film);
    g_auto(Run) text = HACTL(server, "fence", "list");
    assert_int_equal(text.exit, CLI_EXIT_DONE);
    assert_non_null(strstr(text.out, "hactl-fence-n2"));
    assert_non_null(strstr(text.out, "does not answer"));
    assert_non_null(strstr(text.out, "no route"));
    g_auto(Run) json = HACTL(server, "fence", "list", "--json");
    assert_schema("fence-list.json", &json);
    assert_non_null(strstr(json.out, "\"last_status\" : \"failed\""));
    tool_free(&tool);
}

static void a_device_is_added(void **state)
{
    g_auto(Film) film;
    Tool tool = tool_new();
    Hactl__ViewFence device, *pointers[1];
    film_init(&film);
    add_device(&film.cluster->view, &device, pointers);
    g_autoptr(CliServer) server = cli_server_new(film_play, &film);
    g_auto(Run) added = HACTL(server, "fence", "add", "n2", "--agent=fence_x", "--host=node2", "ip=10.0.0.1", "--json");
    assert_int_equal(added.exit, CLI_EXIT_DONE);
    assert_schema("fence-change.json", &added);
    assert_int_equal(film.request->kind, HA_REQUEST_FENCE_ADD);
    assert_string_equal(film.request->fence->name, "n2");
    assert_string_equal(film.request->fence->hosts->pdata[0], "node2");
    assert_string_equal(value_of(film.request->fence, "ip"), "10.0.0.1");
    g_autofree char *calls = tool_calls(&tool);
    assert_non_null(strstr(calls, "--validate --agent fence_x --env-option ip"));
    assert_null(strstr(calls, "10.0.0.1")); /* values never are arguments */

    device.state = HA_FENCE_FAILED;
    device.reason = (char *)"password refused";
    g_auto(Run) failed = HACTL(server, "fence", "add", "n2", "--agent=fence_x", "--host=node2", "ip=10.0.0.1");
    run_assert_error(&failed, CLI_EXIT_FAILED, "password refused");
    g_auto(Run) invalid = HACTL(server, "fence", "add", "n2", "--agent=fence_x", "--host=node2", "ip=1");
    assert_int_equal(invalid.exit, CLI_EXIT_REFUSED);
    assert_non_null(strstr(invalid.err, "bad ip"));
    g_auto(Run) no_agent = HACTL(server, "fence", "add", "n2", "ip=1");
    run_assert_error(&no_agent, CLI_EXIT_USAGE, "--agent");
    tool_free(&tool);
}

static void a_device_is_removed(void **state)
{
    g_auto(Film) film;
    film_init(&film);
    g_autoptr(CliServer) server = cli_server_new(film_play, &film);
    g_auto(Run) run = HACTL(server, "fence", "remove", "hactl-fence-n2", "--force", "--json");
    assert_int_equal(run.exit, CLI_EXIT_DONE);
    assert_schema("fence-change.json", &run);
    assert_int_equal(film.request->kind, HA_REQUEST_FENCE_REMOVE);
    assert_string_equal(film.request->fence->name, "n2");
    assert_true(film.request->force);
}

static void only_the_lost_are_confirmed(void **state)
{
    g_auto(Film) film;
    film_init(&film);
    Hactl__ViewNode *node = film.cluster->view.nodes[2];
    node->has_heard = node->heard = TRUE;
    g_autoptr(CliServer) server = cli_server_new(film_play, &film);
    g_auto(Run) alive = HACTL(server, "fence", "confirm", "node3", "--yes");
    run_assert_error(&alive, CLI_EXIT_REFUSED, "corosync still hears node3");
    node->heard = FALSE;
    g_auto(Run) spoke = HACTL(server, "fence", "confirm", "node3", "--yes");
    run_assert_error(&spoke, CLI_EXIT_REFUSED, "hactld still hears node3");
    node->agent = FALSE;
    g_auto(Run) idle = HACTL(server, "fence", "confirm", "node3", "--yes");
    run_assert_error(&idle, CLI_EXIT_REFUSED, "nothing waits");
    assert_int_equal(film.n_requests, 0);

    node->state = HA_NODE_UNCLEAN;
    g_auto(Run) silent = HACTL(server, "fence", "confirm", "node3"); /* nothing was typed */
    assert_int_equal(silent.exit, CLI_EXIT_REFUSED);
    assert_non_null(strstr(silent.err, "runs twice"));
    assert_int_equal(film.n_requests, 0);
    g_auto(Run) done = HACTL(server, "fence", "confirm", "node3", "--yes", "--json");
    assert_int_equal(done.exit, CLI_EXIT_DONE);
    assert_schema("fence-change.json", &done);
    assert_int_equal(film.request->kind, HA_REQUEST_FENCE_CONFIRM);
    assert_string_equal(film.request->node, "node3");
}

static void a_test_asks_pacemaker(void **state)
{
    g_auto(Film) film;
    Tool tool = tool_new();
    film_init(&film);
    drained(film.cluster);
    g_autoptr(CliServer) server = cli_server_new(film_play, &film);
    g_auto(Run) silent = HACTL(server, "fence", "test", "node3");
    assert_int_equal(silent.exit, CLI_EXIT_REFUSED);
    g_autofree char *none = tool_calls(&tool);
    assert_string_equal(none, "");
    g_auto(Run) done = HACTL(server, "fence", "test", "node3", "--yes", "--wait=no", "--json");
    assert_int_equal(done.exit, CLI_EXIT_DONE);
    assert_schema("fence-change.json", &done);
    g_autofree char *calls = tool_calls(&tool);
    assert_non_null(strstr(calls, "--reboot node3 --tag hactl"));
    tool_free(&tool);
}

/* On this machine there is no cluster: what the doctor says of that obeys the schemas, and says so by its exit status.
 */
static void the_doctor_without_a_cluster(void **state)
{
    g_auto(Run) check = run_hactl("/nonexistent/hactld.sock", (const char *const[]){"check", "--json", NULL});
    if (geteuid() != 0) {
        run_assert_error(&check, CLI_EXIT_PERMISSION, "root");
        return;
    }
    assert_int_equal(check.exit, CLI_EXIT_ERRORS);
    assert_schema("check.json", &check);
    assert_non_null(strstr(check.out, "hactld-away"));
    assert_non_null(strstr(check.out, "pacemaker-away"));
    g_auto(Run) text = run_hactl("/nonexistent/hactld.sock", (const char *const[]){"check", NULL});
    assert_non_null(strstr(text.out, "errors, "));
    g_auto(Run) fence = run_hactl("/nonexistent/hactld.sock", (const char *const[]){"fence", "check", NULL});
    run_assert_error(&fence, CLI_EXIT_NO_PACEMAKER, "Pacemaker");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_are_checked_against_the_agent),
        cmocka_unit_test(passwords_stay_out_of_sight),
        cmocka_unit_test(a_test_is_guarded),
        cmocka_unit_test(devices_are_listed),
        cmocka_unit_test(a_device_is_added),
        cmocka_unit_test(a_device_is_removed),
        cmocka_unit_test(only_the_lost_are_confirmed),
        cmocka_unit_test(a_test_asks_pacemaker),
        cmocka_unit_test(the_doctor_without_a_cluster),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
