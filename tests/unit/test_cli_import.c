/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taking over VirtualDomain resources, on a CIB in a file and with Pacemaker's own tools and scheduler: what is found,
 * what is carried over, and that no step makes anything start, stop or move.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/cli/cli_import_step.h"
#include "agent/cli/cli_error.h"
#include "agent/io/io_cib_xml.h"

#include <libxml/parser.h>
#include <string.h>

#define UUID "11111111-2222-3333-4444-555555555555"

static xmlDoc *load(void)
{
    g_autofree char *path = g_build_filename(HA_SOURCE_DIR, "tests", "unit", "cib", "virtualdomain.xml", NULL);
    xmlDoc *doc = xmlReadFile(path, NULL, XML_PARSE_NONET);
    assert_non_null(doc);
    return doc;
}

/* hactl's view: the domains that its hosts see, none of them managed. */
typedef struct {
    Hactl__View view;
    Hactl__ViewVm vms[3];
    Hactl__ViewVm *pointers[3];
} World;

static void world_init(World *world)
{
    static const char *const names[][2] = {{"db", "node2"}, {"grouped", "node3"}, {"web", "node1"}};
    hactl__view__init(&world->view);
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        Hactl__ViewVm *vm = &world->vms[i];
        hactl__view_vm__init(vm);
        vm->name = (char *)names[i][0];
        vm->node = (char *)names[i][1];
        vm->uuid = (char *)UUID;
        vm->state = HA_VM_RUNNING;
        world->pointers[i] = vm;
    }
    world->view.vms = world->pointers;
    world->view.n_vms = G_N_ELEMENTS(names);
}

static void define(CliImport *import, xmlDoc *cib, const World *world, const char *name)
{
    g_autofree char *text = g_strdup_printf("<domain type='kvm'>\n  <name>%s</name>\n  <memory unit='MiB'>64</memory>\n"
                                            "  <vcpu>1</vcpu>\n  <os><type>hvm</type></os>\n</domain>\n",
        name);
    g_autoptr(GBytes) file = g_bytes_new(text, strlen(text));
    cli_import_define(import, cib, file, &world->view, FALSE, FALSE);
}

static CliImport *find(const GPtrArray *imports, const char *resource)
{
    for (guint i = 0; i < imports->len; i++)
        if (strcmp(((CliImport *)imports->pdata[i])->resource, resource) == 0)
            return imports->pdata[i];
    fail_msg("no %s", resource);
    return NULL;
}

static void assert_problem(const CliImport *import, const char *part)
{
    assert_non_null(import->problem);
    if (!strstr(import->problem, part))
        fail_msg("\"%s\" is not in \"%s\"", part, import->problem);
}

static void every_resource_is_found(void **state)
{
    xmlDoc *cib = load();
    g_autoptr(GPtrArray) imports = cli_import_find(cib, NULL);
    assert_int_equal(imports->len, 4); /* not the Dummy */
    const CliImport *web = find(imports, "web"), *idle = find(imports, "idle");
    assert_string_equal(web->config, "/etc/libvirt/qemu/web.xml");
    assert_string_equal(web->node, "node1");
    assert_true(web->wanted);
    assert_null(web->problem);
    assert_int_equal(web->left->len, 1);
    assert_string_equal(web->left->pdata[0], "meta attribute priority=7");
    assert_null(idle->node);
    assert_false(idle->wanted);
    assert_problem(find(imports, "grouped"), "member of the group pair");
    char *names[] = {(char *)"ip", (char *)"web", NULL};
    g_autoptr(GPtrArray) named = cli_import_find(cib, names);
    assert_int_equal(named->len, 2);
    assert_problem(named->pdata[0], "no ocf:heartbeat:VirtualDomain resource of that name");
    assert_null(((CliImport *)named->pdata[1])->problem);
    xmlFreeDoc(cib);
}

static void a_domain_completes_it(void **state)
{
    World world;
    xmlDoc *cib = load();
    world_init(&world);
    g_autoptr(GPtrArray) imports = cli_import_find(cib, NULL);
    CliImport *db = find(imports, "vm-db");
    define(db, cib, &world, "db");
    assert_null(db->problem);
    assert_string_equal(db->vm, "db");
    g_autofree char *xml = g_strndup(g_bytes_get_data(db->xml, NULL), g_bytes_get_size(db->xml));
    assert_non_null(strstr(xml, "<uuid>" UUID "</uuid>")); /* the running domain's: the file has none */
    assert_int_equal(db->removed->len, 2);
    assert_string_equal(db->removed->pdata[0], "web-then-db");
    assert_non_null(strstr(db->carried->pdata[0], "<resource_ref id=\"web\"/>"));
    assert_non_null(strstr(db->carried->pdata[0], "<resource_ref id=\"db\"/>"));
    assert_non_null(strstr(db->carried->pdata[1], "rsc=\"db\" node=\"node3\""));
    xmlFreeDoc(cib);
}

