/* SPDX-License-Identifier: GPL-2.0-or-later */
/* import-virtualdomain: ocf:heartbeat:VirtualDomain resources come under hactl, and their VMs run on. */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_client.h"
#include "agent/cli/cli_definition.h"
#include "agent/cli/cli_follow.h"
#include "agent/cli/cli_import_step.h"
#include "agent/cli/cli_interrupt.h"
#include "agent/cli/cli_json.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define DIR "/var/lib/hactl/import"
#define SETTLE_S 60

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)

/* ---- the CIB as it was before, kept until everything is done: whoever was interrupted goes on ---- */

static char *record_path(const char *resource)
{
    g_autofree char *file = g_strconcat(resource, ".xml", NULL);
    return g_build_filename(DIR, file, NULL);
}

static gboolean record(const CliImport *import, xmlDoc *before, GError **error)
{
    g_autofree char *path = record_path(import->resource);
    if (g_mkdir_with_parents(DIR, 0700) == 0 && xmlSaveFile(path, before) > 0)
        return TRUE;
    g_set_error(
        error, CLI_ERROR, CLI_EXIT_FAILED, "%s can't be written: %s; nothing was changed", path, g_strerror(errno));
    return FALSE;
}

/* Returns: (transfer full) the CIB before an import of this resource that was begun and not ended; NULL for none. */
static xmlDoc *recorded(const char *resource)
{
    g_autofree char *path = record_path(resource);
    return g_file_test(path, G_FILE_TEST_EXISTS) ? xmlReadFile(path, NULL, XML_PARSE_NONET | XML_PARSE_HUGE) : NULL;
}

static void forget_record(const CliImport *import)
{
    g_autofree char *path = record_path(import->resource);
    g_unlink(path);
}

/* ---- what there is to do ---- */

static void define(CliImport *import, xmlDoc *cib, const Hactl__View *view, const CliRun *run, gboolean resumed)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) file = import->problem ? NULL : cli_definition_read(import->config, &error);
    if (file)
        cli_import_define(import, cib, file, view, run->options.allow_local, resumed);
    else if (!import->problem)
        import->problem = g_strdup(error->message);
}

static void print_import(const CliImport *import)
{
    if (import->problem) {
        printf("%s: %s\n", import->resource, import->problem);
        return;
    }
    printf("%s: becomes VM %s, %s%s\n", import->resource, import->vm, import->node ? "running on " : "stopped",
        import->node ? import->node : "");
    for (guint i = 0; i < import->left->len; i++)
        printf("  not carried over: %s; its group says what holds for it\n", (const char *)import->left->pdata[i]);
}

/* ---- one VM ---- */

static gboolean add(const CliRun *run, const CliImport *import, const char *title, GError **error)
{
    Hactl__Request request = HACTL__REQUEST__INIT;
    request.kind = HA_REQUEST_VM_ADD;
    request.has_running = request.has_allow_local = TRUE;
    request.running = import->wanted;
    request.allow_local = run->options.allow_local;
    return cli_client_request(&request, import->xml, title, error);
}

static gboolean await_step(CliImportStep step, const CliImport *import, const char *title, GError **error)
{
    gint64 until_ms = cli_interrupt_now_ms() + SETTLE_S * 1000;
    for (;;) {
        g_autoptr(xmlDoc) cib = cli_import_read_cib(error);
        if (!cib)
            return FALSE;
        if (cli_import_is_done(step, import, cib))
            return TRUE;
        if (cli_interrupt_now_ms() >= until_ms) {
            g_set_error(error, CLI_ERROR, CLI_EXIT_TIMEOUT,
                "%s: a step is not done after %d s; run the command again, "
                "it goes on from there",
                title, SETTLE_S);
            return FALSE;
        }
        g_usleep(200000);
    }
}

