/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

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
    assert_int_equal(g_strcmp0(a->definition, b->definition), 0);
    assert_int_equal(g_strcmp0(a->cpu, b->cpu), 0);
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
    assert_string_equal(
        ha_report_find_cpu(got->cpus, "0123456789abcdef")->text, "x86_64 kvm Skylake-Client Intel +vmx");
    assert_string_equal(ha_report_find_cpu(got->cpu_lacks, "fedcba9876543210")->text, "missing features: avx2");
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
    assert_string_equal(got->others, "node3 could take it, memory 50.0 % full after the move");
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

static void a_vm_define_says_what_it_was_made_from(void **state)
{
    g_autofree char *hash = sample_hash(SAMPLE_XML), *old = sample_hash("old");
    HaRequest *sent = ha_request_new(HA_REQUEST_VM_DEFINE, 7);
    sent->vm = g_strdup("web1");
    sent->expected = g_strdup(old);
    g_autoptr(GBytes) frame = wire_cast_request(sent, hash);
    g_auto(WireCast) cast = decode_ok(frame);
    assert_string_equal(cast.hash, hash);
    assert_string_equal(cast.request->vm, "web1");
    assert_string_equal(cast.request->expected, old);
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
        g_autoptr(GBytes) frame = wire_cast_answer(
            &(WireAnswer){42, (HaAnswer)answer, answer == HA_ANSWER_OK ? NULL : "because", "dear", 77});
        g_auto(WireCast) cast = decode_ok(frame);
        assert_int_equal(cast.kind, WIRE_CAST_ANSWER);
        assert_int_equal(cast.answer.request_id, 42);
        assert_int_equal(cast.answer.answer, answer);
        assert_string_equal(cast.answer.warning, "dear");
        assert_int_equal(cast.answer.epoch, 77);
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
        cmocka_unit_test(a_vm_define_says_what_it_was_made_from),
        cmocka_unit_test(who_asked_stays_one_word),
        cmocka_unit_test(an_answer_arrives_whole),
        cmocka_unit_test(a_definition_arrives_whole),
        cmocka_unit_test(wanted_definitions_arrive),
        cmocka_unit_test(a_cancel_arrives),
        cmocka_unit_test(members_can_be_taken_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
