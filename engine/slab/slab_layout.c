/* SPDX-License-Identifier: GPL-2.0-only */
/* How SLAB cuts a slab: the links of its free objects lie in one of them, elsewhere, or behind. */
#include "engine/slab/slab_ops.h"

/* Kernel: mm/slab.c:CFLGS_OBJFREELIST_SLAB, CFLGS_OFF_SLAB, neither [6.1] */
enum links { IN_OBJECT, OFF_SLAB, ON_SLAB };

struct fit {
	unsigned int order, objs;
	uint64_t left;
};

enum { LITTLE_MEMORY = 32 << 20, FEW_MEMORY_ORDER = 0, MIN_OBJECT = 16 };

/* Bytes of one link, and the most objects it can tell apart: FREELIST_BYTE_INDEX. */
static unsigned int link_bytes(const struct slab_room *s)
{
	return (UINT64_C(1) << s->page_shift) >> 8 <= MIN_OBJECT ? 1 : 2;
}

/* Kernel: mm/slab.c:cache_estimate() [6.1] */
static unsigned int estimate(const struct slab_room *s, uint32_t size, enum links links,
			     unsigned int order, uint64_t *left)
{
	uint64_t bytes = pages_of(order) << s->page_shift;
	uint64_t each = size + (links == ON_SLAB ? (uint64_t)link_bytes(s) : 0);

	*left = bytes % each;
	return (unsigned int)(bytes / each);
}

/* Is an array of @objs links, somewhere else, worth its memory? */
static bool pays(const struct slab_room *s, const struct slab_cache_config *c, unsigned int objs)
{
	uint32_t bytes = objs * link_bytes(s);
	uint32_t size = slab_kmalloc_size(s->prof, bytes);
	uint32_t object = c->object_size ? c->object_size : c->size;

	if (!size)
		size = bytes;
	/* kmalloc-96 is aligned to a cache line */
	if (size % 64 && size > 64)
		size = (size + 63) / 64 * 64;
	return size <= object / 2;
}

/* Kernel: mm/slab.c:calculate_slab_order(), kmem_cache_init() [6.1] */
static struct fit order_for(const struct slab_room *s, const struct slab_cache_config *c,
			    enum links links)
{
	unsigned int most = link_bytes(s) == 1 ? UINT8_MAX : UINT16_MAX;
	bool little = s->nr_pages << s->page_shift <= LITTLE_MEMORY;
	unsigned int max = little ? FEW_MEMORY_ORDER : s->prof->max_order;
	struct fit got = { 0 };

	for (unsigned int order = 0; order <= s->prof->top_order; order++) {
		struct fit f = { .order = order };

		f.objs = estimate(s, c->size, links, order, &f.left);
		if (f.objs > most)
			break;
		if (!f.objs || (links == OFF_SLAB && !pays(s, c, f.objs)))
			continue;
		got = f;
		if (c->reclaim || order >= max || f.left * 8 <= pages_of(order) << s->page_shift)
			break;
	}
	return got;
}

/*
 * Kernel: mm/slab.c:set_objfreelist_slab_cache(), set_off_slab_cache(), set_on_slab_cache() [6.1]
 */
unsigned int slab_arrays_layout(const struct slab_room *s, const struct slab_cache_config *c,
				unsigned int *order)
{
	unsigned int bytes = link_bytes(s);
	struct fit f = { 0 };

	if (!c->constructed) {
		f = order_for(s, c, IN_OBJECT);
		if (f.objs * bytes > (c->object_size ? c->object_size : c->size))
			f.objs = 0;
	}
	if (!f.objs) {
		f = order_for(s, c, OFF_SLAB);
		if (f.left >= f.objs * bytes)
			f.objs = 0;
	}
	if (!f.objs)
		f = order_for(s, c, ON_SLAB);
	*order = f.order;
	return f.objs;
}

uint32_t slab_left_over(const struct slab_room *s, const struct slab_cache *k, bool on_slab)
{
	uint64_t bytes = pages_of(k->order) << s->page_shift;
	uint64_t used = (uint64_t)k->objs * k->size;

	if (on_slab)
		used += (uint64_t)k->objs * link_bytes(s);
	return used < bytes ? (uint32_t)(bytes - used) : 0;
}
