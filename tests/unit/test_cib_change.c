/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hactl's changes, carried out by Pacemaker's own CIB library on a file, then read back; crm_verify judges every
 * result. */
#include "tests/unit/cib_lab.h"

#define HASH "3333333333333333333333333333333333333333333333333333333333333333"

/* ---- one test a kind ---- */

static void test_pin(void **state)
{
    Lab *lab = *state;
    HaChange *set = ha_change_new(HA_CHANGE_PIN_SET, "vm2", "node2", "live drain since=1700000005 by=root@node1");
    g_autoptr(HaConfig) pinned = apply(lab, set);
    const HaConfigVm *vm2 = ha_config_find_vm(pinned, "vm2");
    assert_string_equal(vm2->pin, "node2");
    assert_int_equal(vm2->pin_reason, HA_REASON_DRAIN);
    assert_true(vm2->live);
    assert_false(vm2->wanted_running); /* what was there is still there */
    /* hactl's note went into the set that another tool made: a second set would hide what that tool writes later. */
    assert_present(lab, "//meta_attributes[@id='vm2-meta_attributes']/nvpair[@id='hactl-move-vm2']");

    g_autoptr(HaConfig) clear = apply(lab, ha_change_new(HA_CHANGE_PIN_CLEAR, "vm2", NULL, NULL));
    assert_null(ha_config_find_vm(clear, "vm2")->pin);
    assert_string_equal(ha_config_find_vm(clear, "vm1")->pin, "node2"); /* the other's stays */
    assert_absent(lab, "//primitive[@id='vm2']//nvpair[starts-with(@id, 'hactl-move')]");
    assert_absent(lab, "//rsc_location[@id='hactl-pin-vm2']");
}

static void test_pin_restart(void **state)
{
    Lab *lab = *state;
    HaChange *set = ha_change_new(HA_CHANGE_PIN_SET, "vm1", "node3", "restart drain since=1700000005 by=root@node1");
    set->mode = HA_MOVE_RESTART;
    g_autoptr(HaConfig) pinned = apply(lab, set);
    const HaConfigVm *vm1 = ha_config_find_vm(pinned, "vm1");
    assert_string_equal(vm1->pin, "node3"); /* moved from node2 */
    assert_int_equal(vm1->pin_mode, HA_MOVE_RESTART);
    assert_false(vm1->live);
    assert_present(
        lab, "//primitive[@id='vm1']//nvpair[@id='hactl-live-vm1' and @name='allow-migrate' and @value='false']");

    /* A live pin over it takes the ban of live migration away, clearing does likewise. */
    g_autoptr(HaConfig) live =
        apply(lab, ha_change_new(HA_CHANGE_PIN_SET, "vm1", "node3", "live drain since=1700000006 by=root@node1"));
    assert_true(ha_config_find_vm(live, "vm1")->live);
    assert_absent(lab, "//*[@id='hactl-restart-vm1']");
    HaChange *again = ha_change_new(HA_CHANGE_PIN_SET, "vm1", "node3", NULL);
    again->mode = HA_MOVE_RESTART;
    ha_config_free(apply(lab, again));
    g_autoptr(HaConfig) clear = apply(lab, ha_change_new(HA_CHANGE_PIN_CLEAR, "vm1", NULL, NULL));
    assert_null(ha_config_find_vm(clear, "vm1")->pin);
    assert_true(ha_config_find_vm(clear, "vm1")->live);
    assert_absent(lab, "//*[@id='hactl-restart-vm1']");
}

/* An administrator's own allow-migrate on the VM does not undo hactl's ban, nor is it lost. */
static void test_pin_restart_outranks(void **state)
{
    Lab *lab = *state;
    xmlDoc *doc = xmlReadDoc(BAD_CAST "<meta_attributes id='hactl-meta-vm1'>"
                                      "<nvpair id='theirs' name='allow-migrate' value='true'/></meta_attributes>",
        NULL, NULL, 0);
    assert_int_equal(lab->cib->cmds->modify(lab->cib, "//meta_attributes[@id='hactl-meta-vm1']",
                         xmlDocGetRootElement(doc), cib_sync_call | cib_xpath),
        pcmk_ok);
    xmlFreeDoc(doc);
    HaChange *set = ha_change_new(HA_CHANGE_PIN_SET, "vm1", "node3", NULL);
    set->mode = HA_MOVE_RESTART;
    g_autoptr(HaConfig) pinned = apply(lab, set);
    assert_false(ha_config_find_vm(pinned, "vm1")->live);
    g_autoptr(HaConfig) clear = apply(lab, ha_change_new(HA_CHANGE_PIN_CLEAR, "vm1", NULL, NULL));
    assert_true(ha_config_find_vm(clear, "vm1")->live);
    assert_present(lab, "//nvpair[@id='theirs']");
}

