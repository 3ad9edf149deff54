/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wire_cpu - processors that VMs were given: a report's `cpus` and `cpu_lacks`. */
#ifndef WIRE_CPU_H
#define WIRE_CPU_H

#include "agent/core/model/ha_report.h"
#include "agent/wire/wire_error.h"
#include "agent/wire/wire_pack.h"
#include "proto/hactl.pb-c.h"

#define WIRE_CPUS_MAX 64u /* a report, each of the two */

/** wire_cpu_put - @ret_n: so many. Returns: borrowed from the arena. */
Hactl__ReportCpu **wire_cpu_put(WireArena *arena, const GPtrArray *cpus, gsize *ret_n);
/** wire_cpu_take - put into @to, which stays sorted; of doubles the last. @what: its name, for the error. */
gboolean wire_cpu_take(const char *what, Hactl__ReportCpu *const *cpus, gsize n, GPtrArray *to, GError **error);

#endif
