/* SPDX-License-Identifier: GPL-2.0-only */
/* The formats of report_write(), one function each; all of them: 0 or a negative -KM_E… with @d
 * filled. */
#ifndef REPORTS_WRITE_H
#define REPORTS_WRITE_H

#include <stdio.h>

#include "reports/facts.h"

/* A terminal summary on @out; the caller looks for errors of the stream. */
int write_text(FILE *out, const struct facts *f, bool utf8, struct km_diag *d) KM_MUST_CHECK;

/* Its part about contiguous memory, without a heading. */
int text_slab(FILE *out, const struct facts *f, bool utf8, struct km_diag *d) KM_MUST_CHECK;
int text_costs(FILE *out, const struct facts *f, bool utf8, struct km_diag *d) KM_MUST_CHECK;
int text_cma(FILE *out, const struct facts *f, bool utf8, struct km_diag *d) KM_MUST_CHECK;

/* Its part about the run's published curve of @metric, without a heading. */
int text_curve(FILE *out, const struct facts *f, const char *metric, bool utf8,
	       struct km_diag *d) KM_MUST_CHECK;

/* DIR/VIEW.csv and DIR/VIEW.json for each public view. */
int write_csv(const char *dir, const struct facts *f, struct km_diag *d) KM_MUST_CHECK;
int write_json(const char *dir, const struct facts *f, struct km_diag *d) KM_MUST_CHECK;

/* DIR/perfetto.json: the states' counters, labels and failures. */
int write_perfetto(const char *dir, const struct facts *f, struct km_diag *d) KM_MUST_CHECK;

/* DIR/FIGURE[-nodeN-ZONE|-areaN-NAME].png and .svg for each figure. */
int write_png(const char *dir, const struct facts *f, struct km_diag *d) KM_MUST_CHECK;
int write_svg(const char *dir, const struct facts *f, struct km_diag *d) KM_MUST_CHECK;

/* The page, whole. */
int write_html(FILE *out, const struct facts *f, struct km_diag *d) KM_MUST_CHECK;

/* SELECT every column of @view WHERE run = ? in the order of the view's keys, into @sql. */
struct report_table;
void write_select(char *sql, size_t size, const struct report_table *t);

#endif
