/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_job.h"

#include "agent/cli/cli_format.h"
#include "agent/cli/cli_view.h"

#include <string.h>

#define REMEDY_AGAIN "remove the cause, then run the command again"

static void move_free(CliJobMove *move)
{
    g_free(move->vm);
    g_free(move->from);
    g_free(move->to);
    g_free(move->detail);
    g_free(move->remedy);
    g_free(move);
}

static void news_free(CliNews *news)
{
    g_free(news->text);
    g_free(news);
}

static CliJobMove *add_move(CliJob *job, const char *vm, const char *from, const char *to)
{
    CliJobMove *move = g_new0(CliJobMove, 1);
    move->vm = g_strdup(vm);
    move->from = from && *from ? g_strdup(from) : NULL;
    move->to = g_strdup(to);
    move->duration_ms = -1;
    g_ptr_array_add(job->moves, move);
    return move;
}

static void set_text(char **text, const char *value)
{
    if (g_strcmp0(*text, value) == 0)
        return;
    g_free(*text);
    *text = g_strdup(value);
}

CliJob *cli_job_new(CliJobKind kind, const char *subject, const char *target, const Hactl__Plan *plan, gint64 now_ms)
{
    CliJob *job = g_new0(CliJob, 1);
    job->kind = kind;
    job->subject = g_strdup(subject);
    job->target = g_strdup(target);
    job->moves = g_ptr_array_new_with_free_func((GDestroyNotify)move_free);
    job->news = g_ptr_array_new_with_free_func((GDestroyNotify)news_free);
    job->begun_ms = now_ms;
    job->settle_ms = CLI_JOB_SETTLE_MS;
    job->patience_ms = CLI_JOB_BEGIN_MS;
    job->sound = TRUE;
    for (gsize i = 0; plan && i < plan->n_moves; i++) {
        const Hactl__PlanMove *planned = plan->moves[i];
        CliJobMove *move = add_move(job, planned->vm, planned->from, planned->to);
        move->mode = (HaMoveMode)planned->mode;
        move->told = planned->block != HA_BLOCK_NONE; /* the plan has said so */
        if (planned->block == HA_BLOCK_NONE)
            continue;
        move->state = CLI_MOVE_STAYS;
        set_text(&move->detail, planned->detail ? planned->detail : ha_block_text((HaBlock)planned->block, NULL));
        set_text(&move->remedy, planned->remedy);
    }
    for (gsize i = 0; plan && i < plan->n_stops; i++)
        add_move(job, plan->stops[i], subject, NULL);
    return job;
}

void cli_job_free(CliJob *job)
{
    if (!job)
        return;
    g_free(job->subject);
    g_free(job->target);
    g_ptr_array_unref(job->moves);
    g_ptr_array_unref(job->news);
    g_free(job);
}

static CliJobMove *find_move(const CliJob *job, const char *vm)
{
    for (guint i = 0; i < job->moves->len; i++) {
        CliJobMove *move = job->moves->pdata[i];
        if (g_strcmp0(move->vm, vm) == 0)
            return move;
    }
    return NULL;
}

guint cli_job_count(const CliJob *job, CliMoveState state)
{
    guint n = 0;
    for (guint i = 0; i < job->moves->len; i++)
        n += ((const CliJobMove *)job->moves->pdata[i])->state == state;
    return n;
}

/* ---- news ---- */

static void tell(CliJob *job, CliColour colour, gboolean lasting, char *text)
{
    CliNews *news = g_new0(CliNews, 1);
    news->text = text;
    news->colour = colour;
    news->lasting = lasting;
    g_ptr_array_add(job->news, news);
}

static const char *or_unknown(const char *text)
{
    return text ? text : "?";
}

static void tell_landed(CliJob *job, const CliJobMove *move)
{
    g_autofree char *time = move->duration_ms >= 0 ? cli_format_duration(move->duration_ms) : NULL;
    tell(job, CLI_GOOD, TRUE,
        g_strdup_printf("%s landed on %s%s%s (%u of %u)", move->vm, or_unknown(move->to), time ? " after " : "",
            time ? time : "", cli_job_count(job, CLI_MOVE_LANDED), job->moves->len));
}

static void tell_retrying(CliJob *job, const CliJobMove *move)
{
    g_autofree char *delay = cli_format_duration(move->retry_in_ms);
    tell(job, CLI_WARN, TRUE,
        g_strdup_printf("%s: its move to %s failed, it stays where it runs: %s%s%s", move->vm, or_unknown(move->to),
            move->detail ? move->detail : "no reason given", move->retry_in_ms > 0 ? "; tried again in " : "",
            move->retry_in_ms > 0 ? delay : ""));
}

