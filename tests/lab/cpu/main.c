/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha-cpu - keeps a /proc/stat of a lab's host: all hosts share the machine's, and each would seem as busy as all
 * together.
 *
 *   ha-cpu FILE    write FILE, go to the background, and write it anew twice a second. FILE may be bound over
 * /proc/stat.
 */
#include "tests/lab/cpu/ha_cpu.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOOK_EVERY_MS 500
#define TEXT_SIZE 65536U

static struct ha_cpu cpu;
static struct ha_cpu_process seen[HA_CPU_PROCESSES_MAX];

static uint64_t now_ticks(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * HA_CPU_TICKS_PER_S + (uint64_t)now.tv_nsec / (1000000000U / HA_CPU_TICKS_PER_S);
}

static size_t read_text(int fd, char *text, size_t size)
{
    ssize_t n = fd < 0 ? -1 : pread(fd, text, size - 1, 0);

    text[n > 0 ? n : 0] = '\0';
    return n > 0 ? (size_t)n : 0;
}

static int by_pid(const void *a, const void *b)
{
    const struct ha_cpu_process *left = a, *right = b;

    return (left->pid > right->pid) - (left->pid < right->pid);
}

static size_t read_processes(void)
{
    DIR *proc = opendir("/proc");
    size_t n = 0;

    for (struct dirent *entry; proc != NULL && n < HA_CPU_PROCESSES_MAX && (entry = readdir(proc)) != NULL;) {
        char path[sizeof "/proc//stat" + sizeof entry->d_name], text[1024];

        if (entry->d_name[0] < '1' || entry->d_name[0] > '9') {
            continue;
        }
        snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (read_text(fd, text, sizeof text) > 0 && ha_cpu_parse(text, &seen[n]) == 0) {
            n++;
        }
        if (fd >= 0) {
            close(fd);
        }
    }
    if (proc != NULL) {
        closedir(proc);
    }
    qsort(seen, n, sizeof *seen, by_pid);
    return n;
}

/* In place: what is bound over /proc/stat is the file, not its name. */
static int look(int machine, int to, uint64_t begun_ticks, unsigned processors)
{
    char text[TEXT_SIZE], out[TEXT_SIZE];
    size_t length;

    ha_cpu_look(&cpu, seen, read_processes(), now_ticks() - begun_ticks, processors);
    read_text(machine, text, sizeof text);
    length = ha_cpu_text(&cpu, processors, text, out, sizeof out);
    return length > 0 && pwrite(to, out, length, 0) == (ssize_t)length && ftruncate(to, (off_t)length) == 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
    const struct timespec pause = {.tv_nsec = LOOK_EVERY_MS * 1000000L};
    unsigned processors = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t begun_ticks = now_ticks();
    int machine = open("/proc/stat", O_RDONLY | O_CLOEXEC);
    int to = argc == 2 ? open(argv[1], O_RDWR | O_CREAT | O_CLOEXEC, 0644) : -1;

    if (argc != 2 || machine < 0 || to < 0 || look(machine, to, begun_ticks, processors) != 0 || daemon(0, 0) != 0) {
        fprintf(stderr, "usage: ha-cpu FILE; FILE has to be writable, and /proc mounted\n");
        return EXIT_FAILURE;
    }
    while (look(machine, to, begun_ticks, processors) == 0) {
        nanosleep(&pause, NULL);
    }
    return EXIT_FAILURE;
}
