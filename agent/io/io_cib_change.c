/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_cib_change.h"

#include <string.h>

#include "agent/io/io_cib_fence.h"
#include "agent/io/io_cib_build.h"
#include "agent/io/io_cib_change_group.h"
#include "agent/io/io_cib_change_list.h"
#include "agent/io/io_cib_copy.h"
#include "agent/io/io_cib_foreign.h"
#include "agent/io/io_cib_forget.h"
#include "agent/io/io_cib_group.h"
#include "agent/io/io_cib_policy.h"
#include "agent/io/io_cib_xml.h"

G_DEFINE_QUARK(io - cib - change - error - quark, io_cib_change_error)

#define TERM_NVPAIR "configuration/crm_config/cluster_property_set/nvpair[@id='hactl-term'"

/* ---- the term ---- */

static const char *term_text(const xmlNode *cib)
{
    const xmlNode *set = io_xml_child(io_xml_path(cib, "configuration", "crm_config", NULL), "cluster_property_set");
    for (; set; set = io_xml_next(set, "cluster_property_set")) {
        const char *text = io_xml_attr(io_xml_find(set, "nvpair", "id", "hactl-term"), "value");
        if (text)
            return text;
    }
    return NULL;
}

/* XPath of <cib> while @term holds; NULL when the cached CIB shows already that it doesn't. The cache may lag behind a
 * term that has only just been taken: then the cluster decides. */
static char *term_condition(const xmlNode *cib, guint64 term, GError **error)
{
    const char *text = term_text(cib);
    guint64 held = text ? g_ascii_strtoull(text, NULL, 10) : 0;
    if (held > term) {
        g_set_error(error, IO_CIB_CHANGE_ERROR, IO_CIB_CHANGE_LOST,
            "the CIB bears the later term %s, not %" G_GUINT64_FORMAT ": another leader was elected", text, term);
        return NULL;
    }
    if (term == 0)
        return g_strdup("/cib[not(" TERM_NVPAIR "])]");
    return g_strdup_printf("/cib[" TERM_NVPAIR " and starts-with(@value, '%" G_GUINT64_FORMAT ":')]]", term);
}

/* ---- VMs' and nodes' name-value sets ---- */

/* The VM's primitive to merge into, if there is such a VM (or this very list adds it). */
static xmlNode *vm_element(const IoCibBuild *build, const char *vm, GError **error)
{
    if (io_cib_build_vm(build, vm) || io_cib_build_wanted(build, "primitive", vm))
        return io_cib_build_resource(build, "primitive", vm);
    g_set_error(error, IO_CIB_CHANGE_ERROR, IO_CIB_CHANGE_IMPOSSIBLE,
        "VM %s is not in the cluster's configuration any more; was it removed meanwhile?", vm);
    return NULL;
}

static gboolean set_vm_meta(
    const IoCibBuild *build, const char *vm, const char *kind, const char *name, const char *value, GError **error)
{
    xmlNode *primitive = vm_element(build, vm, error);
    if (!primitive)
        return FALSE;
    g_autofree char *set_id = g_strconcat("hactl-meta-", vm, NULL);
    g_autofree char *nvpair_id = g_strconcat("hactl-", kind, "-", vm, NULL);
    io_cib_build_attribute(io_cib_build_vm(build, vm), primitive, "meta_attributes", set_id, nvpair_id, name, value);
    return TRUE;
}

static void remove_vm_meta(const IoCibBuild *build, const char *vm, const char *name)
{
    g_autofree char *id = io_xml_quote(vm);
    io_cib_build_remove(build, "resources/primitive[@id=%s]/meta_attributes/nvpair[@name='%s']", id, name);
}

