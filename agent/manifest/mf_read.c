/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/manifest/mf_read.h"

#include <string.h>

#include "agent/core/model/ha_nearest.h"
#include "agent/core/model/ha_sorted.h"
#include "agent/manifest/mf_check.h"
#include "agent/manifest/mf_document.h"
#include "agent/core/model/ha_field.h"

typedef struct {
    MfText *text;
    MfProblems *problems;
} Reader;

/* Takes one entry of a mapping. @what: for the problems: "group db", "the manifest". */
typedef void (*TakeEntry)(Reader *reader, const char *what, const MfNode *key, const MfNode *value, gpointer object);

static void source_free(gpointer data)
{
    MfSource *source = data;
    g_free(source->vm);
    g_free(source->path);
    g_free(source->inline_xml);
    g_free(source);
}

static void place_free(gpointer data)
{
    MfPlace *place = data;
    g_free(place->subject);
    g_free(place);
}

static MfText *text_new(void)
{
    MfText *text = g_new0(MfText, 1);
    text->manifest = ha_manifest_new();
    text->sources = g_ptr_array_new_with_free_func(source_free);
    text->places = g_ptr_array_new_with_free_func(place_free);
    return text;
}

void mf_text_free(MfText *text)
{
    if (!text)
        return;
    ha_manifest_free(text->manifest);
    g_ptr_array_unref(text->sources);
    g_ptr_array_unref(text->places);
    g_free(text);
}

MfMark mf_text_place(const MfText *text, const char *subject)
{
    const MfPlace *place = ha_sorted_find(text->places, subject);
    return place ? place->mark : (MfMark){0};
}

#define WRONG(reader, node, ...) mf_problems_add((reader)->problems, (node)->mark, __VA_ARGS__)

/* ---- scalars ---- */

/* Returns: NULL and a problem when @value is a list or a mapping, or nothing was written. */
static const char *scalar(Reader *reader, const char *what, const MfNode *value, const char *expected)
{
    if (value->kind == MF_SCALAR && !mf_node_is_null(value))
        return value->text;
    WRONG(reader, value, "%s is %s; write %s", what, value->kind == MF_SCALAR ? "empty" : mf_kind_text(value->kind),
        expected);
    return NULL;
}

static void take_number(
    Reader *reader, const char *what, const MfNode *value, guint32 min, guint32 max, guint32 *ret_number)
{
    guint64 number = 0;
    g_autofree char *expected = g_strdup_printf("a number from %u to %u", min, max);
    const char *text = scalar(reader, what, value, expected);
    if (!text)
        return;
    if (!value->plain || !g_ascii_string_to_unsigned(text, 10, min, max, &number, NULL))
        WRONG(reader, value, "%s is %s\"%s\"; write %s", what, value->plain ? "" : "the text ", text, expected);
    else
        *ret_number = (guint32)number;
}

static gboolean take_yes_no(Reader *reader, const char *what, const MfNode *value, gboolean *ret_yes)
{
    static const char *const yes[] = {"yes", "true", "on", NULL}, *const no[] = {"no", "false", "off", NULL};
    const char *text = scalar(reader, what, value, "yes or no");
    if (!text)
        return FALSE;
    if (!value->plain || (!g_strv_contains(yes, text) && !g_strv_contains(no, text))) {
        WRONG(reader, value, "%s is %s\"%s\"; write yes or no", what, value->plain ? "" : "the text ", text);
        return FALSE;
    }
    *ret_yes = g_strv_contains(yes, text);
    return TRUE;
}

static void take_word(Reader *reader, const char *what, const MfNode *value, const HaFieldWords *words, gpointer member)
{
    g_autofree char *all = g_strjoinv(", ", (char **)words->all);
    g_autofree char *expected = g_strconcat("one of ", all, NULL);
    const char *text = scalar(reader, what, value, expected);
    if (!text || words->parse(text, member))
        return;
    const char *near = ha_nearest(text, words->all);
    if (near)
        WRONG(reader, value, "%s is \"%s\"; did you mean %s? It is %s", what, text, near, expected);
    else
        WRONG(reader, value, "%s is \"%s\"; write %s", what, text, expected);
}

