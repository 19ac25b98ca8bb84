/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One compaction of a zone: the migrate scanner climbs and collects movable pages, the free scanner
 * descends and collects free ones, pages move from the former to the latter until the scanners
 * meet or a block is free.
 */
#include "engine/compact/run.h"

static struct zone *zone_of(const struct compact_run *run)
{
	return &run->c->pages->zone[run->zone];
}

static struct buddy *buddy_of(const struct compact_run *run)
{
	return &run->c->pages->buddy[run->zone];
}

static struct frames *frames_of(const struct compact_run *run)
{
	return run->c->pages->frames;
}

static struct pageblock *block_at(const struct compact_run *run, uint64_t nr)
{
	return pageblock_of(frames_of(run), pfn(nr));
}

/* Kernel: mm/compaction.c:compact_scanners_met() [6.1] */
static bool met(const struct compact_run *run)
{
	unsigned int pb = frames_of(run)->pb_order;

	return run->free_pfn >> pb <= run->migrate_pfn >> pb;
}

void compact_reset_positions(struct compact *c, unsigned int zone)
{
	const struct zone *z = &c->pages->zone[zone];
	struct compact_zone *cz = &c->zone[zone];

	cz->migrate_pfn[0] = cz->migrate_pfn[1] = z->start.nr;
	cz->free_pfn = pfn_align_down(pfn(z->end.nr - 1), c->pages->frames->pb_order).nr;
}

void compact_forget_skips(struct compact *c, unsigned int zone)
{
	const struct zone *z = &c->pages->zone[zone];
	uint64_t step = pages_of(c->pages->frames->pb_order);

	if (!c->zone[zone].blockskip_flush)
		return;
	c->zone[zone].blockskip_flush = false;
	for (uint64_t nr = z->start.nr; nr < z->end.nr; nr = (nr & ~(step - 1)) + step)
		pageblock_of(c->pages->frames, pfn(nr))->skip = 0;
	compact_reset_positions(c, zone);
}

/* Is there a block that the request may take, or steal with its pageblock?
 * Kernel: mm/compaction.c:__compact_finished(), mm/page_alloc.c:find_suitable_fallback() [6.1] */
static bool has_block(const struct compact_run *run)
{
	const struct buddy *b = buddy_of(run);

	for (unsigned int order = (unsigned int)run->order; order < buddy_nr_orders(b); order++) {
		if (!flist_empty(&b->list[order][run->mt]))
			return true;
		if (run->mt == KM_MOVABLE && run->c->pages->has_cma &&
		    !flist_empty(&b->list[order][KM_CMA]))
			return true;
		for (unsigned int i = 0; i < KM_NR_PCP_TYPES; i++) {
			unsigned int other = b->prof->fallbacks[run->mt][i];

			if (other == KM_NR_MIGRATETYPES)
				break;
			if (!flist_empty(&b->list[order][other]) &&
			    buddy_can_steal(b, order, run->mt))
				return true;
		}
	}
	return false;
}

/* Kernel: mm/compaction.c:compact_finished() [6.1] */
static enum compact_result finished(const struct compact_run *run)
{
	if (met(run)) {
		compact_reset_positions(run->c, run->zone);
		if (run->direct)
			run->c->zone[run->zone].blockskip_flush = true;
		return run->whole_zone ? COMPACT_COMPLETE : COMPACT_PARTIAL_SKIPPED;
	}
	if (run->proactive)
		return compact_score_zone(run->c, run->zone) > compact_score_low(run->c) ?
			       COMPACT_CONTINUE :
			       COMPACT_SUCCESS;
	if (run->order < 0 || run->migrate_pfn & (pages_of(frames_of(run)->pb_order) - 1))
		return COMPACT_CONTINUE;
	return has_block(run) ? COMPACT_SUCCESS : COMPACT_CONTINUE;
}

/* ---- the migrate scanner ---- */

/* A single page that can move: it was asked for as movable, or is of the page cache. */
static bool can_move(const struct compact_run *run, uint64_t nr)
{
	const struct frame *fr = frame_at(frames_of(run), pfn(nr), 0);

	if (fr->state != FRAME_ALLOC || fr->order || (fr->mt != KM_MOVABLE && !fr->lru))
		return false;
	return !run->c->ops->stays || !run->c->ops->stays(run->c->ctx, pfn(nr));
}

static void migrated_up_to(const struct compact_run *run, uint64_t nr)
{
	struct compact_zone *cz = &run->c->zone[run->zone];
	uint64_t end = pfn_align_up(pfn(nr), frames_of(run)->pb_order).nr;

	for (unsigned int sync = 0; sync <= (run->mode != COMPACT_ASYNC); sync++)
		if (cz->migrate_pfn[sync] < end)
			cz->migrate_pfn[sync] = end;
}

