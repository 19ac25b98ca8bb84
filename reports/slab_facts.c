/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/slab_facts.h"

#include <stdio.h>

/* Whose rows are handed on: one of them is set. */
struct hand_on {
	int (*layer)(void *ctx, const struct layer_facts *l);
	int (*cache)(void *ctx, const struct cache_facts *c);
	int (*site)(void *ctx, const struct site_facts *s);
	int (*grower)(void *ctx, const struct grower_facts *g);
	int (*allocator)(void *ctx, const struct allocator_facts *a);
	void *ctx;
	int64_t page_size;
};

static const char *text_or_null(const struct query *q, size_t column)
{
	return query_type(q, column) == QUERY_NULL ? NULL : query_text(q, column);
}

static int layer_row(void *ctx, const struct query *q)
{
	const struct hand_on *to = ctx;
	const struct layer_facts l = { .layer = query_text(q, 0),
				       .pages = query_int(q, 1),
				       .events = query_int(q, 2),
				       .certain_events = query_int(q, 3),
				       .live_pages = query_int(q, 4),
				       .all_events = query_int(q, 5) };

	return to->layer(to->ctx, &l);
}

int slab_layers(const struct facts *f, int (*row)(void *ctx, const struct layer_facts *l),
		void *ctx, struct km_diag *d)
{
	static const char sql[] =
		"SELECT layer, pages, events, certain_events, live_pages, sum(events) OVER () "
		"FROM v_attribution WHERE run = ? ORDER BY events DESC, layer";
	const struct query_arg run = { .number = f->run };
	struct hand_on to = { .layer = row, .ctx = ctx };

	return query_each(f->db, sql, &run, 1, layer_row, &to, d);
}

static int cache_row(void *ctx, const struct query *q)
{
	const struct hand_on *to = ctx;
	int64_t objsize = query_int(q, 5), per_slab = query_int(q, 6);
	struct cache_facts c = { .name = query_text(q, 0),
				 .slabs = query_int(q, 1),
				 .pages = query_int(q, 2),
				 .active_objs = query_int(q, 3),
				 .num_objs = query_int(q, 4),
				 .objsize = objsize,
				 .most_pages = query_int(q, 7),
				 .single_slabs = query_type(q, 8) == QUERY_NULL ? -1 :
										  query_int(q, 8) };

	c.free_bytes = (c.num_objs - c.active_objs) * objsize;
	c.left_bytes = c.pages * to->page_size - c.slabs * per_slab * objsize;
	return to->cache(to->ctx, &c);
}

int slab_caches(const struct facts *f, int most, int (*row)(void *ctx, const struct cache_facts *c),
		void *ctx, struct km_diag *d)
{
	static const char sql[] =
		"WITH m AS (SELECT cache, max(num_slabs * pagesperslab) AS most FROM v_slabinfo WHERE run = ?1 "
		"GROUP BY cache) "
		"SELECT i.cache, i.num_slabs, i.num_slabs * i.pagesperslab, i.active_objs, i.num_objs, i.objsize, "
		"i.objperslab, m.most, u.single_slabs "
		"FROM v_slabinfo AS i JOIN m USING (cache) LEFT JOIN v_slab_use AS u ON u.run = ?1 AND "
		"u.cache = i.cache "
		"WHERE i.run = ?1 AND i.sample = (SELECT max(sample) FROM v_slabinfo WHERE run = ?1) AND m.most > 0 "
		"ORDER BY 3 DESC, 8 DESC, 1 LIMIT ?2";
	const struct query_arg args[] = { { .number = f->run }, { .number = most } };
	struct hand_on to = { .cache = row, .ctx = ctx, .page_size = f->page_size };

	return query_each(f->db, sql, args, 2, cache_row, &to, d);
}

