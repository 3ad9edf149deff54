/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_import.h"

#include "agent/io/io_cib_history.h"
#include "agent/io/io_cib_xml.h"
#include "agent/io/io_definition.h"
#include "agent/io/io_definition_device.h"
#include "agent/io/io_mount.h"

#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)

void cli_import_free(CliImport *import)
{
    if (!import)
        return;
    g_free(import->resource);
    g_free(import->config);
    g_free(import->node);
    g_free(import->vm);
    g_clear_pointer(&import->xml, g_bytes_unref);
    g_ptr_array_unref(import->removed);
    g_ptr_array_unref(import->carried);
    g_ptr_array_unref(import->left);
    xmlFreeDoc(import->before);
    g_free(import->problem);
    g_free(import);
}

static CliImport *import_new(const char *resource)
{
    CliImport *import = g_new0(CliImport, 1);
    import->resource = g_strdup(resource);
    import->removed = g_ptr_array_new_with_free_func(g_free);
    import->carried = g_ptr_array_new_with_free_func(g_free);
    import->left = g_ptr_array_new_with_free_func(g_free);
    return import;
}

static void set_problem(CliImport *import, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void set_problem(CliImport *import, const char *format, ...)
{
    va_list args;
    if (import->problem)
        return;
    va_start(args, format);
    import->problem = g_strdup_vprintf(format, args);
    va_end(args);
}

/* ---- the resource ---- */

static const xmlNode *section(xmlDoc *cib, const char *tag)
{
    return io_xml_path(xmlDocGetRootElement(cib), "configuration", tag, NULL);
}

static const xmlNode *template_of(xmlDoc *cib, const xmlNode *primitive)
{
    const char *id = io_xml_attr(primitive, "template");
    return id ? io_xml_find(section(cib, "resources"), "template", "id", id) : NULL;
}

static gboolean is_virtual_domain(xmlDoc *cib, const xmlNode *primitive)
{
    const xmlNode *template = template_of(cib, primitive), *agent = template ? template : primitive;
    return io_xml_attr_is(agent, "class", "ocf") && io_xml_attr_is(agent, "provider", "heartbeat") &&
           io_xml_attr_is(agent, "type", "VirtualDomain");
}

static const char *value_of(xmlDoc *cib, const xmlNode *primitive, const char *set, const char *name)
{
    const char *own = io_xml_value(primitive, set, name);
    return own ? own : io_xml_value(template_of(cib, primitive), set, name);
}

/* What hactl's groups decide instead. */
static void name_policy(CliImport *import, const xmlNode *primitive)
{
    static const char *const ours[] = {"target-role", "is-managed", "allow-migrate"};
    const xmlNode *set = io_xml_child(primitive, "meta_attributes");
    for (; set; set = io_xml_next(set, "meta_attributes")) {
        const xmlNode *nvpair = io_xml_child(set, "nvpair");
        for (; nvpair; nvpair = io_xml_next(nvpair, "nvpair")) {
            const char *name = io_xml_attr(nvpair, "name"), *value = io_xml_attr(nvpair, "value");
            gboolean known = !name;
            for (guint i = 0; name && i < G_N_ELEMENTS(ours); i++)
                known |= strcmp(name, ours[i]) == 0;
            if (!known)
                g_ptr_array_add(import->left, g_strdup_printf("meta attribute %s=%s", name, value ? value : ""));
        }
    }
}

/* ---- where it runs ---- */

static void take_place(CliImport *import, const HaConfigPlace *place)
{
    if (place->pending != HA_OP_NONE && place->pending != HA_OP_MONITOR)
        set_problem(import, "Pacemaker is just doing something with it on %s; wait until it has ended", place->node);
    if (place->failed || place->failed_migrate_to)
        set_problem(import, "an action of it failed on %s; mend that, then: crm_resource --cleanup -r %s", place->node,
            import->resource);
    if (!place->active)
        return;
    if (import->node)
        set_problem(import, "Pacemaker has it on %s and on %s; mend that first", import->node, place->node);
    else
        import->node = g_strdup(place->node);
}

static void find_place(CliImport *import, xmlDoc *cib)
{
    const xmlNode *state = io_xml_child(io_xml_child(xmlDocGetRootElement(cib), "status"), "node_state");
    for (; state; state = io_xml_next(state, "node_state")) {
        const xmlNode *resources = io_xml_path(state, "lrm", "lrm_resources", NULL);
        const xmlNode *resource = io_xml_find(resources, "lrm_resource", "id", import->resource);
        IoCibHistory history = {0};
        if (!resource || !io_cib_history_read(resource, io_xml_attr(state, "uname"), &history))
            continue;
        take_place(import, history.place);
        ha_config_place_free(history.place);
    }
}

/* ---- its constraints ---- */

/* Puts @to in the place of @from wherever the constraint names a resource. Returns: how often. */
static guint rename_in(xmlNode *constraint, const char *from, const char *to)
{
    static const char *const attributes[] = {"rsc", "with-rsc", "first", "then"};
    guint n = 0;
    for (guint i = 0; i < G_N_ELEMENTS(attributes); i++) {
        if (!io_xml_attr_is(constraint, attributes[i], from))
            continue;
        n++;
        xmlSetProp(constraint, BAD_CAST attributes[i], BAD_CAST to);
    }
    for (xmlNode *child = io_xml_child(constraint, NULL); child; child = io_xml_next(child, NULL)) {
        if (strcmp((const char *)child->name, "resource_ref") == 0 && io_xml_attr_is(child, "id", from)) {
            n++;
            xmlSetProp(child, BAD_CAST "id", BAD_CAST to);
        }
        n += rename_in(child, from, to);
    }
    return n;
}

static char *dump(xmlNode *node)
{
    xmlBuffer *buffer = xmlBufferCreate();
    xmlNodeDump(buffer, node->doc, node, 0, 0);
    char *text = g_strdup((const char *)xmlBufferContent(buffer));
    xmlBufferFree(buffer);
    return text;
}

void cli_import_constraints(CliImport *import, xmlDoc *cib)
{
    g_ptr_array_set_size(import->removed, 0);
    g_ptr_array_set_size(import->carried, 0);
    const xmlNode *constraint = io_xml_child(section(cib, "constraints"), NULL);
    for (; constraint; constraint = io_xml_next(constraint, NULL)) {
        xmlNode *copy = xmlDocCopyNode((xmlNode *)constraint, cib, 1);
        if (rename_in(copy, import->resource, import->vm) > 0) {
            g_ptr_array_add(import->removed, g_strdup(io_xml_attr(constraint, "id")));
            g_ptr_array_add(import->carried, dump(copy));
        }
        xmlFreeNode(copy);
    }
}

static void find_tags(CliImport *import, xmlDoc *cib)
{
    const xmlNode *tag = io_xml_child(section(cib, "tags"), "tag");
    for (; tag; tag = io_xml_next(tag, "tag"))
        if (io_xml_find(tag, "obj_ref", "id", import->resource))
            set_problem(import, "the tag %s names it; take it out of the tag first", io_xml_attr(tag, "id"));
}

/* ---- all of them ---- */

static CliImport *import_from(xmlDoc *cib, const xmlNode *primitive)
{
    CliImport *import = import_new(io_xml_attr(primitive, "id"));
    const char *role = value_of(cib, primitive, "meta_attributes", "target-role");
    const char *parent = (const char *)primitive->parent->name;
    import->config = g_strdup(value_of(cib, primitive, "instance_attributes", "config"));
    import->wanted = !role || g_ascii_strcasecmp(role, "Stopped") != 0;
    if (strcmp(parent, "resources") != 0)
        set_problem(import, "it is a member of the %s %s; take it out of it first (pcs resource group remove %s)",
            parent, io_xml_attr(primitive->parent, "id"), import->resource);
    if (!import->config)
        set_problem(import, "it has no parameter config; give it one, or remove the resource");
    find_tags(import, cib);
    find_place(import, cib);
    name_policy(import, primitive);
    return import;
}

static void add_below(xmlDoc *cib, const xmlNode *parent, GPtrArray *imports)
{
    for (const xmlNode *node = io_xml_child(parent, NULL); node; node = io_xml_next(node, NULL)) {
        if (strcmp((const char *)node->name, "primitive") != 0)
            add_below(cib, node, imports);
        else if (is_virtual_domain(cib, node))
            g_ptr_array_add(imports, import_from(cib, node));
    }
}

static GPtrArray *imports_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)cli_import_free);
}

