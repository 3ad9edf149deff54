/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a MigHost asks of libvirt, in its thread. */
#include "agent/migrate/mig_host_private.h"

#include "agent/migrate/mig_error.h"

#include <libvirt/virterror.h>
#include <stdlib.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(virDomain, virDomainFree)

static MigError error_code(int virt_code)
{
    switch (virt_code) {
    case VIR_ERR_NO_DOMAIN:
        return MIG_ERROR_ABSENT;
    case VIR_ERR_OPERATION_ABORTED:
        return MIG_ERROR_ABORTED;
    case VIR_ERR_CPU_INCOMPATIBLE:
        return MIG_ERROR_INCOMPATIBLE;
    case VIR_ERR_NO_SUPPORT:
    case VIR_ERR_OPERATION_UNSUPPORTED:
    case VIR_ERR_CONFIG_UNSUPPORTED:
    case VIR_ERR_ARGUMENT_UNSUPPORTED:
        return MIG_ERROR_UNSUPPORTED;
    default:
        return MIG_ERROR_FAILED;
    }
}

/* libvirt's last error is per thread: it has to be taken here. */
static gboolean fail(GError **error, const char *what)
{
    const virError *last = virGetLastError();

    g_set_error(error, MIG_ERROR, last ? error_code(last->code) : MIG_ERROR_FAILED, "%s: %s", what,
        last && last->message ? last->message : "libvirt gave no reason");
    return FALSE;
}

static virDomain *lookup(MigHost *host, const MigHostArgs *args, GError **error)
{
    virDomain *dom = virDomainLookupByName(host->conn, args->vm);

    if (dom == NULL)
        fail(error, "cannot look up the domain");
    return dom;
}

gboolean mig_host_call_open(MigHost *host, MigHostArgs *args G_GNUC_UNUSED, GError **error)
{
    host->conn = virConnectOpen(host->uri);
    if (host->conn == NULL) {
        const virError *last = virGetLastError();

        g_set_error(error, MIG_ERROR, MIG_ERROR_UNREACHABLE, "cannot connect to libvirt at %s: %s", host->uri,
            last && last->message ? last->message : "no reason given");
        return FALSE;
    }
    return TRUE;
}

static MigJob job_of(virDomain *dom)
{
    int type = VIR_DOMAIN_JOB_NONE;
    virTypedParameterPtr params = NULL;
    int n_params = 0;
    int operation = VIR_DOMAIN_JOB_OPERATION_UNKNOWN;

    if (virDomainGetJobStats(dom, &type, &params, &n_params, 0) < 0) {
        int code = virGetLastErrorCode();

        /* libvirt has statistics for the source only; on the target this very refusal tells of the incoming job. */
        return code == VIR_ERR_OPERATION_UNSUPPORTED || code == VIR_ERR_OPERATION_INVALID ? MIG_JOB_INCOMING
                                                                                          : MIG_JOB_NONE;
    }
    virTypedParamsGetInt(params, n_params, VIR_DOMAIN_JOB_OPERATION, &operation);
    virTypedParamsFree(params, n_params);

    if (type == VIR_DOMAIN_JOB_NONE)
        return MIG_JOB_NONE;
    if (operation == VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT)
        return MIG_JOB_OUTGOING;
    return operation == VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN ? MIG_JOB_INCOMING : MIG_JOB_OTHER;
}

gboolean mig_host_call_look(MigHost *host, MigHostArgs *args, GError **error)
{
    MigLook look = {0};
    g_autoptr(GError) lookup_error = NULL;
    g_autoptr(virDomain) dom = lookup(host, args, &lookup_error);

    if (dom == NULL && g_error_matches(lookup_error, MIG_ERROR, MIG_ERROR_ABSENT))
        return TRUE;
    if (dom == NULL) {
        g_propagate_error(error, g_steal_pointer(&lookup_error));
        return FALSE;
    }

    if (virDomainGetState(dom, &look.state, &look.reason, 0) < 0 || virDomainGetUUIDString(dom, look.uuid) < 0)
        return fail(error, "cannot read the domain's state");
    int persistent = virDomainIsPersistent(dom);
    if (persistent < 0)
        return fail(error, "cannot read the domain's persistence");
    look.present = TRUE;
    look.persistent = persistent == 1;
    look.job = job_of(dom);
    args->ret_look = look;
    return TRUE;
}

gboolean mig_host_call_xml(MigHost *host, MigHostArgs *args, GError **error)
{
    g_autoptr(virDomain) dom = lookup(host, args, error);
    if (dom == NULL)
        return FALSE;

    char *xml = virDomainGetXMLDesc(dom, VIR_DOMAIN_XML_MIGRATABLE | VIR_DOMAIN_XML_SECURE);
    if (xml == NULL)
        return fail(error, "cannot read the domain's XML");
    args->ret_text = g_strdup(xml);
    free(xml); /* libvirt's, hence not g_free */
    return TRUE;
}

