/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The order of the slow path, worked out by hand from mm/page_alloc.c:5097 __alloc_pages_slowpath()
 * [6.1.192]. The rooms above are played by a script: each call leaves a letter, w: a kswapd is
 * woken, R: direct reclaim, C0 C1 C2: compaction at that priority, g: compaction got a page,
 * O: the OOM killer.
 */
#include <stdio.h>
#include <string.h>

#include "tests/support/says.h"

static struct rig r;

static struct {
	char log[512];
	uint64_t reclaims;    /* pages every direct reclaim frees, nowhere to be seen */
	uint64_t reclaimable; /* pages left */
	uint64_t frees;	      /* the pfn that direct reclaim frees on CPU 1; 0: none */
	unsigned int frees_order;
	enum compact_result result;
	uint64_t captures;	  /* the pfn compaction keeps for the request; 0: none */
	unsigned int captures_at; /* at this priority only; 0: whichever */
	uint64_t makes; /* the pfn of a pair that compaction leaves on the free lists; 0: none */
	bool suitable, kills;
	uint64_t dies; /* the pfn that the killed one gives back, once */
} world;

static void say(const char *what)
{
	size_t used = strlen(world.log);

	snprintf(world.log + used, sizeof(world.log) - used, "%s", what);
}

static void wake(void *ctx, unsigned int zone, const struct pages_request *rq,
		 unsigned int zone_class)
{
	(void)ctx, (void)zone, (void)rq, (void)zone_class;
	say("w");
}

static uint64_t reclaim(void *ctx, const struct pages_request *rq, unsigned int zone_class)
{
	(void)ctx, (void)rq, (void)zone_class;
	say("R");
	if (world.frees)
		IS(pages_free(&r.pages, 1, pfn(world.frees), world.frees_order, 0), 0);
	return world.reclaims;
}

static enum compact_result compact(void *ctx, const struct pages_request *rq,
				   unsigned int zone_class, unsigned int flags,
				   enum compact_priority prio, struct pfn *captured)
{
	(void)ctx, (void)rq, (void)zone_class, (void)flags;
	say(prio == COMPACT_PRIO_ASYNC ? "C2" : prio == COMPACT_PRIO_SYNC_LIGHT ? "C1" : "C0");
	if (world.captures && (!world.captures_at || world.captures_at == (unsigned int)prio))
		*captured = pfn(world.captures);
	if (world.makes)
		rig_free(&r, world.makes, 1, KM_UNMOVABLE);
	world.makes = 0;
	return world.result;
}

static void got(void *ctx, unsigned int zone, unsigned int order)
{
	(void)ctx, (void)order;
	IS(zone, 0);
	say("g");
}

static bool suitable(void *ctx, const struct pages_request *rq, unsigned int zone_class,
		     unsigned int flags)
{
	(void)ctx, (void)rq, (void)zone_class, (void)flags;
	return world.suitable;
}

static uint64_t reclaimable(void *ctx, unsigned int zone)
{
	(void)ctx, (void)zone;
	return world.reclaimable;
}

static bool kill(void *ctx, const struct pages_request *rq)
{
	(void)ctx, (void)rq;
	say("O");
	if (world.dies)
		rig_free(&r, world.dies, 0, KM_UNMOVABLE);
	world.dies = 0;
	return world.kills;
}

static const struct pages_slow_ops script = { "script", wake,	  reclaim,     compact,
					      got,	suitable, reclaimable, kill };

/* One zone of nothing but what the test frees, MIN 100, LOW 200, HIGH 300. */
static void begin(void)
{
	rig_open(&r, &(struct rig_shape){ .nr_cpus = 2, .zone = { { "DMA32", 0, 1, 4096 } } });
	r.pages.slow = &script;
	r.zone[0].wmark[KM_WMARK_MIN] = 100;
	r.zone[0].wmark[KM_WMARK_LOW] = 200;
	r.zone[0].wmark[KM_WMARK_HIGH] = 300;
	memset(&world, 0, sizeof(world));
	world.result = COMPACT_SKIPPED;
}

static void end(void)
{
	SOUND(&r);
	rig_close(&r);
}

TestSuite(slowpath, .init = begin, .fini = end);

#define ATOMIC (KM_GFP_HIGH | KM_GFP_ATOMIC | KM_GFP_KSWAPD_RECLAIM)

