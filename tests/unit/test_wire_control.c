/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/core/plan/ha_plan.h"
#include "agent/wire/wire_pack.h"
#include "tests/unit/wire_samples.h"

/* ---- calls ---- */

static GBytes *pack_call(const Hactl__Call *call)
{
    GBytes *frame = wire_pack(&call->base, WIRE_FRAME_MAX, NULL);
    assert_non_null(frame);
    return frame;
}

static gboolean decode(GBytes *frame, WireCall *ret_call, GError **error)
{
    gsize len = 0;
    const guint8 *payload = sample_payload(frame, &len);
    return wire_call_decode(payload, len, ret_call, error);
}

static void every_sample_call_arrives(void **state)
{
    static const Hactl__CallKind kinds[] = {HACTL__CALL_KIND__CALL_VIEW, HACTL__CALL_KIND__CALL_PLAN,
        HACTL__CALL_KIND__CALL_REQUEST, HACTL__CALL_KIND__CALL_EVENTS, HACTL__CALL_KIND__CALL_DEFINITION,
        HACTL__CALL_KIND__CALL_EXPLAIN, HACTL__CALL_KIND__CALL_PLAN, HACTL__CALL_KIND__CALL_STORE,
        HACTL__CALL_KIND__CALL_EXPORT, HACTL__CALL_KIND__CALL_CAPACITY};
    g_autoptr(GPtrArray) calls = sample_calls();
    assert_int_equal(calls->len, G_N_ELEMENTS(kinds));
    for (guint i = 0; i < calls->len; i++) {
        g_auto(WireCall) call = {0};
        assert_true(decode(calls->pdata[i], &call, NULL));
        assert_int_equal(call.kind, kinds[i]);
        assert_int_equal(call.watch, i == 3);
        assert_int_equal(call.request != NULL, i == 1 || i == 2 || i == 6);
        assert_int_equal(call.xml != NULL, i == 2);
        assert_int_equal(call.vm != NULL, i == 4 || i == 5);
        assert_int_equal(call.node != NULL, i == 5);
        assert_int_equal(call.definitions != NULL, i == 7);
        assert_int_equal(call.lose, i == 9 ? 2 : 0);
    }
}

static void a_request_arrives_with_its_fields(void **state)
{
    Hactl__Request request = HACTL__REQUEST__INIT;
    Hactl__Call message = HACTL__CALL__INIT;
    message.kind = HACTL__CALL_KIND__CALL_REQUEST;
    message.request = &request;
    request.id = 12345; /* hactld's to give: dropped */
    request.kind = HA_REQUEST_MIGRATE;
    request.vm = (char *)"Windows Server 2022"; /* a libvirt name: the answer is the core's, not the wire's */
    request.node = (char *)"node2";
    request.by = (char *)"root@node1";
    g_autoptr(GBytes) frame = wire_call_encode(&message, NULL);
    assert_non_null(frame);
    g_auto(WireCall) call = {0};
    assert_true(decode(frame, &call, NULL));
    assert_int_equal(call.request->id, 0);
    assert_int_equal(call.request->kind, HA_REQUEST_MIGRATE);
    assert_string_equal(call.request->vm, "Windows Server 2022");
    assert_string_equal(call.request->node, "node2");
    assert_string_equal(call.request->by, "root@node1");
}

typedef struct {
    Hactl__Call call;
    Hactl__Request request;
} Parts;

static guint8 big_xml[HA_DEFINITION_BYTES_MAX + 1];

static void ask(Parts *p, Hactl__CallKind kind, HaRequestKind request)
{
    hactl__call__init(&p->call);
    hactl__request__init(&p->request);
    p->call.kind = kind;
    p->call.request = &p->request;
    p->request.kind = request;
}

static void add(Parts *p, const guint8 *xml, gsize len)
{
    ask(p, HACTL__CALL_KIND__CALL_REQUEST, HA_REQUEST_VM_ADD);
    p->call.has_xml = TRUE;
    p->call.xml.data = (guint8 *)xml;
    p->call.xml.len = len;
}

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

#define CASE(name, ...)                                                                                                \
    static void name(Parts *p)                                                                                         \
    {                                                                                                                  \
        __VA_ARGS__;                                                                                                   \
    }

