/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The real hactl, as a child process, against a hactld that the test plays.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/cli/cli_error.h"
#include "tests/unit/cli/cli_schema.h"
#include "tests/unit/cli/cli_server.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define STEP_US 60000

/* ---- the part that hactld plays ---- */

typedef struct Film Film;
struct Film {
    CliFixture *cluster; /* changes as the film goes on; the server's thread only, until the child has ended */
    CliFixture *plan;
    HaAnswer answer;
    const char *answer_text;
    void (*watch)(Film *film, CliServer *server, int fd); /* NULL: one view, then silence */
    const void *raw;                                      /* sent instead of any answer */
    gsize raw_len;
    guint n_watches, n_requests; /* of this kind of call */
    HaRequest *request;          /* the last one */
    GAsyncQueue *watched;        /* a push when a watch has begun */
};

static void film_init(Film *film)
{
    memset(film, 0, sizeof *film);
    film->cluster = cli_fixture_cluster();
    film->plan = cli_fixture_new();
    film->answer_text = "done";
    film->watched = g_async_queue_new();
}

static void film_clear(Film *film)
{
    cli_fixture_free(film->cluster);
    cli_fixture_free(film->plan);
    ha_request_free(film->request);
    g_async_queue_unref(film->watched);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Film, film_clear)

static void serve_watch(Film *film, CliServer *server, int fd)
{
    film->n_watches++;
    cli_server_send_view(fd, film->cluster, FALSE);
    g_async_queue_push(film->watched, GUINT_TO_POINTER(1));
    if (film->watch)
        film->watch(film, server, fd);
    else
        cli_server_wait_gone(fd);
}

static void serve_request(Film *film, int fd, const WireCall *call)
{
    film->n_requests++;
    ha_request_free(film->request);
    film->request = ha_request_new(call->request->kind, 0);
    film->request->node = g_strdup(call->request->node);
    film->request->vm = g_strdup(call->request->vm);
    film->request->by = g_strdup(call->request->by);
    film->request->restart = call->request->restart;
    film->request->running = call->request->running;
    film->request->deadline_s = call->request->deadline_s;
    cli_server_send_answer(fd, film->answer, film->answer_text);
}

static void play(CliServer *server, int fd, const WireCall *call, gpointer data)
{
    Film *film = data;
    if (film->raw) {
        cli_server_send(fd, film->raw, film->raw_len);
        return;
    }
    switch (call->kind) {
    case HACTL__CALL_KIND__CALL_VIEW:
        if (call->watch)
            serve_watch(film, server, fd);
        else
            cli_server_send_view(fd, film->cluster, TRUE);
        break;
    case HACTL__CALL_KIND__CALL_PLAN:
        cli_server_send_plan(fd, film->plan);
        break;
    case HACTL__CALL_KIND__CALL_REQUEST:
        serve_request(film, fd, call);
        break;
    case HACTL__CALL_KIND__CALL_EVENTS:
        cli_server_send_notes(fd, film->cluster, TRUE);
        break;
    case HACTL__CALL_KIND__CALL_DEFINITION:
    default:
        cli_server_send_answer(fd, HA_ANSWER_UNKNOWN, "no definition of that name");
        break;
    }
}

/* ---- the child ---- */

typedef struct {
    int exit;
    char *out, *err;
} Run;

