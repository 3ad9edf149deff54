/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/model/ha_config.h"

#include <string.h>

#include "agent/core/model/ha_sorted.h"

HaConfigNode *ha_config_node_new(const char *node)
{
    HaConfigNode *self = g_new0(HaConfigNode, 1);
    self->node = g_strdup(node);
    return self;
}

void ha_config_node_free(HaConfigNode *node)
{
    if (!node)
        return;
    g_free(node->node);
    ha_wish_clear(&node->wish);
    g_free(node);
}

HaConfigPlace *ha_config_place_new(const char *node)
{
    HaConfigPlace *place = g_new0(HaConfigPlace, 1);
    place->node = g_strdup(node);
    return place;
}

void ha_config_place_free(HaConfigPlace *place)
{
    if (!place)
        return;
    g_free(place->node);
    g_free(place->exit_reason);
    g_free(place->start_refusal);
    g_free(place);
}

HaConfigVm *ha_config_vm_new(const char *name)
{
    HaConfigVm *vm = g_new0(HaConfigVm, 1);
    vm->name = g_strdup(name);
    vm->places = g_ptr_array_new_with_free_func((GDestroyNotify)ha_config_place_free);
    vm->banned = g_ptr_array_new_with_free_func(g_free);
    return vm;
}

void ha_config_vm_free(HaConfigVm *vm)
{
    if (!vm)
        return;
    g_free(vm->name);
    g_free(vm->definition);
    g_free(vm->group);
    g_free(vm->home);
    g_free(vm->parked);
    g_free(vm->pin);
    g_free(vm->pin_by);
    g_ptr_array_unref(vm->places);
    g_ptr_array_unref(vm->banned);
    g_free(vm);
}

static void setting_free(HaConfigSetting *setting)
{
    g_free(setting->name);
    g_free(setting->value);
    g_free(setting);
}

HaConfig *ha_config_new(void)
{
    HaConfig *config = g_new0(HaConfig, 1);
    config->nodes = g_ptr_array_new_with_free_func((GDestroyNotify)ha_config_node_free);
    config->vms = g_ptr_array_new_with_free_func((GDestroyNotify)ha_config_vm_free);
    config->properties = g_ptr_array_new_with_free_func((GDestroyNotify)setting_free);
    config->defaults = g_ptr_array_new_with_free_func((GDestroyNotify)setting_free);
    config->groups = g_ptr_array_new_with_free_func((GDestroyNotify)ha_group_free);
    config->fences = g_ptr_array_new_with_free_func((GDestroyNotify)ha_fence_device_free);
    config->fence_levels = g_ptr_array_new_with_free_func((GDestroyNotify)ha_fence_level_free);
    return config;
}

void ha_config_free(HaConfig *config)
{
    if (!config)
        return;
    g_free(config->dc);
    g_free(config->term_owner);
    g_ptr_array_unref(config->nodes);
    g_ptr_array_unref(config->vms);
    g_ptr_array_unref(config->groups);
    g_ptr_array_unref(config->properties);
    g_ptr_array_unref(config->defaults);
    g_ptr_array_unref(config->fences);
    g_ptr_array_unref(config->fence_levels);
    g_free(config);
}

void ha_config_sort(HaConfig *config)
{
    ha_sorted_sort(config->nodes);
    ha_sorted_sort(config->vms);
    ha_sorted_sort(config->groups);
    ha_sorted_sort(config->properties);
    ha_sorted_sort(config->defaults);
    ha_sorted_sort(config->fences);
    for (guint i = 0; i < config->fences->len; i++) {
        HaFenceDevice *device = config->fences->pdata[i];
        ha_strings_sort(device->hosts);
        ha_strings_sort(device->banned);
    }
    for (guint i = 0; i < config->vms->len; i++) {
        HaConfigVm *vm = config->vms->pdata[i];
        ha_sorted_sort(vm->places);
        ha_strings_sort(vm->banned);
    }
}

const HaConfigNode *ha_config_find_node(const HaConfig *config, const char *node)
{
    return config ? ha_sorted_find(config->nodes, node) : NULL;
}

const HaConfigVm *ha_config_find_vm(const HaConfig *config, const char *name)
{
    return config ? ha_sorted_find(config->vms, name) : NULL;
}

const char *ha_config_find_setting(const GPtrArray *settings, const char *name)
{
    const HaConfigSetting *setting = ha_sorted_find(settings, name);
    return setting ? setting->value : NULL;
}

void ha_config_add_setting(GPtrArray *settings, const char *name, const char *value)
{
    HaConfigSetting *setting = g_new0(HaConfigSetting, 1);
    setting->name = g_strdup(name);
    setting->value = g_strdup(value);
    g_ptr_array_add(settings, setting);
}

