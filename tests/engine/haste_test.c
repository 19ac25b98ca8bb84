/* SPDX-License-Identifier: GPL-2.0-only */
/* Which allocations an interrupt fell into, by hand. */
#include <criterion/criterion.h>

#include "engine/core/gfp.h"
#include "engine/replay/haste.h"

static struct haste h;
static uint64_t now;

static void start(void)
{
	cr_assert_eq(haste_open(&h, 2), 0);
	now = 0;
}

static void end(void)
{
	haste_release(&h);
}

TestSuite(haste, .init = start, .fini = end);

static struct km_event event(unsigned int kind, uint64_t after, unsigned int ctx, uint32_t gfp)
{
	struct km_event ev = { .kind = (uint8_t)kind, .pid = 7, .ctx = (uint8_t)ctx };

	now += after;
	ev.ts_ns = now;
	if (kind == KM_EV_PAGE_ALLOC)
		ev.page = (struct km_ev_page){ .gfp = gfp };
	return ev;
}

static void learn(unsigned int kind, uint64_t after, unsigned int ctx, uint32_t gfp)
{
	struct km_event ev = event(kind, after, ctx, gfp);

	haste_learn(&h, &ev);
}

static bool asked(unsigned int kind, uint64_t after, unsigned int ctx, uint32_t gfp)
{
	struct km_event ev = event(kind, after, ctx, gfp);

	return haste_interrupted(&h, &ev);
}

/*
 * 400 interrupts are left in 5,000 ns and more, 400 allocations take 3,000 ns, 7,000 ns with
 * zeroing: one behind an interrupt takes 8,000 or 12,000 at least.
 */
static void learn_all(void)
{
	for (unsigned int i = 0; i < 400; i++) {
		learn(KM_EV_KFREE, 100000, KM_CTX_SOFTIRQ, 0);
		learn(KM_EV_KFREE, 5000 + 10 * i, 0, 0);
		learn(KM_EV_PAGE_ALLOC, 3000 + 10 * i, 0, KM_GFP_KERNEL);
		learn(KM_EV_PAGE_ALLOC, 7000 + 10 * i, 0, KM_GFP_KERNEL | KM_GFP_ZERO);
	}
	haste_settle(&h);
}

Test(haste, allocation_that_comes_too_soon_was_interrupted)
{
	learn_all();
	cr_assert(!asked(KM_EV_KFREE, 100000, KM_CTX_SOFTIRQ, 0));
	cr_assert(asked(KM_EV_PAGE_ALLOC, 7900, 0, KM_GFP_KERNEL));
	cr_assert(!asked(KM_EV_KFREE, 100000, KM_CTX_SOFTIRQ, 0));
	cr_assert(!asked(KM_EV_PAGE_ALLOC, 8300, 0, KM_GFP_KERNEL));
	cr_assert(!asked(KM_EV_KFREE, 100000, KM_CTX_SOFTIRQ, 0));
	cr_assert(asked(KM_EV_PAGE_ALLOC, 11800, 0, KM_GFP_KERNEL | KM_GFP_ZERO));
	cr_assert(!asked(KM_EV_KFREE, 100000, KM_CTX_SOFTIRQ, 0));
	cr_assert(!asked(KM_EV_PAGE_ALLOC, 12700, 0, KM_GFP_KERNEL | KM_GFP_ZERO));
}

Test(haste, only_an_allocation_right_behind_an_interrupt_of_its_task)
{
	learn_all();
	cr_assert(!asked(KM_EV_KFREE, 100000, KM_CTX_SOFTIRQ, 0));
	cr_assert(!asked(KM_EV_KFREE, 5000, 0, 0));
	cr_assert(!asked(KM_EV_PAGE_ALLOC, 100, 0, KM_GFP_KERNEL));
	cr_assert(!asked(KM_EV_PAGE_ALLOC, 100, KM_CTX_SOFTIRQ, KM_GFP_KERNEL));

	struct km_event other = event(KM_EV_PAGE_ALLOC, 100, 0, KM_GFP_KERNEL);

	other.pid = 8;
	cr_assert(!haste_interrupted(&h, &other));
	cr_assert(!asked(KM_EV_KFREE, 100000, KM_CTX_SOFTIRQ, 0));
	other.pid = 7;
	other.cpu = 1;
	other.ts_ns = now + 100;
	cr_assert(!haste_interrupted(&h, &other));
	other.cpu = 2; /* more CPUs than the machine has */
	cr_assert(!haste_interrupted(&h, &other));
}

Test(haste, too_few_times_say_nothing)
{
	for (unsigned int i = 0; i < 99; i++) {
		learn(KM_EV_KFREE, 100000, KM_CTX_SOFTIRQ, 0);
		learn(KM_EV_PAGE_ALLOC, 5000, 0, KM_GFP_KERNEL);
		learn(KM_EV_PAGE_ALLOC, 3000, 0, KM_GFP_KERNEL);
	}
	haste_settle(&h);
	cr_assert(!asked(KM_EV_KFREE, 100000, KM_CTX_SOFTIRQ, 0));
	cr_assert(!asked(KM_EV_PAGE_ALLOC, 1, 0, KM_GFP_KERNEL));
}

/* A trace without the interrupt's flag, and a clock that went back. */
Test(haste, without_context_or_order_nothing_is_said)
{
	learn_all();
	cr_assert(!asked(KM_EV_KFREE, 100000, KM_CTX_UNKNOWN, 0));
	cr_assert(!asked(KM_EV_PAGE_ALLOC, 1, KM_CTX_UNKNOWN, KM_GFP_KERNEL));
	cr_assert(!asked(KM_EV_KFREE, 100000, KM_CTX_SOFTIRQ, 0));
	now -= 50000;
	cr_assert(!asked(KM_EV_PAGE_ALLOC, 1, 0, KM_GFP_KERNEL));
}

/* Longest and shortest times find their classes. */
Test(haste, any_time_has_a_class)
{
	learn(KM_EV_KFREE, 1, KM_CTX_SOFTIRQ, 0);
	learn(KM_EV_KFREE, UINT64_MAX - 2, 0, 0);
	for (unsigned int i = 0; i < 64; i++) {
		now = 0;
		learn(KM_EV_KFREE, 0, KM_CTX_SOFTIRQ, 0);
		learn(KM_EV_KFREE, UINT64_C(1) << i, 0, 0);
	}
	cr_assert_eq(h.leave->n, 65);
}