static void test_home(void **state)
{
    Lab *lab = *state;
    g_autoptr(HaConfig) set = apply(lab, ha_change_new(HA_CHANGE_HOME_SET, "vm1", "node1", NULL));
    assert_string_equal(ha_config_find_vm(set, "vm1")->home, "node1");
    g_autoptr(HaConfig) clear = apply(lab, ha_change_new(HA_CHANGE_HOME_CLEAR, "vm1", NULL, NULL));
    assert_null(ha_config_find_vm(clear, "vm1")->home);
    assert_string_equal(ha_config_find_vm(clear, "vm1")->pin, "node2");
}

static void test_wish(void **state)
{
    Lab *lab = *state;
    g_autoptr(HaConfig) set =
        apply(lab, ha_change_new(HA_CHANGE_WISH_SET, NULL, "node2", "drain since=1700000007 by=root@node2"));
    assert_int_equal(ha_config_find_node(set, "node2")->wish.kind, HA_WISH_DRAIN);
    assert_int_equal(ha_config_find_node(set, "node2")->health, HA_SCORE_REPEL);
    assert_present(lab, "//node[@id='2']/instance_attributes[@id='nodes-2']/nvpair[@id='hactl-drain-node2']");

    /* Coming home, a node must not repel any more. */
    g_autoptr(HaConfig) back =
        apply(lab, ha_change_new(HA_CHANGE_WISH_SET, NULL, "node2", "return since=1700000008 by=root@node2"));
    assert_int_equal(ha_config_find_node(back, "node2")->wish.kind, HA_WISH_RETURN);
    assert_int_equal(ha_config_find_node(back, "node2")->health, 0);
    g_autoptr(HaConfig) clear = apply(lab, ha_change_new(HA_CHANGE_WISH_CLEAR, NULL, "node3", NULL));
    assert_int_equal(ha_config_find_node(clear, "node3")->wish.kind, HA_WISH_NONE);
    assert_int_equal(ha_config_find_node(clear, "node3")->health, 0);
    assert_int_equal(ha_config_find_node(clear, "node2")->wish.kind, HA_WISH_RETURN);
}

static void test_standby(void **state)
{
    Lab *lab = *state;
    g_autoptr(HaConfig) set = apply(lab, ha_change_new(HA_CHANGE_STANDBY_SET, NULL, "node3", NULL));
    assert_true(ha_config_find_node(set, "node3")->standby);
    /* Where pcs looks for it. */
    assert_present(lab, "//instance_attributes[@id='nodes-3']/nvpair[@id='nodes-3-standby' and @value='on']");
    g_autoptr(HaConfig) clear = apply(lab, ha_change_new(HA_CHANGE_STANDBY_CLEAR, NULL, "node3", NULL));
    assert_false(ha_config_find_node(clear, "node3")->standby);
    assert_absent(lab, "//node[@id='3']//nvpair[@name='standby']");
    assert_int_equal(ha_config_find_node(clear, "node3")->wish.kind, HA_WISH_DRAIN);
}

/* The transient standby lies in the status section, whose owner is Pacemaker's attribute manager: a tool removes it, if
 * it is set. */
static void test_standby_transient(void **state)
{
    Lab *lab = *state;
    g_autoptr(GPtrArray) changes = ha_change_list_new();
    g_ptr_array_add(changes, ha_change_new(HA_CHANGE_STANDBY_CLEAR, NULL, "node1", NULL));
    g_ptr_array_add(changes, ha_change_new(HA_CHANGE_STANDBY_CLEAR, NULL, "node2", NULL));
    g_autoptr(IoCibWrite) write = prepare(lab, 4, changes);
    assert_int_equal(write->tools->len, 1);
    g_autofree char *command = g_strjoinv(" ", write->tools->pdata[0]);
    assert_string_equal(command, "attrd_updater --delete --name standby --node node1");
}

