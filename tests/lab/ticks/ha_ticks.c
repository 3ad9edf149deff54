/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lab/ticks/ha_ticks.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static size_t ring_first(size_t total, size_t max)
{
    return total > max ? total - max : 0;
}

static bool name_is_valid(const char *name)
{
    size_t length = strnlen(name, HA_TICKS_NAME_SIZE);

    if (length == 0 || length == HA_TICKS_NAME_SIZE) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)name[i]) && strchr("._-", name[i]) == NULL) {
            return false;
        }
    }
    return true;
}

static struct ha_ticks_guest *find_guest(const struct ha_ticks *ticks, const char *name)
{
    for (size_t i = 0; i < ticks->guests_n; i++) {
        if (strcmp(ticks->guests[i]->name, name) == 0) {
            return ticks->guests[i];
        }
    }
    return NULL;
}

static struct ha_ticks_guest *add_guest(struct ha_ticks *ticks, const char *name, double at_ms)
{
    struct ha_ticks_guest *guest;

    if (ticks->guests_n == HA_TICKS_GUESTS_MAX) {
        return NULL;
    }
    guest = calloc(1, sizeof *guest);
    if (guest == NULL) {
        abort();
    }
    memcpy(guest->name, name, strlen(name) + 1);
    guest->first_ms = at_ms;
    guest->last_ms = at_ms;
    ticks->guests[ticks->guests_n++] = guest;
    return guest;
}

static void add_boot(struct ha_ticks_guest *guest, uint64_t id, double at_ms)
{
    guest->boots[guest->boots_total++ % HA_TICKS_BOOTS_MAX] = (struct ha_ticks_boot){.id = id, .first_ms = at_ms};
    guest->last_sequence = 0;
}

static bool boot_is_known(const struct ha_ticks_guest *guest, uint64_t id)
{
    for (size_t i = ring_first(guest->boots_total, HA_TICKS_BOOTS_MAX); i < guest->boots_total; i++) {
        if (guest->boots[i % HA_TICKS_BOOTS_MAX].id == id) {
            return true;
        }
    }
    return false;
}

static bool boot_is_newest(const struct ha_ticks_guest *guest, uint64_t id)
{
    return guest->boots_total > 0 && guest->boots[(guest->boots_total - 1) % HA_TICKS_BOOTS_MAX].id == id;
}

static void note_gap(struct ha_ticks_guest *guest, double at_ms)
{
    double length_ms = at_ms - guest->last_ms;

    if (length_ms > HA_TICKS_GAP_MIN_MS) {
        guest->gaps[guest->gaps_total++ % HA_TICKS_GAPS_MAX] =
            (struct ha_ticks_gap){.at_ms = guest->last_ms, .length_ms = length_ms};
    }
}

enum ha_ticks_outcome ha_ticks_note(
    struct ha_ticks *ticks, const char *name, uint64_t boot, uint64_t sequence, double at_ms)
{
    struct ha_ticks_guest *guest;

    if (!name_is_valid(name)) {
        return HA_TICKS_BAD_NAME;
    }
    guest = find_guest(ticks, name);
    if (guest == NULL) {
        guest = add_guest(ticks, name, at_ms);
    }
    if (guest == NULL) {
        return HA_TICKS_FULL;
    }
    if (boot_is_newest(guest, boot)) {
        guest->repeats += sequence <= guest->last_sequence;
    } else if (boot_is_known(guest, boot)) {
        guest->stale++;
    } else {
        add_boot(guest, boot, at_ms);
    }
    if (boot_is_newest(guest, boot) && sequence > guest->last_sequence) {
        guest->last_sequence = sequence;
    }
    note_gap(guest, at_ms);
    guest->last_ms = at_ms;
    guest->ticks++;
    return HA_TICKS_NOTED;
}

bool ha_ticks_overlap(const struct ha_ticks_guest *guest)
{
    return guest->stale > 0 || guest->repeats >= HA_TICKS_REPEATS_OF_A_DOUBLE;
}

static bool gap_counts(const struct ha_ticks_gap *gap, double since_ms)
{
    return gap->at_ms + gap->length_ms > since_ms;
}

