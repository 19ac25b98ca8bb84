/* SPDX-License-Identifier: GPL-2.0-only */
/* The summary's part about what operations take. */
#include <inttypes.h>
#include <string.h>

#include "reports/cost_order.h"
#include "reports/escape.h"
#include "reports/write.h"

struct text_costs {
	FILE *out;
	bool utf8;
};

static void put_padded(const struct text_costs *t, const char *text, int width)
{
	int len = (int)strlen(text);

	escape_terminal(t->out, text, t->utf8);
	fprintf(t->out, "%*s", len < width ? width - len : 1, "");
}

static int put_table(void *ctx, const struct query *q)
{
	const struct text_costs *t = ctx;
	char share[24];

	fputs("An estimate, no measurement: steps of the model by the table of costs ", t->out);
	escape_terminal(t->out, query_text(q, 0), t->utf8);
	fprintf(t->out,
		",\nof whose %" PRId64 " numbers %" PRId64 " are verified on that machine, %" PRId64
		" published of such a one;\n%s %% of the time rests on numbers that are assumed:",
		query_int(q, 1), query_int(q, 2), query_int(q, 3),
		facts_percent(share, query_int(q, 4), query_int(q, 5)));
	return 0;
}

static int put_assumed(void *ctx, const struct query *q)
{
	const struct text_costs *t = ctx;

	fputs(query_int(q, 1) ? " " : ", ", t->out);
	escape_terminal(t->out, query_text(q, 0), t->utf8);
	return 0;
}

static int put_class(void *ctx, const struct query *q)
{
	const struct text_costs *t = ctx;
	char n[32];

	fputs("  ", t->out);
	put_padded(t, query_text(q, 0), 13);
	put_padded(t, query_text(q, 1), 18);
	fprintf(t->out, "%12s", facts_count(n, query_int(q, 2)));
	for (size_t i = 3; i < 8; i++)
		fprintf(t->out, "%12s", facts_count(n, query_int(q, i)));
	putc('\n', t->out);
	return 0;
}

static int put_part(void *ctx, const struct query *q)
{
	const struct text_costs *t = ctx;
	char share[24];

	if (query_int(q, 4)) {
		fputs("  ", t->out);
		put_padded(t, query_text(q, 0), 13);
	} else {
		fputs(", ", t->out);
	}
	escape_terminal(t->out, query_text(q, 1), t->utf8);
	fprintf(t->out, " %s %%%s", facts_percent(share, query_int(q, 2), query_int(q, 3)),
		query_int(q, 5) ? "\n" : "");
	return 0;
}

static int put_slowest(void *ctx, const struct query *q)
{
	const struct text_costs *t = ctx;
	char n[32];

	fprintf(t->out, "  %2" PRId64 ". event %s", query_int(q, 0),
		facts_count(n, query_int(q, 1)));
	fprintf(t->out, " on CPU %" PRId64 ": ", query_int(q, 2));
	escape_terminal(t->out, query_text(q, 3), t->utf8);
	putc(' ', t->out);
	escape_terminal(t->out, query_text(q, 4), t->utf8);
	fprintf(t->out, ", %s ns", facts_count(n, query_int(q, 5)));
	for (size_t i = 6; i < 10; i += 2) {
		if (query_type(q, i) == QUERY_NULL)
			continue;
		fputs(i == 6 ? ": " : ", ", t->out);
		escape_terminal(t->out, query_text(q, i), t->utf8);
		fprintf(t->out, " %s", facts_count(n, query_int(q, i + 1)));
	}
	putc('\n', t->out);
	return 0;
}

static int put_flushes(void *ctx, const struct query *q)
{
	const struct text_costs *t = ctx;
	char a[32], b[32], c[32], e[32];

	if (!query_int(q, 0))
		return 0;
	fprintf(t->out,
		"\n%s flushes (%s whole) sent %s interrupts, which took %s ns from others\n",
		facts_count(a, query_int(q, 0)), facts_count(b, query_int(q, 1)),
		facts_count(c, query_int(q, 2)), facts_count(e, query_int(q, 3)));
	return 0;
}

