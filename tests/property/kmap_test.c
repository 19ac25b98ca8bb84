/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random maps and unmaps of more pages than there are slots: no slot that has users is handed out,
 * every page in use is where it was said to be, and who found the table full is told when one goes.
 */
#include <criterion/criterion.h>

#include "engine/kmap/kmap.h"
#include "tests/property/random.h"

enum { SLOTS = 16, PAGES = 40, STEPS = 20000, HIGH = 500 };

static const struct kmap_profile prof = { KMAP_TASK_STACK, 16 };

struct held {
	uint64_t addr;
	unsigned int users;
};

static void nobody_else_has(const struct held *page, unsigned int i)
{
	for (unsigned int other = 0; other < PAGES; other++)
		cr_assert(other == i || !page[other].users || page[other].addr != page[i].addr,
			  "pages %u and %u have one slot", i, other);
}

static void sequence(unsigned int colours, uint64_t seed)
{
	const struct kmap_config c = { .prof = &prof,
				       .slots = SLOTS,
				       .colours = colours,
				       .nr_cpus = 1,
				       .page_shift = 12,
				       .base = 1 << 20,
				       .lowmem_end = HIGH };
	struct held page[PAGES] = { 0 };
	struct random x = { seed };
	struct km_diag d;
	struct kmap k;
	unsigned int most = 2;

	cr_assert_eq(kmap_init(&k, &c), 0);
	for (unsigned int step = 0; step < STEPS; step++) {
		unsigned int i = random_below(&x, PAGES), used = 0, like = 0;

		/* fill it, and empty it again */
		most = step % 2000 == 0 ? 8 - most : most;
		for (unsigned int p = 0; p < PAGES; p++) {
			used += page[p].users != 0;
			like += page[p].users && p % k.c.colours == i % k.c.colours;
		}
		if (random_below(&x, 8) < most) {
			uint64_t addr = kmap_map(&k, HIGH + i);

			cr_assert_eq(addr == 0, !page[i].users && like == SLOTS / k.c.colours);
			cr_assert(!page[i].users || addr == page[i].addr);
			page[i].users += addr != 0;
			page[i].addr = addr ? addr : page[i].addr;
			if (page[i].users)
				nobody_else_has(page, i);
		} else if (page[i].users) {
			uint64_t sleep = k.waiting[(HIGH + i) % k.c.colours];

			cr_assert_eq(kmap_unmap(&k, HIGH + i), --page[i].users ? 0 : sleep);
		}
		for (unsigned int p = 0; p < PAGES; p++)
			cr_assert(!page[p].users || kmap_address(&k, HIGH + p) == page[p].addr);
		cr_assert_eq(kmap_check(&k, &d), 0, "%s", d.what);
		cr_assert_leq(used, SLOTS);
	}
	cr_assert(k.n.waits && k.n.flushes && k.n.found);
	kmap_release(&k);
}

Test(kmap_property, no_slot_has_two_pages)
{
	for (uint64_t seed = 1; seed <= 3; seed++)
		sequence(0, seed);
	sequence(2, 11);
	sequence(4, 12);
}
