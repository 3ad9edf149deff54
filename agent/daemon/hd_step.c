/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/daemon/hd_daemon.h"

gint64 hd_now_ms(void)
{
    return g_get_monotonic_time() / 1000;
}

gint64 hd_now_s(void)
{
    return g_get_real_time() / G_USEC_PER_SEC;
}

static GBytes *answer_of(const HdDaemon *daemon, const HaEffect *effect)
{
    WireAnswer answer = {.request_id = effect->request_id,
        .answer = effect->answer,
        .text = effect->text,
        .warning = effect->warning,
        .epoch = hd_epoch(daemon)};
    return wire_cast_answer(&answer);
}

static void carry_out(HdDaemon *daemon, HaEffect *effect)
{
    switch (effect->kind) {
    case HA_EFFECT_TERM:
        io_cib_take_term(daemon->cib, effect->id, effect->term, daemon->self, effect->timeout_ms);
        break;
    case HA_EFFECT_CHANGE:
        io_cib_change(daemon->cib, effect->id, effect->term, effect->changes, effect->check_pins, effect->timeout_ms);
        break;
    case HA_EFFECT_CLEANUP:
        io_cib_cleanup(daemon->cib, effect->id, effect->vm, effect->timeout_ms);
        break;
    case HA_EFFECT_PROBE:
        io_cib_probe(daemon->cib, effect->id, effect->vm, effect->node, effect->timeout_ms);
        break;
    case HA_EFFECT_REFRESH:
        io_cib_refresh(daemon->cib, effect->id, effect->vm, effect->node, effect->timeout_ms);
        break;
    case HA_EFFECT_CANCEL:
    case HA_EFFECT_UNCANCEL:
        hd_cast(daemon, wire_cast_cancel(effect->vm, effect->node, effect->kind == HA_EFFECT_CANCEL));
        break;
    case HA_EFFECT_NOTE:
        hd_cast(daemon, wire_cast_note(effect->note));
        break;
    case HA_EFFECT_ANSWER:
        hd_cast(daemon, answer_of(daemon, effect));
        break;
    case HA_EFFECT_CONFIRM:
        io_confirm_node(daemon->confirm, effect->id, effect->node, effect->timeout_ms);
        break;
    }
}

static gboolean on_deadline(gpointer data)
{
    HdDaemon *daemon = data;
    daemon->deadline_source = 0;
    hd_step(daemon, &(HaEvent){.kind = HA_EVENT_TICK});
    return G_SOURCE_REMOVE;
}

static void arm_deadline(HdDaemon *daemon)
{
    gint64 deadline = ha_core_next_deadline(daemon->core);
    g_clear_handle_id(&daemon->deadline_source, g_source_remove);
    if (deadline != G_MAXINT64)
        daemon->deadline_source = g_timeout_add((guint)CLAMP(deadline - hd_now_ms(), 1, 3600000), on_deadline, daemon);
}

void hd_step(HdDaemon *daemon, const HaEvent *event)
{
    g_autoptr(GPtrArray) effects = g_ptr_array_new_with_free_func((GDestroyNotify)ha_effect_free);
    HaEvent stamped = *event;
    stamped.now_ms = hd_now_ms();
    gint64 now_unix_ms = g_get_real_time() / 1000;
    stamped.now_s = now_unix_ms / 1000;
    stamped.now_part_ms = now_unix_ms % 1000;
    ha_core_step(daemon->core, &stamped, effects);
    for (guint i = 0; i < effects->len; i++)
        carry_out(daemon, effects->pdata[i]); /* no adapter calls back from within a call */
    arm_deadline(daemon);
    hd_pending_expire(daemon);
    hd_viewers_changed(daemon);
}
