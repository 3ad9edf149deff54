/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sim_plant - bugs planted between the core and the fakes: the checkers must find each of them. */
#ifndef SIM_PLANT_H
#define SIM_PLANT_H

#include "tests/sim/sim_world.h"

/** sim_plant_find - Returns: SIM_PLANT_NONE for an unknown word. @ret_class: the failure that it must lead to. */
SimPlant sim_plant_find(const char *word, SimClass *ret_class);
/** sim_plant_words - every word, NULL at the end. Static. */
const char *const *sim_plant_words(void);

/** sim_plant_effect - spoil one effect of the core of @node before it is carried out. */
void sim_plant_effect(Sim *sim, guint node, HaEffect *effect);
/** sim_plant_start - begin what a planted bug does by itself. */
void sim_plant_start(Sim *sim);
/** sim_plant_hides_note - is this note swallowed? */
gboolean sim_plant_hides_note(const Sim *sim, const HaNote *note);

#endif
