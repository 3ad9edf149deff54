/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who can be fenced, who may be confirmed, and what an admin may change of it. */
#include <string.h>

#include "agent/core/ha_core_private.h"
#include "agent/core/model/ha_sorted.h"
#include "tests/unit/core_fixture.h"

/* Three nodes, each with a device that the two others may use; no watchdog. */
static HaView *fenced(void)
{
    HaView *view = fixture_new(3);
    view->config->fence_watchdog = FALSE;
    for (guint i = 1; i <= 3; i++) {
        g_autofree char *name = g_strdup_printf("fence-node%u", i);
        g_autofree char *node = g_strdup_printf("node%u", i);
        HaFenceDevice *device = ha_fence_device_new(name);
        device->state = HA_FENCE_STARTED;
        g_ptr_array_add(device->hosts, g_strdup(node));
        g_ptr_array_add(device->banned, g_strdup(node));
        ha_sorted_put(view->config->fences, device);
    }
    return view;
}

static HaFenceDevice *device(HaView *view, const char *name)
{
    return (HaFenceDevice *)ha_fence_find(view->config, name);
}

static void level(HaView *view, const char *node, guint32 index, const char *devices)
{
    HaFenceLevel *new = ha_fence_level_new(node, index);
    g_auto(GStrv) names = g_strsplit(devices, ",", -1);
    for (guint i = 0; names[i] && *names[i]; i++)
        g_ptr_array_add(new->devices, g_strdup(names[i]));
    g_ptr_array_add(view->config->fence_levels, new);
}

/* ---- gaps ---- */

static void nothing(HaView *view)
{
}

static void off(HaView *view)
{
    view->config->stonith_enabled = FALSE;
}

static void no_device(HaView *view)
{
    g_ptr_array_set_size(view->config->fences, 0);
}

static void watchdog(HaView *view)
{
    g_ptr_array_set_size(view->config->fences, 0);
    view->config->fence_watchdog = TRUE;
}

static void other_host(HaView *view)
{
    strcpy(device(view, "fence-node2")->hosts->pdata[0], "node1");
}

static void asks(HaView *view)
{
    other_host(view);
    device(view, "fence-node1")->asks = TRUE;
}

static void itself_alone(HaView *view)
{
    HaFenceDevice *own = device(view, "fence-node2");
    g_ptr_array_set_size(own->banned, 0);
    g_ptr_array_add(own->banned, g_strdup("node1"));
    g_ptr_array_add(own->banned, g_strdup("node3"));
}

static void disabled(HaView *view)
{
    device(view, "fence-node2")->state = HA_FENCE_DISABLED;
}

static void failed(HaView *view)
{
    device(view, "fence-node2")->state = HA_FENCE_FAILED;
}

static void stopped(HaView *view)
{
    device(view, "fence-node2")->state = HA_FENCE_STOPPED;
}

static void failed_with_another(HaView *view)
{
    failed(view);
    device(view, "fence-node1")->asks = TRUE;
}

static void level_complete(HaView *view)
{
    level(view, "node2", 1, "fence-node2");
}

static void level_of_another(HaView *view)
{
    level(view, "node2", 1, "fence-node1");
}

static void level_with_a_dead_device(HaView *view)
{
    failed(view);
    device(view, "fence-node1")->asks = TRUE; /* covers node2, and its topology does not name it */
    level(view, "node2", 1, "fence-node2");
}

static void level_half(HaView *view)
{
    level(view, "node2", 1, "fence-node2,gone");
}

static void second_level(HaView *view)
{
    failed(view);
    device(view, "fence-node1")->asks = TRUE;
    level(view, "node2", 1, "fence-node2");
    level(view, "node2", 2, "fence-node1");
}

static void level_empty(HaView *view)
{
    level(view, "node2", 1, "");
}

