/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_libvirt_sample.h"

#include "agent/io/io_cpu.h"
#include "agent/io/io_definition_mark.h"

#include <libvirt/virterror.h>
#include <string.h>

void io_libvirt_domain_free(gpointer data)
{
    IoLibvirtDomain *domain = data;

    g_free(domain->name);
    g_free(domain);
}

void io_libvirt_sample_free(gpointer data)
{
    IoLibvirtSample *sample = data;

    g_free(sample->error);
    g_ptr_array_unref(sample->domains);
    g_free(sample);
}

static IoLibvirtDomain *domain_new(virDomainPtr dom)
{
    IoLibvirtDomain *domain = g_new0(IoLibvirtDomain, 1);

    domain->name = g_strdup(virDomainGetName(dom));
    virDomainGetUUIDString(dom, domain->uuid);
    domain->facts.id = (int)virDomainGetID(dom);
    return domain;
}

/* ---- facts ---- */

/* Only libvirt's own copy of the domain's XML is looked at. */
static void ask_definition(virDomainPtr dom, IoLibvirtFacts *facts)
{
    char *element =
        virDomainGetMetadata(dom, VIR_DOMAIN_METADATA_ELEMENT, IO_DEFINITION_MARK_URI, VIR_DOMAIN_AFFECT_CURRENT);
    g_autofree char *hash = element ? io_definition_mark_read(element) : NULL;

    g_strlcpy(facts->definition, hash ? hash : "", sizeof facts->definition);
    free(element);
}

/* Asked for only when a VM was given it. */
static const char *ask_host_cpu(IoLibvirtSession *session)
{
    if (session->host_cpu == NULL) {
        char *xml = virConnectGetDomainCapabilities(session->conn, NULL, NULL, NULL, "kvm", 0);
        g_autofree char *text = xml ? io_cpu_read_host(xml) : NULL;

        session->host_cpu = g_intern_string(text);
        free(xml);
    }
    return session->host_cpu;
}

/* Neither is this: libvirt keeps the XML up to date by itself. */
static const char *ask_cpu(IoLibvirtSession *session, virDomainPtr dom)
{
    char *xml = virDomainGetXMLDesc(dom, VIR_DOMAIN_XML_MIGRATABLE);
    g_autofree char *text = NULL;
    IoCpuKind kind = xml ? io_cpu_read(xml, &text) : IO_CPU_ANY;

    free(xml);
    return kind == IO_CPU_HOST ? ask_host_cpu(session) : g_intern_string(text);
}

/* virDomainGetInfo takes no job and asks no monitor. */
static gboolean ask_facts(IoLibvirtSession *session, virDomainPtr dom, IoLibvirtDomain *domain)
{
    virDomainInfo info;

    if (virDomainGetInfo(dom, &info) < 0)
        return FALSE; /* gone meanwhile, most likely: the next sample tells */
    IoLibvirtFacts *facts = g_new0(IoLibvirtFacts, 1);
    *facts =
        (IoLibvirtFacts){.id = domain->facts.id, .mem_bytes = (guint64)info.maxMem * 1024, .vcpus = info.nrVirtCpu};
    ask_definition(dom, facts);
    facts->cpu = ask_cpu(session, dom);
    domain->facts = *facts;
    g_hash_table_replace(session->facts, g_strdup(domain->uuid), facts);
    return TRUE;
}

static void fill_facts(IoLibvirtSession *session, virDomainPtr dom, IoLibvirtDomain *domain, gboolean refresh)
{
    const IoLibvirtFacts *facts = g_hash_table_lookup(session->facts, domain->uuid);

    if (facts == NULL || facts->id != domain->facts.id || refresh)
        ask_facts(session, dom, domain);
    else
        domain->facts = *facts;
}

