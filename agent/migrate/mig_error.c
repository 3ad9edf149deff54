/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/migrate/mig_error.h"

G_DEFINE_QUARK(mig - error - quark, mig_error)
