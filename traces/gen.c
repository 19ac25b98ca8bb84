/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/gen.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/gen_state.h"

int gen_no_memory(const struct gen *g)
{
	return km_fail(g->d, KM_ENOMEM, g->w->path, "out of memory for the live objects");
}

static int KM_PRINTF(3, 4)
	step_fails(const struct gen *g, const struct workload_step *s, const char *fmt, ...)
{
	char where[320], what[512];
	va_list ap;

	snprintf(where, sizeof(where), "%s:%u:%u", g->w->path, s->line, s->column);
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return km_fail(g->d, KM_EUSAGE, where, "%s", what);
}

/* ---- events ---- */

static int flush(struct gen *g)
{
	int err = g->nr_ev ? g->sink->events(g->sink->ctx, g->ev, g->nr_ev, g->d) : 0;

	g->nr_ev = 0;
	return err;
}

int gen_emit(struct gen *g, const struct thread *t, struct km_event ev)
{
	int err = g->nr_ev == BATCH_EVENTS ? flush(g) : 0;

	ev.ts_ns = g->ts_ns += g->w->step_ns;
	ev.pid = t->pid;
	ev.comm = t->comm;
	ev.cpu = t->cpu;
	g->ev[g->nr_ev++] = ev;
	g->totals->events++;
	return err;
}

static struct km_event page_event(enum km_event_kind kind, uint64_t name, unsigned int order)
{
	return (struct km_event){ .kind = (uint8_t)kind,
				  .page = { .pfn = name, .order = (uint8_t)order } };
}

static void count_live(struct gen *g, uint64_t pages, bool more)
{
	struct gen_totals *n = g->totals;

	n->live += more ? 1 : UINT64_MAX;
	n->live_pages += more ? pages : -pages;
	n->most_live = n->live > n->most_live ? n->live : n->most_live;
	n->most_live_pages = n->live_pages > n->most_live_pages ? n->live_pages :
								  n->most_live_pages;
}

/* ---- allocating ---- */

static struct gen_object object_of(uint64_t name, unsigned int order, unsigned int kind)
{
	return (struct gen_object){ .name = name & ((UINT64_C(1) << 48) - 1),
				    .order = order & 255,
				    .kind = kind & 255 };
}

static unsigned int order_of(struct gen *g, const struct workload_kind *k)
{
	uint64_t n = workload_number(&k->size, &g->rng);
	unsigned int order = 0;

	if (!k->by_size)
		return (unsigned int)n;
	n = n < WORKLOAD_MAX_BLOCK ? n : WORKLOAD_MAX_BLOCK;
	while (pages_of(order) << g->m->page_shift < n)
		order++;
	return order;
}

static unsigned int choose_kind(struct gen *g, const struct workload_step *s)
{
	uint64_t all = 0, at;
	unsigned int i = 0, only = 0, kinds = 0;

	for (i = 0; i < g->w->nr_kinds; i++)
		if (s->weight[i]) {
			all += s->weight[i];
			only = i;
			kinds++;
		}
	if (kinds == 1)
		return only;
	at = rng_below(&g->rng, all);
	for (i = 0; at >= s->weight[i]; i++)
		at -= s->weight[i];
	return i;
}

static int keep(struct gen *g, struct thread *t, const struct workload_kind *k, struct gen_object o)
{
	if (!k->has_lifetime)
		return gen_pool_add(&t->pool[o.kind], o);
	return gen_ends_add(&t->ends, t->allocated + workload_number(&k->lifetime, &g->rng), o);
}

static void count_alloc(struct gen *g, struct thread *t, uint64_t pages)
{
	t->allocated++;
	g->totals->allocs++;
	count_live(g, pages, true);
	t->left -= t->in_pages && t->left < pages ? t->left : t->in_pages ? pages : 1;
}

static int alloc_at_door(struct gen *g, struct thread *t, unsigned int kind)
{
	const struct workload_kind *k = &g->w->kind[kind];
	uint64_t n = workload_number(&k->size, &g->rng), most = workload_most_bytes(k);
	uint32_t slot, pages;

	n = k->by_size && n > most ? most : n;
	int err = gen_door_alloc(g, t, k,
				 k->by_size ? n : pages_of((unsigned int)n) << g->m->page_shift,
				 &slot, &pages);

	if (err)
		return err;
	count_alloc(g, t, pages);
	return keep(g, t, k, object_of(slot, 0, kind)) ? gen_no_memory(g) : 0;
}

