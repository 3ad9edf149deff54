/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hactl as a program: errors, exit codes, JSON, requests. test_cli_live.c has what goes on for a while. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/cli/cli_error.h"
#include "tests/unit/cli/cli_film.h"
#include "tests/unit/cli/cli_schema.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* ---- hactld away, forbidden, or talking nonsense ---- */

static void hactld_not_there(void **state)
{
    static const char *const lines[][4] = {{"status"}, {"drain", "node3"}, {"vm", "list", "--json"},
        {"events", "--follow"}, {"status", "--watch"}, {"vm", "start", "vm1"}};
    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        const char *arguments[] = {lines[i][0], lines[i][1], lines[i][2], lines[i][3], NULL};
        g_auto(Run) run = run_hactl("/nonexistent/hactld.sock", arguments);
        run_assert_error(&run, CLI_EXIT_UNREACHABLE, "systemctl status hactld");
        assert_string_equal(run.out, "");
    }
    g_autofree char *long_path = g_strnfill(300, 'x');
    g_auto(Run) run = run_hactl(long_path, (const char *const[]){"status", NULL});
    run_assert_error(&run, CLI_EXIT_UNREACHABLE, "name too long");
}

static void become_nobody(gpointer data)
{
    if (setgid(65534) != 0 || setuid(65534) != 0)
        _exit(99);
}

/* The program is copied to where an ordinary user can run it; the socket is root's, as hactld makes it. */
static void not_permitted(void **state)
{
    g_auto(Film) film;
    film_init(&film);
    g_autoptr(CliServer) server = cli_server_new(film_play, &film);
    g_autofree char *program = g_build_filename(cli_server_dir(server), "hactl", NULL);
    g_autofree char *data = NULL;
    gsize len = 0;
    assert_true(g_file_get_contents(HACTL_PROGRAM, &data, &len, NULL));
    assert_true(g_file_set_contents_full(program, data, (gssize)len, G_FILE_SET_CONTENTS_NONE, 0755, NULL));
    gboolean root = geteuid() == 0;
    g_chmod(cli_server_dir(server), 0711);
    g_chmod(cli_server_path(server), root ? 0600 : 0);
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
    g_subprocess_launcher_setenv(launcher, "HACTL_SOCKET", cli_server_path(server), TRUE);
    g_subprocess_launcher_set_cwd(launcher, "/");
    if (root)
        g_subprocess_launcher_set_child_setup(launcher, become_nobody, NULL, NULL);
    g_autoptr(GSubprocess) child = g_subprocess_launcher_spawn(launcher, NULL, program, "status", NULL);
    assert_non_null(child);
    g_auto(Run) run = run_finish(child);
    run_assert_error(&run, CLI_EXIT_PERMISSION, "sudo hactl");
}

