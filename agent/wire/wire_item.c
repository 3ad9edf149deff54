/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/wire/wire_item.h"

#include <string.h>

#include "agent/wire/wire_cast.h"
#include "agent/wire/wire_cpu.h"
#include "agent/wire/wire_fence.h"
#include "agent/wire/wire_group.h"
#include "agent/wire/wire_manifest.h"
#include "agent/wire/wire_text.h"

/* ---- core types to messages ---- */

static guint64 bytes_clamp(guint64 bytes)
{
    return MIN(bytes, WIRE_BYTES_MAX);
}

/* Generated structs have char *, and never write through it. */
static char *put_label(WireArena *arena, const char *text, gsize max)
{
    if (text != NULL && g_utf8_validate(text, -1, NULL) && wire_text_label("", text, max, NULL))
        return (char *)text;
    return wire_arena_keep(arena, wire_text_repair_label(text, max));
}

char *wire_item_prose(WireArena *arena, const char *text)
{
    if (text != NULL && g_utf8_validate(text, -1, NULL) && wire_text_prose("", text, NULL))
        return (char *)text;
    return wire_arena_keep(arena, wire_text_repair_prose(text));
}

void wire_item_put_migration(const HaMigration *migration, Hactl__Migration *ret_message)
{
    hactl__migration__init(ret_message);
    WIRE_SET(ret_message, total_bytes, bytes_clamp(migration->total_bytes));
    WIRE_SET(ret_message, processed_bytes, bytes_clamp(migration->processed_bytes));
    WIRE_SET(ret_message, remaining_bytes, bytes_clamp(migration->remaining_bytes));
    WIRE_SET(ret_message, dirty_bytes_per_s, bytes_clamp(migration->dirty_bytes_per_s));
    WIRE_SET(ret_message, bandwidth_bytes_per_s, bytes_clamp(migration->bandwidth_bytes_per_s));
    WIRE_SET(ret_message, downtime_ms, migration->downtime_ms);
    WIRE_SET(ret_message, iteration, migration->iteration);
    WIRE_SET(ret_message, elapsed_ms, migration->elapsed_ms);
}

static gboolean is_migrating(const HaMigration *m)
{
    guint64 any = m->total_bytes | m->processed_bytes | m->remaining_bytes | m->dirty_bytes_per_s |
                  m->bandwidth_bytes_per_s | m->downtime_ms | m->iteration | m->elapsed_ms;
    return any != 0;
}

static void put_vm(WireArena *arena, const HaReportVm *vm, char *name, Hactl__ReportVm *message)
{
    hactl__report_vm__init(message);
    message->name = name;
    message->uuid = put_label(arena, vm->uuid, WIRE_LABEL_MAX);
    message->failure = vm->failure ? wire_item_prose(arena, vm->failure) : NULL;
    message->definition = vm->definition;
    message->cpu = vm->cpu;
    message->state = vm->state;
    WIRE_SET(message, mem_bytes, bytes_clamp(vm->mem_bytes));
    WIRE_SET(message, rss_bytes, bytes_clamp(vm->rss_bytes));
    WIRE_SET(message, vcpus, vm->vcpus);
    WIRE_SET(message, cpu_permille, vm->cpu_permille);
    if (is_migrating(&vm->migration)) {
        message->migration = wire_arena_array(arena, 1, sizeof *message->migration);
        wire_item_put_migration(&vm->migration, message->migration);
    }
}

/* A name that its repair made empty or equal to another's is left out: the decoder would refuse the whole report. */
static gboolean name_is_new(GHashTable *seen, char *name)
{
    return name != NULL && g_hash_table_add(seen, name);
}

static void put_vms(WireArena *arena, const GPtrArray *vms, Hactl__Report *message)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    Hactl__ReportVm *structs = wire_arena_array(arena, vms->len, sizeof *structs);
    message->vms = wire_arena_pointers(arena, vms->len);
    for (guint i = 0; i < vms->len && message->n_vms < HA_VMS_MAX; i++) {
        const HaReportVm *vm = g_ptr_array_index(vms, i);
        char *name = put_label(arena, vm->name, WIRE_LABEL_MAX);
        if (!name_is_new(seen, name))
            continue;
        put_vm(arena, vm, name, &structs[i]);
        message->vms[message->n_vms++] = &structs[i];
    }
}

