/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_simulate.h"

#include <gio/gio.h>
#include <libxml/parser.h>
#include <string.h>

#include "agent/io/io_cib_xml.h"
#include "agent/io/io_tool.h"

struct IoSimulation {
    IoTool *tool;
    GPtrArray *vms; /* char*, ascending */
    IoSimulateDone done;
    gpointer data;
};

static gint compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static gboolean disturbs(const xmlNode *action)
{
    return !io_xml_attr_is(action, "action", "reload") && !io_xml_true(io_xml_attr(action, "blocked"));
}

static gboolean touches(const xmlNode *actions, const char *vm)
{
    const xmlNode *action = io_xml_child(actions, "rsc_action");
    for (; action; action = io_xml_next(action, "rsc_action")) {
        if (io_xml_attr_is(action, "resource", vm) && disturbs(action))
            return TRUE;
    }
    return FALSE;
}

static void append_name(GString *names, const char *name)
{
    g_string_append_printf(names, "%s%s", names->len ? " " : "", name);
}

static char *touched_names(const xmlNode *actions, const GPtrArray *vms)
{
    GString *names = g_string_new(NULL);
    const xmlNode *action = vms ? NULL : io_xml_child(actions, "rsc_action");
    for (; action; action = io_xml_next(action, "rsc_action"))
        if (disturbs(action))
            append_name(names, io_xml_attr(action, "resource"));
    for (guint i = 0; vms && i < vms->len; i++)
        if (touches(actions, vms->pdata[i]))
            append_name(names, vms->pdata[i]);
    return g_string_free(names, FALSE);
}

char *io_simulate_read(const char *xml, const GPtrArray *vms, GError **error)
{
    int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_HUGE;
    xmlDoc *doc = xmlReadMemory(xml, (int)MIN(strlen(xml), (gsize)G_MAXINT), "crm_simulate", NULL, options);
    const xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
    char *names = NULL;
    if (root && io_xml_attr_is(io_xml_child(root, "status"), "code", "0") && io_xml_child(root, "cluster_status"))
        names = touched_names(io_xml_child(root, "actions"), vms);
    else
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
            "crm_simulate's answer is not understood; try `crm_simulate --live-check --run --output-as=xml`");
    xmlFreeDoc(doc);
    return names;
}

static void simulation_free(IoSimulation *simulation)
{
    g_ptr_array_unref(simulation->vms);
    g_free(simulation);
}

static void on_tool_done(const IoToolResult *result, gpointer data)
{
    IoSimulation *simulation = data;
    g_autoptr(GError) error = NULL;
    if (result->error) {
        HaOutcome outcome = result->outcome == IO_TOOL_TIMED_OUT ? HA_DONE_TIMED_OUT : HA_DONE_FAILED;
        simulation->done(outcome, result->error, simulation->data);
        simulation_free(simulation);
        return;
    }
    g_autofree char *names = io_simulate_read(result->out, simulation->vms, &error);
    if (!names)
        simulation->done(HA_DONE_FAILED, error->message, simulation->data);
    else
        simulation->done(*names ? HA_DONE_WOULD_MOVE : HA_DONE_OK, *names ? names : NULL, simulation->data);
    simulation_free(simulation);
}

IoSimulation *io_simulate_run(xmlDoc *cib, const GPtrArray *vms, guint timeout_ms, IoSimulateDone done, gpointer data)
{
    static const char *const argv[] = {"crm_simulate", "--xml-pipe", "--run", "--output-as=xml", NULL};
    IoSimulation *simulation = g_new0(IoSimulation, 1);
    *simulation = (IoSimulation){.done = done, .data = data};
    simulation->vms = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < vms->len; i++)
        g_ptr_array_add(simulation->vms, g_strdup(vms->pdata[i]));
    g_ptr_array_sort(simulation->vms, compare_names);

    xmlChar *text = NULL;
    int size = 0;
    xmlDocDumpMemory(cib, &text, &size);
    g_autoptr(GBytes) input = g_bytes_new_with_free_func(text, (gsize)size, (GDestroyNotify)xmlFree, text);
    simulation->tool = io_tool_run(argv, input, timeout_ms, on_tool_done, simulation);
    return simulation;
}

void io_simulate_cancel(IoSimulation *simulation)
{
    io_tool_cancel(simulation->tool);
    simulation_free(simulation);
}
