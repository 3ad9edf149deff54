/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_watch - which QEMU processes of a VM lived and executed when, and whether two ever executed at once. Pure: time
 * arrives with what was seen.
 *
 * The rule. A QEMU executes its guest from the window in which its vCPU threads first used CPU time. One started with
 * -incoming is a migration's target: when it begins, its source has ended, though that process lives on for a while. So
 * two QEMUs of one VM whose lives overlap are a double
 *   - if the younger was started without -incoming and executed while the older one lived, whatever that one did; or
 *   - if the older one's vCPUs used CPU time in a window that began after the window in which the younger's first did.
 * A process that ends is cleared away by whichever of its threads ends last, a vCPU's perhaps: the last two windows of
 * its last half second count for nothing.
 * A QEMU that ends before it executed (its disk was locked, its migration failed) is none.
 * A window is the time between two looks; what happens within one is not ordered, so a hand-over within it is no
 * double.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define HA_WATCH_QEMUS_MAX 4096U
#define HA_WATCH_NAME_SIZE 64U
/* The vCPUs' first CPU time is their threads being set up before the guest executes: 0.5 to 1 ms, and on a busy machine
 * more than 4. A guest that did execute has used this within its firmware, before it saw a disk. */
#define HA_WATCH_SETUP_NS 20000000U
/* Less than this within a window is a thread that looks whether there is anything to do, or is torn down. */
#define HA_WATCH_RUN_MIN_NS 1000000U
#define HA_WATCH_CLEARING_MS 500.0
#define HA_WATCH_CLEARING_WINDOWS 2U
#define HA_WATCH_RUNS 4U /* windows that are remembered: one more than may be taken back, at least */

struct ha_watch_qemu {
    char vm[HA_WATCH_NAME_SIZE];
    char host[HA_WATCH_NAME_SIZE];
    int pid;
    bool incoming;
    double born_ms;
    double died_ms; /* 0: alive */
    uint64_t run_ns;
    double first_run_ms;                 /* end of the first window in which its vCPUs executed; 0: never */
    double last_run_begin_ms;            /* begin of the last such window */
    double run_begins_ms[HA_WATCH_RUNS]; /* of the last windows, a ring */
    size_t runs_n;
};

struct ha_watch {
    size_t qemus_n;
    bool full; /* one was not noted: no verdict */
    struct ha_watch_qemu qemus[HA_WATCH_QEMUS_MAX];
};

/**
 * ha_watch_born - note a QEMU.
 * @vm, @host: cut at HA_WATCH_NAME_SIZE - 1; of letters, digits, '.', '_', '-', else those bytes become '?'.
 *
 * Returns: its index, for the calls below; -1 when the table is full.
 */
int ha_watch_born(struct ha_watch *watch, const char *vm, const char *host, int pid, bool incoming, double at_ms);

/** ha_watch_ran - note the CPU time that its vCPUs have used so far. @since_ms: the look before; @at_ms: this look. */
void ha_watch_ran(struct ha_watch *watch, int index, uint64_t total_ns, double since_ms, double at_ms);

void ha_watch_died(struct ha_watch *watch, int index, double at_ms);

/** ha_watch_is_double - did these two execute one VM at once? In any order. */
bool ha_watch_is_double(const struct ha_watch_qemu *a, const struct ha_watch_qemu *b);

/** ha_watch_print_json - {"now_ms", "full", "qemus": [...], "doubles": [{"vm", "hosts": [a, b], "at_ms"}]} */
void ha_watch_print_json(const struct ha_watch *watch, double now_ms, FILE *to);
