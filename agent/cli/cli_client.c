/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_client.h"

#include "agent/cli/cli_error.h"
#include "agent/cli/cli_interrupt.h"
#include "agent/wire/wire_frame.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define READ_BYTES (64u * 1024u)

struct CliClient {
    int fd;
    GByteArray *in; /* received, not yet taken */
};

static const char *socket_path(void)
{
    const char *path = g_getenv("HACTL_SOCKET");
    return path && *path ? path : CLI_SOCKET_DEFAULT;
}

void cli_client_free(CliClient *client)
{
    if (!client)
        return;
    if (client->fd >= 0)
        close(client->fd);
    g_byte_array_unref(client->in);
    g_free(client);
}

static void set_connect_error(const char *path, int code, GError **error)
{
    if (code == EACCES || code == EPERM)
        g_set_error(error, CLI_ERROR, CLI_EXIT_PERMISSION,
            "hactld at %s: permission denied; run it as root: sudo hactl ...", path);
    else
        g_set_error(error, CLI_ERROR, CLI_EXIT_UNREACHABLE,
            "hactld at %s can't be reached: %s; is it running? systemctl status hactld", path, g_strerror(code));
}

static gboolean connect_to(CliClient *client, const char *path, GError **error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        set_connect_error(path, ENAMETOOLONG, error);
        return FALSE;
    }
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client->fd < 0 || connect(client->fd, (struct sockaddr *)&address, sizeof address) < 0) {
        set_connect_error(path, errno, error);
        return FALSE;
    }
    return TRUE;
}

