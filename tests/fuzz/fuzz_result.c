/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/plan/ha_plan.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/wire_samples.h"

guint64 fuzz_accepted;

static GBytes *sample_plan(void)
{
    g_autoptr(HaPlan) plan = ha_plan_new("node3");
    HaPlanMove *move = ha_plan_move_new("web1", "node3");
    move->block = HA_BLOCK_NO_TARGET;
    move->detail = g_strdup("every candidate was refused");
    g_ptr_array_add(plan->moves, move);
    return wire_plan_build(plan);
}

static GBytes *sample_view(void)
{
    HaSettings settings;
    ha_settings_init(&settings);
    g_autoptr(HaCore) core = ha_core_new(&settings, "node1", 1);
    g_autoptr(GPtrArray) effects = g_ptr_array_new_with_free_func((GDestroyNotify)ha_effect_free);
    GPtrArray *members = g_ptr_array_new_with_free_func((GDestroyNotify)ha_member_free);
    g_ptr_array_add(members, ha_member_new(1, "node1", 1));
    HaEvent arrived = {.kind = HA_EVENT_MEMBERS, .now_ms = 1, .now_s = 1, .members = members, .quorate = TRUE};
    ha_core_step(core, &arrived, effects);
    HaEvent reported = {.kind = HA_EVENT_REPORT, .now_ms = 2, .now_s = 1, .report = sample_report()};
    ha_core_step(core, &reported, effects);
    HaEvent noted = {.kind = HA_EVENT_NOTE, .now_ms = 3, .now_s = 1, .note = sample_note()};
    ha_core_step(core, &noted, effects);
    return wire_view_build(core, 1700000000, TRUE);
}

GPtrArray *fuzz_specimens(void)
{
    GPtrArray *results = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    g_ptr_array_add(results, wire_answer_build(42, HA_ANSWER_REFUSED, "no such node", "costly"));
    g_ptr_array_add(results, sample_plan());
    g_ptr_array_add(results, sample_view());
    return results;
}

static gboolean take(const guint8 *payload, gsize len)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(WireResult) result = wire_result_decode(payload, len, &error);
    g_assert((result != NULL) == (error == NULL));
    g_assert(error == NULL || (error->domain == WIRE_ERROR && *error->message != '\0'));
    if (result == NULL)
        return FALSE;
    for (gsize i = 0; result->view != NULL && i < result->view->n_vms; i++) {
        g_assert(ha_vm_state_word((HaVmState)result->view->vms[i]->state) != NULL);
        g_assert(g_utf8_validate(result->view->vms[i]->name, -1, NULL));
    }
    return TRUE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const guint8 *payload = NULL;
    gsize len = 0;
    if (wire_frame_whole(data, size, WIRE_RESULT_MAX, &payload, &len, NULL))
        fuzz_accepted += take(payload, len);
    else
        take(data, size);
    return 0;
}