static HaChange *add_vm(const char *vm, const char *group, gboolean running)
{
    HaChange *add = ha_change_new(HA_CHANGE_VM_ADD, vm, NULL, HASH);
    add->group = g_strdup(group);
    add->mem_mib = 2048;
    add->vcpus = 4;
    add->running = running;
    return add;
}

static HaChange *add_group(const char *name)
{
    g_autoptr(HaGroup) group = ha_group_new(name);
    return ha_change_group_set(group);
}

static void test_vm_add(void **state)
{
    Lab *lab = *state;
    ha_config_free(apply(lab, add_group("gold")));
    g_autoptr(HaConfig) added = apply(lab, add_vm("vm3", "gold", TRUE));
    const HaConfigVm *vm3 = ha_config_find_vm(added, "vm3");
    assert_non_null(vm3);
    assert_string_equal(vm3->group, "gold");
    assert_string_equal(vm3->definition, HASH);
    assert_int_equal(vm3->mem_mib, 2048);
    assert_int_equal(vm3->vcpus, 4);
    assert_true(vm3->wanted_running);
    assert_true(vm3->live);
    assert_true(vm3->managed);
    assert_present(
        lab, "//template[@id='hactl-group-gold']//op[@name='migrate_to' and @on-fail='block' and @timeout='1800s']");
    assert_present(lab, "//template[@id='hactl-group-gold']//nvpair[@name='resource-stickiness' and @value='1000']");
    /* The second VM of a group leaves its template as it is, whatever became of it. */
    g_autoptr(HaConfig) second = apply(lab, add_vm("vm4", "default", FALSE));
    assert_false(ha_config_find_vm(second, "vm4")->wanted_running);
    assert_int_equal(ha_config_find_vm(second, "vm4")->priority, 5);
    assert_absent(lab, "//template[@id='hactl-group-default']//op[@name='start']");
}

