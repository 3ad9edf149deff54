/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "agent/setup/su_invitation.h"

static char *make(gsize key_len)
{
    g_autoptr(SuCluster) cluster = su_cluster_new("prod", (char *[]){"a=10.0.0.1", "b=10.0.0.2", NULL}, NULL);
    g_autofree char *conf = su_cluster_conf(cluster);
    g_autofree char *key = g_malloc(key_len);
    memset(key, 0x5a, key_len);
    g_autoptr(GBytes) bytes = g_bytes_new(key, key_len);
    SuInvitation invitation = {.conf = conf, .key = bytes, .made_s = 1700000000};
    return su_invitation_format(&invitation);
}

static void test_round_trip(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = make(256);
    g_autoptr(SuInvitation) read = su_invitation_parse(text, strlen(text), &error);
    assert_non_null(read);
    assert_int_equal(read->made_s, 1700000000);
    assert_int_equal(g_bytes_get_size(read->key), 256);
    assert_true(su_cluster_conf_has_node(read->conf, "b"));
}

static void refused(const char *text, gsize len, const char *says)
{
    g_autoptr(GError) error = NULL;
    assert_null(su_invitation_parse(text, len, &error));
    assert_true(g_error_matches(error, SU_ERROR, SU_ERROR_CONTENT));
    if (!strstr(error->message, says))
        fail_msg("'%s' does not say '%s'", error->message, says);
}

static void test_refusals(void **state)
{
    g_autofree char *text = make(256), *small = make(16);
    refused("", 0, "empty");
    refused("root@node1's password:", 22, "another form");
    refused("[hactl invitation]\nconf=YQ==\n", 29, "missing");
    refused(small, strlen(small), "size of a corosync key");
    g_autofree char *half = g_strndup(text, strlen(text) / 2);
    refused(half, strlen(half), "is no invitation");
    char *made = strstr(text, "made=1");
    made[5] = '2';
    refused(text, strlen(text), "damaged or changed");
}

/* Every single byte that is changed is noticed, or does not matter to what is read. */
static void test_no_byte_slips_through(void **state)
{
    g_autofree char *text = make(256);
    g_autoptr(SuInvitation) right = su_invitation_parse(text, strlen(text), NULL);
    for (gsize i = 0; text[i]; i++) {
        char kept = text[i];
        text[i] ^= 1;
        g_autoptr(SuInvitation) read = su_invitation_parse(text, strlen(text), NULL);
        if (read) {
            assert_string_equal(read->conf, right->conf);
            assert_true(g_bytes_equal(read->key, right->key));
        }
        text[i] = kept;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_no_byte_slips_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
