/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hactl apply, diff, export as a program, against a hactld that compares with a real core. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/cli/cli_error.h"
#include "agent/core/model/ha_field.h"
#include "agent/wire/wire_definition.h"
#include "agent/wire/wire_manifest.h"
#include "tests/unit/cli/cli_film.h"
#include "tests/unit/cli/cli_schema.h"
#include "tests/unit/core_fixture.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>

#define XML "<domain><name>new</name></domain>\n"

/* The hactld that the test plays: a cluster of two nodes, with vm1 running and vm2 stopped. */
typedef struct {
    HaView *view;
    guint n_stored, n_kept; /* definitions: to look at, for everybody */
    guint n_requests;
    HaAnswer answer;
} Played;

static void played_init(Played *played)
{
    *played = (Played){.view = fixture_new(2)};
    fixture_add(played->view, "vm1", "node1", 512);
    fixture_add(played->view, "vm2", NULL, 512)->wanted_running = FALSE;
    g_ptr_array_add(played->view->config->groups, ha_group_new("default"));
}

static void played_clear(Played *played)
{
    ha_view_free(played->view);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Played, played_clear)

static void send_frame(int fd, GBytes *frame)
{
    gsize len = 0;
    const void *data = g_bytes_get_data(frame, &len);
    cli_server_send(fd, data, len);
    g_bytes_unref(frame);
}

static void play_plan(Played *played, int fd, const HaRequest *request)
{
    HaApplyFlags flags = {.prune = request->prune, .stop = request->stop};
    g_autoptr(HaApply) apply = ha_apply_plan(played->view, request->manifest, flags);
    g_autoptr(GPtrArray) missing = g_ptr_array_new();
    for (guint i = 0; i < request->manifest->vms->len; i++) {
        const HaManifestVm *vm = request->manifest->vms->pdata[i];
        if (vm->hash && !ha_view_needs(played->view, vm->hash))
            g_ptr_array_add(missing, vm->hash);
    }
    send_frame(fd, wire_apply_build(apply, missing));
}

static void play_store(Played *played, int fd, const WireCall *call)
{
    for (guint i = 0; i < call->definitions->len; i++) {
        HaNeeds *needs = ha_needs_new();
        needs->hash = g_strdup(((const WireDefinition *)call->definitions->pdata[i])->hash);
        needs->name = g_strdup("new");
        ha_view_put_needs(played->view, needs);
    }
    *(call->keep ? &played->n_kept : &played->n_stored) += call->definitions->len;
    cli_server_send_answer(fd, HA_ANSWER_OK, "kept");
}

static void play(CliServer *server, int fd, const WireCall *call, gpointer data)
{
    Played *played = data;
    g_autoptr(GBytes) xml = g_bytes_new_static(XML, sizeof XML - 1);
    g_autofree char *hash = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, xml);
    g_autoptr(HaManifest) exported = ha_apply_export(played->view->config);
    if (call->kind == HACTL__CALL_KIND__CALL_PLAN)
        play_plan(played, fd, call->request);
    else if (call->kind == HACTL__CALL_KIND__CALL_STORE)
        play_store(played, fd, call);
    else if (call->kind == HACTL__CALL_KIND__CALL_EXPORT)
        send_frame(fd, wire_manifest_build(exported));
    else if (call->kind == HACTL__CALL_KIND__CALL_DEFINITION)
        send_frame(fd, wire_definition_build(hash, xml));
    else
        cli_server_send_answer(fd, played->answer, "nothing was written");
    played->n_requests += call->kind == HACTL__CALL_KIND__CALL_REQUEST;
}

static char *file_in(CliServer *server, const char *name, const char *text)
{
    char *path = g_build_filename(cli_server_dir(server), name, NULL);
    assert_true(!text || g_file_set_contents(path, text, -1, NULL));
    return path;
}

static const char manifest_of_two[] = "version: 1\n"
                                      "groups: {db: {tier: 1}}\n"
                                      "vms:\n"
                                      "  vm1: {group: db}\n"
                                      "  new: {group: db, definition: \"<domain><name>new</name></domain>\"}\n";

