/* SPDX-License-Identifier: GPL-2.0-only */
/* The figures of one run: each of plots(), once or once per zone. */
#ifndef REPORTS_FIGURES_H
#define REPORTS_FIGURES_H

#include "reports/plot.h"
#include "reports/plots.h"

/* Draw one figure onto @out. @number as for plot_run(). */
int figure_draw(FILE *out, const struct plot *p, const struct facts *f,
		const struct facts_zone *zone, enum plot_terminal terminal, unsigned int number,
		struct km_diag *d) KM_MUST_CHECK;

#endif