static int alloc_one(struct gen *g, struct thread *t)
{
	const struct workload_step *s = t->busy;
	unsigned int kind = choose_kind(g, s);
	const struct workload_kind *k = &g->w->kind[kind];

	if (k->has_door)
		return alloc_at_door(g, t, kind);
	unsigned int order = order_of(g, k);
	uint32_t slot, most = (uint32_t)(UINT32_MAX >> order);
	int err = gen_slots_take(&g->slots[order], most, &slot);

	if (err == -KM_EINVAL)
		return step_fails(g, s, "more than %" PRIu32 " objects of order %u live at once",
				  most, order);
	if (err)
		return gen_no_memory(g);
	uint64_t name = km_synthetic(order, slot);
	struct km_event ev = page_event(KM_EV_PAGE_ALLOC, name, order);

	ev.page.gfp = k->gfp;
	ev.page.mt = k->gfp & KM_GFP_MOVABLE	 ? KM_MOVABLE :
		     k->gfp & KM_GFP_RECLAIMABLE ? KM_RECLAIMABLE :
						   KM_UNMOVABLE;
	count_alloc(g, t, pages_of(order));
	err = gen_emit(g, t, ev);
	if (!err && k->file)
		err = gen_emit(g, t, page_event(KM_EV_FILEMAP_ADD, name, order));
	if (!err && keep(g, t, k, object_of(name, order, kind)))
		err = gen_no_memory(g);
	return err;
}

/* ---- freeing ---- */

/* A piece of a broken block is gone; the block's name is free with its last piece. */
static int drop_piece(struct gen *g, struct gen_object o)
{
	unsigned int order = km_synthetic_order(o.name);
	uint32_t slot = (uint32_t)km_synthetic_slot(o.name);

	g->left[order][slot] -= (uint32_t)pages_of(o.order);
	return g->left[order][slot] ? 0 : gen_slots_put(&g->slots[order], slot);
}

static int free_at_door(struct gen *g, struct thread *t, struct gen_object o)
{
	uint32_t pages;
	int err = gen_door_free(g, t, &g->w->kind[o.kind], (uint32_t)o.name, &pages);

	if (err)
		return err;
	g->totals->frees++;
	count_live(g, pages, false);
	return 0;
}

static int free_object(struct gen *g, struct thread *t, struct gen_object o)
{
	if (g->w->kind[o.kind].has_door)
		return free_at_door(g, t, o);
	bool piece = km_synthetic_order(o.name) != o.order;
	int err = 0;

	if (g->w->kind[o.kind].file)
		err = gen_emit(g, t, page_event(KM_EV_FILEMAP_DEL, o.name, o.order));
	if (!err)
		err = gen_emit(g, t, page_event(KM_EV_PAGE_FREE, o.name, o.order));
	if (err)
		return err;
	g->totals->frees++;
	count_live(g, pages_of(o.order), false);
	err = piece ? drop_piece(g, o) :
		      gen_slots_put(&g->slots[o.order], (uint32_t)km_synthetic_slot(o.name));
	return err ? gen_no_memory(g) : 0;
}

/* The slot of a whole block becomes one of pieces. */
static int break_block(struct gen *g, struct gen_object o)
{
	uint64_t slot = km_synthetic_slot(o.name);

	if (slot >= g->room_left[o.order]) {
		size_t room = (size_t)slot * 2 + 64;
		uint32_t *left = realloc(g->left[o.order], room * sizeof(*left));

		if (!left)
			return -KM_ENOMEM;
		g->left[o.order] = left;
		g->room_left[o.order] = room;
	}
	g->left[o.order][slot] = (uint32_t)pages_of(o.order);
	return 0;
}

/* Of every s->of pages the first s->part go; the others stay, each an object of its own. */
static int free_part(struct gen *g, struct thread *t, const struct workload_step *s,
		     struct gen_object o)
{
	uint64_t pages = pages_of(o.order);
	int err = 0;

	if (g->w->kind[o.kind].has_door)
		return step_fails(g, s,
				  "what was asked for at another entry is not freed in parts");
	if (km_synthetic_order(o.name) == o.order && o.order && break_block(g, o))
		return gen_no_memory(g);
	g->totals->live += pages - 1;
	g->totals->most_live = g->totals->live > g->totals->most_live ? g->totals->live :
									g->totals->most_live;
	for (uint64_t i = 0; !err && i < pages; i++) {
		struct gen_object page = object_of(o.name + i, 0, o.kind);

		if (i % s->of < s->part)
			err = free_object(g, t, page);
		else if (gen_pool_add(&t->aside, page))
			err = gen_no_memory(g);
	}
	return err;
}

static uint64_t held(const struct gen *g, const struct thread *t, const struct workload_step *s)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < g->w->nr_kinds; i++)
		n += s->weight[i] ? gen_pool_size(&t->pool[i]) : 0;
	return n;
}

