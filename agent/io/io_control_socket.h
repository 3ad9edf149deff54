/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_control_socket - the listening socket: one a path, never taken from a living daemon.
 */
#ifndef IO_CONTROL_SOCKET_H
#define IO_CONTROL_SOCKET_H

#include <glib.h>

typedef struct IoControlSocket IoControlSocket;

/**
 * io_control_socket_open - bind and listen at @path, mode 0600, non-blocking; see io_control_new for the rules.
 * Returns: (transfer full) NULL with a G_IO_ERROR.
 */
IoControlSocket *io_control_socket_open(const char *path, GError **error);
/** io_control_socket_close - remove the socket's file. The lock's file stays: removing it would race. @socket:
 * nullable. */
void io_control_socket_close(IoControlSocket *socket);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IoControlSocket, io_control_socket_close)

int io_control_socket_fd(const IoControlSocket *socket);

#endif
