/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mig_side - read one host's look at a VM as a migration reads it. Pure. */
#pragma once

#include "agent/migrate/mig_host.h"
#include "agent/migrate/mig_outcome.h"

/**
 * mig_side_of - what a look says.
 * @look: borrowed.
 * @uuid: the VM's identity, as libvirt writes it; NULL: not known, the name decides.
 */
MigSide mig_side_of(const MigLook *look, const char *uuid);