static void nonsense_from_hactld(void **state)
{
    static const struct {
        const char *bytes;
        gsize len;
        int exit;
        const char *named;
    } rows[] = {
        {"HTTP/1.1 400 Bad Request\r\n\r\n", 28, CLI_EXIT_FAILED, "one version"},
        {"HACT\0\2\0\0\0\0\0\0", 12, CLI_EXIT_FAILED, "version"},                         /* of another version */
        {"HACT\0\1\0\0\177\377\377\377", 12, CLI_EXIT_FAILED, "one version"},             /* oversized */
        {"HACT\0\1\0\0\0\0\0\4\377\377\377\377", 16, CLI_EXIT_FAILED, "one version"},     /* no protobuf */
        {"HACT\0\1\0\0\0\0\0\0", 12, CLI_EXIT_FAILED, "one version"},                     /* an empty result */
        {"HACT\0\1\0\0\0\0\0\20half", 16, CLI_EXIT_UNREACHABLE, "closed the connection"}, /* cut short */
        {"", 0, CLI_EXIT_UNREACHABLE, "closed the connection"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(Film) film;
        film_init(&film);
        film.raw = rows[i].bytes;
        film.raw_len = rows[i].len;
        g_autoptr(CliServer) server = cli_server_new(film_play, &film);
        g_auto(Run) run = HACTL(server, "status");
        run_assert_error(&run, rows[i].exit, rows[i].named);
        g_auto(Run) watch = HACTL(server, "status", "--watch");
        assert_int_equal(watch.exit, rows[i].exit);
    }
}

/* ---- what is printed ---- */

static void status_is_printed(void **state)
{
    g_auto(Film) film;
    film_init(&film);
    g_autoptr(CliServer) server = cli_server_new(film_play, &film);
    g_auto(Run) text = HACTL(server, "status");
    assert_int_equal(text.exit, CLI_EXIT_DONE);
    assert_non_null(strstr(text.out, "quorate, 3 of 3 nodes online"));
    g_auto(Run) json = HACTL(server, "status", "--json");
    assert_int_equal(json.exit, CLI_EXIT_DONE);
    assert_true(g_str_has_prefix(json.out, "{"));
    g_auto(Run) names = HACTL(server, "__complete", "vms");
    assert_string_equal(names.out, "vm1\nvm2\nvm3\nvm4\nvm5\nvm6\n");
}

#define RUNS "<domain>\n  <name>vm1</name>\n  <memory unit='GiB'>1</memory>\n  <vcpu>1</vcpu>\n</domain>\n"
#define WANTED "<domain>\n  <name>vm1</name>\n  <memory unit='GiB'>2</memory>\n  <vcpu>1</vcpu>\n</domain>\n"
#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

/* vm1 runs with another definition than that of its next start. */
static void film_change_vm1(Film *film)
{
    film->cluster->view.vms[0]->definition = (char *)HASH_B;
    film->cluster->view.vms[0]->running_definition = (char *)HASH_A;
    film->running = RUNS;
    film->wanted = WANTED;
}

static Hactl__Note *failover_note(CliFixture *cluster, guint64 id, HaNoteKind kind, gint64 at_ms)
{
    Hactl__Note *note = cli_fixture_note(cluster, id, kind);
    note->node = (char *)"node3";
    note->at_ms = at_ms;
    note->value = (guint64)at_ms - 1800000000000u;
    note->has_at_ms = note->has_value = TRUE;
    return note;
}

/* node3 was lost with vm5, which runs again, and vm6, which does not. */
static void add_failover(CliFixture *cluster)
{
    failover_note(cluster, 10, HA_NOTE_FAILOVER_BEGUN, 1800000001500)->text = (char *)"vm5 vm6";
    failover_note(cluster, 11, HA_NOTE_NODE_FENCED, 1800000004000);
    Hactl__Note *back = failover_note(cluster, 12, HA_NOTE_VM_RECOVERED, 1800000006000);
    back->vm = (char *)"vm5";
    back->to = (char *)"node1";
    Hactl__Note *down = failover_note(cluster, 13, HA_NOTE_VM_UNPLACED, 1800000016000);
    down->vm = (char *)"vm6";
    down->text = (char *)"no node can take it: node1: not enough free memory";
    failover_note(cluster, 14, HA_NOTE_FAILOVER_PARTIAL, 1800000006000)->text = (char *)"1 of 2";
}

static void failovers_are_printed(void **state)
{
    g_auto(Film) film;
    film_init(&film);
    add_failover(film.cluster);
    g_autoptr(CliServer) server = cli_server_new(film_play, &film);
    g_auto(Run) list = HACTL(server, "failover", "list", "--no-headings");
    assert_int_equal(list.exit, CLI_EXIT_DONE);
    assert_non_null(strstr(list.out, "node3"));
    assert_non_null(strstr(list.out, "partial"));
    assert_non_null(strstr(list.out, "1 of 2"));
    g_auto(Run) show = HACTL(server, "failover", "show");
    assert_int_equal(show.exit, CLI_EXIT_DONE);
    assert_non_null(strstr(show.out, "4.0 s"));
    assert_non_null(strstr(show.out, "vm5 runs on node1"));
    assert_non_null(strstr(show.out, "vm6 does not run: no node can take it"));
    g_auto(Run) unknown = HACTL(server, "failover", "show", "node9");
    run_assert_error(&unknown, CLI_EXIT_UNKNOWN, "failover list");
}

static void all_json_obeys_its_schema(void **state)
{
    static const struct {
        const char *schema;
        const char *words[5];
    } rows[] = {
        {"status.json", {"status", "--json"}},
        {"node-list.json", {"node", "list", "--json"}},
        {"node.json", {"node", "show", "node2", "--json"}},
        {"vm-list.json", {"vm", "list", "--json"}},
        {"vm.json", {"vm", "show", "vm5", "--json"}},
        {"vm-change.json", {"vm", "start", "vm1", "--json"}},
        {"vm-change.json", {"vm", "stop", "vm1", "--wait=no", "--json"}},
        {"vm-change.json", {"vm", "set", "vm1", "--memory=1G", "--json"}},
        {"vm-diff.json", {"vm", "diff", "vm1", "--json"}},
        {"vm-diff.json", {"vm", "diff", "vm2", "--json"}},
        {"event-list.json", {"events", "--json"}},
        {"failover-list.json", {"failover", "list", "--json"}},
        {"failover.json", {"failover", "show", "node3", "--json"}},
        {"version.json", {"version", "--json"}},
        {"plan.json", {"drain", "node3", "--dry-run", "--json"}},
        {"plan.json", {"balance", "--dry-run", "--json"}},
        {"plan.json", {"balance", "--json"}},
        {"explain.json", {"explain", "vm1", "--json"}},
        {"explain.json", {"explain", "node2", "--json"}},
        {"explain.json", {"explain", "vm1", "--moves", "--json"}},
        {"job.json", {"drain", "node3", "--wait=no", "--json"}},
        {"job.json", {"undrain", "node3", "--json"}},
    };
    g_auto(Film) film;
    film_init(&film);
    Hactl__Note *note = cli_fixture_note(film.cluster, 3, HA_NOTE_MOVE_LANDED);
    note->vm = (char *)"vm5";
    add_failover(film.cluster);
    cli_fixture_moving(film.cluster, film.cluster->view.vms[4], "node3", "node1", 100);
    film.cluster->view.vms[4]->move_reason = HA_REASON_ADMIN;
    cli_fixture_move(film.plan, "vm5", "node3", "node1");
    film_change_vm1(&film);
    g_autoptr(CliServer) server = cli_server_new(film_play, &film);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *words[] = {
            rows[i].words[0], rows[i].words[1], rows[i].words[2], rows[i].words[3], rows[i].words[4], NULL};
        g_auto(Run) run = run_hactl(cli_server_path(server), words);
        assert_int_equal(run.exit, CLI_EXIT_DONE);
        g_autofree char *wrong = cli_schema_check(rows[i].schema, run.out);
        if (wrong)
            fail_msg("%s: %s", rows[i].schema, wrong);
    }
}

