/* SPDX-License-Identifier: GPL-2.0-only */
/* Mapping highmem pages as mm/highmem.c does: a table of 8 slots, pages from 1000 on are high. */
#include <criterion/criterion.h>

#include "engine/kmap/kmap.h"

enum { PAGE = 4096, HIGH = 1000, BASE = 0x100000, FIXMAP = 0x200000, DIRECT = 0x400000 };

static const struct kmap_profile by_type = { KMAP_BY_TYPE, 20 };
static const struct kmap_profile cpu_stack = { KMAP_CPU_STACK, 20 };
static const struct kmap_profile task_stack = { KMAP_TASK_STACK, 16 };

static struct kmap k;

static void open_table(const struct kmap_profile *prof, unsigned int colours)
{
	const struct kmap_config c = { .prof = prof,
				       .slots = 8,
				       .colours = colours,
				       .nr_cpus = 2,
				       .page_shift = 12,
				       .base = BASE,
				       .fixmap = FIXMAP,
				       .direct_map = DIRECT,
				       .lowmem_end = HIGH };

	cr_assert_eq(kmap_init(&k, &c), 0);
}

static void end(void)
{
	struct km_diag d;

	if (!k.count)
		return;
	cr_assert_eq(kmap_check(&k, &d), 0, "%s", d.what);
	kmap_release(&k);
}

TestSuite(kmap, .fini = end);

static void maps(uint64_t page, unsigned int slot)
{
	cr_assert_eq(kmap_map(&k, page), BASE + slot * (uint64_t)PAGE);
	cr_assert_eq(kmap_address(&k, page), BASE + slot * (uint64_t)PAGE);
}

/* map_new_virtual(): the first slot is 1; 0 comes when the turn begins anew */
Test(kmap, slots_are_taken_in_turn)
{
	open_table(&task_stack, 0);
	for (unsigned int i = 1; i < 8; i++)
		maps(HIGH + i, i);
	cr_assert_eq(k.n.flushes, 0);
	maps(HIGH, 0);
	cr_assert_eq(k.n.flushes, 0, "nobody had gone");
	maps(HIGH + 3, 3);
	cr_assert_eq(k.n.found, 1);
	cr_assert_eq(k.count[3], 3);
	cr_assert_eq(kmap_map(&k, 7), DIRECT + 7 * PAGE, "what the direct map has needs no slot");
	cr_assert_eq(k.n.maps, 9);
}

/* kunmap_high() takes nothing down; flush_all_zero_pkmaps() all of it at once */
Test(kmap, a_flush_frees_all_that_nobody_uses)
{
	open_table(&task_stack, 0);
	for (unsigned int i = 1; i < 8; i++)
		maps(HIGH + i, i);
	for (unsigned int i = 1; i < 8; i += 2)
		cr_assert_eq(kmap_unmap(&k, HIGH + i), 0);
	cr_assert_eq(k.count[1], 1);
	cr_assert_eq(kmap_address(&k, HIGH + 1), BASE + PAGE, "it still lies there");
	maps(HIGH + 1, 1);
	cr_assert_eq(k.count[1], 2);
	cr_assert_eq(k.n.found, 1);
	maps(HIGH + 20, 0);
	cr_assert_eq(k.n.flushes, 1);
	cr_assert_eq(kmap_address(&k, HIGH + 3), 0);
	maps(HIGH + 21, 3);
	maps(HIGH + 22, 5);
	maps(HIGH + 23, 7);
	cr_assert_eq(k.n.flushes, 1);
}

/* map_new_virtual(): all have users: sleep; kunmap_high() wakes who sleeps, all of them */
Test(kmap, a_full_table_makes_wait)
{
	open_table(&task_stack, 0);
	for (unsigned int i = 0; i < 8; i++)
		cr_assert_neq(kmap_map(&k, HIGH + i), 0);
	cr_assert_neq(kmap_map(&k, HIGH + 2), 0);
	cr_assert_eq(kmap_map(&k, HIGH + 50), 0);
	cr_assert_eq(kmap_map(&k, HIGH + 51), 0);
	cr_assert_eq(k.n.waits, 2);
	cr_assert_eq(kmap_address(&k, HIGH + 50), 0);
	cr_assert_eq(kmap_unmap(&k, HIGH + 2), 0, "it has another user");
	cr_assert_eq(kmap_unmap(&k, HIGH + 2), 2);
	cr_assert_eq(kmap_unmap(&k, HIGH + 4), 0, "nobody sleeps any more");
	cr_assert_neq(kmap_map(&k, HIGH + 50), 0);
	cr_assert_neq(kmap_map(&k, HIGH + 51), 0);
	cr_assert_eq(k.n.flushes, 1);
}