#define REQUEST HACTL__CALL_KIND__CALL_REQUEST
#define PLAN HACTL__CALL_KIND__CALL_PLAN

CASE(kind_zero, ask(p, (Hactl__CallKind)0, HA_REQUEST_DRAIN))
CASE(kind_high, ask(p, (Hactl__CallKind)6, HA_REQUEST_DRAIN))
CASE(kind_huge, ask(p, (Hactl__CallKind)G_MAXINT, HA_REQUEST_DRAIN))
CASE(no_request, ask(p, REQUEST, HA_REQUEST_DRAIN); p->call.request = NULL)
CASE(plan_no_request, ask(p, PLAN, HA_REQUEST_DRAIN); p->call.request = NULL)
CASE(view_with_request, ask(p, HACTL__CALL_KIND__CALL_VIEW, HA_REQUEST_DRAIN))
CASE(view_with_vm, ask(p, HACTL__CALL_KIND__CALL_VIEW, HA_REQUEST_DRAIN); p->call.request = NULL;
     p->call.vm = (char *)"a")
CASE(drain_no_node, ask(p, REQUEST, HA_REQUEST_DRAIN))
CASE(drain_bad_node, ask(p, REQUEST, HA_REQUEST_DRAIN); p->request.node = (char *)"no such; rm")
CASE(undrain_no_node, ask(p, REQUEST, HA_REQUEST_UNDRAIN))
CASE(migrate_no_vm, ask(p, REQUEST, HA_REQUEST_MIGRATE))
CASE(remove_no_vm, ask(p, REQUEST, HA_REQUEST_VM_REMOVE))
CASE(start_no_vm, ask(p, REQUEST, HA_REQUEST_VM_START))
CASE(define_no_expected, add(p, (const guint8 *)"<a/>", 4); p->request.kind = HA_REQUEST_VM_DEFINE;
     p->request.vm = (char *)"a")
CASE(define_no_xml, ask(p, REQUEST, HA_REQUEST_VM_DEFINE); p->request.vm = (char *)"a";
     p->request.expected = (char *)HASH)
CASE(stop_no_vm, ask(p, REQUEST, HA_REQUEST_VM_STOP))
CASE(stop_utf8, ask(p, REQUEST, HA_REQUEST_VM_STOP); p->request.vm = (char *)"\xff")
CASE(plan_of_start, ask(p, PLAN, HA_REQUEST_VM_START); p->request.vm = (char *)"a")
CASE(plan_of_add, ask(p, PLAN, HA_REQUEST_VM_ADD))
CASE(add_no_xml, ask(p, REQUEST, HA_REQUEST_VM_ADD))
CASE(add_empty, add(p, (const guint8 *)"", 0))
CASE(add_big, add(p, big_xml, sizeof big_xml))
CASE(add_binary, add(p,
                     (const guint8 *)"\x7f"
                                     "ELF\xff",
                     5))
CASE(add_hash, add(p, (const guint8 *)"<a/>", 4); p->request.hash = (char *)"x")
CASE(drain_with_xml, add(p, (const guint8 *)"<a/>", 4); p->request.kind = HA_REQUEST_DRAIN;
     p->request.node = (char *)"n")
CASE(lose_for_a_view, ask(p, HACTL__CALL_KIND__CALL_VIEW, HA_REQUEST_DRAIN); p->call.request = NULL;
     p->call.has_lose = TRUE)
CASE(lose_too_many, ask(p, HACTL__CALL_KIND__CALL_CAPACITY, HA_REQUEST_DRAIN); p->call.request = NULL;
     p->call.has_lose = TRUE; p->call.lose = 4)
CASE(definition_no_vm, ask(p, HACTL__CALL_KIND__CALL_DEFINITION, HA_REQUEST_DRAIN); p->call.request = NULL)
CASE(definition_empty_vm, definition_no_vm(p); p->call.vm = (char *)"")
CASE(moves_no_vm, ask(p, HACTL__CALL_KIND__CALL_EXPLAIN, HA_REQUEST_DRAIN); p->call.request = NULL;
     p->call.node = (char *)"n"; p->call.has_moves = p->call.moves = TRUE)
