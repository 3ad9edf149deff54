/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/manifest/mf_read.h"

#include <string.h>

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static MfText *read_text(const char *yaml, char **ret_problems)
{
    g_autoptr(MfProblems) problems = mf_problems_new();
    MfText *text = mf_read(yaml, strlen(yaml), problems);
    *ret_problems = mf_problems_text(problems, "c.yaml");
    return text;
}

static void everything_is_read(void **state)
{
    g_autofree char *problems = NULL;
    g_autoptr(MfText) text = read_text("version: 1\n"
                                       "migration_policies:\n"
                                       "  slow: {bandwidth_mibps: 100, downtime_ms: 500, auto_converge: no}\n"
                                       "groups:\n"
                                       "  db:\n"
                                       "    tier: 1\n"
                                       "    evacuation: never\n"
                                       "    affinity: apart\n"
                                       "    affinity_strength: hard\n"
                                       "    only_on: [node2, 1node]\n"
                                       "    ready: tcp\n"
                                       "    ready_port: 5432\n"
                                       "    migration: slow\n"
                                       "  web: {after: [db], balance: suggest}\n"
                                       "  plain:\n"
                                       "vms:\n"
                                       "  web2: {group: web, sha256: " HASH "}\n"
                                       "  web1:\n"
                                       "    group: web\n"
                                       "    running: yes\n"
                                       "    xml: web1.xml\n"
                                       "  db1:\n"
                                       "    running: no\n"
                                       "    definition: |\n"
                                       "      <domain/>\n",
        &problems);
    assert_string_equal(problems, "");
    assert_non_null(text);

    const HaManifest *manifest = text->manifest;
    assert_int_equal(manifest->policies->len, 1);
    const HaPolicy *slow = manifest->policies->pdata[0];
    assert_int_equal(slow->bandwidth_mibps, 100);
    assert_int_equal(slow->downtime_ms, 500);
    assert_false(slow->auto_converge);

    assert_int_equal(manifest->groups->len, 3);
    const HaGroup *db = manifest->groups->pdata[0], *plain = manifest->groups->pdata[1];
    g_autoptr(HaGroup) defaults = ha_group_new("plain");
    assert_true(ha_group_equal(plain, defaults));
    assert_int_equal(db->tier, 1);
    assert_int_equal(db->evacuation, HA_EVACUATE_NEVER);
    assert_int_equal(db->affinity, HA_AFFINITY_APART);
    assert_int_equal(db->affinity_strength, HA_RULE_HARD);
    assert_string_equal(db->only_on->pdata[0], "1node");
    assert_int_equal(db->ready_port, 5432);
    assert_string_equal(db->migration, "slow");

    assert_int_equal(manifest->vms->len, 3);
    const HaManifestVm *db1 = manifest->vms->pdata[0], *web1 = manifest->vms->pdata[1], *web2 = manifest->vms->pdata[2];
    assert_string_equal(db1->group, "default");
    assert_int_equal(db1->role, HA_ROLE_STOPPED);
    assert_int_equal(web1->role, HA_ROLE_RUNNING);
    assert_string_equal(web2->hash, HASH);
    assert_int_equal(web2->role, HA_ROLE_KEEP);

    assert_int_equal(text->sources->len, 2);
    const MfSource *first = text->sources->pdata[0], *second = text->sources->pdata[1];
    assert_string_equal(first->inline_xml, "<domain/>\n");
    assert_string_equal(second->path, "web1.xml");
    assert_int_equal(mf_text_place(text, "groups.web").line, 14);
    assert_int_equal(mf_text_place(text, "groups.web").column, 3);
    assert_int_equal(mf_text_place(text, "vms.nobody").line, 0);
}