static void put_storage(WireArena *arena, const GPtrArray *storage, Hactl__Report *message)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    Hactl__ReportStorage *structs = wire_arena_array(arena, storage->len, sizeof *structs);
    message->storage = wire_arena_pointers(arena, storage->len);
    for (guint i = 0; i < storage->len && message->n_storage < WIRE_STORAGE_MAX; i++) {
        const HaReportStorage *source = g_ptr_array_index(storage, i);
        char *key = put_label(arena, source->key, WIRE_KEY_MAX);
        if (!name_is_new(seen, key))
            continue;
        hactl__report_storage__init(&structs[i]);
        structs[i].key = key;
        structs[i].ok = source->ok;
        structs[i].reason = wire_item_prose(arena, source->reason);
        message->storage[message->n_storage++] = &structs[i];
    }
}

static void put_bridges(WireArena *arena, const GPtrArray *bridges, Hactl__Report *message)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    message->bridges = wire_arena_pointers(arena, bridges->len);
    for (guint i = 0; i < bridges->len && message->n_bridges < WIRE_BRIDGES_MAX; i++) {
        char *name = put_label(arena, g_ptr_array_index(bridges, i), WIRE_LABEL_MAX);
        if (name_is_new(seen, name))
            message->bridges[message->n_bridges++] = name;
    }
}

void wire_item_put_report(
    WireArena *arena, const HaReport *report, guint64 joined, gboolean with_vms, Hactl__Report *ret_message)
{
    hactl__report__init(ret_message);
    ret_message->node = report->node;
    ret_message->node_id = report->node_id;
    ret_message->seq = report->seq;
    ret_message->joined = joined;
    ret_message->version = put_label(arena, report->version, WIRE_LABEL_MAX);
    ret_message->libvirt = report->libvirt;
    ret_message->libvirt_error = wire_item_prose(arena, report->libvirt_error);
    ret_message->hypervisor = put_label(arena, report->hypervisor, WIRE_LABEL_MAX);
    WIRE_SET(ret_message, cores, report->cores);
    WIRE_SET(ret_message, mem_total_bytes, bytes_clamp(report->mem_total_bytes));
    WIRE_SET(ret_message, mem_available_bytes, bytes_clamp(report->mem_available_bytes));
    WIRE_SET(ret_message, mem_reserve_bytes, bytes_clamp(report->mem_reserve_bytes));
    WIRE_SET(ret_message, cpu_permille, report->cpu_permille);
    WIRE_SET(ret_message, load1_permille, report->load1_permille);
    WIRE_SET(ret_message, psi_cpu_permille, report->psi_cpu_permille);
    WIRE_SET(ret_message, psi_memory_permille, report->psi_memory_permille);
    WIRE_SET(ret_message, psi_io_permille, report->psi_io_permille);
    WIRE_SET(ret_message, time_s, MAX(report->time_s, 0));
    WIRE_SET(ret_message, ipc_buffer_bytes, bytes_clamp(report->ipc_buffer_bytes));
    WIRE_SET(ret_message, definitions_missing, report->definitions_missing);
    put_bridges(arena, report->bridges, ret_message);
    put_storage(arena, report->storage, ret_message);
    if (!with_vms)
        return;
    put_vms(arena, report->vms, ret_message);
    ret_message->cpus = wire_cpu_put(arena, report->cpus, &ret_message->n_cpus);
    ret_message->cpu_lacks = wire_cpu_put(arena, report->cpu_lacks, &ret_message->n_cpu_lacks);
}

void wire_item_put_note(WireArena *arena, const HaNote *note, Hactl__Note *ret_message)
{
    hactl__note__init(ret_message);
    ret_message->id = note->id;
    ret_message->kind = note->kind;
    ret_message->time_s = note->time_s;
    ret_message->vm = put_label(arena, note->vm, WIRE_LABEL_MAX);
    ret_message->node = note->node;
    ret_message->from = note->from;
    ret_message->to = note->to;
    ret_message->text = wire_item_prose(arena, note->text);
    ret_message->others = wire_item_prose(arena, note->others);
    WIRE_SET(ret_message, value, note->value);
    WIRE_SET(ret_message, reason, note->reason);
    if (note->at_ms)
        WIRE_SET(ret_message, at_ms, note->at_ms);
}

