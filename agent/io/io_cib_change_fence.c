/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_cib_change_fence.h"

#include "agent/io/io_cib_xml.h"

static void add_parameter(xmlNode *set, const char *device_id, const char *suffix, const char *name, const char *value)
{
    g_autofree char *id = g_strconcat(device_id, "-", suffix, NULL);
    io_cib_build_nvpair(set, id, name, value);
}

static void add_parameters(xmlNode *primitive, const char *id, const HaFenceSpec *spec)
{
    g_autofree char *set_id = g_strconcat(id, "-params", NULL);
    g_autoptr(GString) list = g_string_new(NULL);
    xmlNode *set = io_cib_build_child(primitive, "instance_attributes", set_id);
    for (guint i = 0; i < spec->parameters->len; i++) {
        const HaFenceParameter *parameter = spec->parameters->pdata[i];
        add_parameter(set, id, parameter->name, parameter->name, parameter->value);
    }
    for (guint i = 0; i < spec->hosts->len; i++)
        g_string_append_printf(list, "%s%s", i ? "," : "", (const char *)spec->hosts->pdata[i]);
    if (list->len)
        add_parameter(set, id, "hosts", "pcmk_host_list", list->str);
}

static void add_monitor(xmlNode *primitive, const char *id)
{
    g_autofree char *op_id = g_strconcat(id, "-monitor", NULL);
    xmlNode *op = io_cib_build_child(io_cib_build_child(primitive, "operations", NULL), "op", op_id);
    io_cib_build_prop(op, "name", "monitor");
    io_cib_build_prop(op, "interval", "60s");
    io_cib_build_prop(op, "timeout", "60s");
}

static void ban_own_host(const IoCibBuild *build, const char *id, const HaFenceSpec *spec)
{
    g_autofree char *ban_id = g_strconcat(id, "-elsewhere", NULL);
    xmlNode *ban = io_cib_build_child(io_cib_build_section(build, "constraints"), "rsc_location", ban_id);
    io_cib_build_prop(ban, "rsc", id);
    io_cib_build_prop(ban, "node", spec->hosts->pdata[0]);
    io_cib_build_prop(ban, "score", "-INFINITY");
}

gboolean io_cib_change_fence_add(const IoCibBuild *build, const HaFenceSpec *spec, GError **error)
{
    g_autofree char *id = g_strconcat(HA_FENCE_PREFIX, spec->name, NULL);
    if (io_cib_build_vm(build, id)) {
        g_set_error(error, IO_CIB_CHANGE_ERROR, IO_CIB_CHANGE_IMPOSSIBLE,
            "the cluster has a resource named %s already; give the fence device another name", id);
        return FALSE;
    }
    xmlNode *primitive = io_cib_build_child(io_cib_build_section(build, "resources"), "primitive", id);
    io_cib_build_prop(primitive, "class", "stonith");
    io_cib_build_prop(primitive, "type", spec->agent);
    add_parameters(primitive, id, spec);
    add_monitor(primitive, id);
    if (spec->hosts->len == 1)
        ban_own_host(build, id, spec);
    return TRUE;
}

void io_cib_change_fence_remove(const IoCibBuild *build, const char *id)
{
    g_autofree char *quoted = io_xml_quote(id);
    io_cib_build_remove(build, "constraints/rsc_location[@rsc=%s]", quoted);
    io_cib_build_remove(build, "resources/primitive[@id=%s]", quoted);
}