/* Returns: borrowed, NULL and a problem when it is no name. */
static const char *name(Reader *reader, const char *what, const MfNode *value, gboolean (*check)(const char *name))
{
    const char *text = scalar(reader, what, value, "a name");
    if (!text || check(text))
        return text;
    WRONG(reader, value,
        "%s is \"%s\", which is no name; names begin with a letter and have letters, digits, \"_\", \".\" and \"-\"",
        what, text);
    return NULL;
}

static void take_names(Reader *reader, const char *what, const MfNode *value, gboolean (*check)(const char *name),
    guint max, GPtrArray *names)
{
    if (value->kind != MF_LIST) {
        WRONG(reader, value, "%s is %s; write a list: [NAME, NAME]", what,
            mf_node_is_null(value) ? "empty" : mf_kind_text(value->kind));
        return;
    }
    if (value->items->len > max)
        WRONG(reader, value, "%s has %u names; at most %u are taken", what, value->items->len, max);
    for (guint i = 0; i < MIN(value->items->len, max); i++) {
        const MfNode *item = value->items->pdata[i];
        const char *one = name(reader, what, item, check);
        if (one && ha_strings_find(names, one))
            WRONG(reader, item, "%s names %s twice; take one out", what, one);
        else if (one)
            g_ptr_array_add(names, g_strdup(one));
        ha_strings_sort(names);
    }
}

static void set_text(char **member, const char *text)
{
    g_free(*member);
    *member = g_strdup(text);
}

/* ---- mappings ---- */

static void wrong_key(Reader *reader, const char *what, const MfNode *key, const char *const *known)
{
    const char *near = ha_nearest(key->text, known);
    g_autofree char *all = g_strjoinv(", ", (char **)known);
    if (near)
        WRONG(reader, key, "%s has no key \"%s\"; did you mean %s?", what, key->text, near);
    else
        WRONG(reader, key, "%s has no key \"%s\"; there are %s", what, key->text, all);
}

/* Every entry once, whose key is a scalar. An empty value is an empty mapping. */
static void take_map(Reader *reader, const char *what, const MfNode *map, TakeEntry take, gpointer object)
{
    if (mf_node_is_null(map))
        return;
    if (map->kind != MF_MAP) {
        WRONG(reader, map, "%s is %s; write a mapping: KEY: VALUE", what, mf_kind_text(map->kind));
        return;
    }
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal); /* only looked up */
    for (guint i = 0; i + 1 < map->items->len; i += 2) {
        const MfNode *key = map->items->pdata[i];
        if (key->kind != MF_SCALAR) {
            WRONG(reader, key, "%s: a key is %s; write a word", what, mf_kind_text(key->kind));
            continue;
        }
        const MfNode *first = g_hash_table_lookup(seen, key->text);
        if (first)
            WRONG(
                reader, key, "%s has \"%s\" twice, first in line %u; take one out", what, key->text, first->mark.line);
        else
            take(reader, what, key, map->items->pdata[i + 1], object);
        g_hash_table_insert(seen, key->text, (gpointer)(first ? first : key));
    }
}

static void take_field(Reader *reader, const char *what, const HaField *field, const MfNode *value, gpointer object)
{
    g_autofree char *where = g_strdup_printf("%s: %s", what, field->key);
    const char *text;
    switch (field->type) {
    case HA_FIELD_NUMBER:
        take_number(reader, where, value, field->min, field->max, HA_FIELD_AT(guint32, object, field));
        return;
    case HA_FIELD_YES_NO:
        take_yes_no(reader, where, value, HA_FIELD_AT(gboolean, object, field));
        return;
    case HA_FIELD_WORD:
        take_word(reader, where, value, field->words, HA_FIELD_AT(void, object, field));
        return;
    case HA_FIELD_NAME:
        text = name(reader, where, value, ha_name_check);
        if (text)
            set_text(HA_FIELD_AT(char *, object, field), text);
        return;
    case HA_FIELD_NODES:
        take_names(reader, where, value, ha_node_name_check, field->max, *HA_FIELD_AT(GPtrArray *, object, field));
        return;
    case HA_FIELD_GROUPS:
        take_names(reader, where, value, ha_name_check, field->max, *HA_FIELD_AT(GPtrArray *, object, field));
        return;
    }
    g_assert_not_reached();
}