static void gaps(void **state)
{
    static const struct {
        void (*spoil)(HaView *view);
        HaFenceGap gap; /* of node2 */
    } rows[] = {
        {nothing, HA_FENCE_GAP_NONE},
        {off, HA_FENCE_GAP_OFF},
        {no_device, HA_FENCE_GAP_NO_DEVICE},
        {watchdog, HA_FENCE_GAP_NONE},
        {other_host, HA_FENCE_GAP_UNCOVERED},
        {asks, HA_FENCE_GAP_NONE},
        {itself_alone, HA_FENCE_GAP_SELF},
        {disabled, HA_FENCE_GAP_DISABLED},
        {failed, HA_FENCE_GAP_FAILED},
        {stopped, HA_FENCE_GAP_NONE},
        {failed_with_another, HA_FENCE_GAP_NONE},
        {level_complete, HA_FENCE_GAP_NONE},
        {level_of_another, HA_FENCE_GAP_UNCOVERED},
        {level_with_a_dead_device, HA_FENCE_GAP_FAILED},
        {level_half, HA_FENCE_GAP_UNCOVERED},
        {second_level, HA_FENCE_GAP_NONE},
        {level_empty, HA_FENCE_GAP_UNCOVERED},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        HaView *view = fenced();
        g_autofree char *why = NULL;
        rows[i].spoil(view);
        if (ha_fence_gap_of(view->config, "node2") != rows[i].gap)
            fail_msg("row %u: %s", i, ha_fence_gap_word(ha_fence_gap_of(view->config, "node2")));
        assert_int_equal(ha_fence_permits(view->config, &why), rows[i].gap == HA_FENCE_GAP_NONE);
        assert_int_equal(why != NULL, rows[i].gap != HA_FENCE_GAP_NONE);
        ha_view_free(view);
    }
}

static void the_first_node_is_named(void **state)
{
    HaView *view = fenced();
    const char *node = "untouched";
    assert_int_equal(ha_fence_gap(view->config, &node), HA_FENCE_GAP_NONE);
    assert_string_equal(node, "untouched");
    failed(view);
    assert_int_equal(ha_fence_gap(view->config, &node), HA_FENCE_GAP_FAILED);
    assert_string_equal(node, "node2");
    g_autofree char *why = NULL;
    assert_false(ha_fence_permits(view->config, &why));
    assert_non_null(strstr(why, "node2 can't be fenced"));
    view->config->allow_unfenced = TRUE;
    assert_true(ha_fence_permits(view->config, NULL));
    ha_view_free(view);
}

static void a_device_may_be_the_last(void **state)
{
    HaView *view = fenced();
    assert_string_equal(ha_fence_needed_by(view->config, device(view, "fence-node3")), "node3");
    device(view, "fence-node1")->asks = TRUE;
    assert_null(ha_fence_needed_by(view->config, device(view, "fence-node3")));
    ha_view_free(view);
}

static void every_gap_has_its_words(void **state)
{
    for (guint gap = HA_FENCE_GAP_NONE + 1; gap < HA_FENCE_GAPS; gap++) {
        const char *remedy = NULL;
        assert_non_null(ha_fence_gap_text((HaFenceGap)gap, &remedy));
        assert_non_null(remedy);
        for (guint other = 0; other < gap; other++)
            assert_string_not_equal(ha_fence_gap_word((HaFenceGap)gap), ha_fence_gap_word((HaFenceGap)other));
    }
}

/* ---- an admin's word ---- */

/* node3 is gone: nobody hears it. */
static HaView *lost_node(void)
{
    HaView *view = fenced();
    fixture_node(view, "node3")->state = HA_NODE_UNCLEAN;
    fixture_age(view, "node3", HA_REPORT_STALE_MS + 1);
    g_ptr_array_remove_index(view->members, 2);
    return view;
}

static void only_the_lost_are_confirmed(void **state)
{
    HaView *view = lost_node();
    assert_null(ha_fence_confirm_refusal(view, "node3"));

    g_autofree char *unknown = ha_fence_confirm_refusal(view, "node9");
    assert_non_null(strstr(unknown, "no node"));
    g_autofree char *alive = ha_fence_confirm_refusal(view, "node2");
    assert_non_null(strstr(alive, "speaks"));

    fixture_node(view, "node3")->heard = TRUE;
    g_autofree char *heard = ha_fence_confirm_refusal(view, "node3");
    assert_non_null(strstr(heard, "corosync"));
    fixture_node(view, "node3")->heard = FALSE;

    fixture_age(view, "node3", 100); /* hactld there spoke a moment ago */
    g_autofree char *spoke = ha_fence_confirm_refusal(view, "node3");
    assert_non_null(strstr(spoke, "hactld"));
    fixture_age(view, "node3", HA_REPORT_STALE_MS + 1);

    g_ptr_array_add(view->members, ha_member_new(3, "node3", 1));
    g_autofree char *member = ha_fence_confirm_refusal(view, "node3");
    assert_non_null(strstr(member, "hactld"));
    g_ptr_array_remove_index(view->members, 2);

    fixture_node(view, "node3")->state = HA_NODE_OFFLINE;
    g_autofree char *offline = ha_fence_confirm_refusal(view, "node3");
    assert_non_null(strstr(offline, "nothing waits"));
    ha_view_free(view);
}