/* Pacemaker, libvirt, hactl and the file must speak of one and the same domain. */
static void what_does_not_fit_is_a_problem(void **state)
{
    static const struct {
        const char *resource, *name; /* of its file's domain */
        HaVmState state;             /* of db on node2 */
        gboolean managed;
        const char *problem;
    } rows[] = {
        {"vm-db", "db", HA_VM_RUNNING, TRUE, "hactl has a VM named db already"},
        {"vm-db", "db", HA_VM_PAUSED, FALSE, "no hactld has seen a running domain db there"},
        {"vm-db", "other", HA_VM_RUNNING, FALSE, "no hactld has seen a running domain other there"},
        {"vm-db", "9", HA_VM_RUNNING, FALSE, "rename the domain"},
        {"idle", "db", HA_VM_RUNNING, FALSE, "has it stopped, and the domain db runs on node2"},
        {"vm-db", "ip", HA_VM_RUNNING, FALSE, "another resource of that name"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        World world;
        xmlDoc *cib = load();
        world_init(&world);
        world.vms[0].state = rows[i].state;
        world.vms[0].managed = rows[i].managed;
        if (i == 5)
            world.vms[0].name = (char *)"ip";
        g_autoptr(GPtrArray) imports = cli_import_find(cib, NULL);
        CliImport *import = find(imports, rows[i].resource);
        define(import, cib, &world, rows[i].name);
        assert_problem(import, rows[i].problem);
        xmlFreeDoc(cib);
    }
}

/* All that can be: one whose id isn't its domain's name, one whose is, one that is stopped. A constraint names the first
 * two: it has to follow both. */
static GPtrArray *importable(xmlDoc *cib, const World *world)
{
    char *names[] = {(char *)"vm-db", (char *)"web", (char *)"idle", NULL};
    static const char *const domains[] = {"db", "web", "idle"};
    GPtrArray *imports = cli_import_find(cib, names);
    for (guint i = 0; i < imports->len; i++)
        define(imports->pdata[i], cib, world, domains[i]);
    /* a stopped one's file needs a uuid of its own */
    CliImport *idle = imports->pdata[2];
    assert_problem(idle, "no <uuid>");
    g_ptr_array_remove_index(imports, 2);
    return imports;
}

static void no_step_moves_anything(void **state)
{
    World world;
    xmlDoc *cib = load();
    world_init(&world);
    g_autoptr(GPtrArray) imports = importable(cib, &world);
    g_autoptr(GString) told = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    if (!cli_import_rehearse(cib, imports, told, &error))
        fail_msg("%s\n%s", error->message, told->str);
    guint lines = 0;
    for (const char *at = told->str; (at = strchr(at, '\n')); at++)
        lines++;
    assert_int_equal(lines, 2 + 2 * 5);
    assert_non_null(strstr(told->str, "VM web is added, and found running on node1\n"));
    assert_non_null(strstr(told->str, "VM db is added, and found running on node2\n"));
    xmlFreeDoc(cib);
}

/* The rehearsal notices: a neighbour that only a constraint with the VM holds in its place would move without it. */
static void a_step_that_would_move_something_is_refused(void **state)
{
    World world;
    xmlDoc *cib = load();
    world_init(&world);
    g_autoptr(GPtrArray) imports = importable(cib, &world);
    xmlNode *constraints = io_xml_path(xmlDocGetRootElement(cib), "configuration", "constraints", NULL);
    xmlNode *rather = xmlNewChild(constraints, NULL, BAD_CAST "rsc_location", NULL);
    xmlSetProp(rather, BAD_CAST "id", BAD_CAST "ip-rather-node2");
    xmlSetProp(rather, BAD_CAST "rsc", BAD_CAST "ip");
    xmlSetProp(rather, BAD_CAST "node", BAD_CAST "node2");
    xmlSetProp(rather, BAD_CAST "score", BAD_CAST "50");
    g_autoptr(GError) error = NULL;
    assert_false(cli_import_rehearse(cib, imports, NULL, &error));
    assert_int_equal(cli_error_exit(error), CLI_EXIT_REFUSED);
    assert_non_null(strstr(error->message, "would start, stop or move ip"));
    assert_non_null(strstr(error->message, "resource web is removed"));
    xmlFreeDoc(cib);
}

static void steps_that_are_done_are_seen(void **state)
{
    World world;
    xmlDoc *cib = load();
    world_init(&world);
    g_autoptr(GPtrArray) imports = importable(cib, &world);
    const CliImport *web = find(imports, "web");
    for (CliImportStep step = CLI_IMPORT_UNMANAGE; step <= CLI_IMPORT_CONSTRAIN; step++)
        assert_false(cli_import_is_done(step, web, cib));
    xmlNode *resources = io_xml_path(xmlDocGetRootElement(cib), "configuration", "resources", NULL);
    xmlNode *old = io_xml_find(resources, "primitive", "id", "web");
    xmlUnlinkNode(old);
    xmlFreeNode(old);
    assert_true(cli_import_is_done(CLI_IMPORT_REMOVE, web, cib));
    assert_false(cli_import_is_done(CLI_IMPORT_FORGET, web, cib)); /* its history is there */
    assert_false(cli_import_is_done(CLI_IMPORT_ADD, web, cib));
    xmlNode *vm = xmlNewChild(resources, NULL, BAD_CAST "primitive", NULL);
    xmlSetProp(vm, BAD_CAST "id", BAD_CAST "web");
    xmlSetProp(vm, BAD_CAST "template", BAD_CAST "hactl-group-default");
    assert_true(cli_import_is_done(CLI_IMPORT_ADD, web, cib)); /* of the same name, and not the old one */
    assert_true(cli_import_is_done(CLI_IMPORT_REMOVE, web, cib));
    assert_true(cli_import_is_done(CLI_IMPORT_CONSTRAIN, web, cib));
    xmlFreeDoc(cib);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_resource_is_found),
        cmocka_unit_test(a_domain_completes_it),
        cmocka_unit_test(what_does_not_fit_is_a_problem),
        cmocka_unit_test(no_step_moves_anything),
        cmocka_unit_test(a_step_that_would_move_something_is_refused),
        cmocka_unit_test(steps_that_are_done_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
