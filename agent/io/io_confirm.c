/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_confirm.h"

#include "agent/io/io_tool.h"

struct IoConfirm {
    IoConfirmDone done;
    gpointer data;
    IoTool *tool; /* NULL: none under way */
    guint64 effect_id;
};

IoConfirm *io_confirm_new(IoConfirmDone done, gpointer data)
{
    IoConfirm *confirm = g_new0(IoConfirm, 1);
    confirm->done = done;
    confirm->data = data;
    return confirm;
}

void io_confirm_free(IoConfirm *confirm)
{
    if (!confirm)
        return;
    if (confirm->tool)
        io_tool_cancel(confirm->tool);
    g_free(confirm);
}

static void on_tool_done(const IoToolResult *result, gpointer data)
{
    IoConfirm *confirm = data;
    confirm->tool = NULL;
    HaOutcome outcome = !result->error                         ? HA_DONE_OK
                        : result->outcome == IO_TOOL_TIMED_OUT ? HA_DONE_TIMED_OUT
                                                               : HA_DONE_FAILED;
    confirm->done(confirm->effect_id, outcome, result->error, confirm->data);
}

void io_confirm_node(IoConfirm *confirm, guint64 effect_id, const char *node, guint32 timeout_ms)
{
    g_assert(!confirm->tool); /* the core asks for one at a time */
    const char *argv[] = {"stonith_admin", "--confirm", node, NULL};
    confirm->effect_id = effect_id;
    confirm->tool = io_tool_run(argv, NULL, timeout_ms, on_tool_done, confirm);
}