/* get_next_pkmap_nr() of xtensa: a colour has every second slot here, and a turn of its own */
Test(kmap, colours_have_slots_of_their_own)
{
	open_table(&task_stack, 2);
	maps(HIGH, 2);
	maps(HIGH + 1, 3);
	maps(HIGH + 2, 4);
	maps(HIGH + 4, 6);
	maps(HIGH + 6, 0);
	cr_assert_eq(kmap_map(&k, HIGH + 8), 0);
	maps(HIGH + 3, 5);
}

/* kmap_atomic() [2.6.34]: type + KM_TYPE_NR * cpu */
Test(kmap, a_slot_for_each_type)
{
	open_table(&by_type, 0);
	cr_assert_eq(kmap_short(&k, 1, 3, NULL, HIGH), FIXMAP + (20 + 3) * PAGE);
	cr_assert_eq(kmap_short(&k, 0, 3, NULL, HIGH), FIXMAP + 3 * PAGE);
	cr_assert_eq(kmap_short(&k, 1, 0, NULL, HIGH + 1), FIXMAP + 20 * PAGE);
	cr_assert_eq(kmap_short(&k, 1, 1, NULL, 5), DIRECT + 5 * PAGE);
	kmap_short_end(&k, 1, 3, NULL, HIGH);
	kmap_short_end(&k, 1, 0, NULL, HIGH + 1);
	kmap_short_end(&k, 1, 1, NULL, 5);
	cr_assert_eq(k.n.local_flushes, 2);
	cr_assert_eq(kmap_short(&k, 1, 3, NULL, HIGH + 2), FIXMAP + (20 + 3) * PAGE);
}

/* kmap_atomic_idx_push() [3.5] */
Test(kmap, a_stack_for_each_cpu)
{
	open_table(&cpu_stack, 0);
	cr_assert_eq(kmap_short(&k, 1, 7, NULL, HIGH), FIXMAP + 20 * PAGE);
	cr_assert_eq(kmap_short(&k, 1, 7, NULL, HIGH + 1), FIXMAP + 21 * PAGE);
	kmap_short_end(&k, 1, 7, NULL, HIGH + 1);
	cr_assert_eq(kmap_short(&k, 1, 7, NULL, HIGH + 2), FIXMAP + 21 * PAGE);
}

/* __kmap_local_sched_out(), __kmap_local_sched_in() [6.1]: a task's mappings go with it */
Test(kmap, a_stack_for_each_task)
{
	struct kmap_task a = { 0 }, b = { 0 }, none = { 0 };

	open_table(&task_stack, 0);
	cr_assert_eq(kmap_short(&k, 0, 0, &a, HIGH), FIXMAP);
	cr_assert_eq(kmap_short(&k, 0, 0, &a, HIGH + 1), FIXMAP + PAGE);
	kmap_switch(&k, 0, &a, &b);
	cr_assert_eq(k.n.local_flushes, 2);
	cr_assert_eq(kmap_short(&k, 0, 0, &b, HIGH + 2), FIXMAP, "the slots are free");
	kmap_switch(&k, 0, &b, &none);
	kmap_switch(&k, 1, &none, &a);
	kmap_short_end(&k, 1, 0, &a, HIGH + 1);
	kmap_short_end(&k, 1, 0, &a, HIGH);
	cr_assert_eq(a.depth, 0);
	kmap_switch(&k, 1, &a, &b);
	kmap_short_end(&k, 1, 0, &b, HIGH + 2);
}

Test(kmap, what_cannot_be)
{
	struct kmap_config c = { .prof = &task_stack, .slots = 6, .nr_cpus = 1 };

	cr_assert_eq(kmap_init(&k, &c), -KM_EINVAL);
	c.slots = 8;
	c.colours = 9;
	cr_assert_eq(kmap_init(&k, &c), -KM_EINVAL);
}
