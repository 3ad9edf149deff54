/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_definition_device - the devices' half of io_definition: disks, bridges and what ties a VM to its host. With the
 * few helpers on XML that both halves share. Internal to io_definition.
 */
#ifndef IO_DEFINITION_DEVICE_H
#define IO_DEFINITION_DEVICE_H

#include "agent/io/io_cib_xml.h" /* io_xml_child */
#include "agent/io/io_definition.h"

#include <libxml/tree.h>

gboolean io_xml_is(const xmlNode *node, const char *name);
/** io_xml_attribute, io_xml_content - @node: nullable. Returns: (transfer full), without outer blanks; NULL when
 * absent. */
char *io_xml_attribute(const xmlNode *node, const char *name);
char *io_xml_content(const xmlNode *node);

/** io_definition_document - parse; a <domain> without document type. Returns: (transfer full), NULL with
 * IO_DEFINITION_ERROR_XML. */
xmlDoc *io_definition_document(const char *xml, gsize len, GError **error);

/** io_definition_refuse - set IO_DEFINITION_ERROR_CONTENT with the node's line. Returns: FALSE. */
gboolean io_definition_refuse(const xmlNode *node, GError **error, const char *format, ...) G_GNUC_PRINTF(3, 4);

/**
 * io_definition_devices - read <os> and <devices>.
 * @needs: bridges and storage are appended to, unsorted; local_disk and host_device are set by the first that fits.
 */
gboolean io_definition_devices(const xmlNode *root, IoDefinitionShared is_shared, HaNeeds *needs, GError **error);

#endif
