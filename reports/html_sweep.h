/* SPDX-License-Identifier: GPL-2.0-only */
/* The part of a comparison's page that shows many configurations at once. */
#ifndef REPORTS_HTML_SWEEP_H
#define REPORTS_HTML_SWEEP_H

#include "reports/comparison.h"

/* Heat maps over the first two settings that vary, and the Pareto front; nothing for fewer than
 * four configurations. -KM_E… with @d filled. */
int html_sweep(FILE *out, const struct comparison *c, struct km_diag *d) KM_MUST_CHECK;

#endif
