/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/store.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/core/alloc_frames.h"
#include "reports/gfp_text.h"
#include "reports/store_parts.h"

static int prepare_inserts(struct store *s, struct km_diag *d)
{
	static const char *const sql[NR_INSERTS] = {
		[INSERT_RUN] = "INSERT INTO run VALUES (?,?,?,?,?,?,0,0,0,0,?,?,NULL,?,?)",
		[INSERT_SAMPLE] = "INSERT INTO sample VALUES (?,?,?,?,?,?,?,?,?,?)",
		[INSERT_ZONE] = "INSERT INTO zone VALUES (?,?,?,?)",
		[INSERT_ZONE_ORDER] = "INSERT INTO zone_order VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
		[INSERT_ZONE_BLOCKS] = ("INSERT INTO zone_blocks VALUES "
					"(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"),
		[INSERT_PAGEBLOCK] = "INSERT INTO pageblock_change VALUES (?,?,?,?,?)",
		[INSERT_CMA] = "INSERT INTO cma VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
		[INSERT_CMA_CHANGE] = "INSERT INTO cma_change VALUES (?,?,?,?,?,?,?,?,?)",
		[INSERT_SLABINFO] = "INSERT INTO slabinfo VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
		[INSERT_VMALLOCINFO] = "INSERT INTO vmallocinfo VALUES (?,?,?,?,?,?,?)",
		[INSERT_VMALLOC] = ("INSERT INTO vmalloc VALUES "
				    "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"),
		[INSERT_VMALLOC_CELL] = "INSERT INTO vmalloc_cell VALUES (?,?,?,?,?,?,?,?)",
		[INSERT_CMA_ALLOC] = ("INSERT INTO cma_alloc VALUES "
				      "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"),
		[INSERT_CMA_TRY] = ("INSERT INTO cma_try VALUES "
				    "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"),
		[INSERT_FAILURE] = ("INSERT INTO failure VALUES "
				    "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"),
		[INSERT_FALLBACK] = "INSERT INTO fallback VALUES (?,?,?,?,?,?,?,?,?,?,?)",
		[INSERT_FIDELITY] = "INSERT INTO fidelity VALUES (?,?,?,?,?)",
		[INSERT_CALLSITE] = "INSERT INTO callsite VALUES (?,?,?,?,?,?,?,?,?)",
		[INSERT_LATENCY] = "INSERT INTO latency VALUES (?,?,?,?,?,?,?,?,?,?)",
		[INSERT_COST_PART] = "INSERT INTO cost_part VALUES (?,?,?,?)",
		[INSERT_COST_WINDOW] = "INSERT INTO cost_window VALUES (?,?,?,?,?,?,?,?,?)",
		[INSERT_COST_SLOWEST] = "INSERT INTO cost_slowest VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
		[INSERT_COST_CPU] = "INSERT INTO cost_cpu VALUES (?,?,?,?,?,?)",
		[INSERT_COST_BRACKET] = "INSERT INTO cost_bracket VALUES (?,?,?,?,?)",
		[INSERT_COST_ITEM] = "INSERT INTO cost_item VALUES (?,?,?,?,?,?,?)",
		[INSERT_TLB] = "INSERT INTO tlb VALUES (?,?,?,?,?,?,?,?,?,?)",
		[INSERT_LEAK] = "INSERT INTO leak VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
		[INSERT_PRESSURE] = "INSERT INTO pressure VALUES (?,?,?,?,?)",
		[INSERT_ATTRIBUTION] = "INSERT INTO attribution VALUES (?,?,?,?,?,?,?)",
		[INSERT_OWNER] = "INSERT INTO owner VALUES (?,?,?,?,?,?,?)",
		[INSERT_PERCPU] = "INSERT INTO percpu VALUES (?,?,?,?,?,?)",
		[INSERT_SLAB_USE] = "INSERT INTO slab_use VALUES (?,?,?,?,?,?)",
		[INSERT_OWNER_PAGES] = "INSERT INTO owner_pages VALUES (?,?,?,?,?)",
		[INSERT_LOSS] = "INSERT INTO loss VALUES (?,?,?,?,?,?)",
		[INSERT_CURVE] = "INSERT INTO curve VALUES (?,?,?,?,?,?,?)",
	};

	for (size_t i = 0; i < NR_INSERTS; i++) {
		int err = store_sql_prepare(s->db, &s->inserts[i], sql[i], s->path, d);

		if (err)
			return err;
	}
	return 0;
}

