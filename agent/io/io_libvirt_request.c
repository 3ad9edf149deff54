/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_cpu.h"
#include "agent/io/io_definition_mark.h"
#include "agent/io/io_libvirt_private.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <libvirt/virterror.h>
#include <string.h>
#include <unistd.h>

#define REQUESTS_MAX 16u /* at once, those that are stuck included; each has a thread and a connection of its own */

/* ---- in the thread ---- */

typedef struct {
    char *uri;
    char *vm;
    char *text; /* nullable: the hash of io_libvirt_mark, the XML of io_libvirt_check, or io_libvirt_check_cpu's */
} Input;

typedef struct {
    char *xml;
    GError *error;
} Output;

static void input_free(gpointer data)
{
    Input *input = data;

    g_free(input->uri);
    g_free(input->vm);
    g_free(input->text);
    g_free(input);
}

static void output_free(gpointer data)
{
    Output *output = data;

    g_free(output->xml);
    g_clear_error(&output->error);
    g_free(output);
}

static void fail(Output *output, const Input *input, const char *what)
{
    g_set_error(&output->error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s %s on libvirt at %s failed: %s", what, input->vm,
        input->uri, io_libvirt_why());
}

static Output *with_domain(const Input *input, void (*work)(const Input *input, virDomainPtr domain, Output *output))
{
    Output *output = g_new0(Output, 1);
    g_autofree char *reason = NULL;
    virConnectPtr conn = io_libvirt_open(input->uri, &reason);

    if (conn == NULL) {
        g_set_error_literal(&output->error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED, reason);
        return output;
    }
    virDomainPtr domain = virDomainLookupByName(conn, input->vm);
    if (domain) {
        work(input, domain, output);
        virDomainFree(domain);
    } else if (virGetLastErrorCode() == VIR_ERR_NO_DOMAIN)
        g_set_error(&output->error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
            "libvirt on this host has no domain %s; virsh list --all shows those it has", input->vm);
    else
        fail(output, input, "looking up");
    virConnectClose(conn);
    return output;
}

static void abort_outgoing(const Input *input, virDomainPtr domain, Output *output)
{
    if (io_libvirt_ask_job(domain, NULL) != IO_LIBVIRT_JOB_OUTGOING)
        return;
    if (virDomainAbortJob(domain) == 0)
        return;
    g_autofree char *reason = g_strdup(io_libvirt_why());
    if (io_libvirt_ask_job(domain, NULL) == IO_LIBVIRT_JOB_OUTGOING) /* else it ended by itself meanwhile */
        g_set_error(&output->error, G_IO_ERROR, G_IO_ERROR_FAILED,
            "stopping the migration of %s failed: %s; it goes on (in post-copy it can't be stopped)", input->vm,
            reason);
}

static gpointer cancel_work(gpointer input)
{
    Output *output = with_domain(input, abort_outgoing);

    if (g_error_matches(output->error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
        g_clear_error(&output->error); /* nothing here that could migrate */
    return output;
}

static void dump(const Input *input, virDomainPtr domain, Output *output)
{
    char *xml = virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE);

    if (xml == NULL)
        fail(output, input, "reading the definition of");
    else
        output->xml = io_definition_mark(xml, strlen(xml), NULL, &output->error);
    free(xml);
}

static gpointer xml_work(gpointer input)
{
    return with_domain(input, dump);
}

static void put_mark(const Input *input, virDomainPtr domain, Output *output)
{
    g_autofree char *element = io_definition_mark_element(input->text);

    if (virDomainIsActive(domain) != 1) /* it will bear the mark from its start */
        return;
    if (virDomainSetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, element, IO_DEFINITION_MARK_PREFIX,
            IO_DEFINITION_MARK_URI, VIR_DOMAIN_AFFECT_LIVE) < 0)
        fail(output, input, "noting the definition in");
}

static gpointer mark_work(gpointer input)
{
    return with_domain(input, put_mark);
}