CASE(definition_moves, definition_no_vm(p); p->call.vm = (char *)"a"; p->call.has_moves = p->call.moves = TRUE)
CASE(by_with_space, ask(p, REQUEST, HA_REQUEST_DRAIN); p->request.node = (char *)"n"; p->request.by = (char *)"a b")

static const struct {
    void (*make)(Parts *p);
    WireError code;
    const char *says;
} refusals[] = {
    {kind_zero, WIRE_ERROR_RANGE, "call.kind is 0"},
    {kind_high, WIRE_ERROR_RANGE, "call.kind is 6"},
    {kind_huge, WIRE_ERROR_RANGE, "call.kind is 2147483647"},
    {no_request, WIRE_ERROR_MISMATCH, "call.request is missing"},
    {plan_no_request, WIRE_ERROR_MISMATCH, "call.request is missing"},
    {view_with_request, WIRE_ERROR_MISMATCH, "call.request is given"},
    {view_with_vm, WIRE_ERROR_MISMATCH, "call.vm is given"},
    {drain_no_node, WIRE_ERROR_MISMATCH, "request.node is missing"},
    {drain_bad_node, WIRE_ERROR_TEXT, "request.node is not a node's name"},
    {undrain_no_node, WIRE_ERROR_MISMATCH, "request.node is missing"},
    {migrate_no_vm, WIRE_ERROR_MISMATCH, "request.vm is missing"},
    {remove_no_vm, WIRE_ERROR_MISMATCH, "request.vm is missing"},
    {start_no_vm, WIRE_ERROR_MISMATCH, "request.vm is missing"},
    {define_no_expected, WIRE_ERROR_MISMATCH, "request.expected is missing"},
    {define_no_xml, WIRE_ERROR_MISMATCH, "call.xml is missing"},
    {stop_no_vm, WIRE_ERROR_MISMATCH, "request.vm is missing"},
    {stop_utf8, WIRE_ERROR_TEXT, "Call.request.vm is not valid UTF-8"},
    {plan_of_start, WIRE_ERROR_MISMATCH, "can be planned"},
    {plan_of_add, WIRE_ERROR_MISMATCH, "can be planned"},
    {add_no_xml, WIRE_ERROR_MISMATCH, "call.xml is missing"},
    {add_empty, WIRE_ERROR_TEXT, "call.xml is empty"},
    {add_big, WIRE_ERROR_TOO_MANY, "at most 262144"},
    {add_binary, WIRE_ERROR_TEXT, "call.xml is not valid UTF-8"},
    {add_hash, WIRE_ERROR_MISMATCH, "hactld's to compute"},
    {drain_with_xml, WIRE_ERROR_MISMATCH, "call.xml is given"},
    {lose_for_a_view, WIRE_ERROR_MISMATCH, "only a call for the capacity"},
    {lose_too_many, WIRE_ERROR_RANGE, "call.lose"},
    {definition_no_vm, WIRE_ERROR_MISMATCH, "call.vm is missing"},
    {definition_empty_vm, WIRE_ERROR_TEXT, "call.vm has 0 bytes"},
    {moves_no_vm, WIRE_ERROR_MISMATCH, "call.moves is given, and only a VM"},
    {definition_moves, WIRE_ERROR_MISMATCH, "call.moves is given, and only a call for an explanation"},
    {by_with_space, WIRE_ERROR_TEXT, "request.by has white space"},
};

static void assert_reason(const GError *error, WireError code, const char *says)
{
    if (!g_error_matches(error, WIRE_ERROR, (gint)code) || strstr(error->message, says) == NULL)
        fail_msg("code %d \"%s\", and %d \"%s\" was expected", error->code, error->message, code, says);
}

