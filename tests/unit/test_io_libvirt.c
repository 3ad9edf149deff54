/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_libvirt against libvirt's own test driver (which lives in this process), and against servers that are away or
 * silent.
 */
#include "agent/io/io_libvirt.h"

#include "tests/unit/io_loop.h"

#include <dlfcn.h>
#include <glib/gstdio.h>
#include <libvirt/libvirt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#define STARTED_WITH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char two_domains[] =
    "<node>"
    "<domain type='test'><name>web</name><uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid><memory>131072</memory>"
    "<vcpu>2</vcpu><os><type arch='i686'>hvm</type></os>"
    "<metadata><hactl:definition xmlns:hactl='urn:hactl:domain:1' sha256='" STARTED_WITH "'/></metadata></domain>"
    "<domain type='test'><name>db</name><uuid>6695eb01-f6a4-8304-79aa-97f2502e1940</uuid><memory>262144</memory>"
    "<vcpu>1</vcpu><os><type arch='i686'>hvm</type></os></domain>"
    "</node>";

typedef struct {
    char *dir;
    char *uri;
    char *cancel_dir;
    IoLibvirt *io;
} Fixture;

/* Calls that must not be made a VM and sample: counted on their way to libvirt. */
static gint n_job_calls, n_info_calls;

int virDomainGetJobStats(virDomainPtr domain, int *type, virTypedParameterPtr *params, int *n, unsigned int flags)
{
    int (*real)(virDomainPtr, int *, virTypedParameterPtr *, int *, unsigned int) = dlsym(RTLD_NEXT, __func__);

    g_atomic_int_inc(&n_job_calls);
    return real(domain, type, params, n, flags);
}

int virDomainGetInfo(virDomainPtr domain, virDomainInfoPtr info)
{
    int (*real)(virDomainPtr, virDomainInfoPtr) = dlsym(RTLD_NEXT, __func__);

    g_atomic_int_inc(&n_info_calls);
    return real(domain, info);
}

static IoLibvirt *watched;
static guint n_changed;
static HaLibvirtState wanted_state;
static guint wanted_vms;

static void on_changed(gpointer data)
{
    n_changed++;
}

static HaReport *look(void)
{
    HaReport *report = ha_report_new("node1", 1);

    io_libvirt_fill(watched, report);
    ha_report_sort(report);
    return report;
}

static gboolean is_as_wanted(void)
{
    g_autoptr(HaReport) report = look();

    return report->libvirt == wanted_state && report->vms->len == wanted_vms &&
           (wanted_state == HA_LIBVIRT_AWAY || report->hypervisor);
}

static void await(HaLibvirtState state, guint vms)
{
    wanted_state = state;
    wanted_vms = vms;
    assert_true(io_loop_until(is_as_wanted, 10000));
}

static void open_uri(Fixture *f, const char *uri)
{
    IoLibvirtHandler handler = {on_changed};
    IoLibvirtOptions options;

    io_libvirt_options_init(&options);
    options.uri = uri;
    options.cancel_dir = f->cancel_dir;
    options.sample_ms = 100;
    options.deadline_ms = 400;
    io_libvirt_free(f->io);
    n_changed = 0;
    watched = f->io = io_libvirt_new(&options, &handler, NULL);
}

static int setup(void **state)
{
    Fixture *f = g_new0(Fixture, 1);
    g_autofree char *file = NULL;

    f->dir = g_dir_make_tmp("hactl-libvirt-XXXXXX", NULL);
    f->cancel_dir = g_build_filename(f->dir, "run", "cancel", NULL);
    file = g_build_filename(f->dir, "node.xml", NULL);
    assert_true(g_file_set_contents(file, two_domains, -1, NULL));
    f->uri = g_strconcat("test://", file, NULL);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    Fixture *f = *state;
    g_autofree char *command = g_strdup_printf("rm -rf '%s'", f->dir);

    io_libvirt_free(f->io);
    io_loop_for(50);
    assert_int_equal(system(command), 0);
    g_free(f->dir);
    g_free(f->uri);
    g_free(f->cancel_dir);
    g_free(f);
    return 0;
}