static void tell_move(CliJob *job, CliJobMove *move)
{
    switch (move->state) {
    case CLI_MOVE_MOVING:
        tell(job, CLI_PLAIN, FALSE,
            g_strdup_printf("%s moves from %s to %s (%s)", move->vm, or_unknown(move->from), or_unknown(move->to),
                ha_move_mode_word(move->mode)));
        break;
    case CLI_MOVE_LANDED:
        tell_landed(job, move);
        break;
    case CLI_MOVE_RETRYING:
        tell_retrying(job, move);
        break;
    case CLI_MOVE_STAYS:
        if (!move->told)
            tell(job, CLI_WARN, TRUE,
                g_strdup_printf("%s can't be moved: %s%s%s", move->vm, or_unknown(move->detail),
                    move->remedy ? "; " : "", move->remedy ? move->remedy : ""));
        move->told = TRUE;
        break;
    case CLI_MOVE_DOWN:
        tell(job, CLI_BAD, TRUE, g_strdup_printf("%s runs nowhere at present: Pacemaker recovers it", move->vm));
        break;
    case CLI_MOVE_GONE:
        tell(job, CLI_PLAIN, TRUE, g_strdup_printf("%s was stopped or removed meanwhile", move->vm));
        break;
    case CLI_MOVE_PARKED:
        tell(job, CLI_GOOD, TRUE,
            g_strdup_printf("%s is shut down; it starts again with: hactl undrain %s", move->vm, job->subject));
        break;
    case CLI_MOVE_WAITING:
    case CLI_MOVE_STATES:
        break;
    }
}

/* ---- one VM ---- */

static gboolean has_arrived(const CliJob *job, const CliJobMove *move, const Hactl__ViewVm *vm)
{
    if (!vm->node || vm->state == HA_VM_UNKNOWN || vm->state == HA_VM_ABSENT)
        return FALSE;
    switch (job->kind) {
    case CLI_JOB_DRAIN:
        return !g_str_equal(vm->node, job->subject);
    case CLI_JOB_RETURN:
        return g_str_equal(vm->node, job->subject);
    case CLI_JOB_UNDRAIN:
        return FALSE;
    case CLI_JOB_MIGRATE:
        return g_strcmp0(vm->node, move->from) != 0;
    }
    g_return_val_if_reached(FALSE);
}

/* It rests where it was: does it wait, is it tried again, or does it stay? */
static CliMoveState classify_resting(const CliJob *job, const CliJobMove *move, const Hactl__ViewVm *vm)
{
    if (vm->move == HA_MOVE_BLOCKED || vm->move == HA_MOVE_REVOKED)
        return CLI_MOVE_RETRYING;
    if (vm->block != HA_BLOCK_NONE)
        return CLI_MOVE_STAYS;
    if (job->kind == CLI_JOB_MIGRATE)
        return vm->move == HA_MOVE_NONE && (move->begun_ms > 0 || vm->attempts > 0) ? CLI_MOVE_STAYS : CLI_MOVE_WAITING;
    if (vm->attempts > 0)
        return CLI_MOVE_RETRYING;
    /* A view names no blockers of a return: what the plan said holds. */
    return job->kind == CLI_JOB_RETURN && move->state == CLI_MOVE_STAYS ? CLI_MOVE_STAYS : CLI_MOVE_WAITING;
}

static CliMoveState classify(const CliJob *job, const CliJobMove *move, const Hactl__ViewVm *vm)
{
    if (!vm)
        return CLI_MOVE_GONE;
    if (job->kind == CLI_JOB_DRAIN && g_strcmp0(vm->parked, job->subject) == 0)
        return vm->state == HA_VM_ABSENT ? CLI_MOVE_PARKED : CLI_MOVE_WAITING;
    if (cli_view_moving(vm) && vm->move_to)
        return CLI_MOVE_MOVING;
    if (has_arrived(job, move, vm))
        return CLI_MOVE_LANDED;
    if (vm->state == HA_VM_UNKNOWN)
        return move->state;
    if (vm->state == HA_VM_ABSENT)
        return vm->wanted_running ? CLI_MOVE_DOWN : CLI_MOVE_GONE;
    return classify_resting(job, move, vm);
}

