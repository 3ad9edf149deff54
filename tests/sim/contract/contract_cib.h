/* SPDX-License-Identifier: GPL-2.0-or-later */
/* contract_cib - a simulated cluster's state as the CIB that the real scheduler reads. */
#ifndef CONTRACT_CIB_H
#define CONTRACT_CIB_H

#include "tests/sim/sim_world.h"

/** contract_cib - Returns: (transfer full) the whole CIB as XML. */
char *contract_cib(const Sim *sim);

#endif