/* The client's encoder and the server's decoder refuse the same, in the same words. */
static void incomplete_calls_are_refused_on_both_sides(void **state)
{
    memset(big_xml, 'x', sizeof big_xml);
    for (guint i = 0; i < G_N_ELEMENTS(refusals); i++) {
        Parts parts;
        refusals[i].make(&parts);
        g_autoptr(GError) by_server = NULL;
        g_autoptr(GError) by_client = NULL;
        g_autoptr(GBytes) frame = pack_call(&parts.call);
        WireCall call = {.kind = (Hactl__CallKind)99};
        if (decode(frame, &call, &by_server))
            fail_msg("accepted, and \"%s\" was expected", refusals[i].says);
        assert_int_equal(call.kind, 99);
        assert_reason(by_server, refusals[i].code, refusals[i].says);
        assert_null(wire_call_encode(&parts.call, &by_client));
        assert_string_equal(by_client->message, by_server->message);
    }
}

static void a_call_beyond_the_frame_is_not_sent(void **state)
{
    g_autofree guint8 *xml = g_malloc0(WIRE_FRAME_MAX);
    Parts parts;
    add(&parts, xml, WIRE_FRAME_MAX);
    g_autoptr(GError) error = NULL;
    assert_null(wire_call_encode(&parts.call, &error));
    assert_reason(error, WIRE_ERROR_TOO_MANY, "at most 1048576");
}

static void cut_calls_are_refused(void **state)
{
    g_autoptr(GPtrArray) calls = sample_calls();
    for (guint i = 0; i < calls->len; i++) {
        gsize len = 0;
        const guint8 *payload = sample_payload(calls->pdata[i], &len);
        g_autoptr(GError) error = NULL;
        WireCall call = {0};
        assert_false(wire_call_decode(payload, 0, &call, &error));
        assert_reason(error, WIRE_ERROR_SYNTAX, "not a hactl Call");
        for (gsize n = 1; n < len; n++) {
            g_autoptr(GError) refusal = NULL;
            g_auto(WireCall) cut = {0};
            /* A cut between two fields may leave a smaller valid call; all else has its reason. */
            gboolean accepted = wire_call_decode(payload, n, &cut, &refusal);
            assert_int_equal(accepted, refusal == NULL);
        }
    }
}

/* ---- results ---- */

static WireResult *result_of(GBytes *frame)
{
    g_autoptr(GError) error = NULL;
    gsize len = 0;
    const guint8 *payload = sample_payload(frame, &len);
    WireResult *result = wire_result_decode(payload, len, &error);
    if (result == NULL)
        fail_msg("refused: %s", error->message);
    return result;
}

static void an_answer_arrives(void **state)
{
    g_autoptr(GBytes) frame = wire_answer_build(9, HA_ANSWER_NOT_QUORATE, "bad \xff bytes", "\xff");
    g_autoptr(WireResult) result = result_of(frame);
    assert_true(result->last);
    assert_int_equal(result->answer->request_id, 9);
    assert_int_equal(result->answer->answer, HA_ANSWER_NOT_QUORATE);
    assert_string_equal(result->answer->text, "bad \xef\xbf\xbd bytes");
    assert_string_equal(result->answer->warning, "\xef\xbf\xbd");

    g_autoptr(GBytes) silent = wire_answer_build(9, HA_ANSWER_OK, NULL, NULL);
    g_autoptr(WireResult) without_text = result_of(silent);
    assert_null(without_text->answer->text);
}

static void a_definition_arrives(void **state)
{
    g_autofree char *hash = sample_hash(SAMPLE_XML);
    g_autoptr(GBytes) xml = g_bytes_new_static(SAMPLE_XML, sizeof SAMPLE_XML - 1);
    g_autoptr(GBytes) frame = wire_definition_build(hash, xml);
    g_autoptr(WireResult) result = result_of(frame);
    assert_true(result->last);
    assert_string_equal(result->definition->hash, hash);
    assert_int_equal(result->definition->xml.len, sizeof SAMPLE_XML - 1);
    assert_memory_equal(result->definition->xml.data, SAMPLE_XML, sizeof SAMPLE_XML - 1);
}

