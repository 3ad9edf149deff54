/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/manifest/mf_problem.h"

static void problem_free(gpointer data)
{
    MfProblem *problem = data;
    g_free(problem->text);
    g_free(problem);
}

MfProblems *mf_problems_new(void)
{
    MfProblems *problems = g_new0(MfProblems, 1);
    problems->items = g_ptr_array_new_with_free_func(problem_free);
    return problems;
}

void mf_problems_free(MfProblems *problems)
{
    if (!problems)
        return;
    g_ptr_array_unref(problems->items);
    g_free(problems);
}

void mf_problems_add(MfProblems *problems, MfMark mark, const char *format, ...)
{
    va_list args;
    problems->n++;
    if (problems->items->len >= MF_PROBLEMS_MAX)
        return;
    MfProblem *problem = g_new0(MfProblem, 1);
    va_start(args, format);
    problem->mark = mark;
    problem->text = g_strdup_vprintf(format, args);
    va_end(args);
    g_ptr_array_add(problems->items, problem);
}

static int compare_marks(gconstpointer a, gconstpointer b)
{
    const MfMark *x = &(*(MfProblem *const *)a)->mark, *y = &(*(MfProblem *const *)b)->mark;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return x->column < y->column ? -1 : x->column > y->column;
}

static void append_problem(const MfProblem *problem, const char *file, GString *out)
{
    g_string_append(out, file);
    if (problem->mark.line > 0)
        g_string_append_printf(out, ":%u:%u", problem->mark.line, problem->mark.column);
    g_string_append_printf(out, ": %s\n", problem->text);
}

char *mf_problems_text(const MfProblems *problems, const char *file)
{
    GString *out = g_string_new(NULL);
    g_autoptr(GPtrArray) sorted = g_ptr_array_copy(problems->items, NULL, NULL);
    g_ptr_array_set_free_func(sorted, NULL);
    g_ptr_array_sort(sorted, compare_marks);
    for (guint i = 0; i < sorted->len; i++)
        append_problem(sorted->pdata[i], file, out);
    if (problems->n > sorted->len)
        g_string_append_printf(out, "%s: and %u more; mend these first\n", file, problems->n - sorted->len);
    return g_string_free(out, FALSE);
}