/* What is at @nr that cannot be collected: how far to go on. */
static uint64_t pass_over(const struct compact_run *run, uint64_t nr)
{
	const struct frame *fr = frames_begins(frames_of(run), pfn(nr));

	return fr ? pages_of(fr->order) : 1;
}

/*
 * Collect up to a batch from [@low, @end) of one pageblock; the pages are those that can move in
 * [run->from, run->migrate_pfn). Kernel: mm/compaction.c:isolate_migratepages_block() [6.1]
 */
static void collect(struct compact_run *run, uint64_t low, uint64_t end)
{
	bool choosy = run->direct && run->mode == COMPACT_ASYNC;
	uint64_t chunk = choosy ? pages_of((unsigned int)run->order) : 0;
	uint64_t skip_to = choosy ? (low / chunk + 1) * chunk : 0;

	run->from = low;
	run->nr_migrate = 0;
	while (low < end) {
		if (choosy && low >= skip_to) {
			if (run->nr_migrate)
				break;
			skip_to = (low / chunk + 1) * chunk;
		}
		if (can_move(run, low)) {
			run->nr_migrate++;
			low++;
			if (run->nr_migrate >= COMPACT_CLUSTER_MAX && !run->rescan)
				break;
			continue;
		}
		const struct frame *fr = frames_begins(frames_of(run), pfn(low));
		bool is_free = fr && fr->state == FRAME_FREE;

		low += pass_over(run, low);
		if (!choosy || is_free)
			continue;
		/* one page that stays spoils its whole chunk */
		run->nr_migrate = 0;
		low = low < skip_to ? skip_to : low;
		run->from = low;
	}
	low = low < end ? low : end;
	if (low == end && (!run->nr_migrate || run->rescan)) {
		block_at(run, end - 1)->skip = 1;
		migrated_up_to(run, low);
	}
	run->migrate_pfn = low;
}

/* Kernel: mm/compaction.c:suitable_migration_source() [6.1] */
static bool is_source(const struct compact_run *run, uint64_t nr)
{
	unsigned int mt = block_at(run, nr)->mt;

	if (run->mode != COMPACT_ASYNC || !run->direct)
		return true;
	return run->mt == KM_MOVABLE ? mt == KM_MOVABLE || mt == KM_CMA : mt == run->mt;
}

/* Kernel: mm/compaction.c:isolate_migratepages() [6.1]. False: nothing was collected. */
static bool isolate_migrate(struct compact_run *run)
{
	uint64_t step = pages_of(frames_of(run)->pb_order), low = run->migrate_pfn;

	run->nr_migrate = 0;
	for (uint64_t end = (low & ~(step - 1)) + step; end <= run->free_pfn; end += step) {
		bool aligned = !(low & (step - 1));

		if (aligned && !run->ignore_skip && block_at(run, low)->skip) {
			run->migrate_pfn = low = end;
			continue;
		}
		if (!is_source(run, low)) {
			migrated_up_to(run, end);
			run->migrate_pfn = low = end;
			continue;
		}
		collect(run, low, end);
		return run->nr_migrate > 0;
	}
	return false;
}

/* ---- the free scanner ---- */

/*
 * Targets are kept as single pages, the last one first, or as the blocks they were found as.
 * Kernel: mm/page_alloc.c:__isolate_free_page(), mm/compaction.c:split_map_pages() [6.1],
 * isolate_freepages_block() [6.12]
 */
static bool take_free(struct compact_run *run, struct pfn head, unsigned int order)
{
	struct zone *z = zone_of(run);
	unsigned int mt = pageblock_of(frames_of(run), head)->mt;
	bool blocks = buddy_of(run)->prof->keeps_target_blocks;

	if (mt != KM_ISOLATE && !pages_watermark_ok(run->c->pages, run->zone, 0,
						    z->wmark[KM_WMARK_MIN] + pages_of(order), 0,
						    PAGES_CMA, zone_free_pages(z)))
		return false;
	KM_BUG_ON(buddy_take(buddy_of(run), head, order) < 0);
	*frame_at(frames_of(run), head, order) = (struct frame){ 0 };
	compact_retype(buddy_of(run), head, order);
	for (uint64_t i = 0; i < pages_of(order); i++) {
		uint32_t node = node_of(frames_of(run), pfn_plus(head, i), 0);

		frames_of(run)->node[node].state = FRAME_PRIVATE;
		if (!blocks)
			flist_push_head(&run->free[0], frames_of(run), node);
	}
	if (blocks)
		flist_push_tail(&run->free[order], frames_of(run),
				node_of(frames_of(run), head, 0));
	run->nr_free += pages_of(order);
	return true;
}

