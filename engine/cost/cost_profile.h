/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each step of the allocators takes, in picoseconds of one machine: a table, each entry with
 * where it is from and whether anybody has verified it.
 */
#ifndef KM_COST_PROFILE_H
#define KM_COST_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/core/diag.h"

enum cost_item {
	COST_PAGE_ALLOC, /* a request that the CPU's own list serves */
	COST_PAGE_FREE,	 /* … a block that goes there */
	COST_SLOW_PATH,	 /* a request found no zone above LOW, besides what it then does */
	COST_BULK_PAGE,	 /* one page of a bulk request */
	COST_ZERO_LINE,	 /* 64 bytes are zeroed */
	COST_ZONE_LOCK,	 /* a zone's lock is taken and let go, with interrupts off and on again */
	COST_TAKE,	 /* a block leaves the free lists */
	COST_GIVE,	 /* … comes back to them */
	COST_SPLIT,	 /* one halving of it */
	COST_MERGE,	 /* one joining with its mate */
	COST_STEAL,	 /* a request falls back to another type's block */
	COST_MOVE,	 /* a free block moves to another type's list */
	COST_RECLAIM,	 /* a direct reclaim, besides its pages */
	COST_RECLAIM_PAGE,
	COST_COMPACT, /* a compaction, besides its pages */
	COST_MIGRATE_PAGE,
	COST_SLAB_ALLOC,     /* an object of the CPU's own list or array */
	COST_SLAB_FREE,	     /* … goes back there */
	COST_SLAB_TOUCH,     /* a byte of an object's first line, 64 at most, comes to the CPU */
	COST_SLAB_RELOAD,    /* the CPU takes what others freed to its slab */
	COST_SLAB_STACK,     /* … its next partly free slab, or part of the shared array */
	COST_SLAB_PARTIAL,   /* … one of the node's lists, besides their lock */
	COST_SLAB_NEW,	     /* a slab is made, besides its pages and objects */
	COST_SLAB_OBJECT,    /* one object of a new slab is linked */
	COST_SLAB_CONSTRUCT, /* … and its constructor is called */
	COST_SLAB_SLOW,	     /* an object goes back to a slab that is not the CPU's */
	COST_SLAB_DISCARD,   /* a slab goes back, besides its pages */
	COST_SLAB_TRANSFER,  /* an object moves between an array and its slab */
	COST_LIST_LOCK,	     /* a node's list_lock is taken and let go */
	COST_VMAP_ALLOC,     /* an area is made, besides the search for its place */
	COST_VMAP_STEP,	     /* one area or node of the tree is looked at */
	COST_VMAP_FREE,	     /* an area is unmapped and waits for its purge */
	COST_VMAP_PURGE,     /* one area is purged, besides the flush */
	COST_PTE_SET,
	COST_PTE_CLEAR,
	COST_PAGE_TABLE,  /* a page of page tables is made, besides its page and zeroing */
	COST_FLUSH_PAGE,  /* one page of the CPU's own TLB is flushed */
	COST_FLUSH_ALL,	  /* … all of it */
	COST_IPI_IDLE,	  /* another CPU, which is idle, is made to flush, and waited for */
	COST_IPI_BUSY,	  /* … which works */
	COST_IPI_STOLEN,  /* what a CPU loses by answering */
	COST_WALK_CYCLE,  /* a cycle of a walk of the page tables */
	COST_CMA,	  /* a contiguous allocation, besides its pages */
	COST_CMA_PAGE,	  /* a page of a range it tries */
	COST_TRACE_EVENT, /* an event is written: in what events of the record bracket */
	COST_IDLE_AFTER,  /* a CPU that did nothing for so long counts as idle: an assumption */
	COST_NR_ITEMS,
};

enum cost_part {
	COST_PART_BASE, /* what is there in each request */
	COST_PART_LOCK, /* waiting for a lock, taking it */
	COST_PART_REFILL,
	COST_PART_DRAIN,
	COST_PART_SPLIT,
	COST_PART_MERGE,
	COST_PART_FALLBACK,
	COST_PART_ZERO,
	COST_PART_SLAB,
	COST_PART_PTE,
	COST_PART_SEARCH,
	COST_PART_PURGE,
	COST_PART_FLUSH,
	COST_PART_IPI,	  /* of the initiator */
	COST_PART_STOLEN, /* of the targets: in nobody's latency */
	COST_PART_WALK,
	COST_PART_MIGRATE,
	COST_PART_RECLAIM,
	COST_NR_PARTS,
};

enum cost_verified {
	COST_UNSAID,
	COST_UNVERIFIED, /* no: an assumption */
	COST_SECONDARY,	 /* published of such a machine, or derived from what is */
	COST_VERIFIED,	 /* yes: measured on this machine */
};

enum { COST_NAME_LEN = 32, COST_SOURCE_LEN = 200, COST_DESCRIBE_LEN = 100 };

/* Ten seconds: no step takes longer. */
#define COST_MOST_PS UINT64_C(10000000000000)

struct cost_entry {
	uint64_t ps;
	uint8_t verified; /* enum cost_verified; COST_UNSAID: nothing is said of the entry */
	char source[COST_SOURCE_LEN];
};

struct cost_table {
	char name[COST_NAME_LEN], describe[COST_DESCRIBE_LEN];
	struct cost_entry item[COST_NR_ITEMS];
};

/* "page_alloc" …; NULL beyond the last. Kernel: none */
const char *cost_item_name(unsigned int item);
/* "lock" …; NULL beyond the last. Kernel: none */
const char *cost_part_name(unsigned int part);
/* "no", "secondary", "yes"; NULL beyond the last. Kernel: none */
const char *cost_verified_name(unsigned int v);
/* The part an item belongs to. Kernel: none */
enum cost_part cost_part_of(enum cost_item item);

/**
 * cost_table_check() - is each entry there, and can each be?
 *
 * Kernel: none
 *
 * Return: 0; -KM_EINVAL with the entry's name as the place in @d.
 */
int cost_table_check(const struct cost_table *t, struct km_diag *d) KM_MUST_CHECK;

#endif