static void capacity_names_who_would_be_down(void **state)
{
    g_auto(Film) film;
    film_init(&film);
    g_autoptr(CliServer) server = cli_server_new(film_play, &film);
    g_auto(Run) text = HACTL(server, "capacity", "--lose=2");
    assert_int_equal(text.exit, CLI_EXIT_PARTIAL);
    assert_int_equal(film.lose, 2);
    assert_non_null(strstr(text.out, "the loss of node3 would leave 1 of 2 VMs without a place: vm6"));
    assert_non_null(strstr(text.out, "vm6: needs 512 MiB"));
    g_auto(Run) json = HACTL(server, "capacity", "--json");
    assert_int_equal(json.exit, CLI_EXIT_PARTIAL);
    assert_int_equal(film.lose, 0);
    g_autofree char *wrong = cli_schema_check("capacity.json", json.out);
    if (wrong)
        fail_msg("capacity.json: %s", wrong);
    g_auto(Run) many = HACTL(server, "capacity", "--lose=4");
    run_assert_error(&many, CLI_EXIT_USAGE, "--lose 4");
    g_auto(Run) none = HACTL(server, "capacity", "--lose=0");
    run_assert_error(&none, CLI_EXIT_USAGE, "--lose 0");
}

static void a_warning_of_the_leader_is_told(void **state)
{
    g_auto(Film) film;
    film_init(&film);
    film.warning = "with it the loss of node3 would leave 1 of 2 VMs without a place: vm6";
    g_autoptr(CliServer) server = cli_server_new(film_play, &film);
    g_auto(Run) run = HACTL(server, "vm", "start", "vm1", "--strict", "--json");
    assert_int_equal(run.exit, CLI_EXIT_DONE);
    assert_true(film.request->strict);
    assert_string_equal(run.err,
        "hactl: warning: vm start vm1: with it the loss of node3 would leave 1 of 2 VMs without a place: vm6\n");
    g_autofree char *wrong = cli_schema_check("vm-change.json", run.out);
    if (wrong)
        fail_msg("vm-change.json: %s", wrong);
}

