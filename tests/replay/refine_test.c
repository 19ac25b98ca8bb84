/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A booting kernel's first state, where some page has no event. By hand: free at first are the
 * blocks 512 (order 3, Movable) and 532 (order 2); page 513 leaves in a window without events and
 * never comes back. __rmqueue_smallest() [6.1.192] serves an order-0 request from the order-2
 * block: 532 first. With 513 missing, the model would have 512 as a single page, and take that.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "engine/replay/replay.h"
#include "engine/variant/variant.h"
#include "tests/support/quiet_sink.h"
#include "tests/support/rig_seed.h"

static uint64_t missed, judged;
static uint64_t free_at_start[KM_MAX_ORDERS];

static int on_sample(void *ctx, const struct km_sample *row)
{
	(void)ctx;
	for (unsigned int o = 0; !row->event_no && o < row->nr_orders; o++)
		free_at_start[o] = row->zones[0].nr_free[o];
	return 0;
}

static int on_fidelity(void *ctx, const struct km_fidelity_row *row)
{
	(void)ctx;
	if (!strcmp(row->metric, "page.pfn") && !strcmp(row->scope, "all")) {
		judged = row->total;
		missed = row->total - row->hits;
	}
	return 0;
}

static struct km_event page_event(unsigned int kind, uint64_t nr, unsigned int order)
{
	struct km_event ev = { .kind = (uint8_t)kind };

	ev.page = (struct km_ev_page){ .pfn = nr,
				       .gfp = KM_GFP_KERNEL | KM_GFP_MOVABLE | KM_GFP_DMA,
				       .order = (uint8_t)order,
				       .mt = KM_MOVABLE };
	return ev;
}

/* A request served from the free lists: its removal and its allocation. */
static size_t served(struct km_event *ev, uint64_t nr, unsigned int order)
{
	ev[0] = page_event(KM_EV_ZONE_LOCKED, nr, order);
	ev[1] = page_event(KM_EV_PAGE_ALLOC, nr, order);
	return 2;
}

static void run(const struct km_event *ev, size_t n)
{
	struct km_sink_ops ops = quiet_sink_ops;
	const struct km_sink sink = { NULL, &ops };
	struct replay_config c = { .mode = REPLAY_PREDICT,
				   .paranoid = true,
				   .nr_cpus = 2,
				   .profile = &kernel_v6_1,
				   .seed = rig_seed() };
	struct strtab *strings;
	struct replay *r;
	struct km_diag d;

	ops.sample = on_sample;
	ops.fidelity = on_fidelity;
	memset(&c.tunables, 0xff, sizeof(c.tunables));
	cr_assert_eq(strtab_open(&strings), 0);
	cr_assert_eq(replay_open(&r, &c, strings, &sink, &d), 0);
	cr_assert_eq(replay_survey(r, ev, n, &d), 0);
	cr_assert_eq(replay_start(r, &d), 0);
	cr_assert_eq(replay_feed(r, ev, n, &d), 0);
	cr_assert_eq(replay_finish(r, &d), 0);
	replay_close(r);
	strtab_close(strings);
}

Test(refine, smaller_block_that_was_passed_over_was_part_of_a_larger)
{
	struct km_event ev[32];
	size_t n = 0;

	for (uint64_t nr = 532; nr < 536; nr++)
		n += served(ev + n, nr, 0);
	n += served(ev + n, 512, 0);
	for (uint64_t nr = 514; nr < 520; nr++)
		n += served(ev + n, nr, 0);
	run(ev, n);
	cr_assert_eq(free_at_start[2], 1);
	cr_assert_eq(free_at_start[3], 1);
	cr_assert_eq(free_at_start[0] + free_at_start[1], 0);
	/* 514 was asked for when 513 was next: the unseen page is the only miss */
	cr_assert_eq(judged, 11);
	cr_assert_eq(missed, 1, "missed %u", (unsigned int)missed);
}

/* No contradiction, nothing is added: 513 was in use all the time, and 512 went first. */
Test(refine, block_that_is_taken_first_proves_nothing)
{
	struct km_event ev[32];
	size_t n = served(ev, 512, 0);

	for (uint64_t nr = 532; nr < 536; nr++)
		n += served(ev + n, nr, 0);
	run(ev, n);
	cr_assert_eq(free_at_start[0], 1);
	cr_assert_eq(free_at_start[2], 1);
	cr_assert_eq(free_at_start[3], 0);
	cr_assert_eq(missed, 0);
}
