/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_fence_agent.h"

#include "agent/cli/cli_error.h"
#include "agent/core/model/ha_nearest.h"
#include "agent/core/model/ha_sorted.h"
#include "agent/io/io_cib_xml.h"
#include "agent/io/io_run.h"

#include <libxml/parser.h>
#include <string.h>

#define TOOL_MS 30000u

static void parameter_free(CliFenceParameter *parameter)
{
    g_free(parameter->name);
    g_free(parameter->obsoletes);
    g_free(parameter);
}

void cli_fence_agent_free(CliFenceAgent *agent)
{
    if (!agent)
        return;
    g_ptr_array_unref(agent->parameters);
    g_free(agent);
}

static void take_parameter(const xmlNode *xml, CliFenceAgent *agent)
{
    const char *name = io_xml_attr(xml, "name");
    if (!name)
        return;
    CliFenceParameter *parameter = g_new0(CliFenceParameter, 1);
    parameter->name = g_strdup(name);
    parameter->obsoletes = g_strdup(io_xml_attr(xml, "obsoletes"));
    parameter->required = io_xml_true(io_xml_attr(xml, "required"));
    ha_sorted_put(agent->parameters, parameter);
}

CliFenceAgent *cli_fence_agent_parse(const char *name, const char *xml, GError **error)
{
    int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
    xmlDoc *doc = xmlReadMemory(xml, (int)strlen(xml), name, NULL, options);
    const xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
    CliFenceAgent *agent = NULL;
    if (root && strcmp((const char *)root->name, "resource-agent") == 0) {
        agent = g_new0(CliFenceAgent, 1);
        agent->parameters = g_ptr_array_new_with_free_func((GDestroyNotify)parameter_free);
        const xmlNode *parameter = io_xml_child(io_xml_child(root, "parameters"), "parameter");
        for (; parameter; parameter = io_xml_next(parameter, "parameter"))
            take_parameter(parameter, agent);
        agent->lists = io_xml_find(io_xml_child(root, "actions"), "action", "name", "list") != NULL;
    } else {
        g_set_error(error, CLI_ERROR, CLI_EXIT_FAILED,
            "the metadata of fence agent %s can't be read; try: stonith_admin --metadata --agent %s", name, name);
    }
    xmlFreeDoc(doc);
    return agent;
}

CliFenceAgent *cli_fence_agent_load(const char *name, GError **error)
{
    const char *argv[] = {"stonith_admin", "--metadata", "--agent", name, NULL};
    g_autoptr(IoRun) run = io_run(argv, NULL, TOOL_MS);
    if (!run->error)
        return cli_fence_agent_parse(name, run->out, error);
    g_set_error(error, CLI_ERROR, CLI_EXIT_UNKNOWN,
        "no fence agent %s on this host: %s; what is installed: stonith_admin --list-installed", name, run->error);
    return NULL;
}

gboolean cli_fence_agent_has(const CliFenceAgent *agent, const char *name)
{
    return ha_sorted_find(agent->parameters, name) != NULL;
}

gboolean cli_fence_secret(const char *name)
{
    return (strstr(name, "passw") || strcmp(name, "token") == 0 || strcmp(name, "community") == 0) &&
           !g_str_has_suffix(name, "_script");
}

/* ---- a device against it ---- */

static gboolean has(const HaFenceSpec *spec, const char *name)
{
    return name && ha_sorted_find(spec->parameters, name) != NULL;
}

/* Pacemaker's own parameters: how it uses the agent. pcmk_host_list is --host's. */
static gboolean is_pacemakers(const char *name)
{
    static const char *const names[] = {"pcmk_host_argument", "pcmk_host_map", "pcmk_host_check", "pcmk_delay_max",
        "pcmk_delay_base", "pcmk_action_limit", "priority", "stonith-timeout", "provides"};
    static const char *const actions[] = {"reboot", "off", "on", "list", "monitor", "status"};
    static const char *const suffixes[] = {"action", "timeout", "retries"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(name, names[i]) == 0)
            return TRUE;
    for (guint i = 0; i < G_N_ELEMENTS(actions); i++) {
        for (guint j = 0; j < G_N_ELEMENTS(suffixes); j++) {
            g_autofree char *known = g_strdup_printf("pcmk_%s_%s", actions[i], suffixes[j]);
            if (strcmp(name, known) == 0)
                return TRUE;
        }
    }
    return FALSE;
}