static void explain_tells_nodes_from_vms(void **state)
{
    g_auto(Film) film;
    film_init(&film);
    g_autoptr(CliServer) server = cli_server_new(film_play, &film);
    g_auto(Run) node = HACTL(server, "explain", "node2");
    assert_string_equal(node.out, "- on node2\n");
    g_auto(Run) vm = HACTL(server, "explain", "vm1");
    assert_string_equal(vm.out, "vm1 on -\n");
    g_auto(Run) pair = HACTL(server, "explain", "vm1", "--node", "node2");
    assert_string_equal(pair.out, "vm1 on node2\n");
    g_auto(Run) moves = HACTL(server, "explain", "vm1", "--moves");
    assert_string_equal(moves.out, "vm1 on its moves\n");
    g_auto(Run) both = HACTL(server, "explain", "vm1", "--moves", "--node", "node2");
    run_assert_error(&both, CLI_EXIT_USAGE, "--moves and --node ask for different things");
}

static void unknown_names(void **state)
{
    g_auto(Film) film;
    film_init(&film);
    g_autoptr(CliServer) server = cli_server_new(film_play, &film);
    g_auto(Run) node = HACTL(server, "drain", "node9");
    run_assert_error(&node, CLI_EXIT_UNKNOWN, "no node node9");
    g_auto(Run) vm = HACTL(server, "vm", "show", "ghost");
    run_assert_error(&vm, CLI_EXIT_UNKNOWN, "no VM ghost");
    assert_int_equal(film.n_requests, 0);
}

static void a_full_disk_is_an_error(void **state)
{
    g_auto(Film) film;
    film_init(&film);
    g_autoptr(CliServer) server = cli_server_new(film_play, &film);
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDERR_SILENCE);
    g_subprocess_launcher_setenv(launcher, "HACTL_SOCKET", cli_server_path(server), TRUE);
    g_subprocess_launcher_set_stdout_file_path(launcher, "/dev/full");
    g_autoptr(GSubprocess) child = g_subprocess_launcher_spawn(launcher, NULL, HACTL_PROGRAM, "status", NULL);
    g_subprocess_wait(child, NULL, NULL);
    assert_int_equal(g_subprocess_get_exit_status(child), CLI_EXIT_FAILED);
}

static void bash_completes(void **state)
{
    static const struct {
        const char *line; /* the last word is being typed */
        const char *offered;
    } rows[] = {{"hactl dr", "drain"}, {"hactl vm st", "start stop"}, {"hactl drain no", "node1 node2 node3"},
        {"hactl vm show vm", "vm1 vm2 vm3 vm4 vm5 vm6"}, {"hactl migrate vm1 --t", "--to= --timeout="},
        {"hactl migrate vm1 --to node", "node1 node2 node3"}, {"hactl migrate vm1 --to = node2", "node2"},
        {"hactl drain node1 --dr", "--dry-run"}, {"hactl frob --", ""}};
    g_auto(Film) film;
    film_init(&film);
    g_autoptr(CliServer) server = cli_server_new(film_play, &film);
    g_autofree char *dir = g_path_get_dirname(HACTL_PROGRAM);
    g_autofree char *path = g_strjoin(":", dir, g_getenv("PATH"), NULL);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GSubprocessLauncher) launcher =
            g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
        g_subprocess_launcher_setenv(launcher, "HACTL_SOCKET", cli_server_path(server), TRUE);
        g_subprocess_launcher_setenv(launcher, "PATH", path, TRUE);
        g_autofree char *script =
            g_strdup_printf("source '%s/packaging/completion/hactl'; COMP_WORDS=(%s); "
                            "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _hactl; echo \"${COMPREPLY[*]}\"",
                HA_SOURCE_DIR, rows[i].line);
        g_autoptr(GSubprocess) child = g_subprocess_launcher_spawn(launcher, NULL, "bash", "-c", script, NULL);
        g_autofree char *out = NULL;
        assert_true(g_subprocess_communicate_utf8(child, NULL, NULL, &out, NULL, NULL));
        assert_string_equal(g_strchomp(out), rows[i].offered);
    }
}

/* ---- requests ---- */

