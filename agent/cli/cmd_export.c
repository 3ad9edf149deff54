/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_client.h"
#include "agent/manifest/mf_write.h"
#include "agent/wire/wire_manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

static HaManifest *fetch(const CliRun *run, GError **error)
{
    Hactl__Call call = HACTL__CALL__INIT;
    call.kind = HACTL__CALL_KIND__CALL_EXPORT;
    g_autoptr(WireResult) result = cli_client_call(&call, run->verb->name, CLI_CALL_TIMEOUT_MS, error);
    if (result && !result->manifest)
        cli_client_set_mismatch(run->verb->name, error);
    return result && result->manifest ? wire_manifest_take(result->manifest, error) : NULL;
}

/* Definitions may hold secrets: root's alone, as in hactld's own store. */
static gboolean write_definition(const CliRun *run, const char *vm, GError **error)
{
    Hactl__Call call = HACTL__CALL__INIT;
    call.kind = HACTL__CALL_KIND__CALL_DEFINITION;
    call.vm = (char *)vm;
    g_autoptr(WireResult) result = cli_client_call(&call, run->verb->name, CLI_CALL_TIMEOUT_MS, error);
    g_autofree char *name = g_strconcat(vm, ".xml", NULL);
    g_autofree char *path = g_build_filename(run->options.definitions, name, NULL);
    g_autoptr(GError) why = NULL;
    if (result && !result->definition)
        cli_client_set_mismatch(run->verb->name, error);
    if (!result || !result->definition)
        return FALSE;
    if (g_file_set_contents_full(path, (const char *)result->definition->xml.data, (gssize)result->definition->xml.len,
            G_FILE_SET_CONTENTS_CONSISTENT, 0600, &why))
        return TRUE;
    g_set_error(error, CLI_ERROR, CLI_EXIT_FAILED, "%s: %s; give --definitions a directory that can be written",
        run->verb->name, why->message);
    return FALSE;
}

static gboolean write_definitions(const CliRun *run, const HaManifest *manifest, GError **error)
{
    if (g_mkdir_with_parents(run->options.definitions, 0700) != 0) {
        g_set_error(error, CLI_ERROR, CLI_EXIT_FAILED, "%s: %s can't be made: %s; name a directory that can be written",
            run->verb->name, run->options.definitions, g_strerror(errno));
        return FALSE;
    }
    for (guint i = 0; i < manifest->vms->len; i++) {
        const HaManifestVm *vm = manifest->vms->pdata[i];
        if (vm->hash && !write_definition(run, vm->name, error))
            return FALSE;
    }
    return TRUE;
}

CliExit cmd_export(CliRun *run, GError **error)
{
    g_autoptr(HaManifest) manifest = fetch(run, error);
    if (!manifest || (run->options.definitions && !write_definitions(run, manifest, error)))
        return CLI_EXIT_FAILED;
    g_autofree char *yaml = mf_write(manifest, run->options.definitions);
    fputs(yaml, stdout);
    return CLI_EXIT_DONE;
}