static void run_clear(Run *run)
{
    g_free(run->out);
    g_free(run->err);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

static GSubprocess *spawn(const char *socket, const char *const *arguments)
{
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
    g_subprocess_launcher_setenv(launcher, "HACTL_SOCKET", socket, TRUE);
    g_subprocess_launcher_setenv(launcher, "SUDO_USER", "anna", TRUE);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_ptr_array_add(argv, (gpointer)HACTL_PROGRAM);
    for (guint i = 0; arguments[i]; i++)
        g_ptr_array_add(argv, (gpointer)arguments[i]);
    g_ptr_array_add(argv, NULL);
    g_autoptr(GError) error = NULL;
    GSubprocess *child = g_subprocess_launcher_spawnv(launcher, (const char *const *)argv->pdata, &error);
    if (!child)
        fail_msg("%s", error->message);
    return child;
}

static Run finish(GSubprocess *child)
{
    Run run = {0};
    g_autoptr(GError) error = NULL;
    if (!g_subprocess_communicate_utf8(child, NULL, NULL, &run.out, &run.err, &error))
        fail_msg("%s", error->message);
    run.exit =
        g_subprocess_get_if_exited(child) ? g_subprocess_get_exit_status(child) : -g_subprocess_get_term_sig(child);
    assert_null(strchr(run.out, '\033'));
    assert_null(strchr(run.err, '\033'));
    return run;
}

static Run hactl(const char *socket, const char *const *arguments)
{
    g_autoptr(GSubprocess) child = spawn(socket, arguments);
    return finish(child);
}

#define HACTL(server, ...) hactl(cli_server_path(server), (const char *const[]){__VA_ARGS__, NULL})

/* One error: one line that begins with the program's name and has a remedy. */
static void assert_one_error(const Run *run, int exit, const char *named)
{
    assert_int_equal(run->exit, exit);
    assert_true(g_str_has_prefix(run->err, "hactl: "));
    assert_ptr_equal(strchr(run->err, '\n'), run->err + strlen(run->err) - 1);
    assert_non_null(strstr(run->err, "; "));
    assert_non_null(strstr(run->err, named));
}

/* ---- hactld away, forbidden, or talking nonsense ---- */

static void hactld_not_there(void **state)
{
    static const char *const lines[][4] = {{"status"}, {"drain", "node3"}, {"vm", "list", "--json"},
        {"events", "--follow"}, {"status", "--watch"}, {"vm", "start", "vm1"}};
    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        const char *arguments[] = {lines[i][0], lines[i][1], lines[i][2], lines[i][3], NULL};
        g_auto(Run) run = hactl("/nonexistent/hactld.sock", arguments);
        assert_one_error(&run, CLI_EXIT_UNREACHABLE, "systemctl status hactld");
        assert_string_equal(run.out, "");
    }
    g_autofree char *long_path = g_strnfill(300, 'x');
    g_auto(Run) run = hactl(long_path, (const char *const[]){"status", NULL});
    assert_one_error(&run, CLI_EXIT_UNREACHABLE, "name too long");
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
    g_autoptr(CliServer) server = cli_server_new(play, &film);
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
    g_auto(Run) run = finish(child);
    assert_one_error(&run, CLI_EXIT_PERMISSION, "sudo hactl");
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
        g_autoptr(CliServer) server = cli_server_new(play, &film);
        g_auto(Run) run = HACTL(server, "status");
        assert_one_error(&run, rows[i].exit, rows[i].named);
        g_auto(Run) watch = HACTL(server, "status", "--watch");
        assert_int_equal(watch.exit, rows[i].exit);
    }
}

/* ---- what is printed ---- */

static void status_is_printed(void **state)
{
    g_auto(Film) film;
    film_init(&film);
    g_autoptr(CliServer) server = cli_server_new(play, &film);
    g_auto(Run) text = HACTL(server, "status");
    assert_int_equal(text.exit, CLI_EXIT_DONE);
    assert_non_null(strstr(text.out, "quorate, 3 of 3 nodes online"));
    g_auto(Run) json = HACTL(server, "status", "--json");
    assert_int_equal(json.exit, CLI_EXIT_DONE);
    assert_true(g_str_has_prefix(json.out, "{"));
    g_auto(Run) names = HACTL(server, "__complete", "vms");
    assert_string_equal(names.out, "vm1\nvm2\nvm3\nvm4\nvm5\nvm6\n");
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
        {"event-list.json", {"events", "--json"}},
        {"version.json", {"version", "--json"}},
        {"plan.json", {"drain", "node3", "--dry-run", "--json"}},
        {"job.json", {"drain", "node3", "--wait=no", "--json"}},
        {"job.json", {"undrain", "node3", "--json"}},
    };
    g_auto(Film) film;
    film_init(&film);
    Hactl__Note *note = cli_fixture_note(film.cluster, 3, HA_NOTE_MOVE_LANDED);
    note->vm = (char *)"vm5";
    cli_fixture_moving(film.cluster, film.cluster->view.vms[4], "node3", "node1", 100);
    film.cluster->view.vms[4]->move_reason = HA_REASON_ADMIN;
    cli_fixture_move(film.plan, "vm5", "node3", "node1");
    g_autoptr(CliServer) server = cli_server_new(play, &film);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *words[] = {
            rows[i].words[0], rows[i].words[1], rows[i].words[2], rows[i].words[3], rows[i].words[4], NULL};
        g_auto(Run) run = hactl(cli_server_path(server), words);
        assert_int_equal(run.exit, CLI_EXIT_DONE);
        g_autofree char *wrong = cli_schema_check(rows[i].schema, run.out);
        if (wrong)
            fail_msg("%s: %s", rows[i].schema, wrong);
    }
}