static void test_sample(void **state)
{
    Fixture *f = *state;

    open_uri(f, f->uri);
    g_autoptr(HaReport) before = look();
    assert_int_equal(before->libvirt, HA_LIBVIRT_AWAY); /* not asked yet is not known */
    assert_non_null(before->libvirt_error);
    await(HA_LIBVIRT_OK, 2);
    g_autoptr(HaReport) report = look();
    const HaReportVm *web = ha_report_find_vm(report, "web");
    assert_null(report->libvirt_error);
    assert_true(g_str_has_prefix(report->hypervisor, "TEST "));
    assert_non_null(strstr(report->hypervisor, "libvirt "));
    assert_string_equal(web->uuid, "6695eb01-f6a4-8304-79aa-97f2502e193f");
    assert_int_equal(web->state, HA_VM_RUNNING);
    assert_int_equal(web->mem_bytes, 128 * 1024 * 1024);
    assert_int_equal(web->vcpus, 2);
    assert_int_equal(web->migration.total_bytes, 0);
    assert_string_equal(web->definition, STARTED_WITH);
    assert_null(ha_report_find_vm(report, "db")->definition); /* it was not the agent that started it */
    assert_int_equal(ha_report_find_vm(report, "db")->vcpus, 1);

    guint told = n_changed;
    io_loop_for(500); /* samples that differ in nothing say nothing */
    assert_int_equal(n_changed, told);
}

/* In the steady state: no question about jobs, and one domain's facts a sample. */
static void test_few_calls(void **state)
{
    Fixture *f = *state;

    g_atomic_int_set(&n_job_calls, 0);
    open_uri(f, f->uri);
    await(HA_LIBVIRT_OK, 2);
    io_loop_for(300);
    assert_int_equal(g_atomic_int_get(&n_job_calls), 2); /* each once, libvirt being new */
    g_atomic_int_set(&n_job_calls, 0);
    g_atomic_int_set(&n_info_calls, 0);
    io_loop_for(1000); /* ten samples */
    assert_int_equal(g_atomic_int_get(&n_job_calls), 0);
    assert_in_range(g_atomic_int_get(&n_info_calls), 1, 11);
    io_libvirt_look(f->io, "web"); /* somebody says that it migrates: it alone is asked */
    io_loop_for(400);
    assert_int_equal(g_atomic_int_get(&n_job_calls), 1);
}

/* The shared test driver: what one connection does, another sees, and hears of by event. */
static gboolean is_default_paused(void)
{
    g_autoptr(HaReport) report = look();
    const HaReportVm *vm = ha_report_find_vm(report, "test");

    return vm && vm->state == HA_VM_PAUSED;
}

static void test_events(void **state)
{
    Fixture *f = *state;

    open_uri(f, "test:///default");
    await(HA_LIBVIRT_OK, 1);
    virConnectPtr conn = virConnectOpen("test:///default");
    virDomainPtr domain = virDomainLookupByName(conn, "test");
    assert_int_equal(virDomainSuspend(domain), 0);
    assert_true(io_loop_until(is_default_paused, 5000));
    assert_int_equal(virDomainDestroy(domain), 0); /* defined, and shut off: not listed */
    await(HA_LIBVIRT_OK, 0);
    assert_int_equal(virDomainCreate(domain), 0);
    await(HA_LIBVIRT_OK, 1);
    virDomainFree(domain);
    virConnectClose(conn);
}

static void test_away(void **state)
{
    Fixture *f = *state;

    open_uri(f, "qemu+unix:///system?socket=/nonexistent/libvirt-sock");
    io_loop_for(400);
    await(HA_LIBVIRT_AWAY, 0);
    g_autoptr(HaReport) report = look();
    assert_non_null(strstr(report->libvirt_error, "/nonexistent/libvirt-sock"));
    assert_int_equal(n_changed, 1); /* the same failure again is no change */
}

/* A libvirtd that accepts and never answers. */
static int silent_server(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 64), 0);
    return fd;
}