static gboolean do_one(
    const CliRun *run, CliImportStep step, const CliImport *import, const char *title, GError **error)
{
    g_autoptr(xmlDoc) cib = cli_import_read_cib(error);
    g_autofree char *sentence = cli_import_sentence(step, import);
    if (!cib)
        return FALSE;
    if (cli_import_is_done(step, import, cib))
        return TRUE;
    if (!run->options.json)
        printf("  %s\n", sentence);
    fflush(stdout);
    gboolean asked = step == CLI_IMPORT_ADD ? add(run, import, title, error) : cli_import_do(step, import, NULL, error);
    return asked && await_step(step, import, title, error);
}

static gboolean is_cared_for(const Hactl__View *view, const char *name, char **ret_text)
{
    const Hactl__ViewVm *vm = cli_view_vm(view, name);
    if (!vm || !vm->managed || vm->state != (vm->wanted_running ? HA_VM_RUNNING : HA_VM_ABSENT))
        return FALSE;
    *ret_text =
        g_strdup_printf("%s is in hactl's care%s%s", name, vm->node ? ", running on " : "", vm->node ? vm->node : "");
    return TRUE;
}

/* Constraints are taken as they are now, since the import before may have changed one that names both. */
static gboolean begin(CliImport *import, xmlDoc *first, GError **error)
{
    g_autoptr(xmlDoc) now = import->before ? NULL : cli_import_read_cib(error);
    if (import->before)
        return TRUE;
    if (!now)
        return FALSE;
    cli_import_constraints(import, now);
    cli_import_set_orphans(now, first);
    return record(import, now, error);
}

/* @first: the CIB before the first import. */
static gboolean import_one(const CliRun *run, CliImport *import, xmlDoc *first, GError **error)
{
    g_autofree char *title = g_strdup_printf("import of %s", import->resource), *text = NULL;
    g_autoptr(GError) reason = NULL;
    gboolean done = begin(import, first, &reason);
    for (CliImportStep step = CLI_IMPORT_UNMANAGE; done && step <= CLI_IMPORT_CONSTRAIN; step++)
        done = do_one(run, step, import, title, &reason);
    if (!done) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return FALSE;
    }
    forget_record(import);
    if (!cli_follow_vm(title, import->vm, is_cared_for, SETTLE_S, &text, error))
        return FALSE;
    if (!run->options.json)
        printf("%s\n", text);
    return TRUE;
}

/* ---- all of them ---- */

static void print_json(const CliRun *run, const GPtrArray *imports)
{
    g_autoptr(JsonBuilder) json = json_builder_new();
    json_builder_begin_object(json);
    cli_json_text(json, "verb", run->verb->name);
    json_builder_set_member_name(json, "vms");
    json_builder_begin_array(json);
    for (guint i = 0; i < imports->len; i++) {
        const CliImport *import = imports->pdata[i];
        json_builder_begin_object(json);
        cli_json_text(json, "vm", import->vm ? import->vm : import->resource);
        cli_json_int(json, "exit_code", import->problem ? CLI_EXIT_REFUSED : CLI_EXIT_DONE);
        cli_json_text(json, "text", import->problem);
        json_builder_end_object(json);
    }
    json_builder_end_array(json);
    json_builder_end_object(json);
    cli_json_print(json, TRUE);
}

/* Those that were begun and not ended, whatever was asked for. */
static void add_resumed(GPtrArray *imports, const Hactl__View *view, const CliRun *run)
{
    g_autoptr(GDir) dir = g_dir_open(DIR, 0, NULL);
    for (const char *file; dir && (file = g_dir_read_name(dir));) {
        g_autofree char *name = g_strndup(file, strcspn(file, "."));
        char *names[] = {name, NULL};
        xmlDoc *before = g_str_has_suffix(file, ".xml") ? recorded(name) : NULL;
        if (!before)
            continue;
        g_autoptr(GPtrArray) found = cli_import_find(before, names);
        CliImport *import = g_ptr_array_steal_index(found, 0);
        import->before = before;
        define(import, before, view, run, TRUE);
        g_ptr_array_add(imports, import);
    }
}

