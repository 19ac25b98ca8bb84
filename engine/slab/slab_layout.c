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

static uint32_t align_up(uint32_t n, uint32_t to)
{
	return (n + to - 1) / to * to;
}

/* Bytes of descriptor and links of @objs objects, where these are aligned to @align. */
static uint32_t described(const struct slab_room *s, unsigned int objs, uint32_t align)
{
	return align_up(s->prof->descriptor + objs * s->prof->link, align);
}

/* Where nothing says how its objects are aligned: as their size lets them be, up to a line. */
static uint32_t align_of(const struct slab_room *s, uint32_t size, uint32_t align)
{
	uint32_t low = size & -size;

	if (!align)
		align = low < s->prof->cache_line ? low : s->prof->cache_line;
	return align < 8 ? 8 : align;
}

/* Kernel: mm/slab.c:cache_estimate() [2.6.34] */
static struct fit describe(const struct slab_room *s, const struct slab_cache_config *c, bool off,
			   unsigned int order)
{
	uint64_t bytes = pages_of(order) << s->page_shift;
	uint32_t align = align_of(s, c->size, c->align), each = c->size + (off ? 0 : s->prof->link);
	struct fit f = { .order = order };

	if (!off && bytes < s->prof->descriptor)
		return f;
	f.objs = (unsigned int)((bytes - (off ? 0 : s->prof->descriptor)) / each);
	f.objs = f.objs > SLAB_MAX_OBJS ? SLAB_MAX_OBJS : f.objs;
	f.left = off ? 0 : described(s, f.objs, align);
	if (f.objs && f.left + (uint64_t)f.objs * c->size > bytes) {
		f.objs--;
		f.left = described(s, f.objs, align);
	}
	f.left = bytes - f.left - (uint64_t)f.objs * c->size;
	return f;
}

/*
 * Kernel: mm/slab.c:calculate_slab_order(), kmem_cache_create() [2.6.34]: a slab whose links lie
 * elsewhere has no more objects than the links in an object of the cache would be for.
 */
static struct fit order_described(const struct slab_room *s, const struct slab_cache_config *c)
{
	bool off = c->size >= s->prof->off_slab_size;
	bool little = s->nr_pages << s->page_shift <= LITTLE_MEMORY;
	unsigned int max = little ? FEW_MEMORY_ORDER : s->prof->max_order;
	struct fit got = { 0 };

	for (unsigned int order = 0; order <= s->prof->top_order; order++) {
		struct fit f = describe(s, c, off, order);

		if (!f.objs)
			continue;
		if (off && f.objs > (c->size - s->prof->descriptor) / s->prof->link)
			break;
		got = f;
		if (c->reclaim || order >= max || f.left * 8 <= pages_of(order) << s->page_shift)
			break;
	}
	return got;
}

uint32_t slab_links_before(const struct slab_room *s, const struct slab_cache *k, uint32_t align)
{
	uint64_t bytes = pages_of(k->order) << s->page_shift, used = (uint64_t)k->objs * k->size;
	uint32_t links = described(s, k->objs, align_of(s, k->size, align));

	return s->prof->descriptor && used + links <= bytes ? links : 0;
}

/*
 * Kernel: mm/slab.c:set_objfreelist_slab_cache(), set_off_slab_cache(), set_on_slab_cache() [6.1]
 */
unsigned int slab_arrays_layout(const struct slab_room *s, const struct slab_cache_config *c,
				unsigned int *order)
{
	unsigned int bytes = link_bytes(s);
	struct fit f = { 0 };

	if (s->prof->descriptor) {
		f = order_described(s, c);
		*order = f.order;
		return f.objs;
	}
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