Hactl__Note **wire_item_put_notes(WireArena *arena, const GPtrArray *notes, guint first, guint n)
{
    Hactl__Note *structs = wire_arena_array(arena, n, sizeof *structs);
    Hactl__Note **pointers = wire_arena_pointers(arena, n);
    for (guint i = 0; i < n; i++) {
        wire_item_put_note(arena, g_ptr_array_index(notes, first + i), &structs[i]);
        pointers[i] = &structs[i];
    }
    return pointers;
}

void wire_item_put_request(WireArena *arena, const HaRequest *request, const char *hash, Hactl__Request *ret_message)
{
    hactl__request__init(ret_message);
    ret_message->id = request->id;
    ret_message->kind = request->kind;
    ret_message->node = request->node;
    ret_message->vm = put_label(arena, request->vm, WIRE_LABEL_MAX);
    ret_message->by = wire_arena_keep(arena, wire_text_repair_word(request->by));
    ret_message->hash = (char *)hash;
    ret_message->expected = request->expected;
    WIRE_SET(ret_message, restart, request->restart);
    WIRE_SET(ret_message, returning, request->returning);
    WIRE_SET(ret_message, running, request->running);
    WIRE_SET(ret_message, allow_local, request->allow_local);
    WIRE_SET(ret_message, deadline_s, MAX(request->deadline_s, 0));
    WIRE_SET(ret_message, force, request->force);
    ret_message->group_name = request->group_name;
    ret_message->from_group = request->from_group;
    WIRE_SET(ret_message, creating, request->creating);
    if (request->vms != NULL)
        ret_message->vms = wire_group_put_names(arena, request->vms, &ret_message->n_vms);
    if (request->group != NULL) {
        ret_message->group = wire_arena_array(arena, 1, sizeof *ret_message->group);
        wire_group_put(arena, request->group, ret_message->group);
    }
    if (request->fence != NULL)
        ret_message->fence = wire_fence_put_spec(arena, request->fence);
    WIRE_SET(ret_message, prune, request->prune);
    WIRE_SET(ret_message, stop, request->stop);
    WIRE_SET(ret_message, strict, request->strict);
    ret_message->manifest = request->manifest ? wire_manifest_put(arena, request->manifest) : NULL;
}

/* ---- messages to core types ---- */

static gboolean take_migration(const Hactl__Migration *message, HaMigration *migration, GError **error)
{
    if (message == NULL)
        return TRUE;
    *migration = (HaMigration){
        .total_bytes = message->total_bytes,
        .processed_bytes = message->processed_bytes,
        .remaining_bytes = message->remaining_bytes,
        .dirty_bytes_per_s = message->dirty_bytes_per_s,
        .bandwidth_bytes_per_s = message->bandwidth_bytes_per_s,
        .downtime_ms = message->downtime_ms,
        .iteration = message->iteration,
        .elapsed_ms = message->elapsed_ms,
    };
    return wire_text_at_most("migration.total_bytes", migration->total_bytes, WIRE_BYTES_MAX, error) &&
           wire_text_at_most("migration.processed_bytes", migration->processed_bytes, WIRE_BYTES_MAX, error) &&
           wire_text_at_most("migration.remaining_bytes", migration->remaining_bytes, WIRE_BYTES_MAX, error) &&
           wire_text_at_most("migration.dirty_bytes_per_s", migration->dirty_bytes_per_s, WIRE_BYTES_MAX, error) &&
           wire_text_at_most(
               "migration.bandwidth_bytes_per_s", migration->bandwidth_bytes_per_s, WIRE_BYTES_MAX, error);
}

/* An optional label. */
static gboolean label_check(const char *what, const char *text, GError **error)
{
    return text == NULL || wire_text_label(what, text, WIRE_LABEL_MAX, error);
}

/* An optional node's name. */
static gboolean node_check(const char *what, const char *text, GError **error)
{
    return text == NULL || wire_text_node(what, text, error);
}

