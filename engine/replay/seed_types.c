/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The type of every pageblock before the first event.
 *
 * 1. Proven: the first removal, fallback or drain in a pageblock names the list its pages were on.
 * 2. From boot: else the type the kernel gives at boot, except that a pageblock filled by kernel
 * pages before the trace
 *    began had been taken over for them.
 * 3. On a running system, from the seed label's own files: free blocks are dealt to types so that
 * their counts are those
 *    pagetypeinfo printed (a search by single and paired changes); pageblocks without free pages
 *    by what kpageflags says of their pages, as many of each type as pagetypeinfo counted.
 */
#include <stdlib.h>

#include "engine/replay/state.h"

/* What kpageflags says of a pageblock's pages. */
struct census {
	uint64_t block;
	uint32_t movable, slab, reserved, kernel, buddy, other;
};

struct dealt {
	uint64_t block;
	uint32_t free[KM_MAX_ORDERS]; /* free blocks by order, up to the pageblock order */
	bool fixed;
};

struct dealer {
	struct replay *r;
	const struct km_snap_zone *want;
	struct dealt *v;
	size_t n;
	int64_t left[KM_NR_PCP_TYPES][KM_MAX_ORDERS]; /* printed minus dealt */
	unsigned int nr_orders;
};

static bool flag(uint64_t flags, unsigned int bit)
{
	return flags >> bit & 1;
}

static struct census take_census(const struct replay *r, uint64_t block)
{
	const struct km_snapshot *seed = r->config.seed;
	uint64_t first = r->m.frames.base + (block << r->m.frames.pb_order),
		 n = pages_of(r->m.frames.pb_order);
	struct census c = { .block = block };

	for (uint64_t nr = first; nr < first + n; nr++) {
		uint64_t flags = seed->kpageflags && nr < seed->nr_kpageflags ?
					 seed->kpageflags[nr] :
					 UINT64_C(1) << KM_KPF_NOPAGE;

		if (flag(flags, KM_KPF_NOPAGE))
			c.other++;
		else if (flag(flags, KM_KPF_RESERVED))
			c.reserved++;
		else if (flag(flags, KM_KPF_BUDDY))
			c.buddy++;
		else if (flag(flags, KM_KPF_LRU) || flag(flags, KM_KPF_ANON) ||
			 flag(flags, KM_KPF_MMAP))
			c.movable++;
		else if (flag(flags, KM_KPF_SLAB))
			c.slab++;
		else
			c.kernel++;
	}
	return c;
}

static bool untouched(const struct replay *r, uint64_t block)
{
	uint64_t first = block << r->m.frames.pb_order;

	for (uint64_t i = first; i < first + pages_of(r->m.frames.pb_order); i++)
		if (survey_first(&r->survey, i) != FIRST_NONE)
			return false;
	return true;
}

static struct pfn block_pfn(const struct replay *r, uint64_t block)
{
	return pfn(r->m.frames.base + (block << r->m.frames.pb_order));
}

static void types_from_boot(struct replay *r)
{
	for (uint64_t i = 0; i < r->m.frames.nr_blocks; i++) {
		struct pageblock *pb = &r->m.frames.block[i];
		struct census c = take_census(r, i);

		/* an area's pageblocks are what they are only once it is activated */
		if (r->survey.type[i] && r->survey.type[i] - 1 != KM_CMA)
			pb->mt = (uint8_t)(r->survey.type[i] - 1);
		else if (c.kernel + c.slab == pages_of(r->m.frames.pb_order) && untouched(r, i))
			pb->mt = KM_UNMOVABLE;
	}
}

/*
 * Count a zone's free blocks at the moment pagetypeinfo was read, by the pageblock they begin in.
 */
static void count_run(struct dealer *w, uint64_t at, uint64_t end, uint64_t first_block)
{
	const struct frames *f = &w->r->m.frames;

	while (at < end) {
		unsigned int order = 0;

		while (order < f->top_order && !(at & pages_of(order)) &&
		       at + pages_of(order + 1) <= end)
			order++;
		w->v[((at - f->base) >> f->pb_order) - first_block].free[order]++;
		at += pages_of(order);
	}
}

static void count_zone(struct dealer *w, const struct zone *z, uint64_t first_block)
{
	uint64_t from = 0, base = w->r->m.frames.base;
	bool running = false;

	for (uint64_t nr = z->start.nr; nr <= z->end.nr; nr++) {
		bool is_free =
			nr < z->end.nr &&
			seed_is_free(w->r, nr - base, survey_first_typed(&w->r->survey, nr - base));

		if (is_free && !running)
			from = nr;
		else if (!is_free && running)
			count_run(w, from, nr, first_block);
		running = is_free;
	}
}

