/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Buddy free lists.
 *
 * 1. A free block is listed under (order, migratetype); its head's frame says FREE, its order and
 * its list.
 * 2. Freeing looks at the mate (head xor 2^order): free and of the same order, the two become one
 * block, until
 *    the largest order or until the mate is not free. The result goes to the head of its list, or
 *    to the tail when the mate of its parent is free: then it may soon merge again and is better
 *    left alone.
 * 3. Taking splits the smallest sufficient block; upper halves go back to the heads of their lists.
 */
#include "engine/buddy/buddy.h"

void buddy_init(struct buddy *b, const struct buddy_profile *prof, struct frames *frames,
		struct zone *zone, struct probe *probe)
{
	*b = (struct buddy){ .prof = prof, .frames = frames, .zone = zone, .probe = probe };
}

static struct pfn mate_of(struct pfn head, unsigned int order)
{
	return pfn(head.nr ^ pages_of(order));
}

static bool is_free_block(const struct buddy *b, struct pfn head, unsigned int order)
{
	if (!zone_has(b->zone, head))
		return false;
	const struct frame *fr = frame_at(b->frames, head, order);

	return fr->state == FRAME_FREE && fr->order == order;
}

static void count_pages(struct buddy *b, unsigned int order, unsigned int mt, int sign)
{
	uint64_t pages = pages_of(order);

	if (mt != KM_ISOLATE)
		b->zone->nr_free += sign > 0 ? pages : -pages;
	if (mt == KM_CMA)
		b->zone->nr_free_cma += sign > 0 ? pages : -pages;
	if (mt == KM_HIGHATOMIC)
		b->zone->nr_free_highatomic += sign > 0 ? pages : -pages;
}

void buddy_list_add(struct buddy *b, struct pfn head, unsigned int order, unsigned int mt,
		    bool tail)
{
	uint32_t node = node_of(b->frames, head, order);
	struct frame *fr = &b->frames->node[node];

	fr->facts = FRAME_FACT(state, FRAME_FREE) | FRAME_FACT(order, order) | FRAME_FACT(mt, mt);
	if (tail)
		flist_push_tail(&b->list[order][mt], b->frames, node);
	else
		flist_push_head(&b->list[order][mt], b->frames, node);
	b->nr_free[order]++;
	count_pages(b, order, mt, 1);
}

void buddy_list_del(struct buddy *b, struct pfn head, unsigned int order)
{
	uint32_t node = node_of(b->frames, head, order);
	struct frame *fr = &b->frames->node[node];

	unsigned int mt = fr->mt;

	flist_del(&b->list[order][mt], b->frames, node);
	fr->facts = FRAME_FACT(order, order) | FRAME_FACT(mt, mt);
	b->nr_free[order]--;
	count_pages(b, order, mt, -1);
}

static int check_block(const struct buddy *b, struct pfn head, unsigned int order,
		       unsigned int flags)
{
	if (order >= buddy_nr_orders(b) || (head.nr & (pages_of(order) - 1)) ||
	    !zone_has(b->zone, head) || !zone_has(b->zone, pfn_plus(head, pages_of(order) - 1)))
		return -KM_EINVAL;
	if (flags & BUDDY_KNOWN)
		return 0;
	return frames_listed(b->frames, head, order) ? -KM_EDOUBLE : 0;
}

/* Types that per-CPU lists do not keep never merge across pageblocks with another type. */
static bool may_merge(const struct buddy *b, struct pfn mate, unsigned int order, unsigned int mt)
{
	if (order < b->frames->pb_order || b->prof->merges_all_types)
		return true;
	unsigned int mate_mt = pageblock_of(b->frames, mate)->mt;

	return mate_mt == mt || (mt < KM_NR_PCP_TYPES && mate_mt < KM_NR_PCP_TYPES);
}

/* Kernel: mm/page_alloc.c:buddy_merge_likely() [6.1] */
static bool merge_likely(const struct buddy *b, struct pfn head, unsigned int order)
{
	if (!b->prof->tail_by_aunt || order + 3 > buddy_nr_orders(b))
		return false;
	struct pfn parent = pfn(head.nr & mate_of(head, order).nr);

	if (b->prof->misses_upper_aunt && parent.nr != head.nr)
		return false;
	return is_free_block(b, mate_of(parent, order + 1), order + 1);
}

