/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The nearest of several names to one that was not found, for "did you mean".
 */
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

#include <stddef.h>

struct suggestion {
	const char *word;
	const char *best; /* NULL: nothing near enough was offered */
	size_t distance;
};

/* Keep @name if it is nearer than what was offered before; first offered wins a tie. */
void suggestion_offer(struct suggestion *s, const char *name);

#endif
