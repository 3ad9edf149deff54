/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_recommended - the settings that a hactl cluster has: one table for `hactl init`, `hactl check` and the lab.
 *
 * The reasoning, with the bound of each step of a recovery, is in docs/timing.md.
 */
#ifndef HA_RECOMMENDED_H
#define HA_RECOMMENDED_H

#include "agent/core/model/ha_config.h"

typedef enum {
    HA_SCOPE_PROPERTY, /* crm_config: a property of the cluster */
    HA_SCOPE_DEFAULT,  /* rsc_defaults: a meta attribute that every resource inherits */
} HaScope;

typedef struct {
    HaScope scope;
    const char *name, *value;
    const char *why; /* one sentence, lower case, without a full stop */
} HaRecommended;

/* corosync.conf, totem: how long a silent host is waited for; the same at any number of hosts. */
#define HA_RECOMMENDED_TOKEN_MS 1500u
#define HA_RECOMMENDED_TOKEN_COEFFICIENT_MS 0u
/* /etc/default/pacemaker, PCMK_ipc_buffer: a CIB of 1,000 VMs passes in one message. */
#define HA_RECOMMENDED_IPC_BUFFER_BYTES 20971520u

/** ha_recommended - the table. @ret_n: its length. Static. */
const HaRecommended *ha_recommended(guint *ret_n);

/**
 * ha_recommended_missing - the changes that set what the cluster has not set. What an admin has set stays as it is.
 * @config: borrowed.
 * @ret_other: nullable; (transfer full) "name=value (recommended: value)" of what is set otherwise, comma separated;
 * NULL when nothing is.
 *
 * Returns: (transfer full) HaChange list, in the table's order; empty when nothing is missing.
 */
GPtrArray *ha_recommended_missing(const HaConfig *config, char **ret_other);

#endif