/* Every problem has its line and column, and its remedy. */
static void problems_have_places(void **state)
{
    static const struct {
        const char *yaml, *problems;
    } rows[] = {
        {"", "c.yaml:1:1: empty; a manifest begins with \"version: 1\"\n"},
        {"# nothing\n", "c.yaml:1:1: empty; a manifest begins with \"version: 1\"\n"},
        {"groups: {}\n", "c.yaml:1:1: the manifest has no version; begin it with \"version: 1\"\n"},
        {"~\n", "c.yaml:1:1: the manifest has no version; begin it with \"version: 1\"\n"},
        {"version: 2\n", "c.yaml:1:10: version is \"2\"; write a number from 1 to 1\n"},
        {"- a\n", "c.yaml:1:1: the manifest is a list; write a mapping: KEY: VALUE\n"},
        {"version: 1\ngroup: {}\n", "c.yaml:2:1: the manifest has no key \"group\"; did you mean groups?\n"},
        {"version: 1\nstorage_pools: {}\n", "c.yaml:2:1: the manifest has no key \"storage_pools\"; there are version, "
                                            "migration_policies, groups, vms\n"},
        {"version: 1\ngroups:\n  db:\n    teir: 1\n", "c.yaml:4:5: group db has no key \"teir\"; did you mean tier?\n"},
        {"version: 1\ngroups:\n  db: {tier: high}\n",
            "c.yaml:3:14: group db: tier is \"high\"; write a number from 1 to 5\n"},
        {"version: 1\ngroups:\n  db: {tier: \"1\"}\n",
            "c.yaml:3:14: group db: tier is the text \"1\"; write a number from 1 to 5\n"},
        {"version: 1\ngroups:\n  db: {tier: [1]}\n",
            "c.yaml:3:14: group db: tier is a list; write a number from 1 to 5\n"},
        {"version: 1\ngroups:\n  db: {tier: }\n", "c.yaml:3:14: group db: tier is empty; write a number from 1 to 5\n"},
        {"version: 1\ngroups:\n  db: {balance: sugest}\n",
            "c.yaml:3:17: group db: balance is \"sugest\"; did you mean suggest? It is one of auto, suggest, never\n"},
        {"version: 1\ngroups:\n  db: {balance: sometimes}\n",
            "c.yaml:3:17: group db: balance is \"sometimes\"; write one of auto, suggest, never\n"},
        {"version: 1\ngroups:\n  db: {only_on: node1}\n",
            "c.yaml:3:17: group db: only_on is a value; write a list: [NAME, NAME]\n"},
        {"version: 1\ngroups:\n  db: {only_on: [node1, node1]}\n",
            "c.yaml:3:25: group db: only_on names node1 twice; take one out\n"},
        {"version: 1\ngroups:\n  db: {only_on: [\"a b\"]}\n",
            "c.yaml:3:18: group db: only_on is \"a b\", which is no name; names begin with a letter and have letters, "
            "digits, \"_\", \".\" and \"-\"\n"},
        {"version: 1\ngroups:\n  db: {tier: 1}\n  web: {}\n  db: {tier: 2}\n",
            "c.yaml:5:3: groups has \"db\" twice, first in line 3; take one out\n"},
        {"version: 1\ngroups:\n  db: {ready: tcp}\n",
            "c.yaml:3:3: group db: ready is tcp, without a port; add ready_port\n"},
        {"version: 1\ngroups:\n  db: {ready_port: 80}\n", "c.yaml:3:3: group db: ready_port is given, and ready is "
                                                          "started; write ready: tcp, or take the port out\n"},
        {"version: 1\ngroups:\n  [a]: {}\n", "c.yaml:3:3: groups: a key is a list; write a word\n"},
        {"version: 1\ngroups:\n  a: {after: [c]}\n  b: {after: [a]}\n  c: {after: [b, d]}\n  d: {}\n",
            "c.yaml:3:3: group a would wait for itself: a after c after b after a; take one of them out of its "
            "\"after\"\n"},
        {"version: 1\ngroups:\n  a: {after: [a]}\n",
            "c.yaml:3:3: group a would wait for itself: a after a; take one of them out of its \"after\"\n"},
        {"version: 1\ngroups:\n  a: {only_on: [node1], only_on_strength: hard, prefer: [node1, node2]}\n",
            "c.yaml:3:3: group a: prefer names node2, which the hard rule only_on forbids; take it out of the one or "
            "add "
            "it to the other\n"},
        {"version: 1\nmigration_policies:\n  slow: {downtime_ms: 900, downtime_max_ms: 300}\n",
            "c.yaml:3:3: migration policy slow: downtime_ms 900 is above downtime_max_ms 300; lower the one or raise "
            "the other\n"},
        {"version: 1\nvms:\n  1st: {}\n",
            "c.yaml:3:3: vms: \"1st\" is no name; names begin with a letter and have letters, digits, \"_\", \".\" and "
            "\"-\"\n"},
        {"version: 1\nvms:\n  web1: {running: maybe}\n",
            "c.yaml:3:19: VM web1: running is \"maybe\"; write yes or no\n"},
        {"version: 1\nvms:\n  web1: {xml: a.xml, sha256: " HASH "}\n",
            "c.yaml:3:22: VM web1 has both xml and sha256; a VM has one definition: take one out\n"},
        {"version: 1\nvms:\n  web1: {sha256: 12ab}\n",
            "c.yaml:3:18: VM web1: sha256 is no sha256; it has 64 lower-case hexadecimal digits\n"},
        {"version: 1\nvms: [web1]\n", "c.yaml:2:6: vms is a list; write a mapping: KEY: VALUE\n"},
        {"version: 1\ngroups: {a: &x {tier: 1}, b: *x}\n",
            "c.yaml:2:13: anchors (&) and tags (!) are not read here; write the value itself\n"},
        {"version: 1\ngroups: *x\n", "c.yaml:2:9: aliases (*) are not read here; write the value itself\n"},
        {"version: !!int 1\n", "c.yaml:1:10: anchors (&) and tags (!) are not read here; write the value itself\n"},
        {"version: 1\n---\nversion: 1\n",
            "c.yaml:2:1: a second document; a manifest is one, without a \"---\" in between\n"},
        {"version: 1\ngroups:\n\tdb: {}\n",
            "c.yaml:3:1: not YAML: found character that cannot start any token, while scanning for the next token\n"},
        {"version: [1\n", "c.yaml:2:1: not YAML: did not find expected ',' or ']', while parsing a flow sequence\n"},
        {"version: \"\\0\"\n", "c.yaml:1:10: a NUL in a text; take out the \"\\0\"\n"},
        {"version: 1\nvms:\n  gr\xc3\xbc\x66\xff: {}\n",
            "c.yaml:3:7: not UTF-8: the byte 0xff; save the file as UTF-8\n"},
        {"\xff\xfev\0", "c.yaml:1:1: not UTF-8: the byte 0xff; save the file as UTF-8\n"},
        {"a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {}}}}}}}}}}}}}}}}}\n",
            "c.yaml:1:64: nested too deeply; a manifest needs no more than four levels\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *problems = NULL;
        assert_null(read_text(rows[i].yaml, &problems));
        assert_string_equal(problems, rows[i].problems);
    }
}

static void all_problems_at_once_in_order(void **state)
{
    g_autofree char *problems = NULL;
    assert_null(read_text("version: 1\n"
                          "vms:\n"
                          "  web1: {runing: yes}\n"
                          "groups:\n"
                          "  db: {ready_port: 80, tier: 9}\n",
        &problems));
    assert_string_equal(problems,
        "c.yaml:3:10: VM web1 has no key \"runing\"; did you mean running?\n"
        "c.yaml:5:3: group db: ready_port is given, and ready is started; write ready: tcp, or take the port out\n"
        "c.yaml:5:30: group db: tier is \"9\"; write a number from 1 to 5\n");
}

static void the_number_of_problems_is_capped(void **state)
{
    g_autoptr(GString) yaml = g_string_new("version: 1\nvms:\n");
    for (guint i = 0; i < MF_PROBLEMS_MAX + 7; i++)
        g_string_append_printf(yaml, "  vm%u: {grup: web}\n", i);
    g_autofree char *problems = NULL;
    assert_null(read_text(yaml->str, &problems));
    g_auto(GStrv) lines = g_strsplit(problems, "\n", -1);
    assert_int_equal(g_strv_length(lines), MF_PROBLEMS_MAX + 2);
    assert_string_equal(lines[MF_PROBLEMS_MAX], "c.yaml: and 7 more; mend these first");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_read),
        cmocka_unit_test(problems_have_places),
        cmocka_unit_test(all_problems_at_once_in_order),
        cmocka_unit_test(the_number_of_problems_is_capped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
