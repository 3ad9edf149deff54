/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What hactl prints of a view, byte by byte: tests/unit/cli/golden. HACTL_UPDATE_GOLDEN=1 writes the files anew. Every
 * JSON text must also obey its schema.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/cli/cli_job.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_progress.h"
#include "agent/cli/cli_show.h"
#include "agent/core/ha_fence.h"
#include "tests/unit/cli/cli_fixture.h"
#include "tests/unit/cli/cli_schema.h"

#include <string.h>

static const CliStyle plain = {0};

static void assert_golden(const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(HA_SOURCE_DIR, "tests/unit/cli/golden", name, NULL);
    if (g_getenv("HACTL_UPDATE_GOLDEN"))
        assert_true(g_file_set_contents(path, text, -1, NULL));
    g_autofree char *expected = NULL;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(path, &expected, NULL, &error))
        fail_msg("%s; write it with HACTL_UPDATE_GOLDEN=1", error->message);
    assert_string_equal(text, expected);
    assert_null(strchr(text, '\033'));
}

static void assert_golden_json(const char *name, const char *schema, JsonBuilder *json)
{
    g_autofree char *text = cli_json_take(json, TRUE);
    g_autofree char *wrong = cli_schema_check(schema, text);
    if (wrong)
        fail_msg("%s: %s", schema, wrong);
    assert_golden(name, text);
}

/* A cluster in which everything has gone wrong at once. */
static CliFixture *bad_cluster(void)
{
    CliFixture *f = cli_fixture_cluster();
    Hactl__View *view = &f->view;
    view->nodes[0]->fence_gap = HA_FENCE_GAP_FAILED;
    view->nodes[1]->fence_gap = HA_FENCE_GAP_UNCOVERED;
    view->maintenance = TRUE;
    view->nodes[1]->state = HA_NODE_UNCLEAN;
    view->nodes[1]->agent = FALSE;
    view->nodes[1]->has_report_age_ms = FALSE;
    view->nodes[1]->report = NULL;
    view->nodes[2]->drain = HA_DRAIN_PARTIAL;
    view->nodes[2]->drain_by = (char *)"root@node1";
    view->nodes[2]->has_drain_since_s = TRUE;
    view->nodes[2]->drain_since_s = view->time_s - 185;
    view->nodes[2]->report->libvirt = HA_LIBVIRT_AWAY;
    view->nodes[2]->report->libvirt_error = (char *)"Failed to connect socket:\nNo such file or directory";
    view->nodes[0]->report->storage[0]->ok = FALSE;
    view->nodes[0]->report->storage[0]->reason = (char *)"no answer for 5 s";
    view->nodes[0]->report->has_psi_io_permille = TRUE;
    view->nodes[0]->report->psi_io_permille = 480;
    view->vms[0]->state = HA_VM_IO_ERROR;
    view->vms[1]->copies = 2;
    view->vms[2]->state = HA_VM_UNKNOWN;
    view->vms[3]->state = HA_VM_ABSENT;
    view->vms[3]->node = NULL;
    view->vms[3]->failure = (char *)"disk image is locked";
    view->vms[4]->move = HA_MOVE_QUEUED;
    view->vms[4]->move_reason = HA_REASON_DRAIN;
    view->vms[4]->block = HA_BLOCK_NO_TARGET;
    view->vms[5]->move = HA_MOVE_QUEUED;
    view->vms[5]->move_reason = HA_REASON_DRAIN;
    view->vms[5]->attempts = 1;
    view->vms[5]->retry_in_ms = 9000;
    view->vms[5]->last_error = (char *)"unable to connect to server at 'node1:49152': Connection refused";
    Hactl__Note *note = cli_fixture_note(f, 41, HA_NOTE_ALARM);
    note->text = (char *)"vm2 is reported running on 2 hosts at once";
    f->view.capacity = (char *)"the loss of node1 would leave 1 of 2 VMs without a place: vm1";
    f->view.has_capacity_down = TRUE;
    f->view.capacity_down = 1;
    return f;
}

/* node3 is being drained: one VM moves, one was shut down. */
static CliFixture *draining_cluster(void)
{
    CliFixture *f = cli_fixture_cluster();
    Hactl__ViewVm *parked = cli_fixture_vm(f, "vm7", HA_VM_ABSENT, NULL);
    parked->parked = (char *)"node3";
    parked->wanted_running = FALSE;
    Hactl__View *view = &f->view;
    view->nodes[2]->drain = HA_DRAIN_MOVING;
    view->nodes[2]->drain_by = (char *)"root@node1";
    view->nodes[2]->has_drain_since_s = TRUE;
    view->nodes[2]->drain_since_s = view->time_s - 5;
    cli_fixture_moving(f, view->vms[4], "node3", "node1", 323);
    view->vms[5]->move = HA_MOVE_QUEUED;
    view->vms[5]->move_reason = HA_REASON_DRAIN;
    Hactl__Note *note = cli_fixture_note(f, 50, HA_NOTE_DRAIN_BEGUN);
    note->node = (char *)"node3";
    note->text = (char *)"root@node1";
    note = cli_fixture_note(f, 51, HA_NOTE_MOVE_BEGUN);
    note->vm = (char *)"vm5";
    note->from = (char *)"node3";
    note->to = (char *)"node1";
    note->reason = HA_REASON_DRAIN;
    note->text = (char *)"least full";
    return f;
}

