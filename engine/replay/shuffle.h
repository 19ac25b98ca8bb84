/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random freelists: each new slab of a cache hands out its objects in a rotation of one order,
 * which was drawn when the cache was made. Learnt from which object of a slab follows which when
 * both are handed out for the first time.
 *
 * Kernel: mm/slab_common.c:cache_random_seq_create() [6.1], mm/slub.c:shuffle_freelist() [6.1]
 * Differs: where a slab begins in it is known with its first object, not before.
 */
#ifndef KM_SHUFFLE_H
#define KM_SHUFFLE_H

#include "engine/slab/slab.h"

struct shuffle_cache {
	uint16_t *after; /* by object: the one handed out next; SLAB_END: not known */
	uint8_t *votes;	 /* for it */
};

struct shuffle_slab {
	uint64_t page; /* whose slab it was then */
	uint16_t last; /* the last one handed out for the first time */
	uint16_t nr_words;
	uint64_t *touched; /* by object: it was handed out since the slab was new */
};

struct shuffles {
	struct shuffle_cache *cache;
	size_t nr_caches;
	struct shuffle_slab *slab; /* by slab */
	size_t nr_slabs;
	uint64_t straight, turned; /* first uses of the next object, and of another */
};

int shuffles_open(struct shuffles *s, size_t nr_caches) KM_MUST_CHECK;
void shuffles_close(struct shuffles *s);

/* Are freelists random here? */
bool shuffles_random(const struct shuffles *s);

/*
 * @slab is new, and @index the first of its objects that was handed out: they are free in the order
 * its cache is known to have. Return: 0, -KM_ENOMEM.
 */
int shuffles_begin(struct shuffles *s, struct slab_room *room, uint32_t slab,
		   unsigned int index) KM_MUST_CHECK;

/* Object @index was handed out. */
void shuffles_note(struct shuffles *s, const struct slab_room *room, uint32_t slab,
		   unsigned int index);

/* Was it never handed out since its slab was new? */
bool shuffles_untouched(const struct shuffles *s, const struct slab_room *room, uint32_t slab,
			unsigned int index);

#endif
