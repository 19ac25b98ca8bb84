/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The run's counters over time, as the JSON trace format that Perfetto (ui.perfetto.dev) and
 * chrome://tracing open: a counter for each measure, a mark for each label and failure.
 */
#include <inttypes.h>
#include <string.h>

#include "reports/escape.h"
#include "reports/out.h"
#include "reports/write.h"

/*
 * Rows of (ts_ns, track, series, value) for ?1, in that order: what has the first two alike is one
 * point of one counter; a value that is NULL is unknown, and left out.
 */
static const char *const counters[] = {
	"SELECT s.ts_ns, 'free blocks, node ' || b.node || ' ' || b.zone, 'order ' || b.ord, "
	"b.free_blocks FROM v_buddyinfo b JOIN v_samples s USING (run, sample) WHERE b.run = ?1 "
	"ORDER BY 2, 1, b.ord",
	"SELECT s.ts_ns, 'unusable for order, thousandths, node ' || f.node || ' ' || f.zone, "
	"'order ' || f.ord, f.unusable_milli FROM v_frag f JOIN v_samples s USING (run, sample) "
	"WHERE f.run = ?1 ORDER BY 2, 1, f.ord",
	"SELECT s.ts_ns, 'free pages, node ' || m.node || ' ' || m.zone, 'pages', m.free_pages "
	"FROM v_memory m JOIN v_samples s USING (run, sample) WHERE m.run = ?1 ORDER BY 2, 1",
	"SELECT s.ts_ns, 'CMA area ' || c.area, p.name, CASE p.name WHEN 'used' THEN c.used_pages "
	"WHEN 'free' THEN c.free_pages WHEN 'lent' THEN c.lent_pages ELSE c.busy_pages END FROM "
	"v_cma c JOIN v_samples s USING (run, sample) JOIN (SELECT 'busy' name UNION ALL SELECT "
	"'free' UNION ALL SELECT 'lent' UNION ALL SELECT 'used') p WHERE c.run = ?1 ORDER BY 2, 1, "
	"3",
	"SELECT s.ts_ns, 'slab pages', o.cache, o.num_slabs * o.pagesperslab FROM v_slabinfo o JOIN "
	"v_samples s USING (run, sample) WHERE o.run = ?1 ORDER BY 2, 1, 3",
	"SELECT s.ts_ns, 'vmalloc pages', p.name, CASE p.name WHEN 'used' THEN v.used_pages WHEN "
	"'lazy' THEN v.lazy_pages ELSE v.guard_pages END FROM v_vmalloc v JOIN v_samples s USING "
	"(run, sample) JOIN (SELECT 'guard' name UNION ALL SELECT 'lazy' UNION ALL SELECT 'used') p "
	"WHERE v.run = ?1 ORDER BY 2, 1, 3",
};

/* Rows of (ts_ns, track, text) for ?1. */
static const char marks[] =
	"SELECT min(ts_ns), 'labels', label FROM v_samples WHERE run = ?1 AND label <> '' GROUP BY "
	"label UNION ALL SELECT ts_ns, 'failures', path || ' of order ' || ord || ': ' || "
	"coalesce(reason, '') FROM v_failures WHERE run = ?1 ORDER BY 2, 1";

struct writing {
	FILE *f;
	bool begun; /* an event was written */
	bool open;  /* … and its args still are */
	int64_t ts_ns;
	char track[160];
};

/* The format counts microseconds. */
static void begin_event(struct writing *w, const char *phase, const struct query *q)
{
	int64_t ts = query_int(q, 0);

	fprintf(w->f,
		"%s\n{\"ph\": \"%s\", \"pid\": 1, \"ts\": %" PRId64 ".%03" PRId64 ", \"name\": ",
		w->begun ? "," : "", phase, ts / 1000, ts % 1000);
	w->begun = true;
}

static void end_counter(struct writing *w)
{
	if (w->open)
		fputs("}}", w->f);
	w->open = false;
}

static int counter_row(void *ctx, const struct query *q)
{
	struct writing *w = ctx;
	if (query_type(q, 3) == QUERY_NULL)
		return 0;
	bool more = w->open && w->ts_ns == query_int(q, 0) && !strcmp(w->track, query_text(q, 1));

	if (!more) {
		end_counter(w);
		w->ts_ns = query_int(q, 0);
		snprintf(w->track, sizeof(w->track), "%s", query_text(q, 1));
		begin_event(w, "C", q);
		escape_json(w->f, w->track);
		fputs(", \"args\": {", w->f);
		w->open = true;
	}
	fputs(more ? ", " : "", w->f);
	escape_json(w->f, query_text(q, 2));
	fprintf(w->f, ": %" PRId64, query_int(q, 3));
	return 0;
}

static int mark_row(void *ctx, const struct query *q)
{
	struct writing *w = ctx;

	begin_event(w, "i", q);
	escape_json(w->f, query_text(q, 2));
	fputs(", \"s\": \"g\", \"cat\": ", w->f);
	escape_json(w->f, query_text(q, 1));
	putc('}', w->f);
	return 0;
}

static int write_events(struct writing *w, const struct facts *f, struct km_diag *d)
{
	const struct query_arg run = { .number = f->run };
	int err = 0;

	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]) && !err; i++) {
		err = query_each(f->db, counters[i], &run, 1, counter_row, w, d);
		end_counter(w);
	}
	return err ? err : query_each(f->db, marks, &run, 1, mark_row, w, d);
}

int write_perfetto(const char *dir, const struct facts *f, struct km_diag *d)
{
	struct writing w = { 0 };
	struct out out;
	int err = out_open(&out, dir, "perfetto.json", d);

	if (err)
		return err;
	w.f = out.f;
	fputs("{\"displayTimeUnit\": \"ns\", \"traceEvents\": [", out.f);
	fputs("\n{\"ph\": \"M\", \"pid\": 1, \"name\": \"process_name\", \"args\": {\"name\": ",
	      out.f);
	escape_json(out.f, f->name);
	fputs("}}", out.f);
	w.begun = true;
	err = write_events(&w, f, d);
	fputs("\n]}\n", out.f);
	return out_end(&out, err, d);
}
