/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/check/chk_collect.h"

#include <grp.h>
#include <libxml/parser.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/core/model/ha_sorted.h"
#include "agent/io/io_definition_store.h"
#include "agent/io/io_host.h"
#include "agent/io/io_run.h"

#define TOOL_MS 10000u
#define PEER_MS 8000u
#define DEVICE_MS 25000u
#define CIB_PATH "/var/lib/pacemaker/cib/cib.xml"
#define AUTHKEY_PATH "/etc/corosync/authkey"
#define QEMU_CONF_PATH "/etc/libvirt/qemu.conf"
#define HACTL_CONF_PATH "/etc/hactl/hactl.conf"
#define MIGRATION_URI "qemu+tcp://%s/system"

static IoRun *start(guint timeout_ms, const char *const *argv)
{
    return io_run_start(argv, NULL, timeout_ms);
}

#define START(timeout_ms, ...) start(timeout_ms, (const char *const[]){__VA_ARGS__, NULL})

/* ---- corosync ---- */

static void collect_corosync(IoRun *map, IoRun *stats, ChkFacts *facts)
{
    io_run_wait(map);
    io_run_wait(stats);
    if (map->error) {
        facts->corosync_error = g_strdup(map->error);
        return;
    }
    chk_collect_cmap(map->out, facts);
    if (!stats->error)
        chk_collect_links(stats->out, facts);
}

/* ---- Pacemaker ---- */

static void collect_cib(IoRun *query, ChkFacts *facts)
{
    g_autoptr(GError) error = NULL;
    io_run_wait(query);
    if (query->error) {
        facts->cib_error = g_strdup(query->error);
        return;
    }
    int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_HUGE;
    xmlDoc *doc = xmlReadMemory(query->out, (int)MIN(strlen(query->out), (gsize)G_MAXINT), "cib", NULL, options);
    if (!chk_collect_cib(doc ? xmlDocGetRootElement(doc) : NULL, facts, &error))
        facts->cib_error = g_strdup(error->message);
    xmlFreeDoc(doc);
}

static void collect_haclient(ChkFacts *facts)
{
    const struct group *group = getgrnam("haclient");
    for (char **member = group ? group->gr_mem : NULL; member && *member; member++)
        if (strcmp(*member, "hacluster") != 0)
            g_ptr_array_add(facts->haclient, g_strdup(*member));
}

/* Pacemaker's own file belongs to its own user. */
static void collect_secret(const char *path, gboolean hacluster, ChkFacts *facts)
{
    struct stat status;
    const struct passwd *owner = hacluster ? getpwnam("hacluster") : NULL;
    if (stat(path, &status) == 0)
        chk_secret_add(
            facts, path, TRUE, status.st_mode & 07777, owner && owner->pw_uid == status.st_uid ? 0 : status.st_uid);
}

/* ---- fencing ---- */

static gboolean usable_here(const HaFenceDevice *device, const char *node)
{
    return device->state != HA_FENCE_DISABLED && !ha_strings_find(device->banned, node);
}

static void ask_devices(ChkFacts *facts)
{
    const GPtrArray *devices = facts->config->fences;
    g_autoptr(GPtrArray) runs = g_ptr_array_new_with_free_func((GDestroyNotify)io_run_free);
    for (guint i = 0; i < devices->len; i++) {
        const HaFenceDevice *device = devices->pdata[i];
        if (usable_here(device, facts->node))
            g_ptr_array_add(runs, START(DEVICE_MS, "stonith_admin", "--query", device->name, "--timeout", "20"));
    }
    for (guint i = 0, at = 0; i < devices->len; i++) {
        const HaFenceDevice *device = devices->pdata[i];
        if (!usable_here(device, facts->node)) {
            chk_probe_put(facts->fence_devices, device->name, CHK_UNKNOWN, NULL);
            continue;
        }
        IoRun *run = runs->pdata[at++];
        io_run_wait(run);
        chk_probe_put(facts->fence_devices, device->name, run->error ? CHK_BAD : CHK_GOOD, run->error);
    }
}

/* Pacemaker's answer covers the asked host's own devices alone: where all of a node's belong to others (a host rarely
 * fences itself), it has nothing to say. */
static gboolean known_here(const ChkFacts *facts, const char *target)
{
    for (guint i = 0; i < facts->config->fences->len; i++) {
        const HaFenceDevice *device = facts->config->fences->pdata[i];
        if (usable_here(device, facts->node) && (device->asks || ha_strings_find(device->hosts, target)))
            return TRUE;
    }
    return FALSE;
}

static void ask_targets(ChkFacts *facts)
{
    const GPtrArray *nodes = facts->config->nodes;
    g_autoptr(GPtrArray) runs = g_ptr_array_new_with_free_func((GDestroyNotify)io_run_free);
    for (guint i = 0; i < nodes->len; i++)
        g_ptr_array_add(runs, START(DEVICE_MS, "stonith_admin", "--list", ((const HaConfigNode *)nodes->pdata[i])->node,
                                  "--timeout", "20", "--output-as=xml"));
    for (guint i = 0; i < nodes->len; i++) {
        const char *node = ((const HaConfigNode *)nodes->pdata[i])->node;
        IoRun *run = runs->pdata[i];
        io_run_wait(run);
        gboolean found = !run->error && strstr(run->out, "<item ");
        ChkAnswer answer = found ? CHK_GOOD : known_here(facts, node) ? CHK_BAD : CHK_UNKNOWN;
        chk_probe_put(facts->fence_targets, node, answer, run->error);
    }
}