static gboolean is_stuck(void)
{
    g_autoptr(HaReport) report = look();

    return report->libvirt_error && strstr(report->libvirt_error, "did not answer within 400 ms");
}

static guint n_beats;

static gboolean on_beat(gpointer data)
{
    n_beats++;
    return G_SOURCE_CONTINUE;
}

static guint count_threads(void)
{
    g_autoptr(GDir) dir = g_dir_open("/proc/self/task", 0, NULL);
    guint n = 0;

    while (g_dir_read_name(dir))
        n++;
    return n;
}

static void test_silent(void **state)
{
    Fixture *f = *state;
    g_autofree char *path = g_build_filename(f->dir, "sock", NULL);
    g_autofree char *uri = g_strdup_printf("qemu+unix:///system?socket=%s", path);
    int fd = silent_server(path);
    guint threads = count_threads();
    guint beat = g_timeout_add(10, on_beat, NULL);

    open_uri(f, uri);
    assert_true(io_loop_until(is_stuck, 5000));
    n_beats = 0;
    io_loop_for(3000);
    assert_true(n_beats > 150); /* the main loop never waited */
    assert_true(count_threads() <= threads + IO_LIBVIRT_STUCK_MAX + 1);
    assert_true(is_stuck());
    g_source_remove(beat);
    close(fd); /* hangs up: the calls come back */
    assert_int_equal(g_unlink(path), 0);
    io_loop_for(300);
    assert_false(is_stuck());
    await(HA_LIBVIRT_AWAY, 0);
}

/* ---- requests ---- */

static guint n_answers;
static char *answer_text;
static char *answer_error;

static gboolean is_answered(void)
{
    return n_answers > 0;
}

static void on_xml(const char *xml, const GError *error, gpointer data)
{
    n_answers++;
    g_free(answer_text);
    g_free(answer_error);
    answer_text = g_strdup(xml);
    answer_error = error ? g_strdup(error->message) : NULL;
}

static void on_done(const GError *error, gpointer data)
{
    on_xml(NULL, error, data);
}

static void await_answer(void)
{
    assert_true(io_loop_until(is_answered, 5000));
    assert_int_equal(n_answers, 1);
}

static void test_xml(void **state)
{
    Fixture *f = *state;

    open_uri(f, f->uri);
    n_answers = 0;
    io_libvirt_domain_xml(f->io, "web", on_xml, NULL);
    assert_int_equal(n_answers, 0);
    await_answer();
    assert_null(answer_error);
    assert_non_null(strstr(answer_text, "<name>web</name>"));
    assert_null(strstr(answer_text, "<domain type='test' id=")); /* the inactive form */
    assert_null(strstr(answer_text, STARTED_WITH));              /* a definition has no mark */
    n_answers = 0;
    io_libvirt_domain_xml(f->io, "nobody", on_xml, NULL);
    await_answer();
    assert_null(answer_text);
    assert_non_null(strstr(answer_error, "no domain nobody"));
}

static void test_cancel(void **state)
{
    Fixture *f = *state;
    g_autofree char *mark = g_build_filename(f->cancel_dir, "web", NULL);
    GError *error = NULL;

    open_uri(f, f->uri);
    n_answers = 0;
    io_libvirt_cancel(f->io, "web", on_done, NULL);
    assert_true(g_file_test(mark, G_FILE_TEST_IS_REGULAR)); /* at once: an agent may be about to begin */
    await_answer();
    assert_null(answer_error);
    assert_true(io_libvirt_uncancel(f->io, "web", &error));
    assert_false(g_file_test(mark, G_FILE_TEST_EXISTS));
    assert_true(io_libvirt_uncancel(f->io, "web", &error)); /* again is fine */
    n_answers = 0;
    io_libvirt_cancel(f->io, "elsewhere", on_done, NULL); /* not here: nothing to abort, the mark stands */
    await_answer();
    assert_null(answer_error);
    n_answers = 0;
    io_libvirt_cancel(f->io, "../../escape", on_done, NULL);
    assert_int_equal(n_answers, 0);
    await_answer();
    assert_non_null(strstr(answer_error, "can't be a VM's name"));
    assert_false(io_libvirt_uncancel(f->io, "../x", NULL));
}