/* ---- requests ---- */

typedef struct {
    HaCore *core;
    GPtrArray *effects;
} Bench;

/* A core that leads; @view: (transfer full). */
static Bench bench_new(HaView *view)
{
    HaSettings settings;
    ha_settings_init(&settings);
    Bench bench = {.core = ha_core_new(&settings, "node1", 1)};
    bench.effects = g_ptr_array_new_with_free_func((GDestroyNotify)ha_effect_free);
    ha_view_free(bench.core->view);
    bench.core->view = view;
    bench.core->my_term = 1;
    return bench;
}

static void bench_free(Bench *bench)
{
    g_ptr_array_unref(bench->effects);
    ha_core_free(bench->core);
}

static const HaEffect *ask(Bench *bench, HaRequestKind kind, const char *node, HaFenceSpec *spec, gboolean force)
{
    HaRequest *request = ha_request_new(kind, 7);
    request->node = g_strdup(node);
    request->by = g_strdup("root@node1");
    request->fence = spec;
    request->force = force;
    g_ptr_array_set_size(bench->effects, 0);
    ha_fence_request_do(bench->core, request, bench->effects);
    ha_request_free(request);
    assert_int_equal(bench->effects->len, 1);
    return bench->effects->pdata[0];
}

static HaFenceSpec *spec_for(const char *name, const char *host)
{
    HaFenceSpec *spec = ha_fence_spec_new(name, "fence_ipmilan");
    g_ptr_array_add(spec->hosts, g_strdup(host));
    ha_fence_spec_put(spec, "ip", "10.0.0.1");
    return spec;
}

static void a_device_is_added(void **state)
{
    Bench bench = bench_new(fenced());
    const HaEffect *effect = ask(&bench, HA_REQUEST_FENCE_ADD, NULL, spec_for("n1", "node1"), FALSE);
    assert_int_equal(effect->kind, HA_EFFECT_CHANGE);
    const HaChange *change = effect->changes->pdata[0];
    assert_int_equal(change->kind, HA_CHANGE_FENCE_ADD);
    assert_string_equal(change->fence->name, "n1");
    assert_string_equal(change->fence->hosts->pdata[0], "node1");
    assert_string_equal(((HaFenceParameter *)change->fence->parameters->pdata[0])->value, "10.0.0.1");
    bench_free(&bench);
}

static void odd_devices_are_refused(void **state)
{
    Bench bench = bench_new(fenced());
    const HaEffect *effect = ask(&bench, HA_REQUEST_FENCE_ADD, NULL, spec_for("n1", "node9"), FALSE);
    assert_int_equal(effect->kind, HA_EFFECT_ANSWER);
    assert_int_equal(effect->answer, HA_ANSWER_UNKNOWN);
    ha_sorted_put(bench.core->view->config->fences, ha_fence_device_new("hactl-fence-n1"));
    effect = ask(&bench, HA_REQUEST_FENCE_ADD, NULL, spec_for("n1", "node1"), FALSE);
    assert_int_equal(effect->answer, HA_ANSWER_REFUSED);
    bench_free(&bench);
}

static void only_own_and_spare_devices_go(void **state)
{
    Bench bench = bench_new(fenced());
    HaConfig *config = bench.core->view->config;
    HaFenceDevice *own = ha_fence_device_new("hactl-fence-n2");
    g_ptr_array_add(own->hosts, g_strdup("node2"));
    ha_sorted_put(config->fences, own);

    const HaEffect *effect = ask(&bench, HA_REQUEST_FENCE_REMOVE, NULL, ha_fence_spec_new("n9", NULL), FALSE);
    assert_int_equal(effect->answer, HA_ANSWER_UNKNOWN);
    effect = ask(&bench, HA_REQUEST_FENCE_REMOVE, NULL, ha_fence_spec_new("fence-node2", NULL), TRUE);
    assert_int_equal(effect->answer, HA_ANSWER_REFUSED);
    assert_non_null(strstr(effect->text, "not made by hactl"));

    failed(bench.core->view); /* so that node2 stands on hactl's device alone */
    effect = ask(&bench, HA_REQUEST_FENCE_REMOVE, NULL, ha_fence_spec_new("n2", NULL), FALSE);
    assert_int_equal(effect->answer, HA_ANSWER_REFUSED);
    assert_non_null(strstr(effect->text, "node2"));
    effect = ask(&bench, HA_REQUEST_FENCE_REMOVE, NULL, ha_fence_spec_new("n2", NULL), TRUE);
    assert_int_equal(effect->kind, HA_EFFECT_CHANGE);
    assert_string_equal(((HaChange *)effect->changes->pdata[0])->value, "hactl-fence-n2");
    bench_free(&bench);
}

