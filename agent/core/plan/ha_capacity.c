/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/plan/ha_capacity.h"

#include <string.h>

#include "agent/core/plan/ha_loss.h"
#include "agent/core/plan/ha_plan.h"
#include "agent/core/model/ha_rules.h"
#include "agent/core/model/ha_sorted.h"

#define NOWHERE G_MAXUINT
#define NAMES_SHOWN 5u
#define REASONS_SHOWN 3u

/* May the VM run on the node, memory apart? Asked once for each pair, and only for pairs that come up. */
typedef enum { UNASKED, ALLOWED, FORBIDDEN } Verdict;

typedef struct {
    const char *name;
    guint64 capacity_mib, used_mib;
    gboolean takes;
} Node;

typedef struct {
    const HaConfigVm *vm;
    guint64 mem_mib;
    guint at;       /* its node: where it goes, else where it is */
    gboolean ruled; /* a hard rule of its group may keep it off a node */
    gboolean bound; /* its group moves as one */
    gboolean placed;
} Guest;

typedef struct {
    const HaView *view;
    Node *nodes;
    guint n_nodes;
    GArray *guests;    /* Guest that would be recovered, the big ones first */
    guint8 *verdicts;  /* [guest * n_nodes + node] */
    HaRules *rules;    /* with the VMs where the packing at hand has them */
    gboolean *lost;    /* the set at hand */
    guint64 *free_mib; /* the packing at hand */
} Model;

/* ---- the model ---- */

static guint node_index(const HaConfig *config, const char *node)
{
    guint index;
    return node && ha_sorted_index(config->nodes, node, &index) ? index : NOWHERE;
}

static gint by_size(gconstpointer a, gconstpointer b)
{
    const Guest *x = a, *y = b;
    if (x->mem_mib != y->mem_mib)
        return x->mem_mib > y->mem_mib ? -1 : 1;
    return strcmp(x->vm->name, y->vm->name);
}

static gboolean has_hard_rule(const HaGroup *group)
{
    return group && ((group->only_on->len && group->only_on_strength == HA_RULE_HARD) ||
                        (group->affinity != HA_AFFINITY_NONE && group->affinity_strength == HA_RULE_HARD));
}

static void add_guest(Model *model, const HaConfigVm *vm)
{
    const HaView *view = model->view;
    const char *where = ha_view_where(view, vm->name).node;
    guint here = node_index(view->config, where);
    Guest guest = {.vm = vm,
        .mem_mib = ha_view_vm_mem_mib(view, vm->name),
        .at = vm->pin ? node_index(view->config, vm->pin) : here,
        .ruled = has_hard_rule(ha_config_find_group(view->config, vm->group)),
        .bound = ha_rules_bound(ha_config_find_group(view->config, vm->group))};
    ha_rules_put(model->rules, vm->name, vm->group, vm->pin ? vm->pin : where);
    if (here != NOWHERE && guest.at != here) /* ha_view_node_mem has it on both */
        model->nodes[here].used_mib -= MIN(guest.mem_mib, model->nodes[here].used_mib);
    if (vm->wanted_running && vm->managed && guest.at != NOWHERE)
        g_array_append_val(model->guests, guest);
}

static Model model_new(const HaView *view)
{
    const HaConfig *config = view->config;
    Model model = {.view = view, .n_nodes = config->nodes->len, .rules = ha_rules_new(config->groups)};
    model.nodes = g_new0(Node, model.n_nodes);
    model.lost = g_new0(gboolean, model.n_nodes);
    model.free_mib = g_new0(guint64, model.n_nodes);
    model.guests = g_array_new(FALSE, FALSE, sizeof(Guest));
    for (guint i = 0; i < model.n_nodes; i++) {
        const HaConfigNode *node = config->nodes->pdata[i];
        model.nodes[i].name = node->node;
        model.nodes[i].takes = ha_place_in_service(view, node);
        ha_view_node_mem(view, node->node, &model.nodes[i].capacity_mib, &model.nodes[i].used_mib);
    }
    for (guint i = 0; i < config->vms->len; i++)
        add_guest(&model, config->vms->pdata[i]);
    g_array_sort(model.guests, by_size);
    model.verdicts = g_new0(guint8, (gsize)model.guests->len * model.n_nodes + 1);
    return model;
}

static void model_clear(Model *model)
{
    g_free(model->nodes);
    g_free(model->lost);
    g_free(model->free_mib);
    g_free(model->verdicts);
    g_array_unref(model->guests);
    ha_rules_free(model->rules);
}

static Guest *guest_at(const Model *model, guint index)
{
    return &g_array_index(model->guests, Guest, index);
}

