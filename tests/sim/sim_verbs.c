/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_verbs.h"

#include <string.h>

#include "tests/sim/sim_clock.h"
#include "tests/sim/sim_daemon.h"
#include "tests/sim/sim_faults.h"
#include "tests/sim/sim_fence.h"
#include "tests/sim/sim_host.h"
#include "tests/sim/sim_net.h"
#include "tests/sim/sim_pacemaker.h"
#include "tests/sim/sim_rest.h"

#define SETTLE_MS 600000
#define START_MS 20000
#define HACTLD_RESTART_MS 5000 /* systemd's RestartSec */

/* ---- words ---- */

static const char *word(const SimVerbs *verbs, guint index)
{
    return index < g_strv_length(verbs->words) ? verbs->words[index] : "";
}

static gboolean is(const SimVerbs *verbs, guint index, const char *text)
{
    return strcmp(word(verbs, index), text) == 0;
}

static gboolean read_number(const SimVerbs *verbs, guint index, gint64 low, gint64 high, gint64 *ret_number)
{
    return g_ascii_string_to_signed(word(verbs, index), 10, low, high, ret_number, NULL);
}

static gboolean read_node(const SimVerbs *verbs, guint index, guint *ret_node)
{
    guint node = is(verbs, index, "leader") ? sim_daemon_leader(verbs->sim)
                 : is(verbs, index, "dc")   ? verbs->sim->dc
                                            : sim_find_node(verbs->sim, word(verbs, index));
    if (node == SIM_NOBODY)
        return FALSE;
    *ret_node = node;
    return TRUE;
}

/* One of two words. */
static gboolean read_switch(const SimVerbs *verbs, guint index, const char *on, const char *off, gboolean *ret_on)
{
    *ret_on = is(verbs, index, on);
    return *ret_on || is(verbs, index, off);
}

/* ---- the cluster, before "start" ---- */

static gboolean do_nodes(SimVerbs *verbs)
{
    gint64 n, seed = 1;
    if (verbs->sim || !read_number(verbs, 1, 1, SIM_NODES_MAX, &n) ||
        (is(verbs, 2, "seed") && !read_number(verbs, 3, 1, G_MAXINT64, &seed)))
        return FALSE;
    verbs->sim = sim_new((guint64)seed, (guint)n);
    verbs->sim->verbose = verbs->verbose;
    return TRUE;
}

static gboolean do_limit(SimVerbs *verbs)
{
    gint64 n;
    if (!read_number(verbs, 1, 0, 1000, &n))
        return FALSE;
    verbs->sim->migration_limit = (guint32)n;
    return TRUE;
}

static gboolean do_memory(SimVerbs *verbs)
{
    guint node;
    gint64 mib;
    if (!read_node(verbs, 1, &node) || !read_number(verbs, 2, 1, G_MAXINT32, &mib))
        return FALSE;
    verbs->sim->nodes[node].mem_mib = (guint64)mib;
    return TRUE;
}

static gboolean do_vm(SimVerbs *verbs)
{
    guint node;
    gint64 mib;
    if (!ha_name_check(word(verbs, 1)) || !read_node(verbs, 2, &node) || !read_number(verbs, 3, 1, G_MAXINT32, &mib) ||
        verbs->sim->n_vms == SIM_VMS_MAX)
        return FALSE;
    SimVm *vm = &verbs->sim->vms[sim_add_vm(verbs->sim, word(verbs, 1), node, (guint64)mib)];
    if (is(verbs, 4, "local-disk"))
        vm->local_disk = g_strdup("/srv/local.qcow2");
    if (is(verbs, 4, "host-device"))
        vm->host_device = g_strdup("PCI device 0000:01:00.0");
    return TRUE;
}

static gboolean do_start(SimVerbs *verbs)
{
    sim_start(verbs->sim);
    sim_run_until(verbs->sim, verbs->sim->now_ms + START_MS);
    return TRUE;
}

/* ---- admins ---- */

/* Asked on the first node that has a hactld. */
static gboolean ask(SimVerbs *verbs, HaRequestKind kind, const char *node, const char *vm)
{
    Sim *sim = verbs->sim;
    guint at = 0;
    if ((node && *node && sim_find_node(sim, node) == SIM_NOBODY) || (vm && sim_find_vm(sim, vm) == SIM_NOBODY))
        return FALSE;
    while (at + 1 < sim->n_nodes && !sim_daemon_running(sim, at))
        at++;
    HaRequest *request = ha_request_new(kind, 0);
    request->node = node && *node ? g_strdup(node) : NULL;
    request->vm = g_strdup(vm);
    request->by = g_strdup_printf("root@%s", sim_node_name(sim, at));
    request->restart = is(verbs, 2, "restart");
    request->returning = is(verbs, 2, "return");
    sim_daemon_ask(sim, at, request);
    return TRUE;
}