static gboolean set_node_attribute(const IoCibBuild *build, const char *node, const char *nvpair_id, const char *name,
    const char *value, GError **error)
{
    const xmlNode *nodes = io_xml_path(build->cib, "configuration", "nodes", NULL);
    const xmlNode *existing = io_xml_find(nodes, "node", "uname", node);
    const char *id = io_xml_attr(existing, "id");
    if (!id) {
        g_set_error(error, IO_CIB_CHANGE_ERROR, IO_CIB_CHANGE_IMPOSSIBLE,
            "node %s is not in the cluster's configuration any more; was it removed meanwhile?", node);
        return FALSE;
    }
    xmlNode *element = io_cib_build_child(io_cib_build_section(build, "nodes"), "node", id);
    io_cib_build_prop(element, "uname", node);
    g_autofree char *set_id = g_strconcat("nodes-", id, NULL);
    g_autofree char *standby_id = g_strdup_printf("nodes-%s-standby", id);
    io_cib_build_attribute(
        existing, element, "instance_attributes", set_id, nvpair_id ? nvpair_id : standby_id, name, value);
    return TRUE;
}

static void remove_node_attribute(const IoCibBuild *build, const char *node, const char *name)
{
    g_autofree char *uname = io_xml_quote(node);
    io_cib_build_remove(build, "nodes/node[@uname=%s]/instance_attributes/nvpair[@name='%s']", uname, name);
}

/* ---- the status section: its owner is Pacemaker's attribute manager ---- */

static const xmlNode *transient_set(const xmlNode *state)
{
    return io_xml_path(state, "transient_attributes", "instance_attributes", NULL);
}

static void remove_transient(const IoCibBuild *build, const char *node, const char *name)
{
    const char *argv[] = {"attrd_updater", "--delete", "--name", name, "--node", node, NULL};
    g_ptr_array_add(build->write->tools, g_strdupv((char **)argv));
}

static void remove_transient_standby(const IoCibBuild *build, const char *node)
{
    const xmlNode *state = io_xml_find(io_xml_child(build->cib, "status"), "node_state", "uname", node);
    if (io_xml_find(transient_set(state), "nvpair", "name", "standby"))
        remove_transient(build, node, "standby");
}

/* fail-count-VM#start_0, last-failure-VM#start_0 */
static gboolean is_failure_of(const char *attribute, const char *vm)
{
    static const char *const prefixes[] = {"fail-count-", "last-failure-"};
    for (gsize i = 0; attribute && i < G_N_ELEMENTS(prefixes); i++) {
        const char *rest = attribute + strlen(prefixes[i]);
        if (g_str_has_prefix(attribute, prefixes[i]) && g_str_has_prefix(rest, vm) && rest[strlen(vm)] == '#')
            return TRUE;
    }
    return FALSE;
}

static void remove_fail_counts(const IoCibBuild *build, const char *vm)
{
    const xmlNode *state = io_xml_child(io_xml_child(build->cib, "status"), "node_state");
    for (; state; state = io_xml_next(state, "node_state")) {
        const xmlNode *nvpair = io_xml_child(transient_set(state), "nvpair");
        for (; nvpair; nvpair = io_xml_next(nvpair, "nvpair")) {
            const char *name = io_xml_attr(nvpair, "name");
            const char *node = io_xml_attr(state, "uname");
            if (node && is_failure_of(name, vm))
                remove_transient(build, node, name);
        }
    }
}

/* ---- the changes, one function a kind ---- */

/* A set of its own with the highest score outranks whatever an admin wrote on the VM or in its template. */
static void forbid_live(xmlNode *primitive, const char *vm)
{
    g_autofree char *set_id = g_strconcat("hactl-restart-", vm, NULL);
    g_autofree char *nvpair_id = g_strconcat("hactl-live-", vm, NULL);
    xmlNode *set = io_cib_build_child(primitive, "meta_attributes", set_id);
    io_cib_build_prop(set, "score", "INFINITY");
    io_cib_build_nvpair(set, nvpair_id, "allow-migrate", "false");
}

static void allow_live(const IoCibBuild *build, const char *vm)
{
    g_autofree char *id = io_xml_quote(vm);
    g_autofree char *name = g_strconcat("hactl-restart-", vm, NULL);
    g_autofree char *set_id = io_xml_quote(name);
    io_cib_build_remove(build, "resources/primitive[@id=%s]/meta_attributes[@id=%s]", id, set_id);
}

