/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lab/watch/ha_watch.h"

#include <ctype.h>
#include <float.h>
#include <string.h>

static void copy_name(char *to, const char *from)
{
    size_t n = 0;

    for (; from[n] != '\0' && n < HA_WATCH_NAME_SIZE - 1; n++) {
        to[n] = isalnum((unsigned char)from[n]) || strchr("._-", from[n]) != NULL ? from[n] : '?';
    }
    to[n] = '\0';
}

int ha_watch_born(struct ha_watch *watch, const char *vm, const char *host, int pid, bool incoming, double at_ms)
{
    struct ha_watch_qemu *qemu;

    if (watch->qemus_n == HA_WATCH_QEMUS_MAX) {
        watch->full = true;
        return -1;
    }
    qemu = &watch->qemus[watch->qemus_n];
    *qemu = (struct ha_watch_qemu){.pid = pid, .incoming = incoming, .born_ms = at_ms};
    copy_name(qemu->vm, vm);
    copy_name(qemu->host, host);
    return (int)watch->qemus_n++;
}

void ha_watch_ran(struct ha_watch *watch, int index, uint64_t total_ns, double since_ms, double at_ms)
{
    struct ha_watch_qemu *qemu = &watch->qemus[index];

    if (total_ns >= HA_WATCH_SETUP_NS && total_ns >= qemu->run_ns + HA_WATCH_RUN_MIN_NS) {
        if (qemu->first_run_ms == 0) {
            qemu->first_run_ms = at_ms;
        }
        qemu->last_run_begin_ms = since_ms;
        qemu->run_begins_ms[qemu->runs_n++ % HA_WATCH_RUNS] = since_ms;
    }
    qemu->run_ns = total_ns;
}

void ha_watch_died(struct ha_watch *watch, int index, double at_ms)
{
    struct ha_watch_qemu *qemu = &watch->qemus[index];

    qemu->died_ms = at_ms;
    for (unsigned i = 0; i < HA_WATCH_CLEARING_WINDOWS && qemu->runs_n > 0; i++) {
        if (qemu->run_begins_ms[(qemu->runs_n - 1) % HA_WATCH_RUNS] <= at_ms - HA_WATCH_CLEARING_MS) {
            break;
        }
        qemu->runs_n--;
    }
    qemu->last_run_begin_ms = qemu->runs_n > 0 ? qemu->run_begins_ms[(qemu->runs_n - 1) % HA_WATCH_RUNS] : 0;
    if (qemu->runs_n == 0) {
        qemu->first_run_ms = 0;
    }
}

static double end_ms(const struct ha_watch_qemu *qemu)
{
    return qemu->died_ms == 0 ? DBL_MAX : qemu->died_ms;
}

bool ha_watch_is_double(const struct ha_watch_qemu *a, const struct ha_watch_qemu *b)
{
    const struct ha_watch_qemu *older = a->born_ms <= b->born_ms ? a : b;
    const struct ha_watch_qemu *younger = older == a ? b : a;

    if (strcmp(a->vm, b->vm) != 0 || younger->first_run_ms == 0 || younger->first_run_ms >= end_ms(older)) {
        return false;
    }
    return !younger->incoming || older->last_run_begin_ms >= younger->first_run_ms;
}

static void print_qemus(const struct ha_watch *watch, FILE *to)
{
    for (size_t i = 0; i < watch->qemus_n; i++) {
        const struct ha_watch_qemu *qemu = &watch->qemus[i];

        fprintf(to, "%s{\"vm\":\"%s\",\"host\":\"%s\",\"pid\":%d,\"incoming\":%s,\"born_ms\":%.0f,\"died_ms\":",
            i > 0 ? "," : "", qemu->vm, qemu->host, qemu->pid, qemu->incoming ? "true" : "false", qemu->born_ms);
        if (qemu->died_ms > 0) {
            fprintf(to, "%.0f", qemu->died_ms);
        } else {
            fprintf(to, "null");
        }
        fprintf(to, ",\"first_run_ms\":%.0f,\"last_run_ms\":%.0f}", qemu->first_run_ms, qemu->last_run_begin_ms);
    }
}

static void print_doubles(const struct ha_watch *watch, FILE *to)
{
    const char *separator = "";

    for (size_t j = 1; j < watch->qemus_n; j++) {
        for (size_t i = 0; i < j; i++) {
            const struct ha_watch_qemu *a = &watch->qemus[i], *b = &watch->qemus[j];

            if (ha_watch_is_double(a, b)) {
                fprintf(to, "%s{\"vm\":\"%s\",\"hosts\":[\"%s\",\"%s\"],\"at_ms\":%.0f}", separator, a->vm, a->host,
                    b->host, a->born_ms > b->born_ms ? a->born_ms : b->born_ms);
                separator = ",";
            }
        }
    }
}

void ha_watch_print_json(const struct ha_watch *watch, double now_ms, FILE *to)
{
    fprintf(to, "{\"now_ms\":%.0f,\"full\":%s,\"qemus\":[", now_ms, watch->full ? "true" : "false");
    print_qemus(watch, to);
    fprintf(to, "],\"doubles\":[");
    print_doubles(watch, to);
    fprintf(to, "]}\n");
}
