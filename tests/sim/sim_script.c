/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_script.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

#include "tests/sim/sim_daemon.h"
#include "tests/sim/sim_faults.h"
#include "tests/sim/sim_host.h"

#define SEPARATOR "\n----\n"
#define SETTLE_MS 600000
#define START_MS 20000

typedef struct {
    Sim *sim;
    gboolean verbose;
    char **words; /* of the line at hand, padded with "" */
} Script;

/* ---- words ---- */

static const char *word(const Script *script, guint index)
{
    return index < g_strv_length(script->words) ? script->words[index] : "";
}

static gint64 number(const Script *script, guint index)
{
    return g_ascii_strtoll(word(script, index), NULL, 10);
}

static guint node_at(const Script *script, guint index)
{
    if (strcmp(word(script, index), "leader") == 0)
        return sim_daemon_leader(script->sim);
    return sim_find_node(script->sim, word(script, index));
}

/* ---- commands: FALSE for a line that makes no sense ---- */

static gboolean do_nodes(Script *script)
{
    gint64 n = number(script, 1);
    if (script->sim || n < 1 || n > (gint64)SIM_NODES_MAX)
        return FALSE;
    script->sim = sim_new((guint64)MAX(number(script, 3), 1), (guint)n);
    script->sim->verbose = script->verbose;
    return TRUE;
}

static gboolean do_limit(Script *script)
{
    script->sim->migration_limit = (guint32)number(script, 1);
    return TRUE;
}

static gboolean do_memory(Script *script)
{
    guint node = node_at(script, 1);
    if (node == SIM_NOBODY || number(script, 2) <= 0)
        return FALSE;
    script->sim->nodes[node].mem_mib = (guint64)number(script, 2);
    return TRUE;
}

static gboolean do_vm(Script *script)
{
    guint node = node_at(script, 2);
    if (node == SIM_NOBODY || !ha_name_check(word(script, 1)) || number(script, 3) <= 0 ||
        script->sim->n_vms == SIM_VMS_MAX)
        return FALSE;
    SimVm *vm = &script->sim->vms[sim_add_vm(script->sim, word(script, 1), node, (guint64)number(script, 3))];
    if (strcmp(word(script, 4), "local-disk") == 0)
        vm->local_disk = g_strdup("/srv/local.qcow2");
    if (strcmp(word(script, 4), "host-device") == 0)
        vm->host_device = g_strdup("PCI device 0000:01:00.0");
    return TRUE;
}

static gboolean do_start(Script *script)
{
    sim_start(script->sim);
    sim_run_until(script->sim, script->sim->now_ms + START_MS);
    return TRUE;
}

/* Asked on the first node that has a hactld. */
static gboolean ask(Script *script, HaRequestKind kind, const char *node, const char *vm, const char *flag)
{
    Sim *sim = script->sim;
    guint at = 0;
    while (at + 1 < sim->n_nodes && !sim_daemon_running(sim, at))
        at++;
    HaRequest *request = ha_request_new(kind, 0);
    request->node = node && *node ? g_strdup(node) : NULL;
    request->vm = g_strdup(vm);
    request->by = g_strdup("root@node1");
    request->restart = strcmp(flag, "restart") == 0;
    request->returning = strcmp(flag, "return") == 0;
    sim_daemon_ask(sim, at, request);
    return TRUE;
}

static gboolean do_drain(Script *script)
{
    return ask(script, HA_REQUEST_DRAIN, word(script, 1), NULL, word(script, 2));
}

static gboolean do_undrain(Script *script)
{
    return ask(script, HA_REQUEST_UNDRAIN, word(script, 1), NULL, word(script, 2));
}

static gboolean do_migrate(Script *script)
{
    return ask(script, HA_REQUEST_MIGRATE, word(script, 2), word(script, 1), "");
}

static gboolean do_stop(Script *script)
{
    return ask(script, HA_REQUEST_VM_STOP, NULL, word(script, 1), "");
}

static gboolean do_run(Script *script)
{
    return ask(script, HA_REQUEST_VM_START, NULL, word(script, 1), "");
}

static gboolean do_kill(Script *script)
{
    guint node = node_at(script, 1);
    if (node == SIM_NOBODY)
        return FALSE;
    sim_daemon_kill(script->sim, node);
    sim_daemon_start(script->sim, node, 5000);
    return TRUE;
}

static gboolean do_off(Script *script)
{
    guint node = node_at(script, 1);
    if (node != SIM_NOBODY)
        sim_power_off(script->sim, node);
    return node != SIM_NOBODY;
}

static gboolean do_on(Script *script)
{
    guint node = node_at(script, 1);
    if (node != SIM_NOBODY)
        sim_power_on(script->sim, node);
    return node != SIM_NOBODY;
}

