/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/plan/ha_survive.h"

#include "agent/core/plan/ha_capacity.h"
#include "agent/core/plan/ha_loss.h"
#include "agent/core/plan/ha_plan.h"
#include "agent/core/model/ha_sorted.h"
#include "agent/core/plan/ha_spare.h"

#define SETS_MAX 300u /* asked for each target of a plan: of more sets of hosts only the fullest hosts' are tried */

typedef struct {
    const char *name; /* first: sorted by it */
    gint64 free_mib;
    GArray *guests; /* guint64 MiB, descending */
    gint64 guests_mib;
    gboolean lost; /* in the set at hand */
} Host;

struct HaSurvive {
    GPtrArray *hosts; /* Host*, ascending name: those in service */
    guint lose;       /* hosts at once */
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

static void add_to(Host *host, guint64 mem_mib)
{
    g_array_insert_val(host->guests, place_of(host, mem_mib), mem_mib);
    host->guests_mib += (gint64)mem_mib;
}

void ha_survive_put(HaSurvive *survive, const char *node, guint64 mem_mib)
{
    Host *host = node ? ha_sorted_find(survive->hosts, node) : NULL;
    if (!host)
        return;
    host->free_mib -= (gint64)mem_mib;
    add_to(host, mem_mib);
}

gboolean ha_survive_take(HaSurvive *survive, const char *node, guint64 mem_mib)
{
    Host *host = node ? ha_sorted_find(survive->hosts, node) : NULL;
    guint after = host ? place_of(host, mem_mib) : 0;
    if (!after || guest_at(host, after - 1) != mem_mib)
        return FALSE;
    host->free_mib += (gint64)mem_mib;
    host->guests_mib -= (gint64)mem_mib;
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

/* Its memory is among what the node uses already. One on its way counts where it goes. */
static void add_guests(const HaView *view, Host *host)
{
    const HaReport *report = ha_view_report(view, host->name);
    for (guint i = 0; i < report->vms->len; i++) {
        const HaReportVm *said = report->vms->pdata[i];
        const HaConfigVm *vm = ha_config_find_vm(view->config, said->name);
        const HaWhere there = {.node = host->name, .report = said};
        if (vm && vm->wanted_running && vm->managed && !vm->pin && said->state != HA_VM_INCOMING)
            add_to(host, ha_view_mem_there_mib(view, vm, &there));
    }
}

static void add_pinned(HaSurvive *survive, const HaView *view, const HaConfigVm *vm)
{
    Host *host = vm->pin && vm->wanted_running && vm->managed ? ha_sorted_find(survive->hosts, vm->pin) : NULL;
    if (host)
        add_to(host, ha_view_vm_mem_mib(view, vm->name));
}

HaSurvive *ha_survive_new(const HaView *view, const char *leaving)
{
    HaSurvive *survive = g_new0(HaSurvive, 1);
    survive->lose = ha_spare_hosts(view->config);
    survive->hosts = g_ptr_array_new_with_free_func((GDestroyNotify)host_free);
    for (guint i = 0; i < view->config->nodes->len; i++)
        if (g_strcmp0(((const HaConfigNode *)view->config->nodes->pdata[i])->node, leaving) != 0)
            add_host(survive, view, view->config->nodes->pdata[i]);
    for (guint i = 0; i < survive->hosts->len; i++)
        add_guests(view, survive->hosts->pdata[i]);
    for (guint i = 0; i < view->config->vms->len; i++)
        add_pinned(survive, view, view->config->vms->pdata[i]);
    return survive;
}

/* ---- losses ---- */

/* While some host has room for the biggest, whatever is next fits there; so this much fits in any order. */
static gint64 room_of(const Host *host, gint64 biggest)
{
    return host->free_mib >= biggest ? host->free_mib - biggest + 1 : 0;
}

static gint64 biggest_of(const Host *host)
{
    return host->guests->len ? (gint64)guest_at(host, 0) : 0;
}

static gboolean ample(const HaSurvive *survive)
{
    gint64 biggest = 0, needed = 0, room = 0;
    for (guint i = 0; i < survive->hosts->len; i++) {
        const Host *host = survive->hosts->pdata[i];
        if (host->lost) {
            biggest = MAX(biggest, biggest_of(host));
            needed += host->guests_mib;
        }
    }
    for (guint i = 0; i < survive->hosts->len; i++) {
        const Host *host = survive->hosts->pdata[i];
        room += host->lost ? 0 : room_of(host, biggest);
    }
    return needed <= room;
}

/* The same for all sets at once: those that lose the most and those with the most room, both gone. */
static void keep_largest(gint64 *largest, guint n, gint64 value)
{
    for (guint i = 0; i < n; i++)
        if (value > largest[i]) {
            gint64 smaller = largest[i];
            largest[i] = value;
            value = smaller;
        }
}

static gboolean ample_for_all(const HaSurvive *survive, guint lose)
{
    gint64 biggest = 0, room = 0, most_needed[HA_CAPACITY_LOSE_MAX] = {0}, most_room[HA_CAPACITY_LOSE_MAX] = {0};
    for (guint i = 0; i < survive->hosts->len; i++) {
        const Host *host = survive->hosts->pdata[i];
        biggest = MAX(biggest, biggest_of(host));
        keep_largest(most_needed, lose, host->guests_mib);
    }
    for (guint i = 0; i < survive->hosts->len; i++) {
        gint64 own = room_of(survive->hosts->pdata[i], biggest);
        room += own;
        keep_largest(most_room, lose, own);
    }
    for (guint i = 0; i < lose; i++)
        room -= most_needed[i] + most_room[i];
    return room >= 0;
}

static gint by_size_descending(gconstpointer a, gconstpointer b)
{
    guint64 x = *(const guint64 *)a, y = *(const guint64 *)b;
    return x == y ? 0 : x > y ? -1 : 1;
}

static GArray *guests_of_lost(const HaSurvive *survive)
{
    GArray *guests = g_array_new(FALSE, FALSE, sizeof(guint64));
    for (guint i = 0; i < survive->hosts->len; i++) {
        const Host *host = survive->hosts->pdata[i];
        if (host->lost)
            g_array_append_vals(guests, host->guests->data, host->guests->len);
    }
    g_array_sort(guests, by_size_descending);
    return guests;
}

static gboolean packs(const HaSurvive *survive)
{
    g_autoptr(GArray) guests = guests_of_lost(survive);
    g_autofree gint64 *left = g_new(gint64, survive->hosts->len);
    for (guint i = 0; i < survive->hosts->len; i++) {
        const Host *host = survive->hosts->pdata[i];
        left[i] = host->lost ? 0 : host->free_mib;
    }
    for (guint i = 0; i < guests->len; i++) {
        guint emptiest = 0;
        for (guint j = 1; j < survive->hosts->len; j++)
            if (left[j] > left[emptiest])
                emptiest = j;
        left[emptiest] -= (gint64)g_array_index(guests, guint64, i);
        if (left[emptiest] < 0)
            return FALSE;
    }
    return TRUE;
}

static gboolean set_survives(const guint *lost, guint n, gpointer data)
{
    const HaSurvive *survive = data;
    for (guint i = 0; i < n; i++)
        ((Host *)survive->hosts->pdata[lost[i]])->lost = TRUE;
    gboolean survives = ample(survive) || packs(survive);
    for (guint i = 0; i < n; i++)
        ((Host *)survive->hosts->pdata[lost[i]])->lost = FALSE;
    return survives;
}

static gint fullest_first(gconstpointer a, gconstpointer b, gpointer data)
{
    const HaSurvive *survive = data;
    guint x = *(const guint *)a, y = *(const guint *)b;
    gint64 full_x = ((const Host *)survive->hosts->pdata[x])->guests_mib,
           full_y = ((const Host *)survive->hosts->pdata[y])->guests_mib;
    return full_x != full_y ? (full_x > full_y ? -1 : 1) : x < y ? -1 : x > y;
}

/* When their sets are too many, the fullest of them. */
static GArray *hosts_to_lose(const HaSurvive *survive, guint lose)
{
    GArray *hosts = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < survive->hosts->len; i++)
        g_array_append_val(hosts, i);
    guint at_most = ha_loss_hosts_max(hosts->len, lose, MAX(SETS_MAX, hosts->len));
    if (at_most < hosts->len) {
        g_array_sort_with_data(hosts, fullest_first, (gpointer)survive);
        g_array_set_size(hosts, at_most);
    }
    return hosts;
}

guint ha_survive_lose(const HaSurvive *survive)
{
    return survive->hosts->len ? MIN(survive->lose, survive->hosts->len - 1) : 0;
}

gboolean ha_survive_lower(HaSurvive *survive)
{
    guint lose = ha_survive_lose(survive);
    survive->lose = lose ? lose - 1 : 0;
    return survive->lose > 0;
}

gboolean ha_survive_any(const HaSurvive *survive)
{
    guint lose = ha_survive_lose(survive);
    if (!lose || ample_for_all(survive, lose))
        return TRUE;
    g_autoptr(GArray) hosts = hosts_to_lose(survive, lose);
    return ha_loss_each(hosts, lose, set_survives, (gpointer)survive);
}
