/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz - what a fuzz test of one decoder gives, and who runs it.
 *
 * Run by fuzz_main.c (seeded mutation of the specimens, deterministic), or by libFuzzer.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

/**
 * LLVMFuzzerTestOneInput - feed @data to the decoder; abort when it breaks its contract: an error without a refusal or
 * a refusal without an error, an output touched by a refusal, an accepted message that cannot be sent on. Crashes and
 * leaks are the sanitizers'. Returns: 0.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** fuzz_specimens - valid inputs to start from. Returns: (transfer full) GBytes*. */
GPtrArray *fuzz_specimens(void);

/** fuzz_accepted - inputs that the decoder took so far: a test that never gets past the first check shows nothing. */
extern guint64 fuzz_accepted;

#endif
