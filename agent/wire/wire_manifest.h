/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wire_manifest - a manifest in a Request and a Result, and what applying it would do.
 */
#ifndef WIRE_MANIFEST_H
#define WIRE_MANIFEST_H

#include "agent/core/ha_apply.h"
#include "agent/wire/wire_pack.h"
#include "proto/hactl.pb-c.h"

#define WIRE_MANIFEST_BYTES_MAX (400u * 1024u) /* of a request's: about 4,000 VMs */

/** wire_manifest_put - Returns: borrowed from @arena. @manifest: borrowed as long as the arena lives. */
Hactl__Manifest *wire_manifest_put(WireArena *arena, const HaManifest *manifest);

/**
 * wire_manifest_take - the inverse; names, hashes, enumerations and numbers are checked, nothing occurs twice.
 * Returns: (transfer full) sorted; NULL with WIRE_ERROR.
 */
HaManifest *wire_manifest_take(const Hactl__Manifest *message, GError **error);

/** wire_manifest_build - a Result: what the cluster is. Returns: (transfer full) a whole frame, last. */
GBytes *wire_manifest_build(const HaManifest *manifest);

/**
 * wire_apply_build - a Result: what applying would do.
 * @missing: char*, borrowed: hashes that the cluster has to be given first.
 * Returns: (transfer full) a whole frame, last.
 */
GBytes *wire_apply_build(const HaApply *apply, const GPtrArray *missing);

#endif
