/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_trim.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* A mapping of /proc/self/smaps. */
typedef struct {
    gulong begin, end;
    char perms[8];
    gulong inode;
    gulong rss_kib;
    gulong anonymous_kib; /* pages written to: relocations, breakpoints */
} Mapping;

static gboolean read_head(const char *line, Mapping *ret)
{
    Mapping mapping = {0};

    if (sscanf(line, "%lx-%lx %7s %*s %*s %lu", &mapping.begin, &mapping.end, mapping.perms, &mapping.inode) != 4)
        return FALSE;
    *ret = mapping;
    return TRUE;
}

static gsize drop(const Mapping *mapping)
{
    gboolean text = strcmp(mapping->perms, "r-xp") == 0 || strcmp(mapping->perms, "r--p") == 0;

    if (!text || mapping->inode == 0 || mapping->anonymous_kib > 0 || mapping->rss_kib == 0)
        return 0;
    if (madvise((void *)mapping->begin, mapping->end - mapping->begin, MADV_DONTNEED) < 0)
        return 0;
    return mapping->rss_kib * 1024;
}

gsize io_trim_text(void)
{
    FILE *smaps = fopen("/proc/self/smaps", "re");
    char line[4352]; /* a path and what is before it */
    Mapping mapping = {0};
    gsize dropped = 0;

    while (smaps && fgets(line, sizeof line, smaps)) {
        if (sscanf(line, "Rss: %lu", &mapping.rss_kib) == 1 || read_head(line, &mapping))
            continue;
        if (sscanf(line, "Anonymous: %lu", &mapping.anonymous_kib) == 1)
            dropped += drop(&mapping);
    }
    if (smaps)
        fclose(smaps);
    malloc_trim(0);
    return dropped;
}
