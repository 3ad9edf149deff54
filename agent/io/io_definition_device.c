/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_definition_device.h"

#include <string.h>

typedef struct {
    IoDefinitionShared is_shared;
    HaNeeds *needs;
} Reader;

gboolean io_xml_is(const xmlNode *node, const char *name)
{
    return node && node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

static char *steal(xmlChar *text)
{
    char *copy = text ? g_strstrip(g_strdup((const char *)text)) : NULL;

    xmlFree(text);
    return copy;
}

char *io_xml_attribute(const xmlNode *node, const char *name)
{
    return node ? steal(xmlGetProp(node, BAD_CAST name)) : NULL;
}

char *io_xml_content(const xmlNode *node)
{
    return node ? steal(xmlNodeGetContent(node)) : NULL;
}

gboolean io_definition_refuse(const xmlNode *node, GError **error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *reason = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, IO_DEFINITION_ERROR, IO_DEFINITION_ERROR_CONTENT, "line %ld: %s", xmlGetLineNo(node), reason);
    return FALSE;
}

static void add_storage(Reader *reader, char *key)
{
    g_ptr_array_add(reader->needs->storage, key);
}

static void set_host_device(Reader *reader, char *words)
{
    if (reader->needs->host_device)
        g_free(words);
    else
        reader->needs->host_device = words;
}

static void add_directory_of(Reader *reader, const char *path)
{
    g_autofree char *dir = g_path_get_dirname(path);

    add_storage(reader, g_strconcat("file:", dir, NULL));
}

/* ---- disks ---- */

static gboolean read_file(Reader *reader, const xmlNode *source, GError **error)
{
    g_autofree char *path = io_xml_attribute(source, "file");

    if (path == NULL || *path == '\0')
        return TRUE; /* an empty drive */
    if (!g_path_is_absolute(path))
        return io_definition_refuse(
            source, error, "the image file \"%.200s\" is not an absolute path; make it one", path);
    add_directory_of(reader, path);
    if (reader->needs->local_disk == NULL && !reader->is_shared(path))
        reader->needs->local_disk = g_steal_pointer(&path);
    return TRUE;
}

static gboolean read_block(Reader *reader, const xmlNode *source, GError **error)
{
    g_autofree char *path = io_xml_attribute(source, "dev");

    if (path == NULL || *path == '\0')
        return TRUE;
    if (!g_path_is_absolute(path))
        return io_definition_refuse(
            source, error, "the block device \"%.200s\" is not an absolute path; make it one", path);
    add_storage(reader, g_strconcat("block:", path, NULL));
    return TRUE;
}

/* libvirt's default ports (storage_source_conf.c). */
static guint default_port(const char *protocol)
{
    static const struct {
        const char *protocol;
        guint port;
    } ports[] = {{"ftp", 21}, {"ftps", 990}, {"gluster", 24007}, {"http", 80}, {"https", 443}, {"iscsi", 3260},
        {"nbd", 10809}, {"nfs", 2049}, {"rbd", 6789}, {"sheepdog", 7000}, {"ssh", 22}, {"tftp", 69}, {"vxhs", 9999}};

    for (gsize i = 0; i < G_N_ELEMENTS(ports); i++) {
        if (strcmp(protocol, ports[i].protocol) == 0)
            return ports[i].port;
    }
    return 0;
}

