/* SPDX-License-Identifier: GPL-2.0-only */
/* Sizes by rule: orders of slabs, limits of lists, classes of kmalloc. */
#include "engine/slab/slab.h"

#include "engine/slab/slab_ops.h"

/* Bits needed to write @n: 0 for 0, 3 for 4. */
static unsigned int bits_of(uint64_t n)
{
	return n ? 64u - (unsigned int)__builtin_clzll(n) : 0;
}

/* The least order whose block holds @bytes. */
static unsigned int order_of(uint64_t bytes, unsigned int page_shift)
{
	return bits_of((bytes - 1) >> page_shift);
}

/* The first order from what @objs objects need that wastes no more than one in @fraction. */
static unsigned int fitting(const struct slab_profile *prof, uint32_t size, unsigned int objs,
			    unsigned int fraction, unsigned int page_shift)
{
	unsigned int order = order_of((uint64_t)objs * size, page_shift);

	order = order < prof->min_order ? prof->min_order : order;
	if ((pages_of(prof->min_order) << page_shift) / size > SLAB_MAX_OBJS)
		return order_of((uint64_t)size * SLAB_MAX_OBJS, page_shift) - 1;
	for (; order <= prof->max_order; order++) {
		uint64_t bytes = pages_of(order) << page_shift;

		if (bytes % size <= bytes / fraction)
			break;
	}
	return order;
}

unsigned int slab_order_for(const struct slab_profile *prof, uint32_t size, unsigned int nr_cpus,
			    unsigned int page_shift)
{
	uint64_t most = (pages_of(prof->max_order) << page_shift) / size;
	unsigned int objs = prof->min_objects ? prof->min_objects : 4 * (bits_of(nr_cpus) + 1);

	objs = objs < most ? objs : (unsigned int)most;
	if (prof->objs_stay && !objs)
		objs = 1;
	for (bool more = objs > 1 || prof->objs_stay; more; more = --objs > 1 && !prof->objs_stay)
		for (unsigned int fraction = 16; fraction >= prof->least_fraction; fraction /= 2) {
			unsigned int order = fitting(prof, size, objs, fraction, page_shift);

			if (order <= prof->max_order)
				return order;
		}
	return order_of(size, page_shift);
}

/*
 * Kernel: mm/slub.c:set_cpu_partial(), slub_set_cpu_partial(), kmem_cache_open() [6.1]
 */
void slab_limits(const struct slab_profile *prof, const struct slab_cache_config *c,
		 struct slab_cache *to)
{
	unsigned int objs = c->size >= 4096 ? 6 : c->size >= 1024 ? 24 : c->size >= 256 ? 52 : 120;
	unsigned int least = (bits_of(c->size) - 1) >> prof->min_partial_shift;

	least = least < prof->min_partial ? prof->min_partial : least;
	least = least > prof->max_partial ? prof->max_partial : least;
	if (c->has_limits) {
		objs = c->cpu_partial;
		least = c->min_partial;
	}
	to->cpu_partial_slabs = (2 * objs + to->objs - 1) / to->objs;
	to->min_partial = least;
}

uint32_t slab_kmalloc_size(const struct slab_profile *prof, uint32_t bytes)
{
	uint32_t size = prof->kmalloc_min_size;

	if (!bytes || bytes > prof->kmalloc_max_cache)
		return 0;
	if (bytes <= size)
		return size;
	if (bytes > 64 && bytes <= 96 && size <= 32 && !prof->no_class_96)
		return 96;
	if (bytes > 128 && bytes <= 192 && size <= 64)
		return 192;
	return UINT32_C(1) << bits_of(bytes - 1);
}
