/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_strict - requests that would use up the spare capacity (ha_spare.h): warned, or refused when they are strict.
 */
#ifndef HA_STRICT_H
#define HA_STRICT_H

#include "agent/core/ha_core.h"
#include "agent/core/plan/ha_suppose.h"

/**
 * ha_strict_permits - may the change be written? A breach refuses a strict request, which is answered then, and is a
 * warning with the answer of another. To be followed by ha_write. @would_be, @place_lacking: as ha_spare_breach.
 */
gboolean ha_strict_permits(
    HaCore *core, const HaRequest *request, const HaSuppose *would_be, const char *place_lacking, GPtrArray *effects);

#endif
