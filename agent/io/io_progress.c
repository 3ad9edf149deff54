/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_progress.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define EXPIRE_MS 1000
#define BURST_MAX 64 /* datagrams a turn: a flood must not starve the loop */

typedef struct {
    IoProgressLine line;
    gint64 drop_us; /* monotonic */
} Entry;

struct IoProgress {
    IoProgressHandler handler;
    gpointer data;
    char *path;
    int fd;
    guint fd_source;
    guint expire_source;
    GHashTable *entries; /* char* vm -> Entry* */
    guint64 rejected;
};

/* ---- the line ---- */

static gboolean refuse(GError **error, const char *word, const char *why)
{
    g_autofree char *shown = g_strescape(word, NULL);

    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "progress line: \"%.80s\" %s", shown, why);
    return FALSE;
}

static gboolean set_phase(IoProgressLine *line, const char *value, GError **error)
{
    static const char *const words[] = {"precheck", "running", "done", "failed"};

    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strcmp(value, words[i]) == 0) {
            line->phase = (IoProgressPhase)i;
            return TRUE;
        }
    }
    return refuse(error, value, "is no phase");
}

static gboolean set_number(IoProgressLine *line, const char *key, const char *value, GError **error)
{
    HaMigration *m = &line->migration;
    const struct {
        const char *key;
        guint64 *wide;
        guint32 *narrow;
    } fields[] = {
        {"total", &m->total_bytes, NULL},
        {"processed", &m->processed_bytes, NULL},
        {"remaining", &m->remaining_bytes, NULL},
        {"dirty_bps", &m->dirty_bytes_per_s, NULL},
        {"bandwidth_bps", &m->bandwidth_bytes_per_s, NULL},
        {"downtime_ms", NULL, &m->downtime_ms},
        {"iteration", NULL, &m->iteration},
        {"elapsed_ms", NULL, &m->elapsed_ms},
    };
    guint64 number;

    for (guint i = 0; i < G_N_ELEMENTS(fields); i++) {
        if (strcmp(key, fields[i].key) != 0)
            continue;
        if (!g_ascii_string_to_unsigned(value, 10, 0, fields[i].wide ? G_MAXUINT64 : G_MAXUINT32, &number, NULL))
            return refuse(error, value, "is no number of that size");
        if (fields[i].wide)
            *fields[i].wide = number;
        else
            *fields[i].narrow = (guint32)number;
        return TRUE;
    }
    return TRUE; /* a key of a newer agent */
}

static gboolean set_reason(IoProgressLine *line, const char *value, GError **error)
{
    g_autofree char *text = g_strcompress(value);

    g_free(line->reason);
    line->reason = g_utf8_make_valid(text, -1);
    return TRUE;
}

static gboolean set_word(IoProgressLine *line, const char *key, const char *value, GError **error)
{
    if (strcmp(key, "vm") == 0) {
        if (!ha_name_check(value))
            return refuse(error, value, "is no VM's name");
        line->vm = g_strdup(value);
        return TRUE;
    }
    if (strcmp(key, "phase") == 0)
        return set_phase(line, value, error);
    if (strcmp(key, "reason") == 0)
        return set_reason(line, value, error);
    return set_number(line, key, value, error);
}

/* Cuts the next KEY=VALUE or KEY="VALUE" off *at, in place. FALSE at the end (*ret_key NULL) or when malformed. */
static gboolean next_word(char **at, char **ret_key, char **ret_value, GError **error)
{
    char *p = *at + strspn(*at, " ");
    char *end;

    *ret_key = NULL;
    if (*p == '\0')
        return FALSE;
    char *equals = p + strcspn(p, "= ");
    if (*equals != '=' || equals == p)
        return refuse(error, p, "is no KEY=VALUE");
    *equals = '\0';
    if (equals[1] == '"') {
        for (end = equals + 2; *end && *end != '"'; end++) {
            if (*end == '\\' && end[1])
                end++;
        }
        if (*end != '"' || (end[1] != '\0' && end[1] != ' '))
            return refuse(error, p, "has a value without a closing quote");
        *ret_value = equals + 2;
    } else {
        *ret_value = equals + 1;
        end = equals + 1 + strcspn(equals + 1, " ");
    }
    *at = *end ? end + 1 : end;
    *end = '\0';
    *ret_key = p;
    return TRUE;
}

static gboolean read_words(char *text, IoProgressLine *line, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GError) reason = NULL;
    char *key, *value;

    while (next_word(&text, &key, &value, &reason)) {
        if (!g_hash_table_add(seen, key))
            return refuse(error, key, "comes twice");
        if (!set_word(line, key, value, error))
            return FALSE;
    }
    if (reason) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return FALSE;
    }
    if (line->vm == NULL || !g_hash_table_contains(seen, "phase"))
        return refuse(error, line->vm ? "phase" : "vm", "is missing");
    return TRUE;
}

gboolean io_progress_parse(const char *text, gsize len, IoProgressLine *ret_line, GError **error)
{
    IoProgressLine line = {0};

    if (len > 0 && text[len - 1] == '\n')
        len--;
    if (len == 0 || len > IO_PROGRESS_LINE_MAX || memchr(text, '\0', len) || memchr(text, '\n', len))
        return refuse(error, "", "it is empty, too long, or not one line of text");
    g_autofree char *copy = g_strndup(text, len);
    if (!read_words(copy, &line, error)) {
        io_progress_line_clear(&line);
        return FALSE;
    }
    if (line.phase != IO_PROGRESS_FAILED)
        g_clear_pointer(&line.reason, g_free);
    *ret_line = line;
    return TRUE;
}

void io_progress_line_clear(IoProgressLine *line)
{
    g_free(line->vm);
    g_free(line->reason);
    *line = (IoProgressLine){0};
}

