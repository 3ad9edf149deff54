/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_schema - does a JSON text obey a schema of docs/schema? Knows the keywords used there, and refuses a schema with
 * others.
 */
#ifndef CLI_SCHEMA_H
#define CLI_SCHEMA_H

#include <glib.h>

/**
 * cli_schema_check - @name: "status.json", a file of docs/schema.
 * Returns: NULL when it obeys, else (transfer full) what is wrong, with the path to it.
 */
char *cli_schema_check(const char *name, const char *text);

#endif
