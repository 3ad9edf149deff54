/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_import_step.h"

#include "agent/cli/cli_error.h"
#include "agent/io/io_cib_change.h"
#include "agent/io/io_cib_copy.h"
#include "agent/io/io_cib_xml.h"
#include "agent/io/io_definition.h"
#include "agent/io/io_mount.h"
#include "agent/io/io_simulate.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <libxml/parser.h>
#include <string.h>

#define ORPHANS "stop-orphan-resources"
#define CIB_OPTIONS (XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_HUGE)

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)

/* ---- tools ---- */

/* A tool that refuses may print the whole CIB first, and that may hold passwords. Returns: its last line, borrowed. */
static const char *last_line(char *text)
{
    const char *start = text ? strrchr(g_strchomp(text), '\n') : NULL;
    return start ? start + 1 : text ? text : "";
}

/* @cib_file: nullable; a rehearsal's CIB, instead of the cluster's. Returns: (transfer full) what it printed. */
static char *run(const char *cib_file, const char *input, GError **error, const char *const *argv)
{
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(
        G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE | (input ? G_SUBPROCESS_FLAGS_STDIN_PIPE : 0));
    g_autoptr(GError) why = NULL;
    g_autofree char *out = NULL, *err = NULL;
    if (cib_file)
        g_subprocess_launcher_setenv(launcher, "CIB_file", cib_file, TRUE);
    g_autoptr(GSubprocess) child = g_subprocess_launcher_spawnv(launcher, argv, &why);
    if (!child || !g_subprocess_communicate_utf8(child, input, NULL, &out, &err, &why) ||
        !g_spawn_check_wait_status(g_subprocess_get_status(child), &why)) {
        g_autofree char *command = g_strjoinv(" ", (char **)argv);
        g_set_error(error, CLI_ERROR, CLI_EXIT_FAILED, "'%s' failed: %s %s; is Pacemaker running here?", command,
            why->message, last_line(err));
        return NULL;
    }
    return g_steal_pointer(&out);
}

#define RUN(cib_file, error, ...) run_quietly(cib_file, error, (const char *const[]){__VA_ARGS__, NULL})
static gboolean run_quietly(const char *cib_file, GError **error, const char *const *argv)
{
    g_autofree char *out = run(cib_file, NULL, error, argv);
    return out != NULL;
}

/* ---- reading the CIB ---- */

static xmlDoc *read_cib(const char *cib_file, GError **error)
{
    static const char *const argv[] = {"cibadmin", "--query", NULL};
    g_autofree char *text = run(cib_file, NULL, error, argv);
    return text ? xmlReadMemory(text, (int)strlen(text), "cib", NULL, CIB_OPTIONS) : NULL;
}

xmlDoc *cli_import_read_cib(GError **error)
{
    g_autoptr(GError) why = NULL;
    xmlDoc *cib = read_cib(NULL, &why);
    if (!cib)
        g_set_error(error, CLI_ERROR, CLI_EXIT_NO_PACEMAKER, "%s",
            why ? why->message : "the cluster configuration can't be read; is Pacemaker running here?");
    return cib;
}

static const xmlNode *section(xmlDoc *cib, const char *tag)
{
    return io_xml_path(xmlDocGetRootElement(cib), "configuration", tag, NULL);
}

static const xmlNode *resource(xmlDoc *cib, const char *id)
{
    return io_xml_find(section(cib, "resources"), "primitive", "id", id);
}

static const xmlNode *old_resource(xmlDoc *cib, const CliImport *import)
{
    const xmlNode *found = resource(cib, import->resource);
    return found && io_cib_copy_is_vm(found) ? NULL : found; /* the VM may have the same name */
}

static const char *orphans_property(xmlDoc *cib)
{
    const xmlNode *set = io_xml_child(section(cib, "crm_config"), "cluster_property_set");
    for (; set; set = io_xml_next(set, "cluster_property_set")) {
        const xmlNode *nvpair = io_xml_find(set, "nvpair", "name", ORPHANS);
        if (nvpair)
            return io_xml_attr(nvpair, "value");
    }
    return NULL;
}

