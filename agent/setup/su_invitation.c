/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/setup/su_invitation.h"

#include <string.h>

#define GROUP "hactl invitation"

void su_invitation_free(SuInvitation *invitation)
{
    if (!invitation)
        return;
    g_free(invitation->conf);
    g_bytes_unref(invitation->key);
    g_free(invitation);
}

static char *sum_of(const char *conf, const char *key, gint64 made_s)
{
    g_autofree char *all = g_strdup_printf("%s\n%s\n%" G_GINT64_FORMAT, conf, key, made_s);
    return g_compute_checksum_for_string(G_CHECKSUM_SHA256, all, -1);
}

char *su_invitation_format(const SuInvitation *invitation)
{
    gsize len;
    const guchar *bytes = g_bytes_get_data(invitation->key, &len);
    g_autofree char *conf = g_base64_encode((const guchar *)invitation->conf, strlen(invitation->conf));
    g_autofree char *key = g_base64_encode(bytes, len);
    g_autofree char *sum = sum_of(conf, key, invitation->made_s);
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_key_file_set_comment(file, NULL, NULL, " Secret: it holds the cluster's key. 'hactl join' reads it.", NULL);
    g_key_file_set_string(file, GROUP, "conf", conf);
    g_key_file_set_string(file, GROUP, "key", key);
    g_key_file_set_int64(file, GROUP, "made", invitation->made_s);
    g_key_file_set_string(file, GROUP, "sum", sum);
    return g_key_file_to_data(file, NULL, NULL);
}

static gboolean refuse(GError **error, const char *why)
{
    g_set_error(error, SU_ERROR, SU_ERROR_CONTENT,
        "this is no invitation to a cluster: %s; make one on a host of the cluster with 'hactl invite'", why);
    return FALSE;
}

static gboolean check(GKeyFile *file, char **ret_conf, char **ret_key, gint64 *ret_made_s, GError **error)
{
    g_autofree char *conf = g_key_file_get_string(file, GROUP, "conf", NULL);
    g_autofree char *key = g_key_file_get_string(file, GROUP, "key", NULL);
    g_autofree char *sum = g_key_file_get_string(file, GROUP, "sum", NULL);
    gint64 made_s = g_key_file_get_int64(file, GROUP, "made", NULL);
    if (!conf || !key || !sum)
        return refuse(error, "a part of it is missing");
    g_autofree char *right = sum_of(conf, key, made_s);
    if (strcmp(sum, right) != 0)
        return refuse(error, "it was damaged or changed on its way");
    *ret_conf = g_steal_pointer(&conf);
    *ret_key = g_steal_pointer(&key);
    *ret_made_s = made_s;
    return TRUE;
}

/* The sum says that it is ours; it does not say that it is whole sense. */
static gboolean check_content(const char *conf, gsize conf_len, gsize key_len, GError **error)
{
    if (!g_utf8_validate(conf, (gssize)conf_len, NULL) || su_cluster_judge_conf(conf, NULL, NULL) != SU_CONF_OTHER)
        return refuse(error, "its corosync.conf names no host");
    if (key_len < SU_KEY_BYTES_MIN || key_len > SU_KEY_BYTES_MAX)
        return refuse(error, "its key has not the size of a corosync key");
    return TRUE;
}

SuInvitation *su_invitation_parse(const char *text, gsize len, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *conf64 = NULL, *key64 = NULL;
    gint64 made_s = 0;
    if (len == 0 || len > SU_INVITATION_BYTES_MAX ||
        !g_key_file_load_from_data(file, text, len, G_KEY_FILE_NONE, NULL)) {
        refuse(error, len == 0 ? "it is empty" : "it has another form");
        return NULL;
    }
    if (!check(file, &conf64, &key64, &made_s, error))
        return NULL;
    gsize conf_len, key_len;
    g_autofree guchar *conf = g_base64_decode(conf64, &conf_len);
    g_autofree guchar *key = g_base64_decode(key64, &key_len);
    g_autofree char *conf_text = g_strndup((const char *)conf, conf_len);
    if (!check_content(conf_text, conf_len, key_len, error))
        return NULL;
    SuInvitation *invitation = g_new0(SuInvitation, 1);
    invitation->conf = g_steal_pointer(&conf_text);
    invitation->key = g_bytes_new_take(g_steal_pointer(&key), key_len);
    invitation->made_s = made_s;
    return invitation;
}
