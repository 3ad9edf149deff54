/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/plan/ha_capacity.h"

#include <string.h>

/* FNV-1a, 64 bits. */
static void mix(guint64 *hash, gconstpointer data, gsize len)
{
    const guint8 *bytes = data;
    for (gsize i = 0; i < len; i++)
        *hash = (*hash ^ bytes[i]) * G_GUINT64_CONSTANT(1099511628211);
}

static void mix_number(guint64 *hash, guint64 number)
{
    mix(hash, &number, sizeof number);
}

static void mix_report(guint64 *hash, const HaReport *report)
{
    mix_number(hash, report ? report->libvirt : HA_VM_STATES);
    for (guint i = 0; report && i < report->storage->len; i++)
        mix_number(hash, ((const HaReportStorage *)report->storage->pdata[i])->ok);
    for (guint i = 0; report && i < report->bridges->len; i++)
        mix(hash, report->bridges->pdata[i], strlen(report->bridges->pdata[i]));
    for (guint i = 0; report && i < report->vms->len; i++) {
        const HaReportVm *vm = report->vms->pdata[i];
        mix(hash, vm->name, strlen(vm->name));
        mix_number(hash, vm->state);
        mix_number(hash, vm->mem_bytes);
    }
    mix_number(hash, report ? report->mem_total_bytes - report->mem_reserve_bytes : 0);
}

/* The configuration (with pins, bans, groups, standby) by its epoch, its status by each VM's history. */
guint64 ha_capacity_fingerprint(const HaView *view, guint lose)
{
    guint64 hash = G_GUINT64_CONSTANT(14695981039346656037);
    const HaConfig *config = view->config;
    mix_number(&hash, lose);
    mix_number(&hash, config->admin_epoch);
    mix_number(&hash, config->epoch);
    mix_number(&hash, view->needs->len);
    for (guint i = 0; i < config->nodes->len; i++) {
        const HaConfigNode *node = config->nodes->pdata[i];
        mix_number(&hash, node->state);
        mix_number(&hash, node->standby | node->maintenance << 1);
        mix_report(&hash, ha_view_report(view, node->node));
    }
    for (guint i = 0; i < config->vms->len; i++) {
        const HaConfigVm *vm = config->vms->pdata[i];
        for (guint j = 0; j < vm->places->len; j++)
            mix_number(&hash, ((const HaConfigPlace *)vm->places->pdata[j])->active);
    }
    return hash;
}
