/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/daemon/hd_daemon.h"

/* ---- what the adapters say ---- */

static void on_config(HaConfig *config, gpointer data)
{
    HdDaemon *daemon = data;
    if (!config)
        g_message("Pacemaker is away");
    hd_step(daemon, &(HaEvent){.kind = HA_EVENT_CONFIG, .config = config});
    hd_definitions_check(daemon);
}

static void on_done(guint64 effect_id, HaOutcome outcome, const char *text, gpointer data)
{
    if (outcome != HA_DONE_OK)
        g_message("effect %" G_GUINT64_FORMAT " ended with outcome %d: %s", effect_id, outcome,
            text ? text : "no reason given");
    hd_step(data, &(HaEvent){.kind = HA_EVENT_DONE, .effect_id = effect_id, .outcome = outcome, .text = text});
}

static const IoCibHandler cib_handler = {.config = on_config, .done = on_done};

static void on_libvirt_changed(gpointer data)
{
    hd_report_soon(data);
}

static const IoLibvirtHandler libvirt_handler = {.changed = on_libvirt_changed};

static void on_storage_changed(const char *key, gboolean ok, gpointer data)
{
    g_message("storage %s is %s from here", key, ok ? "reachable" : "out of reach");
    hd_report_soon(data);
}

static const IoStorageHandler storage_handler = {.changed = on_storage_changed};

static void on_progress(const char *vm, gpointer data)
{
    HdDaemon *daemon = data;
    io_libvirt_look(daemon->libvirt, vm);
    hd_report_soon(daemon);
}

static const IoProgressHandler progress_handler = {.changed = on_progress};

/* ---- life ---- */

static gboolean open_local(HdDaemon *daemon, GError **error)
{
    daemon->store = io_definition_store_new(IO_DEFINITION_STORE_DIR, error);
    if (!daemon->store)
        return FALSE;
    daemon->control = io_control_new(IO_CONTROL_PATH, &hd_control_handler, daemon, error);
    if (!daemon->control)
        return FALSE;
    daemon->progress = io_progress_new(IO_PROGRESS_PATH, &progress_handler, daemon, error);
    return daemon->progress != NULL;
}

static void open_cluster(HdDaemon *daemon)
{
    IoLibvirtOptions options;
    io_libvirt_options_init(&options);
    daemon->libvirt = io_libvirt_new(&options, &libvirt_handler, daemon);
    daemon->host = io_host_new("", daemon->settings.reserve_bytes);
    daemon->ipc_buffer_bytes = io_host_ipc_buffer("");
    daemon->storage = io_storage_new(IO_STORAGE_PERIOD_MS, &storage_handler, daemon);
    daemon->cpg = io_cpg_new(IO_CPG_GROUP, &hd_cpg_handler, daemon);
    daemon->quorum = io_quorum_new(&hd_quorum_handler, daemon);
    daemon->cib = io_cib_new(&cib_handler, daemon);
    daemon->confirm = io_confirm_new(on_done, daemon);
}

HdDaemon *hd_daemon_new(const HdSettings *settings, const IoCmap *cmap, GMainLoop *loop, GError **error)
{
    HdDaemon *daemon = g_new0(HdDaemon, 1);
    daemon->loop = loop;
    daemon->settings = *settings;
    daemon->self = g_strdup(io_cmap_self(cmap));
    daemon->self_id = cmap->self_id;
    daemon->core = ha_core_new(&settings->core, daemon->self, daemon->self_id);
    daemon->member_ids = g_array_new(FALSE, FALSE, sizeof(guint32));
    daemon->peers = g_ptr_array_new_with_free_func((GDestroyNotify)hd_peer_free);
    daemon->pending = g_ptr_array_new_with_free_func((GDestroyNotify)hd_pending_free);
    daemon->viewers = g_ptr_array_new();
    daemon->listeners = g_ptr_array_new();
    daemon->owed = g_ptr_array_new_with_free_func(g_free);
    daemon->cpus = hd_cpu_list_new();
    if (!open_local(daemon, error)) {
        hd_daemon_free(daemon);
        return NULL;
    }
    hd_definitions_load(daemon);
    open_cluster(daemon);
    hd_report_start(daemon);
    return daemon;
}

void hd_daemon_free(HdDaemon *daemon)
{
    if (!daemon)
        return;
    g_clear_handle_id(&daemon->deadline_source, g_source_remove);
    g_clear_handle_id(&daemon->report_source, g_source_remove);
    g_clear_handle_id(&daemon->soon_source, g_source_remove);
    g_clear_handle_id(&daemon->viewer_source, g_source_remove);
    g_clear_handle_id(&daemon->owed_source, g_source_remove);
    io_control_free(daemon->control);
    io_progress_free(daemon->progress);
    io_cib_free(daemon->cib);
    io_confirm_free(daemon->confirm);
    io_quorum_free(daemon->quorum);
    io_cpg_free(daemon->cpg);
    io_storage_free(daemon->storage);
    io_host_free(daemon->host);
    io_libvirt_free(daemon->libvirt);
    g_ptr_array_unref(daemon->cpus);
    g_clear_pointer(&daemon->store, io_definition_store_free);
    g_ptr_array_unref(daemon->owed);
    g_ptr_array_unref(daemon->listeners);
    g_ptr_array_unref(daemon->viewers);
    g_ptr_array_unref(daemon->pending);
    g_ptr_array_unref(daemon->peers);
    g_array_unref(daemon->member_ids);
    ha_core_free(daemon->core);
    g_free(daemon->self);
    g_free(daemon);
}
