/* SPDX-License-Identifier: GPL-2.0-only */
/* A run's own numbers at its workload's rounds, beside those that were published. */
#include <inttypes.h>
#include <string.h>

#include "reports/curve_points.h"
#include "reports/escape.h"
#include "reports/plot_parts.h"

enum { SERIES_MAX = 8, NAME_MAX_WIDTH = 24 };

struct curves {
	FILE *script;
	char series[SERIES_MAX][64];
	size_t n;
	int64_t first; /* of the series under way */
	size_t points;
};

/* x, y: in percent of the series' first. */
static void put_point(struct curves *c, int64_t x, int64_t y)
{
	if (!c->points++)
		c->first = y;
	fprintf(c->script, "%" PRId64 " %.6g\n", x,
		c->first ? 100.0 * (double)y / (double)c->first : 0.0);
}

/* Rows: series, x, y; by series. */
static int add_published(void *ctx, const struct query *q)
{
	struct curves *c = ctx;
	const char *name = query_text(q, 0);

	if (!c->n || strncmp(c->series[c->n - 1], name, sizeof(c->series[0]) - 1)) {
		if (c->n == SERIES_MAX)
			return 0;
		if (c->n)
			fputs("EOD\n", c->script);
		snprintf(c->series[c->n], sizeof(c->series[0]), "%s", name);
		fprintf(c->script, "$series%zu << EOD\n", c->n++);
		c->points = 0;
	}
	put_point(c, query_int(q, 1), query_int(q, 2));
	return 0;
}

static int add_own(void *ctx, const struct query *q)
{
	put_point(ctx, query_int(q, 0), query_int(q, 1));
	return 0;
}

static int put_tables(struct curves *c, const struct facts *f, struct km_diag *d)
{
	char metric[64];
	int err = curve_metric(metric, sizeof(metric), f, d);

	if (!err)
		err = curve_published_points(f, add_published, c, d);
	if (c->n)
		fputs("EOD\n", c->script);
	if (err || !*metric)
		return err;
	c->points = 0;
	fputs("$own << EOD\n", c->script);
	err = curve_own_points(f, metric, add_own, c, d);
	fputs("EOD\n", c->script);
	return err;
}

int plot_draw_curve(FILE *script, const struct plot *p, const struct facts *f,
		    const struct plot_of *of, struct km_diag *d)
{
	struct curves c = { .script = script };
	int err;
	char colour[8];

	plot_frame(script, p, f, of);
	err = put_tables(&c, f, d);
	if (err || !c.n || !c.points)
		return err ? err :
			     plot_nothing(
				     script,
				     "The run has none of the labels that the curve is about.");
	fputs("set xrange [*:*]\nset yrange [0:*]\nset xlabel 'round'\nset ylabel 'percent of the "
	      "first point'\nplot $own using 1:2 with lines linewidth 4 linecolor rgb '#d55e00' "
	      "title 'this run'",
	      script);
	for (size_t i = 0; i < c.n; i++) {
		fprintf(script,
			", $series%zu using 1:2 with linespoints linewidth 1.5 pointtype 7 linecolor "
			"rgb '%s' title ",
			i, plot_viridis(colour, i, c.n));
		escape_gnuplot(script, c.series[i], NAME_MAX_WIDTH);
	}
	putc('\n', script);
	return 0;
}
