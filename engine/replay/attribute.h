/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose pages are these? Every recorded allocation and free of pages gets the layer of the kernel
 * that asked for it, as far as other events tell, the model knows, or the request's flags say:
 *
 * An object that lies in a page makes it a slab's, a page-cache event the page cache's; what is
 * allocated while a vmalloc area or a percpu chunk gets its pages is theirs, a range that
 * cma_alloc() got is CMA's. Untraced pages of bulk requests are where the model put them.
 *
 * What tells may come after the allocation, so an event is counted when its page is given back, or
 * at the end. A page's owner takes five bytes, as lazily as its frame.
 *
 * Kernel: none
 */
#ifndef KM_ATTRIBUTE_H
#define KM_ATTRIBUTE_H

#include "engine/event.h"
#include "engine/replay/direct_map.h"
#include "engine/replay/objects.h"
#include "engine/result.h"

enum owner {
	OWNER_UNKNOWN, /* given back, from before the trace or never seen allocated */
	OWNER_KERNEL,  /* none of those below */
	OWNER_PAGE_CACHE,
	OWNER_ANONYMOUS,
	OWNER_USER, /* movable: one of the two above */
	OWNER_PIPE,
	OWNER_PAGE_TABLE,
	OWNER_SLAB,
	OWNER_LARGE_KMALLOC,
	OWNER_VMALLOC,
	OWNER_BULK, /* vmalloc's, untraced */
	OWNER_STACK,
	OWNER_PERCPU,
	OWNER_CMA,
	NR_OWNERS,
};

/* What an owner rests on; the higher wins. */
enum certainty { CERTAIN_NONE, CERTAIN_FLAGS, CERTAIN_MODEL, CERTAIN_EVENT, NR_CERTAINTIES };

struct owner_page;

struct owner_count {
	uint64_t pages, events;
};

enum { OWNER_TASKS = 16, OWNER_RECENT = 64, OWNER_BULKS = 1024 };

struct attribution {
	uint64_t first_page, nr_pages;
	unsigned int page_shift, nr_cpus, stack_pages;
	struct objects *objects; /* NULL: caches are not known */
	struct owner_page *page;
	uint8_t *told;			     /* by page: attribute_told.c */
	unsigned int told_round, told_order; /* told_order: the largest of a block */
	struct direct_map map;
	bool filemap; /* the trace tells of the page cache */
	uint64_t live[NR_OWNERS];
	struct owner_count count[NR_OWNERS][NR_CERTAINTIES]; /* all but slabs' */
	struct owner_count (*cache)[NR_CERTAINTIES]; /* slabs', by cache + 1; 0: not known */
	size_t nr_caches;
	/* Who is getting pages for an area: so many are still to come. */
	struct owner_task {
		int32_t pid;
		bool stack;
		uint32_t pages;
	} task[OWNER_TASKS];
	unsigned int task_at;
	/* Pages that may turn out to be a percpu chunk's. */
	struct owner_recent {
		int32_t pid;
		uint64_t pfn; /* KM_NO_PFN: none */
	} recent[OWNER_RECENT];
	unsigned int recent_at;
	/* Bulk requests by the number of their event: was it a stack's? */
	struct owner_bulk {
		uint64_t no;
		bool stack;
	} bulk[OWNER_BULKS];
	struct km_owner_state rows[NR_OWNERS];
};

struct attribution_config {
	uint64_t first_page, nr_pages;
	unsigned int page_shift, nr_cpus, stack_pages;
};

/* Return: 0; -KM_ENOMEM, nothing needs to be released. */
int attribution_open(struct attribution *a, const struct attribution_config *c) KM_MUST_CHECK;
void attribution_release(struct attribution *a);

/*
 * An event of the survey: where memory is mapped, and what the trace tells of; then its end, where
 * the objects' caches are known (NULL: they are not). Return: 0; -KM_ENOMEM.
 */
void attribution_learn(struct attribution *a, const struct km_event *ev);
int attribution_start(struct attribution *a, struct objects *objects) KM_MUST_CHECK;

/*
 * Event @no. A kmalloc that announces a bulk request of @bulk pages: they are an area's, @stack: a
 * new task's stack.
 */
void attribution_feed(struct attribution *a, const struct km_event *ev, uint64_t no, uint32_t bulk,
		      bool stack);

/*
 * Every event in its order, if some are kept back before they are fed: this one need not be fed,
 * but for a bulk request that it announces.
 */
bool attribution_repeats(struct attribution *a, const struct km_event *ev);

/* Does a kind of event tell anything here? */
bool attribution_heeds(unsigned int kind);

/* The model took @page for the bulk request that event @no announced. */
void attribution_bulk(struct attribution *a, uint64_t page, uint64_t no);

/* What lives now, by owner: good until the next call. */
const struct km_owner_state *attribution_rows(struct attribution *a, size_t *n);

/* The trace has ended. Return: 0; -KM_ENOMEM, or what the sink gives. */
int attribution_report(struct attribution *a, const struct km_sink *sink);

/* Recount what lives. */
int attribution_check(const struct attribution *a, struct km_diag *d);

#endif
