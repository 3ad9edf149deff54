/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/ha_strict.h"

#include "agent/core/ha_core_private.h"
#include "agent/core/plan/ha_spare.h"

gboolean ha_strict_permits(
    HaCore *core, const HaRequest *request, const HaSuppose *would_be, const char *place_lacking, GPtrArray *effects)
{
    g_autofree char *breach = ha_spare_breach(core->view, ha_suppose_view(would_be), place_lacking);
    if (breach && request->strict) {
        ha_answer(core, effects, request->id, HA_ANSWER_REFUSED, "%s; or do it without --strict", breach);
        return FALSE;
    }
    g_free(core->write_warning);
    core->write_warning = g_steal_pointer(&breach);
    return TRUE;
}
