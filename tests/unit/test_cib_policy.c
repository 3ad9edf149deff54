/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Migration policies in the CIB: written by Pacemaker's own library, read back, and told to the groups that name them.
 */
#include "tests/unit/cib_lab.h"

#include "agent/core/model/ha_policy.h"

#define TEXT "bandwidth_mibps=100 downtime_ms=0 downtime_max_ms=0 deadline_s=0 auto_converge=1"
#define OTHER "bandwidth_mibps=50 downtime_ms=0 downtime_max_ms=0 deadline_s=0 auto_converge=1"

static HaChange *property(HaChangeKind kind, const char *name, const char *text)
{
    HaChange *change = ha_change_new(kind, NULL, NULL, text);
    change->name = g_strconcat(HA_POLICY_PROPERTY, name, NULL);
    return change;
}

static HaChange *group(const char *name, const char *migration)
{
    g_autoptr(HaGroup) policy = ha_group_new(name);
    g_free(policy->migration);
    policy->migration = g_strdup(migration);
    return ha_change_group_set(policy);
}

/* All of them, up to a NULL, in one write. */
static void write_all(Lab *lab, ...)
{
    va_list args;
    g_autoptr(GPtrArray) changes = ha_change_list_new();
    va_start(args, lab);
    for (HaChange *change = va_arg(args, HaChange *); change; change = va_arg(args, HaChange *))
        g_ptr_array_add(changes, change);
    va_end(args);
    g_autoptr(IoCibWrite) write = prepare(lab, 4, changes);
    assert_int_equal(carry_out(lab, write), pcmk_ok);
    verify(lab);
}

/* What migrate_to of @group tells the agent. Returns: (transfer full), nullable. */
static char *told(Lab *lab, const char *name)
{
    xmlNode *cib = query(lab);
    g_autofree char *id = g_strconcat("hactl-group-", name, NULL);
    const xmlNode *resources = io_xml_path(cib, "configuration", "resources", NULL);
    const xmlNode *template = io_xml_find(resources, "template", "id", id);
    const xmlNode *op = io_xml_find(io_xml_child(template, "operations"), "op", "name", "migrate_to");
    assert_non_null(op);
    char *text = g_strdup(io_xml_value(op, "meta_attributes", "hactl-migration"));
    xmlFreeDoc(cib->doc);
    return text;
}

static void assert_told(Lab *lab, const char *name, const char *expected)
{
    g_autofree char *text = told(lab, name);
    if (g_strcmp0(text, expected) != 0)
        fail_msg("%s: \"%s\", not \"%s\"", name, text ? text : "nothing", expected ? expected : "nothing");
}

static void the_policy_reaches_its_groups(void **state)
{
    Lab *lab = *state;
    write_all(lab, property(HA_CHANGE_PROPERTY_SET, "slow", TEXT), group("db", "slow"), group("web", "default"), NULL);
    assert_told(lab, "db", TEXT);
    assert_told(lab, "web", NULL);
    /* The policy changes by itself; a group takes another one; one that is new comes to it. */
    write_all(lab, property(HA_CHANGE_PROPERTY_SET, "slow", OTHER), NULL);
    assert_told(lab, "db", OTHER);
    write_all(lab, group("web", "slow"), NULL);
    assert_told(lab, "web", OTHER);
    write_all(lab, property(HA_CHANGE_PROPERTY_SET, "default", TEXT), NULL);
    assert_told(lab, "db", OTHER);
    write_all(lab, group("db", "default"), NULL);
    assert_told(lab, "db", TEXT);
    /* And gone is gone. */
    write_all(
        lab, property(HA_CHANGE_PROPERTY_DROP, "slow", NULL), property(HA_CHANGE_PROPERTY_DROP, "default", NULL), NULL);
    assert_told(lab, "db", NULL);
    assert_told(lab, "web", NULL);
}

static void it_is_read_back(void **state)
{
    Lab *lab = *state;
    write_all(lab, property(HA_CHANGE_PROPERTY_SET, "slow", TEXT), NULL);
    xmlNode *cib = query(lab);
    g_autoptr(HaConfig) config = io_cib_decode(cib, NULL);
    g_autoptr(GPtrArray) policies = ha_policies_read(config);
    assert_int_equal(policies->len, 1);
    const HaPolicy *policy = policies->pdata[0];
    assert_string_equal(policy->name, "slow");
    assert_int_equal(policy->bandwidth_mibps, 100);
    xmlFreeDoc(cib->doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_policy_reaches_its_groups, lab_setup, lab_teardown),
        cmocka_unit_test_setup_teardown(it_is_read_back, lab_setup, lab_teardown),
    };
#ifndef HA_PCMK3
    crm_xml_init();
#endif
    return cmocka_run_group_tests(tests, NULL, NULL);
}
