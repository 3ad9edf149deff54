/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_cpu - the CPU time of one host, as the /proc/stat of a machine of its own would give it. Pure: what processes used
 * comes in, a text goes out.
 *
 * A host is a PID namespace: its time is what its processes used. One that began since the last look counts with all
 * that it has; what one used between the last look at it and its end is lost.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define HA_CPU_PROCESSES_MAX 4096U
#define HA_CPU_TICKS_PER_S 100U /* of /proc, fixed for user space */

struct ha_cpu_process {
    int pid;
    uint64_t start; /* ticks after boot: a pid may be used again */
    uint64_t ticks; /* used, user and system */
};

struct ha_cpu {
    size_t known_n; /* of the last look, ascending pid */
    struct ha_cpu_process known[HA_CPU_PROCESSES_MAX];
    uint64_t busy, idle; /* ticks of all processors, since the first look */
};

/* ha_cpu_parse - one /proc/PID/stat. Returns 0, or -1 for what is none. */
int ha_cpu_parse(const char *text, struct ha_cpu_process *process);

/* ha_cpu_look - these processes are there (ascending pid; at most HA_CPU_PROCESSES_MAX), elapsed_ticks after the first
 * look, on a machine of so many processors. What was used before the first look counts for nothing. */
void ha_cpu_look(
    struct ha_cpu *cpu, const struct ha_cpu_process *seen, size_t seen_n, uint64_t elapsed_ticks, unsigned processors);

/* ha_cpu_text - the machine's /proc/stat with this host's times, the same for each processor. Returns the length, or 0
 * when it does not fit. */
size_t ha_cpu_text(const struct ha_cpu *cpu, unsigned processors, const char *machine, char *to, size_t size);
