/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_fence_agent - a fence agent's own account of its parameters, and a wanted device against it.
 */
#ifndef CLI_FENCE_AGENT_H
#define CLI_FENCE_AGENT_H

#include "agent/core/model/ha_fence_device.h"

typedef struct {
    char *name;      /* first: sorted by it */
    char *obsoletes; /* nullable: the old name of the same */
    gboolean required;
} CliFenceParameter;

typedef struct {
    GPtrArray *parameters; /* CliFenceParameter*, ascending name */
    gboolean lists;        /* it can say whom it fences */
} CliFenceAgent;

/** cli_fence_agent_load - ask Pacemaker for @agent's metadata. Returns: (transfer full); NULL with the exit code's
 * error. */
CliFenceAgent *cli_fence_agent_load(const char *agent, GError **error);
/** cli_fence_agent_parse - @xml: metadata. Returns: (transfer full); NULL with CLI_EXIT_FAILED. */
CliFenceAgent *cli_fence_agent_parse(const char *agent, const char *xml, GError **error);
void cli_fence_agent_free(CliFenceAgent *agent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CliFenceAgent, cli_fence_agent_free)

/** cli_fence_agent_has - a parameter of its own. */
gboolean cli_fence_agent_has(const CliFenceAgent *agent, const char *name);

/** cli_fence_secret - does this parameter hold a password? */
gboolean cli_fence_secret(const char *name);

/**
 * cli_fence_agent_check - unknown parameters (with the nearest name), missing ones, and a device that fences nobody.
 * Returns: FALSE with CLI_EXIT_USAGE.
 */
gboolean cli_fence_agent_check(const CliFenceAgent *agent, const HaFenceSpec *spec, GError **error);

/**
 * cli_fence_agent_validate - let the agent itself judge the values. They travel in the environment, never in arguments.
 * Returns: FALSE with CLI_EXIT_REFUSED.
 */
gboolean cli_fence_agent_validate(const HaFenceSpec *spec, GError **error);

#endif
