/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mf_document - a YAML text as a tree of marked nodes. libyaml parses; this keeps the marks and the bounds.
 *
 * The part of YAML that configuration needs: mappings, lists, scalars in all their styles. Aliases, anchors, tags and
 * several documents are refused: a manifest says what it means in its place, and stays small.
 */
#ifndef MF_DOCUMENT_H
#define MF_DOCUMENT_H

#include "agent/manifest/mf_problem.h"

#define MF_BYTES_MAX (32u * 1024u * 1024u)
#define MF_DEPTH_MAX 16u
#define MF_NODES_MAX 1000000u

typedef enum { MF_SCALAR, MF_LIST, MF_MAP } MfKind;

typedef struct {
    MfKind kind;
    MfMark mark;
    char *text;       /* MF_SCALAR: UTF-8 without NUL */
    gboolean plain;   /* MF_SCALAR: not quoted, not a block */
    GPtrArray *items; /* MfNode*: a list's elements; a map's keys and values, in turn */
} MfNode;

void mf_node_free(MfNode *node);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MfNode, mf_node_free)

/** mf_node_is_null - nothing was written, or "~" or "null". */
gboolean mf_node_is_null(const MfNode *node);
/** mf_kind_text - "a value", "a list", "a mapping". */
const char *mf_kind_text(MfKind kind);

/**
 * mf_document_parse - text to tree.
 * @data: borrowed, @len bytes of any content, not terminated.
 *
 * Returns: (transfer full) the root; NULL when a problem was added: not UTF-8, not YAML, empty, or beyond the bounds
 * above.
 */
MfNode *mf_document_parse(const char *data, gsize len, MfProblems *problems);

#endif
