/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lab/cpu/ha_cpu.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int ha_cpu_parse(const char *text, struct ha_cpu_process *process)
{
    const char *rest = strrchr(text, ')'); /* a name may hold anything */
    uint64_t user, system;

    if (rest == NULL || sscanf(text, "%d", &process->pid) != 1 ||
        sscanf(rest,
            ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64 " %*d %*d %*d %*d %*d %*d %" SCNu64,
            &user, &system, &process->start) != 3) {
        return -1;
    }
    process->ticks = user + system;
    return 0;
}

void ha_cpu_look(
    struct ha_cpu *cpu, const struct ha_cpu_process *seen, size_t seen_n, uint64_t elapsed_ticks, unsigned processors)
{
    uint64_t total = elapsed_ticks * processors;
    size_t old = 0;

    for (size_t i = 0; i < seen_n && elapsed_ticks > 0; i++) {
        while (old < cpu->known_n && cpu->known[old].pid < seen[i].pid) {
            old++;
        }
        const struct ha_cpu_process *before = old < cpu->known_n ? &cpu->known[old] : NULL;
        int same = before != NULL && before->pid == seen[i].pid && before->start == seen[i].start;
        uint64_t used = same ? before->ticks : 0;

        cpu->busy += seen[i].ticks > used ? seen[i].ticks - used : 0;
    }
    memcpy(cpu->known, seen, seen_n * sizeof *seen);
    cpu->known_n = seen_n;
    if (total > cpu->busy + cpu->idle) { /* neither ever goes back */
        cpu->idle = total - cpu->busy;
    }
}

size_t ha_cpu_text(const struct ha_cpu *cpu, unsigned processors, const char *machine, char *to, size_t size)
{
    const char *rest = strstr(machine, "\nintr ");
    int length = snprintf(to, size, "cpu  %" PRIu64 " 0 0 %" PRIu64 " 0 0 0 0 0 0\n", cpu->busy, cpu->idle);

    for (unsigned i = 0; i < processors && (size_t)length < size; i++) {
        length += snprintf(to + length, size - (size_t)length, "cpu%u %" PRIu64 " 0 0 %" PRIu64 " 0 0 0 0 0 0\n", i,
            cpu->busy / processors, cpu->idle / processors);
    }
    if (rest != NULL && (size_t)length < size) {
        length += snprintf(to + length, size - (size_t)length, "%s", rest + 1);
    }
    return (size_t)length < size ? (size_t)length : 0;
}
