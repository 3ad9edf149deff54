/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_cmap.h"

#include <corosync/cmap.h>
#include <corosync/corotypes.h>
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

static void node_free(gpointer data)
{
    IoCmapNode *node = data;

    g_free(node->name);
    g_free(node);
}

static char *get_text(cmap_handle_t handle, const char *key)
{
    char *text = NULL;

    return cmap_get_string(handle, key, &text) == CS_OK ? text : NULL;
}

static char *get_node_text(cmap_handle_t handle, guint pos, const char *leaf)
{
    char key[CMAP_KEYNAME_MAXLEN + 1];

    snprintf(key, sizeof key, "nodelist.node.%u.%s", pos, leaf);
    return get_text(handle, key);
}

/* As Pacemaker names it (cluster/corosync.c, pcmk__corosync_name). */
static char *node_name(cmap_handle_t handle, guint pos, gboolean is_self)
{
    g_autofree char *name = get_node_text(handle, pos, "name");
    struct utsname host;

    if (name && *name)
        return g_steal_pointer(&name);
    g_free(name);
    name = get_node_text(handle, pos, "ring0_addr");
    if (name && *name && !g_hostname_is_ip_address(name))
        return g_steal_pointer(&name);
    if (is_self && uname(&host) == 0)
        return g_strdup(host.nodename);
    return NULL;
}

static gboolean is_member(cmap_handle_t handle, guint32 node_id)
{
    char key[CMAP_KEYNAME_MAXLEN + 1];

    snprintf(key, sizeof key, "runtime.members.%u.status", node_id);
    g_autofree char *status = get_text(handle, key);
    return g_strcmp0(status, "joined") == 0;
}

static gboolean read_node(cmap_handle_t handle, guint pos, IoCmap *cmap, guint32 self_pos)
{
    char key[CMAP_KEYNAME_MAXLEN + 1];
    guint32 node_id;

    snprintf(key, sizeof key, "nodelist.node.%u.nodeid", pos);
    if (cmap_get_uint32(handle, key, &node_id) != CS_OK)
        return FALSE;
    char *name = node_name(handle, pos, pos == self_pos);
    if (pos == self_pos)
        cmap->self_id = node_id;
    if (name == NULL)
        return FALSE;
    IoCmapNode *node = g_new0(IoCmapNode, 1);
    node->node_id = node_id;
    node->name = name;
    node->member = is_member(handle, node_id);
    g_ptr_array_add(cmap->nodes, node);
    return TRUE;
}

static void read_nodes(cmap_handle_t handle, IoCmap *cmap, guint32 self_pos)
{
    cmap_iter_handle_t iter;
    char key[CMAP_KEYNAME_MAXLEN + 1];
    gsize len;
    cmap_value_types_t type;
    guint pos;
    char leaf[32];

    if (cmap_iter_init(handle, "nodelist.node.", &iter) != CS_OK)
        return;
    while (cmap_iter_next(handle, iter, key, &len, &type) == CS_OK) {
        if (sscanf(key, "nodelist.node.%u.%31s", &pos, leaf) == 2 && strcmp(leaf, "nodeid") == 0)
            read_node(handle, pos, cmap, self_pos);
    }
    cmap_iter_finalize(handle, iter);
}

static int compare_nodes(gconstpointer a, gconstpointer b)
{
    const IoCmapNode *x = *(const IoCmapNode *const *)a, *y = *(const IoCmapNode *const *)b;

    return x->node_id < y->node_id ? -1 : x->node_id > y->node_id;
}

IoCmap *io_cmap_read(GError **error)
{
    cmap_handle_t handle;
    guint32 self_pos = 0;
    cs_error_t code = cmap_initialize(&handle);

    if (code != CS_OK) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED,
            "opening corosync's configuration map failed: %s; is corosync running?", cs_strerror(code));
        return NULL;
    }
    g_autoptr(IoCmap) cmap = g_new0(IoCmap, 1);
    cmap->nodes = g_ptr_array_new_with_free_func(node_free);
    cmap->cluster = get_text(handle, "totem.cluster_name");
    code = cmap_get_uint32(handle, "nodelist.local_node_pos", &self_pos);
    if (code == CS_OK)
        read_nodes(handle, cmap, self_pos);
    cmap_finalize(handle);
    g_ptr_array_sort(cmap->nodes, compare_nodes);

    if (code != CS_OK || io_cmap_name(cmap, cmap->self_id) == NULL) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
            "corosync's node list does not have this host (%s); give corosync.conf a nodelist with nodeid and name for "
            "every host",
            cs_strerror(code));
        return NULL;
    }
    return g_steal_pointer(&cmap);
}

void io_cmap_free(IoCmap *cmap)
{
    if (cmap == NULL)
        return;
    g_free(cmap->cluster);
    g_ptr_array_unref(cmap->nodes);
    g_free(cmap);
}

const char *io_cmap_name(const IoCmap *cmap, guint32 node_id)
{
    for (guint i = 0; i < cmap->nodes->len; i++) {
        const IoCmapNode *node = g_ptr_array_index(cmap->nodes, i);

        if (node->node_id == node_id)
            return node->name;
    }
    return NULL;
}

const char *io_cmap_self(const IoCmap *cmap)
{
    return io_cmap_name(cmap, cmap->self_id);
}
