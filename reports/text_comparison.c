/* SPDX-License-Identifier: GPL-2.0-only */
/* A comparison on a terminal: some lines for each metric in which runs differ; and as JSON. */
#include <inttypes.h>
#include <string.h>

#include "reports/comparison.h"
#include "reports/escape.h"

enum { MAX_LINES = 40 };

static void ascii(FILE *to, const char *text)
{
	escape_terminal(to, text, false);
}

static void utf_8(FILE *to, const char *text)
{
	escape_terminal(to, text, true);
}

static void put_runs(FILE *out, const struct comparison *c, bool utf8)
{
	for (size_t r = 0; r < c->nr_runs; r++) {
		fprintf(out, "  %3" PRId64 "  ", c->run[r].run);
		comparison_say_run(c, r, out, utf8 ? utf_8 : ascii);
		fprintf(out, "%s%s%s\n", r == c->base ? "  (base)" : "",
			c->run[r].unvalidated ? "  (unvalidated)" : "",
			c->run[r].what_if ? "  (what if)" : "");
	}
}

/* Of many runs only the lowest and the highest. */
static void put_extremes(FILE *out, const struct comparison *c, size_t m)
{
	size_t low = c->nr_runs, high = c->nr_runs;
	char count[32];

	for (size_t r = 0; r < c->nr_runs; r++) {
		int64_t n = c->run[r].metric[m].n;

		if (!c->run[r].metric[m].has)
			continue;
		low = low == c->nr_runs || n < c->run[low].metric[m].n ? r : low;
		high = high == c->nr_runs || n > c->run[high].metric[m].n ? r : high;
	}
	for (size_t i = 0; i < 2 && low < c->nr_runs; i++) {
		size_t r = i ? high : low;

		fprintf(out, "  %s %s: ", i ? "highest" : "lowest",
			facts_count(count, c->run[r].metric[m].n));
		comparison_say_run(c, r, out, ascii);
		putc('\n', out);
	}
}

static void put_metric(FILE *out, const struct comparison *c, size_t m)
{
	static const char *const words[] = { "worse", "", "better" };
	const struct metric_name *name = &c->metric[m];
	char a[32], b[32], e[32];

	fprintf(out, "\n%s: %s%s%s%s; %s is better\n", name->name, name->title,
		*name->metric->unit ? " [" : "", name->metric->unit, *name->metric->unit ? "]" : "",
		name->metric->better == METRIC_LESS ? "less" : "more");
	if (c->nr_runs > MAX_LINES)
		return put_extremes(out, c, m);
	for (size_t r = 0; r < c->nr_runs; r++) {
		const struct comparison_value *v = &c->run[r].metric[m];

		fprintf(out, "  %3" PRId64 "  %14s %13s %9s  %s\n", c->run[r].run,
			v->has ? facts_count(a, v->n) : "-", comparison_delta(b, c, r, m),
			comparison_ratio(e, c, r, m), words[comparison_sign(c, r, m) + 1]);
	}
}

static void put_same(FILE *out, const struct comparison *c)
{
	const char *lead = "\nthe same in all runs: ";
	size_t column = 0;
	char count[32];

	for (size_t m = 0; m < c->nr_metrics; m++) {
		const struct comparison_value *v = c->nr_runs ? &c->run[0].metric[m] : NULL;

		if (!v || !v->has || comparison_differs(c, m))
			continue;
		if (column > 60) {
			lead = ",\n  ";
			column = 0;
		}
		column += (size_t)fprintf(out, "%s%s %s", lead, c->metric[m].name,
					  facts_count(count, v->n));
		lead = ", ";
	}
	fputs(*lead == ',' ? "\n" : "", out);
}

static void put_page(FILE *out, int64_t pfn)
{
	if (pfn < 0)
		fputs("none", out);
	else
		fprintf(out, "page %#" PRIx64, (uint64_t)pfn);
}

