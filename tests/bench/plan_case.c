/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bench/plan_case.h"

#include <gio/gio.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- files ---- */

static PlanCase *case_new(guint n_nodes, guint n_vms)
{
    PlanCase *it = g_new0(PlanCase, 1);
    it->problem = ha_problem_new(n_nodes, n_vms);
    it->node_names = g_new0(char *, n_nodes + 1);
    it->vm_names = g_new0(char *, n_vms + 1);
    return it;
}

void plan_case_free(PlanCase *it)
{
    if (!it)
        return;
    ha_problem_free(it->problem);
    g_strfreev(it->node_names);
    g_strfreev(it->vm_names);
    g_free(it);
}

/* Returns: (transfer full) the lines after the heading; NULL and @error. */
static char **read_lines(const char *dir, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, error))
        return NULL;
    char *body = strchr(text, '\n');
    return g_strsplit(g_strchomp(body ? body + 1 : text + strlen(text)), "\n", -1);
}

/* Returns: (transfer full) @n columns; NULL and @error. */
static char **columns(const char *line, guint n, const char *dir, GError **error)
{
    char **column = g_strsplit(line, ",", -1);
    if (g_strv_length(column) == n)
        return column;
    g_strfreev(column);
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: '%s' does not have %u columns", dir, line, n);
    return NULL;
}

static gboolean read_node(PlanCase *it, guint32 node, const char *line, const char *dir, GError **error)
{
    g_auto(GStrv) column = columns(line, 4, dir, error);
    if (!column)
        return FALSE;
    HaSolveNode *to = &it->problem->nodes[node];
    guint64 mem_mib = g_ascii_strtoull(column[2], NULL, 10);
    it->node_names[node] = g_strdup(column[0]);
    to->cores = (guint32)g_ascii_strtoull(column[1], NULL, 10);
    to->mem_mib = mem_mib > PLAN_RESERVE_MIB ? mem_mib - PLAN_RESERVE_MIB : 0;
    to->leaves = strcmp(g_strstrip(column[3]), "1") != 0;
    to->takes = !to->leaves;
    return TRUE;
}

static gboolean read_vm(PlanCase *it, guint32 vm, const char *line, GHashTable *nodes, const char *dir, GError **error)
{
    g_auto(GStrv) column = columns(line, 5, dir, error);
    gpointer node;
    if (!column)
        return FALSE;
    if (!g_hash_table_lookup_extended(nodes, g_strstrip(column[4]), NULL, &node)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: VM %s is on %s, which nodes.csv does not have",
            dir, column[0], column[4]);
        return FALSE;
    }
    HaSolveVm *to = &it->problem->vms[vm];
    it->vm_names[vm] = g_strdup(column[0]);
    to->vcpus = (guint32)g_ascii_strtoull(column[1], NULL, 10);
    to->mem_mib = to->cost = g_ascii_strtoull(column[2], NULL, 10);
    to->load = (guint64)llround(g_ascii_strtod(column[3], NULL) * 1e6);
    to->node = GPOINTER_TO_UINT(node);
    return TRUE;
}

PlanCase *plan_case_load(const char *dir, GError **error)
{
    g_auto(GStrv) nodes = read_lines(dir, "nodes.csv", error);
    g_auto(GStrv) vms = nodes ? read_lines(dir, "vms.csv", error) : NULL;
    g_autoptr(GHashTable) numbers = g_hash_table_new(g_str_hash, g_str_equal);
    if (!nodes || !vms)
        return NULL;
    g_autoptr(PlanCase) it = case_new(g_strv_length(nodes), g_strv_length(vms));
    for (guint32 i = 0; i < it->problem->n_nodes; i++) {
        if (!read_node(it, i, nodes[i], dir, error))
            return NULL;
        g_hash_table_insert(numbers, it->node_names[i], GUINT_TO_POINTER(i));
    }
    for (guint32 i = 0; i < it->problem->n_vms; i++)
        if (!read_vm(it, i, vms[i], numbers, dir, error))
            return NULL;
    return g_steal_pointer(&it);
}

gboolean plan_case_save(const PlanCase *it, const char *dir, GError **error)
{
    g_autoptr(GString) nodes = g_string_new("name,cores,mem_mib,online\n");
    g_autoptr(GString) vms = g_string_new("name,vcpus,mem_mib,cpu_cores_used,node\n");
    for (guint i = 0; i < it->problem->n_nodes; i++) {
        const HaSolveNode *node = &it->problem->nodes[i];
        g_string_append_printf(nodes, "%s,%u,%" G_GUINT64_FORMAT ",%d\n", it->node_names[i], node->cores,
            node->mem_mib + PLAN_RESERVE_MIB, node->takes);
    }
    for (guint i = 0; i < it->problem->n_vms; i++) {
        const HaSolveVm *vm = &it->problem->vms[i];
        g_string_append_printf(vms, "%s,%u,%" G_GUINT64_FORMAT ",%.4f,%s\n", it->vm_names[i], vm->vcpus, vm->mem_mib,
            (double)vm->load / 1e6, it->node_names[vm->node]);
    }
    g_autofree char *nodes_path = g_build_filename(dir, "nodes.csv", NULL);
    g_autofree char *vms_path = g_build_filename(dir, "vms.csv", NULL);
    return g_file_set_contents(nodes_path, nodes->str, -1, error) && g_file_set_contents(vms_path, vms->str, -1, error);
}

