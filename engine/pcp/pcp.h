/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page lists of one CPU in one zone: blocks handed out and taken back without the zone's lock.
 *
 * A block is handed out from the head and comes back to the head; a refill appends at the tail what
 * the free lists gave, in that order; a drain takes from the tail, one list emptied before the
 * next.
 *
 * Kernel: mm/page_alloc.c, include/linux/mmzone.h:struct per_cpu_pages [6.1]
 */
#ifndef KM_PCP_H
#define KM_PCP_H

#include "engine/buddy/buddy.h"
#include "engine/pcp/pcp_profile.h"

struct pcp {
	const struct pcp_profile *prof;
	unsigned int cpu;
	unsigned int huge_order; /* order of the huge lists; 0: none */
	uint32_t count;		 /* base pages on the lists, unknown ones included */
	uint32_t unknown;	 /* of those: there since before the trace, nobody knows which */
	uint32_t emptied; /* bit per list: refilled since, so nothing unknown is left on it */
	uint32_t high, batch;
	uint32_t free_factor; /* fixed high */
	unsigned int expire;  /* ticks until pages of another node's zone go back; 0: none do */
	bool ticks_again;     /* the last tick changed something here: the next one is due */
	/* self-tuned high */
	uint32_t high_min, high_max;
	uint32_t free_count;   /* pages freed of late: halved by each allocation */
	uint32_t alloc_factor; /* log2 of how much more than a batch a refill fetches */
	bool prev_free_high;   /* PCPF_PREV_FREE_HIGH_ORDER */
	bool free_high_batch;  /* PCPF_FREE_HIGH_BATCH: the CPU's caches hold more than 3 batches */
	struct flist list[KM_MAX_PCP_LISTS];
};

/*
 * Lists that keep nothing yet. The huge ones keep pageblocks of 2^@pb_order pages or, by the
 * profile, PMD-sized blocks of 2^@pmd_order.
 * Kernel: mm/page_alloc.c:per_cpu_pages_init() [6.1], pcp_allowed_order() [6.1 6.12]
 */
void pcp_init(struct pcp *p, const struct pcp_profile *prof, unsigned int cpu,
	      unsigned int pb_order, unsigned int pmd_order);

/* Are blocks of @order kept here? Kernel: mm/page_alloc.c:pcp_allowed_order() [6.1] */
static inline bool pcp_keeps(const struct pcp *p, unsigned int order)
{
	return order <= p->prof->max_order || (p->huge_order && order == p->huge_order);
}

/*
 * Kernel: mm/page_alloc.c:order_to_pindex() [6.1]; types that lists do not keep count as movable.
 */
static inline unsigned int pcp_index(const struct pcp *p, unsigned int order, unsigned int mt)
{
	unsigned int type = mt < KM_NR_PCP_TYPES ? mt : KM_MOVABLE;

	if (order > p->prof->max_order)
		return (p->prof->max_order + 1) * KM_NR_PCP_TYPES +
		       (p->prof->nr_huge_lists > 1 && type == KM_MOVABLE);
	return order * KM_NR_PCP_TYPES + type;
}

/* Pages that one hold of the lock drains at most.
 * Kernel: mm/page_alloc.c:drain_pages_zone() [6.1] */
static inline uint32_t pcp_portion(const struct pcp *p)
{
	return p->prof->batch_scale_max ? p->batch << p->prof->batch_scale_max : p->count;
}

/* May pages from before the trace still lie below what is known of list @index? Kernel: none */
static inline bool pcp_may_hide(const struct pcp *p, unsigned int index)
{
	return p->unknown && !(p->emptied >> index & 1);
}

/* @pages unknown pages, or as many as there are, turned up or were drained unseen. Kernel: none */
void pcp_reveal(struct pcp *p, uint32_t pages);

/* The head of the list for (@order, @mt), or KM_NO_PFN; nothing changes. Kernel: none */
struct pfn pcp_peek(const struct pcp *p, const struct frames *f, unsigned int order,
		    unsigned int mt);

/**
 * pcp_pop() - hand out the head of a list, refilled from @b first where it is empty.
 * @order: one that the lists keep (pcp_keeps()); any other ends the program
 * @flags: enum buddy_alloc_flags for the refill
 *
 * Kernel: mm/page_alloc.c:__rmqueue_pcplist(), rmqueue_bulk() [6.1]
 *
 * Return: the block, on no list, or KM_NO_PFN.
 */
struct pfn pcp_pop(struct pcp *p, struct buddy *b, unsigned int order, unsigned int mt,
		   unsigned int flags);

