/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mig_error - what can go wrong on the way to a hypervisor. */
#pragma once

#include <glib.h>

#define MIG_ERROR (mig_error_quark())

typedef enum {
    MIG_ERROR_TIMEOUT,      /* libvirt did not answer in time; its connection is given up */
    MIG_ERROR_UNREACHABLE,  /* no connection */
    MIG_ERROR_ABSENT,       /* libvirt answered: no such domain */
    MIG_ERROR_ABORTED,      /* the migration was aborted on request */
    MIG_ERROR_INCOMPATIBLE, /* the target's CPU lacks something */
    MIG_ERROR_UNSUPPORTED,  /* this hypervisor cannot answer that question */
    MIG_ERROR_REFUSED,      /* a pre-check said no; nothing was begun */
    MIG_ERROR_XML,          /* a domain's XML is not usable */
    MIG_ERROR_FAILED        /* libvirt said no; the message is libvirt's */
} MigError;

GQuark mig_error_quark(void);
