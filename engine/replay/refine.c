/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the first removals of a booting kernel prove about pages that no event ever names.
 *
 * A page that left the lists in a window without events, or in a bulk request, and never came back
 * has no event at all: it is missing from the first state, and the free block around it falls
 * apart into smaller ones. The kernel takes the head of the smallest sufficient block. Where it
 * took from a larger one although the model has a smaller one, that smaller one was part of a
 * larger: its mate was free. Each round obeys the first events on a machine of its own, up to the
 * first such contradiction, and adds the pages it proves.
 *
 * Kernel: mm/page_alloc.c:__rmqueue_smallest() [6.1]
 */
#include <stdlib.h>

#include "engine/replay/state.h"

enum {
	EARLY_EVENTS = 65536, /* that concern pages, from the first */
	MOST_ROUNDS = 256,
};

int refine_keep(struct replay *r, const struct km_event *ev)
{
	if (r->nr_early == EARLY_EVENTS || (r->survey.judged_boot && !r->survey.from_boot) ||
	    ev->kind == KM_EV_MARKER || ev->kind == KM_EV_LOST)
		return 0;
	if (!r->early) {
		r->early = malloc(EARLY_EVENTS * sizeof(*r->early));
		if (!r->early)
			return -KM_ENOMEM;
	}
	r->early[r->nr_early++] = *ev;
	return 0;
}

void refine_forget(struct replay *r)
{
	free(r->early);
	r->early = NULL;
	r->nr_early = 0;
}

/* Can [@head, 2^@order) have been free: every page of it is, or was never named? */
static bool may_be_free(const struct replay *r, struct pfn head, unsigned int order)
{
	bool unnamed = false;

	for (uint64_t i = 0; i < pages_of(order); i++) {
		struct pfn p = pfn_plus(head, i);
		enum place at = place_of(&r->m, p, NULL);

		if (at == PLACE_FREE)
			continue;
		if (at != PLACE_UNKNOWN ||
		    survey_first(&r->survey, p.nr - r->m.frames.base) != FIRST_NONE)
			return false;
		unnamed = true;
	}
	return unnamed;
}

void refine_removal(struct replay *r, struct pfn p, unsigned int order, unsigned int mt)
{
	unsigned int zone = pages_zone_of(&r->m.pages, p), at = order;
	const struct frames *f = &r->m.frames;
	struct pfn head;

	if (!r->refining || zone == r->m.pages.nr_zones || mt >= KM_NR_MIGRATETYPES)
		return;
	const struct buddy *b = &r->m.buddy[zone];
	const struct frame *from = frames_head(f, p, &head);

	while (at < buddy_nr_orders(b) && flist_empty(&b->list[at][mt]))
		at++;
	if (!from || from->state != FRAME_FREE || from->mt != mt || at >= from->order)
		return;
	struct pfn mate = pfn(node_pfn(f, b->list[at][mt].head - 1).nr ^ pages_of(at));

	if (!zone_has(b->zone, mate) || !may_be_free(r, mate, at))
		return;
	for (uint64_t i = 0; i < pages_of(at); i++) {
		uint8_t *first = &r->survey.first[mate.nr + i - f->base];

		*first = *first ? *first : FIRST_FREE;
	}
	r->refining = false;
	r->refined = true;
}

/* One round on machine @t: true where a page was proved. */
static int round_of(struct replay *r, struct replay *t, bool *proved, struct km_diag *d)
{
	struct survey own = t->survey;

	t->survey = r->survey;
	t->replaying = t->refining = true;
	int err = seed_build(t, d);

	for (size_t i = 0; !err && t->refining && i < r->nr_early; i++)
		err = gigantic_push(t, &r->early[i], i + 1, false, d);
	if (!err && t->refining)
		err = group_flush(t->group, d);
	*proved = t->refined;
	t->survey = own;
	return err;
}

/* Of such a round only the free lists count: it tells nobody anything. */
#define SILENT(row)                                                    \
	static int no_##row(void *ctx, const struct km_##row##_row *r) \
	{                                                              \
		(void)ctx, (void)r;                                    \
		return 0;                                              \
	}
SILENT(fallback)
SILENT(failure)
SILENT(cma_alloc)
SILENT(fidelity)
SILENT(loss)
SILENT(attribution)
SILENT(pressure)
SILENT(call_site)
SILENT(leak)
SILENT(tlb)
SILENT(owner)
SILENT(slab_use)
SILENT(cost)

static int no_sample(void *ctx, const struct km_sample *row)
{
	(void)ctx, (void)row;
	return 0;
}

static const struct km_sink_ops silent = {
	.sample = no_sample,
	.fallback = no_fallback,
	.failure = no_failure,
	.cma_alloc = no_cma_alloc,
	.fidelity = no_fidelity,
	.loss = no_loss,
	.attribution = no_attribution,
	.pressure = no_pressure,
	.call_site = no_call_site,
	.leak = no_leak,
	.tlb = no_tlb,
	.owner = no_owner,
	.slab_use = no_slab_use,
	.cost = no_cost,
};

int refine_seed(struct replay *r, struct km_diag *d)
{
	const struct km_sink sink = { .ops = &silent };
	struct replay_config config = r->config;
	bool proved = r->survey.from_boot;
	int err = 0;

	config.mode = REPLAY_OBSERVE;
	config.nr_samples = 0;
	config.no_objects = config.no_owners = true;
	config.explain = NULL;
	for (unsigned int i = 0; !err && proved && i < MOST_ROUNDS; i++) {
		struct replay *t;

		err = replay_open(&t, &config, r->strings, &sink, d);
		if (err)
			break;
		err = round_of(r, t, &proved, d);
		replay_close(t);
	}
	refine_forget(r);
	return err;
}
