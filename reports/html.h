/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of the page; all of them: 0 or a negative -KM_E… with @d filled. */
#ifndef REPORTS_HTML_H
#define REPORTS_HTML_H

#include <stdio.h>

#include "reports/facts.h"

struct html {
	FILE *out;
	const struct facts *f;
	struct km_diag *d;
};

/* From the page's first byte to its <main>. */
void html_head(FILE *out, const char *title);

/* <h2 id=ID>TITLE</h2> */
void html_heading(const struct html *h, const char *id, const char *title);

/* A cell of a number with its thousands apart, and one of any text. */
void html_number(const struct html *h, int64_t n);
void html_text(const struct html *h, const char *text);

int html_figures(const struct html *h) KM_MUST_CHECK;

int html_fidelity(const struct html *h) KM_MUST_CHECK;
int html_fallbacks(const struct html *h) KM_MUST_CHECK;
int html_failures(const struct html *h) KM_MUST_CHECK;
int html_pressure(const struct html *h) KM_MUST_CHECK;
int html_cma(const struct html *h) KM_MUST_CHECK;
int html_slab(const struct html *h) KM_MUST_CHECK;
int html_vmalloc(const struct html *h) KM_MUST_CHECK;
int html_labels(const struct html *h) KM_MUST_CHECK;

/* The rows of a view behind a fold; nothing where it has none. */
int html_view(const struct html *h, const char *view) KM_MUST_CHECK;

/* Every other view that has rows. */
int html_views(const struct html *h) KM_MUST_CHECK;

#endif
