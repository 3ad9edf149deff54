/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ocf:hactl:vm - a virtual machine, run by libvirt, as a cluster resource. */
#include "resource-agents/ra_actions.h"
#include "resource-agents/ra_meta.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name;
    RaExit (*run)(const RaEnv *env);
} actions[] = {
    {"start", ra_start},
    {"stop", ra_stop},
    {"monitor", ra_monitor},
    {"status", ra_monitor},
    {"migrate_to", ra_migrate_to},
    {"migrate_from", ra_migrate_from},
    {"reload-agent", ra_reload_agent},
    {"validate-all", ra_validate_all},
};

static void print_usage(FILE *out)
{
    fputs("usage: vm {start|stop|monitor|migrate_to|migrate_from|reload-agent|validate-all|meta-data|usage}\n"
          "An OCF resource agent: Pacemaker calls it, with its parameters in the environment.\n",
        out);
}

static RaExit run_in_environment(RaExit (*run)(const RaEnv *env))
{
    g_auto(RaEnv) env = {0};
    g_autoptr(GError) error = NULL;

    if (!ra_env_read(&env, g_get_monotonic_time(), &error)) {
        ra_exit_reason("%s", error->message);
        return RA_ERR_ARGS;
    }
    return run(&env);
}

static RaExit dispatch(const char *action)
{
    if (strcmp(action, "meta-data") == 0) {
        fputs(ra_meta_xml, stdout);
        return RA_OK;
    }
    if (strcmp(action, "usage") == 0 || strcmp(action, "help") == 0) {
        print_usage(stdout);
        return RA_OK;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(actions); i++) {
        if (strcmp(action, actions[i].name) == 0)
            return run_in_environment(actions[i].run);
    }
    print_usage(stderr);
    return RA_ERR_UNIMPLEMENTED;
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    if (argc != 2) {
        print_usage(stderr);
        return RA_ERR_ARGS;
    }
    RaExit code = dispatch(argv[1]);

    /* A thread may hang in libvirt: end without waiting for anything of its. */
    fflush(stdout);
    fflush(stderr);
    _exit((int)code);
}
