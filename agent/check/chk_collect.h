/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * chk_collect - fill the doctor's facts: from files and from the cluster's own tools, all with a time limit.
 *
 * The hosts' reports (facts.hactld, facts.hosts) are hactl's to fill: it has the control socket.
 */
#ifndef CHK_COLLECT_H
#define CHK_COLLECT_H

#include <libxml/tree.h>

#include "agent/check/chk_report.h"

/**
 * chk_collect - look at this host and at the cluster from it. Takes as long as its slowest tool, 25 s at most.
 * @areas: a set of ChkArea: what is not in it is not looked at. CHK_FENCING asks every device.
 */
void chk_collect(ChkFacts *facts, guint areas);

/* ---- what the tools and files say; each reads a text into the facts ---- */

/** chk_collect_cmap - `corosync-cmapctl`: "key (type) = value" a line. */
void chk_collect_cmap(const char *text, ChkFacts *facts);
/** chk_collect_links - `corosync-cmapctl -m stats`: stats.knet.nodeN.linkM.connected. After chk_collect_cmap. */
void chk_collect_links(const char *text, ChkFacts *facts);
/** chk_collect_cib - the whole <cib>. @cib: borrowed. Returns: FALSE and @error when it is none. */
gboolean chk_collect_cib(const xmlNode *cib, ChkFacts *facts, GError **error);
/** chk_collect_history - `stonith_admin --history '*' --output-as=xml`. */
void chk_collect_history(const char *xml, ChkFacts *facts);
/** chk_collect_qemu_conf - /etc/libvirt/qemu.conf. */
void chk_collect_qemu_conf(const char *text, ChkFacts *facts);
/** chk_collect_definition - libvirt XML of @vm. */
void chk_collect_definition(const char *vm, const char *xml, gsize len, ChkFacts *facts);

#endif
