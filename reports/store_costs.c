/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/store_parts.h"

static int put_latency(struct store *s, const struct km_cost_row *r)
{
	return PUT(s, INSERT_LATENCY, store_int(the_run), store_text(r->path), store_text(r->class),
		   store_int(r->count), store_int(r->p50_ns), store_int(r->p90_ns),
		   store_int(r->p99_ns), store_int(r->p999_ns), store_int(r->max_ns),
		   store_int(r->total_ns));
}

static int put_window(struct store *s, const struct km_cost_row *r)
{
	return PUT(s, INSERT_COST_WINDOW, store_int(the_run), store_int(s->sample),
		   store_text(r->path), store_int(r->count), store_int(r->p50_ns),
		   store_int(r->p90_ns), store_int(r->p99_ns), store_int(r->max_ns),
		   store_int(r->total_ns));
}

static int put_slowest(struct store *s, const struct km_cost_row *r)
{
	return PUT(s, INSERT_COST_SLOWEST, store_int(the_run), store_int(r->rank),
		   store_int(r->event_no), store_int(r->ts_ns), store_int(r->cpu),
		   store_text(r->path), store_text(r->class), store_int(r->total_ns),
		   store_text(r->main_part[0]), store_int(r->main_part_ns[0]),
		   store_text(r->main_part[1]), store_int(r->main_part_ns[1]));
}

static int put_item(struct store *s, const struct km_cost_row *r)
{
	return PUT(s, INSERT_COST_ITEM, store_int(the_run), store_text(r->path),
		   store_text(r->class), store_int(r->value_ps), store_int(r->count),
		   store_text(r->verified), store_text(r->source));
}

int store_cost(void *ctx, const struct km_cost_row *r)
{
	switch (r->kind) {
	case KM_COST_LATENCY:
		return put_latency(ctx, r);
	case KM_COST_PART:
		return PUT(ctx, INSERT_COST_PART, store_int(the_run), store_text(r->path),
			   store_text(r->class), store_int(r->total_ns));
	case KM_COST_WINDOW:
		return put_window(ctx, r);
	case KM_COST_SLOWEST:
		return put_slowest(ctx, r);
	case KM_COST_CPU:
		return PUT(ctx, INSERT_COST_CPU, store_int(the_run), store_int(r->cpu),
			   store_int(r->flushes), store_int(r->full_flushes), store_int(r->ipis),
			   store_int(r->total_ns));
	case KM_COST_BRACKET:
		return PUT(ctx, INSERT_COST_BRACKET, store_int(the_run), store_text(r->class),
			   store_int(r->count), store_int(r->recorded_p50_ns),
			   store_int(r->p50_ns));
	default:
		return put_item(ctx, r);
	}
}