/* The pool that the next object comes from: each object is as likely as any other. */
static unsigned int choose_pool(struct gen *g, const struct thread *t,
				const struct workload_step *s, uint64_t *at)
{
	unsigned int i = 0;

	*at = rng_below(&g->rng, held(g, t, s));
	for (i = 0; !s->weight[i] || *at >= gen_pool_size(&t->pool[i]); i++)
		*at -= s->weight[i] ? gen_pool_size(&t->pool[i]) : 0;
	return i;
}

static unsigned int lowest_pool(const struct gen *g, const struct thread *t,
				const struct workload_step *s)
{
	unsigned int best = WORKLOAD_MAX_KINDS;

	for (unsigned int i = 0; i < g->w->nr_kinds; i++) {
		const struct gen_pool *p = &t->pool[i];

		if (s->weight[i] && gen_pool_size(p) &&
		    (best == WORKLOAD_MAX_KINDS ||
		     p->v[p->end - 1].name < t->pool[best].v[t->pool[best].end - 1].name))
			best = i;
	}
	return best;
}

static struct gen_object pick(struct gen *g, struct thread *t, const struct workload_step *s)
{
	uint64_t at;
	unsigned int pool;

	if (s->pick == PICK_ADDRESS)
		return gen_pool_take_newest(&t->pool[lowest_pool(g, t, s)]);
	pool = choose_pool(g, t, s, &at);
	if (s->pick == PICK_RANDOM)
		return gen_pool_take_at(&t->pool[pool], at);
	return s->pick == PICK_OLDEST ? gen_pool_take_oldest(&t->pool[pool]) :
					gen_pool_take_newest(&t->pool[pool]);
}

static int free_one(struct gen *g, struct thread *t)
{
	const struct workload_step *s = t->busy;
	struct gen_object o = pick(g, t, s);

	t->left--;
	t->freed++;
	return s->of ? free_part(g, t, s, o) : free_object(g, t, o);
}

/* ---- steps ---- */

static uint64_t ten_thousandths(uint64_t n, uint64_t of)
{
	return (uint64_t)((unsigned __int128)n * of / 10000);
}

/* Does what the step allocates stay until a step frees it? */
static bool all_stays(const struct gen *g, const struct workload_step *s)
{
	for (unsigned int i = 0; i < g->w->nr_kinds; i++)
		if (s->weight[i] && (g->w->kind[i].file || g->w->kind[i].has_lifetime))
			return false;
	return true;
}

static int begin_alloc(struct gen *g, struct thread *t, const struct workload_step *s)
{
	/* as much more than there is as a share may be */
	enum { MOST_TIMES = 10 };

	if (s->amount.unit == AMOUNT_FREED && !t->has_freed)
		return step_fails(g, s,
				  "%s/%u has freed nothing before: there is nothing to take back",
				  t->group->name, t->cpu - t->group->first_cpu);
	if (s->amount.unit == AMOUNT_COUNT && s->amount.n > MOST_TIMES * g->m->pages &&
	    all_stays(g, s))
		return step_fails(g, s,
				  "%" PRIu64 " objects are more than the machine's %" PRIu64
				  " pages could ever hold",
				  s->amount.n, g->m->pages);
	t->in_pages = s->amount.unit == AMOUNT_SHARE;
	t->left = s->amount.unit == AMOUNT_FREED ? t->freed :
		  t->in_pages			 ? ten_thousandths(g->m->share_pages, s->amount.n) :
						   s->amount.n;
	return 0;
}

static int begin_free(struct gen *g, struct thread *t, const struct workload_step *s)
{
	uint64_t have = held(g, t, s);

	t->in_pages = false;
	t->left = s->amount.unit == AMOUNT_SHARE ? ten_thousandths(have, s->amount.n) : s->amount.n;
	if (t->left > have)
		return step_fails(g, s,
				  "%s/%u would free %" PRIu64 " objects here and holds %" PRIu64
				  ": a workload frees only what it allocated",
				  t->group->name, t->cpu - t->group->first_cpu, t->left, have);
	t->freed = 0;
	t->has_freed = true;
	for (unsigned int i = 0; s->pick == PICK_ADDRESS && i < g->w->nr_kinds; i++)
		if (s->weight[i])
			gen_pool_sort(&t->pool[i]);
	return 0;
}

/* The next step; false: the thread has ended. */
static const struct workload_step *next_step(struct thread *t)
{
	for (;;) {
		struct place *p = &t->place[t->depth];

		if (p->at < p->nr)
			return &p->steps[p->at++];
		if (p->round + 1 < p->times) {
			p->round++;
			p->at = 0;
		} else if (!t->depth--) {
			t->depth = 0;
			return NULL;
		}
	}
}