/* VMs and groups whose names could be taken for one another's ids. */
static void test_vm_add_names(void **state)
{
    Lab *lab = *state;
    static const struct {
        const char *vm, *group;
    } table[] = {
        {"a", "a"},
        {"a-a", "a-a"},
        {"a.a", "a.a"},
        {"meta-a", "policy-a"},
        {"role-a", "op-start.a"},
        {"_x.Y-1", "start"},
        {"pin-a", "default"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        ha_config_free(apply(lab, add_group(table[i].group)));
        ha_config_free(apply(lab, add_vm(table[i].vm, table[i].group, TRUE)));
    }
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
        ha_config_free(
            apply(lab, ha_change_new(HA_CHANGE_PIN_SET, table[i].vm, "node2", "live admin since=1 by=root")));
    g_autoptr(HaConfig) config = decode(lab);
    assert_int_equal(config->vms->len, 2 + G_N_ELEMENTS(table));
}

static void test_vm_add_twice(void **state)
{
    Lab *lab = *state;
    xmlNode *cib = query(lab);
    g_autoptr(GPtrArray) changes = ha_change_list_new();
    g_ptr_array_add(changes, add_vm("vm1", "default", TRUE));
    g_autoptr(GError) error = NULL;
    assert_null(io_cib_write_changes(cib, 4, changes, &error));
    assert_true(g_error_matches(error, IO_CIB_CHANGE_ERROR, IO_CIB_CHANGE_IMPOSSIBLE));
    xmlFreeDoc(cib->doc);
}

/* A VM that bears the id of something else altogether: the schema refuses it, and nothing changes. */
static void test_vm_add_id_taken(void **state)
{
    Lab *lab = *state;
    g_autoptr(GPtrArray) changes = ha_change_list_new();
    g_ptr_array_add(changes, add_group("fresh"));
    g_ptr_array_add(changes, add_vm("no-vm-on-node1", "fresh", TRUE));
    g_autoptr(IoCibWrite) write = prepare(lab, 4, changes);
    int rc = carry_out(lab, write);
    assert_int_not_equal(rc, pcmk_ok);
    assert_int_not_equal(rc, -ENXIO);
    assert_absent(lab, "//template[@id='hactl-group-fresh']");
    verify(lab);
}

static void test_vm_remove(void **state)
{
    Lab *lab = *state;
    g_autoptr(GPtrArray) changes = ha_change_list_new();
    g_ptr_array_add(changes, ha_change_new(HA_CHANGE_VM_REMOVE, "vm1", NULL, NULL));
    g_autoptr(IoCibWrite) write = prepare(lab, 4, changes);
    assert_int_equal(write->tools->len, 2); /* vm1's, not vm10's */
    g_autofree char *count = g_strjoinv(" ", write->tools->pdata[0]);
    assert_string_equal(count, "attrd_updater --delete --name fail-count-vm1#start_0 --node node1");
    assert_int_equal(
        carry_out(lab, write), pcmk_ok); /* which proves that the schema is kept; crm_verify would warn of an orphan */
    g_autoptr(HaConfig) config = decode(lab);
    assert_null(ha_config_find_vm(config, "vm1"));
    assert_absent(lab, "//rsc_location[@rsc='vm1']");
    /* An administrator's constraint of another VM stays, and so does hactl's. */
    assert_present(lab, "//rsc_location[@id='hactl-pool-fast-vm2']");
    g_autoptr(GPtrArray) again = ha_change_list_new();
    g_ptr_array_add(again, ha_change_new(HA_CHANGE_VM_REMOVE, "vm10", NULL, NULL)); /* never was */
    g_autoptr(IoCibWrite) nothing = prepare(lab, 4, again);
    assert_int_equal(carry_out(lab, nothing), pcmk_ok);
}

/* An administrator's own constraints and tags are never removed: who named the VM is told, with what removes it. */
static void test_vm_remove_named(void **state)
{
    static const struct {
        const char *section, *xml, *says;
    } rows[] = {
        {"constraints", "<rsc_location id='loc-1' rsc='vm1' node='node1' score='5'/>", "pcs constraint delete loc-1'"},
        {"constraints", "<rsc_colocation id='col-1' rsc='vm2' with-rsc='vm1' score='5'/>", "delete col-1"},
        {"constraints",
            "<rsc_order id='ord-1'><resource_set id='s'><resource_ref id='vm2'/><resource_ref id='vm1'/></resource_set>"
            "</rsc_order>",
            "delete ord-1"},
        {"tags", "<tag id='shop'><obj_ref id='vm1'/></tag>", "pcs tag update shop remove vm1"},
        {"constraints", "<rsc_location id='loc-2' rsc='vm2' node='node1' score='5'/>", NULL},
        {"constraints", "<rsc_location id='hactl-pin-vm1' rsc='vm1' node='node1' score='INFINITY'/>", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text =
            g_strdup_printf("<cib><configuration><crm_config/><resources/><%s>%s</%s></configuration><status/></cib>",
                rows[i].section, rows[i].xml, rows[i].section);
        xmlDoc *doc = xmlReadMemory(text, (int)strlen(text), NULL, NULL, 0);
        g_autoptr(GPtrArray) changes = ha_change_list_new();
        g_ptr_array_add(changes, ha_change_new(HA_CHANGE_VM_REMOVE, "vm1", NULL, NULL));
        g_autoptr(GError) error = NULL;
        g_autoptr(IoCibWrite) write = io_cib_write_changes(xmlDocGetRootElement(doc), 4, changes, &error);
        if (!rows[i].says) {
            assert_non_null(write);
        } else {
            assert_null(write);
            assert_true(g_error_matches(error, IO_CIB_CHANGE_ERROR, IO_CIB_CHANGE_IMPOSSIBLE));
            assert_non_null(strstr(error->message, rows[i].says));
        }
        xmlFreeDoc(doc);
    }
}

static void test_role(void **state)
{
    Lab *lab = *state;
    HaChange *start = ha_change_new(HA_CHANGE_ROLE_SET, "vm2", NULL, NULL);
    start->running = TRUE;
    g_autoptr(HaConfig) started = apply(lab, start);
    assert_true(ha_config_find_vm(started, "vm2")->wanted_running);
    /* The nvpair that was there was changed, none was added beside it. */
    assert_present(lab, "//nvpair[@id='vm2-meta_attributes-target-role' and @value='Started']");
    assert_absent(lab, "//nvpair[@id='hactl-role-vm2']");
    g_autoptr(HaConfig) stopped = apply(lab, ha_change_new(HA_CHANGE_ROLE_SET, "vm1", NULL, NULL));
    assert_false(ha_config_find_vm(stopped, "vm1")->wanted_running);
}

static void test_park(void **state)
{
    Lab *lab = *state;
    g_autoptr(HaConfig) parked = apply(lab, ha_change_new(HA_CHANGE_PARK, "vm1", "node2", NULL));
    assert_false(ha_config_find_vm(parked, "vm1")->wanted_running);
    assert_string_equal(ha_config_find_vm(parked, "vm1")->parked, "node2");
    g_autoptr(HaConfig) back = apply(lab, ha_change_new(HA_CHANGE_UNPARK, "vm1", NULL, NULL));
    assert_true(ha_config_find_vm(back, "vm1")->wanted_running);
    assert_null(ha_config_find_vm(back, "vm1")->parked);
    assert_absent(lab, "//nvpair[@name='hactl-parked']");
    /* An admin's word removes the mark. */
    ha_config_free(apply(lab, ha_change_new(HA_CHANGE_PARK, "vm1", "node2", NULL)));
    g_autoptr(HaConfig) stopped = apply(lab, ha_change_new(HA_CHANGE_ROLE_SET, "vm1", NULL, NULL));
    assert_false(ha_config_find_vm(stopped, "vm1")->wanted_running);
    assert_null(ha_config_find_vm(stopped, "vm1")->parked);
}

static HaChange *setting(HaChangeKind kind, const char *name, const char *value)
{
    HaChange *change = ha_change_new(kind, NULL, NULL, value);
    change->name = g_strdup(name);
    return change;
}

static void test_settings(void **state)
{
    Lab *lab = *state;
    g_autoptr(HaConfig) property = apply(lab, setting(HA_CHANGE_PROPERTY_SET, "batch-limit", "17"));
    assert_string_equal(ha_config_find_setting(property->properties, "batch-limit"), "17");
    g_autoptr(HaConfig) again = apply(lab, setting(HA_CHANGE_PROPERTY_SET, "batch-limit", "18"));
    assert_string_equal(ha_config_find_setting(again->properties, "batch-limit"), "18");
    assert_present(lab, "//crm_config[count(.//nvpair[@name='batch-limit'])=1]");
    g_autoptr(HaConfig) inherited = apply(lab, setting(HA_CHANGE_DEFAULT_SET, "failure-timeout", "7min"));
    assert_string_equal(ha_config_find_setting(inherited->defaults, "failure-timeout"), "7min");
}

static void test_vm_define(void **state)
{
    Lab *lab = *state;
    g_autofree char *hash = g_strnfill(64, '5');
    HaChange *define = ha_change_new(HA_CHANGE_VM_DEFINE, "vm1", NULL, hash);
    define->mem_mib = 4096;
    define->vcpus = 8;
    g_autoptr(HaConfig) config = apply(lab, define);
    const HaConfigVm *vm1 = ha_config_find_vm(config, "vm1");
    assert_string_equal(vm1->definition, hash);
    assert_int_equal(vm1->mem_mib, 4096);
    assert_int_equal(vm1->vcpus, 8);
    assert_string_equal(vm1->pin, "node2"); /* nothing else changed */
    assert_present(lab, "//primitive[@id='vm1'][count(.//nvpair[@name='definition']) = 1]");
    assert_present(lab, "//primitive[@id='vm1'][count(.//nvpair[@name='memory']) = 1]");
}

static void test_many_at_once(void **state)
{
    Lab *lab = *state;
    g_autoptr(GPtrArray) changes = ha_change_list_new();
    g_ptr_array_add(changes, ha_change_new(HA_CHANGE_PIN_CLEAR, "vm1", NULL, NULL));
    g_ptr_array_add(changes, ha_change_new(HA_CHANGE_HOME_CLEAR, "vm1", NULL, NULL));
    g_ptr_array_add(changes, ha_change_new(HA_CHANGE_PIN_SET, "vm2", "node2", "live drain since=5 by=x"));
    g_ptr_array_add(changes, ha_change_new(HA_CHANGE_HOME_SET, "vm2", "node3", NULL));
    g_ptr_array_add(changes, ha_change_new(HA_CHANGE_WISH_SET, NULL, "node2", "drain since=5 by=x"));
    g_ptr_array_add(changes, ha_change_new(HA_CHANGE_STANDBY_SET, NULL, "node3", NULL));
    g_ptr_array_add(changes, add_vm("vm3", "default", TRUE));
    g_ptr_array_add(changes, ha_change_new(HA_CHANGE_HOME_SET, "vm3", "node1", NULL)); /* on a VM that this list adds */
    g_autoptr(IoCibWrite) write = prepare(lab, 4, changes);
    assert_int_equal(write->undisturbed->len, 1);
    assert_string_equal(write->undisturbed->pdata[0], "vm1");
    assert_int_equal(carry_out(lab, write), pcmk_ok);
    verify(lab);
    g_autoptr(HaConfig) config = decode(lab);
    assert_null(ha_config_find_vm(config, "vm1")->pin);
    assert_null(ha_config_find_vm(config, "vm1")->home);
    assert_string_equal(ha_config_find_vm(config, "vm2")->pin, "node2");
    assert_string_equal(ha_config_find_vm(config, "vm2")->home, "node3");
    assert_int_equal(ha_config_find_node(config, "node2")->wish.kind, HA_WISH_DRAIN);
    assert_true(ha_config_find_node(config, "node3")->standby);
    assert_string_equal(ha_config_find_vm(config, "vm3")->home, "node1");
}

static void test_unknown_names(void **state)
{
    Lab *lab = *state;
    xmlNode *cib = query(lab);
    HaChange *const changes[] = {
        ha_change_new(HA_CHANGE_PIN_SET, "ghost", "node1", NULL),
        ha_change_new(HA_CHANGE_HOME_SET, "ghost", "node1", NULL),
        ha_change_new(HA_CHANGE_ROLE_SET, "ghost", NULL, NULL),
        ha_change_new(HA_CHANGE_VM_DEFINE, "ghost", NULL, HASH),
        ha_change_new(HA_CHANGE_WISH_SET, NULL, "ghost", "drain since=1 by=x"),
        ha_change_new(HA_CHANGE_STANDBY_SET, NULL, "ghost", NULL),
    };
    for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autoptr(GPtrArray) list = ha_change_list_new();
        g_autoptr(GError) error = NULL;
        g_ptr_array_add(list, changes[i]);
        assert_null(io_cib_write_changes(cib, 4, list, &error));
        assert_true(g_error_matches(error, IO_CIB_CHANGE_ERROR, IO_CIB_CHANGE_IMPOSSIBLE));
        assert_non_null(strstr(error->message, "ghost"));
    }
    xmlFreeDoc(cib->doc);
}

/* ---- the term ---- */

static void test_term_lost(void **state)
{
    Lab *lab = *state;
    g_autoptr(GPtrArray) changes = ha_change_list_new();
    g_ptr_array_add(changes, ha_change_new(HA_CHANGE_PIN_CLEAR, "vm1", NULL, NULL));
    g_ptr_array_add(changes, ha_change_new(HA_CHANGE_HOME_SET, "vm1", "node1", NULL));
    /* Prepared while term 4 held; then another leader takes term 5. */
    g_autoptr(IoCibWrite) stale = prepare(lab, 4, changes);
    xmlNode *cib = query(lab);
    g_autoptr(IoCibWrite) term = io_cib_write_term(cib, 4, "node2", NULL);
    assert_null(term->remove_path);
    assert_int_equal(carry_out(lab, term), pcmk_ok);
    verify(lab);
    assert_int_equal(carry_out(lab, stale), -ENXIO);
    g_autoptr(HaConfig) config = decode(lab);
    assert_int_equal(config->term, 5);
    assert_string_equal(config->term_owner, "node2");
    assert_string_equal(ha_config_find_vm(config, "vm1")->pin, "node2");  /* nothing was removed */
    assert_string_equal(ha_config_find_vm(config, "vm1")->home, "node3"); /* nothing was set */

    /* A list that only removes is refused likewise. */
    g_autoptr(GPtrArray) removals = ha_change_list_new();
    g_ptr_array_add(removals, ha_change_new(HA_CHANGE_PIN_CLEAR, "vm1", NULL, NULL));
    g_autoptr(IoCibWrite) removal = io_cib_write_changes(cib, 4, removals, NULL);
    assert_int_equal(carry_out(lab, removal), -ENXIO);
    assert_present(lab, "//rsc_location[@id='hactl-pin-vm1']");
    xmlFreeDoc(cib->doc);

    /* Once the cached CIB shows the new term, nothing is even sent. */
    cib = query(lab);
    g_autoptr(GError) error = NULL;
    assert_null(io_cib_write_changes(cib, 4, changes, &error));
    assert_true(g_error_matches(error, IO_CIB_CHANGE_ERROR, IO_CIB_CHANGE_LOST));
    g_autoptr(GError) again = NULL;
    assert_null(io_cib_write_term(cib, 4, "node1", &again));
    assert_true(g_error_matches(again, IO_CIB_CHANGE_ERROR, IO_CIB_CHANGE_LOST));
    xmlFreeDoc(cib->doc);
}

/* A cache that does not show the term just taken yet does not hinder its owner. */
static void test_term_cache_lags(void **state)
{
    Lab *lab = *state;
    xmlNode *before = query(lab);
    g_autoptr(IoCibWrite) term = io_cib_write_term(before, 4, "node1", NULL);
    assert_int_equal(carry_out(lab, term), pcmk_ok);
    g_autoptr(GPtrArray) changes = ha_change_list_new();
    g_ptr_array_add(changes, ha_change_new(HA_CHANGE_HOME_SET, "vm1", "node1", NULL));
    g_autoptr(IoCibWrite) write = io_cib_write_changes(before, 5, changes, NULL);
    assert_int_equal(carry_out(lab, write), pcmk_ok);
    xmlFreeDoc(before->doc);
}

/* Pacemaker begins to migrate vm1, of its own accord, while a pin of it is on its way: nothing is set, nothing removed.
 * Another VM's pin is none of its business. */
static void test_pin_meets_migration(void **state)
{
    Lab *lab = *state;
    static const struct {
        HaChangeKind kind;
        const char *vm;
        int rc;
    } table[] = {
        {HA_CHANGE_PIN_SET, "vm1", -ENXIO},
        {HA_CHANGE_PIN_CLEAR, "vm1", -ENXIO},
        {HA_CHANGE_PIN_SET, "vm2", pcmk_ok},
    };
    IoCibWrite *writes[G_N_ELEMENTS(table)];
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(GPtrArray) changes = ha_change_list_new();
        g_ptr_array_add(
            changes, ha_change_new(table[i].kind, table[i].vm, "node1", "live drain since=1700000005 by=root@node1"));
        writes[i] = prepare(lab, 4, changes);
    }
    xmlDoc *begun = xmlReadDoc(BAD_CAST
        "<lrm_resource id='vm1'><lrm_rsc_op id='vm1_last_0' operation_key='vm1_migrate_to_0' "
        "operation='migrate_to' transition-key='9:9:0:0b1cd80c' transition-magic='-1:193;9:9:0:0b1cd80c' "
        "call-id='-1' rc-code='193' op-status='-1' interval='0' migrate_source='node2' migrate_target='node3'/>"
        "</lrm_resource>",
        NULL, NULL, 0);
    assert_int_equal(lab->cib->cmds->modify(lab->cib, "//node_state[@uname='node2']//lrm_resource[@id='vm1']",
                         xmlDocGetRootElement(begun), cib_sync_call | cib_xpath),
        pcmk_ok);
    xmlFreeDoc(begun);
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        assert_int_equal(carry_out(lab, writes[i]), table[i].rc);
        io_cib_write_free(writes[i]);
    }
    g_autoptr(HaConfig) config = decode(lab);
    assert_string_equal(ha_config_find_vm(config, "vm1")->pin, "node2");
    assert_string_equal(ha_config_find_vm(config, "vm2")->pin, "node1");
}

