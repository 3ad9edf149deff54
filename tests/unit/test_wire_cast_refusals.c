/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/wire/wire_pack.h"
#include "tests/unit/wire_samples.h"

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
SPOIL(request_kind, p->request.kind = HA_REQUESTS)
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
SPOIL(request_define_no_hash,
    (p->request.kind = HA_REQUEST_VM_DEFINE, p->request.vm = (char *)"a", p->request.expected = valid_hash))
SPOIL(request_define_no_expected,
    (p->request.kind = HA_REQUEST_VM_DEFINE, p->request.vm = (char *)"a", p->request.hash = valid_hash))
SPOIL(request_expected, p->request.expected = (char *)"abc")
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
    WireError code;
    void (*spoil)(Parts *p);
    const char *says;
} refusals[] = {
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_SYNTAX, no_body, "newer hactl"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_TEXT, report_node_bad, "node's name"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_TEXT, report_node_empty, "node's name"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_TEXT, report_node_utf8, "report.node is not valid UTF-8"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_RANGE, report_node_id, "node_id is 0"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_RANGE, report_libvirt, "report of node1: libvirt is 2"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_TEXT, report_error_long, "libvirt_error has 4097 bytes"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_TEXT, report_error_utf8, "libvirt_error is not valid UTF-8"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_TEXT, report_error_escape, "control characters"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_TEXT, report_hypervisor_long, "hypervisor has 256 bytes"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_TEXT, report_version_newline, "version has control characters"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_RANGE, report_memory, "mem_total_bytes"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_TEXT, vm_name_empty, "vms[0].name has 0 bytes"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_TEXT, vm_name_long, "vms[0].name has 256 bytes"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_TEXT, vm_name_control, "vms[0].name has control characters"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_TEXT, vm_name_c1_control, "vms[0].name has control characters"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_TEXT, vm_name_utf8, "Cast.report.vms.name is not valid UTF-8"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_TEXT, vm_name_surrogate, "vms.name is not valid UTF-8"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_RANGE, vm_state, "report of node1: vms[1].state is 9"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_RANGE, vm_state_huge, "vms[1].state is 4294967295"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_RANGE, vm_memory, "vms[0].mem_bytes"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_RANGE, vm_rss, "vms[0].rss_bytes"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_TEXT, vm_uuid, "vms[0].uuid"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_RANGE, vm_migration, "vms[0].migration.dirty_bytes_per_s"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_DOUBLE, vm_double, "vms has \"a\" twice"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_DOUBLE, storage_double, "storage has \"file:/a\" twice"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_TEXT, storage_long, "storage[0].key has 1025 bytes"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_TEXT, storage_empty, "storage[0].key"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_TEXT, storage_reason, "storage[0].reason"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_TEXT, storage_utf8, "storage.reason is not valid UTF-8"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_DOUBLE, bridge_double, "bridges has \"br0\" twice"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_TEXT, bridge_empty, "bridges[1]"},
    {HACTL__CAST__BODY_REPORT, WIRE_ERROR_TEXT, bridge_utf8, "bridges is not valid UTF-8"},
    {HACTL__CAST__BODY_NOTE, WIRE_ERROR_RANGE, note_kind, "note.kind"},
    {HACTL__CAST__BODY_NOTE, WIRE_ERROR_TEXT, note_vm, "note.vm"},
    {HACTL__CAST__BODY_NOTE, WIRE_ERROR_TEXT, note_node, "note.node"},
    {HACTL__CAST__BODY_NOTE, WIRE_ERROR_TEXT, note_from, "note.from"},
    {HACTL__CAST__BODY_NOTE, WIRE_ERROR_TEXT, note_to, "note.to"},
    {HACTL__CAST__BODY_NOTE, WIRE_ERROR_TEXT, note_text, "note.text has 4097 bytes"},
    {HACTL__CAST__BODY_NOTE, WIRE_ERROR_TEXT, note_text_escape, "note.text has control characters"},
    {HACTL__CAST__BODY_NOTE, WIRE_ERROR_RANGE, note_reason, "note.reason"},
    {HACTL__CAST__BODY_REQUEST, WIRE_ERROR_RANGE, request_kind, "request.kind is "},
    {HACTL__CAST__BODY_REQUEST, WIRE_ERROR_MISMATCH, request_no_node, "request.node is missing"},
    {HACTL__CAST__BODY_REQUEST, WIRE_ERROR_MISMATCH, request_no_vm, "request.vm is missing"},
    {HACTL__CAST__BODY_REQUEST, WIRE_ERROR_TEXT, request_node, "request.node"},
    {HACTL__CAST__BODY_REQUEST, WIRE_ERROR_TEXT, request_vm, "request.vm"},
    {HACTL__CAST__BODY_REQUEST, WIRE_ERROR_TEXT, request_by_space, "request.by has white space"},
    {HACTL__CAST__BODY_REQUEST, WIRE_ERROR_TEXT, request_by_empty, "request.by has 0 bytes"},
    {HACTL__CAST__BODY_REQUEST, WIRE_ERROR_RANGE, request_deadline, "request.deadline_s"},
    {HACTL__CAST__BODY_REQUEST, WIRE_ERROR_MISMATCH, request_hash_unasked, "request.hash"},
    {HACTL__CAST__BODY_REQUEST, WIRE_ERROR_TEXT, request_add_no_hash, "request.hash is missing"},
    {HACTL__CAST__BODY_REQUEST, WIRE_ERROR_TEXT, request_add_bad_hash, "request.hash is not a sha256"},
    {HACTL__CAST__BODY_REQUEST, WIRE_ERROR_TEXT, request_define_no_hash, "request.hash"},
    {HACTL__CAST__BODY_REQUEST, WIRE_ERROR_MISMATCH, request_define_no_expected, "request.expected is missing"},
    {HACTL__CAST__BODY_REQUEST, WIRE_ERROR_TEXT, request_expected, "request.expected"},
    {HACTL__CAST__BODY_ANSWER, WIRE_ERROR_RANGE, answer_range, "answer.answer"},
    {HACTL__CAST__BODY_ANSWER, WIRE_ERROR_TEXT, answer_text, "answer.text"},
    {HACTL__CAST__BODY_DEFINITION, WIRE_ERROR_TEXT, definition_hash, "definition.hash is not a sha256"},
    {HACTL__CAST__BODY_DEFINITION, WIRE_ERROR_MISMATCH, definition_wrong, "content with the sha256"},
    {HACTL__CAST__BODY_DEFINITION, WIRE_ERROR_TEXT, definition_empty, "definition.xml is empty"},
    {HACTL__CAST__BODY_DEFINITION, WIRE_ERROR_TOO_MANY, definition_big, "definition.xml has 262145 bytes"},
    {HACTL__CAST__BODY_DEFINITION, WIRE_ERROR_TEXT, definition_utf8, "definition.xml is not valid UTF-8"},
    {HACTL__CAST__BODY_DEFINITION, WIRE_ERROR_TEXT, definition_nul, "definition.xml is not valid UTF-8"},
    {HACTL__CAST__BODY_DEFINITION_WANTED, WIRE_ERROR_MISMATCH, wanted_none, "hashes is missing"},
    {HACTL__CAST__BODY_DEFINITION_WANTED, WIRE_ERROR_TEXT, wanted_bad, "not a sha256"},
    {HACTL__CAST__BODY_CANCEL, WIRE_ERROR_TEXT, cancel_vm, "cancel.vm"},
    {HACTL__CAST__BODY_CANCEL, WIRE_ERROR_TEXT, cancel_node, "cancel.node"},
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
    static const guint8 newer_field[] = {0xf8, 0x07, 0x01}; /* number 127, varint 1 */
    gsize len = hactl__cast__get_packed_size(&parts->cast);
    g_autofree guint8 *payload = g_malloc(len + sizeof newer_field);
    hactl__cast__pack(&parts->cast, payload);
    memcpy(payload + len, newer_field, sizeof newer_field);
    g_autoptr(GBytes) frame = wire_frame_encode(payload, len + sizeof newer_field);
    g_auto(WireCast) cast = decode_ok(frame);
    assert_int_equal(cast.kind, WIRE_CAST_CANCEL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
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
