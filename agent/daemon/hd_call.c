/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/daemon/hd_apply.h"

#include <gio/gio.h>
#include <string.h>

#include "agent/core/ha_explain.h"
#include "agent/core/ha_explain_move.h"
#include "agent/core/plan/ha_spare.h"
#include "agent/io/io_mount.h"

#define NOTES_ALL 0u

static void send_last(IoControlClient *client, GBytes *frame)
{
    io_control_send(client, frame);
    io_control_finish(client);
    g_bytes_unref(frame);
}

static void answer_now(IoControlClient *client, HaAnswer answer, const char *text)
{
    send_last(client, wire_answer_build(0, answer, text, NULL));
}

/* ---- views ---- */

static void send_views(HdDaemon *daemon)
{
    g_autoptr(GBytes) frame = wire_view_build(daemon->core, hd_now_s(), FALSE);
    gboolean skipped = FALSE;
    daemon->viewed_ms = hd_now_ms();
    for (guint i = 0; i < daemon->viewers->len; i++) {
        if (io_control_queued(daemon->viewers->pdata[i]) == 0)
            io_control_send(daemon->viewers->pdata[i], frame);
        else
            skipped = TRUE; /* it has not taken the last one yet */
    }
    if (skipped)
        hd_viewers_changed(daemon);
}

static gboolean on_viewers(gpointer data)
{
    HdDaemon *daemon = data;
    daemon->viewer_source = 0;
    if (daemon->viewers->len)
        send_views(daemon);
    return G_SOURCE_REMOVE;
}

void hd_viewers_changed(HdDaemon *daemon)
{
    if (!daemon->viewers->len || daemon->viewer_source)
        return;
    gint64 wait = daemon->viewed_ms + HD_WATCH_MS - hd_now_ms();
    daemon->viewer_source = g_timeout_add((guint)CLAMP(wait, 1, HD_WATCH_MS), on_viewers, daemon);
}

static void call_view(HdDaemon *daemon, IoControlClient *client, const WireCall *call)
{
    GBytes *frame = wire_view_build(daemon->core, hd_now_s(), !call->watch);
    if (!call->watch) {
        send_last(client, frame);
        return;
    }
    io_control_send(client, frame);
    g_bytes_unref(frame);
    g_ptr_array_add(daemon->viewers, client);
}

/* ---- plans ---- */

static HaPlan *plan_of(HdDaemon *daemon, const HaRequest *request)
{
    switch (request->kind) {
    case HA_REQUEST_DRAIN:
        return ha_core_plan_drain(daemon->core, request->node, request->restart);
    case HA_REQUEST_UNDRAIN:
        return request->returning ? ha_core_plan_return(daemon->core, request->node) : ha_plan_new(request->node);
    case HA_REQUEST_MIGRATE:
        return ha_core_plan_migrate(daemon->core, request->vm, request->node);
    case HA_REQUEST_BALANCE:
        return ha_core_plan_balance(daemon->core);
    default:
        g_assert_not_reached(); /* wire_call_decode lets only these through */
    }
}

/* Names that a plan or request needs, looked up where it was typed: the error comes at once. Returns: TRUE when they
 * exist. */
static gboolean names_known(HdDaemon *daemon, IoControlClient *client, const HaRequest *request)
{
    const HaConfig *config = ha_core_view(daemon->core)->config;
    g_autofree char *text = NULL;
    if (request->node && !ha_config_find_node(config, request->node))
        text = g_strdup_printf("no node %s; 'hactl node list' names them", request->node);
    else if (request->kind != HA_REQUEST_VM_ADD && request->vm && !ha_config_find_vm(config, request->vm))
        text = g_strdup_printf("no VM %s; 'hactl vm list' names them", request->vm);
    if (text)
        answer_now(client, HA_ANSWER_UNKNOWN, text);
    return text == NULL;
}

static gboolean pacemaker_there(HdDaemon *daemon, IoControlClient *client)
{
    if (ha_core_view(daemon->core)->config)
        return TRUE;
    answer_now(client, HA_ANSWER_NO_PACEMAKER,
        "Pacemaker's configuration can't be read on this node; start Pacemaker here, or use another node");
    return FALSE;
}

