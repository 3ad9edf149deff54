/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A manifest against a cluster: vm1 and vm2 run on node1, vm3 is stopped; groups "db" and "idle", policy "slow". */
#include "tests/unit/core_bench.h"

#include <stdint.h>
#include <string.h>

#include "agent/core/ha_apply.h"
#include "agent/core/model/ha_sorted.h"
#include "agent/manifest/mf_read.h"

#define NEW_HASH "1111111111111111111111111111111111111111111111111111111111111111"
#define OTHER_HASH "2222222222222222222222222222222222222222222222222222222222222222"
#define LOST_HASH "3333333333333333333333333333333333333333333333333333333333333333"

static HaNeeds *put_needs(HaView *view, const char *hash, const char *name, const char *uuid)
{
    HaNeeds *needs = ha_needs_new();
    needs->hash = g_strdup(hash);
    needs->name = g_strdup(name);
    needs->uuid = g_strdup(uuid);
    needs->mem_mib = 512;
    needs->vcpus = 2;
    ha_view_put_needs(view, needs);
    return needs;
}

static HaView *cluster(void)
{
    HaView *view = fixture_new(2);
    fixture_add(view, "vm1", "node1", 512)->group = g_strdup("db");
    fixture_add(view, "vm2", "node1", 512);
    fixture_add(view, "vm3", NULL, 512)->wanted_running = FALSE;
    HaGroup *db = ha_group_new("db"), *idle = ha_group_new("idle");
    db->tier = 2;
    g_ptr_array_add(view->config->groups, db);
    g_ptr_array_add(view->config->groups, idle);
    g_ptr_array_add(view->config->groups, ha_group_new("default"));
    ha_config_add_setting(view->config->properties, "hactl-migration-slow",
        "bandwidth_mibps=100 downtime_ms=0 downtime_max_ms=0 deadline_s=0 auto_converge=1");
    ha_config_sort(view->config);
    return view;
}

static HaManifest *manifest(const char *yaml)
{
    g_autoptr(MfProblems) problems = mf_problems_new();
    MfText *text = mf_read(yaml, strlen(yaml), problems);
    g_autofree char *said = mf_problems_text(problems, "test");
    assert_string_equal(said, "");
    HaManifest *taken = g_steal_pointer(&text->manifest);
    text->manifest = ha_manifest_new();
    mf_text_free(text);
    return taken;
}

/* Everything but what is left alone: a line each. */
static char *plan_text(const HaView *view, const char *yaml, HaApplyFlags flags, guint *ret_changes)
{
    g_autoptr(HaManifest) wanted = manifest(yaml);
    g_autoptr(HaApply) apply = ha_apply_plan(view, wanted, flags);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < apply->lines->len; i++) {
        const HaApplyLine *line = apply->lines->pdata[i];
        if (line->kind != HA_APPLY_LEAVE)
            g_string_append_printf(text, "%s %s: %s\n", ha_apply_word(line->kind), line->subject, line->text);
    }
    *ret_changes = apply->changes->len;
    return g_string_free(text, FALSE);
}

static void what_changes(void **state)
{
    static const struct {
        const char *yaml;
        HaApplyFlags flags;
        const char *text;
        guint changes;
    } rows[] = {
        {"version: 1\n", {0}, "", 0},
        {"version: 1\ngroups:\n  db: {tier: 2}\nvms:\n  vm1: {group: db, running: yes}\n  vm3: {running: no}\n", {0},
            "", 0},
        {"version: 1\ngroups:\n  db: {tier: 4, after: [idle]}\n  web: {balance: never}\n", {0},
            "change groups.db: tier 2 to 4, after none to idle\nadd groups.web: balance auto to never\n", 2},
        {"version: 1\nmigration_policies:\n  slow: {bandwidth_mibps: 50}\n  quick: {}\n", {0},
            "add migration_policies.quick: \nchange migration_policies.slow: bandwidth_mibps 100 to 50\n", 2},
        {"version: 1\nvms:\n  vm2: {group: db}\n  vm3: {running: yes}\n", {0},
            "change vms.vm2: group default to db\nchange vms.vm3: is started\n", 2},
        {"version: 1\nvms:\n  new: {group: db, sha256: " NEW_HASH "}\n", {0}, "add vms.new: to group db, is started\n",
            1},
        {"version: 1\nvms:\n  new: {running: no, sha256: " NEW_HASH "}\n", {0},
            "add vms.new: to group default, stays stopped\n", 1},
        {"version: 1\nvms:\n  vm2: {running: no}\n", {.stop = TRUE}, "change vms.vm2: is shut down\n", 1},
        {"version: 1\nvms:\n  vm2: {sha256: " OTHER_HASH "}\n", {0},
            "change vms.vm2: new definition at its next start (vcpu 1 to 2)\n", 1},
        /* vm3 is stopped, and goes; vm1 and vm2 run, and stay; db has a VM, and stays; the default group stays. */
        {"version: 1\n", {.prune = TRUE},
            "remove vms.vm3: not in the manifest\nremove groups.idle: not in the manifest\n"
            "remove migration_policies.slow: not in the manifest\n",
            3},
        /* vm1 leaves db with this very change: db goes the next time. */
        {"version: 1\nvms: {vm1: {}, vm2: {}, vm3: {}}\n", {.prune = TRUE},
            "change vms.vm1: group db to default\nremove groups.idle: not in the manifest\n"
            "remove migration_policies.slow: not in the manifest\n",
            3},
        {"version: 1\nvms: {vm3: {group: idle}}\ngroups: {idle: {migration: slow}}\n", {.prune = TRUE},
            "change groups.idle: migration default to slow\nchange vms.vm3: group default to idle\n", 2},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        HaView *view = cluster();
        guint changes = 0;
        put_needs(view, NEW_HASH, "new", NULL);
        put_needs(view, OTHER_HASH, "vm2", NULL);
        g_autofree char *text = plan_text(view, rows[i].yaml, rows[i].flags, &changes);
        assert_string_equal(text, rows[i].text);
        assert_int_equal(changes, rows[i].changes);
        ha_view_free(view);
    }
}

