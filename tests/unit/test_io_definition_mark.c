/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mark that tells what a domain was started with: put in, taken out, read back, also through libvirt itself. */
#include "agent/io/io_definition.h"
#include "agent/io/io_definition_mark.h"

#include <libvirt/libvirt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define PLAIN                                                                                                          \
    "<domain type='test'><name>web</name><uuid>6695eb01-f6a4-8304-79aa-97f2502e1950</uuid><memory>131072</memory>"     \
    "<os><type>hvm</type></os></domain>"
#define WITH_NOTES                                                                                                     \
    "<domain type='test'><metadata><app:note xmlns:app='urn:app'>keep me</app:note></metadata><name>web</name>"        \
    "<uuid>6695eb01-f6a4-8304-79aa-97f2502e1950</uuid><memory>131072</memory><os><type>hvm</type></os></domain>"

static char *mark(const char *xml, const char *hash)
{
    g_autoptr(GError) error = NULL;
    char *marked = io_definition_mark(xml, strlen(xml), hash, &error);

    if (!marked)
        fail_msg("%s", error->message);
    return marked;
}

static guint count(const char *text, const char *part)
{
    guint n = 0;

    for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
        n++;
    return n;
}

static void test_one_mark_at_a_time(void **state)
{
    static const char *const xmls[] = {PLAIN, WITH_NOTES};

    for (gsize i = 0; i < G_N_ELEMENTS(xmls); i++) {
        g_autofree char *first = mark(xmls[i], A), *second = mark(first, B), *none = mark(second, NULL);

        assert_int_equal(count(first, A), 1);
        assert_int_equal(count(second, A), 0);
        assert_int_equal(count(second, B), 1);
        assert_int_equal(count(none, IO_DEFINITION_MARK_URI), 0);
        assert_int_equal(count(second, "keep me"), count(xmls[i], "keep me"));
        assert_int_equal(count(none, "<metadata>"), count(xmls[i], "<metadata>"));
    }
}

static void test_no_domain(void **state)
{
    g_autoptr(GError) error = NULL;

    assert_null(io_definition_mark("<a/>", 4, A, &error));
    assert_true(g_error_matches(error, IO_DEFINITION_ERROR, IO_DEFINITION_ERROR_XML));
}

static void test_read(void **state)
{
    static const char *const strange[] = {
        "", "x", "<definition/>", "<definition sha256='abc'/>", "<other sha256='" A "'/>"};
    g_autofree char *element = io_definition_mark_element(A), *hash = io_definition_mark_read(element);

    assert_string_equal(hash, A);
    for (gsize i = 0; i < G_N_ELEMENTS(strange); i++)
        assert_null(io_definition_mark_read(strange[i]));
}

static char *ask(virDomainPtr domain)
{
    char *element =
        virDomainGetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, IO_DEFINITION_MARK_URI, VIR_DOMAIN_AFFECT_CURRENT);
    char *hash = element ? io_definition_mark_read(element) : NULL;

    free(element);
    return hash;
}

/* libvirt takes the marked XML, gives the mark back, and takes another in its place while the domain runs. */
static void test_through_libvirt(void **state)
{
    g_autofree char *marked = mark(WITH_NOTES, A), *element = io_definition_mark_element(B);
    virConnectPtr conn = virConnectOpen("test:///default");
    assert_non_null(conn);
    virDomainPtr domain = virDomainCreateXML(conn, marked, 0);
    assert_non_null(domain);
    g_autofree char *first = ask(domain);
    assert_string_equal(first, A);
    assert_int_equal(virDomainSetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, element, IO_DEFINITION_MARK_PREFIX,
                         IO_DEFINITION_MARK_URI, VIR_DOMAIN_AFFECT_LIVE),
        0);
    g_autofree char *second = ask(domain);
    assert_string_equal(second, B);
    char *xml = virDomainGetXMLDesc(domain, 0);
    assert_int_equal(count(xml, "keep me"), 1);
    free(xml);
    virDomainDestroy(domain);
    virDomainFree(domain);
    virConnectClose(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_mark_at_a_time),
        cmocka_unit_test(test_no_domain),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_through_libvirt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
