/* SPDX-License-Identifier: GPL-2.0-only */
/* The delay line of group.c, for those who note on its events what later ones prove. */
#ifndef KM_GROUP_LINE_H
#define KM_GROUP_LINE_H

#include "engine/replay/group.h"

enum {
	LINE_BITS = 13,
	LINE = 1 << LINE_BITS, /* events in the line: longer than any batch of frees */
	BUCKET_BITS = LINE_BITS + 1,
	NONE = 0, /* no position; positions count from 1 */
};

enum role { ROLE_PLAIN, ROLE_CONSUMED, ROLE_RUN, ROLE_ALLOC, ROLE_PHASE1, ROLE_DRAIN };

struct entry {
	struct km_event ev;
	uint64_t no;
	uint64_t next;	/* chain of records: a run, or the drains of a free */
	uint64_t prev;	/* run: the entry before; exact tail: the free before */
	uint64_t alloc; /* ROLE_ALLOC: where its mm_page_alloc stands */
	uint64_t head;	/* first entry of its chain */
	uint64_t early; /* the allocation that an interrupt beginning here fell into */
	uint64_t page;	/* whose latest event this was */
	uint64_t same;	/* the entry before it whose page has the same bucket */
	uint8_t role;
	uint8_t free_flags;
	bool interrupted; /* it had its page before the interrupt that precedes it */
	bool removes;	  /* a page left the free lists, and no other event says so */
};

struct cpu_line {
	uint64_t run_tail;   /* last entry of the open run */
	uint64_t drain_tail; /* where the next drain is chained: a free, or a drain */
	int32_t drain_pid;
	/* the last block allocated here, for alloc_pages_exact() */
	uint64_t block_pfn, block_end, expect, last_free;
	bool block_irq; /* … and whether an interrupt did */
	uint64_t task;	/* last event outside interrupts */
	bool irq_free;	/* an interrupt has freed since */
	/* first event of the interrupts since; and of those between the last two task events */
	uint64_t irq, irq_before;
};

struct group {
	struct group_sink sink;
	struct entry *line;
	uint64_t first, last; /* positions in the line: [first, last) */
	/* By page, hashed: the latest event of each, newest first; low bits of its position. */
	uint32_t *bucket;
	struct cpu_line *cpu;
	struct op_rec *rec;
	size_t rec_room;
};

static inline struct entry *entry_at(const struct group *g, uint64_t pos)
{
	return &g->line[pos & (LINE - 1)];
}

static inline bool live(const struct group *g, uint64_t pos)
{
	return pos >= g->first && pos < g->last;
}

static inline uint32_t *bucket_of(const struct group *g, uint64_t nr)
{
	return &g->bucket[nr * UINT64_C(0x9e3779b97f4a7c15) >> (64 - BUCKET_BITS)];
}

/* The position with these low bits: none is further behind the last one. */
static inline uint64_t position_of(const struct group *g, uint32_t low)
{
	uint64_t pos = (g->last & ~(uint64_t)UINT32_MAX) | low;

	return pos >= g->last ? pos - (UINT64_C(1) << 32) : pos;
}

/* The latest event of @nr still in the line, or NONE. */
static inline uint64_t latest(const struct group *g, uint64_t nr)
{
	uint64_t pos = position_of(g, *bucket_of(g, nr));

	while (live(g, pos) && entry_at(g, pos)->page != nr)
		pos = entry_at(g, pos)->same;
	return live(g, pos) ? pos : NONE;
}

/* The block a removal took: its first page and order. */
static inline struct km_ev_page taken(const struct entry *e)
{
	return rec_taken(&(struct op_rec){ .ev = e->ev });
}

static inline bool in_interrupt(const struct km_event *ev)
{
	return !(ev->ctx & KM_CTX_UNKNOWN) && km_in_interrupt(ev);
}

/* An allocation that takes effect at its head, before the interrupt it was interrupted by. */
static inline bool is_early(const struct entry *e)
{
	return e->interrupted && e->role == ROLE_CONSUMED;
}

/* group_interrupts.c: what interrupts found */
void group_prove_direct(struct group *g, uint64_t nr);
void group_note_lock(struct group *g, struct cpu_line *c, struct entry *e, uint64_t pos);
bool group_stays_away(const struct group *g, const struct entry *f);

#endif
