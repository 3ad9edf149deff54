/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Definitions travel by the group: a new one is multicast before the request that needs it; who lacks one asks, and
 * whoever has it answers, the lowest node id first. */
#include "agent/daemon/hd_daemon.h"

#include "agent/core/ha_keep.h"
#include "agent/core/model/ha_sorted.h"
#include "agent/io/io_mount.h"

#define WANT_AGAIN_MS 3000
#define TURN_MS 200u /* each holder waits its turn, and keeps silent when another was quicker */
#define PER_TURN 16u
#define NEXT_TURN_MS 50u
#define SWEEP_MS 600000

static void tell_core(HdDaemon *daemon, const char *hash)
{
    g_autoptr(GError) error = NULL;
    gsize len;
    g_autofree char *xml = io_definition_store_get(daemon->store, hash, &len, &error);
    HaNeeds *needs = xml ? io_definition_parse(xml, len, io_mount_is_shared, &error) : NULL;
    if (needs)
        hd_step(daemon, &(HaEvent){.kind = HA_EVENT_NEEDS, .needs = needs});
    else
        g_warning("definition %s can't be used: %s", hash, error->message);
}

void hd_definitions_load(HdDaemon *daemon)
{
    g_autoptr(GPtrArray) hashes = io_definition_store_list(daemon->store);
    for (guint i = 0; i < hashes->len; i++)
        tell_core(daemon, hashes->pdata[i]);
}

static void no_longer_owed(HdDaemon *daemon, const char *hash)
{
    for (guint i = daemon->owed->len; i-- > 0;)
        if (g_str_equal(daemon->owed->pdata[i], hash))
            g_ptr_array_remove_index(daemon->owed, i);
}

gboolean hd_definitions_learn(HdDaemon *daemon, const char *hash, GBytes *xml, GError **error)
{
    gsize len;
    const char *text = g_bytes_get_data(xml, &len);
    no_longer_owed(daemon, hash);
    if (!io_definition_store_put(daemon->store, text, len, hash, NULL, error))
        return FALSE;
    if (!ha_view_needs(ha_core_view(daemon->core), hash))
        tell_core(daemon, hash);
    return TRUE;
}

gboolean hd_definitions_learn_all(HdDaemon *daemon, const GPtrArray *definitions, GError **error)
{
    g_autoptr(GPtrArray) hashes = g_ptr_array_new(), xmls = g_ptr_array_new();
    for (guint i = 0; i < definitions->len; i++) {
        const WireDefinition *definition = definitions->pdata[i];
        no_longer_owed(daemon, definition->hash);
        g_ptr_array_add(hashes, definition->hash);
        g_ptr_array_add(xmls, definition->xml);
    }
    if (!io_definition_store_put_all(daemon->store, hashes, xmls, error))
        return FALSE;
    for (guint i = 0; i < definitions->len; i++) {
        const WireDefinition *definition = definitions->pdata[i];
        if (!ha_view_needs(ha_core_view(daemon->core), definition->hash))
            tell_core(daemon, definition->hash);
    }
    return TRUE;
}

/* ---- what this host lacks ---- */

static gboolean has(const HdDaemon *daemon, const char *hash)
{
    return ha_view_needs(ha_core_view(daemon->core), hash) && io_definition_store_has(daemon->store, hash);
}

static void set_storage_keys(HdDaemon *daemon)
{
    const HaView *view = ha_core_view(daemon->core);
    g_autoptr(GPtrArray) keys = g_ptr_array_new();
    for (guint i = 0; view->config && i < view->config->vms->len; i++) {
        const HaConfigVm *vm = view->config->vms->pdata[i];
        const HaNeeds *needs = vm->definition ? ha_view_needs(view, vm->definition) : NULL;
        for (guint j = 0; needs && j < needs->storage->len; j++)
            g_ptr_array_add(keys, needs->storage->pdata[j]);
    }
    if (view->config)
        io_storage_set_keys(daemon->storage, keys);
}

void hd_definitions_check(HdDaemon *daemon)
{
    g_autoptr(GPtrArray) referred = ha_keep_list(ha_core_view(daemon->core));
    g_autoptr(GPtrArray) wanted = g_ptr_array_new();
    for (guint i = 0; i < referred->len; i++)
        if (!has(daemon, referred->pdata[i]))
            g_ptr_array_add(wanted, referred->pdata[i]);
    set_storage_keys(daemon);
    if (wanted->len && hd_now_ms() - daemon->wanted_ms >= WANT_AGAIN_MS) {
        daemon->wanted_ms = hd_now_ms();
        hd_cast(daemon, wire_cast_definition_wanted(wanted));
    }
}

