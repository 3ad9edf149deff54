/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hactl following a drain: to its end, half-way, through a restart of hactld, on a terminal, and left with Ctrl-C. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/cli/cli_error.h"
#include "tests/unit/cli/cli_film.h"

#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define STEP_US 60000

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
        g_autoptr(CliServer) server = cli_server_new(film_play, &film);
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
    g_autoptr(CliServer) server = cli_server_new(film_play, &film);
    g_auto(Run) run = HACTL(server, "drain", "node3");
    run_assert_error(&run, CLI_EXIT_PARTIAL, "1 of 2 VMs stay");
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
    g_autoptr(CliServer) server = cli_server_new(film_play, &film);
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
    g_autoptr(CliServer) server = cli_server_new(film_play, &film);
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
    g_autoptr(CliServer) server = cli_server_new(film_play, &film);
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
    g_autoptr(CliServer) server = cli_server_new(film_play, &film);
    g_auto(Run) refused = HACTL(server, "migrate", "vm5", "--to", "node1");
    run_assert_error(&refused, CLI_EXIT_REFUSED, "no other node can take it");
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
    g_autoptr(CliServer) server = cli_server_new(film_play, &film);
    g_autoptr(GSubprocess) child = run_spawn(cli_server_path(server), (const char *const[]){"drain", "node3", NULL});
    assert_non_null(g_async_queue_timeout_pop(film.watched, 20 * G_USEC_PER_SEC));
    g_subprocess_send_signal(child, SIGINT);
    g_auto(Run) run = run_finish(child);
    run_assert_error(&run, CLI_EXIT_INTERRUPTED, "the drain goes on");
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
        g_autoptr(CliServer) server = cli_server_new(film_play, &film);
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
    g_autoptr(CliServer) server = cli_server_new(film_play, &film);
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
