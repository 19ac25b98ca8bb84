/* SPDX-License-Identifier: GPL-2.0-only */
/* kswapd and direct reclaim, worked out by hand from mm/vmscan.c [6.1.192]. */
#include <string.h>

#include "engine/reclaim/reclaim.h"
#include "tests/support/says.h"

static struct rig r;
static struct reclaim rc;

static struct {
	unsigned int kcompactd, order, sleeps;
	uint64_t gone[4096];
	size_t nr_gone;
	enum compact_result suitable;
} told;

static void gone(void *ctx, struct pfn head, unsigned int order)
{
	(void)ctx, (void)order;
	told.gone[told.nr_gone++] = head.nr;
}

static void wake_kcompactd(void *ctx, unsigned int node, unsigned int order,
			   unsigned int zone_class)
{
	(void)ctx, (void)node, (void)zone_class;
	told.kcompactd++;
	told.order = order;
}

static void going_to_sleep(void *ctx, unsigned int node)
{
	(void)ctx, (void)node;
	told.sleeps++;
}

static enum compact_result suitable(void *ctx, unsigned int zone, unsigned int order,
				    unsigned int zone_class)
{
	(void)ctx, (void)zone, (void)order, (void)zone_class;
	return told.suitable;
}

static const struct reclaim_ops tell = { gone, wake_kcompactd, going_to_sleep, suitable };

/* MIN 100, LOW 200, HIGH 300; per-CPU lists that keep nothing. */
static void begin(void)
{
	rig_open(&r, &(struct rig_shape){ .zone = { { "Normal", 1, 1, 8192 } } });
	KM_BUG_ON(reclaim_init(&rc, &r.pages));
	rc.ops = &tell;
	memset(&told, 0, sizeof(told));
	told.suitable = COMPACT_SKIPPED;
	r.zone[0].wmark[KM_WMARK_MIN] = 100;
	r.zone[0].wmark[KM_WMARK_LOW] = 200;
	r.zone[0].wmark[KM_WMARK_HIGH] = 300;
}

static void end(void)
{
	struct km_diag d;

	IS(reclaim_check(&rc, &d), 0);
	SOUND(&r);
	reclaim_release(&rc);
	rig_close(&r);
}

TestSuite(reclaim, .init = begin, .fini = end);

/* @n single pages of the page cache from @nr on, the first the oldest. */
static void cache(uint64_t nr, unsigned int n)
{
	for (; n; n--, nr++) {
		rig_used(&r, nr, 0, KM_MOVABLE);
		cr_assert(reclaim_add(&rc, pfn(nr), 0));
	}
}

/* @n pages that no page can merge with, so that nr_free is their number. */
static void leave_free(unsigned int n)
{
	for (uint64_t nr = 1024; n; n--, nr += 2)
		rig_free(&r, nr, 0, KM_MOVABLE);
}

static const struct pages_request kernel = { .gfp = KM_GFP_KERNEL };

#define COUNTS (rc.node[0].counts)

Test(reclaim, lists_know_their_pages)
{
	cache(2048, 3);
	rig_used(&r, 4096, 2, KM_MOVABLE);
	cr_assert(reclaim_add(&rc, pfn(4096), 2));
	cr_assert(!reclaim_add(&rc, pfn(4096), 2), "twice");
	cr_assert(!reclaim_add(&rc, pfn(3000), 0), "nothing in use");
	IS(rc.lru_pages[0], 7);
	reclaim_forget(&rc, pfn(2049), frame_at(&r.frames, pfn(2049), 0));
	reclaim_forget(&rc, pfn(2049), frame_at(&r.frames, pfn(2049), 0));
	IS(rc.lru_pages[0], 6);
	IS(rc.lru[0].count, 3);
}

/* :7435 wakeup_kswapd(): above HIGH nobody is woken; at HIGH, which is to be exceeded, it is */
Test(reclaim, kswapd_wakes_only_below_high)
{
	cache(4096, 64);
	leave_free(301);
	reclaim_wake(&rc, 0, &kernel, 1);
	IS(COUNTS.wakeup_kswapd, 0);
	IS(told.kcompactd, 0); /* __GFP_DIRECT_RECLAIM: it compacts by itself */
	reclaim_wake(&rc, 0, &(struct pages_request){ .gfp = KM_GFP_HIGH, .order = 3 }, 1);
	IS(COUNTS.wakeup_kswapd, 1); /* 301 single pages are no block of order 3 */
}

/*
 * :7027 balance_pgdat(): 4096 pages listed, 290 free. 4096 >> 12 = 1, 4095 >> 11 = 1, 4094 >> 10 is
 * 3, 4091 >> 9 = 7: 290 + 12 = 302 > 300. The youngest stay.
 */
Test(reclaim, pass_takes_a_share_that_doubles_until_balanced)
{
	cache(4096, 4096);
	leave_free(290);
	reclaim_wake(&rc, 0, &kernel, 1);
	IS(COUNTS.wakeup_kswapd, 1);
	IS(COUNTS.kswapd_wake, 1);
	IS(COUNTS.kswapd_pages, 12);
	IS(told.gone[0], 4096);
	IS(told.gone[11], 4107);
	IS(r.zone[0].reclaim_active, 0);
	IS(rc.node[0].state, KSWAPD_NAPS);
	IS(told.sleeps, 1);
	IS(told.order, 0); /* wakeup_kcompactd() itself leaves at order 0 */
}

