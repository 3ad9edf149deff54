/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wire_error - why bytes from outside were refused.
 *
 * Every message names the field ("report of node1: vms[3].state") and the rule it breaks.
 */
#ifndef WIRE_ERROR_H
#define WIRE_ERROR_H

#include <glib.h>

typedef enum {
    WIRE_ERROR_FRAME,    /* the header: magic, version, flags, length */
    WIRE_ERROR_SYNTAX,   /* not the protobuf message expected: cut short, wrong types, a required field missing */
    WIRE_ERROR_TEXT,     /* a string: not UTF-8, empty, too long, control characters, not a node's name, not a hash */
    WIRE_ERROR_RANGE,    /* a number or enumeration out of range */
    WIRE_ERROR_TOO_MANY, /* too many elements or bytes */
    WIRE_ERROR_DOUBLE,   /* the same name twice */
    WIRE_ERROR_MISMATCH, /* fields that contradict each other: a hash that isn't the content's, a request without its VM
                          */
} WireError;

#define WIRE_ERROR (wire_error_quark())
GQuark wire_error_quark(void);

#endif