static void unknown_names(void **state)
{
    g_auto(Film) film;
    film_init(&film);
    g_autoptr(CliServer) server = cli_server_new(play, &film);
    g_auto(Run) node = HACTL(server, "drain", "node9");
    assert_one_error(&node, CLI_EXIT_UNKNOWN, "no node node9");
    g_auto(Run) vm = HACTL(server, "vm", "show", "ghost");
    assert_one_error(&vm, CLI_EXIT_UNKNOWN, "no VM ghost");
    assert_int_equal(film.n_requests, 0);
}

static void a_full_disk_is_an_error(void **state)
{
    g_auto(Film) film;
    film_init(&film);
    g_autoptr(CliServer) server = cli_server_new(play, &film);
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
    g_autoptr(CliServer) server = cli_server_new(play, &film);
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
        g_autoptr(CliServer) server = cli_server_new(play, &film);
        g_auto(Run) drain = HACTL(server, "drain", "node3");
        assert_one_error(&drain, rows[i].exit, "the reason");
        g_auto(Run) start = HACTL(server, "vm", "start", "vm1");
        assert_one_error(&start, rows[i].exit, "the reason");
    }
}

static void a_vm_is_started(void **state)
{
    g_auto(Film) film;
    film_init(&film);
    g_autoptr(CliServer) server = cli_server_new(play, &film);
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
    g_autoptr(CliServer) server = cli_server_new(play, &film);
    g_auto(Run) run = HACTL(server, "vm", "stop", "vm1", "--timeout", "1s");
    assert_one_error(&run, CLI_EXIT_TIMEOUT, "it is running on node1");
    g_auto(Run) unwaited = HACTL(server, "vm", "stop", "vm1", "--wait=no");
    assert_int_equal(unwaited.exit, CLI_EXIT_DONE);
}

static void definitions_are_read(void **state)
{
    g_auto(Film) film;
    film_init(&film);
    g_autoptr(CliServer) server = cli_server_new(play, &film);
    g_autofree char *path = g_build_filename(cli_server_dir(server), "vm.xml", NULL);

    g_auto(Run) missing = HACTL(server, "vm", "add", "--xml", path);
    assert_one_error(&missing, CLI_EXIT_FAILED, "No such file");
    assert_true(g_file_set_contents(path, "", 0, NULL));
    g_auto(Run) empty = HACTL(server, "vm", "add", "--xml", path);
    assert_one_error(&empty, CLI_EXIT_REFUSED, "empty");
    g_autofree char *big = g_strnfill(HA_DEFINITION_BYTES_MAX + 1, 'x');
    assert_true(g_file_set_contents(path, big, -1, NULL));
    g_auto(Run) oversized = HACTL(server, "vm", "add", "--xml", path);
    assert_one_error(&oversized, CLI_EXIT_REFUSED, "larger than 256 KiB");
    assert_true(g_file_set_contents(path, "<domain>\0\377</domain>", 19, NULL));
    g_auto(Run) binary = HACTL(server, "vm", "add", "--xml", path);
    assert_one_error(&binary, CLI_EXIT_REFUSED, "no UTF-8 text");
    g_auto(Run) directory = HACTL(server, "vm", "add", "--xml", cli_server_dir(server));
    assert_one_error(&directory, CLI_EXIT_FAILED, "directory");
    g_auto(Run) neither = HACTL(server, "vm", "add");
    assert_one_error(&neither, CLI_EXIT_USAGE, "--xml");
    g_auto(Run) both = HACTL(server, "vm", "add", "--xml", path, "--from-libvirt", "vm1");
    assert_one_error(&both, CLI_EXIT_USAGE, "two sources");
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
    g_autoptr(CliServer) server = cli_server_new(play, &film);
    g_auto(Run) run = HACTL(server, "vm", "add", "--from-libvirt", "vm2", "--wait=no");
    assert_string_equal(run.err, "");
    assert_int_equal(run.exit, CLI_EXIT_DONE);
    assert_int_equal(film.request->kind, HA_REQUEST_VM_ADD);
    assert_string_equal(film.request->vm, "vm2"); /* and no XML: hactld asks its libvirt */
}

