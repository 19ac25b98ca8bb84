/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows of what the kernel itself did: failures and fallbacks of the record. */
#include "engine/replay/state.h"

int recorded_failure(struct replay *r, const struct op *op)
{
	const struct km_ev_page *a = &op->ev->page;
	struct km_failure_row row = { .event_no = op->no,
				      .ts_ns = op->ev->ts_ns,
				      .path = "alloc_pages",
				      .ord = a->order,
				      .gfp = a->gfp,
				      .migratetype = a->mt,
				      .reason = "recorded: the kernel returned no page",
				      .recorded = true,
				      .caller = caller_of(r, op->ev) };

	r->totals.failures++;
	return r->sink.ops->failure(r->sink.ctx, &row);
}

/* As the lists are before the allocation it is of; NULL: no such type or order is listed. */
static const char *reason_of(const struct replay *r, unsigned int zone,
			     const struct km_ev_extfrag *x)
{
	const struct buddy *b = &r->m.buddy[zone];

	if (x->alloc_mt >= KM_NR_PCP_TYPES || x->alloc_order >= buddy_nr_orders(b))
		return NULL;
	return buddy_fallback_reason(buddy_has_pieces(b, x->alloc_order, x->alloc_mt));
}

int recorded_fallbacks(struct replay *r, const struct op *op)
{
	int err = 0;

	for (size_t i = 0; !err && i < op->nr_rec; i++) {
		const struct km_ev_extfrag *x = &op->rec[i].ev.extfrag;
		unsigned int zone = pages_zone_of(&r->m.pages, pfn(x->pfn));

		if (op->rec[i].ev.kind != KM_EV_EXTFRAG || zone == r->m.pages.nr_zones)
			continue;
		struct km_fallback_row row = { .event_no = op->rec[i].no,
					       .ts_ns = op->rec[i].ts_ns,
					       .node = r->m.zone[zone].node,
					       .zone = r->m.zone[zone].name,
					       .alloc_ord = x->alloc_order,
					       .fallback_ord = x->fallback_order,
					       .alloc_type = x->alloc_mt,
					       .fallback_type = x->fallback_mt,
					       .change_ownership = x->change_ownership,
					       .recorded = true,
					       .reason = reason_of(r, zone, x) };

		err = r->sink.ops->fallback(r->sink.ctx, &row);
	}
	return err;
}
