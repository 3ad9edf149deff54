/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_progress - what the resource agent says of a migration it runs: one datagram a step, on a socket of ours.
 *
 * A datagram is one line of KEY=VALUE words: vm=NAME phase=precheck|running|done|failed, and any of total= remaining=
 * processed= (bytes), dirty_bps= bandwidth_bps= (bytes a second), downtime_ms= iteration= elapsed_ms=, reason="..." (C
 * escapes, with phase=failed). The agent doesn't wait for us and works without us; garbage is counted and dropped.
 */
#ifndef IO_PROGRESS_H
#define IO_PROGRESS_H

#include "agent/core/model/ha_report.h"

#define IO_PROGRESS_PATH "/run/hactl/progress.sock"
#define IO_PROGRESS_LINE_MAX 2048u
#define IO_PROGRESS_VMS_MAX 1024u
#define IO_PROGRESS_KEEP_MS 5000    /* after done */
#define IO_PROGRESS_FAILED_MS 30000 /* after failed: the reason must outlive the leader's finding out */
#define IO_PROGRESS_SILENCE_MS 15000

typedef enum {
    IO_PROGRESS_PRECHECK,
    IO_PROGRESS_RUNNING,
    IO_PROGRESS_DONE,
    IO_PROGRESS_FAILED,
} IoProgressPhase;

typedef struct {
    char *vm;
    IoProgressPhase phase;
    HaMigration migration;
    char *reason; /* nullable; only with FAILED */
} IoProgressLine;

typedef struct IoProgress IoProgress;

typedef struct {
    void (*changed)(const char *vm, gpointer data); /* a line came, or what was kept was dropped; main context */
} IoProgressHandler;

/**
 * io_progress_parse - read one line.
 * @text: @len bytes, any; a newline at the end is allowed. Unknown keys are passed over, malformed or repeated ones
 * refused.
 * @ret_line: set on success, release with io_progress_line_clear.
 * Returns: FALSE and @error, which names the word at fault.
 */
gboolean io_progress_parse(const char *text, gsize len, IoProgressLine *ret_line, GError **error);
void io_progress_line_clear(IoProgressLine *line);

/**
 * io_progress_new - bind the socket (0600; replaces one that is left over; makes the directory, 0755).
 * @path: at most 107 bytes. @handler: copied.
 * Returns: (transfer full); NULL and @error.
 */
IoProgress *io_progress_new(const char *path, const IoProgressHandler *handler, gpointer data, GError **error);
/** io_progress_free - closes and removes the socket. @progress: nullable. */
void io_progress_free(IoProgress *progress);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IoProgress, io_progress_free)

/** io_progress_fill - put what is kept into the migration field (after a failure: the failure field) of the report's
 * VMs, unless the migration failed. Call it after io_libvirt_fill. */
void io_progress_fill(const IoProgress *progress, HaReport *report);

/** io_progress_last - the last line about a VM, NULL when none is kept. Returns: borrowed, until the next main loop
 * iteration. */
const IoProgressLine *io_progress_last(const IoProgress *progress, const char *vm);

/** io_progress_rejected - how many datagrams were refused. */
guint64 io_progress_rejected(const IoProgress *progress);

#endif
