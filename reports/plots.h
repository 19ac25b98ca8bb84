/* SPDX-License-Identifier: GPL-2.0-only */
/* The figures of a report as data: `kmemlab list plots`, the picture files and the page all walk
 * this table. */
#ifndef REPORTS_PLOTS_H
#define REPORTS_PLOTS_H

#include <stdio.h>

#include "reports/facts.h"

struct plot {
	const char *name;  /* the stem of its files: "map" */
	const char *title; /* "Physical memory over time" */
	const char *about; /* one sentence: what is to be seen and how to read it */
	bool per_zone;	   /* drawn once for each zone; else @zone is NULL */
	bool needs_curve;  /* only for a run that has a published curve */

	/* Write the figure's gnuplot commands; the caller looks for errors of @script. 0 or -KM_E…
	 * with @d filled. */
	int (*draw)(FILE *script, const struct plot *p, const struct facts *f,
		    const struct facts_zone *zone, struct km_diag *d);
};

const struct plot *plots(size_t *n);

#endif
