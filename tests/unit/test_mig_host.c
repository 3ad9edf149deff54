/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Against libvirt's built-in test driver, and against a listener that never answers. */
#include "agent/migrate/mig_error.h"
#include "agent/migrate/mig_host.h"

#include <libvirt/libvirt.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void looks(void **state)
{
    g_autoptr(MigHost) host = mig_host_open("test:///default", MIG_HOST_OPEN_MS, NULL);
    MigLook look = {0};

    assert_non_null(host);
    assert_true(mig_host_look(host, "test", &look, MIG_HOST_CALL_MS, NULL));
    assert_true(look.present);
    assert_int_equal(look.state, VIR_DOMAIN_RUNNING);
    assert_int_equal(look.job, MIG_JOB_NONE);
    assert_true(mig_host_look(host, "no such", &look, MIG_HOST_CALL_MS, NULL));
    assert_false(look.present);
}

static void names_those_that_are_off_too(void **state)
{
    g_autoptr(MigHost) host = mig_host_open("test:///default", MIG_HOST_OPEN_MS, NULL);

    assert_true(mig_host_destroy(host, "test", MIG_HOST_CALL_MS, NULL)); /* persistent: it stays defined */
    g_autoptr(GPtrArray) names = mig_host_names(host, MIG_HOST_CALL_MS, NULL);
    g_autoptr(GPtrArray) active = mig_host_domains(host, MIG_HOST_CALL_MS, NULL);
    assert_int_equal(active->len, 0);
    assert_int_equal(names->len, 1);
    assert_string_equal(names->pdata[0], "test");
}

static void a_life(void **state)
{
    g_autoptr(MigHost) host = mig_host_open("test:///default", MIG_HOST_OPEN_MS, NULL);
    g_autoptr(GError) error = NULL;
    MigLook look = {0};

    assert_false(mig_host_create(host, "<domain type='test'/>", MIG_HOST_CALL_MS, &error));
    g_clear_error(&error);
    assert_true(mig_host_create(host,
        "<domain type='test'><name>odd &amp; 'name'</name><memory>1024</memory><os><type>hvm</type></os></domain>",
        MIG_HOST_CALL_MS, NULL));
    assert_true(mig_host_look(host, "odd & 'name'", &look, MIG_HOST_CALL_MS, NULL));
    assert_true(look.present && !look.persistent);
    assert_true(mig_host_destroy(host, "odd & 'name'", MIG_HOST_CALL_MS, NULL));
    assert_false(mig_host_destroy(host, "odd & 'name'", MIG_HOST_CALL_MS, &error));
    assert_true(g_error_matches(error, MIG_ERROR, MIG_ERROR_ABSENT));
}

static void no_libvirt(void **state)
{
    g_autoptr(GError) error = NULL;

    assert_null(mig_host_open("qemu+unix:///system?socket=/nowhere", MIG_HOST_OPEN_MS, &error));
    assert_true(g_error_matches(error, MIG_ERROR, MIG_ERROR_UNREACHABLE));
}

static int listen_somewhere(guint16 *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_return_code(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_return_code(listen(fd, 5), 0);
    assert_return_code(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static void a_silent_libvirt_is_given_up(void **state)
{
    g_autoptr(GError) error = NULL;
    guint16 port = 0;
    int fd = listen_somewhere(&port);
    g_autofree char *uri = g_strdup_printf("test+tcp://127.0.0.1:%u/default", port);
    gint64 began_us = g_get_monotonic_time();

    assert_null(mig_host_open(uri, 300, &error));
    assert_true(g_error_matches(error, MIG_ERROR, MIG_ERROR_TIMEOUT));
    assert_in_range(g_get_monotonic_time() - began_us, 290000, 3000000);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looks),
        cmocka_unit_test(names_those_that_are_off_too),
        cmocka_unit_test(a_life),
        cmocka_unit_test(no_libvirt),
        cmocka_unit_test(a_silent_libvirt_is_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
