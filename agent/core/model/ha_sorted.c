/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/model/ha_sorted.h"

#include <string.h>

static const char *name_of(gconstpointer element)
{
    return *(const char *const *)element;
}

static gint compare_elements(gconstpointer a, gconstpointer b)
{
    return strcmp(name_of(*(gconstpointer const *)a), name_of(*(gconstpointer const *)b));
}

void ha_sorted_sort(GPtrArray *array)
{
    g_ptr_array_sort(array, compare_elements);
}

gboolean ha_sorted_index(const GPtrArray *array, const char *name, guint *ret_index)
{
    guint low = 0, high = array->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (strcmp(name_of(array->pdata[middle]), name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (ret_index)
        *ret_index = low;
    return low < array->len && strcmp(name_of(array->pdata[low]), name) == 0;
}

gpointer ha_sorted_find(const GPtrArray *array, const char *name)
{
    guint index;
    return name && ha_sorted_index(array, name, &index) ? array->pdata[index] : NULL;
}

void ha_sorted_put(GPtrArray *array, gpointer element)
{
    guint index;
    if (ha_sorted_index(array, name_of(element), &index))
        g_ptr_array_remove_index(array, index);
    g_ptr_array_insert(array, (gint)index, element);
}

static gint compare_strings(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void ha_strings_sort(GPtrArray *strings)
{
    g_ptr_array_sort(strings, compare_strings);
}

gboolean ha_strings_find(const GPtrArray *strings, const char *string)
{
    for (guint i = 0; i < strings->len; i++)
        if (strcmp(strings->pdata[i], string) == 0)
            return TRUE;
    return FALSE;
}
