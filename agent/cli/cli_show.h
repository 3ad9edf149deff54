/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_show - views, plans and events as text for people. Pure: everything goes into a string.
 *
 * @style: borrowed; decides colours, width, headings. @out: appended to, whole lines.
 */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include "agent/cli/cli_style.h"
#include "proto/hactl.pb-c.h"

/** cli_show_status - the whole story: cluster, problems with remedies, nodes, VMs by state, moves, drains, the newest
 * events. */
void cli_show_status(const CliStyle *style, const Hactl__View *view, GString *out);

void cli_show_nodes(const CliStyle *style, const Hactl__View *view, GString *out);
void cli_show_node(const CliStyle *style, const Hactl__View *view, const Hactl__ViewNode *node, GString *out);
void cli_show_vms(const CliStyle *style, const Hactl__View *view, GString *out);
void cli_show_vm(const CliStyle *style, const Hactl__View *view, const Hactl__ViewVm *vm, GString *out);

/** cli_show_plan - @title: "drain node3". Moves in their order, then each blocker with reason, candidates, remedy. */
void cli_show_plan(const CliStyle *style, const char *title, const Hactl__Plan *plan, GString *out);

/** cli_show_note - one event, one line. @now_s: decides whether the date is shown. */
void cli_show_note(const CliStyle *style, const Hactl__Note *note, gint64 now_s, GString *out);

/* ---- pieces ---- */

/** cli_show_node_table, cli_show_vm_table - rows of a table, with an indent. */
void cli_show_node_table(const CliStyle *style, const Hactl__View *view, guint indent, GString *out);
void cli_show_moving_table(const CliStyle *style, const Hactl__View *view, guint indent, GString *out);
/** cli_show_field - "Name:      value". @value: nullable, then nothing is shown. */
void cli_show_field(const CliStyle *style, GString *out, const char *name, const char *value);
/** cli_show_node_words - "online, standby, drained"; Returns: (transfer full). */
char *cli_show_node_words(const Hactl__ViewNode *node);
/** cli_show_vm_colour - how bad is a VM's state? */
CliColour cli_show_vm_colour(const Hactl__ViewVm *vm);
/** cli_show_move_words - "drain to node1 (moving, 63 %)"; Returns: (transfer full), NULL without a move. */
char *cli_show_move_words(const Hactl__ViewVm *vm);

#endif
