/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mf_schema - the keys of a manifest, once: reading, writing and the tests of docs/schema/manifest.json go by these
 * tables.
 */
#ifndef MF_SCHEMA_H
#define MF_SCHEMA_H

#include "agent/core/ha_manifest.h"

#define MF_VERSION 1u

typedef enum {
    MF_NUMBER, /* guint32, min..max */
    MF_YES_NO, /* gboolean */
    MF_WORD,   /* an enumeration */
    MF_NAME,   /* char*: a group's or policy's name */
    MF_NODES,  /* GPtrArray of char*: nodes' names */
    MF_GROUPS, /* GPtrArray of char*: groups' names */
} MfType;

/* An enumeration's words. */
typedef struct {
    gboolean (*parse)(const char *word, gpointer ret_value);
    const char *(*word)(gconstpointer value);
    const char *const *all; /* NULL-terminated */
} MfWords;

typedef struct {
    const char *key;
    MfType type;
    gsize offset; /* into the struct that the table is for */
    guint32 min, max;
    const MfWords *words;
} MfField;

/* Each ends with a row whose key is NULL. */
extern const MfField mf_policy_fields[]; /* HaPolicy */
extern const MfField mf_group_fields[];  /* HaGroup */

#define MF_MEMBER(type, object, field) ((type *)G_STRUCT_MEMBER_P((gpointer)(object), (field)->offset))

#endif