/* A move leaves no trace in the history, and none of an earlier one misleads it. */
static void forget_moves(const IoCibBuild *build, const char *vm)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    io_cib_forget_paths(build->cib, vm, paths);
    for (guint i = 0; i < paths->len; i++)
        g_ptr_array_add(build->removals, g_strconcat(build->condition, "/", (char *)paths->pdata[i], NULL));
}

static gboolean pin_set(const IoCibBuild *build, const HaChange *change, GError **error)
{
    xmlNode *primitive = vm_element(build, change->vm, error);
    if (!primitive)
        return FALSE;
    g_autofree char *id = g_strconcat("hactl-pin-", change->vm, NULL);
    xmlNode *pin = io_cib_build_child(io_cib_build_section(build, "constraints"), "rsc_location", id);
    io_cib_build_prop(pin, "rsc", change->vm);
    io_cib_build_prop(pin, "node", change->node);
    io_cib_build_prop(pin, "score", "INFINITY");
    if (change->mode == HA_MOVE_RESTART)
        forbid_live(primitive, change->vm);
    else
        allow_live(build, change->vm);
    forget_moves(build, change->vm);
    return !change->value || set_vm_meta(build, change->vm, "move", "hactl-move", change->value, error);
}

static gboolean pin_clear(const IoCibBuild *build, const HaChange *change, GError **error)
{
    g_autofree char *name = g_strconcat("hactl-pin-", change->vm, NULL);
    g_autofree char *id = io_xml_quote(name);
    io_cib_build_remove(build, "constraints/rsc_location[@id=%s]", id);
    remove_vm_meta(build, change->vm, "hactl-move");
    allow_live(build, change->vm);
    forget_moves(build, change->vm);
    g_ptr_array_add(build->write->undisturbed, g_strdup(change->vm));
    return TRUE;
}

static gboolean home_set(const IoCibBuild *build, const HaChange *change, GError **error)
{
    return set_vm_meta(build, change->vm, "home", "hactl-home", change->node, error);
}

static gboolean home_clear(const IoCibBuild *build, const HaChange *change, GError **error)
{
    remove_vm_meta(build, change->vm, "hactl-home");
    return TRUE;
}

static gboolean wish_set(const IoCibBuild *build, const HaChange *change, GError **error)
{
    g_autofree char *drain_id = g_strconcat("hactl-drain-", change->node, NULL);
    g_autofree char *health_id = g_strconcat("hactl-health-", change->node, NULL);
    g_autofree char *score = g_strdup_printf("%d", HA_SCORE_REPEL);
    HaWish wish = {0};
    ha_wish_parse(change->value, &wish);
    gboolean drains = wish.kind == HA_WISH_DRAIN;
    ha_wish_clear(&wish);
    if (!set_node_attribute(build, change->node, drain_id, "hactl-drain", change->value, error))
        return FALSE;
    if (drains)
        return set_node_attribute(build, change->node, health_id, "#health-hactl", score, error);
    remove_node_attribute(build, change->node, "#health-hactl");
    return TRUE;
}

static gboolean wish_clear(const IoCibBuild *build, const HaChange *change, GError **error)
{
    remove_node_attribute(build, change->node, "hactl-drain");
    remove_node_attribute(build, change->node, "#health-hactl");
    return TRUE;
}

static gboolean standby_set(const IoCibBuild *build, const HaChange *change, GError **error)
{
    return set_node_attribute(build, change->node, NULL, "standby", "on", error);
}

static gboolean standby_clear(const IoCibBuild *build, const HaChange *change, GError **error)
{
    remove_node_attribute(build, change->node, "standby");
    remove_transient_standby(build, change->node);
    return TRUE;
}

