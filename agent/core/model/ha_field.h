/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_field - the members of a group and of a migration policy that an admin sets, once: the manifest's keys, their
 * bounds and words, and how a change of one reads. docs/schema/manifest.json is tested against these tables.
 */
#ifndef HA_FIELD_H
#define HA_FIELD_H

#include "agent/core/model/ha_group.h"
#include "agent/core/model/ha_policy.h"

typedef enum {
    HA_FIELD_NUMBER, /* guint32, min..max */
    HA_FIELD_YES_NO, /* gboolean */
    HA_FIELD_WORD,   /* an enumeration */
    HA_FIELD_NAME,   /* char*: a policy's name */
    HA_FIELD_NODES,  /* GPtrArray of char*, ascending: at most max nodes' names */
    HA_FIELD_GROUPS, /* GPtrArray of char*, ascending: at most max groups' names */
} HaFieldType;

/* An enumeration's words. */
typedef struct {
    gboolean (*parse)(const char *word, gpointer ret_value);
    const char *(*word)(gconstpointer value);
    const char *const *all; /* NULL-terminated */
} HaFieldWords;

typedef struct {
    const char *key;
    HaFieldType type;
    gsize offset; /* into the struct that the table is for */
    guint32 min, max;
    const HaFieldWords *words;
} HaField;

/* Each ends with a row whose key is NULL. */
extern const HaField ha_policy_fields[]; /* HaPolicy */
extern const HaField ha_group_fields[];  /* HaGroup */

/** HA_FIELD_AT - pointer to the member of @object, of C type @type. */
#define HA_FIELD_AT(type, object, field) ((type *)G_STRUCT_MEMBER_P((gpointer)(object), (field)->offset))

/** ha_field_equal - do two objects agree in this member? */
gboolean ha_field_equal(const HaField *field, gconstpointer a, gconstpointer b);
/** ha_field_text - the member's value, lists as "a, b", an empty one as "none". Returns: (transfer full). */
char *ha_field_text(const HaField *field, gconstpointer object);
/**
 * ha_field_changes - what differs, in words: "tier 3 to 1, after none to db".
 * Returns: (transfer full) "" when nothing does.
 */
char *ha_field_changes(const HaField *fields, gconstpointer from, gconstpointer to);

#endif
