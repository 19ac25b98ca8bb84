/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recorded events put back into the kernel's context. Operations are told as text: A alloc, R run,
 * F free, X surplus of an exact request, L free that found the lock taken, S first phase of a
 * batched free, D drain, E any other; then the page, and in brackets what it caused (a fallback
 * with an x before it). A refill here is three blocks.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "engine/replay/group.h"
#include "tests/property/random.h"

enum { TEXT = 65536, MANY = 30000 };

static struct group *g;
static uint64_t number;
static char said[TEXT];
static size_t used;
static uint8_t seen[MANY + 1];
static int fail_with;
static size_t removed;

static int tell(void *ctx, const struct op *op, struct km_diag *d)
{
	char kind = "EARFDS"[op->kind];

	(void)ctx;
	(void)d;
	seen[op->no]++;
	for (size_t i = 0; i < op->nr_rec; i++)
		seen[op->rec[i].no] = (uint8_t)(seen[op->rec[i].no] + (op->rec[i].no != op->no));
	for (size_t i = 0; i < op->nr_rec; i++)
		removed += op->rec[i].removes;
	if (used > TEXT - 4096 || op->nr_rec > 200)
		return fail_with;
	if (op->kind == OP_FREE && op->free_flags)
		kind = op->free_flags & PAGES_FREE_TO_TAIL ? 'X' : 'L';
	used += (size_t)sprintf(said + used, "%s%c%lld[", used ? " " : "", kind,
				kind == 'E' ? -1LL : (long long)op->ev->page.pfn);
	for (size_t i = 0; i < op->nr_rec; i++)
		used += (size_t)sprintf(said + used, "%s%s%llu", i ? " " : "",
					op->rec[i].ev.kind == KM_EV_EXTFRAG ? "x" : "",
					(unsigned long long)op->rec[i].ev.page.pfn);
	used += (size_t)sprintf(said + used, "]");
	return fail_with;
}

static unsigned int refill_of(void *ctx, const struct km_event *ev)
{
	(void)ctx;
	(void)ev;
	return 3;
}

static void open_group(void)
{
	const struct group_sink sink = { .op = tell, .refill = refill_of };

	cr_assert_eq(group_open(&g, &sink), 0);
	number = 0;
}

static void end(void)
{
	group_close(g);
}

TestSuite(group, .init = open_group, .fini = end);

static void push_as(const struct km_event *ev, bool interrupted)
{
	struct km_diag d;

	cr_assert_eq(group_push(g, ev, ++number, interrupted, &d), 0);
}

static void push(const struct km_event *ev)
{
	push_as(ev, false);
}

static struct km_event event(unsigned int kind, unsigned int cpu, uint64_t nr, unsigned int order)
{
	struct km_event ev = { .kind = (uint8_t)kind,
			       .cpu = (uint16_t)cpu,
			       .pid = 100 + (int32_t)cpu };

	if (kind == KM_EV_EXTFRAG)
		ev.extfrag = (struct km_ev_extfrag){ .pfn = nr };
	else
		ev.page = (struct km_ev_page){ .pfn = nr, .order = (uint8_t)order };
	return ev;
}

static void on(unsigned int cpu, unsigned int kind, uint64_t nr, unsigned int order)
{
	struct km_event ev = event(kind, cpu, nr, order);

	push(&ev);
}

/*
 * One letter and a page for each event of a CPU: z zone_locked, x extfrag, a alloc, f free, b
 * batched, d drain, o other.
 */
static void events(unsigned int cpu, const char *text)
{
	static const char letters[] = "zxafbdo";
	static const unsigned int kinds[] = {
		KM_EV_ZONE_LOCKED,	 KM_EV_EXTFRAG,	   KM_EV_PAGE_ALLOC, KM_EV_PAGE_FREE,
		KM_EV_PAGE_FREE_BATCHED, KM_EV_PCPU_DRAIN, KM_EV_KFREE
	};
	unsigned int nr;
	int length;
	char letter;

	while (sscanf(text, " %c%u%n", &letter, &nr, &length) == 2) {
		on(cpu, kinds[strchr(letters, letter) - letters], nr, 0);
		text += length;
	}
}