/* ---- generated ---- */

static const char *const words[PLAN_PATTERNS] = {
    [PLAN_RANDOM] = "random",
    [PLAN_HOT] = "hot",
    [PLAN_NEW] = "new10",
    [PLAN_DRAIN] = "drain1",
    [PLAN_UNEVEN] = "uneven",
    [PLAN_BIG] = "big",
};

const char *plan_pattern_word(PlanPattern pattern)
{
    g_assert(pattern < PLAN_PATTERNS);
    return words[pattern];
}

static guint64 draw(guint64 *seed)
{
    *seed += 0x9e3779b97f4a7c15ull;
    guint64 z = *seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

static double draw_unit(guint64 *seed)
{
    return (double)(draw(seed) >> 11) / (double)(1ull << 53);
}

/* Vcpus as people order them, 2 to 8 GiB a vcpu, busy for a skewed share of the time. */
static void draw_vm(HaSolveVm *vm, PlanPattern pattern, guint64 *seed)
{
    static const guint32 small[] = {1, 1, 2, 2, 2, 4, 4, 4, 8, 16}, big[] = {8, 16, 16, 32};
    vm->vcpus = pattern == PLAN_BIG ? big[draw(seed) % G_N_ELEMENTS(big)] : small[draw(seed) % G_N_ELEMENTS(small)];
    vm->mem_mib = vm->cost = (guint64)vm->vcpus * (2048u << draw(seed) % 3);
    double busy = draw_unit(seed);
    vm->load = (guint64)((double)vm->vcpus * (0.02 + 0.9 * busy * busy) * 1e4) * 100;
}

static guint weight_of(PlanPattern pattern, guint node, guint n_nodes)
{
    guint tenth = MAX(n_nodes / 10, 1);
    switch (pattern) {
    case PLAN_HOT:
        return node < tenth ? 3 : 1;
    case PLAN_NEW:
        return node >= n_nodes - tenth ? 0 : 1;
    case PLAN_UNEVEN:
        return node % 2 ? 2 : 1;
    case PLAN_RANDOM:
    case PLAN_DRAIN:
    case PLAN_BIG:
    case PLAN_PATTERNS:
        return 1;
    }
    return 1;
}

/* Equal nodes (of PLAN_UNEVEN every second is twice as large), with memory for @full_permille to be in use. */
static void size_nodes(PlanCase *it, PlanPattern pattern, guint full_permille)
{
    HaProblem *problem = it->problem;
    guint64 total = 0, weights = 0, largest = 0;
    for (guint i = 0; i < problem->n_vms; i++) {
        total += problem->vms[i].mem_mib;
        largest = MAX(largest, problem->vms[i].mem_mib);
    }
    for (guint i = 0; i < problem->n_nodes; i++)
        weights += pattern == PLAN_UNEVEN && i % 2 ? 2 : 1;
    for (guint i = 0; i < problem->n_nodes; i++) {
        guint weight = pattern == PLAN_UNEVEN && i % 2 ? 2 : 1;
        problem->nodes[i].mem_mib = MAX(total * 1000 / full_permille * weight / weights, largest) / 1024 * 1024;
        problem->nodes[i].cores = 64 * weight;
        it->node_names[i] = g_strdup_printf("node%03u", i);
    }
    if (pattern == PLAN_DRAIN) {
        problem->nodes[0].takes = FALSE;
        problem->nodes[0].leaves = TRUE;
    }
}

static void place(HaProblem *problem, guint32 vm, PlanPattern pattern, guint64 *mem_used, guint64 *seed)
{
    guint64 mem_mib = problem->vms[vm].mem_mib;
    guint32 node = HA_SOLVE_NONE;
    for (guint tries = 0; tries < 1000 && node == HA_SOLVE_NONE; tries++) {
        guint32 any = (guint32)(draw(seed) % problem->n_nodes);
        if (draw(seed) % 3 < weight_of(pattern, any, problem->n_nodes) &&
            mem_used[any] + mem_mib <= problem->nodes[any].mem_mib)
            node = any;
    }
    for (guint32 any = 0; any < problem->n_nodes && node == HA_SOLVE_NONE; any++)
        if (mem_used[any] + mem_mib <= problem->nodes[any].mem_mib)
            node = any;
    g_assert(node != HA_SOLVE_NONE); /* the caller's fullness leaves room for the smallest */
    problem->vms[vm].node = node;
    mem_used[node] += mem_mib;
}

PlanCase *plan_case_generate(guint n_nodes, guint n_vms, PlanPattern pattern, guint full_permille, guint64 seed)
{
    PlanCase *it = case_new(n_nodes, n_vms);
    g_autofree guint64 *mem_used = g_new0(guint64, n_nodes);
    for (guint32 i = 0; i < n_vms; i++) {
        it->vm_names[i] = g_strdup_printf("vm%05u", i);
        draw_vm(&it->problem->vms[i], pattern, &seed);
    }
    size_nodes(it, pattern, full_permille);
    for (guint64 mem_mib = 1ull << 20; mem_mib; mem_mib >>= 1) /* big ones first, or there is no room left for them */
        for (guint32 i = 0; i < n_vms; i++)
            if (it->problem->vms[i].mem_mib >= mem_mib && it->problem->vms[i].mem_mib < 2 * mem_mib)
                place(it->problem, i, pattern, mem_used, &seed);
    return it;
}
