/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_guard.h"

#include "agent/migrate/mig_host.h"
#include "agent/migrate/mig_side.h"
#include "resource-agents/ra_cib.h"
#include "resource-agents/ra_guard_rule.h"
#include "resource-agents/ra_peers.h"
#include "resource-agents/ra_reach.h"
#include "resource-agents/ra_state.h"

#define AGAIN_MS 500
#define RECORD_MS 5000

/** One question to one host; belongs to its thread, then to the queue. */
typedef struct {
    GAsyncQueue *answers;
    guint index; /* in the peers */
    char *uri;
    char *vm;
    char *uuid;
    gint reach_ms;
    RaGuardAnswer answer;
} Question;

static void question_free(Question *question)
{
    g_async_queue_unref(question->answers);
    g_free(question->uri);
    g_free(question->vm);
    g_free(question->uuid);
    g_free(question);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Question, question_free)

/* ---- in a thread ---------------------------------------------------------------------------------------------- */

static RaGuardAnswer answer_of(const MigLook *look, const char *uuid)
{
    if (!look->present || !ra_state_is_ours(look, uuid))
        return RA_GUARD_ABSENT;
    switch (mig_side_of(look, NULL)) {
    case MIG_SIDE_ABSENT:
        return RA_GUARD_ABSENT;
    case MIG_SIDE_ARRIVING:
        return RA_GUARD_ARRIVING;
    case MIG_SIDE_RUNNING:
    case MIG_SIDE_LEAVING:
    case MIG_SIDE_HELD:
    case MIG_SIDE_SPLIT:
        return RA_GUARD_HAS_IT;
    case MIG_SIDE_STRANGER: /* not without a uuid to compare */
    case MIG_SIDE_UNKNOWN:  /* not of a look that succeeded */
        break;
    }
    g_assert_not_reached();
}

static RaGuardAnswer ask_libvirt(const Question *question)
{
    gint64 end_us = g_get_monotonic_time() + RA_GUARD_LIBVIRT_MS * 1000;
    g_autoptr(MigHost) host = mig_host_open(question->uri, RA_GUARD_LIBVIRT_MS, NULL);
    MigLook look = {0};

    if (host == NULL || !mig_host_look(host, question->vm, &look, ra_env_left_ms(end_us), NULL))
        return RA_GUARD_SILENT;
    return answer_of(&look, question->uuid);
}

static gpointer ask(gpointer data)
{
    Question *question = data;
    g_autoptr(GAsyncQueue) answers = g_async_queue_ref(question->answers); /* the question is not ours once pushed */

    switch (ra_reach(question->uri, question->reach_ms)) {
    case RA_REACH_OPEN:
        question->answer = ask_libvirt(question);
        break;
    case RA_REACH_REFUSED:
        question->answer = RA_GUARD_SILENT;
        break;
    case RA_REACH_NOBODY:
        question->answer = RA_GUARD_UNREACHABLE;
        break;
    }
    g_async_queue_push(answers, question);
    return NULL;
}

/* ---- in the agent's ------------------------------------------------------------------------------------------- */

static void begin(const RaEnv *env, const char *uuid, GPtrArray *peers, guint index, GAsyncQueue *answers)
{
    RaGuardPeer *peer = g_ptr_array_index(peers, index);
    Question *question = g_new0(Question, 1);

    question->answers = g_async_queue_ref(answers);
    question->index = index;
    question->uri = ra_env_target_uri(env, peer->node);
    question->vm = g_strdup(env->vm);
    question->uuid = g_strdup(uuid);
    question->reach_ms = peer->member ? RA_GUARD_MEMBER_MS : RA_GUARD_LOST_MS;
    g_thread_unref(g_thread_new("guard", ask, question));
}

/* Ask those that have not said no. A thread that hangs in a name lookup is left behind: the agent ends by _exit. */
static void ask_all(const RaEnv *env, const char *uuid, GPtrArray *peers, gint64 until_us)
{
    gint64 end_us = MIN(g_get_monotonic_time() + (RA_GUARD_MEMBER_MS + RA_GUARD_LIBVIRT_MS) * 1000, until_us);
    g_autoptr(GAsyncQueue) answers = g_async_queue_new();
    guint asked = 0;

    for (guint i = 0; i < peers->len; i++) {
        RaGuardPeer *peer = g_ptr_array_index(peers, i);
        if (peer->answer == RA_GUARD_ABSENT)
            continue;
        peer->answer = RA_GUARD_SILENT; /* until it answers */
        begin(env, uuid, peers, i, answers);
        asked++;
    }
    for (guint i = 0; i < asked; i++) {
        g_autoptr(Question) question = g_async_queue_timeout_pop(answers, (guint64)ra_env_left_ms(end_us) * 1000);

        if (question == NULL)
            return;
        ((RaGuardPeer *)g_ptr_array_index(peers, question->index))->answer = question->answer;
    }
}

/* Where the history can't be read, it may hold anything. */
static void read_record(const RaEnv *env, GPtrArray *peers)
{
    xmlDoc *cib = ra_cib_read(NULL, RECORD_MS);

    for (guint i = 0; i < peers->len; i++) {
        RaGuardPeer *peer = g_ptr_array_index(peers, i);
        peer->migration_on_record = cib == NULL || ra_cib_has_migration(cib, env->vm, peer->node);
    }
    if (cib)
        xmlFreeDoc(cib);
}

gboolean ra_guard(const RaEnv *env, const char *uuid, gint64 until_us, char **ret_why)
{
    gint64 patient_us = MIN(g_get_monotonic_time() + RA_GUARD_PATIENCE_MS * 1000, until_us);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) peers = ra_peers_read(env, &error);
    const RaGuardPeer *peer = NULL;
    gboolean recorded = FALSE;

    if (peers == NULL) {
        *ret_why = g_strdup_printf("the cluster's other hosts, which might run it, are not known: %s", error->message);
        return FALSE;
    }
    ask_all(env, uuid, peers, until_us);
    for (;;) {
        gint64 now_us = g_get_monotonic_time();

        switch (ra_guard_judge(peers, now_us >= patient_us, now_us + AGAIN_MS * 1000 >= until_us, recorded, &peer)) {
        case RA_GUARD_START:
            return TRUE;
        case RA_GUARD_REFUSE:
            *ret_why = ra_guard_reason(peer);
            return FALSE;
        case RA_GUARD_RECORD:
            read_record(env, peers);
            recorded = TRUE;
            break;
        case RA_GUARD_AGAIN:
            g_usleep(AGAIN_MS * 1000);
            ask_all(env, uuid, peers, until_us);
            break;
        }
    }
}