/* ---- a drain ---- */

static void plan_drain(Film *film)
{
    cli_fixture_move(film->plan, "vm5", "node3", "node1");
    cli_fixture_move(film->plan, "vm6", "node3", "node2");
}

static gboolean show(Film *film, int fd)
{
    g_usleep(STEP_US);
    return cli_server_send_view(fd, film->cluster, FALSE);
}

static void land(Hactl__ViewVm *vm, const char *node)
{
    vm->state = HA_VM_RUNNING;
    vm->node = (char *)node;
    vm->move = HA_MOVE_NONE;
    vm->move_to = NULL;
    vm->migration = NULL;
}

static void first_half(Film *film, int fd)
{
    Hactl__View *view = &film->cluster->view;
    view->nodes[2]->drain = HA_DRAIN_MOVING;
    show(film, fd);
    cli_fixture_moving(film->cluster, view->vms[4], "node3", "node1", 100);
    show(film, fd);
}

static void second_half(Film *film, int fd)
{
    Hactl__View *view = &film->cluster->view;
    land(view->vms[4], "node1");
    show(film, fd);
    land(view->vms[5], "node2");
    view->nodes[2]->drain = HA_DRAIN_SETTLING;
    show(film, fd);
    view->nodes[2]->drain = HA_DRAIN_DONE;
    view->nodes[2]->standby = TRUE;
    show(film, fd);
    cli_server_wait_gone(fd);
}

static void drain_all(Film *film, CliServer *server, int fd)
{
    first_half(film, fd);
    second_half(film, fd);
}

static void a_drain_is_followed_to_its_end(void **state)
{
    for (guint json = 0; json < 2; json++) {
        g_auto(Film) film;
        film_init(&film);
        plan_drain(&film);
        film.watch = drain_all;
        g_autoptr(CliServer) server = cli_server_new(play, &film);
        g_auto(Run) run = HACTL(server, "drain", "node3", "--deadline=5m", json ? "--json" : "--timeout=60s");
        assert_int_equal(run.exit, CLI_EXIT_DONE);
        assert_string_equal(run.err, "");
        assert_int_equal(film.n_requests, 1);
        assert_int_equal(film.request->kind, HA_REQUEST_DRAIN);
        assert_true(film.request->deadline_s > g_get_real_time() / G_USEC_PER_SEC + 200);
        assert_non_null(strstr(run.out, json ? "\"outcome\" : \"done\"" : "Plan: drain node3, 2 VMs to move"));
        if (json)
            continue;
        assert_non_null(strstr(run.out, "vm5 moves from node3 to node1 (live)\n"));
        assert_non_null(strstr(run.out, "vm6 landed on node2"));
        assert_non_null(strstr(run.out, "drain node3: done after"));
        assert_non_null(strstr(run.out, "node3 is empty and in standby\n"));
    }
}

static void stop_half_way(Film *film, CliServer *server, int fd)
{
    Hactl__View *view = &film->cluster->view;
    first_half(film, fd);
    land(view->vms[4], "node1");
    view->vms[5]->move = HA_MOVE_QUEUED;
    view->vms[5]->block = HA_BLOCK_HOST_DEVICE;
    view->nodes[2]->drain = HA_DRAIN_PARTIAL;
    show(film, fd);
    cli_server_wait_gone(fd);
}

static void a_partial_drain_names_its_blockers(void **state)
{
    g_auto(Film) film;
    film_init(&film);
    plan_drain(&film);
    film.watch = stop_half_way;
    g_autoptr(CliServer) server = cli_server_new(play, &film);
    g_auto(Run) run = HACTL(server, "drain", "node3");
    assert_one_error(&run, CLI_EXIT_PARTIAL, "1 of 2 VMs stay");
    assert_non_null(strstr(run.out, "vm6: it uses a device of this host"));
    assert_non_null(strstr(run.out, "-> detach the device"));
}