static void take_progress(CliJobMove *move, const Hactl__ViewVm *vm, gint64 now_ms)
{
    const Hactl__Migration *migration = vm->migration;
    move->mode = (HaMoveMode)vm->move_mode;
    if (move->begun_ms == 0)
        move->begun_ms = now_ms;
    set_text(&move->to, vm->move_to);
    if (!migration || migration->total_bytes == 0)
        return;
    guint64 done = migration->total_bytes - MIN(migration->remaining_bytes, migration->total_bytes);
    move->progress_permille = cli_format_share(done, migration->total_bytes);
    move->bandwidth_bytes_per_s = migration->bandwidth_bytes_per_s;
    move->dirty_bytes_per_s = migration->dirty_bytes_per_s;
}

static void take_reason(CliJobMove *move, const Hactl__ViewVm *vm)
{
    const char *error = vm->last_error ? vm->last_error : vm->failure;
    if (move->state == CLI_MOVE_RETRYING) {
        set_text(&move->detail, error);
    } else if (vm->block != HA_BLOCK_NONE && !move->told) {
        const char *remedy = NULL;
        const char *text = ha_block_text((HaBlock)vm->block, &remedy);
        g_autofree char *detail = error ? g_strdup_printf("%s: %s", text, error) : g_strdup(text);
        set_text(&move->detail, detail);
        set_text(&move->remedy, remedy);
    } else if (vm->block == HA_BLOCK_NONE && (error || !move->detail)) {
        set_text(&move->detail, error ? error : "the migration failed, and nobody said why");
        set_text(&move->remedy, REMEDY_AGAIN);
    }
}

static void take_details(CliJobMove *move, const Hactl__ViewVm *vm, gint64 now_ms)
{
    if (vm && !move->from)
        move->from = g_strdup(vm->node);
    if (vm && vm->attempts > move->failures)
        move->failures = vm->attempts;
    switch (move->state) {
    case CLI_MOVE_MOVING:
        take_progress(move, vm, now_ms);
        break;
    case CLI_MOVE_LANDED:
        set_text(&move->to, vm->node);
        set_text(&move->detail, NULL);
        set_text(&move->remedy, NULL);
        if (move->duration_ms < 0 && move->begun_ms > 0)
            move->duration_ms = now_ms - move->begun_ms;
        break;
    case CLI_MOVE_RETRYING:
    case CLI_MOVE_STAYS:
        move->retry_in_ms = vm ? vm->retry_in_ms : 0;
        move->begun_ms = 0;
        if (vm)
            take_reason(move, vm);
        break;
    case CLI_MOVE_WAITING:
    case CLI_MOVE_DOWN:
    case CLI_MOVE_GONE:
    case CLI_MOVE_PARKED:
    case CLI_MOVE_STATES:
        break;
    }
}

static void update_move(CliJob *job, CliJobMove *move, const Hactl__View *view, gint64 now_ms)
{
    const Hactl__ViewVm *vm = cli_view_vm(view, move->vm);
    CliMoveState old = move->state;
    move->state = classify(job, move, vm);
    gboolean failed = job->kind == CLI_JOB_MIGRATE && move->state == CLI_MOVE_STAYS && vm->block == HA_BLOCK_NONE;
    take_details(move, vm, now_ms);
    if (move->state != old && !failed)
        tell_move(job, move);
}

/* ---- events ---- */

static void learn_landed(CliJob *job, const Hactl__Note *note)
{
    CliJobMove *move = find_move(job, note->vm);
    if (move && move->duration_ms < 0)
        move->duration_ms = (gint64)note->value;
}

/* The leader measured from the pin to the landing: better than what a watcher sees. */
static void learn_notes(CliJob *job, const Hactl__View *view)
{
    guint64 newest = job->last_note;
    for (gsize i = 0; i < view->n_notes; i++) {
        const Hactl__Note *note = view->notes[i];
        if (job->note_seen && note->id > job->last_note && note->kind == HA_NOTE_MOVE_LANDED)
            learn_landed(job, note);
        newest = MAX(newest, note->id);
    }
    job->last_note = newest;
    job->note_seen = TRUE;
}

