/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The beam, for problems so tight that the bound is not met: partial plans grow by a move a level, all at once, and
 * only those that are least overloaded live on. Any plan can be carried out so that each next move leaves the node that
 * is worst at that moment; so it is enough to let VMs of that one leave, and sets of moves are met once, not in every
 * order. The first level that holds a plan has the fewest moves that the beam can find; its cheapest is taken.
 */
#include "agent/core/plan/ha_solve_private.h"

#include <stdlib.h>
#include <string.h>

#define UNIT 65536      /* of energy: an average VM's worth of overload */
#define STAY (4 * UNIT) /* a VM on a node that is to be emptied */
#define HOPELESS (G_MAXUINT32 / 2)
#define MOVES_MORE 14u /* than the bound, where no plan is known yet */
#define WIDTH_QUICK 100u
#define CHILDREN_MAX 600000u /* about, a run: what the width is chosen for */
#define WIDTH_MIN 50u
#define WIDER_STEPS_MAX 1000000 /* a wider beam begins no more runs after so many: about half a second */

/* How partial plans are ranked. None is best for all problems, so several are tried. */
typedef struct {
    guint8 load, mem; /* what an average VM's worth of overload counts, in UNITs */
    guint8 over;      /* and each overloaded node, in UNIT / 8 */
    guint8 cost;      /* and an average VM's cost, in UNIT / 64 */
    guint8 wider;     /* times the width */
} Flavour;

static const Flavour flavours[] = {{1, 1, 0, 0, 1}, {1, 1, 4, 0, 1}, {1, 1, 0, 1, 1}, {1, 2, 2, 1, 1}, {2, 1, 2, 1, 1},
    {1, 1, 2, 4, 1}, {1, 1, 2, 0, 4}, {1, 1, 2, 1, 4}};

/* A partial plan: another one, and a move. */
typedef struct {
    guint32 before, vm, to; /* before: its number in steps[], HA_SOLVE_NONE for the beginning */
} Step;

typedef struct {
    gint64 energy; /* how far it is from a plan; 0: it is one */
    gint64 rank;
    gint64 cost;
    guint64 hash; /* of its moves, whatever their order */
    Step step;
    guint32 parent; /* whose loads it starts from, in the level above */
    guint32 number; /* its step's, once it lives on */
} Partial;

typedef struct {
    Partial *partials;
    gint64 *load, *mem; /* [partial * n_nodes + node] */
    guint n;
} Level;

typedef struct {
    HaSolveState *state; /* everything at home */
    const Flavour *flavour;
    GArray *steps; /* Step */
    Level this, next;
    guint width;
    gint64 rank_max;     /* of those that could still live on */
    guint32 *moved, now; /* [vm]: == now: moved in the partial plan at hand */
    gint64 *energy;      /* [node], of the same */
    guint32 *targets;    /* nodes that may be given VMs */
    guint32 n_targets;
    double load_unit, mem_unit, cost_unit;
    HaSolveBest *best;
    gboolean found;
    guint32 moves_max; /* to be beaten: fewer moves, or as many and cheaper */
    gint64 cost_max;
} Beam;

static gboolean leaves(const HaSolveState *state, guint32 node)
{
    return node == state->n_nodes - 1 || state->problem->nodes[node].leaves;
}

static inline gint64 energy_of(const Beam *beam, guint32 node, gint64 load, gint64 mem)
{
    load -= beam->state->load_max[node];
    mem -= beam->state->mem_max[node];
    if (load <= 0 && mem <= 0)
        return 0;
    double over = (double)MAX(load, 0) * beam->load_unit + (double)MAX(mem, 0) * beam->mem_unit;
    return 1 + (gint64)over + beam->flavour->over * (UNIT / 8);
}

static const Step *step_at(const Beam *beam, guint32 number)
{
    return &g_array_index(beam->steps, Step, number);
}

/* ---- a level ---- */

static int by_rank(const void *a, const void *b)
{
    const Partial *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return x->hash < y->hash ? -1 : x->hash > y->hash;
}

/* Only the best live on, each once. */
static void cut(Beam *beam)
{
    Partial *all = beam->next.partials;
    guint n = 0;
    qsort(all, beam->next.n, sizeof *all, by_rank);
    for (guint i = 0; i < beam->next.n && n < beam->width; i++)
        if (!n || all[i].hash != all[n - 1].hash || all[i].rank != all[n - 1].rank)
            all[n++] = all[i];
    beam->next.n = n;
    beam->rank_max = n == beam->width ? all[n - 1].rank : G_MAXINT64;
}

