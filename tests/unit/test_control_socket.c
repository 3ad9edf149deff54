/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/control_server.h"

static void the_socket_is_roots_alone_whatever_the_umask(void **state)
{
    Server *server = *state;
    mode_t before = umask(0);
    const mode_t masks[] = {0, 022, 077};
    for (guint i = 0; i < G_N_ELEMENTS(masks); i++) {
        g_clear_pointer(&server->control, io_control_free);
        g_autofree char *run = g_path_get_dirname(server->path);
        remove_tree(run);
        umask(masks[i]);
        server_start(server);
        struct stat file, directory;
        assert_int_equal(stat(server->path, &file), 0);
        assert_int_equal(stat(run, &directory), 0);
        assert_true(S_ISSOCK(file.st_mode));
        assert_int_equal(file.st_mode & 07777, 0600);
        assert_int_equal(directory.st_mode & 07777, 0755);
    }
    umask(before);
}

static void the_socket_goes_with_its_server(void **state)
{
    Server *server = *state;
    server->answer_at_once = FALSE;
    Client client = connect_to(server->path);
    ask(&client);
    PUMP_UNTIL(server->calls == 1);
    g_clear_pointer(&server->control, io_control_free);
    assert_false(g_file_test(server->path, G_FILE_TEST_EXISTS));
    assert_int_equal(server->gone, 0);
    assert_null(hear(&client));
    hang_up(&client);
    server_start(server);
    server->calls = 0;
    server->answer_at_once = TRUE;
    assert_undisturbed(server);
}

static void the_socket_of_a_killed_daemon_is_replaced(void **state)
{
    Server *server = *state;
    g_clear_pointer(&server->control, io_control_free);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        if (io_control_new(server->path, &handler, server, NULL) == NULL)
            _exit(1);
        kill(getpid(), SIGKILL);
    }
    int status = child_status(child);
    assert_true(WIFSIGNALED(status));
    assert_true(g_file_test(server->path, G_FILE_TEST_EXISTS)); /* it left its socket */
    server_start(server);
    assert_undisturbed(server);
}

static void assert_not_started(Server *server, const char *path, gint code, const char *says)
{
    g_autoptr(GError) error = NULL;
    assert_null(io_control_new(path, &handler, server, &error));
    if (!g_error_matches(error, G_IO_ERROR, code) || strstr(error->message, says) == NULL)
        fail_msg("code %d \"%s\", and %d \"%s\" was expected", error->code, error->message, code, says);
    assert_non_null(strstr(error->message, path));
}

static void a_living_daemon_keeps_its_socket(void **state)
{
    Server *server = *state;
    assert_not_started(server, server->path, G_IO_ERROR_ADDRESS_IN_USE, "another hactld is running");
    assert_undisturbed(server);
}

/* The lock still says so when somebody has removed the socket. */
static void a_living_daemon_keeps_its_place_without_its_socket(void **state)
{
    Server *server = *state;
    assert_int_equal(g_unlink(server->path), 0);
    assert_not_started(server, server->path, G_IO_ERROR_ADDRESS_IN_USE, "another hactld is running");
    assert_false(g_file_test(server->path, G_FILE_TEST_EXISTS));
}

static void a_socket_that_somebody_else_serves_is_left_alone(void **state)
{
    Server *server = *state;
    g_autofree char *path = g_build_filename(server->directory, "other.sock", NULL);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_not_started(server, path, G_IO_ERROR_ADDRESS_IN_USE, "another hactld is running");
    assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
    close(fd);
}

static void what_is_no_socket_is_left_alone(void **state)
{
    Server *server = *state;
    g_autofree char *path = g_build_filename(server->directory, "file", NULL);
    assert_true(g_file_set_contents(path, "precious", -1, NULL));
    assert_not_started(server, path, G_IO_ERROR_EXISTS, "something else is there");
    g_autofree char *content = NULL;
    assert_true(g_file_get_contents(path, &content, NULL, NULL));
    assert_string_equal(content, "precious");
}

static void impossible_paths_are_errors(void **state)
{
    Server *server = *state;
    g_autofree char *blocker = g_build_filename(server->directory, "blocker", NULL);
    g_autofree char *below = g_build_filename(blocker, "hactld.sock", NULL);
    g_autofree char *filler = g_strnfill(150, 'x');
    g_autofree char *too_long = g_build_filename(server->directory, filler, NULL);
    assert_true(g_file_set_contents(blocker, "", -1, NULL));
    assert_not_started(server, below, G_IO_ERROR_NOT_DIRECTORY, "can't make its directory");
    assert_not_started(server, too_long, G_IO_ERROR_FILENAME_TOO_LONG, "path is too long");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVER_TEST(the_socket_is_roots_alone_whatever_the_umask),
        SERVER_TEST(the_socket_goes_with_its_server),
        SERVER_TEST(the_socket_of_a_killed_daemon_is_replaced),
        SERVER_TEST(a_living_daemon_keeps_its_socket),
        SERVER_TEST(a_living_daemon_keeps_its_place_without_its_socket),
        SERVER_TEST(a_socket_that_somebody_else_serves_is_left_alone),
        SERVER_TEST(what_is_no_socket_is_left_alone),
        SERVER_TEST(impossible_paths_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
