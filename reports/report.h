/* SPDX-License-Identifier: GPL-2.0-only */
/* kmemlab report: one run of a database as files people and programs read (kmemlab-report.1). */
#ifndef REPORTS_REPORT_H
#define REPORTS_REPORT_H

#include <stdio.h>

#include "engine/core/diag.h"

enum report_format {
	REPORT_HTML = 1u << 0, /* report.html, one page that needs nothing else */
	REPORT_PNG = 1u << 1,  /* a picture per figure and zone, by gnuplot */
	REPORT_SVG = 1u << 2,
	REPORT_CSV = 1u << 3, /* a file per view */
	REPORT_JSON = 1u << 4,
	REPORT_TEXT = 1u << 5,	   /* report.txt */
	REPORT_PERFETTO = 1u << 6, /* perfetto.json: counters over time */
};

#define REPORT_DEFAULT_FORMATS (REPORT_HTML | REPORT_TEXT)

struct report_options {
	const char *db;	      /* the run database */
	const char *dir;      /* where the files go; made where it is missing */
	unsigned int formats; /* enum report_format, or-ed; 0: REPORT_DEFAULT_FORMATS */
	int64_t run;	      /* 0: the last one */
	FILE *terminal;	      /* the text report is printed here too; NULL: it is not */
	bool utf8;	      /* what @terminal and report.txt may hold */
};

/* "html,png,…" as a mask; -KM_EUSAGE with @d filled for a name that is none of them. */
int report_formats(unsigned int *out, const char *list, struct km_diag *d) KM_MUST_CHECK;

/**
 * report_write() - write the report; a file is replaced whole or not at all.
 *
 * Return: 0; -KM_ENOENT (no database, no such run), -KM_EFORMAT (not a run database), -KM_EIO (a
 * file cannot be written, gnuplot cannot be run or fails) or -KM_ENOMEM, with @d filled.
 */
int report_write(const struct report_options *options, struct km_diag *d) KM_MUST_CHECK;

#endif