static void status_in_text(void **state)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(CliFixture) good = cli_fixture_cluster();
    cli_show_status(&plain, &good->view, out);
    assert_golden("status-good.txt", out->str);
    g_autoptr(CliFixture) moving = draining_cluster();
    cli_show_status(&plain, &moving->view, g_string_truncate(out, 0));
    assert_golden("status-draining.txt", out->str);
    g_autoptr(CliFixture) bad = bad_cluster();
    cli_show_status(&plain, &bad->view, g_string_truncate(out, 0));
    assert_golden("status-bad.txt", out->str);
}

static void status_without_pacemaker(void **state)
{
    g_autoptr(CliFixture) f = cli_fixture_new();
    f->view.quorate = f->view.pacemaker = f->view.fencing = FALSE;
    f->view.leader = NULL;
    f->view.term = 0;
    g_autoptr(GString) out = g_string_new(NULL);
    cli_show_status(&plain, &f->view, out);
    assert_golden("status-alone.txt", out->str);
    g_autoptr(JsonBuilder) json = json_builder_new();
    cli_json_status(json, &f->view);
    assert_golden_json("status-alone.json", "status.json", json);
}

static void status_in_json(void **state)
{
    g_autoptr(CliFixture) moving = draining_cluster();
    g_autoptr(JsonBuilder) json = json_builder_new();
    cli_json_status(json, &moving->view);
    assert_golden_json("status-draining.json", "status.json", json);
    g_autoptr(CliFixture) bad = bad_cluster();
    g_autoptr(JsonBuilder) worse = json_builder_new();
    cli_json_status(worse, &bad->view);
    assert_golden_json("status-bad.json", "status.json", worse);
}

static void nodes_and_vms(void **state)
{
    g_autoptr(CliFixture) f = draining_cluster();
    g_autoptr(GString) out = g_string_new(NULL);
    cli_show_nodes(&plain, &f->view, out);
    assert_golden("node-list.txt", out->str);
    cli_show_node(&plain, &f->view, f->view.nodes[2], g_string_truncate(out, 0));
    assert_golden("node-show.txt", out->str);
    cli_show_vms(&plain, &f->view, g_string_truncate(out, 0));
    assert_golden("vm-list.txt", out->str);
    cli_show_vm(&plain, &f->view, f->view.vms[4], g_string_truncate(out, 0));
    assert_golden("vm-show.txt", out->str);
    cli_show_vm(&plain, &f->view, f->view.vms[6], g_string_truncate(out, 0));
    assert_non_null(strstr(out->str, "with the drain of node3; starts again with: hactl undrain node3"));
    CliStyle bare = {.no_headings = TRUE};
    cli_show_nodes(&bare, &f->view, g_string_truncate(out, 0));
    assert_null(strstr(out->str, "NODE"));
}

static CliFixture *plan_fixture(void)
{
    CliFixture *f = cli_fixture_new();
    cli_fixture_move(f, "vm5", "node3", "node1")->detail = (char *)"least full: 25 % afterwards";
    cli_fixture_move(f, "vm6", "node3", "node2")->detail = (char *)"least full: 25 % afterwards";
    Hactl__PlanMove *blocked = cli_fixture_move(f, "vm7", "node3", NULL);
    blocked->detail = (char *)"no other node can take it";
    blocked->remedy = (char *)"free a node of those listed with their reasons, or shut the VM down";
    cli_fixture_candidate(f, blocked, "node1", HA_BLOCK_NODE_MEMORY, "needs 9216 MiB, 4096 MiB free");
    cli_fixture_candidate(f, blocked, "node2", HA_BLOCK_NODE_BRIDGE, "br7");
    cli_fixture_candidate(f, blocked, "node3", HA_BLOCK_NODE_SELF, NULL);
    return f;
}

static void plans(void **state)
{
    static char *stops[] = {(char *)"vm8", (char *)"vm9"};
    g_autoptr(CliFixture) f = plan_fixture();
    f->plan.stops = stops;
    f->plan.n_stops = G_N_ELEMENTS(stops);
    g_autoptr(GString) out = g_string_new(NULL);
    cli_show_plan(&plain, "drain node3", &f->plan, out);
    assert_golden("plan.txt", out->str);
    g_autoptr(JsonBuilder) json = json_builder_new();
    cli_json_plan(json, &f->plan);
    assert_golden_json("plan.json", "plan.json", json);
    g_autoptr(CliFixture) empty = cli_fixture_new();
    cli_show_plan(&plain, "drain node3", &empty->plan, g_string_truncate(out, 0));
    assert_string_equal(out->str, "Plan: drain node3, nothing to move\n");
}

