/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wire_text - the rules for strings and numbers on the wire: checks for decoders, repairs for encoders.
 *
 * A check names its field by @what and returns TRUE for what the rule allows; a repair returns something its check
 * allows.
 */
#ifndef WIRE_TEXT_H
#define WIRE_TEXT_H

#include "agent/wire/wire_error.h"

#define WIRE_TEXT_MAX 4096u /* bytes of an error or explanation */
#define WIRE_LABEL_MAX 255u /* bytes of a VM's or bridge's name, of "who asked" */
#define WIRE_KEY_MAX 1024u  /* bytes of a storage key */
/* Any size or rate: the sum of HA_VMS_MAX of them, in MiB, stays far below 2^64. */
#define WIRE_BYTES_MAX (G_GUINT64_CONSTANT(1) << 56)
#define WIRE_UNIX_MS_MAX (G_GINT64_CONSTANT(1) << 53) /* a JSON number holds it exactly */

/** wire_text_label - a VM's, bridge's or storage's name: 1..@max bytes, no control characters. @text: valid UTF-8. */
gboolean wire_text_label(const char *what, const char *text, gsize max, GError **error);
/** wire_text_prose - an error or explanation: 0..WIRE_TEXT_MAX bytes, of the control characters only newline and tab.
 * @text: nullable. */
gboolean wire_text_prose(const char *what, const char *text, GError **error);
/** wire_text_word - who asked: a label without white space, which would change the meaning of a hactl-drain attribute.
 * @text: nullable. */
gboolean wire_text_word(const char *what, const char *text, GError **error);
/** wire_text_node - ha_name_check. @text: nullable, refused then. */
gboolean wire_text_node(const char *what, const char *text, GError **error);
/** wire_text_hash - ha_hash_check. @text: nullable, refused then. */
gboolean wire_text_hash(const char *what, const char *text, GError **error);
/** wire_text_content - a definition: 1..HA_DEFINITION_BYTES_MAX bytes of UTF-8 without NUL. */
gboolean wire_text_content(const char *what, const guint8 *data, gsize len, GError **error);

/** wire_text_below - an enumeration: @value < @end. */
gboolean wire_text_below(const char *what, guint64 value, guint64 end, GError **error);
gboolean wire_text_positive(const char *what, guint64 value, GError **error);
gboolean wire_text_at_most(const char *what, guint64 value, guint64 max, GError **error);
/** wire_text_count - a number of elements. */
gboolean wire_text_count(const char *what, gsize n, gsize max, GError **error);

/** wire_text_repair_label, _prose, _word - Returns: (transfer full) NULL for NULL (and for an empty label or word). */
char *wire_text_repair_label(const char *text, gsize max);
char *wire_text_repair_prose(const char *text);
char *wire_text_repair_word(const char *text);

#endif
