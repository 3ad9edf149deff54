/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_sorted - arrays of structs that stay sorted by their first member, a name (char *). Nothing in the core iterates a
 * hash table.
 */
#ifndef HA_SORTED_H
#define HA_SORTED_H

#include <glib.h>

/** ha_sorted_sort - ascending by strcmp of the first member. */
void ha_sorted_sort(GPtrArray *array);
/** ha_sorted_index - where @name is. Returns: TRUE when found; @ret_index: nullable, its place or the place to insert
 * it. O(log n). */
gboolean ha_sorted_index(const GPtrArray *array, const char *name, guint *ret_index);
/** ha_sorted_find - Returns: borrowed element, NULL when absent. */
gpointer ha_sorted_find(const GPtrArray *array, const char *name);
/** ha_sorted_put - insert @element, or replace (and free) the one that bears its name. */
void ha_sorted_put(GPtrArray *array, gpointer element);
/** ha_strings_sort, ha_strings_find - the same for arrays of plain char *. */
void ha_strings_sort(GPtrArray *strings);
gboolean ha_strings_find(const GPtrArray *strings, const char *string);

#endif