/* ---- the socket ---- */

static void entry_free(gpointer data)
{
    Entry *entry = data;

    io_progress_line_clear(&entry->line);
    g_free(entry);
}

static gboolean on_expire(gpointer data)
{
    IoProgress *progress = data;
    g_autoptr(GPtrArray) dropped = g_ptr_array_new_with_free_func(g_free);
    gint64 now_us = g_get_monotonic_time();
    GHashTableIter iter;
    gpointer vm, entry;

    g_hash_table_iter_init(&iter, progress->entries);
    while (g_hash_table_iter_next(&iter, &vm, &entry)) {
        if (((Entry *)entry)->drop_us > now_us)
            continue;
        g_ptr_array_add(dropped, g_strdup(vm));
        g_hash_table_iter_remove(&iter);
    }
    gboolean more = g_hash_table_size(progress->entries) > 0;
    if (!more)
        progress->expire_source = 0;
    for (guint i = 0; i < dropped->len; i++)
        progress->handler.changed(g_ptr_array_index(dropped, i), progress->data);
    return more ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static gint64 keep_ms(IoProgressPhase phase)
{
    switch (phase) {
    case IO_PROGRESS_DONE:
        return IO_PROGRESS_KEEP_MS;
    case IO_PROGRESS_FAILED:
        return IO_PROGRESS_FAILED_MS;
    case IO_PROGRESS_PRECHECK:
    case IO_PROGRESS_RUNNING:
        break;
    }
    return IO_PROGRESS_SILENCE_MS;
}

/* Takes over @line. */
static void keep(IoProgress *progress, IoProgressLine *line)
{
    Entry *entry = g_new0(Entry, 1);

    entry->line = *line;
    entry->drop_us = g_get_monotonic_time() + 1000 * keep_ms(line->phase);
    g_hash_table_replace(progress->entries, entry->line.vm, entry);
    if (progress->expire_source == 0)
        progress->expire_source = g_timeout_add(EXPIRE_MS, on_expire, progress);
    progress->handler.changed(entry->line.vm, progress->data);
}

static void take(IoProgress *progress, const char *text, gsize len)
{
    IoProgressLine line;

    if (!io_progress_parse(text, len, &line, NULL))
        progress->rejected++;
    else if (g_hash_table_size(progress->entries) >= IO_PROGRESS_VMS_MAX &&
             !g_hash_table_contains(progress->entries, line.vm)) {
        progress->rejected++;
        io_progress_line_clear(&line);
    } else
        keep(progress, &line);
}

static gboolean on_readable(int fd, GIOCondition condition, gpointer data)
{
    char text[IO_PROGRESS_LINE_MAX + 2];

    for (guint i = 0; i < BURST_MAX; i++) {
        gssize n = recv(fd, text, sizeof text, MSG_DONTWAIT);

        if (n < 0)
            break;
        take(data, text, (gsize)n);
    }
    return G_SOURCE_CONTINUE;
}

static gboolean fail(GError **error, const char *what, const char *path)
{
    int saved = errno;

    g_set_error(error, G_IO_ERROR, g_io_error_from_errno(saved),
        "%s the progress socket %s failed: %s; its directory must be root's and writable", what, path,
        g_strerror(saved));
    return FALSE;
}

static gboolean bind_socket(int fd, const char *path, GError **error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_autofree char *dir = g_path_get_dirname(path);
    struct stat st;

    if (g_strlcpy(address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return fail(error, "naming", path);
    }
    if (g_mkdir_with_parents(dir, 0755) < 0)
        return fail(error, "making the directory of", path);
    if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode) && g_unlink(path) < 0) /* of a daemon that was killed */
        return fail(error, "replacing", path);
    if (fchmod(fd, 0600) < 0) /* bind gives the file the socket's mode */
        return fail(error, "closing to others", path);
    return bind(fd, (struct sockaddr *)&address, sizeof address) == 0 || fail(error, "binding", path);
}

IoProgress *io_progress_new(const char *path, const IoProgressHandler *handler, gpointer data, GError **error)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0) {
        fail(error, "opening", path);
        return NULL;
    }
    if (!bind_socket(fd, path, error)) {
        close(fd);
        return NULL;
    }
    IoProgress *progress = g_new0(IoProgress, 1);
    progress->handler = *handler;
    progress->data = data;
    progress->path = g_strdup(path);
    progress->fd = fd;
    progress->fd_source = g_unix_fd_add(fd, G_IO_IN, on_readable, progress);
    progress->entries = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, entry_free);
    return progress;
}

void io_progress_free(IoProgress *progress)
{
    if (progress == NULL)
        return;
    g_clear_handle_id(&progress->fd_source, g_source_remove);
    g_clear_handle_id(&progress->expire_source, g_source_remove);
    close(progress->fd);
    (void)g_unlink(progress->path);
    g_free(progress->path);
    g_hash_table_unref(progress->entries);
    g_free(progress);
}

void io_progress_fill(const IoProgress *progress, HaReport *report)
{
    for (guint i = 0; i < report->vms->len; i++) {
        HaReportVm *vm = g_ptr_array_index(report->vms, i);
        const IoProgressLine *line = io_progress_last(progress, vm->name);

        if (line && line->phase == IO_PROGRESS_FAILED) {
            g_free(vm->failure);
            vm->failure = g_strdup(line->reason);
        } else if (line) {
            vm->migration = line->migration;
        }
    }
}

const IoProgressLine *io_progress_last(const IoProgress *progress, const char *vm)
{
    const Entry *entry = g_hash_table_lookup(progress->entries, vm);

    return entry ? &entry->line : NULL;
}

guint64 io_progress_rejected(const IoProgress *progress)
{
    return progress->rejected;
}