static gboolean do_cut(Script *script)
{
    guint node = node_at(script, 1);
    if (node != SIM_NOBODY)
        sim_cut(script->sim, node);
    return node != SIM_NOBODY;
}

static gboolean do_heal(Script *script)
{
    sim_heal(script->sim);
    return TRUE;
}

static gboolean do_libvirt(Script *script)
{
    guint node = node_at(script, 1);
    if (node != SIM_NOBODY)
        sim_host_libvirt(script->sim, node, strcmp(word(script, 2), "back") == 0);
    return node != SIM_NOBODY;
}

static gboolean do_fail(Script *script)
{
    script->sim->fail_permille = (guint)number(script, 1);
    return TRUE;
}

static gboolean do_lose_agents(Script *script)
{
    script->sim->agent_killed_permille = (guint)number(script, 1);
    return TRUE;
}

static gboolean do_wait(Script *script)
{
    sim_run_until(script->sim, script->sim->now_ms + (gint64)(g_ascii_strtod(word(script, 1), NULL) * 1000));
    return TRUE;
}

static gboolean do_settle(Script *script)
{
    sim_run_until(script->sim, script->sim->now_ms + 2000);
    sim_settle(script->sim, SETTLE_MS);
    return TRUE;
}

static const struct {
    const char *word;
    gboolean (*fn)(Script *script);
} commands[] = {
    {"nodes", do_nodes},
    {"limit", do_limit},
    {"memory", do_memory},
    {"vm", do_vm},
    {"start", do_start},
    {"drain", do_drain},
    {"undrain", do_undrain},
    {"migrate", do_migrate},
    {"stop", do_stop},
    {"run", do_run},
    {"kill", do_kill},
    {"off", do_off},
    {"on", do_on},
    {"cut", do_cut},
    {"heal", do_heal},
    {"libvirt", do_libvirt},
    {"fail", do_fail},
    {"lose-agents", do_lose_agents},
    {"wait", do_wait},
    {"settle", do_settle},
};

/* ---- lines ---- */

static gboolean do_line(Script *script, const char *line)
{
    script->words = g_strsplit(line, " ", -1);
    gboolean ok = FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
        if (strcmp(word(script, 0), commands[i].word) == 0)
            ok = (script->sim || commands[i].fn == do_nodes) && commands[i].fn(script);
    g_clear_pointer(&script->words, g_strfreev);
    return ok;
}

static gboolean do_lines(Script *script, const char *path, const char *text, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] && !(script->sim && script->sim->failed); i++) {
        g_strstrip(lines[i]);
        if (!*lines[i] || lines[i][0] == '#' || do_line(script, lines[i]))
            continue;
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
            "%s, line %u: \"%s\" is no command; sim_script.h lists them", path, i + 1, lines[i]);
        return FALSE;
    }
    return TRUE;
}

static char *notes_text(const Sim *sim)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < sim->notes->len; i++)
        g_string_append_printf(text, "%s\n", (char *)sim->notes->pdata[i]);
    return g_string_free(text, FALSE);
}

static gboolean compare(const char *path, const char *commands_text, const char *expected, const char *notes,
    gboolean rewrite, SimClass *ret_class, GError **error)
{
    if (strcmp(expected, notes) == 0)
        return TRUE;
    if (rewrite) {
        g_autofree char *whole = g_strconcat(commands_text, SEPARATOR, notes, NULL);
        return g_file_set_contents(path, whole, -1, error);
    }
    printf("%s: expected:\n%s\nhappened (hactl-sim run --rewrite puts it there):\n%s", path, expected, notes);
    *ret_class = SIM_TRACE_DIFFERS;
    return TRUE;
}

gboolean sim_script_run(const char *path, gboolean verbose, gboolean rewrite, SimClass *ret_class, GError **error)
{
    g_autofree char *whole = NULL;
    if (!g_file_get_contents(path, &whole, NULL, error))
        return FALSE;
    char *separator = strstr(whole, SEPARATOR);
    const char *expected = separator ? separator + strlen(SEPARATOR) : "";
    if (separator)
        *separator = '\0';
    Script script = {.verbose = verbose};
    gboolean ok = do_lines(&script, path, whole, error);
    g_autoptr(Sim) sim = script.sim;
    if (!ok || !sim)
        return ok;
    if (sim->failed) {
        printf("%s: %s\n", path, sim->failure);
        *ret_class = sim->failed;
        return TRUE;
    }
    g_autofree char *notes = notes_text(sim);
    return compare(path, whole, expected, notes, rewrite, ret_class, error);
}
