/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/buddyinfo and /proc/pagetypeinfo.
 *
 * Kernel: mm/vmstat.c:frag_show_print(), pagetypeinfo_show() [2.6.34 3.5 6.1 6.12]
 */
#include <string.h>

#include "traces/snap.h"

/* Zones of either file are populated: empty ones are not printed. */
static int read_zone(const struct snap_lines *l, struct km_snapshot *s, const char **p,
		     struct km_snap_zone **z)
{
	char name[KM_NAME_LEN];
	int node;

	if (!snap_zone_name(l, p, &node, name))
		return snap_fail(l, "expected \"Node N, zone NAME\"");
	*z = snap_zone(s, node, name);
	return *z ? 0 : snap_fail(l, "more zones than a machine can have");
}

int snap_buddyinfo(struct km_snapshot *s, const char *data, size_t len, const char *where,
		   struct km_diag *d)
{
	struct snap_lines l;

	snap_lines_init(&l, data, len, where, d);
	while (snap_next(&l)) {
		struct km_snap_zone *z;
		const char *p, *word;
		unsigned int n = 0;
		int err = read_zone(&l, s, &p, &z);

		if (err)
			return err;
		for (; n < KM_MAX_ORDERS && snap_number(&p, l.stop, &z->nr_free[n]); n++)
			;
		if (!n || snap_word(&p, l.stop, &word))
			return snap_fail(&l, "expected a count per order");
		if (s->nr_orders && n != s->nr_orders)
			return snap_fail(&l, "another number of orders than before");
		s->nr_orders = n;
		z->has_buddyinfo = true;
		z->populated = true;
	}
	return 0;
}

/* By the kernel's name; "Reserve" (up to 4.3) stood where HighAtomic stands. */
static int type_of(const char *word, size_t len)
{
	for (unsigned int mt = 0; mt < KM_NR_MIGRATETYPES; mt++)
		if (snap_is(word, len, km_migratetype_name(mt)))
			return (int)mt;
	return snap_is(word, len, "Reserve") ? KM_HIGHATOMIC : -1;
}

enum section { SECTION_TOP, SECTION_FREE, SECTION_BLOCKS, SECTION_OTHER };

struct pagetype {
	struct km_snapshot *s;
	struct snap_lines l;
	enum section section;
	int columns[KM_NR_MIGRATETYPES]; /* of the table of pageblocks */
	unsigned int nr_columns;
};

static int read_block_order(struct pagetype *t, const char *p)
{
	uint64_t order;

	if (!snap_number(&p, t->l.stop, &order) || !order || order >= 32)
		return snap_fail(&t->l, "expected the order of a pageblock");
	if (t->s->pageblock_order && t->s->pageblock_order != order)
		return snap_fail(&t->l, "another order of pageblocks than before");
	t->s->pageblock_order = (unsigned int)order;
	return 0;
}

static int read_columns(struct pagetype *t, const char *p)
{
	const char *word;
	size_t len;

	t->nr_columns = 0;
	while ((len = snap_word(&p, t->l.stop, &word))) {
		int mt = type_of(word, len);

		if (mt < 0 || t->nr_columns == KM_NR_MIGRATETYPES)
			return snap_fail(&t->l, "a migratetype nobody knows");
		t->columns[t->nr_columns++] = mt;
		t->s->type_columns |= 1u << mt;
	}
	t->section = SECTION_BLOCKS;
	return 0;
}

/* A count of blocks, or ">100000". */
static bool read_capped(const char **p, const char *stop, uint64_t *out, bool *capped)
{
	while (*p < stop && **p == ' ')
		(*p)++;
	*capped = *p < stop && **p == '>';
	*p += *capped;
	return snap_number(p, stop, out);
}

/* "Node    0, zone    DMA32, type    Unmovable      1      1 …" */
static int read_free_row(struct pagetype *t)
{
	struct km_snap_zone *z;
	const char *p, *word;
	unsigned int n = 0;
	int err = read_zone(&t->l, t->s, &p, &z), mt;

	if (err)
		return err;
	size_t len = snap_word(&p, t->l.stop, &word);

	if (!snap_is(word, len, "type"))
		return snap_fail(&t->l, "expected \"type NAME\"");
	len = snap_word(&p, t->l.stop, &word);
	mt = type_of(word, len);
	if (mt < 0)
		return snap_fail(&t->l, "a migratetype nobody knows");
	for (; n < KM_MAX_ORDERS &&
	       read_capped(&p, t->l.stop, &z->type_free[mt][n], &z->type_capped[mt][n]);
	     n++)
		;
	if (!n || snap_word(&p, t->l.stop, &word))
		return snap_fail(&t->l, "expected a count per order");
	if (t->s->nr_orders && n != t->s->nr_orders)
		return snap_fail(&t->l, "another number of orders than buddyinfo");
	z->has_pagetypeinfo = true;
	z->populated = true;
	t->s->type_columns |= 1u << mt;
	return 0;
}

/* "Node 0, zone    DMA32           79          159 …" */
static int read_block_row(struct pagetype *t)
{
	struct km_snap_zone *z;
	const char *p, *word;
	int err = read_zone(&t->l, t->s, &p, &z);

	if (err)
		return err;
	for (unsigned int i = 0; i < t->nr_columns; i++)
		if (!snap_number(&p, t->l.stop, &z->type_blocks[t->columns[i]]))
			return snap_fail(&t->l, "expected a count per migratetype");
	return snap_word(&p, t->l.stop, &word) ? snap_fail(&t->l, "more counts than migratetypes") :
						 0;
}

static bool starts(const struct snap_lines *l, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(l->stop - l->line) >= n && !memcmp(l->line, text, n);
}

static int read_pagetype_line(struct pagetype *t)
{
	static const char order[] = "Page block order:", blocks[] = "Number of blocks type";

	if (starts(&t->l, order))
		return read_block_order(t, t->l.line + sizeof(order) - 1);
	if (starts(&t->l, "Pages per block:"))
		return 0;
	if (starts(&t->l, "Free pages count per migrate type at order")) {
		t->section = SECTION_FREE;
		return 0;
	}
	if (starts(&t->l, blocks))
		return read_columns(t, t->l.line + sizeof(blocks) - 1);
	if (starts(&t->l, "Number of mixed blocks")) {
		t->section = SECTION_OTHER;
		return 0;
	}
	switch (t->section) {
	case SECTION_FREE:
		return read_free_row(t);
	case SECTION_BLOCKS:
		return read_block_row(t);
	case SECTION_OTHER:
		return 0;
	default:
		return snap_fail(&t->l, "expected \"Page block order\"");
	}
}

int snap_pagetypeinfo(struct km_snapshot *s, const char *data, size_t len, const char *where,
		      struct km_diag *d)
{
	struct pagetype t = { .s = s };
	int err = 0;

	snap_lines_init(&t.l, data, len, where, d);
	while (!err && snap_next(&t.l))
		err = read_pagetype_line(&t);
	return err;
}
