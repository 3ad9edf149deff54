/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_verbs.h"

#include <string.h>

#include "tests/sim/sim_clock.h"
#include "tests/sim/sim_daemon.h"
#include "tests/sim/sim_faults.h"
#include "tests/sim/sim_fence.h"
#include "tests/sim/sim_groups.h"
#include "tests/sim/sim_host.h"
#include "tests/sim/sim_net.h"
#include "tests/sim/sim_pacemaker.h"
#include "tests/sim/sim_rest.h"
#include "tests/sim/sim_rules.h"

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

/* ---- arguments: what the table's usage says ---- */

typedef struct {
    guint nodes[2], n_nodes;
    guint vm;
    gboolean on; /* the first of two words */
    gint64 number;
} Args;

static const struct {
    const char *word;
    gint64 low, high;
} numbers[] = {
    {"N", 0, 1000},
    {"MIB", 1, G_MAXINT32},
    {"SECONDS", -100000, 100000},
    {"PERMILLE", 0, 1000},
};

static gboolean read_number(const SimVerbs *verbs, guint index, const char *kind, Args *args)
{
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
        if (strcmp(kind, numbers[i].word) == 0)
            return g_ascii_string_to_signed(
                word(verbs, index), 10, numbers[i].low, numbers[i].high, &args->number, NULL);
    return TRUE; /* a word that the verb reads itself */
}

static gboolean read_switch(const SimVerbs *verbs, guint index, const char *kind, Args *args)
{
    g_auto(GStrv) two = g_strsplit(kind, "|", 2);
    args->on = is(verbs, index, two[0]);
    return args->on || is(verbs, index, two[1]);
}

static gboolean read_argument(SimVerbs *verbs, guint index, const char *kind, Args *args)
{
    if (strcmp(kind, "NODE") == 0)
        return read_node(verbs, index, &args->nodes[args->n_nodes++]);
    if (strcmp(kind, "VM") == 0)
        return (args->vm = sim_find_vm(verbs->sim, word(verbs, index))) != SIM_NOBODY;
    if (g_ascii_islower(*kind) && strchr(kind, '|'))
        return read_switch(verbs, index, kind, args);
    return read_number(verbs, index, kind, args);
}

/* @usage: "NODE on|off [...]"; what is in brackets the verb reads itself. */
static gboolean read_arguments(SimVerbs *verbs, const char *usage, Args *args)
{
    g_auto(GStrv) kinds = g_strsplit(usage, " ", -1);
    *args = (Args){.nodes = {SIM_NOBODY, SIM_NOBODY}, .vm = SIM_NOBODY};
    for (guint i = 0; kinds[i] && *kinds[i] && *kinds[i] != '['; i++)
        if (!read_argument(verbs, i + 1, kinds[i], args))
            return FALSE;
    return TRUE;
}

/* ---- the cluster, before "start" ---- */

static gboolean do_nodes(SimVerbs *verbs, const Args *args)
{
    gint64 seed = 1;
    if (verbs->sim || args->number < 1 || args->number > SIM_NODES_MAX ||
        (is(verbs, 2, "seed") && !g_ascii_string_to_signed(word(verbs, 3), 10, 1, G_MAXINT64, &seed, NULL)))
        return FALSE;
    verbs->sim = sim_new((guint64)seed, (guint)args->number);
    verbs->sim->verbose = verbs->verbose;
    return TRUE;
}

static gboolean do_limit(SimVerbs *verbs, const Args *args)
{
    verbs->sim->migration_limit = (guint32)args->number;
    return TRUE;
}

static gboolean do_memory(SimVerbs *verbs, const Args *args)
{
    verbs->sim->nodes[args->nodes[0]].mem_mib = (guint64)args->number;
    return TRUE;
}

static gboolean do_vm(SimVerbs *verbs, const Args *args)
{
    if (!ha_name_check(word(verbs, 1)) || verbs->sim->n_vms == SIM_VMS_MAX)
        return FALSE;
    SimVm *vm = &verbs->sim->vms[sim_add_vm(verbs->sim, word(verbs, 1), args->nodes[0], (guint64)args->number)];
    if (is(verbs, 4, "local-disk"))
        vm->local_disk = g_strdup("/srv/local.qcow2");
    if (is(verbs, 4, "host-device"))
        vm->host_device = g_strdup("PCI device 0000:01:00.0");
    return TRUE;
}

static gboolean do_start(SimVerbs *verbs, const Args *args)
{
    sim_start(verbs->sim);
    verbs->started = TRUE;
    sim_run_until(verbs->sim, verbs->sim->now_ms + START_MS);
    return TRUE;
}

/* ---- admins ---- */

