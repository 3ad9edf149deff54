/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_room.h"

#include "agent/core/model/ha_report.h"
#include "resource-agents/ra_cib.h"
#include "resource-agents/ra_gate.h"
#include "resource-agents/ra_room_rule.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <libxml/tree.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define DIRECTORY "starts"
#define GATE ".gate" /* held by whoever makes a claim; no VM's name begins with a dot */
#define GATE_MS 5000
#define CIB_MS 5000

struct RaRoomClaim {
    int fd;
    char *path;
};

void ra_room_release(RaRoomClaim *claim)
{
    if (claim == NULL)
        return;
    g_unlink(claim->path);
    close(claim->fd);
    g_free(claim->path);
    g_free(claim);
}

/* ---- what is known of the host ---- */

static guint64 total_bytes(const RaEnv *env)
{
    g_autofree char *path = g_build_filename(env->proc_dir, "meminfo", NULL);
    g_autofree char *text = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return 0;
    const char *line = strstr(text, "MemTotal:");
    return line ? g_ascii_strtoull(line + strlen("MemTotal:"), NULL, 10) * 1024 : 0;
}

static RaRoom room_of(const RaEnv *env)
{
    guint64 total = total_bytes(env);
    guint64 reserve = env->reserve_mib ? env->reserve_mib << 20 : ha_report_reserve_default(total);

    return (RaRoom){.total_mib = total >> 20, .reserve_mib = MIN(reserve, total) >> 20};
}

static GPtrArray *uses_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)ra_room_use_free);
}

static GPtrArray *running(const RaEnv *env, MigHost *host, GError **error)
{
    g_autoptr(GPtrArray) domains = mig_host_domains(host, MIN(ra_env_left_ms(env->end_us), MIG_HOST_CALL_MS), error);

    if (domains == NULL)
        return NULL;
    GPtrArray *uses = uses_new();
    for (guint i = 0; i < domains->len; i++) {
        const MigHostDomain *domain = g_ptr_array_index(domains, i);
        g_ptr_array_add(uses, ra_room_use_new(domain->name, domain->mem_mib));
    }
    return uses;
}

/* An admin's own word for the node, which hactl's planner takes as well. */
static guint64 permitted_mib(const RaEnv *env)
{
    xmlDoc *nodes = env->node ? ra_cib_read("nodes", CIB_MS) : NULL;
    guint64 mib = nodes ? ra_cib_node_memory(nodes, env->node) : 0;

    if (nodes)
        xmlFreeDoc(nodes);
    return mib;
}

/* ---- claims ---- */

/* Behind the gate. Returns: NULL for a claim that nobody holds: it is removed. */
static RaRoomUse *read_claim(const char *dir, const char *vm)
{
    char text[32] = "";
    g_autofree char *path = g_build_filename(dir, vm, NULL);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    RaRoomUse *use = NULL;

    if (fd < 0)
        return NULL;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        g_unlink(path);
    else if (read(fd, text, sizeof text - 1) > 0)
        use = ra_room_use_new(vm, g_ascii_strtoull(text, NULL, 10));
    close(fd);
    return use;
}

static GPtrArray *read_claims(const char *dir)
{
    GPtrArray *claims = uses_new();
    g_autoptr(GDir) entries = g_dir_open(dir, 0, NULL);
    const char *name;

    while (entries && (name = g_dir_read_name(entries))) {
        RaRoomUse *use = *name == '.' ? NULL : read_claim(dir, name);
        if (use)
            g_ptr_array_add(claims, use);
    }
    return claims;
}

static RaRoomClaim *write_claim(const char *dir, const char *vm, guint64 mem_mib)
{
    g_autofree char *path = g_build_filename(dir, vm, NULL);
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT "\n", mem_mib);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0)
        return NULL;
    if (flock(fd, LOCK_EX | LOCK_NB) < 0 || write(fd, text, strlen(text)) != (gssize)strlen(text)) {
        close(fd);
        return NULL;
    }
    RaRoomClaim *claim = g_new0(RaRoomClaim, 1);
    claim->fd = fd;
    claim->path = g_steal_pointer(&path);
    return claim;
}

/* Returns: (transfer full) RaRoomUse*, the claims made before ours; NULL when none can be made here. */
static GPtrArray *claim_behind_the_gate(const RaEnv *env, guint64 needed_mib, RaRoomClaim **ret_claim)
{
    g_autofree char *dir = g_build_filename(env->run_dir, DIRECTORY, NULL);

    int gate = ra_gate_enter(dir, GATE, MIN(g_get_monotonic_time() + GATE_MS * 1000, env->end_us), NULL);
    if (gate < 0)
        return NULL;
    GPtrArray *before = read_claims(dir);
    *ret_claim = write_claim(dir, env->vm, needed_mib);
    close(gate);
    return before;
}

/* Claims are read before libvirt is asked: a start that ends in between is seen by both, and counts once. */
RaExit ra_room_claim(const RaEnv *env, MigHost *host, guint64 needed_mib, RaRoomClaim **ret_claim, char **ret_why)
{
    RaRoom room = room_of(env);
    g_autoptr(GError) error = NULL;
    g_autoptr(RaRoomClaim) claim = NULL;

    *ret_claim = NULL;
    if (room.total_mib == 0 || needed_mib == 0)
        return RA_OK;
    g_autoptr(GPtrArray) starting = claim_behind_the_gate(env, needed_mib, &claim);
    if (starting == NULL)
        starting = uses_new();
    g_autoptr(GPtrArray) uses = running(env, host, &error);
    if (uses == NULL) {
        *ret_why = g_strdup_printf("what else runs here is not known: %s", error->message);
        return RA_ERR_GENERIC;
    }
    ra_room_count(&room, env->vm, uses, starting);
    room.permitted_mib = permitted_mib(env);
    if (!ra_room_fits(&room, needed_mib)) {
        *ret_why = ra_room_reason(&room, needed_mib);
        return RA_ERR_INSTALLED;
    }
    *ret_claim = g_steal_pointer(&claim);
    return RA_OK;
}