static void says(const char *want)
{
	struct km_diag d;

	cr_assert_eq(group_flush(g, &d), 0);
	cr_assert_str_eq(said, want, "says \"%s\", not \"%s\"", said, want);
}

Test(group, refill_belongs_to_the_allocation_of_its_first_page)
{
	events(0, "z1 z2 z3 a1 a2 a3");
	says("A1[1 2 3] A2[] A3[]");
}

/*
 * f and b outside, F in an interrupt; A, an allocation that had its page before the interrupt. The
 * list of pages is put back under the per-CPU lock, from its first page to its last:
 * free_unref_page_list().
 */
static void mixed(const char *text)
{
	static const unsigned int kinds[] = {
		['f'] = KM_EV_PAGE_FREE,  ['F'] = KM_EV_PAGE_FREE,  ['b'] = KM_EV_PAGE_FREE_BATCHED,
		['a'] = KM_EV_PAGE_ALLOC, ['d'] = KM_EV_PCPU_DRAIN, ['z'] = KM_EV_ZONE_LOCKED,
		['A'] = KM_EV_PAGE_ALLOC
	};
	unsigned int nr;
	int length;
	char letter;

	while (sscanf(text, " %c%u%n", &letter, &nr, &length) == 2) {
		struct km_event ev = event(kinds[(unsigned char)letter], 0, nr, 0);

		ev.ctx = letter == 'F' ? KM_CTX_SOFTIRQ : 0;
		push_as(&ev, letter == 'A');
		text += length;
	}
}

Test(group, interrupt_between_two_pages_of_a_list_finds_the_lock_taken)
{
	mixed("f1 f2 b1 F7 F8 b2 F9");
	says("S1[] S2[] F1[] L7[] L8[] F2[] F9[]");
}

Test(group, interrupt_before_a_list_or_in_other_work_finds_the_lock_free)
{
	mixed("f1 F7 b1 F8 a3 f2 F9 b2");
	says("S1[] F7[] F1[] F8[] A3[] S2[] F9[] F2[]");
}

/* Kernel: mm/page_alloc.c:rmqueue_pcplist(), and prep_new_page() before trace_mm_page_alloc() */
Test(group, interrupted_allocation_comes_before_what_the_interrupt_did)
{
	mixed("f1 F7 F8 A1 a8");
	says("F1[] A1[] F7[] F8[] A8[]");
}

/* Only a page from a per-CPU list: a refill is on record where it happened. */
Test(group, refill_behind_an_interrupt_is_where_it_stands)
{
	mixed("f1 F7 z2 z3 z4 A2");
	says("F1[] F7[] A2[2 3 4]");
}

Test(group, allocation_without_an_interrupt_before_it_stays)
{
	mixed("F7 f1 A1 A7");
	says("F7[] F1[] A1[] A7[]");
}

static unsigned int one_type(void *ctx, struct pfn p)
{
	(void)ctx, (void)p;
	return KM_UNMOVABLE;
}

static void open_typed(void)
{
	const struct group_sink sink = { .op = tell, .refill = refill_of, .type = one_type };

	cr_assert_eq(group_open(&g, &sink), 0);
	number = 0;
}

TestSuite(group_typed, .init = open_typed, .fini = end);

/*
 * The lists are taken from at the head (rmqueue_pcplist()). 7 came in an interrupt, nothing names
 * it again: 1 and 2 are handed out from below where it should lie, so it is not there.
 */
Test(group_typed, page_that_is_passed_over_was_never_on_the_list)
{
	mixed("f2 f1 F7 a1 a2");
	says("F2[] F1[] L7[] A1[] A2[]");
}

/* What came after it lies above it. */
Test(group_typed, pages_from_above_say_nothing_of_what_lies_below)
{
	mixed("f1 F7 f3 f4 a4 a3 a1");
	says("F1[] F7[] F3[] F4[] A4[] A3[] A1[]");
}