/* What does not depend on where the others are. */
static gboolean allowed_fixed(Model *model, guint guest, guint node)
{
    guint8 *verdict = &model->verdicts[(gsize)guest * model->n_nodes + node];
    if (*verdict == UNASKED)
        *verdict = ha_place_check_fixed(model->view, guest_at(model, guest)->vm->name, model->nodes[node].name, NULL) ==
                           HA_BLOCK_NONE
                       ? ALLOWED
                       : FORBIDDEN;
    return *verdict == ALLOWED;
}

static gboolean allowed(Model *model, guint index, guint node)
{
    const Guest *guest = guest_at(model, index);
    return allowed_fixed(model, index, node) && !(guest->ruled && ha_rules_forbid(model->rules, guest->vm->name,
                                                                      guest->vm->group, model->nodes[node].name, NULL));
}

/* ---- one packing ---- */

static gboolean stays(const Model *model, guint node)
{
    return model->nodes[node].takes && !model->lost[node];
}

static void empty_hosts(Model *model)
{
    for (guint i = 0; i < model->n_nodes; i++) {
        const Node *node = &model->nodes[i];
        model->free_mib[i] =
            stays(model, i) && node->capacity_mib > node->used_mib ? node->capacity_mib - node->used_mib : 0;
    }
}

/* The rules' idea of where the lost hosts' VMs are: nowhere, or back where they were. */
static void tell_rules(Model *model, gboolean back)
{
    for (guint i = 0; i < model->guests->len; i++) {
        Guest *guest = guest_at(model, i);
        if (!model->lost[guest->at])
            continue;
        guest->placed = FALSE;
        if (guest->ruled)
            ha_rules_put(model->rules, guest->vm->name, guest->vm->group, back ? model->nodes[guest->at].name : NULL);
    }
}

/* @tightly: the fullest host that has room, else the emptiest. */
static guint pick(Model *model, guint guest, guint64 needed_mib, gboolean tightly)
{
    guint best = NOWHERE;
    for (guint i = 0; i < model->n_nodes; i++) {
        if (!stays(model, i) || model->free_mib[i] < needed_mib)
            continue;
        gboolean better = best == NOWHERE || (tightly ? model->free_mib[i] < model->free_mib[best]
                                                      : model->free_mib[i] > model->free_mib[best]);
        if (better && allowed(model, guest, i))
            best = i;
    }
    return best;
}

/* Is this one of those that have to go where @guest goes, itself included? */
static gboolean goes_along(const Model *model, const Guest *guest, const Guest *other)
{
    return model->lost[other->at] && !other->placed &&
           (other == guest || (guest->bound && g_strcmp0(other->vm->group, guest->vm->group) == 0));
}

static void put(Model *model, Guest *guest, guint node)
{
    model->free_mib[node] -= MIN(guest->mem_mib, model->free_mib[node]);
    guest->placed = TRUE;
    if (guest->ruled)
        ha_rules_put(model->rules, guest->vm->name, guest->vm->group, model->nodes[node].name);
}

/* A group that moves as one takes a host with room for all of it; where there is none, as many as fit. */
static gboolean place(Model *model, guint index, gboolean tightly)
{
    Guest *guest = guest_at(model, index);
    guint64 together_mib = guest->mem_mib;
    for (guint i = 0; guest->bound && i < model->guests->len; i++)
        if (i != index && goes_along(model, guest, guest_at(model, i)))
            together_mib += guest_at(model, i)->mem_mib;
    guint node = pick(model, index, together_mib, tightly);
    gboolean all = node != NOWHERE;
    if (!all && guest->bound)
        node = pick(model, index, guest->mem_mib, tightly);
    if (node == NOWHERE)
        return FALSE;
    for (guint i = 0; all && guest->bound && i < model->guests->len; i++)
        if (i != index && goes_along(model, guest, guest_at(model, i)))
            put(model, guest_at(model, i), node);
    put(model, guest, node);
    return TRUE;
}

/* Returns: how many find no place; @down: guint indexes of them. */
static guint pack(Model *model, gboolean tightly, GArray *down)
{
    empty_hosts(model);
    tell_rules(model, FALSE);
    for (guint i = 0; i < model->guests->len; i++) {
        const Guest *guest = guest_at(model, i);
        if (model->lost[guest->at] && !guest->placed && !place(model, i, tightly))
            g_array_append_val(down, i);
    }
    tell_rules(model, TRUE);
    return down->len;
}

/* ---- one loss ---- */

static void capacity_vm_free(HaCapacityVm *vm)
{
    g_free(vm->vm);
    g_free(vm->why);
    g_free(vm);
}

static void loss_free(HaCapacityLoss *loss)
{
    g_ptr_array_unref(loss->hosts);
    g_ptr_array_unref(loss->down);
    g_free(loss);
}