/* Kernel: mm/page_alloc.c:compaction_capture() [6.1] */
static bool captured(struct buddy *b, struct pfn head, unsigned int order, unsigned int mt)
{
	struct buddy_capture *c = b->capture;

	if (!c || c->got.nr != KM_NO_PFN || order != c->order || mt == KM_CMA || mt == KM_ISOLATE ||
	    (order < b->frames->pb_order && mt == KM_MOVABLE && !c->movable))
		return false;
	c->got = head;
	frames_count_free(b->frames, head, order, -1);
	*frame_at(b->frames, head, order) = (struct frame){ .order = order & 31, .mt = mt & 7 };
	return true;
}

/* Kernel: mm/page_alloc.c:__free_one_page() [6.1] */
static void free_one(struct buddy *b, struct pfn head, unsigned int order, unsigned int mt,
		     unsigned int flags)
{
	unsigned int given = order;

	frames_count_free(b->frames, head, order, 1);
	frame_at(b->frames, head, order)->facts = FRAME_FACT(order, order);
	b->probe->done[WORK_GIVE]++;
	while (order + 1 < buddy_nr_orders(b)) {
		struct pfn mate = mate_of(head, order);

		if (captured(b, head, order, mt))
			return;
		if (!is_free_block(b, mate, order) || !may_merge(b, mate, order, mt))
			break;
		buddy_list_del(b, mate, order);
		if (b->prof->uniform && order >= b->frames->pb_order)
			buddy_set_types(b, mate, order, mt);
		head = pfn(head.nr & mate.nr);
		order++;
	}
	b->probe->done[WORK_MERGE] += order - given;
	buddy_list_add(b, head, order, mt, (flags & BUDDY_TO_TAIL) || merge_likely(b, head, order));
}

/* Kernel: mm/page_alloc.c:split_large_buddy() [6.12] */
static void free_by_pageblock(struct buddy *b, struct pfn head, unsigned int order,
			      unsigned int flags)
{
	unsigned int piece = order < b->frames->pb_order ? order : b->frames->pb_order;

	frame_at(b->frames, head, order)->state = FRAME_INSIDE;
	for (uint64_t at = 0; at < pages_of(order); at += pages_of(piece)) {
		struct pfn p = pfn_plus(head, at);

		free_one(b, p, piece, pageblock_of(b->frames, p)->mt, flags);
	}
}

int buddy_free(struct buddy *b, struct pfn head, unsigned int order, unsigned int mt,
	       unsigned int flags)
{
	int err = check_block(b, head, order, flags);

	if (err)
		return err;
	if (b->prof->uniform)
		free_by_pageblock(b, head, order, flags);
	else
		free_one(b, head, order, mt, flags);
	zone_count(b->zone, b->cpu);
	return 0;
}

/*
 * Split a listed block of @from pages down to [@want, 2^@order); upper and lower rests go to their
 * lists' heads.
 */
static void expand_to(struct buddy *b, struct pfn head, unsigned int from, struct pfn want,
		      unsigned int order, unsigned int mt)
{
	b->probe->done[WORK_TAKE]++;
	b->probe->done[WORK_SPLIT] += from - order;
	while (from > order) {
		from--;
		struct pfn upper = pfn_plus(head, pages_of(from));

		if (want.nr >= upper.nr) {
			buddy_list_add(b, head, from, mt, false);
			head = upper;
		} else {
			buddy_list_add(b, upper, from, mt, false);
		}
	}
	frames_count_free(b->frames, want, order, -1);
	frame_at(b->frames, want, order)->facts = FRAME_FACT(order, order) | FRAME_FACT(mt, mt);
}

void buddy_expand(struct buddy *b, struct pfn head, unsigned int from, unsigned int order,
		  unsigned int mt)
{
	expand_to(b, head, from, head, order, mt);
}

struct pfn buddy_pop(struct buddy *b, unsigned int order, unsigned int mt)
{
	for (unsigned int from = order; from < buddy_nr_orders(b); from++) {
		if (flist_empty(&b->list[from][mt]))
			continue;
		struct pfn head = node_pfn(b->frames, b->list[from][mt].head - 1);

		buddy_list_del(b, head, from);
		expand_to(b, head, from, head, order, mt);
		probe_emit(b->probe, &(struct step){ .kind = STEP_ZONE_LOCKED,
						     .zone = b->zone->id,
						     .cpu = b->cpu,
						     .pfn = head,
						     .order = order,
						     .mt = mt });
		return head;
	}
	return pfn(KM_NO_PFN);
}

