/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <string.h>

#include "reports/curve_points.h"
#include "reports/escape.h"
#include "reports/losses.h"
#include "reports/memory_map.h"
#include "reports/slab_facts.h"
#include "reports/write.h"

enum { MAP_WIDTH = 64, MAP_MAX_CELLS = 64 * 16, NAME_WIDTH = 15 };

struct text {
	FILE *out;
	const struct facts *f;
	bool utf8;
	struct km_diag *d;
};

static void put_line(const struct text *t, const char *key, const char *value)
{
	fprintf(t->out, "%-*s", NAME_WIDTH, key);
	escape_terminal(t->out, value, t->utf8);
	putc('\n', t->out);
}

static void put_heading(const struct text *t, const char *title)
{
	fprintf(t->out, "\n%s\n", title);
	for (size_t i = 0; i < strlen(title); i++)
		fputs(t->utf8 ? "─" : "-", t->out);
	putc('\n', t->out);
}

static void put_run(const struct text *t)
{
	const struct facts *f = t->f;
	int64_t span = f->last_ts_ns - f->first_ts_ns;
	char a[32], b[32];

	fprintf(t->out, "%-*s%" PRId64 " of %" PRId64 ", ", NAME_WIDTH, "run", f->run, f->nr_runs);
	escape_terminal(t->out, f->name, t->utf8);
	putc('\n', t->out);
	put_line(t, "trace", f->trace);
	fprintf(t->out, "%-*s", NAME_WIDTH, "kernel");
	escape_terminal(t->out, f->kernel, t->utf8);
	fputs(f->unvalidated ? " (unvalidated)" : "", t->out);
	fputs(f->slab[0] ? ", " : "", t->out);
	escape_terminal(t->out, f->slab, t->utf8);
	fputs(f->what_if ? ", what if\n" : "\n", t->out);
	put_line(t, "mode", f->mode);
	fprintf(t->out, "%-*s%s in %" PRId64 ".%03" PRId64 " s, %s lost\n", NAME_WIDTH, "events",
		facts_count(a, f->events), span / 1000000000, span / 1000000 % 1000,
		facts_count(b, f->lost_events));
	fprintf(t->out, "%-*s%s, %zu labels\n", NAME_WIDTH, "states", facts_count(a, f->nr_samples),
		f->nr_labels);
	fprintf(t->out, "%-*s%s, %s of them recorded\n", NAME_WIDTH, "fallbacks",
		facts_count(a, f->fallbacks), facts_count(b, f->recorded_fallbacks));
	fprintf(t->out, "%-*s%s, %s of them recorded\n", NAME_WIDTH, "failures",
		facts_count(a, f->failures), facts_count(b, f->recorded_failures));
	put_line(t, "digest", f->digest);
}

static void escape_ascii(FILE *out, const char *text)
{
	escape_terminal(out, text, false);
}

static void escape_utf8(FILE *out, const char *text)
{
	escape_terminal(out, text, true);
}

static void put_losses(const struct text *t)
{
	if (!t->f->nr_losses)
		return;
	put_heading(t, "Lost events");
	for (size_t i = 0; i < t->f->nr_losses; i++) {
		losses_say(t->out, t->f, &t->f->losses[i], t->utf8 ? escape_utf8 : escape_ascii);
		fputs(".\n", t->out);
	}
	losses_say_doubt(t->out, t->f);
	fputs(".\n", t->out);
}

/* One column per order; each row of the query is an order. */
struct zone_rows {
	char orders[KM_MAX_ORDERS][24], blocks[KM_MAX_ORDERS][24], unusable[KM_MAX_ORDERS][24],
		extfrag[KM_MAX_ORDERS][24];
	size_t n;
};

static int add_order(void *ctx, const struct query *q)
{
	struct zone_rows *z = ctx;

	if (z->n == KM_MAX_ORDERS)
		return 0;
	snprintf(z->orders[z->n], 24, "%" PRId64, query_int(q, 0));
	snprintf(z->blocks[z->n], 24, "%" PRId64, query_int(q, 1));
	facts_milli(z->unusable[z->n], query_int(q, 2));
	facts_milli(z->extfrag[z->n], query_int(q, 3));
	z->n++;
	return 0;
}

static void put_cells(const struct text *t, const char *name, const char (*cells)[24], size_t n)
{
	fprintf(t->out, "  %-*s", NAME_WIDTH - 2, name);
	for (size_t i = 0; i < n; i++)
		fprintf(t->out, "%7s", cells[i]);
	putc('\n', t->out);
}

