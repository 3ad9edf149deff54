/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/ha_survive.h"

#include "agent/core/ha_plan.h"
#include "agent/core/ha_sorted.h"

typedef struct {
    const char *name; /* first: sorted by it */
    gint64 free_mib;
    GArray *guests; /* guint64 MiB, descending */
} Host;

struct HaSurvive {
    GPtrArray *hosts; /* Host*, ascending name: those in service */
};

static void host_free(Host *host)
{
    g_array_unref(host->guests);
    g_free(host);
}

void ha_survive_free(HaSurvive *survive)
{
    if (!survive)
        return;
    g_ptr_array_unref(survive->hosts);
    g_free(survive);
}

static guint64 guest_at(const Host *host, guint index)
{
    return g_array_index(host->guests, guint64, index);
}

/* The first guest that is smaller than @mem_mib. */
static guint place_of(const Host *host, guint64 mem_mib)
{
    guint low = 0, high = host->guests->len;
    while (low < high) {
        guint middle = (low + high) / 2;
        if (guest_at(host, middle) >= mem_mib)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void ha_survive_put(HaSurvive *survive, const char *node, guint64 mem_mib)
{
    Host *host = node ? ha_sorted_find(survive->hosts, node) : NULL;
    if (!host)
        return;
    host->free_mib -= (gint64)mem_mib;
    g_array_insert_val(host->guests, place_of(host, mem_mib), mem_mib);
}

gboolean ha_survive_take(HaSurvive *survive, const char *node, guint64 mem_mib)
{
    Host *host = node ? ha_sorted_find(survive->hosts, node) : NULL;
    guint after = host ? place_of(host, mem_mib) : 0;
    if (!after || guest_at(host, after - 1) != mem_mib)
        return FALSE;
    host->free_mib += (gint64)mem_mib;
    g_array_remove_index(host->guests, after - 1);
    return TRUE;
}

/* ---- how it is ---- */

static void add_host(HaSurvive *survive, const HaView *view, const HaConfigNode *node)
{
    if (!ha_place_in_service(view, node))
        return;
    Host *host = g_new0(Host, 1);
    guint64 capacity, used;
    ha_view_node_mem(view, node->node, &capacity, &used);
    host->name = node->node;
    host->free_mib = (gint64)capacity - (gint64)used;
    host->guests = g_array_new(FALSE, FALSE, sizeof(guint64));
    g_ptr_array_add(survive->hosts, host);
}

/* Its memory is among what the node uses already. */
static void add_guest(HaSurvive *survive, const HaView *view, const HaConfigVm *vm)
{
    HaWhere where = ha_view_where(view, vm->name);
    const char *node = vm->pin ? vm->pin : where.node;
    Host *host = node && vm->wanted_running && vm->managed ? ha_sorted_find(survive->hosts, node) : NULL;
    guint64 mem_mib = ha_view_mem_there_mib(view, vm, &where);
    if (host)
        g_array_insert_val(host->guests, place_of(host, mem_mib), mem_mib);
}

HaSurvive *ha_survive_new(const HaView *view, const char *leaving)
{
    HaSurvive *survive = g_new0(HaSurvive, 1);
    survive->hosts = g_ptr_array_new_with_free_func((GDestroyNotify)host_free);
    for (guint i = 0; i < view->config->nodes->len; i++)
        if (g_strcmp0(((const HaConfigNode *)view->config->nodes->pdata[i])->node, leaving) != 0)
            add_host(survive, view, view->config->nodes->pdata[i]);
    for (guint i = 0; i < view->config->vms->len; i++)
        add_guest(survive, view, view->config->vms->pdata[i]);
    return survive;
}

/* ---- the loss of one ---- */

/* While some host has room for the biggest, whatever is next fits there; so this much fits in any order. */
static gboolean ample(const HaSurvive *survive, const Host *lost)
{
    gint64 biggest = (gint64)guest_at(lost, 0), needed = 0, room = 0;
    for (guint i = 0; i < lost->guests->len; i++)
        needed += (gint64)guest_at(lost, i);
    for (guint i = 0; i < survive->hosts->len; i++) {
        const Host *host = survive->hosts->pdata[i];
        room += host != lost && host->free_mib >= biggest ? host->free_mib - biggest + 1 : 0;
    }
    return needed <= room;
}

static gboolean packs(const HaSurvive *survive, const Host *lost)
{
    g_autofree gint64 *left = g_new(gint64, survive->hosts->len);
    for (guint i = 0; i < survive->hosts->len; i++) {
        const Host *host = survive->hosts->pdata[i];
        left[i] = host == lost ? 0 : host->free_mib;
    }
    for (guint i = 0; i < lost->guests->len; i++) {
        guint emptiest = 0;
        for (guint j = 1; j < survive->hosts->len; j++)
            if (left[j] > left[emptiest])
                emptiest = j;
        left[emptiest] -= (gint64)guest_at(lost, i);
        if (left[emptiest] < 0)
            return FALSE;
    }
    return TRUE;
}

gboolean ha_survive_any(const HaSurvive *survive)
{
    for (guint i = 0; survive->hosts->len > 1 && i < survive->hosts->len; i++) {
        const Host *lost = survive->hosts->pdata[i];
        if (lost->guests->len && !ample(survive, lost) && !packs(survive, lost))
            return FALSE;
    }
    return TRUE;
}