/* What the text says, and not what this host may lack just now. */
static gboolean blames_the_text(int code)
{
    return code == VIR_ERR_XML_ERROR || code == VIR_ERR_XML_DETAIL || code == VIR_ERR_XML_INVALID_SCHEMA ||
           code == VIR_ERR_CONFIG_UNSUPPORTED || code == VIR_ERR_OS_TYPE;
}

/* The one call that reads a definition as a start would, and leaves nothing behind. */
static gpointer check_work(gpointer data)
{
    const Input *input = data;
    Output *output = g_new0(Output, 1);
    g_autofree char *reason = NULL;
    virConnectPtr conn = io_libvirt_open(input->uri, &reason);

    if (conn == NULL) {
        g_set_error_literal(&output->error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED, reason);
        return output;
    }
    char *native = virConnectDomainXMLToNative(conn, "qemu-argv", input->text, 0);
    if (native == NULL && blames_the_text(virGetLastErrorCode()))
        g_set_error_literal(&output->error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, io_libvirt_why());
    else if (native == NULL)
        fail(output, input, "checking the definition of");
    free(native);
    virConnectClose(conn);
    return output;
}

static gpointer check_cpu_work(gpointer data)
{
    const Input *input = data;
    Output *output = g_new0(Output, 1);
    g_autofree char *reason = NULL, *arch = NULL, *virt = NULL, *xml = NULL;

    if (!io_cpu_question(input->text, &arch, &virt, &xml)) {
        g_set_error(&output->error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "no processor is described by \"%.64s\"",
            input->text);
        return output;
    }
    virConnectPtr conn = io_libvirt_open(input->uri, &reason);
    if (conn == NULL) {
        g_set_error_literal(&output->error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED, reason);
        return output;
    }
    int result =
        virConnectCompareHypervisorCPU(conn, NULL, arch, NULL, virt, xml, VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE);
    if (result < 0 && virGetLastErrorCode() == VIR_ERR_CPU_INCOMPATIBLE)
        g_set_error_literal(&output->error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, io_libvirt_why());
    else if (result < 0)
        fail(output, input, "comparing");
    virConnectClose(conn);
    return output;
}

/* ---- on the main thread ---- */

typedef struct {
    IoLibvirt *io;
    IoTask *task; /* NULL: refused */
    guint refused_source;
    GError *refusal;
    const char *what;
    char *vm;
    IoLibvirtDone done; /* one of the two */
    IoLibvirtXmlDone xml_done;
    gpointer data;
} Request;

static void request_free(Request *request)
{
    g_clear_handle_id(&request->refused_source, g_source_remove);
    g_clear_error(&request->refusal);
    g_free(request->vm);
    g_free(request);
}

static void answer(Request *request, const char *xml, const GError *error)
{
    if (request->xml_done)
        request->xml_done(xml, error, request->data);
    else
        request->done(error, request->data);
}

static void on_done(gpointer result, gpointer data)
{
    Request *request = data;
    Output *output = result;

    g_ptr_array_remove_fast(request->io->requests, request);
    answer(request, output->error ? NULL : output->xml, output->error);
    output_free(output);
    request_free(request);
}

static void on_overdue(gpointer data)
{
    Request *request = data;
    g_autoptr(GError) error = g_error_new(
        G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "%s %s: %s", request->what, request->vm, request->io->stuck_reason);

    answer(request, NULL, error);
}

static void on_returned(gpointer data)
{
    Request *request = data;

    g_ptr_array_remove_fast(request->io->requests, request);
    request_free(request);
}

static gboolean on_refused(gpointer data)
{
    Request *request = data;

    request->refused_source = 0;
    g_ptr_array_remove_fast(request->io->requests, request);
    answer(request, NULL, request->refusal);
    request_free(request);
    return G_SOURCE_REMOVE;
}

static void refuse(Request *request, GError *refusal)
{
    request->refusal = refusal;
    request->refused_source = g_idle_add(on_refused, request);
}

