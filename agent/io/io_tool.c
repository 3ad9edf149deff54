/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_tool.h"

#include <gio/gio.h>
#include <gio/gunixoutputstream.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>

#define CHUNK_BYTES (64u * 1024u)

typedef struct {
    IoTool *tool;
    GInputStream *stream; /* borrowed from the process */
    GString *text;
} Pipe;

struct IoTool {
    guint refs;           /* the owner's, and one for each operation under way */
    GSubprocess *process; /* NULL when it could not be started */
    GCancellable *cancel;
    GBytes *input;
    Pipe out, err;
    char *name;
    char *error; /* nullable */
    guint timeout_ms;
    guint timer;
    guint pending; /* operations that have to end before done() */
    IoToolOutcome outcome;
    IoToolDone done; /* NULL once called or cancelled */
    gpointer data;
};

static void tool_release(IoTool *tool, guint refs)
{
    tool->refs -= refs;
    if (tool->refs > 0)
        return;
    g_clear_handle_id(&tool->timer, g_source_remove);
    g_clear_object(&tool->process);
    g_clear_object(&tool->cancel);
    g_clear_pointer(&tool->input, g_bytes_unref);
    g_string_free(tool->out.text, TRUE);
    g_string_free(tool->err.text, TRUE);
    g_free(tool->name);
    g_free(tool->error);
    g_free(tool);
}

/* The last line a tool wrote is where it says why. */
static char *last_words(const char *text)
{
    g_autofree char *copy = g_strchomp(g_strdup(text));
    const char *line = strrchr(copy, '\n');
    g_autofree char *words = g_strdup(line ? line + 1 : copy);
    return *words ? g_utf8_make_valid(words, -1) : g_strdup("it gave no reason");
}

static void report(IoTool *tool)
{
    IoToolResult result = {.outcome = tool->outcome, .out = tool->out.text->str, .err = tool->err.text->str};
    if (tool->outcome == IO_TOOL_EXITED && g_subprocess_get_if_exited(tool->process)) {
        result.exit_code = g_subprocess_get_exit_status(tool->process);
    } else if (tool->outcome == IO_TOOL_EXITED) {
        result.outcome = IO_TOOL_BROKEN;
        tool->error =
            g_strdup_printf("%s was killed by signal %d", tool->name, g_subprocess_get_term_sig(tool->process));
    }
    if (result.outcome == IO_TOOL_EXITED && result.exit_code != 0) {
        g_autofree char *words = last_words(*result.err ? result.err : result.out);
        tool->error = g_strdup_printf("%s failed with exit code %d: %s", tool->name, result.exit_code, words);
    }
    result.error = tool->error;
    tool->done(&result, tool->data);
}

static void begin(IoTool *tool)
{
    tool->refs++;
    tool->pending++;
}

static void end(IoTool *tool)
{
    guint refs = 1;
    if (--tool->pending == 0 && tool->done) {
        g_clear_handle_id(&tool->timer, g_source_remove);
        report(tool);
        tool->done = NULL;
        refs++; /* the owner's */
    }
    tool_release(tool, refs);
}

/* A grandchild may keep the pipes open after the tool's death: what is left of them is not waited for. */
static void stop(IoTool *tool, IoToolOutcome outcome, char *error)
{
    if (tool->outcome == IO_TOOL_EXITED) {
        tool->outcome = outcome;
        tool->error = error;
    } else {
        g_free(error);
    }
    g_subprocess_force_exit(tool->process);
    g_cancellable_cancel(tool->cancel);
}

static void pipe_read(Pipe *pipe);

