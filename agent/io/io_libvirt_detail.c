/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_libvirt_sample.h"

#include <libvirt/virterror.h>

static void answer_free(gpointer data)
{
    IoLibvirtAnswer *answer = data;

    g_free(answer->name);
    g_free(answer);
}

void io_libvirt_question_free(gpointer data)
{
    IoLibvirtQuestion *question = data;

    io_libvirt_session_unref(question->session);
    g_ptr_array_unref(question->names);
    g_free(question);
}

void io_libvirt_detail_free(gpointer data)
{
    IoLibvirtDetail *detail = data;

    g_free(detail->error);
    g_free(detail->hypervisor);
    g_ptr_array_unref(detail->jobs);
    g_ptr_array_unref(detail->numbers);
    g_free(detail);
}

/* ---- jobs ---- */

static guint64 get_wide(virTypedParameterPtr params, int n, const char *field)
{
    unsigned long long value = 0;

    return virTypedParamsGetULLong(params, n, field, &value) == 1 ? value : 0;
}

static HaMigration migration_from(virTypedParameterPtr params, int n)
{
    int iteration = 0;
    guint64 passes = get_wide(params, n, VIR_DOMAIN_JOB_MEMORY_ITERATION);

    if (passes == 0 && virTypedParamsGetInt(params, n, VIR_DOMAIN_JOB_MEMORY_ITERATION, &iteration) == 1 &&
        iteration > 0)
        passes = (guint64)iteration;
    return (HaMigration){
        .total_bytes = get_wide(params, n, VIR_DOMAIN_JOB_MEMORY_TOTAL),
        .processed_bytes = get_wide(params, n, VIR_DOMAIN_JOB_MEMORY_PROCESSED),
        .remaining_bytes = get_wide(params, n, VIR_DOMAIN_JOB_MEMORY_REMAINING),
        .dirty_bytes_per_s = get_wide(params, n, VIR_DOMAIN_JOB_MEMORY_DIRTY_RATE) *
                             get_wide(params, n, VIR_DOMAIN_JOB_MEMORY_PAGE_SIZE), /* pages a second */
        .bandwidth_bytes_per_s = get_wide(params, n, VIR_DOMAIN_JOB_MEMORY_BPS),
        .downtime_ms = (guint32)MIN(get_wide(params, n, VIR_DOMAIN_JOB_DOWNTIME), G_MAXUINT32),
        .iteration = (guint32)MIN(passes, G_MAXUINT32),
        .elapsed_ms = (guint32)MIN(get_wide(params, n, VIR_DOMAIN_JOB_TIME_ELAPSED), G_MAXUINT32),
    };
}

static IoLibvirtJob job_of(int operation)
{
    switch (operation) {
    case VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT:
        return IO_LIBVIRT_JOB_OUTGOING;
    case VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN:
        return IO_LIBVIRT_JOB_INCOMING;
    default:
        return IO_LIBVIRT_JOB_OTHER;
    }
}

static IoLibvirtJob job_of_refusal(int code)
{
    switch (code) {
    case VIR_ERR_OPERATION_INVALID: /* statistics are the source's: this is the target */
        return IO_LIBVIRT_JOB_INCOMING;
    case VIR_ERR_NO_SUPPORT: /* a driver without jobs */
        return IO_LIBVIRT_JOB_NONE;
    default:
        return IO_LIBVIRT_JOB_UNKNOWN;
    }
}

IoLibvirtJob io_libvirt_ask_job(virDomainPtr domain, HaMigration *ret_migration)
{
    virDomainControlInfo control;
    virTypedParameterPtr params = NULL;
    int type = VIR_DOMAIN_JOB_NONE, n = 0, operation = VIR_DOMAIN_JOB_OPERATION_UNKNOWN;

    /* Answered by libvirtd alone: a domain whose QEMU doesn't answer would keep the next question waiting. (It says OK
     * of a domain that migrates, so that it can't be the whole question.) */
    if (virDomainGetControlInfo(domain, &control, 0) == 0 &&
        (control.state == VIR_DOMAIN_CONTROL_OCCUPIED || control.state == VIR_DOMAIN_CONTROL_ERROR))
        return IO_LIBVIRT_JOB_UNKNOWN;
    if (virDomainGetJobStats(domain, &type, &params, &n, 0) < 0)
        return job_of_refusal(virGetLastErrorCode());

    IoLibvirtJob job = IO_LIBVIRT_JOB_NONE;
    if (type != VIR_DOMAIN_JOB_NONE) {
        virTypedParamsGetInt(params, n, VIR_DOMAIN_JOB_OPERATION, &operation);
        job = job_of(operation);
    }
    if (job == IO_LIBVIRT_JOB_OUTGOING && ret_migration)
        *ret_migration = migration_from(params, n);
    virTypedParamsFree(params, n);
    return job;
}

