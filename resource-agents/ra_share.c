/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_share.h"

#include "resource-agents/ra_gate.h"

#include <string.h>
#include <unistd.h>

#define MAGIC "hactl-share-1"
#define END "end"
#define FIELDS 6u
#define STEP_US 5000
#define BOOT_ID "/proc/sys/kernel/random/boot_id"

RaShare *ra_share_new(RaGuardAnswer answer)
{
    RaShare *share = g_new0(RaShare, 1);

    share->answer = answer;
    share->names = g_ptr_array_new_with_free_func(g_free);
    return share;
}

void ra_share_free(RaShare *share)
{
    if (share == NULL)
        return;
    g_ptr_array_unref(share->names);
    g_free(share);
}

gboolean ra_share_has(const RaShare *share, const char *vm)
{
    return g_ptr_array_find_with_equal_func(share->names, vm, g_str_equal, NULL);
}

/* ---- the file's text: "MAGIC BOOT BEGAN REACH ANSWER N", a name a line, "end" ---- */

static const char *word_of(RaGuardAnswer answer)
{
    switch (answer) {
    case RA_GUARD_ABSENT:
        return "domains";
    case RA_GUARD_SILENT:
        return "silent";
    case RA_GUARD_UNREACHABLE:
        return "unreachable";
    case RA_GUARD_HAS_IT:
    case RA_GUARD_ARRIVING:
        break;
    }
    g_assert_not_reached();
}

static gboolean answer_of(const char *word, RaGuardAnswer *ret_answer)
{
    static const RaGuardAnswer answers[] = {RA_GUARD_ABSENT, RA_GUARD_SILENT, RA_GUARD_UNREACHABLE};

    for (gsize i = 0; i < G_N_ELEMENTS(answers); i++) {
        if (strcmp(word, word_of(answers[i])) == 0) {
            *ret_answer = answers[i];
            return TRUE;
        }
    }
    return FALSE;
}

char *ra_share_format(const RaShare *share, const char *boot)
{
    g_autoptr(GString) text = g_string_new(NULL);

    g_string_printf(text, MAGIC " %s %" G_GINT64_FORMAT " %d %s %u\n", boot, share->began_us, share->reach_ms,
        word_of(share->answer), share->names->len);
    for (guint i = 0; i < share->names->len; i++) {
        const char *name = share->names->pdata[i];

        if (strchr(name, '\n'))
            return NULL;
        g_string_append_printf(text, "%s\n", name);
    }
    g_string_append(text, END "\n");
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static RaShare *parse_head(const char *line, const char *boot, guint64 *ret_names)
{
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    gint64 began_us, reach_ms;
    RaGuardAnswer answer;

    if (g_strv_length(words) != FIELDS || strcmp(words[0], MAGIC) != 0 || strcmp(words[1], boot) != 0 ||
        !g_ascii_string_to_signed(words[2], 10, 0, G_MAXINT64, &began_us, NULL) ||
        !g_ascii_string_to_signed(words[3], 10, 0, G_MAXINT, &reach_ms, NULL) || !answer_of(words[4], &answer) ||
        !g_ascii_string_to_unsigned(words[5], 10, 0, G_MAXUINT, ret_names, NULL))
        return NULL;
    RaShare *share = ra_share_new(answer);
    share->began_us = began_us;
    share->reach_ms = (gint)reach_ms;
    return share;
}

RaShare *ra_share_parse(const char *text, const char *boot)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint n_lines = g_strv_length(lines); /* the head, the names, the end, and what comes after the last newline */
    guint64 n_names = 0;
    g_autoptr(RaShare) share = n_lines ? parse_head(lines[0], boot, &n_names) : NULL;

    if (share == NULL || n_lines < 3 || n_names != n_lines - 3 || strcmp(lines[n_lines - 2], END) != 0 ||
        *lines[n_lines - 1])
        return NULL;
    for (guint i = 1; i <= n_names; i++)
        g_ptr_array_add(share->names, g_strdup(lines[i]));
    return g_steal_pointer(&share);
}

/* ---- the file ---- */

typedef struct {
    char *path, *lock_path;
    char *boot;
} Place;

static void place_clear(Place *place)
{
    g_free(place->path);
    g_free(place->lock_path);
    g_free(place->boot);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Place, place_clear)

/* Which boot it is: the monotonic clock begins anew with each. */
static gboolean place_of(const char *dir, const char *node, Place *ret_place)
{
    g_autofree char *boot = NULL;
    g_autofree char *lock = g_strconcat(".", node, NULL);

    if (g_mkdir_with_parents(dir, 0700) < 0 || !g_file_get_contents(BOOT_ID, &boot, NULL, NULL))
        return FALSE;
    ret_place->path = g_build_filename(dir, node, NULL);
    ret_place->lock_path = g_build_filename(dir, lock, NULL);
    ret_place->boot = g_strdup(g_strstrip(boot));
    return TRUE;
}

/* Returns: NULL for what does not answer this question. */
static RaShare *read_answer(const Place *place, gint64 since_us, gint reach_ms)
{
    g_autofree char *text = NULL;

    if (!g_file_get_contents(place->path, &text, NULL, NULL))
        return NULL;
    g_autoptr(RaShare) share = ra_share_parse(text, place->boot);
    if (share == NULL || share->began_us < since_us || share->began_us > g_get_monotonic_time())
        return NULL;
    if (share->answer != RA_GUARD_ABSENT && share->reach_ms < reach_ms)
        return NULL;
    return g_steal_pointer(&share);
}

/* Replaced as a whole: who reads without the lock finds the old one or the new one. */
static void write_answer(const Place *place, const RaShare *share)
{
    g_autofree char *text = ra_share_format(share, place->boot);

    if (text)
        g_file_set_contents_full(place->path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
}

/* ---- asking ---- */

static RaShare *ask_now(RaShareAsk ask, gpointer data, gint reach_ms)
{
    gint64 began_us = g_get_monotonic_time();
    RaShare *share = ask(data);

    share->began_us = began_us;
    share->reach_ms = reach_ms;
    return share;
}

/* Until there is an answer, or the lock. Returns: the answer, or NULL; @ret_lock: -1 when it can't be had in time. */
static RaShare *await(const Place *place, gint64 since_us, gint reach_ms, gint64 until_us, int *ret_lock)
{
    for (;;) {
        gboolean held = FALSE;
        int lock = ra_gate_try(place->lock_path, &held);
        RaShare *share = read_answer(place, since_us, reach_ms);

        if (share == NULL && lock < 0 && held && g_get_monotonic_time() < until_us) {
            g_usleep(STEP_US);
            continue;
        }
        *ret_lock = lock;
        return share;
    }
}

RaShare *ra_share_get(
    const char *dir, const char *node, gint64 since_us, gint reach_ms, gint wait_ms, RaShareAsk ask, gpointer data)
{
    g_auto(Place) place = {0};
    int lock = -1;

    if (!place_of(dir, node, &place))
        return ask_now(ask, data, reach_ms);
    RaShare *share = await(&place, since_us, reach_ms, g_get_monotonic_time() + (gint64)wait_ms * 1000, &lock);
    if (share == NULL) {
        share = ask_now(ask, data, reach_ms);
        if (lock >= 0)
            write_answer(&place, share);
    }
    if (lock >= 0)
        close(lock);
    return share;
}