static CliImport *take(GPtrArray *imports, const char *resource)
{
    for (guint i = 0; i < imports->len; i++)
        if (strcmp(((const CliImport *)imports->pdata[i])->resource, resource) == 0)
            return g_ptr_array_steal_index(imports, i);
    CliImport *import = import_new(resource);
    set_problem(
        import, "the cluster has no ocf:heartbeat:VirtualDomain resource of that name; see: crm_resource --list");
    return import;
}

GPtrArray *cli_import_find(xmlDoc *cib, char *const *names)
{
    GPtrArray *all = imports_new();
    add_below(cib, section(cib, "resources"), all);
    if (!names || !*names)
        return all;
    GPtrArray *chosen = imports_new();
    for (char *const *name = names; *name; name++)
        g_ptr_array_add(chosen, take(all, *name));
    g_ptr_array_unref(all);
    return chosen;
}

/* ---- its domain ---- */

/* A configuration file often has no uuid; the running domain has. Returns: (transfer full), NULL when it is no domain.
 */
static GBytes *with_uuid(GBytes *file, const Hactl__View *view, char **ret_name, GError **error)
{
    gsize len = 0;
    const char *text = g_bytes_get_data(file, &len);
    g_autoptr(xmlDoc) doc = io_definition_document(text, len, error);
    if (!doc)
        return NULL;
    xmlNode *root = xmlDocGetRootElement(doc);
    *ret_name = io_xml_content(io_xml_child(root, "name"));
    const Hactl__ViewVm *vm = *ret_name ? cli_view_vm(view, *ret_name) : NULL;
    if (io_xml_child(root, "uuid") || !vm || !vm->uuid)
        return g_bytes_ref(file);
    xmlNewChild(root, NULL, BAD_CAST "uuid", BAD_CAST vm->uuid);
    char *completed = dump(root);
    return g_bytes_new_take(completed, strlen(completed));
}