static void take_field_of(
    Reader *reader, const char *what, const HaField *fields, const MfNode *key, const MfNode *value, gpointer object)
{
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    for (const HaField *field = fields; field->key; field++) {
        if (strcmp(field->key, key->text) == 0) {
            take_field(reader, what, field, value, object);
            return;
        }
        g_ptr_array_add(known, (gpointer)field->key);
    }
    g_ptr_array_add(known, NULL);
    wrong_key(reader, what, key, (const char *const *)known->pdata);
}

/* ---- what is named: policies, groups, VMs ---- */

/* @subject: (transfer full). */
static void add_place(Reader *reader, char *subject, const MfNode *key)
{
    MfPlace *place = g_new0(MfPlace, 1);
    place->subject = subject;
    place->mark = key->mark;
    g_ptr_array_add(reader->text->places, place);
}

static gboolean note_place(Reader *reader, const char *section, const MfNode *key, guint n, guint max)
{
    if (!ha_name_check(key->text)) {
        WRONG(reader, key,
            "%s: \"%s\" is no name; names begin with a letter and have letters, digits, \"_\", \".\" and \"-\"",
            section, key->text);
        return FALSE;
    }
    if (n >= max) {
        WRONG(reader, key, "%s: more than %u; divide the file", section, max);
        return FALSE;
    }
    add_place(reader, g_strconcat(section, ".", key->text, NULL), key);
    return TRUE;
}

static void take_policy_entry(Reader *reader, const char *what, const MfNode *key, const MfNode *value, gpointer policy)
{
    take_field_of(reader, what, ha_policy_fields, key, value, policy);
}

static void take_policy(Reader *reader, const char *section, const MfNode *key, const MfNode *value, gpointer data)
{
    GPtrArray *policies = reader->text->manifest->policies;
    g_autofree char *what = g_strconcat("migration policy ", key->text, NULL);
    if (!note_place(reader, section, key, policies->len, HA_POLICIES_MAX))
        return;
    HaPolicy *policy = ha_policy_new(key->text);
    g_ptr_array_add(policies, policy);
    take_map(reader, what, value, take_policy_entry, policy);
    if (policy->downtime_ms && policy->downtime_max_ms && policy->downtime_ms > policy->downtime_max_ms)
        WRONG(reader, key, "%s: downtime_ms %u is above downtime_max_ms %u; lower the one or raise the other", what,
            policy->downtime_ms, policy->downtime_max_ms);
}

static void take_group_entry(Reader *reader, const char *what, const MfNode *key, const MfNode *value, gpointer group)
{
    take_field_of(reader, what, ha_group_fields, key, value, group);
}

static void take_group(Reader *reader, const char *section, const MfNode *key, const MfNode *value, gpointer data)
{
    GPtrArray *groups = reader->text->manifest->groups;
    g_autofree char *what = g_strconcat("group ", key->text, NULL);
    if (!note_place(reader, section, key, groups->len, HA_GROUPS_MAX))
        return;
    HaGroup *group = ha_group_new(key->text);
    g_ptr_array_add(groups, group);
    take_map(reader, what, value, take_group_entry, group);
    if (group->ready == HA_READY_TCP && group->ready_port == 0)
        WRONG(reader, key, "%s: ready is tcp, without a port; add ready_port", what);
    if (group->ready != HA_READY_TCP && group->ready_port != 0)
        WRONG(reader, key, "%s: ready_port is given, and ready is %s; write ready: tcp, or take the port out", what,
            ha_ready_word(group->ready));
}

typedef struct {
    HaManifestVm *vm;
    const char *source_key; /* of the key that gave its definition; NULL none yet */
} VmEntry;