static const xmlNode *lrm_resources(const xmlNode *state)
{
    return io_xml_path(state, "lrm", "lrm_resources", NULL);
}

static gboolean is_remembered(xmlDoc *cib, const CliImport *import)
{
    const xmlNode *state = io_xml_child(io_xml_child(xmlDocGetRootElement(cib), "status"), "node_state");
    for (; state; state = io_xml_next(state, "node_state")) {
        const xmlNode *history = io_xml_find(lrm_resources(state), "lrm_resource", "id", import->resource);
        if (io_xml_attr_is(history, "type", "VirtualDomain"))
            return TRUE;
    }
    return FALSE;
}

static gboolean is_constrained(xmlDoc *cib, const CliImport *import)
{
    for (guint i = 0; i < import->removed->len; i++)
        if (!io_xml_find(section(cib, "constraints"), NULL, "id", import->removed->pdata[i]))
            return FALSE;
    return TRUE;
}

gboolean cli_import_is_done(CliImportStep step, const CliImport *import, xmlDoc *cib)
{
    const xmlNode *old = old_resource(cib, import);
    const char *managed = io_xml_value(old, "meta_attributes", "is-managed");
    switch (step) {
    case CLI_IMPORT_UNMANAGE:
        return !old || (managed && !io_xml_true(managed));
    case CLI_IMPORT_REMOVE:
        return !old;
    case CLI_IMPORT_FORGET:
        return !old && !is_remembered(cib, import);
    case CLI_IMPORT_ADD:
        return !old && resource(cib, import->vm);
    case CLI_IMPORT_CONSTRAIN:
        return !old && is_constrained(cib, import);
    case CLI_IMPORT_KEEP_ORPHANS:
    case CLI_IMPORT_STOP_ORPHANS:
    case CLI_IMPORT_STEPS:
        break;
    }
    return FALSE;
}

/* ---- the steps ---- */

static char *removal_path(const CliImport *import)
{
    g_autofree char *id = io_xml_quote(import->resource);
    GString *path = g_string_new(NULL);
    g_string_printf(path, "//configuration/resources/primitive[@id=%s]", id);
    for (guint i = 0; i < import->removed->len; i++) {
        g_autofree char *constraint = io_xml_quote(import->removed->pdata[i]);
        g_string_append_printf(path, " | //configuration/constraints/*[@id=%s]", constraint);
    }
    return g_string_free(path, FALSE);
}

static gboolean remove_old(const char *cib_file, const CliImport *import, GError **error)
{
    g_autofree char *path = removal_path(import);
    return RUN(cib_file, error, "cibadmin", "--delete-all", "--force", "--xpath", path);
}

/* A CIB in a file has no controller that could forget, and a history is all there is. */
static gboolean forget_old(const char *cib_file, const CliImport *import, GError **error)
{
    g_autofree char *id = io_xml_quote(import->resource);
    g_autofree char *path = g_strdup_printf("//lrm_resource[@id=%s]", id);
    if (cib_file)
        return RUN(cib_file, error, "cibadmin", "--delete-all", "--force", "--xpath", path);
    return RUN(NULL, error, "crm_resource", "--refresh", "--force", "--resource", import->resource);
}

static gboolean constrain(const char *cib_file, const CliImport *import, GError **error)
{
    for (guint i = 0; i < import->carried->len; i++)
        if (!RUN(cib_file, error, "cibadmin", "--modify", "--allow-create", "--scope", "constraints", "--xml-text",
                import->carried->pdata[i]))
            return FALSE;
    return TRUE;
}

static gboolean restore_orphans(const char *cib_file, xmlDoc *before, GError **error)
{
    const char *value = orphans_property(before);
    if (value)
        return RUN(cib_file, error, "crm_attribute", "--name", ORPHANS, "--update", value);
    return RUN(cib_file, error, "crm_attribute", "--name", ORPHANS, "--delete");
}