/* @request: taken over, its io not yet set. @text: nullable. */
static void begin(IoLibvirt *io, IoTaskWork work, Request request, const char *vm, const char *text)
{
    static const IoTaskHandler handler = {on_done, on_overdue, on_returned};
    Request *kept = g_memdup2(&request, sizeof request);
    GError *error = NULL;

    kept->io = io;
    kept->vm = g_strdup(vm);
    g_ptr_array_add(io->requests, kept);
    if (io->requests->len > REQUESTS_MAX) {
        refuse(kept,
            g_error_new(G_IO_ERROR, G_IO_ERROR_BUSY,
                "%s %s: %u calls to libvirt are under way already; look at libvirtd", request.what, vm, REQUESTS_MAX));
        return;
    }
    Input *input = g_new0(Input, 1);
    input->uri = g_strdup(io->uri);
    input->vm = g_strdup(vm);
    input->text = g_strdup(text);
    kept->task =
        io_task_run("libvirt-request", work, input, input_free, output_free, io->deadline_ms, &handler, kept, &error);
    if (kept->task == NULL)
        refuse(kept, error);
}

void io_libvirt_drop_requests(IoLibvirt *io)
{
    for (guint i = 0; i < io->requests->len; i++) {
        Request *request = g_ptr_array_index(io->requests, i);

        io_task_drop(request->task);
        request_free(request);
    }
    g_ptr_array_set_size(io->requests, 0);
}

void io_libvirt_domain_xml(IoLibvirt *io, const char *vm, IoLibvirtXmlDone done, gpointer data)
{
    begin(io, xml_work, (Request){.what = "reading the definition of", .xml_done = done, .data = data}, vm, NULL);
}

void io_libvirt_mark(IoLibvirt *io, const char *vm, const char *hash, IoLibvirtDone done, gpointer data)
{
    begin(io, mark_work, (Request){.what = "noting the definition in", .done = done, .data = data}, vm, hash);
}

void io_libvirt_check(IoLibvirt *io, const char *vm, const char *xml, IoLibvirtDone done, gpointer data)
{
    begin(io, check_work, (Request){.what = "checking the definition of", .done = done, .data = data}, vm, xml);
}

void io_libvirt_check_cpu(IoLibvirt *io, const char *text, IoLibvirtDone done, gpointer data)
{
    begin(io, check_cpu_work, (Request){.what = "comparing", .done = done, .data = data}, "a VM's processor", text);
}

/* ---- the cancel mark ---- */

static char *mark_path(const IoLibvirt *io, const char *vm, GError **error)
{
    if (ha_name_check(vm))
        return g_build_filename(io->cancel_dir, vm, NULL);
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "\"%.64s\" can't be a VM's name", vm);
    return NULL;
}

static gboolean mark(const IoLibvirt *io, const char *vm, GError **error)
{
    g_autofree char *path = mark_path(io, vm, error);

    if (path == NULL)
        return FALSE;
    int fd = g_mkdir_with_parents(io->cancel_dir, 0755) < 0
                 ? -1
                 : open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0) {
        int saved = errno;

        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(saved),
            "writing the cancel mark %s failed: %s; the migration of %s was not stopped", path, g_strerror(saved), vm);
        return FALSE;
    }
    close(fd);
    return TRUE;
}

void io_libvirt_cancel(IoLibvirt *io, const char *vm, IoLibvirtDone done, gpointer data)
{
    Request request = {.what = "stopping the migration of", .done = done, .data = data};
    GError *error = NULL;

    if (mark(io, vm, &error)) {
        begin(io, cancel_work, request, vm, NULL);
        return;
    }
    Request *kept = g_memdup2(&request, sizeof request);
    kept->io = io;
    g_ptr_array_add(io->requests, kept);
    refuse(kept, error);
}

gboolean io_libvirt_uncancel(IoLibvirt *io, const char *vm, GError **error)
{
    g_autofree char *path = mark_path(io, vm, error);

    if (path == NULL)
        return FALSE;
    if (g_unlink(path) == 0 || errno == ENOENT)
        return TRUE;
    int saved = errno;
    g_set_error(error, G_IO_ERROR, g_io_error_from_errno(saved),
        "removing the cancel mark %s failed: %s; remove it, or %s can't migrate", path, g_strerror(saved), vm);
    return FALSE;
}
