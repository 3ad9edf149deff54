/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_tick - one tick of a guest, as it goes over the guest network in a UDP datagram.
 *
 * Integers are big-endian. A boot is a random number drawn when the guest starts, so that a restart shows; the sequence
 * goes up by one with every tick of a boot, so that two copies of one guest show, which would both send the same
 * numbers.
 */
#pragma once

#include <stdint.h>

#define HA_TICK_MAGIC 0x4841544bU /* "HATK" */
#define HA_TICK_PORT 7007
#define HA_TICK_INTERVAL_MS 10
#define HA_TICK_NAME_SIZE 40

struct ha_tick {
    uint32_t magic;
    uint32_t reserved;
    uint64_t boot;
    uint64_t sequence;
    uint64_t guest_monotonic_ns;
    char name[HA_TICK_NAME_SIZE]; /* zero-terminated */
};