static void put_partings(FILE *out, const struct comparison *c)
{
	if (c->base < c->nr_runs)
		fprintf(out, "\nwhere they part from run %" PRId64 "\n", c->run[c->base].run);
	for (size_t r = 0; r < c->nr_runs && c->base < c->nr_runs; r++) {
		const struct comparison_run *x = &c->run[r];

		if (r == c->base)
			continue;
		fprintf(out, "  %3" PRId64 "  ", x->run);
		if (!x->base)
			fputs("not known\n", out);
		else if (!x->parted)
			fputs("nowhere: every allocation got the same page\n", out);
		if (!x->parted)
			continue;
		fprintf(out, "event %" PRId64 " at %" PRId64 ".%06" PRId64 " s, ", x->event_no,
			x->ts_ns / 1000000000, x->ts_ns % 1000000000 / 1000);
		comparison_say_request(x, out);
		fputs(": ", out);
		put_page(out, x->pfn);
		fputs(" instead of ", out);
		put_page(out, x->base_pfn);
		putc('\n', out);
	}
}

void text_comparison(FILE *out, const struct comparison *c, bool utf8)
{
	fprintf(out, "%zu runs of ", c->nr_runs);
	escape_terminal(out, c->nr_runs ? c->run[0].name : "nothing", utf8);
	fputs(", each in mode simulate: what is asked for and freed is the trace's, where it "
	      "comes from the model's\n\n",
	      out);
	if (c->nr_runs <= MAX_LINES)
		put_runs(out, c, utf8);
	for (size_t m = 0; m < c->nr_metrics; m++)
		if (comparison_differs(c, m))
			put_metric(out, c, m);
	put_same(out, c);
	put_partings(out, c);
}

/* ---- JSON ---- */

static void json_number(FILE *out, const char *name, bool has, int64_t n)
{
	if (has)
		fprintf(out, "\"%s\": %" PRId64, name, n);
	else
		fprintf(out, "\"%s\": null", name);
}

static void json_metric(FILE *out, const struct comparison *c, size_t r, size_t m)
{
	static const char *const words[] = { "worse", "same", "better" };
	bool base = c->base < c->nr_runs && c->run[c->base].metric[m].has;

	fprintf(out, "\"%s\": {", c->metric[m].name);
	json_number(out, "value", c->run[r].metric[m].has, c->run[r].metric[m].n);
	fputs(", ", out);
	json_number(out, "base", base, base ? c->run[c->base].metric[m].n : 0);
	fprintf(out, ", \"is\": \"%s\"}", words[comparison_sign(c, r, m) + 1]);
}

static void json_parting(FILE *out, const struct comparison_run *x)
{
	if (!x->parted) {
		fputs("null", out);
		return;
	}
	putc('{', out);
	json_number(out, "event_no", true, x->event_no);
	fputs(", ", out);
	json_number(out, "since_start_ns", true, x->ts_ns);
	fputs(", ", out);
	json_number(out, "pages", true, x->pages);
	fputs(", ", out);
	json_number(out, "ord", x->ord >= 0, x->ord);
	fputs(", \"migratetype\": ", out);
	escape_json(out, x->migratetype);
	fputs(", ", out);
	json_number(out, "pfn", x->pfn >= 0, x->pfn);
	fputs(", ", out);
	json_number(out, "base_pfn", x->base_pfn >= 0, x->base_pfn);
	putc('}', out);
}

static void json_run(FILE *out, const struct comparison *c, size_t r)
{
	const struct comparison_run *x = &c->run[r];
	const char *lead = "";

	fprintf(out,
		"{\"run\": %" PRId64 ", \"base\": %s, \"digest\": \"%s\", \"kernel\": ", x->run,
		r == c->base ? "true" : "false", x->digest);
	escape_json(out, x->kernel);
	fputs(", \"values\": {", out);
	for (size_t k = 0; k < c->nr_keys; k++) {
		if (!x->value[k])
			continue;
		fputs(lead, out);
		escape_json(out, c->key[k].key);
		fputs(": ", out);
		escape_json(out, x->value[k]);
		lead = ", ";
	}
	fputs("},\n  \"parts\": ", out);
	json_parting(out, x);
	fputs(",\n  \"metrics\": {", out);
	for (size_t m = 0; m < c->nr_metrics; m++) {
		fputs(m ? ",\n    " : "\n    ", out);
		json_metric(out, c, r, m);
	}
	fputs("}}", out);
}

void json_comparison(FILE *out, const struct comparison *c)
{
	fputs("{\"trace\": ", out);
	escape_json(out, c->nr_runs ? c->run[0].name : "");
	fputs(", \"mode\": \"simulate\", \"runs\": [", out);
	for (size_t r = 0; r < c->nr_runs; r++) {
		fputs(r ? ",\n " : "\n ", out);
		json_run(out, c, r);
	}
	fputs("\n]}", out);
}