static gboolean quorate_here(HdDaemon *daemon, IoControlClient *client)
{
    if (daemon->quorate)
        return TRUE;
    answer_now(client, HA_ANSWER_NOT_QUORATE,
        "this node is not in the quorate part of the cluster, nothing is changed from here; restore its network, or "
        "use a node of the "
        "quorate part");
    return FALSE;
}

static void call_plan(HdDaemon *daemon, IoControlClient *client, const WireCall *call)
{
    if (!quorate_here(daemon, client) || !pacemaker_there(daemon, client) ||
        !names_known(daemon, client, call->request))
        return;
    if (call->request->kind == HA_REQUEST_APPLY) {
        send_last(client, hd_apply_plan(daemon, call->request));
        return;
    }
    g_autoptr(HaPlan) plan = plan_of(daemon, call->request);
    send_last(client, wire_plan_build(plan));
}

/* ---- requests ---- */

void hd_pending_free(HdPending *pending)
{
    g_free(pending->leader);
    g_free(pending->taken);
    g_free(pending->stored);
    g_free(pending->hash);
    g_clear_pointer(&pending->held, g_bytes_unref);
    g_free(pending);
}

static guint64 new_id(void)
{
    return ((guint64)g_random_int() << 32) | g_random_int() | 1u;
}

static gboolean can_ask(HdDaemon *daemon, IoControlClient *client)
{
    if (!quorate_here(daemon, client) || !pacemaker_there(daemon, client))
        return FALSE;
    if (ha_core_leader(daemon->core))
        return TRUE;
    answer_now(client, HA_ANSWER_FAILED, "the hactl daemons are just choosing a leader; try again in a few seconds");
    return FALSE;
}

/* @id: unique. Returns: borrowed: who waits for an answer to it. */
static HdPending *wait_for_answer(HdDaemon *daemon, IoControlClient *client, guint64 id)
{
    HdPending *pending = g_new0(HdPending, 1);
    pending->id = id;
    pending->client = client;
    pending->until_ms = hd_now_ms() + HD_REQUEST_MS;
    pending->leader = g_strdup(ha_core_leader(daemon->core));
    g_ptr_array_add(daemon->pending, pending);
    return pending;
}

static HdPending *ask_leader(HdDaemon *daemon, IoControlClient *client, HaRequest *request, const char *hash)
{
    request->id = new_id();
    HdPending *pending = wait_for_answer(daemon, client, request->id);
    hd_cast(daemon, wire_cast_request(request, hash));
    return pending;
}

/* @taken: the domain is this host's libvirt's. */
static void send_with_definition(
    HdDaemon *daemon, IoControlClient *client, HaRequest *request, GBytes *xml, gboolean taken)
{
    g_autoptr(GError) error = NULL;
    gsize len;
    const char *text = g_bytes_get_data(xml, &len);
    g_autoptr(HaNeeds) needs = io_definition_parse(text, len, io_mount_is_shared, &error);
    g_autofree char *hash = io_definition_hash(text, len);
    if (needs && !ha_name_check(needs->name))
        g_set_error(&error, IO_DEFINITION_ERROR, IO_DEFINITION_ERROR_CONTENT,
            "the name '%s' can't be a cluster resource; use letters, digits, '_', '.' and '-', beginning with a letter",
            needs->name);
    if (error || !hd_definitions_learn(daemon, hash, xml, &error)) {
        answer_now(client, HA_ANSWER_REFUSED, error->message);
        return;
    }
    if (request->kind == HA_REQUEST_VM_ADD) {
        g_free(request->vm);
        request->vm = g_strdup(needs->name);
    }
    hd_cast(daemon, wire_cast_definition(hash, xml));
    HdPending *pending = ask_leader(daemon, client, request, hash);
    pending->taken = taken ? g_strdup(needs->name) : NULL;
    pending->hash = g_steal_pointer(&hash);
}

/* A request that waits for libvirt's word: the definition that it has, or what it says of one. */
typedef struct {
    HdDaemon *daemon;
    guint64 pending_id;
    HaRequest *request;
    GBytes *xml; /* nullable: to be checked */
} AskLibvirt;

static HdPending *take_pending(HdDaemon *daemon, guint64 id)
{
    for (guint i = 0; i < daemon->pending->len; i++) {
        HdPending *pending = daemon->pending->pdata[i];
        if (pending->id == id)
            return g_ptr_array_steal_index(daemon->pending, i);
    }
    return NULL;
}