static int site_row(void *ctx, const struct query *q)
{
	const struct hand_on *to = ctx;
	const struct site_facts s = { .site = query_text(q, 0),
				      .kind = query_text(q, 1),
				      .allocs = query_int(q, 2),
				      .frees = query_int(q, 3),
				      .bytes_req = query_int(q, 4),
				      .bytes_alloc = query_int(q, 5),
				      .live_bytes = query_int(q, 6),
				      .peak_bytes = query_int(q, 7) };

	return to->site(to->ctx, &s);
}

int slab_sites(const struct facts *f, int most, int (*row)(void *ctx, const struct site_facts *s),
	       void *ctx, struct km_diag *d)
{
	static const char sql[] =
		"SELECT call_site, kind, allocs, frees, bytes_req, bytes_alloc, live_bytes, peak_bytes "
		"FROM v_callsites WHERE run = ? ORDER BY bytes_alloc DESC, 1, 2 LIMIT ?";
	const struct query_arg args[] = { { .number = f->run }, { .number = most } };
	struct hand_on to = { .site = row, .ctx = ctx };

	return query_each(f->db, sql, args, 2, site_row, &to, d);
}

static int grower_row(void *ctx, const struct query *q)
{
	const struct hand_on *to = ctx;
	const struct grower_facts g = { .site = query_text(q, 0),
					.cache = text_or_null(q, 1),
					.live_objects = query_int(q, 2),
					.live_bytes = query_int(q, 3),
					.growth = query_int(q, 4),
					.oldest_ts_ns = query_int(q, 5),
					.excluded = text_or_null(q, 6) };

	return to->grower(to->ctx, &g);
}

int slab_growers(const struct facts *f, int most,
		 int (*row)(void *ctx, const struct grower_facts *g), void *ctx, struct km_diag *d)
{
	static const char sql[] =
		"SELECT call_site, cache, live_objects, live_bytes, growth_bytes_per_s, oldest_ts_ns, excluded "
		"FROM v_leaks WHERE run = ? AND growth_bytes_per_s > 0 "
		"ORDER BY growth_bytes_per_s DESC, live_bytes DESC, 1, 2, kind LIMIT ?";
	const struct query_arg args[] = { { .number = f->run }, { .number = most } };
	struct hand_on to = { .grower = row, .ctx = ctx };

	return query_each(f->db, sql, args, 2, grower_row, &to, d);
}

static int allocator_row(void *ctx, const struct query *q)
{
	const struct hand_on *to = ctx;
	const struct allocator_facts a = { .run = query_int(q, 0),
					   .name = query_text(q, 1),
					   .slab = query_text(q, 2),
					   .pages = query_int(q, 3),
					   .most_pages = query_int(q, 4),
					   .live_bytes = query_int(q, 5) };

	return to->allocator(to->ctx, &a);
}

int slab_allocators(const struct facts *f, int (*row)(void *ctx, const struct allocator_facts *a),
		    void *ctx, struct km_diag *d)
{
	static const char sql[] =
		"WITH p AS (SELECT run, sample, sum(pages) AS pages FROM v_owner_pages WHERE layer = 'slab' "
		"GROUP BY run, sample) "
		"SELECT r.run, r.name, r.slab, (SELECT pages FROM p WHERE p.run = r.run ORDER BY sample DESC LIMIT 1), "
		"(SELECT max(pages) FROM p WHERE p.run = r.run), "
		"(SELECT coalesce(sum(live_bytes), 0) FROM v_callsites AS c WHERE c.run = r.run) "
		"FROM v_runs AS r WHERE EXISTS (SELECT 1 FROM p WHERE p.run = r.run) ORDER BY r.run";
	struct hand_on to = { .allocator = row, .ctx = ctx };

	return query_each(f->db, sql, NULL, 0, allocator_row, &to, d);
}

int slab_count_rows(int64_t *n, const struct facts *f, const char *view, struct km_diag *d)
{
	const struct query_arg run = { .number = f->run };
	char sql[96];

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s WHERE run = ?", view);
	return query_number(n, f->db, sql, &run, 1, 0, d);
}

bool slab_has_any(const struct facts *f)
{
	return f->nr_layers || f->nr_sites || f->nr_caches;
}
