/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_store.h"

#include "resource-agents/ra_env.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAIT_STEP_MS 200

static RaStore refuse(RaStore outcome, char **ret_why, const char *format, ...) G_GNUC_PRINTF(3, 4);

static RaStore refuse(RaStore outcome, char **ret_why, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (ret_why)
        *ret_why = g_strdup_vprintf(format, args);
    va_end(args);
    return outcome;
}

/* Reads at most MIG_DOMAIN_XML_MAX_BYTES + 1, so that an excess shows. */
static GByteArray *read_all(int fd)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    guint8 chunk[16384];

    while (bytes->len <= MIG_DOMAIN_XML_MAX_BYTES) {
        ssize_t n = read(fd, chunk, sizeof chunk);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return NULL;
        if (n == 0)
            return g_steal_pointer(&bytes);
        g_byte_array_append(bytes, chunk, (guint)n);
    }
    errno = EFBIG;
    return NULL;
}

static RaStore check_and_take(const char *path, const char *id, GByteArray *bytes, char **ret_xml, char **ret_why)
{
    g_autofree char *hash = g_compute_checksum_for_data(G_CHECKSUM_SHA256, bytes->data, bytes->len);

    if (strcmp(hash, id) != 0)
        return refuse(RA_STORE_WRONG_HASH, ret_why,
            "%s has the sha256 %s: it is damaged; remove it and hactld fetches it again", path, hash);
    *ret_xml = g_strndup((const char *)bytes->data, bytes->len);
    return RA_STORE_OK;
}

RaStore ra_store_read(const char *dir, const char *id, char **ret_xml, char **ret_why)
{
    if (!ra_env_is_definition(id))
        return refuse(RA_STORE_BAD_ID, ret_why, "'%s' is no sha256 in lower-case hexadecimal", id ? id : "");

    g_autofree char *path = g_strdup_printf("%s/%s.xml", dir, id);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat st;

    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return refuse(
            RA_STORE_MISSING, ret_why, "this host does not have the definition %s; is hactld running here?", path);
    if (fd < 0)
        return refuse(RA_STORE_UNREADABLE, ret_why, "cannot open the definition %s: %s", path, g_strerror(errno));
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return refuse(RA_STORE_UNREADABLE, ret_why, "the definition %s is no regular file", path);
    }

    g_autoptr(GByteArray) bytes = read_all(fd);
    int saved = errno;
    close(fd);
    if (bytes == NULL)
        return refuse(RA_STORE_UNREADABLE, ret_why, "cannot read the definition %s: %s", path, g_strerror(saved));
    return check_and_take(path, id, bytes, ret_xml, ret_why);
}

RaStore ra_store_wait(const char *dir, const char *id, gint64 until_us, char **ret_xml, char **ret_why)
{
    for (;;) {
        g_autofree char *why = NULL;
        RaStore outcome = ra_store_read(dir, id, ret_xml, &why);
        gboolean may_change = outcome == RA_STORE_MISSING || outcome == RA_STORE_WRONG_HASH;

        if (!may_change || g_get_monotonic_time() >= until_us) {
            if (ret_why)
                *ret_why = g_steal_pointer(&why);
            return outcome;
        }
        g_usleep(WAIT_STEP_MS * 1000);
    }
}