static void answers_give_the_exit_code(void **state)
{
    static const struct {
        HaAnswer answer;
        int exit;
    } rows[] = {{HA_ANSWER_UNKNOWN, CLI_EXIT_UNKNOWN}, {HA_ANSWER_REFUSED, CLI_EXIT_REFUSED},
        {HA_ANSWER_NOT_QUORATE, CLI_EXIT_NOT_QUORATE}, {HA_ANSWER_NO_PACEMAKER, CLI_EXIT_NO_PACEMAKER},
        {HA_ANSWER_FAILED, CLI_EXIT_FAILED}};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(Film) film;
        film_init(&film);
        film.answer = rows[i].answer;
        film.answer_text = "the reason";
        g_autoptr(CliServer) server = cli_server_new(film_play, &film);
        g_auto(Run) drain = HACTL(server, "drain", "node3");
        run_assert_error(&drain, rows[i].exit, "the reason");
        g_auto(Run) start = HACTL(server, "vm", "start", "vm1");
        run_assert_error(&start, rows[i].exit, "the reason");
    }
}

static void a_vm_is_started(void **state)
{
    g_auto(Film) film;
    film_init(&film);
    g_autoptr(CliServer) server = cli_server_new(film_play, &film);
    g_auto(Run) run = HACTL(server, "vm", "start", "vm1", "vm6");
    assert_int_equal(run.exit, CLI_EXIT_DONE);
    assert_string_equal(run.out, "vm1 runs on node1\nvm6 runs on node3\n");
    assert_int_equal(film.n_requests, 2);
    assert_int_equal(film.request->kind, HA_REQUEST_VM_START);
    assert_true(g_str_has_prefix(film.request->by, "anna@"));
}

static void a_wait_ends_in_time(void **state)
{
    g_auto(Film) film;
    film_init(&film);
    g_autoptr(CliServer) server = cli_server_new(film_play, &film);
    g_auto(Run) run = HACTL(server, "vm", "stop", "vm1", "--timeout", "1s");
    run_assert_error(&run, CLI_EXIT_TIMEOUT, "it is running on node1");
    g_auto(Run) unwaited = HACTL(server, "vm", "stop", "vm1", "--wait=no");
    assert_int_equal(unwaited.exit, CLI_EXIT_DONE);
}

static void definitions_are_read(void **state)
{
    g_auto(Film) film;
    film_init(&film);
    g_autoptr(CliServer) server = cli_server_new(film_play, &film);
    g_autofree char *path = g_build_filename(cli_server_dir(server), "vm.xml", NULL);

    g_auto(Run) missing = HACTL(server, "vm", "add", "--xml", path);
    run_assert_error(&missing, CLI_EXIT_FAILED, "No such file");
    assert_true(g_file_set_contents(path, "", 0, NULL));
    g_auto(Run) empty = HACTL(server, "vm", "add", "--xml", path);
    run_assert_error(&empty, CLI_EXIT_REFUSED, "empty");
    g_autofree char *big = g_strnfill(HA_DEFINITION_BYTES_MAX + 1, 'x');
    assert_true(g_file_set_contents(path, big, -1, NULL));
    g_auto(Run) oversized = HACTL(server, "vm", "add", "--xml", path);
    run_assert_error(&oversized, CLI_EXIT_REFUSED, "larger than 256 KiB");
    assert_true(g_file_set_contents(path, "<domain>\0\377</domain>", 19, NULL));
    g_auto(Run) binary = HACTL(server, "vm", "add", "--xml", path);
    run_assert_error(&binary, CLI_EXIT_REFUSED, "no UTF-8 text");
    g_auto(Run) directory = HACTL(server, "vm", "add", "--xml", cli_server_dir(server));
    run_assert_error(&directory, CLI_EXIT_FAILED, "directory");
    g_auto(Run) neither = HACTL(server, "vm", "add");
    run_assert_error(&neither, CLI_EXIT_USAGE, "--xml");
    g_auto(Run) both = HACTL(server, "vm", "add", "--xml", path, "--from-libvirt", "vm1");
    run_assert_error(&both, CLI_EXIT_USAGE, "two sources");
    assert_int_equal(film.n_requests, 0);

    assert_true(g_file_set_contents(
        path, "<domain type='kvm'><metadata><name>no</name></metadata><name>vm2</name></domain>", -1, NULL));
    g_auto(Run) good = HACTL(server, "vm", "add", "--xml", path);
    assert_int_equal(good.exit, CLI_EXIT_DONE);
    assert_string_equal(good.out, "vm2 was added and runs on node1\n");
    assert_int_equal(film.request->kind, HA_REQUEST_VM_ADD);
    assert_true(film.request->running);
}

