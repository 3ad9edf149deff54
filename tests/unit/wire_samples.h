/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wire_samples - one valid specimen of everything that goes over the wire, for unit and fuzz tests.
 */
#ifndef WIRE_SAMPLES_H
#define WIRE_SAMPLES_H

#include "agent/wire/wire_cast.h"
#include "agent/wire/wire_control.h"
#include "agent/wire/wire_frame.h"

#define SAMPLE_XML "<domain type='qemu'><name>web1</name></domain>"

static inline char *sample_hash(const char *content)
{
    return g_compute_checksum_for_string(G_CHECKSUM_SHA256, content, -1);
}

static inline HaReport *sample_report(void)
{
    HaReport *report = ha_report_new("node1", 1);
    report->seq = 77;
    report->version = g_strdup("0.1.0");
    report->libvirt = HA_LIBVIRT_OK;
    report->hypervisor = g_strdup("QEMU 7.2.22, libvirt 9.0.0");
    report->cores = 8;
    report->mem_total_bytes = 64ull << 30;
    report->mem_available_bytes = 32ull << 30;
    report->mem_reserve_bytes = 2ull << 30;
    report->cpu_permille = 123;
    report->load1_permille = 2500;
    report->psi_cpu_permille = 11;
    report->psi_memory_permille = 12;
    report->psi_io_permille = 13;
    g_ptr_array_add(report->bridges, g_strdup("br0"));
    g_ptr_array_add(report->bridges, g_strdup("br1"));
    g_ptr_array_add(report->storage, ha_report_storage_new("file:/srv", TRUE, NULL));
    g_ptr_array_add(report->storage, ha_report_storage_new("iscsi://san:3260", FALSE, "connection refused"));
    g_ptr_array_add(report->cpus, ha_report_cpu_new("0123456789abcdef", "x86_64 kvm Skylake-Client Intel +vmx"));
    g_ptr_array_add(report->cpu_lacks, ha_report_cpu_new("fedcba9876543210", "missing features: avx2"));
    HaReportVm *vm = ha_report_vm_new("db1");
    vm->uuid = g_strdup("11111111-2222-3333-4444-555555555555");
    vm->state = HA_VM_MIGRATING;
    vm->mem_bytes = 4ull << 30;
    vm->rss_bytes = 3ull << 30;
    vm->vcpus = 4;
    vm->definition = sample_hash(SAMPLE_XML);
    vm->cpu = g_strdup("0123456789abcdef");
    vm->cpu_permille = 1700;
    vm->migration = (HaMigration){400, 300, 100, 50, 60, 70, 2, 900};
    g_ptr_array_add(report->vms, vm);
    vm = ha_report_vm_new("web1");
    vm->state = HA_VM_RUNNING;
    g_ptr_array_add(report->vms, vm);
    return report;
}

static inline HaNote *sample_note(void)
{
    HaNote *note = ha_note_new(HA_NOTE_MOVE_FAILED);
    note->id = (3ull << 32) + 9;
    note->time_s = 1700000000;
    note->vm = g_strdup("web1");
    note->node = g_strdup("node1");
    note->from = g_strdup("node1");
    note->to = g_strdup("node2");
    note->text = g_strdup("unable to connect to server at 'node2:49152': Connection refused");
    note->value = 1234;
    note->reason = HA_REASON_DRAIN;
    note->others = g_strdup("node3 could take it, memory 50.0 % full after the move");
    return note;
}

static inline HaRequest *sample_request(void)
{
    HaRequest *request = ha_request_new(HA_REQUEST_DRAIN, 42);
    request->node = g_strdup("node3");
    request->by = g_strdup("root@node1");
    request->restart = TRUE;
    request->deadline_s = 1700000600;
    return request;
}

/* Frames of every kind of cast. Returns: (transfer full) GBytes*. */
static inline GPtrArray *sample_casts(void)
{
    GPtrArray *casts = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    g_autoptr(HaReport) report = sample_report();
    HaNote *note = sample_note();
    HaRequest *request = sample_request();
    g_autofree char *hash = sample_hash(SAMPLE_XML);
    g_autoptr(GBytes) xml = g_bytes_new_static(SAMPLE_XML, sizeof SAMPLE_XML - 1);
    g_autoptr(GPtrArray) wanted = g_ptr_array_new();
    g_ptr_array_add(wanted, hash);
    g_ptr_array_add(wanted, hash);
    g_ptr_array_add(casts, wire_cast_report(report, 16, NULL));
    g_ptr_array_add(casts, wire_cast_note(note));
    g_ptr_array_add(casts, wire_cast_request(request, NULL));
    g_ptr_array_add(casts, wire_cast_answer(&(WireAnswer){
                               .request_id = 42, .answer = HA_ANSWER_REFUSED, .text = "node3 is the last one"}));
    g_ptr_array_add(casts, wire_cast_definition(hash, xml));
    g_ptr_array_add(casts, wire_cast_definition_wanted(wanted));
    g_ptr_array_add(casts, wire_cast_cancel("web1", "node1", TRUE));
    WireDefinition definition = {hash, xml};
    g_autoptr(GPtrArray) definitions = g_ptr_array_new();
    g_ptr_array_add(definitions, &definition);
    g_ptr_array_add(casts, wire_cast_definitions(definitions));
    ha_note_free(note);
    ha_request_free(request);
    return casts;
}