/* Asked on the first node that has a hactld. @request: (transfer full). */
static gboolean send(SimVerbs *verbs, HaRequest *request)
{
    Sim *sim = verbs->sim;
    guint at = 0;
    while (at + 1 < sim->n_nodes && !sim_daemon_running(sim, at))
        at++;
    request->by = g_strdup_printf("root@%s", sim_node_name(sim, at));
    sim_daemon_ask(sim, at, request);
    return TRUE;
}

static gboolean ask(SimVerbs *verbs, HaRequestKind kind, const Args *args)
{
    HaRequest *request = ha_request_new(kind, 0);
    if (args->n_nodes)
        request->node = g_strdup(sim_node_name(verbs->sim, args->nodes[0]));
    if (args->vm != SIM_NOBODY)
        request->vm = g_strdup(verbs->sim->vms[args->vm].name);
    request->restart = is(verbs, 2, "restart");
    request->returning = is(verbs, 2, "return");
    return send(verbs, request);
}

static gboolean do_drain(SimVerbs *verbs, const Args *args)
{
    return ask(verbs, HA_REQUEST_DRAIN, args);
}

static gboolean do_undrain(SimVerbs *verbs, const Args *args)
{
    return ask(verbs, HA_REQUEST_UNDRAIN, args);
}

static gboolean do_migrate(SimVerbs *verbs, const Args *args)
{
    Args with_node = *args;
    if (*word(verbs, 2) && !read_node(verbs, 2, &with_node.nodes[with_node.n_nodes++]))
        return FALSE;
    return ask(verbs, HA_REQUEST_MIGRATE, &with_node);
}

static gboolean do_stop(SimVerbs *verbs, const Args *args)
{
    return ask(verbs, HA_REQUEST_VM_STOP, args);
}

static gboolean do_run(SimVerbs *verbs, const Args *args)
{
    return ask(verbs, HA_REQUEST_VM_START, args);
}

static gboolean do_standby(SimVerbs *verbs, const Args *args)
{
    sim_pacemaker_standby(verbs->sim, args->nodes[0], args->on);
    return TRUE;
}

static gboolean do_confirm(SimVerbs *verbs, const Args *args)
{
    sim_fence_confirm(verbs->sim, args->nodes[0]);
    return TRUE;
}

/* ---- groups: there from the beginning, or asked for by an admin ---- */

static gboolean do_group(SimVerbs *verbs, const Args *args)
{
    const char *name = word(verbs, 1);
    if (!ha_name_check(name))
        return FALSE;
    const SimGroup *there = sim_rules_find(verbs->sim, name);
    g_autoptr(HaGroup) policy = there ? ha_group_copy(there->policy) : ha_group_new(name);
    for (guint i = 2; *word(verbs, i); i++)
        if (!sim_groups_set(policy, word(verbs, i)))
            return FALSE;
    if (!verbs->started) {
        sim_rules_set(verbs->sim, policy);
        return TRUE;
    }
    HaRequest *request = ha_request_new(HA_REQUEST_GROUP_SET, 0);
    request->group = g_steal_pointer(&policy);
    request->creating = there == NULL;
    return send(verbs, request);
}

static gboolean do_join(SimVerbs *verbs, const Args *args)
{
    if (!sim_rules_find(verbs->sim, word(verbs, 2)))
        return FALSE;
    if (!verbs->started) {
        sim_rules_join(verbs->sim, args->vm, word(verbs, 2));
        return TRUE;
    }
    HaRequest *request = ha_request_new(HA_REQUEST_GROUP_VMS, 0);
    request->group_name = g_strdup(word(verbs, 2));
    request->vms = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(request->vms, g_strdup(verbs->sim->vms[args->vm].name));
    return send(verbs, request);
}

/* ---- faults ---- */

static gboolean do_kill(SimVerbs *verbs, const Args *args)
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

static gboolean do_revive(SimVerbs *verbs, const Args *args)
{
    verbs->sim->hactld_gone = FALSE;
    for (guint i = 0; i < verbs->sim->n_nodes; i++)
        sim_daemon_start(verbs->sim, i, 0);
    return TRUE;
}

static gboolean do_power(SimVerbs *verbs, const Args *args)
{
    if (is(verbs, 3, "for-good"))
        verbs->sim->nodes[args->nodes[0]].stays_off = TRUE;
    if (args->on)
        sim_power_on(verbs->sim, args->nodes[0]);
    else
        sim_power_off(verbs->sim, args->nodes[0]);
    return TRUE;
}

static gboolean do_crash(SimVerbs *verbs, const Args *args)
{
    sim_host_crash(verbs->sim, args->vm);
    return TRUE;
}

static gboolean do_cut(SimVerbs *verbs, const Args *args)
{
    sim_net_cut(verbs->sim, args->nodes[0]);
    return TRUE;
}

