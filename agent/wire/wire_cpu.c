/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/wire/wire_cpu.h"

#include "agent/core/model/ha_sorted.h"
#include "agent/wire/wire_item.h"
#include "agent/wire/wire_text.h"

Hactl__ReportCpu **wire_cpu_put(WireArena *arena, const GPtrArray *cpus, gsize *ret_n)
{
    gsize n = MIN(cpus->len, WIRE_CPUS_MAX);
    Hactl__ReportCpu *structs = wire_arena_array(arena, n, sizeof *structs);
    Hactl__ReportCpu **pointers = wire_arena_pointers(arena, n);
    for (gsize i = 0; i < n; i++) {
        const HaReportCpu *source = cpus->pdata[i];
        hactl__report_cpu__init(&structs[i]);
        structs[i].key = source->key;
        structs[i].text = wire_item_prose(arena, source->text);
        pointers[i] = &structs[i];
    }
    *ret_n = n;
    return pointers;
}

gboolean wire_cpu_take(const char *what, Hactl__ReportCpu *const *cpus, gsize n, GPtrArray *to, GError **error)
{
    if (!wire_text_count(what, n, WIRE_CPUS_MAX, error))
        return FALSE;
    for (gsize i = 0; i < n; i++) {
        if (!wire_text_label("key", cpus[i]->key, WIRE_LABEL_MAX, error) ||
            !wire_text_prose("text", cpus[i]->text, error)) {
            g_prefix_error(error, "%s[%" G_GSIZE_FORMAT "].", what, i);
            return FALSE;
        }
        ha_sorted_put(to, ha_report_cpu_new(cpus[i]->key, cpus[i]->text));
    }
    return TRUE;
}
