/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The meta-data of both agents against tests/ra/meta-data.rng, and against what the C code does. */
#include "resource-agents/ra_meta.h"

#include <glib.h>
#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <libxml/xpath.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void validate(xmlDoc *doc)
{
    xmlRelaxNGParserCtxt *parser = xmlRelaxNGNewParserCtxt(HA_SOURCE_DIR "/tests/ra/meta-data.rng");
    xmlRelaxNG *schema = xmlRelaxNGParse(parser);
    xmlRelaxNGValidCtxt *context = xmlRelaxNGNewValidCtxt(schema);

    assert_non_null(schema);
    assert_int_equal(xmlRelaxNGValidateDoc(context, doc), 0);
    xmlRelaxNGFreeValidCtxt(context);
    xmlRelaxNGFree(schema);
    xmlRelaxNGFreeParserCtxt(parser);
}

static int count(xmlDoc *doc, const char *xpath)
{
    xmlXPathContext *context = xmlXPathNewContext(doc);
    xmlXPathObject *found = xmlXPathEvalExpression(BAD_CAST xpath, context);
    int n = found->nodesetval ? found->nodesetval->nodeNr : 0;

    xmlXPathFreeObject(found);
    xmlXPathFreeContext(context);
    return n;
}

static void expect_one_each(xmlDoc *doc, const char *format, const char *const *names)
{
    for (; *names; names++) {
        g_auto(GStrv) parts = g_strsplit(format, "%s", 2);
        g_autofree char *xpath = g_strconcat(parts[0], *names, parts[1], NULL);

        if (count(doc, xpath) != 1)
            fail_msg("%s: %d", xpath, count(doc, xpath));
    }
}

static void vm(void **state)
{
    static const char *const actions[] = {
        "start", "stop", "monitor", "migrate_to", "migrate_from", "reload-agent", "validate-all", "meta-data", NULL};
    static const char *const parameters[] = {"definition", "migration_uri", "on_io_error", NULL};
    xmlDoc *doc = xmlReadMemory(ra_meta_xml, (int)strlen(ra_meta_xml), NULL, NULL, 0);

    assert_non_null(doc);
    validate(doc);
    expect_one_each(doc, "/resource-agent[@name='vm']/actions/action[@name='%s']", actions);
    expect_one_each(doc, "/resource-agent/parameters/parameter[@name='%s' and @reloadable='1']", parameters);
    assert_int_equal(count(doc, "//parameter[@required='1']"), 1);
    xmlFreeDoc(doc);
}

static void agent(void **state)
{
    static const char *const actions[] = {"start", "stop", "monitor", "validate-all", "meta-data", NULL};
    g_autofree char *text = NULL;
    int status = -1;

    assert_true(
        g_spawn_command_line_sync(HA_SOURCE_DIR "/resource-agents/agent meta-data", &text, NULL, &status, NULL));
    assert_int_equal(status, 0);
    xmlDoc *doc = xmlReadMemory(text, (int)strlen(text), NULL, NULL, 0);
    assert_non_null(doc);
    validate(doc);
    expect_one_each(doc, "/resource-agent[@name='agent']/actions/action[@name='%s']", actions);
    xmlFreeDoc(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(vm), cmocka_unit_test(agent)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