static void a_domain_of_libvirt_is_taken_over(void **state)
{
    g_auto(Film) film;
    film_init(&film);
    g_autoptr(CliServer) server = cli_server_new(film_play, &film);
    g_auto(Run) run = HACTL(server, "vm", "add", "--from-libvirt", "vm2", "--wait=no");
    assert_string_equal(run.err, "");
    assert_int_equal(run.exit, CLI_EXIT_DONE);
    assert_int_equal(film.request->kind, HA_REQUEST_VM_ADD);
    assert_string_equal(film.request->vm, "vm2"); /* and no XML: hactld asks its libvirt */
}

/* ---- another definition ---- */

static void a_vm_is_resized(void **state)
{
    g_auto(Film) film;
    film_init(&film);
    film_change_vm1(&film);
    g_autoptr(CliServer) server = cli_server_new(film_play, &film);
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, WANTED, -1);
    g_auto(Run) run = HACTL(server, "vm", "set", "vm1", "--memory", "512M", "--vcpu=4");
    assert_string_equal(run.err, "");
    assert_string_equal(run.out, "vm1 is changed; it takes effect at its next start\n");
    assert_int_equal(film.request->kind, HA_REQUEST_VM_DEFINE);
    assert_string_equal(film.request->vm, "vm1");
    assert_string_equal(film.request->expected, hash); /* it was made from that one */
    g_autofree char *sent = g_strndup(g_bytes_get_data(film.xml, NULL), g_bytes_get_size(film.xml));
    assert_string_equal(
        sent, "<domain>\n  <name>vm1</name>\n  <memory unit=\"MiB\">512</memory>\n  <vcpu>4</vcpu>\n</domain>");
    guint before = film.n_requests;
    g_auto(Run) nothing = HACTL(server, "vm", "set", "vm1");
    run_assert_error(&nothing, CLI_EXIT_USAGE, "--memory");
    g_auto(Run) no_unit = HACTL(server, "vm", "set", "vm1", "--memory", "512");
    run_assert_error(&no_unit, CLI_EXIT_USAGE, "512M");
    g_auto(Run) many = HACTL(server, "vm", "set", "vm1", "--vcpu", "9000");
    run_assert_error(&many, CLI_EXIT_USAGE, "out of range");
    assert_int_equal(film.n_requests, before);
}