static void notes_arrive_after_the_one_that_is_known(void **state)
{
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func((GDestroyNotify)ha_note_free);
    for (guint i = 0; i < 5; i++) {
        HaNote *note = sample_note();
        note->id = 10 * (i + 1);
        g_ptr_array_add(notes, note);
    }
    static const struct {
        guint64 after_id;
        gsize n;
    } cases[] = {{0, 5}, {10, 4}, {15, 4}, {49, 1}, {50, 0}, {G_MAXUINT64, 0}};
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GBytes) frame = wire_notes_build(notes, cases[i].after_id, i % 2);
        g_autoptr(WireResult) result = result_of(frame);
        assert_int_equal(result->n_notes, cases[i].n);
        assert_int_equal(result->last, i % 2);
        for (gsize j = 0; j < result->n_notes; j++)
            assert_int_equal(result->notes[j]->id, 10 * (5 - cases[i].n + j + 1));
    }
}

static void a_plan_arrives(void **state)
{
    g_autoptr(HaPlan) plan = ha_plan_new("node3");
    HaPlanMove *move = ha_plan_move_new("web1", "node3");
    move->to = g_strdup("node1");
    move->reason = HA_REASON_DRAIN;
    move->detail = g_strdup("node1 has the most free memory");
    move->mem_mib = 2048;
    move->estimate_ms = 3500;
    move->wave = 1;
    g_ptr_array_add(plan->moves, move);
    move = ha_plan_move_new("db1", "node3");
    move->reason = HA_REASON_DRAIN;
    move->block = HA_BLOCK_NO_TARGET;
    move->remedy = g_strdup("free memory");
    if (move->candidates == NULL)
        move->candidates = g_ptr_array_new_with_free_func((GDestroyNotify)ha_candidate_free);
    g_ptr_array_add(move->candidates, ha_candidate_new("node1", HA_BLOCK_NODE_MEMORY, "needs 512 MiB, 80 MiB free"));
    g_ptr_array_add(move->candidates, ha_candidate_new("node2", HA_BLOCK_NODE_OFFLINE, NULL));
    g_ptr_array_add(plan->moves, move);
    plan->n_blocked = 1;
    plan->estimate_ms = 3500;

    g_autoptr(GBytes) frame = wire_plan_build(plan);
    g_autoptr(WireResult) result = result_of(frame);
    const Hactl__Plan *got = result->plan;
    assert_true(result->last);
    assert_string_equal(got->node, "node3");
    assert_int_equal(got->n_blocked, 1);
    assert_int_equal(got->estimate_ms, 3500);
    assert_int_equal(got->n_moves, 2);
    assert_string_equal(got->moves[0]->vm, "web1");
    assert_string_equal(got->moves[0]->to, "node1");
    assert_string_equal(got->moves[0]->detail, "node1 has the most free memory");
    assert_int_equal(got->moves[0]->mem_mib, 2048);
    assert_int_equal(got->moves[0]->estimate_ms, 3500);
    assert_int_equal(got->moves[0]->wave, 1);
    assert_int_equal(got->moves[0]->mode, HA_MOVE_LIVE);
    assert_int_equal(got->moves[0]->reason, HA_REASON_DRAIN);
    assert_null(got->moves[1]->to);
    assert_int_equal(got->moves[1]->block, HA_BLOCK_NO_TARGET);
    assert_string_equal(got->moves[1]->remedy, "free memory");
    assert_int_equal(got->moves[1]->n_candidates, 2);
    assert_string_equal(got->moves[1]->candidates[0]->node, "node1");
    assert_string_equal(got->moves[1]->candidates[0]->detail, "needs 512 MiB, 80 MiB free");
    assert_int_equal(got->moves[1]->candidates[1]->block, HA_BLOCK_NODE_OFFLINE);
    assert_null(got->moves[1]->candidates[1]->detail);
}

static void an_empty_plan_arrives(void **state)
{
    g_autoptr(HaPlan) plan = ha_plan_new("node3");
    g_autoptr(GBytes) frame = wire_plan_build(plan);
    g_autoptr(WireResult) result = result_of(frame);
    assert_int_equal(result->plan->n_moves, 0);
}

static void what_is_too_much_for_a_result_is_said(void **state)
{
    static const guint8 huge[WIRE_RESULT_MAX];
    g_autoptr(GBytes) content = g_bytes_new_static(huge, WIRE_RESULT_MAX);
    g_autoptr(GBytes) frame = wire_definition_build("0", content);
    g_autoptr(WireResult) result = result_of(frame);
    assert_true(result->last);
    assert_null(result->definition);
    assert_int_equal(result->answer->answer, HA_ANSWER_FAILED);
    assert_non_null(strstr(result->answer->text, "at most 16777216 can be sent"));
}

