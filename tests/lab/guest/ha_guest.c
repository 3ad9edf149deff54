/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_guest - what runs in the ticking guest: sends a tick every 10 ms, writes to its disk, dirties its memory,
 * computes.
 *
 * Usage: ha_guest NAME RECORDER_ADDRESS [DISK|-] [DIRTY_MIB_PER_S [BUSY_PERCENT]]
 *
 * The four are processes of their own, so that a disk that blocks and memory that is copied do not disturb the ticks.
 * Linked statically: the guest has no libraries.
 */
#include "tests/lab/ticks/ha_tick.h"

#include <endian.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000ULL
#define NS_PER_MS 1000000ULL
#define BLOCK_SIZE 4096U
#define DISK_INTERVAL_MS 200U
#define DIRTY_INTERVAL_MS 20U
#define BUSY_INTERVAL_MS 100U

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static void sleep_until_ns(uint64_t when_ns)
{
    struct timespec when = {.tv_sec = (time_t)(when_ns / NS_PER_S), .tv_nsec = (long)(when_ns % NS_PER_S)};

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) == EINTR) {
    }
}

/* The next beat of a period; one that was missed is not made up for, or a pause would end in a burst. */
static uint64_t next_beat(uint64_t last_ns, uint64_t period_ns)
{
    uint64_t now_ns = clock_ns(CLOCK_MONOTONIC);

    return last_ns + period_ns > now_ns ? last_ns + period_ns : now_ns;
}

/* A fresh guest has little entropy, and must not wait for more: the clocks make up for it. */
static uint64_t draw_boot(void)
{
    uint64_t boot = 0;

    if (getrandom(&boot, sizeof boot, GRND_NONBLOCK | GRND_INSECURE) != (ssize_t)sizeof boot) {
        boot = 0;
    }
    boot ^= clock_ns(CLOCK_REALTIME) * 0x9e3779b97f4a7c15ULL;
    return boot ^ (clock_ns(CLOCK_MONOTONIC) << 32);
}

static int tick(const char *name, const char *recorder)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(HA_TICK_PORT)};
    struct sched_param priority = {.sched_priority = 10};
    struct ha_tick message = {.magic = htobe32(HA_TICK_MAGIC), .boot = htobe64(draw_boot())};
    uint64_t beat_ns = clock_ns(CLOCK_MONOTONIC);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || inet_pton(AF_INET, recorder, &to.sin_addr) != 1) {
        fprintf(stderr, "ha_guest: cannot send ticks to '%s'\n", recorder);
        return EXIT_FAILURE;
    }
    snprintf(message.name, sizeof message.name, "%s", name);
    sched_setscheduler(0, SCHED_FIFO, &priority);
    for (uint64_t sequence = 1;; sequence++) {
        message.sequence = htobe64(sequence);
        message.guest_monotonic_ns = htobe64(clock_ns(CLOCK_MONOTONIC));
        (void)sendto(fd, &message, sizeof message, 0, (struct sockaddr *)&to, sizeof to);
        beat_ns = next_beat(beat_ns, HA_TICK_INTERVAL_MS * NS_PER_MS);
        sleep_until_ns(beat_ns);
    }
}

static int write_disk(const char *disk)
{
    uint64_t *block = NULL;
    uint64_t beat_ns = clock_ns(CLOCK_MONOTONIC);
    int fd = open(disk, O_RDWR | O_DIRECT | O_CLOEXEC);

    if (fd < 0 || posix_memalign((void **)&block, BLOCK_SIZE, BLOCK_SIZE) != 0) {
        fprintf(stderr, "ha_guest: cannot write to %s: %s\n", disk, strerror(errno));
        return EXIT_FAILURE;
    }
    memset(block, 0, BLOCK_SIZE);
    for (uint64_t sequence = 1;; sequence++) {
        block[0] = htobe64(sequence);
        if (pwrite(fd, block, BLOCK_SIZE, BLOCK_SIZE) != (ssize_t)BLOCK_SIZE) {
            fprintf(stderr, "ha_guest: write %llu to %s: %s\n", (unsigned long long)sequence, disk, strerror(errno));
        }
        beat_ns = next_beat(beat_ns, DISK_INTERVAL_MS * NS_PER_MS);
        sleep_until_ns(beat_ns);
    }
}

static size_t dirty_region_bytes(void)
{
    return (size_t)sysconf(_SC_AVPHYS_PAGES) / 2U * (size_t)sysconf(_SC_PAGESIZE);
}

static int dirty_memory(unsigned mib_per_s)
{
    size_t region_bytes = dirty_region_bytes();
    size_t step_bytes = (size_t)mib_per_s * 1048576U * DIRTY_INTERVAL_MS / 1000U;
    uint64_t beat_ns = clock_ns(CLOCK_MONOTONIC);
    size_t at = 0;
    unsigned char *region = mmap(NULL, region_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (region == MAP_FAILED) {
        fprintf(stderr, "ha_guest: no memory to dirty\n");
        return EXIT_FAILURE;
    }
    setpriority(PRIO_PROCESS, 0, 10);
    for (;;) {
        for (size_t done = 0; done < step_bytes; done += BLOCK_SIZE) {
            region[at]++;
            at = (at + BLOCK_SIZE) % region_bytes;
        }
        beat_ns = next_beat(beat_ns, DIRTY_INTERVAL_MS * NS_PER_MS);
        sleep_until_ns(beat_ns);
    }
}

/* So many percent of one processor, as the guest's own clock sees it. */
static _Noreturn void compute(unsigned percent)
{
    uint64_t beat_ns = clock_ns(CLOCK_MONOTONIC);

    setpriority(PRIO_PROCESS, 0, 15);
    for (;;) {
        uint64_t until_ns = beat_ns + (uint64_t)BUSY_INTERVAL_MS * NS_PER_MS * percent / 100U;

        while (clock_ns(CLOCK_MONOTONIC) < until_ns) {
        }
        beat_ns = next_beat(beat_ns, BUSY_INTERVAL_MS * NS_PER_MS);
        sleep_until_ns(beat_ns);
    }
}

int main(int argc, char **argv)
{
    const char *disk = argc > 3 ? argv[3] : "-";
    unsigned dirty_mib_per_s = argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 0;
    unsigned busy_percent = argc > 5 ? (unsigned)strtoul(argv[5], NULL, 10) : 0;

    if (argc < 3 || argc > 6) {
        fprintf(stderr, "usage: ha_guest NAME RECORDER_ADDRESS [DISK|-] [DIRTY_MIB_PER_S [BUSY_PERCENT]]\n");
        return EXIT_FAILURE;
    }
    if (strcmp(disk, "-") != 0 && fork() == 0) {
        return write_disk(disk);
    }
    if (dirty_mib_per_s > 0 && fork() == 0) {
        return dirty_memory(dirty_mib_per_s);
    }
    if (busy_percent > 0 && fork() == 0) {
        compute(busy_percent);
    }
    return tick(argv[1], argv[2]);
}