/* @existing: nullable: the VM as it is. */
static void set_size(const xmlNode *existing, xmlNode *primitive, const HaChange *change)
{
    const struct {
        const char *name;
        guint64 value;
    } table[] = {{"memory", change->mem_mib}, {"vcpu", change->vcpus}};
    g_autofree char *set_id = g_strconcat("hactl-size-", change->vm, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *id = g_strdup_printf("hactl-%s-%s", table[i].name, change->vm);
        g_autofree char *value = g_strdup_printf("%" G_GUINT64_FORMAT, table[i].value);
        io_cib_build_attribute(existing, primitive, "utilization", set_id, id, table[i].name, value);
    }
}

static gboolean vm_add(const IoCibBuild *build, const HaChange *change, GError **error)
{
    const char *vm = change->vm;
    if (io_cib_build_vm(build, vm)) {
        g_set_error(error, IO_CIB_CHANGE_ERROR, IO_CIB_CHANGE_IMPOSSIBLE,
            "the cluster has a resource named %s already; remove that one first, or give the VM another name", vm);
        return FALSE;
    }
    const char *group = change->group ? change->group : HA_GROUP_DEFAULT;
    g_autofree char *params_id = g_strconcat("hactl-params-", vm, NULL);
    g_autofree char *definition_id = g_strconcat("hactl-definition-", vm, NULL);
    if (!io_cib_change_group_need(build, group, error))
        return FALSE;
    xmlNode *primitive = io_cib_build_resource(build, "primitive", vm);
    if (!io_cib_change_group_join(build, primitive, group, error))
        return FALSE;
    io_cib_build_nvpair(
        io_cib_build_child(primitive, "instance_attributes", params_id), definition_id, "definition", change->value);
    set_size(NULL, primitive, change);
    return set_vm_meta(build, vm, "role", "target-role", change->running ? "Started" : "Stopped", error);
}

/* The parameter is reloadable: Pacemaker tells the running VM's agent, and restarts nothing. */
static gboolean vm_define(const IoCibBuild *build, const HaChange *change, GError **error)
{
    xmlNode *primitive = vm_element(build, change->vm, error);
    if (!primitive)
        return FALSE;
    const xmlNode *existing = io_cib_build_vm(build, change->vm);
    g_autofree char *params_id = g_strconcat("hactl-params-", change->vm, NULL);
    g_autofree char *definition_id = g_strconcat("hactl-definition-", change->vm, NULL);
    io_cib_build_attribute(
        existing, primitive, "instance_attributes", params_id, definition_id, "definition", change->value);
    set_size(existing, primitive, change);
    return TRUE;
}

static gboolean vm_remove(const IoCibBuild *build, const HaChange *change, GError **error)
{
    if (!io_cib_foreign_free(build->cib, change->vm, error))
        return FALSE;
    g_autofree char *vm = io_xml_quote(change->vm);
    io_cib_build_remove(build,
        "constraints/*[starts-with(@id, 'hactl-') and (@rsc=%s or @with-rsc=%s or @first=%s or @then=%s)]", vm, vm, vm,
        vm);
    io_cib_build_remove(build, "resources/primitive[@id=%s]", vm);
    remove_fail_counts(build, change->vm);
    return TRUE;
}

static gboolean role_set(const IoCibBuild *build, const HaChange *change, GError **error)
{
    remove_vm_meta(build, change->vm, "hactl-parked");
    return set_vm_meta(build, change->vm, "role", "target-role", change->running ? "Started" : "Stopped", error);
}

static gboolean park(const IoCibBuild *build, const HaChange *change, GError **error)
{
    return set_vm_meta(build, change->vm, "role", "target-role", "Stopped", error) &&
           set_vm_meta(build, change->vm, "parked", "hactl-parked", change->node, error);
}

static gboolean unpark(const IoCibBuild *build, const HaChange *change, GError **error)
{
    remove_vm_meta(build, change->vm, "hactl-parked");
    return set_vm_meta(build, change->vm, "role", "target-role", "Started", error);
}

static void property_set(const IoCibBuild *build, const HaChange *change)
{
    const xmlNode *existing = io_xml_path(build->cib, "configuration", "crm_config", NULL);
    g_autofree char *id = g_strconcat("hactl-property-", change->name, NULL);
    io_cib_build_attribute(existing, io_cib_build_section(build, "crm_config"), "cluster_property_set",
        "cib-bootstrap-options", id, change->name, change->value);
}

