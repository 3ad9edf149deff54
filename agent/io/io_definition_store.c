/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_definition_store.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".xml"
#define TEMPORARY ".new-" /* prefix of a file that is being written */

struct IoDefinitionStore {
    char *dir;
    GHashTable
        *hashes; /* char*, a set: what the directory held when it was opened, and what was put and removed since */
};

static gboolean fail(GError **error, const char *what, const char *path)
{
    int saved = errno;

    g_set_error(error, IO_DEFINITION_ERROR, IO_DEFINITION_ERROR_IO,
        "%s %s failed: %s; the directory must be root's, on a "
        "writable filesystem with space left",
        what, path, g_strerror(saved));
    return FALSE;
}

static char *path_in(const char *dir, const char *hash)
{
    return g_strconcat(dir, "/", hash, SUFFIX, NULL);
}

static char *hash_of(const char *file)
{
    g_autofree char *hash = g_str_has_suffix(file, SUFFIX) ? g_strndup(file, strlen(file) - strlen(SUFFIX)) : NULL;

    return ha_hash_check(hash) ? g_steal_pointer(&hash) : NULL;
}

static gboolean scan(IoDefinitionStore *store, GError **error)
{
    g_autoptr(GError) reason = NULL;
    g_autoptr(GDir) dir = g_dir_open(store->dir, 0, &reason);

    if (dir == NULL) {
        g_set_error(error, IO_DEFINITION_ERROR, IO_DEFINITION_ERROR_IO, "opening the definition store failed: %s",
            reason->message);
        return FALSE;
    }
    for (const char *file; (file = g_dir_read_name(dir));) {
        char *hash = hash_of(file);

        if (hash)
            g_hash_table_add(store->hashes, hash);
        else if (g_str_has_prefix(file, TEMPORARY)) {
            g_autofree char *path = g_build_filename(store->dir, file, NULL);
            (void)g_unlink(path); /* it was never acknowledged, and never will be read */
        }
    }
    return TRUE;
}

IoDefinitionStore *io_definition_store_new(const char *dir, GError **error)
{
    g_autoptr(IoDefinitionStore) store = g_new0(IoDefinitionStore, 1);

    store->dir = g_strdup(dir);
    store->hashes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (g_mkdir_with_parents(dir, 0700) < 0) {
        fail(error, "making the definition store", dir);
        return NULL;
    }
    if (chmod(dir, 0700) < 0) {
        fail(error, "closing the definition store to others,", dir);
        return NULL;
    }
    if (!scan(store, error))
        return NULL;
    return g_steal_pointer(&store);
}

void io_definition_store_free(IoDefinitionStore *store)
{
    if (store == NULL)
        return;
    g_free(store->dir);
    g_hash_table_unref(store->hashes);
    g_free(store);
}