static void put_order(const struct text_costs *t, const struct cost_order *o)
{
	char n[32], milli[24];

	if (o->nr < 2)
		return;
	fputs("\nThe order of what the record brackets by its own events (an order, no sizes: the model's\n"
	      "have the writing of its events among their steps, but its clock may be an emulator's)\n",
	      t->out);
	fprintf(t->out, "  %-24s%12s%12s%12s\n", "median, ns", "samples", "recorded", "model");
	for (size_t i = 0; i < o->nr; i++) {
		fputs("  ", t->out);
		put_padded(t, o->row[i].name, 24);
		fprintf(t->out, "%12s", facts_count(n, o->row[i].count));
		fprintf(t->out, "%12s", facts_count(n, o->row[i].recorded_ns));
		fprintf(t->out, "%12s\n", facts_count(n, o->row[i].model_ns));
	}
	fprintf(t->out, "  %zu classes of %d samples or more, %" PRId64 " of fewer left out; ",
		o->nr, COST_ORDER_LEAST, o->left_out);
	fprintf(t->out, "rank correlation (Spearman) %s\n", facts_milli(milli, o->spearman_milli));
}

int text_costs(FILE *out, const struct facts *f, bool utf8, struct km_diag *d)
{
	static const char table[] =
		"SELECT costs, count(*), sum(verified = 'yes'), sum(verified = 'secondary'), "
		"sum(iif(verified = 'no', steps * ps / 1000, 0)), sum(steps * ps / 1000) FROM v_costs WHERE run = ? "
		"GROUP BY costs";
	static const char assumed[] =
		"SELECT item, row_number() OVER (ORDER BY item) = 1 FROM v_costs WHERE run = ? AND "
		"verified = 'no' AND steps * ps > 0 ORDER BY item";
	static const char classes[] =
		"SELECT path, class, count, p50_ns, p90_ns, p99_ns, p999_ns, max_ns FROM v_latency WHERE run = ? "
		"ORDER BY path, class";
	static const char parts[] =
		"SELECT path, part, total_ns, sum(total_ns) OVER w, row_number() OVER (PARTITION BY path "
		"ORDER BY total_ns DESC, part) = 1, row_number() OVER (PARTITION BY path ORDER BY total_ns, "
		"part DESC) = 1 FROM v_cost_parts WHERE run = ? AND total_ns > 0 AND part != 'stolen' "
		"WINDOW w AS (PARTITION BY path) ORDER BY path, total_ns DESC, part";
	static const char slowest[] =
		"SELECT rank, event_no, cpu, path, class, latency_ns, part, part_ns, part2, part2_ns "
		"FROM v_slowest WHERE run = ? ORDER BY rank";
	static const char flushes[] =
		"SELECT sum(flushes), sum(full_flushes), sum(ipis), sum(stolen_ns) FROM v_stolen WHERE run = ?";
	const struct query_arg run = { .number = f->run };
	struct cost_order order;
	struct text_costs t = { .out = out, .utf8 = utf8 };
	int err = query_each(f->db, table, &run, 1, put_table, &t, d);

	if (!err)
		err = query_each(f->db, assumed, &run, 1, put_assumed, &t, d);
	if (err)
		return err;
	fprintf(out, "\n\n  %-13s%-18s%12s%12s%12s%12s%12s%12s\n", "ns", "", "count", "50 %",
		"90 %", "99 %", "99.9 %", "longest");
	err = query_each(f->db, classes, &run, 1, put_class, &t, d);
	putc('\n', out);
	if (!err)
		err = query_each(f->db, parts, &run, 1, put_part, &t, d);
	fputs("\nwhat took longest, and its main parts [ns]\n", out);
	if (!err)
		err = query_each(f->db, slowest, &run, 1, put_slowest, &t, d);
	if (!err)
		err = query_each(f->db, flushes, &run, 1, put_flushes, &t, d);
	if (!err)
		err = cost_order_load(&order, f, d);
	if (!err)
		put_order(&t, &order);
	return err;
}