static void property_drop(const IoCibBuild *build, const HaChange *change)
{
    g_autofree char *name = io_xml_quote(change->name);
    io_cib_build_remove(build, "crm_config/cluster_property_set/nvpair[@name=%s]", name);
}

static void default_set(const IoCibBuild *build, const HaChange *change)
{
    const xmlNode *existing = io_xml_path(build->cib, "configuration", "rsc_defaults", NULL);
    g_autofree char *id = g_strconcat("hactl-default-", change->name, NULL);
    io_cib_build_attribute(existing, io_cib_build_section(build, "rsc_defaults"), "meta_attributes",
        "hactl-rsc-defaults", id, change->name, change->value);
}

/* ---- fence devices ---- */

static gboolean fence_add(const IoCibBuild *build, const HaChange *change, GError **error)
{
    const HaFenceSpec *spec = change->fence;
    g_autofree char *id = g_strconcat(HA_FENCE_PREFIX, spec->name, NULL);
    if (io_cib_build_vm(build, id)) {
        g_set_error(error, IO_CIB_CHANGE_ERROR, IO_CIB_CHANGE_IMPOSSIBLE,
            "the cluster has a resource named %s already; give the fence device another name", id);
        return FALSE;
    }
    io_cib_fence_write(xmlDocGetRootElement(build->write->doc), spec);
    return TRUE;
}

static gboolean fence_remove(const IoCibBuild *build, const HaChange *change, GError **error)
{
    g_autofree char *id = io_xml_quote(change->value);
    io_cib_build_remove(build, "constraints/rsc_location[@rsc=%s]", id);
    io_cib_build_remove(build, "resources/primitive[@id=%s]", id);
    remove_fail_counts(build, change->value);
    return TRUE;
}

static gboolean vm_group_set(const IoCibBuild *build, const HaChange *change, GError **error)
{
    xmlNode *primitive = vm_element(build, change->vm, error);
    return primitive && io_cib_change_group_need(build, change->group, error) &&
           io_cib_change_group_join(build, primitive, change->group, error);
}

static gboolean add_change(const IoCibBuild *build, const HaChange *change, GError **error)
{
    switch (change->kind) {
    case HA_CHANGE_PIN_SET:
        return pin_set(build, change, error);
    case HA_CHANGE_PIN_CLEAR:
        return pin_clear(build, change, error);
    case HA_CHANGE_HOME_SET:
        return home_set(build, change, error);
    case HA_CHANGE_HOME_CLEAR:
        return home_clear(build, change, error);
    case HA_CHANGE_WISH_SET:
        return wish_set(build, change, error);
    case HA_CHANGE_WISH_CLEAR:
        return wish_clear(build, change, error);
    case HA_CHANGE_STANDBY_SET:
        return standby_set(build, change, error);
    case HA_CHANGE_STANDBY_CLEAR:
        return standby_clear(build, change, error);
    case HA_CHANGE_VM_ADD:
        return vm_add(build, change, error);
    case HA_CHANGE_VM_REMOVE:
        return vm_remove(build, change, error);
    case HA_CHANGE_ROLE_SET:
        return role_set(build, change, error);
    case HA_CHANGE_PROPERTY_SET:
        property_set(build, change);
        return TRUE;
    case HA_CHANGE_DEFAULT_SET:
        default_set(build, change);
        return TRUE;
    case HA_CHANGE_VM_DEFINE:
        return vm_define(build, change, error);
    case HA_CHANGE_FENCE_ADD:
        return fence_add(build, change, error);
    case HA_CHANGE_FENCE_REMOVE:
        return fence_remove(build, change, error);
    case HA_CHANGE_GROUP_SET:
        io_cib_change_group_set(build, change->policy);
        return TRUE;
    case HA_CHANGE_GROUP_DELETE:
        io_cib_change_group_delete(build, change->group);
        return TRUE;
    case HA_CHANGE_VM_GROUP_SET:
        return vm_group_set(build, change, error);
    case HA_CHANGE_PROPERTY_DROP:
        property_drop(build, change);
        return TRUE;
    case HA_CHANGE_PARK:
        return park(build, change, error);
    case HA_CHANGE_UNPARK:
        return unpark(build, change, error);
    case HA_CHANGE_POLICY_COPY:
        return TRUE; /* it follows, from all of them */
    case HA_CHANGES:
        break;
    }
    g_assert_not_reached();
}