/* Frames of every kind of call. Returns: (transfer full) GBytes*. */
static inline GPtrArray *sample_calls(void)
{
    GPtrArray *calls = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    Hactl__Request drain = HACTL__REQUEST__INIT, add = HACTL__REQUEST__INIT;
    drain.kind = HA_REQUEST_DRAIN;
    drain.node = (char *)"node3";
    drain.by = (char *)"root@node1";
    add.kind = HA_REQUEST_VM_ADD;
    add.has_running = add.running = TRUE;
    Hactl__Call view = HACTL__CALL__INIT, plan = HACTL__CALL__INIT, request = HACTL__CALL__INIT,
                events = HACTL__CALL__INIT, definition = HACTL__CALL__INIT;
    view.kind = HACTL__CALL_KIND__CALL_VIEW;
    plan.kind = HACTL__CALL_KIND__CALL_PLAN;
    plan.request = &drain;
    request.kind = HACTL__CALL_KIND__CALL_REQUEST;
    request.request = &add;
    request.has_xml = TRUE;
    request.xml.data = (guint8 *)SAMPLE_XML;
    request.xml.len = sizeof SAMPLE_XML - 1;
    events.kind = HACTL__CALL_KIND__CALL_EVENTS;
    events.has_watch = events.watch = TRUE;
    definition.kind = HACTL__CALL_KIND__CALL_DEFINITION;
    definition.vm = (char *)"web1";
    Hactl__Call explain = HACTL__CALL__INIT;
    explain.kind = HACTL__CALL_KIND__CALL_EXPLAIN;
    explain.vm = (char *)"web1";
    explain.node = (char *)"node3";
    Hactl__ManifestVm vm = HACTL__MANIFEST_VM__INIT, *vms[] = {&vm};
    Hactl__Manifest manifest = HACTL__MANIFEST__INIT;
    Hactl__Request apply = HACTL__REQUEST__INIT;
    Hactl__Definition blob = HACTL__DEFINITION__INIT, *blobs[] = {&blob};
    Hactl__Call plan_apply = HACTL__CALL__INIT, store = HACTL__CALL__INIT, export = HACTL__CALL__INIT;
    g_autofree char *hash = sample_hash(SAMPLE_XML);
    vm.name = (char *)"web1";
    vm.group = (char *)"web";
    vm.hash = blob.hash = hash;
    manifest.vms = vms;
    manifest.n_vms = 1;
    apply.kind = HA_REQUEST_APPLY;
    apply.manifest = &manifest;
    plan_apply.kind = HACTL__CALL_KIND__CALL_PLAN;
    plan_apply.request = &apply;
    blob.xml.data = (guint8 *)SAMPLE_XML;
    blob.xml.len = sizeof SAMPLE_XML - 1;
    store.kind = HACTL__CALL_KIND__CALL_STORE;
    store.definitions = blobs;
    store.n_definitions = 1;
    export.kind = HACTL__CALL_KIND__CALL_EXPORT;
    Hactl__Call capacity = HACTL__CALL__INIT;
    capacity.kind = HACTL__CALL_KIND__CALL_CAPACITY;
    capacity.has_lose = TRUE;
    capacity.lose = 2;
    const Hactl__Call *all[] = {
        &view, &plan, &request, &events, &definition, &explain, &plan_apply, &store, &export, &capacity};
    for (guint i = 0; i < G_N_ELEMENTS(all); i++)
        g_ptr_array_add(calls, wire_call_encode(all[i], NULL));
    return calls;
}

/* The payload of a frame. Borrowed. */
static inline const guint8 *sample_payload(GBytes *frame, gsize *ret_len)
{
    gsize len = 0;
    const guint8 *data = g_bytes_get_data(frame, &len);
    *ret_len = len - WIRE_FRAME_HEADER_BYTES;
    return data + WIRE_FRAME_HEADER_BYTES;
}

#endif
