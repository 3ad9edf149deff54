/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mig_check - can this running VM move to that host? Asked before anything is touched.
 *
 * There is no dry run in libvirt. What can be asked beforehand is asked here, so that a refusal names its cause and
 * costs the guest nothing; whatever else stands against the move, libvirt finds, and the VM stays.
 */
#pragma once

#include "agent/migrate/mig_domain.h"
#include "agent/migrate/mig_host.h"

/**
 * mig_check_ready - ask both hosts.
 * @local: has the VM, running.
 * @target: the other one.
 *
 * Checks: the XML (host devices, disks that only this host has), the target's own domain of that name, its CPU.
 * Returns: TRUE; FALSE with MIG_ERROR_REFUSED, MIG_ERROR_INCOMPATIBLE or what libvirt said.
 */
gboolean mig_check_ready(MigHost *local, MigHost *target, const char *vm, GError **error);

/**
 * mig_check_is_local_path - does the path lie on a filesystem that no other host mounts?
 *
 * Only what is certain counts: disk and memory filesystems. Network, cluster, FUSE and unknown ones are libvirt's to
 * judge.
 */
gboolean mig_check_is_local_path(const char *path);