/* Kernel: mm/page_alloc.c:__rmqueue_pcplist(): only an empty list is filled */
Test(group_typed, list_that_is_filled_was_empty)
{
	mixed("f1 F7 a1 z4 z5 z6 a4");
	says("F1[] L7[] A1[] A4[4 5 6]");
}

/* The allocation of 1 may have been the interrupted one: it had its page before 7 came. */
Test(group_typed, one_page_from_below_is_not_enough)
{
	mixed("f2 f1 F7 a1");
	says("F2[] F1[] F7[] A1[]");
}

/* Who is named again was handed out, or drained: from the list. */
Test(group_typed, page_that_is_named_again_was_on_the_list)
{
	mixed("f2 f1 F7 a1 a2 a7");
	says("F2[] F1[] F7[] A1[] A2[] A7[]");
}

/* Kernel: mm/page_alloc.c:free_pcppages_bulk(): the zone's lock is held with interrupts off */
Test(group, interrupt_right_behind_a_drain_finds_the_lock_taken)
{
	mixed("f1 d3 d4 F7 a9 F8");
	says("F1[3 4] L7[] A9[] F8[]");
}

/* A page on a per-CPU list comes to the free lists by a drain only. */
Test(group, page_that_leaves_the_free_lists_undrained_was_freed_to_them)
{
	mixed("F7 F8 a1 d8 z7 a7 z8 a8 f9 z9 a9");
	says("L7[] F8[] A1[] D8[8] A7[7] A8[8] F9[] A9[9]");
}

/* Kernel: mm/page_alloc.c:__rmqueue_claim(), __rmqueue_steal() [6.12.117] */
Test(group, fallback_that_names_its_page_is_the_removal)
{
	const struct group_sink sink = { .op = tell,
					 .refill = refill_of,
					 .fallback_names_page = true };

	group_close(g);
	cr_assert_eq(group_open(&g, &sink), 0);
	events(0, "x5 z6 z7 a5 z8 x8 a8 z1 x2 x3 a1");
	says("A5[x5 6 7] A8[8 x8] A1[1 x2 x3]");
	cr_assert_eq(removed, 1 + 2 + 1 + 3);
}

Test(group, fallback_that_names_its_block_is_none)
{
	events(0, "x5 z5 z6 a5");
	says("A5[x5 5 6]");
	cr_assert_eq(removed, 2);
}

Test(group, another_cpu_s_interrupt_meets_another_lock)
{
	struct km_event ev = event(KM_EV_PAGE_FREE, 1, 7, 0);

	mixed("f1 f2 b1");
	ev.ctx = KM_CTX_SOFTIRQ;
	push(&ev);
	mixed("F8 b2");
	says("S1[] S2[] F1[] F7[] L8[] F2[]");
}

Test(group, allocation_from_the_list_alone)
{
	events(0, "a5");
	on(0, KM_EV_PAGE_ALLOC, KM_NO_PFN, 3);
	says("A5[] A-1[]");
}

Test(group, refills_of_a_bulk_request_end_where_the_traced_one_begins)
{
	events(0, "z1 z2 z3 z4 z5 z6 a4");
	says("R1[1 2 3] A4[4 5 6]");
}

Test(group, page_from_the_middle_of_a_refill_was_next_on_the_list)
{
	events(0, "z1 z2 z3 a2");
	says("R1[1 2 3] A2[]");
}

Test(group, fallback_belongs_to_the_removal_behind_it)
{
	events(0, "x1 z1 z2 z3 a1");
	says("A1[x1 1 2 3]");
}

Test(group, fallback_between_two_refills_goes_with_the_second)
{
	events(0, "z1 z2 z3 x9 z4 z5 z6 a4");
	says("R1[1 2 3] A4[x9 4 5 6]");
}

Test(group, removals_nobody_asked_for_are_a_run)
{
	events(0, "z1 z2 z3 o0 z4 z5 z6 o0");
	says("R1[1 2 3] E-1[] R4[4 5 6] E-1[]");
}

