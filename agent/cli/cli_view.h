/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_view - reading a view: look-ups, counts, and what in it needs a hand. Pure.
 *
 * Views come from wire_result_decode, so every enumeration in them is in range and every text is UTF-8.
 */
#ifndef CLI_VIEW_H
#define CLI_VIEW_H

#include "agent/core/ha_core.h"
#include "proto/hactl.pb-c.h"

/** cli_view_node, cli_view_vm - Returns: borrowed, NULL when the view has none of that name. */
const Hactl__ViewNode *cli_view_node(const Hactl__View *view, const char *name);
const Hactl__ViewVm *cli_view_vm(const Hactl__View *view, const char *name);

/** cli_view_dc - Returns: borrowed node name, NULL when unknown. */
const char *cli_view_dc(const Hactl__View *view);

/** cli_view_in_state - how many VMs are in this state. */
guint cli_view_in_state(const Hactl__View *view, HaVmState state);

/** cli_view_moving - is this VM on its way now (pinned, moving or landing)? */
gboolean cli_view_moving(const Hactl__ViewVm *vm);

/** cli_view_definition_waits - does it run with another definition than it will be started with? */
gboolean cli_view_definition_waits(const Hactl__ViewVm *vm);

/** cli_view_sound - can the view be trusted about the cluster: quorate, and Pacemaker's configuration read? */
gboolean cli_view_sound(const Hactl__View *view);

/**
 * cli_view_check_node, cli_view_check_vm - is there one of that name?
 * Returns: borrowed; NULL with CLI_EXIT_UNKNOWN, or with why the view can't tell.
 */
const Hactl__ViewNode *cli_view_check_node(const Hactl__View *view, const char *name, GError **error);
const Hactl__ViewVm *cli_view_check_vm(const Hactl__View *view, const char *name, GError **error);

/** cli_view_note - a core note over the message's own strings, for ha_note_sentence. Borrowed from @message. */
HaNote cli_view_note(const Hactl__Note *message);

#endif
