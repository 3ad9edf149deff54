/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_control_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define IO_CONTROL_BACKLOG 64

struct IoControlSocket {
    char *path;
    int lock_fd;
    int fd; /* -1 until it listens */
};

static gboolean fail(const char *what, const char *path, int code, GError **error)
{
    g_set_error(error, G_IO_ERROR, (gint)g_io_error_from_errno(code), "control socket %s: %s: %s", path, what,
        g_strerror(code));
    return FALSE;
}

static gboolean in_use(const char *path, GError **error)
{
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE,
        "control socket %s: another hactld is running and serves it; stop that one first (systemctl stop hactld)",
        path);
    return FALSE;
}

static gboolean address_of(const char *path, struct sockaddr_un *ret_address, GError **error)
{
    if (strlen(path) >= sizeof ret_address->sun_path)
        return fail("the path is too long", path, ENAMETOOLONG, error);
    *ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(ret_address->sun_path, path, strlen(path));
    return TRUE;
}

static gboolean make_directory(const char *path, GError **error)
{
    g_autofree char *directory = g_path_get_dirname(path);
    if (g_file_test(directory, G_FILE_TEST_IS_DIR))
        return TRUE;
    /* Whatever the umask: hactl looks into it as any user, to tell "not root" from "not running". */
    if (g_mkdir_with_parents(directory, 0755) < 0 || chmod(directory, 0755) < 0)
        return fail("can't make its directory", path, errno, error);
    return TRUE;
}

/* The kernel lets go of the lock when its holder dies, however it dies: who gets it may replace what the dead one left.
 */
static gboolean take_lock(IoControlSocket *self, GError **error)
{
    g_autofree char *lock_path = g_strconcat(self->path, ".lock", NULL);
    self->lock_fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (self->lock_fd < 0)
        return fail("can't open its lock file PATH.lock", self->path, errno, error);
    if (flock(self->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return TRUE;
    if (errno == EWOULDBLOCK)
        return in_use(self->path, error);
    return fail("can't lock its lock file PATH.lock", self->path, errno, error);
}

/* Does anybody answer there, even somebody without the lock? */
static gboolean is_served(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return TRUE;
    gboolean served = connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN;
    close(fd);
    return served;
}

static gboolean clear_stale(const char *path, const struct sockaddr_un *address, GError **error)
{
    struct stat found;
    if (lstat(path, &found) < 0)
        return errno == ENOENT || fail("can't look at it", path, errno, error);
    if (!S_ISSOCK(found.st_mode)) {
        g_set_error(
            error, G_IO_ERROR, G_IO_ERROR_EXISTS, "control socket %s: something else is there; remove it", path);
        return FALSE;
    }
    if (is_served(address))
        return in_use(path, error);
    return unlink(path) == 0 || errno == ENOENT ||
           fail("can't remove the one left by a killed hactld", path, errno, error);
}

static gboolean start_listening(IoControlSocket *self, const struct sockaddr_un *address, GError **error)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return fail("can't create it", self->path, errno, error);
    /* The mode before bind: there is no moment at which others could connect. */
    if (fchmod(fd, 0600) < 0 || bind(fd, (const struct sockaddr *)address, sizeof *address) < 0 ||
        listen(fd, IO_CONTROL_BACKLOG) < 0) {
        int code = errno;
        close(fd);
        return fail("can't listen", self->path, code, error);
    }
    self->fd = fd;
    return TRUE;
}

IoControlSocket *io_control_socket_open(const char *path, GError **error)
{
    struct sockaddr_un address;
    if (!address_of(path, &address, error) || !make_directory(path, error))
        return NULL;
    IoControlSocket *self = g_new0(IoControlSocket, 1);
    self->path = g_strdup(path);
    self->lock_fd = self->fd = -1;
    if (take_lock(self, error) && clear_stale(path, &address, error) && start_listening(self, &address, error))
        return self;
    io_control_socket_close(self);
    return NULL;
}

void io_control_socket_close(IoControlSocket *self)
{
    if (self == NULL)
        return;
    if (self->fd >= 0) {
        unlink(self->path);
        close(self->fd);
    }
    if (self->lock_fd >= 0)
        close(self->lock_fd);
    g_free(self->path);
    g_free(self);
}

int io_control_socket_fd(const IoControlSocket *self)
{
    return self->fd;
}
