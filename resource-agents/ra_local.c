/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_local.h"

#include "agent/migrate/mig_error.h"
#include "resource-agents/ra_store.h"

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
    g_autofree char *xml = NULL;

    if (ra_store_read(env->definitions_dir, env->definition, &xml, NULL) != RA_STORE_OK)
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

static RaExit exit_for(RaStore outcome)
{
    switch (outcome) {
    case RA_STORE_OK:
        return RA_OK;
    case RA_STORE_BAD_ID:
        return RA_ERR_ARGS;
    case RA_STORE_MISSING:
        return RA_ERR_INSTALLED;
    case RA_STORE_UNREADABLE:
    case RA_STORE_WRONG_HASH:
        return RA_ERR_GENERIC;
    }
    g_assert_not_reached();
}

RaExit ra_local_definition(const RaEnv *env, gint64 until_us, char **ret_xml, MigDomain **ret_domain)
{
    g_autofree char *xml = NULL;
    g_autofree char *why = NULL;
    RaExit code = exit_for(ra_store_wait(env->definitions_dir, env->definition, until_us, &xml, &why));

    if (code != RA_OK) {
        ra_exit_reason("%s", why);
        return code;
    }
    code = check_domain(env, xml, ret_domain);
    if (code == RA_OK)
        *ret_xml = g_steal_pointer(&xml);
    return code;
}