static uint64_t ask(uint32_t gfp, unsigned int order)
{
	world.log[0] = '\0';
	return pages_alloc(&r.pages, &(struct pages_request){ .gfp = gfp, .order = order }).nr;
}

static void fails(uint32_t gfp, unsigned int order, const char *log, enum pages_failure why)
{
	cr_assert_eq(ask(gfp, order), KM_NO_PFN);
	SAYS(world.log, log);
	IS(r.pages.failure, why);
}

/* @part as often as @n says. */
static const char *repeat(const char *before, unsigned int n, const char *part, const char *after)
{
	static char texts[2][512];
	static unsigned int next;
	char *text = texts[next++ % 2];
	size_t used = (size_t)snprintf(text, sizeof(texts[0]), "%s", before);

	for (; n; n--)
		used += (size_t)snprintf(text + used, sizeof(texts[0]) - used, "%s", part);
	snprintf(text + used, sizeof(texts[0]) - used, "%s", after);
	return text;
}

/* :5149 and :5250 wake; :5272 "Caller is not willing to reclaim" */
Test(slowpath, who_may_not_wait_wakes_kswapd_and_tries_twice)
{
	fails(ATOMIC, 0, "ww", PAGES_MAY_NOT_WAIT);
	fails(ATOMIC, 3, "ww", PAGES_MAY_NOT_WAIT);
	fails(KM_GFP_KSWAPD_RECLAIM, 0, "ww", PAGES_MAY_NOT_WAIT);
	fails(0, 0, "", PAGES_MAY_NOT_WAIT);
}

/*
 * mm/page_alloc.c:__zone_watermark_ok(): of MIN's 100 an ATOMIC request may use half, and a quarter
 * of the rest: 38 have to be left. Of 45 single pages 7 count as used by order 3: 38 are not more.
 * Of 46, 39 are: the zone is above its mark, and has no block. What comes from every reserve
 * (__GFP_MEMALLOC) is held against no mark.
 */
Test(slowpath, who_may_not_wait_is_told_a_mark_from_a_block)
{
	for (uint64_t i = 0; i < 45; i++)
		rig_free(&r, 1024 + 2 * i, 0, KM_UNMOVABLE);
	fails(ATOMIC, 3, "ww", PAGES_MAY_NOT_WAIT);
	rig_free(&r, 1024 + 2 * 45, 0, KM_UNMOVABLE);
	fails(ATOMIC, 3, "ww", PAGES_TOO_SMALL);
	r.pages.slow = NULL;
	fails(ATOMIC, 3, "", PAGES_TOO_SMALL);
	fails(KM_GFP_KSWAPD_RECLAIM, 3, "", PAGES_MAY_NOT_WAIT);
	fails(KM_GFP_KERNEL, 3, "", PAGES_NO_BLOCK);
}

/* The fast path's watermark is LOW, the slow one's MIN, and a quarter of it for GFP_ATOMIC. */
Test(slowpath, reserves_by_request)
{
	rig_free(&r, 1024, 7, KM_UNMOVABLE); /* 128 pages */
	IS(ask(KM_GFP_KERNEL, 0), 1024);
	SAYS(world.log, "w");
	for (uint64_t nr = 1025; nr < 1052; nr++)
		IS(ask(KM_GFP_KERNEL, 0), nr); /* 101 > 100: the last one */
	fails(KM_GFP_KERNEL, 0, "wwRO", PAGES_OUT_OF_MEMORY);
	for (uint64_t nr = 1052; nr < 1114; nr++)
		IS(ask(ATOMIC, 0), nr); /* 100 - 50 - 12 = 38; 39 > 38: the last one */
	fails(ATOMIC, 0, "ww", PAGES_MAY_NOT_WAIT);
	IS(ask(KM_GFP_KERNEL | KM_GFP_MEMALLOC, 0), 1114);
	SAYS(world.log, "ww");
	IS(pages_alloc(&r.pages,
		       &(struct pages_request){ .gfp = KM_GFP_KERNEL, .pf_memalloc = true })
		   .nr,
	   1115);
	fails(KM_GFP_KERNEL | KM_GFP_MEMALLOC | KM_GFP_NOMEMALLOC, 0, "wwRO", PAGES_OUT_OF_MEMORY);
}

