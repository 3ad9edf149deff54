/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core_bench - a core of node1 that takes its events from a view of the fixture's. */
#ifndef CORE_BENCH_H
#define CORE_BENCH_H

#include "agent/core/ha_core_private.h"
#include "tests/unit/core_fixture.h"

/* A core of node1, and the view that its next events are taken from. */
typedef struct {
    HaCore *core;
    HaView *world;
    gint64 now_ms;
    GPtrArray *effects; /* of the last event */
} Bench;

static inline void step(Bench *bench, HaEvent event)
{
    g_ptr_array_set_size(bench->effects, 0);
    event.now_ms = bench->now_ms;
    event.now_s = bench->now_ms / 1000;
    ha_core_step(bench->core, &event, bench->effects);
}

static inline void give_members(Bench *bench, guint n, gboolean quorate)
{
    GPtrArray *members = g_ptr_array_new_with_free_func((GDestroyNotify)ha_member_free);
    for (guint i = 1; i <= n; i++) {
        g_autofree char *name = g_strdup_printf("node%u", i);
        g_ptr_array_add(members, ha_member_new(i, name, i));
    }
    step(bench, (HaEvent){.kind = HA_EVENT_MEMBERS, .members = members, .quorate = quorate});
}

static inline void give_report(Bench *bench, const char *node)
{
    const HaReport *from = fixture_report(bench->world, node);
    HaReport *report = ha_report_new(from->node, from->node_id);
    report->libvirt = from->libvirt;
    report->mem_total_bytes = from->mem_total_bytes;
    report->cores = from->cores;
    g_ptr_array_add(report->bridges, g_strdup("br0"));
    for (guint i = 0; i < from->vms->len; i++) {
        const HaReportVm *vm = from->vms->pdata[i];
        HaReportVm *copy = ha_report_vm_new(vm->name);
        copy->state = vm->state;
        copy->mem_bytes = vm->mem_bytes;
        copy->vcpus = vm->vcpus;
        copy->cpu_permille = vm->cpu_permille;
        g_ptr_array_add(report->vms, copy);
    }
    step(bench, (HaEvent){.kind = HA_EVENT_REPORT, .report = report});
}

static inline HaConfigNode *copy_node(const HaConfigNode *node)
{
    HaConfigNode *copy = ha_config_node_new(node->node);
    copy->state = node->state;
    copy->standby = node->standby;
    copy->wish = node->wish;
    copy->wish.by = g_strdup(node->wish.by);
    return copy;
}

static inline HaConfigVm *copy_vm(const HaConfigVm *vm)
{
    HaConfigVm *copy = ha_config_vm_new(vm->name);
    copy->definition = g_strdup(vm->definition);
    copy->group = g_strdup(vm->group);
    copy->mem_mib = vm->mem_mib;
    copy->vcpus = vm->vcpus;
    copy->wanted_running = vm->wanted_running;
    copy->managed = vm->managed;
    copy->live = vm->live;
    copy->home = g_strdup(vm->home);
    copy->parked = g_strdup(vm->parked);
    copy->pin = g_strdup(vm->pin);
    copy->pin_reason = vm->pin_reason;
    for (guint i = 0; i < vm->places->len; i++) {
        const HaConfigPlace *place = vm->places->pdata[i];
        HaConfigPlace *new = ha_config_place_new(place->node);
        new->active = place->active;
        new->pending = place->pending;
        new->failed_migrate_to = place->failed_migrate_to;
        new->failed = place->failed;
        new->exit_reason = g_strdup(place->exit_reason);
        new->start_refusal = g_strdup(place->start_refusal);
        g_ptr_array_add(copy->places, new);
    }
    return copy;
}

static inline void give_config(Bench *bench)
{
    HaConfig *from = bench->world->config, *config = ha_config_new();
    from->epoch++;
    config->epoch = from->epoch;
    config->quorate = TRUE;
    config->allow_unfenced = from->allow_unfenced;
    config->by_template = from->by_template;
    for (guint i = 0; i < from->properties->len; i++) {
        const HaConfigSetting *setting = from->properties->pdata[i];
        ha_config_add_setting(config->properties, setting->name, setting->value);
    }
    config->term = from->term;
    config->term_owner = g_strdup(from->term_owner);
    for (guint i = 0; i < from->nodes->len; i++)
        g_ptr_array_add(config->nodes, copy_node(from->nodes->pdata[i]));
    for (guint i = 0; i < from->vms->len; i++)
        g_ptr_array_add(config->vms, copy_vm(from->vms->pdata[i]));
    for (guint i = 0; i < from->groups->len; i++)
        g_ptr_array_add(config->groups, ha_group_copy(from->groups->pdata[i]));
    step(bench, (HaEvent){.kind = HA_EVENT_CONFIG, .config = config});
}

