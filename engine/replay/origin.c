/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/origin.h"

#include <stdlib.h>

int origins_open(struct origins *o, const struct machine *m)
{
	uint64_t base = UINT64_MAX, end = 0;

	*o = (struct origins){ .m = m };
	for (unsigned int i = 0; i < m->nr_cma; i++) {
		const struct cma_area *a = &m->cma[i];

		if (!a->pages || !frames_has(&m->frames, a->base) ||
		    a->pages > m->frames.end - a->base.nr)
			continue; /* no page of such an area will ever be seen */
		o->of[i] = calloc(a->pages, sizeof(*o->of[i]));
		if (!o->of[i]) {
			origins_close(o);
			return -KM_ENOMEM;
		}
		base = a->base.nr < base ? a->base.nr : base;
		end = a->base.nr + a->pages > end ? a->base.nr + a->pages : end;
	}
	o->base = base;
	o->span = end > base ? end - base : 0;
	return 0;
}

int origins_open_all(struct origins *o, const struct machine *m)
{
	*o = (struct origins){ .m = m, .base = m->frames.base, .span = m->frames.nr_frames };
	o->all = calloc(m->frames.nr_frames, sizeof(*o->all));
	return o->all ? 0 : -KM_ENOMEM;
}

void origins_close(struct origins *o)
{
	free(o->all);
	for (unsigned int i = 0; i < MACHINE_MAX_CMA; i++)
		free(o->of[i]);
	*o = (struct origins){ 0 };
}

static struct origin *at(const struct origins *o, struct pfn p)
{
	if (o->all)
		return p.nr - o->base < o->span ? &o->all[p.nr - o->base] : NULL;
	for (unsigned int i = 0; o->m && i < o->m->nr_cma; i++)
		if (o->of[i] && cma_has(&o->m->cma[i], p))
			return &o->of[i][p.nr - o->m->cma[i].base.nr];
	return NULL;
}

/* The allocation whose block covers @p, with *@head set. */
static struct origin *covering(const struct origins *o, struct pfn p, struct pfn *head)
{
	for (unsigned int order = 0; order < KM_MAX_ORDERS; order++) {
		*head = pfn_align_down(p, order);
		struct origin *org = at(o, *head);

		if (org && org->known && org->order >= order)
			return org;
	}
	return NULL;
}

void origin_alloc(struct origins *o, struct pfn head, const struct km_event *ev, uint64_t no)
{
	struct origin *org = at(o, head);

	/* what was known of pages inside is of allocations that came back unseen */
	for (uint64_t i = 1; org && i < pages_of(ev->page.order); i++) {
		struct origin *inside = at(o, pfn_plus(head, i));

		if (inside)
			*inside = (struct origin){ 0 };
	}
	if (org)
		*org = (struct origin){ .ts_ns = ev->ts_ns,
					.event_no = no <= UINT32_MAX ? (uint32_t)no : 0,
					.stack = ev->stack,
					.pid = ev->pid,
					.comm = ev->comm < 1u << 26 ? ev->comm & 0x3ffffff : 0,
					.order = ev->page.order & 31u,
					.known = 1 };
}

void origin_free(struct origins *o, struct pfn p, unsigned int order)
{
	struct pfn head;
	struct origin *org = covering(o, p, &head);

	/* the halves that stay keep their origin */
	for (unsigned int k = org ? org->order : 0; org && k > order;) {
		struct pfn upper = pfn_plus(head, pages_of(--k));
		struct origin *half = at(o, upper);

		org->order = k & 31u;
		if (!half)
			break;
		*half = *org;
		if (p.nr >= upper.nr) {
			head = upper;
			org = half;
		}
	}
	if (org)
		*org = (struct origin){ 0 };
}

void origin_moved(struct origins *o, struct pfn from, struct pfn to)
{
	struct pfn head;
	const struct origin *org = covering(o, from, &head);
	struct origin *now = at(o, to);

	if (!now)
		return;
	*now = org ? *org : (struct origin){ 0 };
	now->order = 0;
}

const struct origin *origin_of(const struct origins *o, struct pfn p)
{
	struct pfn head;

	return covering(o, p, &head);
}
