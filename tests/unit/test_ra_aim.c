/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_aim.h"

#include <libxml/parser.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define PIN(vm, node) "<rsc_location id='hactl-pin-" vm "' rsc='" vm "' score='INFINITY' node='" node "'/>"
#define STANDBY(value)                                                                                                 \
    "<instance_attributes id='nodes-2'><nvpair id='s' name='standby' value='" value "'/></instance_attributes>"

static RaAim parse(const char *constraints, const char *node_attributes, const char *transient)
{
    g_autofree char *text = g_strdup_printf("<cib><configuration><nodes><node id='1' uname='node1'>" STANDBY(
                                                "on") "</node><node id='2' uname='node2'>%s</node>"
                                                      "</nodes><constraints>%s</constraints></configuration>"
                                                      "<status><node_state id='2' uname='node2'><transient_attributes "
                                                      "id='2'>%s</transient_attributes></node_state></status></cib>",
        node_attributes, constraints, transient);
    xmlDoc *cib = xmlReadMemory(text, (int)strlen(text), NULL, NULL, 0);
    RaAim aim = {0};

    assert_non_null(cib);
    ra_aim_parse(cib, "vm1", "node2", &aim);
    xmlFreeDoc(cib);
    return aim;
}

static void parsing(void **state)
{
    static const struct {
        const char *constraints, *attributes, *transient, *pin;
        gboolean standby;
    } rows[] = {
        {"", "", "", NULL, FALSE},
        {PIN("vm1", "node2"), "", "", "node2", FALSE},
        {PIN("vm2", "node2"), "", "", NULL, FALSE},
        {"", STANDBY("on"), "", NULL, TRUE},
        {"", STANDBY("true"), "", NULL, TRUE},
        {"", STANDBY("off"), "", NULL, FALSE},
        {"", "", STANDBY("on"), NULL, TRUE},
        {PIN("vm1", "node3"), STANDBY("off"), STANDBY("off"), "node3", FALSE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(RaAim) aim = parse(rows[i].constraints, rows[i].attributes, rows[i].transient);

        if (g_strcmp0(aim.pin, rows[i].pin) != 0 || aim.standby != rows[i].standby)
            fail_msg("row %zu: pin %s, standby %d", i, aim.pin ? aim.pin : "(none)", aim.standby);
    }
}

static void changes(void **state)
{
    static const struct {
        RaAim before, now;
        gboolean changed;
    } rows[] = {
        {{NULL, FALSE}, {NULL, FALSE}, FALSE},
        {{(char *)"node2", FALSE}, {(char *)"node2", FALSE}, FALSE},
        {{(char *)"node2", FALSE}, {NULL, FALSE}, TRUE},
        {{(char *)"node2", FALSE}, {(char *)"node3", FALSE}, TRUE},
        {{(char *)"node3", FALSE}, {NULL, FALSE}, FALSE}, /* it did not aim here in the first place */
        {{NULL, FALSE}, {(char *)"node2", FALSE}, FALSE},
        {{NULL, FALSE}, {NULL, TRUE}, TRUE},
        {{NULL, TRUE}, {NULL, TRUE}, FALSE},
        {{NULL, TRUE}, {NULL, FALSE}, FALSE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        if ((ra_aim_changed(&rows[i].before, &rows[i].now, "node2") != NULL) != rows[i].changed)
            fail_msg("row %zu", i);
    }
}

static void names_with_quotes_are_not_asked_for(void **state)
{
    RaAim aim = {0};

    assert_false(ra_aim_read("vm'1", "node2", 1000, &aim));
    assert_false(ra_aim_read("vm1", "node\"2", 1000, &aim));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parsing),
        cmocka_unit_test(changes),
        cmocka_unit_test(names_with_quotes_are_not_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
