/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_nearest - what was meant by a word that is not known: the nearest one that is.
 */
#ifndef HA_NEAREST_H
#define HA_NEAREST_H

#include <glib.h>

#define HA_NEAREST_WORD_MAX 32u /* bytes of a known word */

/**
 * ha_word_distance - Levenshtein's distance: insertions, deletions and exchanges of bytes.
 * @typed: any text. @known: longer than HA_NEAREST_WORD_MAX bytes it is far from everything.
 */
guint ha_word_distance(const char *typed, const char *known);

/**
 * ha_nearest - the known word nearest to @typed.
 * @words: NULL-terminated, borrowed.
 *
 * Ties: the first. Returns: borrowed from @words; NULL when none is nearer than 3 changes.
 */
const char *ha_nearest(const char *typed, const char *const *words);

#endif