static AskLibvirt *ask_libvirt_new(HdDaemon *daemon, IoControlClient *client, HaRequest *request, GBytes *xml)
{
    AskLibvirt *ask = g_new0(AskLibvirt, 1);
    HdPending *pending = g_new0(HdPending, 1);
    pending->id = ask->pending_id = new_id();
    pending->client = client;
    pending->until_ms = hd_now_ms() + HD_REQUEST_MS;
    pending->leader = g_strdup(ha_core_leader(daemon->core));
    g_ptr_array_add(daemon->pending, pending);
    ask->daemon = daemon;
    ask->request = request;
    ask->xml = xml;
    return ask;
}

/* Returns: the client, NULL when it has gone or was answered. */
static IoControlClient *ask_libvirt_client(AskLibvirt *ask)
{
    HdPending *pending = take_pending(ask->daemon, ask->pending_id);
    IoControlClient *client = pending ? pending->client : NULL;
    if (pending)
        hd_pending_free(pending);
    return client;
}

static void ask_libvirt_free(AskLibvirt *ask)
{
    ha_request_free(ask->request);
    g_clear_pointer(&ask->xml, g_bytes_unref);
    g_free(ask);
}

static void on_libvirt_xml(const char *xml, const GError *error, gpointer data)
{
    AskLibvirt *ask = data;
    IoControlClient *client = ask_libvirt_client(ask);
    if (client && !xml) {
        answer_now(client, HA_ANSWER_REFUSED, error->message);
    } else if (client) {
        g_autoptr(GBytes) bytes = g_bytes_new(xml, strlen(xml));
        send_with_definition(ask->daemon, client, ask->request, bytes, TRUE);
    }
    ask_libvirt_free(ask);
}

static void add_from_libvirt(HdDaemon *daemon, IoControlClient *client, HaRequest *request)
{
    AskLibvirt *ask = ask_libvirt_new(daemon, client, request, NULL);
    io_libvirt_domain_xml(daemon->libvirt, request->vm, on_libvirt_xml, ask);
}

/* A libvirt that can't be asked is no reason to refuse: what hactl itself stands on is checked all the same. */
static void on_libvirt_checked(const GError *error, gpointer data)
{
    AskLibvirt *ask = data;
    IoControlClient *client = ask_libvirt_client(ask);
    if (client && g_error_matches(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA)) {
        g_autofree char *text =
            g_strdup_printf("libvirt does not accept the definition: %s; correct it", error->message);
        answer_now(client, HA_ANSWER_REFUSED, text);
    } else if (client) {
        send_with_definition(ask->daemon, client, ask->request, ask->xml, FALSE);
    }
    ask_libvirt_free(ask);
}

static void change_definition(HdDaemon *daemon, IoControlClient *client, HaRequest *request, GBytes *xml)
{
    g_autofree char *text = g_strndup(g_bytes_get_data(xml, NULL), g_bytes_get_size(xml));
    AskLibvirt *ask = ask_libvirt_new(daemon, client, request, xml);
    io_libvirt_check(daemon->libvirt, request->vm, text, on_libvirt_checked, ask);
}

static void call_request(HdDaemon *daemon, IoControlClient *client, WireCall *call)
{
    if (!can_ask(daemon, client) || !names_known(daemon, client, call->request))
        return;
    if (!ha_request_has_definition(call->request->kind))
        ask_leader(daemon, client, call->request, NULL);
    else if (call->request->kind == HA_REQUEST_VM_DEFINE)
        change_definition(daemon, client, g_steal_pointer(&call->request), g_steal_pointer(&call->xml));
    else if (call->xml)
        send_with_definition(daemon, client, call->request, call->xml, FALSE);
    else
        add_from_libvirt(daemon, client, g_steal_pointer(&call->request));
}

static void on_marked(const GError *error, gpointer data)
{
    if (error)
        g_warning("%s; what it was started with is not known until its next start", error->message);
}

guint64 hd_epoch(const HdDaemon *daemon)
{
    const HaConfig *config = ha_core_view(daemon->core)->config;
    return config ? config->epoch : 0;
}

