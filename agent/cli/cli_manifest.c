/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_manifest.h"

#include <stdio.h>
#include <string.h>

#include "agent/cli/cli_client.h"
#include "agent/cli/cli_format.h"
#include "agent/cli/cli_json.h"
#include "agent/core/ha_apply.h"
#include "agent/core/model/ha_sorted.h"
#include "agent/wire/wire_manifest.h"

#define BATCH_BYTES (256u * 1024u) /* of one call; its definitions travel the cluster before the next one is sent */
#define BATCH_DEFINITIONS 64u

MfFile *cli_manifest_read(const CliRun *run, GError **error)
{
    const char *path = run->options.file;
    if (!path) {
        g_set_error(error, CLI_ERROR, CLI_EXIT_USAGE, "%s: no file; name it with -f FILE, or -f - for standard input",
            run->verb->name);
        return NULL;
    }
    g_autoptr(MfProblems) problems = mf_problems_new();
    MfFile *file = mf_file_read(path, problems);
    if (file)
        return file;
    g_autofree char *text = mf_problems_text(problems, mf_file_name(path));
    fputs(text, stderr);
    g_set_error(error, CLI_ERROR, CLI_EXIT_REFUSED, "%s: %s has %u problem%s; nothing was changed", run->verb->name,
        mf_file_name(path), problems->n, problems->n == 1 ? "" : "s");
    return NULL;
}

/* ---- hactld ---- */

static Hactl__Request apply_request(const CliRun *run, Hactl__Manifest *manifest)
{
    Hactl__Request request = HACTL__REQUEST__INIT;
    request.kind = HA_REQUEST_APPLY;
    request.manifest = manifest;
    WIRE_SET(&request, prune, run->options.prune);
    WIRE_SET(&request, stop, run->options.stop);
    WIRE_SET(&request, allow_local, run->options.allow_local);
    return request;
}

static WireResult *plan(const CliRun *run, const MfFile *file, GError **error)
{
    g_autoptr(WireArena) arena = wire_arena_new();
    Hactl__Request request = apply_request(run, wire_manifest_put(arena, file->text->manifest));
    Hactl__Call call = HACTL__CALL__INIT;
    call.kind = HACTL__CALL_KIND__CALL_PLAN;
    call.request = &request;
    g_autoptr(WireResult) result = cli_client_call(&call, run->verb->name, CLI_CALL_TIMEOUT_MS, error);
    if (result && !result->apply)
        cli_client_set_mismatch(run->verb->name, error);
    return result && result->apply ? g_steal_pointer(&result) : NULL;
}

static gboolean send_batch(const CliRun *run, GPtrArray *batch, gboolean keep, GError **error)
{
    Hactl__Call call = HACTL__CALL__INIT;
    call.kind = HACTL__CALL_KIND__CALL_STORE;
    WIRE_SET(&call, keep, keep);
    call.n_definitions = batch->len;
    call.definitions = (Hactl__Definition **)batch->pdata;
    g_autoptr(WireResult) result = cli_client_call(&call, run->verb->name, CLI_REQUEST_TIMEOUT_MS, error);
    g_ptr_array_set_size(batch, 0);
    return result != NULL;
}

static Hactl__Definition *definition_message(const MfDefinition *definition)
{
    Hactl__Definition *message = g_new0(Hactl__Definition, 1);
    hactl__definition__init(message);
    message->hash = definition->hash;
    message->xml.data = (uint8_t *)g_bytes_get_data(definition->xml, &message->xml.len);
    return message;
}

static gboolean send_missing(
    const CliRun *run, const MfFile *file, const Hactl__Apply *apply, gboolean keep, GError **error)
{
    g_autoptr(GPtrArray) batch = g_ptr_array_new_with_free_func(g_free);
    gsize bytes = 0;
    for (gsize i = 0; i < apply->n_missing; i++) {
        const MfDefinition *definition = ha_sorted_find(file->definitions, apply->missing[i]);
        if (!definition)
            continue; /* given by its sha256 alone: the plan says whether that will do */
        gsize size = g_bytes_get_size(definition->xml);
        if (batch->len && (batch->len >= BATCH_DEFINITIONS || bytes + size > BATCH_BYTES)) {
            if (!send_batch(run, batch, keep, error))
                return FALSE;
            bytes = 0;
        }
        g_ptr_array_add(batch, definition_message(definition));
        bytes += size;
    }
    return batch->len == 0 || send_batch(run, batch, keep, error);
}

