/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tools run without being waited for: their ends, their deadlines, their output. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <signal.h>
#include <string.h>

#include "agent/io/io_tool.h"

typedef struct {
    GMainLoop *loop;
    guint calls;
    IoToolOutcome outcome;
    int exit_code;
    char *out, *err, *error;
} Answer;

static void on_done(const IoToolResult *result, gpointer data)
{
    Answer *answer = data;
    answer->calls++;
    answer->outcome = result->outcome;
    answer->exit_code = result->exit_code;
    answer->out = g_strdup(result->out);
    answer->err = g_strdup(result->err);
    answer->error = g_strdup(result->error);
    g_main_loop_quit(answer->loop);
}

static void answer_clear(Answer *answer)
{
    g_main_loop_unref(answer->loop);
    g_free(answer->out);
    g_free(answer->err);
    g_free(answer->error);
}

static Answer run(const char *const *argv, const char *input, guint timeout_ms)
{
    Answer answer = {.loop = g_main_loop_new(NULL, FALSE)};
    g_autoptr(GBytes) bytes = input ? g_bytes_new(input, strlen(input)) : NULL;
    io_tool_run(argv, bytes, timeout_ms, on_done, &answer);
    assert_int_equal(answer.calls, 0); /* never from within the call */
    g_main_loop_run(answer.loop);
    assert_int_equal(answer.calls, 1);
    return answer;
}

static Answer run_shell(const char *script, const char *input, guint timeout_ms)
{
    const char *argv[] = {"sh", "-c", script, NULL};
    return run(argv, input, timeout_ms);
}

static void test_success(void **state)
{
    Answer answer = run_shell("echo one; echo two >&2; cat", "three\n", 10000);
    assert_int_equal(answer.outcome, IO_TOOL_EXITED);
    assert_int_equal(answer.exit_code, 0);
    assert_string_equal(answer.out, "one\nthree\n");
    assert_string_equal(answer.err, "two\n");
    assert_null(answer.error);
    answer_clear(&answer);
}

static void test_failure(void **state)
{
    static const struct {
        const char *script, *error;
    } table[] = {
        {"echo first >&2; echo 'no such thing' >&2; exit 107", "sh failed with exit code 107: no such thing"},
        {"echo 'only here'; exit 1", "sh failed with exit code 1: only here"},
        {"exit 2", "sh failed with exit code 2: it gave no reason"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        Answer answer = run_shell(table[i].script, NULL, 10000);
        assert_int_equal(answer.outcome, IO_TOOL_EXITED);
        assert_string_equal(answer.error, table[i].error);
        answer_clear(&answer);
    }
}

static void test_signal(void **state)
{
    Answer answer = run_shell("kill -9 $$", NULL, 10000);
    assert_int_equal(answer.outcome, IO_TOOL_BROKEN);
    assert_string_equal(answer.error, "sh was killed by signal 9");
    answer_clear(&answer);
}

static void test_no_such_tool(void **state)
{
    const char *argv[] = {"hactl-no-such-tool", NULL};
    Answer answer = run(argv, "input", 10000);
    assert_int_equal(answer.outcome, IO_TOOL_BROKEN);
    assert_non_null(strstr(answer.error, "hactl-no-such-tool can't be started"));
    answer_clear(&answer);
}

/* At the deadline it is dead, by its own process id, and what it has written so far is there. */
static void test_deadline(void **state)
{
    Answer answer = run_shell("echo $$; exec sleep 60", NULL, 200);
    assert_int_equal(answer.outcome, IO_TOOL_TIMED_OUT);
    assert_string_equal(answer.error, "sh did not answer within 200 ms");
    int pid = atoi(answer.out);
    assert_true(pid > 1);
    assert_int_equal(kill(pid, 0), -1);
    answer_clear(&answer);
}

/* One that does not read its input is judged by its exit code. */
static void test_input_unread(void **state)
{
    g_autofree char *input = g_strnfill(1024 * 1024, 'x');
    Answer answer = run_shell("exit 0", input, 10000);
    assert_int_equal(answer.outcome, IO_TOOL_EXITED);
    assert_null(answer.error);
    answer_clear(&answer);
}

static void test_large_both_ways(void **state)
{
    g_autofree char *input = g_strnfill(3 * 1024 * 1024, 'y');
    Answer answer = run_shell("cat", input, 20000);
    assert_int_equal(answer.outcome, IO_TOOL_EXITED);
    assert_string_equal(answer.out, input);
    answer_clear(&answer);
}

static void test_too_much(void **state)
{
    Answer answer = run_shell("exec cat /dev/zero", NULL, 60000);
    assert_int_equal(answer.outcome, IO_TOOL_BROKEN);
    assert_string_equal(answer.error, "sh wrote more than 64 MiB");
    answer_clear(&answer);
}

static gboolean on_quit(gpointer data)
{
    g_main_loop_quit(data);
    return G_SOURCE_REMOVE;
}

static void test_cancel(void **state)
{
    const char *argv[] = {"sleep", "60", NULL};
    const char *missing[] = {"hactl-no-such-tool", NULL};
    Answer answer = {.loop = g_main_loop_new(NULL, FALSE)};
    io_tool_cancel(io_tool_run(argv, NULL, 10000, on_done, &answer));
    io_tool_cancel(io_tool_run(missing, NULL, 10000, on_done, &answer));
    g_timeout_add(100, on_quit, answer.loop);
    g_main_loop_run(answer.loop);
    assert_int_equal(answer.calls, 0);
    answer_clear(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_success),
        cmocka_unit_test(test_failure),
        cmocka_unit_test(test_signal),
        cmocka_unit_test(test_no_such_tool),
        cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_input_unread),
        cmocka_unit_test(test_large_both_ways),
        cmocka_unit_test(test_too_much),
        cmocka_unit_test(test_cancel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
