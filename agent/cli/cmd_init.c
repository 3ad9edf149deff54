/* SPDX-License-Identifier: GPL-2.0-or-later */
/* init: the first host of a cluster; without nodes, hactl's settings for the cluster that there is. */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_interrupt.h"
#include "agent/cli/cli_setup.h"

#include <stdio.h>

#define NAME_DEFAULT "hactl"
#define WAIT_DEFAULT_S 60
#define MTU_COMMON 1500u

static gboolean check_own(const SuNode *own, guint *ret_mtu, GError **error)
{
    for (guint i = 0; i < own->addresses->len; i++) {
        const char *address = own->addresses->pdata[i];
        g_autofree char *interface = NULL;
        g_autoptr(GError) failed = NULL;
        guint mtu = MTU_COMMON;
        if (!su_host_is_own_address(address, &interface, &mtu, &failed)) {
            if (failed)
                g_propagate_error(error, g_steal_pointer(&failed));
            else
                g_set_error(error, SU_ERROR, SU_ERROR_HOST,
                    "%s is no address of this host's interfaces; give one of those that 'ip address' shows: %s=ADDRESS",
                    address, own->name);
            return FALSE;
        }
        printf("link %u: %s on %s, MTU %u\n", i, address, interface, mtu);
        *ret_mtu = i == 0 ? mtu : MIN(*ret_mtu, mtu);
    }
    return TRUE;
}

/* A host that is off can join later: what can't be reached now is said, and no more. */
static void say_path(const char *name, const char *address, guint mtu)
{
    SuReach any = su_host_reach(address, 0), whole = any == SU_REACH_ANSWERS ? su_host_reach(address, mtu) : any;
    if (any == SU_REACH_UNKNOWN)
        printf("warning: the path to %s (%s) is not checked: ping is not installed\n", name, address);
    else if (any == SU_REACH_SILENT)
        printf("warning: %s (%s) does not answer a ping; is it on, is a firewall between?\n", name, address);
    else if (whole == SU_REACH_SILENT)
        printf("warning: packets of %u bytes do not reach %s (%s) whole; give the path the interfaces' MTU, or the "
               "interfaces the path's\n",
            mtu, name, address);
    else
        printf("path to %s (%s): %u bytes\n", name, address, mtu);
}

static gboolean check_other(const SuNode *other, guint mtu, GError **error)
{
    for (guint i = 0; i < other->addresses->len; i++) {
        const char *address = other->addresses->pdata[i];
        g_autoptr(GError) failed = NULL;
        gboolean own = su_host_is_own_address(address, NULL, NULL, &failed);
        if (failed) {
            g_propagate_error(error, g_steal_pointer(&failed));
            return FALSE;
        }
        if (own) {
            g_set_error(error, SU_ERROR, SU_ERROR_HOST,
                "%s, given for node %s, is this host's own address; give %s its own", address, other->name,
                other->name);
            return FALSE;
        }
        say_path(other->name, address, mtu);
    }
    return TRUE;
}

static gboolean check_network(const SuCluster *cluster, const SuNode *own, GError **error)
{
    guint mtu = MTU_COMMON;
    if (!check_own(own, &mtu, error))
        return FALSE;
    for (guint i = 0; i < cluster->nodes->len; i++) {
        const SuNode *node = cluster->nodes->pdata[i];
        if (node != own && !check_other(node, mtu, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean make(const CliRun *run, GError **error)
{
    const char *name = run->options.name ? run->options.name : NAME_DEFAULT;
    g_autofree char *host = su_host_name();
    g_autoptr(SuCluster) cluster = su_cluster_new(name, run->options.args, error);
    if (!cluster)
        return FALSE;
    const SuNode *own = su_cluster_find(cluster, host);
    if (!own) {
        g_set_error(error, SU_ERROR, SU_ERROR_CONTENT,
            "this host, %s, is not among the nodes; name it too, as 'uname -n' does: %s=ADDRESS", host, host);
        return FALSE;
    }
    g_autofree char *conf = su_cluster_conf(cluster);
    if (!cli_setup_check_taken(conf, error) || !check_network(cluster, own, error))
        return FALSE;
    if (run->options.dry_run) {
        printf("\n%s would be:\n\n%s", SU_CONF_PATH, conf);
        return TRUE;
    }
    g_autoptr(GBytes) key = su_host_key(TRUE, error);
    gboolean started;
    if (!key || !cli_setup_files(conf, key, error) || !cli_setup_services(&started, error))
        return FALSE;
    printf("\nNow on every other host:\n    hactl join %s              # fetches the invitation by ssh\n"
           "    ssh root@%s hactl invite | hactl join -\n"
           "then, on any host:\n    hactl fence add ...           # nothing is recovered without fencing\n"
           "    hactl check                   # what is still missing\n",
        host, host);
    return TRUE;
}

static gboolean tune(const CliRun *run, GError **error)
{
    if (run->options.dry_run) {
        g_set_error(error, CLI_ERROR, CLI_EXIT_USAGE,
            "init: --dry-run is for a cluster to be made; 'hactl check' shows which settings of this one are missing");
        return FALSE;
    }
    cli_interrupt_catch();
    gint64 timeout_s = run->options.timeout_s > 0 ? run->options.timeout_s : WAIT_DEFAULT_S;
    return cli_setup_wait("init", timeout_s, error) && cli_setup_tune("init", error);
}

CliExit cmd_init(CliRun *run, GError **error)
{
    if (!cli_setup_root("init", error))
        return CLI_EXIT_PERMISSION;
    gboolean done = run->options.n_args ? make(run, error) : tune(run, error);
    return done ? CLI_EXIT_DONE : cli_setup_exit(error);
}
