/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wire_result - a Result on its way to a client.
 */
#ifndef WIRE_RESULT_H
#define WIRE_RESULT_H

#include "agent/wire/wire_pack.h"
#include "proto/hactl.pb-c.h"

/**
 * wire_result_pack - a whole frame.
 * @message: `last` not yet set.
 * Returns: (transfer full); in place of a message above WIRE_RESULT_MAX a refusal that says so.
 */
GBytes *wire_result_pack(Hactl__Result *message, gboolean last);

#endif
