/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The doctor's checks: facts of a sound cluster give no finding; each way to spoil them gives the one it should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "agent/check/chk_report.h"
#include "agent/core/model/ha_recommended.h"
#include "agent/core/model/ha_sorted.h"

/* ---- a sound cluster of three ---- */

static void sound_corosync(ChkFacts *f)
{
    static const char *const items[][2] = {
        {"totem.transport", "knet"},
        {"totem.crypto_cipher", "aes256"},
        {"totem.crypto_hash", "sha256"},
        {"totem.token_coefficient", "0"},
        {"runtime.config.totem.token", "1500"},
        {"runtime.config.totem.consensus", "1800"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(items); i++)
        chk_item_put(f->cmap, items[i][0], items[i][1]);
    for (guint i = 0; i < 3; i++) {
        static const char *const keys[] = {"name", "ring0_addr", "ring1_addr", "nodeid"};
        for (guint j = 0; j < G_N_ELEMENTS(keys); j++) {
            g_autofree char *key = g_strdup_printf("nodelist.node.%u.%s", i, keys[j]);
            g_autofree char *value = g_strdup_printf(j == 3 ? "%u" : "node%u", i + 1);
            chk_item_put(f->cmap, key, value);
        }
    }
    chk_probe_put(f->links, "node2, link 0", CHK_GOOD, NULL);
}

static void sound_config(HaConfig *config)
{
    guint n = 0;
    const HaRecommended *table = ha_recommended(&n);
    config->quorate = config->stonith_enabled = config->fencing = TRUE;
    for (guint i = 0; i < n; i++)
        ha_config_add_setting(
            table[i].scope == HA_SCOPE_PROPERTY ? config->properties : config->defaults, table[i].name, table[i].value);
    for (guint i = 1; i <= 3; i++) {
        g_autofree char *node = g_strdup_printf("node%u", i);
        g_autofree char *name = g_strdup_printf("fence-node%u", i);
        HaConfigNode *known = ha_config_node_new(node);
        known->state = HA_NODE_ONLINE;
        g_ptr_array_add(config->nodes, known);
        HaFenceDevice *device = ha_fence_device_new(name);
        device->state = HA_FENCE_STARTED;
        g_ptr_array_add(device->hosts, g_strdup(node));
        g_ptr_array_add(device->banned, g_strdup(node));
        g_ptr_array_add(config->fences, device);
    }
    HaConfigVm *vm = ha_config_vm_new("vm1");
    vm->managed = vm->wanted_running = TRUE;
    g_ptr_array_add(config->vms, vm);
    ha_config_sort(config);
}

static ChkFacts *sound(void)
{
    ChkFacts *f = chk_facts_new("node1");
    f->now_s = 1000000000;
    sound_corosync(f);
    f->config = ha_config_new();
    sound_config(f->config);
    f->ipc_buffer_bytes = HA_RECOMMENDED_IPC_BUFFER_BYTES;
    f->history_known = f->libvirt = f->qemu_conf = f->hactld = TRUE;
    f->lock_manager = g_strdup("lockd");
    for (guint i = 1; i <= 3; i++) {
        g_autofree char *node = g_strdup_printf("node%u", i);
        ChkHost *host = chk_host_put(f, node);
        host->online = host->reports = TRUE;
        host->version = g_strdup("1.0");
        host->ipc_buffer_bytes = f->ipc_buffer_bytes;
        chk_item_put(f->fenced, node, "999999000");
        chk_probe_put(f->fence_targets, node, CHK_GOOD, NULL);
        chk_probe_put(f->peers, node, CHK_GOOD, NULL);
    }
    chk_probe_put(f->fence_devices, "fence-node2", CHK_GOOD, NULL);
    chk_secret_add(f, "/etc/corosync/authkey", TRUE, 0400, 0);
    ChkDefinition *definition = chk_definition_add(f, "vm1");
    definition->cpu = g_strdup("custom");
    return f;
}

/* ---- each way to spoil it ---- */

static void cmap(ChkFacts *f, const char *name, const char *value)
{
    chk_item_put(f->cmap, name, value);
}

static void drop(GPtrArray *items, const char *name)
{
    guint index;
    assert_true(ha_sorted_index(items, name, &index));
    g_ptr_array_remove_index(items, index);
}

static void property(ChkFacts *f, const char *name, const char *value)
{
    guint index;
    if (ha_sorted_index(f->config->properties, name, &index))
        g_ptr_array_remove_index(f->config->properties, index);
    if (value)
        ha_config_add_setting(f->config->properties, name, value);
    ha_sorted_sort(f->config->properties);
}

static HaFenceDevice *device(ChkFacts *f, const char *name)
{
    return ha_sorted_find(f->config->fences, name);
}

static ChkHost *host(ChkFacts *f)
{
    return ha_sorted_find(f->hosts, "node2");
}

static ChkDefinition *definition(ChkFacts *f)
{
    return f->definitions->pdata[0];
}

static void set_text(char **text, const char *value)
{
    g_free(*text);
    *text = g_strdup(value);
}

static void only_two_nodes(ChkFacts *f)
{
    drop(f->cmap, "nodelist.node.2.nodeid");
    drop(f->cmap, "nodelist.node.2.ring0_addr");
    g_ptr_array_remove_index(f->config->nodes, 2);
}

static void fourth_node(ChkFacts *f)
{
    cmap(f, "nodelist.node.3.name", "node4");
    cmap(f, "nodelist.node.3.ring0_addr", "node4");
}

#define SPOIL(name, ...)                                                                                               \
    static void name(ChkFacts *f)                                                                                      \
    {                                                                                                                  \
        __VA_ARGS__;                                                                                                   \
    }

SPOIL(corosync_away, set_text(&f->corosync_error, "corosync-cmapctl failed"))
SPOIL(no_name, drop(f->cmap, "nodelist.node.1.name"); g_ptr_array_remove_index(f->config->nodes, 1))
SPOIL(own_name, set_text(&f->uname, "elsewhere.example"))
SPOIL(not_in_the_list, set_text(&f->uname, "node8"); set_text(&f->node, "node8"))
SPOIL(unlisted, g_ptr_array_add(f->config->nodes, ha_config_node_new("node9")); property(f, "x", "y");
      f->config->fence_watchdog = TRUE; chk_item_put(f->fenced, "node9", "999999000"))
SPOIL(link_down, chk_probe_put(f->links, "node3, link 1", CHK_BAD, NULL))
SPOIL(two_of_three, cmap(f, "quorum.two_node", "1"))
SPOIL(two_no_wait, only_two_nodes(f); cmap(f, "quorum.two_node", "1"); cmap(f, "quorum.wait_for_all", "0"))
SPOIL(two_alone, only_two_nodes(f))
SPOIL(qdevice_slow, cmap(f, "quorum.device.model", "net"); cmap(f, "quorum.device.sync_timeout", "120000"))
SPOIL(qdevice_no_vote, cmap(f, "quorum.device.model", "net"); cmap(f, "quorum.device.votes", "0"))
SPOIL(votes, cmap(f, "quorum.expected_votes", "5"))
SPOIL(in_clear, cmap(f, "totem.crypto_cipher", "none"))
SPOIL(unsigned_talk, drop(f->cmap, "totem.crypto_hash"))
SPOIL(transport, cmap(f, "totem.transport", "udpu"))
SPOIL(token_long, cmap(f, "runtime.config.totem.token", "30000"); cmap(f, "runtime.config.totem.consensus", "36000"))
SPOIL(token_short, cmap(f, "runtime.config.totem.token", "200"); cmap(f, "runtime.config.totem.consensus", "240"))
SPOIL(consensus, cmap(f, "runtime.config.totem.consensus", "9000"))
SPOIL(coefficient, drop(f->cmap, "totem.token_coefficient"))
SPOIL(one_link, drop(f->cmap, "nodelist.node.0.ring1_addr"))
SPOIL(even, fourth_node(f))

SPOIL(pacemaker_away, ha_config_free(f->config); f->config = NULL; set_text(&f->cib_error, "cibadmin failed"))
SPOIL(quorum_ignored, property(f, "no-quorum-policy", "ignore"))
SPOIL(quorum_suicide, property(f, "no-quorum-policy", "suicide"))
SPOIL(placement, property(f, "placement-strategy", "utilization"))
SPOIL(health, property(f, "node-health-strategy", "only-green"))
SPOIL(maintenance, f->config->maintenance = TRUE)
SPOIL(buffer, f->ipc_buffer_bytes = 0;
      for (guint i = 0; i < 3; i++)((ChkHost *)f->hosts->pdata[i])->ipc_buffer_bytes = 0)
SPOIL(buffers_differ, host(f)->ipc_buffer_bytes = 1)
SPOIL(cli_left, chk_item_put(f->constraints, "cli-prefer-vm1", "vm1"))
SPOIL(pin_left, chk_item_put(f->constraints, "hactl-pin-vm1", "vm1"))
SPOIL(pin_of_nobody, chk_item_put(f->constraints, "hactl-pin-gone", "gone"))
SPOIL(foreign, g_ptr_array_add(f->foreign, g_strdup("old")))
SPOIL(unset, property(f, "migration-limit", NULL))
SPOIL(differs, property(f, "migration-limit", "7"))

SPOIL(fencing_off, f->config->stonith_enabled = FALSE)
SPOIL(uncovered, g_ptr_array_remove_index(f->config->fences, 1))
SPOIL(no_target, chk_probe_put(f->fence_targets, "node2", CHK_BAD, NULL))
SPOIL(device_silent, chk_probe_put(f->fence_devices, "fence-node2", CHK_BAD, "timed out"))
SPOIL(device_failed, device(f, "fence-node2")->state = HA_FENCE_FAILED; device(f, "fence-node1")->asks = TRUE)
SPOIL(file_readable, chk_secret_add(f, "/etc/hactl/fence/n2", TRUE, 0644, 0))
SPOIL(file_foreign, chk_secret_add(f, "/etc/hactl/fence/n2", TRUE, 0600, 1000))
SPOIL(file_gone, chk_secret_add(f, "/etc/hactl/fence/n2", FALSE, 0, 0))
SPOIL(password, chk_item_put(f->clear_passwords, "fence-node2 password", "password_script"))
SPOIL(reader, chk_item_put(f->clear_passwords, "fence-node2 password", NULL);
      g_ptr_array_add(f->haclient, g_strdup("eve")))
SPOIL(allowed, f->config->allow_unfenced = TRUE)
SPOIL(never_tested, drop(f->fenced, "node2"))
SPOIL(tested_long_ago, chk_item_put(f->fenced, "node2", "900000000"))

SPOIL(libvirt_away, f->libvirt = FALSE; set_text(&f->libvirt_error, "virsh failed"))
SPOIL(peer, chk_probe_put(f->peers, "node2", CHK_BAD, "refused"))
SPOIL(autostart, g_ptr_array_add(f->autostart, g_strdup("vm1")))
SPOIL(guests, f->libvirt_guests = TRUE)
SPOIL(no_locks, g_clear_pointer(&f->lock_manager, g_free))
SPOIL(nop_locks, set_text(&f->lock_manager, "nop"))
SPOIL(passthrough, set_text(&definition(f)->cpu, "host-passthrough"))
SPOIL(host_model, set_text(&definition(f)->cpu, "host-model"))
SPOIL(local_disk, set_text(&definition(f)->local_disk, "/var/vm1.img"))

SPOIL(hactld_away, f->hactld = FALSE; set_text(&f->hactld_error, "no socket"))
SPOIL(host_silent, host(f)->reports = FALSE)
SPOIL(clock_ahead, host(f)->skew_s = 10)
SPOIL(clock_behind, host(f)->skew_s = -10)
SPOIL(version, set_text(&host(f)->version, "1.1"))
SPOIL(missing, host(f)->missing = 2)

static const struct {
    void (*spoil)(ChkFacts *f);
    const char *id;
    ChkSeverity severity;
} rows[] = {
    {corosync_away, "corosync-away", CHK_ERROR},
    {no_name, "corosync-names", CHK_ERROR},
    {own_name, "corosync-own-name", CHK_WARNING},
    {not_in_the_list, "corosync-own-name", CHK_WARNING},
    {unlisted, "corosync-unlisted", CHK_WARNING},
    {link_down, "corosync-link-down", CHK_ERROR},
    {two_of_three, "corosync-two-node", CHK_ERROR},
    {two_no_wait, "corosync-two-node", CHK_ERROR},
    {two_alone, "corosync-no-two-node", CHK_ERROR},
    {qdevice_slow, "corosync-device", CHK_ERROR},
    {qdevice_no_vote, "corosync-device", CHK_ERROR},
    {votes, "corosync-votes", CHK_WARNING},
    {in_clear, "corosync-clear", CHK_ERROR},
    {unsigned_talk, "corosync-clear", CHK_ERROR},
    {transport, "corosync-transport", CHK_WARNING},
    {token_long, "corosync-token", CHK_WARNING},
    {token_short, "corosync-token", CHK_WARNING},
    {consensus, "corosync-consensus", CHK_WARNING},
    {coefficient, "corosync-coefficient", CHK_NOTE},
    {one_link, "corosync-one-link", CHK_NOTE},
    {even, "corosync-even", CHK_NOTE},
    {pacemaker_away, "pacemaker-away", CHK_ERROR},
    {quorum_ignored, "quorum-policy", CHK_ERROR},
    {quorum_suicide, "quorum-policy", CHK_ERROR},
    {placement, "placement", CHK_ERROR},
    {health, "health-strategy", CHK_ERROR},
    {maintenance, "maintenance", CHK_WARNING},
    {buffer, "ipc-buffer", CHK_WARNING},
    {buffers_differ, "ipc-buffer-differs", CHK_WARNING},
    {cli_left, "constraint-left", CHK_WARNING},
    {pin_left, "pin-left", CHK_WARNING},
    {pin_of_nobody, "pin-left", CHK_WARNING},
    {foreign, "virtualdomain", CHK_WARNING},
    {unset, "setting-unset", CHK_WARNING},
    {differs, "setting-differs", CHK_NOTE},
    {fencing_off, "fence-gap", CHK_ERROR},
    {uncovered, "fence-gap", CHK_ERROR},
    {no_target, "fence-no-device", CHK_ERROR},
    {device_silent, "fence-silent", CHK_ERROR},
    {device_failed, "fence-failed", CHK_ERROR},
    {file_readable, "fence-file", CHK_ERROR},
    {file_foreign, "fence-file", CHK_ERROR},
    {file_gone, "fence-file", CHK_ERROR},
    {password, "fence-password", CHK_NOTE},
    {reader, "fence-reader", CHK_ERROR},
    {allowed, "fence-allowed", CHK_WARNING},
    {never_tested, "fence-tested", CHK_NOTE},
    {tested_long_ago, "fence-tested", CHK_NOTE},
    {libvirt_away, "libvirt-away", CHK_ERROR},
    {peer, "libvirt-peer", CHK_ERROR},
    {autostart, "libvirt-autostart", CHK_ERROR},
    {guests, "libvirt-guests", CHK_ERROR},
    {no_locks, "libvirt-locks", CHK_WARNING},
    {nop_locks, "libvirt-locks", CHK_WARNING},
    {passthrough, "vm-processor", CHK_NOTE},
    {host_model, "vm-processor", CHK_NOTE},
    {local_disk, "vm-local-disk", CHK_WARNING},
    {hactld_away, "hactld-away", CHK_ERROR},
    {host_silent, "hactld-silent", CHK_WARNING},
    {clock_ahead, "clock", CHK_WARNING},
    {clock_behind, "clock", CHK_WARNING},
    {version, "version", CHK_WARNING},
    {missing, "definitions-missing", CHK_WARNING},
};

static const ChkFinding *find(const GPtrArray *findings, const char *id)
{
    for (guint i = 0; i < findings->len; i++) {
        const ChkFinding *finding = findings->pdata[i];
        if (strcmp(finding->id, id) == 0)
            return finding;
    }
    return NULL;
}

static void a_sound_cluster_has_no_findings(void **state)
{
    g_autoptr(ChkFacts) facts = sound();
    g_autoptr(GPtrArray) findings = chk_examine(facts, CHK_ALL);
    for (guint i = 0; i < findings->len; i++)
        print_message("%s: %s\n", ((ChkFinding *)findings->pdata[i])->id, ((ChkFinding *)findings->pdata[i])->detail);
    assert_int_equal(findings->len, 0);
    assert_int_equal(chk_worst(findings), CHK_SEVERITIES);
}

static void each_fault_is_found(void **state)
{
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(ChkFacts) facts = sound();
        rows[i].spoil(facts);
        g_autoptr(GPtrArray) findings = chk_examine(facts, CHK_ALL);
        const ChkFinding *finding = find(findings, rows[i].id);
        if (!finding)
            fail_msg("row %u: %s is not found", i, rows[i].id);
        assert_int_equal(finding->severity, rows[i].severity);
        assert_true(finding->subject && *finding->subject && *finding->detail && *finding->fix);
    }
}