static gboolean do_deafen(SimVerbs *verbs, const Args *args)
{
    sim_net_deafen(verbs->sim, args->nodes[1], args->nodes[0]);
    return TRUE;
}

static gboolean do_split(SimVerbs *verbs, const Args *args)
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

static gboolean do_heal(SimVerbs *verbs, const Args *args)
{
    sim_net_heal(verbs->sim);
    return TRUE;
}

static gboolean do_libvirt(SimVerbs *verbs, const Args *args)
{
    sim_host_libvirt(verbs->sim, args->nodes[0], !args->on);
    return TRUE;
}

static gboolean do_pacemaker(SimVerbs *verbs, const Args *args)
{
    sim_pacemaker_away(verbs->sim, args->nodes[0], args->on);
    return TRUE;
}

static gboolean do_lose_dc(SimVerbs *verbs, const Args *args)
{
    sim_fence_lose_dc(verbs->sim);
    return TRUE;
}

static gboolean do_slow(SimVerbs *verbs, const Args *args)
{
    verbs->sim->nodes[args->nodes[0]].slow = args->on;
    return TRUE;
}

static gboolean do_clock(SimVerbs *verbs, const Args *args)
{
    sim_clock_step(verbs->sim, args->nodes[0], args->number);
    return TRUE;
}

/* "rate WHAT PERMILLE" */
static gboolean do_rate(SimVerbs *verbs, const Args *args)
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
    for (gsize i = 0; i < G_N_ELEMENTS(rates); i++) {
        if (!is(verbs, 1, rates[i].what))
            continue;
        *rates[i].permille = (guint)args->number;
        return TRUE;
    }
    return FALSE;
}

/* ---- time ---- */

static gboolean do_wait(SimVerbs *verbs, const Args *args)
{
    char *end;
    gdouble seconds = g_ascii_strtod(word(verbs, 1), &end);
    if (end == word(verbs, 1) || *end || !(seconds > 0 && seconds < 1e6))
        return FALSE;
    sim_run_until(verbs->sim, verbs->sim->now_ms + (gint64)(seconds * 1000));
    return TRUE;
}

static gboolean do_settle(SimVerbs *verbs, const Args *args)
{
    sim_run_until(verbs->sim, verbs->sim->now_ms + 2000);
    sim_rest_settle(verbs->sim, SETTLE_MS);
    return TRUE;
}

/* ---- the table ---- */

static const struct {
    const char *word, *arguments, *summary;
    gboolean (*fn)(SimVerbs *verbs, const Args *args);
} table[] = {
    {"nodes", "N [seed S]", "the cluster: node1 to nodeN, 16 GiB each", do_nodes},
    {"limit", "N", "Pacemaker's migration-limit", do_limit},
    {"memory", "NODE MIB", "of a host", do_memory},
    {"vm", "NAME NODE MIB [local-disk|host-device]", "a VM that runs there", do_vm},
    {"group", "NAME [KEY=VALUE...]", "made, or changed, as hactl group; keys are those of a manifest", do_group},
    {"join", "VM NAME", "its group from now on", do_join},
    {"start", "", "everything is switched on; 20 s pass", do_start},
    {"drain", "NODE [restart]", "as hactl drain", do_drain},
    {"undrain", "NODE [return]", "as hactl undrain", do_undrain},
    {"migrate", "VM [NODE]", "as hactl migrate", do_migrate},
    {"stop", "VM", "as hactl vm stop", do_stop},
    {"run", "VM", "as hactl vm start", do_run},
    {"standby", "NODE on|off", "an admin's own, by crm_standby", do_standby},
    {"confirm", "NODE", "an admin vouches that a host is off", do_confirm},
    {"power", "on|off NODE [for-good]", "a fenced host boots again, unless it is off for good", do_power},
    {"crash", "VM", "its guest", do_crash},
    {"kill", "[NODE|all]", "hactld dies, and is restarted after 5 s; all: for good", do_kill},
    {"revive", "", "every hactld starts again", do_revive},
    {"cut", "NODE", "its network, both ways", do_cut},
    {"deafen", "NODE NODE", "the first no longer hears the second", do_deafen},
    {"split", "[NODE...]", "these from the others", do_split},
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
    {"wait", "TIME", "seconds", do_wait},
    {"settle", "", "until everything is at rest", do_settle},
};

gboolean sim_verbs_do(SimVerbs *verbs, const char *line)
{
    verbs->words = g_strsplit(line, " ", -1);
    gboolean ok = FALSE;
    Args args;
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
        if (is(verbs, 0, table[i].word))
            ok = (verbs->sim || table[i].fn == do_nodes) && read_arguments(verbs, table[i].arguments, &args) &&
                 table[i].fn(verbs, &args);
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