static gboolean do_step(
    const char *cib_file, CliImportStep step, const CliImport *import, xmlDoc *before, GError **error)
{
    switch (step) {
    case CLI_IMPORT_KEEP_ORPHANS:
        return RUN(cib_file, error, "crm_attribute", "--name", ORPHANS, "--update", "false");
    case CLI_IMPORT_UNMANAGE:
        return RUN(cib_file, error, "crm_resource", "--resource", import->resource, "--meta", "--set-parameter",
            "is-managed", "--parameter-value", "false");
    case CLI_IMPORT_REMOVE:
        return remove_old(cib_file, import, error);
    case CLI_IMPORT_FORGET:
        return forget_old(cib_file, import, error);
    case CLI_IMPORT_CONSTRAIN:
        return constrain(cib_file, import, error);
    case CLI_IMPORT_STOP_ORPHANS:
        return restore_orphans(cib_file, before, error);
    case CLI_IMPORT_ADD:
    case CLI_IMPORT_STEPS:
        break;
    }
    g_assert_not_reached();
}

void cli_import_set_orphans(xmlDoc *cib, xmlDoc *before)
{
    const char *value = orphans_property(before);
    xmlNode *set = io_xml_child(section(cib, "crm_config"), "cluster_property_set");
    for (; set; set = io_xml_next(set, "cluster_property_set")) {
        xmlNode *nvpair = io_xml_find(set, "nvpair", "name", ORPHANS);
        if (nvpair && value) {
            xmlSetProp(nvpair, BAD_CAST "value", BAD_CAST value);
        } else if (nvpair) {
            xmlUnlinkNode(nvpair);
            xmlFreeNode(nvpair);
        }
    }
}

gboolean cli_import_do(CliImportStep step, const CliImport *import, xmlDoc *before, GError **error)
{
    return do_step(NULL, step, import, before, error);
}

char *cli_import_sentence(CliImportStep step, const CliImport *import)
{
    switch (step) {
    case CLI_IMPORT_KEEP_ORPHANS:
        return g_strdup("the cluster leaves alone what is removed from its configuration (" ORPHANS "=false)");
    case CLI_IMPORT_UNMANAGE:
        return g_strdup_printf("resource %s is set unmanaged", import->resource);
    case CLI_IMPORT_REMOVE:
        return g_strdup_printf("resource %s is removed, with %u constraints; the VM runs on unwatched for some seconds",
            import->resource, import->removed->len);
    case CLI_IMPORT_FORGET:
        return g_strdup_printf("its history and its monitor are dropped");
    case CLI_IMPORT_ADD:
        return g_strdup_printf("VM %s is added, and found %s%s", import->vm, import->node ? "running on " : "stopped",
            import->node ? import->node : "");
    case CLI_IMPORT_CONSTRAIN:
        return g_strdup_printf("its %u constraints are made anew for %s", import->carried->len, import->vm);
    case CLI_IMPORT_STOP_ORPHANS:
        return g_strdup(ORPHANS " is as it was");
    case CLI_IMPORT_STEPS:
        break;
    }
    g_assert_not_reached();
}

/* ---- the rehearsal ---- */

/* The probes that follow, which find it where it ran and nowhere else; crm_simulate writes the CIB as it is then. */
static gboolean rehearse_probes(const char *cib_file, xmlDoc *doc, const CliImport *import, GError **error)
{
    g_autofree char *found = g_strdup_printf("--op-fail=%s_monitor_0@%s=0", import->vm, import->node);
    g_autofree char *save = g_strdup_printf("--save-output=%s", cib_file);
    const char *argv[] = {"crm_simulate", "--xml-pipe", "--simulate", save, import->node ? found : NULL, NULL};
    xmlChar *text = NULL;
    int size = 0;
    xmlDocDumpMemory(doc, &text, &size);
    g_autofree char *out = run(NULL, (const char *)text, error, argv);
    xmlFree(text);
    return out != NULL;
}

