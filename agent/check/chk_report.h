/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * chk_report - what the doctor finds: a table of checks, each a small pure function over the facts.
 *
 * A check has an id (part of the interface: never renamed), an area, a severity and a title; each of its findings names
 * a subject, says what was found, and what to do.
 */
#ifndef CHK_REPORT_H
#define CHK_REPORT_H

#include "agent/check/chk_facts.h"

typedef enum {
    CHK_ERROR,   /* VMs are, or will be, in danger: they are not recovered, or run twice */
    CHK_WARNING, /* works, and worse than it could */
    CHK_NOTE,    /* good to know */
    CHK_SEVERITIES
} ChkSeverity;

typedef enum {
    CHK_COROSYNC = 1 << 0,
    CHK_PACEMAKER = 1 << 1,
    CHK_FENCING = 1 << 2,
    CHK_LIBVIRT = 1 << 3,
    CHK_HACTL = 1 << 4,
    CHK_ALL = (1 << 5) - 1
} ChkArea;

typedef struct {
    const char *id; /* "corosync-two-node"; static */
    ChkSeverity severity;
    const char *title; /* one clause; static */
    char *subject;     /* "cluster", a node's, VM's, device's or file's name */
    char *detail;      /* what was found: one sentence, lower case, no full stop */
    char *fix;         /* what to do */
} ChkFinding;

/* The findings so far, and the check that speaks. */
typedef struct {
    GPtrArray *findings; /* ChkFinding* */
    const struct ChkCheck *check;
} ChkReport;

typedef struct ChkCheck {
    const char *id;
    ChkArea area;
    ChkSeverity severity;
    const char *title;
    void (*run)(const ChkFacts *facts, ChkReport *report);
} ChkCheck;

/** chk_checks - the table of one area. @ret_n: its length. Static. */
const ChkCheck *chk_corosync_checks(guint *ret_n);
const ChkCheck *chk_pacemaker_checks(guint *ret_n);
const ChkCheck *chk_fence_checks(guint *ret_n);
const ChkCheck *chk_libvirt_checks(guint *ret_n);
const ChkCheck *chk_hactl_checks(guint *ret_n);

/** chk_find - for a check: add a finding. @subject: copied. @fix: copied. @detail: printf. */
void chk_find(ChkReport *report, const char *subject, const char *fix, const char *detail, ...) G_GNUC_PRINTF(4, 5);

/**
 * chk_examine - run the checks of these areas.
 * @areas: a set of ChkArea.
 *
 * Returns: (transfer full) ChkFinding*, errors first, then in the table's order.
 */
GPtrArray *chk_examine(const ChkFacts *facts, guint areas);

/** chk_worst - of the findings. Returns: CHK_SEVERITIES when there is none. */
ChkSeverity chk_worst(const GPtrArray *findings);

const char *chk_severity_word(ChkSeverity severity);

#endif
