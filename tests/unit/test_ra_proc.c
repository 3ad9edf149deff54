/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_proc.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define UUID "11111111-2222-3333-4444-555555555555"

static void command_lines(void **state)
{
    /* '|' stands for the NUL between arguments. */
    static const struct {
        const char *cmdline, *vm, *uuid;
        gboolean want;
    } rows[] = {
        {"/usr/bin/qemu-system-x86_64|-name|guest=web1,debug-threads=on|-uuid|" UUID "|", "web1", UUID, TRUE},
        {"/usr/bin/qemu-system-x86_64|-name|guest=web1|", "web1", NULL, TRUE},
        {"/usr/bin/qemu-system-x86_64|-name|guest=other|-uuid|" UUID "|", "web1", UUID, TRUE},
        {"/usr/bin/qemu-system-x86_64|-name|guest=web1|-uuid|x|", "web1", UUID, TRUE},
        {"/usr/bin/qemu-system-x86_64|-name|guest=web10|-uuid|x|", "web1", UUID, FALSE},
        {"/usr/bin/qemu-system-x86_64|-name|guest=web|-uuid|x|", "web1", UUID, FALSE},
        {"/usr/bin/qemu-system-x86_64|-name|guest=web1,,2,process=x|", "web1", UUID, FALSE},
        {"/usr/bin/qemu-system-x86_64|-name|guest=web1,,2,process=x|", "web1,2", UUID, TRUE},
        {"/usr/libexec/qemu-kvm|-uuid|11111111-2222-3333-4444-555555555555|", "web1", UUID, TRUE},
        {"/bin/vi|-name|guest=web1|-uuid|" UUID "|", "web1", UUID, FALSE},
        {"qemu-system-x86_64|-uuid|", "web1", UUID, FALSE},
        {"qemu-system-x86_64|-uuid", "web1", UUID, FALSE},
        {"qemu-system-x86_64|-name", "web1", UUID, FALSE},
        {"qemu-system-x86_64|-uuid|" UUID, "web1", UUID, TRUE},
        {"", "web1", UUID, FALSE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *cmdline = g_strdelimit(g_strdup(rows[i].cmdline), "|", '\0');

        if (ra_proc_is_vm(cmdline, strlen(rows[i].cmdline), rows[i].vm, rows[i].uuid) != rows[i].want)
            fail_msg("row %zu", i);
    }
}

static void add(const char *proc_dir, const char *pid, const char *cmdline, gsize len)
{
    g_autofree char *dir = g_build_filename(proc_dir, pid, NULL);
    g_autofree char *path = g_build_filename(dir, "cmdline", NULL);

    g_mkdir(dir, 0700);
    if (cmdline)
        g_file_set_contents(path, cmdline, (gssize)len, NULL);
    else
        g_mkdir(path, 0700); /* a read of it fails */
}

static void drop(const char *proc_dir, const char *pid)
{
    g_autofree char *dir = g_build_filename(proc_dir, pid, NULL);
    g_autofree char *path = g_build_filename(dir, "cmdline", NULL);

    g_remove(path);
    g_remove(dir);
}

static void searches(void **state)
{
    static const char qemu[] = "/usr/bin/qemu-system-x86_64\0-name\0guest=web1\0";
    g_autofree char *dir = g_dir_make_tmp("test_ra_proc.XXXXXX", NULL);
    pid_t pid = 0;

    assert_int_equal(ra_proc_find(dir, "web1", UUID, &pid), RA_PROC_UNKNOWN); /* no /proc at all */
    add(dir, "1", "init", 5);
    add(dir, "2", "", 0);
    assert_int_equal(ra_proc_find(dir, "web1", UUID, &pid), RA_PROC_NONE);
    add(dir, "3", NULL, 0);
    assert_int_equal(ra_proc_find(dir, "web1", UUID, &pid), RA_PROC_UNKNOWN);
    add(dir, "77", qemu, sizeof qemu - 1);
    assert_int_equal(ra_proc_find(dir, "web1", UUID, &pid), RA_PROC_FOUND);
    assert_int_equal(pid, 77);
    assert_int_equal(ra_proc_find("/nonexistent", "web1", UUID, &pid), RA_PROC_UNKNOWN);
    drop(dir, "1"), drop(dir, "2"), drop(dir, "3"), drop(dir, "77");
    g_rmdir(dir);
}

/* A real process that looks like a QEMU; @stubborn ignores SIGTERM. */
static pid_t spawn(const char *name, gboolean stubborn)
{
    pid_t pid = fork();

    if (pid == 0) {
        if (stubborn)
            signal(SIGTERM, SIG_IGN);
        execl("/bin/sh", "qemu-system-test", "-c", "while :; do /bin/sleep 0.05; done", "-name", name, NULL);
        _exit(127);
    }
    return pid;
}

static gpointer reap(gpointer data)
{
    int status = 0;

    waitpid(GPOINTER_TO_INT(data), &status, 0);
    return GINT_TO_POINTER(WTERMSIG(status));
}

static void kill_one(gboolean stubborn, int want_signal)
{
    g_autofree char *vm = g_strdup_printf("test-%d-%d", getpid(), stubborn);
    g_autofree char *name = g_strdup_printf("guest=%s,x=y", vm);
    pid_t pid = spawn(name, stubborn);
    GThread *reaper = g_thread_new("reaper", reap, GINT_TO_POINTER(pid));
    pid_t seen = 0;

    while (ra_proc_find("/proc", vm, NULL, &seen) != RA_PROC_FOUND)
        g_usleep(1000);
    assert_int_equal(seen, pid);
    assert_true(ra_proc_kill("/proc", vm, NULL, g_get_monotonic_time() + 6000000));
    assert_int_equal(GPOINTER_TO_INT(g_thread_join(reaper)), want_signal);
}

static void kills(void **state)
{
    kill_one(FALSE, SIGTERM);
    kill_one(TRUE, SIGKILL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(command_lines),
        cmocka_unit_test(searches),
        cmocka_unit_test(kills),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