guint hd_definitions_missing(const HdDaemon *daemon)
{
    const HaView *view = ha_core_view(daemon->core);
    guint missing = 0;
    for (guint i = 0; view->config && i < view->config->vms->len; i++) {
        const HaConfigVm *vm = view->config->vms->pdata[i];
        missing += vm->definition && !ha_view_needs(view, vm->definition);
    }
    return missing;
}

/* ---- what this host keeps ---- */

static void forget(HdDaemon *daemon, const char *hash)
{
    g_autoptr(GError) error = NULL;
    if (io_definition_store_remove(daemon->store, hash, &error))
        hd_step(daemon, &(HaEvent){.kind = HA_EVENT_NEEDS_GONE, .text = hash});
    else
        g_warning("%s", error->message);
}

/* One that was damaged on its disk is fetched anew before somebody needs it. */
static void touch(HdDaemon *daemon, const char *hash)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *xml = io_definition_store_get(daemon->store, hash, NULL, &error);
    if (xml && io_definition_store_touch(daemon->store, hash, &error))
        return;
    g_warning("%s", error->message);
    if (g_error_matches(error, IO_DEFINITION_ERROR, IO_DEFINITION_ERROR_HASH))
        forget(daemon, hash);
}

static void keep_or_not(HdDaemon *daemon, const char *hash, gboolean referred, gboolean certain)
{
    gint64 referred_s = io_definition_store_referred_s(daemon->store, hash);
    switch (ha_keep_judge(referred, certain, referred_s, hd_now_s())) {
    case HA_KEEP_LEAVE:
        break;
    case HA_KEEP_TOUCH:
        touch(daemon, hash);
        break;
    case HA_KEEP_REMOVE:
        g_message("definition %s is removed: nothing has referred to it for a day", hash);
        forget(daemon, hash);
        break;
    }
}

void hd_definitions_sweep(HdDaemon *daemon)
{
    const HaView *view = ha_core_view(daemon->core);
    if (hd_now_ms() - daemon->swept_ms < SWEEP_MS)
        return;
    daemon->swept_ms = hd_now_ms();
    gboolean certain = ha_keep_certain(view);
    g_autoptr(GPtrArray) stored = io_definition_store_list(daemon->store);
    g_autoptr(GPtrArray) referred = ha_keep_list(view);
    for (guint i = 0; i < stored->len; i++)
        keep_or_not(daemon, stored->pdata[i], ha_strings_find(referred, stored->pdata[i]), certain);
}

/* ---- what others lack ---- */

static void send_definition(HdDaemon *daemon, const char *hash)
{
    g_autoptr(GError) error = NULL;
    gsize len;
    char *xml = io_definition_store_get(daemon->store, hash, &len, &error);
    if (!xml) {
        g_warning("definition %s can't be sent to a peer: %s", hash, error->message);
        return;
    }
    g_autoptr(GBytes) bytes = g_bytes_new_take(xml, len);
    hd_cast(daemon, wire_cast_definition(hash, bytes));
}

/* A few at a time: a newcomer may lack a thousand, and reports and answers must get through. */
static gboolean on_turn(gpointer data)
{
    HdDaemon *daemon = data;
    daemon->owed_source = 0;
    for (guint i = 0; i < PER_TURN && daemon->owed->len; i++) {
        g_autofree char *hash = g_ptr_array_steal_index(daemon->owed, 0);
        send_definition(daemon, hash);
    }
    if (daemon->owed->len)
        daemon->owed_source = g_timeout_add(NEXT_TURN_MS, on_turn, daemon);
    return G_SOURCE_REMOVE;
}

static guint rank(const HdDaemon *daemon)
{
    guint lower = 0;
    for (guint i = 0; i < daemon->member_ids->len; i++)
        lower += g_array_index(daemon->member_ids, guint32, i) < daemon->self_id;
    return lower;
}

void hd_definitions_owe(HdDaemon *daemon, const GPtrArray *hashes)
{
    for (guint i = 0; i < hashes->len; i++) {
        const char *hash = hashes->pdata[i];
        if (io_definition_store_has(daemon->store, hash) &&
            !g_ptr_array_find_with_equal_func(daemon->owed, hash, g_str_equal, NULL))
            g_ptr_array_add(daemon->owed, g_strdup(hash));
    }
    if (daemon->owed->len && !daemon->owed_source)
        daemon->owed_source = g_timeout_add(TURN_MS * rank(daemon), on_turn, daemon);
}
