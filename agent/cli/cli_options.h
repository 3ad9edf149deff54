/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_options - every option of hactl, once: its spelling, its help, its checked value. A verb names those it takes.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <glib.h>

/* A verb's options are a set of these. --help is understood by every verb. */
typedef guint64 CliOptionSet;
#define CLI_OPTION_BIT(n) (G_GUINT64_CONSTANT(1) << (n))
#define CLI_OPTION_JSON CLI_OPTION_BIT(0)
#define CLI_OPTION_NO_HEADINGS CLI_OPTION_BIT(1)
#define CLI_OPTION_WATCH CLI_OPTION_BIT(2)
#define CLI_OPTION_FOLLOW CLI_OPTION_BIT(3)
#define CLI_OPTION_LINES CLI_OPTION_BIT(4)
#define CLI_OPTION_XML CLI_OPTION_BIT(5)
#define CLI_OPTION_FROM_LIBVIRT CLI_OPTION_BIT(6)
#define CLI_OPTION_STOPPED CLI_OPTION_BIT(7)
#define CLI_OPTION_ALLOW_LOCAL_DISK CLI_OPTION_BIT(8)
#define CLI_OPTION_TO CLI_OPTION_BIT(9)
#define CLI_OPTION_RETURN CLI_OPTION_BIT(10)
#define CLI_OPTION_RESTART CLI_OPTION_BIT(11)
#define CLI_OPTION_DEADLINE CLI_OPTION_BIT(12)
#define CLI_OPTION_DRY_RUN CLI_OPTION_BIT(13)
#define CLI_OPTION_WAIT CLI_OPTION_BIT(14)
#define CLI_OPTION_TIMEOUT CLI_OPTION_BIT(15)
#define CLI_OPTION_NAME CLI_OPTION_BIT(16)
#define CLI_OPTION_AGENT CLI_OPTION_BIT(40)
#define CLI_OPTION_HOST CLI_OPTION_BIT(41)
#define CLI_OPTION_YES CLI_OPTION_BIT(42)
#define CLI_OPTION_FORCE CLI_OPTION_BIT(43)
#define CLI_OPTION_FORCE_WITH_VMS CLI_OPTION_BIT(44)
#define CLI_OPTION_MEMORY CLI_OPTION_BIT(50)
#define CLI_OPTION_VCPU CLI_OPTION_BIT(51)
#define CLI_OPTION_NODE CLI_OPTION_BIT(52)
#define CLI_OPTION_MOVES CLI_OPTION_BIT(53)
#define CLI_OPTION_FILE CLI_OPTION_BIT(60)
#define CLI_OPTION_PRUNE CLI_OPTION_BIT(61)
#define CLI_OPTION_STOP CLI_OPTION_BIT(62)
#define CLI_OPTION_DEFINITIONS CLI_OPTION_BIT(63)
#define CLI_OPTION_LOSE CLI_OPTION_BIT(30)
#define CLI_OPTION_STRICT CLI_OPTION_BIT(31)
#define CLI_OPTION_GROUP CLI_OPTION_BIT(32)

typedef struct {
    gboolean help, json, no_headings, watch, follow, stopped, allow_local, returning, restart, dry_run;
    gboolean wait;                 /* default TRUE */
    gint lines;                    /* 1..512; default 40 */
    guint32 lose;                  /* 1..HA_CAPACITY_LOSE_MAX; 0: not given */
    gint64 deadline_s;             /* a duration; 0: none */
    gint64 timeout_s;              /* a duration; 0: the verb's default */
    guint64 mem_mib;               /* 0: not given */
    guint32 vcpus;                 /* 0: not given */
    char *xml, *from_libvirt, *to; /* nullable */
    char *name, *group;            /* nullable */
    char *agent;                   /* nullable */
    char **hosts;                  /* nullable, NULL-terminated */
    gboolean yes, force, force_with_vms, strict;
    char *node;                    /* nullable */
    gboolean prune, stop, moves;
    char *file, *definitions; /* nullable */
    char **args;              /* NULL-terminated */
    guint n_args;
} CliOptions;

void cli_options_clear(CliOptions *options);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CliOptions, cli_options_clear)

/**
 * cli_options_parse - read a verb's command line.
 * @set: the options it takes.
 * @argv: the words after the verb, NULL-terminated, borrowed; options and arguments in any order, "--" ends the
 * options.
 * @ret_options: set only on success; release with cli_options_clear.
 *
 * Returns: FALSE with CLI_EXIT_USAGE: an option that is unknown or not the verb's, a value that is missing or wrong.
 */
gboolean cli_options_parse(CliOptionSet set, char *const *argv, CliOptions *ret_options, GError **error);

/** cli_options_help - a line an option, "  --json   ..."; --help last. */
void cli_options_help(CliOptionSet set, GString *out);

/** cli_options_words - the options' spellings, one a line, those with a value ending in "=": for the completion. */
void cli_options_words(CliOptionSet set, GString *out);

#endif