int store_put(struct store *s, enum insert what, const struct store_value *v, size_t n)
{
	sqlite3_stmt *stmt = s->inserts[what];
	int rc;

	if (s->failure.code)
		return s->failure.code;
	KM_BUG_ON((size_t)sqlite3_bind_parameter_count(stmt) != n);
	rc = store_sql_bind(stmt, v, n);
	if (!rc)
		rc = sqlite3_step(stmt);
	if (rc != SQLITE_DONE)
		return store_sql_fail(s->db, rc, s->path, &s->failure);
	sqlite3_reset(stmt);
	return 0;
}

/* What a caller is stored as; @site is where its call site's name is kept meanwhile. */
struct caller_text {
	const char *task, *site;
	char buffer[512];
};

static void tell_caller(struct caller_text *t, const struct km_caller *c)
{
	t->task = c->task;
	t->site = c->task && c->stack ? alloc_caller(t->buffer, sizeof(t->buffer), c->stack) : NULL;
}

enum { BUSY_VALUES = 10 };

/* The page in the way and who has it, as ten values; @since is the moment its age is counted to. */
static void tell_busy(struct store_value v[BUSY_VALUES], struct caller_text *owner,
		      const struct km_busy_page *b, uint64_t since)
{
	bool any = b && b->pfn != KM_NO_PFN, owned = any && b->has_owner;

	*owner = (struct caller_text){ 0 };
	if (owned)
		tell_caller(owner, &b->owner);
	v[0] = int_if(any, any ? b->pageblock_pfn : 0);
	v[1] = int_if(any, any ? b->pfn : 0);
	v[2] = store_text(any ? b->source : NULL);
	v[3] = int_if(any && b->in_use, any ? b->ord : 0);
	v[4] = int_if(any && b->in_use, any ? b->migratetype : 0);
	v[5] = store_text(owner->task);
	v[6] = int_if(owned, owned ? (uint64_t)b->owner.pid : 0);
	v[7] = store_text(owner->site);
	v[8] = int_if(owned && b->event_no, owned ? b->event_no : 0);
	v[9] = int_if(owned && since >= b->ts_ns, owned ? since - b->ts_ns : 0);
}

int64_t store_zone_number(struct store *s, int node, const char *name)
{
	size_t i;
	int err;

	for (i = 0; i < s->nr_zones; i++)
		if (s->zones[i].node == node && !strcmp(s->zones[i].name, name))
			return (int64_t)i;
	if (i == KM_MAX_ZONES)
		return km_fail(&s->failure, KM_EINVAL, s->path, "more than %d zones", KM_MAX_ZONES);
	s->zones[i] = (struct store_zone){ .node = node, .name = strdup(name) };
	if (!s->zones[i].name)
		return km_fail(&s->failure, KM_ENOMEM, s->path, "out of memory");
	s->nr_zones++;
	err = PUT(s, INSERT_ZONE, store_int(the_run), store_int(i),
		  store_int((uint64_t)(int64_t)node), store_text(name));
	return err ? err : (int64_t)i;
}

static int put_fallback(void *ctx, const struct km_fallback_row *row)
{
	struct store *s = ctx;
	int64_t zone = s->failure.code ? s->failure.code :
					 store_zone_number(s, row->node, row->zone);

	if (zone < 0)
		return (int)zone;
	return PUT(s, INSERT_FALLBACK, store_int(the_run), store_int(row->event_no),
		   store_int(row->ts_ns), store_int((uint64_t)zone), store_int(row->alloc_ord),
		   store_int(row->fallback_ord), store_int(row->alloc_type),
		   store_int(row->fallback_type), store_int(row->change_ownership),
		   store_int(row->recorded), store_text(row->reason));
}

static int put_failure(void *ctx, const struct km_failure_row *row)
{
	char gfp[GFP_TEXT_LEN];
	struct store_value busy[BUSY_VALUES];
	struct caller_text caller, owner;

	gfp_text(gfp, row->gfp);
	tell_caller(&caller, &row->caller);
	tell_busy(busy, &owner, row->busy, row->ts_ns);
	return PUT(ctx, INSERT_FAILURE, store_int(the_run), store_int(row->event_no),
		   store_int(row->ts_ns), store_text(row->path), store_int(row->ord),
		   store_text(gfp), store_int(row->migratetype), store_text(row->reason),
		   store_int(row->recorded), store_text(caller.task),
		   int_if(caller.task, (uint64_t)row->caller.pid), store_text(caller.site),
		   store_text(row->area), int_if(row->area, row->pages), busy[0], busy[1], busy[2],
		   busy[3], busy[4], busy[5], busy[6], busy[7], busy[8], busy[9]);
}

