/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/setup/su_host.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#define KEY_BYTES 256u
#define KEPT_SUFFIX ".before-hactl"

char *su_host_name(void)
{
    struct utsname name;
    return g_strdup(uname(&name) == 0 ? name.nodename : "");
}

/* ---- files ---- */

static gboolean read_all(const char *path, char **ret_data, gsize *ret_len, GError **error)
{
    g_autoptr(GError) failed = NULL;
    if (g_file_get_contents(path, ret_data, ret_len, &failed))
        return TRUE;
    if (!g_error_matches(failed, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        g_set_error(error, SU_ERROR, SU_ERROR_HOST, "%s; run it as root", failed->message);
    return FALSE;
}

char *su_host_read(const char *path, GError **error)
{
    g_autofree char *data = NULL;
    gsize len;
    if (!read_all(path, &data, &len, error))
        return NULL;
    return strlen(data) == len ? g_steal_pointer(&data) : NULL;
}

static GBytes *new_key(GError **error)
{
    guint8 key[KEY_BYTES];
    if (getrandom(key, sizeof key, 0) == (gssize)sizeof key)
        return g_bytes_new(key, sizeof key);
    g_set_error(error, SU_ERROR, SU_ERROR_HOST, "the kernel gives no random bytes: %s; make a key with corosync-keygen",
        g_strerror(errno));
    return NULL;
}

GBytes *su_host_key(gboolean create, GError **error)
{
    g_autoptr(GError) failed = NULL;
    char *data = NULL;
    gsize len;
    if (read_all(SU_KEY_PATH, &data, &len, &failed))
        return g_bytes_new_take(data, len);
    if (!failed && create)
        return new_key(error);
    if (failed)
        g_propagate_error(error, g_steal_pointer(&failed));
    else
        g_set_error(error, SU_ERROR, SU_ERROR_HOST, "%s is not there; run this on a host of the cluster", SU_KEY_PATH);
    return NULL;
}

static gboolean keep_old(const char *path, GError **error)
{
    g_autofree char *kept = g_strconcat(path, KEPT_SUFFIX, NULL);
    if (g_file_test(kept, G_FILE_TEST_EXISTS) || g_rename(path, kept) == 0 || errno == ENOENT)
        return TRUE;
    g_set_error(error, SU_ERROR, SU_ERROR_HOST, "%s can't be kept as %s: %s", path, kept, g_strerror(errno));
    return FALSE;
}

gboolean su_host_write(const char *path, const void *data, gsize len, mode_t mode, GError **error)
{
    g_autoptr(GError) failed = NULL;
    g_autofree char *old = NULL;
    gsize old_len;
    if (read_all(path, &old, &old_len, NULL) && old_len == len && memcmp(old, data, len) == 0 &&
        g_chmod(path, mode) == 0)
        return TRUE;
    if (!keep_old(path, error))
        return FALSE;
    if (g_file_set_contents_full(
            path, data, (gssize)len, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, (int)mode, &failed))
        return TRUE;
    g_set_error(error, SU_ERROR, SU_ERROR_HOST, "%s; run it as root, and look whether the package is installed",
        failed->message);
    return FALSE;
}

gboolean su_host_set_variable(const char *path, const char *name, const char *value, GError **error)
{
    g_autoptr(GError) failed = NULL;
    g_autofree char *text = su_host_read(path, &failed);
    if (failed) {
        g_propagate_error(error, g_steal_pointer(&failed));
        return FALSE;
    }
    g_autofree char *prefix = g_strconcat(name, "=", NULL);
    g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint i = 0; lines[i]; i++) {
        if (!g_str_has_prefix(lines[i], prefix) && (*lines[i] || lines[i + 1]))
            g_string_append_printf(out, "%s\n", lines[i]);
    }
    g_string_append_printf(out, "%s%s\n", prefix, value);
    return su_host_write(path, out->str, out->len, 0644, error);
}

/* ---- network ---- */

static gboolean same_address(const struct sockaddr *a, const struct sockaddr *b)
{
    if (!a || !b || a->sa_family != b->sa_family)
        return FALSE;
    if (a->sa_family == AF_INET)
        return memcmp(&((const struct sockaddr_in *)(const void *)a)->sin_addr,
                   &((const struct sockaddr_in *)(const void *)b)->sin_addr, sizeof(struct in_addr)) == 0;
    return a->sa_family == AF_INET6 &&
           memcmp(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr,
               &((const struct sockaddr_in6 *)(const void *)b)->sin6_addr, sizeof(struct in6_addr)) == 0;
}

static guint mtu_of(const char *interface)
{
    g_autofree char *path = g_strdup_printf("/sys/class/net/%s/mtu", interface);
    g_autofree char *text = NULL;
    return g_file_get_contents(path, &text, NULL, NULL) ? (guint)g_ascii_strtoull(text, NULL, 10) : 0;
}

static char *interface_with(const struct addrinfo *wanted)
{
    struct ifaddrs *all = NULL;
    char *found = NULL;
    if (getifaddrs(&all) != 0)
        return NULL;
    for (const struct ifaddrs *one = all; one && !found; one = one->ifa_next) {
        if (one->ifa_flags & IFF_LOOPBACK)
            continue;
        for (const struct addrinfo *each = wanted; each && !found; each = each->ai_next)
            if (same_address(one->ifa_addr, each->ai_addr))
                found = g_strdup(one->ifa_name);
    }
    freeifaddrs(all);
    return found;
}

gboolean su_host_is_own_address(const char *address, char **ret_interface, guint *ret_mtu, GError **error)
{
    struct addrinfo *resolved = NULL;
    int status = getaddrinfo(address, NULL, NULL, &resolved);
    if (status != 0) {
        g_set_error(error, SU_ERROR, SU_ERROR_HOST,
            "%s can't be resolved here: %s; put it into /etc/hosts on every host, or give its address: NODE=ADDRESS",
            address, gai_strerror(status));
        return FALSE;
    }
    g_autofree char *interface = interface_with(resolved);
    freeaddrinfo(resolved);
    if (!interface)
        return FALSE;
    if (ret_mtu)
        *ret_mtu = mtu_of(interface);
    if (ret_interface)
        *ret_interface = g_steal_pointer(&interface);
    return TRUE;
}

SuReach su_host_reach(const char *address, guint bytes)
{
    guint overhead = strchr(address, ':') ? 48 : 28; /* IP and ICMP headers */
    g_autofree char *size = g_strdup_printf("%u", bytes > overhead ? bytes - overhead : 56);
    g_autofree char *ping = g_find_program_in_path("ping");
    const char *argv[] = {"ping", "-q", "-n", "-c", "2", "-i", "0.2", "-w", "2", "-M", "do", "-s", size, address, NULL};
    if (!ping)
        return SU_REACH_UNKNOWN;
    g_autoptr(GBytes) out = su_host_run(argv, NULL);
    return out ? SU_REACH_ANSWERS : SU_REACH_SILENT;
}

/* ---- programs and services ---- */

GBytes *su_host_run(const char *const *argv, GError **error)
{
    g_autoptr(GError) failed = NULL;
    g_autoptr(GBytes) out = NULL, err = NULL;
    g_autoptr(GSubprocess) process =
        g_subprocess_newv(argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &failed);
    if (process && g_subprocess_communicate(process, NULL, NULL, &out, &err, &failed) &&
        g_subprocess_get_successful(process))
        return g_steal_pointer(&out);
    g_autofree char *said = err ? g_strndup(g_bytes_get_data(err, NULL), g_bytes_get_size(err)) : NULL;
    g_set_error(error, SU_ERROR, SU_ERROR_HOST, "'%s' failed: %s", argv[0],
        failed                      ? failed->message
        : said && *g_strstrip(said) ? said
                                    : "it said nothing");
    return NULL;
}

gboolean su_host_has_systemd(void)
{
    return g_file_test("/run/systemd/system", G_FILE_TEST_IS_DIR);
}

gboolean su_host_start(const char *service, GError **error)
{
    const char *argv[] = {"systemctl", "enable", "--now", "--quiet", service, NULL};
    g_autoptr(GBytes) out = su_host_run(argv, error);
    return out != NULL;
}