static void pass_on(HdPending *pending)
{
    if (pending->client)
        send_last(pending->client, g_steal_pointer(&pending->held));
    hd_pending_free(pending);
}

void hd_answered(HdDaemon *daemon, const WireAnswer *answer)
{
    HdPending *pending = take_pending(daemon, answer->request_id);
    if (!pending)
        return;
    if (pending->taken && answer->answer == HA_ANSWER_OK)
        io_libvirt_mark(daemon->libvirt, pending->taken, pending->hash, on_marked, NULL);
    pending->held = wire_answer_build(0, answer->answer, answer->text, answer->warning);
    pending->epoch = answer->epoch;
    pending->until_ms = hd_now_ms() + HD_CATCH_UP_MS;
    if (hd_epoch(daemon) >= pending->epoch)
        pass_on(pending);
    else
        g_ptr_array_add(daemon->pending, pending);
}

static void expire(const HdPending *pending, gboolean led)
{
    if (!pending->client)
        return;
    answer_now(pending->client, HA_ANSWER_FAILED,
        led ? "the leader did not answer in time; 'hactl status' shows what is so, then run the command again"
            : "the leader changed meanwhile; 'hactl status' shows what is so, then run the command again");
}

void hd_pending_expire(HdDaemon *daemon)
{
    const char *leader = ha_core_leader(daemon->core);
    for (guint i = daemon->pending->len; i-- > 0;) {
        HdPending *pending = daemon->pending->pdata[i];
        gboolean late = hd_now_ms() >= pending->until_ms, led = g_strcmp0(leader, pending->leader) == 0;
        if (pending->held && (late || hd_epoch(daemon) >= pending->epoch)) {
            pass_on(g_ptr_array_steal_index(daemon->pending, i));
        } else if (!pending->held && (late || !led)) {
            expire(pending, led);
            g_ptr_array_remove_index(daemon->pending, i);
        }
    }
}

/* ---- what a manifest brings ---- */

static void call_store(HdDaemon *daemon, IoControlClient *client, const WireCall *call)
{
    g_autoptr(GError) error = NULL;
    if (!can_ask(daemon, client))
        return;
    g_autofree char *last = hd_apply_store(daemon, call->definitions, call->keep, &error);
    if (!last)
        answer_now(client, HA_ANSWER_REFUSED, error->message);
    else if (call->keep)
        wait_for_answer(daemon, client, new_id())->stored = g_steal_pointer(&last);
    else
        answer_now(client, HA_ANSWER_OK, "kept here");
}

void hd_stored(HdDaemon *daemon, const char *hash)
{
    for (guint i = daemon->pending->len; i-- > 0;) {
        const HdPending *pending = daemon->pending->pdata[i];
        if (g_strcmp0(pending->stored, hash) == 0)
            hd_answered(daemon, &(WireAnswer){.request_id = pending->id, .answer = HA_ANSWER_OK, .text = "kept"});
    }
}

static void call_export(HdDaemon *daemon, IoControlClient *client)
{
    if (pacemaker_there(daemon, client))
        send_last(client, hd_apply_export(daemon));
}

/* ---- events, definitions ---- */

static void call_events(HdDaemon *daemon, IoControlClient *client, const WireCall *call)
{
    GBytes *frame = wire_notes_build(ha_core_notes(daemon->core), NOTES_ALL, !call->watch);
    if (!call->watch) {
        send_last(client, frame);
        return;
    }
    io_control_send(client, frame);
    g_bytes_unref(frame);
    g_ptr_array_add(daemon->listeners, client);
}

void hd_listeners_note(HdDaemon *daemon, const HaNote *note)
{
    const GPtrArray *known = ha_core_notes(daemon->core);
    const HaNote *newest = known->len ? known->pdata[known->len - 1] : NULL;
    gboolean repeated = newest && note->id <= newest->id && !ha_core_is_leader(daemon->core);
    if (!daemon->listeners->len || repeated)
        return;
    g_autoptr(GPtrArray) one = g_ptr_array_new();
    g_ptr_array_add(one, (gpointer)note);
    g_autoptr(GBytes) frame = wire_notes_build(one, NOTES_ALL, FALSE);
    for (guint i = 0; i < daemon->listeners->len; i++)
        io_control_send(daemon->listeners->pdata[i], frame);
}

