/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_cpu - the processor that a running VM was given, as a line of text that other hosts' libvirt can be asked about:
 * "x86_64 kvm Skylake-Client-IBRS Intel +ss +vmx -mpx". The features are those that libvirt lists beside the model.
 *
 * Only what libvirt itself would verify when the VM arrives counts: a processor under KVM, and not one that it starts
 * with check='none'. An emulated one is the same everywhere. host-passthrough and maximum stand for the host's own, as
 * libvirt describes it (the host-model of its domain capabilities).
 */
#ifndef IO_CPU_H
#define IO_CPU_H

#include <glib.h>

#define IO_CPU_TEXT_MAX 4096u /* longer ones are not known */
#define IO_CPU_KEY_LEN 16u

typedef enum {
    IO_CPU_ANY,  /* nothing to be compared */
    IO_CPU_TEXT, /* @ret_text */
    IO_CPU_HOST, /* the host's own: io_cpu_read_host */
} IoCpuKind;

/** io_cpu_read - @xml: a running domain's (VIR_DOMAIN_XML_MIGRATABLE). @ret_text: (transfer full), with IO_CPU_TEXT. */
IoCpuKind io_cpu_read(const char *xml, char **ret_text);

/** io_cpu_read_host - @xml: domain capabilities for KVM. Returns: (transfer full); NULL when they describe none. */
char *io_cpu_read_host(const char *xml);

/** io_cpu_key - a short name for @text. Returns: (transfer full) IO_CPU_KEY_LEN hex digits. */
char *io_cpu_key(const char *text);

/**
 * io_cpu_question - @text as virConnectCompareHypervisorCPU wants it.
 * @ret_arch, @ret_virt, @ret_xml: (transfer full), set on TRUE.
 * Returns: FALSE when @text is nothing that io_cpu_read makes.
 */
gboolean io_cpu_question(const char *text, char **ret_arch, char **ret_virt, char **ret_xml);

#endif
