/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A wanted fence device over the group and over the control socket, and what is refused of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "agent/wire/wire_cast.h"
#include "agent/wire/wire_control.h"
#include "agent/wire/wire_fence.h"
#include "agent/wire/wire_frame.h"

static void a_wanted_device_arrives_whole(void **state)
{
    HaRequest *sent = ha_request_new(HA_REQUEST_FENCE_ADD, 42);
    sent->force = TRUE;
    sent->fence = ha_fence_spec_new("n3", "fence_ipmilan");
    g_ptr_array_add(sent->fence->hosts, g_strdup("node3"));
    ha_fence_spec_put(sent->fence, "ip", "10.0.0.3");
    ha_fence_spec_put(sent->fence, "password_script", "cat '/etc/hactl/fence/node 3'");
    g_autoptr(GBytes) frame = wire_cast_request(sent, NULL);
    gsize len = 0;
    const guint8 *data = g_bytes_get_data(frame, &len);
    g_autoptr(GError) error = NULL;
    g_auto(WireCast) cast = {0};
    if (!wire_cast_decode(data, len, &cast, &error))
        fail_msg("%s", error->message);
    const HaFenceSpec *got = cast.request->fence;
    assert_true(cast.request->force);
    assert_string_equal(got->name, "n3");
    assert_string_equal(got->agent, "fence_ipmilan");
    assert_string_equal(got->hosts->pdata[0], "node3");
    assert_int_equal(got->parameters->len, 2);
    assert_string_equal(((HaFenceParameter *)got->parameters->pdata[1])->value, "cat '/etc/hactl/fence/node 3'");
    ha_request_free(sent);
}

typedef struct {
    Hactl__Call call;
    Hactl__Request request;
    Hactl__FenceDevice device;
    Hactl__FenceParameter parameter, *parameters[1];
    char *hosts[1];
} Parts;

static void parts_init(Parts *p)
{
    hactl__call__init(&p->call);
    hactl__request__init(&p->request);
    hactl__fence_device__init(&p->device);
    hactl__fence_parameter__init(&p->parameter);
    p->call.kind = HACTL__CALL_KIND__CALL_REQUEST;
    p->call.request = &p->request;
    p->request.kind = HA_REQUEST_FENCE_ADD;
    p->request.fence = &p->device;
    p->device.name = (char *)"n3";
    p->device.agent = (char *)"fence_ipmilan";
    p->device.n_hosts = p->device.n_parameters = 1;
    p->device.hosts = p->hosts;
    p->device.parameters = p->parameters;
    p->hosts[0] = (char *)"node3";
    p->parameters[0] = &p->parameter;
    p->parameter.name = (char *)"ip";
    p->parameter.value = (char *)"10.0.0.3";
}

static char long_value[HA_FENCE_VALUE_MAX + 2];

#define SPOIL(name, expression)                                                                                        \
    static void name(Parts *p)                                                                                         \
    {                                                                                                                  \
        expression;                                                                                                    \
    }

SPOIL(none, (void)p)
SPOIL(remove_by_name, (p->request.kind = HA_REQUEST_FENCE_REMOVE, p->device.agent = NULL))
SPOIL(no_device, p->request.fence = NULL)
SPOIL(no_device_to_remove, (p->request.kind = HA_REQUEST_FENCE_REMOVE, p->request.fence = NULL))
SPOIL(no_node_to_confirm, p->request.kind = HA_REQUEST_FENCE_CONFIRM)
SPOIL(name_odd, p->device.name = (char *)"a'b")
SPOIL(no_agent, p->device.agent = NULL)
SPOIL(host_odd, p->hosts[0] = (char *)"../x")
SPOIL(parameter_odd, p->parameter.name = (char *)"a b")
SPOIL(value_control, p->parameter.value = (char *)"a\nb")
SPOIL(value_empty, p->parameter.value = (char *)"")
SPOIL(value_long, p->parameter.value = long_value)

static void odd_devices_are_refused(void **state)
{
    static const struct {
        void (*spoil)(Parts *p);
        const char *says; /* NULL: taken */
    } rows[] = {
        {none, NULL},
        {remove_by_name, NULL},
        {no_device, "request.fence is missing"},
        {no_device_to_remove, "request.fence is missing"},
        {no_node_to_confirm, "request.node is missing"},
        {name_odd, "fence.name"},
        {no_agent, "fence.agent"},
        {host_odd, "fence.hosts"},
        {parameter_odd, "parameters.name"},
        {value_control, "parameters.value"},
        {value_empty, "parameters.value"},
        {value_long, "parameters.value"},
    };
    memset(long_value, 'x', sizeof long_value - 1);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        Parts parts;
        g_autoptr(GError) error = NULL;
        parts_init(&parts);
        rows[i].spoil(&parts);
        g_autoptr(GBytes) frame = wire_call_encode(&parts.call, &error);
        if (!rows[i].says)
            assert_non_null(frame);
        else if (frame || !strstr(error->message, rows[i].says))
            fail_msg("row %u: %s", i, frame ? "taken" : error->message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wanted_device_arrives_whole),
        cmocka_unit_test(odd_devices_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
