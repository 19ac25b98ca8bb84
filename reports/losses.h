/* SPDX-License-Identifier: GPL-2.0-only */
/* What of the trace is missing, where, and how far the numbers after that can be off. */
#ifndef REPORTS_LOSSES_H
#define REPORTS_LOSSES_H

#include <stdio.h>

#include "reports/facts.h"

/* Fill @f's losses, gaps and doubts; the rest of @f is loaded. facts_release() frees them. */
int losses_load(struct facts *f, struct km_diag *d) KM_MUST_CHECK;

/*
 * "0.62 % of the events are missing between 1.250 s and 3.000 s (CPU 0: 73, lost)", times since the
 * trace began. @escape writes a text that a trace may have chosen.
 */
void losses_say(FILE *out, const struct facts *f, const struct facts_loss *l,
		void (*escape)(FILE *out, const char *text));

/* "The numbers after that are uncertain by up to 1,234 pages (4.8 MiB)…"; @f has losses. */
void losses_say_doubt(FILE *out, const struct facts *f);

#endif
