/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mf_write - a manifest as YAML text, the inverse of mf_read.
 */
#ifndef MF_WRITE_H
#define MF_WRITE_H

#include "agent/core/model/ha_manifest.h"

/**
 * mf_write - write it. Sections and keys in the order of ha_field.h, what has its default left out, names ascending.
 * @dir: nullable. Where the definitions' files lie: each VM's is "xml: DIR/NAME.xml". NULL: "sha256: HASH".
 *
 * Returns: (transfer full).
 */
char *mf_write(const HaManifest *manifest, const char *dir);

#endif
