/* SPDX-License-Identifier: GPL-2.0-only */
/* Figures of several runs in one frame: a line for each. */
#ifndef REPORTS_PLOT_COMPARISON_H
#define REPORTS_PLOT_COMPARISON_H

#include "reports/comparison.h"
#include "reports/plots.h"

enum { OVERLAY_MAX_RUNS = 24 };

/* One number of a run at each of its recorded states. */
struct overlay {
	struct plot plot; /* name, title and about; it is not drawn as the figures of one run are */
	const char *ylabel;
	const char *sql; /* sample's ts_ns and the number, of run ?1, by time */
	double scale;
};

const struct overlay *overlays(size_t *n);

/* 0, PLOT_NOTHING where no run has a number, or -KM_E… with @d filled. */
int overlay_draw(FILE *script, const struct overlay *o, const struct comparison *c,
		 struct km_diag *d) KM_MUST_CHECK;

#endif