static void forget_gone(IoLibvirtSession *session, const GPtrArray *domains)
{
    g_autoptr(GHashTable) present = NULL;
    GHashTableIter iter;
    gpointer uuid;

    if (g_hash_table_size(session->facts) <= domains->len)
        return;
    present = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < domains->len; i++)
        g_hash_table_add(present, ((IoLibvirtDomain *)g_ptr_array_index(domains, i))->uuid);
    g_hash_table_iter_init(&iter, session->facts);
    while (g_hash_table_iter_next(&iter, &uuid, NULL)) {
        if (!g_hash_table_contains(present, uuid))
            g_hash_table_iter_remove(&iter);
    }
}

/* ---- in bulk ---- */

static IoLibvirtDomain *from_record(const virDomainStatsRecord *record)
{
    IoLibvirtDomain *domain = domain_new(record->dom);

    virTypedParamsGetInt(record->params, record->nparams, "state.state", &domain->state);
    virTypedParamsGetInt(record->params, record->nparams, "state.reason", &domain->reason);
    return domain;
}

/* The state alone: the one statistic that asks no QEMU. */
static gboolean ask_in_bulk(IoLibvirtSession *session, GPtrArray *domains)
{
    virDomainStatsRecordPtr *records = NULL;
    int n = virConnectGetAllDomainStats(session->conn, VIR_DOMAIN_STATS_STATE, &records,
        VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE | VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT);

    if (n < 0)
        return FALSE;
    if (session->refresh_at >= (guint)n)
        session->refresh_at = 0;
    for (int i = 0; i < n; i++) {
        IoLibvirtDomain *domain = from_record(records[i]);

        fill_facts(session, records[i]->dom, domain, (guint)i == session->refresh_at);
        g_ptr_array_add(domains, domain);
    }
    session->refresh_at++;
    virDomainStatsRecordListFree(records);
    return TRUE;
}

/* ---- one by one: for drivers that know no bulk call ---- */

static gboolean ask_one(IoLibvirtSession *session, virDomainPtr dom, GPtrArray *domains)
{
    g_autofree IoLibvirtDomain *domain = domain_new(dom);

    if (virDomainGetState(dom, &domain->state, &domain->reason, 0) < 0 || !ask_facts(session, dom, domain)) {
        g_free(domain->name);
        return virGetLastErrorCode() == VIR_ERR_NO_DOMAIN; /* ended between list and question */
    }
    g_ptr_array_add(domains, g_steal_pointer(&domain));
    return TRUE;
}

static gboolean ask_each(IoLibvirtSession *session, GPtrArray *domains)
{
    virDomainPtr *list = NULL;
    int n = virConnectListAllDomains(session->conn, &list, VIR_CONNECT_LIST_DOMAINS_ACTIVE);
    gboolean ok = n >= 0;

    for (int i = 0; i < n; i++) {
        ok = ok && ask_one(session, list[i], domains);
        virDomainFree(list[i]);
    }
    free(list);
    return ok;
}

static gboolean ask(IoLibvirtSession *session, gpointer data)
{
    GPtrArray *domains = data;

    g_ptr_array_set_size(domains, 0);
    if (!session->no_bulk) {
        if (ask_in_bulk(session, domains))
            return TRUE;
        if (virGetLastErrorCode() != VIR_ERR_NO_SUPPORT)
            return FALSE;
        session->no_bulk = TRUE;
    }
    return ask_each(session, domains);
}

static int compare_names(gconstpointer a, gconstpointer b)
{
    const IoLibvirtDomain *x = *(const IoLibvirtDomain *const *)a, *y = *(const IoLibvirtDomain *const *)b;

    return strcmp(x->name, y->name);
}

gpointer io_libvirt_sample_work(gpointer data)
{
    IoLibvirtSession *session = data;
    IoLibvirtSample *sample = g_new0(IoLibvirtSample, 1);

    sample->domains = g_ptr_array_new_with_free_func(io_libvirt_domain_free);
    if (io_libvirt_session_run(session, ask, sample->domains, &sample->reconnected, &sample->error)) {
        g_ptr_array_sort(sample->domains, compare_names);
        forget_gone(session, sample->domains);
    }
    return sample;
}
