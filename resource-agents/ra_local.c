/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_local.h"

#include "agent/io/io_definition_mark.h"
#include "agent/io/io_definition_store.h"
#include "agent/migrate/mig_error.h"

#include <string.h>

MigHost *ra_local_open(const RaEnv *env, gint64 until_us, GError **error)
{
    for (;;) {
        g_autoptr(GError) attempt = NULL;
        gint left_ms = ra_env_left_ms(until_us);
        MigHost *host = mig_host_open(env->libvirt_uri, MIN(left_ms, MIG_HOST_OPEN_MS), &attempt);

        if (host)
            return host;
        if (g_get_monotonic_time() + RA_STEP_MS * 1000 >= until_us) {
            g_propagate_error(error, g_steal_pointer(&attempt));
            return NULL;
        }
        g_usleep(RA_STEP_MS * 1000);
    }
}

gboolean ra_local_look(const RaEnv *env, MigHost *host, MigLook *ret_look, GError **error)
{
    return mig_host_look(host, env->vm, ret_look, MIN(ra_env_left_ms(env->end_us), MIG_HOST_CALL_MS), error);
}

char *ra_local_uuid(const RaEnv *env)
{
    g_autofree char *xml = io_definition_store_read(env->definitions_dir, env->definition, NULL, NULL);

    if (xml == NULL)
        return NULL;
    g_autoptr(MigDomain) domain = mig_domain_parse(xml, strlen(xml), NULL);
    return domain && domain->uuid && strcmp(domain->name, env->vm) == 0 ? g_strdup(domain->uuid) : NULL;
}

static RaExit check_domain(const RaEnv *env, const char *xml, MigDomain **ret_domain)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(MigDomain) domain = mig_domain_parse(xml, strlen(xml), &error);

    if (domain == NULL) {
        ra_exit_reason("the definition %s cannot be used: %s", env->definition, error->message);
        return RA_ERR_ARGS;
    }
    if (strcmp(domain->name, env->vm) != 0) {
        ra_exit_reason("the definition %s is that of '%s', not of '%s'", env->definition, domain->name, env->vm);
        return RA_ERR_ARGS;
    }
    if (domain->uuid == NULL) {
        ra_exit_reason("the definition %s has no <uuid>; a VM needs one to be told from others", env->definition);
        return RA_ERR_ARGS;
    }
    if (ret_domain)
        *ret_domain = g_steal_pointer(&domain);
    return RA_OK;
}

/* A node that has just joined fetches definitions from its peers, which takes seconds; a damaged one is fetched anew.
 */
static char *wait_for(const RaEnv *env, gint64 until_us, GError **error)
{
    for (;;) {
        g_autoptr(GError) reason = NULL;
        char *xml = io_definition_store_read(env->definitions_dir, env->definition, NULL, &reason);
        gboolean may_change = g_error_matches(reason, IO_DEFINITION_ERROR, IO_DEFINITION_ERROR_MISSING) ||
                              g_error_matches(reason, IO_DEFINITION_ERROR, IO_DEFINITION_ERROR_HASH);

        if (xml)
            return xml;
        if (!may_change || g_get_monotonic_time() >= until_us) {
            g_propagate_error(error, g_steal_pointer(&reason));
            return NULL;
        }
        g_usleep(RA_STEP_MS * 1000);
    }
}

RaExit ra_local_definition(const RaEnv *env, gint64 until_us, char **ret_xml, MigDomain **ret_domain)
{
    g_autoptr(GError) error = NULL;

    if (!ra_env_is_definition(env->definition)) {
        ra_exit_reason("'%s' is no sha256 in lower-case hexadecimal", env->definition ? env->definition : "");
        return RA_ERR_ARGS;
    }
    g_autofree char *xml = wait_for(env, until_us, &error);
    if (xml == NULL) {
        gboolean missing = g_error_matches(error, IO_DEFINITION_ERROR, IO_DEFINITION_ERROR_MISSING);
        ra_exit_reason("%s%s", error->message, missing ? " (is hactld running here?)" : "");
        return missing ? RA_ERR_INSTALLED : RA_ERR_GENERIC;
    }
    RaExit code = check_domain(env, xml, ret_domain);
    if (code == RA_OK && !(*ret_xml = io_definition_mark(xml, strlen(xml), env->definition, &error))) {
        ra_exit_reason("the definition %s cannot be used: %s", env->definition, error->message);
        return RA_ERR_ARGS;
    }
    return code;
}
