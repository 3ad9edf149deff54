/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hactld - the node agent. hactld(8). Runs in the foreground; a service manager or ocf:hactl:agent starts it. */
#include <errno.h>
#include <glib-unix.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "agent/daemon/hd_daemon.h"
#include "agent/io/io_trim.h"

#define PID_PATH "/run/hactl/hactld.pid"
#define COROSYNC_PAUSE_MS 1000u
#define TRIM_S 15u /* everything has been connected by then */

typedef struct {
    HdSettings settings;
    GMainLoop *loop;
    HdDaemon *daemon; /* NULL until corosync said who this host is */
    int status;
    gboolean complained;
} Program;

static gboolean on_signal(gpointer data)
{
    Program *program = data;
    g_main_loop_quit(program->loop);
    return G_SOURCE_CONTINUE;
}

static void write_pid(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_strdup_printf("%d\n", (int)getpid());
    if (!g_file_set_contents(PID_PATH, text, -1, &error))
        g_warning("%s; ocf:hactl:agent will look at the socket instead", error->message);
}

static gboolean on_trim(gpointer data)
{
    (void)data;
    io_trim_text();
    return G_SOURCE_REMOVE;
}

static void begin(Program *program, const IoCmap *cmap)
{
    g_autoptr(GError) error = NULL;
    program->daemon = hd_daemon_new(&program->settings, cmap, program->loop, &error);
    if (!program->daemon) {
        g_printerr("hactld: %s\n", error->message);
        program->status = EX_UNAVAILABLE;
        g_main_loop_quit(program->loop);
        return;
    }
    write_pid();
    g_timeout_add_seconds(TRIM_S, on_trim, NULL);
    g_message("hactld %s runs on %s (node %u)", HACTL_VERSION, io_cmap_self(cmap), cmap->self_id);
}

static gboolean on_try(gpointer data)
{
    Program *program = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(IoCmap) cmap = io_cmap_read(&error);
    if (cmap) {
        begin(program, cmap);
        return G_SOURCE_REMOVE;
    }
    if (!program->complained)
        g_message("waiting for corosync: %s", error->message);
    program->complained = TRUE;
    return G_SOURCE_CONTINUE;
}

static int run(Program *program)
{
    program->loop = g_main_loop_new(NULL, FALSE);
    g_unix_signal_add(SIGTERM, on_signal, program);
    g_unix_signal_add(SIGINT, on_signal, program);
    if (on_try(program))
        g_timeout_add(COROSYNC_PAUSE_MS, on_try, program);
    if (program->status == EXIT_SUCCESS)
        g_main_loop_run(program->loop);
    hd_daemon_free(program->daemon);
    if (program->daemon)
        unlink(PID_PATH);
    g_main_loop_unref(program->loop);
    return program->status;
}

int main(int argc, char **argv)
{
    g_autofree char *config = g_strdup(HD_SETTINGS_PATH);
    gboolean version = FALSE;
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &config, "Read FILE instead of " HD_SETTINGS_PATH, "FILE"},
        {"version", 'V', 0, G_OPTION_ARG_NONE, &version, "Print the version and leave", NULL},
        {NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("- the node agent of hactl");
    g_autoptr(GError) error = NULL;
    Program program = {.status = EXIT_SUCCESS};

    setlocale(LC_ALL, "");
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error)) {
        g_printerr("hactld: %s; 'hactld --help' names the options\n", error->message);
        return EX_USAGE;
    }
    if (version) {
        printf("hactld %s\n", HACTL_VERSION);
        return EXIT_SUCCESS;
    }
    if (geteuid() != 0) {
        g_printerr("hactld: it manages the cluster and needs root; run it as root\n");
        return EX_NOPERM;
    }
    if (!hd_settings_load(config, &program.settings, &error)) {
        g_printerr("hactld: %s\n", error->message);
        return EX_CONFIG;
    }
    return run(&program);
}