/* :5276 "Avoid recursion of direct reclaim" */
Test(slowpath, who_reclaims_does_not_reclaim_again)
{
	cr_assert_eq(pages_alloc(&r.pages, &(struct pages_request){ .gfp = KM_GFP_KERNEL,
								    .pf_memalloc = true })
			     .nr,
		     KM_NO_PFN);
	SAYS(world.log, "ww");
	IS(r.pages.failure, PAGES_RECLAIMS_ITSELF);
}

/* :4992 should_reclaim_retry(): 16 rounds without progress, the 17th is the last */
Test(slowpath, single_page_is_retried_while_pages_are_reclaimable)
{
	fails(KM_GFP_KERNEL, 0, "wwRO", PAGES_OUT_OF_MEMORY);
	world.reclaimable = 100; /* 100 > 100 is not */
	fails(KM_GFP_KERNEL, 0, "wwRO", PAGES_OUT_OF_MEMORY);
	world.reclaimable = 101;
	fails(KM_GFP_KERNEL, 0, repeat("w", 17, "wR", "O"), PAGES_OUT_OF_MEMORY);
}

/* :5186 compaction comes first for what is not movable; :4691 order 0 is never compacted */
Test(slowpath, small_order)
{
	fails(KM_GFP_KERNEL, 2, "wC2wRC1O", PAGES_OUT_OF_MEMORY);
	fails(KM_GFP_HIGHUSER_MOVABLE, 2, "wwRC1O", PAGES_OUT_OF_MEMORY);
	fails(KM_GFP_KERNEL | KM_GFP_NORETRY, 2, "wC2wRC1", PAGES_NO_RETRY);
	fails(KM_GFP_KERNEL | KM_GFP_RETRY_MAYFAIL, 2, "wC2wRC1", PAGES_OUT_OF_MEMORY);
	fails((KM_GFP_KERNEL | KM_GFP_THISNODE), 2, "wC2wRC1", PAGES_OUT_OF_MEMORY);
	/* :348 gfp_compaction_allowed(): not without __GFP_IO before reclaim */
	fails(KM_GFP_RECLAIM, 2, "wwRC1O", PAGES_OUT_OF_MEMORY);
}

/* :4700 should_compact_retry(): a failed compaction is tried harder, once */
Test(slowpath, compaction_in_vain_is_tried_at_the_highest_priority)
{
	world.reclaims = 1;
	world.result = COMPACT_COMPLETE;
	fails(KM_GFP_KERNEL, 2, "wC2wRC1wRC0O", PAGES_OUT_OF_MEMORY);
	world.result = COMPACT_DEFERRED;
	fails(KM_GFP_KERNEL, 2, "wC2wRC1wRC0O", PAGES_OUT_OF_MEMORY);
	world.result = COMPACT_PARTIAL_SKIPPED;
	fails(KM_GFP_KERNEL, 2, "wC2wRC1wRC0O", PAGES_OUT_OF_MEMORY);
	world.result = COMPACT_SKIPPED;
	fails(KM_GFP_KERNEL, 2, "wC2wRC1O", PAGES_OUT_OF_MEMORY);
	world.reclaims = 0; /* :5306 no progress: no use in compacting again */
	world.result = COMPACT_COMPLETE;
	fails(KM_GFP_KERNEL, 2, "wC2wRC1O", PAGES_OUT_OF_MEMORY);
}

/* 16 retries at each priority: 17 runs at SYNC_LIGHT, 17 at SYNC_FULL */
Test(slowpath, compaction_that_succeeds_for_others_is_retried_sixteen_times)
{
	world.reclaims = 1;
	world.result = COMPACT_SUCCESS;
	cr_assert_eq(ask(KM_GFP_KERNEL, 2), KM_NO_PFN);
	SAYS(world.log, repeat(repeat("wC2", 17, "wRC1", ""), 17, "wRC0", "O"));
}

/* :5289 costly orders are not retried without __GFP_RETRY_MAYFAIL */
Test(slowpath, costly_order)
{
	fails(KM_GFP_KERNEL, 4, "wC2wRC1", PAGES_COSTLY);
	fails(KM_GFP_HIGHUSER_MOVABLE, 9, "wC2wRC1", PAGES_COSTLY);
	fails(KM_GFP_RECLAIM, 4, "wwRC1", PAGES_COSTLY);
	fails(KM_GFP_RECLAIM | KM_GFP_RETRY_MAYFAIL, 4, "wwRC1", PAGES_COSTLY);
	/* progress does not reset the count of a costly order, and it kills nobody */
	world.reclaims = 100;
	world.reclaimable = 1000;
	rig_free(&r, 1024, 4, KM_MOVABLE); /* has a block, 16 + 1000 pages > 100 + 15 */
	r.zone[0].lowmem_reserve[1] = 800;
	world.result = COMPACT_COMPLETE;
	fails(KM_GFP_KERNEL | KM_GFP_RETRY_MAYFAIL, 4, repeat("wC2", 17, "wRC1", ""),
	      PAGES_OUT_OF_MEMORY);
}

