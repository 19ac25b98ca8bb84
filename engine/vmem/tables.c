/* SPDX-License-Identifier: GPL-2.0-only */
/* Which page tables there are: by what each covers, in a hash with open addressing. */
#include <stdlib.h>

#include "engine/vmem/parts.h"

enum { LEVEL_SHIFT = 56, FIRST_ROOM = 64 };

static size_t slot_of(const struct vmem_tables *t, uint64_t key)
{
	return (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & (t->room - 1);
}

static struct vmem_table *find(const struct vmem_tables *t, uint64_t key)
{
	size_t i = slot_of(t, key);

	while (t->slot[i].key && t->slot[i].key != key)
		i = (i + 1) & (t->room - 1);
	return &t->slot[i];
}

static int make_room(struct vmem_tables *t)
{
	struct vmem_tables wider = *t;

	if (t->room && t->nr * 2 < t->room)
		return 0;
	wider.room = t->room ? t->room * 2 : FIRST_ROOM;
	wider.slot = calloc(wider.room, sizeof(*wider.slot));
	if (!wider.slot)
		return -KM_ENOMEM;
	for (size_t i = 0; i < t->room; i++)
		if (t->slot[i].key)
			*find(&wider, t->slot[i].key) = t->slot[i];
	free(t->slot);
	*t = wider;
	return 0;
}

void vmem_tables_release(struct vmem_tables *t)
{
	free(t->slot);
	*t = (struct vmem_tables){ 0 };
}

/* Kernel: mm/memory.c:__pmd_alloc(), __pte_alloc_kernel() [6.1] */
static int ensure(struct vmem *m, const struct vmem_request *rq, unsigned int level, uint64_t addr,
		  bool *done)
{
	uint64_t index = addr >> m->c.layout->table_shift[level];
	uint64_t key = (uint64_t)(level + 1) << LEVEL_SHIFT | index;
	const struct pages_request table = { .gfp = KM_GFP_KERNEL | KM_GFP_ZERO,
					     .cpu = rq->cpu,
					     .node = -1 };

	*done = true;
	if (m->tables.last[level] == key)
		return 0;
	if (make_room(&m->tables))
		return -KM_ENOMEM;
	struct vmem_table *t = find(&m->tables, key);

	if (!t->key || t->page.nr == KM_NO_PFN) {
		struct pfn p = m->c.ops->get(m->c.ctx, &table);

		*done = p.nr != KM_NO_PFN;
		if (!*done)
			return 0;
		m->tables.nr += !t->key;
		*t = (struct vmem_table){ key, p };
		m->n.tables++;
	}
	m->tables.last[level] = key;
	return 0;
}

/* A huge entry takes the place of a table. Kernel: arch/x86/mm/pgtable.c:pmd_free_pte_page() */
static void give_way(struct vmem *m, const struct vmem_request *rq, unsigned int level,
		     uint64_t addr)
{
	uint64_t index = addr >> m->c.layout->table_shift[level];
	uint64_t key = (uint64_t)(level + 1) << LEVEL_SHIFT | index;
	struct vmem_table *t = m->tables.room ? find(&m->tables, key) : NULL;

	if (!t || !t->key || t->page.nr == KM_NO_PFN)
		return;
	vmem_flush(m, (struct vmem_range){ addr, addr + vmem_page(m) - 1 });
	m->c.ops->put(m->c.ctx, rq->cpu, t->page);
	t->page = pfn(KM_NO_PFN);
	m->tables.last[level] = 0;
	m->n.tables--;
}

int vmem_tables_map(struct vmem *m, const struct vmem_request *rq, struct vmem_range r, bool leaf,
		    bool *done)
{
	const uint8_t *shift = m->c.layout->table_shift;
	unsigned int lowest = 0;
	int err = 0;

	while (shift[lowest + 1])
		lowest++;
	uint64_t span = UINT64_C(1) << shift[lowest], first = r.start >> shift[lowest];

	*done = true;
	/* all of it in the table seen last, which those above it led to */
	if (!leaf && (r.end - 1) >> shift[lowest] == first &&
	    m->tables.last[lowest] == ((uint64_t)(lowest + 1) << LEVEL_SHIFT | first))
		return 0;
	for (uint64_t at = r.start, next; !err && *done && at < r.end; at = next) {
		next = (at | (span - 1)) + 1;
		bool fits = leaf && !(at & (span - 1)) && next && next <= r.end;

		for (unsigned int i = 0; !err && *done && i + fits <= lowest; i++)
			err = ensure(m, rq, i, at, done);
		if (fits && !err && *done)
			give_way(m, rq, lowest, at);
		if (!next)
			break;
	}
	return err;
}

int vmem_tables_check(const struct vmem *m, struct km_diag *d)
{
	uint64_t nr = 0, kept = 0;

	for (size_t i = 0; i < m->tables.room; i++) {
		nr += m->tables.slot[i].key != 0;
		kept += m->tables.slot[i].key && m->tables.slot[i].page.nr != KM_NO_PFN;
	}
	return nr == m->tables.nr && kept == m->n.tables ?
		       0 :
		       km_fail(d, KM_EINVAL, "vmalloc", "page tables are miscounted");
}