static gboolean is_default_marked(void)
{
    g_autoptr(HaReport) report = look();
    const HaReportVm *vm = ha_report_find_vm(report, "test");

    return vm && g_strcmp0(vm->definition, STARTED_WITH) == 0;
}

/* A domain that ran before it was handed over is told what it runs by. */
static void test_mark(void **state)
{
    Fixture *f = *state;

    open_uri(f, "test:///default");
    await(HA_LIBVIRT_OK, 1);
    n_answers = 0;
    io_libvirt_mark(f->io, "test", STARTED_WITH, on_done, NULL);
    await_answer();
    assert_null(answer_error);
    assert_true(io_loop_until(is_default_marked, 10000));
}

/* A driver that can't tell does not refuse. */
static void test_check(void **state)
{
    Fixture *f = *state;

    open_uri(f, f->uri);
    n_answers = 0;
    io_libvirt_check(f->io, "web", "<domain/>", on_done, NULL);
    await_answer();
    assert_non_null(strstr(answer_error, "checking the definition of web"));
}

static void test_request_silent(void **state)
{
    Fixture *f = *state;
    g_autofree char *path = g_build_filename(f->dir, "sock", NULL);
    g_autofree char *uri = g_strdup_printf("qemu+unix:///system?socket=%s", path);
    int fd = silent_server(path);

    open_uri(f, uri);
    n_answers = 0;
    io_libvirt_cancel(f->io, "web", on_done, NULL);
    await_answer();
    assert_non_null(strstr(answer_error, "stopping the migration of web"));
    assert_non_null(strstr(answer_error, "did not answer within 400 ms"));
    n_answers = 0;
    for (guint i = 0; i < 40; i++)
        io_libvirt_domain_xml(f->io, "web", on_xml, NULL);
    io_loop_for(200);
    assert_in_range(n_answers, 20, 30); /* beyond the bound: refused, not queued */
    assert_non_null(strstr(answer_error, "under way already"));
    io_libvirt_free(g_steal_pointer(&f->io)); /* with calls under way: no callback any more */
    guint told = n_answers;
    close(fd);
    io_loop_for(500);
    assert_int_equal(n_answers, told);
}

static void test_options(void **state)
{
    IoLibvirtOptions options;

    g_unsetenv(IO_LIBVIRT_URI_ENV);
    io_libvirt_options_init(&options);
    assert_string_equal(options.uri, "qemu:///system");
    g_setenv(IO_LIBVIRT_URI_ENV, "test:///default", TRUE);
    io_libvirt_options_init(&options);
    assert_string_equal(options.uri, "test:///default");
    g_setenv(IO_LIBVIRT_URI_ENV, "", TRUE);
    io_libvirt_options_init(&options);
    assert_string_equal(options.uri, "qemu:///system");
    assert_true(options.sample_ms == 2000 && options.deadline_ms == 5000);
}

static int forget(void **state)
{
    g_clear_pointer(&answer_text, g_free);
    g_clear_pointer(&answer_error, g_free);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sample, setup, teardown),
        cmocka_unit_test_setup_teardown(test_few_calls, setup, teardown),
        cmocka_unit_test_setup_teardown(test_events, setup, teardown),
        cmocka_unit_test_setup_teardown(test_away, setup, teardown),
        cmocka_unit_test_setup_teardown(test_silent, setup, teardown),
        cmocka_unit_test_setup_teardown(test_xml, setup, teardown),
        cmocka_unit_test_setup_teardown(test_mark, setup, teardown),
        cmocka_unit_test_setup_teardown(test_check, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cancel, setup, teardown),
        cmocka_unit_test_setup_teardown(test_request_silent, setup, teardown),
        cmocka_unit_test(test_options),
    };

    return cmocka_run_group_tests(tests, NULL, forget);
}
