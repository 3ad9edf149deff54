/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/wire/wire_text.h"

#include <string.h>

#include "agent/core/model/ha_types.h"

static gboolean refuse(GError **error, WireError code, const char *what, const char *why)
{
    g_set_error(error, WIRE_ERROR, code, "%s %s", what, why);
    return FALSE;
}

static gboolean length_check(const char *what, gsize len, gsize min, gsize max, GError **error)
{
    if (len >= min && len <= max)
        return TRUE;
    g_set_error(error, WIRE_ERROR, WIRE_ERROR_TEXT,
        "%s has %" G_GSIZE_FORMAT " bytes, and %" G_GSIZE_FORMAT " to %" G_GSIZE_FORMAT " are allowed", what, len, min,
        max);
    return FALSE;
}

/* A control character that is not in @allowed (ASCII), or NULL. */
static const char *find_control(const char *text, const char *allowed)
{
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at))
        if (g_unichar_iscntrl(g_utf8_get_char(at)) && strchr(allowed, *at) == NULL)
            return at;
    return NULL;
}

gboolean wire_text_label(const char *what, const char *text, gsize max, GError **error)
{
    if (!length_check(what, strlen(text), 1, max, error))
        return FALSE;
    return find_control(text, "") == NULL || refuse(error, WIRE_ERROR_TEXT, what, "has control characters");
}

gboolean wire_text_prose(const char *what, const char *text, GError **error)
{
    if (text == NULL)
        return TRUE;
    if (!length_check(what, strlen(text), 0, WIRE_TEXT_MAX, error))
        return FALSE;
    return find_control(text, "\n\t") == NULL || refuse(error, WIRE_ERROR_TEXT, what, "has control characters");
}

gboolean wire_text_word(const char *what, const char *text, GError **error)
{
    if (text == NULL)
        return TRUE;
    if (!wire_text_label(what, text, WIRE_LABEL_MAX, error))
        return FALSE;
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at))
        if (g_unichar_isspace(g_utf8_get_char(at)))
            return refuse(error, WIRE_ERROR_TEXT, what, "has white space");
    return TRUE;
}

gboolean wire_text_node(const char *what, const char *text, GError **error)
{
    if (text == NULL)
        return refuse(error, WIRE_ERROR_TEXT, what, "is missing");
    return ha_node_name_check(text) || refuse(error, WIRE_ERROR_TEXT, what,
                                           "is not a node's name (letters, digits, \"_\", \".\", \"-\"; at most 128)");
}

gboolean wire_text_hash(const char *what, const char *text, GError **error)
{
    if (text == NULL)
        return refuse(error, WIRE_ERROR_TEXT, what, "is missing");
    return ha_hash_check(text) || refuse(error, WIRE_ERROR_TEXT, what, "is not a sha256 in lower-case hex");
}

gboolean wire_text_content(const char *what, const guint8 *data, gsize len, GError **error)
{
    if (len == 0)
        return refuse(error, WIRE_ERROR_TEXT, what, "is empty");
    if (len > HA_DEFINITION_BYTES_MAX) {
        g_set_error(error, WIRE_ERROR, WIRE_ERROR_TOO_MANY,
            "%s has %" G_GSIZE_FORMAT " bytes, and at most %u are taken", what, len, HA_DEFINITION_BYTES_MAX);
        return FALSE;
    }
    return g_utf8_validate_len((const char *)data, len, NULL) ||
           refuse(error, WIRE_ERROR_TEXT, what, "is not valid UTF-8");
}

gboolean wire_text_below(const char *what, guint64 value, guint64 end, GError **error)
{
    if (value < end)
        return TRUE;
    g_set_error(error, WIRE_ERROR, WIRE_ERROR_RANGE,
        "%s is %" G_GUINT64_FORMAT ", and only values below %" G_GUINT64_FORMAT " are known here", what, value, end);
    return FALSE;
}

gboolean wire_text_positive(const char *what, guint64 value, GError **error)
{
    return value > 0 || refuse(error, WIRE_ERROR_RANGE, what, "is 0");
}

gboolean wire_text_at_most(const char *what, guint64 value, guint64 max, GError **error)
{
    if (value <= max)
        return TRUE;
    g_set_error(error, WIRE_ERROR, WIRE_ERROR_RANGE,
        "%s is %" G_GUINT64_FORMAT ", and at most %" G_GUINT64_FORMAT " is possible", what, value, max);
    return FALSE;
}

gboolean wire_text_count(const char *what, gsize n, gsize max, GError **error)
{
    if (n <= max)
        return TRUE;
    g_set_error(error, WIRE_ERROR, WIRE_ERROR_TOO_MANY,
        "%s has %" G_GSIZE_FORMAT " elements, and at most %" G_GSIZE_FORMAT " are taken", what, n, max);
    return FALSE;
}

/* Valid UTF-8 of at most @max bytes, cut between characters; every character that @bad refuses replaced. */
static char *repair(const char *text, gsize max, gboolean (*bad)(gunichar), char replacement)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *out = g_string_sized_new(MIN(strlen(valid), max));
    for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        gsize width = (gsize)(g_utf8_next_char(at) - at);
        if (out->len + width > max)
            break;
        if (bad(c))
            g_string_append_c(out, replacement);
        else
            g_string_append_len(out, at, (gssize)width);
    }
    return g_string_free(out, FALSE);
}

static gboolean bad_in_prose(gunichar c)
{
    return g_unichar_iscntrl(c) && c != '\n' && c != '\t';
}

static gboolean bad_in_word(gunichar c)
{
    return g_unichar_iscntrl(c) || g_unichar_isspace(c);
}

static char *none_if_empty(char *text)
{
    if (*text != '\0')
        return text;
    g_free(text);
    return NULL;
}

char *wire_text_repair_label(const char *text, gsize max)
{
    return text == NULL ? NULL : none_if_empty(repair(text, max, g_unichar_iscntrl, '?'));
}

char *wire_text_repair_prose(const char *text)
{
    return text == NULL ? NULL : repair(text, WIRE_TEXT_MAX, bad_in_prose, ' ');
}

char *wire_text_repair_word(const char *text)
{
    return text == NULL ? NULL : none_if_empty(repair(text, WIRE_LABEL_MAX, bad_in_word, '_'));
}
