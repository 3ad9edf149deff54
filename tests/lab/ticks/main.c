/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha-ticks - the recorder of guests' ticks, and its client.
 *
 *   ha-ticks record ADDRESS SOCKET             receive ticks on ADDRESS, answer on the Unix socket SOCKET
 *   ha-ticks ask SOCKET json|table SINCE_MS    print a report
 *   ha-ticks ask SOCKET reset 0                forget everything
 *   ha-ticks now                               print CLOCK_MONOTONIC in ms
 *
 * Arrival is the kernel's timestamp of the datagram, so that a recorder that has to wait for a CPU invents no
 * interruption.
 */
#include "tests/lab/ticks/ha_tick.h"
#include "tests/lab/ticks/ha_ticks.h"

#include <endian.h>
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define RECEIVE_BUFFER_BYTES (4 * 1024 * 1024)
#define REQUEST_SIZE 64U

static double clock_ms(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void fail(const char *what, const char *on)
{
    fprintf(stderr, "ha-ticks: cannot %s %s: %s\n", what, on, strerror(errno));
    exit(EXIT_FAILURE);
}

static struct sockaddr_un unix_address(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if ((size_t)snprintf(address.sun_path, sizeof address.sun_path, "%s", path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        fail("use", path);
    }
    return address;
}

static int listen_for_ticks(const char *address)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(HA_TICK_PORT)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int on = 1;
    int bytes = RECEIVE_BUFFER_BYTES;

    if (fd < 0 || inet_pton(AF_INET, address, &at.sin_addr) != 1 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) < 0) {
        fail("receive ticks on", address);
    }
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) < 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    }
    return fd;
}

static int listen_for_questions(const char *path)
{
    struct sockaddr_un address = unix_address(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)unlink(path);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 8) < 0) {
        fail("listen on", path);
    }
    return fd;
}

static double arrival_ms(struct msghdr *header)
{
    struct cmsghdr *part = CMSG_FIRSTHDR(header);
    struct timespec stamp;
    double waited_ms;

    if (part == NULL || part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) {
        return clock_ms(CLOCK_MONOTONIC);
    }
    memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
    waited_ms = clock_ms(CLOCK_REALTIME) - ((double)stamp.tv_sec * 1e3 + (double)stamp.tv_nsec / 1e6);
    return clock_ms(CLOCK_MONOTONIC) - (waited_ms > 0 ? waited_ms : 0);
}

static void receive_ticks(int fd, struct ha_ticks *ticks)
{
    static double last_ms;
    char control[CMSG_SPACE(sizeof(struct timespec))];
    struct ha_tick tick;
    struct iovec into = {.iov_base = &tick, .iov_len = sizeof tick};

    for (;;) {
        struct msghdr header = {
            .msg_iov = &into, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
        ssize_t n = recvmsg(fd, &header, MSG_DONTWAIT);
        double at_ms;

        if (n < 0) {
            return;
        }
        at_ms = arrival_ms(&header);
        last_ms = at_ms > last_ms ? at_ms : last_ms;
        if (n == (ssize_t)sizeof tick && be32toh(tick.magic) == HA_TICK_MAGIC) {
            (void)ha_ticks_note(ticks, tick.name, be64toh(tick.boot), be64toh(tick.sequence), last_ms);
        }
    }
}

static void answer(int listener, struct ha_ticks *ticks)
{
    char request[REQUEST_SIZE] = "";
    struct timeval patience = {.tv_sec = 1};
    double now_ms = clock_ms(CLOCK_MONOTONIC);
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    char *since;
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
    since = strchr(request, ' ');
    if (strncmp(request, "json ", 5) == 0) {
        ha_ticks_print_json(ticks, now_ms, strtod(since, NULL), to);
    } else if (strncmp(request, "table ", 6) == 0) {
        ha_ticks_print_table(ticks, now_ms, strtod(since, NULL), to);
    } else if (strncmp(request, "reset ", 6) == 0) {
        ha_ticks_deinit(ticks);
    }
    fclose(to);
}

static _Noreturn void record(const char *address, const char *path)
{
    struct ha_ticks ticks = {0};
    struct pollfd ends[2] = {
        {.fd = listen_for_ticks(address), .events = POLLIN},
        {.fd = listen_for_questions(path), .events = POLLIN},
    };

    for (;;) {
        if (poll(ends, 2, -1) < 0 && errno != EINTR) {
            fail("poll", address);
        }
        receive_ticks(ends[0].fd, &ticks);
        if (ends[1].revents & POLLIN) {
            answer(ends[1].fd, &ticks);
        }
    }
}

static int ask(const char *path, const char *what, const char *since_ms)
{
    struct sockaddr_un address = unix_address(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char part[65536];
    ssize_t n;

    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        fail("ask the recorder at", path);
    }
    if (dprintf(fd, "%s %s", what, since_ms) < 0) {
        fail("ask the recorder at", path);
    }
    while ((n = read(fd, part, sizeof part)) > 0) {
        fwrite(part, 1, (size_t)n, stdout);
    }
    return n < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "record") == 0) {
        record(argv[2], argv[3]);
    }
    if (argc == 5 && strcmp(argv[1], "ask") == 0) {
        return ask(argv[2], argv[3], argv[4]);
    }
    if (argc == 2 && strcmp(argv[1], "now") == 0) {
        printf("%.0f\n", clock_ms(CLOCK_MONOTONIC));
        return EXIT_SUCCESS;
    }
    fprintf(stderr, "usage: ha-ticks record ADDRESS SOCKET | ask SOCKET json|table|reset SINCE_MS | now\n");
    return EXIT_FAILURE;
}