static gboolean is_listed(const GPtrArray *imports, const char *resource)
{
    for (guint i = 0; i < imports->len; i++)
        if (g_str_equal(((const CliImport *)imports->pdata[i])->resource, resource))
            return TRUE;
    return FALSE;
}

static GPtrArray *find_all(const CliRun *run, xmlDoc *cib, const Hactl__View *view)
{
    GPtrArray *imports = g_ptr_array_new_with_free_func((GDestroyNotify)cli_import_free);
    add_resumed(imports, view, run);
    g_autoptr(GPtrArray) found = cli_import_find(cib, run->options.args);
    while (found->len) {
        CliImport *import = g_ptr_array_steal_index(found, 0);
        if (is_listed(imports, import->resource)) {
            cli_import_free(import);
            continue;
        }
        define(import, cib, view, run, FALSE);
        g_ptr_array_add(imports, import);
    }
    return imports;
}

/* Only what is begun afresh is rehearsed: who was interrupted can but go on. */
static gboolean rehearse(const CliRun *run, xmlDoc *cib, const GPtrArray *imports, GError **error)
{
    g_autoptr(GPtrArray) fresh = g_ptr_array_new();
    g_autoptr(GString) told = g_string_new(NULL);
    for (guint i = 0; i < imports->len; i++) {
        const CliImport *import = imports->pdata[i];
        if (!import->problem && !import->before)
            g_ptr_array_add(fresh, (gpointer)import);
    }
    if (!fresh->len)
        return TRUE;
    gboolean quiet = cli_import_rehearse(cib, fresh, told, error);
    if (quiet && run->options.dry_run && !run->options.json)
        printf("The steps, rehearsed with Pacemaker's scheduler: after none of them would anything start, stop or "
               "move.\n%s",
            told->str);
    return quiet;
}

static gboolean import_all(const CliRun *run, xmlDoc *cib, const GPtrArray *imports, GError **error)
{
    xmlDoc *first = cib;
    gboolean done = TRUE;
    for (guint i = imports->len; i-- > 0;)
        first = ((const CliImport *)imports->pdata[i])->before ? ((const CliImport *)imports->pdata[i])->before : first;
    if (!cli_import_do(CLI_IMPORT_KEEP_ORPHANS, NULL, first, error))
        return FALSE;
    for (guint i = 0; done && i < imports->len; i++) {
        CliImport *import = imports->pdata[i];
        done = import->problem || import_one(run, import, first, error);
    }
    /* Not before everything is done: what is removed and not yet forgotten would be stopped. */
    return done && cli_import_do(CLI_IMPORT_STOP_ORPHANS, NULL, first, error);
}

static guint problems(const GPtrArray *imports)
{
    guint n = 0;
    for (guint i = 0; i < imports->len; i++)
        n += ((const CliImport *)imports->pdata[i])->problem != NULL;
    return n;
}

CliExit cmd_import_virtualdomain(CliRun *run, GError **error)
{
    g_autoptr(WireResult) view = cli_client_view(run->verb->name, error);
    g_autoptr(xmlDoc) cib = view ? cli_import_read_cib(error) : NULL;
    if (!cib)
        return CLI_EXIT_FAILED;
    g_autoptr(GPtrArray) imports = find_all(run, cib, view->view);
    for (guint i = 0; i < imports->len && !run->options.json; i++)
        print_import(imports->pdata[i]);
    if (!imports->len && !run->options.json)
        printf("the cluster has no ocf:heartbeat:VirtualDomain resource\n");
    guint n = problems(imports);
    cli_interrupt_catch();
    if (n < imports->len &&
        (!rehearse(run, cib, imports, error) || (!run->options.dry_run && !import_all(run, cib, imports, error)))) {
        g_prefix_error(error, "%s: ", run->verb->name);
        return CLI_EXIT_FAILED;
    }
    if (run->options.json)
        print_json(run, imports);
    return n ? CLI_EXIT_PARTIAL : CLI_EXIT_DONE;
}