/* Kernel: mm/compaction.c:isolate_freepages_block() [6.1]. Pages taken from [*@at, @end). */
static uint64_t isolate_block(struct compact_run *run, uint64_t *at, uint64_t end,
			      unsigned int stride)
{
	uint64_t taken = 0, nr = *at;

	while (nr < end) {
		const struct frame *fr = frames_begins(frames_of(run), pfn(nr));
		uint64_t size = fr ? pages_of(fr->order) : 1;

		if (!fr || fr->state != FRAME_FREE) {
			nr += size > 1 ? size - 1 + stride : stride;
			continue;
		}
		if (!take_free(run, pfn(nr), fr->order))
			break;
		taken += size;
		nr += size - 1;
		if (run->nr_migrate <= run->nr_free) {
			nr++;
			break;
		}
		nr += stride;
	}
	*at = nr < end ? nr : end;
	return taken;
}

/* Kernel: mm/compaction.c:suitable_migration_target() [6.1 6.12] */
static bool is_target(const struct compact_run *run, uint64_t nr)
{
	const struct frame *fr = frames_begins(frames_of(run), pfn(nr));
	unsigned int mt = block_at(run, nr)->mt, large = frames_of(run)->pb_order;

	if (buddy_of(run)->prof->spares_wanted && run->order > 0)
		large = (unsigned int)run->order;
	if (fr && fr->state == FRAME_FREE && fr->order >= large)
		return false;
	if (!run->ignore_block_suitable && mt != KM_MOVABLE && mt != KM_CMA)
		return false;
	return run->ignore_skip || !block_at(run, nr)->skip;
}

/*
 * All of the pageblock at @block was looked at: where the free scanner begins next time.
 * Kernel: mm/compaction.c:update_pageblock_skip() [6.1 6.12]
 */
static void searched(const struct compact_run *run, uint64_t block)
{
	struct compact_zone *cz = &run->c->zone[run->zone];

	block_at(run, block)->skip = 1;
	if (buddy_of(run)->prof->goes_on_below)
		block -= pages_of(frames_of(run)->pb_order);
	if (cz->free_pfn > block)
		cz->free_pfn = block;
}

/* Kernel: mm/compaction.c:isolate_freepages() [6.1] */
static void isolate_free(struct compact_run *run)
{
	unsigned int stride = run->mode == COMPACT_ASYNC ? COMPACT_CLUSTER_MAX : 1;
	uint64_t step = pages_of(frames_of(run)->pb_order), at = run->free_pfn;
	uint64_t block = at & ~(step - 1), low = (run->migrate_pfn & ~(step - 1)) + step;
	uint64_t last = zone_of(run)->end.nr;

	for (; block >= low; block -= step, at = block) {
		uint64_t end = block + step < last ? block + step : last;

		if (!is_target(run, block))
			continue;
		uint64_t taken = isolate_block(run, &at, end, stride);

		if (at == end)
			searched(run, block);
		if (run->nr_free >= run->nr_migrate) {
			at = at >= end ? block - step : at;
			break;
		}
		if (at < end)
			break;
		stride = taken				  ? 1 :
			 stride * 2 < COMPACT_CLUSTER_MAX ? stride * 2 :
							    COMPACT_CLUSTER_MAX;
	}
	run->free_pfn = at;
}

/* ---- moving ---- */

/* A block of targets, of @order or, the smallest first, of a larger one. KM_NO_PFN: none. */
static struct pfn pop_target(struct compact_run *run, unsigned int *order)
{
	struct frames *f = frames_of(run);

	for (; *order < KM_MAX_ORDERS; ++*order) {
		struct flist *l = &run->free[*order];

		if (flist_empty(l))
			continue;
		uint32_t node = l->head - 1;

		flist_del(l, f, node);
		run->nr_free -= pages_of(*order);
		return node_pfn(f, node);
	}
	return pfn(KM_NO_PFN);
}

/*
 * The first page of the smallest block; its upper halves remain targets.
 * Kernel: mm/compaction.c:compaction_alloc() [6.1 6.12]
 */
static struct pfn next_target(struct compact_run *run)
{
	unsigned int order = 0;

	if (!run->nr_free)
		isolate_free(run);
	struct pfn got = pop_target(run, &order);

	if (got.nr == KM_NO_PFN)
		return got;
	run->nr_free += pages_of(order) - 1;
	while (order--)
		flist_push_head(&run->free[order], frames_of(run),
				node_of(frames_of(run), pfn_plus(got, pages_of(order)), 0));
	if (buddy_of(run)->prof->keeps_target_blocks)
		run->nr_migrate--;
	return got;
}

