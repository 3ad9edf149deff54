/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/manifest/mf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/core/model/ha_sorted.h"
#include "agent/manifest/mf_document.h"

#define CHUNK_BYTES 65536u
#define TOO_LARGE "it is too large"

static void definition_free(gpointer data)
{
    MfDefinition *definition = data;
    g_free(definition->hash);
    g_free(definition->vm);
    g_bytes_unref(definition->xml);
    g_free(definition);
}

void mf_file_free(MfFile *file)
{
    if (!file)
        return;
    g_free(file->name);
    mf_text_free(file->text);
    g_ptr_array_unref(file->definitions);
    g_free(file);
}

const char *mf_file_name(const char *path)
{
    return g_str_equal(path, "-") ? "standard input" : path;
}

/* ---- bytes ---- */

/* A file tells its size before it is read; a pipe has to be read up to the limit. */
static gboolean size_fits(int fd, gsize max)
{
    struct stat status;
    return fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || (guint64)status.st_size <= max;
}

/* Returns: (transfer full); NULL when it can't be had, and @ret_why says why (static, or g_strerror's). */
static GBytes *read_all(int fd, gsize max, const char **ret_why)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    *ret_why = TOO_LARGE;
    if (!size_fits(fd, max))
        return NULL;
    for (;;) {
        guint8 chunk[CHUNK_BYTES];
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
        *ret_why = n < 0 ? g_strerror(errno) : TOO_LARGE;
        if (n < 0 || bytes->len + (gsize)n > max)
            return NULL;
        g_byte_array_append(bytes, chunk, (guint)n);
    }
}

static GBytes *read_path(const char *path, gsize max, const char **ret_why)
{
    if (g_str_equal(path, "-"))
        return read_all(STDIN_FILENO, max, ret_why);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        *ret_why = g_strerror(errno);
        return NULL;
    }
    GBytes *bytes = read_all(fd, max, ret_why);
    close(fd);
    return bytes;
}

/* ---- definitions ---- */

static const char *definition_fault(GBytes *xml)
{
    gsize len = 0;
    const char *data = g_bytes_get_data(xml, &len);
    if (len == 0)
        return "it is empty";
    if (len > HA_DEFINITION_BYTES_MAX)
        return TOO_LARGE;
    return g_utf8_validate_len(data, len, NULL) ? NULL : "it is no UTF-8 text";
}

/* Returns: (transfer full); NULL and a problem. */
static GBytes *source_xml(const MfSource *source, const char *dir, MfProblems *problems)
{
    const char *why = NULL;
    g_autoptr(GBytes) xml = NULL;
    if (source->inline_xml) {
        xml = g_bytes_new(source->inline_xml, strlen(source->inline_xml));
    } else {
        g_autofree char *path =
            g_path_is_absolute(source->path) ? g_strdup(source->path) : g_build_filename(dir, source->path, NULL);
        xml = read_path(path, HA_DEFINITION_BYTES_MAX, &why);
    }
    if (xml)
        why = definition_fault(xml);
    if (!why)
        return g_steal_pointer(&xml);
    mf_problems_add(problems, source->mark,
        "VM %s: %s can't be read: %s; give the VM's libvirt XML, at most 256 KiB, as of: virsh dumpxml --inactive %s",
        source->vm, source->path ? source->path : "its definition", why, source->vm);
    return NULL;
}

static void take_definition(MfFile *file, const MfSource *source, const char *dir, MfProblems *problems)
{
    GBytes *xml = source_xml(source, dir, problems);
    HaManifestVm *vm = ha_sorted_find(file->text->manifest->vms, source->vm);
    if (!xml)
        return;
    vm->hash = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, xml);
    MfDefinition *definition = g_new0(MfDefinition, 1);
    definition->hash = g_strdup(vm->hash);
    definition->vm = g_strdup(vm->name);
    definition->xml = xml;
    ha_sorted_put(file->definitions, definition);
}

MfFile *mf_file_read(const char *path, MfProblems *problems)
{
    const char *why = NULL;
    guint before = problems->n;
    g_autoptr(GBytes) bytes = read_path(path, MF_BYTES_MAX, &why);
    if (!bytes) {
        mf_problems_add(problems, (MfMark){0}, "it can't be read: %s; give a manifest of at most %u MiB", why,
            MF_BYTES_MAX / (1024u * 1024u));
        return NULL;
    }
    gsize len = 0;
    const char *data = g_bytes_get_data(bytes, &len);
    MfText *text = mf_read(data, len, problems);
    if (!text)
        return NULL;
    g_autoptr(MfFile) file = g_new0(MfFile, 1);
    g_autofree char *dir = g_str_equal(path, "-") ? g_strdup(".") : g_path_get_dirname(path);
    file->name = g_strdup(mf_file_name(path));
    file->text = text;
    file->definitions = g_ptr_array_new_with_free_func(definition_free);
    for (guint i = 0; i < text->sources->len; i++)
        take_definition(file, text->sources->pdata[i], dir, problems);
    return problems->n == before ? g_steal_pointer(&file) : NULL;
}
