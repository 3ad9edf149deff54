/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_reach.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void addresses(void **state G_GNUC_UNUSED)
{
    const struct {
        const char *uri, *host;
        guint16 port;
    } rows[] = {
        {"qemu+tcp://node2/system", "node2", 16509},
        {"qemu+tls://node2/system", "node2", 16514},
        {"qemu://node2/system", "node2", 16514},
        {"qemu+ssh://root@node2/system", "node2", 22},
        {"qemu+tcp://node2:4000/system", "node2", 4000},
        {"qemu+tcp://[fd00::2]/system", "fd00::2", 16509},
        {"qemu:///system", NULL, 0},
        {"test:///default", NULL, 0},
        {"not a uri", NULL, 0},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *host = NULL;
        guint16 port = 0;

        assert_int_equal(ra_reach_address(rows[i].uri, &host, &port), rows[i].host != NULL);
        if (rows[i].host) {
            assert_string_equal(host, rows[i].host);
            assert_int_equal(port, rows[i].port);
        }
    }
}

/* A port that listens, and the same one when it does no longer. */
static void the_kernel_answers(void **state G_GNUC_UNUSED)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_return_code(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_return_code(listen(fd, 1), 0);
    assert_return_code(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    g_autofree char *uri = g_strdup_printf("qemu+tcp://127.0.0.1:%u/system", ntohs(address.sin_port));

    assert_int_equal(ra_reach(uri, 2000), RA_REACH_OPEN);
    close(fd);
    assert_int_equal(ra_reach(uri, 2000), RA_REACH_REFUSED);
    assert_int_equal(ra_reach("test:///default", 1), RA_REACH_OPEN);
    assert_int_equal(ra_reach("qemu+tcp://no.such.name.invalid/system", 100), RA_REACH_NOBODY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(the_kernel_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
