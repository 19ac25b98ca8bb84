/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An access:
 * 1. the page's size and the use say which arrays may hold it, one of each level (the route);
 * 2. they are asked in order; where none has it, the tables are walked;
 * 3. those that missed take it.
 */
#include "engine/tlb/tlb.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/tlb/state.h"

/* ---- opening ---- */

/* The size in which @a holds a page of 1 << @shift: 0 where it does not. */
static unsigned int held_as(const struct tlb_array_profile *a, unsigned int shift)
{
	uint64_t smaller = a->sizes & ((UINT64_C(2) << shift) - 1);
	unsigned int as = smaller ? 63 - (unsigned int)__builtin_clzll(smaller) : 0;

	return as == shift || a->fragments ? as : 0;
}

/* In each level the array that holds the page itself, else one that holds it in parts. */
static void find_route(const struct tlb_profile *p, enum tlb_use use, unsigned int shift,
		       struct tlb_route *r)
{
	for (unsigned int level = 1; level <= TLB_MAX_DEPTH; level++) {
		unsigned int best = 0;

		for (unsigned int i = 0; i < p->nr_arrays; i++) {
			const struct tlb_array_profile *a = &p->array[i];
			unsigned int as = held_as(a, shift);

			if (a->level != level || !(a->uses >> use & 1) || as <= best)
				continue;
			best = as;
			r->array[r->nr] = (uint8_t)i;
			r->shift[r->nr] = (uint8_t)as;
		}
		r->nr = (uint8_t)(r->nr + !!best);
	}
}

static int open_cpu(struct tlb *t, struct tlb_cpu *c, struct rng *seeds)
{
	const struct tlb_profile *p = &t->prof;
	int err = 0;

	c->count = calloc(p->nr_arrays, sizeof(*c->count));
	if (!c->count)
		return -KM_ENOMEM;
	for (unsigned int i = 0; !err && i < p->nr_arrays; i++)
		err = tlb_array_init(&c->array[i], &p->array[i].geometry, rng_next(seeds));
	for (unsigned int n = 2; !err && n <= p->nr_tables; n++)
		err = tlb_array_init(&c->walk[n], &p->walk_cache[n], rng_next(seeds));
	for (unsigned int i = 0; !err && i < p->nr_lines; i++)
		err = tlb_array_init(&c->lines[i], &p->lines[i].geometry, rng_next(seeds));
	return err;
}

int tlb_open(struct tlb **out, const struct tlb_profile *p, unsigned int nr_cpus, uint64_t seed,
	     struct km_diag *d)
{
	struct rng seeds = rng_seeded(seed);
	int err = tlb_profile_check(p, d);

	if (err)
		return err;
	if (!nr_cpus || nr_cpus > KM_MAX_CPUS)
		return km_fail(d, KM_EINVAL, p->name, "a machine has 1 to %d CPUs", KM_MAX_CPUS);
	struct tlb *t = calloc(1, sizeof(*t));

	if (t)
		t->cpu = calloc(nr_cpus, sizeof(*t->cpu));
	if (!t || !t->cpu) {
		free(t);
		return km_fail(d, KM_ENOMEM, p->name, "out of memory");
	}
	t->prof = *p;
	t->nr_cpus = nr_cpus;
	for (unsigned int i = 0; i < p->nr_arrays; i++)
		t->sizes |= p->array[i].sizes;
	for (unsigned int use = 0; use < TLB_NR_USES; use++)
		for (unsigned int shift = 12; shift < 48; shift++)
			find_route(p, (enum tlb_use)use, shift, &t->route[use][shift]);
	for (unsigned int i = 0; !err && i < nr_cpus; i++)
		err = open_cpu(t, &t->cpu[i], &seeds);
	if (err)
		tlb_close(t);
	else
		*out = t;
	return err ? km_fail(d, KM_ENOMEM, p->name, "out of memory") : 0;
}

void tlb_close(struct tlb *t)
{
	if (!t)
		return;
	for (unsigned int i = 0; i < t->nr_cpus; i++) {
		struct tlb_cpu *c = &t->cpu[i];

		for (unsigned int k = 0; k < TLB_MAX_ARRAYS; k++)
			tlb_array_release(&c->array[k]);
		for (unsigned int k = 0; k < TLB_MAX_TABLES; k++)
			tlb_array_release(&c->walk[k]);
		for (unsigned int k = 0; k < TLB_MAX_LINES; k++)
			tlb_array_release(&c->lines[k]);
		free(c->count);
	}
	free(t->cpu);
	free(t);
}

unsigned int tlb_nr_cpus(const struct tlb *t)
{
	return t->nr_cpus;
}

const struct tlb_profile *tlb_profile(const struct tlb *t)
{
	return &t->prof;
}

uint64_t tlb_sizes(const struct tlb *t)
{
	return t->sizes;
}

/* ---- accesses ---- */

