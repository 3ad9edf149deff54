/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_definition_mark - how a running domain tells which definition it was started with.
 *
 * The agent starts a domain with one element more than its definition has: in <metadata>, in a namespace of its own,
 * <hactl:definition xmlns:hactl="urn:hactl:domain:1" sha256="..."/>. libvirt keeps such elements untouched and takes
 * them along when the domain migrates, so that any host can say it at any time, and nobody has to remember it. The
 * stored definition itself has no mark: its hash would change by it.
 */
#ifndef IO_DEFINITION_MARK_H
#define IO_DEFINITION_MARK_H

#include <glib.h>

#define IO_DEFINITION_MARK_URI "urn:hactl:domain:1"
#define IO_DEFINITION_MARK_PREFIX "hactl"

/**
 * io_definition_mark - a copy of a domain's XML with this mark, instead of any that it has.
 * @xml: @len bytes that io_definition_parse accepts.
 * @hash: nullable: without a mark.
 *
 * Returns: (transfer full); NULL with an IO_DEFINITION_ERROR.
 */
char *io_definition_mark(const char *xml, gsize len, const char *hash, GError **error);

/** io_definition_mark_element - the mark alone, as virDomainSetMetadata takes it. Returns: (transfer full). */
char *io_definition_mark_element(const char *hash);

/** io_definition_mark_read - the inverse, as virDomainGetMetadata gives it. Returns: (transfer full) the hash, NULL
 * when it is no such element. */
char *io_definition_mark_read(const char *element);

#endif