static void collect_fencing(IoRun *history, ChkFacts *facts)
{
    io_run_wait(history);
    if (!history->error)
        chk_collect_history(history->out, facts);
    collect_haclient(facts);
    collect_secret(AUTHKEY_PATH, FALSE, facts);
    collect_secret(CIB_PATH, TRUE, facts);
    if (!facts->config || !facts->config->stonith_enabled)
        return;
    ask_devices(facts);
    ask_targets(facts);
}

/* ---- libvirt ---- */

static char *migration_uri(const char *node)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_key_file_load_from_file(file, HACTL_CONF_PATH, G_KEY_FILE_NONE, NULL);
    g_autofree char *form = g_key_file_get_string(file, "migration", "uri", NULL);
    g_auto(GStrv) parts = g_strsplit(form && strstr(form, "%s") ? form : MIGRATION_URI, "%s", 2);
    return g_strconcat(parts[0], node, parts[1], NULL);
}

static void ask_peers(ChkFacts *facts)
{
    const GPtrArray *nodes = facts->config->nodes;
    g_autoptr(GPtrArray) runs = g_ptr_array_new_with_free_func((GDestroyNotify)io_run_free);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < nodes->len; i++) {
        const HaConfigNode *node = nodes->pdata[i];
        if (node->state != HA_NODE_ONLINE || strcmp(node->node, facts->node) == 0)
            continue;
        g_autofree char *uri = migration_uri(node->node);
        g_ptr_array_add(names, node->node);
        g_ptr_array_add(runs, START(PEER_MS, "virsh", "--quiet", "--connect", uri, "uri"));
    }
    for (guint i = 0; i < runs->len; i++) {
        IoRun *run = runs->pdata[i];
        io_run_wait(run);
        chk_probe_put(facts->peers, names->pdata[i], run->error ? CHK_BAD : CHK_GOOD, run->error);
    }
}

static void collect_definitions(ChkFacts *facts)
{
    for (guint i = 0; i < facts->config->vms->len; i++) {
        const HaConfigVm *vm = facts->config->vms->pdata[i];
        g_autofree char *path =
            g_strdup_printf("%s/%s.xml", IO_DEFINITION_STORE_DIR, vm->definition ? vm->definition : "");
        g_autofree char *xml = NULL;
        gsize len = 0;
        if (g_file_get_contents(path, &xml, &len, NULL) && len <= HA_DEFINITION_BYTES_MAX)
            chk_collect_definition(vm->name, xml, len, facts);
    }
}

static void collect_libvirt(IoRun *list, IoRun *guests, ChkFacts *facts)
{
    g_autofree char *conf = NULL;
    io_run_wait(list);
    io_run_wait(guests);
    facts->libvirt = !list->error;
    facts->libvirt_error = g_strdup(list->error);
    g_auto(GStrv) names = g_strsplit(list->error ? "" : list->out, "\n", -1);
    for (guint i = 0; names[i]; i++)
        if (*g_strstrip(names[i]))
            g_ptr_array_add(facts->autostart, g_strdup(names[i]));
    facts->libvirt_guests = !guests->error && g_str_has_prefix(guests->out, "enabled");
    if (g_file_get_contents(QEMU_CONF_PATH, &conf, NULL, NULL))
        chk_collect_qemu_conf(conf, facts);
    if (!facts->config)
        return;
    ask_peers(facts);
    collect_definitions(facts);
}

void chk_collect(ChkFacts *facts, guint areas)
{
    g_autoptr(IoRun) cib = START(TOOL_MS, "cibadmin", "--query");
    g_autoptr(IoRun) map = START(TOOL_MS, "corosync-cmapctl");
    g_autoptr(IoRun) stats = START(TOOL_MS, "corosync-cmapctl", "-m", "stats");
    g_autoptr(IoRun) history = START(TOOL_MS, "stonith_admin", "--history", "*", "--verbose", "--output-as=xml");
    g_autoptr(IoRun) list =
        START(TOOL_MS, "virsh", "--quiet", "--connect", "qemu:///system", "list", "--all", "--autostart", "--name");
    g_autoptr(IoRun) guests = START(TOOL_MS, "systemctl", "is-enabled", "libvirt-guests.service");
    facts->now_s = g_get_real_time() / G_USEC_PER_SEC;
    facts->ipc_buffer_bytes = io_host_ipc_buffer("");
    collect_cib(cib, facts);
    collect_corosync(map, stats, facts);
    io_run_wait(history);
    io_run_wait(list);
    io_run_wait(guests);
    if (areas & CHK_FENCING)
        collect_fencing(history, facts);
    if (areas & CHK_LIBVIRT)
        collect_libvirt(list, guests, facts);
}