static void on_read(GObject *source, GAsyncResult *result, gpointer data)
{
    Pipe *pipe = data;
    IoTool *tool = pipe->tool;
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = g_input_stream_read_bytes_finish(G_INPUT_STREAM(source), result, &error);
    gsize size = 0;
    const char *chunk = bytes ? g_bytes_get_data(bytes, &size) : NULL;
    if (size > 0)
        g_string_append_len(pipe->text, chunk, (gssize)size);
    if (pipe->text->len > IO_TOOL_OUTPUT_BYTES_MAX)
        stop(tool, IO_TOOL_BROKEN,
            g_strdup_printf("%s wrote more than %u MiB", tool->name, IO_TOOL_OUTPUT_BYTES_MAX >> 20));
    else if (size > 0)
        pipe_read(pipe);
    else if (error && !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        stop(tool, IO_TOOL_BROKEN, g_strdup_printf("the output of %s can't be read: %s", tool->name, error->message));
    end(tool);
}

static void pipe_read(Pipe *pipe)
{
    begin(pipe->tool);
    g_input_stream_read_bytes_async(pipe->stream, CHUNK_BYTES, G_PRIORITY_DEFAULT, pipe->tool->cancel, on_read, pipe);
}

/* A tool that ends before it has read its input is judged by its exit code, not by the broken pipe. */
static void on_written(GObject *source, GAsyncResult *result, gpointer data)
{
    IoTool *tool = data;
    g_output_stream_write_all_finish(G_OUTPUT_STREAM(source), result, NULL, NULL);
    g_output_stream_close(G_OUTPUT_STREAM(source), NULL, NULL);
    end(tool);
}

static void on_exited(GObject *source, GAsyncResult *result, gpointer data)
{
    IoTool *tool = data;
    /* No cancellable: it always ends, and always well. */
    g_subprocess_wait_finish(G_SUBPROCESS(source), result, NULL);
    end(tool);
}

static gboolean on_deadline(gpointer data)
{
    IoTool *tool = data;
    tool->timer = 0;
    stop(tool, IO_TOOL_TIMED_OUT, g_strdup_printf("%s did not answer within %u ms", tool->name, tool->timeout_ms));
    return G_SOURCE_REMOVE;
}

static gboolean on_not_started(gpointer data)
{
    end(data);
    return G_SOURCE_REMOVE;
}

static void feed(IoTool *tool, GBytes *input)
{
    gsize size = 0;
    tool->input = g_bytes_ref(input);
    const void *bytes = g_bytes_get_data(tool->input, &size);
    GOutputStream *stream = g_subprocess_get_stdin_pipe(tool->process);
    /* Else GIO writes the whole of it at once, and the main loop waits until the tool has read it. */
    g_unix_set_fd_nonblocking(g_unix_output_stream_get_fd(G_UNIX_OUTPUT_STREAM(stream)), TRUE, NULL);
    begin(tool);
    g_output_stream_write_all_async(stream, bytes, size, G_PRIORITY_DEFAULT, tool->cancel, on_written, tool);
}

static void watch(IoTool *tool, GBytes *input)
{
    tool->out.stream = g_subprocess_get_stdout_pipe(tool->process);
    tool->err.stream = g_subprocess_get_stderr_pipe(tool->process);
    pipe_read(&tool->out);
    pipe_read(&tool->err);
    if (input)
        feed(tool, input);
    begin(tool);
    g_subprocess_wait_async(tool->process, NULL, on_exited, tool);
    tool->timer = g_timeout_add(tool->timeout_ms, on_deadline, tool);
}

/* A tool may end before it has read all of its input. (GSubprocess gives the child the default again.) */
static void ignore_broken_pipes(void)
{
    struct sigaction action;
    if (sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL)
        signal(SIGPIPE, SIG_IGN);
}

static GSubprocess *spawn(const char *const *argv, gboolean fed, GError **error)
{
    GSubprocessFlags flags = G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE;
    if (fed)
        flags |= G_SUBPROCESS_FLAGS_STDIN_PIPE;
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(flags);
    g_subprocess_launcher_setenv(launcher, "LC_ALL", "C", TRUE);
    return g_subprocess_launcher_spawnv(launcher, argv, error);
}

IoTool *io_tool_run(const char *const *argv, GBytes *input, guint timeout_ms, IoToolDone done, gpointer data)
{
    g_assert(argv && argv[0] && timeout_ms > 0 && done);
    IoTool *tool = g_new0(IoTool, 1);
    *tool = (IoTool){.refs = 1, .timeout_ms = timeout_ms, .done = done, .data = data};
    tool->name = g_strdup(argv[0]);
    tool->cancel = g_cancellable_new();
    tool->out = (Pipe){.tool = tool, .text = g_string_new(NULL)};
    tool->err = (Pipe){.tool = tool, .text = g_string_new(NULL)};

    g_autoptr(GError) error = NULL;
    ignore_broken_pipes();
    tool->process = spawn(argv, input != NULL, &error);
    if (tool->process) {
        watch(tool, input);
        return tool;
    }
    tool->outcome = IO_TOOL_BROKEN;
    tool->error =
        g_strdup_printf("%s can't be started: %s; install Pacemaker's command-line tools", tool->name, error->message);
    begin(tool);
    g_idle_add(on_not_started, tool);
    return tool;
}

void io_tool_cancel(IoTool *tool)
{
    tool->done = NULL;
    g_clear_handle_id(&tool->timer, g_source_remove);
    if (tool->process)
        stop(tool, IO_TOOL_BROKEN, NULL);
    tool_release(tool, 1);
}
