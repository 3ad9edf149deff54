/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mig_domain - what the resource agent and the migration need to know of a libvirt domain's XML.
 *
 * Pure: text in, a plain struct out. libxml2, without network and without entity expansion.
 */
#pragma once

#include <glib.h>

#define MIG_DOMAIN_XML_MAX_BYTES (1024u * 1024u)
#define MIG_DOMAIN_UUID_LEN 36

typedef struct {
    char *target;      /* vda; NULL if the XML names none */
    char *file;        /* path, only for type='file' */
    gboolean writable; /* neither <readonly/> nor <shareable/> nor a CD-ROM */
} MigDisk;

typedef struct {
    char *name;
    char *uuid;      /* lower case, with dashes; NULL if the XML has none */
    char *virt_type; /* kvm, qemu */
    char *arch;      /* NULL if not stated */
    char *machine;   /* NULL if not stated */
    char *cpu_xml;   /* the <cpu> element; NULL if none, or where a comparison says nothing (passthrough, maximum) */
    guint host_devices;
    GPtrArray *disks; /* of MigDisk */
} MigDomain;

/**
 * mig_domain_parse - read a domain's XML.
 * @xml: @len bytes, not necessarily terminated.
 *
 * Returns: a new struct, free with mig_domain_free; NULL and @error when it is no <domain> with a name, or the uuid is
 * malformed.
 */
MigDomain *mig_domain_parse(const char *xml, gsize len, GError **error);
void mig_domain_free(MigDomain *domain);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MigDomain, mig_domain_free)

/**
 * mig_domain_blocker - why this domain cannot be moved live, judged from its XML.
 * @is_local: tells whether a path lies on a filesystem that other hosts surely do not share.
 *
 * Returns: NULL when nothing speaks against it; else a sentence, owned by the caller.
 */
char *mig_domain_blocker(const MigDomain *domain, gboolean (*is_local)(const char *path));