/* :7252 kswapd_try_to_sleep(): HZ/10, then sleep or another pass */
Test(reclaim, nap_ends_in_sleep_or_in_another_pass)
{
	const uint64_t second = 1000000000;

	cache(4096, 4096);
	leave_free(290);
	reclaim_tick(&rc, second);
	reclaim_wake(&rc, 0, &kernel, 1);
	reclaim_tick(&rc, second + second / 10 - 1);
	IS(rc.node[0].state, KSWAPD_NAPS);
	for (unsigned int i = 0; i < 20; i++)
		buddy_pop(&r.buddy[0], 0, KM_MOVABLE);
	reclaim_tick(&rc, second + second / 10);
	IS(COUNTS.kswapd_wake, 2); /* no wakeup: it woke by itself */
	IS(COUNTS.wakeup_kswapd, 1);
	IS(COUNTS.kswapd_sleep, 0);
	reclaim_tick(&rc, second + second / 5);
	IS(rc.node[0].state, KSWAPD_SLEEPS);
	IS(COUNTS.kswapd_sleep, 1);
}

/* :6908 prepare_kswapd_sleep(): after 16 passes without a page the node is hopeless */
Test(reclaim, node_without_pages_is_given_up)
{
	leave_free(290);
	reclaim_wake(&rc, 0, &kernel, 1);
	IS(COUNTS.kswapd_wake, 16);
	IS(rc.node[0].kswapd_failures, 16);
	reclaim_wake(&rc, 0, &kernel, 1);
	IS(COUNTS.wakeup_kswapd, 1); /* left to direct reclaim */
	reclaim_wake(&rc, 0, &(struct pages_request){ .order = 2 }, 1);
	IS(told.order, 2); /* :7465 who may not reclaim gets kcompactd instead */
	cache(4096, 64);
	/* 64 >> 6 = 1, 63 >> 5 = 1, 62 >> 4 = 3, 59 >> 3 = 7, 52 >> 2 = 13, 39 >> 1 = 19 */
	IS(reclaim_direct(&rc, &kernel, 1), 44); /* :6261 any progress gives hope again */
	IS(rc.node[0].kswapd_failures, 0);
}

/*
 * A boost of 512 on 400 free pages: 400 > 300 + 512 is not, so the boost is forgotten for now and
 * reclaim goes on until 813 pages are free; at the end the boost seen at the beginning is taken off
 * and kcompactd is woken for a pageblock.
 */
Test(reclaim, boost_is_taken_off_at_the_end)
{
	cache(4096, 4096);
	leave_free(400);
	r.zone[0].boost = 512;
	reclaim_wake(&rc, 0, &kernel, 1);
	cr_assert_gt(r.zone[0].nr_free, 812);
	IS(r.zone[0].boost, 0);
	IS(told.kcompactd, 2); /* and once more before the nap, for order 0 */
	IS(COUNTS.kswapd_wake, 1);
}

/*
 * Balanced even so: 900 > 812. The 512 pages are reclaimed at priorities 12, 11 and 10, and no
 * further: 4096 >> 12 = 1, 4095 >> 11 = 1, then 4094 >> 10 = 3 again and again (3 as long as 3072
 * pages are left). 2 + 170 * 3 = 512.
 */
Test(reclaim, balanced_node_reclaims_its_boost_gently)
{
	cache(4096, 4096);
	leave_free(900);
	r.zone[0].boost = 512;
	reclaim_wake(&rc, 0, &kernel, 1);
	IS(COUNTS.kswapd_pages, 512);
	IS(r.zone[0].boost, 0);
}

/* :7213 min(): what was boosted while it ran stays */
Test(reclaim, boost_without_pages_to_reclaim_ends_at_once)
{
	leave_free(900);
	r.zone[0].boost = 512;
	reclaim_wake(&rc, 0, &kernel, 1);
	IS(COUNTS.kswapd_wake, 1);
	IS(COUNTS.kswapd_pages, 0);
	IS(rc.node[0].kswapd_failures, 1);
	IS(r.zone[0].boost, 0);
}

/* :6678 try_to_free_pages(): 32 pages; at priority 12 the whole share */
Test(reclaim, request_reclaims_a_batch)
{
	cache(4096, 1024);
	/* 1024 >> 10 = 1, 1023 >> 9 = 1, 1022 >> 8 = 3, 1019 >> 7 = 7, 1012 >> 6 = 15,
	 * 997 >> 5 = 31 */
	IS(reclaim_direct(&rc, &kernel, 1), 58);
	IS(COUNTS.direct_reclaim, 1);
	IS(COUNTS.direct_pages, told.nr_gone);
}

/* :6269 compaction_ready(): costly, suitable, and two blocks above HIGH: compaction comes first */
Test(reclaim, zone_ready_for_compaction_is_left_alone)
{
	const struct pages_request thp = { .gfp = KM_GFP_HIGHUSER_MOVABLE, .order = 9 };

	cache(2048, 1024);
	leave_free(100);
	told.suitable = COMPACT_SUCCESS;
	IS(reclaim_direct(&rc, &thp, 2), 1); /* 1: do not call it out of memory */
	IS(COUNTS.direct_pages, 0);
	told.suitable = COMPACT_CONTINUE; /* 100 > 300 + 1024 is not */
	cr_assert_geq(reclaim_direct(&rc, &thp, 2), 32);
}

/* The pages of a kswapd at work do not stay on per-CPU lists: high is 4 * batch while it runs. */
Test(reclaim, per_cpu_lists_are_short_while_kswapd_runs)
{
	r.pcp[0].batch = 8;
	r.pcp[0].high = 2000;
	cache(4096, 4096);
	leave_free(200);
	reclaim_wake(&rc, 0, &kernel, 1);
	cr_assert_lt(r.pcp[0].count, 32);
	cr_assert_gt(r.zone[0].nr_free, 300);
}
