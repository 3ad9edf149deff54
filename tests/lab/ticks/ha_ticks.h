/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_ticks - what the ticks of guests say about their interruptions, restarts and doubles. Pure: time arrives with the
 * tick.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define HA_TICKS_GUESTS_MAX 256U
#define HA_TICKS_BOOTS_MAX 64U
#define HA_TICKS_GAPS_MAX 4096U
#define HA_TICKS_NAME_SIZE 40U
#define HA_TICKS_GAP_MIN_MS 50.0
/* Fewer repeated numbers than this may be a datagram that was sent again while its sender was moved. */
#define HA_TICKS_REPEATS_OF_A_DOUBLE 3U

enum ha_ticks_outcome {
    HA_TICKS_NOTED,
    HA_TICKS_BAD_NAME, /* empty, unterminated, or not of letters, digits, '.', '_' and '-' */
    HA_TICKS_FULL,     /* one guest more than HA_TICKS_GUESTS_MAX */
};

struct ha_ticks_gap {
    double at_ms; /* the last tick before it */
    double length_ms;
};

struct ha_ticks_boot {
    uint64_t id;
    double first_ms;
};

struct ha_ticks_guest {
    char name[HA_TICKS_NAME_SIZE];
    double first_ms;
    double last_ms;
    uint64_t ticks;
    uint64_t last_sequence;                         /* of the newest boot */
    uint64_t repeats;                               /* ticks of the newest boot whose number had been reached before */
    uint64_t stale;                                 /* ticks of an older boot, after a newer one had begun */
    size_t boots_total;                             /* may exceed HA_TICKS_BOOTS_MAX; only the last ones are kept */
    struct ha_ticks_boot boots[HA_TICKS_BOOTS_MAX]; /* a ring: the newest is [(boots_total - 1) % MAX] */
    size_t gaps_total;                              /* may exceed HA_TICKS_GAPS_MAX likewise */
    struct ha_ticks_gap gaps[HA_TICKS_GAPS_MAX];
};

struct ha_ticks {
    size_t guests_n;
    struct ha_ticks_guest *guests[HA_TICKS_GUESTS_MAX]; /* owned; in the order of their first tick */
};

void ha_ticks_deinit(struct ha_ticks *ticks);

/**
 * ha_ticks_note - take note of one tick.
 * @name: HA_TICKS_NAME_SIZE bytes as they came from the network, not trusted.
 * @at_ms: CLOCK_MONOTONIC of its arrival; never earlier than that of the tick noted before.
 */
enum ha_ticks_outcome ha_ticks_note(
    struct ha_ticks *ticks, const char *name, uint64_t boot, uint64_t sequence, double at_ms);

/* Two copies of the guest were alive at once: an older boot ticked on beside a newer, or a boot sent its numbers twice.
 */
bool ha_ticks_overlap(const struct ha_ticks_guest *guest);

/* The longest interruption that ended after @since_ms, 0 if there was none. */
double ha_ticks_worst_gap_ms(const struct ha_ticks_guest *guest, double since_ms);

/* Reports of all guests; gaps that ended before @since_ms are left out. */
void ha_ticks_print_json(const struct ha_ticks *ticks, double now_ms, double since_ms, FILE *to);
void ha_ticks_print_table(const struct ha_ticks *ticks, double now_ms, double since_ms, FILE *to);