const HaGroup *ha_config_find_group(const HaConfig *config, const char *name)
{
    return config ? ha_sorted_find(config->groups, name) : NULL;
}

const HaGroup *ha_config_group_of(const HaConfig *config, const HaConfigVm *vm)
{
    return ha_config_find_group(config, vm->group ? vm->group : HA_GROUP_DEFAULT);
}

/* ---- notes that hactl leaves as text: "word word key=value ..." ---- */

/* The value of KEY= in @words, or NULL. Borrowed from @words. */
static const char *word_value(char **words, const char *key)
{
    gsize len = strlen(key);
    for (; *words; words++)
        if (strncmp(*words, key, len) == 0 && (*words)[len] == '=')
            return *words + len + 1;
    return NULL;
}

static gint64 word_number(char **words, const char *key)
{
    const char *value = word_value(words, key);
    return value ? MAX(g_ascii_strtoll(value, NULL, 10), 0) : 0;
}

void ha_wish_parse(const char *text, HaWish *ret_wish)
{
    g_auto(GStrv) words = g_strsplit(text ? text : "", " ", 16);
    memset(ret_wish, 0, sizeof *ret_wish);
    if (g_strcmp0(words[0], "drain") == 0)
        ret_wish->kind = HA_WISH_DRAIN;
    else if (g_strcmp0(words[0], "return") == 0)
        ret_wish->kind = HA_WISH_RETURN;
    else
        return;
    ret_wish->restart = word_number(words, "restart") > 0;
    ret_wish->since_s = word_number(words, "since");
    ret_wish->deadline_s = word_number(words, "deadline");
    ret_wish->by = g_strdup(word_value(words, "by"));
}

char *ha_wish_format(const HaWish *wish)
{
    g_assert(wish->kind != HA_WISH_NONE);
    GString *text = g_string_new(wish->kind == HA_WISH_DRAIN ? "drain" : "return");
    g_string_append_printf(text, " since=%" G_GINT64_FORMAT, wish->since_s);
    if (wish->by)
        g_string_append_printf(text, " by=%s", wish->by);
    if (wish->restart)
        g_string_append(text, " restart=1");
    if (wish->deadline_s)
        g_string_append_printf(text, " deadline=%" G_GINT64_FORMAT, wish->deadline_s);
    return g_string_free(text, FALSE);
}

void ha_wish_clear(HaWish *wish)
{
    g_clear_pointer(&wish->by, g_free);
    wish->kind = HA_WISH_NONE;
}

char *ha_move_note_format(HaMoveMode mode, HaReason reason, gint64 since_s, const char *by)
{
    return g_strdup_printf("%s %s since=%" G_GINT64_FORMAT " by=%s", ha_move_mode_word(mode), ha_reason_word(reason),
        since_s, by ? by : "hactl");
}

void ha_move_note_parse(const char *text, HaConfigVm *vm)
{
    g_auto(GStrv) words = g_strsplit(text ? text : "", " ", 16);
    vm->pin_mode = g_strcmp0(words[0], "restart") == 0 ? HA_MOVE_RESTART : HA_MOVE_LIVE;
    vm->pin_reason = HA_REASON_ADMIN;
    for (guint i = 0; words[0] && i < HA_REASONS; i++)
        if (g_strcmp0(words[1], ha_reason_word((HaReason)i)) == 0)
            vm->pin_reason = (HaReason)i;
    vm->pin_since_s = word_number(words, "since");
    g_free(vm->pin_by);
    vm->pin_by = g_strdup(word_value(words, "by"));
}

/* ---- changes ---- */

HaChange *ha_change_new(HaChangeKind kind, const char *vm, const char *node, const char *value)
{
    HaChange *change = g_new0(HaChange, 1);
    change->kind = kind;
    change->vm = g_strdup(vm);
    change->node = g_strdup(node);
    change->value = g_strdup(value);
    return change;
}

HaChange *ha_change_group_set(const HaGroup *group)
{
    HaChange *change = ha_change_new(HA_CHANGE_GROUP_SET, NULL, NULL, NULL);
    change->policy = ha_group_copy(group);
    return change;
}

void ha_change_free(HaChange *change)
{
    if (!change)
        return;
    g_free(change->vm);
    g_free(change->node);
    g_free(change->value);
    g_free(change->group);
    g_free(change->name);
    ha_fence_spec_free(change->fence);
    ha_group_free(change->policy);
    g_free(change);
}

GPtrArray *ha_change_list_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)ha_change_free);
}
