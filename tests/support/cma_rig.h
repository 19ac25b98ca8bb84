/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One zone of 8192 pages; the area is pfns 2048 to 4095, free as two blocks of order 10, and
 * Movable memory is free from pfn 4096 on. For the one test that includes it.
 */
#ifndef KM_TEST_CMA_RIG_H
#define KM_TEST_CMA_RIG_H

#include "tests/support/says.h"

static struct rig r;
static struct cma_area area;
static struct cma_result got;
static struct contig_report report;

/* What the owner of the pages says and hears. */
static uint64_t pinned[4], disturbed_at;
static unsigned int nr_pinned, nr_moves, nr_reclaimed;
static enum contig_step disturbed_step = CONTIG_DONE;
static uint64_t move_from[64], move_to[64], clean, file;
static uint64_t leaves_at_move, leaves_at_reclaim; /* a page whose owner gives it back then */

static bool stays(void *ctx, struct pfn head)
{
	(void)ctx;
	for (unsigned int i = 0; i < nr_pinned; i++)
		if (pinned[i] == head.nr)
			return true;
	return false;
}

static bool fails(void *ctx, struct pfn head)
{
	(void)ctx;
	return file && head.nr == file;
}

static void leave(uint64_t *nr)
{
	struct frame *fr = frame_at(&r.frames, pfn(*nr), 0);

	frames_count_used(&r.frames, pfn(*nr), 0, fr->mt, -1);
	*fr = (struct frame){ 0 };
	IS(pages_free(&r.pages, 0, pfn(*nr), 0, 0), 0);
	*nr = 0;
}

static void moved(void *ctx, struct pfn from, struct pfn to, unsigned int order)
{
	(void)ctx, (void)order;
	cr_assert_lt(nr_moves, 64);
	move_from[nr_moves] = from.nr;
	move_to[nr_moves++] = to.nr;
	if (leaves_at_move)
		leave(&leaves_at_move);
}

static bool dropped(void *ctx, struct pfn head)
{
	(void)ctx;
	return clean && head.nr == clean;
}

static void reclaim(void *ctx, unsigned int cpu, unsigned int zone, uint64_t pages)
{
	(void)ctx, (void)cpu, (void)zone;
	nr_reclaimed += (unsigned int)pages;
	if (leaves_at_reclaim)
		leave(&leaves_at_reclaim);
}

static bool disturbs(void *ctx, enum contig_step step, struct pfn at)
{
	(void)ctx;
	return step == disturbed_step && at.nr == disturbed_at;
}

static const struct contig_ops ops = {
	.stays = stays,
	.fails = fails,
	.moved = moved,
	.dropped = dropped,
	.reclaim = reclaim,
	.disturbs = disturbs,
};

static struct contig_env env_of(void)
{
	return (struct contig_env){ .pages = &r.pages, .prof = &r.profile->cma, .ops = &ops };
}

static void open_with(const struct kernel_profile *profile, unsigned int pb_order,
		      unsigned int order_per_bit)
{
	rig_open(&r, &(struct rig_shape){
			     .profile = profile,
			     .pb_order = pb_order,
			     .cma = true,
			     .zone = { { "DMA32", 0, 1, 8192 } },
		     });
	for (uint64_t nr = 2048; nr < 4096; nr += pages_of(pb_order))
		rig_type(&r, nr, KM_CMA);
	for (uint64_t nr = 7168; nr >= 4096; nr -= 1024)
		rig_free(&r, nr, 10, KM_MOVABLE);
	rig_list(&r, 2048, 10, KM_CMA);
	rig_list(&r, 3072, 10, KM_CMA);
	r.pcp[0].batch = 1;
	cr_assert_eq(cma_area_init(&area, "test", pfn(2048), 2048, order_per_bit), 0);
	area.aligns_bits = r.profile->cma.aligns_bits;
	nr_pinned = nr_moves = nr_reclaimed = 0;
	clean = file = leaves_at_move = leaves_at_reclaim = 0;
	disturbed_step = CONTIG_DONE;
}

static void begin(void)
{
	open_with(&kernel_v6_1, 9, 0);
}

static void end(void)
{
	struct km_diag d;

	IS(cma_check(&area, &r.pages, &d), 0);
	SOUND(&r);
	cma_area_release(&area);
	rig_close(&r);
}

static void again(const struct kernel_profile *profile, unsigned int pb_order,
		  unsigned int order_per_bit)
{
	end();
	open_with(profile, pb_order, order_per_bit);
}

#define BLOCKS(order, mt, want) SAYS(rig_blocks(&r, 0, order, mt), want)

/* A page borrowed from the area by a movable request; its block is split around it. */
static void borrow(uint64_t nr, unsigned int order)
{
	IS(buddy_take(&r.buddy[0], pfn(nr), order), KM_CMA);
	rig_used(&r, nr, order, KM_MOVABLE);
}

static long long take(uint64_t pages, unsigned int align)
{
	const struct contig_env env = env_of();
	const struct cma_request rq = { .pages = pages, .align = align };
	struct pfn p = cma_alloc(&area, &env, &rq, &got);

	return p.nr == KM_NO_PFN ? -1 : (long long)p.nr;
}

static enum contig_result range(uint64_t start, uint64_t end_pfn, unsigned int mt, uint32_t gfp)
{
	const struct contig_env env = env_of();
	const struct contig_request rq = {
		.start = pfn(start), .end = pfn(end_pfn), .mt = mt, .gfp = gfp
	};

	return contig_range(&env, &rq, &report);
}

static void types_are(unsigned int mt)
{
	for (uint64_t nr = 2048; nr < 4096; nr += pages_of(r.frames.pb_order))
		IS(rig_type_of(&r, nr), mt);
	IS(r.zone[0].nr_isolated, 0);
}

#endif
