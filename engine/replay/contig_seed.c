/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/contig_seed.h"

#include <stdlib.h>
#include <string.h>

#include "engine/replay/state.h"

/*
 * A name that no area has, with a range: the area that holds the range, known by its place alone,
 * is called that. A configured machine has areas of its own.
 */
static void bind_name(struct replay *r, const struct km_ev_cma *c)
{
	const char *name = strtab_get(r->strings, c->name);
	uint64_t at = c->pfn == KM_NO_PFN ? c->tried : c->pfn;
	struct cma_area *a = at == KM_NO_PFN ? NULL : machine_cma_at(&r->m, pfn(at));
	unsigned int i = (unsigned int)(a ? a - r->m.cma : 0);

	if (!a || r->config.layout || !*name || r->contig_seed.named[i])
		return;
	r->contig_seed.named[i] = true;
	if (!machine_cma_by_name(&r->m, name) && strlen(name) < sizeof(a->name))
		memcpy(a->name, name, strlen(name) + 1);
}

int contig_seed_survey(struct replay *r, const struct op *op)
{
	struct contig_seed *s = &r->contig_seed;
	const struct km_ev_cma *c = &op->ev->cma;
	bool taken = op->ev->kind == KM_EV_CMA_FINISH;

	if (op->kind == OP_EVENT && op->ev->kind >= KM_EV_CMA_FINISH &&
	    op->ev->kind <= KM_EV_CMA_RELEASE)
		bind_name(r, c);
	if (op->kind != OP_EVENT || (!taken && op->ev->kind != KM_EV_CMA_RELEASE) ||
	    r->survey.late || c->pfn == KM_NO_PFN || c->err)
		return 0;
	if (s->n == s->room) {
		size_t room = s->room ? s->room * 2 : 16;
		struct contig_change *v = realloc(s->v, room * sizeof(*v));

		if (!v)
			return -KM_ENOMEM;
		s->v = v;
		s->room = room;
	}
	s->v[s->n++] = (struct contig_change){
		.pfn = c->pfn, .count = c->count, .name = c->name, .taken = taken
	};
	return 0;
}

void contig_seed_release(struct contig_seed *s)
{
	free(s->v);
}

static bool is_within(const struct cma_area *a, uint64_t at, uint64_t count)
{
	return count && at >= a->base.nr && count <= a->pages &&
	       at - a->base.nr <= a->pages - count;
}

/* Without a marker the label's files are those of the trace's beginning. */
static void undo(struct replay *r)
{
	const struct contig_seed *s = &r->contig_seed;

	for (size_t i = r->survey.late ? s->n : 0; i-- > 0;) {
		const struct contig_change *c = &s->v[i];
		struct cma_area *a = machine_cma_by_name(&r->m, strtab_get(r->strings, c->name));

		if (a && is_within(a, c->pfn, c->count))
			cma_mark(a, pfn(c->pfn), c->count, !c->taken);
	}
}

/* Of a bit that stands for several pages, which of them were asked for is not known. */
static void hand_out(struct replay *r, const struct cma_area *a)
{
	for (uint64_t i = 0; i < a->pages; i++) {
		struct pfn p = pfn_plus(a->base, i);

		if (cma_marked(a, p, 1) && place_of(&r->m, p, NULL) == PLACE_UNKNOWN)
			place_alloc(&r->m, p, 0, KM_UNMOVABLE);
	}
}

void contig_seed_areas(struct replay *r)
{
	const struct km_snapshot *seed = r->config.seed;

	if (r->survey.from_boot)
		return;
	for (unsigned int i = 0; i < r->m.nr_cma; i++) {
		struct cma_area *a = &r->m.cma[i];
		uint64_t bits = a->pages >> a->order_per_bit;

		for (uint64_t bit = 0; seed->cma[i].bitmap && bit < bits; bit++)
			if (seed->cma[i].bitmap[bit / 32] >> bit % 32 & 1)
				cma_mark(a, pfn_plus(a->base, bit << a->order_per_bit), 1, true);
	}
	undo(r);
	for (unsigned int i = 0; i < r->m.nr_cma; i++)
		hand_out(r, &r->m.cma[i]);
}
