/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a running VM was given, out of libvirt's XML, and back as a question to another host's libvirt. */
#include "agent/io/io_cpu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define DOMAIN(type, cpu)                                                                                              \
    "<domain type='" type "'><name>web</name><os><type arch='x86_64' machine='q35'>hvm</type></os>" cpu "</domain>"
#define SKYLAKE                                                                                                        \
    "<model fallback='forbid'>Skylake-Client-IBRS</model><vendor>Intel</vendor>"                                       \
    "<feature policy='require' name='vmx'/><feature policy='disable' name='mpx'/>"                                     \
    "<feature policy='optional' name='pcid'/><feature policy='require' name='ss'/>"
#define SKYLAKE_TEXT "x86_64 kvm Skylake-Client-IBRS Intel -mpx +ss +vmx"

typedef struct {
    const char *what, *xml;
    IoCpuKind kind;
    const char *text;
} Row;

static void a_processor_is_read(void **state)
{
    static const Row rows[] = {
        {"host-model and custom, once running",
            DOMAIN("kvm", "<cpu mode='custom' match='exact' check='full'>" SKYLAKE "</cpu>"), IO_CPU_TEXT,
            SKYLAKE_TEXT},
        {"no vendor",
            DOMAIN("kvm",
                "<cpu mode='custom' match='exact' check='partial'><model fallback='forbid'>qemu64</model></cpu>"),
            IO_CPU_TEXT, "x86_64 kvm qemu64 -"},
        {"not verified by libvirt", DOMAIN("kvm", "<cpu mode='custom' match='exact' check='none'>" SKYLAKE "</cpu>"),
            IO_CPU_ANY, NULL},
        {"emulated", DOMAIN("qemu", "<cpu mode='custom' match='exact' check='full'>" SKYLAKE "</cpu>"), IO_CPU_ANY,
            NULL},
        {"the host's", DOMAIN("kvm", "<cpu mode='host-passthrough' check='none' migratable='on'/>"), IO_CPU_HOST, NULL},
        {"all of the host's", DOMAIN("kvm", "<cpu mode='maximum' check='none'/>"), IO_CPU_HOST, NULL},
        {"none", DOMAIN("kvm", ""), IO_CPU_ANY, NULL},
        {"a name that is none", DOMAIN("kvm", "<cpu mode='custom' check='full'><model>a b</model></cpu>"), IO_CPU_ANY,
            NULL},
        {"no model", DOMAIN("kvm", "<cpu mode='custom' check='full'/>"), IO_CPU_ANY, NULL},
        {"no XML", "<domain", IO_CPU_ANY, NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = NULL;
        if (io_cpu_read(rows[i].xml, &text) != rows[i].kind || g_strcmp0(text, rows[i].text) != 0)
            fail_msg("%s: \"%s\"", rows[i].what, text ? text : "nothing");
    }
}

#define CAPABILITIES(domain, supported)                                                                                \
    "<domainCapabilities><path>/usr/bin/qemu-system-x86_64</path><domain>" domain "</domain><arch>x86_64</arch><cpu>"  \
    "<mode name='host-passthrough' supported='yes'/><mode name='host-model' supported='" supported "'>" SKYLAKE        \
    "</mode><mode name='custom' supported='yes'><model usable='yes'>qemu64</model></mode></cpu></domainCapabilities>"

static void the_hosts_own_is_read(void **state)
{
    g_autofree char *text = io_cpu_read_host(CAPABILITIES("kvm", "yes"));
    assert_string_equal(text, SKYLAKE_TEXT);
    assert_null(io_cpu_read_host(CAPABILITIES("kvm", "no")));
    assert_null(io_cpu_read_host(CAPABILITIES("qemu", "yes")));
    assert_null(io_cpu_read_host("nonsense"));
}

static void it_becomes_a_question(void **state)
{
    g_autofree char *arch = NULL, *virt = NULL, *xml = NULL;
    assert_true(io_cpu_question(SKYLAKE_TEXT, &arch, &virt, &xml));
    assert_string_equal(arch, "x86_64");
    assert_string_equal(virt, "kvm");
    assert_string_equal(xml,
        "<cpu mode='custom' match='exact'><model fallback='forbid'>Skylake-Client-IBRS</model><vendor>Intel</vendor>"
        "<feature policy='disable' name='mpx'/><feature policy='require' name='ss'/>"
        "<feature policy='require' name='vmx'/></cpu>");
    g_autofree char *bare_arch = NULL, *bare_virt = NULL, *bare = NULL;
    assert_true(io_cpu_question("x86_64 kvm qemu64 -", &bare_arch, &bare_virt, &bare));
    assert_null(strstr(bare, "vendor"));
}

static void what_a_peer_made_up_is_no_question(void **state)
{
    static const char *const texts[] = {"", "x86_64", "x86_64 kvm qemu64", "x86_64 kvm  -", "x86_64 kvm qemu64 - vmx",
        "x86_64 kvm qemu64 - +", "x86_64 kvm <model> -", "x86_64 kvm qemu64 - +a'/><b"};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        char *arch = NULL, *virt = NULL, *xml = NULL;
        if (io_cpu_question(texts[i], &arch, &virt, &xml))
            fail_msg("\"%s\" became %s", texts[i], xml);
    }
}

static void a_key_is_short_and_its_own(void **state)
{
    g_autofree char *one = io_cpu_key(SKYLAKE_TEXT), *same = io_cpu_key(SKYLAKE_TEXT), *other = io_cpu_key("x");
    assert_int_equal(strlen(one), IO_CPU_KEY_LEN);
    assert_string_equal(one, same);
    assert_string_not_equal(one, other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_processor_is_read),
        cmocka_unit_test(the_hosts_own_is_read),
        cmocka_unit_test(it_becomes_a_question),
        cmocka_unit_test(what_a_peer_made_up_is_no_question),
        cmocka_unit_test(a_key_is_short_and_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
