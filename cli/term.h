/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words on a terminal. Names that come from a trace are data: what a terminal would obey is printed
 * as \xNN.
 */
#ifndef CLI_TERM_H
#define CLI_TERM_H

#include <inttypes.h>
#include <stdio.h>

#include "cli/command.h"

/* @text with control characters, bidirectional overrides and broken UTF-8 as \xNN. */
void term_text(FILE *to, const char *text);

/* A JSON string with its quotes; broken UTF-8 becomes U+FFFD. */
void term_json(FILE *to, const char *text);

/* A count with its thousands marked: 1,234,567. @buf takes 27 bytes; returns it. */
enum { TERM_COUNT_LEN = 28 };
const char *term_count(char *buf, uint64_t n);

/*
 * hits of total in percent, cut (never rounded up) after five places: "99.99920 %"; "-" for none.
 */
enum { TERM_PERCENT_LEN = 32 };
const char *term_percent(char *buf, uint64_t hits, uint64_t total);

/* Nanoseconds as seconds: "12.345678". */
const char *term_seconds(char *buf, uint64_t ns);

/* "kmemlab: where: what" on stderr; returns the exit status that @d's code stands for. */
int term_error(const struct km_diag *d);

/* The same, said in place. */
int term_fail(enum cli_exit status, const char *fmt, ...) KM_PRINTF(2, 3);

/* "kmemlab: warning: …" on stderr. */
void term_warn(const char *fmt, ...) KM_PRINTF(1, 2);

#endif
