/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/model/ha_needs.h"

HaNeeds *ha_needs_new(void)
{
    HaNeeds *needs = g_new0(HaNeeds, 1);
    needs->bridges = g_ptr_array_new_with_free_func(g_free);
    needs->storage = g_ptr_array_new_with_free_func(g_free);
    return needs;
}

void ha_needs_free(HaNeeds *needs)
{
    if (!needs)
        return;
    g_free(needs->hash);
    g_free(needs->name);
    g_free(needs->uuid);
    g_ptr_array_unref(needs->bridges);
    g_ptr_array_unref(needs->storage);
    g_free(needs->local_disk);
    g_free(needs->host_device);
    g_free(needs);
}