/* ---- lifecycle ---- */

static IoCibWrite *write_new(const char *condition)
{
    IoCibWrite *write = g_new0(IoCibWrite, 1);
    write->modify_path = g_strconcat(condition, "/configuration", NULL);
    write->doc = xmlNewDoc(BAD_CAST "1.0");
    xmlDocSetRootElement(write->doc, xmlNewNode(NULL, BAD_CAST "configuration"));
    write->undisturbed = g_ptr_array_new_with_free_func(g_free);
    write->tools = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    return write;
}

void io_cib_write_free(IoCibWrite *write)
{
    if (!write)
        return;
    g_free(write->remove_path);
    g_free(write->modify_path);
    xmlFreeDoc(write->doc);
    g_ptr_array_unref(write->undisturbed);
    g_ptr_array_unref(write->tools);
    g_free(write);
}

static gboolean add_changes(const IoCibBuild *build, const GPtrArray *changes, GError **error)
{
    for (guint i = 0; i < changes->len; i++) {
        if (!add_change(build, changes->pdata[i], error))
            return FALSE;
    }
    io_cib_policy_put(build, changes);
    return io_cib_change_group_follow(build, changes, error);
}

IoCibWrite *io_cib_write_changes(const xmlNode *cib, guint64 term, const GPtrArray *changes, GError **error)
{
    g_assert(term > 0 && changes->len > 0);
    g_autofree char *held = term_condition(cib, term, error);
    if (!held)
        return NULL;
    char *condition = io_cib_change_list_at_rest(changes, held);
    IoCibWrite *write = write_new(condition);
    g_auto(IoCibBuild) build;
    io_cib_build_init(&build, cib, condition, write);
    if (!add_changes(&build, changes, error)) {
        io_cib_write_free(write);
        return NULL;
    }
    io_cib_change_list_neighbours(changes, cib, write->undisturbed);
    if (io_cib_change_list_has(changes, HA_CHANGE_POLICY_COPY))
        io_cib_copy_replace(&build);
    if (build.removals->len > 0) {
        g_ptr_array_add(build.removals, NULL);
        write->remove_path = g_strjoinv(" | ", (char **)build.removals->pdata);
        write->at_once = io_cib_change_list_at_once(changes);
    }
    return write;
}

IoCibWrite *io_cib_write_term(const xmlNode *cib, guint64 old_term, const char *self, GError **error)
{
    g_autofree char *condition = term_condition(cib, old_term, error);
    if (!condition)
        return NULL;
    IoCibWrite *write = write_new(condition);
    g_autofree char *value = g_strdup_printf("%" G_GUINT64_FORMAT ":%s", old_term + 1, self);
    xmlNode *properties = io_cib_build_child(xmlDocGetRootElement(write->doc), "crm_config", NULL);
    io_cib_build_nvpair(
        io_cib_build_child(properties, "cluster_property_set", "hactl-options"), "hactl-term", "hactl-term", value);
    return write;
}

IoCibWrite *io_cib_write_forget(const xmlNode *cib, const char *vm, const char **ret_node)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    const char *node = io_cib_forget_paths(cib, vm, paths);
    if (ret_node)
        *ret_node = node;
    IoCibWrite *write = write_new("/cib");
    g_clear_pointer(&write->modify_path, g_free);
    if (paths->len == 0)
        return write;
    g_ptr_array_add(paths, NULL);
    g_autofree char *joined = g_strjoinv(" | /cib/", (char **)paths->pdata);
    write->remove_path = g_strconcat("/cib/", joined, NULL);
    return write;
}
