/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/cost_order.h"

#include <stdio.h>

static int add(void *ctx, const struct query *q)
{
	struct cost_order *o = ctx;

	if (query_int(q, 1) < COST_ORDER_LEAST || o->nr == COST_ORDER_MOST) {
		o->left_out++;
		return 0;
	}
	struct cost_order_row *r = &o->row[o->nr++];

	snprintf(r->name, sizeof(r->name), "%s", query_text(q, 0));
	r->count = query_int(q, 1);
	r->recorded_ns = query_int(q, 2);
	r->model_ns = query_int(q, 3);
	return 0;
}

static int64_t value_of(const struct cost_order_row *r, bool model)
{
	return model ? r->model_ns : r->recorded_ns;
}

/* Twice the rank, so that ties have whole numbers, less twice the mean of all ranks. */
static int64_t centred_rank(const struct cost_order *o, size_t i, bool model)
{
	int64_t below = 0, same = 0, own = value_of(&o->row[i], model);

	for (size_t k = 0; k < o->nr; k++) {
		below += value_of(&o->row[k], model) < own;
		same += value_of(&o->row[k], model) == own;
	}
	return 2 * below + same + 1 - (int64_t)(o->nr + 1);
}

/* The largest whole number whose square is @n at most. */
static int64_t root(int64_t n)
{
	int64_t r = 0;

	for (int64_t bit = INT64_C(1) << 31; bit; bit >>= 1)
		if ((r + bit) <= n / (r + bit))
			r += bit;
	return r;
}

static int64_t spearman(const struct cost_order *o)
{
	int64_t both = 0, recorded = 0, model = 0;

	for (size_t i = 0; i < o->nr; i++) {
		int64_t a = centred_rank(o, i, false), b = centred_rank(o, i, true);

		both += a * b;
		recorded += a * a;
		model += b * b;
	}
	if (!recorded || !model)
		return 0;
	return both * 1000 / root(recorded * model);
}

int cost_order_load(struct cost_order *o, const struct facts *f, struct km_diag *d)
{
	const struct query_arg run = { .number = f->run };

	*o = (struct cost_order){ .nr = 0 };
	int err = query_each(f->db,
			     "SELECT class, count, recorded_p50_ns, model_p50_ns FROM v_brackets "
			     "WHERE run = ? ORDER BY recorded_p50_ns, class",
			     &run, 1, add, o, d);

	if (!err)
		o->spearman_milli = spearman(o);
	return err;
}
