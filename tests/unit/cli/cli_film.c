/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/cli/cli_film.h"

#include <string.h>

void film_init(Film *film)
{
    memset(film, 0, sizeof *film);
    film->cluster = cli_fixture_cluster();
    film->plan = cli_fixture_new();
    film->answer_text = "done";
    film->watched = g_async_queue_new();
}

void film_clear(Film *film)
{
    cli_fixture_free(film->cluster);
    cli_fixture_free(film->plan);
    ha_request_free(film->request);
    g_clear_pointer(&film->xml, g_bytes_unref);
    g_async_queue_unref(film->watched);
}
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

static void send_frame(int fd, GBytes *frame)
{
    cli_server_send(fd, g_bytes_get_data(frame, NULL), g_bytes_get_size(frame));
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
    film->request->force = call->request->force;
    film->request->fence = call->request->fence ? ha_fence_spec_copy(call->request->fence) : NULL;
    film->request->deadline_s = call->request->deadline_s;
    film->request->expected = g_strdup(call->request->expected);
    g_clear_pointer(&film->xml, g_bytes_unref);
    film->xml = call->xml ? g_bytes_ref(call->xml) : NULL;
    film->request->group_name = g_strdup(call->request->group_name);
    film->request->strict = call->request->strict;
    g_autoptr(GBytes) frame = wire_answer_build(1, film->answer, film->answer_text, film->warning);
    send_frame(fd, frame);
}

static void serve_definition(const Film *film, int fd, const WireCall *call)
{
    const char *text = call->running ? film->running : film->wanted;
    if (!text) {
        cli_server_send_answer(fd, HA_ANSWER_UNKNOWN, "no definition of that name");
        return;
    }
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    g_autoptr(GBytes) xml = g_bytes_new(text, strlen(text));
    g_autoptr(GBytes) frame = wire_definition_build(hash, xml);
    send_frame(fd, frame);
}

/* node3 may not be lost: vm6 would find no place. */
static void serve_capacity(Film *film, int fd, const WireCall *call)
{
    HaCapacityVm vm = {(char *)"vm6", 512, (char *)"needs 512 MiB; of the 2 hosts left the emptiest has 80 MiB"};
    HaCapacityLoss loss = {
        .hosts = g_ptr_array_new(), .n_vms = 2, .mem_mib = 1024, .down = g_ptr_array_new(), .could_fit = FALSE};
    HaCapacity capacity = {.lose = 1, .n_sets = 3, .n_bad = 1, .exhaustive = TRUE, .losses = g_ptr_array_new()};
    g_ptr_array_add(loss.hosts, (gpointer) "node3");
    g_ptr_array_add(loss.down, &vm);
    g_ptr_array_add(capacity.losses, &loss);
    film->lose = call->lose;
    g_autoptr(GBytes) frame = wire_capacity_build(&capacity);
    send_frame(fd, frame);
    g_ptr_array_unref(loss.hosts);
    g_ptr_array_unref(loss.down);
    g_ptr_array_unref(capacity.losses);
}

void film_play(CliServer *server, int fd, const WireCall *call, gpointer data)
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
    case HACTL__CALL_KIND__CALL_EXPLAIN:
        cli_server_send_explanation(fd, call->vm, call->moves ? "its moves" : call->node);
        break;
    case HACTL__CALL_KIND__CALL_DEFINITION:
        serve_definition(film, fd, call);
        break;
    case HACTL__CALL_KIND__CALL_CAPACITY:
        serve_capacity(film, fd, call);
        break;
    default:
        cli_server_send_answer(fd, HA_ANSWER_UNKNOWN, "a call that the film does not know");
        break;
    }
}

/* ---- the child ---- */

void run_clear(Run *run)
{
    g_free(run->out);
    g_free(run->err);
}
GSubprocess *run_spawn(const char *socket, const char *const *arguments)
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

Run run_finish(GSubprocess *child)
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

Run run_hactl(const char *socket, const char *const *arguments)
{
    g_autoptr(GSubprocess) child = run_spawn(socket, arguments);
    return run_finish(child);
}

void run_assert_error(const Run *run, int exit, const char *named)
{
    assert_int_equal(run->exit, exit);
    assert_true(g_str_has_prefix(run->err, "hactl: "));
    assert_ptr_equal(strchr(run->err, '\n'), run->err + strlen(run->err) - 1);
    assert_non_null(strstr(run->err, "; "));
    assert_non_null(strstr(run->err, named));
}
