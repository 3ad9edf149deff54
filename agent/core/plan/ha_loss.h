/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ha_loss - every set of so many hosts, lost at once: what "any k hosts" means to ha_capacity and ha_survive. */
#ifndef HA_LOSS_H
#define HA_LOSS_H

#include <glib.h>

/** ha_loss_sets - how many sets of @lose there are of @n_hosts. */
guint64 ha_loss_sets(guint n_hosts, guint lose);

/** ha_loss_hosts_max - of @n_hosts the most whose sets of @lose are at most @sets_max. */
guint ha_loss_hosts_max(guint n_hosts, guint lose, guint64 sets_max);

/** HaLossVisit - @lost: the set, in the order of the hosts. Returns: FALSE: enough seen. */
typedef gboolean (*HaLossVisit)(const guint *lost, guint n, gpointer data);

/** ha_loss_each - every set of @lose (1 or more) of @hosts (guint). Returns: FALSE when a visit ended it. */
gboolean ha_loss_each(const GArray *hosts, guint lose, HaLossVisit visit, gpointer data);

#endif
