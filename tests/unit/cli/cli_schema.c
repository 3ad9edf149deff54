/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/cli/cli_schema.h"

#include <json-glib/json-glib.h>

static char *check(JsonObject *schema, JsonNode *value, const char *path);

static JsonParser *load(const char *name)
{
    g_autofree char *path = g_build_filename(HA_SOURCE_DIR, "docs", "schema", name, NULL);
    g_autoptr(GError) error = NULL;
    JsonParser *parser = json_parser_new();
    if (!json_parser_load_from_file(parser, path, &error))
        g_error("%s: %s", path, error->message);
    return parser;
}

static const char *type_of(JsonNode *value)
{
    if (JSON_NODE_HOLDS_NULL(value))
        return "null";
    if (JSON_NODE_HOLDS_OBJECT(value))
        return "object";
    if (JSON_NODE_HOLDS_ARRAY(value))
        return "array";
    switch (json_node_get_value_type(value)) {
    case G_TYPE_INT64:
        return "integer";
    case G_TYPE_BOOLEAN:
        return "boolean";
    case G_TYPE_STRING:
        return "string";
    default:
        return "number";
    }
}

static gboolean is_one_of(JsonArray *array, JsonNode *value)
{
    for (guint i = 0; i < json_array_get_length(array); i++)
        if (json_node_equal(json_array_get_element(array, i), value))
            return TRUE;
    return FALSE;
}

static gboolean has_type(JsonNode *types, JsonNode *value)
{
    const char *type = type_of(value);
    if (!JSON_NODE_HOLDS_ARRAY(types))
        return g_str_equal(json_node_get_string(types), type);
    JsonArray *array = json_node_get_array(types);
    for (guint i = 0; i < json_array_get_length(array); i++)
        if (g_str_equal(json_array_get_string_element(array, i), type))
            return TRUE;
    return FALSE;
}

static char *check_members(JsonObject *schema, JsonObject *object, const char *path)
{
    JsonObject *properties = json_object_get_object_member(schema, "properties");
    g_autoptr(GList) names = json_object_get_members(object);
    for (GList *name = names; name; name = name->next) {
        g_autofree char *inner = g_strdup_printf("%s.%s", path, (const char *)name->data);
        if (!json_object_has_member(properties, name->data))
            return g_strdup_printf("%s: not in the schema", inner);
        char *wrong = check(
            json_object_get_object_member(properties, name->data), json_object_get_member(object, name->data), inner);
        if (wrong)
            return wrong;
    }
    JsonArray *required = json_object_get_array_member(schema, "required");
    for (guint i = 0; i < json_array_get_length(required); i++)
        if (!json_object_has_member(object, json_array_get_string_element(required, i)))
            return g_strdup_printf("%s.%s: missing", path, json_array_get_string_element(required, i));
    return NULL;
}

static char *check_elements(JsonObject *schema, JsonArray *array, const char *path)
{
    for (guint i = 0; i < json_array_get_length(array); i++) {
        g_autofree char *inner = g_strdup_printf("%s[%u]", path, i);
        char *wrong = check(json_object_get_object_member(schema, "items"), json_array_get_element(array, i), inner);
        if (wrong)
            return wrong;
    }
    return NULL;
}

static void refuse_unknown_keywords(JsonObject *schema)
{
    static const char *const known[] = {"$schema", "$ref", "title", "description", "type", "enum", "properties",
        "required", "additionalProperties", "items", NULL};
    g_autoptr(GList) names = json_object_get_members(schema);
    for (GList *name = names; name; name = name->next)
        if (!g_strv_contains(known, name->data))
            g_error("schema: keyword %s is not known to this test", (const char *)name->data);
}

static char *check(JsonObject *schema, JsonNode *value, const char *path)
{
    refuse_unknown_keywords(schema);
    if (json_object_has_member(schema, "$ref")) {
        g_autoptr(JsonParser) other = load(json_object_get_string_member(schema, "$ref"));
        return check(json_node_get_object(json_parser_get_root(other)), value, path);
    }
    if (!has_type(json_object_get_member(schema, "type"), value))
        return g_strdup_printf("%s: is of type %s", path, type_of(value));
    if (json_object_has_member(schema, "enum") && !is_one_of(json_object_get_array_member(schema, "enum"), value))
        return g_strdup_printf("%s: \"%s\" is not one of the words", path, json_node_get_string(value));
    if (JSON_NODE_HOLDS_OBJECT(value))
        return check_members(schema, json_node_get_object(value), path);
    if (JSON_NODE_HOLDS_ARRAY(value))
        return check_elements(schema, json_node_get_array(value), path);
    return NULL;
}

char *cli_schema_check(const char *name, const char *text)
{
    g_autoptr(JsonParser) schema = load(name);
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(GError) error = NULL;
    if (!json_parser_load_from_data(parser, text, -1, &error))
        return g_strdup_printf("no JSON: %s", error->message);
    return check(json_node_get_object(json_parser_get_root(schema)), json_parser_get_root(parser), "$");
}
