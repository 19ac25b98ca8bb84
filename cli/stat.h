/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What kmemlab stat has counted, and how it is to be shown.
 */
#ifndef CLI_STAT_H
#define CLI_STAT_H

#include "cli/counting.h"
#include "cli/cpu_nodes.h"
#include "engine/stat/stat.h"

enum stat_key {
	STAT_KEY_NAME,
	STAT_KEY_BYTES,
	STAT_KEY_REQ,
	STAT_KEY_HIT,
	STAT_KEY_FREES,
	STAT_KEY_FAILED,
	STAT_KEY_PINGPONG,
	STAT_KEY_FRAG,
	STAT_KEY_PEAK,
	STAT_KEY_CROSS_NODE,
	STAT_KEY_LIVE,
	STAT_KEY_LIVE_BYTES,
	STAT_KEY_ORDER,
	STAT_KEY_MIGTYPE,
	STAT_KEY_GFP,
};

enum { STAT_MAX_KEYS = 8 };

struct stat_view {
	struct counting counting;
	struct stat_sums *sums;
	struct stat_config config;
	struct cpu_nodes nodes;
	bool live; /* only what lives at the end */
	enum stat_key keys[STAT_MAX_KEYS];
	size_t nr_keys;
	size_t lines;
};

/* The rows of a sum that are to be shown, in order; NULL: no memory. free() it. */
const struct stat_row **stat_sorted(const struct stat_view *v, enum stat_by by, size_t *n);

/* What a sum is called in JSON and CSV: "call_site" … */
const char *stat_by_name(const struct stat_view *v, enum stat_by by);
/* What its rows are, in words: "call site" … */
const char *stat_by_title(const struct stat_view *v, enum stat_by by);

/* What a row stands for, in words; to be escaped. */
enum { STAT_NAME_LEN = 4200 };
const char *stat_row_name(const struct stat_view *v, enum stat_by by, const struct stat_row *r,
			  char buf[STAT_NAME_LEN]);

int stat_print_text(const struct stat_view *v) KM_MUST_CHECK;
int stat_print_json(const struct stat_view *v) KM_MUST_CHECK;
int stat_print_csv(const struct stat_view *v) KM_MUST_CHECK;

#endif