static int put_cma_try(struct store *s, const struct km_cma_alloc_row *row, size_t i)
{
	const struct km_cma_try *t = &row->tried[i];
	struct store_value busy[BUSY_VALUES];
	struct caller_text owner;

	tell_busy(busy, &owner, &t->busy, t->ts_ns);
	return PUT(s, INSERT_CMA_TRY, store_int(the_run), store_int(row->event_no),
		   store_int(i + 1), store_int(t->event_no), store_int(t->ts_ns),
		   store_text(row->area), pfn_or_null(t->pfn), store_int(row->pages),
		   store_text(t->result), store_int(t->migrated_pages), store_int(t->failed_pages),
		   store_int(t->reclaimed_pages), busy[0], busy[1], busy[2], busy[3], busy[4],
		   busy[5], busy[6], busy[7], busy[8], busy[9]);
}

static int put_cma_alloc(void *ctx, const struct km_cma_alloc_row *row)
{
	bool started = row->start_event_no != 0;
	struct caller_text caller;
	int err;

	tell_caller(&caller, &row->caller);
	err = PUT(ctx, INSERT_CMA_ALLOC, store_int(the_run), store_int(row->event_no),
		  store_int(row->ts_ns), store_text(row->area), store_int(row->pages),
		  store_int(row->align), pfn_or_null(row->pfn), pfn_or_null(row->recorded_pfn),
		  store_text(row->result), store_int(row->tries), store_int(row->migrated_pages),
		  int_if(row->has_latency, row->latency_ns), store_int(row->reclaimed_pages),
		  int_if(row->has_err, (uint64_t)(int64_t)row->err),
		  int_if(started, row->start_event_no), int_if(started, row->start_ts_ns),
		  store_text(caller.task), int_if(caller.task, (uint64_t)row->caller.pid),
		  store_text(caller.site), int_if(row->has_area, row->used_pages),
		  int_if(row->has_area, row->maxchunk_pages));
	for (size_t i = 0; i < row->nr_tried && !err; i++)
		err = put_cma_try(ctx, row, i);
	return err;
}

static int put_fidelity(void *ctx, const struct km_fidelity_row *row)
{
	return PUT(ctx, INSERT_FIDELITY, store_int(the_run), store_text(row->metric),
		   store_text(row->scope), store_int(row->hits), store_int(row->total));
}

static int put_loss(void *ctx, const struct km_loss_row *row)
{
	return PUT(ctx, INSERT_LOSS, store_int(the_run), store_int((uint64_t)(int64_t)row->cpu),
		   store_text(row->event_class), store_int(row->lost_events),
		   store_int(row->first_ts_ns), store_int(row->last_ts_ns));
}

int store_curve(struct store *s, const struct store_point *p)
{
	return PUT(s, INSERT_CURVE, store_int(the_run), store_text(p->source),
		   store_text(p->metric), store_text(p->labels), store_text(p->series),
		   store_int((uint64_t)p->x), store_int((uint64_t)p->y));
}

static int put_pressure(void *ctx, const struct km_pressure_row *row)
{
	return PUT(ctx, INSERT_PRESSURE, store_int(the_run), store_int((uint64_t)row->node),
		   store_text(row->what), store_int(row->recorded), store_int(row->model));
}

static int put_tlb(void *ctx, const struct km_tlb_row *r)
{
	return PUT(ctx, INSERT_TLB, store_int(the_run), store_int(r->cpu), store_text(r->tlb),
		   store_int(r->page_bytes), store_int(r->accesses), store_int(r->misses),
		   store_int(r->evictions), store_int(r->flushes), store_int(r->forced_accesses),
		   store_int(r->walk_cycles));
}

struct km_sink store_sink(struct store *s)
{
	static const struct km_sink_ops ops = {
		.sample = store_sample,
		.fallback = put_fallback,
		.failure = put_failure,
		.cma_alloc = put_cma_alloc,
		.fidelity = put_fidelity,
		.loss = put_loss,
		.attribution = store_attribution,
		.pressure = put_pressure,
		.call_site = store_call_site,
		.leak = store_leak,
		.owner = store_owner,
		.slab_use = store_slab_use,
		.tlb = put_tlb,
		.cost = store_cost,
	};

