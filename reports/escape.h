/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text from a trace or a database is data wherever it is written: one function per language. Each
 * takes any bytes; what is not UTF-8 comes out as U+FFFD. Control bytes and characters that reorder
 * a line come out as \xNN or \u{N}.
 */
#ifndef REPORTS_ESCAPE_H
#define REPORTS_ESCAPE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { ESCAPE_BAD = 0xfffd };

/* The next code point of *@p, which moves past it; ESCAPE_BAD for a byte that belongs to none. 0 at
 * the end. */
uint32_t escape_next(const char **p);

/* Element content and attribute values, of SVG too. Line feeds and tabs pass. */
void escape_html(FILE *f, const char *text);

/*
 * One field after RFC 4180. A text that a spreadsheet would take for a formula (it begins with = +
 * - @ or a tab) gets an apostrophe in front. Line feeds pass, inside quotes.
 */
void escape_csv(FILE *f, const char *text);

/* With the quotes around it. */
void escape_json(FILE *f, const char *text);

/* For a terminal; where it does not do UTF-8 everything beyond ASCII comes out as "?". */
void escape_terminal(FILE *f, const char *text, bool utf8);

/*
 * A gnuplot string with the single quotes around it: in double ones gnuplot runs what is between
 * backquotes. Quotes of either kind inside become ‘ and ’: gnuplot 5.4 takes the '' at a string's
 * beginning for its end. At most @max characters, the last of them "…" where the text is longer.
 */
void escape_gnuplot(FILE *f, const char *text, size_t max);

#endif
