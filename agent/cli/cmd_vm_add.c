/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_client.h"
#include "agent/cli/cli_definition.h"
#include "agent/cli/cli_follow.h"
#include "agent/cli/cli_interrupt.h"
#include "agent/cli/cli_view.h"

#include <string.h>

#define WAIT_DEFAULT_S 300

/* ---- its name: only to know what to wait for; hactld judges the XML ---- */

typedef struct {
    guint depth;
    gboolean in_name;
    GString *name;
} NameSearch;

static void on_start(GMarkupParseContext *context, const char *element, const char **names, const char **values,
    gpointer data, GError **error)
{
    NameSearch *search = data;
    search->in_name = search->depth == 1 && g_str_equal(element, "name");
    search->depth++;
}

static void on_end(GMarkupParseContext *context, const char *element, gpointer data, GError **error)
{
    NameSearch *search = data;
    search->depth--;
    search->in_name = FALSE;
}

static void on_text(GMarkupParseContext *context, const char *text, gsize len, gpointer data, GError **error)
{
    NameSearch *search = data;
    if (search->in_name)
        g_string_append_len(search->name, text, (gssize)len);
}

/* Returns: (transfer full), NULL when the XML has no usable name. */
static char *name_of(GBytes *xml)
{
    static const GMarkupParser parser = {.start_element = on_start, .end_element = on_end, .text = on_text};
    g_autoptr(GString) name = g_string_new(NULL);
    NameSearch search = {.name = name};
    gsize len = 0;
    const char *data = g_bytes_get_data(xml, &len);
    g_autoptr(GMarkupParseContext) context =
        g_markup_parse_context_new(&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, &search, NULL);
    gboolean parsed = g_markup_parse_context_parse(context, data, (gssize)len, NULL);
    g_strstrip(name->str);
    return parsed && ha_name_check(name->str) ? g_strdup(name->str) : NULL;
}

/* ---- the verb ---- */

static gboolean runs(const Hactl__View *view, const char *name, char **ret_text)
{
    const Hactl__ViewVm *vm = cli_view_vm(view, name);
    if (!vm || !vm->managed || (vm->state != HA_VM_RUNNING && vm->state != HA_VM_MIGRATING))
        return FALSE;
    *ret_text = g_strdup_printf("%s was added and runs on %s", name, vm->node ? vm->node : "an unknown node");
    return TRUE;
}

static gboolean is_known(const Hactl__View *view, const char *name, char **ret_text)
{
    const Hactl__ViewVm *vm = cli_view_vm(view, name);
    if (!vm || !vm->managed)
        return FALSE;
    *ret_text = g_strdup_printf("%s was added, stopped; start it: hactl vm start %s", name, name);
    return TRUE;
}

static gboolean check_source(const CliOptions *options, GError **error)
{
    if (!options->xml != !options->from_libvirt)
        return TRUE;
    g_set_error(error, CLI_ERROR, CLI_EXIT_USAGE, "%s; give one of --xml FILE and --from-libvirt NAME",
        options->xml ? "two sources of the definition" : "no definition");
    return FALSE;
}

/* @xml: NULL: hactld takes the definition from its own host's libvirt. */
static gboolean add(const CliOptions *options, GBytes *xml, const char *title, GError **error)
{
    Hactl__Request request = HACTL__REQUEST__INIT;
    request.kind = HA_REQUEST_VM_ADD;
    request.vm = options->from_libvirt;
    request.has_running = TRUE;
    request.running = !options->stopped;
    request.has_allow_local = TRUE;
    request.allow_local = options->allow_local;
    request.group_name = options->group;
    request.has_strict = request.strict = options->strict;
    return cli_client_request(&request, xml, title, error);
}

CliExit cmd_vm_add(CliRun *run, GError **error)
{
    const CliOptions *options = &run->options;
    g_autoptr(GBytes) xml = NULL;
    if (!check_source(options, error) || (options->xml && !(xml = cli_definition_read(options->xml, error)))) {
        g_prefix_error(error, "vm add: ");
        return CLI_EXIT_FAILED;
    }
    g_autofree char *name = xml ? name_of(xml) : g_strdup(options->from_libvirt);
    g_autofree char *title = g_strdup_printf("vm add %s", name ? name : options->xml);
    cli_interrupt_catch();
    if (!add(options, xml, title, error))
        return CLI_EXIT_FAILED;
    g_autofree char *text = NULL;
    gint64 timeout_s = options->timeout_s > 0 ? options->timeout_s : WAIT_DEFAULT_S;
    if (name && options->wait &&
        !cli_follow_vm(title, name, options->stopped ? is_known : runs, timeout_s, &text, error))
        return CLI_EXIT_FAILED;
    cli_definition_print(run, name, text ? text : "the VM was added");
    return CLI_EXIT_DONE;
}
