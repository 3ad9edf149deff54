/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/manifest/mf_write.h"

#include <string.h>
#include <yaml.h>

#include "agent/core/model/ha_field.h"

typedef struct {
    yaml_emitter_t emitter;
    GString *out;
} Writer;

/* ---- events; none of them fails but for want of memory ---- */

static void emit(Writer *writer, yaml_event_t *event)
{
    if (!yaml_emitter_emit(&writer->emitter, event))
        g_error("libyaml: %s", writer->emitter.problem); /* a bug: every event here is well formed */
}

static int on_write(void *data, unsigned char *bytes, size_t len)
{
    g_string_append_len(((Writer *)data)->out, (const char *)bytes, (gssize)len);
    return 1;
}

static void put_text(Writer *writer, const char *text)
{
    yaml_event_t event;
    yaml_scalar_event_initialize(
        &event, NULL, NULL, (const yaml_char_t *)text, (int)strlen(text), TRUE, TRUE, YAML_ANY_SCALAR_STYLE);
    emit(writer, &event);
}

static void begin_map(Writer *writer)
{
    yaml_event_t event;
    yaml_mapping_start_event_initialize(&event, NULL, NULL, TRUE, YAML_BLOCK_MAPPING_STYLE);
    emit(writer, &event);
}

static void end_map(Writer *writer)
{
    yaml_event_t event;
    yaml_mapping_end_event_initialize(&event);
    emit(writer, &event);
}

static void put_list(Writer *writer, const GPtrArray *names)
{
    yaml_event_t event;
    yaml_sequence_start_event_initialize(&event, NULL, NULL, TRUE, YAML_FLOW_SEQUENCE_STYLE);
    emit(writer, &event);
    for (guint i = 0; i < names->len; i++)
        put_text(writer, names->pdata[i]);
    yaml_sequence_end_event_initialize(&event);
    emit(writer, &event);
}

static void put_pair(Writer *writer, const char *key, const char *value)
{
    put_text(writer, key);
    put_text(writer, value);
}

/* ---- fields ---- */

static void put_field(Writer *writer, const HaField *field, gconstpointer object)
{
    g_autofree char *text = ha_field_text(field, object);
    put_text(writer, field->key);
    if (field->type == HA_FIELD_NODES || field->type == HA_FIELD_GROUPS)
        put_list(writer, *HA_FIELD_AT(GPtrArray *, object, field));
    else
        put_text(writer, text);
}

static void put_fields(Writer *writer, const HaField *fields, gconstpointer object, gconstpointer defaults)
{
    begin_map(writer);
    for (const HaField *field = fields; field->key; field++)
        if (!ha_field_equal(field, object, defaults))
            put_field(writer, field, object);
    end_map(writer);
}

/* ---- sections ---- */

static void put_policies(Writer *writer, const GPtrArray *policies)
{
    put_text(writer, "migration_policies");
    begin_map(writer);
    for (guint i = 0; i < policies->len; i++) {
        const HaPolicy *policy = policies->pdata[i];
        g_autoptr(HaPolicy) defaults = ha_policy_new(policy->name);
        put_text(writer, policy->name);
        put_fields(writer, ha_policy_fields, policy, defaults);
    }
    end_map(writer);
}

static void put_groups(Writer *writer, const GPtrArray *groups)
{
    put_text(writer, "groups");
    begin_map(writer);
    for (guint i = 0; i < groups->len; i++) {
        const HaGroup *group = groups->pdata[i];
        g_autoptr(HaGroup) defaults = ha_group_new(group->name);
        put_text(writer, group->name);
        put_fields(writer, ha_group_fields, group, defaults);
    }
    end_map(writer);
}

static void put_vm(Writer *writer, const HaManifestVm *vm, const char *dir)
{
    g_autofree char *file = g_strconcat(vm->name, ".xml", NULL);
    g_autofree char *path = dir ? g_build_filename(dir, file, NULL) : NULL;
    put_text(writer, vm->name);
    begin_map(writer);
    put_pair(writer, "group", vm->group);
    if (vm->role != HA_ROLE_KEEP)
        put_pair(writer, "running", vm->role == HA_ROLE_RUNNING ? "yes" : "no");
    if (vm->hash)
        put_pair(writer, dir ? "xml" : "sha256", dir ? path : vm->hash);
    end_map(writer);
}

static void put_vms(Writer *writer, const GPtrArray *vms, const char *dir)
{
    put_text(writer, "vms");
    begin_map(writer);
    for (guint i = 0; i < vms->len; i++)
        put_vm(writer, vms->pdata[i], dir);
    end_map(writer);
}

char *mf_write(const HaManifest *manifest, const char *dir)
{
    yaml_event_t event;
    Writer writer = {.out = g_string_new(NULL)};
    g_assert(yaml_emitter_initialize(&writer.emitter));
    yaml_emitter_set_output(&writer.emitter, on_write, &writer);
    yaml_emitter_set_unicode(&writer.emitter, TRUE);
    yaml_emitter_set_width(&writer.emitter, -1);
    yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING);
    emit(&writer, &event);
    yaml_document_start_event_initialize(&event, NULL, NULL, NULL, TRUE);
    emit(&writer, &event);
    begin_map(&writer);
    put_pair(&writer, "version", "1"); /* MF_VERSION */
    if (manifest->policies->len)
        put_policies(&writer, manifest->policies);
    if (manifest->groups->len)
        put_groups(&writer, manifest->groups);
    if (manifest->vms->len)
        put_vms(&writer, manifest->vms, dir);
    end_map(&writer);
    yaml_document_end_event_initialize(&event, TRUE);
    emit(&writer, &event);
    yaml_stream_end_event_initialize(&event);
    emit(&writer, &event);
    yaml_emitter_delete(&writer.emitter);
    return g_string_free(writer.out, FALSE);
}
