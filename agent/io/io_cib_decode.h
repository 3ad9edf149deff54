/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_cib_decode - the CIB's XML, translated into an HaConfig. Decides nothing, changes nothing, includes no Pacemaker
 * header.
 */
#ifndef IO_CIB_DECODE_H
#define IO_CIB_DECODE_H

#include <libxml/tree.h>

#include "agent/core/model/ha_config.h"

/**
 * io_cib_decode - read a whole CIB.
 * @cib: borrowed; the <cib> element, of Pacemaker 2.1 or 3.
 *
 * Nodes: cluster nodes only (no remote ones). ONLINE: member, its controller online, joined or (at the election of a
 * DC) joining anew. UNCLEAN: Pacemaker would fence it. A node that is asked to shut down counts as standby, since
 * Pacemaker empties it likewise. A permanent attribute is outranked by the transient one of the same name. VMs:
 * primitives at the top level whose agent (their own, or their template's) is ocf:hactl:vm. Attributes: by score, the
 * primitive's own over the template's over rsc_defaults. Sets with a rule are passed over. Places: of nodes that are
 * ONLINE or UNCLEAN only.
 *
 * Returns: (transfer full) sorted; NULL with @error when it is no CIB.
 */
HaConfig *io_cib_decode(const xmlNode *cib, GError **error);

#endif
