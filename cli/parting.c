/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two lanes over one reading of the trace. They are fed in turns, so what the first chose waits
 * until the second has chosen, too.
 */
#include "cli/parting.h"

#include <stdlib.h>
#include <string.h>

#include "cli/no_rows.h"
#include "cli/passes.h"

/* The choices of the lane that is ahead; @at … @n wait. */
struct queue {
	struct replay_choice *v;
	size_t at, n, room;
};

struct lockstep {
	struct queue base, other;
	struct parting *out;
	bool done; /* they parted, or there is no memory */
	bool no_memory;
};

static uint64_t mix(uint64_t x)
{
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	return x ^ x >> 32;
}

void choices_add(void *ctx, const struct replay_choice *c)
{
	struct choices *all = ctx;

	all->nr++;
	all->sum = mix(mix(all->sum + c->event_no) ^ c->pfn) + c->pages;
}

static bool alike(const struct replay_choice *a, const struct replay_choice *b)
{
	return a->event_no == b->event_no && a->pfn == b->pfn && a->pages == b->pages;
}

static void push(struct lockstep *l, struct queue *q, const struct replay_choice *c)
{
	if (q->at == q->n)
		q->at = q->n = 0;
	if (q->n == q->room) {
		size_t room = q->room ? q->room * 2 : 1024;
		struct replay_choice *v = realloc(q->v, room * sizeof(*v));

		if (!v) {
			l->no_memory = l->done = true;
			return;
		}
		q->v = v;
		q->room = room;
	}
	q->v[q->n++] = *c;
}

/* The other run was not asked for what this one was. */
static void only(const struct replay_choice *one, struct replay_choice *other)
{
	*other = *one;
	other->pfn = KM_NO_PFN;
}

static void meet(struct lockstep *l)
{
	struct queue *a = &l->base, *b = &l->other;

	while (!l->done && a->at < a->n && b->at < b->n) {
		const struct replay_choice *x = &a->v[a->at++], *y = &b->v[b->at++];

		if (alike(x, y))
			continue;
		*l->out = (struct parting){ .parted = true, .base = *x, .other = *y };
		if (x->event_no < y->event_no)
			only(&l->out->base, &l->out->other);
		else if (x->event_no > y->event_no)
			only(&l->out->other, &l->out->base);
		l->done = true;
	}
}

static void base_chose(void *ctx, const struct replay_choice *c)
{
	struct lockstep *l = ctx;

	if (!l->done)
		push(l, &l->base, c);
	meet(l);
}

static void other_chose(void *ctx, const struct replay_choice *c)
{
	struct lockstep *l = ctx;

	if (!l->done)
		push(l, &l->other, c);
	meet(l);
}

static int open_lane(struct passes *passes, struct prepared *p, struct lockstep *l,
		     void (*chosen)(void *, const struct replay_choice *), struct km_diag *d)
{
	const struct km_sink sink = { .ops = &no_rows_ops };

	p->replay.nr_samples = 0;
	p->replay.no_map = p->replay.no_owners = true;
	p->replay.tlb = NULL; /* it chooses nothing */
	p->replay.costs = NULL;
	p->replay.chosen = chosen;
	p->replay.chosen_ctx = l;
	int err = replay_open(&passes->lanes[passes->nr_lanes], &p->replay,
			      trace_strings(passes->trace), &sink, d);

	passes->nr_lanes += !err;
	return err;
}

static void part_at_end(struct lockstep *l)
{
	bool base = l->base.at < l->base.n;
	const struct queue *left = base ? &l->base : &l->other;

	if (left->at == left->n)
		return;
	*l->out = (struct parting){ .parted = true,
				    .base = left->v[left->at],
				    .other = left->v[left->at] };
	only(base ? &l->out->base : &l->out->other, base ? &l->out->other : &l->out->base);
}

int parting_find(struct parting *out, struct prepared *base, struct prepared *other,
		 struct km_diag *d)
{
	struct lockstep l = { .out = out };
	struct progress progress = { .nr_passes = 2 };
	struct passes passes = { .trace = base->trace, .progress = &progress, .enough = &l.done };

	*out = (struct parting){ 0 };
	int err = open_lane(&passes, base, &l, base_chose, d);

	if (!err)
		err = open_lane(&passes, other, &l, other_chose, d);
	if (!err)
		err = passes_run(&passes, d);
	if (!err && l.no_memory)
		err = km_fail(d, KM_ENOMEM, "", "out of memory for the choices of two runs");
	if (!err && !l.done)
		part_at_end(&l);
	for (size_t i = 0; i < passes.nr_lanes; i++)
		replay_close(passes.lanes[i]);
	free(l.base.v);
	free(l.other.v);
	return err;
}