/*
 * Fetch one refill for an empty list. Kernel: mm/page_alloc.c:rmqueue_bulk() [6.1]. Return: blocks
 * fetched.
 */
unsigned int pcp_refill(struct pcp *p, struct buddy *b, unsigned int order, unsigned int mt,
			unsigned int flags);

/*
 * Put a block at a list's head or tail; its type @mt is kept for the drain. The frame must be on no
 * list, and @order one that the lists keep.
 * Kernel: mm/page_alloc.c:free_unref_page_commit(), rmqueue_bulk() [6.1]
 */
void pcp_push(struct pcp *p, struct frames *f, struct pfn head, unsigned int order, unsigned int mt,
	      bool tail);

/* Take one block out of whatever list of @p it is on. Kernel: none; the record says which */
void pcp_remove(struct pcp *p, struct frames *f, struct pfn head, unsigned int order);

/**
 * pcp_free() - push a block and drain what exceeds the limit.
 * @order: one that the lists keep (pcp_keeps()); any other ends the program
 *
 * Kernel: mm/page_alloc.c:free_unref_page_commit(), nr_pcp_high(), nr_pcp_free() [6.1]
 */
void pcp_free(struct pcp *p, struct buddy *b, struct pfn head, unsigned int order, unsigned int mt);

/*
 * The same for a page that no cache is likely to hold: to the tail.
 * Kernel: mm/page_alloc.c:free_hot_cold_page() [2.6.34 3.5]
 */
void pcp_free_cold(struct pcp *p, struct buddy *b, struct pfn head, unsigned int order,
		   unsigned int mt);

/* Would pcp_free() of @order drain? Nothing changes.
 * Kernel: mm/page_alloc.c:nr_pcp_high(), nr_pcp_free() [6.1] */
bool pcp_would_drain(const struct pcp *p, const struct zone *z, unsigned int order);

/**
 * pcp_drain() - give @pages base pages back, beginning with list @index, from the tails, one list
 * after another. Unknown pages lie at the tails: they go first, unnamed.
 *
 * Kernel: mm/page_alloc.c:free_pcppages_bulk() [6.1]
 */
void pcp_drain(struct pcp *p, struct buddy *b, uint32_t pages, unsigned int index);

/* A drain looked at before it happens: where each list's tail would be. Kernel: none */
struct pcp_preview {
	const struct pcp *pcp;
	uint32_t tail[KM_MAX_PCP_LISTS];
	uint32_t hidden; /* unknown pages still there */
	uint32_t left;	 /* known pages still there */
};

void pcp_preview_init(struct pcp_preview *v, const struct pcp *p);

/*
 * Name to @see, in order, the blocks pcp_drain() of @pages from list @index would give back.
 * Nothing changes.
 * An unknown page is KM_NO_PFN without a frame.
 * Kernel: mm/page_alloc.c:free_pcppages_bulk() [6.1]
 */
void pcp_preview_drain(struct pcp_preview *v, const struct frames *f, uint32_t pages,
		       unsigned int index,
		       void (*see)(void *ctx, struct pfn head, const struct frame *fr), void *ctx);

/*
 * Give everything back, in the kernel's portions. Kernel: mm/page_alloc.c:drain_pages_zone() [6.1]
 */
void pcp_drain_all(struct pcp *p, struct buddy *b);

/*
 * Give @pages base pages back as a tick of the statistics does: by batches, each from the first
 * list on, or (before 6.12.67) at once; `high` is then what is left.
 * Kernel: mm/page_alloc.c:decay_pcp_high() [6.12]
 */
void pcp_decay(struct pcp *p, struct buddy *b, uint32_t pages);

/**
 * pcp_expire() - a tick of the statistics: the pages of a zone of another node go back, a batch
 * at most, once the CPU has had nothing to tell the zone's counters for some ticks.
 * @told:   it had something to tell this time
 * @remote: the zone is another node's
 *
 * Kernel: mm/vmstat.c:refresh_cpu_vm_stats(), mm/page_alloc.c:drain_zone_pages() [6.1]
 * Return: whether the next tick is due for it.
 */
bool pcp_expire(struct pcp *p, struct buddy *b, bool told, bool remote);

/**
 * pcp_batch() - refill size for a zone. Kernel: mm/page_alloc.c:zone_batchsize() [6.1]
 */
uint32_t pcp_batch(uint64_t managed_pages, unsigned int page_shift);

/* Recount. Return: 0, or -KM_EINVAL with the first difference in @d. Kernel: none */
int pcp_check(const struct pcp *p, const struct frames *f, struct km_diag *d);

#endif
