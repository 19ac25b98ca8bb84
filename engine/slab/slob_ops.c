/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SLOB behind slab_ops.h: a cache is no more than what its objects ask for, a slab is a page (or
 * the block that is one object), and an object's index is its place there, in units.
 *
 * Kernel: mm/slob.c [6.1]
 * Differs: what RCU holds back is not known here; slob_room's caller delays such frees.
 */
#include "engine/slab/slab_ops.h"

static struct slob_request request(const struct slab_room *s, unsigned int cache)
{
	const struct slab_cache *c = &s->caches[cache];

	return (struct slob_request){ c->size, c->align, c->header };
}

static int slob_open(struct slab_room *s)
{
	return slob_init(&s->slob, s->prof, s->first_page, s->nr_pages, s->page_shift);
}

static void slob_leave(struct slab_room *s)
{
	slob_release(&s->slob);
}

/* Kernel: mm/slob.c:slob_alloc_node() [6.1]: from a page on, blocks of pages. */
static unsigned int slob_layout(const struct slab_room *s, const struct slab_cache_config *c,
				unsigned int *order)
{
	uint32_t page = 1u << s->page_shift;

	*order = 0;
	if (c->size < page)
		return page / c->size;
	while (*order < KM_MAX_ORDERS && pages_of(*order) << s->page_shift < c->size)
		++*order;
	return *order < KM_MAX_ORDERS;
}

static int slob_open_cache(const struct slab_room *s, struct slab_cache *k,
			   const struct slab_cache_config *c)
{
	k->align = c->align ? c->align : s->prof->header;
	k->header = c->header;
	k->whole = c->size >= 1u << s->page_shift;
	return k->align & (k->align - 1) || k->align % SLOB_UNIT ? -KM_EINVAL : 0;
}

static void slob_close_cache(const struct slab_room *s, struct slab_cache *k)
{
	(void)s, (void)k;
}

static int slob_make_slab(struct slab_room *s, unsigned int cache, uint64_t page, uint32_t *id)
{
	const struct slab_cache *c = &s->caches[cache];
	const struct slob_request rq = request(s, cache);

	return c->whole ? slob_make_whole(&s->slob, page, c->order, id) :
			  slob_make(&s->slob, page, &rq, id);
}

static void slob_begin(struct slab_room *s, uint32_t id, uint32_t start)
{
	(void)s, (void)id, (void)start;
}

static uint32_t slob_start_of(const struct slab_room *s, unsigned int cache, uint64_t offset)
{
	(void)s, (void)cache, (void)offset;
	return 0;
}

static uint32_t slob_slab_at(const struct slab_room *s, uint64_t page)
{
	return slob_at(&s->slob, page);
}

static uint64_t slob_offset(const struct slab_room *s, uint32_t id, unsigned int index)
{
	return (s->slob.pages[id].page << s->page_shift) + (uint64_t)index * SLOB_UNIT;
}

static bool slob_used(const struct slab_room *s, uint32_t id, unsigned int index)
{
	const struct slob_page *p = &s->slob.pages[id];

	return p->whole ? p->block[0].used : slob_size(&s->slob, id, index) != 0;
}

static int slob_index_of(const struct slab_room *s, uint32_t id, uint64_t page, unsigned int byte)
{
	uint64_t at = ((page - s->slob.pages[id].page) << s->page_shift) + byte;

	if (at % SLOB_UNIT || (s->slob.pages[id].whole && at))
		return -KM_EINVAL;
	return (int)(at / SLOB_UNIT);
}

static struct slab_choice slob_choice(const struct slab_room *s, unsigned int cache,
				      unsigned int cpu)
{
	const struct slob_request rq = request(s, cache);
	struct slab_choice got = { .from = SLAB_FROM_NEW };

	(void)cpu;
	if (s->caches[cache].whole)
		return got;
	got.slab = slob_choose(&s->slob, &rq, &got.index);
	if (got.slab)
		got.from = SLAB_FROM_PARTIAL;
	return got;
}

static struct slab_choice slob_alloc(struct slab_room *s, unsigned int cache, unsigned int cpu,
				     uint32_t fresh)
{
	const struct slob_request rq = request(s, cache);
	struct slab_choice got = slob_choice(s, cache, cpu);

	if (got.from == SLAB_FROM_NEW)
		got.slab = fresh;
	if (s->caches[cache].whole)
		s->slob.pages[got.slab].block[0].used = true;
	else if (slob_take(&s->slob, got.slab, got.index, &rq))
		s->host_error = -KM_ENOMEM;
	return got;
}

static void slob_free_object(struct slab_room *s, uint32_t id, unsigned int index, unsigned int cpu)
{
	uint32_t size = slob_size(&s->slob, id, index);

	(void)cpu;
	if (s->slob.pages[id].whole)
		slob_forget(&s->slob, id);
	else if (size && slob_free(&s->slob, id, index, size))
		s->host_error = -KM_ENOMEM;
}

static void slob_forget_slab(struct slab_room *s, uint32_t id)
{
	slob_forget(&s->slob, id);
}

static int slob_recount(const struct slab_room *s, struct km_diag *d)
{
	return slob_check(&s->slob, d);
}

const struct slab_ops slab_slob = {
	.name = "slob",
	.by_place = true,
	.enter = slob_open,
	.leave = slob_leave,
	.layout = slob_layout,
	.open = slob_open_cache,
	.close = slob_close_cache,
	.make = slob_make_slab,
	.begin = slob_begin,
	.start_of = slob_start_of,
	.at = slob_slab_at,
	.offset = slob_offset,
	.index_of = slob_index_of,
	.used = slob_used,
	.choose = slob_choice,
	.alloc = slob_alloc,
	.free = slob_free_object,
	.forget = slob_forget_slab,
	.check = slob_recount,
};