static void a_confirmation_is_carried_out_once(void **state)
{
    Bench bench = bench_new(lost_node());
    const HaEffect *effect = ask(&bench, HA_REQUEST_FENCE_CONFIRM, "node2", NULL, FALSE);
    assert_int_equal(effect->answer, HA_ANSWER_REFUSED);
    effect = ask(&bench, HA_REQUEST_FENCE_CONFIRM, "node9", NULL, FALSE);
    assert_int_equal(effect->answer, HA_ANSWER_UNKNOWN);
    effect = ask(&bench, HA_REQUEST_FENCE_CONFIRM, "node3", NULL, FALSE);
    assert_int_equal(effect->kind, HA_EFFECT_CONFIRM);
    assert_string_equal(effect->node, "node3");
    guint64 id = effect->id;
    effect = ask(&bench, HA_REQUEST_FENCE_CONFIRM, "node3", NULL, FALSE);
    assert_int_equal(effect->answer, HA_ANSWER_REFUSED); /* one is under way */

    g_ptr_array_set_size(bench.effects, 0);
    HaEvent done = {.kind = HA_EVENT_DONE, .effect_id = id, .outcome = HA_DONE_OK};
    ha_fence_confirm_done(bench.core, &done, bench.effects);
    assert_int_equal(bench.effects->len, 2);
    const HaEffect *note = bench.effects->pdata[0], *answer = bench.effects->pdata[1];
    assert_int_equal(note->note->kind, HA_NOTE_FENCING);
    assert_non_null(strstr(note->note->text, "root@node1"));
    assert_int_equal(answer->answer, HA_ANSWER_OK);
    assert_int_equal(answer->request_id, 7);
    bench_free(&bench);
}

static void a_confirmation_that_fails_says_why(void **state)
{
    Bench bench = bench_new(lost_node());
    ask(&bench, HA_REQUEST_FENCE_CONFIRM, "node3", NULL, FALSE);
    HaEvent done = {.kind = HA_EVENT_DONE, .outcome = HA_DONE_FAILED, .text = "stonith_admin failed"};
    g_ptr_array_set_size(bench.effects, 0);
    ha_fence_confirm_done(bench.core, &done, bench.effects);
    const HaEffect *answer = bench.effects->pdata[0];
    assert_int_equal(answer->answer, HA_ANSWER_FAILED);
    assert_string_equal(answer->text, "stonith_admin failed");
    bench_free(&bench);
}

/* ---- what is said ---- */

static void a_gap_is_said_once_and_its_end_too(void **state)
{
    Bench bench = bench_new(fenced());
    ha_watch(bench.core, bench.effects);
    assert_int_equal(bench.effects->len, 0);
    failed(bench.core->view);
    ha_watch(bench.core, bench.effects);
    ha_watch(bench.core, bench.effects);
    assert_int_equal(bench.effects->len, 1);
    const HaEffect *said = bench.effects->pdata[0];
    assert_int_equal(said->note->kind, HA_NOTE_FENCING);
    assert_string_equal(said->note->node, "node2");
    device(bench.core->view, "fence-node2")->state = HA_FENCE_STARTED;
    ha_watch(bench.core, bench.effects);
    assert_int_equal(bench.effects->len, 2);
    bench_free(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gaps),
        cmocka_unit_test(the_first_node_is_named),
        cmocka_unit_test(a_device_may_be_the_last),
        cmocka_unit_test(every_gap_has_its_words),
        cmocka_unit_test(only_the_lost_are_confirmed),
        cmocka_unit_test(a_device_is_added),
        cmocka_unit_test(odd_devices_are_refused),
        cmocka_unit_test(only_own_and_spare_devices_go),
        cmocka_unit_test(a_confirmation_is_carried_out_once),
        cmocka_unit_test(a_confirmation_that_fails_says_why),
        cmocka_unit_test(a_gap_is_said_once_and_its_end_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