static void die_and_come_back(Film *film, CliServer *server, int fd)
{
    if (film->n_watches == 1) {
        first_half(film, fd);
        cli_server_away(server);
        shutdown(fd, SHUT_RDWR);
        g_usleep(900000);
        cli_server_back(server);
        return;
    }
    second_half(film, fd);
}

static void a_restart_of_hactld_is_survived(void **state)
{
    g_auto(Film) film;
    film_init(&film);
    plan_drain(&film);
    film.watch = die_and_come_back;
    g_autoptr(CliServer) server = cli_server_new(play, &film);
    g_auto(Run) run = HACTL(server, "drain", "node3");
    assert_int_equal(run.exit, CLI_EXIT_DONE);
    assert_non_null(strstr(run.out, "hactld went away"));
    assert_non_null(strstr(run.out, "drain node3: done"));
    assert_int_equal(film.n_watches, 2);
    assert_int_equal(film.n_requests, 1);
}

static void a_running_drain_is_rejoined(void **state)
{
    g_auto(Film) film;
    film_init(&film);
    film.watch = drain_all;
    Hactl__View *view = &film.cluster->view;
    view->nodes[2]->drain = HA_DRAIN_MOVING;
    view->nodes[2]->drain_by = (char *)"root@node1";
    g_autoptr(CliServer) server = cli_server_new(play, &film);
    g_auto(Run) run = HACTL(server, "drain", "node3");
    assert_int_equal(run.exit, CLI_EXIT_DONE);
    assert_non_null(strstr(run.out, "rejoining"));
    assert_non_null(strstr(run.out, "vm6"));
    assert_int_equal(film.n_requests, 0);
}

static void a_dry_run_asks_for_nothing(void **state)
{
    g_auto(Film) film;
    film_init(&film);
    plan_drain(&film);
    g_autoptr(CliServer) server = cli_server_new(play, &film);
    g_auto(Run) good = HACTL(server, "drain", "node3", "--dry-run");
    assert_int_equal(good.exit, CLI_EXIT_DONE);
    cli_fixture_move(film.plan, "vm7", "node3", NULL);
    g_auto(Run) blocked = HACTL(server, "drain", "node3", "--dry-run", "--json");
    assert_int_equal(blocked.exit, CLI_EXIT_PARTIAL);
    assert_non_null(strstr(blocked.out, "\"moves_blocked\" : 1"));
    assert_int_equal(film.n_requests, 0);
}

static void a_migration_that_is_refused(void **state)
{
    g_auto(Film) film;
    film_init(&film);
    cli_fixture_move(film.plan, "vm5", "node3", NULL);
    g_autoptr(CliServer) server = cli_server_new(play, &film);
    g_auto(Run) refused = HACTL(server, "migrate", "vm5", "--to", "node1");
    assert_one_error(&refused, CLI_EXIT_REFUSED, "no other node can take it");
    g_auto(Run) there = HACTL(server, "migrate", "vm5", "--to", "node3");
    assert_int_equal(there.exit, CLI_EXIT_DONE);
    assert_int_equal(film.n_requests, 0);
}

/* ---- Ctrl-C ---- */

static void a_drain_goes_on_after_an_interrupt(void **state)
{
    g_auto(Film) film;
    film_init(&film);
    plan_drain(&film);
    film.cluster->view.nodes[2]->drain = HA_DRAIN_NONE;
    g_autoptr(CliServer) server = cli_server_new(play, &film);
    g_autoptr(GSubprocess) child = spawn(cli_server_path(server), (const char *const[]){"drain", "node3", NULL});
    assert_non_null(g_async_queue_timeout_pop(film.watched, 20 * G_USEC_PER_SEC));
    g_subprocess_send_signal(child, SIGINT);
    g_auto(Run) run = finish(child);
    assert_one_error(&run, CLI_EXIT_INTERRUPTED, "the drain goes on");
    assert_non_null(strstr(run.err, "hactl drain node3"));
    assert_non_null(strstr(run.err, "hactl undrain node3"));
    assert_int_equal(film.n_requests, 1);
    assert_int_equal(film.request->kind, HA_REQUEST_DRAIN);
}

