/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/check/chk_facts.h"

#include "agent/core/model/ha_sorted.h"

static void item_free(ChkItem *item)
{
    g_free(item->name);
    g_free(item->value);
    g_free(item);
}

static void probe_free(ChkProbe *probe)
{
    g_free(probe->name);
    g_free(probe->text);
    g_free(probe);
}

static void secret_free(ChkSecret *secret)
{
    g_free(secret->path);
    g_free(secret);
}

static void host_free(ChkHost *host)
{
    g_free(host->name);
    g_free(host->version);
    g_free(host);
}

static void definition_free(ChkDefinition *definition)
{
    g_free(definition->vm);
    g_free(definition->cpu);
    g_free(definition->local_disk);
    g_free(definition);
}

ChkFacts *chk_facts_new(const char *uname)
{
    ChkFacts *facts = g_new0(ChkFacts, 1);
    GPtrArray **const items[] = {&facts->cmap, &facts->constraints, &facts->clear_passwords, &facts->fenced};
    GPtrArray **const probes[] = {&facts->links, &facts->fence_targets, &facts->fence_devices, &facts->peers};
    GPtrArray **const strings[] = {&facts->foreign, &facts->haclient, &facts->autostart};
    facts->node = g_strdup(uname);
    facts->uname = g_strdup(uname);
    for (guint i = 0; i < G_N_ELEMENTS(items); i++)
        *items[i] = g_ptr_array_new_with_free_func((GDestroyNotify)item_free);
    for (guint i = 0; i < G_N_ELEMENTS(probes); i++)
        *probes[i] = g_ptr_array_new_with_free_func((GDestroyNotify)probe_free);
    for (guint i = 0; i < G_N_ELEMENTS(strings); i++)
        *strings[i] = g_ptr_array_new_with_free_func(g_free);
    facts->secrets = g_ptr_array_new_with_free_func((GDestroyNotify)secret_free);
    facts->hosts = g_ptr_array_new_with_free_func((GDestroyNotify)host_free);
    facts->definitions = g_ptr_array_new_with_free_func((GDestroyNotify)definition_free);
    return facts;
}

void chk_facts_free(ChkFacts *facts)
{
    if (!facts)
        return;
    GPtrArray *const arrays[] = {facts->cmap, facts->links, facts->constraints, facts->foreign, facts->clear_passwords,
        facts->fence_targets, facts->fence_devices, facts->secrets, facts->haclient, facts->fenced, facts->autostart,
        facts->peers, facts->definitions, facts->hosts};
    char *const texts[] = {facts->node, facts->uname, facts->corosync_error, facts->cib_error, facts->libvirt_error,
        facts->lock_manager, facts->hactld_error};
    for (guint i = 0; i < G_N_ELEMENTS(arrays); i++)
        g_ptr_array_unref(arrays[i]);
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    ha_config_free(facts->config);
    g_free(facts);
}

void chk_item_put(GPtrArray *items, const char *name, const char *value)
{
    ChkItem *item = g_new0(ChkItem, 1);
    item->name = g_strdup(name);
    item->value = g_strdup(value);
    ha_sorted_put(items, item);
}

const char *chk_item_get(const GPtrArray *items, const char *name)
{
    const ChkItem *item = ha_sorted_find(items, name);
    return item ? item->value : NULL;
}

guint64 chk_item_number(const GPtrArray *items, const char *name)
{
    const char *value = chk_item_get(items, name);
    return value ? g_ascii_strtoull(value, NULL, 10) : 0;
}

void chk_probe_put(GPtrArray *probes, const char *name, ChkAnswer answer, const char *text)
{
    ChkProbe *probe = g_new0(ChkProbe, 1);
    probe->name = g_strdup(name);
    probe->answer = answer;
    probe->text = g_strdup(text);
    ha_sorted_put(probes, probe);
}

ChkHost *chk_host_put(ChkFacts *facts, const char *name)
{
    ChkHost *host = g_new0(ChkHost, 1);
    host->name = g_strdup(name);
    ha_sorted_put(facts->hosts, host);
    return host;
}

ChkDefinition *chk_definition_add(ChkFacts *facts, const char *vm)
{
    ChkDefinition *definition = g_new0(ChkDefinition, 1);
    definition->vm = g_strdup(vm);
    g_ptr_array_add(facts->definitions, definition);
    return definition;
}

void chk_secret_add(ChkFacts *facts, const char *path, gboolean there, guint32 mode, guint32 uid)
{
    ChkSecret *secret = g_new0(ChkSecret, 1);
    *secret = (ChkSecret){.path = g_strdup(path), .there = there, .mode = mode, .uid = uid};
    g_ptr_array_add(facts->secrets, secret);
}
