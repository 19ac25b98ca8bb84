/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdlib.h>

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

/* One that has nothing to show is a sentence. */
static void put_nothing(const struct html *h, const struct plot *p, const char *script)
{
	size_t len;
	const char *why = plot_why_nothing(script, &len);

	fprintf(h->out, "<p class=soft>%s: %.*s</p>\n", p->title, (int)len, why);
}

static int put_figure(const struct html *h, const struct plot *p, const struct plot_of *of,
		      unsigned int *number)
{
	char *script;
	size_t len;
	int err = figure_script(&script, &len, p, h->f, of, h->d);

	if (err == PLOT_NOTHING) {
		put_nothing(h, p, script);
		err = 0;
	} else if (!err) {
		fprintf(h->out, "<figure id=\"%s-%u\">\n<div class=plot>\n", p->name, ++*number);
		err = plot_run(h->out, script, len, PLOT_SVG_INLINE, *number, h->d);
		fprintf(h->out, "</div>\n<figcaption>Figure %u. ", *number);
		escape_html(h->out, p->about);
		fputs("</figcaption>\n</figure>\n", h->out);
	}
	free(script);
	return err;
}

/* Every figure that is drawn by zone or by area, for @of. */
static int put_figures_of(const struct html *h, const struct plot_of *of, unsigned int *number)
{
	size_t n;
	const struct plot *p = plots(&n);
	int err = 0;

	for (size_t i = 0; i < n && !err; i++)
		if (p[i].per == (of->area ? PLOT_PER_AREA : PLOT_PER_ZONE))
			err = put_figure(h, &p[i], of, number);
	return err;
}

static int put_other_zones(const struct html *h, size_t shown, unsigned int *number)
{
	int err = 0;

	for (size_t z = 0; z < h->f->nr_zones && !err; z++) {
		const struct plot_of of = { .zone = &h->f->zones[z] };

		if (z == shown)
			continue;
		fprintf(h->out, "<details><summary>Node %" PRId64 ", zone ", of.zone->node);
		escape_html(h->out, of.zone->name);
		fputs("</summary>\n", h->out);
		err = put_figures_of(h, &of, number);
		fputs("</details>\n", h->out);
	}
	return err;
}

/* A machine may have many areas; those that nobody ever asked stay folded, as zones do. */
static int put_areas(const struct html *h, unsigned int *number)
{
	static const char asked[] = "SELECT count(*) FROM v_cma_allocs WHERE run = ? AND area = ?";
	int err = 0;

	for (size_t i = 0; i < h->f->nr_areas && !err; i++) {
		const struct plot_of of = { .area = &h->f->areas[i] };
		const struct query_arg args[] = { { .number = h->f->run },
						  { .text = of.area->name } };
		int64_t n = 0;

		err = query_number(&n, h->f->db, asked, args, 2, 0, h->d);
		fputs("<details", h->out);
		fputs(n ? " open><summary>CMA area " : "><summary>CMA area ", h->out);
		escape_html(h->out, of.area->name);
		fputs("</summary>\n", h->out);
		if (!err)
			err = put_figures_of(h, &of, number);
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
	for (size_t i = 0; i < n && !err; i++) {
		const struct plot_of whole = { 0 };

		if (p[i].per == PLOT_PER_RUN && plot_count(&p[i], h->f))
			err = put_figure(h, &p[i], &whole, &number);
	}
	if (!err && h->f->nr_zones) {
		const struct plot_of main_one = { .zone = &h->f->zones[shown] };

		err = put_figures_of(h, &main_one, &number);
	}
	if (!err)
		err = put_other_zones(h, shown, &number);
	return err ? err : put_areas(h, &number);
}
