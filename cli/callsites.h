/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Call sites as people want them: by function, and bare addresses by the kernel's symbol table.
 */
#ifndef CLI_CALLSITES_H
#define CLI_CALLSITES_H

#include "traces/trace.h"

struct callsites;

/**
 * callsites_open() - for the events of @t.
 * @kallsyms: a kallsyms or System.map to find bare addresses in; NULL: the bundle's meta/kallsyms,
 *            where there is one
 * @address:  keep offsets; otherwise call sites of one function are one
 *
 * Return: 0, or -KM_E… with @d filled.
 */
int callsites_open(struct callsites **out, struct trace *t, const char *kallsyms, bool address,
		   struct km_diag *d) KM_MUST_CHECK;
void callsites_close(struct callsites *c);

/* Put this table's ids in the place of the trace's, in the events that have a call site. */
int callsites_rewrite(struct callsites *c, struct km_event *ev, size_t n) KM_MUST_CHECK;

/* The name behind an id that callsites_rewrite() gave. */
const char *callsites_name(const struct callsites *c, uint32_t id);

#endif