/* "huge pages": what stands in their way in this zone. */
static int put_huge(void *ctx, const struct query *q)
{
	const struct text *t = ctx;
	char score[24], share[24], a[32], b[32], c[32];

	fprintf(t->out, "  %-*s%s of 2 MiB free, score %s; unmovable pages in %s of the blocks\n",
		NAME_WIDTH - 2, "huge pages", facts_count(a, query_int(q, 0)),
		facts_milli(score, query_int(q, 1)), facts_milli(share, query_int(q, 2)));
	fprintf(t->out, "  %-*s%s blocks more for %s page moves\n", NAME_WIDTH - 2, "compacted",
		facts_count(b, query_int(q, 3)), facts_count(c, query_int(q, 4)));
	fprintf(t->out, "  %-*s%s of %s pageblocks hold pages of another type than theirs\n",
		NAME_WIDTH - 2, "mixed", facts_count(b, query_int(q, 5)),
		facts_count(c, query_int(q, 6)));
	return 0;
}

static int put_zone(const struct text *t, const struct facts_zone *zone)
{
	static const char huge[] =
		"SELECT huge_free_blocks, huge_free_score_milli, unmovable_share_milli, compact_gain, compact_moves, "
		"(SELECT sum(mixed_blocks) FROM v_mixed AS x WHERE x.run = m.run AND x.sample = m.sample AND "
		"x.node = m.node AND x.zone = m.zone), blocks FROM v_memory AS m WHERE run = ? AND sample = ? AND "
		"node = ? AND zone = ?";
	static const char sql[] =
		"SELECT b.ord, b.free_blocks, f.unusable_milli, f.extfrag_milli FROM v_buddyinfo AS b "
		"JOIN v_frag AS f USING (run, sample, node, zone, ord) WHERE b.run = ? AND b.sample = ? "
		"AND b.node = ? AND b.zone = ? ORDER BY b.ord";
	const struct query_arg args[] = { { .number = t->f->run },
					  { .number = t->f->last_sample },
					  { .number = zone->node },
					  { .text = zone->name } };
	struct zone_rows z = { .n = 0 };
	char size[24];
	int err = query_each(t->f->db, sql, args, 4, add_order, &z, t->d);

	if (err)
		return err;
	fprintf(t->out, "node %" PRId64 ", zone ", zone->node);
	escape_terminal(t->out, zone->name, t->utf8);
	fprintf(t->out, ": %s free\n", facts_bytes(size, zone->free_pages * t->f->page_size));
	put_cells(t, "order", z.orders, z.n);
	put_cells(t, "free blocks", z.blocks, z.n);
	put_cells(t, "unusable", z.unusable, z.n);
	put_cells(t, "extfrag", z.extfrag, z.n);
	return query_each(t->f->db, huge, args, 4, put_huge, (void *)(uintptr_t)t, t->d);
}

static int put_zones(const struct text *t)
{
	int err = 0;

	put_heading(t, "Free memory at the end");
	if (!t->f->last_sample)
		fputs("no state was recorded\n", t->out);
	for (size_t i = 0; i < t->f->nr_zones && t->f->last_sample && !err; i++)
		err = put_zone(t, &t->f->zones[i]);
	return err;
}

static int put_fidelity_row(void *ctx, const struct query *q)
{
	const struct text *t = ctx;
	char percent[24], hits[32], total[32];

	putc(' ', t->out);
	putc(' ', t->out);
	escape_terminal(t->out, query_text(q, 0), t->utf8);
	fprintf(t->out, "%*s",
		(int)(strlen(query_text(q, 0)) < 20 ? 20 - strlen(query_text(q, 0)) : 1), "");
	escape_terminal(t->out, query_text(q, 1), t->utf8);
	fprintf(t->out, "%*s",
		(int)(strlen(query_text(q, 1)) < 24 ? 24 - strlen(query_text(q, 1)) : 1), "");
	fprintf(t->out, "%13s %13s", facts_count(hits, query_int(q, 2)),
		facts_count(total, query_int(q, 3)));
	if (strncmp(query_text(q, 1), "miss=", 5))
		fprintf(t->out, " %9s %%",
			facts_percent(percent, query_int(q, 2), query_int(q, 3)));
	putc('\n', t->out);
	return 0;
}

static int put_fidelity(struct text *t)
{
	const struct query_arg run = { .number = t->f->run };
	int64_t rows = 0;
	int err = query_number(&rows, t->f->db, "SELECT count(*) FROM v_fidelity WHERE run = ?",
			       &run, 1, 0, t->d);

	if (err || !rows)
		return err;
	put_heading(t, "Fidelity");
	fprintf(t->out, "  %-20s%-24s%13s %13s %10s\n", "metric", "scope", "hits", "total",
		"share");
	return query_each(
		t->f->db,
		"SELECT metric, scope, hits, total FROM v_fidelity WHERE run = ? AND (scope NOT LIKE '%=%' OR "
		"scope LIKE 'miss=%') ORDER BY metric, scope != 'all', scope LIKE 'miss=%', total DESC, scope",
		&run, 1, put_fidelity_row, t, t->d);
}

