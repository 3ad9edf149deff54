/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_guard.h"

#include "agent/migrate/mig_host.h"
#include "agent/migrate/mig_side.h"
#include "resource-agents/ra_cib.h"
#include "resource-agents/ra_guard_rule.h"
#include "resource-agents/ra_peers.h"
#include "resource-agents/ra_reach.h"
#include "resource-agents/ra_share.h"
#include "resource-agents/ra_state.h"

#define AGAIN_MS 500
#define RECORD_MS 5000
#define DIRECTORY "guard"

/** One question to one host; belongs to its thread, then to the queue. */
typedef struct {
    GAsyncQueue *answers;
    guint index; /* in the peers */
    char *dir;   /* where answers are shared */
    char *node;
    char *uri;
    char *vm;
    char *uuid;
    gint64 since_us; /* monotonic: no older answer will do */
    gint reach_ms;
    gboolean looked; /* at the VM itself: then answer says what was seen */
    RaGuardAnswer answer;
} Question;

static void question_free(Question *question)
{
    g_async_queue_unref(question->answers);
    g_free(question->dir);
    g_free(question->node);
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

static void look(Question *question, MigHost *host, gint64 end_us)
{
    MigLook look = {0};
    gboolean seen = mig_host_look(host, question->vm, &look, ra_env_left_ms(end_us), NULL);

    question->looked = TRUE;
    question->answer = seen ? answer_of(&look, question->uuid) : RA_GUARD_SILENT;
}

static RaShare *ask_libvirt(Question *question)
{
    gint64 end_us = g_get_monotonic_time() + RA_GUARD_LIBVIRT_MS * 1000;
    g_autoptr(MigHost) host = mig_host_open(question->uri, RA_GUARD_LIBVIRT_MS, NULL);
    g_autoptr(GPtrArray) names = host ? mig_host_names(host, ra_env_left_ms(end_us), NULL) : NULL;

    if (names == NULL)
        return ra_share_new(RA_GUARD_SILENT);
    RaShare *share = ra_share_new(RA_GUARD_ABSENT);
    g_ptr_array_extend_and_steal(share->names, g_steal_pointer(&names));
    if (ra_share_has(share, question->vm))
        look(question, host, end_us);
    return share;
}

static RaShare *ask_host(gpointer data)
{
    Question *question = data;

    switch (ra_reach(question->uri, question->reach_ms)) {
    case RA_REACH_OPEN:
        return ask_libvirt(question);
    case RA_REACH_REFUSED:
        return ra_share_new(RA_GUARD_SILENT);
    case RA_REACH_NOBODY:
        return ra_share_new(RA_GUARD_UNREACHABLE);
    }
    g_assert_not_reached();
}

/* A name alone says neither whose domain it is nor what becomes of it: where another start's list has it, this one
 * looks for itself. */
static void answer(Question *question)
{
    g_autoptr(RaShare) share = ra_share_get(
        question->dir, question->node, question->since_us, question->reach_ms, RA_GUARD_SHARE_MS, ask_host, question);

    if (share->answer == RA_GUARD_ABSENT && ra_share_has(share, question->vm) && !question->looked) {
        g_autoptr(RaShare) own = ask_host(question);
        if (!question->looked)
            question->answer = own->answer;
    } else if (!question->looked) {
        question->answer = share->answer;
    }
}

static gpointer ask(gpointer data)
{
    Question *question = data;
    g_autoptr(GAsyncQueue) answers = g_async_queue_ref(question->answers); /* the question is not ours once pushed */

    answer(question);
    g_async_queue_push(answers, question);
    return NULL;
}

/* ---- in the agent's ------------------------------------------------------------------------------------------- */

static void begin(
    const RaEnv *env, const char *uuid, gint64 since_us, GPtrArray *peers, guint index, GAsyncQueue *answers)
{
    RaGuardPeer *peer = g_ptr_array_index(peers, index);
    Question *question = g_new0(Question, 1);

    question->answers = g_async_queue_ref(answers);
    question->index = index;
    question->dir = g_build_filename(env->run_dir, DIRECTORY, NULL);
    question->node = g_strdup(peer->node);
    question->uri = ra_env_target_uri(env, peer->node);
    question->vm = g_strdup(env->vm);
    question->uuid = g_strdup(uuid);
    question->since_us = since_us;
    question->reach_ms = peer->member ? RA_GUARD_MEMBER_MS : RA_GUARD_LOST_MS;
    g_thread_unref(g_thread_new("guard", ask, question));
}

/* Ask those that have not said no. A thread that hangs in a name lookup is left behind: the agent ends by _exit. */
static void ask_all(const RaEnv *env, const char *uuid, gint64 since_us, GPtrArray *peers, gint64 until_us)
{
    gint64 longest_ms = RA_GUARD_SHARE_MS + RA_GUARD_MEMBER_MS + RA_GUARD_LIBVIRT_MS;
    gint64 end_us = MIN(g_get_monotonic_time() + longest_ms * 1000, until_us);
    g_autoptr(GAsyncQueue) answers = g_async_queue_new();
    guint asked = 0;

    for (guint i = 0; i < peers->len; i++) {
        RaGuardPeer *peer = g_ptr_array_index(peers, i);
        if (peer->answer == RA_GUARD_ABSENT)
            continue;
        peer->answer = RA_GUARD_SILENT; /* until it answers */
        begin(env, uuid, since_us, peers, i, answers);
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
    ask_all(env, uuid, MAX(env->begin_us, g_get_monotonic_time() - RA_GUARD_AGE_MS * 1000), peers, until_us);
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
            ask_all(env, uuid, g_get_monotonic_time(), peers, until_us);
            break;
        }
    }
}