static struct pageblock *pageblock_at(const struct dealer *w, size_t i)
{
	return &w->r->m.frames.block[w->v[i].block];
}

/*
 * How far the counts would be off after block @i went from type @from to @to: change of the sum of
 * differences.
 */
static int64_t gain(struct dealer *w, size_t i, unsigned int from, unsigned int to, bool apply)
{
	int64_t change = 0;

	for (unsigned int o = 0; o < w->nr_orders; o++) {
		int64_t n = w->v[i].free[o];

		change += llabs(w->left[from][o] + n) - llabs(w->left[from][o]);
		change += llabs(w->left[to][o] - n) - llabs(w->left[to][o]);
		if (apply) {
			w->left[from][o] += n;
			w->left[to][o] -= n;
		}
	}
	return change;
}

static void retype(struct dealer *w, size_t i, unsigned int to)
{
	gain(w, i, pageblock_at(w, i)->mt, to, true);
	pageblock_at(w, i)->mt = (uint8_t)to;
}

static bool improve_one(struct dealer *w)
{
	int64_t best = 0;
	size_t which = 0;
	unsigned int to = 0;

	for (size_t i = 0; i < w->n; i++)
		for (unsigned int mt = 0; mt < KM_NR_PCP_TYPES && !w->v[i].fixed; mt++) {
			unsigned int from = pageblock_at(w, i)->mt;
			int64_t g = mt == from || from >= KM_NR_PCP_TYPES ?
					    0 :
					    gain(w, i, from, mt, false);

			if (g < best) {
				best = g;
				which = i;
				to = mt;
			}
		}
	if (best < 0)
		retype(w, which, to);
	return best < 0;
}

/* Two pageblocks change at once where neither alone would help. */
static bool improve_two(struct dealer *w)
{
	for (size_t i = 0; i < w->n; i++) {
		unsigned int was = pageblock_at(w, i)->mt;

		for (unsigned int mt = 0;
		     mt < KM_NR_PCP_TYPES && !w->v[i].fixed && was < KM_NR_PCP_TYPES; mt++) {
			if (mt == was)
				continue;
			int64_t first = gain(w, i, was, mt, true);

			pageblock_at(w, i)->mt = (uint8_t)mt;
			for (size_t k = i + 1; k < w->n; k++)
				for (unsigned int to = 0; to < KM_NR_PCP_TYPES && !w->v[k].fixed;
				     to++) {
					unsigned int from = pageblock_at(w, k)->mt;

					if (to == from || from >= KM_NR_PCP_TYPES ||
					    first + gain(w, k, from, to, false) >= 0)
						continue;
					retype(w, k, to);
					return true;
				}
			gain(w, i, mt, was, true);
			pageblock_at(w, i)->mt = (uint8_t)was;
		}
	}
	return false;
}

static void deal_free_blocks(struct dealer *w)
{
	for (unsigned int mt = 0; mt < KM_NR_PCP_TYPES; mt++)
		for (unsigned int o = 0; o < w->nr_orders; o++)
			w->left[mt][o] = (int64_t)w->want->type_free[mt][o];
	for (size_t i = 0; i < w->n; i++) {
		unsigned int mt = pageblock_at(w, i)->mt;

		for (unsigned int o = 0; o < w->nr_orders && mt < KM_NR_PCP_TYPES; o++)
			w->left[mt][o] -= w->v[i].free[o];
	}
	while (improve_one(w) || improve_two(w))
		;
}

static int by_movable(const void *a, const void *b)
{
	const struct census *x = a, *y = b;
	int64_t sx = (int64_t)x->movable + x->reserved + x->other,
		sy = (int64_t)y->movable + y->reserved + y->other;

	if (sx != sy)
		return sx < sy ? 1 : -1;
	return x->block < y->block ? -1 : 1;
}

static int by_slab(const void *a, const void *b)
{
	const struct census *x = a, *y = b;

	if (x->slab != y->slab)
		return x->slab < y->slab ? 1 : -1;
	return x->block < y->block ? -1 : 1;
}