static int put_pressure_row(void *ctx, const struct query *q)
{
	const struct text *t = ctx;
	char recorded[32], model[32];

	fprintf(t->out, "  node %" PRId64 "  ", query_int(q, 0));
	escape_terminal(t->out, query_text(q, 1), t->utf8);
	fprintf(t->out, "%*s%13s %13s\n",
		(int)(strlen(query_text(q, 1)) < 20 ? 20 - strlen(query_text(q, 1)) : 1), "",
		facts_count(recorded, query_int(q, 2)), facts_count(model, query_int(q, 3)));
	return 0;
}

static int put_pressure(struct text *t)
{
	const struct query_arg run = { .number = t->f->run };
	int64_t sum = 0;
	int err = query_number(&sum, t->f->db,
			       "SELECT sum(recorded + model) FROM v_pressure WHERE run = ?", &run,
			       1, 0, t->d);

	if (err || !sum)
		return err;
	put_heading(t, "Reclaim and compaction");
	fprintf(t->out, "  %-28s%13s %13s\n", "", "recorded", "model");
	return query_each(t->f->db,
			  "SELECT node, what, recorded, model FROM v_pressure WHERE run = ? "
			  "ORDER BY node, what",
			  &run, 1, put_pressure_row, t, t->d);
}

static int put_curve(const struct text *t)
{
	char metric[64];
	int err = curve_metric(metric, sizeof(metric), t->f, t->d);

	if (err || !*metric)
		return err;
	put_heading(t, "Beside the published curve");
	return text_curve(t->out, t->f, metric, t->utf8, t->d);
}

static int put_slab(const struct text *t)
{
	if (!slab_has_any(t->f))
		return 0;
	put_heading(t, "Objects and whose pages");
	return text_slab(t->out, t->f, t->utf8, t->d);
}

static int put_cma(const struct text *t)
{
	if (!t->f->nr_areas && !t->f->cma_allocs)
		return 0;
	put_heading(t, "Contiguous memory");
	return text_cma(t->out, t->f, t->utf8, t->d);
}

static int put_costs(const struct text *t)
{
	if (!t->f->nr_latencies)
		return 0;
	put_heading(t, "What it takes");
	return text_costs(t->out, t->f, t->utf8, t->d);
}

static const char *map_glyph(unsigned int state, bool utf8)
{
	static const char *const ascii[MEMORY_MAP_STATES] = { "-", ".", "m", "r", "U",
							      "x", "c", "i", " " };
	static const char *const shades[MEMORY_MAP_STATES] = { "╌", "·", "░", "▒", "█",
							       "▞", "c", "○", " " };

	return utf8 ? shades[state] : ascii[state];
}

static void put_map_rows(const struct text *t, const struct memory_map *m)
{
	char size[24];

	for (size_t r = 0; r < m->rows; r++) {
		if (r % MAP_WIDTH == 0) {
			uint64_t from =
				(m->base_pfn + r * m->row_pages) * (uint64_t)t->f->page_size;

			fprintf(t->out, "%s%*s  ", r ? "\n" : "", NAME_WIDTH - 2,
				facts_bytes(size, (int64_t)from));
		}
		fputs(map_glyph(m->cells[r], t->utf8), t->out);
	}
	fputs("\n\n", t->out);
	for (unsigned int s = 0; s < MEMORY_MAP_NOTHING; s++)
		fprintf(t->out, "%s%s %s", s ? "   " : "  ", map_glyph(s, t->utf8),
			memory_map_state_name(s));
	putc('\n', t->out);
}

static int put_map(const struct text *t)
{
	struct memory_map m;
	char size[24];
	int err = memory_map_load(&m, t->f, MAP_MAX_CELLS, 1, t->d);

	if (err || !m.rows)
		return err;
	put_heading(t, "Physical memory at the end");
	fprintf(t->out, "one character is %s\n",
		facts_bytes(size, (int64_t)m.row_pages * t->f->page_size));
	put_map_rows(t, &m);
	memory_map_release(&m);
	return 0;
}

int write_text(FILE *out, const struct facts *f, bool utf8, struct km_diag *d)
{
	struct text t = { .out = out, .f = f, .utf8 = utf8, .d = d };
	int err;

	put_run(&t);
	put_losses(&t);
	err = put_zones(&t);
	if (!err)
		err = put_fidelity(&t);
	if (!err)
		err = put_pressure(&t);
	if (!err)
		err = put_curve(&t);
	if (!err)
		err = put_slab(&t);
	if (!err)
		err = put_cma(&t);
	if (!err)
		err = put_costs(&t);
	if (!err)
		err = put_map(&t);
	return err;
}