/* A write that fails is no error yet: hactld may have refused the call, and its reason waits to be read. */
static void send_all(int fd, const guint8 *data, gsize len)
{
    while (len > 0) {
        gssize sent = send(fd, data, len, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return;
        data += sent;
        len -= (gsize)sent;
    }
}

CliClient *cli_client_open(const Hactl__Call *call, GError **error)
{
    g_autoptr(GError) refused = NULL;
    g_autoptr(GBytes) frame = wire_call_encode(call, &refused);
    if (!frame) {
        g_set_error(error, CLI_ERROR, CLI_EXIT_REFUSED,
            "hactld would refuse it: %s; correct it and run the command again", refused->message);
        return NULL;
    }
    CliClient *client = g_new0(CliClient, 1);
    client->fd = -1;
    client->in = g_byte_array_new();
    if (!connect_to(client, socket_path(), error)) {
        cli_client_free(client);
        return NULL;
    }
    gsize len = 0;
    const guint8 *data = g_bytes_get_data(frame, &len);
    send_all(client->fd, data, len);
    return client;
}

static void set_garbage(GError **error, const GError *why)
{
    g_set_error(error, CLI_ERROR, CLI_EXIT_FAILED,
        "hactld's answer can't be read: %s; are hactl and hactld of one version? hactl version", why->message);
}

/* Take a whole result from what was received. Returns: FALSE when there is none yet (*ret_state says why). */
static gboolean take_result(CliClient *client, WireFrameState *ret_state, WireResult **ret_result, GError **error)
{
    const guint8 *payload = NULL;
    gsize len = 0;
    g_autoptr(GError) why = NULL;
    *ret_state = wire_frame_parse(client->in->data, client->in->len, WIRE_RESULT_MAX, &payload, &len, &why);
    if (*ret_state != WIRE_FRAME_OK) {
        if (*ret_state == WIRE_FRAME_BAD)
            set_garbage(error, why);
        return FALSE;
    }
    WireResult *result = wire_result_decode(payload, len, &why);
    if (!result) {
        *ret_state = WIRE_FRAME_BAD;
        set_garbage(error, why);
        return FALSE;
    }
    g_byte_array_remove_range(client->in, 0, (guint)(WIRE_FRAME_HEADER_BYTES + len));
    *ret_result = result;
    return TRUE;
}

/* Returns: bytes read, 0 when hactld has closed. */
static gssize read_more(CliClient *client)
{
    guint have = client->in->len;
    g_byte_array_set_size(client->in, have + READ_BYTES);
    gssize n = 0;
    do
        n = read(client->fd, client->in->data + have, READ_BYTES);
    while (n < 0 && errno == EINTR);
    g_byte_array_set_size(client->in, have + (guint)MAX(n, 0));
    return MAX(n, 0); /* ECONNRESET says the same as an end of stream */
}

typedef enum { WAIT_READABLE, WAIT_TIMEOUT, WAIT_INTERRUPTED } Wait;

static Wait wait_readable(const CliClient *client, gint64 until_ms)
{
    struct pollfd fds[] = {{client->fd, POLLIN, 0}, {cli_interrupt_fd(), POLLIN, 0}};
    for (;;) {
        gint64 left = until_ms == G_MAXINT64 ? -1 : MAX(until_ms - cli_interrupt_now_ms(), 0);
        int n = poll(fds, G_N_ELEMENTS(fds), (int)MIN(left, G_MAXINT));
        if (n > 0)
            return fds[1].revents ? WAIT_INTERRUPTED : WAIT_READABLE;
        if (n == 0)
            return WAIT_TIMEOUT;
    }
}

CliReceive cli_client_receive(CliClient *client, gint64 until_ms, WireResult **ret_result, GError **error)
{
    for (;;) {
        WireFrameState state;
        if (take_result(client, &state, ret_result, error))
            return CLI_RECEIVE_RESULT;
        if (state == WIRE_FRAME_BAD)
            return CLI_RECEIVE_BAD;
        Wait wait = wait_readable(client, until_ms);
        if (wait != WAIT_READABLE)
            return wait == WAIT_TIMEOUT ? CLI_RECEIVE_TIMEOUT : CLI_RECEIVE_INTERRUPTED;
        if (read_more(client) == 0) {
            g_set_error(error, CLI_ERROR, CLI_EXIT_UNREACHABLE,
                "hactld closed the connection before it answered; has it stopped? journalctl -u hactld");
            return CLI_RECEIVE_LOST;
        }
    }
}

static WireResult *receive_one(CliClient *client, const char *what, gint64 timeout_ms, GError **error)
{
    g_autoptr(WireResult) result = NULL;
    switch (cli_client_receive(client, cli_interrupt_now_ms() + timeout_ms, &result, error)) {
    case CLI_RECEIVE_RESULT:
        return cli_error_check_answer(result->answer, what, error) ? g_steal_pointer(&result) : NULL;
    case CLI_RECEIVE_TIMEOUT:
        g_set_error(error, CLI_ERROR, CLI_EXIT_TIMEOUT,
            "%s: no answer within %u s; see whether it was done: hactl status, and why not: journalctl -u hactld", what,
            (guint)(timeout_ms / 1000));
        return NULL;
    case CLI_RECEIVE_INTERRUPTED:
        g_set_error(error, CLI_ERROR, CLI_EXIT_INTERRUPTED,
            "%s: left before the answer came; see whether it was done: hactl status", what);
        return NULL;
    case CLI_RECEIVE_LOST:
    case CLI_RECEIVE_BAD:
        g_prefix_error(error, "%s: ", what);
        return NULL;
    }
    g_return_val_if_reached(NULL);
}

WireResult *cli_client_call(const Hactl__Call *call, const char *what, gint64 timeout_ms, GError **error)
{
    CliClient *client = cli_client_open(call, error);
    if (!client) {
        g_prefix_error(error, "%s: ", what);
        return NULL;
    }
    WireResult *result = receive_one(client, what, timeout_ms, error);
    cli_client_free(client);
    return result;
}

void cli_client_set_mismatch(const char *what, GError **error)
{
    g_set_error(error, CLI_ERROR, CLI_EXIT_FAILED,
        "%s: hactld answered something else; are hactl and hactld of one version? hactl version", what);
}

/* Does the result bring what was asked for? */
static WireResult *expect(WireResult *result, gboolean there, const char *what, GError **error)
{
    if (!result || there)
        return result;
    cli_client_set_mismatch(what, error);
    wire_result_free(result);
    return NULL;
}

WireResult *cli_client_view(const char *what, GError **error)
{
    Hactl__Call call = HACTL__CALL__INIT;
    call.kind = HACTL__CALL_KIND__CALL_VIEW;
    WireResult *result = cli_client_call(&call, what, CLI_CALL_TIMEOUT_MS, error);
    return expect(result, result && result->view, what, error);
}

WireResult *cli_client_plan(Hactl__Request *request, const char *what, GError **error)
{
    Hactl__Call call = HACTL__CALL__INIT;
    call.kind = HACTL__CALL_KIND__CALL_PLAN;
    call.request = request;
    WireResult *result = cli_client_call(&call, what, CLI_CALL_TIMEOUT_MS, error);
    return expect(result, result && result->plan, what, error);
}

/* Who asks: "anna@node1"; the person behind sudo rather than root. */
static char *caller(void)
{
    const char *sudo = g_getenv("SUDO_USER");
    g_autofree char *by = g_strconcat(sudo && *sudo ? sudo : g_get_user_name(), "@", g_get_host_name(), NULL);
    return g_strcanon(g_steal_pointer(&by), G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_.@-", '_');
}

char *cli_client_ask(Hactl__Request *request, GBytes *xml, const char *what, GError **error)
{
    g_autofree char *by = caller();
    Hactl__Call call = HACTL__CALL__INIT;
    call.kind = HACTL__CALL_KIND__CALL_REQUEST;
    call.request = request;
    gboolean filled = !request->by;
    if (filled)
        request->by = by;
    if (xml) {
        gsize len = 0;
        call.has_xml = TRUE;
        call.xml.data = (uint8_t *)g_bytes_get_data(xml, &len);
        call.xml.len = len;
    }
    g_autoptr(WireResult) result = cli_client_call(&call, what, CLI_REQUEST_TIMEOUT_MS, error);
    if (filled)
        request->by = NULL;
    if (result && !result->answer)
        cli_client_set_mismatch(what, error);
    if (!result || !result->answer)
        return NULL;
    if (result->answer->warning)
        cli_error_warn(what, result->answer->warning);
    return g_strdup(result->answer->text ? result->answer->text : "");
}

gboolean cli_client_request(Hactl__Request *request, GBytes *xml, const char *what, GError **error)
{
    g_autofree char *text = cli_client_ask(request, xml, what, error);
    return text != NULL;
}
