/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * su_invitation - what a host needs to join: corosync's configuration and key, as a text that can be piped. Pure.
 *
 * It holds the cluster's key: whoever has it can join. It is checked by a sum, so that half a pipe is no invitation.
 */
#ifndef SU_INVITATION_H
#define SU_INVITATION_H

#include "agent/setup/su_cluster.h"

#define SU_INVITATION_BYTES_MAX (256u * 1024u)
#define SU_KEY_BYTES_MIN 128u /* corosync's own bounds */
#define SU_KEY_BYTES_MAX 4096u

typedef struct {
    char *conf;
    GBytes *key;
    gint64 made_s; /* Unix time of the host that made it */
} SuInvitation;

void su_invitation_free(SuInvitation *invitation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SuInvitation, su_invitation_free)

/** su_invitation_format - Returns: (transfer full) text. */
char *su_invitation_format(const SuInvitation *invitation);

/**
 * su_invitation_parse - @text: @len bytes, any.
 * Returns: (transfer full); NULL with SU_ERROR_CONTENT.
 */
SuInvitation *su_invitation_parse(const char *text, gsize len, GError **error);

#endif
