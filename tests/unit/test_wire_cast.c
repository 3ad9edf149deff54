/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/wire/wire_pack.h"
#include "tests/unit/wire_samples.h"

/* ---- what is sent arrives ---- */

static WireCast decode_ok(GBytes *frame)
{
    g_autoptr(GError) error = NULL;
    WireCast cast = {0};
    gsize len = 0;
    const guint8 *data = g_bytes_get_data(frame, &len);
    if (!wire_cast_decode(data, len, &cast, &error))
        fail_msg("refused: %s", error->message);
    return cast;
}

static void assert_migration_equal(const HaMigration *a, const HaMigration *b)
{
    assert_int_equal(a->total_bytes, b->total_bytes);
    assert_int_equal(a->processed_bytes, b->processed_bytes);
    assert_int_equal(a->remaining_bytes, b->remaining_bytes);
    assert_int_equal(a->dirty_bytes_per_s, b->dirty_bytes_per_s);
    assert_int_equal(a->bandwidth_bytes_per_s, b->bandwidth_bytes_per_s);
    assert_int_equal(a->downtime_ms, b->downtime_ms);
    assert_int_equal(a->iteration, b->iteration);
    assert_int_equal(a->elapsed_ms, b->elapsed_ms);
}

static void assert_vm_equal(const HaReportVm *a, const HaReportVm *b)
{
    assert_string_equal(a->name, b->name);
    assert_int_equal(g_strcmp0(a->uuid, b->uuid), 0);
    assert_int_equal(a->state, b->state);
    assert_int_equal(a->mem_bytes, b->mem_bytes);
    assert_int_equal(a->rss_bytes, b->rss_bytes);
    assert_int_equal(a->vcpus, b->vcpus);
    assert_int_equal(a->cpu_permille, b->cpu_permille);
    assert_migration_equal(&a->migration, &b->migration);
}

static void a_report_arrives_whole(void **state)
{
    g_autoptr(HaReport) sent = sample_report();
    g_autoptr(GBytes) frame = wire_cast_report(sent, 16, NULL);
    g_auto(WireCast) cast = decode_ok(frame);
    const HaReport *got = cast.report;
    assert_int_equal(cast.kind, WIRE_CAST_REPORT);
    assert_int_equal(cast.joined, 16);
    assert_string_equal(got->node, "node1");
    assert_int_equal(got->node_id, 1);
    assert_int_equal(got->seq, 77);
    assert_string_equal(got->version, "0.1.0");
    assert_int_equal(got->libvirt, HA_LIBVIRT_OK);
    assert_null(got->libvirt_error);
    assert_string_equal(got->hypervisor, sent->hypervisor);
    assert_int_equal(got->cores, 8);
    assert_int_equal(got->mem_total_bytes, sent->mem_total_bytes);
    assert_int_equal(got->mem_available_bytes, sent->mem_available_bytes);
    assert_int_equal(got->mem_reserve_bytes, sent->mem_reserve_bytes);
    assert_int_equal(got->cpu_permille, 123);
    assert_int_equal(got->load1_permille, 2500);
    assert_int_equal(got->psi_cpu_permille, 11);
    assert_int_equal(got->psi_memory_permille, 12);
    assert_int_equal(got->psi_io_permille, 13);
    assert_int_equal(got->bridges->len, 2);
    assert_true(ha_report_has_bridge(got, "br1"));
    assert_true(ha_report_find_storage(got, "file:/srv")->ok);
    assert_false(ha_report_find_storage(got, "iscsi://san:3260")->ok);
    assert_string_equal(ha_report_find_storage(got, "iscsi://san:3260")->reason, "connection refused");
    assert_int_equal(got->vms->len, 2);
    for (guint i = 0; i < 2; i++)
        assert_vm_equal(got->vms->pdata[i], sent->vms->pdata[i]);
}

static void a_host_without_libvirt_reports_why(void **state)
{
    g_autoptr(HaReport) sent = ha_report_new("node2", 2);
    sent->libvirt_error = g_strdup("Failed to connect socket to '/var/run/libvirt/libvirt-sock'");
    g_autoptr(GBytes) frame = wire_cast_report(sent, 1, NULL);
    g_auto(WireCast) cast = decode_ok(frame);
    assert_int_equal(cast.report->libvirt, HA_LIBVIRT_AWAY);
    assert_string_equal(cast.report->libvirt_error, sent->libvirt_error);
    assert_int_equal(cast.report->vms->len, 0);
}

static void what_arrives_unsorted_is_sorted(void **state)
{
    g_autoptr(HaReport) sent = ha_report_new("node1", 1);
    g_ptr_array_add(sent->vms, ha_report_vm_new("z"));
    g_ptr_array_add(sent->vms, ha_report_vm_new("a"));
    g_ptr_array_add(sent->bridges, g_strdup("br9"));
    g_ptr_array_add(sent->bridges, g_strdup("br1"));
    g_autoptr(GBytes) frame = wire_cast_report(sent, 1, NULL);
    g_auto(WireCast) cast = decode_ok(frame);
    assert_string_equal(((HaReportVm *)cast.report->vms->pdata[0])->name, "a");
    assert_string_equal(cast.report->bridges->pdata[0], "br1");
    assert_non_null(ha_report_find_vm(cast.report, "z"));
}