/* Term 4 is not taken for term 45, nor the other way round. */
static void test_term_prefix(void **state)
{
    Lab *lab = *state;
    xmlNode *cib = query(lab);
    for (guint64 term = 4; term < 45; term++) {
        g_autoptr(IoCibWrite) write = io_cib_write_term(cib, term, "node1", NULL);
        assert_int_equal(carry_out(lab, write), pcmk_ok);
        assert_int_equal(carry_out(lab, write), -ENXIO);
    }
    g_autoptr(GPtrArray) changes = ha_change_list_new();
    g_ptr_array_add(changes, ha_change_new(HA_CHANGE_HOME_SET, "vm1", "node1", NULL));
    g_autoptr(IoCibWrite) stale = io_cib_write_changes(cib, 4, changes, NULL);
    assert_int_equal(carry_out(lab, stale), -ENXIO);
    g_autoptr(IoCibWrite) current = io_cib_write_changes(cib, 45, changes, NULL);
    assert_int_equal(carry_out(lab, current), pcmk_ok);
    xmlFreeDoc(cib->doc);
}

/* A cluster that hactl has never led; two candidates prepare their claim, one gets it. */
static void test_first_term(void **state)
{
    Lab *lab = *state;
    assert_int_equal(lab->cib->cmds->remove(
                         lab->cib, "//cluster_property_set[@id='hactl-options']", NULL, cib_sync_call | cib_xpath),
        pcmk_ok);
    xmlNode *cib = query(lab);
    g_autoptr(IoCibWrite) one = io_cib_write_term(cib, 0, "node1", NULL);
    g_autoptr(IoCibWrite) two = io_cib_write_term(cib, 0, "node2", NULL);
    xmlFreeDoc(cib->doc);
    assert_int_equal(carry_out(lab, two), pcmk_ok);
    assert_int_equal(carry_out(lab, one), -ENXIO);
    verify(lab);
    g_autoptr(HaConfig) config = decode(lab);
    assert_int_equal(config->term, 1);
    assert_string_equal(config->term_owner, "node2");
}

