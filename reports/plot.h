/* SPDX-License-Identifier: GPL-2.0-only */
/* The one door to gnuplot: a script in, a picture out. No shell, no file, no set-up of the user's
 * is involved. */
#ifndef REPORTS_PLOT_H
#define REPORTS_PLOT_H

#include <stdio.h>

#include "engine/core/diag.h"

enum plot_terminal {
	PLOT_PNG,
	PLOT_SVG,	 /* on white, a file of its own */
	PLOT_SVG_INLINE, /* without background and prologue, for a page that has several */
};

enum { PLOT_WIDTH = 1200, PLOT_HEIGHT = 700, PLOT_TIMEOUT_S = 120 };

/**
 * plot_run() - draw @script (@len bytes of gnuplot commands that set no terminal and no output)
 * onto @out.
 * @number: makes the ids of an inline SVG unique in its page
 *
 * The picture depends on the script and gnuplot's version alone: locale, home directory and
 * GNUPLOT_* are not handed on. Return: 0; -KM_EIO where gnuplot cannot be run, fails, or has not
 * ended after PLOT_TIMEOUT_S; -KM_ENOMEM. The caller looks for errors of @out.
 */
int plot_run(FILE *out, const char *script, size_t len, enum plot_terminal terminal,
	     unsigned int number, struct km_diag *d) KM_MUST_CHECK;

#endif