/* A fault is one finding, not ten. */
static void most_faults_are_found_alone(void **state)
{
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(ChkFacts) facts = sound();
        rows[i].spoil(facts);
        g_autoptr(GPtrArray) findings = chk_examine(facts, CHK_ALL);
        gboolean all_nodes = strcmp(rows[i].id, "fence-gap") == 0 || strcmp(rows[i].id, "placement") == 0;
        if (findings->len > (all_nodes ? 3u : 2u))
            fail_msg("row %u: %s comes with %u findings", i, rows[i].id, findings->len);
    }
}

static void every_check_is_tried(void **state)
{
    const ChkCheck *(*const tables[])(guint *) = {
        chk_corosync_checks, chk_pacemaker_checks, chk_fence_checks, chk_libvirt_checks, chk_hactl_checks};
    for (guint t = 0; t < G_N_ELEMENTS(tables); t++) {
        guint n = 0;
        const ChkCheck *checks = tables[t](&n);
        for (guint i = 0; i < n; i++) {
            gboolean tried = FALSE;
            for (guint j = 0; j < G_N_ELEMENTS(rows); j++)
                tried |= strcmp(rows[j].id, checks[i].id) == 0;
            if (!tried)
                fail_msg("no row makes %s fail", checks[i].id);
        }
    }
}

