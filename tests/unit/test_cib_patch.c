/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A write as one patchset, carried out by cibadmin on a CIB in a file: it does what the two operations do, at once,
 * and only to the configuration that it was made of.
 */
#include "tests/unit/cib_lab.h"

#include "agent/io/io_cib_patch.h"

#define HASH "3333333333333333333333333333333333333333333333333333333333333333"

static HaChange *join(const char *vm, const char *group)
{
    HaChange *change = ha_change_new(HA_CHANGE_VM_GROUP_SET, vm, NULL, NULL);
    change->group = g_strdup(group);
    return change;
}

static HaChange *policy(const char *name, guint32 tier)
{
    g_autoptr(HaGroup) group = ha_group_new(name);
    group->tier = tier;
    group->affinity = HA_AFFINITY_APART;
    return ha_change_group_set(group);
}

static HaChange *leave(const char *vm)
{
    return ha_change_new(HA_CHANGE_VM_REMOVE, vm, NULL, NULL);
}

static HaChange *add(const char *vm, const char *group)
{
    HaChange *change = ha_change_new(HA_CHANGE_VM_ADD, vm, NULL, HASH);
    change->group = g_strdup(group);
    change->mem_mib = change->vcpus = 1;
    return change;
}

static HaChange *copy(void)
{
    return ha_change_new(HA_CHANGE_POLICY_COPY, NULL, NULL, NULL);
}

/* Groups db and web, with rules, and default; their VMs bear their policies. */
static int groups_setup(void **state)
{
    g_autofree char *source = g_build_filename(HA_SOURCE_DIR, "tests", "unit", "cib", "by_template.xml", NULL);
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(source, &text, NULL, NULL));
    Lab *lab = lab_new(text);
    ha_config_free(apply(lab, copy()));
    ha_config_free(apply(lab, copy()));
    *state = lab;
    return 0;
}

static IoCibWrite *prepare_one(const Lab *lab, HaChange *change)
{
    g_autoptr(GPtrArray) changes = ha_change_list_new();
    g_ptr_array_add(changes, change);
    return prepare(lab, 4, changes);
}

static GBytes *make(const Lab *lab, const IoCibWrite *write)
{
    xmlNode *cib = query(lab);
    GBytes *patch = io_cib_patch_make(write, cib);
    xmlFreeDoc(cib->doc);
    return patch;
}

/* ---- cibadmin ---- */

typedef struct {
    GMainLoop *loop;
    IoCibPatchOutcome outcome;
    char *error;
} Answer;

static void on_done(const IoToolResult *result, gpointer data)
{
    Answer *answer = data;
    answer->outcome = io_cib_patch_judge(result);
    answer->error = g_strdup(result->error);
    g_main_loop_quit(answer->loop);
}

/* The library writes the file when it signs off, and reads it when it signs on. */
static IoCibPatchOutcome send(Lab *lab, GBytes *patch)
{
    Answer answer = {.loop = g_main_loop_new(NULL, FALSE)};
    lab->cib->cmds->signoff(lab->cib);
    cib_delete(lab->cib);
    g_setenv("CIB_file", lab->path, TRUE);
    io_tool_run(io_cib_patch_command, patch, 20000, on_done, &answer);
    g_main_loop_run(answer.loop);
    g_unsetenv("CIB_file");
    g_main_loop_unref(answer.loop);
    lab_open(lab);
    if (answer.outcome == IO_CIB_PATCH_FAILED)
        print_message("%s\n", answer.error);
    g_free(answer.error);
    return answer.outcome;
}

static gint64 epoch(const Lab *lab)
{
    xmlNode *cib = query(lab);
    gint64 number = io_xml_attr_int(cib, "epoch", -1);
    xmlFreeDoc(cib->doc);
    return number;
}

static char *text_of_configuration(const xmlNode *cib)
{
    xmlBuffer *text = xmlBufferCreate();
    xmlNodeDump(text, cib->doc, io_xml_child(cib, "configuration"), 0, 0);
    char *kept = g_strdup((const char *)xmlBufferContent(text));
    xmlBufferFree(text);
    return kept;
}

static char *configuration(const Lab *lab)
{
    xmlNode *cib = query(lab);
    char *text = text_of_configuration(cib);
    xmlFreeDoc(cib->doc);
    return text;
}

/* What the two operations would make of it. */
static char *by_operations(const Lab *lab, const IoCibWrite *write)
{
    xmlNode *cib = query(lab);
    io_cib_write_preview(write, cib->doc);
    char *text = text_of_configuration(cib);
    xmlFreeDoc(cib->doc);
    return text;
}