/* Sets *ret_address to "host:port", or to NULL for a local socket, whose key is added here. */
static gboolean read_host(Reader *reader, const char *protocol, const xmlNode *host, char **ret_address, GError **error)
{
    g_autofree char *transport = io_xml_attribute(host, "transport");
    g_autofree char *socket = io_xml_attribute(host, "socket");
    g_autofree char *name = io_xml_attribute(host, "name");
    g_autofree char *port_text = io_xml_attribute(host, "port");
    guint64 port = default_port(protocol);

    if (g_strcmp0(transport, "unix") == 0) {
        if (socket == NULL || !g_path_is_absolute(socket))
            return io_definition_refuse(
                host, error, "<host transport=\"unix\"> has no absolute socket path; add socket=\"/...\"");
        add_storage(reader, g_strconcat("unix:", socket, NULL));
        return TRUE;
    }
    if (name == NULL || *name == '\0' || strpbrk(name, " \t\n/,"))
        return io_definition_refuse(
            host, error, "a %s disk has a <host> without a usable name; name the server", protocol);
    if (port_text && !g_ascii_string_to_unsigned(port_text, 10, 1, 65535, &port, NULL))
        return io_definition_refuse(
            host, error, "the port \"%.16s\" of %s is no number in 1 to 65535; correct it", port_text, name);
    if (port == 0)
        return io_definition_refuse(
            host, error, "%s has no port, and %s no usual one; add port=\"...\"", name, protocol);
    *ret_address = g_strdup_printf(strchr(name, ':') && *name != '[' ? "[%s]:%u" : "%s:%u", name, (guint)port);
    return TRUE;
}

static int compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *join_sorted(GPtrArray *addresses)
{
    g_ptr_array_sort(addresses, compare_texts);
    g_ptr_array_add(addresses, NULL);
    return g_strjoinv(",", (char **)addresses->pdata);
}

static gboolean read_network(Reader *reader, const xmlNode *source, GError **error)
{
    g_autofree char *protocol = io_xml_attribute(source, "protocol");
    g_autofree char *name = io_xml_attribute(source, "name");
    g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func(g_free);
    guint n_hosts = 0;

    if (protocol == NULL || *protocol == '\0' || strpbrk(protocol, ":/ "))
        return io_definition_refuse(
            source, error, "a network disk has no protocol; add protocol=\"iscsi\", \"nbd\" or \"rbd\"");
    for (const xmlNode *node = source->children; node; node = node->next) {
        char *address = NULL;

        if (!io_xml_is(node, "host"))
            continue;
        n_hosts++;
        if (!read_host(reader, protocol, node, &address, error))
            return FALSE;
        if (address)
            g_ptr_array_add(addresses, address);
    }
    if (addresses->len > 0) {
        g_autofree char *list = join_sorted(addresses);
        add_storage(reader, g_strdup_printf("%s://%s", protocol, list));
    } else if (n_hosts == 0 && strcmp(protocol, "rbd") == 0) { /* the monitors are in the hosts' ceph.conf */
        gsize pool_len = name ? strcspn(name, "/") : 0;
        add_storage(reader, g_strdup_printf("rbd://%.*s", (int)pool_len, name ? name : ""));
    } else if (n_hosts == 0)
        return io_definition_refuse(source, error, "a %s disk names no <host>; name the server", protocol);
    return TRUE;
}

static gboolean read_disk(Reader *reader, const xmlNode *disk, GError **error)
{
    g_autofree char *type = io_xml_attribute(disk, "type");
    const xmlNode *source = io_xml_child(disk, "source");

    if (g_strcmp0(type, "vhostuser") == 0 || g_strcmp0(type, "vhostvdpa") == 0 || g_strcmp0(type, "nvme") == 0) {
        set_host_device(reader, g_strdup_printf("a disk of type %s, served by this host", type));
        return TRUE;
    }
    if (source == NULL)
        return TRUE;
    if (type == NULL || strcmp(type, "file") == 0)
        return read_file(reader, source, error);
    if (strcmp(type, "block") == 0)
        return read_block(reader, source, error);
    if (strcmp(type, "network") == 0)
        return read_network(reader, source, error);
    if (strcmp(type, "dir") == 0) {
        g_autofree char *dir = io_xml_attribute(source, "dir");
        if (dir)
            add_storage(reader, g_strconcat("file:", dir, NULL));
        if (dir && reader->needs->local_disk == NULL && !reader->is_shared(dir))
            reader->needs->local_disk = g_steal_pointer(&dir);
        return TRUE;
    }
    if (strcmp(type, "volume") == 0)
        return io_definition_refuse(disk, error,
            "a disk is a volume of a libvirt pool, of which nobody can tell from here whether other hosts have it; "
            "name the "
            "volume's path or server instead (virsh vol-path)");
    return io_definition_refuse(
        disk, error, "a disk has the type \"%.32s\", which hactl can't judge; use file, block or network", type);
}