double ha_ticks_worst_gap_ms(const struct ha_ticks_guest *guest, double since_ms)
{
    double worst_ms = 0;

    for (size_t i = ring_first(guest->gaps_total, HA_TICKS_GAPS_MAX); i < guest->gaps_total; i++) {
        const struct ha_ticks_gap *gap = &guest->gaps[i % HA_TICKS_GAPS_MAX];

        if (gap_counts(gap, since_ms) && gap->length_ms > worst_ms) {
            worst_ms = gap->length_ms;
        }
    }
    return worst_ms;
}

static void print_gaps(const struct ha_ticks_guest *guest, double since_ms, FILE *to)
{
    const char *separator = "";

    for (size_t i = ring_first(guest->gaps_total, HA_TICKS_GAPS_MAX); i < guest->gaps_total; i++) {
        const struct ha_ticks_gap *gap = &guest->gaps[i % HA_TICKS_GAPS_MAX];

        if (gap_counts(gap, since_ms)) {
            fprintf(to, "%s{\"at_ms\":%.0f,\"length_ms\":%.1f}", separator, gap->at_ms, gap->length_ms);
            separator = ",";
        }
    }
}

static void print_boots(const struct ha_ticks_guest *guest, FILE *to)
{
    const char *separator = "";

    for (size_t i = ring_first(guest->boots_total, HA_TICKS_BOOTS_MAX); i < guest->boots_total; i++) {
        const struct ha_ticks_boot *boot = &guest->boots[i % HA_TICKS_BOOTS_MAX];

        fprintf(
            to, "%s{\"id\":\"%016llx\",\"first_ms\":%.0f}", separator, (unsigned long long)boot->id, boot->first_ms);
        separator = ",";
    }
}

void ha_ticks_print_json(const struct ha_ticks *ticks, double now_ms, double since_ms, FILE *to)
{
    fprintf(to, "{\"now_ms\":%.0f,\"guests\":[", now_ms);
    for (size_t i = 0; i < ticks->guests_n; i++) {
        const struct ha_ticks_guest *guest = ticks->guests[i];

        fprintf(to,
            "%s{\"name\":\"%s\",\"boots\":%zu,\"restarts\":%zu,\"ticks\":%llu,\"first_ms\":%.0f,"
            "\"last_ms\":%.0f,\"last_seen_ms_ago\":%.0f,\"worst_gap_ms\":%.1f,\"gaps\":[",
            i > 0 ? "," : "", guest->name, guest->boots_total, guest->boots_total - 1, (unsigned long long)guest->ticks,
            guest->first_ms, guest->last_ms, now_ms - guest->last_ms, ha_ticks_worst_gap_ms(guest, since_ms));
        print_gaps(guest, since_ms, to);
        fprintf(to, "],\"boot_ids\":[");
        print_boots(guest, to);
        fprintf(to, "],\"repeats\":%llu,\"stale\":%llu,\"overlap\":%s}", (unsigned long long)guest->repeats,
            (unsigned long long)guest->stale, ha_ticks_overlap(guest) ? "true" : "false");
    }
    fprintf(to, "]}\n");
}

static size_t count_gaps(const struct ha_ticks_guest *guest, double since_ms)
{
    size_t n = 0;

    for (size_t i = ring_first(guest->gaps_total, HA_TICKS_GAPS_MAX); i < guest->gaps_total; i++) {
        n += gap_counts(&guest->gaps[i % HA_TICKS_GAPS_MAX], since_ms);
    }
    return n;
}

void ha_ticks_print_table(const struct ha_ticks *ticks, double now_ms, double since_ms, FILE *to)
{
    fprintf(to, "%-20s %8s %10s %12s %6s %12s %s\n", "GUEST", "RESTARTS", "TICKS", "LAST SEEN", "GAPS", "WORST GAP",
        "OVERLAP");
    for (size_t i = 0; i < ticks->guests_n; i++) {
        const struct ha_ticks_guest *guest = ticks->guests[i];

        fprintf(to, "%-20s %8zu %10llu %9.0f ms %6zu %9.0f ms %s\n", guest->name, guest->boots_total - 1,
            (unsigned long long)guest->ticks, now_ms - guest->last_ms, count_gaps(guest, since_ms),
            ha_ticks_worst_gap_ms(guest, since_ms), ha_ticks_overlap(guest) ? "TWO COPIES" : "no");
    }
}

void ha_ticks_deinit(struct ha_ticks *ticks)
{
    for (size_t i = 0; i < ticks->guests_n; i++) {
        free(ticks->guests[i]);
    }
    ticks->guests_n = 0;
}
