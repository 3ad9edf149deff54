/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_libvirt.h"

#include "agent/core/model/ha_sorted.h"
#include "agent/io/io_cpu.h"
#include "agent/io/io_libvirt_event.h"
#include "agent/io/io_libvirt_private.h"
#include "agent/io/io_libvirt_sample.h"

#include <string.h>

#define COALESCE_MS 100
#define NUMBERS_MS 10000   /* loads move slowly, and asking needs every QEMU's monitor */
#define CPU_MIN_US 1000000 /* less gives noise */

void io_libvirt_options_init(IoLibvirtOptions *options)
{
    const char *uri = g_getenv(IO_LIBVIRT_URI_ENV);

    *options = (IoLibvirtOptions){.uri = uri && *uri ? uri : IO_LIBVIRT_URI,
        .cancel_dir = IO_LIBVIRT_CANCEL_DIR,
        .sample_ms = 2000,
        .deadline_ms = 5000};
}

/* ---- lanes: one call at a time each, so that a hung QEMU monitor (detail) leaves the sample alone ---- */

typedef struct {
    IoLibvirtLane *lane;
    IoTask *task;
} Call;

static Call *call_end(Call *call)
{
    g_ptr_array_remove_fast(call->lane->calls, call);
    return call;
}

static void on_done(gpointer result, gpointer data)
{
    g_autofree Call *call = call_end(data);
    IoLibvirtLane *lane = call->lane;

    lane->busy = FALSE;
    lane->done(lane->io, result);
}

static void on_overdue(gpointer data)
{
    IoLibvirtLane *lane = ((Call *)data)->lane;

    lane->busy = FALSE;
    lane->stuck++;
    io_libvirt_session_drop(g_steal_pointer(&lane->session)); /* the stuck thread has a reference, and closes it */
    lane->overdue(lane->io);
}

static void on_returned(gpointer data)
{
    g_autofree Call *call = call_end(data);

    call->lane->stuck--;
}

static gboolean lane_run(IoLibvirtLane *lane, const char *name, IoTaskWork work, gpointer input,
    GDestroyNotify input_free, GDestroyNotify result_free, GError **error)
{
    static const IoTaskHandler handler = {on_done, on_overdue, on_returned};
    Call *call = g_new0(Call, 1);

    call->lane = lane;
    call->task = io_task_run(name, work, input, input_free, result_free, lane->io->deadline_ms, &handler, call, error);
    if (call->task == NULL) {
        g_free(call);
        return FALSE;
    }
    lane->busy = TRUE;
    g_ptr_array_add(lane->calls, call);
    return TRUE;
}

static void lane_init(
    IoLibvirtLane *lane, IoLibvirt *io, void (*done)(IoLibvirt *io, gpointer result), void (*overdue)(IoLibvirt *io))
{
    *lane = (IoLibvirtLane){.io = io, .calls = g_ptr_array_new(), .done = done, .overdue = overdue};
}

static void lane_clear(IoLibvirtLane *lane)
{
    for (guint i = 0; i < lane->calls->len; i++) {
        Call *call = g_ptr_array_index(lane->calls, i);

        io_task_drop(call->task);
        g_free(call);
    }
    g_ptr_array_unref(lane->calls);
    io_libvirt_session_drop(lane->session);
}

/* ---- what is known ---- */

