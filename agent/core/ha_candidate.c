/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/ha_candidate.h"

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
    guint fit = 0;
    gboolean others_spend = FALSE, measured = FALSE;
    const char *detail = "";
    for (guint i = 0; i < candidates->len; i++) {
        const HaCandidate *candidate = candidates->pdata[i];
        fit += candidate->block == HA_BLOCK_NONE;
        others_spend |= candidate->spends;
        measured |= candidate->measured;
        if (strcmp(candidate->node, chosen) == 0)
            detail = candidate->detail;
    }
    if (fit == 1 || aimed)
        return g_strdup_printf("%s, %s", fit == 1 ? "the only node that fits" : aimed, detail);
    return g_strdup_printf("the least %s %s, %s", measured ? "loaded" : "full",
        others_spend ? "with which the loss of any one host can be made up for" : "that fits", detail);
}
