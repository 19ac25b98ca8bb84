/* SPDX-License-Identifier: GPL-2.0-only */
/* Of many configurations: heat maps over two keys, and what to choose between. */
#include "reports/html_sweep.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "reports/escape.h"
#include "reports/plot.h"

enum { MAX_HEAT_VALUES = 40, MAX_HEAT_MAPS = 8 };

struct sweep_page {
	FILE *out;
	const struct comparison *c;
	struct comparison_group *g;
	size_t nr;
	struct km_diag *d;
};

static const char *value_of(const struct sweep_page *p, size_t group, size_t k)
{
	const char *value = p->c->run[p->g[group].first].value[k];

	return value ? value : "";
}

/* The distinct values of key @k, as groups that have each first; how many. */
static size_t values_of(const struct sweep_page *p, size_t k, size_t out[MAX_HEAT_VALUES])
{
	size_t nr = 0;

	for (size_t i = 0; i < p->nr; i++) {
		size_t v = 0;

		while (v < nr && strcmp(value_of(p, out[v], k), value_of(p, i, k)))
			v++;
		if (v == nr && nr < MAX_HEAT_VALUES)
			out[nr++] = i;
	}
	return nr;
}

/* The mean of the groups with both values; false: there is none. */
static bool cell(const struct sweep_page *p, size_t m, const size_t key[2], size_t a, size_t b,
		 double *out)
{
	double sum = 0;
	int64_t n = 0;

	for (size_t i = 0; i < p->nr; i++) {
		if (!p->g[i].has[m] || strcmp(value_of(p, i, key[0]), value_of(p, a, key[0])) ||
		    strcmp(value_of(p, i, key[1]), value_of(p, b, key[1])))
			continue;
		sum += p->g[i].mean[m];
		n++;
	}
	*out = n ? sum / (double)n : 0;
	return n > 0;
}

static void range_of(const struct sweep_page *p, size_t m, double *least, double *most)
{
	*least = *most = p->g[0].mean[m];
	for (size_t i = 1; i < p->nr; i++) {
		*least = p->g[i].mean[m] < *least ? p->g[i].mean[m] : *least;
		*most = p->g[i].mean[m] > *most ? p->g[i].mean[m] : *most;
	}
}

static void put_number(FILE *out, double n)
{
	char count[32];

	if (n >= 100 || n <= -100 || n == (double)(int64_t)n)
		fputs(facts_count(count, (int64_t)(n < 0 ? n - 0.5 : n + 0.5)), out);
	else
		fprintf(out, "%.2f", n);
}

/* From pale, the best, to the accent's full colour, the worst. */
static void put_cell(const struct sweep_page *p, size_t m, double n, double least, double most)
{
	double share = most > least ? (n - least) / (most - least) : 0;

	if (p->c->metric[m].metric->better == METRIC_MORE)
		share = 1 - share;
	fprintf(p->out, "<td class=n style=\"background:rgba(213,94,0,%.2f)\">", 0.75 * share);
	put_number(p->out, n);
	fputs("</td>", p->out);
}

static void put_heat(const struct sweep_page *p, size_t m, const size_t key[2])
{
	size_t row[MAX_HEAT_VALUES], column[MAX_HEAT_VALUES];
	size_t rows = values_of(p, key[0], row), columns = values_of(p, key[1], column);
	double least, most, n;

	range_of(p, m, &least, &most);
	fprintf(p->out, "<h3>%s</h3>\n<div class=scroll><table>\n<tr><th>", p->c->metric[m].title);
	escape_html(p->out, p->c->key[key[0]].key);
	fputs(" \xe2\x86\x93 &nbsp; ", p->out);
	escape_html(p->out, p->c->key[key[1]].key);
	fputs(" \xe2\x86\x92</th>", p->out);
	for (size_t b = 0; b < columns; b++) {
		fputs("<th class=n>", p->out);
		escape_html(p->out, value_of(p, column[b], key[1]));
		fputs("</th>", p->out);
	}
	fputs("</tr>\n", p->out);
	for (size_t a = 0; a < rows; a++) {
		fputs("<tr><th>", p->out);
		escape_html(p->out, value_of(p, row[a], key[0]));
		fputs("</th>", p->out);
		for (size_t b = 0; b < columns; b++)
			if (cell(p, m, key, row[a], column[b], &n))
				put_cell(p, m, n, least, most);
			else
				fputs("<td class=nil>\xe2\x80\x93</td>", p->out);
		fputs("</tr>\n", p->out);
	}
	fputs("</table></div>\n", p->out);
}

/* The first two settings that vary. */
static bool heat_keys(const struct sweep_page *p, size_t key[2])
{
	size_t found = 0;

	for (size_t k = 0; k < p->c->nr_keys && found < 2; k++)
		if (p->c->key[k].varies && !comparison_is_sample(p->c, k))
			key[found++] = k;
	return found == 2;
}