static void applied_in_one_request(void **state)
{
    g_auto(Played) played;
    played_init(&played);
    g_autoptr(CliServer) server = cli_server_new(play, &played);
    g_autofree char *path = file_in(server, "c.yaml", manifest_of_two);
    g_auto(Run) run = HACTL(server, "apply", "-f", path);
    assert_string_equal(run.err, "");
    assert_string_equal(run.out, "+ groups.db: tier 3 to 1\n"
                                 "+ vms.new: to group db, is started\n"
                                 "~ vms.vm1: group default to db\n"
                                 "  vms.vm2: not in the manifest\n"
                                 "  groups.default: in use\n"
                                 "3 changes written; 'hactl status' shows the VMs start\n");
    assert_int_equal(run.exit, CLI_EXIT_DONE);
    assert_int_equal(played.n_kept, 1);
    assert_int_equal(played.n_requests, 1);
    g_unlink(path);
}

static void a_dry_run_and_a_diff_write_nothing(void **state)
{
    g_auto(Played) played;
    played_init(&played);
    g_autoptr(CliServer) server = cli_server_new(play, &played);
    g_autofree char *path = file_in(server, "c.yaml", manifest_of_two);
    g_auto(Run) dry = HACTL(server, "apply", "-f", path, "--dry-run");
    assert_int_equal(dry.exit, CLI_EXIT_DONE);
    assert_non_null(strstr(dry.out, "3 changes; nothing was written\n"));
    g_auto(Run) diff = HACTL(server, "diff", "--file", path, "--json");
    assert_int_equal(diff.exit, CLI_EXIT_DIFFERENT);
    g_autofree char *wrong = cli_schema_check("apply.json", diff.out);
    assert_null(wrong);
    assert_int_equal(played.n_requests, 0);
    assert_int_equal(played.n_kept, 0);
    assert_int_equal(played.n_stored, 1);
    g_unlink(path);
}

static void an_export_is_the_same(void **state)
{
    g_auto(Played) played;
    played_init(&played);
    g_autoptr(CliServer) server = cli_server_new(play, &played);
    g_auto(Run) run = HACTL(server, "export");
    assert_int_equal(run.exit, CLI_EXIT_DONE);
    assert_true(g_str_has_prefix(run.out, "version: 1\ngroups:\n  default: {}\nvms:\n  vm1:\n    group: default\n"));
    g_autofree char *path = file_in(server, "c.yaml", run.out);
    g_auto(Run) diff = HACTL(server, "diff", "-f", path);
    assert_string_equal(diff.out, "");
    assert_int_equal(diff.exit, CLI_EXIT_DONE);
    g_auto(Run) again = HACTL(server, "apply", "-f", path);
    assert_string_equal(again.out, "nothing to change\n");
    assert_int_equal(played.n_requests, 0);
    g_unlink(path);
}

static void definitions_are_root_s_alone(void **state)
{
    g_auto(Played) played;
    played_init(&played);
    g_autoptr(CliServer) server = cli_server_new(play, &played);
    g_autofree char *dir = file_in(server, "xml", NULL);
    g_auto(Run) run = HACTL(server, "export", "--definitions", dir);
    assert_int_equal(run.exit, CLI_EXIT_DONE);
    for (guint i = 1; i <= 2; i++) {
        GStatBuf status;
        g_autofree char *path = g_strdup_printf("%s/vm%u.xml", dir, i);
        assert_int_equal(g_stat(path, &status), 0);
        assert_int_equal(status.st_mode & 07777, 0600);
        assert_non_null(strstr(run.out, path));
        g_unlink(path);
    }
    g_rmdir(dir);
}

/* Each problem on a line of its own, then the error. */
static void problems_of_the_file(void **state)
{
    g_auto(Played) played;
    played_init(&played);
    g_autoptr(CliServer) server = cli_server_new(play, &played);
    g_autofree char *path = file_in(server, "c.yaml", "version: 1\ngroup: {}\nvms: {vm1: {runing: yes}}\n");
    g_auto(Run) run = HACTL(server, "apply", "-f", path);
    g_autofree char *expected = g_strdup_printf("%s:2:1: the manifest has no key \"group\"; did you mean groups?\n"
                                                "%s:3:13: VM vm1 has no key \"runing\"; did you mean running?\n"
                                                "hactl: apply: %s has 2 problems; nothing was changed\n",
        path, path, path);
    assert_string_equal(run.err, expected);
    assert_int_equal(run.exit, CLI_EXIT_REFUSED);
    assert_int_equal(played.n_requests, 0);
    g_unlink(path);
}

