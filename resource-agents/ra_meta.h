/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ra_meta - the agent's description of itself, OCF resource agent API 1.1. */
#pragma once

extern const char ra_meta_xml[];
