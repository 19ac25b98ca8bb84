/* SPDX-License-Identifier: GPL-2.0-only */
/* Whose pages are, who allocates, and what nobody gave back. */
#include "reports/store_parts.h"

int store_attribution(void *ctx, const struct km_attribution_row *row)
{
	return PUT(ctx, INSERT_ATTRIBUTION, store_int(the_run), store_text(row->layer),
		   store_int(row->pages), store_int(row->events), store_int(row->certain_pages),
		   store_int(row->certain_events), store_int(row->live_pages));
}

int store_owner(void *ctx, const struct km_owner_row *row)
{
	return PUT(ctx, INSERT_OWNER, store_int(the_run), store_text(row->layer),
		   store_text(row->owner), store_text(row->cache), store_text(row->certainty),
		   store_int(row->pages), store_int(row->events));
}

int store_call_site(void *ctx, const struct km_call_site_row *row)
{
	return PUT(ctx, INSERT_CALLSITE, store_int(the_run), store_text(row->call_site),
		   store_text(row->kind), store_int(row->allocs), store_int(row->frees),
		   store_int(row->bytes_req), store_int(row->bytes_alloc),
		   store_int(row->live_bytes), store_int(row->peak_bytes));
}

int store_leak(void *ctx, const struct km_leak_row *row)
{
	return PUT(ctx, INSERT_LEAK, store_int(the_run), store_text(row->call_site),
		   store_text(row->cache), store_int(row->live_objects), store_int(row->live_bytes),
		   store_int(row->oldest_ts_ns), store_int((uint64_t)row->growth_bytes_per_s),
		   store_text(row->kind), store_int(row->allocs), store_int(row->frees),
		   store_int(row->median_ts_ns), int_if(row->frees, row->lifetime_p99_ns),
		   store_text(row->excluded));
}

int store_slab_use(void *ctx, const struct km_slab_use_row *row)
{
	return PUT(ctx, INSERT_SLAB_USE, store_int(the_run), store_text(row->cache),
		   store_int(row->slabs), store_int(row->used_objs), store_int(row->single_slabs),
		   store_int(row->sparse_slabs));
}
