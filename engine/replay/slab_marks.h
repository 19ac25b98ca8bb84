/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which recorded blocks of pages the kernel's object allocator took for itself: objects lay in them
 * before they went back. The survey learns it; a free run then asks, by the number of the
 * mm_page_alloc event.
 */
#ifndef KM_SLAB_MARKS_H
#define KM_SLAB_MARKS_H

#include "engine/event.h"
#include "engine/replay/direct_map.h"

struct slab_marks {
	struct direct_map map;
	uint64_t first_page, nr_pages;
	unsigned int nr_cpus;
	uint64_t *born;	 /* by page: the event that allocated its block; 0: it was there before */
	uint64_t *early; /* objects seen before it is known where pages are mapped */
	size_t nr_early, early_room;
	uint64_t *bits; /* by event */
	size_t nr_words;
};

int slab_marks_init(struct slab_marks *s, uint64_t first_page, uint64_t nr_pages,
		    unsigned int nr_cpus, unsigned int page_shift) KM_MUST_CHECK;
void slab_marks_release(struct slab_marks *s);

/* An event of the survey, its number @no. Return: 0, -KM_ENOMEM. */
int slab_marks_learn(struct slab_marks *s, const struct km_event *ev, uint64_t no) KM_MUST_CHECK;

/* The page of an object; KM_NO_PFN: in none that is mapped directly. */
uint64_t slab_marks_page(const struct slab_marks *s, uint64_t ptr);

/* Did the block of mm_page_alloc @no hold objects? */
bool slab_marks_has(const struct slab_marks *s, uint64_t no);

#endif