/* ---- tests ---- */

static void it_does_what_the_two_operations_do(void **state)
{
    Lab *lab = *state;
    HaChange *steps[] = {join("db1", "web"), policy("web", 2), join("db2", "web"), join("web1", "default"),
        policy("default", 1), add("fresh", "web"), join("fresh", "db"), policy("db", 5), leave("web3"),
        join("tuned", "db"), policy("db", 1)};
    guint patches = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(steps); i++) {
        g_autoptr(IoCibWrite) write = prepare_one(lab, steps[i]);
        g_autofree char *wanted = by_operations(lab, write);
        g_autoptr(GBytes) patch = make(lab, write);
        gint64 before = epoch(lab);
        patches += write->at_once;
        assert_int_equal(send(lab, patch), IO_CIB_PATCH_DONE);
        verify(lab);
        g_autofree char *got = configuration(lab);
        assert_string_equal(got, wanted);
        assert_int_equal(epoch(lab), before + 1);
    }
    assert_true(patches >= 4);
}

/* The groups of @vm, by the tags. */
static guint tags_of(const xmlNode *cib, const char *vm)
{
    guint n = 0;
    const xmlNode *tag = io_xml_child(io_xml_path(cib, "configuration", "tags", NULL), "tag");
    for (; tag; tag = io_xml_next(tag, "tag"))
        n += io_xml_find(tag, "obj_ref", "id", vm) != NULL;
    return n;
}

static int carry_out_counting(Lab *lab, const IoCibWrite *write, guint *ret_between)
{
    cib_t *cib = lab->cib;
    int rc = cib->cmds->remove(cib, write->remove_path, NULL, cib_sync_call | cib_xpath | cib_multiple);
    xmlNode *between = query(lab);
    *ret_between = tags_of(between, "db1");
    xmlFreeDoc(between->doc);
    return rc;
}

/* From one group with rules to another. The two operations show it in neither in between; the patchset is one change
 * of the epoch, which each reader sees or does not. */
static void nobody_sees_a_vm_in_neither_group(void **state)
{
    Lab *lab = *state;
    g_autoptr(IoCibWrite) write = prepare_one(lab, join("db1", "web"));
    assert_true(write->at_once);
    g_autoptr(GBytes) patch = make(lab, write);
    gint64 before = epoch(lab);
    assert_int_equal(send(lab, patch), IO_CIB_PATCH_DONE);
    assert_int_equal(epoch(lab), before + 1);
    xmlNode *cib = query(lab);
    assert_int_equal(tags_of(cib, "db1"), 1);
    xmlFreeDoc(cib->doc);
    g_autoptr(HaConfig) after = decode(lab);
    assert_string_equal(ha_config_find_vm(after, "db1")->group, "web");
    guint between = 9;
    g_autoptr(IoCibWrite) back = prepare_one(lab, join("db1", "db"));
    assert_int_equal(carry_out_counting(lab, back, &between), pcmk_ok);
    assert_int_equal(between, 0); /* what this is about */
}

static void a_later_configuration_is_left_alone(void **state)
{
    Lab *lab = *state;
    g_autoptr(IoCibWrite) write = prepare_one(lab, join("db1", "web"));
    g_autoptr(GBytes) patch = make(lab, write);
    ha_config_free(apply(lab, ha_change_new(HA_CHANGE_HOME_SET, "plain", "node1", NULL)));
    g_autofree char *before = configuration(lab);
    assert_int_equal(send(lab, patch), IO_CIB_PATCH_STALE);
    g_autofree char *after = configuration(lab);
    assert_string_equal(after, before);
    g_autoptr(GBytes) anew = make(lab, write);
    assert_int_equal(send(lab, anew), IO_CIB_PATCH_DONE);
    g_autoptr(HaConfig) config = decode(lab);
    assert_string_equal(ha_config_find_vm(config, "plain")->home, "node1");
    assert_string_equal(ha_config_find_vm(config, "db1")->group, "web");
}

/* Results of actions come all the time, and concern nobody. */
static void a_later_status_is_no_matter(void **state)
{
    Lab *lab = *state;
    g_autoptr(IoCibWrite) write = prepare_one(lab, join("db1", "web"));
    g_autoptr(GBytes) patch = make(lab, write);
    gint64 before = epoch(lab);
    xmlDoc *result = xmlReadDoc(BAD_CAST "<node_state id='1' uname='node1' crmd='online'/>", NULL, NULL, 0);
    assert_int_equal(lab->cib->cmds->modify(lab->cib, "status", xmlDocGetRootElement(result), cib_sync_call), pcmk_ok);
    xmlFreeDoc(result);
    assert_int_equal(epoch(lab), before);
    assert_int_equal(send(lab, patch), IO_CIB_PATCH_DONE);
}

