/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mf_check - rules of a manifest that contradict each other whatever the cluster is.
 */
#ifndef MF_CHECK_H
#define MF_CHECK_H

#include "agent/manifest/mf_read.h"

/**
 * mf_check_groups - groups that wait for each other in a ring; preferred nodes that a hard rule forbids.
 * @text: borrowed, sorted. @problems: each is added, at the group's place.
 */
void mf_check_groups(const MfText *text, MfProblems *problems);

#endif
