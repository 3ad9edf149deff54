/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_definition.h"

#include "agent/cli/cli_client.h"
#include "agent/cli/cli_json.h"

#include <errno.h>
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- files ---- */

/* What hactld would refuse anyway, in the words of the file. */
static gboolean check_text(const char *data, gsize len, const char *path, GError **error)
{
    const char *why = NULL;
    if (len > HA_DEFINITION_BYTES_MAX)
        why = "is larger than 256 KiB";
    else if (len == 0)
        why = "is empty";
    else if (!g_utf8_validate_len(data, len, NULL))
        why = "is no UTF-8 text";
    if (why)
        g_set_error(error, CLI_ERROR, CLI_EXIT_REFUSED,
            "%s %s; give the VM's libvirt XML, as of: virsh dumpxml --inactive NAME", path, why);
    return why == NULL;
}

static GBytes *read_stream(FILE *stream, const char *path, GError **error)
{
    g_autofree char *data = g_malloc(HA_DEFINITION_BYTES_MAX + 1);
    gsize len = fread(data, 1, HA_DEFINITION_BYTES_MAX + 1, stream);
    if (ferror(stream)) {
        g_set_error(error, CLI_ERROR, CLI_EXIT_FAILED, "%s can't be read: %s; give the path of the VM's libvirt XML",
            path, g_strerror(errno));
        return NULL;
    }
    return check_text(data, len, path, error) ? g_bytes_new_take(g_steal_pointer(&data), len) : NULL;
}

GBytes *cli_definition_read(const char *path, GError **error)
{
    if (g_str_equal(path, "-"))
        return read_stream(stdin, "standard input", error);
    FILE *stream = fopen(path, "re");
    if (!stream) {
        g_set_error(error, CLI_ERROR, errno == EACCES ? CLI_EXIT_PERMISSION : CLI_EXIT_FAILED,
            "%s can't be read: %s; give the path of the VM's libvirt XML", path, g_strerror(errno));
        return NULL;
    }
    GBytes *xml = read_stream(stream, path, error);
    fclose(stream);
    return xml;
}

/* ---- hactld ---- */

GBytes *cli_definition_fetch(
    const char *vm, CliDefinitionWhich which, const char *title, char **ret_hash, GError **error)
{
    Hactl__Call call = HACTL__CALL__INIT;
    call.kind = HACTL__CALL_KIND__CALL_DEFINITION;
    call.vm = (char *)vm;
    call.has_running = call.running = which == CLI_DEFINITION_RUNNING;
    g_autoptr(WireResult) result = cli_client_call(&call, title, CLI_CALL_TIMEOUT_MS, error);
    if (!result)
        return NULL;
    if (!result->definition) {
        cli_client_set_mismatch(title, error);
        return NULL;
    }
    if (ret_hash)
        *ret_hash = g_strdup(result->definition->hash);
    return g_bytes_new(result->definition->xml.data, result->definition->xml.len);
}

gboolean cli_definition_change(
    const char *vm, const char *expected, GBytes *xml, gboolean allow_local, const char *title, GError **error)
{
    Hactl__Request request = HACTL__REQUEST__INIT;
    request.kind = HA_REQUEST_VM_DEFINE;
    request.vm = (char *)vm;
    request.expected = (char *)expected;
    request.has_allow_local = TRUE;
    request.allow_local = allow_local;
    return cli_client_request(&request, xml, title, error);
}

/* ---- diff ---- */

/* In memory, since definitions may hold secrets. Returns: -1 with @error. */
static int hold(GBytes *bytes, GError **error)
{
    gsize len = 0;
    const char *data = g_bytes_get_data(bytes, &len);
    int fd = memfd_create("hactl-definition", MFD_CLOEXEC);
    if (fd >= 0 && write(fd, data, len) == (gssize)len && lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    g_set_error(error, CLI_ERROR, CLI_EXIT_FAILED, "memory for a definition can't be had: %s; is it used up?",
        g_strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static char *run_diff(int old, const char *old_label, int new, const char *new_label, GError **error)
{
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE);
    g_autoptr(GError) why = NULL;
    char *text = NULL;
    g_subprocess_launcher_take_fd(launcher, old, 3);
    g_subprocess_launcher_take_fd(launcher, new, 4);
    g_autoptr(GSubprocess) child = g_subprocess_launcher_spawn(launcher, &why, "diff", "--unified", "--label",
        old_label, "--label", new_label, "/dev/fd/3", "/dev/fd/4", NULL);
    if (!child || !g_subprocess_communicate_utf8(child, NULL, NULL, &text, NULL, &why)) {
        g_set_error(error, CLI_ERROR, CLI_EXIT_FAILED, "diff can't be run: %s; install diffutils", why->message);
        return NULL;
    }
    if (g_subprocess_get_if_exited(child) && g_subprocess_get_exit_status(child) <= 1)
        return text;
    g_free(text);
    g_set_error(error, CLI_ERROR, CLI_EXIT_FAILED, "diff failed; its own message is above");
    return NULL;
}

char *cli_definition_diff(GBytes *old, const char *old_label, GBytes *new, const char *new_label, GError **error)
{
    int old_fd = hold(old, error);
    int new_fd = old_fd < 0 ? -1 : hold(new, error);
    if (new_fd >= 0)
        return run_diff(old_fd, old_label, new_fd, new_label, error);
    if (old_fd >= 0)
        close(old_fd);
    return NULL;
}

/* ---- the end ---- */

void cli_definition_print(const CliRun *run, const char *vm, const char *text)
{
    if (!run->options.json) {
        printf("%s\n", text);
        return;
    }
    g_autoptr(JsonBuilder) json = json_builder_new();
    json_builder_begin_object(json);
    cli_json_text(json, "verb", run->verb->name);
    json_builder_set_member_name(json, "vms");
    json_builder_begin_array(json);
    json_builder_begin_object(json);
    cli_json_text(json, "vm", vm);
    cli_json_int(json, "exit_code", CLI_EXIT_DONE);
    cli_json_text(json, "text", text);
    json_builder_end_object(json);
    json_builder_end_array(json);
    json_builder_end_object(json);
    cli_json_print(json, TRUE);
}
