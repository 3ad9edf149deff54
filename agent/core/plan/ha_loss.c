/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/plan/ha_loss.h"

guint64 ha_loss_sets(guint n_hosts, guint lose)
{
    guint64 sets = 1;
    for (guint i = 0; i < lose; i++)
        sets = sets * (n_hosts - i) / (i + 1);
    return n_hosts < lose ? 0 : sets;
}

guint ha_loss_hosts_max(guint n_hosts, guint lose, guint64 sets_max)
{
    while (ha_loss_sets(n_hosts, lose) > sets_max)
        n_hosts--;
    return n_hosts;
}

typedef struct {
    const GArray *hosts;
    GArray *lost; /* guint: chosen so far */
    guint lose;
    HaLossVisit visit;
    gpointer data;
} Sets;

static gboolean choose(const Sets *sets, guint first)
{
    guint left = sets->lose - sets->lost->len;
    if (!left)
        return sets->visit((const guint *)(gpointer)sets->lost->data, sets->lose, sets->data);
    for (guint i = first; i + left <= sets->hosts->len; i++) {
        g_array_append_val(sets->lost, g_array_index(sets->hosts, guint, i));
        gboolean go_on = choose(sets, i + 1);
        g_array_set_size(sets->lost, sets->lost->len - 1);
        if (!go_on)
            return FALSE;
    }
    return TRUE;
}

gboolean ha_loss_each(const GArray *hosts, guint lose, HaLossVisit visit, gpointer data)
{
    g_autoptr(GArray) lost = g_array_new(FALSE, FALSE, sizeof(guint));
    const Sets sets = {hosts, lost, lose, visit, data};
    return choose(&sets, 0);
}
