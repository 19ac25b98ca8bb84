/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options that several commands share, each said once.
 */
#ifndef CLI_OPTIONS_COMMON_H
#define CLI_OPTIONS_COMMON_H

#include "cli/command.h"

/* clang-format off */
#define OPTION_CONFIG \
	{ .id = OPT_CONFIG, .letter = 'c', .name = "config", .arg = "CONFIG.yaml", .repeats = true, \
	  .help = "read a configuration; a later one wins (kmemlab-config(5))" }
#define OPTION_SET \
	{ .id = OPT_SET, .name = "set", .arg = "KEY=VALUE", .repeats = true, \
	  .help = "set one key of the configuration, e.g. policy.min_free_kbytes=8192" }
#define OPTION_KERNEL \
	{ .id = OPT_KERNEL, .name = "kernel", .arg = "VER", \
	  .help = "model this kernel release instead of the trace's own" }
#define OPTION_ALLOCATOR \
	{ .id = OPT_ALLOCATOR, .name = "slab", .arg = "NAME", \
	  .help = "with simulate: serve objects by slub, slab or slob; the same as policy.slab" }
#define OPTION_JSON \
	{ .id = OPT_JSON, .name = "json", .help = "print JSON instead of text" }
#define OPTION_JOBS \
	{ .id = OPT_JOBS, .letter = 'j', .name = "jobs", .arg = "N", \
	  .help = "so many runs side by side; as many as there are CPUs where not given" }
#define OPTION_QUIET \
	{ .id = OPT_QUIET, .letter = 'q', .name = "quiet", .help = "print nothing but errors" }
#define OPTION_STRICT \
	{ .id = OPT_STRICT, .name = "strict", .help = "any lost event is exit status 1" }
#define OPTION_PARANOID \
	{ .id = OPT_PARANOID, .name = "paranoid", \
	  .help = "recount the whole model after every event (very slow)" }
#define OPTION_PRINT_CONFIG \
	{ .id = OPT_PRINT_CONFIG, .name = "print-config", \
	  .help = "print the configuration in effect and stop" }
#define OPTION_SLAB \
	{ .id = OPT_SLAB, .name = "slab", .help = "objects of the slab allocator only" }
#define OPTION_PAGE \
	{ .id = OPT_PAGE, .name = "page", .help = "pages of the page allocator only" }
#define OPTION_LINES \
	{ .id = OPT_LINES, .letter = 'n', .name = "lines", .arg = "LINES", \
	  .help = "print at most this many lines of each table" }
#define OPTION_CSV \
	{ .id = OPT_CSV, .name = "csv", .help = "print CSV instead of text" }
#define OPTION_ADDRESS \
	{ .id = OPT_ADDRESS, .name = "address", \
	  .help = "keep the offsets of call sites; otherwise those of one function are one" }
#define OPTION_KALLSYMS \
	{ .id = OPT_KALLSYMS, .name = "kallsyms", .arg = "FILE", \
	  .help = "find bare addresses, and modules, in this kallsyms or System.map" }
#define OPTION_VMLINUX \
	{ .id = OPT_VMLINUX, .name = "vmlinux", .arg = "FILE", \
	  .help = "find bare addresses in this kernel's ELF file, and, where it has debug " \
		  "information, the directories of its source" }
#define OPTION_NO_PROGRESS \
	{ .id = OPT_NO_PROGRESS, .name = "no-progress", .help = "draw no progress bar" }
#define OPTION_HELP \
	{ .id = OPT_HELP, .letter = 'h', .name = "help", .help = "print this help and stop" }
/* clang-format on */

#endif