static inline void give_done(Bench *bench, guint64 id, HaOutcome outcome)
{
    step(bench, (HaEvent){.kind = HA_EVENT_DONE, .effect_id = id, .outcome = outcome});
}

static inline void ask(Bench *bench, HaRequestKind kind, const char *node, const char *vm)
{
    HaRequest *request = ha_request_new(kind, 7);
    request->node = g_strdup(node);
    request->vm = g_strdup(vm);
    request->by = g_strdup("root@node1");
    step(bench, (HaEvent){.kind = HA_EVENT_REQUEST, .request = request});
}

/* Returns: borrowed, the only effect of its kind; NULL for none. */
static inline const HaEffect *effect(const Bench *bench, HaEffectKind kind)
{
    const HaEffect *found = NULL;
    for (guint i = 0; i < bench->effects->len; i++) {
        const HaEffect *one = bench->effects->pdata[i];
        if (one->kind != kind)
            continue;
        assert_null(found);
        found = one;
    }
    return found;
}

static inline guint notes_of(const Bench *bench, HaNoteKind kind)
{
    guint n = 0;
    for (guint i = 0; i < bench->effects->len; i++) {
        const HaEffect *one = bench->effects->pdata[i];
        n += one->kind == HA_EFFECT_NOTE && one->note->kind == kind;
    }
    return n;
}

static inline void take_term(Bench *bench)
{
    const HaEffect *term = effect(bench, HA_EFFECT_TERM);
    assert_non_null(term);
    guint64 id = term->id;
    bench->world->config->term = term->term + 1;
    g_free(bench->world->config->term_owner);
    bench->world->config->term_owner = g_strdup("node1");
    give_config(bench); /* the picture comes before the answer, as io_cib.h promises */
    give_done(bench, id, HA_DONE_OK);
}

/* The group hands the new leader its own word, like everybody else. */
static inline void hear_leader(Bench *bench)
{
    HaNote *note = ha_note_new(HA_NOTE_LEADER);
    note->id = (bench->world->config->term << 32) + 1;
    step(bench, (HaEvent){.kind = HA_EVENT_NOTE, .note = note});
}

/* vm1 and vm2 run on node1; node1 leads. */
static inline Bench bench_new(void)
{
    HaSettings settings;
    ha_settings_init(&settings);
    Bench bench = {.core = ha_core_new(&settings, "node1", 1), .world = fixture_new(3), .now_ms = FIXTURE_NOW_MS};
    bench.effects = g_ptr_array_new_with_free_func((GDestroyNotify)ha_effect_free);
    fixture_add(bench.world, "vm1", "node1", 512);
    fixture_add(bench.world, "vm2", "node1", 512);
    for (guint i = 0; i < bench.world->needs->len; i++) {
        const HaNeeds *from = bench.world->needs->pdata[i];
        HaNeeds *needs = ha_needs_new();
        needs->hash = g_strdup(from->hash);
        needs->mem_mib = from->mem_mib;
        needs->vcpus = from->vcpus;
        step(&bench, (HaEvent){.kind = HA_EVENT_NEEDS, .needs = needs});
    }
    for (guint i = 1; i <= 3; i++) {
        g_autofree char *name = g_strdup_printf("node%u", i);
        give_report(&bench, name);
    }
    return bench;
}

static inline Bench bench_leading(void)
{
    Bench bench = bench_new();
    give_members(&bench, 3, TRUE);
    give_config(&bench);
    take_term(&bench);
    assert_int_equal(notes_of(&bench, HA_NOTE_LEADER), 1);
    hear_leader(&bench);
    return bench;
}

static inline void bench_free(Bench *bench)
{
    ha_core_free(bench->core);
    ha_view_free(bench->world);
    g_ptr_array_unref(bench->effects);
}

#endif