static void errors_come_first_and_areas_are_kept(void **state)
{
    g_autoptr(ChkFacts) facts = sound();
    differs(facts);
    missing(facts);
    device_silent(facts);
    g_autoptr(GPtrArray) all = chk_examine(facts, CHK_ALL);
    assert_int_equal(all->len, 3);
    assert_string_equal(((ChkFinding *)all->pdata[0])->id, "fence-silent");
    assert_string_equal(((ChkFinding *)all->pdata[2])->id, "setting-differs");
    assert_int_equal(chk_worst(all), CHK_ERROR);
    g_autoptr(GPtrArray) hactl = chk_examine(facts, CHK_HACTL);
    assert_int_equal(hactl->len, 1);
    assert_int_equal(chk_worst(hactl), CHK_WARNING);
}

static void nothing_known_is_nothing_found(void **state)
{
    g_autoptr(ChkFacts) facts = chk_facts_new("node1");
    g_autoptr(GPtrArray) findings = chk_examine(facts, CHK_ALL & ~CHK_PACEMAKER);
    assert_int_equal(findings->len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_cluster_has_no_findings),
        cmocka_unit_test(each_fault_is_found),
        cmocka_unit_test(most_faults_are_found_alone),
        cmocka_unit_test(every_check_is_tried),
        cmocka_unit_test(errors_come_first_and_areas_are_kept),
        cmocka_unit_test(nothing_known_is_nothing_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