static void give_back(struct compact_run *run, struct pfn p, unsigned int order)
{
	for (uint64_t i = 0; i < pages_of(order); i++)
		*frame_at(frames_of(run), pfn_plus(p, i), 0) = (struct frame){ 0 };
	KM_BUG_ON(pages_free(run->c->pages, run->cpu, p, order, 0));
}

static void move(struct compact_run *run, struct pfn from, struct pfn to)
{
	struct frames *f = frames_of(run);
	unsigned int mt = frame_at(f, from, 0)->mt;

	*frame_at(f, to, 0) = (struct frame){ .state = FRAME_ALLOC, .mt = mt & 7 };
	frames_count_used(f, to, 0, mt, 1);
	run->c->ops->moved(run->c->ctx, from, to);
	frames_count_used(f, from, 0, mt, -1);
	give_back(run, from, 0);
	run->migrated++;
}

/* The last collected goes first. Kernel: mm/migrate.c:migrate_pages() [6.1]. False: no target. */
static bool migrate(struct compact_run *run)
{
	for (uint64_t nr = run->migrate_pfn; nr-- > run->from;) {
		if (!can_move(run, nr))
			continue;
		struct pfn to = next_target(run);

		if (to.nr == KM_NO_PFN)
			return false;
		move(run, pfn(nr), to);
	}
	return true;
}

/* Kernel: mm/compaction.c:compact_zone() [6.1] */
static void put_in_position(struct compact_run *run)
{
	struct compact_zone *cz = &run->c->zone[run->zone];
	const struct zone *z = zone_of(run);
	uint64_t top = pfn_align_down(pfn(z->end.nr - 1), frames_of(run)->pb_order).nr;

	if (!run->whole_zone && cz->free_pfn < z->start.nr)
		cz->free_pfn = top;
	run->migrate_pfn = run->whole_zone ? z->start.nr :
					     cz->migrate_pfn[run->mode != COMPACT_ASYNC];
	run->free_pfn = run->whole_zone ? top : cz->free_pfn;
	if (run->migrate_pfn <= z->start.nr)
		run->whole_zone = true;
}

/* Kernel: mm/compaction.c:release_freepages() [6.1], release_free_list() [6.12] */
static void release_free(struct compact_run *run)
{
	struct compact_zone *cz = &run->c->zone[run->zone];
	uint64_t highest = 0;
	unsigned int order = 0;

	for (struct pfn p; (p = pop_target(run, &order)).nr != KM_NO_PFN;) {
		highest = p.nr > highest ? p.nr : highest;
		give_back(run, p, order);
	}
	highest = pfn_align_down(pfn(highest), frames_of(run)->pb_order).nr;
	if (highest > cz->free_pfn)
		cz->free_pfn = highest;
}

static void drain_own(struct compact_run *run)
{
	buddy_of(run)->cpu = run->cpu;
	pcp_drain_all(pages_pcp(run->c->pages, run->zone, run->cpu), buddy_of(run));
}

/* One round after another. Kernel: mm/compaction.c:compact_zone() [6.1] */
static enum compact_result rounds(struct compact_run *run)
{
	uint64_t step = pages_of(frames_of(run)->pb_order), last = 0;
	struct buddy *b = buddy_of(run);
	enum compact_result ret;

	while ((ret = finished(run)) == COMPACT_CONTINUE) {
		uint64_t begin = run->migrate_pfn;

		run->rescan = last / step == begin / step;
		if (isolate_migrate(run)) {
			last = begin;
			if (!migrate(run)) {
				if (!met(run))
					return COMPACT_CONTENDED;
				if (run->direct && run->mode == COMPACT_ASYNC)
					last = 0;
			}
		}
		if (run->order > 0 && last &&
		    last < (run->migrate_pfn & ~(pages_of((unsigned int)run->order) - 1))) {
			drain_own(run);
			last = 0;
		}
		if (b->capture && b->capture->got.nr != KM_NO_PFN)
			return COMPACT_SUCCESS;
	}
	return ret;
}

enum compact_result compact_run(struct compact_run *run)
{
	struct compact_counts *counts = &run->c->node[zone_of(run)->node].counts;
	enum compact_result ret = COMPACT_CONTINUE;

	if (run->order >= 0)
		ret = compact_suitable(run->c, run->zone, (unsigned int)run->order, run->flags,
				       run->zone_class);
	if (ret != COMPACT_CONTINUE)
		return ret;
	if (run->order >= 0 &&
	    compact_restarting(&run->c->zone[run->zone], (unsigned int)run->order))
		compact_forget_skips(run->c, run->zone);
	put_in_position(run);
	counts->runs++;
	ret = rounds(run);
	release_free(run);
	counts->migrated_pages += run->migrated;
	pages_count(run->c->pages, WORK_COMPACT, 1);
	pages_count(run->c->pages, WORK_MIGRATED, run->migrated);
	return ret;
}