static gboolean do_drain(SimVerbs *verbs)
{
    return ask(verbs, HA_REQUEST_DRAIN, word(verbs, 1), NULL);
}

static gboolean do_undrain(SimVerbs *verbs)
{
    return ask(verbs, HA_REQUEST_UNDRAIN, word(verbs, 1), NULL);
}

static gboolean do_migrate(SimVerbs *verbs)
{
    return ask(verbs, HA_REQUEST_MIGRATE, word(verbs, 2), word(verbs, 1));
}

static gboolean do_stop(SimVerbs *verbs)
{
    return ask(verbs, HA_REQUEST_VM_STOP, NULL, word(verbs, 1));
}

static gboolean do_run(SimVerbs *verbs)
{
    return ask(verbs, HA_REQUEST_VM_START, NULL, word(verbs, 1));
}

static gboolean do_standby(SimVerbs *verbs)
{
    guint node;
    gboolean on;
    if (!read_node(verbs, 1, &node) || !read_switch(verbs, 2, "on", "off", &on))
        return FALSE;
    sim_pacemaker_standby(verbs->sim, node, on);
    return TRUE;
}

static gboolean do_confirm(SimVerbs *verbs)
{
    guint node;
    if (!read_node(verbs, 1, &node))
        return FALSE;
    sim_fence_confirm(verbs->sim, node);
    return TRUE;
}

/* ---- faults ---- */

static gboolean do_kill(SimVerbs *verbs)
{
    guint node;
    if (is(verbs, 1, "all")) {
        sim_faults_kill_all(verbs->sim);
        return TRUE;
    }
    if (!read_node(verbs, 1, &node))
        return FALSE;
    sim_daemon_kill(verbs->sim, node);
    sim_daemon_start(verbs->sim, node, HACTLD_RESTART_MS);
    return TRUE;
}

static gboolean do_revive(SimVerbs *verbs)
{
    verbs->sim->hactld_gone = FALSE;
    for (guint i = 0; i < verbs->sim->n_nodes; i++)
        sim_daemon_start(verbs->sim, i, 0);
    return TRUE;
}

static gboolean do_power(SimVerbs *verbs)
{
    guint node;
    gboolean on;
    if (!read_switch(verbs, 1, "on", "off", &on) || !read_node(verbs, 2, &node))
        return FALSE;
    if (is(verbs, 3, "for-good"))
        verbs->sim->nodes[node].stays_off = TRUE;
    if (on)
        sim_power_on(verbs->sim, node);
    else
        sim_power_off(verbs->sim, node);
    return TRUE;
}

static gboolean do_cut(SimVerbs *verbs)
{
    guint node;
    if (!read_node(verbs, 1, &node))
        return FALSE;
    sim_net_cut(verbs->sim, node);
    return TRUE;
}

static gboolean do_deafen(SimVerbs *verbs)
{
    guint to, from;
    if (!read_node(verbs, 1, &to) || !read_node(verbs, 2, &from))
        return FALSE;
    sim_net_deafen(verbs->sim, from, to);
    return TRUE;
}

static gboolean do_split(SimVerbs *verbs)
{
    guint side = 0, node;
    for (guint i = 1; i < g_strv_length(verbs->words); i++) {
        if (!read_node(verbs, i, &node))
            return FALSE;
        side |= 1u << node;
    }
    sim_net_split(verbs->sim, side);
    return side != 0;
}

static gboolean do_heal(SimVerbs *verbs)
{
    sim_net_heal(verbs->sim);
    return TRUE;
}

static gboolean do_libvirt(SimVerbs *verbs)
{
    guint node;
    gboolean back;
    if (!read_node(verbs, 1, &node) || !read_switch(verbs, 2, "back", "away", &back))
        return FALSE;
    sim_host_libvirt(verbs->sim, node, back);
    return TRUE;
}

static gboolean do_pacemaker(SimVerbs *verbs)
{
    guint node;
    gboolean back;
    if (!read_node(verbs, 1, &node) || !read_switch(verbs, 2, "back", "away", &back))
        return FALSE;
    sim_pacemaker_away(verbs->sim, node, !back);
    return TRUE;
}

static gboolean do_lose_dc(SimVerbs *verbs)
{
    sim_fence_lose_dc(verbs->sim);
    return TRUE;
}

static gboolean do_slow(SimVerbs *verbs)
{
    guint node;
    gboolean on;
    if (!read_node(verbs, 1, &node) || !read_switch(verbs, 2, "on", "off", &on))
        return FALSE;
    verbs->sim->nodes[node].slow = on;
    return TRUE;
}

