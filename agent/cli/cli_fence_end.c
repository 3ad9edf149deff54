/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_fence_end.h"

#include "agent/cli/cli_json.h"

#include <stdio.h>

void cli_fence_print_end(const CliRun *run, const char *subject, const char *text)
{
    if (!run->options.json) {
        printf("%s\n", text);
        return;
    }
    g_autoptr(JsonBuilder) json = json_builder_new();
    json_builder_begin_object(json);
    cli_json_text(json, "verb", run->verb->name);
    cli_json_text(json, "subject", subject);
    cli_json_text(json, "text", text);
    json_builder_end_object(json);
    cli_json_print(json, TRUE);
}
