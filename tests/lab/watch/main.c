/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha-watch - notes every QEMU process of a lab's hosts, from outside.
 *
 *   ha-watch record RUN_DIR SOCKET    look every 20 ms; RUN_DIR/HOST.pid is the pid of HOST's init
 *
 * A host is a PID namespace, so whose a process is can be read off it. It answers on SOCKET as the recorder of ticks
 * does
 * (`ha-ticks ask SOCKET json 0`, `reset 0`), and ends when SOCKET is removed. What lives at a reset stays noted.
 */
#include "tests/lab/watch/ha_watch.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <fcntl.h>

#define LOOK_EVERY_MS 20
#define PIDS_MAX (4 * 1024 * 1024)
#define CMDLINE_MAX_BYTES 65536
#define HOSTS_MAX 64
#define VCPUS_MAX 16
#define ALIVE_MAX 512
/* A process becomes QEMU some time after its birth, by exec: it is looked at again for so many looks. */
#define LOOKS_OFTEN 10
#define LOOKS_MAX 250
#define REQUEST_SIZE 64U

struct host {
    char name[HA_WATCH_NAME_SIZE];
    ino_t pid_namespace;
};

struct alive {
    int pid;
    int index; /* in struct ha_watch */
    unsigned seen;
    size_t vcpus_n;
    int vcpus[VCPUS_MAX];
};

static struct {
    struct ha_watch watch;
    const char *run_dir;
    size_t hosts_n;
    struct host hosts[HOSTS_MAX]; /* a host that was switched on again is one more */
    size_t alive_n;
    struct alive alive[ALIVE_MAX];
    unsigned look;
    double looked_ms;
    unsigned *seen;  /* by pid: the last look that saw it */
    unsigned *first; /* by pid: the look that saw it first */
} self;

static double now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void fail(const char *what, const char *on)
{
    fprintf(stderr, "ha-watch: cannot %s %s: %s\n", what, on, strerror(errno));
    exit(EXIT_FAILURE);
}

static size_t read_file(const char *path, char *buffer, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, buffer, size - 1);

    if (fd >= 0) {
        close(fd);
    }
    buffer[n > 0 ? n : 0] = '\0';
    return n > 0 ? (size_t)n : 0;
}

/* ---- whose is it ---------------------------------------------------------------------------------------------- */

static ino_t pid_namespace_of(int pid)
{
    char path[64];
    struct stat status;

    snprintf(path, sizeof path, "/proc/%d/ns/pid", pid);
    return stat(path, &status) == 0 ? status.st_ino : 0;
}

static const struct host *known_host(ino_t pid_namespace)
{
    for (size_t i = 0; i < self.hosts_n; i++) {
        if (self.hosts[i].pid_namespace == pid_namespace) {
            return &self.hosts[i];
        }
    }
    return NULL;
}

static void learn_host(const char *file)
{
    char path[4096], text[32];
    const char *dot = strrchr(file, '.');
    ino_t pid_namespace;

    if (dot == NULL || strcmp(dot, ".pid") != 0 || self.hosts_n == HOSTS_MAX) {
        return;
    }
    snprintf(path, sizeof path, "%s/%s", self.run_dir, file);
    if (read_file(path, text, sizeof text) == 0 || (pid_namespace = pid_namespace_of(atoi(text))) == 0 ||
        known_host(pid_namespace) != NULL) {
        return;
    }
    self.hosts[self.hosts_n].pid_namespace = pid_namespace;
    snprintf(self.hosts[self.hosts_n++].name, HA_WATCH_NAME_SIZE, "%.*s", (int)(dot - file), file);
}

static const struct host *host_of(int pid)
{
    ino_t pid_namespace = pid_namespace_of(pid);
    DIR *dir;

    if (pid_namespace == 0 || known_host(pid_namespace) != NULL || (dir = opendir(self.run_dir)) == NULL) {
        return known_host(pid_namespace);
    }
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        learn_host(entry->d_name);
    }
    closedir(dir);
    return known_host(pid_namespace);
}

/* ---- is it a VM's QEMU ---------------------------------------------------------------------------------------- */

/* -name guest=NAME,debug-threads=on; NAME without the lab's own rules for names is cut at a comma. */
static bool read_qemu(int pid, char *ret_vm, bool *ret_incoming)
{
    static char text[CMDLINE_MAX_BYTES];
    char path[64];
    size_t len;
    const char *name = NULL;

    snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
    len = read_file(path, text, sizeof text);
    if (len == 0 || strstr(text, "qemu-system") == NULL) {
        return false;
    }
    *ret_incoming = false;
    for (const char *arg = text; arg < text + len; arg += strlen(arg) + 1) {
        *ret_incoming |= strcmp(arg, "-incoming") == 0;
        if (strncmp(arg, "guest=", 6) == 0) {
            name = arg + 6;
        }
    }
    if (name != NULL) {
        snprintf(ret_vm, HA_WATCH_NAME_SIZE, "%.*s", (int)strcspn(name, ","), name);
    }
    return name != NULL;
}

static void look_at_newcomer(int pid, double at_ms)
{
    char vm[HA_WATCH_NAME_SIZE];
    bool incoming;
    const struct host *host;
    int index;

    if (!read_qemu(pid, vm, &incoming) || (host = host_of(pid)) == NULL || self.alive_n == ALIVE_MAX) {
        return;
    }
    index = ha_watch_born(&self.watch, vm, host->name, pid, incoming, at_ms);
    if (index >= 0) {
        self.alive[self.alive_n++] = (struct alive){.pid = pid, .index = index, .seen = self.look};
    }
}

/* ---- does it execute ------------------------------------------------------------------------------------------ */