static void take_source(Reader *reader, const char *what, const MfNode *key, const MfNode *value, VmEntry *entry)
{
    if (entry->source_key) {
        WRONG(reader, key, "%s has both %s and %s; a VM has one definition: take one out", what, entry->source_key,
            key->text);
        return;
    }
    entry->source_key = key->text;
    g_autofree char *where = g_strdup_printf("%s: %s", what, key->text);
    const char *text = scalar(reader, where, value,
        strcmp(key->text, "xml") == 0          ? "the path of a file with its libvirt XML"
        : strcmp(key->text, "definition") == 0 ? "its libvirt XML, as a block: definition: |"
                                               : "the sha256 of a definition that the cluster has");
    if (!text)
        return;
    if (strcmp(key->text, "sha256") == 0) {
        if (ha_hash_check(text))
            entry->vm->hash = g_strdup(text);
        else
            WRONG(reader, value, "%s is no sha256; it has 64 lower-case hexadecimal digits", where);
        return;
    }
    MfSource *source = g_new0(MfSource, 1);
    source->vm = g_strdup(entry->vm->name);
    source->mark = value->mark;
    *(strcmp(key->text, "xml") == 0 ? &source->path : &source->inline_xml) = g_strdup(text);
    g_ptr_array_add(reader->text->sources, source);
}

static void take_vm_entry(Reader *reader, const char *what, const MfNode *key, const MfNode *value, gpointer data)
{
    static const char *const known[] = {"group", "running", "xml", "definition", "sha256", NULL};
    VmEntry *entry = data;
    g_autofree char *where = g_strdup_printf("%s: %s", what, key->text);
    gboolean running;
    if (strcmp(key->text, "group") == 0) {
        const char *group = name(reader, where, value, ha_name_check);
        if (group)
            set_text(&entry->vm->group, group);
    } else if (strcmp(key->text, "running") == 0) {
        if (take_yes_no(reader, where, value, &running))
            entry->vm->role = running ? HA_ROLE_RUNNING : HA_ROLE_STOPPED;
    } else if (g_strv_contains(known, key->text)) {
        take_source(reader, what, key, value, entry);
    } else {
        wrong_key(reader, what, key, known);
    }
}

static void take_vm(Reader *reader, const char *section, const MfNode *key, const MfNode *value, gpointer data)
{
    GPtrArray *vms = reader->text->manifest->vms;
    g_autofree char *what = g_strconcat("VM ", key->text, NULL);
    if (!note_place(reader, section, key, vms->len, HA_VMS_MAX))
        return;
    VmEntry entry = {.vm = ha_manifest_vm_new(key->text)};
    g_ptr_array_add(vms, entry.vm);
    take_map(reader, what, value, take_vm_entry, &entry);
}

/* ---- the file ---- */

static void take_section(Reader *reader, const char *what, const MfNode *key, const MfNode *value, gpointer data)
{
    static const char *const known[] = {"version", "migration_policies", "groups", "vms", NULL};
    guint32 *version = data;
    add_place(reader, g_strdup(key->text), key);
    if (strcmp(key->text, "version") == 0)
        take_number(reader, "version", value, MF_VERSION, MF_VERSION, version);
    else if (strcmp(key->text, "migration_policies") == 0)
        take_map(reader, key->text, value, take_policy, NULL);
    else if (strcmp(key->text, "groups") == 0)
        take_map(reader, key->text, value, take_group, NULL);
    else if (strcmp(key->text, "vms") == 0)
        take_map(reader, key->text, value, take_vm, NULL);
    else
        wrong_key(reader, what, key, known);
}

static gboolean names_version(const MfNode *root)
{
    for (guint i = 0; root->kind == MF_MAP && i < root->items->len; i += 2) {
        const MfNode *key = root->items->pdata[i];
        if (key->kind == MF_SCALAR && strcmp(key->text, "version") == 0)
            return TRUE;
    }
    return root->kind != MF_MAP; /* that is said by itself */
}

MfText *mf_read(const char *data, gsize len, MfProblems *problems)
{
    guint32 version = 0;
    guint before = problems->n;
    g_autoptr(MfNode) root = mf_document_parse(data, len, problems);
    if (!root)
        return NULL;
    g_autoptr(MfText) text = text_new();
    Reader reader = {text, problems};
    take_map(&reader, "the manifest", root, take_section, &version);
    if (!names_version(root) || mf_node_is_null(root))
        WRONG(&reader, root, "the manifest has no version; begin it with \"version: 1\"");
    ha_manifest_sort(text->manifest);
    ha_sorted_sort(text->sources);
    ha_sorted_sort(text->places);
    mf_check_groups(text, problems);
    return problems->n == before ? g_steal_pointer(&text) : NULL;
}
