/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_reach.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int default_port(const char *scheme)
{
    const char *transport = strchr(scheme, '+');

    if (transport == NULL || strcmp(transport, "+tls") == 0)
        return 16514;
    if (strcmp(transport, "+tcp") == 0)
        return 16509;
    return strcmp(transport, "+ssh") == 0 || strcmp(transport, "+libssh") == 0 || strcmp(transport, "+libssh2") == 0
               ? 22
               : 0;
}

gboolean ra_reach_address(const char *uri, char **ret_host, guint16 *ret_port)
{
    g_autoptr(GUri) parsed = g_uri_parse(uri, G_URI_FLAGS_NONE, NULL);
    const char *host = parsed ? g_uri_get_host(parsed) : NULL;
    int port;

    if (host == NULL || *host == '\0')
        return FALSE;
    port = g_uri_get_port(parsed) > 0 ? g_uri_get_port(parsed) : default_port(g_uri_get_scheme(parsed));
    if (port == 0)
        return FALSE;
    *ret_host = g_strdup(host);
    *ret_port = (guint16)port;
    return TRUE;
}

/* Returns 0, or what connect() says in the end. */
static int connect_within(const struct addrinfo *to, gint timeout_ms)
{
    int fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int problem = errno;
    socklen_t size = sizeof problem;

    if (fd < 0)
        return problem;
    problem = connect(fd, to->ai_addr, to->ai_addrlen) == 0 ? 0 : errno;
    if (problem == EINPROGRESS) {
        struct pollfd end = {.fd = fd, .events = POLLOUT};

        if (poll(&end, 1, timeout_ms) <= 0)
            problem = ETIMEDOUT;
        else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size) < 0)
            problem = errno;
    }
    close(fd);
    return problem;
}

RaReach ra_reach(const char *uri, gint timeout_ms)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    g_autofree char *host = NULL;
    char service[8];
    guint16 port;
    struct addrinfo *found = NULL;
    RaReach reach = RA_REACH_NOBODY;

    if (!ra_reach_address(uri, &host, &port))
        return RA_REACH_OPEN;
    snprintf(service, sizeof service, "%u", port);
    if (getaddrinfo(host, service, &hints, &found) != 0)
        return RA_REACH_NOBODY;
    for (const struct addrinfo *to = found; to && reach != RA_REACH_OPEN; to = to->ai_next) {
        int problem = connect_within(to, timeout_ms);

        if (problem == 0)
            reach = RA_REACH_OPEN;
        else if (problem == ECONNREFUSED)
            reach = RA_REACH_REFUSED;
    }
    freeaddrinfo(found);
    return reach;
}
