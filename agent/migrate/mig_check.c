/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/migrate/mig_check.h"

#include "agent/migrate/mig_error.h"

#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

#define XFS_MAGIC 0x58465342
#define ZFS_MAGIC 0x2fc12fc1

gboolean mig_check_is_local_path(const char *path)
{
    struct statfs fs;

    if (statfs(path, &fs) != 0)
        return FALSE;
    switch ((guint32)fs.f_type) {
    case EXT4_SUPER_MAGIC: /* ext2, ext3 and ext4 alike */
    case BTRFS_SUPER_MAGIC:
    case TMPFS_MAGIC:
    case RAMFS_MAGIC:
    case OVERLAYFS_SUPER_MAGIC:
    case F2FS_SUPER_MAGIC:
    case XFS_MAGIC:
    case ZFS_MAGIC:
        return TRUE;
    default:
        return FALSE;
    }
}

/* A domain that waits there would make libvirt fail late; one that runs there is an alarm. */
static gboolean check_target_is_free(MigHost *target, const char *vm, GError **error)
{
    MigLook look = {0};

    if (!mig_host_look(target, vm, &look, MIG_HOST_CALL_MS, error))
        return FALSE;
    if (!look.present)
        return TRUE;
    g_set_error(
        error, MIG_ERROR, MIG_ERROR_REFUSED, "the target already has a domain named %s (uuid %s)", vm, look.uuid);
    return FALSE;
}

static gboolean check_cpu(MigHost *target, const MigDomain *domain, GError **error)
{
    g_autoptr(GError) cpu_error = NULL;

    if (domain->cpu_xml == NULL)
        return TRUE;
    if (mig_host_compare_cpu(
            target, domain->arch, domain->machine, domain->virt_type, domain->cpu_xml, MIG_HOST_CALL_MS, &cpu_error))
        return TRUE;
    if (g_error_matches(cpu_error, MIG_ERROR, MIG_ERROR_UNSUPPORTED))
        return TRUE; /* this hypervisor cannot tell; the migration itself will */
    g_propagate_error(error, g_steal_pointer(&cpu_error));
    return FALSE;
}

gboolean mig_check_ready(MigHost *local, MigHost *target, const char *vm, GError **error)
{
    g_autofree char *xml = mig_host_xml(local, vm, MIG_HOST_CALL_MS, error);
    if (xml == NULL)
        return FALSE;
    g_autoptr(MigDomain) domain = mig_domain_parse(xml, strlen(xml), error);
    if (domain == NULL)
        return FALSE;

    g_autofree char *blocker = mig_domain_blocker(domain, mig_check_is_local_path);
    if (blocker) {
        g_set_error(error, MIG_ERROR, MIG_ERROR_REFUSED, "%s", blocker);
        return FALSE;
    }
    return check_target_is_free(target, vm, error) && check_cpu(target, domain, error);
}
