/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * su_host - this host's own files, services and network, as far as becoming a node needs them. Translates; decides
 * nothing.
 *
 * Every file is replaced whole: written beside, synced, renamed. What it replaces is kept under NAME.before-hactl.
 */
#ifndef SU_HOST_H
#define SU_HOST_H

#include "agent/setup/su_invitation.h"

#define SU_CONF_PATH "/etc/corosync/corosync.conf"
#define SU_KEY_PATH "/etc/corosync/authkey"
#define SU_PACEMAKER_DEFAULTS_PATH "/etc/default/pacemaker"

/** su_host_name - Returns: (transfer full) `uname -n`. */
char *su_host_name(void);

/** su_host_read - Returns: (transfer full) the file's text, NULL when it isn't there or holds a NUL; @error otherwise.
 */
char *su_host_read(const char *path, GError **error);

/** su_host_key - corosync's key. @create: make a new one when there is none. Returns: (transfer full), NULL with
 * @error. */
GBytes *su_host_key(gboolean create, GError **error);

/** su_host_write - @mode: as of chmod. Nothing is done when the file is so already. Returns: FALSE with @error. */
gboolean su_host_write(const char *path, const void *data, gsize len, mode_t mode, GError **error);

/** su_host_set_variable - a shell file's NAME=VALUE: replaced, or appended. */
gboolean su_host_set_variable(const char *path, const char *name, const char *value, GError **error);

/**
 * su_host_is_own_address - is @address (or what it resolves to) an address of an interface of this host?
 * @ret_interface: nullable; (transfer full) on TRUE.
 * @ret_mtu: nullable; of the interface, in bytes.
 *
 * Returns: FALSE without @error when it is another host's; FALSE with SU_ERROR_HOST when it can't be resolved.
 */
gboolean su_host_is_own_address(const char *address, char **ret_interface, guint *ret_mtu, GError **error);

typedef enum {
    SU_REACH_ANSWERS,
    SU_REACH_SILENT,
    SU_REACH_UNKNOWN, /* ping is not installed */
} SuReach;

/**
 * su_host_reach - does @address answer a ping of @bytes that may not be cut up? Blocks for at most 2 s.
 * @bytes: of the IP packet; 0 for any size.
 */
SuReach su_host_reach(const char *address, guint bytes);

/** su_host_has_systemd - are services started by systemd here? */
gboolean su_host_has_systemd(void);

/** su_host_start - enable and start a service by systemd. Blocks. Returns: FALSE with what systemctl said. */
gboolean su_host_start(const char *service, GError **error);

/** su_host_run - run a program, take its standard output. Blocks. @argv: NULL-terminated. Returns: (transfer full);
 * NULL with @error. */
GBytes *su_host_run(const char *const *argv, GError **error);

#endif