/* Any name that libvirt allows: one odd domain never silences its host. */
static void odd_domains_do_not_silence_a_host(void **state)
{
    g_autofree char *long_name = g_strnfill(600, 'x');
    g_autoptr(HaReport) sent = ha_report_new("node1", 1);
    static const char *const names[] = {"Windows Server 2022", "b\xc3\xbcro", "tab\there", "bad\xff utf8", "", "good"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        g_ptr_array_add(sent->vms, ha_report_vm_new(names[i]));
    g_ptr_array_add(sent->vms, ha_report_vm_new(long_name));
    g_ptr_array_add(sent->vms, ha_report_vm_new("tab\nhere")); /* repaired like "tab\there" */
    ((HaReportVm *)sent->vms->pdata[0])->mem_bytes = G_MAXUINT64;
    sent->libvirt_error = g_strdup("esc \x1b[31m and \xff");
    g_autoptr(GBytes) frame = wire_cast_report(sent, 1, NULL);
    g_auto(WireCast) cast = decode_ok(frame);
    assert_int_equal(cast.report->vms->len, 6);
    assert_non_null(ha_report_find_vm(cast.report, "good"));
    assert_non_null(ha_report_find_vm(cast.report, "b\xc3\xbcro"));
    assert_non_null(ha_report_find_vm(cast.report, "tab?here"));
    assert_true(ha_report_find_vm(cast.report, "Windows Server 2022")->mem_bytes > 0);
    assert_null(strchr(cast.report->libvirt_error, 0x1b));
}

static void a_report_beyond_the_limit_is_an_error(void **state)
{
    g_autoptr(HaReport) sent = ha_report_new("node1", 1);
    for (guint i = 0; i < 5000; i++) {
        g_autofree char *name = g_strdup_printf("%0250u", i);
        g_ptr_array_add(sent->vms, ha_report_vm_new(name));
    }
    g_autoptr(GError) error = NULL;
    assert_null(wire_cast_report(sent, 1, &error));
    assert_true(g_error_matches(error, WIRE_ERROR, WIRE_ERROR_TOO_MANY));
    assert_non_null(strstr(error->message, "5000 VMs"));
}

static void a_note_arrives_whole(void **state)
{
    HaNote *sent = sample_note();
    g_autoptr(GBytes) frame = wire_cast_note(sent);
    g_auto(WireCast) cast = decode_ok(frame);
    const HaNote *got = cast.note;
    assert_int_equal(cast.kind, WIRE_CAST_NOTE);
    assert_int_equal(got->id, sent->id);
    assert_int_equal(got->kind, HA_NOTE_MOVE_FAILED);
    assert_int_equal(got->time_s, 1700000000);
    assert_string_equal(got->vm, "web1");
    assert_string_equal(got->node, "node1");
    assert_string_equal(got->from, "node1");
    assert_string_equal(got->to, "node2");
    assert_string_equal(got->text, sent->text);
    assert_int_equal(got->value, 1234);
    assert_int_equal(got->reason, HA_REASON_DRAIN);
    ha_note_free(sent);
}

static void a_note_with_an_endless_text_is_cut(void **state)
{
    HaNote *sent = ha_note_new(HA_NOTE_ALARM);
    sent->text = g_strnfill(3 * WIRE_TEXT_MAX, 'x');
    g_autoptr(GBytes) frame = wire_cast_note(sent);
    g_auto(WireCast) cast = decode_ok(frame);
    assert_int_equal(strlen(cast.note->text), WIRE_TEXT_MAX);
    assert_null(cast.note->vm);
    ha_note_free(sent);
}

static void every_kind_of_note_arrives(void **state)
{
    for (guint kind = 0; kind < HA_NOTES; kind++) {
        HaNote *sent = ha_note_new((HaNoteKind)kind);
        g_autoptr(GBytes) frame = wire_cast_note(sent);
        g_auto(WireCast) cast = decode_ok(frame);
        assert_int_equal(cast.note->kind, kind);
        ha_note_free(sent);
    }
}

static void a_request_arrives_whole(void **state)
{
    HaRequest *sent = sample_request();
    g_autoptr(GBytes) frame = wire_cast_request(sent, NULL);
    g_auto(WireCast) cast = decode_ok(frame);
    assert_int_equal(cast.kind, WIRE_CAST_REQUEST);
    assert_int_equal(cast.request->id, 42);
    assert_int_equal(cast.request->kind, HA_REQUEST_DRAIN);
    assert_string_equal(cast.request->node, "node3");
    assert_string_equal(cast.request->by, "root@node1");
    assert_true(cast.request->restart);
    assert_false(cast.request->returning);
    assert_int_equal(cast.request->deadline_s, 1700000600);
    assert_null(cast.request->needs);
    assert_null(cast.hash);
    ha_request_free(sent);
}

static void a_vm_add_carries_its_hash(void **state)
{
    g_autofree char *hash = sample_hash(SAMPLE_XML);
    HaRequest *sent = ha_request_new(HA_REQUEST_VM_ADD, 7);
    sent->running = sent->allow_local = TRUE;
    g_autoptr(GBytes) frame = wire_cast_request(sent, hash);
    g_auto(WireCast) cast = decode_ok(frame);
    assert_string_equal(cast.hash, hash);
    assert_true(cast.request->running);
    assert_true(cast.request->allow_local);
    ha_request_free(sent);
}

/* "by" becomes a word of the hactl-drain attribute: it must not bring words of its own. */
static void who_asked_stays_one_word(void **state)
{
    HaRequest *sent = sample_request();
    g_free(sent->by);
    sent->by = g_strdup("eve restart=1");
    g_autoptr(GBytes) frame = wire_cast_request(sent, NULL);
    g_auto(WireCast) cast = decode_ok(frame);
    assert_string_equal(cast.request->by, "eve_restart=1");
    ha_request_free(sent);
}

static void an_answer_arrives_whole(void **state)
{
    for (guint answer = HA_ANSWER_OK; answer <= HA_ANSWER_FAILED; answer++) {
        g_autoptr(GBytes) frame = wire_cast_answer(42, (HaAnswer)answer, answer == HA_ANSWER_OK ? NULL : "because");
        g_auto(WireCast) cast = decode_ok(frame);
        assert_int_equal(cast.kind, WIRE_CAST_ANSWER);
        assert_int_equal(cast.answer.request_id, 42);
        assert_int_equal(cast.answer.answer, answer);
        assert_int_equal(g_strcmp0(cast.answer.text, answer == HA_ANSWER_OK ? NULL : "because"), 0);
    }
}

static void a_definition_arrives_whole(void **state)
{
    g_autofree char *big = g_strnfill(HA_DEFINITION_BYTES_MAX, 'x');
    const char *const contents[] = {SAMPLE_XML, "x", big};
    for (guint i = 0; i < G_N_ELEMENTS(contents); i++) {
        g_autofree char *hash = sample_hash(contents[i]);
        g_autoptr(GBytes) xml = g_bytes_new_static(contents[i], strlen(contents[i]));
        g_autoptr(GBytes) frame = wire_cast_definition(hash, xml);
        g_auto(WireCast) cast = decode_ok(frame);
        assert_int_equal(cast.kind, WIRE_CAST_DEFINITION);
        assert_string_equal(cast.definition.hash, hash);
        assert_true(g_bytes_equal(cast.definition.xml, xml));
    }
}

static void wanted_definitions_arrive(void **state)
{
    g_autofree char *hash = sample_hash("a");
    g_autoptr(GPtrArray) hashes = g_ptr_array_new();
    for (guint i = 0; i < WIRE_WANTED_MAX + 5; i++)
        g_ptr_array_add(hashes, hash);
    g_autoptr(GBytes) frame = wire_cast_definition_wanted(hashes);
    g_auto(WireCast) cast = decode_ok(frame);
    assert_int_equal(cast.kind, WIRE_CAST_DEFINITION_WANTED);
    assert_int_equal(cast.wanted->len, WIRE_WANTED_MAX);
    assert_string_equal(cast.wanted->pdata[WIRE_WANTED_MAX - 1], hash);
}

static void a_cancel_arrives(void **state)
{
    for (int on = 0; on < 2; on++) {
        g_autoptr(GBytes) frame = wire_cast_cancel("web1", "node1", on);
        g_auto(WireCast) cast = decode_ok(frame);
        assert_int_equal(cast.kind, WIRE_CAST_CANCEL);
        assert_string_equal(cast.cancel.vm, "web1");
        assert_string_equal(cast.cancel.node, "node1");
        assert_int_equal(cast.cancel.on, on);
    }
}

static void members_can_be_taken_over(void **state)
{
    g_autoptr(HaReport) sent = sample_report();
    g_autoptr(GBytes) frame = wire_cast_report(sent, 1, NULL);
    WireCast cast = decode_ok(frame);
    g_autoptr(HaReport) mine = g_steal_pointer(&cast.report);
    wire_cast_clear(&cast);
    wire_cast_clear(&cast);
    assert_string_equal(mine->node, "node1");
}

/* ---- what is malformed is refused, with its reason ---- */

/* One generated message of each kind, valid until a case spoils it. */
typedef struct {
    Hactl__Cast cast;
    Hactl__Report report;
    Hactl__ReportVm vm, vm2;
    Hactl__ReportVm *vms[2];
    Hactl__ReportStorage storage, storage2;
    Hactl__ReportStorage *storages[2];
    char *bridges[2];
    Hactl__Migration migration;
    Hactl__Note note;
    Hactl__Request request;
    Hactl__Answer answer;
    Hactl__Definition definition;
    Hactl__DefinitionWanted wanted;
    char *hashes[1];
    Hactl__Cancel cancel;
} Parts;

static char valid_hash[HA_HASH_LEN + 1];
static char long_text[WIRE_TEXT_MAX + 2];
static char long_label[WIRE_LABEL_MAX + 2];
static char long_key[WIRE_KEY_MAX + 2];
static guint8 big_xml[HA_DEFINITION_BYTES_MAX + 1];

static void fill_text(char *text, gsize size)
{
    memset(text, 'x', size - 1);
    text[size - 1] = '\0';
}

static int prepare(void **state)
{
    g_autofree char *hash = sample_hash(SAMPLE_XML);
    g_strlcpy(valid_hash, hash, sizeof valid_hash);
    fill_text(long_text, sizeof long_text);
    fill_text(long_label, sizeof long_label);
    fill_text(long_key, sizeof long_key);
    memset(big_xml, 'x', sizeof big_xml);
    return 0;
}

static void parts_report(Parts *p)
{
    hactl__report__init(&p->report);
    hactl__report_vm__init(&p->vm);
    hactl__report_vm__init(&p->vm2);
    hactl__report_storage__init(&p->storage);
    hactl__report_storage__init(&p->storage2);
    hactl__migration__init(&p->migration);
    p->report.node = (char *)"node1";
    p->report.node_id = 1;
    p->vm.name = (char *)"a";
    p->vm2.name = (char *)"b";
    p->vm.migration = &p->migration;
    p->vms[0] = &p->vm;
    p->vms[1] = &p->vm2;
    p->report.vms = p->vms;
    p->report.n_vms = 2;
    p->storage.key = (char *)"file:/a";
    p->storage2.key = (char *)"file:/b";
    p->storages[0] = &p->storage;
    p->storages[1] = &p->storage2;
    p->report.storage = p->storages;
    p->report.n_storage = 2;
    p->bridges[0] = (char *)"br0";
    p->bridges[1] = (char *)"br1";
    p->report.bridges = p->bridges;
    p->report.n_bridges = 2;
}

static void parts_others(Parts *p)
{
    hactl__note__init(&p->note);
    hactl__request__init(&p->request);
    hactl__answer__init(&p->answer);
    hactl__definition__init(&p->definition);
    hactl__definition_wanted__init(&p->wanted);
    hactl__cancel__init(&p->cancel);
    p->request.node = (char *)"node1";
    p->definition.hash = valid_hash;
    p->definition.xml.data = (guint8 *)SAMPLE_XML;
    p->definition.xml.len = sizeof SAMPLE_XML - 1;
    p->hashes[0] = valid_hash;
    p->wanted.hashes = p->hashes;
    p->wanted.n_hashes = 1;
    p->cancel.vm = (char *)"web1";
    p->cancel.node = (char *)"node1";
}

static Parts *parts_new(Hactl__Cast__BodyCase body)
{
    Parts *p = g_new0(Parts, 1);
    ProtobufCMessage *const bodies[] = {NULL, &p->report.base, &p->note.base, &p->request.base, &p->answer.base,
        &p->definition.base, &p->wanted.base, &p->cancel.base};
    parts_report(p);
    parts_others(p);
    hactl__cast__init(&p->cast);
    p->cast.body_case = body;
    p->cast.report = (Hactl__Report *)bodies[body];
    return p;
}

#define SPOIL(name, statement)                                                                                         \
    static void name(Parts *p)                                                                                         \
    {                                                                                                                  \
        statement;                                                                                                     \
    }

SPOIL(nothing, (void)p)
SPOIL(no_body, p->cast.body_case = HACTL__CAST__BODY__NOT_SET)
SPOIL(report_node_bad, p->report.node = (char *)"node 1")
SPOIL(report_node_empty, p->report.node = (char *)"")
SPOIL(report_node_utf8, p->report.node = (char *)"n\xff")
SPOIL(report_node_id, p->report.node_id = 0)
SPOIL(report_libvirt, p->report.libvirt = HA_LIBVIRT_OK + 1)
SPOIL(report_error_long, p->report.libvirt_error = long_text)
SPOIL(report_error_utf8, p->report.libvirt_error = (char *)"\xc3(")
SPOIL(report_error_escape, p->report.libvirt_error = (char *)"\x1b[2J")
SPOIL(report_hypervisor_long, p->report.hypervisor = long_label)
SPOIL(report_version_newline, p->report.version = (char *)"1\n2")
SPOIL(report_memory, WIRE_SET(&p->report, mem_total_bytes, G_MAXUINT64))
SPOIL(vm_name_empty, p->vm.name = (char *)"")
SPOIL(vm_name_long, p->vm.name = long_label)
SPOIL(vm_name_control, p->vm.name = (char *)"a\tb")
SPOIL(vm_name_c1_control, p->vm.name = (char *)"a\xc2\x9b"
                                               "b")
SPOIL(vm_name_utf8, p->vm.name = (char *)"a\x80")
SPOIL(vm_name_surrogate, p->vm.name = (char *)"\xed\xa0\x80")
SPOIL(vm_state, p->vm2.state = HA_VM_STATES)
SPOIL(vm_state_huge, p->vm2.state = G_MAXUINT32)
SPOIL(vm_memory, WIRE_SET(&p->vm, mem_bytes, WIRE_BYTES_MAX + 1))
SPOIL(vm_rss, WIRE_SET(&p->vm, rss_bytes, G_MAXUINT64))
SPOIL(vm_uuid, p->vm.uuid = long_label)
SPOIL(vm_migration, WIRE_SET(&p->migration, dirty_bytes_per_s, G_MAXUINT64))
SPOIL(vm_double, p->vm2.name = (char *)"a")
SPOIL(storage_double, p->storage2.key = (char *)"file:/a")
SPOIL(storage_long, p->storage.key = long_key)
SPOIL(storage_empty, p->storage.key = (char *)"")
SPOIL(storage_reason, p->storage.reason = long_text)
SPOIL(storage_utf8, p->storage2.reason = (char *)"\xfe")
SPOIL(bridge_double, p->bridges[1] = p->bridges[0])
SPOIL(bridge_empty, p->bridges[1] = (char *)"")
SPOIL(bridge_utf8, p->bridges[1] = (char *)"\xff")
SPOIL(note_kind, p->note.kind = HA_NOTES)
SPOIL(note_vm, p->note.vm = (char *)"")
SPOIL(note_node, p->note.node = (char *)"../x")
SPOIL(note_from, p->note.from = (char *)"<x>")
SPOIL(note_to, p->note.to = (char *)"9x y")
SPOIL(note_text, p->note.text = long_text)
SPOIL(note_text_escape, p->note.text = (char *)"\x07")
SPOIL(note_reason, WIRE_SET(&p->note, reason, HA_REASONS))
SPOIL(request_kind, p->request.kind = HA_REQUEST_VM_STOP + 1)
SPOIL(request_no_node, p->request.node = NULL)
SPOIL(request_no_vm, p->request.kind = HA_REQUEST_MIGRATE)
SPOIL(request_node, p->request.node = (char *)"a b")
SPOIL(request_vm, p->request.vm = (char *)"a\nb")
SPOIL(request_by_space, p->request.by = (char *)"eve restart=1")
SPOIL(request_by_empty, p->request.by = (char *)"")
SPOIL(request_deadline, WIRE_SET(&p->request, deadline_s, -1))
SPOIL(request_hash_unasked, p->request.hash = valid_hash)
SPOIL(request_add_no_hash, p->request.kind = HA_REQUEST_VM_ADD)
SPOIL(request_add_bad_hash, (p->request.kind = HA_REQUEST_VM_ADD, p->request.hash = (char *)"abc"))
SPOIL(answer_range, p->answer.answer = HA_ANSWER_FAILED + 1)
SPOIL(answer_text, p->answer.text = long_text)
SPOIL(definition_hash, p->definition.hash = (char *)"ABC")
SPOIL(definition_wrong, p->definition.xml.len--)
SPOIL(definition_empty, p->definition.xml.len = 0)
SPOIL(definition_big, (p->definition.xml.data = big_xml, p->definition.xml.len = sizeof big_xml))
SPOIL(definition_utf8, (p->definition.xml.data = (guint8 *)"<\xff>", p->definition.xml.len = 3))
SPOIL(definition_nul, (p->definition.xml.data = (guint8 *)"<\0>", p->definition.xml.len = 3))
SPOIL(wanted_none, p->wanted.n_hashes = 0)
SPOIL(wanted_bad, p->hashes[0] = (char *)"x")
SPOIL(cancel_vm, p->cancel.vm = (char *)"")
SPOIL(cancel_node, p->cancel.node = (char *)"a b")

static const struct {
    Hactl__Cast__BodyCase body;
    void (*spoil)(Parts *p);
    WireError code;
    const char *says;
} refusals[] = {
    {HACTL__CAST__BODY_REPORT, no_body, WIRE_ERROR_SYNTAX, "newer hactl"},
    {HACTL__CAST__BODY_REPORT, report_node_bad, WIRE_ERROR_TEXT, "node's name"},
    {HACTL__CAST__BODY_REPORT, report_node_empty, WIRE_ERROR_TEXT, "node's name"},
    {HACTL__CAST__BODY_REPORT, report_node_utf8, WIRE_ERROR_TEXT, "report.node is not valid UTF-8"},
    {HACTL__CAST__BODY_REPORT, report_node_id, WIRE_ERROR_RANGE, "node_id is 0"},
    {HACTL__CAST__BODY_REPORT, report_libvirt, WIRE_ERROR_RANGE, "report of node1: libvirt is 2"},
    {HACTL__CAST__BODY_REPORT, report_error_long, WIRE_ERROR_TEXT, "libvirt_error has 4097 bytes"},
    {HACTL__CAST__BODY_REPORT, report_error_utf8, WIRE_ERROR_TEXT, "libvirt_error is not valid UTF-8"},
    {HACTL__CAST__BODY_REPORT, report_error_escape, WIRE_ERROR_TEXT, "control characters"},
    {HACTL__CAST__BODY_REPORT, report_hypervisor_long, WIRE_ERROR_TEXT, "hypervisor has 256 bytes"},
    {HACTL__CAST__BODY_REPORT, report_version_newline, WIRE_ERROR_TEXT, "version has control characters"},
    {HACTL__CAST__BODY_REPORT, report_memory, WIRE_ERROR_RANGE, "mem_total_bytes"},
    {HACTL__CAST__BODY_REPORT, vm_name_empty, WIRE_ERROR_TEXT, "vms[0].name has 0 bytes"},
    {HACTL__CAST__BODY_REPORT, vm_name_long, WIRE_ERROR_TEXT, "vms[0].name has 256 bytes"},
    {HACTL__CAST__BODY_REPORT, vm_name_control, WIRE_ERROR_TEXT, "vms[0].name has control characters"},
    {HACTL__CAST__BODY_REPORT, vm_name_c1_control, WIRE_ERROR_TEXT, "vms[0].name has control characters"},
    {HACTL__CAST__BODY_REPORT, vm_name_utf8, WIRE_ERROR_TEXT, "Cast.report.vms.name is not valid UTF-8"},
    {HACTL__CAST__BODY_REPORT, vm_name_surrogate, WIRE_ERROR_TEXT, "vms.name is not valid UTF-8"},
    {HACTL__CAST__BODY_REPORT, vm_state, WIRE_ERROR_RANGE, "report of node1: vms[1].state is 9"},
    {HACTL__CAST__BODY_REPORT, vm_state_huge, WIRE_ERROR_RANGE, "vms[1].state is 4294967295"},
    {HACTL__CAST__BODY_REPORT, vm_memory, WIRE_ERROR_RANGE, "vms[0].mem_bytes"},
    {HACTL__CAST__BODY_REPORT, vm_rss, WIRE_ERROR_RANGE, "vms[0].rss_bytes"},
    {HACTL__CAST__BODY_REPORT, vm_uuid, WIRE_ERROR_TEXT, "vms[0].uuid"},
    {HACTL__CAST__BODY_REPORT, vm_migration, WIRE_ERROR_RANGE, "vms[0].migration.dirty_bytes_per_s"},
    {HACTL__CAST__BODY_REPORT, vm_double, WIRE_ERROR_DOUBLE, "vms has \"a\" twice"},
    {HACTL__CAST__BODY_REPORT, storage_double, WIRE_ERROR_DOUBLE, "storage has \"file:/a\" twice"},
    {HACTL__CAST__BODY_REPORT, storage_long, WIRE_ERROR_TEXT, "storage[0].key has 1025 bytes"},
    {HACTL__CAST__BODY_REPORT, storage_empty, WIRE_ERROR_TEXT, "storage[0].key"},
    {HACTL__CAST__BODY_REPORT, storage_reason, WIRE_ERROR_TEXT, "storage[0].reason"},
    {HACTL__CAST__BODY_REPORT, storage_utf8, WIRE_ERROR_TEXT, "storage.reason is not valid UTF-8"},
    {HACTL__CAST__BODY_REPORT, bridge_double, WIRE_ERROR_DOUBLE, "bridges has \"br0\" twice"},
    {HACTL__CAST__BODY_REPORT, bridge_empty, WIRE_ERROR_TEXT, "bridges[1]"},
    {HACTL__CAST__BODY_REPORT, bridge_utf8, WIRE_ERROR_TEXT, "bridges is not valid UTF-8"},
    {HACTL__CAST__BODY_NOTE, note_kind, WIRE_ERROR_RANGE, "note.kind"},
    {HACTL__CAST__BODY_NOTE, note_vm, WIRE_ERROR_TEXT, "note.vm"},
    {HACTL__CAST__BODY_NOTE, note_node, WIRE_ERROR_TEXT, "note.node"},
    {HACTL__CAST__BODY_NOTE, note_from, WIRE_ERROR_TEXT, "note.from"},
    {HACTL__CAST__BODY_NOTE, note_to, WIRE_ERROR_TEXT, "note.to"},
    {HACTL__CAST__BODY_NOTE, note_text, WIRE_ERROR_TEXT, "note.text has 4097 bytes"},
    {HACTL__CAST__BODY_NOTE, note_text_escape, WIRE_ERROR_TEXT, "note.text has control characters"},
    {HACTL__CAST__BODY_NOTE, note_reason, WIRE_ERROR_RANGE, "note.reason"},
    {HACTL__CAST__BODY_REQUEST, request_kind, WIRE_ERROR_RANGE, "request.kind is 7"},
    {HACTL__CAST__BODY_REQUEST, request_no_node, WIRE_ERROR_MISMATCH, "request.node is missing"},
    {HACTL__CAST__BODY_REQUEST, request_no_vm, WIRE_ERROR_MISMATCH, "request.vm is missing"},
    {HACTL__CAST__BODY_REQUEST, request_node, WIRE_ERROR_TEXT, "request.node"},
    {HACTL__CAST__BODY_REQUEST, request_vm, WIRE_ERROR_TEXT, "request.vm"},
    {HACTL__CAST__BODY_REQUEST, request_by_space, WIRE_ERROR_TEXT, "request.by has white space"},
    {HACTL__CAST__BODY_REQUEST, request_by_empty, WIRE_ERROR_TEXT, "request.by has 0 bytes"},
    {HACTL__CAST__BODY_REQUEST, request_deadline, WIRE_ERROR_RANGE, "request.deadline_s"},
    {HACTL__CAST__BODY_REQUEST, request_hash_unasked, WIRE_ERROR_MISMATCH, "request.hash"},
    {HACTL__CAST__BODY_REQUEST, request_add_no_hash, WIRE_ERROR_TEXT, "request.hash is missing"},
    {HACTL__CAST__BODY_REQUEST, request_add_bad_hash, WIRE_ERROR_TEXT, "request.hash is not a sha256"},
    {HACTL__CAST__BODY_ANSWER, answer_range, WIRE_ERROR_RANGE, "answer.answer"},
    {HACTL__CAST__BODY_ANSWER, answer_text, WIRE_ERROR_TEXT, "answer.text"},
    {HACTL__CAST__BODY_DEFINITION, definition_hash, WIRE_ERROR_TEXT, "definition.hash is not a sha256"},
    {HACTL__CAST__BODY_DEFINITION, definition_wrong, WIRE_ERROR_MISMATCH, "content with the sha256"},
    {HACTL__CAST__BODY_DEFINITION, definition_empty, WIRE_ERROR_TEXT, "definition.xml is empty"},
    {HACTL__CAST__BODY_DEFINITION, definition_big, WIRE_ERROR_TOO_MANY, "definition.xml has 262145 bytes"},
    {HACTL__CAST__BODY_DEFINITION, definition_utf8, WIRE_ERROR_TEXT, "definition.xml is not valid UTF-8"},
    {HACTL__CAST__BODY_DEFINITION, definition_nul, WIRE_ERROR_TEXT, "definition.xml is not valid UTF-8"},
    {HACTL__CAST__BODY_DEFINITION_WANTED, wanted_none, WIRE_ERROR_MISMATCH, "hashes is missing"},
    {HACTL__CAST__BODY_DEFINITION_WANTED, wanted_bad, WIRE_ERROR_TEXT, "not a sha256"},
    {HACTL__CAST__BODY_CANCEL, cancel_vm, WIRE_ERROR_TEXT, "cancel.vm"},
    {HACTL__CAST__BODY_CANCEL, cancel_node, WIRE_ERROR_TEXT, "cancel.node"},
};

static void assert_refused(GBytes *frame, WireError code, const char *says)
{
    g_autoptr(GError) error = NULL;
    WireCast cast = {.kind = 99};
    gsize len = 0;
    const guint8 *data = g_bytes_get_data(frame, &len);
    if (wire_cast_decode(data, len, &cast, &error))
        fail_msg("accepted, and \"%s\" was expected", says);
    if (!g_error_matches(error, WIRE_ERROR, (gint)code) || strstr(error->message, says) == NULL)
        fail_msg("refused with code %d \"%s\", and %d \"%s\" was expected", error->code, error->message, code, says);
    assert_int_equal(cast.kind, 99); /* outputs untouched */
}

static void malformed_fields_are_refused_by_name(void **state)
{
    for (guint i = 0; i < G_N_ELEMENTS(refusals); i++) {
        g_autofree Parts *parts = parts_new(refusals[i].body);
        refusals[i].spoil(parts);
        g_autoptr(GBytes) frame = wire_pack(&parts->cast.base, WIRE_FRAME_MAX, NULL);
        assert_refused(frame, refusals[i].code, refusals[i].says);
    }
}

static void the_unspoilt_messages_are_accepted(void **state)
{
    for (int body = HACTL__CAST__BODY_REPORT; body <= HACTL__CAST__BODY_CANCEL; body++) {
        g_autofree Parts *parts = parts_new((Hactl__Cast__BodyCase)body);
        nothing(parts);
        g_autoptr(GBytes) frame = wire_pack(&parts->cast.base, WIRE_FRAME_MAX, NULL);
        g_auto(WireCast) cast = decode_ok(frame);
        assert_int_equal(cast.kind, body - HACTL__CAST__BODY_REPORT);
    }
}

static void too_many_elements_are_refused(void **state)
{
    const guint n = HA_VMS_MAX + 1;
    g_autofree Parts *parts = parts_new(HACTL__CAST__BODY_REPORT);
    g_autofree Hactl__ReportVm **vms = g_new(Hactl__ReportVm *, n);
    g_autofree Hactl__ReportStorage **storages = g_new(Hactl__ReportStorage *, n);
    g_autofree char **bridges = g_new(char *, n);
    for (guint i = 0; i < n; i++) {
        vms[i] = &parts->vm;
        storages[i] = &parts->storage;
        bridges[i] = (char *)"br0";
    }
    parts->vm.migration = NULL;
    parts->report.vms = vms;
    parts->report.n_vms = n;
    g_autoptr(GBytes) many_vms = wire_pack(&parts->cast.base, WIRE_FRAME_MAX, NULL);
    assert_refused(many_vms, WIRE_ERROR_TOO_MANY, "vms has 20001 elements");
    parts->report.n_vms = 0;
    parts->report.storage = storages;
    parts->report.n_storage = WIRE_STORAGE_MAX + 1;
    g_autoptr(GBytes) many_storages = wire_pack(&parts->cast.base, WIRE_FRAME_MAX, NULL);
    assert_refused(many_storages, WIRE_ERROR_TOO_MANY, "storage has 1025 elements");
    parts->report.n_storage = 0;
    parts->report.bridges = bridges;
    parts->report.n_bridges = WIRE_BRIDGES_MAX + 1;
    g_autoptr(GBytes) many_bridges = wire_pack(&parts->cast.base, WIRE_FRAME_MAX, NULL);
    assert_refused(many_bridges, WIRE_ERROR_TOO_MANY, "bridges has 1025 elements");
}

static void too_many_wanted_are_refused(void **state)
{
    g_autofree Parts *parts = parts_new(HACTL__CAST__BODY_DEFINITION_WANTED);
    g_autofree char **hashes = g_new(char *, WIRE_WANTED_MAX + 1);
    for (guint i = 0; i <= WIRE_WANTED_MAX; i++)
        hashes[i] = valid_hash;
    parts->wanted.hashes = hashes;
    parts->wanted.n_hashes = WIRE_WANTED_MAX + 1;
    g_autoptr(GBytes) frame = wire_pack(&parts->cast.base, WIRE_FRAME_MAX, NULL);
    assert_refused(frame, WIRE_ERROR_TOO_MANY, "8193 elements");
}

static void what_is_no_protobuf_is_refused(void **state)
{
    static const struct {
        const char *name;
        const char *bytes;
        gsize len;
    } cases[] = {
        {"an unterminated varint", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 11},
        {"a length beyond the end", "\x0a\x7f", 2},
        {"a length of almost 4 GiB", "\x0a\xff\xff\xff\xff\x0f", 6},
        {"a report without its required fields", "\x0a\x00", 2},
        {"a report whose node is a number", "\x0a\x02\x08\x01", 4},
        {"an end-group tag", "\x0c", 1},
        {"field number 0", "\x02\x00", 2},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GBytes) frame = wire_frame_encode((const guint8 *)cases[i].bytes, cases[i].len);
        assert_refused(frame, WIRE_ERROR_SYNTAX, "not a hactl Cast");
    }
}

