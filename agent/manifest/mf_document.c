/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/manifest/mf_document.h"

#include <string.h>
#include <yaml.h>

typedef struct {
    yaml_parser_t parser;
    MfProblems *problems;
    GPtrArray *open; /* MfNode*, borrowed: the collections around the present place */
    MfNode *root;
    guint nodes, documents;
    gboolean failed;
} Loader;

void mf_node_free(MfNode *node)
{
    if (!node)
        return;
    g_free(node->text);
    g_clear_pointer(&node->items, g_ptr_array_unref);
    g_free(node);
}

gboolean mf_node_is_null(const MfNode *node)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL", NULL};
    return node->kind == MF_SCALAR && node->plain && g_strv_contains(words, node->text);
}

const char *mf_kind_text(MfKind kind)
{
    static const char *const texts[] = {"a value", "a list", "a mapping"};
    return texts[kind];
}

static MfMark mark_of(const yaml_mark_t *mark)
{
    return (MfMark){(guint)MIN(mark->line, G_MAXUINT - 1) + 1, (guint)MIN(mark->column, G_MAXUINT - 1) + 1};
}

static void fail(Loader *loader, const yaml_mark_t *mark, const char *text)
{
    mf_problems_add(loader->problems, mark_of(mark), "%s", text);
    loader->failed = TRUE;
}

/* ---- the tree ---- */

static void place(Loader *loader, MfNode *node, const yaml_mark_t *mark)
{
    MfNode *parent = loader->open->len ? loader->open->pdata[loader->open->len - 1] : NULL;
    if (parent)
        g_ptr_array_add(parent->items, node);
    else
        loader->root = node;
    if (++loader->nodes > MF_NODES_MAX)
        fail(loader, mark, "too many values; a file has at most a million: divide it");
}

static MfNode *node_new(MfKind kind, const yaml_event_t *event)
{
    MfNode *node = g_new0(MfNode, 1);
    node->kind = kind;
    node->mark = mark_of(&event->start_mark);
    if (kind != MF_SCALAR)
        node->items = g_ptr_array_new_with_free_func((GDestroyNotify)mf_node_free);
    return node;
}

static void open_collection(Loader *loader, MfKind kind, const yaml_event_t *event)
{
    MfNode *node = node_new(kind, event);
    place(loader, node, &event->start_mark);
    g_ptr_array_add(loader->open, node);
    if (loader->open->len > MF_DEPTH_MAX)
        fail(loader, &event->start_mark, "nested too deeply; a manifest needs no more than four levels");
}

static void take_scalar(Loader *loader, const yaml_event_t *event)
{
    MfNode *node = node_new(MF_SCALAR, event);
    const char *value = (const char *)event->data.scalar.value;
    gsize len = event->data.scalar.length;
    node->text = g_strndup(value, len);
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    place(loader, node, &event->start_mark);
    if (strlen(node->text) != len)
        fail(loader, &event->start_mark, "a NUL in a text; take out the \"\\0\"");
}

static gboolean has_tag_or_anchor(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return event->data.scalar.anchor || event->data.scalar.tag;
    case YAML_SEQUENCE_START_EVENT:
        return event->data.sequence_start.anchor || event->data.sequence_start.tag;
    case YAML_MAPPING_START_EVENT:
        return event->data.mapping_start.anchor || event->data.mapping_start.tag;
    default: /* the others bear neither */
        return FALSE;
    }
}

static void take(Loader *loader, const yaml_event_t *event)
{
    if (has_tag_or_anchor(event)) {
        fail(loader, &event->start_mark, "anchors (&) and tags (!) are not read here; write the value itself");
        return;
    }
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        fail(loader, &event->start_mark, "aliases (*) are not read here; write the value itself");
        return;
    case YAML_SCALAR_EVENT:
        take_scalar(loader, event);
        return;
    case YAML_SEQUENCE_START_EVENT:
        open_collection(loader, MF_LIST, event);
        return;
    case YAML_MAPPING_START_EVENT:
        open_collection(loader, MF_MAP, event);
        return;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        g_ptr_array_set_size(loader->open, (gint)loader->open->len - 1);
        return;
    case YAML_DOCUMENT_START_EVENT:
        if (++loader->documents > 1)
            fail(loader, &event->start_mark, "a second document; a manifest is one, without a \"---\" in between");
        return;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return;
    }
}

/* ---- the parser ---- */

static void fail_syntax(Loader *loader)
{
    const yaml_parser_t *parser = &loader->parser;
    const char *problem = parser->problem ? parser->problem : "it can't be read";
    const char *context = parser->context ? parser->context : "";
    mf_problems_add(
        loader->problems, mark_of(&parser->problem_mark), "not YAML: %s%s%s", problem, *context ? ", " : "", context);
    loader->failed = TRUE;
}

static void run(Loader *loader)
{
    gboolean ended = FALSE;
    while (!ended && !loader->failed) {
        yaml_event_t event;
        if (!yaml_parser_parse(&loader->parser, &event)) {
            fail_syntax(loader);
            return;
        }
        ended = event.type == YAML_STREAM_END_EVENT;
        take(loader, &event);
        yaml_event_delete(&event);
    }
}

/* libyaml would take UTF-16 for what it is, and tell of a bad byte without its line. */
static gboolean check_text(const char *data, gsize len, MfProblems *problems)
{
    const char *bad = NULL;
    MfMark mark = {1, 1};
    if (g_utf8_validate_len(data, len, &bad))
        return TRUE;
    for (const char *at = data; at < bad; at = g_utf8_next_char(at)) {
        mark.line += *at == '\n';
        mark.column = *at == '\n' ? 1 : mark.column + 1;
    }
    mf_problems_add(problems, mark, "not UTF-8: the byte 0x%02x; save the file as UTF-8", (guint8)*bad);
    return FALSE;
}

MfNode *mf_document_parse(const char *data, gsize len, MfProblems *problems)
{
    Loader loader = {.problems = problems};
    if (!check_text(data, len, problems))
        return NULL;
    g_assert(yaml_parser_initialize(&loader.parser)); /* fails for want of memory only */
    yaml_parser_set_encoding(&loader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&loader.parser, (const unsigned char *)data, len);
    loader.open = g_ptr_array_new();
    run(&loader);
    g_ptr_array_unref(loader.open);
    yaml_parser_delete(&loader.parser);
    if (!loader.failed && !loader.root)
        mf_problems_add(problems, (MfMark){1, 1}, "empty; a manifest begins with \"version: 1\"");
    if (loader.failed)
        g_clear_pointer(&loader.root, mf_node_free);
    return loader.root;
}