typedef struct {
    GString *out;
    int exit;
} Screen;

/* Run hactl on a terminal of its own; @keys is typed when the output has @when in it. */
static Screen on_terminal(CliServer *server, gboolean no_color, const char *when, const char *keys)
{
    struct winsize size = {.ws_row = 24, .ws_col = 100};
    int terminal = -1;
    pid_t pid = forkpty(&terminal, NULL, NULL, &size);
    assert_true(pid >= 0);
    if (pid == 0) {
        setenv("HACTL_SOCKET", cli_server_path(server), 1);
        setenv("TERM", "xterm", 1);
        if (no_color)
            setenv("NO_COLOR", "1", 1);
        else
            unsetenv("NO_COLOR");
        execl(HACTL_PROGRAM, "hactl", "drain", "node3", (char *)NULL);
        _exit(99);
    }
    Screen screen = {.out = g_string_new(NULL)};
    char buffer[4096];
    for (gssize n; (n = read(terminal, buffer, sizeof buffer)) > 0;) {
        g_string_append_len(screen.out, buffer, n);
        if (keys && strstr(screen.out->str, when)) {
            assert_int_equal(write(terminal, keys, strlen(keys)), (gssize)strlen(keys));
            keys = NULL;
        }
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    close(terminal);
    screen.exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return screen;
}

static void a_terminal_gets_a_live_display(void **state)
{
    for (guint no_color = 0; no_color < 2; no_color++) {
        g_auto(Film) film;
        film_init(&film);
        plan_drain(&film);
        film.watch = drain_all;
        g_autoptr(CliServer) server = cli_server_new(play, &film);
        Screen screen = on_terminal(server, no_color, "", NULL);
        assert_int_equal(screen.exit, CLI_EXIT_DONE);
        assert_non_null(strstr(screen.out->str, "[####--------------------]  19 %"));
        assert_non_null(strstr(screen.out->str, "118 MiB/s"));
        assert_non_null(strstr(screen.out->str, "\033[J")); /* drawn in place */
        assert_int_equal(strstr(screen.out->str, "\033[32m") != NULL, !no_color);
        assert_non_null(strstr(screen.out->str, "vm6 landed on node2"));
        g_string_free(screen.out, TRUE);
    }
}

static void drain_half(Film *film, CliServer *server, int fd)
{
    first_half(film, fd);
    cli_server_wait_gone(fd);
}

static void ctrl_c_on_a_terminal(void **state)
{
    g_auto(Film) film;
    film_init(&film);
    plan_drain(&film);
    film.watch = drain_half;
    g_autoptr(CliServer) server = cli_server_new(play, &film);
    Screen screen = on_terminal(server, TRUE, "dirties", "\003");
    assert_int_equal(screen.exit, CLI_EXIT_INTERRUPTED);
    assert_non_null(strstr(screen.out->str, "hactl undrain node3"));
    assert_int_equal(film.n_requests, 1);
    g_string_free(screen.out, TRUE);
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
        cmocka_unit_test(all_json_obeys_its_schema),
        cmocka_unit_test(unknown_names),
        cmocka_unit_test(a_full_disk_is_an_error),
        cmocka_unit_test(bash_completes),
        cmocka_unit_test(answers_give_the_exit_code),
        cmocka_unit_test(a_vm_is_started),
        cmocka_unit_test(a_wait_ends_in_time),
        cmocka_unit_test(definitions_are_read),
        cmocka_unit_test(a_domain_of_libvirt_is_taken_over),
        cmocka_unit_test(a_drain_is_followed_to_its_end),
        cmocka_unit_test(a_partial_drain_names_its_blockers),
        cmocka_unit_test(a_restart_of_hactld_is_survived),
        cmocka_unit_test(a_running_drain_is_rejoined),
        cmocka_unit_test(a_dry_run_asks_for_nothing),
        cmocka_unit_test(a_migration_that_is_refused),
        cmocka_unit_test(a_drain_goes_on_after_an_interrupt),
        cmocka_unit_test(a_terminal_gets_a_live_display),
        cmocka_unit_test(ctrl_c_on_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