static gboolean do_clock(SimVerbs *verbs)
{
    guint node;
    gint64 seconds;
    if (!read_node(verbs, 1, &node) || !read_number(verbs, 2, -100000, 100000, &seconds))
        return FALSE;
    sim_clock_step(verbs->sim, node, seconds);
    return TRUE;
}

/* "rate WHAT PERMILLE" */
static gboolean do_rate(SimVerbs *verbs)
{
    Sim *sim = verbs->sim;
    const struct {
        const char *what;
        guint *permille;
    } rates[] = {
        {"migrations-fail", &sim->fail_permille},
        {"migrations-hang", &sim->hang_permille},
        {"migrations-late", &sim->late_permille},
        {"sources-die", &sim->source_dies_permille},
        {"agents-killed", &sim->agent_killed_permille},
        {"writes-lost", &sim->write_fault_permille},
        {"fencing-fails", &sim->fence_fail_permille},
        {"messages-lost", &sim->loss_permille},
    };
    gint64 permille;
    if (!read_number(verbs, 2, 0, 1000, &permille))
        return FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(rates); i++) {
        if (!is(verbs, 1, rates[i].what))
            continue;
        *rates[i].permille = (guint)permille;
        return TRUE;
    }
    return FALSE;
}

/* ---- time ---- */

static gboolean do_wait(SimVerbs *verbs)
{
    char *end;
    gdouble seconds = g_ascii_strtod(word(verbs, 1), &end);
    if (end == word(verbs, 1) || *end || !(seconds > 0 && seconds < 1e6))
        return FALSE;
    sim_run_until(verbs->sim, verbs->sim->now_ms + (gint64)(seconds * 1000));
    return TRUE;
}

static gboolean do_settle(SimVerbs *verbs)
{
    sim_run_until(verbs->sim, verbs->sim->now_ms + 2000);
    sim_rest_settle(verbs->sim, SETTLE_MS);
    return TRUE;
}

/* ---- the table ---- */

static const struct {
    const char *word, *arguments, *summary;
    gboolean (*fn)(SimVerbs *verbs);
} table[] = {
    {"nodes", "N [seed S]", "the cluster: node1 to nodeN, 16 GiB each", do_nodes},
    {"limit", "N", "Pacemaker's migration-limit", do_limit},
    {"memory", "NODE MIB", "of a host", do_memory},
    {"vm", "NAME NODE MIB [local-disk|host-device]", "a VM that runs there", do_vm},
    {"start", "", "everything is switched on; 20 s pass", do_start},
    {"drain", "NODE [restart]", "as hactl drain", do_drain},
    {"undrain", "NODE [return]", "as hactl undrain", do_undrain},
    {"migrate", "VM [NODE]", "as hactl migrate", do_migrate},
    {"stop", "VM", "as hactl vm stop", do_stop},
    {"run", "VM", "as hactl vm start", do_run},
    {"standby", "NODE on|off", "an admin's own, by crm_standby", do_standby},
    {"confirm", "NODE", "an admin vouches that a host is off", do_confirm},
    {"power", "off|on NODE [for-good]", "a fenced host boots again, unless it is off for good", do_power},
    {"kill", "NODE|all", "hactld dies, and is restarted after 5 s; all: for good", do_kill},
    {"revive", "", "every hactld starts again", do_revive},
    {"cut", "NODE", "its network, both ways", do_cut},
    {"deafen", "NODE FROM", "it no longer hears the other", do_deafen},
    {"split", "NODE...", "these from the others", do_split},
    {"heal", "", "every cut", do_heal},
    {"libvirt", "NODE away|back", "", do_libvirt},
    {"pacemaker", "NODE away|back", "its configuration can't be read", do_pacemaker},
    {"lose-dc", "", "the DC's controller dies", do_lose_dc},
    {"slow", "NODE on|off", "its disks", do_slow},
    {"clock", "NODE SECONDS", "its Unix time is stepped", do_clock},
    {"rate", "WHAT PERMILLE",
        "migrations-fail, migrations-hang, migrations-late, sources-die, agents-killed, writes-lost, fencing-fails, "
        "messages-lost",
        do_rate},
    {"wait", "SECONDS", "", do_wait},
    {"settle", "", "until everything is at rest", do_settle},
};

gboolean sim_verbs_do(SimVerbs *verbs, const char *line)
{
    verbs->words = g_strsplit(line, " ", -1);
    gboolean ok = FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
        if (is(verbs, 0, table[i].word))
            ok = (verbs->sim || table[i].fn == do_nodes) && table[i].fn(verbs);
    g_clear_pointer(&verbs->words, g_strfreev);
    return ok;
}

char *sim_verbs_help(void)
{
    GString *text = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *usage = g_strdup_printf("%s %s", table[i].word, table[i].arguments);
        g_string_append_printf(text, "  %-42s %s\n", usage, table[i].summary);
    }
    return g_string_free(text, FALSE);
}
