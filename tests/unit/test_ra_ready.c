/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Readiness against libvirt's test driver, whose guests have no agent, and have addresses. */
#include "resource-agents/ra_ready.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void texts(void **state)
{
    static const struct {
        const char *text;
        RaReady ready;
    } table[] = {
        {NULL, {RA_READY_STARTED, 0, 0}},
        {"", {RA_READY_STARTED, 0, 0}},
        {"started", {RA_READY_STARTED, 0, 0}},
        {"started delay=5", {RA_READY_STARTED, 0, 5000}},
        {"agent", {RA_READY_AGENT, 0, 0}},
        {"tcp port=443 delay=2", {RA_READY_TCP, 443, 2000}},
        {"tcp", {RA_READY_STARTED, 0, 0}},
        {"tcp port=70000", {RA_READY_STARTED, 0, 0}},
        {"soon port=x", {RA_READY_STARTED, 0, 0}},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        RaReady ready = ra_ready_parse(table[i].text);
        assert_int_equal(ready.kind, table[i].ready.kind);
        assert_int_equal(ready.port, table[i].ready.port);
        assert_int_equal(ready.delay_ms, table[i].ready.delay_ms);
    }
}

static gint64 wait_ms(const char *vm, const char *ready, gint64 for_ms)
{
    gint64 begun_us = g_get_monotonic_time();
    RaEnv env = {.vm = (char *)vm,
        .libvirt_uri = (char *)"test:///default",
        .ready = (char *)ready,
        .end_us = begun_us + for_ms * 1000};
    ra_ready_wait(&env);
    return (g_get_monotonic_time() - begun_us) / 1000;
}

static void it_waits_as_long_as_it_may(void **state)
{
    assert_in_range(wait_ms("test", "started", 60000), 0, 5000);
    assert_in_range(wait_ms("test", NULL, 60000), 0, 5000);
    assert_in_range(wait_ms("test", "started delay=1", 60000), 1000, 6000);
    assert_in_range(wait_ms("test", "started delay=600", 6000), 900, 5900); /* the operation's time less its reserve */
    assert_in_range(wait_ms("ghost", "tcp port=1", 8000), 1500, 7900);      /* never ready: told, and gone on */
    assert_in_range(wait_ms("ghost", "agent delay=600", 5100), 0, 5000);    /* no time left at all */
}

static void addresses_are_found(void **state)
{
    g_autoptr(MigHost) host = mig_host_open("test:///default", MIG_HOST_OPEN_MS, NULL);
    g_autoptr(GError) none = NULL;
    g_auto(GStrv) addresses = mig_host_addresses(host, "test", MIG_HOST_CALL_MS, NULL);
    assert_null(mig_host_addresses(host, "ghost", MIG_HOST_CALL_MS, &none));
    assert_non_null(none);
    if (addresses) /* a domain without interfaces has none */
        assert_non_null(addresses[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts),
        cmocka_unit_test(it_waits_as_long_as_it_may),
        cmocka_unit_test(addresses_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
