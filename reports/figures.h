/* SPDX-License-Identifier: GPL-2.0-only */
/* The figures of one run: each of plots(), for whatever it is drawn for. */
#ifndef REPORTS_FIGURES_H
#define REPORTS_FIGURES_H

#include "reports/plot.h"
#include "reports/plots.h"

/* How many figures plot @p makes of run @f, and what the @i-th of them is of. */
size_t plot_count(const struct plot *p, const struct facts *f);
struct plot_of plot_subject(const struct plot *p, const struct facts *f, size_t i);

/*
 * The script of one, for plot_run(); *@text is to be freed. Return: 0; PLOT_NOTHING; or a negative
 * -KM_E… with @d filled and *@text NULL.
 */
int figure_script(char **text, size_t *len, const struct plot *p, const struct facts *f,
		  const struct plot_of *of, struct km_diag *d) KM_MUST_CHECK;

#endif