/* An interrupt between a removal and the mm_page_alloc it served. */
Test(group, nested_free_does_not_part_a_refill_from_its_allocation)
{
	events(0, "z1 z2 z3 f7 d8 a1");
	says("A1[1 2 3] F7[8]");
}

Test(group, nested_allocation_from_another_list)
{
	events(0, "z1 z2 z3 a9 a1");
	says("A1[1 2 3] A9[]");
}

Test(group, nested_allocation_with_a_refill_of_its_own)
{
	events(0, "z1 z2 z3 z11 z12 z13 a11 a1");
	says("A1[1 2 3] A11[11 12 13]");
}

Test(group, cpus_do_not_mix)
{
	events(0, "z1");
	events(1, "z21 z22");
	events(0, "z2 z3");
	events(1, "z23");
	events(0, "a1");
	events(1, "a21 f30");
	events(0, "f40");
	events(1, "d31");
	events(0, "d41");
	says("A1[1 2 3] A21[21 22 23] F30[31] F40[41]");
}

Test(group, drains_belong_to_the_free_before_them)
{
	events(0, "f1 d5 d6 f2 f3 d7");
	says("F1[5 6] F2[] F3[7]");
}

Test(group, drain_behind_something_else_is_its_own)
{
	events(0, "f1 o0 d5 d6 a9 d7");
	says("F1[] E-1[] D5[5 6] A9[] D7[7]");
}

Test(group, drain_of_another_task_is_its_own)
{
	struct km_event ev = event(KM_EV_PCPU_DRAIN, 0, 5, 0);

	events(0, "f1");
	ev.pid = 7;
	push(&ev);
	says("F1[] D5[5]");
}

/*
 * Kernel: mm/page_alloc.c:3543 free_unref_page_list(): all are prepared, then each takes effect
 * [6.1.192]
 */
Test(group, batched_frees_take_effect_in_the_second_phase)
{
	events(0, "f1 f2 f3 b1 b2 d8 d9 b3");
	says("S1[] S2[] S3[] F1[] F2[8 9] F3[]");
}

Test(group, order_of_a_batched_free_is_that_of_its_first_phase)
{
	on(0, KM_EV_PAGE_FREE, 512, 9);
	on(0, KM_EV_PAGE_FREE_BATCHED, 512, 0);
	says("S512[] F512[]");
}

Test(group, page_that_found_the_lists_locked_took_effect_at_once)
{
	events(0, "f1 f2 b2");
	says("F1[] S2[] F2[]");
}

/* Kernel: mm/page_alloc.c:5890 make_alloc_exact() [6.1.192] */
Test(group, frees_up_to_the_end_of_a_new_block_are_surplus)
{
	on(0, KM_EV_PAGE_ALLOC, 8, 3);
	events(0, "f13 f14 f15 f16");
	says("A8[] X13[] X14[] X15[] F16[]");
}

Test(group, frees_that_stop_short_or_skip_are_ordinary)
{
	on(0, KM_EV_PAGE_ALLOC, 8, 3);
	events(0, "f13 f14 o0");
	on(0, KM_EV_PAGE_ALLOC, 16, 3);
	events(0, "f21 f23");
	on(0, KM_EV_PAGE_ALLOC, 24, 3);
	events(0, "f24 f25");
	says("A8[] F13[] F14[] E-1[] A16[] F21[] F23[] A24[] F24[] F25[]");
}

Test(group, compound_blocks_and_other_cpus_leave_no_surplus)
{
	struct km_event ev = event(KM_EV_PAGE_ALLOC, 0, 8, 3);

	ev.page.gfp = KM_GFP_COMP;
	push(&ev);
	events(0, "f14 f15");
	on(0, KM_EV_PAGE_ALLOC, 16, 3);
	events(1, "f22 f23");
	says("A8[] F14[] F15[] A16[] F22[] F23[]");
}

Test(group, pages_of_any_number_are_linked)
{
	events(0, "z4000000000 z4000000001 a4000000000 f4000000000 b4000000000");
	says("A4000000000[4000000000 4000000001] S4000000000[] F4000000000[]");
}