void cli_job_rejoin(CliJob *job, Hactl__Note *const *notes, gsize n, gint64 since_s)
{
    for (gsize i = 0; i < n; i++) {
        const Hactl__Note *note = notes[i];
        gboolean ours = note->kind == HA_NOTE_MOVE_LANDED && note->time_s >= since_s &&
                        note->reason == HA_REASON_DRAIN && g_strcmp0(note->from, job->subject) == 0;
        if (!ours || find_move(job, note->vm))
            continue;
        CliJobMove *move = add_move(job, note->vm, note->from, note->to);
        move->state = CLI_MOVE_LANDED;
        move->duration_ms = (gint64)note->value;
    }
}

/* ---- the end ---- */

static gboolean all_arrived(const CliJob *job)
{
    return cli_job_count(job, CLI_MOVE_LANDED) + cli_job_count(job, CLI_MOVE_GONE) == job->moves->len;
}

static CliJobState judge_drain(CliJob *job)
{
    switch (job->drain) {
    case HA_DRAIN_DONE:
        return CLI_JOB_DONE;
    case HA_DRAIN_PARTIAL:
        return CLI_JOB_PARTIAL;
    case HA_DRAIN_MOVING:
    case HA_DRAIN_SETTLING:
        job->seen = TRUE;
        return CLI_JOB_RUNNING;
    case HA_DRAIN_NONE:
    case HA_DRAIN_RETURNING:
        return job->seen ? CLI_JOB_CANCELLED : CLI_JOB_RUNNING;
    case HA_DRAIN_STATES:
        break;
    }
    g_return_val_if_reached(CLI_JOB_RUNNING);
}

/* VMs that the drain shut down, and that have not been told to start. */
static gboolean parked_left(const CliJob *job, const Hactl__View *view)
{
    for (gsize i = 0; i < view->n_vms; i++)
        if (g_strcmp0(view->vms[i]->parked, job->subject) == 0)
            return TRUE;
    return FALSE;
}

static CliJobState judge_return(CliJob *job, const Hactl__View *view)
{
    if (job->drain == HA_DRAIN_RETURNING) {
        job->seen = TRUE;
        return CLI_JOB_RUNNING;
    }
    if (job->drain != HA_DRAIN_NONE)
        return job->seen ? CLI_JOB_CANCELLED : CLI_JOB_RUNNING;
    if (job->standby || parked_left(job, view))
        return CLI_JOB_RUNNING;
    if (all_arrived(job))
        return CLI_JOB_DONE;
    return job->seen ? CLI_JOB_PARTIAL : CLI_JOB_RUNNING;
}

/* Moves that the drain began and that are being called back. */
static gboolean drain_moves_left(const CliJob *job, const Hactl__View *view)
{
    for (gsize i = 0; i < view->n_vms; i++) {
        const Hactl__ViewVm *vm = view->vms[i];
        if (cli_view_moving(vm) && vm->move_reason == HA_REASON_DRAIN && g_strcmp0(vm->move_from, job->subject) == 0)
            return TRUE;
    }
    return FALSE;
}

static CliJobState judge_undrain(const CliJob *job, const Hactl__View *view)
{
    gboolean open =
        job->drain != HA_DRAIN_NONE || job->standby || drain_moves_left(job, view) || parked_left(job, view);
    return open ? CLI_JOB_RUNNING : CLI_JOB_DONE;
}

static CliJobState judge_migrate(CliJob *job, const Hactl__View *view)
{
    const CliJobMove *move = job->moves->len > 0 ? job->moves->pdata[0] : NULL;
    const Hactl__ViewVm *vm = cli_view_vm(view, job->subject);
    if (!move || !vm)
        return CLI_JOB_FAILED;
    job->seen |= vm->move != HA_MOVE_NONE || vm->attempts > 0;
    switch (move->state) {
    case CLI_MOVE_LANDED:
        return CLI_JOB_DONE;
    case CLI_MOVE_STAYS:
    case CLI_MOVE_GONE:
        return CLI_JOB_FAILED;
    case CLI_MOVE_WAITING:
    case CLI_MOVE_MOVING:
    case CLI_MOVE_RETRYING:
    case CLI_MOVE_DOWN:
    case CLI_MOVE_PARKED:
    case CLI_MOVE_STATES:
        return CLI_JOB_RUNNING;
    }
    g_return_val_if_reached(CLI_JOB_RUNNING);
}

static CliJobState judge(CliJob *job, const Hactl__View *view)
{
    switch (job->kind) {
    case CLI_JOB_DRAIN:
        return judge_drain(job);
    case CLI_JOB_RETURN:
        return judge_return(job, view);
    case CLI_JOB_UNDRAIN:
        return judge_undrain(job, view);
    case CLI_JOB_MIGRATE:
        return judge_migrate(job, view);
    }
    g_return_val_if_reached(CLI_JOB_FAILED);
}

