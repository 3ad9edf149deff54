/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_storage - can this host reach the storage that the cluster's VMs need?
 *
 * Every key is probed every 10 s (each with its own jitter), a new one at once: a TCP connect for network disks, a stat
 * in a thread for directories and devices; 2 s at most. A probe that hangs (a dead NFS server) is left behind and not
 * repeated until it returns; nothing else waits for it.
 */
#ifndef IO_STORAGE_H
#define IO_STORAGE_H

#include "agent/core/model/ha_report.h"

#define IO_STORAGE_KEYS_MAX 1024u
#define IO_STORAGE_PROBE_MS 2000u
#define IO_STORAGE_PERIOD_MS 10000u

typedef struct IoStorage IoStorage;

typedef struct {
    void (*changed)(const char *key, gboolean ok, gpointer data); /* a verdict is new or has turned; main context */
} IoStorageHandler;

/** io_storage_new - @period_ms: IO_STORAGE_PERIOD_MS but in tests. @handler: copied. */
IoStorage *io_storage_new(guint period_ms, const IoStorageHandler *handler, gpointer data);
/** io_storage_free - @storage: nullable. */
void io_storage_free(IoStorage *storage);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IoStorage, io_storage_free)

/**
 * io_storage_set_keys - what to probe from now on.
 * @keys: borrowed, char*, as in HaNeeds.storage; doubles allowed. Beyond IO_STORAGE_KEYS_MAX the last (in order of
 * name) are not probed. Keys that stay keep their verdicts.
 */
void io_storage_set_keys(IoStorage *storage, const GPtrArray *keys);

/** io_storage_fill - append every key with a verdict to report->storage (sorted by the caller's ha_report_sort). */
void io_storage_fill(const IoStorage *storage, HaReport *report);

#endif
