/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_env.h"

#include "agent/core/model/ha_policy.h"
#include "agent/migrate/mig_policy.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TIMEOUT_DEFAULT_MS 20000 /* Pacemaker's own default for an operation */
#define TIMEOUT_MAX_MS (24 * 3600 * 1000)
#define VM_NAME_MAX 200
#define RESERVE_MAX_MIB (1u << 24)

static const char *variable(const char *name, const char *fallback)
{
    const char *value = g_getenv(name);

    return value && *value ? value : fallback;
}

static guint64 number(const char *name, guint64 fallback, guint64 max)
{
    guint64 value = 0;

    return g_ascii_string_to_unsigned(variable(name, ""), 10, 0, max, &value, NULL) ? value : fallback;
}

static gboolean is_vm_name(const char *name)
{
    if (*name == '\0' || *name == '.' || *name == '-' || strlen(name) > VM_NAME_MAX)
        return FALSE;
    for (const char *c = name; *c; c++) {
        if (g_ascii_isspace(*c) || g_ascii_iscntrl(*c) || *c == '/')
            return FALSE;
    }
    return g_utf8_validate(name, -1, NULL);
}

gboolean ra_env_is_definition(const char *text)
{
    return text && strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

gboolean ra_env_is_uri_template(const char *text)
{
    const char *percent = strchr(text, '%');

    return percent && percent[1] == 's' && strchr(percent + 1, '%') == NULL;
}

char *ra_env_target_uri(const RaEnv *env, const char *node)
{
    const char *percent = strchr(env->migration_uri, '%');

    return g_strdup_printf("%.*s%s%s", (int)(percent - env->migration_uri), env->migration_uri, node, percent + 2);
}

static void note_problem(RaEnv *env, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void note_problem(RaEnv *env, const char *format, ...)
{
    va_list args;

    if (env->problem)
        return;
    va_start(args, format);
    env->problem = g_strdup_vprintf(format, args);
    va_end(args);
}

static void read_io_policy(RaEnv *env)
{
    const char *text = variable("OCF_RESKEY_on_io_error", "resume");

    env->on_io_error = RA_IO_RESUME;
    if (strcmp(text, "keep") == 0)
        env->on_io_error = RA_IO_KEEP;
    else if (strcmp(text, "restart") == 0)
        env->on_io_error = RA_IO_RESTART;
    else if (strcmp(text, "resume") != 0)
        note_problem(env, "on_io_error is '%s'; it can be keep, resume or restart", text);
}

/* The group's migration policy comes with the operation and outranks the host's configuration, key by key. */
static void read_migration_policy(RaEnv *env)
{
    const char *text = variable("OCF_RESKEY_CRM_meta_hactl_migration", "");
    g_autoptr(HaPolicy) policy = ha_policy_parse(HA_POLICY_DEFAULT, text);

    if (policy->bandwidth_mibps > 0)
        env->bandwidth_mibps = policy->bandwidth_mibps;
    if (policy->downtime_ms > 0)
        env->downtime_ms = policy->downtime_ms;
    env->downtime_max_ms =
        MAX(policy->downtime_max_ms > 0 ? policy->downtime_max_ms : MIG_DOWNTIME_MAX_MS, env->downtime_ms);
    env->deadline_ms = (guint64)policy->deadline_s * 1000;
    env->auto_converge = policy->auto_converge;
}

static void read_config(RaEnv *env)
{
    const char *path = variable("HACTL_CONFIG", "/etc/hactl/hactl.conf");
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError) error = NULL;

    if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, &error) &&
        !g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        note_problem(env, "cannot read %s: %s", path, error->message);

    g_autofree char *configured = g_key_file_get_string(file, "migration", "uri", NULL);
    const char *uri = variable("OCF_RESKEY_migration_uri", configured ? configured : RA_MIGRATION_URI_DEFAULT);
    gboolean usable = ra_env_is_uri_template(uri);

    if (!usable)
        note_problem(env, "the migration URI '%s' needs exactly one %%s, for the target's name", uri);
    env->migration_uri = g_strdup(usable ? uri : RA_MIGRATION_URI_DEFAULT);
    gint downtime_ms = g_key_file_get_integer(file, "migration", "downtime_ms", NULL);
    env->downtime_ms = downtime_ms > 0 ? MIN((guint)downtime_ms, MIG_DOWNTIME_MAX_MS) : MIG_DOWNTIME_START_MS;
    env->bandwidth_mibps = g_key_file_get_uint64(file, "migration", "bandwidth_mibps", NULL);
    env->reserve_mib = MIN(g_key_file_get_uint64(file, "host", "reserve_mib", NULL), RESERVE_MAX_MIB);
    read_migration_policy(env);
}

gboolean ra_env_read(RaEnv *env, gint64 now_us, GError **error)
{
    const char *vm = variable("OCF_RESOURCE_INSTANCE", "");

    *env = (RaEnv){0};
    if (!is_vm_name(vm)) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
            "OCF_RESOURCE_INSTANCE is '%s', which cannot be the name of a VM", vm);
        return FALSE;
    }
    env->vm = g_strdup(vm);
    env->definition = g_strdup(variable("OCF_RESKEY_definition", NULL));
    if (!ra_env_is_definition(env->definition))
        note_problem(env, "definition is '%s'; it has to be a sha256 in lower-case hexadecimal",
            env->definition ? env->definition : "");
    read_io_policy(env);
    env->probe = number("OCF_RESKEY_CRM_meta_interval", 0, G_MAXUINT32) == 0;
    env->check_level = (guint)number("OCF_CHECK_LEVEL", 0, 100);
    env->migrate_target = g_strdup(variable("OCF_RESKEY_CRM_meta_migrate_target", NULL));
    env->migrate_source = g_strdup(variable("OCF_RESKEY_CRM_meta_migrate_source", NULL));
    env->node = g_strdup(variable("OCF_RESKEY_CRM_meta_on_node", NULL));
    env->ready = g_strdup(variable("OCF_RESKEY_CRM_meta_hactl_ready", NULL));
    env->begin_us = now_us;
    env->end_us = now_us + (gint64)number("OCF_RESKEY_CRM_meta_timeout", TIMEOUT_DEFAULT_MS, TIMEOUT_MAX_MS) * 1000;
    env->libvirt_uri = g_strdup(variable("HACTL_LIBVIRT_URI", "qemu:///system"));
    env->definitions_dir = g_strdup(variable("HACTL_DEFINITIONS_DIR", "/var/lib/hactl/definitions"));
    env->run_dir = g_strdup(variable("HACTL_RUN_DIR", "/run/hactl"));
    env->proc_dir = g_strdup(variable("HACTL_PROC_DIR", "/proc"));
    env->peers = g_strdup(g_getenv("HACTL_PEERS"));
    read_config(env);
    return TRUE;
}

void ra_env_clear(RaEnv *env)
{
    g_free(env->vm);
    g_free(env->definition);
    g_free(env->problem);
    g_free(env->migrate_target);
    g_free(env->migrate_source);
    g_free(env->node);
    g_free(env->ready);
    g_free(env->libvirt_uri);
    g_free(env->definitions_dir);
    g_free(env->run_dir);
    g_free(env->proc_dir);
    g_free(env->peers);
    g_free(env->migration_uri);
    *env = (RaEnv){0};
}

gint ra_env_left_ms(gint64 end_us)
{
    return (gint)CLAMP((end_us - g_get_monotonic_time()) / 1000, 1, G_MAXINT);
}

void ra_exit_reason(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    fprintf(stderr, "ocf-exit-reason:%s\n", g_strdelimit(text, "\r\n", ' '));
}
