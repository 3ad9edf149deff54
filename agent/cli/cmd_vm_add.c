/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_client.h"
#include "agent/cli/cli_follow.h"
#include "agent/cli/cli_interrupt.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_view.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define WAIT_DEFAULT_S 300

/* ---- the XML ---- */

/* What hactld would refuse anyway, in the words of the file. */
static gboolean check_text(const char *data, gsize len, const char *path, GError **error)
{
    const char *why = NULL;
    if (len > HA_DEFINITION_BYTES_MAX)
        why = "is larger than 256 KiB";
    else if (len == 0)
        why = "is empty";
    else if (!g_utf8_validate_len(data, len, NULL))
        why = "is no UTF-8 text";
    if (why)
        g_set_error(error, CLI_ERROR, CLI_EXIT_REFUSED,
            "%s %s; give the VM's libvirt XML, as of: virsh dumpxml --inactive NAME", path, why);
    return why == NULL;
}

static GBytes *read_stream(FILE *stream, const char *path, GError **error)
{
    g_autofree char *data = g_malloc(HA_DEFINITION_BYTES_MAX + 1);
    gsize len = fread(data, 1, HA_DEFINITION_BYTES_MAX + 1, stream);
    if (ferror(stream)) {
        g_set_error(error, CLI_ERROR, CLI_EXIT_FAILED, "%s can't be read: %s; give the path of the VM's libvirt XML",
            path, g_strerror(errno));
        return NULL;
    }
    return check_text(data, len, path, error) ? g_bytes_new_take(g_steal_pointer(&data), len) : NULL;
}

static GBytes *read_xml(const char *path, GError **error)
{
    if (g_str_equal(path, "-"))
        return read_stream(stdin, "standard input", error);
    FILE *stream = fopen(path, "re");
    if (!stream) {
        g_set_error(error, CLI_ERROR, errno == EACCES ? CLI_EXIT_PERMISSION : CLI_EXIT_FAILED,
            "%s can't be read: %s; give the path of the VM's libvirt XML", path, g_strerror(errno));
        return NULL;
    }
    GBytes *xml = read_stream(stream, path, error);
    fclose(stream);
    return xml;
}

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
    return cli_client_request(&request, xml, title, error);
}

static void print_end(const CliRun *run, const char *name, const char *text)
{
    if (!run->options.json) {
        printf("%s\n", text);
        return;
    }
    g_autoptr(JsonBuilder) json = json_builder_new();
    json_builder_begin_object(json);
    cli_json_text(json, "verb", run->verb->name);
    json_builder_set_member_name(json, "vms");
    json_builder_begin_array(json);
    json_builder_begin_object(json);
    cli_json_text(json, "vm", name);
    cli_json_int(json, "exit_code", CLI_EXIT_DONE);
    cli_json_text(json, "text", text);
    json_builder_end_object(json);
    json_builder_end_array(json);
    json_builder_end_object(json);
    cli_json_print(json, TRUE);
}

CliExit cmd_vm_add(CliRun *run, GError **error)
{
    const CliOptions *options = &run->options;
    g_autoptr(GBytes) xml = NULL;
    if (!check_source(options, error) || (options->xml && !(xml = read_xml(options->xml, error)))) {
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
    print_end(run, name, text ? text : "the VM was added");
    return CLI_EXIT_DONE;
}