Test(group, error_of_the_sink_ends_it)
{
	struct km_diag d;

	fail_with = -KM_EIO;
	events(0, "a1");
	cr_assert_eq(group_flush(g, &d), -KM_EIO);
}

static unsigned int next_of_one[8];
static size_t asked;

static int ask(void *ctx, const struct op *op, struct km_diag *d)
{
	(void)ctx;
	(void)op;
	(void)d;
	next_of_one[asked++] = group_next_of(g, pfn(1));
	return 0;
}

Test(group, what_happens_next_to_a_page)
{
	const struct group_sink sink = { .op = ask, .refill = refill_of };
	struct km_diag d;

	group_close(g);
	cr_assert_eq(group_open(&g, &sink), 0);
	events(0, "f2 a1 f1 a3");
	cr_assert_eq(group_flush(g, &d), 0);
	cr_assert_eq(next_of_one[0], KM_EV_PAGE_ALLOC);
	cr_assert_eq(next_of_one[1], KM_EV_PAGE_FREE);
	cr_assert_eq(next_of_one[2], KM_NR_EVENT_KINDS);
	cr_assert_eq(next_of_one[3], KM_NR_EVENT_KINDS);
}

/*
 * Whatever comes, each event is in exactly one operation, but for a batched free without its first
 * phase.
 */
Test(group, no_event_is_lost_or_doubled)
{
	static const unsigned int kinds[] = { KM_EV_ZONE_LOCKED, KM_EV_ZONE_LOCKED,
					      KM_EV_ZONE_LOCKED, KM_EV_PAGE_ALLOC,
					      KM_EV_PAGE_FREE,	 KM_EV_PCPU_DRAIN,
					      KM_EV_EXTFRAG,	 KM_EV_KFREE };
	struct random x = { 4711 };
	struct km_diag d;

	for (unsigned int i = 0; i < MANY; i++)
		on(random_below(&x, 3), kinds[random_below(&x, 8)], random_below(&x, 64),
		   random_below(&x, 2));
	cr_assert_eq(group_flush(g, &d), 0);
	for (unsigned int i = 1; i <= MANY; i++)
		cr_assert_eq(seen[i], 1, "event %u is in %u operations", i, seen[i]);
}

/* More than the line holds: the first leave, later ones begin anew. */
Test(group, chains_longer_than_the_line)
{
	struct km_diag d;

	events(0, "f1");
	for (unsigned int i = 0; i < 10000; i++)
		on(0, KM_EV_PCPU_DRAIN, 100 + i % 1000, 0);
	for (unsigned int i = 0; i < 10000; i++)
		on(1, KM_EV_ZONE_LOCKED, 100 + i % 1000, 0);
	cr_assert_eq(group_flush(g, &d), 0);
	for (unsigned int i = 1; i <= 20001; i++)
		cr_assert_eq(seen[i], 1, "event %u is in %u operations", i, seen[i]);
}

/* What moved, of each kind of evidence. Kernel: include/trace/events/kmem.h [6.1.192] */
Test(group, the_block_of_a_drain_is_its_own)
{
	struct op_rec drain = { .ev.kind = KM_EV_PCPU_DRAIN };
	struct op_rec fell = { .ev.kind = KM_EV_EXTFRAG };

	drain.ev.page = (struct km_ev_page){ .pfn = 64, .gfp = 0xf0, .order = 3, .mt = KM_MOVABLE };
	cr_expect_eq(rec_taken(&drain).pfn, 64);
	cr_expect_eq(rec_taken(&drain).order, 3);
	cr_expect_eq(rec_taken(&drain).mt, KM_MOVABLE);
	fell.ev.extfrag = (struct km_ev_extfrag){ .pfn = 128,
						  .alloc_order = 1,
						  .fallback_order = 4,
						  .alloc_mt = KM_UNMOVABLE,
						  .fallback_mt = KM_MOVABLE };
	cr_expect_eq(rec_taken(&fell).pfn, 128);
	cr_expect_eq(rec_taken(&fell).order, 1);
	cr_expect_eq(rec_taken(&fell).mt, KM_UNMOVABLE);
}
