/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command table's vocabulary: what a command is called, takes and does. Parsing, --help and the
 * manual's SYNOPSIS all follow from these tables.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdio.h>

#include "engine/core/diag.h"

/* How a run of the program ends (spec: 0 done, 1 found something, 2 usage, 3 host failure). */
enum cli_exit { EXIT_DONE = 0, EXIT_FOUND = 1, EXIT_USAGE = 2, EXIT_HOST = 3 };

enum cli_option_id {
	OPT_CONFIG,
	OPT_SET,
	OPT_MODE,
	OPT_FORCED,
	OPT_FROM,
	OPT_RE_ANCHOR,
	OPT_KERNEL,
	OPT_OUTPUT,
	OPT_FORMAT,
	OPT_RUN,
	OPT_MIN,
	OPT_FIRST_MISS,
	OPT_JSON,
	OPT_QUIET,
	OPT_STRICT,
	OPT_TIME,
	OPT_NS,
	OPT_PARANOID,
	OPT_PRINT_CONFIG,
	OPT_NO_PROGRESS,
	OPT_SLAB,
	OPT_ALLOCATOR,
	OPT_PAGE,
	OPT_CALLER,
	OPT_ALLOC,
	OPT_TASK,
	OPT_CACHE,
	OPT_GFP,
	OPT_LIVE,
	OPT_SORT,
	OPT_LINES,
	OPT_CSV,
	OPT_ADDRESS,
	OPT_KALLSYMS,
	OPT_VMLINUX,
	OPT_GROUP_BY,
	OPT_MIN_AGE,
	OPT_SEED,
	OPT_VARY,
	OPT_BASE,
	OPT_JOBS,
	OPT_FAIL_IF,
	OPT_TLB,
	OPT_PAGE_SIZE,
	OPT_EACH,
	OPT_LIKE,
	OPT_LEAF,
	OPT_DEEPER,
	OPT_BOOT,
	OPT_EVENT,
	OPT_WHAT_IF,
	OPT_HELP,
};

struct cli_option {
	enum cli_option_id id;
	char letter;	  /* 0: long form only */
	const char *name; /* the long form */
	const char *arg;  /* what the value is called; NULL: a switch */
	bool repeats, required;
	bool arg_optional; /* --name alone, --name=ARG, or --name ARG where … */
	bool (*arg_follows)(const char *arg); /* … this says so of the next word */
	const char *help;
};

struct cli_args;

struct cli_command {
	const char *name;
	const char *operands; /* "TRACE"; "" for none */
	unsigned int min_operands, max_operands;
	bool empty_operands; /* '' is one, too */
	const char *summary; /* one line */
	const char *details; /* a paragraph for --help; wrapped when printed */
	const struct cli_option *options;
	size_t nr_options;
	int (*run)(const struct cli_args *args); /* returns an enum cli_exit */
};

/* Defined in a file each. */
extern const struct cli_command command_replay;
extern const struct cli_command command_verify;
extern const struct cli_command command_compare;
extern const struct cli_command command_sweep;
extern const struct cli_command command_explain;
extern const struct cli_command command_report;
extern const struct cli_command command_check;
extern const struct cli_command command_stat;
extern const struct cli_command command_leaks;
extern const struct cli_command command_convert;
extern const struct cli_command command_gen;
extern const struct cli_command command_tlb;
extern const struct cli_command command_calibrate;
extern const struct cli_command command_capture;
extern const struct cli_command command_list;
extern const struct cli_command command_complete;
extern const struct cli_command command_help;

/* The table in the order in which it is shown (commands.c). */
size_t cli_nr_commands(void);
const struct cli_command *cli_command_at(size_t i);
const struct cli_command *cli_command_find(const char *name);

/* Say that there is no such command, with the nearest one; returns EXIT_USAGE. */
int cli_unknown_command(const char *name);

/* ---- what was given (options.c) ---- */

/**
 * cli_args_open() - parse the words after the command's name.
 *
 * Return: 0, or -KM_EUSAGE with @d filled, -KM_ENOMEM.
 */
int cli_args_open(struct cli_args **out, const struct cli_command *command, int argc, char **argv,
		  struct km_diag *d) KM_MUST_CHECK;
void cli_args_close(struct cli_args *a);

const struct cli_command *cli_args_command(const struct cli_args *a);
bool cli_has(const struct cli_args *a, enum cli_option_id id);
/* The last value given, or NULL: not given, or given without a value. */
const char *cli_value(const struct cli_args *a, enum cli_option_id id);
/* The @n-th value given, in order; NULL beyond the last. */
const char *cli_nth_value(const struct cli_args *a, enum cli_option_id id, size_t n);
/* The @n-th operand, or NULL. */
const char *cli_operand(const struct cli_args *a, size_t n);

/* "usage: kmemlab NAME [options] OPERANDS", wrapped; the manual's SYNOPSIS says the same. */
void cli_print_usage(FILE *to, const struct cli_command *command);
void cli_print_help(FILE *to, const struct cli_command *command);
/* All commands, one line each. */
void cli_print_commands(FILE *to);

#endif