static bool differs(const struct sweep_page *p, size_t m)
{
	double least, most;

	for (size_t i = 0; i < p->nr; i++)
		if (!p->g[i].has[m])
			return false;
	range_of(p, m, &least, &most);
	return most > least;
}

static void put_heats(const struct sweep_page *p)
{
	size_t key[2], shown = 0;

	if (!heat_keys(p, key))
		return;
	fputs("<h2 id=\"heat\">Heat maps</h2>\n<p>Each number is the mean over all traces, seeds "
	      "and further keys of the two settings; the stronger the colour, the worse.</p>\n",
	      p->out);
	for (size_t m = 0; m < p->c->nr_metrics && shown < MAX_HEAT_MAPS; m++)
		if (differs(p, m)) {
			put_heat(p, m, key);
			shown++;
		}
}

/* ---- what to choose between ---- */

static void put_points(FILE *script, const struct sweep_page *p, const size_t metric[2], bool best)
{
	fprintf(script, "$%s << EOD\n", best ? "best" : "rest");
	for (size_t i = 0; i < p->nr; i++)
		if (p->g[i].best == best)
			fprintf(script, "%.9g %.9g\n", p->g[i].mean[metric[0]],
				p->g[i].mean[metric[1]]);
	fputs("EOD\n", script);
}

static int put_scatter(const struct sweep_page *p, const size_t metric[2])
{
	char *script = NULL;
	size_t len;
	FILE *f = open_memstream(&script, &len);

	if (!f)
		return km_fail(p->d, KM_ENOMEM, "", "out of memory");
	put_points(f, p, metric, false);
	put_points(f, p, metric, true);
	fprintf(f,
		"set border 3\nset tics nomirror out\nset offsets graph 0.05, graph 0.05, graph 0.05, "
		"graph 0.05\nset grid\nset xlabel '%s'\nset ylabel '%s'\n"
		"plot $rest using 1:2 with points pointtype 7 linecolor rgb '#9a9a9a' title 'others', "
		"$best using 1:2 with points pointtype 7 pointsize 1.6 linecolor rgb '#d55e00' "
		"title 'nobody is better in both'\n",
		p->c->metric[metric[0]].title, p->c->metric[metric[1]].title);
	int err = fclose(f) ? km_fail(p->d, KM_ENOMEM, "", "out of memory") : 0;

	if (!err) {
		fputs("<figure id=\"front\">\n<div class=plot>\n", p->out);
		err = plot_run(p->out, script, len, PLOT_SVG_INLINE, 90, p->d);
		fputs("</div>\n<figcaption>Each point is a configuration.</figcaption>\n</figure>\n",
		      p->out);
	}
	free(script);
	return err;
}

static void put_front_table(const struct sweep_page *p, const size_t metric[2])
{
	fprintf(p->out,
		"<div class=scroll><table>\n<tr><th>configuration</th><th class=n>%s</th>"
		"<th class=n>%s</th></tr>\n",
		p->c->metric[metric[0]].title, p->c->metric[metric[1]].title);
	for (size_t i = 0; i < p->nr; i++) {
		if (!p->g[i].best)
			continue;
		fputs("<tr><td>", p->out);
		for (size_t k = 0, any = 0; k < p->c->nr_keys; k++) {
			if (!p->c->key[k].varies || comparison_is_sample(p->c, k))
				continue;
			fputs(any++ ? " " : "", p->out);
			escape_html(p->out, p->c->key[k].key);
			putc('=', p->out);
			escape_html(p->out, value_of(p, i, k));
		}
		for (size_t j = 0; j < 2; j++) {
			fputs("</td><td class=n>", p->out);
			put_number(p->out, p->g[i].mean[metric[j]]);
		}
		fputs("</td></tr>\n", p->out);
	}
	fputs("</table></div>\n", p->out);
}

int html_sweep(FILE *out, const struct comparison *c, struct km_diag *d)
{
	struct sweep_page p = { .out = out, .c = c, .d = d };
	size_t metric[2];
	int err = 0;

	if (comparison_groups(c, &p.g, &p.nr))
		return km_fail(d, KM_ENOMEM, "", "out of memory");
	if (p.nr >= 4) {
		put_heats(&p);
		if (comparison_front(c, p.g, p.nr, metric)) {
			fprintf(out,
				"<h2 id=\"choose\">What to choose between</h2>\n<p>Of the first two "
				"metrics that the configurations differ in, those configurations of "
				"which no other is at least as good in both and better in one (the "
				"Pareto front).</p>\n");
			err = put_scatter(&p, metric);
			if (!err)
				put_front_table(&p, metric);
		}
	}
	free(p.g);
	return err;
}
