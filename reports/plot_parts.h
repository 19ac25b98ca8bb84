/* SPDX-License-Identifier: GPL-2.0-only */
/* What the figures share: frame, titles, time axis, labels of the trace, colours. */
#ifndef REPORTS_PLOT_PARTS_H
#define REPORTS_PLOT_PARTS_H

#include "reports/plots.h"

/* Titles, margins, key and the time axis in seconds since the trace began. */
void plot_frame(FILE *script, const struct plot *p, const struct facts *f,
		const struct plot_of *of);

/*
 * A thin line and its name at each label of the trace; a red band, never thinner than its edge,
 * where events were lost.
 */
void plot_labels(FILE *script, const struct facts *f);

/* A figure that has nothing to show says so: PLOT_NOTHING. @why is one line. */
int plot_nothing(FILE *script, const char *why);

/* Seconds since the trace began, exactly. */
void plot_seconds(FILE *script, const struct facts *f, int64_t ts_ns);

/*
 * "#rrggbb" number @i of @n along viridis, without the ends that are too bright for a line on white
 * or too dark for one on black.
 */
const char *plot_viridis(char out[8], size_t i, size_t n);

int plot_draw_free(FILE *script, const struct plot *p, const struct facts *f,
		   const struct plot_of *of, struct km_diag *d);
int plot_draw_unusable(FILE *script, const struct plot *p, const struct facts *f,
		       const struct plot_of *of, struct km_diag *d);
int plot_draw_extfrag(FILE *script, const struct plot *p, const struct facts *f,
		      const struct plot_of *of, struct km_diag *d);
int plot_draw_pageblocks(FILE *script, const struct plot *p, const struct facts *f,
			 const struct plot_of *of, struct km_diag *d);
int plot_draw_curve(FILE *script, const struct plot *p, const struct facts *f,
		    const struct plot_of *of, struct km_diag *d);
int plot_draw_map(FILE *script, const struct plot *p, const struct facts *f,
		  const struct plot_of *of, struct km_diag *d);
int plot_draw_fallbacks(FILE *script, const struct plot *p, const struct facts *f,
			const struct plot_of *of, struct km_diag *d);
int plot_draw_cma(FILE *script, const struct plot *p, const struct facts *f,
		  const struct plot_of *of, struct km_diag *d);
int plot_draw_cma_use(FILE *script, const struct plot *p, const struct facts *f,
		      const struct plot_of *of, struct km_diag *d);
int plot_draw_cma_latency(FILE *script, const struct plot *p, const struct facts *f,
			  const struct plot_of *of, struct km_diag *d);
int plot_draw_vmalloc(FILE *script, const struct plot *p, const struct facts *f,
		      const struct plot_of *of, struct km_diag *d);
int plot_draw_vmalloc_use(FILE *script, const struct plot *p, const struct facts *f,
			  const struct plot_of *of, struct km_diag *d);
int plot_draw_vmalloc_work(FILE *script, const struct plot *p, const struct facts *f,
			   const struct plot_of *of, struct km_diag *d);

int plot_draw_latency(FILE *script, const struct plot *p, const struct facts *f,
		      const struct plot_of *of, struct km_diag *d);
int plot_draw_cost_parts(FILE *script, const struct plot *p, const struct facts *f,
			 const struct plot_of *of, struct km_diag *d);

int plot_draw_owners(FILE *script, const struct plot *p, const struct facts *f,
		     const struct plot_of *of, struct km_diag *d);
int plot_draw_slabs(FILE *script, const struct plot *p, const struct facts *f,
		    const struct plot_of *of, struct km_diag *d);
int plot_draw_slack(FILE *script, const struct plot *p, const struct facts *f,
		    const struct plot_of *of, struct km_diag *d);
int plot_draw_churn(FILE *script, const struct plot *p, const struct facts *f,
		    const struct plot_of *of, struct km_diag *d);
int plot_draw_allocators(FILE *script, const struct plot *p, const struct facts *f,
			 const struct plot_of *of, struct km_diag *d);

#endif
