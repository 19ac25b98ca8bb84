/* SPDX-License-Identifier: GPL-2.0-only */
/* Keys of the configuration that take several values, and every combination of them. */
#ifndef CLI_VARIATION_H
#define CLI_VARIATION_H

#include "cli/command.h"

enum { VARIATION_MAX_KEYS = 8, VARIATION_MAX_VALUES = 256, VARIATION_MAX_RUNS = 100000 };

struct variation_key {
	char *key; /* "machine.cma" */
	char **value;
	size_t nr_values;
};

/* Combinations are numbered from 0; the last key changes fastest. */
struct variation {
	struct variation_key key[VARIATION_MAX_KEYS];
	size_t nr_keys, nr;
	const char *where; /* in errors; NULL: "--vary" */
};

/**
 * variation_add() - take "KEY=A,B,C"; commas within [], {} and quotes are the values' own.
 *
 * Return: 0; -KM_EUSAGE for an unknown key, one given twice, a value that it does not take;
 * -KM_ENOMEM; @d is filled. Either way @v wants variation_release().
 */
int variation_add(struct variation *v, const char *text, struct km_diag *d) KM_MUST_CHECK;

/* The same piece by piece: a key, then its values, at least one. */
int variation_add_key(struct variation *v, const char *key, size_t len,
		      struct km_diag *d) KM_MUST_CHECK;
int variation_add_value(struct variation *v, const char *value, size_t len,
			struct km_diag *d) KM_MUST_CHECK;

/* Does the key take the value? 0; -KM_EUSAGE or -KM_ENOMEM with @d filled. */
int variation_try(const char *key, const char *value, struct km_diag *d) KM_MUST_CHECK;
void variation_release(struct variation *v);

/* The value of key number @k in combination @i. */
const char *variation_value(const struct variation *v, size_t i, size_t k);

/* Combination @i as settings for prepare_trace_with(), .nr_keys of them; variation_free(). */
char **variation_settings(const struct variation *v, size_t i);
void variation_free(const struct variation *v, char **settings);

/* "machine.cma=32M policy.kernel=6.1"; for free(). NULL: no memory. */
char *variation_name(const struct variation *v, size_t i);

#endif
