/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/cost/hist.h"

#include <stdlib.h>
#include <string.h>

#include "engine/core/diag.h"

unsigned int hist_index(unsigned int bits, uint64_t v)
{
	if (!(v >> (bits + 1)))
		return (unsigned int)v;
	unsigned int e = 63 - (unsigned int)__builtin_clzll(v) - bits;

	return (e << bits) + (unsigned int)(v >> e);
}

uint64_t hist_upper(unsigned int bits, unsigned int bucket)
{
	if (!(bucket >> (bits + 1)))
		return bucket;
	unsigned int e = (bucket >> bits) - 1;
	uint64_t m = bucket - ((uint64_t)e << bits);

	return ((m << e) - 1) + (UINT64_C(1) << e);
}

int hist_add(struct hist *h, uint64_t v)
{
	if (!h->bucket)
		h->bucket = calloc(hist_buckets(h->bits), sizeof(*h->bucket));
	if (!h->bucket)
		return -KM_ENOMEM;
	h->bucket[hist_index(h->bits, v)]++;
	h->count++;
	h->total = v > UINT64_MAX - h->total ? UINT64_MAX : h->total + v;
	h->max = v > h->max ? v : h->max;
	return 0;
}

uint64_t hist_quantile(const struct hist *h, unsigned int of_1000)
{
	uint64_t rank = h->count / 1000 * of_1000 + (h->count % 1000 * of_1000 + 999) / 1000;
	uint64_t seen = 0;

	rank = rank ? rank : 1;
	for (unsigned int i = 0; h->count && i < hist_buckets(h->bits); i++) {
		seen += h->bucket[i];
		if (seen >= rank) {
			uint64_t upper = hist_upper(h->bits, i);

			return upper < h->max ? upper : h->max;
		}
	}
	return 0;
}

void hist_clear(struct hist *h)
{
	if (h->bucket)
		memset(h->bucket, 0, hist_buckets(h->bits) * sizeof(*h->bucket));
	h->count = h->total = h->max = 0;
}

void hist_release(struct hist *h)
{
	free(h->bucket);
	*h = (struct hist){ .bits = h->bits };
}
