/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page-frame array of one machine: what every page is, and the links of the lists it may be on.
 *
 * 1. A block of 2^order pages is known by its head; the frames inside it carry no state of their
 * own. A frame
 *    with state FRAME_INSIDE belongs to the block whose head is found by aligning down
 *    (frames_head()), or to none: then nothing is known of it (reserved, or allocated before the
 *    trace).
 * 2. Heads of the largest order live in a compact array of their own, so a machine of untouched
 * memory costs a
 *    few bytes per largest block, not a host page.
 * 3. Lists hold node numbers, not pointers: node_of() maps (pfn, order) to one, node_pfn() back.
 *
 * Kernel: include/linux/mm_types.h:struct page [6.1] (private, index, pcp_list, buddy order)
 * Differs: 12 bytes per frame, no flags beyond what the allocators ask for.
 */
#ifndef KM_FRAMES_H
#define KM_FRAMES_H

#include "engine/core/diag.h"
#include "engine/core/types.h"
#include "engine/frames/zone.h"

enum frame_state {
	FRAME_INSIDE,  /* no head: inside a block, or never seen */
	FRAME_FREE,    /* on a buddy free list */
	FRAME_PCP,     /* on a per-CPU list */
	FRAME_ALLOC,   /* handed out */
	FRAME_PRIVATE, /* taken off the lists by isolation, on its way */
};

struct frame {
	uint32_t next, prev; /* node + 1; 0: none */
	union {
		struct {
			uint8_t state : 3;
			uint8_t order : 5;
			uint8_t mt : 3; /* free: its list's; pcp: as freed; alloc: the request's */
			uint8_t pindex : 5; /* pcp: list index */
			uint16_t cpu : 14;  /* pcp: owner */
			uint16_t lru : 1;   /* alloc: linked on a list of reclaimable pages */
			uint16_t irq : 1;   /* pcp: came back in an interrupt */
		};
		uint32_t facts; /* all of these: FRAME_FACT() */
	};
};

_Static_assert(sizeof(struct frame) == 12, "at most 16 bytes per page frame");

/* Bits of pageblock.dirty: a change sets all of them, each reader clears its own. */
enum { PAGEBLOCK_MAP = 1, PAGEBLOCK_AREA = 2, PAGEBLOCK_DIRTY = 3 };

/* Per-pageblock facts; counts are pages inside the block. */
struct pageblock {
	uint8_t mt;	     /* enum km_migratetype */
	uint8_t isolated_mt; /* while mt is KM_ISOLATE: the type to go back to */
	uint8_t dirty;	     /* changed since it was last looked at: PAGEBLOCK_… */
	uint8_t seen : 1;    /* some page of it has been free, or allocated by a known request */
	uint8_t skip : 1;    /* compaction found nothing here lately */
	uint8_t absent;	     /* in a section without memory: it has no struct pages */
	uint32_t free_pages;
	uint32_t pcp_pages;		/* on per-CPU lists */
	uint32_t used[KM_NR_PCP_TYPES]; /* allocated pages by the type requested */
};

struct frames {
	struct frame *node; /* nr_frames, then one per largest block */
	struct pageblock *block;
	uint64_t base, end; /* pfns [base, end) */
	uint64_t nr_frames, nr_blocks;
	unsigned int top_order; /* largest block order */
	unsigned int pb_order;	/* log2 of pages per pageblock */
};

/* A doubly linked list of nodes. Zeroed is empty. */
struct flist {
	uint32_t head, tail; /* node + 1 */
	uint32_t count;
};

/**
 * frames_init() - lay out frames for pfns [@base, @end); @base is rounded down to a largest block.
 * Memory is taken zeroed and lazily: what is never touched costs nothing.
 *
 * Return: 0; -KM_EINVAL for an empty or too large span (2^32 nodes); -KM_ENOMEM.
 */
int frames_init(struct frames *f, struct pfn base, struct pfn end, unsigned int top_order,
		unsigned int pb_order) KM_MUST_CHECK;
void frames_release(struct frames *f);

/*
 * Every frame will be touched, and in no order: worth the host's huge pages, which a machine that
 * is mostly untouched would waste.
 */
void frames_all_in_use(const struct frames *f);

/*
 * The part of frame.facts that says @value of @field. Facts are put together from these and written
 * at once: were they written one by one, the next read of several would wait until every write
 * before them had reached the cache.
 */
#define FRAME_FACT(field, value) ((uint32_t)(value) * ((struct frame){ .field = 1 }).facts)

static inline bool frames_has(const struct frames *f, struct pfn p)
{
	return p.nr >= f->base && p.nr < f->end;
}

static inline uint32_t node_of(const struct frames *f, struct pfn p, unsigned int order)
{
	uint64_t at = p.nr - f->base;

	return (uint32_t)(order == f->top_order ? f->nr_frames + (at >> order) : at);
}

static inline struct pfn node_pfn(const struct frames *f, uint32_t node)
{
	if (node >= f->nr_frames)
		return pfn(f->base + ((node - f->nr_frames) << f->top_order));
	return pfn(f->base + node);
}

static inline struct frame *frame_at(const struct frames *f, struct pfn p, unsigned int order)
{
	return &f->node[node_of(f, p, order)];
}

static inline struct pageblock *pageblock_of(const struct frames *f, struct pfn p)
{
	return &f->block[(p.nr - f->base) >> f->pb_order];
}

/*
 * The block that holds @p: its head's frame, with *@head set. NULL where no head covers @p. Only
 * heads have a state, so a walk over the alignments finds it.
 */
struct frame *frames_head(const struct frames *f, struct pfn p, struct pfn *head);

/* The frame of a block that begins exactly at @p, of whatever order; NULL where none does. */
static inline struct frame *frames_begins(const struct frames *f, struct pfn p)
{
	struct frame *fr = frame_at(f, p, 0);

	if (fr->state)
		return fr;
	if (p.nr & (pages_of(f->top_order) - 1))
		return NULL;
	fr = frame_at(f, p, f->top_order);
	return fr->state ? fr : NULL;
}

/*
 * Is a page of [@p, 2^@order) on a list? Pageblocks where nothing was ever seen are passed over, so
 * that handing over untouched memory costs nothing.
 */
bool frames_listed(const struct frames *f, struct pfn p, unsigned int order);

/*
 * Turn the block of which @p is a part into naturally aligned pieces such that [@p, 2^@order) is
 * one; all keep the
 * state and type. Only for blocks on no list (ALLOC, PRIVATE). Returns the piece. */
struct frame *frames_split(struct frames *f, struct pfn p, unsigned int order);

/* The same of all of the block at @head: 2^@order single pages. */
void frames_split_pages(struct frames *f, struct pfn head, unsigned int order);

/*
 * Account @pages (may be negative) free pages, or pages used by type @mt, to the pageblocks of a
 * block.
 */
void frames_count_free(struct frames *f, struct pfn p, unsigned int order, int sign);
void frames_count_used(struct frames *f, struct pfn p, unsigned int order, unsigned int mt,
		       int sign);

void flist_push_head(struct flist *l, struct frames *f, uint32_t node);
void flist_push_tail(struct flist *l, struct frames *f, uint32_t node);
void flist_del(struct flist *l, struct frames *f, uint32_t node);

static inline bool flist_empty(const struct flist *l)
{
	return !l->head;
}

#endif
