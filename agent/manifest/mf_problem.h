/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mf_problem - what is wrong with a manifest, and where: as many problems as one reading finds, not only the first.
 */
#ifndef MF_PROBLEM_H
#define MF_PROBLEM_H

#include <glib.h>

#define MF_PROBLEMS_MAX 50u /* kept; the rest is counted */

/* A place in the file; both count from 1, columns in characters. Line 0: the file as a whole. */
typedef struct {
    guint line, column;
} MfMark;

typedef struct {
    MfMark mark;
    char *text; /* what is wrong; what to do */
} MfProblem;

typedef struct {
    GPtrArray *items; /* MfProblem*, in the order in which they were found, at most MF_PROBLEMS_MAX */
    guint n;          /* found, also those not kept */
} MfProblems;

MfProblems *mf_problems_new(void);
void mf_problems_free(MfProblems *problems);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MfProblems, mf_problems_free)

void mf_problems_add(MfProblems *problems, MfMark mark, const char *format, ...) G_GNUC_PRINTF(3, 4);

/**
 * mf_problems_text - a line each, "FILE:LINE:COLUMN: TEXT", in the file's order; how many more, if some were not kept.
 * @file: as the admin named it.
 *
 * Returns: (transfer full) "" when there are none.
 */
char *mf_problems_text(const MfProblems *problems, const char *file);

#endif
