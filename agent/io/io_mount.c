/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_mount.h"

#include <string.h>

#define LINKS_MAX 16

static const char *const shared_types[] = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "gfs2", "ocfs2", "afs",
    "gpfs", "lustre", "acfs", "beegfs", "orangefs", "pvfs2", "glusterfs", "fuse.glusterfs", "fuse.quobyte", "fuse.ceph",
    "fuse.ceph-fuse", "fuse.beegfs", "fuse.lizardfs", "fuse.moosefs", "fuse.mfs", "fuse.juicefs", NULL};

gboolean io_mount_type_is_shared(const char *type)
{
    return g_strv_contains(shared_types, type);
}

/* The kernel writes blanks, newlines and backslashes of a mount point as \ooo. */
static char *unescape(const char *word)
{
    return g_strcompress(word);
}

static gboolean is_above(const char *mount, const char *path)
{
    gsize len = strlen(mount);

    if (strcmp(mount, "/") == 0)
        return TRUE;
    return strncmp(mount, path, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

/* "36 35 98:0 /root /mount options optional... - type source options" */
static gboolean read_line(const char *line, char **ret_mount, char **ret_type)
{
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    guint n = g_strv_length(words);
    guint dash = 6;

    while (dash < n && strcmp(words[dash], "-") != 0)
        dash++;
    if (dash + 1 >= n)
        return FALSE;
    *ret_mount = unescape(words[4]);
    *ret_type = g_strdup(words[dash + 1]);
    return TRUE;
}

char *io_mount_type(const char *table, const char *path)
{
    g_auto(GStrv) lines = g_strsplit(table, "\n", -1);
    g_autofree char *best = NULL;
    gsize best_len = 0;

    for (guint i = 0; lines[i]; i++) {
        g_autofree char *mount = NULL, *type = NULL;

        if (!read_line(lines[i], &mount, &type) || !is_above(mount, path))
            continue;
        if (best && strlen(mount) < best_len) /* of equals the later one lies on top */
            continue;
        best_len = strlen(mount);
        g_free(best);
        best = g_steal_pointer(&type);
    }
    return g_steal_pointer(&best);
}

static gboolean is_shared_at(const char *table, const char *path)
{
    g_autofree char *type = io_mount_type(table, path);

    return type && io_mount_type_is_shared(type);
}

/* Follows the first symbolic link on the way, unless a shared filesystem comes before it. */
static gboolean step(const char *table, const char *path, char **ret_next)
{
    for (const char *end = path; *end;) {
        end = strchr(end + 1, '/');
        end = end ? end : path + strlen(path);
        g_autofree char *head = g_strndup(path, end - path);
        if (is_shared_at(table, head))
            return TRUE;
        g_autofree char *link = g_file_read_link(head, NULL);
        if (link) {
            g_autofree char *parent = g_path_get_dirname(head);
            g_autofree char *tail = g_strconcat(link, end, NULL);
            *ret_next = g_canonicalize_filename(tail, parent);
            return FALSE;
        }
    }
    return FALSE;
}

gboolean io_mount_is_shared(const char *path)
{
    g_autofree char *table = NULL;
    g_autofree char *at = g_canonicalize_filename(path, "/");

    if (!g_file_get_contents(IO_MOUNT_TABLE, &table, NULL, NULL))
        return FALSE;
    for (guint links = 0; links < LINKS_MAX; links++) {
        char *next = NULL;

        if (step(table, at, &next))
            return TRUE;
        if (next == NULL)
            return FALSE;
        g_free(at);
        at = next;
    }
    return FALSE;
}