WireResult *cli_manifest_plan(const CliRun *run, const MfFile *file, gboolean keep, GError **error)
{
    g_autoptr(WireResult) first = plan(run, file, error);
    if (!first || first->apply->n_missing == 0)
        return g_steal_pointer(&first);
    return send_missing(run, file, first->apply, keep, error) ? plan(run, file, error) : NULL;
}

gboolean cli_manifest_apply(const CliRun *run, const MfFile *file, GError **error)
{
    g_autoptr(WireArena) arena = wire_arena_new();
    Hactl__Request request = apply_request(run, wire_manifest_put(arena, file->text->manifest));
    return cli_client_request(&request, NULL, run->verb->name, error);
}

/* ---- what it says ---- */

guint cli_manifest_count(const Hactl__Apply *apply, guint kind)
{
    guint n = 0;
    for (gsize i = 0; i < apply->n_lines; i++)
        n += apply->lines[i]->kind == kind;
    return n;
}

static void show_line(const CliStyle *style, const Hactl__ApplyLine *line, GString *out)
{
    static const struct {
        char sign;
        CliColour colour;
    } looks[HA_APPLY_KINDS] = {{'+', CLI_GOOD}, {'~', CLI_WARN}, {'-', CLI_BAD}, {' ', CLI_DIM}, {'!', CLI_BAD}};
    g_autofree char *text = cli_format_clean(line->text);
    cli_style_append(style, out, looks[line->kind].colour, "%c %s", looks[line->kind].sign, line->subject);
    g_string_append_printf(out, "%s%s\n", *text ? ": " : "", text);
}

static void print_refusals(const MfFile *file, const Hactl__Apply *apply)
{
    g_autoptr(MfProblems) problems = mf_problems_new();
    for (gsize i = 0; i < apply->n_lines; i++) {
        const Hactl__ApplyLine *line = apply->lines[i];
        if (line->kind == HA_APPLY_REFUSE)
            mf_problems_add(problems, mf_text_place(file->text, line->subject), "%s: %s", line->subject, line->text);
    }
    g_autofree char *text = mf_problems_text(problems, file->name);
    fputs(text, stderr);
}

static void print_json(const CliRun *run, const Hactl__Apply *apply)
{
    g_autoptr(JsonBuilder) json = json_builder_new();
    json_builder_begin_object(json);
    cli_json_text(json, "verb", run->verb->name);
    json_builder_set_member_name(json, "lines");
    json_builder_begin_array(json);
    for (gsize i = 0; i < apply->n_lines; i++) {
        json_builder_begin_object(json);
        cli_json_text(json, "act", ha_apply_word((HaApplyKind)apply->lines[i]->kind));
        cli_json_text(json, "subject", apply->lines[i]->subject);
        cli_json_text(json, "text", apply->lines[i]->text);
        json_builder_end_object(json);
    }
    json_builder_end_array(json);
    json_builder_end_object(json);
    cli_json_print(json, TRUE);
}

void cli_manifest_print(const CliRun *run, const MfFile *file, const Hactl__Apply *apply)
{
    g_autoptr(GString) out = g_string_new(NULL);
    if (run->options.json) {
        print_json(run, apply);
    } else {
        for (gsize i = 0; i < apply->n_lines; i++)
            if (apply->lines[i]->kind != HA_APPLY_REFUSE)
                show_line(&run->style, apply->lines[i], out);
        fputs(out->str, stdout);
        fflush(stdout);
    }
    print_refusals(file, apply);
}

void cli_manifest_set_refused(const CliRun *run, const Hactl__Apply *apply, GError **error)
{
    guint n = cli_manifest_count(apply, HA_APPLY_REFUSE);
    g_set_error(error, CLI_ERROR, CLI_EXIT_REFUSED, "%s: %u thing%s in the way; nothing was changed", run->verb->name,
        n, n == 1 ? " stands" : "s stand");
}