static gboolean take_vm(const Hactl__ReportVm *message, HaReport *report, GError **error)
{
    if (!wire_text_label("name", message->name, WIRE_LABEL_MAX, error) || !label_check("uuid", message->uuid, error) ||
        (message->failure != NULL && !wire_text_prose("failure", message->failure, error)) ||
        (message->definition != NULL && !wire_text_hash("definition", message->definition, error)) ||
        !label_check("cpu", message->cpu, error) || !wire_text_below("state", message->state, HA_VM_STATES, error) ||
        !wire_text_at_most("mem_bytes", message->mem_bytes, WIRE_BYTES_MAX, error) ||
        !wire_text_at_most("rss_bytes", message->rss_bytes, WIRE_BYTES_MAX, error))
        return FALSE;
    HaReportVm *vm = ha_report_vm_new(message->name);
    g_ptr_array_add(report->vms, vm);
    g_free(vm->uuid);
    vm->uuid = g_strdup(message->uuid);
    vm->failure = g_strdup(message->failure);
    vm->definition = g_strdup(message->definition);
    vm->cpu = g_strdup(message->cpu);
    vm->state = (HaVmState)message->state;
    vm->mem_bytes = message->mem_bytes;
    vm->rss_bytes = message->rss_bytes;
    vm->vcpus = message->vcpus;
    vm->cpu_permille = message->cpu_permille;
    return take_migration(message->migration, &vm->migration, error);
}

static gboolean take_vms(const Hactl__Report *message, HaReport *report, GError **error)
{
    if (!wire_text_count("vms", message->n_vms, HA_VMS_MAX, error))
        return FALSE;
    for (gsize i = 0; i < message->n_vms; i++)
        if (!take_vm(message->vms[i], report, error)) {
            g_prefix_error(error, "vms[%" G_GSIZE_FORMAT "].", i);
            return FALSE;
        }
    return TRUE;
}

static gboolean take_storage(const Hactl__Report *message, HaReport *report, GError **error)
{
    if (!wire_text_count("storage", message->n_storage, WIRE_STORAGE_MAX, error))
        return FALSE;
    for (gsize i = 0; i < message->n_storage; i++) {
        const Hactl__ReportStorage *source = message->storage[i];
        if (!wire_text_label("key", source->key, WIRE_KEY_MAX, error) ||
            !wire_text_prose("reason", source->reason, error)) {
            g_prefix_error(error, "storage[%" G_GSIZE_FORMAT "].", i);
            return FALSE;
        }
        g_ptr_array_add(report->storage, ha_report_storage_new(source->key, source->ok, source->reason));
    }
    return TRUE;
}

static gboolean take_bridges(const Hactl__Report *message, HaReport *report, GError **error)
{
    if (!wire_text_count("bridges", message->n_bridges, WIRE_BRIDGES_MAX, error))
        return FALSE;
    for (gsize i = 0; i < message->n_bridges; i++) {
        if (!wire_text_label("name", message->bridges[i], WIRE_LABEL_MAX, error)) {
            g_prefix_error(error, "bridges[%" G_GSIZE_FORMAT "].", i);
            return FALSE;
        }
        g_ptr_array_add(report->bridges, g_strdup(message->bridges[i]));
    }
    return TRUE;
}

static const char *vm_name(gconstpointer vm)
{
    return ((const HaReportVm *)vm)->name;
}

static const char *storage_key(gconstpointer storage)
{
    return ((const HaReportStorage *)storage)->key;
}

static const char *bridge_name(gconstpointer bridge)
{
    return bridge;
}

