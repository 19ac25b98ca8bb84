/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine laid out by hand for the tests of the engine's rooms: zones, lists and limits without
 * a capture.
 * Every step the rooms report is kept; lists read as text, head first.
 */
#ifndef KM_TEST_RIG_H
#define KM_TEST_RIG_H

#include "engine/cma/cma.h"
#include "engine/pages/pages.h"
#include "engine/variant/variant.h"

enum { RIG_ZONES = 3, RIG_CPUS = 4, RIG_STEPS = 65536, RIG_TEXT = 65536, RIG_TEXTS = 4 };

struct rig_zone {
	const char *name;
	unsigned int index;
	uint64_t start, end; /* pfns [start, end) */
};

struct rig_shape {
	unsigned int pb_order; /* 0: 9 */
	unsigned int nr_cpus;  /* 0: 1 */
	unsigned int nr_nodes; /* 0: 1; zones are split evenly */
	bool cma;
	bool zone_dma; /* the kernel has ZONE_DMA: DMA 0, DMA32 1, NORMAL 2, MOVABLE 3 */
	struct rig_zone zone[RIG_ZONES];      /* none: one DMA32 zone of 4095 pages at pfn 1 */
	const struct kernel_profile *profile; /* NULL: 6.1 */
};

struct rig {
	const struct kernel_profile *profile;
	struct frames frames;
	struct zone zone[RIG_ZONES];
	struct buddy buddy[RIG_ZONES];
	struct pcp pcp[RIG_ZONES * RIG_CPUS];
	struct pages pages;
	struct probe probe;
	struct step step[RIG_STEPS];
	size_t nr_steps;
	char text[RIG_TEXTS][RIG_TEXT];
	unsigned int next_text;
};

/*
 * Nothing is free and nothing known; pageblocks whose first page is in a zone are movable. Aborts
 * on failure.
 */
void rig_open(struct rig *r, const struct rig_shape *shape);
void rig_close(struct rig *r);

/* Give one block to the free lists; aborts when refused. */
void rig_free(struct rig *r, uint64_t nr, unsigned int order, unsigned int mt);
/* List a block at the tail as it is, without merging. */
void rig_list(struct rig *r, uint64_t nr, unsigned int order, unsigned int mt);
/*
 * Hand every page of every zone over as memblock_free_all() does: ascending, largest blocks, to
 * the tails.
 */
void rig_boot(struct rig *r);
/* Note a block on no list as handed out to requests of type @mt. */
void rig_used(struct rig *r, uint64_t nr, unsigned int order, unsigned int mt);
void rig_type(struct rig *r, uint64_t nr, unsigned int mt);
/* Isolate the pageblocks of [@start, @end) for a request of the first one's type. */
bool rig_isolate(struct rig *r, struct contig *c, uint64_t start, uint64_t end);
unsigned int rig_type_of(const struct rig *r, uint64_t nr);

/*
 * Heads of a free list from its head to its tail, "8 12"; "" when empty. Good for the next three
 * calls.
 */
const char *rig_blocks(struct rig *r, unsigned int zone, unsigned int order, unsigned int mt);
/* The same of every per-CPU list @index. */
const char *rig_kept(struct rig *r, unsigned int zone, unsigned int cpu, unsigned int index);
/* pfns of the steps of one kind, in order; the count of each. */
const char *rig_steps(struct rig *r, enum step_kind kind);
void rig_forget_steps(struct rig *r);

/* Recount everything from the frames up, the rooms' own checks aside. NULL, or what is wrong. */
const char *rig_recount(struct rig *r);

#endif