static void call_definition(HdDaemon *daemon, IoControlClient *client, const WireCall *call)
{
    g_autoptr(GError) error = NULL;
    gsize len;
    const HaView *view = ha_core_view(daemon->core);
    const HaConfigVm *vm = ha_config_find_vm(view->config, call->vm);
    if (!vm || !vm->definition) {
        answer_now(client, HA_ANSWER_UNKNOWN, "no such VM in the cluster; 'hactl vm list' names them");
        return;
    }
    const HaReportVm *report = call->running ? ha_view_where(view, call->vm).report : NULL;
    const char *hash = call->running ? (report ? report->definition : NULL) : vm->definition;
    if (!hash) {
        answer_now(client, HA_ANSWER_REFUSED, "what it was started with was not noted; from its next start it will be");
        return;
    }
    char *xml = io_definition_store_get(daemon->store, hash, &len, &error);
    if (!xml) {
        answer_now(client, HA_ANSWER_FAILED, error->message);
        return;
    }
    g_autoptr(GBytes) bytes = g_bytes_new_take(xml, len);
    send_last(client, wire_definition_build(hash, bytes));
}

/* Any member can answer: all of them know what the leader knows. */
static void call_explain(HdDaemon *daemon, IoControlClient *client, const WireCall *call)
{
    g_autoptr(GPtrArray) lines =
        call->moves ? ha_explain_moves(daemon->core, call->vm) : ha_explain(daemon->core, call->vm, call->node);
    if (!lines)
        answer_now(client, HA_ANSWER_UNKNOWN,
            call->node && call->vm ? "no such VM or node; 'hactl vm list' and 'hactl node list' name them"
            : call->vm             ? "no such VM; 'hactl vm list' names them"
                                   : "no such node; 'hactl node list' names them");
    else
        send_last(client, wire_explanation_build(lines));
}

static void call_capacity(HdDaemon *daemon, IoControlClient *client, const WireCall *call)
{
    if (!quorate_here(daemon, client) || !pacemaker_there(daemon, client))
        return;
    const HaView *view = ha_core_view(daemon->core);
    guint lose = call->lose ? call->lose : MAX(ha_spare_hosts(view->config), 1);
    g_autoptr(HaCapacity) capacity = ha_capacity_check(view, lose);
    send_last(client, wire_capacity_build(capacity));
}

/* ---- the table ---- */

static void on_call(IoControlClient *client, WireCall *call, guint uid, gpointer data)
{
    HdDaemon *daemon = data;
    (void)uid; /* io_control serves root only */
    switch (call->kind) {
    case HACTL__CALL_KIND__CALL_VIEW:
        call_view(daemon, client, call);
        return;
    case HACTL__CALL_KIND__CALL_PLAN:
        call_plan(daemon, client, call);
        return;
    case HACTL__CALL_KIND__CALL_REQUEST:
        call_request(daemon, client, call);
        return;
    case HACTL__CALL_KIND__CALL_EVENTS:
        call_events(daemon, client, call);
        return;
    case HACTL__CALL_KIND__CALL_DEFINITION:
        call_definition(daemon, client, call);
        return;
    case HACTL__CALL_KIND__CALL_EXPLAIN:
        if (pacemaker_there(daemon, client))
            call_explain(daemon, client, call);
        return;
    case HACTL__CALL_KIND__CALL_STORE:
        call_store(daemon, client, call);
        return;
    case HACTL__CALL_KIND__CALL_EXPORT:
        call_export(daemon, client);
        return;
    case HACTL__CALL_KIND__CALL_CAPACITY:
        call_capacity(daemon, client, call);
        return;
    case _HACTL__CALL_KIND_IS_INT_SIZE:
        break;
    }
    g_assert_not_reached();
}

static void on_gone(IoControlClient *client, gpointer data)
{
    HdDaemon *daemon = data;
    g_ptr_array_remove_fast(daemon->viewers, client);
    g_ptr_array_remove_fast(daemon->listeners, client);
    for (guint i = 0; i < daemon->pending->len; i++) {
        HdPending *pending = daemon->pending->pdata[i];
        if (pending->client == client)
            pending->client = NULL; /* the request goes on */
    }
}

const IoControlHandler hd_control_handler = {.call = on_call, .gone = on_gone};