static void events(void **state)
{
    g_autoptr(CliFixture) f = draining_cluster();
    Hactl__Note *note = cli_fixture_note(f, 52, HA_NOTE_MOVE_LANDED);
    note->vm = (char *)"vm5";
    note->to = (char *)"node1";
    note->reason = HA_REASON_DRAIN;
    note->value = 1620;
    g_autoptr(GString) out = g_string_new(NULL);
    for (gsize i = 0; i < f->view.n_notes; i++)
        cli_show_note(&plain, f->view.notes[i], f->view.time_s + 2 * 86400, out);
    assert_golden("events.txt", out->str);
    g_autoptr(JsonBuilder) json = json_builder_new();
    cli_json_note(json, f->view.notes[2]);
    assert_golden_json("event.json", "event.json", json);
}

static void jobs(void **state)
{
    g_autoptr(CliFixture) f = plan_fixture();
    g_autoptr(CliJob) job = cli_job_new(CLI_JOB_DRAIN, "node3", NULL, &f->plan, 1000);
    CliJobMove *landed = job->moves->pdata[0];
    landed->state = CLI_MOVE_LANDED;
    landed->duration_ms = 1620;
    cli_job_end(job, CLI_JOB_PARTIAL, 13000);
    g_autoptr(GString) out = g_string_new(NULL);
    cli_job_show(&plain, job, out);
    assert_golden("job-partial.txt", out->str);
    g_autoptr(JsonBuilder) json = json_builder_new();
    cli_job_json(json, job);
    assert_golden_json("job-partial.json", "job.json", json);
}

static void the_block_fits_the_terminal(void **state)
{
    static const guint widths[] = {20, 40, 80, 200};
    g_autoptr(CliFixture) f = draining_cluster();
    g_autoptr(CliJob) job = cli_job_new(CLI_JOB_DRAIN, "node3", NULL, NULL, 0);
    cli_job_update(job, &f->view, 1000);
    for (guint i = 0; i < G_N_ELEMENTS(widths); i++) {
        CliStyle style = {.tty = TRUE, .width = widths[i], .height = 10, .utf8 = TRUE};
        g_autoptr(GString) out = g_string_new(NULL);
        cli_progress_block(&style, job, 2500, out);
        g_auto(GStrv) lines = g_strsplit(out->str, "\n", -1);
        for (guint j = 0; lines[j]; j++)
            assert_true(g_utf8_strlen(lines[j], -1) <= (glong)widths[i]);
    }
    CliStyle style = {.width = 120};
    g_autoptr(GString) out = g_string_new(NULL);
    cli_progress_block(&style, job, 2500, out);
    assert_golden("progress.txt", out->str);
}

static void colours_only_when_asked_for(void **state)
{
    CliStyle colour = {.tty = TRUE, .colour = TRUE, .width = 100, .height = 40};
    g_autoptr(CliFixture) f = bad_cluster();
    g_autoptr(GString) out = g_string_new(NULL);
    cli_show_status(&colour, &f->view, out);
    assert_non_null(strstr(out->str, "\033[1;31m"));
    colour.colour = FALSE;
    cli_show_status(&colour, &f->view, g_string_truncate(out, 0));
    assert_null(strchr(out->str, '\033'));
}

/* The checker itself must be able to fail. */
static void the_schema_check_can_fail(void **state)
{
    static const char *const bad[] = {"{}", "{\"vms\": 3}", "{\"vms\": [], \"more\": 1}", "{\"vms\": [{}]}", "[]", "{"};
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *wrong = cli_schema_check("vm-list.json", bad[i]);
        assert_non_null(wrong);
    }
    assert_null(cli_schema_check("vm-list.json", "{\"vms\": []}"));
    g_autofree char *word =
        cli_schema_check("job.json", "{\"verb\":\"drain\",\"subject\":\"n\",\"outcome\":\"splendid\",\"duration_ms\":1,"
                                     "\"standby\":true,\"moves\":[]}");
    assert_non_null(strstr(word, "splendid"));
}

int main(void)
{
    g_setenv("TZ", "UTC", TRUE);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_in_text),
        cmocka_unit_test(status_without_pacemaker),
        cmocka_unit_test(status_in_json),
        cmocka_unit_test(nodes_and_vms),
        cmocka_unit_test(plans),
        cmocka_unit_test(events),
        cmocka_unit_test(jobs),
        cmocka_unit_test(the_block_fits_the_terminal),
        cmocka_unit_test(colours_only_when_asked_for),
        cmocka_unit_test(the_schema_check_can_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