/* What the leader will write for the same request. */
static gboolean rehearse_add(const char *cib_file, const CliImport *import, GError **error)
{
    gsize len = 0;
    const char *text = g_bytes_get_data(import->xml, &len);
    g_autoptr(HaNeeds) needs = io_definition_parse(text, len, io_mount_is_shared, error);
    g_autoptr(xmlDoc) doc = needs ? read_cib(cib_file, error) : NULL;
    if (!doc)
        return FALSE;
    g_autoptr(GPtrArray) changes = ha_change_list_new();
    HaChange *add = ha_change_new(HA_CHANGE_VM_ADD, import->vm, NULL, needs->hash);
    add->mem_mib = needs->mem_mib;
    add->vcpus = needs->vcpus;
    add->running = import->wanted;
    g_ptr_array_add(changes, add);
    g_autoptr(IoCibWrite) write = io_cib_write_changes(xmlDocGetRootElement(doc), G_MAXUINT64, changes, error);
    if (!write)
        return FALSE;
    io_cib_write_preview(write, doc);
    return rehearse_probes(cib_file, doc, import, error);
}

/* @after: what it would do so after, in words. */
static gboolean judge(const char *cib_file, const char *after, GError **error)
{
    static const char *const argv[] = {"crm_simulate", "--xml-pipe", "--run", "--output-as=xml", NULL};
    g_autoptr(xmlDoc) doc = read_cib(cib_file, error);
    xmlChar *text = NULL;
    int size = 0;
    if (!doc)
        return FALSE;
    xmlDocDumpMemory(doc, &text, &size);
    g_autofree char *answer = run(NULL, (const char *)text, error, argv);
    xmlFree(text);
    g_autofree char *names = answer ? io_simulate_read(answer, NULL, error) : NULL;
    if (names && !*names)
        return TRUE;
    if (names)
        g_set_error(error, CLI_ERROR, CLI_EXIT_REFUSED,
            "%s, Pacemaker would start, stop or move %s; nothing was changed: let the cluster come to rest, and look "
            "at "
            "'crm_simulate -L'",
            after, names);
    return FALSE;
}

static gboolean rehearse_step(
    const char *cib_file, CliImportStep step, const CliImport *import, xmlDoc *before, GString *told, GError **error)
{
    g_autofree char *sentence = cli_import_sentence(step, import);
    g_autofree char *after = g_strdup_printf("after the step '%s'", sentence);
    gboolean done =
        step == CLI_IMPORT_ADD ? rehearse_add(cib_file, import, error) : do_step(cib_file, step, import, before, error);
    if (told)
        g_string_append_printf(told, "  %s\n", sentence);
    return done && judge(cib_file, after, error);
}

static gboolean rehearse_all(
    const char *cib_file, xmlDoc *before, const GPtrArray *imports, GString *told, GError **error)
{
    if (!judge(cib_file, "as the cluster is now", error) ||
        !rehearse_step(cib_file, CLI_IMPORT_KEEP_ORPHANS, NULL, before, told, error))
        return FALSE;
    for (guint i = 0; i < imports->len; i++) {
        g_autoptr(xmlDoc) cib = read_cib(cib_file, error);
        if (!cib)
            return FALSE;
        cli_import_constraints(imports->pdata[i], cib);
        for (CliImportStep step = CLI_IMPORT_UNMANAGE; step <= CLI_IMPORT_CONSTRAIN; step++)
            if (!rehearse_step(cib_file, step, imports->pdata[i], before, told, error))
                return FALSE;
    }
    return rehearse_step(cib_file, CLI_IMPORT_STOP_ORPHANS, NULL, before, told, error);
}

gboolean cli_import_rehearse(xmlDoc *cib, const GPtrArray *imports, GString *told, GError **error)
{
    g_autofree char *dir = g_dir_make_tmp("hactl-import-XXXXXX", NULL); /* 0700: a CIB may hold passwords */
    g_autofree char *file = dir ? g_build_filename(dir, "cib.xml", NULL) : NULL;
    g_autofree char *signature = dir ? g_build_filename(dir, "cib.xml.sig", NULL) : NULL;
    if (!dir || xmlSaveFile(file, cib) < 0) {
        g_set_error(error, CLI_ERROR, CLI_EXIT_FAILED,
            "a copy of the CIB to rehearse on can't be made; has %s space left?", g_get_tmp_dir());
        return FALSE;
    }
    gboolean quiet = rehearse_all(file, cib, imports, told, error);
    g_unlink(file);
    g_unlink(signature);
    g_rmdir(dir);
    return quiet;
}
