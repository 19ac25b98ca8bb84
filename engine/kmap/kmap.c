/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/kmap/kmap.h"

#include <stdlib.h>

/* ---- making and ending ---- */

int kmap_init(struct kmap *k, const struct kmap_config *c)
{
	unsigned int types = c->prof->types;

	if (!c->slots || c->slots & (c->slots - 1) || c->colours > KMAP_MAX_COLOURS ||
	    (c->prof->short_ones == KMAP_TASK_STACK && types > KMAP_LOCAL_SLOTS))
		return -KM_EINVAL;
	*k = (struct kmap){ .c = *c };
	k->c.colours = c->colours ? c->colours : 1;
	k->count = calloc(c->slots, sizeof(*k->count));
	k->page = calloc(c->slots, sizeof(*k->page));
	k->chain = calloc(c->slots + 1, sizeof(*k->chain));
	k->short_page = calloc((size_t)c->nr_cpus * types, sizeof(*k->short_page));
	k->depth = calloc(c->nr_cpus, sizeof(*k->depth));
	if (k->count && k->page && k->chain && k->short_page && k->depth)
		return 0;
	kmap_release(k);
	return -KM_ENOMEM;
}

void kmap_release(struct kmap *k)
{
	free(k->count);
	free(k->page);
	free(k->chain);
	free(k->short_page);
	free(k->depth);
	*k = (struct kmap){ 0 };
}

/* ---- where a page is ---- */

/*
 * Kernel: mm/highmem.c:page_slot(), include/linux/hash.h:hash_ptr() [6.1], 32 bits: of a struct
 * page of 32 bytes
 */
static unsigned int bucket_of(uint64_t page)
{
	return (uint32_t)(page * 32) * UINT32_C(0x61c88647) >> 25;
}

static uint32_t slot_of(const struct kmap *k, uint64_t page)
{
	uint32_t at = k->bucket[bucket_of(page)];

	while (at && k->page[at - 1] != page)
		at = k->chain[at];
	return at;
}

/* At its bucket's tail. Kernel: mm/highmem.c:set_page_address() [6.1] */
static void hash_add(struct kmap *k, uint32_t slot)
{
	uint32_t *at = &k->bucket[bucket_of(k->page[slot])];

	while (*at)
		at = &k->chain[*at];
	*at = slot + 1;
	k->chain[slot + 1] = 0;
}

static void hash_remove(struct kmap *k, uint32_t slot)
{
	uint32_t *at = &k->bucket[bucket_of(k->page[slot])];

	while (*at != slot + 1)
		at = &k->chain[*at];
	*at = k->chain[slot + 1];
}

static uint64_t address_of(const struct kmap *k, uint32_t slot)
{
	return k->c.base + ((uint64_t)slot << k->c.page_shift);
}

static uint64_t direct(const struct kmap *k, uint64_t page)
{
	return k->c.direct_map + (page << k->c.page_shift);
}

uint64_t kmap_address(const struct kmap *k, uint64_t page)
{
	uint32_t at;

	if (page < k->c.lowmem_end)
		return direct(k, page);
	at = slot_of(k, page);
	return at ? address_of(k, at - 1) : 0;
}

/* ---- for long ---- */

/* Those without users are usable again. */
static void flush_unused(struct kmap *k)
{
	bool any = false;

	for (uint32_t i = 0; i < k->c.slots; i++) {
		if (k->count[i] != 1)
			continue;
		k->count[i] = 0;
		hash_remove(k, i);
		any = true;
	}
	k->n.flushes += any;
}

/*
 * A slot of @colour, from behind the one handed out last; UINT32_MAX: each has users. Slot 0 of
 * the turn comes with the flush.
 */
static uint32_t new_slot(struct kmap *k, unsigned int colour)
{
	unsigned int colours = k->c.colours;
	uint32_t left = k->c.slots / colours, nr = k->last[colour];

	for (;;) {
		nr = (nr + colours) & (k->c.slots - 1);
		if (nr < colours) {
			flush_unused(k);
			left = k->c.slots / colours;
		}
		uint32_t slot = nr / colours * colours + colour;

		k->last[colour] = nr;
		if (!k->count[slot])
			return slot;
		if (!--left)
			return UINT32_MAX;
	}
}

