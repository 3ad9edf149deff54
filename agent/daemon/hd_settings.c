/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/daemon/hd_settings.h"

static gboolean read_number(GKeyFile *file, const char *path, const char *group, const char *key, guint64 min,
    guint64 max, guint64 *value, GError **error)
{
    g_autoptr(GError) failure = NULL;
    if (!g_key_file_has_key(file, group, key, NULL))
        return TRUE;
    guint64 number = g_key_file_get_uint64(file, group, key, &failure);
    if (failure || number < min || number > max) {
        g_set_error(error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE,
            "%s: [%s] %s must be a whole number from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
            "; correct it, or remove the line",
            path, group, key, min, max);
        return FALSE;
    }
    *value = number;
    return TRUE;
}

gboolean hd_settings_load(const char *path, HdSettings *ret_settings, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError) failure = NULL;
    HdSettings settings = {0};
    ha_settings_init(&settings.core);
    if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, &failure) &&
        !g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
        g_set_error(
            error, failure->domain, failure->code, "%s: %s; correct the file, or move it away", path, failure->message);
        return FALSE;
    }
    guint64 per_node = settings.core.moves_per_node, per_cluster = settings.core.moves_per_cluster,
            attempts = settings.core.attempts, delay_ms = settings.core.retry_delay_ms, reserve_mib = 0;
    if (!read_number(file, path, "drain", "moves_per_node", 1, 64, &per_node, error) ||
        !read_number(file, path, "drain", "moves_per_cluster", 1, 1024, &per_cluster, error) ||
        !read_number(file, path, "drain", "attempts", 1, 100, &attempts, error) ||
        !read_number(file, path, "drain", "retry_delay_ms", 100, 3600000, &delay_ms, error) ||
        !read_number(file, path, "host", "reserve_mib", 0, 1u << 24, &reserve_mib, error))
        return FALSE;
    settings.core.moves_per_node = (guint32)per_node;
    settings.core.moves_per_cluster = (guint32)per_cluster;
    settings.core.attempts = (guint32)attempts;
    settings.core.retry_delay_ms = (guint32)delay_ms;
    settings.reserve_bytes = reserve_mib << 20;
    *ret_settings = settings;
    return TRUE;
}