static bool ask(struct tlb_cpu *c, const struct tlb_route *r, unsigned int i,
		const struct tlb_access *a, uint32_t space)
{
	struct tlb_count *count = &c->count[r->array[i]][a->page_shift];
	const struct tlb_key k = tlb_key(a->vaddr, r->shift[i], r->shift[i], space);
	bool hit = tlb_array_hit(&c->array[r->array[i]], &k);

	count->accesses++;
	count->forced += a->forced;
	count->misses += !hit;
	return hit;
}

static void take(struct tlb_cpu *c, const struct tlb_route *r, unsigned int i,
		 const struct tlb_access *a, uint32_t space)
{
	const struct tlb_key k = tlb_key(a->vaddr, r->shift[i], r->shift[i], space);

	if (tlb_array_fill(&c->array[r->array[i]], &k))
		c->count[r->array[i]][a->page_shift].evictions++;
}

static void note_walk(struct tlb_cpu *c, const struct tlb_access *a, const struct tlb_outcome *out)
{
	struct tlb_walks *w = &c->walks[a->page_shift];

	w->walks++;
	w->forced += a->forced;
	w->table_reads += out->table_reads;
	w->cycles += out->cycles;
	c->totals.walks++;
	c->totals.table_reads += out->table_reads;
	c->totals.walk_cycles += out->cycles;
}

struct tlb_outcome tlb_access(struct tlb *t, unsigned int cpu, const struct tlb_access *a)
{
	struct tlb_cpu *c = &t->cpu[cpu];
	const struct tlb_route *r = &t->route[a->use][a->page_shift];
	uint32_t space = tlb_entry_space(t, c, a->kernel);
	struct tlb_outcome out = { 0 };
	unsigned int i = 0;

	c->totals.accesses++;
	while (i < r->nr && !ask(c, r, i, a, space))
		i++;
	if (i < r->nr) {
		const struct tlb_array_profile *p = &t->prof.array[r->array[i]];

		out.level = p->level;
		out.cycles = i ? p->hit_cycles : 0;
		c->totals.hit_cycles += out.cycles;
	} else {
		tlb_walk(t, c, a, &out);
		note_walk(c, a, &out);
	}
	while (i--)
		take(c, r, i, a, space);
	return out;
}

struct tlb_outcome tlb_touch(struct tlb *t, unsigned int cpu, const struct tlb_access *a,
			     uint64_t bytes)
{
	uint64_t last = bytes ? a->vaddr + bytes - 1 : a->vaddr;
	struct tlb_outcome sum = tlb_access(t, cpu, a);
	struct tlb_access more = *a;

	if (last < a->vaddr)
		last = UINT64_MAX;
	for (uint64_t page = a->vaddr >> a->page_shift; page < last >> a->page_shift;) {
		more.vaddr = ++page << a->page_shift;
		struct tlb_outcome one = tlb_access(t, cpu, &more);

		sum.cycles += one.cycles;
		sum.table_reads += one.table_reads;
		if (!one.level || (sum.level && one.level > sum.level))
			sum.level = one.level;
	}
	return sum;
}

/* ---- what was counted ---- */

struct tlb_count tlb_count(const struct tlb *t, unsigned int cpu, unsigned int array,
			   unsigned int shift)
{
	return t->cpu[cpu].count[array][shift];
}

struct tlb_walks tlb_walks(const struct tlb *t, unsigned int cpu, unsigned int shift)
{
	return t->cpu[cpu].walks[shift];
}

struct tlb_totals tlb_totals(const struct tlb *t, unsigned int cpu)
{
	return t->cpu[cpu].totals;
}

uint64_t tlb_held(const struct tlb *t, unsigned int cpu, unsigned int array)
{
	return t->cpu[cpu].array[array].held;
}

/* ---- recounting ---- */

static const char *check_cpu(const struct tlb *t, const struct tlb_cpu *c)
{
	const char *wrong = NULL;

	for (unsigned int i = 0; !wrong && i < t->prof.nr_arrays; i++)
		wrong = tlb_array_check(&c->array[i], t->prof.array[i].sizes);
	for (unsigned int n = 2; !wrong && n <= t->prof.nr_tables; n++)
		wrong = tlb_array_check(&c->walk[n], UINT64_C(1) << n);
	for (unsigned int i = 0; !wrong && i < t->prof.nr_lines; i++)
		wrong = tlb_array_check(&c->lines[i], (UINT64_C(2) << t->prof.nr_tables) - 2);
	for (unsigned int i = 0; !wrong && i < t->prof.nr_arrays; i++)
		for (unsigned int s = 0; s < 64; s++)
			if (c->count[i][s].misses > c->count[i][s].accesses ||
			    c->count[i][s].evictions > c->count[i][s].misses)
				wrong = "it counted more misses than accesses, or more evictions";
	return wrong;
}

int tlb_check(const struct tlb *t, struct km_diag *d)
{
	char where[48];

	for (unsigned int i = 0; i < t->nr_cpus; i++) {
		const char *wrong = check_cpu(t, &t->cpu[i]);

		snprintf(where, sizeof(where), "TLB of CPU %u", i);
		if (wrong)
			return km_fail(d, KM_EINVAL, where, "%s", wrong);
	}
	return 0;
}
