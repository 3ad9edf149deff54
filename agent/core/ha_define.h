/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_define - a VM gets another definition: may it, and what Pacemaker then reckons with.
 *
 * A definition takes effect at the VM's next start. Until then the VM takes what it was started with, and may be
 * restarted (by a host's death, say) with the new one at any moment. So Pacemaker reckons with the larger of the two:
 * what grows is written at once, what shrinks when the VM is seen to run with less, or to be stopped.
 * Source: docs/states.md, R10.
 */
#ifndef HA_DEFINE_H
#define HA_DEFINE_H

#include "agent/core/model/ha_view.h"

/**
 * ha_define_refusal - why this can't be the VM's definition.
 * @vm: borrowed, of the view's config.
 * @needs: borrowed; the new definition.
 * @allow_local: a disk that only one host has is accepted; it is anyhow when the VM has one already.
 *
 * The identity (name, uuid) never changes; a size that no host has is refused. Returns: (transfer full) a sentence with
 * the remedy, NULL when nothing speaks against it.
 */
char *ha_define_refusal(const HaView *view, const HaConfigVm *vm, const HaNeeds *needs, gboolean allow_local);

/**
 * ha_define_change - the change that gives @vm the definition @needs.
 *
 * Its size is the larger of what @needs asks and what the VM takes now; what it takes is the CIB's word where no host
 * says. Returns: (transfer full) a HA_CHANGE_VM_DEFINE.
 */
HaChange *ha_define_change(const HaView *view, const HaConfigVm *vm, const HaNeeds *needs);

/** ha_define_summary - what differs, for an admin: "memory 512 to 1024 MiB". @old: nullable. Returns: (transfer full).
 */
char *ha_define_summary(const HaNeeds *old, const HaNeeds *needs);

#endif