static void another_leader_s_term_gives_no_patch(void **state)
{
    Lab *lab = *state;
    g_autoptr(IoCibWrite) write = prepare_one(lab, join("db1", "web"));
    xmlDoc *term = xmlReadDoc(BAD_CAST "<nvpair id='hactl-term' name='hactl-term' value='5:node2'/>", NULL, NULL, 0);
    assert_int_equal(
        lab->cib->cmds->modify(lab->cib, "crm_config", xmlDocGetRootElement(term), cib_sync_call), pcmk_ok);
    xmlFreeDoc(term);
    assert_null(make(lab, write));
    assert_int_equal(carry_out(lab, write), -ENXIO);
}

static void what_changes_nothing_gives_no_patch(void **state)
{
    Lab *lab = *state;
    ha_config_free(apply(lab, policy("web", 2)));
    g_autoptr(IoCibWrite) write = prepare_one(lab, policy("web", 2));
    assert_false(write->at_once);
    assert_null(make(lab, write));
}

/* With a pin there is a condition on what Pacemaker is doing, which a patchset can't bear. */
static void a_pin_is_set_by_operations(void **state)
{
    Lab *lab = *state;
    g_autoptr(GPtrArray) changes = ha_change_list_new();
    g_ptr_array_add(changes, join("db1", "web"));
    g_ptr_array_add(changes, ha_change_new(HA_CHANGE_PIN_CLEAR, "plain", NULL, NULL));
    g_autoptr(IoCibWrite) write = prepare(lab, 4, changes);
    assert_non_null(write->remove_path);
    assert_false(write->at_once);
}

static void the_answers_are_told_apart(void **state)
{
    const struct {
        IoToolResult result;
        IoCibPatchOutcome outcome;
    } table[] = {
        {{.outcome = IO_TOOL_EXITED}, IO_CIB_PATCH_DONE},
        {{.outcome = IO_TOOL_EXITED, .exit_code = CRM_EX_OLD, .error = "old"}, IO_CIB_PATCH_STALE},
        {{.outcome = IO_TOOL_EXITED, .exit_code = CRM_EX_SOFTWARE, .error = "invalid"}, IO_CIB_PATCH_UNFIT},
        {{.outcome = IO_TOOL_EXITED, .exit_code = CRM_EX_CONFIG, .error = "schema"}, IO_CIB_PATCH_FAILED},
        {{.outcome = IO_TOOL_TIMED_OUT, .error = "late"}, IO_CIB_PATCH_FAILED},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
        assert_int_equal(io_cib_patch_judge(&table[i].result), table[i].outcome);
}

static void many_new_elements_are_read_anew(void **state)
{
    xmlNode *patch = xmlNewNode(NULL, BAD_CAST "diff");
    xmlDoc *doc = xmlNewDoc(BAD_CAST "1.0");
    xmlDocSetRootElement(doc, patch);
    for (guint i = 0; i < 1000; i++) /* results of actions, however many */
        xmlSetProp(xmlNewChild(patch, NULL, BAD_CAST "change", NULL), BAD_CAST "operation", BAD_CAST "modify");
    assert_false(io_cib_patch_is_long(patch));
    for (guint i = 0; i < 64; i++)
        xmlSetProp(xmlNewChild(patch, NULL, BAD_CAST "change", NULL), BAD_CAST "operation", BAD_CAST "create");
    assert_false(io_cib_patch_is_long(patch));
    xmlSetProp(xmlNewChild(patch, NULL, BAD_CAST "change", NULL), BAD_CAST "operation", BAD_CAST "create");
    assert_true(io_cib_patch_is_long(patch));
    xmlFreeDoc(doc);
}

#define GROUPED(test) cmocka_unit_test_setup_teardown(test, groups_setup, lab_teardown)

int main(void)
{
#ifndef HA_PCMK3
    crm_xml_init();
#endif
    const struct CMUnitTest tests[] = {
        GROUPED(it_does_what_the_two_operations_do),
        GROUPED(nobody_sees_a_vm_in_neither_group),
        GROUPED(a_later_configuration_is_left_alone),
        GROUPED(a_later_status_is_no_matter),
        GROUPED(another_leader_s_term_gives_no_patch),
        GROUPED(what_changes_nothing_gives_no_patch),
        GROUPED(a_pin_is_set_by_operations),
        cmocka_unit_test(the_answers_are_told_apart),
        cmocka_unit_test(many_new_elements_are_read_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