static char *why_not(Model *model, guint index, guint node)
{
    const Guest *guest = guest_at(model, index);
    g_autofree char *detail = NULL;
    const char *name = model->nodes[node].name;
    HaBlock block = ha_place_check_fixed(model->view, guest->vm->name, name, &detail);
    if (block == HA_BLOCK_NONE && ha_rules_forbid(model->rules, guest->vm->name, guest->vm->group, name, &detail))
        block = HA_BLOCK_NODE_RULE;
    return g_strdup_printf("%s: %s", name, detail ? detail : ha_block_text(block, NULL));
}

static char *why_nowhere(Model *model, guint guest)
{
    g_autoptr(GString) text = g_string_new("none of the hosts left may run it");
    guint shown = 0;
    for (guint i = 0; i < model->n_nodes && shown < REASONS_SHOWN; i++) {
        if (model->lost[i] || allowed(model, guest, i))
            continue;
        g_autofree char *why = why_not(model, guest, i);
        g_string_append_printf(text, "%s%s", shown++ ? ", " : ": ", why);
    }
    return g_strdup(text->str);
}

static char *why_down(Model *model, guint guest)
{
    guint64 most_mib = 0;
    guint allowing = 0;
    empty_hosts(model);
    for (guint i = 0; i < model->n_nodes; i++) {
        if (!stays(model, i) || !allowed(model, guest, i))
            continue;
        allowing++;
        most_mib = MAX(most_mib, model->free_mib[i]);
    }
    if (!allowing)
        return why_nowhere(model, guest);
    return g_strdup_printf("needs %" G_GUINT64_FORMAT
                           " MiB; of the %u host%s left that may run it the emptiest has %" G_GUINT64_FORMAT
                           " MiB, before the others are placed",
        guest_at(model, guest)->mem_mib, allowing, allowing == 1 ? "" : "s", most_mib);
}

static void add_down(Model *model, HaCapacityLoss *loss, const GArray *down)
{
    guint64 free_mib = 0;
    empty_hosts(model);
    for (guint i = 0; i < model->n_nodes; i++)
        free_mib += model->free_mib[i];
    tell_rules(model, FALSE);
    for (guint i = 0; i < down->len; i++) {
        guint index = g_array_index(down, guint, i);
        HaCapacityVm *vm = g_new0(HaCapacityVm, 1);
        vm->vm = g_strdup(guest_at(model, index)->vm->name);
        vm->mem_mib = guest_at(model, index)->mem_mib;
        vm->why = why_down(model, index);
        g_ptr_array_add(loss->down, vm);
    }
    tell_rules(model, TRUE);
    loss->could_fit = down->len && loss->mem_mib <= free_mib;
    ha_sorted_sort(loss->down);
}

/* The set model->lost. */
static HaCapacityLoss *lose(Model *model)
{
    HaCapacityLoss *loss = g_new0(HaCapacityLoss, 1);
    loss->hosts = g_ptr_array_new_with_free_func(g_free);
    loss->down = g_ptr_array_new_with_free_func((GDestroyNotify)capacity_vm_free);
    for (guint i = 0; i < model->n_nodes; i++)
        if (model->lost[i])
            g_ptr_array_add(loss->hosts, g_strdup(model->nodes[i].name));
    for (guint i = 0; i < model->guests->len; i++) {
        const Guest *guest = guest_at(model, i);
        loss->n_vms += model->lost[guest->at];
        loss->mem_mib += model->lost[guest->at] ? guest->mem_mib : 0;
    }
    g_autoptr(GArray) down = g_array_new(FALSE, FALSE, sizeof(guint));
    guint n = pack(model, FALSE, down);
    if (n) {
        g_autoptr(GArray) tighter = g_array_new(FALSE, FALSE, sizeof(guint));
        add_down(model, loss, pack(model, TRUE, tighter) < n ? tighter : down);
    }
    return loss;
}

/* ---- every set of hosts ---- */

static gint worse_first(gconstpointer a, gconstpointer b)
{
    const HaCapacityLoss *x = *(HaCapacityLoss *const *)a, *y = *(HaCapacityLoss *const *)b;
    if (x->down->len != y->down->len)
        return x->down->len > y->down->len ? -1 : 1;
    for (guint i = 0; i < MIN(x->hosts->len, y->hosts->len); i++) {
        gint order = strcmp(x->hosts->pdata[i], y->hosts->pdata[i]);
        if (order)
            return order;
    }
    return 0;
}

static void take_loss(Model *model, HaCapacity *capacity)
{
    HaCapacityLoss *loss = lose(model);
    capacity->n_sets++;
    capacity->n_bad += loss->down->len > 0;
    if (capacity->lose > 1 && !loss->down->len) {
        loss_free(loss);
        return;
    }
    g_ptr_array_add(capacity->losses, loss);
    if (capacity->lose > 1 && capacity->losses->len > 2 * HA_CAPACITY_LISTED) {
        g_ptr_array_sort(capacity->losses, worse_first);
        g_ptr_array_set_size(capacity->losses, HA_CAPACITY_LISTED);
    }
}