static void ask_jobs(IoLibvirtQuestion *question, IoLibvirtDetail *detail)
{
    for (guint i = 0; i < question->names->len; i++) {
        const char *name = g_ptr_array_index(question->names, i);
        virDomainPtr domain = virDomainLookupByName(question->session->conn, name);

        if (domain == NULL)
            continue; /* the next sample tells */
        IoLibvirtAnswer *answer = g_new0(IoLibvirtAnswer, 1);
        answer->name = g_strdup(name);
        answer->job = io_libvirt_ask_job(domain, &answer->migration);
        g_ptr_array_add(detail->jobs, answer);
        virDomainFree(domain);
    }
}

/* ---- numbers ---- */

static IoLibvirtAnswer *numbers_from(const virDomainStatsRecord *record)
{
    IoLibvirtAnswer *answer = g_new0(IoLibvirtAnswer, 1);

    answer->name = g_strdup(virDomainGetName(record->dom));
    answer->cpu_ns = get_wide(record->params, record->nparams, "cpu.time");
    answer->mem_bytes = get_wide(record->params, record->nparams, "balloon.maximum") * 1024;
    answer->rss_bytes = get_wide(record->params, record->nparams, "balloon.rss") * 1024;
    return answer;
}

/* Processor time looks harmless, but carries QEMU's halt-polling statistics since libvirt 7: it needs the monitor as
 * memory does. */
static gboolean ask_numbers(IoLibvirtSession *session, GPtrArray *answers)
{
    virDomainStatsRecordPtr *records = NULL;
    int n = virConnectGetAllDomainStats(session->conn, VIR_DOMAIN_STATS_BALLOON | VIR_DOMAIN_STATS_CPU_TOTAL, &records,
        VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE | VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT);

    g_ptr_array_set_size(answers, 0);
    for (int i = 0; i < n; i++)
        g_ptr_array_add(answers, numbers_from(records[i]));
    if (n >= 0)
        virDomainStatsRecordListFree(records);
    return n >= 0 || virGetLastErrorCode() == VIR_ERR_NO_SUPPORT;
}

/* ---- who it is ---- */

static char *version_text(unsigned long version)
{
    return g_strdup_printf("%lu.%lu.%lu", version / 1000000, version / 1000 % 1000, version % 1000);
}

static char *ask_hypervisor(virConnectPtr conn)
{
    unsigned long version = 0, library = 0;
    const char *type = virConnectGetType(conn);

    if (type == NULL || virConnectGetLibVersion(conn, &library) < 0)
        return NULL;
    g_autofree char *own = version_text(library);
    if (virConnectGetVersion(conn, &version) < 0 || version == 0)
        return g_strdup_printf("%s, libvirt %s", type, own);
    g_autofree char *hypervisor = version_text(version);
    return g_strdup_printf("%s %s, libvirt %s", type, hypervisor, own);
}

typedef struct {
    IoLibvirtQuestion *question;
    IoLibvirtDetail *detail;
} Asked;

static gboolean ask(IoLibvirtSession *session, gpointer data)
{
    Asked *asked = data;

    g_ptr_array_set_size(asked->detail->jobs, 0);
    ask_jobs(asked->question, asked->detail);
    if (asked->question->numbers && !ask_numbers(session, asked->detail->numbers))
        return FALSE;
    return virConnectIsAlive(session->conn) == 1;
}

gpointer io_libvirt_detail_work(gpointer data)
{
    IoLibvirtQuestion *question = data;
    IoLibvirtDetail *detail = g_new0(IoLibvirtDetail, 1);
    Asked asked = {question, detail};
    gboolean reconnected;

    detail->jobs = g_ptr_array_new_with_free_func(answer_free);
    detail->numbers = g_ptr_array_new_with_free_func(answer_free);
    if (io_libvirt_session_run(question->session, ask, &asked, &reconnected, &detail->error) &&
        (reconnected || question->hypervisor))
        detail->hypervisor = ask_hypervisor(question->session->conn);
    return detail;
}
