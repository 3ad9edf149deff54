/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_progress.h"

#include "agent/cli/cli_format.h"

#include <unistd.h>

#define BAR_CELLS 24u
#define BAR_CELLS_NARROW 10u
#define NARROW_COLUMNS 90u

struct CliProgress {
    CliStyle *style;
    FILE *stream; /* NULL: silent */
    guint drawn;  /* lines of the block on the terminal */
};

/* ---- the block, pure ---- */

static void append_fitted(const CliStyle *style, GString *out, CliColour colour, char *line)
{
    g_autofree char *clean = cli_format_clean(line);
    g_autofree char *fitted = cli_format_fit(clean, style->width);
    cli_style_append(style, out, colour, "%s", fitted);
    g_string_append_c(out, '\n');
    g_free(line);
}

static void add_count(GString *line, guint n, const char *word)
{
    if (n > 0)
        g_string_append_printf(line, ", %u %s", n, word);
}

static char *counts_line(const CliJob *job, gint64 now_ms)
{
    g_autofree char *title = cli_job_title(job);
    g_autofree char *elapsed = cli_format_duration(now_ms - job->begun_ms);
    GString *line = g_string_new(title);
    g_string_append_printf(line, ": %u of %u moved", cli_job_count(job, CLI_MOVE_LANDED), job->moves->len);
    add_count(line, cli_job_count(job, CLI_MOVE_MOVING), "moving");
    add_count(line, cli_job_count(job, CLI_MOVE_WAITING), "waiting");
    add_count(line, cli_job_count(job, CLI_MOVE_RETRYING), "to be tried again");
    add_count(line, cli_job_count(job, CLI_MOVE_DOWN), "down");
    add_count(line, cli_job_count(job, CLI_MOVE_PARKED), "shut down");
    add_count(line, cli_job_count(job, CLI_MOVE_STAYS), "can't be moved");
    if (job->kind == CLI_JOB_DRAIN && job->drain == HA_DRAIN_SETTLING)
        g_string_append(line, ", setting standby");
    g_string_append_printf(line, "; %s", elapsed);
    if (!job->sound)
        g_string_append(line, "; waiting for quorum and Pacemaker");
    return g_string_free(line, FALSE);
}

static char *moving_line(const CliStyle *style, const CliJobMove *move, gint64 now_ms)
{
    guint cells = style->width > 0 && style->width < NARROW_COLUMNS ? BAR_CELLS_NARROW : BAR_CELLS;
    g_autofree char *bar = cli_format_bar(move->progress_permille, cells, style->utf8);
    g_autofree char *elapsed = cli_format_duration(move->begun_ms > 0 ? now_ms - move->begun_ms : 0);
    GString *line = g_string_new(NULL);
    g_string_append_printf(line, "  %-12s -> %-10s %s %3u %%  %s", move->vm, move->to ? move->to : "?", bar,
        move->progress_permille / 10, elapsed);
    if (move->mode == HA_MOVE_RESTART)
        g_string_append(line, "  stop and start");
    if (move->bandwidth_bytes_per_s > 0) {
        g_autofree char *speed = cli_format_rate(move->bandwidth_bytes_per_s);
        g_string_append_printf(line, "  %s", speed);
    }
    if (move->dirty_bytes_per_s > 0) {
        g_autofree char *dirty = cli_format_rate(move->dirty_bytes_per_s);
        g_string_append_printf(line, "  dirties %s", dirty);
    }
    return g_string_free(line, FALSE);
}

static char *retrying_line(const CliJobMove *move)
{
    g_autofree char *delay = cli_format_duration(move->retry_in_ms);
    return g_strdup_printf("  %-12s failed, again%s%s: %s", move->vm, move->retry_in_ms > 0 ? " in " : " soon",
        move->retry_in_ms > 0 ? delay : "", move->detail ? move->detail : "no reason given");
}

void cli_progress_block(const CliStyle *style, const CliJob *job, gint64 now_ms, GString *out)
{
    guint lines_max = style->height > 4 ? style->height - 2 : G_MAXUINT;
    guint lines = 1;
    append_fitted(style, out, CLI_BOLD, counts_line(job, now_ms));
    for (guint i = 0; i < job->moves->len && lines < lines_max; i++) {
        const CliJobMove *move = job->moves->pdata[i];
        if (move->state == CLI_MOVE_MOVING)
            append_fitted(style, out, CLI_PLAIN, moving_line(style, move, now_ms));
        else if (move->state == CLI_MOVE_RETRYING)
            append_fitted(style, out, CLI_WARN, retrying_line(move));
        else
            continue;
        lines++;
    }
}

/* ---- the terminal ---- */

CliProgress *cli_progress_new(CliStyle *style, FILE *stream)
{
    CliProgress *progress = g_new0(CliProgress, 1);
    progress->style = style;
    progress->stream = stream;
    return progress;
}

static void erase(CliProgress *progress)
{
    if (progress->drawn > 0)
        fprintf(progress->stream, "\033[%uA\r\033[J", progress->drawn);
    progress->drawn = 0;
}

void cli_progress_free(CliProgress *progress)
{
    if (!progress)
        return;
    if (progress->stream) {
        erase(progress);
        fflush(progress->stream);
    }
    g_free(progress);
}

void cli_progress_say(CliProgress *progress, CliColour colour, const char *text)
{
    if (!progress->stream)
        return;
    erase(progress);
    g_autofree char *clean = cli_format_clean(text);
    g_autoptr(GString) line = g_string_new(NULL);
    cli_style_append(progress->style, line, colour, "%s", clean);
    fprintf(progress->stream, "%s\n", line->str);
    fflush(progress->stream);
}

static void tell_news(CliProgress *progress, CliJob *job)
{
    for (guint i = 0; i < job->news->len; i++) {
        const CliNews *news = job->news->pdata[i];
        if (news->lasting || !progress->style->tty)
            cli_progress_say(progress, news->colour, news->text);
    }
    g_ptr_array_set_size(job->news, 0);
}

static guint count_lines(const char *text)
{
    guint n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

void cli_progress_update(CliProgress *progress, CliJob *job, gint64 now_ms)
{
    tell_news(progress, job);
    if (!progress->stream || !progress->style->tty || job->state != CLI_JOB_RUNNING)
        return;
    cli_style_resize(fileno(progress->stream), progress->style);
    g_autoptr(GString) block = g_string_new(NULL);
    cli_progress_block(progress->style, job, now_ms, block);
    erase(progress);
    fputs(block->str, progress->stream);
    fflush(progress->stream);
    progress->drawn = count_lines(block->str);
}