static guint64 field(virTypedParameterPtr params, int n_params, const char *name)
{
    unsigned long long value = 0;

    virTypedParamsGetULLong(params, n_params, name, &value);
    return value;
}

static void fill_sample(MigSample *sample, virTypedParameterPtr params, int n)
{
    guint64 page_bytes = field(params, n, VIR_DOMAIN_JOB_MEMORY_PAGE_SIZE);

    *sample = (MigSample){
        .total_bytes = field(params, n, VIR_DOMAIN_JOB_DATA_TOTAL),
        .remaining_bytes = field(params, n, VIR_DOMAIN_JOB_DATA_REMAINING),
        .processed_bytes = field(params, n, VIR_DOMAIN_JOB_DATA_PROCESSED),
        .dirty_bytes_per_s = field(params, n, VIR_DOMAIN_JOB_MEMORY_DIRTY_RATE) * (page_bytes ? page_bytes : 4096),
        .bandwidth_bytes_per_s = field(params, n, VIR_DOMAIN_JOB_MEMORY_BPS),
        .downtime_ms = field(params, n, VIR_DOMAIN_JOB_DOWNTIME),
        .elapsed_ms = field(params, n, VIR_DOMAIN_JOB_TIME_ELAPSED),
        .iteration = (guint)field(params, n, VIR_DOMAIN_JOB_MEMORY_ITERATION),
    };
}

gboolean mig_host_call_sample(MigHost *host, MigHostArgs *args, GError **error)
{
    int type = VIR_DOMAIN_JOB_NONE;
    virTypedParameterPtr params = NULL;
    int n_params = 0;
    g_autoptr(virDomain) dom = lookup(host, args, error);

    if (dom == NULL)
        return FALSE;
    if (virDomainGetJobStats(dom, &type, &params, &n_params, 0) < 0)
        return fail(error, "cannot read the migration's statistics");
    fill_sample(&args->ret_sample, params, n_params);
    virTypedParamsFree(params, n_params);
    if (type == VIR_DOMAIN_JOB_NONE) {
        g_set_error(error, MIG_ERROR, MIG_ERROR_FAILED, "no migration is active");
        return FALSE;
    }
    return TRUE;
}

gboolean mig_host_call_create(MigHost *host, MigHostArgs *args, GError **error)
{
    g_autoptr(virDomain) dom = virDomainCreateXML(host->conn, args->text, 0);

    return dom != NULL || fail(error, "libvirt cannot start the domain");
}

gboolean mig_host_call_shutdown(MigHost *host, MigHostArgs *args, GError **error)
{
    /* Without flags libvirt takes the guest agent where there is one, else ACPI. */
    g_autoptr(virDomain) dom = lookup(host, args, error);

    return dom && (virDomainShutdownFlags(dom, args->flag ? VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN : 0) == 0 ||
                      fail(error, "cannot ask the guest to shut down"));
}

gboolean mig_host_call_destroy(MigHost *host, MigHostArgs *args, GError **error)
{
    g_autoptr(virDomain) dom = lookup(host, args, error);

    return dom && (virDomainDestroy(dom) == 0 || fail(error, "cannot end the domain"));
}

gboolean mig_host_call_resume(MigHost *host, MigHostArgs *args, GError **error)
{
    g_autoptr(virDomain) dom = lookup(host, args, error);

    return dom && (virDomainResume(dom) == 0 || fail(error, "cannot resume the domain"));
}

/* Any command does: libvirt first makes sure that the agent is there. */
gboolean mig_host_call_guest_answers(MigHost *host, MigHostArgs *args, GError **error)
{
    g_autoptr(virDomain) dom = lookup(host, args, error);
    long long s = 0;
    unsigned int ns = 0;

    return dom && (virDomainGetTime(dom, &s, &ns, 0) == 0 || fail(error, "no guest agent answers"));
}

/* What one source knows, without the guest's loopback. */
static void add_addresses(virDomain *dom, unsigned int source, GString *text)
{
    virDomainInterfacePtr *interfaces = NULL;
    int n = virDomainInterfaceAddresses(dom, &interfaces, source, 0);

    for (int i = 0; i < n; i++) {
        for (unsigned int j = 0; j < interfaces[i]->naddrs; j++) {
            const char *address = interfaces[i]->addrs[j].addr;

            if (!g_str_has_prefix(address, "127.") && strcmp(address, "::1") != 0)
                g_string_append_printf(text, "%s%s", text->len ? " " : "", address);
        }
        virDomainInterfaceFree(interfaces[i]);
    }
    free(interfaces);
}