struct pfn buddy_alloc_bulk(struct buddy *b, unsigned int order, unsigned int mt,
			    unsigned int flags, struct buddy_bulk *bulk)
{
	uint64_t nr_free = b->zone->nr_free + bulk->uncounted_pages;
	struct pfn got = pfn(KM_NO_PFN);

	if ((flags & BUDDY_CMA) && b->zone->nr_free_cma > nr_free / 2)
		got = buddy_pop(b, order, KM_CMA);
	if (got.nr == KM_NO_PFN)
		got = b->prof->fallback_ops->serve(b, order, mt, flags, bulk);
	if (got.nr != KM_NO_PFN && b->prof->counts_bulk_late)
		bulk->uncounted_pages += pages_of(order);
	else
		zone_count(b->zone, b->cpu);
	return got;
}

struct pfn buddy_alloc(struct buddy *b, unsigned int order, unsigned int mt, unsigned int flags)
{
	struct buddy_bulk alone = { .mode = BUDDY_OWN };
	struct pfn got = buddy_alloc_bulk(b, order, mt, flags, &alone);

	zone_count(b->zone, b->cpu);
	return got;
}

/*
 * Once a block is split its pieces are the smallest there are, so it is used up ascending before
 * the next is.
 */
unsigned int buddy_preview(const struct buddy *b, unsigned int order, unsigned int mt,
			   struct pfn *out, unsigned int n)
{
	unsigned int got = 0;

	for (unsigned int from = order; from < buddy_nr_orders(b); from++)
		for (uint32_t at = b->list[from][mt].head; at && got < n;
		     at = b->frames->node[at - 1].next)
			for (uint64_t piece = 0; piece < pages_of(from - order) && got < n; piece++)
				out[got++] = pfn_plus(node_pfn(b->frames, at - 1), piece << order);
	return got;
}

int buddy_take(struct buddy *b, struct pfn head, unsigned int order)
{
	struct pfn at;
	const struct frame *fr = zone_has(b->zone, head) ? frames_head(b->frames, head, &at) : NULL;

	if (!fr || fr->state != FRAME_FREE || fr->order < order)
		return -KM_ENOENT;
	unsigned int from = fr->order, mt = fr->mt;

	buddy_list_del(b, at, from);
	expand_to(b, at, from, head, order, mt);
	return (int)mt;
}

void buddy_move_one(struct buddy *b, struct pfn head, unsigned int order, unsigned int mt)
{
	b->probe->done[WORK_MOVE]++;
	buddy_list_del(b, head, order);
	buddy_list_add(b, head, order, mt, b->prof->move_to_tail);
	for (uint64_t at = 0; at < pages_of(order); at += pages_of(b->frames->pb_order))
		pageblock_of(b->frames, pfn_plus(head, at))->dirty = PAGEBLOCK_DIRTY;
}

/* The free block that begins at @p, or a step to where the next one may begin. */
static bool free_block_at(const struct buddy *b, struct pfn p, unsigned int *order)
{
	const struct frame *fr = frames_begins(b->frames, p);

	*order = fr ? fr->order : 0;
	return fr && fr->state == FRAME_FREE;
}

uint64_t buddy_move_block(struct buddy *b, struct pfn at, unsigned int mt, uint64_t *movable)
{
	struct pfn start = pfn_align_down(at, b->frames->pb_order);
	struct pfn end = pfn_plus(start, pages_of(b->frames->pb_order));
	uint64_t moved = 0;

	if (movable)
		*movable = pageblock_of(b->frames, at)->used[KM_MOVABLE];
	if (!zone_has(b->zone, start))
		start = at;
	if (!zone_has(b->zone, pfn(end.nr - 1))) {
		if (movable)
			*movable = 0;
		return 0;
	}
	for (struct pfn p = start; p.nr < end.nr;) {
		unsigned int order;

		if (free_block_at(b, p, &order)) {
			buddy_move_one(b, p, order, mt);
			moved += pages_of(order);
		}
		p = pfn_plus(p, pages_of(order));
	}
	return moved;
}

void buddy_set_type(struct buddy *b, struct pfn p, unsigned int mt)
{
	struct pageblock *pb = pageblock_of(b->frames, p);

	pb->mt = b->no_mobility && mt < KM_NR_PCP_TYPES ? KM_UNMOVABLE : (uint8_t)mt;
	pb->dirty = PAGEBLOCK_DIRTY;
}

void buddy_set_types(struct buddy *b, struct pfn head, unsigned int order, unsigned int mt)
{
	for (uint64_t at = 0; at < pages_of(order); at += pages_of(b->frames->pb_order))
		buddy_set_type(b, pfn_plus(head, at), mt);
}