/* The CLI indexes tables of words by these numbers. */
typedef struct {
    Hactl__Result result;
    Hactl__Answer answer;
    Hactl__View view;
    Hactl__ViewNode node;
    Hactl__ViewNode *nodes[1];
    Hactl__Report report;
    Hactl__ViewVm vm;
    Hactl__ViewVm *vms[1];
    Hactl__Note note;
    Hactl__Note *notes[1];
    Hactl__Plan plan;
    Hactl__PlanMove move;
    Hactl__PlanMove *moves[1];
    Hactl__Candidate candidate;
    Hactl__Candidate *candidates[1];
} ResultParts;

static void fill_view(ResultParts *p)
{
    hactl__view__init(&p->view);
    hactl__view_node__init(&p->node);
    hactl__report__init(&p->report);
    hactl__view_vm__init(&p->vm);
    hactl__note__init(&p->note);
    p->report.node = p->node.node = (char *)"node1";
    p->vm.name = (char *)"web1";
    p->node.report = &p->report;
    p->nodes[0] = &p->node;
    p->vms[0] = &p->vm;
    p->notes[0] = &p->note;
    p->view.nodes = p->nodes;
    p->view.vms = p->vms;
    p->view.notes = p->notes;
    p->view.n_nodes = p->view.n_vms = p->view.n_notes = 1;
}

static void fill_plan(ResultParts *p)
{
    hactl__plan__init(&p->plan);
    hactl__plan_move__init(&p->move);
    hactl__candidate__init(&p->candidate);
    p->move.vm = p->move.from = p->candidate.node = (char *)"a";
    p->candidates[0] = &p->candidate;
    p->move.candidates = p->candidates;
    p->move.n_candidates = 1;
    p->moves[0] = &p->move;
    p->plan.moves = p->moves;
    p->plan.n_moves = 1;
}

static ResultParts *result_parts_new(void)
{
    ResultParts *p = g_new0(ResultParts, 1);
    hactl__result__init(&p->result);
    hactl__answer__init(&p->answer);
    fill_view(p);
    fill_plan(p);
    p->result.answer = &p->answer;
    p->result.view = &p->view;
    p->result.plan = &p->plan;
    return p;
}

#define SPOIL(name, statement)                                                                                         \
    static void name(ResultParts *p)                                                                                   \
    {                                                                                                                  \
        statement;                                                                                                     \
    }

SPOIL(r_answer, p->answer.answer = HA_ANSWER_FAILED + 1)
SPOIL(r_node_state, p->node.state = HA_NODE_STATES)
SPOIL(r_drain, WIRE_SET(&p->node, drain, HA_DRAIN_STATES))
SPOIL(r_libvirt, p->report.libvirt = 2)
SPOIL(r_vm_state, p->vm.state = HA_VM_STATES)
SPOIL(r_move, WIRE_SET(&p->vm, move, HA_MOVE_STATES))
SPOIL(r_move_reason, WIRE_SET(&p->vm, move_reason, HA_REASONS))
SPOIL(r_move_mode, WIRE_SET(&p->vm, move_mode, HA_MOVE_RESTART + 1))
SPOIL(r_block, WIRE_SET(&p->vm, block, HA_BLOCKS))
SPOIL(r_note_kind, p->note.kind = HA_NOTES)
SPOIL(r_note_reason, WIRE_SET(&p->note, reason, HA_REASONS))
SPOIL(r_result_notes, (p->result.notes = p->notes, p->result.n_notes = 1, p->view.n_notes = 0, p->note.kind = HA_NOTES))
SPOIL(r_plan_mode, p->move.mode = 2)
SPOIL(r_plan_reason, p->move.reason = HA_REASONS)
SPOIL(r_plan_block, p->move.block = HA_BLOCKS)
SPOIL(r_candidate, p->candidate.block = G_MAXUINT32)

