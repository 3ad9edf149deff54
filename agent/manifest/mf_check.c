/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/manifest/mf_check.h"

#include <string.h>

#include "agent/core/model/ha_sorted.h"

typedef struct {
    const MfText *text;
    MfProblems *problems;
    GPtrArray *path; /* HaGroup*, borrowed: from the first one on, each waits for the next */
    GPtrArray *done; /* char*, ascending, borrowed: nothing new is found behind these */
} Walk;

static MfMark place_of(const MfText *text, const HaGroup *group)
{
    g_autofree char *subject = g_strconcat("groups.", group->name, NULL);
    return mf_text_place(text, subject);
}

/* The ring begins where @group is on the path already. */
static void add_ring(const Walk *walk, const HaGroup *group)
{
    g_autoptr(GString) ring = g_string_new(group->name);
    guint first = 0;
    while (walk->path->pdata[first] != group)
        first++;
    for (guint i = first + 1; i < walk->path->len; i++)
        g_string_append_printf(ring, " after %s", ((const HaGroup *)walk->path->pdata[i])->name);
    mf_problems_add(walk->problems, place_of(walk->text, group),
        "group %s would wait for itself: %s after %s; take one of them out of its \"after\"", group->name, ring->str,
        group->name);
}

static void walk_from(Walk *walk, HaGroup *group)
{
    if (g_ptr_array_find(walk->path, group, NULL)) {
        add_ring(walk, group);
        return;
    }
    if (ha_strings_find(walk->done, group->name))
        return;
    g_ptr_array_add(walk->path, group);
    for (guint i = 0; i < group->after->len; i++) {
        HaGroup *before = ha_sorted_find(walk->text->manifest->groups, group->after->pdata[i]);
        if (before)
            walk_from(walk, before);
    }
    g_ptr_array_set_size(walk->path, (gint)walk->path->len - 1);
    g_ptr_array_add(walk->done, group->name);
    ha_strings_sort(walk->done);
}

static void check_nodes(const MfText *text, const HaGroup *group, MfProblems *problems)
{
    if (group->only_on_strength != HA_RULE_HARD || group->only_on->len == 0)
        return;
    for (guint i = 0; i < group->prefer->len; i++)
        if (!ha_strings_find(group->only_on, group->prefer->pdata[i]))
            mf_problems_add(problems, place_of(text, group),
                "group %s: prefer names %s, which the hard rule only_on forbids; take it out of the one or add it to "
                "the "
                "other",
                group->name, (const char *)group->prefer->pdata[i]);
}

void mf_check_groups(const MfText *text, MfProblems *problems)
{
    g_autoptr(GPtrArray) path = g_ptr_array_new();
    g_autoptr(GPtrArray) done = g_ptr_array_new();
    Walk walk = {text, problems, path, done};
    for (guint i = 0; i < text->manifest->groups->len; i++) {
        walk_from(&walk, text->manifest->groups->pdata[i]);
        check_nodes(text, text->manifest->groups->pdata[i], problems);
    }
}
