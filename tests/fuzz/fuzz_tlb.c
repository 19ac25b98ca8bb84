/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as the description of a TLB; one that is accepted is used for a while, with switches
 * and flushes, and recounted.
 */
#include <stdlib.h>

#include "cli/config.h"
#include "cli/tlb_spec.h"
#include "engine/core/rng.h"

enum { STEPS = 400, MOST_ENTRIES = 1 << 15, CPUS = 2 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void step(struct tlb *t, struct rng *x)
{
	unsigned int cpu = (unsigned int)rng_below(x, CPUS);
	const struct tlb_access a = {
		.vaddr = rng_below(x, 3) ? rng_below(x, 1 << 24) : rng_next(x),
		.use = (enum tlb_use)rng_below(x, TLB_NR_USES),
		.page_shift = (uint8_t)(12 + (rng_below(x, 2) ? 0 : rng_below(x, 36))),
		.kernel = rng_below(x, 2),
	};

	switch (rng_below(x, 32)) {
	case 0:
		tlb_switch(t, cpu, (uint32_t)rng_below(x, 2) ? (uint32_t)rng_next(x) : 5);
		break;
	case 1:
		tlb_flush_page(t, cpu, a.vaddr);
		break;
	case 2:
		tlb_flush_kernel(t, cpu, a.vaddr, a.vaddr + rng_below(x, 1 << 18));
		break;
	case 3:
		tlb_flush_mm(t, cpu, 5);
		break;
	default:
		tlb_access(t, cpu, &a);
	}
}

static bool small(const struct tlb_profile *p)
{
	uint64_t entries = 0;

	for (unsigned int i = 0; i < p->nr_arrays; i++)
		entries += p->array[i].geometry.entries;
	for (unsigned int i = 0; i < TLB_MAX_TABLES; i++)
		entries += p->walk_cache[i].entries;
	for (unsigned int i = 0; i < p->nr_lines; i++)
		entries += p->lines[i].geometry.entries;
	return entries <= MOST_ENTRIES && p->flush_ceiling_pages < 1000;
}

static void use(const struct tlb_profile *p)
{
	struct rng x = rng_seeded(p->nr_arrays);
	struct km_diag d;
	struct tlb *t;

	if (tlb_open(&t, p, CPUS, 1, &d))
		abort(); /* it was checked */
	for (unsigned int i = 0; i < STEPS; i++)
		step(t, &x);
	if (tlb_check(t, &d))
		abort();
	tlb_close(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tlb_spec *s = malloc(sizeof(*s));
	struct km_diag d;

	if (!s)
		abort();
	if (!config_read_tlb_text(s, "fuzz", (const char *)data, size, &d) && small(&s->profile))
		use(&s->profile);
	free(s);
	return 0;
}