/* :5195 what THP page faults get */
Test(slowpath, costly_order_without_retry)
{
	const uint32_t thp = KM_GFP_HIGHUSER_MOVABLE | KM_GFP_COMP | KM_GFP_NORETRY;

	fails(thp, 9, "wC2", PAGES_NO_ROOM_TO_COMPACT);
	world.result = COMPACT_DEFERRED;
	fails(thp, 9, "wC2", PAGES_DEFERRED);
	world.result = COMPACT_COMPLETE;
	fails(thp | KM_GFP_THISNODE, 9, "wC2", PAGES_THIS_NODE);
	fails(thp, 9, "wC2wRC2", PAGES_NO_RETRY);
	world.result = COMPACT_CONTENDED;
	fails(thp, 9, "wC2wRC2", PAGES_NO_RETRY);
}

/* :4559 a captured page needs no free list */
Test(slowpath, captured_page_is_the_answer)
{
	world.result = COMPACT_SUCCESS;
	world.captures = 2048;
	IS(ask(KM_GFP_KERNEL, 2), 2048);
	SAYS(world.log, "wC2g");
	IS(r.pages.failure, PAGES_GOT);
}

/* :4857 after a reclaim in vain the per-CPU lists of all are drained, once */
Test(slowpath, page_on_another_cpus_list_is_found_by_draining)
{
	r.zone[0].wmark[KM_WMARK_MIN] = 0;
	rig_type(&r, 1024, KM_UNMOVABLE);
	pages_pcp(&r.pages, 0, 1)->batch = 8;
	pages_pcp(&r.pages, 0, 1)->high = 100;
	world.reclaims = 1;
	world.frees = 1024;
	IS(ask(KM_GFP_KERNEL, 0), 1024);
	SAYS(world.log, "wwR");
}

static void reserve(uint64_t nr)
{
	rig_type(&r, nr, KM_HIGHATOMIC);
	r.zone[0].nr_reserved_highatomic += 512;
	rig_free(&r, nr, 9, KM_HIGHATOMIC);
}

/* :4860 not the last reserved pageblock after a reclaim; :5058 any before giving up */
Test(slowpath, highatomic_reserve_is_given_back)
{
	reserve(1024);
	reserve(2048);
	world.reclaims = 1;
	IS(ask(KM_GFP_KERNEL, 0), 2048); /* a push goes to the head */
	SAYS(world.log, "wwR");
	IS(r.zone[0].nr_reserved_highatomic, 512);
	IS(rig_type_of(&r, 2048), KM_UNMOVABLE);
	for (unsigned int i = 1; i < 412; i++)
		ask(KM_GFP_KERNEL, 0);
	world.reclaims = 0;
	IS(ask(KM_GFP_KERNEL, 0), 2460);
	SAYS(world.log,
	     "wwRw"); /* 512 pages more count: the next round takes what is left of 2048 */
	IS(r.zone[0].nr_reserved_highatomic, 0);
}

/*
 * Up to 6.1.75 should_reclaim_retry() gave the last reserve up after 16 tries only ("unreserve
 * highatomic page blocks before oom"). Nothing to reclaim: the first try is the last, and 512
 * reserved pages stay. With something, the 17th gives them up, and the next round finds one.
 */
Test(slowpath, highatomic_reserve_outlives_a_request_before_6_1_76)
{
	r.pages.prof = &kernel_profile_find("6.1.75")->pages;
	reserve(1024);
	fails(KM_GFP_KERNEL, 0, "wwRO", PAGES_OUT_OF_MEMORY);
	IS(r.zone[0].nr_reserved_highatomic, 512);
	world.reclaimable = 613; /* ALLOC_HARDER alone reaches the reserve: 512 + 101 */
	r.zone[0].wmark[KM_WMARK_LOW] = 2000;
	r.zone[0].wmark[KM_WMARK_HIGH] = 2000;
	IS(ask(KM_GFP_KERNEL, 0), 1024);
	SAYS(world.log, repeat("w", 17, "wR", "w"));
	IS(r.zone[0].nr_reserved_highatomic, 0);
	r.pages.prof = &kernel_profile_find("6.1.76")->pages;
	world.reclaimable = 0;
	for (unsigned int i = 0; i < 411; i++)
		cr_assert_neq(ask(KM_GFP_KERNEL, 0), KM_NO_PFN);
	reserve(2048);
	IS(ask(KM_GFP_KERNEL, 0), 1436); /* of the 100 left, now that 512 more are free */
	SAYS(world.log, "wwRw");
	IS(r.zone[0].nr_reserved_highatomic, 0);
}

