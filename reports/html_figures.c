/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>

#include "reports/escape.h"
#include "reports/figures.h"
#include "reports/html.h"

/* The zone with most pageblocks ever: the one its reader came for. */
static int main_zone(const struct html *h, size_t *out)
{
	static const char sql[] =
		"SELECT max(n) FROM (SELECT sum(blocks) AS n FROM v_pageblocks WHERE run = ? AND node = ? "
		"AND zone = ? GROUP BY sample)";
	int64_t most = -1;

	*out = 0;
	for (size_t i = 0; i < h->f->nr_zones; i++) {
		const struct query_arg args[] = { { .number = h->f->run },
						  { .number = h->f->zones[i].node },
						  { .text = h->f->zones[i].name } };
		int64_t n = 0;
		int err = query_number(&n, h->f->db, sql, args, 3, 0, h->d);

		if (err)
			return err;
		if (n > most) {
			most = n;
			*out = i;
		}
	}
	return 0;
}

static int put_figure(const struct html *h, const struct plot *p, const struct facts_zone *zone,
		      unsigned int *number)
{
	int err;

	fprintf(h->out, "<figure id=\"%s-%u\">\n", p->name, ++*number);
	err = figure_draw(h->out, p, h->f, zone, PLOT_SVG_INLINE, *number, h->d);
	fprintf(h->out, "<figcaption>Figure %u. ", *number);
	escape_html(h->out, p->about);
	fputs("</figcaption>\n</figure>\n", h->out);
	return err;
}

/* Every figure that is drawn by zone, for @zone. */
static int put_zone_figures(const struct html *h, const struct facts_zone *zone,
			    unsigned int *number)
{
	size_t n;
	const struct plot *p = plots(&n);
	int err = 0;

	for (size_t i = 0; i < n && !err; i++)
		if (p[i].per_zone)
			err = put_figure(h, &p[i], zone, number);
	return err;
}

static int put_other_zones(const struct html *h, size_t shown, unsigned int *number)
{
	int err = 0;

	for (size_t z = 0; z < h->f->nr_zones && !err; z++) {
		if (z == shown)
			continue;
		fprintf(h->out, "<details><summary>Node %" PRId64 ", zone ", h->f->zones[z].node);
		escape_html(h->out, h->f->zones[z].name);
		fputs("</summary>\n", h->out);
		err = put_zone_figures(h, &h->f->zones[z], number);
		fputs("</details>\n", h->out);
	}
	return err;
}

int html_figures(const struct html *h)
{
	size_t n, shown;
	const struct plot *p = plots(&n);
	unsigned int number = 0;
	int err = main_zone(h, &shown);

	html_heading(h, "figures", "Figures");
	for (size_t i = 0; i < n && !err; i++)
		if (!p[i].per_zone && (!p[i].needs_curve || h->f->curve_points))
			err = put_figure(h, &p[i], NULL, &number);
	if (!err && h->f->nr_zones)
		err = put_zone_figures(h, &h->f->zones[shown], &number);
	return err ? err : put_other_zones(h, shown, &number);
}
