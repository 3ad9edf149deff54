/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/wire/wire_error.h"

G_DEFINE_QUARK(wire - error - quark, wire_error)