/* :4475 __alloc_pages_may_oom() */
Test(slowpath, nobody_is_killed_for_low_zones_or_who_may_fail)
{
	fails(KM_GFP_KERNEL | KM_GFP_DMA32, 0, "wwR", PAGES_OUT_OF_MEMORY);
	fails(KM_GFP_KERNEL | KM_GFP_RETRY_MAYFAIL, 0, "wwR", PAGES_OUT_OF_MEMORY);
	fails(KM_GFP_KERNEL, 0, "wwRO", PAGES_OUT_OF_MEMORY);
}

/* :5360 __GFP_NOFAIL may use half of MIN */
Test(slowpath, who_cannot_fail_gets_a_page)
{
	rig_free(&r, 1024, 6, KM_UNMOVABLE); /* 64 pages: below MIN, above half of it */
	IS(ask(KM_GFP_KERNEL | KM_GFP_NOFAIL, 0), 1024);
	SAYS(world.log, "wwRO");
	world.kills = true; /* :4526 a victim dies: no watermarks at all */
	for (uint64_t nr = 1025; nr < 1088; nr++)
		IS(ask(KM_GFP_KERNEL | KM_GFP_NOFAIL, 0), nr);
	world.kills = false;
	fails(KM_GFP_KERNEL | KM_GFP_NOFAIL, 0, "wwRO", PAGES_OUT_OF_MEMORY);
}

static struct pages_request asks(uint32_t gfp, unsigned int order)
{
	return (struct pages_request){ .gfp = gfp, .order = order };
}

/*
 * :4621 should_compact_retry(): "if (!order) return false"; progress and __GFP_IO are asked before
 */
Test(slowpath, only_orders_are_compacted_again)
{
	struct pages_compact_retry again = { .prio = COMPACT_PRIO_SYNC_LIGHT };

	cr_assert(!pages_should_compact_retry(&r.pages, 0, COMPACT_SUCCESS, true, &again));
	world.reclaims = 1;
	world.result = COMPACT_COMPLETE;
	/* :5317 "did_some_progress > 0 && can_compact": without __GFP_IO there is no other try */
	fails(KM_GFP_RECLAIM, 2, "wwRC1O", PAGES_OUT_OF_MEMORY);
}

/*
 * should_compact_retry(): what is left by no rule above counts against the limit:
 * COMPACT_NOT_SUITABLE_ZONE and what comes before are not results of a request, COMPACT_CONTINUE
 * would be retried 16 times, then harder.
 */
Test(slowpath, results_without_a_rule_are_retried_as_successes_are)
{
	struct pages_compact_retry again = { .prio = COMPACT_PRIO_SYNC_LIGHT, .retries = 16 };

	cr_assert(pages_should_compact_retry(&r.pages, 1, COMPACT_CONTINUE, false, &again));
	IS(again.prio, COMPACT_PRIO_SYNC_LIGHT);
	again.retries = 17;
	cr_assert(pages_should_compact_retry(&r.pages, 1, COMPACT_CONTINUE, false, &again));
	IS(again.prio, COMPACT_PRIO_SYNC_FULL);
	again.retries = 17;
	cr_assert(!pages_should_compact_retry(&r.pages, 1, COMPACT_CONTINUE, false, &again));
	cr_assert(pages_should_compact_retry(&r.pages, 1, COMPACT_SKIPPED, true, &again));
	/* costly: 16 / 4, and SYNC_LIGHT is as hard as it gets */
	again = (struct pages_compact_retry){ .prio = COMPACT_PRIO_SYNC_LIGHT, .retries = 3 };
	cr_assert(pages_should_compact_retry(&r.pages, 4, COMPACT_SUCCESS, false, &again));
	cr_assert(!pages_should_compact_retry(&r.pages, 4, COMPACT_SUCCESS, false, &again));
}

