/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "agent/setup/su_cluster.h"

#define N(...) ((char *[]){__VA_ARGS__, NULL})

/* The example that Debian ships. */
static const char example[] =
    "totem {\n\tversion: 2\n\tcluster_name: debian\n\tcrypto_cipher: none\n}\n"
    "nodelist {\n\t# Change/uncomment/add node sections\n\tnode {\n\t\tname: node1\n\t\tnodeid: 1\n"
    "\t\tring0_addr: 127.0.0.1\n\t}\n}\n";

static void test_conf(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SuCluster) cluster =
        su_cluster_new("prod", N("node1=10.0.0.1", "node2=10.0.0.2", "node3=10.0.0.3"), &error);
    assert_non_null(cluster);
    g_autofree char *conf = su_cluster_conf(cluster);
    assert_non_null(strstr(conf, "    cluster_name: prod\n"));
    assert_non_null(strstr(conf, "        ring0_addr: 10.0.0.3\n        name: node3\n        nodeid: 3\n"));
    assert_non_null(strstr(conf, "crypto_cipher: aes256"));
    assert_null(strstr(conf, "two_node"));
    /* Each brace of corosync.conf ends its line. */
    for (const char *brace = conf; (brace = strpbrk(brace, "{}")) != NULL; brace++)
        assert_int_equal(brace[1], '\n');
    assert_true(su_cluster_conf_has_node(conf, "node2"));
    assert_false(su_cluster_conf_has_node(conf, "node4"));
}

static void test_two_nodes_two_links(void **state)
{
    g_autoptr(SuCluster) cluster = su_cluster_new("c", N("a=10.0.0.1,10.1.0.1", "b=10.0.0.2,10.1.0.2"), NULL);
    g_autofree char *conf = su_cluster_conf(cluster);
    assert_non_null(strstr(conf, "two_node: 1"));
    assert_non_null(strstr(conf, "ring1_addr: 10.1.0.2"));
}

static void test_names_stand_for_addresses(void **state)
{
    g_autoptr(SuCluster) cluster = su_cluster_new("c", N("alpha", "beta"), NULL);
    assert_non_null(cluster);
    assert_string_equal(su_cluster_find(cluster, "beta")->addresses->pdata[0], "beta");
    assert_null(su_cluster_find(cluster, "gamma"));
}

static void test_refusals(void **state)
{
    static const struct {
        const char *name;
        char *nodes[4];
        const char *says;
    } cases[] = {
        {"c", {"node1=10.0.0.1"}, "2 to 32 nodes, not 1"},
        {"c", {NULL}, "not 0"},
        {"c", {"a=10.0.0.1", "a=10.0.0.2"}, "named twice"},
        {"c", {"a=10.0.0.1", "b=10.0.0.1"}, "same address 10.0.0.1"},
        {"c", {"a=10.0.0.1,10.1.0.1", "b=10.0.0.2"}, "each link"},
        {"c", {"a=127.0.0.1", "b=10.0.0.2"}, "no address that other hosts can reach"},
        {"c", {"a=", "b=10.0.0.2"}, "1 to 8 addresses"},
        {"c", {"a=10.0.0.1,", "b=10.0.0.2"}, "no address"},
        {"c", {"a=10.0.0.1\n}", "b=10.0.0.2"}, "no address"},
        {"c", {"-a=10.0.0.1", "b=10.0.0.2"}, "can't be a node's name"},
        {"a b", {"a=10.0.0.1", "b=10.0.0.2"}, "can't be a cluster's name"},
        {"", {"a=10.0.0.1", "b=10.0.0.2"}, "can't be a cluster's name"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(su_cluster_new(cases[i].name, cases[i].nodes, &error));
        assert_true(g_error_matches(error, SU_ERROR, SU_ERROR_CONTENT));
        if (!strstr(error->message, cases[i].says))
            fail_msg("case %u: '%s' does not say '%s'", i, error->message, cases[i].says);
    }
}

static void test_judge(void **state)
{
    g_autoptr(SuCluster) cluster = su_cluster_new("prod", N("a=10.0.0.1", "b=10.0.0.2"), NULL);
    g_autofree char *conf = su_cluster_conf(cluster), *name = NULL;
    assert_int_equal(su_cluster_judge_conf(NULL, conf, NULL), SU_CONF_NONE);
    assert_int_equal(su_cluster_judge_conf(example, conf, NULL), SU_CONF_NONE);
    assert_int_equal(su_cluster_judge_conf(conf, conf, NULL), SU_CONF_SAME);
    assert_int_equal(su_cluster_judge_conf(conf, example, &name), SU_CONF_OTHER);
    assert_string_equal(name, "prod");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conf),
        cmocka_unit_test(test_two_nodes_two_links),
        cmocka_unit_test(test_names_stand_for_addresses),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_judge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