/* ---- the rest ---- */

static void read_interface(Reader *reader, const xmlNode *interface)
{
    g_autofree char *type = io_xml_attribute(interface, "type");
    g_autofree char *bridge = io_xml_attribute(io_xml_child(interface, "source"), "bridge");

    if (g_strcmp0(type, "bridge") == 0 && bridge && *bridge)
        g_ptr_array_add(reader->needs->bridges, g_steal_pointer(&bridge));
    else if (g_strcmp0(type, "hostdev") == 0 || g_strcmp0(type, "vdpa") == 0)
        set_host_device(reader, g_strdup_printf("a network interface of type %s", type));
}

static void read_hostdev(Reader *reader, const xmlNode *hostdev)
{
    g_autofree char *type = io_xml_attribute(hostdev, "type");

    set_host_device(reader, g_strdup_printf("a passed-through %s device", type ? type : "host"));
}

static void read_chardev(Reader *reader, const xmlNode *device)
{
    g_autofree char *type = io_xml_attribute(device, "type");
    g_autofree char *path = io_xml_attribute(io_xml_child(device, "source"), "path");

    if (g_strcmp0(type, "dev") == 0)
        set_host_device(
            reader, g_strdup_printf("a %s port on the host's %s", (const char *)device->name, path ? path : "device"));
}

static void read_filesystem(Reader *reader, const xmlNode *filesystem)
{
    g_autofree char *dir = io_xml_attribute(io_xml_child(filesystem, "source"), "dir");

    if (dir)
        set_host_device(reader, g_strdup_printf("the host's directory %s, shared with the guest", dir));
}

static void read_input(Reader *reader, const xmlNode *input)
{
    g_autofree char *type = io_xml_attribute(input, "type");

    if (g_strcmp0(type, "passthrough") == 0 || g_strcmp0(type, "evdev") == 0)
        set_host_device(reader, g_strdup("an input device of the host"));
}

static void read_tpm(Reader *reader, const xmlNode *tpm)
{
    g_autofree char *type = io_xml_attribute(io_xml_child(tpm, "backend"), "type");

    if (g_strcmp0(type, "passthrough") == 0)
        set_host_device(reader, g_strdup("the host's TPM"));
}

static gboolean read_device(Reader *reader, const xmlNode *node, GError **error)
{
    static const struct {
        const char *element;
        void (*read)(Reader *reader, const xmlNode *node);
    } table[] = {{"interface", read_interface}, {"hostdev", read_hostdev}, {"serial", read_chardev},
        {"parallel", read_chardev}, {"console", read_chardev}, {"channel", read_chardev},
        {"filesystem", read_filesystem}, {"input", read_input}, {"tpm", read_tpm}};

    if (io_xml_is(node, "disk"))
        return read_disk(reader, node, error);
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        if (io_xml_is(node, table[i].element))
            table[i].read(reader, node);
    }
    return TRUE;
}

/* Files that QEMU opens on the target too. Every host has copies of its own, so that they are no local disk. */
static void read_boot_files(Reader *reader, const xmlNode *os)
{
    static const char *const elements[] = {"kernel", "initrd", "dtb", "loader"};

    for (gsize i = 0; i < G_N_ELEMENTS(elements); i++) {
        g_autofree char *path = io_xml_content(io_xml_child(os, elements[i]));

        if (path && g_path_is_absolute(path))
            add_directory_of(reader, path);
    }
}

gboolean io_definition_devices(const xmlNode *root, IoDefinitionShared is_shared, HaNeeds *needs, GError **error)
{
    Reader reader = {is_shared, needs};
    const xmlNode *devices = io_xml_child(root, "devices");

    read_boot_files(&reader, io_xml_child(root, "os"));
    for (const xmlNode *node = devices ? devices->children : NULL; node; node = node->next) {
        if (!read_device(&reader, node, error))
            return FALSE;
    }
    return TRUE;
}