/* :4838 __alloc_pages_direct_reclaim(): what reclaim gave the free lists is got at once */
Test(slowpath, reclaimed_pages_are_got_without_a_drain)
{
	r.zone[0].wmark[KM_WMARK_MIN] = 0;
	rig_type(&r, 1024, KM_UNMOVABLE);
	pages_pcp(&r.pages, 0, 1)->high = 100;
	IS(pages_free(&r.pages, 1, pfn(512), 0, 0), 0);
	world.reclaims = 16;
	world.frees = 1024;
	world.frees_order = 4;
	IS(ask(KM_GFP_KERNEL, 0), 1024);
	SAYS(world.log, "wwR");
	IS(pages_pcp(&r.pages, 0, 1)->count, 1);
}

/* :4871 wake_all_kswapds(): one per node, however many of its zones the request may use */
Test(slowpath, one_kswapd_a_node_is_woken)
{
	end();
	rig_open(&r, &(struct rig_shape){ .nr_nodes = 2,
					  .zone_dma = true,
					  .zone = { { "DMA32", 1, 1, 1024 },
						    { "Normal", 2, 1024, 2048 },
						    { "Normal", 2, 2048, 4096 } } });
	r.pages.slow = &script;
	memset(&world, 0, sizeof(world));
	world.result = COMPACT_SKIPPED;
	/* zones 0 and 1 are of node 0, zone 2 of node 1 */
	IS(r.zone[1].node, 0);
	IS(r.zone[2].node, 1);
	fails(ATOMIC, 0, "wwww", PAGES_MAY_NOT_WAIT);
	fails(ATOMIC | KM_GFP_DMA32, 0, "ww", PAGES_MAY_NOT_WAIT);
	fails(ATOMIC | KM_GFP_THISNODE, 0, "ww", PAGES_MAY_NOT_WAIT);
}

/* mm/page_alloc.c:__alloc_pages_slowpath() [3.5] has no pageblocks to give back */
Test(slowpath, kernels_without_the_reserve_give_none_back)
{
	r.pages.prof = &kernel_v3_5.pages;
	reserve(1024);
	world.reclaims = 1;
	fails(KM_GFP_KERNEL | KM_GFP_NORETRY, 0, "wwR", PAGES_NO_RETRY);
	IS(rig_type_of(&r, 1024), KM_HIGHATOMIC);
}

/*
 * :4456 __alloc_pages_may_oom(): the last try comes before anybody is killed. Compaction left a
 * pair, but said SKIPPED, so nobody looked: :4573 "if (*compact_result == COMPACT_SKIPPED) return
 * NULL".
 */
Test(slowpath, last_try_before_the_oom_killer)
{
	r.zone[0].wmark[KM_WMARK_HIGH] =
		0; /* as no kernel sets it: 2 pages are not above MIN, 100 */
	world.makes = 1024;
	IS(ask(KM_GFP_KERNEL | KM_GFP_MOVABLE, 1), 1024);
	SAYS(world.log, "wwRC1");
}

/* :5344 "did_some_progress": a victim was killed, so it is tried again from the retry on */
Test(slowpath, a_victims_page_is_got_in_the_next_round)
{
	r.zone[0].wmark[KM_WMARK_MIN] = 0;
	world.kills = true;
	world.dies = 1024;
	IS(ask(KM_GFP_KERNEL, 0), 1024);
	SAYS(world.log, "wwROw");
	IS(r.pages.failure, PAGES_GOT);
}

/* :5184 "!gfp_pfmemalloc_allowed(gfp_mask)": who may use every reserve does not compact first */
Test(slowpath, who_may_use_every_reserve_does_not_compact_first)
{
	const struct pages_request rq = asks(KM_GFP_KERNEL | KM_GFP_MEMALLOC, 2);

	world.log[0] = '\0';
	cr_assert_eq(pages_alloc(&r.pages, &rq).nr, KM_NO_PFN);
	SAYS(world.log, "wwRC1O");
	rig_free(&r, 1024, 2, KM_UNMOVABLE);
	world.log[0] = '\0';
	IS(pages_alloc(&r.pages, &rq).nr, 1024); /* :4963 ALLOC_NO_WATERMARKS */
	SAYS(world.log, "ww");
}