static int begin_step(struct gen *g, struct thread *t)
{
	const struct workload_step *s = next_step(t);

	if (!s) {
		t->done = true;
		return 0;
	}
	switch (s->action) {
	case WORKLOAD_ALLOC:
		t->busy = s;
		return begin_alloc(g, t, s);
	case WORKLOAD_FREE:
		t->busy = s;
		return begin_free(g, t, s);
	case WORKLOAD_REPEAT:
		t->place[++t->depth] = (struct place){ s->steps, s->nr_steps, 0, 0, s->times };
		return 0;
	default:
		t->waits = s;
		return 0;
	}
}

static int end_step(struct gen *g, struct thread *t)
{
	t->busy = NULL;
	while (gen_pool_size(&t->aside)) {
		struct gen_object o = gen_pool_take_oldest(&t->aside);

		if (gen_pool_add(&t->pool[o.kind], o))
			return gen_no_memory(g);
	}
	return 0;
}

/* One turn: up to w->burst operations. */
static int turn(struct gen *g, struct thread *t)
{
	struct gen_object due;
	int err = 0;

	for (unsigned int n = 0; !err && n < g->w->burst && !t->waits && !t->done;) {
		if (gen_ends_take(&t->ends, t->allocated, &due)) {
			err = free_object(g, t, due);
			n++;
		} else if (t->busy && t->left) {
			err = t->busy->action == WORKLOAD_ALLOC ? alloc_one(g, t) : free_one(g, t);
			n++;
		} else {
			err = end_step(g, t);
			err = err ? err : begin_step(g, t);
		}
	}
	return err;
}

static int run(struct gen *g)
{
	bool all_done = false;
	int err = 0;

	while (!err && !all_done) {
		bool waiting = true;

		all_done = true;
		for (unsigned int i = 0; !err && i < g->nr_threads; i++) {
			struct thread *t = &g->thread[i];

			if (!t->done && !t->waits)
				err = turn(g, t);
			all_done = all_done && t->done;
			waiting = waiting && (t->done || t->waits);
		}
		if (!err && waiting && !all_done)
			err = gen_release_barrier(g);
	}
	return err ? err : flush(g);
}

/* ---- making and ending ---- */

static int make_threads(struct gen *g)
{
	unsigned int at = 0;

	g->nr_threads = workload_nr_threads(g->w);
	g->thread = calloc(g->nr_threads ? g->nr_threads : 1, sizeof(*g->thread));
	if (!g->thread)
		return gen_no_memory(g);
	for (unsigned int i = 0; i < g->w->nr_groups; i++) {
		const struct workload_group *group = &g->w->group[i];
		int64_t comm = strtab_intern(g->strings, group->name, strlen(group->name));

		if (comm < 0)
			return gen_no_memory(g);
		for (unsigned int k = 0; k < group->threads; k++, at++) {
			struct thread *t = &g->thread[at];

			*t = (struct thread){ .group = group,
					      .cpu = (uint16_t)(group->first_cpu + k),
					      .pid = (int32_t)(FIRST_PID + at),
					      .comm = (uint32_t)comm };
			t->place[0] = (struct place){ group->steps, group->nr_steps, 0, 0, 1 };
		}
	}
	return 0;
}

static void release(struct gen *g)
{
	for (unsigned int i = 0; g->thread && i < g->nr_threads; i++) {
		for (unsigned int kind = 0; kind < WORKLOAD_MAX_KINDS; kind++)
			gen_pool_release(&g->thread[i].pool[kind]);
		gen_pool_release(&g->thread[i].aside);
		gen_ends_release(&g->thread[i].ends);
	}
	for (unsigned int order = 0; order < KM_MAX_ORDERS; order++) {
		gen_slots_release(&g->slots[order]);
		free(g->left[order]);
	}
	gen_slots_release(&g->door_slots);
	free(g->door_pages);
	free(g->thread);
	free(g);
}

int gen_run(const struct workload *w, const struct gen_machine *m, struct strtab *strings,
	    const struct gen_sink *sink, struct gen_totals *totals, struct km_diag *d)
{
	struct gen *g = calloc(1, sizeof(*g));

	if (!g)
		return km_fail(d, KM_ENOMEM, w->path, "out of memory");
	g->w = w;
	g->m = m;
	g->strings = strings;
	g->sink = sink;
	g->totals = totals;
	g->d = d;
	g->rng = rng_seeded(w->seed);
	*totals = (struct gen_totals){ 0 };
	int err = make_threads(g);

	if (!err)
		err = run(g);
	release(g);
	return err;
}