/* What only hactld can see has its place in the file too. */
static void refusals_of_the_cluster(void **state)
{
    g_auto(Played) played;
    played_init(&played);
    g_autoptr(CliServer) server = cli_server_new(play, &played);
    g_autofree char *path = file_in(server, "c.yaml", "version: 1\nvms:\n  vm1: {running: no}\n  vm9: {}\n");
    g_auto(Run) run = HACTL(server, "apply", "-f", path);
    g_autofree char *first = g_strdup_printf("%s:3:3: vms.vm1: runs, and is to be stopped; ", path);
    g_autofree char *second = g_strdup_printf("\n%s:4:3: vms.vm9: is new and has no definition; ", path);
    assert_true(g_str_has_prefix(run.err, first));
    assert_non_null(strstr(run.err, second));
    assert_non_null(strstr(run.err, "\nhactl: apply: 2 things stand in the way; nothing was changed\n"));
    assert_int_equal(run.exit, CLI_EXIT_REFUSED);
    assert_int_equal(played.n_requests, 0);
    g_unlink(path);
}

static void the_leader_has_the_last_word(void **state)
{
    g_auto(Played) played;
    played_init(&played);
    played.answer = HA_ANSWER_REFUSED;
    g_autoptr(CliServer) server = cli_server_new(play, &played);
    g_autofree char *path = file_in(server, "c.yaml", "version: 1\ngroups: {db: {tier: 1}}\n");
    g_auto(Run) run = HACTL(server, "apply", "-f", path);
    run_assert_error(&run, CLI_EXIT_REFUSED, "nothing was written");
    g_auto(Run) usage = HACTL(server, "apply");
    run_assert_error(&usage, CLI_EXIT_USAGE, "-f FILE");
    g_unlink(path);
}

/* docs/schema/manifest.json knows exactly the keys, bounds and words that the reader takes. */
static void check_schema(JsonObject *properties, const HaField *fields)
{
    guint n = 0;
    for (const HaField *field = fields; field->key; field++, n++) {
        JsonObject *one = json_object_get_object_member(properties, field->key);
        assert_non_null(one);
        if (field->type == HA_FIELD_NUMBER) {
            assert_int_equal(json_object_get_int_member(one, "minimum"), field->min);
            assert_int_equal(json_object_get_int_member(one, "maximum"), field->max);
        }
        for (guint i = 0; field->type == HA_FIELD_WORD && field->words->all[i]; i++)
            assert_string_equal(
                json_array_get_string_element(json_object_get_array_member(one, "enum"), i), field->words->all[i]);
    }
    assert_int_equal(json_object_get_size(properties), n);
}

static void the_schema_is_the_reader_s(void **state)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    assert_true(json_parser_load_from_file(parser, HA_SOURCE_DIR "/docs/schema/manifest.json", NULL));
    JsonObject *sections =
        json_object_get_object_member(json_node_get_object(json_parser_get_root(parser)), "properties");
    static const struct {
        const char *section;
        const HaField *fields;
    } rows[] = {{"migration_policies", ha_policy_fields}, {"groups", ha_group_fields}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        JsonObject *section = json_object_get_object_member(sections, rows[i].section);
        JsonObject *item = json_object_get_object_member(section, "additionalProperties");
        check_schema(json_object_get_object_member(item, "properties"), rows[i].fields);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(applied_in_one_request),
        cmocka_unit_test(a_dry_run_and_a_diff_write_nothing),
        cmocka_unit_test(an_export_is_the_same),
        cmocka_unit_test(definitions_are_root_s_alone),
        cmocka_unit_test(problems_of_the_file),
        cmocka_unit_test(refusals_of_the_cluster),
        cmocka_unit_test(the_leader_has_the_last_word),
        cmocka_unit_test(the_schema_is_the_reader_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