static IoLibvirtDomain *find(const GPtrArray *domains, const char *name)
{
    guint low = 0, high = domains->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        IoLibvirtDomain *domain = g_ptr_array_index(domains, middle);
        int order = strcmp(name, domain->name);

        if (order == 0)
            return domain;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static HaVmState state_of(const IoLibvirtDomain *domain)
{
    gboolean no_word = domain->job == IO_LIBVIRT_JOB_UNKNOWN || domain->job == IO_LIBVIRT_JOB_NONE;

    if (no_word && domain->has_run && io_libvirt_state_needs_job(domain->state, domain->reason))
        return io_libvirt_state(domain->state, domain->reason, IO_LIBVIRT_JOB_OUTGOING); /* too short for an answer */
    return io_libvirt_state(domain->state, domain->reason, domain->job);
}

static void carry_over(IoLibvirtDomain *domain, const IoLibvirtDomain *old)
{
    domain->has_run = domain->state == VIR_DOMAIN_RUNNING;
    if (old == NULL || old->facts.id != domain->facts.id || strcmp(old->uuid, domain->uuid) != 0)
        return;
    domain->cpu_ns = old->cpu_ns;
    domain->cpu_at_us = old->cpu_at_us;
    domain->cpu_permille = old->cpu_permille;
    domain->rss_bytes = old->rss_bytes;
    domain->has_run = domain->has_run || old->has_run;
    domain->job = old->job;
    domain->migration = old->migration;
}

static gboolean same_states(const GPtrArray *a, const GPtrArray *b)
{
    if (a->len != b->len)
        return FALSE;
    for (guint i = 0; i < a->len; i++) {
        const IoLibvirtDomain *x = g_ptr_array_index(a, i), *y = g_ptr_array_index(b, i);

        if (strcmp(x->name, y->name) != 0 || strcmp(x->uuid, y->uuid) != 0 || state_of(x) != state_of(y))
            return FALSE;
    }
    return TRUE;
}

static void set_away(IoLibvirt *io, const char *reason)
{
    gboolean was_ok = io->error == NULL;
    gboolean changed = was_ok || strcmp(io->error, reason) != 0;

    if (changed) {
        g_free(io->error);
        io->error = g_strdup(reason);
    }
    if (was_ok) {
        g_ptr_array_set_size(io->domains, 0);
        g_clear_pointer(&io->hypervisor, g_free);
    }
    if (changed)
        io->handler.changed(io->data);
}

/* ---- the slower questions ---- */

static void detail_begin(IoLibvirt *io)
{
    gboolean everything = io->detail_everything;
    gint64 now_us = g_get_monotonic_time();
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

    if (io->detail.busy || io->detail.stuck >= IO_LIBVIRT_STUCK_MAX)
        return;
    for (guint i = 0; i < io->domains->len; i++) {
        const IoLibvirtDomain *domain = g_ptr_array_index(io->domains, i);
        gboolean has_job = domain->job != IO_LIBVIRT_JOB_NONE && domain->job != IO_LIBVIRT_JOB_UNKNOWN;

        if (everything || has_job || io_libvirt_state_needs_job(domain->state, domain->reason) ||
            g_hash_table_contains(io->suspects, domain->name))
            g_ptr_array_add(names, g_strdup(domain->name));
    }
    g_hash_table_remove_all(io->suspects);
    io->detail_everything = FALSE;
    gboolean numbers = everything || now_us >= io->numbers_due_us;
    if (names->len == 0 && !numbers && io->hypervisor)
        return;

    if (io->detail.session == NULL)
        io->detail.session = io_libvirt_session_new(io->uri, NULL);
    IoLibvirtQuestion *question = g_new0(IoLibvirtQuestion, 1);
    question->session = io_libvirt_session_ref(io->detail.session);
    question->names = g_steal_pointer(&names);
    question->numbers = numbers;
    question->hypervisor = io->hypervisor == NULL;
    if (numbers)
        io->numbers_due_us = now_us + 1000ll * NUMBERS_MS;
    /* Without a thread the question is asked again with the next sample. */
    lane_run(&io->detail, "libvirt-detail", io_libvirt_detail_work, question, io_libvirt_question_free,
        io_libvirt_detail_free, NULL);
}

static gboolean take_jobs(IoLibvirt *io, const GPtrArray *jobs)
{
    gboolean changed = FALSE;

    for (guint i = 0; i < jobs->len; i++) {
        const IoLibvirtAnswer *answer = g_ptr_array_index(jobs, i);
        IoLibvirtDomain *domain = find(io->domains, answer->name);

        if (domain == NULL)
            continue;
        if (answer->job == IO_LIBVIRT_JOB_UNKNOWN) { /* ask again with the next sample */
            g_hash_table_add(io->suspects, g_strdup(domain->name));
            continue;
        }
        HaVmState old = state_of(domain);
        domain->job = answer->job;
        domain->migration = answer->migration;
        changed = changed || state_of(domain) != old;
    }
    return changed;
}

static void take_cpu(IoLibvirtDomain *domain, guint64 cpu_ns, gint64 now_us)
{
    gint64 passed_us = now_us - domain->cpu_at_us;

    if (domain->cpu_ns && passed_us < CPU_MIN_US)
        return;
    if (domain->cpu_ns && cpu_ns >= domain->cpu_ns)
        domain->cpu_permille = (guint32)MIN((cpu_ns - domain->cpu_ns) / (guint64)passed_us, G_MAXUINT32);
    domain->cpu_ns = cpu_ns;
    domain->cpu_at_us = now_us;
}

static void take_numbers(IoLibvirt *io, const GPtrArray *numbers)
{
    gint64 now_us = g_get_monotonic_time();

    for (guint i = 0; i < numbers->len; i++) {
        const IoLibvirtAnswer *answer = g_ptr_array_index(numbers, i);
        IoLibvirtDomain *domain = find(io->domains, answer->name);

        if (domain == NULL)
            continue;
        if (answer->cpu_ns)
            take_cpu(domain, answer->cpu_ns, now_us);
        if (answer->mem_bytes)
            domain->facts.mem_bytes = answer->mem_bytes;
        if (answer->rss_bytes)
            domain->rss_bytes = answer->rss_bytes;
    }
}

static void detail_done(IoLibvirt *io, gpointer result)
{
    IoLibvirtDetail *detail = result;
    gboolean changed = FALSE;

    /* An error is the sample's to report: it asks the same libvirtd. */
    if (detail->error == NULL && io->error == NULL) {
        changed = take_jobs(io, detail->jobs);
        take_numbers(io, detail->numbers);
        if (detail->hypervisor && g_strcmp0(io->hypervisor, detail->hypervisor) != 0) {
            g_free(io->hypervisor);
            io->hypervisor = g_steal_pointer(&detail->hypervisor);
            changed = TRUE;
        }
    }
    io_libvirt_detail_free(detail);
    if (changed)
        io->handler.changed(io->data);
}

/* What the stuck question was about stays as it was known; the next one leaves busy domains out (NOWAIT). */
static void detail_overdue(IoLibvirt *io)
{
}

/* ---- the sample ---- */

static void sample_begin(IoLibvirt *io)
{
    g_autoptr(GError) error = NULL;

    if (io->sample.busy)
        return;
    if (io->sample.stuck >= IO_LIBVIRT_STUCK_MAX) {
        set_away(io, io->stuck_reason);
        return;
    }
    if (io->sample.session == NULL)
        io->sample.session = io_libvirt_session_new(io->uri, io->hub);
    io->sample_again = FALSE;
    if (!lane_run(&io->sample, "libvirt-sample", io_libvirt_sample_work, io_libvirt_session_ref(io->sample.session),
            io_libvirt_session_unref, io_libvirt_sample_free, &error))
        set_away(io, error->message);
}

static gboolean on_soon(gpointer data)
{
    IoLibvirt *io = data;

    io->soon_source = 0;
    sample_begin(io);
    return G_SOURCE_REMOVE;
}

static void sample_soon(IoLibvirt *io)
{
    if (io->sample.busy)
        io->sample_again = TRUE; /* what it reads may be older than the event */
    else if (io->soon_source == 0)
        io->soon_source = g_timeout_add(COALESCE_MS, on_soon, io);
}

static void sample_take(IoLibvirt *io, IoLibvirtSample *sample)
{
    gboolean was_away = io->error != NULL;

    for (guint i = 0; i < sample->domains->len; i++) {
        IoLibvirtDomain *domain = g_ptr_array_index(sample->domains, i);
        carry_over(domain, find(io->domains, domain->name));
    }
    g_autoptr(GPtrArray) old = g_steal_pointer(&io->domains);
    io->domains = g_steal_pointer(&sample->domains);
    sample->domains = g_ptr_array_new();
    g_clear_pointer(&io->error, g_free);
    io->detail_everything = io->detail_everything || sample->reconnected || was_away;
    detail_begin(io);
    if (was_away || !same_states(old, io->domains))
        io->handler.changed(io->data);
}

static void sample_done(IoLibvirt *io, gpointer result)
{
    IoLibvirtSample *sample = result;

    if (sample->error)
        set_away(io, sample->error);
    else
        sample_take(io, sample);
    io_libvirt_sample_free(sample);
    if (io->sample_again)
        sample_soon(io);
}

static void sample_overdue(IoLibvirt *io)
{
    set_away(io, io->stuck_reason);
}

static gboolean on_period(gpointer data)
{
    sample_begin(data);
    return G_SOURCE_CONTINUE;
}

static void on_event(gpointer data, const char *vm, gboolean migrates)
{
    IoLibvirt *io = data;

    if (vm && migrates)
        g_hash_table_add(io->suspects, g_strdup(vm));
    sample_soon(io);
}

/* ---- outside ---- */

IoLibvirt *io_libvirt_new(const IoLibvirtOptions *options, const IoLibvirtHandler *handler, gpointer data)
{
    IoLibvirt *io = g_new0(IoLibvirt, 1);

    io_libvirt_event_start();
    io->uri = g_strdup(options->uri);
    io->cancel_dir = g_strdup(options->cancel_dir);
    io->deadline_ms = options->deadline_ms;
    io->handler = *handler;
    io->data = data;
    io->domains = g_ptr_array_new_with_free_func(io_libvirt_domain_free);
    io->suspects = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    io->error = g_strdup("libvirt has not answered yet");
    io->stuck_reason =
        g_strdup_printf("libvirt at %s did not answer within %u ms; look at libvirtd (or virtqemud) and its log",
            io->uri, io->deadline_ms);
    io->hub = g_atomic_rc_box_new0(IoLibvirtHub);
    io->hub->io = io;
    io->hub->event = on_event;
    lane_init(&io->sample, io, sample_done, sample_overdue);
    lane_init(&io->detail, io, detail_done, detail_overdue);
    io->requests = g_ptr_array_new();
    io->period_source = g_timeout_add(options->sample_ms, on_period, io);
    io->soon_source = g_idle_add(on_soon, io);
    return io;
}

void io_libvirt_free(IoLibvirt *io)
{
    if (io == NULL)
        return;
    g_clear_handle_id(&io->period_source, g_source_remove);
    g_clear_handle_id(&io->soon_source, g_source_remove);
    io_libvirt_drop_requests(io);
    lane_clear(&io->sample);
    lane_clear(&io->detail);
    io->hub->io = NULL;
    io_libvirt_hub_unref(io->hub);
    g_ptr_array_unref(io->requests);
    g_ptr_array_unref(io->domains);
    g_hash_table_unref(io->suspects);
    g_free(io->uri);
    g_free(io->cancel_dir);
    g_free(io->error);
    g_free(io->stuck_reason);
    g_free(io->hypervisor);
    g_free(io);
}

void io_libvirt_look(IoLibvirt *io, const char *vm)
{
    const IoLibvirtDomain *domain = vm ? find(io->domains, vm) : NULL;

    if (domain == NULL || domain->job != IO_LIBVIRT_JOB_OUTGOING) /* else every sample asks anyway */
        on_event(io, vm, TRUE);
}

static HaReportVm *to_report(const IoLibvirtDomain *domain, HaVmState state)
{
    HaReportVm *vm = ha_report_vm_new(domain->name);

    g_free(vm->uuid);
    vm->uuid = g_strdup(domain->uuid);
    vm->state = state;
    vm->mem_bytes = domain->facts.mem_bytes;
    vm->rss_bytes = domain->rss_bytes;
    vm->vcpus = domain->facts.vcpus;
    vm->definition = *domain->facts.definition ? g_strdup(domain->facts.definition) : NULL;
    vm->cpu_permille = domain->cpu_permille;
    vm->cpu = domain->facts.cpu ? io_cpu_key(domain->facts.cpu) : NULL;
    if (domain->job == IO_LIBVIRT_JOB_OUTGOING)
        vm->migration = domain->migration;
    return vm;
}

void io_libvirt_fill(const IoLibvirt *io, HaReport *report)
{
    g_free(report->libvirt_error);
    g_free(report->hypervisor);
    report->libvirt = io->error ? HA_LIBVIRT_AWAY : HA_LIBVIRT_OK;
    report->libvirt_error = g_strdup(io->error);
    report->hypervisor = g_strdup(io->hypervisor);
    for (guint i = 0; io->error == NULL && i < io->domains->len; i++) {
        const IoLibvirtDomain *domain = g_ptr_array_index(io->domains, i);
        HaVmState state = state_of(domain);

        if (state == HA_VM_ABSENT)
            continue;
        HaReportVm *vm = to_report(domain, state);
        g_ptr_array_add(report->vms, vm);
        if (vm->cpu && !ha_report_find_cpu(report->cpus, vm->cpu))
            ha_sorted_put(report->cpus, ha_report_cpu_new(vm->cpu, domain->facts.cpu));
    }
}
