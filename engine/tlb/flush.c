/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What makes a TLB forget: switches of address spaces, single pages, ranges of the kernel's.
 */
#include "engine/tlb/state.h"

static void clear_all(const struct tlb *t, struct tlb_cpu *c)
{
	for (unsigned int i = 0; i < t->prof.nr_arrays; i++)
		tlb_array_clear(&c->array[i]);
	for (unsigned int n = 2; n <= t->prof.nr_tables; n++)
		tlb_array_clear(&c->walk[n]);
	for (unsigned int i = 0; i < TLB_MAX_SLOTS; i++)
		c->slot[i].stale = false;
	c->totals.full_flushes++;
}

static void clear_space(const struct tlb *t, struct tlb_cpu *c, uint32_t space, bool others)
{
	for (unsigned int i = 0; i < t->prof.nr_arrays; i++)
		tlb_array_clear_space(&c->array[i], space, others);
	for (unsigned int n = 2; n <= t->prof.nr_tables; n++)
		tlb_array_clear_space(&c->walk[n], space, others);
}

void tlb_flush_space(struct tlb *t, struct tlb_cpu *c, uint32_t space)
{
	clear_space(t, c, space << 1, false);
	if (t->prof.pti)
		clear_space(t, c, space << 1 | 1, false);
	c->totals.space_flushes++;
}

void tlb_flush_local(struct tlb *t, struct tlb_cpu *c)
{
	clear_space(t, c, 0, true);
	c->totals.space_flushes++;
}

void tlb_flush_cpu(struct tlb *t, unsigned int cpu)
{
	clear_all(t, &t->cpu[cpu]);
}

/* ---- single pages ---- */

static void drop_page(const struct tlb *t, struct tlb_cpu *c, uint64_t vaddr, uint32_t space)
{
	for (unsigned int i = 0; i < t->prof.nr_arrays; i++)
		for (uint64_t left = t->prof.array[i].sizes; left; left &= left - 1) {
			unsigned int shift = (unsigned int)__builtin_ctzll(left);
			const struct tlb_key k = tlb_key(vaddr, shift, shift, space);

			tlb_array_drop(&c->array[i], &k);
		}
}

/* INVLPG of @pages, the base size apart: walk caches go with the first of them. */
static void drop_pages(const struct tlb *t, struct tlb_cpu *c, uint64_t vaddr, uint64_t pages)
{
	uint32_t kernel = tlb_walk_space(t, c, true), user = tlb_walk_space(t, c, false);

	for (uint64_t i = 0; i < pages; i++) {
		drop_page(t, c, vaddr + (i << t->prof.page_shift), kernel);
		if (user != kernel)
			drop_page(t, c, vaddr + (i << t->prof.page_shift), user);
	}
	for (unsigned int n = 2; pages && n <= t->prof.nr_tables; n++) {
		tlb_array_clear_space(&c->walk[n], kernel, false);
		if (user != kernel)
			tlb_array_clear_space(&c->walk[n], user, false);
	}
	c->totals.page_flushes += pages;
}

void tlb_flush_page(struct tlb *t, unsigned int cpu, uint64_t vaddr)
{
	drop_pages(t, &t->cpu[cpu], vaddr, 1);
}

/* With pti the other address spaces hold the kernel's pages too: they are flushed when their turn
 * comes. */
static void mark_others(const struct tlb *t, struct tlb_cpu *c)
{
	for (unsigned int i = 0; t->prof.pti && i < TLB_MAX_SLOTS; i++)
		c->slot[i].stale = c->slot[i].used && !(c->switched && c->slot[i].mm == c->mm);
}

struct tlb_flush tlb_flush_kernel(struct tlb *t, unsigned int cpu, uint64_t start, uint64_t end)
{
	uint64_t bytes = end - start;
	struct tlb_flush f = { .cpus = t->nr_cpus };

	(void)cpu;
	f.ipis = t->prof.broadcast ? 0 : t->nr_cpus - 1;
	f.full = end == TLB_ALL || bytes > (uint64_t)t->prof.flush_ceiling_pages
						   << t->prof.page_shift;
	if (!f.full) /* a step for each page begun */
		f.pages = (bytes >> t->prof.page_shift) +
			  !!(bytes & ((UINT64_C(1) << t->prof.page_shift) - 1));
	for (unsigned int i = 0; i < t->nr_cpus; i++) {
		if (f.full) {
			clear_all(t, &t->cpu[i]);
		} else {
			drop_pages(t, &t->cpu[i], start, f.pages);
			mark_others(t, &t->cpu[i]);
		}
	}
	return f;
}

/* ---- address spaces ---- */

/* Forget @mm on @c, now or when it is switched to again; was it running there? */
static bool flush_mm_on(struct tlb *t, struct tlb_cpu *c, uint32_t mm)
{
	bool running = c->switched && c->mm == mm;

	if (t->prof.spaces == TLB_SPACES_NONE) {
		if (running)
			tlb_flush_local(t, c);
	} else if (t->prof.spaces == TLB_SPACES_TAGS) {
		tlb_flush_space(t, c, mm);
	} else if (running) {
		tlb_flush_space(t, c, c->space);
	}
	for (unsigned int i = 0; i < TLB_MAX_SLOTS; i++)
		if (!running && c->slot[i].used && c->slot[i].mm == mm)
			c->slot[i].stale = true;
	return running;
}

struct tlb_flush tlb_flush_mm(struct tlb *t, unsigned int cpu, uint32_t mm)
{
	struct tlb_flush f = { .full = true };

	for (unsigned int i = 0; i < t->nr_cpus; i++) {
		bool running = flush_mm_on(t, &t->cpu[i], mm & TLB_MM_MASK);

		f.cpus += running || t->prof.broadcast;
		f.ipis += running && !t->prof.broadcast && i != cpu;
	}
	return f;
}

/* The slot of c->mm: the one it has, or the next in turn; what that holds of another goes. */
static void take_slot(struct tlb *t, struct tlb_cpu *c)
{
	uint32_t i = 0;

	while (i < t->prof.nr_spaces && !(c->slot[i].used && c->slot[i].mm == c->mm))
		i++;
	bool stale = i == t->prof.nr_spaces || c->slot[i].stale;

	if (i == t->prof.nr_spaces) {
		i = c->next_slot;
		c->next_slot = (i + 1) % t->prof.nr_spaces;
	}
	c->slot[i] = (struct tlb_slot){ .mm = c->mm, .used = true };
	c->space = i;
	if (stale)
		tlb_flush_space(t, c, i);
}

static void take_tag(struct tlb *t, struct tlb_cpu *c)
{
	uint32_t epoch = c->mm / t->prof.nr_spaces;

	for (unsigned int i = 0; epoch > t->epoch && i < t->nr_cpus; i++)
		clear_all(t, &t->cpu[i]);
	t->epoch = epoch > t->epoch ? epoch : t->epoch;
	c->space = c->mm;
}

void tlb_switch(struct tlb *t, unsigned int cpu, uint32_t mm)
{
	struct tlb_cpu *c = &t->cpu[cpu];

	mm &= TLB_MM_MASK;
	if (c->switched && c->mm == mm)
		return;
	bool first = !c->switched;

	c->mm = mm;
	c->switched = true;
	if (t->prof.spaces == TLB_SPACES_SLOTS)
		take_slot(t, c);
	else if (t->prof.spaces == TLB_SPACES_TAGS)
		take_tag(t, c);
	else if (!first)
		tlb_flush_local(t, c);
}