/* :5287 the second compaction, behind reclaim, gets the page */
Test(slowpath, compaction_after_reclaim_gets_it)
{
	world.result = COMPACT_SUCCESS;
	world.captures = 2048;
	world.captures_at = COMPACT_PRIO_SYNC_LIGHT;
	IS(ask(KM_GFP_KERNEL, 2), 2048);
	SAYS(world.log, "wC2wRC1g");
}

/* :5367 __GFP_NOFAIL without __GFP_DIRECT_RECLAIM: "WARN_ON_ONCE(!can_direct_reclaim)", it fails */
Test(slowpath, who_cannot_fail_but_may_not_wait_fails)
{
	fails(KM_GFP_NOFAIL | KM_GFP_KSWAPD_RECLAIM, 0, "ww", PAGES_MAY_NOT_WAIT);
}

/* :5145 "!ac->preferred_zoneref->zone": no zone of the kind */
Test(slowpath, no_zone_at_all)
{
	end();
	rig_open(&r, &(struct rig_shape){ .zone_dma = true, .zone = { { "Normal", 2, 1, 4096 } } });
	r.pages.slow = &script;
	memset(&world, 0, sizeof(world));
	fails(KM_GFP_KERNEL | KM_GFP_DMA32, 0, "", PAGES_NO_BLOCK);
}

/*
 * :5392 __alloc_pages_cpuset_fallback(ALLOC_MIN_RESERVE): no ALLOC_WMARK_… bit is ALLOC_WMARK_MIN,
 * so half of 100 is asked for, not of LOW's 200. Normal has 32 pages, DMA32 64.
 */
Test(slowpath, who_cannot_fail_is_held_to_half_of_min)
{
	end();
	rig_open(&r, &(struct rig_shape){
			     .zone = { { "DMA32", 0, 1, 2048 }, { "Normal", 1, 2048, 4096 } } });
	r.pages.slow = &script;
	memset(&world, 0, sizeof(world));
	world.result = COMPACT_SKIPPED;
	for (unsigned int i = 0; i < 2; i++) {
		r.zone[i].wmark[KM_WMARK_MIN] = 100;
		r.zone[i].wmark[KM_WMARK_LOW] = 200;
		r.zone[i].wmark[KM_WMARK_HIGH] = 300;
	}
	rig_free(&r, 2048, 5, KM_UNMOVABLE); /* 32 > 50 is not */
	rig_free(&r, 1024, 6, KM_UNMOVABLE); /* 64 > 50 */
	IS(ask(KM_GFP_KERNEL | KM_GFP_NOFAIL, 0), 1024);
	for (unsigned int i = 1; i < 14; i++)
		IS(ask(KM_GFP_KERNEL | KM_GFP_NOFAIL, 0), 1024 + i);
	/*
	 * 50 > 50 is not: the kernel would wait, the model takes what there is, highest zone first
	 */
	IS(ask(KM_GFP_KERNEL | KM_GFP_NOFAIL, 0), 2048);
}

/*
 * mm/page_alloc.c:__alloc_pages_direct_reclaim() [2.6.34]: "if (order != 0) drain_all_pages()"
 * before the only try: a page on another CPU's list is not found, a pair of them is, progress or
 * not.
 */
Test(slowpath, old_kernels_drain_for_orders_before_they_try)
{
	end();
	rig_open(&r, &(struct rig_shape){ .profile = &kernel_v2_6_34,
					  .nr_cpus = 2,
					  .zone = { { "Normal", 1, 1, 4096 } } });
	r.pages.slow = &script;
	memset(&world, 0, sizeof(world));
	world.result = COMPACT_SKIPPED;
	pages_pcp(&r.pages, 0, 1)->high = 100;
	pages_pcp(&r.pages, 0, 1)->batch = 8;
	IS(pages_free(&r.pages, 1, pfn(1024), 0, 0), 0);
	IS(pages_free(&r.pages, 1, pfn(1025), 0, 0), 0);
	world.reclaims = 1;
	fails(KM_GFP_KERNEL | KM_GFP_NORETRY, 0, "wwR", PAGES_NO_RETRY);
	world.reclaims = 0;
	fails(KM_GFP_KERNEL | KM_GFP_NORETRY, 1, "wC2wRC1", PAGES_NO_RETRY);
	IS(pages_pcp(&r.pages, 0, 1)->count, 0);
	IS(ask(KM_GFP_KERNEL, 1), 1024); /* they had merged: free for the next */
}
