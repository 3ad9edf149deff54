/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_actions.h"

#include "resource-agents/ra_local.h"

#define LEVEL_WITH_STORE 10

RaExit ra_validate_all(const RaEnv *env)
{
    g_autofree char *xml = NULL;

    if (env->problem) {
        ra_exit_reason("%s", env->problem);
        return RA_ERR_ARGS;
    }
    return env->check_level >= LEVEL_WITH_STORE ? ra_local_definition(env, 0, &xml, NULL) : RA_OK;
}

RaExit ra_reload_agent(const RaEnv *env)
{
    if (env->problem) {
        ra_exit_reason("%s", env->problem);
        return RA_ERR_ARGS;
    }
    return RA_OK;
}