/* libvirt has QEMU name its threads: "CPU 0/KVM", "CPU 0/TCG". */
static void find_vcpus(struct alive *alive)
{
    char path[96], comm[32];
    DIR *dir;

    snprintf(path, sizeof path, "/proc/%d/task", alive->pid);
    dir = opendir(path);
    for (struct dirent *entry = dir ? readdir(dir) : NULL; entry != NULL; entry = readdir(dir)) {
        snprintf(path, sizeof path, "/proc/%d/task/%.16s/comm", alive->pid, entry->d_name);
        if (read_file(path, comm, sizeof comm) > 0 && strncmp(comm, "CPU ", 4) == 0 && alive->vcpus_n < VCPUS_MAX) {
            alive->vcpus[alive->vcpus_n++] = atoi(entry->d_name);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
}

static void look_at_vcpus(struct alive *alive, double at_ms)
{
    char path[96], text[64];
    uint64_t total_ns = 0;

    if (alive->vcpus_n == 0) {
        find_vcpus(alive);
    }
    for (size_t i = 0; i < alive->vcpus_n; i++) {
        snprintf(path, sizeof path, "/proc/%d/task/%d/schedstat", alive->pid, alive->vcpus[i]);
        read_file(path, text, sizeof text);
        total_ns += strtoull(text, NULL, 10);
    }
    if (total_ns > 0) {
        ha_watch_ran(&self.watch, alive->index, total_ns, self.looked_ms, at_ms);
    }
}

/* ---- a look at everything ------------------------------------------------------------------------------------- */

static struct alive *alive_with(int pid)
{
    for (size_t i = 0; i < self.alive_n; i++) {
        if (self.alive[i].pid == pid) {
            return &self.alive[i];
        }
    }
    return NULL;
}

static void look_at_process(int pid, double at_ms)
{
    struct alive *alive = alive_with(pid);
    unsigned age;

    if (self.seen[pid] + 1 != self.look) {
        self.first[pid] = self.look;
    }
    self.seen[pid] = self.look;
    age = self.look - self.first[pid];
    if (alive != NULL) {
        alive->seen = self.look;
        look_at_vcpus(alive, at_ms);
    } else if (age < LOOKS_OFTEN || (age < LOOKS_MAX && age % LOOKS_OFTEN == 0)) {
        look_at_newcomer(pid, at_ms);
    }
}

/* A process that is killed shows until it is reaped, without a command line: then it is dead. */
static bool is_dead(const struct alive *alive)
{
    char path[64], text[2];

    snprintf(path, sizeof path, "/proc/%d/cmdline", alive->pid);
    return alive->seen != self.look || read_file(path, text, sizeof text) == 0;
}

static void look(void)
{
    double at_ms = now_ms();
    DIR *dir = opendir("/proc");

    if (dir == NULL) {
        fail("read", "/proc");
    }
    self.look++;
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        int pid = atoi(entry->d_name);

        if (pid > 0 && pid < PIDS_MAX) {
            look_at_process(pid, at_ms);
        }
    }
    closedir(dir);
    for (size_t i = 0; i < self.alive_n;) {
        if (is_dead(&self.alive[i])) {
            ha_watch_died(&self.watch, self.alive[i].index, at_ms);
            self.alive[i] = self.alive[--self.alive_n];
        } else {
            i++;
        }
    }
    self.looked_ms = at_ms;
}

static void reset(void)
{
    struct ha_watch_qemu kept[ALIVE_MAX];

    for (size_t i = 0; i < self.alive_n; i++) {
        kept[i] = self.watch.qemus[self.alive[i].index];
        self.alive[i].index = (int)i;
    }
    memcpy(self.watch.qemus, kept, self.alive_n * sizeof kept[0]);
    self.watch.qemus_n = self.alive_n;
    self.watch.full = false;
}

static void answer(int listener)
{
    char request[REQUEST_SIZE] = "";
    struct timeval patience = {.tv_sec = 1};
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    FILE *to;

    if (fd < 0) {
        return;
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (recv(fd, request, sizeof request - 1, 0) <= 0 || (to = fdopen(fd, "w")) == NULL) {
        close(fd);
        return;
    }
    if (strncmp(request, "json ", 5) == 0) {
        ha_watch_print_json(&self.watch, now_ms(), to);
    } else if (strncmp(request, "reset ", 6) == 0) {
        reset();
    }
    fclose(to);
}

static int listen_on(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)unlink(path);
    if ((size_t)snprintf(address.sun_path, sizeof address.sun_path, "%s", path) >= sizeof address.sun_path || fd < 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 8) < 0) {
        fail("listen on", path);
    }
    return fd;
}

int main(int argc, char **argv)
{
    struct sched_param priority = {.sched_priority = 1};
    struct pollfd end = {.events = POLLIN};

    if (argc != 4 || strcmp(argv[1], "record") != 0) {
        fprintf(stderr, "usage: ha-watch record RUN_DIR SOCKET\n");
        return EXIT_FAILURE;
    }
    self.run_dir = argv[2];
    self.seen = calloc(PIDS_MAX, sizeof *self.seen);
    self.first = calloc(PIDS_MAX, sizeof *self.first);
    if (self.seen == NULL || self.first == NULL) {
        abort();
    }
    end.fd = listen_on(argv[3]);
    (void)sched_setscheduler(0, SCHED_FIFO, &priority); /* a look that comes late is a long window */
    self.looked_ms = now_ms();
    while (access(argv[3], F_OK) == 0) {
        look();
        if (poll(&end, 1, LOOK_EVERY_MS) > 0) {
            answer(end.fd);
        }
    }
    return EXIT_SUCCESS;
}
