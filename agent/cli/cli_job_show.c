/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_format.h"
#include "agent/cli/cli_job.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_table.h"

const char *cli_job_state_word(CliJobState state)
{
    static const char *const words[CLI_JOB_STATES] = {
        [CLI_JOB_RUNNING] = "running",
        [CLI_JOB_DONE] = "done",
        [CLI_JOB_PARTIAL] = "partial",
        [CLI_JOB_FAILED] = "failed",
        [CLI_JOB_CANCELLED] = "cancelled",
        [CLI_JOB_TIMEOUT] = "timeout",
        [CLI_JOB_INTERRUPTED] = "interrupted",
    };
    g_assert(state < CLI_JOB_STATES);
    return words[state];
}

const char *cli_move_word(CliMoveState state)
{
    static const char *const words[CLI_MOVE_STATES] = {
        [CLI_MOVE_WAITING] = "waiting",
        [CLI_MOVE_MOVING] = "moving",
        [CLI_MOVE_RETRYING] = "retrying",
        [CLI_MOVE_STAYS] = "stays",
        [CLI_MOVE_LANDED] = "landed",
        [CLI_MOVE_DOWN] = "down",
        [CLI_MOVE_GONE] = "gone",
        [CLI_MOVE_PARKED] = "parked",
    };
    g_assert(state < CLI_MOVE_STATES);
    return words[state];
}

static const char *kind_word(CliJobKind kind)
{
    static const char *const words[] = {
        [CLI_JOB_DRAIN] = "drain",
        [CLI_JOB_RETURN] = "undrain",
        [CLI_JOB_UNDRAIN] = "undrain",
        [CLI_JOB_MIGRATE] = "migrate",
    };
    return words[kind];
}

char *cli_job_title(const CliJob *job)
{
    return g_strdup_printf("%s %s", kind_word(job->kind), job->subject);
}

static CliColour move_colour(CliMoveState state)
{
    switch (state) {
    case CLI_MOVE_LANDED:
    case CLI_MOVE_PARKED:
        return CLI_GOOD;
    case CLI_MOVE_STAYS:
    case CLI_MOVE_RETRYING:
        return CLI_WARN;
    case CLI_MOVE_DOWN:
        return CLI_BAD;
    case CLI_MOVE_WAITING:
    case CLI_MOVE_MOVING:
    case CLI_MOVE_GONE:
    case CLI_MOVE_STATES:
        break;
    }
    return CLI_PLAIN;
}

static const char *how_word(const CliJobMove *move)
{
    return move->state == CLI_MOVE_PARKED ? "stop" : ha_move_mode_word(move->mode);
}

static void show_table(const CliStyle *style, const CliJob *job, GString *out)
{
    g_autoptr(CliTable) table = cli_table_new(style);
    cli_table_column(table, "VM", CLI_COLUMN_LEFT);
    cli_table_column(table, "FROM", CLI_COLUMN_LEFT);
    cli_table_column(table, "TO", CLI_COLUMN_LEFT);
    cli_table_column(table, "HOW", CLI_COLUMN_LEFT);
    cli_table_column(table, "TIME", CLI_COLUMN_RIGHT);
    cli_table_column(table, "RESULT", CLI_COLUMN_LEFT);
    for (guint i = 0; i < job->moves->len; i++) {
        const CliJobMove *move = job->moves->pdata[i];
        cli_table_row(table);
        cli_table_cell(table, CLI_PLAIN, move->vm);
        cli_table_cell(table, CLI_PLAIN, move->from);
        cli_table_cell(table, CLI_PLAIN, move->state == CLI_MOVE_STAYS ? NULL : move->to);
        cli_table_cell(table, CLI_PLAIN, how_word(move));
        cli_table_take(table, CLI_PLAIN, move->duration_ms >= 0 ? cli_format_duration(move->duration_ms) : NULL);
        cli_table_cell(table, move_colour(move->state), cli_move_word(move->state));
    }
    cli_table_append(table, out, 2);
}

static void show_reasons(const CliJob *job, GString *out)
{
    for (guint i = 0; i < job->moves->len; i++) {
        const CliJobMove *move = job->moves->pdata[i];
        if ((move->state != CLI_MOVE_STAYS && move->state != CLI_MOVE_RETRYING) || !move->detail)
            continue;
        g_autofree char *detail = cli_format_clean(move->detail);
        g_string_append_printf(out, "  %s: %s\n", move->vm, detail);
        if (move->remedy)
            g_string_append_printf(out, "      -> %s\n", move->remedy);
    }
}

void cli_job_show(const CliStyle *style, const CliJob *job, GString *out)
{
    g_autofree char *title = cli_job_title(job);
    g_autofree char *time = cli_format_duration(job->ended_ms - job->begun_ms);
    gboolean done = job->state == CLI_JOB_DONE;
    cli_style_append(style, out, done ? CLI_GOOD : CLI_WARN, "%s: %s", title, cli_job_state_word(job->state));
    g_string_append_printf(out, " after %s", time);
    if (job->kind == CLI_JOB_DRAIN && done)
        g_string_append_printf(out, "; %s is empty and in standby", job->subject);
    if ((job->kind == CLI_JOB_UNDRAIN || job->kind == CLI_JOB_RETURN) && done)
        g_string_append_printf(out, "; %s takes VMs again", job->subject);
    g_string_append_c(out, '\n');
    show_table(style, job, out);
    show_reasons(job, out);
}

static void add_move(JsonBuilder *json, const CliJobMove *move)
{
    json_builder_begin_object(json);
    cli_json_text(json, "vm", move->vm);
    cli_json_text(json, "from", move->from);
    cli_json_text(json, "to", move->state == CLI_MOVE_STAYS ? NULL : move->to);
    cli_json_text(json, "mode", how_word(move));
    cli_json_text(json, "result", cli_move_word(move->state));
    cli_json_known(json, "duration_ms", move->duration_ms >= 0, move->duration_ms);
    cli_json_int(json, "attempts_failed", move->failures);
    cli_json_text(json, "detail", move->detail);
    cli_json_text(json, "remedy", move->remedy);
    json_builder_end_object(json);
}

void cli_job_json(JsonBuilder *json, const CliJob *job)
{
    json_builder_begin_object(json);
    cli_json_text(json, "verb", kind_word(job->kind));
    cli_json_text(json, "subject", job->subject);
    cli_json_text(json, "outcome", cli_job_state_word(job->state));
    cli_json_known(json, "duration_ms", job->state != CLI_JOB_RUNNING, job->ended_ms - job->begun_ms);
    json_builder_set_member_name(json, "standby");
    if (job->kind == CLI_JOB_MIGRATE)
        json_builder_add_null_value(json);
    else
        json_builder_add_boolean_value(json, job->standby);
    json_builder_set_member_name(json, "moves");
    json_builder_begin_array(json);
    for (guint i = 0; i < job->moves->len; i++)
        add_move(json, job->moves->pdata[i]);
    json_builder_end_array(json);
    json_builder_end_object(json);
}
