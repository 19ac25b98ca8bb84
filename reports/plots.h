/* SPDX-License-Identifier: GPL-2.0-only */
/* The figures of a report as data: `kmemlab list plots`, the picture files and the page all walk
 * this table. */
#ifndef REPORTS_PLOTS_H
#define REPORTS_PLOTS_H

#include <stdio.h>

#include "reports/facts.h"

/* Drawn once for the run, for each zone, or for each CMA area. */
enum plot_per { PLOT_PER_RUN, PLOT_PER_ZONE, PLOT_PER_AREA };

/* Drawn only for a run that has it. */
enum plot_needs {
	PLOT_NEEDS_NOTHING,
	PLOT_NEEDS_CURVE, /* a published one */
	PLOT_NEEDS_OWNERS,
	PLOT_NEEDS_CACHES,
	PLOT_NEEDS_SITES,
	PLOT_NEEDS_VMALLOC, /* states that know of virtual addresses */
	PLOT_NEEDS_COSTS,   /* a table of costs */
	PLOT_NEEDS_RUNS,    /* several in its database that have slabs */
};

/* What a figure is of: as its plot's .per says, the other is NULL. */
struct plot_of {
	const struct facts_zone *zone;
	const struct facts_area *area;
};

struct plot {
	const char *name;  /* the stem of its files: "map" */
	const char *title; /* "Physical memory over time" */
	const char *about; /* one sentence: what is to be seen and how to read it */
	enum plot_per per;
	enum plot_needs needs;

	/*
	 * Write the figure's gnuplot commands; the caller looks for errors of @script. 0,
	 * PLOT_NOTHING, or -KM_E… with @d filled.
	 */
	int (*draw)(FILE *script, const struct plot *p, const struct facts *f,
		    const struct plot_of *of, struct km_diag *d);
};

/* There is nothing to be seen; the script draws an empty figure that says why. */
enum { PLOT_NOTHING = 1 };

/* Why, of a script that came with PLOT_NOTHING: @len bytes. */
const char *plot_why_nothing(const char *script, size_t *len);

const struct plot *plots(size_t *n);

#endif
