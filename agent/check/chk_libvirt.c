/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks of libvirt and of the VMs' definitions. */
#include <string.h>

#include "agent/check/chk_report.h"
#include "agent/core/model/ha_sorted.h"

static void away(const ChkFacts *facts, ChkReport *report)
{
    if (!facts->libvirt && facts->libvirt_error)
        chk_find(report, facts->node, "systemctl status libvirtd (or virtqemud); start it", "%s", facts->libvirt_error);
}

static void peers(const ChkFacts *facts, ChkReport *report)
{
    for (guint i = 0; i < facts->peers->len; i++) {
        const ChkProbe *peer = facts->peers->pdata[i];
        if (peer->answer == CHK_BAD)
            chk_find(report, peer->name,
                "let its libvirt listen, and open the port; another address: [migration] uri in /etc/hactl/hactl.conf",
                "its libvirt can't be reached from %s, so nothing can move there: %s", facts->node,
                peer->text ? peer->text : "no reason given");
    }
}

static void autostart(const ChkFacts *facts, ChkReport *report)
{
    for (guint i = 0; facts->config && i < facts->autostart->len; i++) {
        const char *vm = facts->autostart->pdata[i];
        if (ha_config_find_vm(facts->config, vm))
            chk_find(report, vm, "virsh autostart --disable NAME",
                "libvirt on %s starts it by itself at boot, whoever runs it then", facts->node);
    }
}

static void guests(const ChkFacts *facts, ChkReport *report)
{
    if (facts->libvirt_guests && facts->config && facts->config->vms->len > 0)
        chk_find(report, facts->node, "systemctl disable --now libvirt-guests",
            "libvirt-guests is enabled: at shutdown it stops or saves VMs behind Pacemaker's back");
}

static void locks(const ChkFacts *facts, ChkReport *report)
{
    gboolean locked = facts->lock_manager &&
                      (strcmp(facts->lock_manager, "lockd") == 0 || strcmp(facts->lock_manager, "sanlock") == 0);
    if (facts->qemu_conf && !locked)
        chk_find(report, facts->node,
            "set lock_manager = \"lockd\" (or \"sanlock\") in /etc/libvirt/qemu.conf, start virtlockd, restart "
            "libvirtd",
            "libvirt has no lock manager: a `virsh start` by hand of a VM that runs elsewhere is not refused");
}

static void processors(const ChkFacts *facts, ChkReport *report)
{
    for (guint i = 0; i < facts->definitions->len; i++) {
        const ChkDefinition *definition = facts->definitions->pdata[i];
        if (definition->cpu && g_str_has_prefix(definition->cpu, "host-") && strcmp(definition->cpu, "host-model") != 0)
            chk_find(report, definition->vm, "give it a model that every host has: virsh hypervisor-cpu-baseline",
                "its processor is %s: it moves only between hosts with the very same one", definition->cpu);
        else if (definition->cpu && strcmp(definition->cpu, "host-model") == 0)
            chk_find(report, definition->vm, "give it a model that every host has: virsh hypervisor-cpu-baseline",
                "its processor is host-model: started on a newer host it can't move to an older one");
    }
}

static void disks(const ChkFacts *facts, ChkReport *report)
{
    for (guint i = 0; i < facts->definitions->len; i++) {
        const ChkDefinition *definition = facts->definitions->pdata[i];
        if (definition->local_disk)
            chk_find(report, definition->vm, "put the image on storage that every host reaches",
                "%s lies on one host: the VM can't move, and is not recovered elsewhere", definition->local_disk);
    }
}

static const ChkCheck checks[] = {
    {"libvirt-away", CHK_LIBVIRT, CHK_ERROR, "libvirt can't be asked", away},
    {"libvirt-peer", CHK_LIBVIRT, CHK_ERROR, "a host can't be reached for a migration", peers},
    {"libvirt-autostart", CHK_LIBVIRT, CHK_ERROR, "libvirt starts a VM of the cluster", autostart},
    {"libvirt-guests", CHK_LIBVIRT, CHK_ERROR, "libvirt-guests stops VMs of the cluster", guests},
    {"libvirt-locks", CHK_LIBVIRT, CHK_WARNING, "no lock manager", locks},
    {"vm-local-disk", CHK_LIBVIRT, CHK_WARNING, "a disk on one host", disks},
    {"vm-processor", CHK_LIBVIRT, CHK_NOTE, "a VM's processor", processors},
};

const ChkCheck *chk_libvirt_checks(guint *ret_n)
{
    *ret_n = G_N_ELEMENTS(checks);
    return checks;
}
