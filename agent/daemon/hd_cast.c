/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/daemon/hd_daemon.h"

#include <string.h>

#include "agent/io/io_mount.h"

void hd_peer_free(HdPeer *peer)
{
    g_free(peer->node);
    g_free(peer);
}

static HdPeer *peer_of(HdDaemon *daemon, guint32 node_id)
{
    for (guint i = 0; i < daemon->peers->len; i++) {
        HdPeer *peer = daemon->peers->pdata[i];
        if (peer->node_id == node_id)
            return peer;
    }
    return NULL;
}

/* ---- members ---- */

static void tell_members(HdDaemon *daemon)
{
    GPtrArray *members = g_ptr_array_new_with_free_func((GDestroyNotify)ha_member_free);
    for (guint i = 0; i < daemon->member_ids->len; i++) {
        guint32 id = g_array_index(daemon->member_ids, guint32, i);
        const HdPeer *peer = peer_of(daemon, id);
        g_ptr_array_add(members, ha_member_new(id, peer ? peer->node : NULL, peer ? peer->joined : 0));
    }
    hd_step(daemon, &(HaEvent){.kind = HA_EVENT_MEMBERS, .members = members, .quorate = daemon->quorate});
}

static void forget_absent_peers(HdDaemon *daemon)
{
    for (guint i = daemon->peers->len; i-- > 0;) {
        const HdPeer *peer = daemon->peers->pdata[i];
        gboolean present = FALSE;
        for (guint j = 0; j < daemon->member_ids->len; j++)
            present |= g_array_index(daemon->member_ids, guint32, j) == peer->node_id;
        if (!present)
            g_ptr_array_remove_index(daemon->peers, i);
    }
}

static void on_members(const guint32 *node_ids, guint n, guint64 ring_seq, gpointer data)
{
    HdDaemon *daemon = data;
    g_array_set_size(daemon->member_ids, 0);
    g_array_append_vals(daemon->member_ids, node_ids, n);
    forget_absent_peers(daemon);
    tell_members(daemon);
    hd_report_soon(daemon);
}

static void on_state(gboolean connected, gpointer data)
{
    HdDaemon *daemon = data;
    if (connected)
        return;
    g_message("corosync is away: %s", io_cpg_last_error(daemon->cpg));
    on_members(NULL, 0, 0, data);
}

static void on_quorate(gboolean quorate, gpointer data)
{
    HdDaemon *daemon = data;
    daemon->quorate = quorate;
    if (daemon->cib)
        io_cib_set_quorate(daemon->cib, quorate); /* about a second before the CIB itself says so */
    g_message("this partition is %s", quorate ? "quorate" : "not quorate");
    tell_members(daemon);
}

const IoQuorumHandler hd_quorum_handler = {.quorate = on_quorate};

/* ---- messages ---- */

static void take_report(HdDaemon *daemon, guint32 from, WireCast *cast)
{
    HdPeer *peer = peer_of(daemon, from);
    gboolean news = !peer || peer->joined != cast->joined || strcmp(peer->node, cast->report->node) != 0;
    if (!peer) {
        peer = g_new0(HdPeer, 1);
        peer->node_id = from;
        g_ptr_array_add(daemon->peers, peer);
    }
    if (news) {
        g_free(peer->node);
        peer->node = g_strdup(cast->report->node);
        peer->joined = cast->joined;
    }
    hd_step(daemon, &(HaEvent){.kind = HA_EVENT_REPORT, .report = g_steal_pointer(&cast->report)});
    if (news)
        tell_members(daemon);
}

static void take_request(HdDaemon *daemon, WireCast *cast)
{
    HaRequest *request = cast->request;
    gboolean defines = ha_request_has_definition(request->kind);
    if (defines && ha_core_is_leader(daemon->core)) {
        g_autoptr(GError) error = NULL;
        gsize len;
        g_autofree char *xml = io_definition_store_get(daemon->store, cast->hash, &len, &error);
        request->needs = xml ? io_definition_parse(xml, len, io_mount_is_shared, &error) : NULL;
        if (!request->needs) {
            WireAnswer answer = {.request_id = request->id, .answer = HA_ANSWER_FAILED, .text = error->message};
            hd_cast(daemon, wire_cast_answer(&answer));
            return;
        }
    } else if (defines) {
        return;
    }
    hd_step(daemon, &(HaEvent){.kind = HA_EVENT_REQUEST, .request = g_steal_pointer(&cast->request)});
}