static const char *nearest(const CliFenceAgent *agent, const char *name)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    for (guint i = 0; i < agent->parameters->len; i++)
        g_ptr_array_add(words, ((CliFenceParameter *)agent->parameters->pdata[i])->name);
    g_ptr_array_add(words, NULL);
    return ha_nearest(name, (const char *const *)words->pdata);
}

static gboolean check_known(const CliFenceAgent *agent, const HaFenceSpec *spec, const char *name, GError **error)
{
    if (cli_fence_agent_has(agent, name) || is_pacemakers(name))
        return TRUE;
    if (strcmp(name, "pcmk_host_list") == 0) {
        g_set_error_literal(
            error, CLI_ERROR, CLI_EXIT_USAGE, "pcmk_host_list is written by hactl; name the hosts with --host");
        return FALSE;
    }
    const char *near = nearest(agent, name);
    g_set_error(error, CLI_ERROR, CLI_EXIT_USAGE, "%s has no parameter %s; %s%s%s", spec->agent, name,
        near ? "did you mean " : "see them all: stonith_admin --metadata --agent ", near ? near : spec->agent,
        near ? "?" : "");
    return FALSE;
}

/* What Pacemaker gives the agent by itself. */
static gboolean is_given(const char *name)
{
    return strcmp(name, "action") == 0 || strcmp(name, "port") == 0 || strcmp(name, "plug") == 0;
}

static gboolean check_required(const CliFenceAgent *agent, const HaFenceSpec *spec, GError **error)
{
    for (guint i = 0; i < agent->parameters->len; i++) {
        const CliFenceParameter *parameter = agent->parameters->pdata[i];
        g_autofree char *script = g_strconcat(parameter->name, "_script", NULL);
        if (!parameter->required || is_given(parameter->name) || has(spec, parameter->name) ||
            has(spec, parameter->obsoletes) || has(spec, script))
            continue;
        g_set_error(error, CLI_ERROR, CLI_EXIT_USAGE, "%s needs %s; give %s=VALUE", spec->agent, parameter->name,
            parameter->name);
        return FALSE;
    }
    return TRUE;
}

gboolean cli_fence_agent_check(const CliFenceAgent *agent, const HaFenceSpec *spec, GError **error)
{
    for (guint i = 0; i < spec->parameters->len; i++)
        if (!check_known(agent, spec, ((HaFenceParameter *)spec->parameters->pdata[i])->name, error))
            return FALSE;
    if (spec->hosts->len == 0 && !has(spec, "pcmk_host_map") && !agent->lists) {
        g_set_error(error, CLI_ERROR, CLI_EXIT_USAGE,
            "%s can't say by itself whom it fences; name the host with --host=NODE, or several with pcmk_host_map",
            spec->agent);
        return FALSE;
    }
    return check_required(agent, spec, error);
}

/* Set, or taken back: no later tool is to find a password in its environment. */
static void set_environment(const HaFenceSpec *spec, gboolean on)
{
    for (guint i = 0; i < spec->parameters->len; i++) {
        const HaFenceParameter *parameter = spec->parameters->pdata[i];
        g_autofree char *variable = g_strconcat("OCF_RESKEY_", parameter->name, NULL);
        if (on)
            g_setenv(variable, parameter->value, TRUE);
        else
            g_unsetenv(variable);
    }
}

gboolean cli_fence_agent_validate(const HaFenceSpec *spec, GError **error)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    const char *fixed[] = {"stonith_admin", "--validate", "--agent", spec->agent};
    for (guint i = 0; i < G_N_ELEMENTS(fixed); i++)
        g_ptr_array_add(argv, (gpointer)fixed[i]);
    for (guint i = 0; i < spec->parameters->len; i++) {
        g_ptr_array_add(argv, (gpointer) "--env-option");
        g_ptr_array_add(argv, ((HaFenceParameter *)spec->parameters->pdata[i])->name);
    }
    g_ptr_array_add(argv, NULL);
    set_environment(spec, TRUE);
    g_autoptr(IoRun) run = io_run((const char *const *)argv->pdata, NULL, TOOL_MS);
    set_environment(spec, FALSE);
    if (!run->error)
        return TRUE;
    g_set_error(error, CLI_ERROR, CLI_EXIT_REFUSED,
        "%s does not accept these parameters: %s; see: stonith_admin --metadata --agent %s", spec->agent, run->error,
        spec->agent);
    return FALSE;
}