gboolean mig_host_call_addresses(MigHost *host, MigHostArgs *args, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(virDomain) dom = lookup(host, args, error);
    if (dom == NULL)
        return FALSE;
    add_addresses(dom, VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE, text);
    add_addresses(dom, VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP, text);
    if (text->len == 0)
        add_addresses(dom, VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT, text);
    if (text->len == 0) {
        g_set_error_literal(error, MIG_ERROR, MIG_ERROR_FAILED, "nobody knows its address: no lease, no ARP, no agent");
        return FALSE;
    }
    args->ret_text = g_strdup(text->str);
    return TRUE;
}

gboolean mig_host_call_abort_job(MigHost *host, MigHostArgs *args, GError **error)
{
    g_autoptr(virDomain) dom = lookup(host, args, error);

    return dom && (virDomainAbortJob(dom) == 0 || fail(error, "cannot abort the migration"));
}

gboolean mig_host_call_permit_downtime(MigHost *host, MigHostArgs *args, GError **error)
{
    g_autoptr(virDomain) dom = lookup(host, args, error);

    return dom && (virDomainMigrateSetMaxDowntime(dom, args->number, 0) == 0 ||
                      fail(error, "cannot set the permitted interruption"));
}

gboolean mig_host_call_compare_cpu(MigHost *host, MigHostArgs *args, GError **error)
{
    int result = virConnectCompareHypervisorCPU(host->conn, NULL, args->arch, args->machine, args->virt_type,
        args->text, VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE);

    if (result == VIR_CPU_COMPARE_IDENTICAL || result == VIR_CPU_COMPARE_SUPERSET)
        return TRUE;
    return fail(error, "the target cannot run this CPU");
}

gboolean mig_host_call_migrate(MigHost *host, MigHostArgs *args, GError **error)
{
    unsigned int flags = VIR_MIGRATE_LIVE | VIR_MIGRATE_PEER2PEER | VIR_MIGRATE_ABORT_ON_ERROR;
    virTypedParameterPtr params = NULL;
    int n_params = 0;
    int capacity = 0;
    g_autoptr(virDomain) dom = lookup(host, args, error);

    if (dom == NULL)
        return FALSE;
    if (args->auto_converge)
        flags |= VIR_MIGRATE_AUTO_CONVERGE;
    if (args->flag)
        flags |= VIR_MIGRATE_PERSIST_DEST | VIR_MIGRATE_UNDEFINE_SOURCE;
    if (args->migrate_uri)
        virTypedParamsAddString(&params, &n_params, &capacity, VIR_MIGRATE_PARAM_URI, args->migrate_uri);
    if (args->number)
        virTypedParamsAddULLong(&params, &n_params, &capacity, VIR_MIGRATE_PARAM_BANDWIDTH, args->number);

    gboolean ok = virDomainMigrateToURI3(dom, args->text, params, (unsigned int)n_params, flags) == 0 ||
                  fail(error, "the migration failed");
    virTypedParamsFree(params, n_params);
    return ok;
}

gboolean mig_host_call_domains(MigHost *host, MigHostArgs *args, GError **error)
{
    virDomainPtr *domains = NULL;
    int n = virConnectListAllDomains(host->conn, &domains, VIR_CONNECT_LIST_DOMAINS_ACTIVE);

    if (n < 0)
        return fail(error, "cannot list the domains that run");
    args->ret_domains = g_ptr_array_new_with_free_func((GDestroyNotify)mig_host_domain_free);
    for (int i = 0; i < n; i++) {
        g_autoptr(virDomain) dom = domains[i];
        virDomainInfo info;

        if (virDomainGetInfo(dom, &info) < 0)
            continue; /* it has ended meanwhile */
        MigHostDomain *domain = g_new0(MigHostDomain, 1);
        domain->name = g_strdup(virDomainGetName(dom));
        domain->mem_mib = (info.maxMem + 1023) / 1024;
        g_ptr_array_add(args->ret_domains, domain);
    }
    free(domains);
    return TRUE;
}

gboolean mig_host_call_names(MigHost *host, MigHostArgs *args, GError **error)
{
    virDomainPtr *domains = NULL;
    int n = virConnectListAllDomains(host->conn, &domains, 0);

    if (n < 0)
        return fail(error, "cannot list the domains");
    args->ret_names = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0; i < n; i++) {
        g_autoptr(virDomain) dom = domains[i];
        g_ptr_array_add(args->ret_names, g_strdup(virDomainGetName(dom)));
    }
    free(domains);
    return TRUE;
}
