/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wire_fence - fence devices between core types and messages. */
#ifndef WIRE_FENCE_H
#define WIRE_FENCE_H

#include "agent/core/model/ha_fence_device.h"
#include "agent/wire/wire_error.h"
#include "agent/wire/wire_pack.h"
#include "proto/hactl.pb-c.h"

/** wire_fence_put_spec - Returns: borrowed from the arena. */
Hactl__FenceDevice *wire_fence_put_spec(WireArena *arena, const HaFenceSpec *spec);

/**
 * wire_fence_check_spec - may it be taken?
 * @adding: it must have an agent.
 *
 * Names are XML ids, hosts are node names, values are 1..HA_FENCE_VALUE_MAX bytes without control characters.
 */
gboolean wire_fence_check_spec(const Hactl__FenceDevice *message, gboolean adding, GError **error);
/** wire_fence_take_spec - @message: checked. Returns: (transfer full). */
HaFenceSpec *wire_fence_take_spec(const Hactl__FenceDevice *message);

/** wire_fence_put_devices - @devices: HaFenceDevice*. Returns: borrowed from the arena. */
Hactl__ViewFence **wire_fence_put_devices(WireArena *arena, const GPtrArray *devices);

#endif