static gboolean no_doubles(
    const char *what, const GPtrArray *sorted, const char *(*name_of)(gconstpointer), GError **error)
{
    for (guint i = 1; i < sorted->len; i++) {
        const char *name = name_of(g_ptr_array_index(sorted, i));
        if (strcmp(name_of(g_ptr_array_index(sorted, i - 1)), name) == 0) {
            g_set_error(error, WIRE_ERROR, WIRE_ERROR_DOUBLE, "%s has \"%s\" twice", what, name);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean report_check(const Hactl__Report *message, GError **error)
{
    return wire_text_node("node", message->node, error) && wire_text_positive("node_id", message->node_id, error) &&
           wire_text_below("libvirt", message->libvirt, HA_LIBVIRT_OK + 1, error) &&
           label_check("version", message->version, error) &&
           wire_text_prose("libvirt_error", message->libvirt_error, error) &&
           label_check("hypervisor", message->hypervisor, error) &&
           wire_text_at_most("mem_total_bytes", message->mem_total_bytes, WIRE_BYTES_MAX, error) &&
           wire_text_at_most("mem_available_bytes", message->mem_available_bytes, WIRE_BYTES_MAX, error) &&
           wire_text_at_most("mem_reserve_bytes", message->mem_reserve_bytes, WIRE_BYTES_MAX, error) &&
           wire_text_at_most("time_s", (guint64)message->time_s, G_MAXINT64, error) &&
           wire_text_at_most("ipc_buffer_bytes", message->ipc_buffer_bytes, WIRE_BYTES_MAX, error);
}

static void take_host(const Hactl__Report *message, HaReport *report)
{
    report->seq = message->seq;
    report->version = g_strdup(message->version);
    report->libvirt = (HaLibvirtState)message->libvirt;
    report->libvirt_error = g_strdup(message->libvirt_error);
    report->hypervisor = g_strdup(message->hypervisor);
    report->cores = message->cores;
    report->mem_total_bytes = message->mem_total_bytes;
    report->mem_available_bytes = message->mem_available_bytes;
    report->mem_reserve_bytes = message->mem_reserve_bytes;
    report->cpu_permille = message->cpu_permille;
    report->load1_permille = message->load1_permille;
    report->psi_cpu_permille = message->psi_cpu_permille;
    report->psi_memory_permille = message->psi_memory_permille;
    report->psi_io_permille = message->psi_io_permille;
    report->time_s = message->time_s;
    report->ipc_buffer_bytes = message->ipc_buffer_bytes;
    report->definitions_missing = message->definitions_missing;
}

static HaReport *take_report(const Hactl__Report *message, GError **error)
{
    if (!report_check(message, error))
        return NULL;
    g_autoptr(HaReport) report = ha_report_new(message->node, message->node_id);
    take_host(message, report);
    if (!take_bridges(message, report, error) || !take_storage(message, report, error) ||
        !take_vms(message, report, error) ||
        !wire_cpu_take("cpus", message->cpus, message->n_cpus, report->cpus, error) ||
        !wire_cpu_take("cpu_lacks", message->cpu_lacks, message->n_cpu_lacks, report->cpu_lacks, error))
        return NULL;
    ha_report_sort(report);
    if (!no_doubles("bridges", report->bridges, bridge_name, error) ||
        !no_doubles("storage", report->storage, storage_key, error) || !no_doubles("vms", report->vms, vm_name, error))
        return NULL;
    return g_steal_pointer(&report);
}

HaReport *wire_item_take_report(const Hactl__Report *message, GError **error)
{
    HaReport *report = take_report(message, error);
    if (report == NULL && ha_node_name_check(message->node))
        g_prefix_error(error, "report of %s: ", message->node);
    else if (report == NULL)
        g_prefix_error(error, "report: ");
    return report;
}

static gboolean at_check(gint64 at_ms, GError **error)
{
    if (at_ms >= 0 && at_ms <= WIRE_UNIX_MS_MAX)
        return TRUE;
    g_set_error(error, WIRE_ERROR, WIRE_ERROR_RANGE, "note.at_ms is %" G_GINT64_FORMAT ", and no such time", at_ms);
    return FALSE;
}

static gboolean note_check(const Hactl__Note *message, GError **error)
{
    return wire_text_below("note.kind", message->kind, HA_NOTES, error) && label_check("note.vm", message->vm, error) &&
           node_check("note.node", message->node, error) && node_check("note.from", message->from, error) &&
           node_check("note.to", message->to, error) && wire_text_prose("note.text", message->text, error) &&
           wire_text_prose("note.others", message->others, error) &&
           wire_text_below("note.reason", message->reason, HA_REASONS, error) && at_check(message->at_ms, error);
}

HaNote *wire_item_take_note(const Hactl__Note *message, GError **error)
{
    if (!note_check(message, error))
        return NULL;
    HaNote *note = ha_note_new((HaNoteKind)message->kind);
    note->id = message->id;
    note->time_s = message->time_s;
    note->vm = g_strdup(message->vm);
    note->node = g_strdup(message->node);
    note->from = g_strdup(message->from);
    note->to = g_strdup(message->to);
    note->text = g_strdup(message->text);
    note->others = g_strdup(message->others);
    note->value = message->value;
    note->reason = (HaReason)message->reason;
    note->at_ms = message->at_ms;
    return note;
}

/* What the kind can't do without. */
static gboolean request_complete(const Hactl__Request *message, GError **error)
{
    const char *missing = NULL;
    switch ((HaRequestKind)message->kind) {
    case HA_REQUEST_DRAIN:
    case HA_REQUEST_UNDRAIN:
        missing = message->node == NULL ? "node" : NULL;
        break;
    case HA_REQUEST_MIGRATE:
    case HA_REQUEST_VM_REMOVE:
    case HA_REQUEST_VM_START:
    case HA_REQUEST_VM_STOP:
        missing = message->vm == NULL ? "vm" : NULL;
        break;
    case HA_REQUEST_VM_DEFINE:
        missing = message->vm == NULL ? "vm" : message->expected == NULL ? "expected" : NULL;
        break;
    case HA_REQUEST_FENCE_CONFIRM:
        missing = message->node == NULL ? "node" : NULL;
        break;
    case HA_REQUEST_FENCE_ADD:
    case HA_REQUEST_FENCE_REMOVE:
        missing = message->fence == NULL ? "fence" : NULL;
        break;
    case HA_REQUEST_GROUP_SET:
        missing = message->group == NULL ? "group" : NULL;
        break;
    case HA_REQUEST_GROUP_DELETE:
        missing = message->group_name == NULL ? "group_name" : NULL;
        break;
    case HA_REQUEST_GROUP_VMS:
        missing = message->group_name == NULL ? "group_name" : message->n_vms == 0 ? "vms" : NULL;
        break;
    case HA_REQUEST_APPLY:
        missing = message->manifest == NULL ? "manifest" : NULL;
        break;
    case HA_REQUEST_VM_ADD:
    case HA_REQUEST_TUNE:
    case HA_REQUEST_BALANCE:
    case HA_REQUESTS:
        break;
    }
    if (missing == NULL)
        return TRUE;
    g_set_error(
        error, WIRE_ERROR, WIRE_ERROR_MISMATCH, "request.%s is missing, and this kind of request needs it", missing);
    return FALSE;
}

static gboolean request_check(const Hactl__Request *message, GError **error)
{
    return wire_text_below("request.kind", message->kind, HA_REQUESTS, error) &&
           node_check("request.node", message->node, error) && label_check("request.vm", message->vm, error) &&
           wire_text_word("request.by", message->by, error) &&
           wire_text_at_most("request.deadline_s", (guint64)message->deadline_s, G_MAXINT64, error) &&
           (message->expected == NULL || wire_text_hash("request.expected", message->expected, error)) &&
           request_complete(message, error) &&
           (message->fence == NULL ||
               wire_fence_check_spec(message->fence, message->kind == HA_REQUEST_FENCE_ADD, error));
}

/* It has to fit in one multicast message. */
static gboolean manifest_check(const Hactl__Request *message, GError **error)
{
    if (message->manifest == NULL)
        return TRUE;
    if (message->kind != HA_REQUEST_APPLY) {
        g_set_error(error, WIRE_ERROR, WIRE_ERROR_MISMATCH, "request.manifest is given, and only an APPLY has one");
        return FALSE;
    }
    gsize bytes = protobuf_c_message_get_packed_size(&message->manifest->base);
    if (bytes <= WIRE_MANIFEST_BYTES_MAX)
        return TRUE;
    g_set_error(error, WIRE_ERROR, WIRE_ERROR_TOO_MANY,
        "the manifest takes %" G_GSIZE_FORMAT
        " KiB without its definitions, and at most %u are taken; divide the file, its VMs into several",
        bytes / 1024, WIRE_MANIFEST_BYTES_MAX / 1024);
    return FALSE;
}

HaRequest *wire_item_take_request(const Hactl__Request *message, GError **error)
{
    HaManifest *manifest = NULL;
    if (!request_check(message, error) || !manifest_check(message, error))
        return NULL;
    if (message->manifest && (manifest = wire_manifest_take(message->manifest, error)) == NULL)
        return NULL;
    HaRequest *request = ha_request_new((HaRequestKind)message->kind, message->id);
    request->manifest = manifest;
    request->node = g_strdup(message->node);
    request->vm = g_strdup(message->vm);
    request->by = g_strdup(message->by);
    request->restart = message->restart;
    request->returning = message->returning;
    request->running = message->running;
    request->allow_local = message->allow_local;
    request->deadline_s = message->deadline_s;
    request->expected = g_strdup(message->expected);
    request->force = message->force;
    if (!wire_group_take_request(message, request, error)) {
        ha_request_free(request);
        return NULL;
    }
    if (message->fence != NULL)
        request->fence = wire_fence_take_spec(message->fence);
    request->prune = message->prune;
    request->stop = message->stop;
    request->strict = message->strict;
    return request;
}