/* Pageblocks that show no free page: the printed census, dealt by the likeliest. */
static int deal_full_blocks(struct dealer *w, const struct zone *z, uint64_t first_block)
{
	int64_t left[KM_NR_PCP_TYPES];
	struct census *c = calloc(w->n ? w->n : 1, sizeof(*c));
	size_t n = 0, at = 0;

	if (!c)
		return -KM_ENOMEM;
	for (unsigned int mt = 0; mt < KM_NR_PCP_TYPES; mt++)
		left[mt] = (int64_t)w->want->type_blocks[mt];
	for (size_t i = 0; i < w->n; i++) {
		bool any = w->v[i].fixed;

		for (unsigned int o = 0; o < w->nr_orders; o++)
			any |= w->v[i].free[o] != 0;
		/* the upper pageblocks of a block larger than one are as free as the first */
		struct census one = take_census(w->r, first_block + i);

		any |= one.buddy == pages_of(w->r->m.frames.pb_order) ||
		       block_pfn(w->r, first_block + i).nr < z->start.nr;
		if (any && pageblock_at(w, i)->mt < KM_NR_PCP_TYPES)
			left[pageblock_at(w, i)->mt]--;
		else if (!any && pageblock_at(w, i)->mt < KM_NR_PCP_TYPES)
			c[n++] = one;
	}
	qsort(c, n, sizeof(*c), by_movable);
	for (; at < n && left[KM_MOVABLE] > 0; at++, left[KM_MOVABLE]--)
		w->r->m.frames.block[c[at].block].mt = KM_MOVABLE;
	qsort(c + at, n - at, sizeof(*c), by_slab);
	for (; at < n && left[KM_RECLAIMABLE] > 0; at++, left[KM_RECLAIMABLE]--)
		w->r->m.frames.block[c[at].block].mt = KM_RECLAIMABLE;
	for (; at < n; at++)
		w->r->m.frames.block[c[at].block].mt = KM_UNMOVABLE;
	free(c);
	return 0;
}

static int deal_zone(struct replay *r, const struct zone *z, const struct km_snap_zone *want)
{
	uint64_t first = (z->start.nr - r->m.frames.base) >> r->m.frames.pb_order;
	uint64_t last = (z->end.nr - 1 - r->m.frames.base) >> r->m.frames.pb_order;
	struct dealer w = { .r = r, .want = want, .n = (size_t)(last - first + 1) };

	w.nr_orders = r->m.frames.top_order + 1;
	w.v = calloc(w.n, sizeof(*w.v));
	if (!w.v)
		return -KM_ENOMEM;
	for (size_t i = 0; i < w.n; i++) {
		w.v[i].block = first + i;
		w.v[i].fixed = r->survey.type[first + i] ||
			       pageblock_at(&w, i)->mt >= KM_NR_PCP_TYPES;
	}
	count_zone(&w, z, first);
	deal_free_blocks(&w);
	int err = deal_full_blocks(&w, z, first);

	free(w.v);
	return err;
}

static void types_proven(struct replay *r)
{
	for (uint64_t i = 0; i < r->m.frames.nr_blocks; i++) {
		struct pageblock *pb = &r->m.frames.block[i];

		if (r->survey.type[i])
			pb->mt = (uint8_t)(r->survey.type[i] - 1);
		else if (machine_cma_at(&r->m, block_pfn(r, i)))
			pb->mt = KM_CMA;
	}
}

static int types_on_the_run(struct replay *r, struct km_diag *d)
{
	const struct km_snapshot *seed = r->config.seed;
	unsigned int zone = 0;

	types_proven(r);
	for (unsigned int i = 0; i < seed->nr_zones; i++) {
		if (!seed->zones[i].spanned)
			continue;
		if (seed->zones[i].has_pagetypeinfo && seed->kpageflags &&
		    deal_zone(r, &r->m.zone[zone], &seed->zones[i]))
			return km_fail(d, KM_ENOMEM, seed->label,
				       "out of memory for pageblock types");
		zone++;
	}
	return 0;
}

static void count_certainty(struct replay *r)
{
	struct replay_seed *s = &r->totals.seed;
	bool dealt = !r->survey.from_boot && r->config.seed->kpageflags;

	for (uint64_t i = 0; i < r->m.frames.nr_blocks; i++)
		s->proven_types += r->survey.type[i] != 0;
	if (dealt)
		s->dealt_types = r->m.frames.nr_blocks - s->proven_types;
	else
		s->assumed_types = r->m.frames.nr_blocks - s->proven_types;
}

int seed_types(struct replay *r, struct km_diag *d)
{
	int err = 0;

	if (r->survey.from_boot)
		types_from_boot(r);
	else
		err = types_on_the_run(r, d);
	for (uint64_t i = 0; i < r->m.frames.nr_blocks; i++)
		r->m.frames.block[i].dirty = PAGEBLOCK_DIRTY;
	count_certainty(r);
	/* a boot capture sees the areas being activated: until then they are nobody's */
	for (unsigned int i = 0; i < r->m.nr_cma; i++)
		r->m.cma[i].active = !r->survey.from_boot;
	return err;
}