/* Every proper prefix and a byte too many, of every kind. */
static void cut_and_lengthened_casts_are_refused(void **state)
{
    g_autoptr(GPtrArray) casts = sample_casts();
    for (guint i = 0; i < casts->len; i++) {
        gsize len = 0;
        const guint8 *data = g_bytes_get_data(casts->pdata[i], &len);
        for (gsize n = 0; n < len; n++) {
            g_autoptr(GBytes) cut = g_bytes_new(data, n);
            assert_refused(cut, WIRE_ERROR_FRAME, "cut short");
        }
        g_autoptr(GByteArray) more = g_byte_array_new();
        g_byte_array_append(more, data, (guint)len);
        g_byte_array_append(more, (const guint8 *)"", 1);
        g_autoptr(GBytes) lengthened = g_bytes_new(more->data, more->len);
        assert_refused(lengthened, WIRE_ERROR_FRAME, "1 bytes follow");
    }
}

/* A newer hactl may add fields: they are passed over. */
static void unknown_fields_are_passed_over(void **state)
{
    g_autofree Parts *parts = parts_new(HACTL__CAST__BODY_CANCEL);
    gsize len = hactl__cast__get_packed_size(&parts->cast);
    g_autofree guint8 *payload = g_malloc(len + 3);
    hactl__cast__pack(&parts->cast, payload);
    memcpy(payload + len, "\xf8\x07\x01", 3); /* field 127, varint 1 */
    g_autoptr(GBytes) frame = wire_frame_encode(payload, len + 3);
    g_auto(WireCast) cast = decode_ok(frame);
    assert_int_equal(cast.kind, WIRE_CAST_CANCEL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_arrives_whole),
        cmocka_unit_test(a_host_without_libvirt_reports_why),
        cmocka_unit_test(what_arrives_unsorted_is_sorted),
        cmocka_unit_test(odd_domains_do_not_silence_a_host),
        cmocka_unit_test(a_report_beyond_the_limit_is_an_error),
        cmocka_unit_test(a_note_arrives_whole),
        cmocka_unit_test(a_note_with_an_endless_text_is_cut),
        cmocka_unit_test(every_kind_of_note_arrives),
        cmocka_unit_test(a_request_arrives_whole),
        cmocka_unit_test(a_vm_add_carries_its_hash),
        cmocka_unit_test(who_asked_stays_one_word),
        cmocka_unit_test(an_answer_arrives_whole),
        cmocka_unit_test(a_definition_arrives_whole),
        cmocka_unit_test(wanted_definitions_arrive),
        cmocka_unit_test(a_cancel_arrives),
        cmocka_unit_test(members_can_be_taken_over),
        cmocka_unit_test(malformed_fields_are_refused_by_name),
        cmocka_unit_test(the_unspoilt_messages_are_accepted),
        cmocka_unit_test(too_many_elements_are_refused),
        cmocka_unit_test(too_many_wanted_are_refused),
        cmocka_unit_test(what_is_no_protobuf_is_refused),
        cmocka_unit_test(cut_and_lengthened_casts_are_refused),
        cmocka_unit_test(unknown_fields_are_passed_over),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
