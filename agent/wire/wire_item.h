/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wire_item - the messages that Casts, Calls and Results share: Report, Migration, Note, Request.
 *
 * wire_item_put_X fills a generated struct from a core type; strings are borrowed from the core type where they need no
 * repair, else kept in the arena. wire_item_take_X checks a generated struct and makes a core type of it.
 */
#ifndef WIRE_ITEM_H
#define WIRE_ITEM_H

#include "agent/wire/wire_control.h"
#include "agent/wire/wire_pack.h"

/** wire_item_prose - @text (nullable) as it may be sent: itself, or a repaired copy that the arena keeps. */
char *wire_item_prose(WireArena *arena, const char *text);

void wire_item_put_migration(const HaMigration *migration, Hactl__Migration *ret_message);
/** wire_item_put_report - @with_vms: FALSE leaves its VMs out (a view lists them by itself). */
void wire_item_put_report(
    WireArena *arena, const HaReport *report, guint64 joined, gboolean with_vms, Hactl__Report *ret_message);
void wire_item_put_note(WireArena *arena, const HaNote *note, Hactl__Note *ret_message);
/** wire_item_put_notes - @notes: HaNote*, n of them from @first. Returns: borrowed from the arena. */
Hactl__Note **wire_item_put_notes(WireArena *arena, const GPtrArray *notes, guint first, guint n);
/** wire_item_put_request - @hash: borrowed, nullable. */
void wire_item_put_request(WireArena *arena, const HaRequest *request, const char *hash, Hactl__Request *ret_message);

/** wire_item_take_report, _note, _request - Returns: (transfer full), NULL with WIRE_ERROR. */
HaReport *wire_item_take_report(const Hactl__Report *message, GError **error);
HaNote *wire_item_take_note(const Hactl__Note *message, GError **error);
HaRequest *wire_item_take_request(const Hactl__Request *message, GError **error);

#endif
