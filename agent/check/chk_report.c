/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/check/chk_report.h"

static void finding_free(ChkFinding *finding)
{
    g_free(finding->subject);
    g_free(finding->detail);
    g_free(finding->fix);
    g_free(finding);
}

void chk_find(ChkReport *report, const char *subject, const char *fix, const char *detail, ...)
{
    ChkFinding *finding = g_new0(ChkFinding, 1);
    va_list args;
    va_start(args, detail);
    *finding =
        (ChkFinding){.id = report->check->id, .severity = report->check->severity, .title = report->check->title};
    finding->subject = g_strdup(subject);
    finding->fix = g_strdup(fix);
    finding->detail = g_strdup_vprintf(detail, args);
    va_end(args);
    g_ptr_array_add(report->findings, finding);
}

/* Stable within a severity. */
static GPtrArray *worst_first(GPtrArray *findings)
{
    GPtrArray *sorted = g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);
    for (guint severity = CHK_ERROR; severity < CHK_SEVERITIES; severity++)
        for (guint i = 0; i < findings->len; i++)
            if (((ChkFinding *)findings->pdata[i])->severity == severity)
                g_ptr_array_add(sorted, findings->pdata[i]);
    g_ptr_array_unref(findings);
    return sorted;
}

GPtrArray *chk_examine(const ChkFacts *facts, guint areas)
{
    static const ChkCheck *(*const tables[])(guint *) = {
        chk_corosync_checks, chk_pacemaker_checks, chk_fence_checks, chk_libvirt_checks, chk_hactl_checks};
    ChkReport report = {.findings = g_ptr_array_new()};
    for (guint i = 0; i < G_N_ELEMENTS(tables); i++) {
        guint n = 0;
        const ChkCheck *checks = tables[i](&n);
        for (guint j = 0; j < n; j++) {
            report.check = &checks[j];
            if (checks[j].area & areas)
                checks[j].run(facts, &report);
        }
    }
    return worst_first(report.findings);
}

ChkSeverity chk_worst(const GPtrArray *findings)
{
    ChkSeverity worst = CHK_SEVERITIES;
    for (guint i = 0; i < findings->len; i++)
        worst = MIN(worst, ((const ChkFinding *)findings->pdata[i])->severity);
    return worst;
}

const char *chk_severity_word(ChkSeverity severity)
{
    static const char *const words[CHK_SEVERITIES] = {
        [CHK_ERROR] = "error", [CHK_WARNING] = "warning", [CHK_NOTE] = "note"};
    g_assert(severity < CHK_SEVERITIES);
    return words[severity];
}
