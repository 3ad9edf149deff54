/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_fixture - views and plans by hand, for the tests of hactl. Everything belongs to the fixture.
 */
#ifndef CLI_FIXTURE_H
#define CLI_FIXTURE_H

#include "agent/core/ha_core.h"
#include "proto/hactl.pb-c.h"

typedef struct {
    Hactl__View view; /* sound: quorate, Pacemaker read, fencing on, led by node1, term 4 */
    Hactl__Plan plan;
    GPtrArray *nodes, *vms, *notes, *moves; /* the repeated fields, in the making */
    GPtrArray *memory;
} CliFixture;

/** cli_fixture_new - a sound view without nodes and VMs, an empty plan for node3. */
CliFixture *cli_fixture_new(void);
void cli_fixture_free(CliFixture *fixture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CliFixture, cli_fixture_free)

/** cli_fixture_node - an online node of 8 GiB that reported 1.2 s ago. @name: static. */
Hactl__ViewNode *cli_fixture_node(CliFixture *fixture, const char *name);
/** cli_fixture_vm - a managed VM of 512 MiB that is to run. @name, @node: static; @node nullable. */
Hactl__ViewVm *cli_fixture_vm(CliFixture *fixture, const char *name, HaVmState state, const char *node);
/** cli_fixture_note - an event at 12:00:00 plus @id seconds of the view's day. */
Hactl__Note *cli_fixture_note(CliFixture *fixture, guint64 id, HaNoteKind kind);
/** cli_fixture_move - a live move of the plan that takes 1.5 s. @to: NULL for a blocked one. */
Hactl__PlanMove *cli_fixture_move(CliFixture *fixture, const char *vm, const char *from, const char *to);
/** cli_fixture_candidate - add a refused node to a move. */
void cli_fixture_candidate(
    CliFixture *fixture, Hactl__PlanMove *move, const char *node, HaBlock block, const char *detail);
/** cli_fixture_moving - make it move: @done of 512 MiB are over. */
void cli_fixture_moving(CliFixture *fixture, Hactl__ViewVm *vm, const char *from, const char *to, guint32 done_mib);

/** cli_fixture_cluster - three nodes, six VMs, two on each: the cluster most tests begin with. */
CliFixture *cli_fixture_cluster(void);

#endif