uint64_t kmap_map(struct kmap *k, uint64_t page)
{
	unsigned int colour = (unsigned int)(page % k->c.colours);
	uint32_t at, slot;

	if (page < k->c.lowmem_end)
		return direct(k, page);
	k->n.maps++;
	at = slot_of(k, page);
	if (at) {
		k->n.found++;
		k->count[at - 1]++;
		return address_of(k, at - 1);
	}
	slot = new_slot(k, colour);
	if (slot == UINT32_MAX) {
		k->n.waits++;
		k->n.maps--;
		k->waiting[colour]++;
		return 0;
	}
	k->page[slot] = page;
	k->count[slot] = 2;
	hash_add(k, slot);
	return address_of(k, slot);
}

uint64_t kmap_unmap(struct kmap *k, uint64_t page)
{
	uint64_t woken, *waiting = &k->waiting[page % k->c.colours];
	uint32_t at;

	if (page < k->c.lowmem_end)
		return 0;
	at = slot_of(k, page);
	KM_BUG_ON(!at || k->count[at - 1] < 2);
	if (--k->count[at - 1] > 1)
		return 0;
	woken = *waiting;
	*waiting = 0;
	return woken;
}

/* ---- for short ---- */

static uint64_t *short_slot(struct kmap *k, unsigned int cpu, unsigned int nr)
{
	KM_BUG_ON(nr >= k->c.prof->types);
	return &k->short_page[(size_t)cpu * k->c.prof->types + nr];
}

static unsigned int *depth_of(struct kmap *k, unsigned int cpu, struct kmap_task *task)
{
	return k->c.prof->short_ones == KMAP_TASK_STACK ? &task->depth : &k->depth[cpu];
}

uint64_t kmap_short(struct kmap *k, unsigned int cpu, unsigned int type, struct kmap_task *task,
		    uint64_t page)
{
	unsigned int nr = type;

	if (page < k->c.lowmem_end)
		return direct(k, page);
	if (k->c.prof->short_ones != KMAP_BY_TYPE)
		nr = (*depth_of(k, cpu, task))++;
	uint64_t *slot = short_slot(k, cpu, nr);

	KM_BUG_ON(*slot);
	*slot = page + 1;
	if (k->c.prof->short_ones == KMAP_TASK_STACK)
		task->page[nr] = page;
	k->n.short_maps++;
	nr += cpu * k->c.prof->types;
	return k->c.fixmap + ((uint64_t)nr << k->c.page_shift);
}

void kmap_short_end(struct kmap *k, unsigned int cpu, unsigned int type, struct kmap_task *task,
		    uint64_t page)
{
	unsigned int nr = type;

	if (page < k->c.lowmem_end)
		return;
	if (k->c.prof->short_ones != KMAP_BY_TYPE)
		nr = --*depth_of(k, cpu, task);
	uint64_t *slot = short_slot(k, cpu, nr);

	KM_BUG_ON(*slot != page + 1);
	*slot = 0;
	k->n.local_flushes++;
}

void kmap_switch(struct kmap *k, unsigned int cpu, const struct kmap_task *prev,
		 const struct kmap_task *next)
{
	KM_BUG_ON(k->c.prof->short_ones != KMAP_TASK_STACK);
	for (unsigned int i = prev->depth; i-- > 0; k->n.local_flushes++)
		*short_slot(k, cpu, i) = 0;
	for (unsigned int i = 0; i < next->depth; i++)
		*short_slot(k, cpu, i) = next->page[i] + 1;
}

/* ---- recounting ---- */

int kmap_check(const struct kmap *k, struct km_diag *d)
{
	size_t used = 0, hashed = 0;

	for (uint32_t i = 0; i < k->c.slots; i++) {
		used += k->count[i] != 0;
		if (k->count[i] && slot_of(k, k->page[i]) != i + 1)
			return km_fail(d, KM_EINVAL, "kmap", "slot %u is not found by its page", i);
	}
	for (unsigned int b = 0; b < KMAP_HASH_BUCKETS; b++)
		for (uint32_t at = k->bucket[b]; at && hashed <= k->c.slots; at = k->chain[at])
			hashed++;
	return hashed == used ? 0 :
				km_fail(d, KM_EINVAL, "kmap",
					"the hash has %zu pages, the table %zu", hashed, used);
}