static gboolean write_all(int fd, const char *bytes, gsize len)
{
    while (len > 0) {
        gssize n = write(fd, bytes, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return FALSE;
        bytes += n;
        len -= (gsize)n;
    }
    return TRUE;
}

static gboolean write_temporary(const char *path, const void *xml, gsize len, gboolean sync, GError **error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return fail(error, "creating", path);
    gboolean ok = (write_all(fd, xml, len) && (!sync || fsync(fd) == 0)) || fail(error, "writing", path);
    close(fd); /* what it could report, fsync has reported */
    if (!ok)
        (void)g_unlink(path);
    return ok;
}

/* The rename must outlive a power cut: whoever put a definition tells the cluster that this host has it. */
static gboolean sync_directory(const IoDefinitionStore *store, GError **error)
{
    int fd = open(store->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    gboolean ok = fd >= 0 && fsync(fd) == 0;

    if (!ok)
        fail(error, "syncing", store->dir);
    if (fd >= 0)
        close(fd);
    return ok;
}

static char *temporary_of(const IoDefinitionStore *store, const char *hash)
{
    return g_strdup_printf("%s/" TEMPORARY "%s", store->dir, hash);
}

static gboolean begin_file(
    const IoDefinitionStore *store, const char *hash, const void *xml, gsize len, gboolean sync, GError **error)
{
    g_autofree char *temporary = temporary_of(store, hash);

    (void)g_unlink(temporary);
    return write_temporary(temporary, xml, len, sync, error);
}

static gboolean finish_file(const IoDefinitionStore *store, const char *hash, GError **error)
{
    g_autofree char *path = path_in(store->dir, hash);
    g_autofree char *temporary = temporary_of(store, hash);

    if (g_rename(temporary, path) == 0)
        return TRUE;
    fail(error, "renaming to", path);
    (void)g_unlink(temporary);
    return FALSE;
}

static gboolean write_file(IoDefinitionStore *store, const char *hash, const void *xml, gsize len, GError **error)
{
    return begin_file(store, hash, xml, len, TRUE, error) && finish_file(store, hash, error) &&
           sync_directory(store, error);
}

static gboolean has_intact(IoDefinitionStore *store, const char *hash)
{
    g_autofree char *text =
        io_definition_store_has(store, hash) ? io_definition_store_get(store, hash, NULL, NULL) : NULL;

    return text != NULL;
}

gboolean io_definition_store_put(
    IoDefinitionStore *store, const void *xml, gsize len, const char *expected, char **ret_hash, GError **error)
{
    if (len == 0 || len > HA_DEFINITION_BYTES_MAX) {
        g_set_error(error, IO_DEFINITION_ERROR, IO_DEFINITION_ERROR_XML,
            "the definition has %" G_GSIZE_FORMAT " bytes; 1 to %u are accepted", len, HA_DEFINITION_BYTES_MAX);
        return FALSE;
    }
    g_autofree char *hash = io_definition_hash(xml, len);
    if (expected && strcmp(expected, hash) != 0) {
        g_set_error(error, IO_DEFINITION_ERROR, IO_DEFINITION_ERROR_HASH,
            "a definition was sent as %.64s, but its content is %s: it was damaged on the way and is not kept",
            expected, hash);
        return FALSE;
    }
    if (has_intact(store, hash)) {
        if (!io_definition_store_touch(store, hash, error))
            return FALSE;
    } else { /* a damaged one is replaced */
        if (!write_file(store, hash, xml, len, error))
            return FALSE;
        g_hash_table_add(store->hashes, g_strdup(hash));
    }
    if (ret_hash)
        *ret_hash = g_steal_pointer(&hash);
    return TRUE;
}

/* ---- several at once ---- */

static gboolean begin_all(
    const IoDefinitionStore *store, const GPtrArray *hashes, const GPtrArray *xmls, GError **error)
{
    for (guint i = 0; i < hashes->len; i++) {
        gsize len = 0;
        const void *xml = g_bytes_get_data(xmls->pdata[i], &len);

        if (!begin_file(store, hashes->pdata[i], xml, len, FALSE, error))
            return FALSE;
    }
    return TRUE;
}

/* What was written reaches the disk in one go; an fsync for each file would wait for it again and again. */
static gboolean sync_files(const IoDefinitionStore *store, GError **error)
{
    int fd = open(store->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    gboolean ok = (fd >= 0 && syncfs(fd) == 0) || fail(error, "syncing the files of", store->dir);

    if (fd >= 0)
        close(fd);
    return ok;
}

static gboolean finish_all(IoDefinitionStore *store, const GPtrArray *hashes, GError **error)
{
    for (guint i = 0; i < hashes->len; i++) {
        if (!finish_file(store, hashes->pdata[i], error))
            return FALSE;
    }
    if (!sync_directory(store, error))
        return FALSE;
    for (guint i = 0; i < hashes->len; i++)
        g_hash_table_add(store->hashes, g_strdup(hashes->pdata[i]));
    return TRUE;
}

gboolean io_definition_store_put_all(
    IoDefinitionStore *store, const GPtrArray *hashes, const GPtrArray *xmls, GError **error)
{
    g_autoptr(GPtrArray) fresh = g_ptr_array_new();
    g_autoptr(GPtrArray) contents = g_ptr_array_new();
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < hashes->len; i++) {
        if (!g_hash_table_add(seen, hashes->pdata[i]))
            continue;
        if (has_intact(store, hashes->pdata[i])) {
            if (!io_definition_store_touch(store, hashes->pdata[i], error))
                return FALSE;
            continue;
        }
        g_ptr_array_add(fresh, hashes->pdata[i]);
        g_ptr_array_add(contents, xmls->pdata[i]);
    }
    return fresh->len == 0 ||
           (begin_all(store, fresh, contents, error) && sync_files(store, error) && finish_all(store, fresh, error));
}

/* Bounded, and only a regular file: nothing else was ever put here. */
static char *read_bounded(int fd, gsize *ret_len)
{
    struct stat st;
    g_autofree char *text = g_malloc(HA_DEFINITION_BYTES_MAX + 1);
    gsize len = 0;

    if (fstat(fd, &st) < 0)
        return NULL;
    if (!S_ISREG(st.st_mode) || st.st_size > (off_t)HA_DEFINITION_BYTES_MAX) {
        errno = EFBIG;
        return NULL;
    }
    while (len < HA_DEFINITION_BYTES_MAX) {
        gssize n = read(fd, text + len, HA_DEFINITION_BYTES_MAX - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return NULL;
        if (n == 0)
            break;
        len += (gsize)n;
    }
    text[len] = '\0';
    *ret_len = len;
    return g_realloc(g_steal_pointer(&text), len + 1);
}

static gboolean missing(const char *hash, GError **error)
{
    g_set_error(error, IO_DEFINITION_ERROR, IO_DEFINITION_ERROR_MISSING,
        "definition %.64s is not on this host; it comes from the others as soon as one that has it is up",
        hash ? hash : "(none)");
    return FALSE;
}

static char *read_file(const char *path, const char *hash, gsize *ret_len, GError **error)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            missing(hash, error);
        else
            fail(error, "opening", path);
        return NULL;
    }
    char *text = read_bounded(fd, ret_len);
    if (text == NULL)
        fail(error, "reading", path);
    close(fd);
    return text;
}

char *io_definition_store_read(const char *dir, const char *hash, gsize *ret_len, GError **error)
{
    gsize len = 0;

    if (!ha_hash_check(hash)) {
        missing(hash, error);
        return NULL;
    }
    g_autofree char *path = path_in(dir, hash);
    g_autofree char *text = read_file(path, hash, &len, error);
    if (text == NULL)
        return NULL;
    g_autofree char *actual = io_definition_hash(text, len);
    if (strcmp(actual, hash) != 0) {
        g_set_error(error, IO_DEFINITION_ERROR, IO_DEFINITION_ERROR_HASH,
            "%s is damaged: its content is %s; remove the file, and hactld fetches it anew from another host", path,
            actual);
        return NULL;
    }
    if (ret_len)
        *ret_len = len;
    return g_steal_pointer(&text);
}

char *io_definition_store_get(IoDefinitionStore *store, const char *hash, gsize *ret_len, GError **error)
{
    g_autoptr(GError) reason = NULL;
    char *text = io_definition_store_read(store->dir, hash, ret_len, &reason);

    if (hash && g_error_matches(reason, IO_DEFINITION_ERROR, IO_DEFINITION_ERROR_MISSING))
        g_hash_table_remove(store->hashes, hash);
    if (reason)
        g_propagate_error(error, g_steal_pointer(&reason));
    return text;
}

gboolean io_definition_store_has(const IoDefinitionStore *store, const char *hash)
{
    return hash && g_hash_table_contains(store->hashes, hash);
}

static int compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GPtrArray *io_definition_store_list(const IoDefinitionStore *store)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iter;
    gpointer hash;

    g_hash_table_iter_init(&iter, store->hashes);
    while (g_hash_table_iter_next(&iter, &hash, NULL))
        g_ptr_array_add(list, g_strdup(hash));
    g_ptr_array_sort(list, compare_texts);
    return list;
}

gint64 io_definition_store_referred_s(const IoDefinitionStore *store, const char *hash)
{
    g_autofree char *path = path_in(store->dir, hash);
    struct stat st;

    return lstat(path, &st) == 0 ? (gint64)st.st_mtime : 0;
}

gboolean io_definition_store_touch(const IoDefinitionStore *store, const char *hash, GError **error)
{
    g_autofree char *path = path_in(store->dir, hash);

    return utimensat(AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW) == 0 || fail(error, "touching", path);
}

gboolean io_definition_store_remove(IoDefinitionStore *store, const char *hash, GError **error)
{
    if (!ha_hash_check(hash))
        return TRUE;
    g_autofree char *path = path_in(store->dir, hash);

    if (g_unlink(path) < 0 && errno != ENOENT)
        return fail(error, "removing", path);
    g_hash_table_remove(store->hashes, hash);
    return TRUE;
}