typedef struct {
    Model *model;
    HaCapacity *capacity;
} Taker;

static gboolean take_set(const guint *lost, guint n, gpointer data)
{
    const Taker *taker = data;
    for (guint i = 0; i < n; i++)
        taker->model->lost[lost[i]] = TRUE;
    take_loss(taker->model, taker->capacity);
    for (guint i = 0; i < n; i++)
        taker->model->lost[lost[i]] = FALSE;
    return TRUE;
}

static gint by_used_descending(gconstpointer a, gconstpointer b, gpointer data)
{
    const Model *model = data;
    guint64 x = model->nodes[*(const guint *)a].used_mib, y = model->nodes[*(const guint *)b].used_mib;
    return x != y ? (x > y ? -1 : 1) : (gint) * (const guint *)a - (gint) * (const guint *)b;
}

static gint by_index(gconstpointer a, gconstpointer b)
{
    return (gint) * (const guint *)a - (gint) * (const guint *)b;
}

/* The hosts that can be lost; when their sets are too many, the fullest of them. */
static GArray *hosts_to_lose(Model *model, HaCapacity *capacity)
{
    GArray *hosts = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < model->n_nodes; i++)
        if (((const HaConfigNode *)model->view->config->nodes->pdata[i])->state == HA_NODE_ONLINE)
            g_array_append_val(hosts, i);
    guint at_most = ha_loss_hosts_max(hosts->len, capacity->lose, HA_CAPACITY_SETS_MAX);
    capacity->exhaustive = at_most == hosts->len;
    if (!capacity->exhaustive) {
        g_array_sort_with_data(hosts, by_used_descending, model);
        g_array_set_size(hosts, at_most);
        g_array_sort(hosts, by_index);
    }
    return hosts;
}

HaCapacity *ha_capacity_check(const HaView *view, guint lose)
{
    g_assert(lose >= 1 && lose <= HA_CAPACITY_LOSE_MAX && view->config);
    HaCapacity *capacity = g_new0(HaCapacity, 1);
    capacity->lose = lose;
    capacity->losses = g_ptr_array_new_with_free_func((GDestroyNotify)loss_free);
    Model model = model_new(view);
    g_autoptr(GArray) hosts = hosts_to_lose(&model, capacity);
    Taker taker = {&model, capacity};
    ha_loss_each(hosts, lose, take_set, &taker);
    if (lose > 1)
        g_ptr_array_sort(capacity->losses, worse_first);
    model_clear(&model);
    return capacity;
}

void ha_capacity_free(HaCapacity *capacity)
{
    if (!capacity)
        return;
    g_ptr_array_unref(capacity->losses);
    g_free(capacity);
}

const HaCapacityLoss *ha_capacity_worst(const HaCapacity *capacity)
{
    const HaCapacityLoss *worst = NULL;
    for (guint i = 0; i < capacity->losses->len; i++) {
        const HaCapacityLoss *loss = capacity->losses->pdata[i];
        if (loss->down->len && (!worst || loss->down->len > worst->down->len))
            worst = loss;
    }
    return worst;
}

char *ha_capacity_sentence(const HaCapacity *capacity)
{
    const HaCapacityLoss *worst = ha_capacity_worst(capacity);
    const char *hosts = capacity->lose == 1 ? "" : "s";
    if (!capacity->n_sets)
        return g_strdup_printf("there are no %u hosts to lose", capacity->lose);
    if (!worst)
        return g_strdup_printf("every VM finds a place when any %u host%s %s lost%s", capacity->lose, hosts,
            capacity->lose == 1 ? "is" : "are", capacity->exhaustive ? "" : " (of the fullest hosts)");
    GString *text = g_string_new("the loss of ");
    for (guint i = 0; i < worst->hosts->len; i++)
        g_string_append_printf(text, "%s%s", i ? " and " : "", (const char *)worst->hosts->pdata[i]);
    g_string_append_printf(text, " would leave %u of %u VMs without a place: ", worst->down->len, worst->n_vms);
    for (guint i = 0; i < worst->down->len && i < NAMES_SHOWN; i++)
        g_string_append_printf(text, "%s%s", i ? ", " : "", ((const HaCapacityVm *)worst->down->pdata[i])->vm);
    if (worst->down->len > NAMES_SHOWN)
        g_string_append(text, ", ...");
    if (worst->could_fit)
        g_string_append(text, " (there is memory enough in all: moving others may make room)");
    return g_string_free(text, FALSE);
}