static void take_note(HdDaemon *daemon, WireCast *cast)
{
    g_autofree char *sentence = ha_note_sentence(cast->note);
    g_message("%s", sentence);
    hd_listeners_note(daemon, cast->note);
    hd_step(daemon, &(HaEvent){.kind = HA_EVENT_NOTE, .note = g_steal_pointer(&cast->note)});
}

static void on_cancelled(const GError *error, gpointer data)
{
    if (error)
        g_warning("a migration can't be cancelled: %s", error->message);
}

static void take_cancel(HdDaemon *daemon, const WireCast *cast)
{
    g_autoptr(GError) error = NULL;
    if (strcmp(cast->cancel.node, daemon->self) != 0)
        return;
    if (cast->cancel.on)
        io_libvirt_cancel(daemon->libvirt, cast->cancel.vm, on_cancelled, NULL);
    else if (!io_libvirt_uncancel(daemon->libvirt, cast->cancel.vm, &error))
        g_warning("%s", error->message);
}

static void take_definition(HdDaemon *daemon, WireCast *cast)
{
    g_autoptr(GError) error = NULL;
    if (!hd_definitions_learn(daemon, cast->definition.hash, cast->definition.xml, &error))
        g_warning("definition %s: %s", cast->definition.hash, error->message);
}

static void take_definitions(HdDaemon *daemon, guint32 from, const WireCast *cast)
{
    g_autoptr(GError) error = NULL;
    const WireDefinition *last = cast->definitions->pdata[cast->definitions->len - 1];
    if (!hd_definitions_learn_all(daemon, cast->definitions, &error))
        g_warning("%u definitions: %s", cast->definitions->len, error->message);
    if (from == daemon->self_id)
        hd_stored(daemon, last->hash);
}

static void on_message(guint32 from, const guint8 *bytes, gsize len, gpointer data)
{
    HdDaemon *daemon = data;
    g_autoptr(GError) error = NULL;
    g_auto(WireCast) cast = {0};
    if (!wire_cast_decode(bytes, len, &cast, &error)) {
        g_warning("a message of node %u is passed over: %s", from, error->message);
        return;
    }
    switch (cast.kind) {
    case WIRE_CAST_REPORT:
        take_report(daemon, from, &cast);
        break;
    case WIRE_CAST_NOTE:
        take_note(daemon, &cast);
        break;
    case WIRE_CAST_REQUEST:
        take_request(daemon, &cast);
        break;
    case WIRE_CAST_ANSWER:
        hd_answered(daemon, &cast.answer);
        break;
    case WIRE_CAST_DEFINITION:
        take_definition(daemon, &cast);
        break;
    case WIRE_CAST_DEFINITIONS:
        take_definitions(daemon, from, &cast);
        break;
    case WIRE_CAST_DEFINITION_WANTED:
        if (from != daemon->self_id)
            hd_definitions_owe(daemon, cast.wanted);
        break;
    case WIRE_CAST_CANCEL:
        take_cancel(daemon, &cast);
        break;
    }
}

const IoCpgHandler hd_cpg_handler = {.state = on_state, .members = on_members, .message = on_message};

void hd_cast(HdDaemon *daemon, GBytes *frame)
{
    g_autoptr(GError) error = NULL;
    gsize len;
    if (!frame)
        return;
    const guint8 *bytes = g_bytes_get_data(frame, &len);
    if (!io_cpg_send(daemon->cpg, bytes, len, &error) && !g_error_matches(error, IO_CPG_ERROR, IO_CPG_ERROR_AWAY))
        g_warning("a message is lost: %s", error->message);
    g_bytes_unref(frame);
}