static guint64 mixed(guint32 vm, guint32 to)
{
    guint64 z = ((guint64)vm << 32 | to) + 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

static void keep_plan(Beam *beam, const Partial *plan, guint32 level)
{
    const HaSolveState *state = beam->state;
    if (level > beam->moves_max || (level == beam->moves_max && plan->cost >= beam->cost_max))
        return;
    g_autofree guint32 *at = g_memdup2(state->at, (state->problem->n_vms + 1) * sizeof *at);
    at[plan->step.vm] = plan->step.to;
    for (guint32 i = plan->step.before; i != HA_SOLVE_NONE; i = step_at(beam, i)->before)
        at[step_at(beam, i)->vm] = step_at(beam, i)->to;
    if (!ha_solve_best_take(beam->best, state->problem, at, level, plan->cost))
        return;
    beam->found = TRUE;
    beam->moves_max = beam->best->moves;
    beam->cost_max = beam->best->cost;
}

static void add(Beam *beam, const Partial *partial, guint32 level)
{
    if (!partial->energy)
        keep_plan(beam, partial, level);
    else if (partial->rank < beam->rank_max) {
        if (beam->next.n == 4 * beam->width)
            cut(beam);
        if (partial->rank < beam->rank_max)
            beam->next.partials[beam->next.n++] = *partial;
    }
}

/* ---- one more move ---- */

static gboolean kept_apart(const Beam *beam, guint32 number, guint32 vm, guint32 to)
{
    const HaSolveState *state = beam->state;
    guint32 apart = state->problem->vms[vm].apart;
    if (apart == HA_SOLVE_NONE)
        return TRUE;
    gint n = state->apart_on[(gsize)apart * state->n_nodes + to];
    for (; number != HA_SOLVE_NONE; number = step_at(beam, number)->before) {
        const Step *step = step_at(beam, number);
        if (state->problem->vms[step->vm].apart == apart)
            n += (step->to == to) - (state->home[step->vm] == to);
    }
    return n <= 0;
}

static void try_vm(Beam *beam, guint parent, guint32 vm, guint32 level)
{
    HaSolveState *state = beam->state;
    const Partial *from = &beam->this.partials[parent];
    const HaSolveVm *it = &state->problem->vms[vm];
    const gint64 *load = beam->this.load + (gsize)parent * state->n_nodes;
    const gint64 *mem = beam->this.mem + (gsize)parent * state->n_nodes;
    guint32 home = state->home[vm];
    Partial made = {.cost = from->cost + (gint64)it->cost, .step = {from->number, vm, 0}, .parent = parent};
    gint64 weighed = (gint64)((double)made.cost * beam->cost_unit);
    gint64 left = from->energy - (leaves(state, home) ? STAY : beam->energy[home]);
    if (!leaves(state, home))
        left += energy_of(beam, home, load[home] - (gint64)it->load, mem[home] - (gint64)it->mem_mib);
    state->steps += state->n_nodes / 16 + 1;
    for (guint32 i = 0; i < beam->n_targets; i++) { /* whether it is allowed is asked last: few have the rank */
        guint32 to = beam->targets[i];
        if (to == home)
            continue;
        made.energy =
            left - beam->energy[to] + energy_of(beam, to, load[to] + (gint64)it->load, mem[to] + (gint64)it->mem_mib);
        made.rank = made.energy + weighed;
        if ((made.energy && made.rank >= beam->rank_max) || !ha_problem_allows(state->problem, vm, to) ||
            !kept_apart(beam, from->number, vm, to))
            continue;
        made.step.to = to;
        made.hash = from->hash + mixed(vm, to);
        add(beam, &made, level);
    }
}

/* How many of @order (a node's own) have to leave to cover @over, of those that have not moved; HOPELESS: all are too
 * few. */
static guint32 cover(const Beam *beam, guint32 node, const guint32 *order, gint64 over, gboolean mem)
{
    const HaSolveState *state = beam->state;
    guint32 n = 0;
    for (guint32 i = state->first[node]; over > 0 && i < state->first[node + 1]; i++)
        if (beam->moved[order[i]] != beam->now) {
            const HaSolveVm *vm = &state->problem->vms[order[i]];
            over -= (gint64)(mem ? vm->mem_mib : vm->load);
            n++;
        }
    return over > 0 ? HOPELESS : n;
}

static guint32 need_of(const Beam *beam, guint32 node, gint64 load, gint64 mem)
{
    const HaSolveState *state = beam->state;
    guint32 n = 0;
    if (!leaves(state, node))
        return MAX(cover(beam, node, state->by_load, load - state->load_max[node], FALSE),
            cover(beam, node, state->by_mem, mem - state->mem_max[node], TRUE));
    for (guint32 i = state->first[node]; i < state->first[node + 1]; i++)
        n += beam->moved[state->by_cost[i]] != beam->now;
    return n;
}

/* At least so many moves are missing. @ret_worst: the node to relieve next. */
static guint32 missing(const Beam *beam, guint index, guint32 *ret_worst)
{
    const HaSolveState *state = beam->state;
    const gint64 *load = beam->this.load + (gsize)index * state->n_nodes;
    const gint64 *mem = beam->this.mem + (gsize)index * state->n_nodes;
    guint32 sum = 0;
    gint64 most = 0;
    for (guint32 node = 0; node < state->n_nodes; node++) {
        guint32 need = need_of(beam, node, load[node], mem[node]);
        if (need >= HOPELESS)
            return HOPELESS;
        sum += need;
        gint64 weight = leaves(state, node) ? (gint64)need << 40 : energy_of(beam, node, load[node], mem[node]);
        if (need && weight > most) {
            most = weight;
            *ret_worst = node;
        }
    }
    return sum;
}

static void grow(Beam *beam, guint index, guint32 level)
{
    const HaSolveState *state = beam->state;
    const Partial *from = &beam->this.partials[index];
    guint32 node = 0;
    beam->now++;
    for (guint32 i = from->number; i != HA_SOLVE_NONE; i = step_at(beam, i)->before)
        beam->moved[step_at(beam, i)->vm] = beam->now;
    guint32 need = missing(beam, index, &node);
    if (!need || level - 1 + need > beam->moves_max)
        return;
    const gint64 *load = beam->this.load + (gsize)index * state->n_nodes;
    const gint64 *mem = beam->this.mem + (gsize)index * state->n_nodes;
    for (guint32 i = 0; i < state->n_nodes; i++)
        beam->energy[i] = leaves(state, i) ? 0 : energy_of(beam, i, load[i], mem[i]);
    if (leaves(state, node)) { /* all have to go: the dearest first, it fits in the fewest places */
        guint32 i = state->first[node + 1] - 1;
        while (beam->moved[state->by_cost[i]] == beam->now)
            i--;
        try_vm(beam, index, state->by_cost[i], level);
        return;
    }
    for (guint32 i = state->first[node]; i < state->first[node + 1]; i++) {
        guint32 vm = state->by_cost[i];
        if (beam->moved[vm] == beam->now)
            continue;
        if (level == beam->moves_max && from->cost + (gint64)state->problem->vms[vm].cost >= beam->cost_max)
            return; /* those after it are no cheaper */
        try_vm(beam, index, vm, level);
    }
}

static void go_down(Beam *beam)
{
    const HaSolveState *state = beam->state;
    gsize n = state->n_nodes;
    cut(beam);
    for (guint i = 0; i < beam->next.n; i++) {
        Partial *it = &beam->next.partials[i];
        const HaSolveVm *vm = &state->problem->vms[it->step.vm];
        gint64 *load = beam->next.load + i * n, *mem = beam->next.mem + i * n;
        guint32 home = state->home[it->step.vm];
        memcpy(load, beam->this.load + it->parent * n, n * sizeof *load);
        memcpy(mem, beam->this.mem + it->parent * n, n * sizeof *mem);
        load[home] -= (gint64)vm->load;
        mem[home] -= (gint64)vm->mem_mib;
        load[it->step.to] += (gint64)vm->load;
        mem[it->step.to] += (gint64)vm->mem_mib;
        it->number = beam->steps->len;
        g_array_append_val(beam->steps, it->step);
    }
    Level above = beam->this;
    beam->this = beam->next;
    beam->next = above;
    beam->next.n = 0;
    beam->rank_max = G_MAXINT64;
}

/* ---- life ---- */

static Level level_new(guint width, guint n_nodes)
{
    return (Level){.partials = g_new(Partial, 4 * (gsize)width),
        .load = g_new(gint64, (gsize)width * n_nodes),
        .mem = g_new(gint64, (gsize)width * n_nodes)};
}

static void level_clear(Level *level)
{
    g_free(level->partials);
    g_free(level->load);
    g_free(level->mem);
}

static void fill(Beam *beam)
{
    const HaSolveState *state = beam->state;
    const HaProblem *problem = state->problem;
    double load = 1, mem = 1, cost = 1;
    for (guint32 vm = 0; vm < problem->n_vms; vm++) {
        load += (double)problem->vms[vm].load;
        mem += (double)problem->vms[vm].mem_mib;
        cost += (double)problem->vms[vm].cost;
    }
    beam->load_unit = UNIT * (double)beam->flavour->load * problem->n_vms / load;
    beam->mem_unit = UNIT * (double)beam->flavour->mem * problem->n_vms / mem;
    beam->cost_unit = UNIT / 64.0 * beam->flavour->cost * problem->n_vms / cost;
    for (guint32 node = 0; node + 1 < state->n_nodes; node++)
        if (problem->nodes[node].takes && !leaves(state, node))
            beam->targets[beam->n_targets++] = node;
    Partial *first = beam->this.partials;
    *first = (Partial){.number = HA_SOLVE_NONE};
    for (guint32 node = 0; node < state->n_nodes; node++)
        first->energy += leaves(state, node) ? STAY * (gint64)(state->first[node + 1] - state->first[node])
                                             : energy_of(beam, node, state->load[node], state->mem[node]);
    memcpy(beam->this.load, state->load, state->n_nodes * sizeof *state->load);
    memcpy(beam->this.mem, state->mem, state->n_nodes * sizeof *state->mem);
    beam->this.n = 1;
}

static void run(HaSolveState *state, HaSolveBest *best, const Flavour *flavour, guint width, guint32 moves_max)
{
    Beam beam = {.state = state,
        .best = best,
        .flavour = flavour,
        .width = width,
        .rank_max = G_MAXINT64,
        .moves_max = moves_max,
        .cost_max = best->at ? best->cost : G_MAXINT64,
        .steps = g_array_new(FALSE, FALSE, sizeof(Step)),
        .this = level_new(width, state->n_nodes),
        .next = level_new(width, state->n_nodes),
        .moved = g_new0(guint32, state->problem->n_vms + 1),
        .energy = g_new(gint64, state->n_nodes),
        .targets = g_new(guint32, state->n_nodes)};
    best->refused = 0;
    fill(&beam);
    for (guint32 level = 1; level <= beam.moves_max && beam.this.n && !beam.found; level++) {
        for (guint i = 0; i < beam.this.n; i++)
            grow(&beam, i, level);
        go_down(&beam);
    }
    level_clear(&beam.this);
    level_clear(&beam.next);
    g_array_unref(beam.steps);
    g_free(beam.moved);
    g_free(beam.energy);
    g_free(beam.targets);
}

static guint width_for(const HaSolveState *state, guint32 moves)
{
    guint64 children = (guint64)MAX(state->problem->n_vms, 1) * MAX(moves, 1); /* of one partial plan, all levels */
    guint width = (guint)MAX(CHILDREN_MAX / children, WIDTH_MIN);
    return state->quick ? MIN(width, WIDTH_QUICK) : width;
}

void ha_solve_beam(HaSolveState *state, HaSolveBest *best, guint32 bound_moves, gint64 bound_cost, guint wider)
{
    gint64 begun = state->steps;
    for (guint32 vm = 0; vm < state->problem->n_vms; vm++)
        ha_solve_state_put(state, vm, state->home[vm]);
    for (guint i = 0; i < (state->quick ? 2 : G_N_ELEMENTS(flavours)); i++) {
        guint32 moves = best->at ? best->moves : bound_moves + MOVES_MORE;
        if (ha_solve_best_is(best, bound_moves, bound_cost) || (wider > 1 && state->steps - begun > WIDER_STEPS_MAX))
            return;
        run(state, best, &flavours[i], width_for(state, moves) * MAX(wider, flavours[i].wider), moves);
    }
}
