/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Carrying a workload out: its events, as they would be recorded if the kernel's pages had names.
 *
 * 1. Threads take turns, some operations each; a barrier waits for every thread that has not
 *    ended. So the same workload and seed give the same events everywhere.
 * 2. What is allocated gets a synthetic name (engine/event.h); memory grows with what is alive,
 *    not with the number of events.
 * 3. What a thread does not hold it cannot free: such a step is an error, with its place in the
 *    document.
 */
#ifndef TRACES_GEN_H
#define TRACES_GEN_H

#include "engine/core/diag.h"
#include "engine/core/strtab.h"
#include "engine/event.h"
#include "traces/workload.h"

struct gen_totals {
	uint64_t events, allocs, frees, marks;
	uint64_t live, most_live; /* objects */
	uint64_t live_pages, most_live_pages;
};

/* What a workload must know of the machine it is made for. */
struct gen_machine {
	uint64_t pages;	      /* all that its zones hand out */
	uint64_t share_pages; /* a thread's share of memory: percents of alloc are of it */
	unsigned int page_shift;
};

struct gen_sink {
	/* 0, or a negative -KM_E… with @d filled, which ends the run. */
	int (*events)(void *ctx, const struct km_event *ev, size_t n, struct km_diag *d);
	void *ctx;
};

/**
 * gen_run() - every event of @w, in batches.
 * @strings: gets the threads' names and the markers
 *
 * Return: 0; -KM_EUSAGE with "file:line:column" for a step that cannot be carried out; -KM_ENOMEM;
 * or what the sink returned.
 */
int gen_run(const struct workload *w, const struct gen_machine *m, struct strtab *strings,
	    const struct gen_sink *sink, struct gen_totals *totals,
	    struct km_diag *d) KM_MUST_CHECK;

#endif
