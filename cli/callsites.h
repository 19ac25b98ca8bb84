/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who allocated, as people want it: the function, past the allocators' own where an event has a
 * call chain, or its module, or the directory of its source; and bare addresses by the kernel's
 * symbol table.
 */
#ifndef CLI_CALLSITES_H
#define CLI_CALLSITES_H

#include "traces/trace.h"

struct callsites;

enum callsites_by { CALLSITES_FUNCTION, CALLSITES_MODULE, CALLSITES_DIRECTORY };

struct callsites_config {
	const char *kallsyms; /* or System.map; NULL: the bundle's meta/kallsyms, if there is one */
	const char *vmlinux;  /* ELF; NULL: none */
	bool address;	      /* keep offsets; otherwise call sites of one function are one */
	enum callsites_by by;
};

/* For the events of @t. Return: 0, or -KM_E… with @d filled. */
int callsites_open(struct callsites **out, struct trace *t, const struct callsites_config *config,
		   struct km_diag *d) KM_MUST_CHECK;
void callsites_close(struct callsites *c);

/*
 * Put this table's ids in the place of the trace's, in the events that allocate: .call_site becomes
 * the object's call site, .stack who allocated, 0 where nothing but .call_site says it.
 */
int callsites_rewrite(struct callsites *c, struct km_event *ev, size_t n) KM_MUST_CHECK;

/* The name behind an id that callsites_rewrite() gave. */
const char *callsites_name(const struct callsites *c, uint32_t id);

/* "call site", "module" or "directory": what the names are. */
const char *callsites_what(const struct callsites *c);

/* Directories were asked for, but nothing says them: modules stand in their place. */
bool callsites_lacks_directories(const struct callsites *c);

#endif
