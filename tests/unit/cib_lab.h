/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cib_lab - a CIB in a file, changed by Pacemaker's own library and judged by crm_verify. */
#ifndef CIB_LAB_H
#define CIB_LAB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <crm_config.h>
#include <crm/crm.h>
#include <crm/cib.h>

#include <errno.h>
#include <glib/gstdio.h>
#include <libxml/parser.h>
#include <string.h>
#include <unistd.h>

#include "agent/io/io_cib_change.h"
#include "agent/io/io_cib_decode.h"
#include "agent/io/io_cib_xml.h"

/* A CIB in a file of its own, as the CIB library holds it. */
typedef struct {
    char *dir, *path;
    cib_t *cib;
} Lab;

static inline void lab_open(Lab *lab)
{
    lab->cib = cib_file_new(lab->path);
    assert_non_null(lab->cib);
    assert_int_equal(lab->cib->cmds->signon(lab->cib, "test", cib_command), pcmk_ok);
}

static inline Lab *lab_new(const char *cib)
{
    Lab *lab = g_new0(Lab, 1);
    lab->dir = g_dir_make_tmp("hactl-cib-XXXXXX", NULL);
    lab->path = g_build_filename(lab->dir, "cib.xml", NULL);
    assert_true(g_file_set_contents(lab->path, cib, -1, NULL));
    lab_open(lab);
    return lab;
}

static inline int lab_setup(void **state)
{
    g_autofree char *source = g_build_filename(HA_SOURCE_DIR, "tests", "unit", "cib", "base.xml", NULL);
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(source, &text, NULL, NULL));
    *state = lab_new(text);
    return 0;
}

static inline int lab_teardown(void **state)
{
    Lab *lab = *state;
    lab->cib->cmds->signoff(lab->cib);
    cib_delete(lab->cib);
    const char *names[] = {"cib.xml", "cib.xml.sig", "cib.last", NULL};
    for (int i = 0; names[i]; i++) {
        g_autofree char *path = g_build_filename(lab->dir, names[i], NULL);
        g_unlink(path);
    }
    g_rmdir(lab->dir);
    g_free(lab->dir);
    g_free(lab->path);
    g_free(lab);
    return 0;
}

static inline xmlNode *query(const Lab *lab)
{
    xmlNode *cib = NULL;
    assert_int_equal(lab->cib->cmds->query(lab->cib, NULL, &cib, cib_sync_call), pcmk_ok);
    return cib;
}

static inline HaConfig *decode(const Lab *lab)
{
    xmlNode *cib = query(lab);
    HaConfig *config = io_cib_decode(cib, NULL);
    assert_non_null(config);
    xmlFreeDoc(cib->doc);
    return config;
}

/* crm_verify on what the library holds now. */
static inline void verify(const Lab *lab)
{
    xmlNode *cib = query(lab);
    g_autofree char *path = g_build_filename(lab->dir, "verify.xml", NULL);
    assert_true(xmlSaveFile(path, cib->doc) > 0);
    xmlFreeDoc(cib->doc);
    const char *argv[] = {"crm_verify", "--verbose", "--xml-file", path, NULL};
    g_autofree char *err = NULL;
    int status = -1;
    g_autoptr(GError) error = NULL;
    if (!g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &err, &status, &error))
        fail_msg("crm_verify: %s", error->message);
    g_unlink(path);
    if (status != 0)
        fail_msg("crm_verify is not content: %s", err);
}

/* What io_cib does with a write. */
static inline int carry_out(const Lab *lab, const IoCibWrite *write)
{
    cib_t *cib = lab->cib;
    if (write->remove_path) {
        int rc = cib->cmds->remove(cib, write->remove_path, NULL, cib_sync_call | cib_xpath | cib_multiple);
        if (rc != pcmk_ok)
            return rc;
    }
    if (write->replaces)
        return cib->cmds->replace(cib, write->modify_path, xmlDocGetRootElement(write->doc), cib_sync_call | cib_xpath);
    return cib->cmds->modify(cib, write->modify_path, xmlDocGetRootElement(write->doc), cib_sync_call | cib_xpath);
}

static inline IoCibWrite *prepare(const Lab *lab, guint64 term, GPtrArray *changes)
{
    xmlNode *cib = query(lab);
    g_autoptr(GError) error = NULL;
    IoCibWrite *write = io_cib_write_changes(cib, term, changes, &error);
    xmlFreeDoc(cib->doc);
    if (!write)
        fail_msg("%s", error->message);
    return write;
}

/* Carry out one change under term 4, verify, and read back. */
static inline HaConfig *apply(const Lab *lab, HaChange *change)
{
    g_autoptr(GPtrArray) changes = ha_change_list_new();
    g_ptr_array_add(changes, change);
    g_autoptr(IoCibWrite) write = prepare(lab, 4, changes);
    assert_int_equal(carry_out(lab, write), pcmk_ok);
    verify(lab);
    return decode(lab);
}

static inline char *dump(const Lab *lab, const char *xpath)
{
    xmlNode *found = NULL;
    if (lab->cib->cmds->query(lab->cib, xpath, &found, cib_sync_call | cib_xpath) != pcmk_ok)
        return NULL;
    g_autofree char *name = g_strdup((const char *)found->name);
    xmlFreeDoc(found->doc);
    return g_steal_pointer(&name);
}

static inline void assert_absent(const Lab *lab, const char *xpath)
{
    g_autofree char *found = dump(lab, xpath);
    if (found)
        fail_msg("still there: %s", xpath);
}

static inline void assert_present(const Lab *lab, const char *xpath)
{
    g_autofree char *found = dump(lab, xpath);
    if (!found)
        fail_msg("not there: %s", xpath);
}

#endif
