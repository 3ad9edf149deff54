/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mutates specimens, from a seed, until the rounds are done or the time is up. */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

#define FUZZ_BYTES_MAX 8192u /* larger specimens are only passed whole */

static const guint8 odd_bytes[] = {0x00, 0x01, 0x7f, 0x80, 0xff, 0x0a, 0x12, 0xc3, 0x1b};

static guint below(GRand *rand, guint end)
{
    return end == 0 ? 0 : (guint)g_rand_int_range(rand, 0, (gint32)end);
}

static void flip_bit(GRand *rand, GByteArray *bytes)
{
    if (bytes->len > 0)
        bytes->data[below(rand, bytes->len)] ^= (guint8)(1u << below(rand, 8));
}

static void set_byte(GRand *rand, GByteArray *bytes)
{
    if (bytes->len > 0)
        bytes->data[below(rand, bytes->len)] = odd_bytes[below(rand, G_N_ELEMENTS(odd_bytes))];
}

static void cut_out(GRand *rand, GByteArray *bytes)
{
    guint at = below(rand, bytes->len), n = 1 + below(rand, 16);
    if (bytes->len > 0)
        g_byte_array_remove_range(bytes, at, MIN(n, bytes->len - at));
}

static void cut_off(GRand *rand, GByteArray *bytes)
{
    g_byte_array_set_size(bytes, below(rand, bytes->len + 1));
}

/* A stretch of itself, once more, somewhere: doubled fields, doubled elements. */
static void repeat(GRand *rand, GByteArray *bytes)
{
    guint at = below(rand, bytes->len), n = 1 + below(rand, 64);
    if (bytes->len == 0)
        return;
    n = MIN(n, bytes->len - at);
    guint8 stretch[64];
    memcpy(stretch, bytes->data + at, n);
    guint to = below(rand, bytes->len + 1), tail = bytes->len - to;
    g_byte_array_set_size(bytes, bytes->len + n);
    memmove(bytes->data + to + n, bytes->data + to, tail);
    memcpy(bytes->data + to, stretch, n);
}

static void append_noise(GRand *rand, GByteArray *bytes)
{
    for (guint n = 1 + below(rand, 8); n > 0; n--) {
        guint8 noise = (guint8)below(rand, 256);
        g_byte_array_append(bytes, &noise, 1);
    }
}

/* The length in the frame's header made true again: the mutation reaches what is behind it. */
static void mend_length(GRand *rand, GByteArray *bytes)
{
    if (bytes->len < 12)
        return;
    guint32 len = GUINT32_TO_BE(bytes->len - 12);
    memcpy(bytes->data, "HACT\0\1\0\0", 8);
    memcpy(bytes->data + 8, &len, 4);
}

static void mutate(GRand *rand, GByteArray *bytes)
{
    static void (*const ways[])(GRand *, GByteArray *) = {flip_bit, set_byte, cut_out, cut_off, repeat, append_noise};
    for (guint n = 1 + below(rand, 4); n > 0; n--)
        ways[below(rand, G_N_ELEMENTS(ways))](rand, bytes);
    if (below(rand, 4) > 0)
        mend_length(rand, bytes);
}

static void feed(const guint8 *data, gsize len)
{
    /* A copy of its exact size: reading a byte beyond it is seen by the sanitizers. */
    guint8 *exact = malloc(len > 0 ? len : 1);
    g_assert(exact != NULL);
    if (len > 0)
        memcpy(exact, data, len);
    LLVMFuzzerTestOneInput(exact, len);
    free(exact);
}

static gboolean write_corpus(const char *directory, GError **error)
{
    g_autoptr(GPtrArray) specimens = fuzz_specimens();
    for (guint i = 0; i < specimens->len; i++) {
        g_autofree char *path = g_strdup_printf("%s/specimen-%u", directory, i);
        gsize len = 0;
        const char *data = g_bytes_get_data(specimens->pdata[i], &len);
        if (!g_file_set_contents(path, data, (gssize)len, error))
            return FALSE;
    }
    return TRUE;
}

static void run(guint32 seed, guint64 rounds, gint64 until_us, guint64 *ret_done)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
    g_autoptr(GPtrArray) specimens = fuzz_specimens();
    for (guint i = 0; i < specimens->len; i++)
        feed(g_bytes_get_data(specimens->pdata[i], NULL), g_bytes_get_size(specimens->pdata[i]));
    g_assert_cmpuint(fuzz_accepted, ==, specimens->len);
    for (*ret_done = 0; *ret_done < rounds && g_get_monotonic_time() < until_us; ++*ret_done) {
        GBytes *specimen = specimens->pdata[below(rand, specimens->len)];
        gsize len = 0;
        const guint8 *data = g_bytes_get_data(specimen, &len);
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        g_byte_array_append(bytes, data, (guint)MIN(len, FUZZ_BYTES_MAX));
        mutate(rand, bytes);
        feed(bytes->data, bytes->len);
    }
}

int main(int argc, char **argv)
{
    g_autofree char *corpus = NULL;
    gint seed = 1, rounds = 500000, seconds = 20;
    const GOptionEntry entries[] = {
        {"seed", 0, 0, G_OPTION_ARG_INT, &seed, "Draws everything", "N"},
        {"rounds", 0, 0, G_OPTION_ARG_INT, &rounds, "Mutations to try", "N"},
        {"seconds", 0, 0, G_OPTION_ARG_INT, &seconds, "Stop after", "S"},
        {"corpus", 0, 0, G_OPTION_ARG_FILENAME, &corpus, "Only write the specimens there, for libFuzzer", "DIRECTORY"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GError) error = NULL;
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error) || (corpus != NULL && !write_corpus(corpus, &error))) {
        g_printerr("%s\n", error->message);
        return 2;
    }
    if (corpus != NULL)
        return 0;
    guint64 done = 0;
    run((guint32)seed, (guint64)rounds, g_get_monotonic_time() + seconds * G_USEC_PER_SEC, &done);
    g_print(
        "seed %d: %" G_GUINT64_FORMAT " mutations, %" G_GUINT64_FORMAT " inputs accepted\n", seed, done, fuzz_accepted);
    return 0;
}
