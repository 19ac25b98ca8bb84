/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Optimal string alignment distance (Damerau's four edits: insert, delete, replace, swap
 * neighbours), three rows at a time.
 */
#include "cli/suggest.h"

#include <stdint.h>
#include <string.h>

enum { LONGEST = 64 };

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t edits(const char *a, const char *b)
{
	size_t rows[3][LONGEST + 1];
	size_t *before = rows[0], *above = rows[1], *row = rows[2];
	size_t na = strlen(a), nb = strlen(b);

	if (na > LONGEST || nb > LONGEST)
		return SIZE_MAX;
	for (size_t j = 0; j <= nb; j++)
		above[j] = j;
	for (size_t i = 1; i <= na; i++) {
		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			size_t n = above[j - 1] + (a[i - 1] != b[j - 1]);

			n = least(n, least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				n = least(n, before[j - 2] + 1);
			row[j] = n;
		}
		size_t *spare = before;

		before = above;
		above = row;
		row = spare;
	}
	return above[nb];
}

void suggestion_offer(struct suggestion *s, const char *name)
{
	size_t n = edits(s->word, name);
	size_t near = strlen(s->word) / 3 + 1;

	/* A word begun but not finished is near, too. */
	if (*s->word && !strncmp(s->word, name, strlen(s->word)))
		n = least(n, 1);
	if (n <= near && (!s->best || n < s->distance)) {
		s->best = name;
		s->distance = n;
	}
}