static void judge_needs(CliImport *import, gboolean allow_local)
{
    g_autoptr(GError) error = NULL;
    gsize len = 0;
    const char *text = g_bytes_get_data(import->xml, &len);
    g_autoptr(HaNeeds) needs = io_definition_parse(text, len, io_mount_is_shared, &error);
    if (!needs)
        set_problem(import, "%s: %s", import->config, error->message);
    else if (needs->local_disk && !allow_local)
        set_problem(import,
            "it has a disk that only one host can reach: %s; put the image on shared storage, or accept "
            "that it can't move or be recovered elsewhere with --allow-local-disk",
            needs->local_disk);
}

/* Pacemaker, libvirt and the file must speak of one and the same domain. */
static void judge_domain(CliImport *import, const Hactl__View *view, gboolean resumed)
{
    const Hactl__ViewVm *vm = cli_view_vm(view, import->vm);
    gboolean runs = vm && vm->node && vm->state != HA_VM_ABSENT && vm->state != HA_VM_UNKNOWN;
    if (vm && vm->managed && !resumed)
        set_problem(import, "hactl has a VM named %s already; remove one of the two", import->vm);
    else if (import->node && !(runs && vm->state == HA_VM_RUNNING && strcmp(vm->node, import->node) == 0))
        set_problem(import,
            "Pacemaker has it running on %s, and no hactld has seen a running domain %s there; look at "
            "'virsh list' on that node, and whether hactld runs there",
            import->node, import->vm);
    else if (!import->node && runs)
        set_problem(
            import, "Pacemaker has it stopped, and the domain %s runs on %s; mend that first", import->vm, vm->node);
}

static void judge_name(CliImport *import, xmlDoc *cib, gboolean resumed)
{
    const xmlNode *other = io_xml_find(section(cib, "resources"), NULL, "id", import->vm);
    if (strcmp(import->vm, import->resource) != 0 && other && !resumed)
        set_problem(import,
            "its domain is named %s, and the cluster has another resource of that name; remove or rename "
            "that one first",
            import->vm);
}

void cli_import_define(
    CliImport *import, xmlDoc *cib, GBytes *file, const Hactl__View *view, gboolean allow_local, gboolean resumed)
{
    g_autoptr(GError) error = NULL;
    import->xml = with_uuid(file, view, &import->vm, &error);
    if (!import->xml || !ha_name_check(import->vm)) {
        set_problem(import, "%s: %s", import->config,
            error ? error->message : "the domain has no name that a VM can have; rename the domain");
        return;
    }
    judge_domain(import, view, resumed);
    judge_needs(import, allow_local);
    judge_name(import, cib, resumed);
    cli_import_constraints(import, cib);
}
