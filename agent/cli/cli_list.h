/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cli_list - what the verbs `... list` do with a view. */
#ifndef CLI_LIST_H
#define CLI_LIST_H

#include "agent/cli/cli_json.h"
#include "agent/cli/cli_verbs.h"

typedef struct {
    const char *member;                                       /* of the JSON object */
    void (*json)(JsonBuilder *json, const Hactl__View *view); /* its array */
    void (*show)(const CliStyle *style, const Hactl__View *view, GString *out);
} CliList;

/** cli_list - ask hactld for the view and print it. Returns, @error: as CliVerbFunc. */
CliExit cli_list(const CliRun *run, const CliList *list, GError **error);

#endif
