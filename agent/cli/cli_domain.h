/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_domain - small changes to a domain's XML, which leave the rest of the text as its author wrote it. Pure.
 */
#ifndef CLI_DOMAIN_H
#define CLI_DOMAIN_H

#include <glib.h>

/**
 * cli_domain_resize - give a domain another size.
 * @xml: what io_definition_parse accepts.
 * @mem_mib: 0: as it is. @vcpus: 0: as it is.
 *
 * <currentMemory> becomes the same size as <memory>, and the count of <vcpu> holds from the start. What depends on the
 * size besides (NUMA cells, <maxMemory>, a <topology> of another product, <vcpus>) is refused: only its author knows
 * what it should become. Returns: (transfer full); NULL with CLI_EXIT_REFUSED.
 */
GBytes *cli_domain_resize(GBytes *xml, guint64 mem_mib, guint32 vcpus, GError **error);

#endif
