/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/model/ha_nearest.h"

#include <string.h>

#define DISTANCE_MAX 3u /* from here on it is another word */

guint ha_word_distance(const char *typed, const char *known)
{
    guint row[HA_NEAREST_WORD_MAX + 1];
    gsize n = strlen(known);
    if (n > HA_NEAREST_WORD_MAX)
        return G_MAXUINT / 2;
    for (guint j = 0; j <= n; j++)
        row[j] = j;
    for (guint i = 1; typed[i - 1]; i++) {
        guint diagonal = row[0];
        row[0] = i;
        for (guint j = 1; j <= n; j++) {
            guint change = diagonal + (typed[i - 1] != known[j - 1]);
            diagonal = row[j];
            row[j] = MIN(change, MIN(row[j], row[j - 1]) + 1);
        }
    }
    return row[n];
}

const char *ha_nearest(const char *typed, const char *const *words)
{
    const char *best = NULL;
    guint best_distance = DISTANCE_MAX;
    for (; *words; words++) {
        guint distance = ha_word_distance(typed, *words);
        if (distance >= best_distance)
            continue;
        best_distance = distance;
        best = *words;
    }
    return best;
}
