/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_fence_history.h"

#include <gio/gio.h>
#include <libxml/parser.h>
#include <string.h>

#include "agent/io/io_cib_xml.h"

static void event_free(IoFenceEvent *event)
{
    g_free(event->target);
    g_free(event->action);
    g_free(event->status);
    g_free(event->reason);
    g_free(event);
}

/* "2026-11-27 15:04:05Z", "2026-11-27 15:04:05.123456Z", "2026-11-27 15:04:05 +01:00" */
static gint64 time_of(const char *text)
{
    g_autofree char *iso = g_strdup(text);
    char *zone = strrchr(iso, ' ');
    if (zone && strchr("+-", zone[1]))
        memmove(zone, zone + 1, strlen(zone));
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(iso, utc);
    return time ? g_date_time_to_unix(time) : 0;
}

static void take_event(const xmlNode *xml, GPtrArray *events)
{
    const char *target = io_xml_attr(xml, "target"), *completed = io_xml_attr(xml, "completed");
    if (!target)
        return;
    IoFenceEvent *event = g_new0(IoFenceEvent, 1);
    event->target = g_strdup(target);
    event->action = g_strdup(io_xml_attr(xml, "action"));
    event->status = g_strdup(io_xml_attr(xml, "status"));
    event->reason = g_strdup(io_xml_attr(xml, "exit-reason"));
    event->when_s = completed ? time_of(completed) : 0;
    event->succeeded = io_xml_attr_is(xml, "status", "success");
    g_ptr_array_add(events, event);
}

static void take_events(const xmlNode *parent, GPtrArray *events)
{
    for (const xmlNode *child = io_xml_child(parent, NULL); child; child = io_xml_next(child, NULL)) {
        if (strcmp((const char *)child->name, "fence_event") == 0)
            take_event(child, events);
        else
            take_events(child, events);
    }
}

/* What is under way comes first. */
static gint newest_first(gconstpointer a, gconstpointer b)
{
    gint64 left = (*(const IoFenceEvent *const *)a)->when_s, right = (*(const IoFenceEvent *const *)b)->when_s;
    left = left ? left : G_MAXINT64;
    right = right ? right : G_MAXINT64;
    return (left < right) - (left > right);
}

GPtrArray *io_fence_history_read(const char *xml, GError **error)
{
    int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
    xmlDoc *doc = xmlReadMemory(xml, (int)strlen(xml), "stonith_admin", NULL, options);
    if (!doc) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
            "stonith_admin's answer is not understood; try: stonith_admin --history '*' --output-as=xml");
        return NULL;
    }
    GPtrArray *events = g_ptr_array_new_with_free_func((GDestroyNotify)event_free);
    take_events(xmlDocGetRootElement(doc), events);
    g_ptr_array_sort(events, newest_first);
    xmlFreeDoc(doc);
    return events;
}