	return (struct km_sink){ .ctx = s, .ops = &ops };
}

int store_error(const struct store *s, struct km_diag *d)
{
	if (s->failure.code && d)
		*d = s->failure;
	return s->failure.code;
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static int put_run(struct store *s, const struct store_run *r, struct km_diag *d)
{
	int err = PUT(s, INSERT_RUN, store_int(the_run), store_text(or_empty(r->name)),
		      store_text(or_empty(r->mode)), store_text(or_empty(r->kernel)),
		      store_text(or_empty(r->slab)), store_text(or_empty(r->trace)),
		      store_int(r->what_if), store_int(r->unvalidated),
		      store_text(or_empty(r->config)),
		      store_int(r->page_size ? r->page_size : 4096));

	return err ? store_error(s, d) : 0;
}

/* Close SQLite and free everything but the file, which is committed or discarded by the caller. */
static int close_database(struct store *s)
{
	int rc;

	for (size_t i = 0; i < NR_INSERTS; i++) {
		sqlite3_finalize(s->inserts[i]);
		s->inserts[i] = NULL;
	}
	rc = sqlite3_close(s->db);
	KM_BUG_ON(rc == SQLITE_BUSY);
	s->db = NULL;
	return rc;
}

static void release(struct store *s)
{
	for (size_t i = 0; i < s->nr_zones; i++)
		free(s->zones[i].name);
	free(s->path);
	free(s);
}

const char *store_partial(const struct store *s)
{
	return s->file.partial;
}

void store_abort(struct store *s)
{
	if (!s)
		return;
	close_database(s);
	store_file_discard(&s->file);
	release(s);
}

int store_open(struct store **out, const char *path, const struct store_run *run, struct km_diag *d)
{
	struct store *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return km_fail(d, KM_ENOMEM, path, "out of memory");
	s->file.fd = -1;
	s->path = strdup(path);
	err = s->path ? store_file_open(&s->file, path, d) :
			km_fail(d, KM_ENOMEM, path, "out of memory");
	s->file.unsynced = run->unsynced;
	if (!err)
		err = store_sql_create(&s->db, s->file.partial, path, d);
	if (!err)
		err = prepare_inserts(s, d);
	if (!err)
		err = put_run(s, run, d);
	if (err) {
		store_abort(s);
		return err;
	}
	*out = s;
	return 0;
}

static int update(struct store *s, const char *sql, const struct store_value *v, size_t n,
		  struct km_diag *d)
{
	sqlite3_stmt *stmt;
	int err = store_sql_prepare(s->db, &stmt, sql, s->path, d), rc;

	if (err)
		return err;
	rc = store_sql_bind(stmt, v, n);
	if (!rc)
		rc = sqlite3_step(stmt);
	err = rc == SQLITE_DONE ? 0 : store_sql_fail(s->db, rc, s->path, d);
	sqlite3_finalize(stmt);
	return err;
}

static int put_totals(struct store *s, const struct store_totals *t, struct km_diag *d)
{
	const struct store_value v[] = { store_int(t->events), store_int(t->lost_events),
					 store_int(t->first_ts_ns), store_int(t->last_ts_ns) };
	int err = update(
		s, "UPDATE run SET events = ?, lost_events = ?, first_ts_ns = ?, last_ts_ns = ?", v,
		4, d);

	if (err || !t->slab)
		return err;
	const struct store_value slab = store_text(t->slab);

	return update(s, "UPDATE run SET slab = ?", &slab, 1, d);
}

static int put_digest(struct store *s, struct km_diag *d)
{
	char hex[DIGEST_HEX_LEN + 1];
	int err = store_sql_digest(s->db, (int64_t)the_run, hex, s->path, d);
	const struct store_value v[] = { store_text(hex) };

	return err ? err : update(s, "UPDATE run SET digest = ?", v, 1, d);
}

int store_finish(struct store *s, const struct store_totals *t, struct km_diag *d)
{
	int err = store_error(s, d), rc;

	err = err ? err : put_totals(s, t, d);
	err = err ? err : put_digest(s, d);
	err = err ? err : store_sql_exec(s->db, "COMMIT", s->path, d);
	if (err) {
		store_abort(s);
		return err;
	}
	rc = close_database(s);
	if (rc) {
		err = store_sql_fail(NULL, rc, s->path, d);
		store_file_discard(&s->file);
	} else {
		err = store_file_commit(&s->file, d);
	}
	release(s);
	return err;
}
