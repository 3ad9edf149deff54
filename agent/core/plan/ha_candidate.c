/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/plan/ha_candidate.h"

#include <string.h>

HaCandidate *ha_candidate_new(const char *node, HaBlock block, const char *detail)
{
    HaCandidate *candidate = g_new0(HaCandidate, 1);
    candidate->node = g_strdup(node);
    candidate->block = block;
    candidate->detail = g_strdup(detail);
    return candidate;
}

void ha_candidate_free(HaCandidate *candidate)
{
    g_free(candidate->node);
    g_free(candidate->detail);
    g_free(candidate);
}

char *ha_candidates_refused(const GPtrArray *candidates)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < candidates->len; i++) {
        const HaCandidate *candidate = candidates->pdata[i];
        if (candidate->block == HA_BLOCK_NODE_SELF || candidate->block == HA_BLOCK_NONE)
            continue;
        g_string_append_printf(
            text, "%s%s: %s", text->len ? "; " : "", candidate->node, ha_block_text(candidate->block, NULL));
        if (candidate->detail)
            g_string_append_printf(text, " (%s)", candidate->detail);
    }
    return g_string_free(text, FALSE);
}

char *ha_candidates_choice(const GPtrArray *candidates, const char *chosen, const char *aimed)
{
    guint fit = 0, others_spend = 0;
    gboolean measured = FALSE;
    const char *detail = "";
    for (guint i = 0; i < candidates->len; i++) {
        const HaCandidate *candidate = candidates->pdata[i];
        fit += candidate->block == HA_BLOCK_NONE;
        others_spend = MAX(others_spend, candidate->spends);
        measured |= candidate->measured;
        if (strcmp(candidate->node, chosen) == 0)
            detail = candidate->detail;
    }
    if (fit == 1 || aimed)
        return g_strdup_printf("%s, %s", fit == 1 ? "the only node that fits" : aimed, detail);
    const char *least = measured ? "the least loaded" : "the least full";
    if (!others_spend)
        return g_strdup_printf("%s that fits, %s", least, detail);
    g_autofree char *hosts = others_spend == 1 ? g_strdup("one host") : g_strdup_printf("%u hosts", others_spend);
    return g_strdup_printf("%s with which the loss of any %s can be made up for, %s", least, hosts, detail);
}

static void say_other(GString *text, const HaCandidate *candidate)
{
    const char *detail = candidate->detail;
    g_string_append_printf(text, "%s%s", text->len ? "; " : "", candidate->node);
    if (candidate->block == HA_BLOCK_NONE)
        g_string_append_printf(text, " could take it%s%s", detail ? ", " : "", detail ? detail : "");
    else
        g_string_append_printf(text, ": %s%s%s%s", ha_block_text(candidate->block, NULL), detail ? " (" : "",
            detail ? detail : "", detail ? ")" : "");
}

/* @n: how many were met before. Returns: with these. */
static guint say_others(GString *text, const GPtrArray *candidates, const char *chosen, gboolean fit, guint n)
{
    for (guint i = 0; i < candidates->len; i++) {
        const HaCandidate *candidate = candidates->pdata[i];
        if ((candidate->block == HA_BLOCK_NONE) != fit || candidate->block == HA_BLOCK_NODE_SELF ||
            g_strcmp0(candidate->node, chosen) == 0)
            continue;
        if (n++ < HA_OTHERS_SHOWN)
            say_other(text, candidate);
    }
    return n;
}

char *ha_candidates_others(const GPtrArray *candidates, const char *chosen)
{
    g_autoptr(GString) text = g_string_new(NULL);
    guint n = say_others(text, candidates, chosen, TRUE, 0);
    n = say_others(text, candidates, chosen, FALSE, n);
    if (n > HA_OTHERS_SHOWN)
        g_string_append_printf(text, "; and %u more", n - HA_OTHERS_SHOWN);
    return n ? g_strdup(text->str) : NULL;
}
