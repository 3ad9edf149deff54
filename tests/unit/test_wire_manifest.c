/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/wire/wire_cast.h"
#include "agent/wire/wire_control.h"
#include "agent/wire/wire_frame.h"
#include "agent/wire/wire_manifest.h"

#include <string.h>

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static HaManifest *sample(void)
{
    HaManifest *manifest = ha_manifest_new();
    HaPolicy *policy = ha_policy_new("slow");
    policy->bandwidth_mibps = 100;
    policy->auto_converge = FALSE;
    g_ptr_array_add(manifest->policies, policy);
    HaGroup *group = ha_group_new("db");
    group->tier = 1;
    g_ptr_array_add(group->only_on, g_strdup("node1"));
    g_ptr_array_add(manifest->groups, group);
    HaManifestVm *one = ha_manifest_vm_new("vm1"), *two = ha_manifest_vm_new("vm2");
    one->hash = g_strdup(HASH);
    one->role = HA_ROLE_STOPPED;
    g_ptr_array_add(manifest->vms, one);
    g_ptr_array_add(manifest->vms, two);
    return manifest;
}

static void a_request_carries_it_to_the_leader(void **state)
{
    HaRequest *request = ha_request_new(HA_REQUEST_APPLY, 42);
    request->by = g_strdup("root@node1");
    request->manifest = sample();
    request->prune = request->stop = TRUE;
    g_autoptr(GBytes) frame = wire_cast_request(request, NULL);
    gsize len = 0;
    const guint8 *data = g_bytes_get_data(frame, &len);
    g_auto(WireCast) cast = {0};
    assert_true(wire_cast_decode(data, len, &cast, NULL));
    assert_int_equal(cast.request->kind, HA_REQUEST_APPLY);
    assert_true(cast.request->prune);
    assert_true(cast.request->stop);
    assert_true(ha_manifest_equal(cast.request->manifest, request->manifest));
    ha_request_free(request);
}

static void a_result_brings_it_to_the_client(void **state)
{
    g_autoptr(HaManifest) manifest = sample();
    g_autoptr(GBytes) frame = wire_manifest_build(manifest);
    gsize len = 0;
    const guint8 *data = g_bytes_get_data(frame, &len);
    g_autoptr(WireResult) result =
        wire_result_decode(data + WIRE_FRAME_HEADER_BYTES, len - WIRE_FRAME_HEADER_BYTES, NULL);
    assert_non_null(result);
    assert_true(result->last);
    g_autoptr(HaManifest) taken = wire_manifest_take(result->manifest, NULL);
    assert_true(ha_manifest_equal(taken, manifest));
}

/* Edits the sample's message, which is then refused with this text. */
static void check_refusal(void (*edit)(Hactl__Manifest *message), const char *part)
{
    g_autoptr(HaManifest) manifest = sample();
    g_autoptr(WireArena) arena = wire_arena_new();
    g_autoptr(GError) error = NULL;
    Hactl__Manifest *message = wire_manifest_put(arena, manifest);
    edit(message);
    assert_null(wire_manifest_take(message, &error));
    if (!strstr(error->message, part))
        fail_msg("\"%s\" is not in \"%s\"", part, error->message);
}

static void bad_name(Hactl__Manifest *message)
{
    message->vms[0]->name = (char *)"1st";
}
static void bad_group(Hactl__Manifest *message)
{
    message->vms[0]->group = (char *)"";
}
static void bad_hash(Hactl__Manifest *message)
{
    message->vms[0]->hash = (char *)"12ab";
}
static void bad_role(Hactl__Manifest *message)
{
    message->vms[0]->role = HA_ROLES;
}
static void double_vm(Hactl__Manifest *message)
{
    message->vms[0]->name = message->vms[1]->name;
}
static void bad_policy(Hactl__Manifest *message)
{
    message->policies[0]->deadline_s = HA_POLICY_DEADLINE_MAX_S + 1;
}
static void bad_tier(Hactl__Manifest *message)
{
    message->groups[0]->tier = 9;
}

static void nonsense_is_refused(void **state)
{
    check_refusal(bad_name, "name");
    check_refusal(bad_group, "group");
    check_refusal(bad_hash, "hash");
    check_refusal(bad_role, "role");
    check_refusal(double_vm, "vms has \"vm2\" twice");
    check_refusal(bad_policy, "deadline_s");
    check_refusal(bad_tier, "tier");
}

/* A call is refused by the client's own encoder, with the remedy, before hactld sees it. */
static void one_that_fits_no_message_is_refused(void **state)
{
    g_autoptr(HaManifest) manifest = ha_manifest_new();
    for (guint i = 0; i < 6000; i++) {
        g_autofree char *name = g_strdup_printf("vm%05u", i);
        HaManifestVm *vm = ha_manifest_vm_new(name);
        vm->hash = g_strdup(HASH);
        g_ptr_array_add(manifest->vms, vm);
    }
    g_autoptr(WireArena) arena = wire_arena_new();
    g_autoptr(GError) error = NULL;
    Hactl__Request request = HACTL__REQUEST__INIT;
    Hactl__Call call = HACTL__CALL__INIT;
    request.kind = HA_REQUEST_APPLY;
    request.manifest = wire_manifest_put(arena, manifest);
    call.kind = HACTL__CALL_KIND__CALL_PLAN;
    call.request = &request;
    assert_null(wire_call_encode(&call, &error));
    assert_non_null(strstr(error->message, "divide the file"));
}

static void a_store_needs_definitions(void **state)
{
    Hactl__Call call = HACTL__CALL__INIT;
    g_autoptr(GError) error = NULL;
    call.kind = HACTL__CALL_KIND__CALL_STORE;
    assert_null(wire_call_encode(&call, &error));
    assert_non_null(strstr(error->message, "definitions are missing"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_carries_it_to_the_leader),
        cmocka_unit_test(a_result_brings_it_to_the_client),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(one_that_fits_no_message_is_refused),
        cmocka_unit_test(a_store_needs_definitions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
