/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_trim - give back what only the start needed.
 *
 * Starting touches most pages of some fifty libraries (libvirt's client alone links TLS, Kerberos, SSH, LDAP); running
 * touches few of them. Pages of program text and constants that were never written are dropped from this process; the
 * kernel keeps them in its page cache, and one that is needed again costs a minor fault.
 */
#ifndef IO_TRIM_H
#define IO_TRIM_H

#include <glib.h>

/**
 * io_trim_text - drop every private mapping of a file that can't be written and has no page of its own. Then hand free
 * heap pages back. Once, some seconds after the start, when everything has been connected. Returns: bytes that were
 * resident in what was dropped.
 */
gsize io_trim_text(void);

#endif