/* The guard of a list that only removes changes nothing by itself: no epoch, no transition aborted for it. */
static void test_guard_is_free(void **state)
{
    Lab *lab = *state;
    g_autoptr(HaConfig) before = decode(lab);
    g_autoptr(HaConfig) after = apply(lab, ha_change_new(HA_CHANGE_PIN_CLEAR, "vm2", NULL, NULL)); /* has none */
    assert_int_equal(after->epoch, before->epoch);
    assert_int_equal(after->num_updates, before->num_updates);
}

/* The preview takes away exactly what the removal takes away. */
static void test_preview(void **state)
{
    Lab *lab = *state;
    g_autoptr(GPtrArray) changes = ha_change_list_new();
    g_ptr_array_add(changes, ha_change_new(HA_CHANGE_PIN_CLEAR, "vm1", NULL, NULL));
    g_autoptr(IoCibWrite) write = prepare(lab, 4, changes);
    xmlNode *cib = query(lab);
    io_cib_write_preview(write, cib->doc);
    g_autoptr(HaConfig) preview = io_cib_decode(cib, NULL);
    assert_null(ha_config_find_vm(preview, "vm1")->pin);
    assert_int_equal(ha_config_find_vm(preview, "vm2")->banned->len, 2);
    io_cib_write_preview(write, cib->doc); /* nothing left to take */
    xmlFreeDoc(cib->doc);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, lab_setup, lab_teardown)

int main(void)
{
#ifndef HA_PCMK3
    crm_xml_init();
#endif
    const struct CMUnitTest tests[] = {
        CASE(test_pin),
        CASE(test_pin_restart),
        CASE(test_pin_restart_outranks),
        CASE(test_home),
        CASE(test_wish),
        CASE(test_standby),
        CASE(test_standby_transient),
        CASE(test_vm_add),
        CASE(test_vm_add_names),
        CASE(test_vm_add_twice),
        CASE(test_vm_add_id_taken),
        CASE(test_vm_remove),
        CASE(test_vm_remove_named),
        CASE(test_role),
        CASE(test_park),
        CASE(test_settings),
        CASE(test_vm_define),
        CASE(test_many_at_once),
        CASE(test_unknown_names),
        CASE(test_term_lost),
        CASE(test_term_cache_lags),
        CASE(test_pin_meets_migration),
        CASE(test_term_prefix),
        CASE(test_first_term),
        CASE(test_guard_is_free),
        CASE(test_preview),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