/* The work on it can be trusted to be over: nothing of it is left in the cluster's configuration. */
static gboolean is_final(const CliJob *job, CliJobState end, const Hactl__View *view)
{
    if (end != CLI_JOB_DONE)
        return FALSE;
    const Hactl__ViewVm *vm = job->kind == CLI_JOB_MIGRATE ? cli_view_vm(view, job->subject) : NULL;
    return !vm || vm->move == HA_MOVE_NONE;
}

void cli_job_end(CliJob *job, CliJobState state, gint64 now_ms)
{
    job->state = state;
    job->ended_ms = now_ms;
    for (guint i = 0; state == CLI_JOB_PARTIAL && i < job->moves->len; i++) {
        CliJobMove *move = job->moves->pdata[i];
        if (move->state != CLI_MOVE_WAITING && move->state != CLI_MOVE_RETRYING)
            continue;
        move->state = CLI_MOVE_STAYS;
        if (!move->detail)
            set_text(&move->detail, "it was not moved in time");
        if (!move->remedy)
            set_text(&move->remedy, REMEDY_AGAIN);
    }
}

static void settle(CliJob *job, CliJobState end, const Hactl__View *view, gint64 now_ms)
{
    if (end == CLI_JOB_RUNNING) {
        job->candidate = CLI_JOB_RUNNING;
        if (!job->seen && now_ms - job->watched_ms >= job->patience_ms && cli_job_count(job, CLI_MOVE_MOVING) == 0)
            cli_job_end(job, CLI_JOB_FAILED, now_ms);
        return;
    }
    if (end != job->candidate) {
        job->candidate = end;
        job->candidate_ms = now_ms;
    }
    if (is_final(job, end, view) || now_ms - job->candidate_ms >= job->settle_ms)
        cli_job_end(job, end, now_ms);
}

/* VMs that the plan did not know: started or migrated there since, or a rejoin without a plan. */
static void adopt_vms(CliJob *job, const Hactl__View *view)
{
    if (job->kind != CLI_JOB_DRAIN)
        return;
    for (gsize i = 0; i < view->n_vms; i++) {
        const Hactl__ViewVm *vm = view->vms[i];
        gboolean there = vm->state != HA_VM_ABSENT && g_strcmp0(vm->node, job->subject) == 0;
        gboolean leaving =
            cli_view_moving(vm) && vm->move_reason == HA_REASON_DRAIN && g_strcmp0(vm->move_from, job->subject) == 0;
        if ((there || leaving) && !find_move(job, vm->name))
            add_move(job, vm->name, job->subject, vm->move_to);
    }
}

void cli_job_update(CliJob *job, const Hactl__View *view, gint64 now_ms)
{
    gboolean was_sound = job->sound;
    job->sound = cli_view_sound(view);
    if (job->state != CLI_JOB_RUNNING || !job->sound) {
        if (!job->sound && was_sound)
            tell(job, CLI_WARN, FALSE,
                g_strdup("waiting: this host is not quorate or can't read Pacemaker's configuration"));
        return;
    }
    if (job->updated_ms == 0 || now_ms - job->updated_ms > CLI_JOB_GAP_MS) {
        job->watched_ms = now_ms;
        job->candidate = CLI_JOB_RUNNING;
    }
    job->updated_ms = now_ms;
    const Hactl__ViewNode *node = cli_view_node(view, job->subject);
    job->drain = node ? (HaDrainState)node->drain : HA_DRAIN_NONE;
    job->standby = node && node->standby;
    learn_notes(job, view);
    adopt_vms(job, view);
    for (guint i = 0; i < job->moves->len; i++)
        update_move(job, job->moves->pdata[i], view, now_ms);
    settle(job, judge(job, view), view, now_ms);
}

void cli_job_explain(CliJob *job, const Hactl__Plan *plan)
{
    for (gsize i = 0; i < plan->n_moves; i++) {
        const Hactl__PlanMove *planned = plan->moves[i];
        CliJobMove *move = find_move(job, planned->vm);
        if (!move || move->state != CLI_MOVE_STAYS || planned->block == HA_BLOCK_NONE)
            continue;
        if (planned->detail && move->failures == 0)
            set_text(&move->detail, planned->detail);
        if (planned->remedy && move->failures == 0)
            set_text(&move->remedy, planned->remedy);
    }
}