static void results_with_unknown_numbers_are_refused(void **state)
{
    static void (*const spoil[])(ResultParts *) = {r_answer, r_node_state, r_drain, r_libvirt, r_vm_state, r_move,
        r_move_reason, r_move_mode, r_block, r_note_kind, r_note_reason, r_result_notes, r_plan_mode, r_plan_reason,
        r_plan_block, r_candidate};
    for (guint i = 0; i < G_N_ELEMENTS(spoil); i++) {
        g_autofree ResultParts *parts = result_parts_new();
        g_autoptr(GBytes) valid = wire_pack(&parts->result.base, WIRE_RESULT_MAX, NULL);
        g_autoptr(WireResult) accepted = result_of(valid);
        spoil[i](parts);
        g_autoptr(GBytes) frame = wire_pack(&parts->result.base, WIRE_RESULT_MAX, NULL);
        g_autoptr(GError) error = NULL;
        gsize len = 0;
        const guint8 *payload = sample_payload(frame, &len);
        if (wire_result_decode(payload, len, &error) != NULL)
            fail_msg("spoilt result %u was accepted", i);
        assert_reason(error, WIRE_ERROR_RANGE, "values below");
        assert_non_null(accepted);
    }
}

static void a_result_with_bad_utf8_is_refused(void **state)
{
    g_autofree ResultParts *parts = result_parts_new();
    parts->vm.last_error = (char *)"\xff";
    g_autoptr(GBytes) frame = wire_pack(&parts->result.base, WIRE_RESULT_MAX, NULL);
    g_autoptr(GError) error = NULL;
    gsize len = 0;
    const guint8 *payload = sample_payload(frame, &len);
    assert_null(wire_result_decode(payload, len, &error));
    assert_reason(error, WIRE_ERROR_TEXT, "Result.view.vms.last_error is not valid UTF-8");
}

static guint8 *put_varint(guint8 *at, gsize number)
{
    for (; number > 0x7f; number >>= 7)
        *at++ = (guint8)((number & 0x7f) | 0x80);
    *at++ = (guint8)number;
    return at;
}

/* 12 MiB of the smallest VMs would take 700 MiB: the memory is bounded before it is allocated. */
static void a_bomb_of_small_elements_is_bounded(void **state)
{
    static const guint8 vm[] = {0x62, 4, 0x0a, 0, 0x20, 0}; /* View.vms: name "", state 0 */
    const gsize n = 2000000;
    g_autofree guint8 *payload = g_malloc(n * sizeof vm + 16);
    guint8 *at = payload;
    *at++ = 0x1a; /* Result.view */
    at = put_varint(at, n * sizeof vm);
    for (gsize i = 0; i < n; i++, at += sizeof vm)
        memcpy(at, vm, sizeof vm);
    g_autoptr(GError) error = NULL;
    assert_null(wire_result_decode(payload, (gsize)(at - payload), &error));
    assert_reason(error, WIRE_ERROR_TOO_MANY, "more than 64 MiB of memory");

    at =
        put_varint(payload + 1, 1000 * sizeof vm); /* the same bytes, a thousand of them: the message itself is right */
    for (gsize i = 0; i < 1000; i++, at += sizeof vm)
        memcpy(at, vm, sizeof vm);
    g_autoptr(WireResult) small = wire_result_decode(payload, (gsize)(at - payload), NULL);
    assert_non_null(small);
    assert_int_equal(small->view->n_vms, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_call_arrives),
        cmocka_unit_test(a_request_arrives_with_its_fields),
        cmocka_unit_test(incomplete_calls_are_refused_on_both_sides),
        cmocka_unit_test(a_call_beyond_the_frame_is_not_sent),
        cmocka_unit_test(cut_calls_are_refused),
        cmocka_unit_test(an_answer_arrives),
        cmocka_unit_test(a_definition_arrives),
        cmocka_unit_test(notes_arrive_after_the_one_that_is_known),
        cmocka_unit_test(a_plan_arrives),
        cmocka_unit_test(an_empty_plan_arrives),
        cmocka_unit_test(what_is_too_much_for_a_result_is_said),
        cmocka_unit_test(results_with_unknown_numbers_are_refused),
        cmocka_unit_test(a_result_with_bad_utf8_is_refused),
        cmocka_unit_test(a_bomb_of_small_elements_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