static void what_is_refused(void **state)
{
    static const struct {
        const char *yaml, *part;
    } rows[] = {
        {"version: 1\nvms:\n  vm2: {group: nowhere}\n",
            "refuse vms.vm2: is to be in the group nowhere, which does not"},
        {"version: 1\ngroups:\n  db: {migration: quick}\n",
            "refuse groups.db: names the migration policy quick, which"},
        {"version: 1\nvms:\n  vm2: {running: no}\n",
            "refuse vms.vm2: runs, and is to be stopped; permit it with --stop"},
        {"version: 1\ngroups:\n  db: {only_on: [node9]}\n", "refuse groups: "},
        {"version: 1\ngroups:\n  db: {after: [nowhere]}\n", "refuse groups: "},
        {"version: 1\ngroups:\n  db: {only_on: [node2], only_on_strength: hard}\n", "refuse groups.db: "},
        {"version: 1\ngroups:\n  db: {affinity: apart, affinity_strength: hard}\nvms:\n  vm2: {group: db}\n",
            "refuse groups.db: "},
        {"version: 1\nvms:\n  new: {}\n", "refuse vms.new: is new and has no definition; "},
        {"version: 1\nvms:\n  new: {sha256: " LOST_HASH "}\n",
            "refuse vms.new: has the definition 333333333333..., which this host does not have; "},
        {"version: 1\nvms:\n  new: {sha256: " NEW_HASH "}\n  vm2: {sha256: " NEW_HASH "}\n",
            "refuse vms.vm2: has the definition of the domain new; "},
        {"version: 1\nvms:\n  local: {sha256: " OTHER_HASH "}\n",
            "refuse vms.local: has a disk that only one host can reach: /a.img; "},
        {"version: 1\nvms:\n  twin: {sha256: 4444444444444444444444444444444444444444444444444444444444444444}\n",
            "refuse vms.twin: has the same uuid as vm1, u1; give it one of its own"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        HaView *view = cluster();
        guint changes = 0;
        fixture_needs(view, "vm1")->uuid = g_strdup("u1");
        put_needs(view, NEW_HASH, "new", "u2");
        put_needs(view, OTHER_HASH, "local", "u3")->local_disk = g_strdup("/a.img");
        put_needs(view, "4444444444444444444444444444444444444444444444444444444444444444", "twin", "u1");
        g_autofree char *text = plan_text(view, rows[i].yaml, (HaApplyFlags){0}, &changes);
        if (!strstr(text, rows[i].part))
            fail_msg("\"%s\" is not in \"%s\"", rows[i].part, text);
        assert_int_equal(changes, 0); /* all or nothing */
        ha_view_free(view);
    }
}

static void nothing_while_a_vm_moves(void **state)
{
    HaView *view = cluster();
    guint changes = 0;
    fixture_vm(view, "vm1")->pin = g_strdup("node2");
    g_autofree char *same = plan_text(view, "version: 1\n", (HaApplyFlags){0}, &changes);
    assert_string_equal(same, "");
    g_autofree char *text = plan_text(view, "version: 1\nvms: {vm3: {running: yes}}\n", (HaApplyFlags){0}, &changes);
    assert_non_null(strstr(text, "refuse vms.vm1: is being moved (pinned); wait until"));
    assert_int_equal(changes, 0);
    ha_view_free(view);
}

static void what_is_left_alone_is_named(void **state)
{
    HaView *view = cluster();
    g_autoptr(HaManifest) wanted = manifest("version: 1\nvms: {vm1: {group: db}}\n");
    g_autoptr(HaApply) apply = ha_apply_plan(view, wanted, (HaApplyFlags){0});
    static const char *const subjects[] = {
        "vms.vm2", "vms.vm3", "groups.db", "groups.default", "groups.idle", "migration_policies.slow"};
    assert_int_equal(apply->lines->len, G_N_ELEMENTS(subjects));
    for (gsize i = 0; i < G_N_ELEMENTS(subjects); i++) {
        const HaApplyLine *line = apply->lines->pdata[i];
        assert_int_equal(line->kind, HA_APPLY_LEAVE);
        assert_string_equal(line->subject, subjects[i]);
    }
    ha_view_free(view);
}

static void an_export_changes_nothing(void **state)
{
    HaView *view = cluster();
    g_autoptr(HaManifest) exported = ha_apply_export(view->config);
    assert_int_equal(exported->vms->len, 3);
    assert_int_equal(exported->policies->len, 1);
    g_autoptr(HaApply) apply = ha_apply_plan(view, exported, (HaApplyFlags){.prune = TRUE, .stop = TRUE});
    assert_int_equal(apply->lines->len, 0);
    assert_int_equal(apply->changes->len, 0);
    ha_view_free(view);
}

/* Groups before the VMs that name them; what goes comes last. */
static void changes_are_in_their_order(void **state)
{
    HaView *view = cluster();
    g_autoptr(HaManifest) wanted = manifest("version: 1\n"
                                            "vms: {vm2: {group: web}}\n"
                                            "groups: {web: {migration: night}}\n"
                                            "migration_policies: {night: {deadline_s: 60}}\n");
    g_autoptr(HaApply) apply = ha_apply_plan(view, wanted, (HaApplyFlags){.prune = TRUE});
    static const HaChangeKind kinds[] = {HA_CHANGE_PROPERTY_SET, HA_CHANGE_GROUP_SET, HA_CHANGE_VM_GROUP_SET,
        HA_CHANGE_VM_REMOVE, HA_CHANGE_GROUP_DELETE, HA_CHANGE_PROPERTY_DROP};
    assert_int_equal(apply->changes->len, G_N_ELEMENTS(kinds));
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        assert_int_equal(((const HaChange *)apply->changes->pdata[i])->kind, kinds[i]);
    ha_view_free(view);
}

/* ---- the request ---- */

static void ask_apply(Bench *bench, const char *yaml)
{
    HaRequest *request = ha_request_new(HA_REQUEST_APPLY, 7);
    request->by = g_strdup("root@node1");
    request->manifest = manifest(yaml);
    step(bench, (HaEvent){.kind = HA_EVENT_REQUEST, .request = request});
}

static void the_leader_writes_once_and_asks_the_scheduler_first(void **state)
{
    Bench bench = bench_leading();
    ask_apply(&bench, "version: 1\ngroups: {db: {tier: 1}}\nvms: {vm1: {group: db}, vm2: {group: db}}\n");
    const HaEffect *change = effect(&bench, HA_EFFECT_CHANGE);
    assert_non_null(change);
    assert_int_equal(change->changes->len, 3);
    assert_true(change->check_pins);
    guint64 id = change->id;
    give_config(&bench);
    give_done(&bench, id, HA_DONE_OK);
    const HaEffect *answer = effect(&bench, HA_EFFECT_ANSWER);
    assert_int_equal(answer->answer, HA_ANSWER_OK);
    assert_int_equal(notes_of(&bench, HA_NOTE_APPLIED), 1);
    bench_free(&bench);
}

static void what_is_so_already_writes_nothing(void **state)
{
    Bench bench = bench_leading();
    ask_apply(&bench, "version: 1\nvms: {vm1: {running: yes}}\n");
    assert_null(effect(&bench, HA_EFFECT_CHANGE));
    assert_int_equal(effect(&bench, HA_EFFECT_ANSWER)->answer, HA_ANSWER_OK);
    bench_free(&bench);
}

static void a_refusal_writes_nothing_and_says_why(void **state)
{
    Bench bench = bench_leading();
    ask_apply(&bench, "version: 1\ngroups: {db: {}}\nvms: {vm1: {running: no}}\n");
    assert_null(effect(&bench, HA_EFFECT_CHANGE));
    assert_int_equal(effect(&bench, HA_EFFECT_ANSWER)->answer, HA_ANSWER_REFUSED);
    assert_non_null(strstr(effect(&bench, HA_EFFECT_ANSWER)->text, "vms.vm1: runs, and is to be stopped"));
    bench_free(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_changes),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(nothing_while_a_vm_moves),
        cmocka_unit_test(what_is_left_alone_is_named),
        cmocka_unit_test(an_export_changes_nothing),
        cmocka_unit_test(changes_are_in_their_order),
        cmocka_unit_test(the_leader_writes_once_and_asks_the_scheduler_first),
        cmocka_unit_test(what_is_so_already_writes_nothing),
        cmocka_unit_test(a_refusal_writes_nothing_and_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