/* What only its author can resize. */
static void an_intricate_vm_is_not_resized(void **state)
{
    static const struct {
        const char *part, *option, *named;
    } rows[] = {
        {"<cpu><numa><cell/></numa></cpu>", "--memory=2G", "<numa>"},
        {"<maxMemory slots='4'>1</maxMemory>", "--memory=2G", "<maxMemory>"},
        {"<cpu><topology sockets='1' cores='2' threads='2'/></cpu>", "--vcpu=2", "<topology>"},
        {"<vcpus><vcpu id='0'/></vcpus>", "--vcpu=2", "<vcpus>"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(Film) film;
        film_init(&film);
        g_autofree char *xml = g_strdup_printf("<domain><name>vm1</name><memory>1</memory>%s</domain>", rows[i].part);
        film.wanted = xml;
        g_autoptr(CliServer) server = cli_server_new(film_play, &film);
        g_auto(Run) run = HACTL(server, "vm", "set", "vm1", rows[i].option);
        run_assert_error(&run, CLI_EXIT_REFUSED, rows[i].named);
        assert_int_equal(film.n_requests, 0);
    }
}

static void what_waits_is_shown(void **state)
{
    g_auto(Film) film;
    film_init(&film);
    film_change_vm1(&film);
    g_autoptr(CliServer) server = cli_server_new(film_play, &film);
    g_auto(Run) diff = HACTL(server, "vm", "diff", "vm1");
    assert_string_equal(diff.err, "");
    assert_true(g_str_has_prefix(diff.out, "--- vm1, as it runs ("));
    assert_non_null(strstr(diff.out, "\n-  <memory unit='GiB'>1</memory>\n+  <memory unit='GiB'>2</memory>\n"));
    g_auto(Run) show = HACTL(server, "vm", "show", "vm1");
    assert_non_null(strstr(show.out, "a changed definition waits for the next start"));
    g_auto(Run) unnoted = HACTL(server, "vm", "diff", "vm2");
    assert_non_null(strstr(unnoted.out, "was not noted"));
    g_auto(Run) ghost = HACTL(server, "vm", "diff", "ghost");
    run_assert_error(&ghost, CLI_EXIT_UNKNOWN, "no VM ghost");
}

/* hactl vm edit vm1 with an editor that is a shell command; its file is the command's last argument. */
static Run edit(const CliServer *server, const char *command)
{
    g_autofree char *editor = g_strdup_printf("edit() { %s; }; edit", command);
    g_setenv("VISUAL", editor, TRUE);
    Run run = HACTL(server, "vm", "edit", "vm1");
    g_unsetenv("VISUAL");
    return run;
}

static void a_definition_is_edited(void **state)
{
    g_auto(Film) film;
    film_init(&film);
    film_change_vm1(&film);
    g_autoptr(CliServer) server = cli_server_new(film_play, &film);
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, WANTED, -1);
    g_auto(Run) same = edit(server, "true");
    assert_string_equal(same.out, "vm1 was not changed\n");
    assert_int_equal(film.n_requests, 0);
    g_auto(Run) changed = edit(server, "sed -i s/2/3/ \"$1\"");
    assert_string_equal(changed.out, "vm1 is changed; it takes effect at its next start\n");
    assert_string_equal(film.request->expected, hash);
    assert_memory_equal(g_bytes_get_data(film.xml, NULL), "<domain>\n  <name>vm1</name>\n  <memory unit='GiB'>3", 49);
    g_auto(Run) broken = edit(server, "false");
    assert_int_equal(broken.exit, CLI_EXIT_FAILED);
    assert_non_null(strstr(broken.err, "VISUAL or EDITOR"));
}

/* Refused (by hactld, or since somebody was quicker): the text is not lost, and only root can read it. */
static void a_refused_edit_is_kept(void **state)
{
    g_auto(Film) film;
    film_init(&film);
    film_change_vm1(&film);
    film.answer = HA_ANSWER_REFUSED;
    film.answer_text = "somebody else was quicker; make your change anew";
    g_autoptr(CliServer) server = cli_server_new(film_play, &film);
    g_auto(Run) run = edit(server, "sed -i s/2/3/ \"$1\"");
    assert_int_equal(run.exit, CLI_EXIT_REFUSED);
    assert_non_null(strstr(run.err, "somebody else was quicker"));
    const char *kept = strstr(run.err, "is kept in ");
    assert_non_null(kept);
    g_autofree char *path = g_strndup(kept + 11, strcspn(kept + 11, ","));
    g_autofree char *text = NULL;
    GStatBuf st;
    assert_int_equal(g_stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    assert_non_null(strstr(text, "<memory unit='GiB'>3"));
    g_unlink(path);
}

int main(void)
{
    g_setenv("TZ", "UTC", TRUE);
    g_setenv("LC_ALL", "C", TRUE);
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hactld_not_there),
        cmocka_unit_test(not_permitted),
        cmocka_unit_test(nonsense_from_hactld),
        cmocka_unit_test(status_is_printed),
        cmocka_unit_test(failovers_are_printed),
        cmocka_unit_test(all_json_obeys_its_schema),
        cmocka_unit_test(capacity_names_who_would_be_down),
        cmocka_unit_test(a_warning_of_the_leader_is_told),
        cmocka_unit_test(explain_tells_nodes_from_vms),
        cmocka_unit_test(unknown_names),
        cmocka_unit_test(a_full_disk_is_an_error),
        cmocka_unit_test(bash_completes),
        cmocka_unit_test(answers_give_the_exit_code),
        cmocka_unit_test(a_vm_is_started),
        cmocka_unit_test(a_wait_ends_in_time),
        cmocka_unit_test(definitions_are_read),
        cmocka_unit_test(a_domain_of_libvirt_is_taken_over),
        cmocka_unit_test(a_vm_is_resized),
        cmocka_unit_test(an_intricate_vm_is_not_resized),
        cmocka_unit_test(what_waits_is_shown),
        cmocka_unit_test(a_definition_is_edited),
        cmocka_unit_test(a_refused_edit_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