bool buddy_retype(struct buddy *b, struct pfn p, unsigned int mt)
{
	struct pfn start = pfn_align_down(p, b->frames->pb_order), head;
	struct pfn last = pfn_plus(start, pages_of(b->frames->pb_order) - 1);

	if (!b->prof->uniform) {
		buddy_set_type(b, p, mt);
		buddy_move_block(b, p, mt, NULL);
		return true;
	}
	if (!zone_has(b->zone, start) || !zone_has(b->zone, last))
		return false;
	const struct frame *fr = frames_head(b->frames, start, &head);

	if (!fr || fr->state != FRAME_FREE || fr->order <= b->frames->pb_order) {
		buddy_move_block(b, start, mt, NULL);
		buddy_set_type(b, start, mt);
		return true;
	}
	unsigned int order = fr->order;

	buddy_list_del(b, head, order);
	frames_count_free(b->frames, head, order, -1);
	buddy_set_type(b, start, mt);
	free_by_pageblock(b, head, order, 0);
	return true;
}

bool buddy_boost(struct buddy *b)
{
	struct zone *z = b->zone;
	uint64_t unit = pages_of(b->frames->pb_order), high = z->wmark[KM_WMARK_HIGH];
	uint64_t factor = b->watermark_boost_factor;
	uint64_t max = high / 10000 * factor + high % 10000 * factor / 10000;

	if (!factor || unit * 4 > z->managed || !max)
		return false;
	if (max < unit)
		max = unit;
	z->boost = z->boost + unit < max ? z->boost + unit : max;
	return true;
}

static uint64_t highatomic_limit(const struct buddy *b)
{
	uint64_t unit = pages_of(b->frames->pb_order), share = b->zone->managed / 100;

	if (!b->prof->highatomic_rounds)
		return share + unit;
	return share < unit ? 0 : (share + unit - 1) / unit * unit;
}

void buddy_reserve_highatomic(struct buddy *b, struct pfn p, unsigned int order)
{
	bool large = b->prof->uniform && order >= b->frames->pb_order;

	if (b->zone->nr_reserved_highatomic >= highatomic_limit(b) ||
	    pageblock_of(b->frames, p)->mt >= KM_NR_PCP_TYPES)
		return;
	if (large)
		buddy_set_types(b, p, order, KM_HIGHATOMIC);
	else if (!buddy_retype(b, p, KM_HIGHATOMIC))
		return;
	b->zone->nr_reserved_highatomic += pages_of(large ? order : b->frames->pb_order);
}

/* Give the pageblocks of one free block back; the pages that changed lists. */
static uint64_t unreserve(struct buddy *b, struct pfn p, unsigned int order, unsigned int mt)
{
	bool large = b->prof->uniform && order >= b->frames->pb_order;

	if (large) {
		buddy_move_one(b, p, order, mt);
		buddy_set_types(b, p, order, mt);
		return pages_of(order);
	}
	uint64_t moved = buddy_move_block(b, p, mt, NULL);

	buddy_set_type(b, p, mt);
	return moved;
}

uint64_t buddy_unreserve_highatomic(struct buddy *b, unsigned int mt, bool force)
{
	uint64_t unit = pages_of(b->frames->pb_order);
	uint64_t *reserved = &b->zone->nr_reserved_highatomic;

	if (!force && *reserved <= unit)
		return 0;
	for (unsigned int order = 0; order < buddy_nr_orders(b); order++) {
		const struct flist *l = &b->list[order][KM_HIGHATOMIC];

		if (flist_empty(l))
			continue;
		struct pfn p = node_pfn(b->frames, l->head - 1);

		uint64_t size = b->prof->uniform && order > b->frames->pb_order ? pages_of(order) :
										  unit;

		if (pageblock_of(b->frames, p)->mt == KM_HIGHATOMIC)
			*reserved -= *reserved < size ? *reserved : size;
		uint64_t moved = unreserve(b, p, order, mt);

		if (moved)
			return moved;
	}
	return 0;
}

void buddy_keep_reserve(struct buddy *b, unsigned int blocks)
{
	uint64_t step = pages_of(b->frames->pb_order);
	struct pfn at = pfn_align_up(b->zone->start, b->frames->pb_order), head;

	for (; at.nr < b->zone->end.nr; at = pfn_plus(at, step)) {
		unsigned int type = pageblock_of(b->frames, at)->mt, want = type;

		if (!zone_has(b->zone, at) || !frames_head(b->frames, at, &head))
			continue;
		if (type == KM_HIGHATOMIC || (type == KM_MOVABLE && blocks))
			want = blocks ? KM_HIGHATOMIC : KM_MOVABLE;
		blocks -= want == KM_HIGHATOMIC;
		if (want == type)
			continue;
		buddy_set_type(b, at, want);
		buddy_move_block(b, at, want, NULL);
	}
}
