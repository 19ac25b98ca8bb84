/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/figures.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

#include "reports/out.h"
#include "reports/write.h"

enum { FILE_NAME_LEN = 160 };

int figure_draw(FILE *out, const struct plot *p, const struct facts *f,
		const struct facts_zone *zone, enum plot_terminal terminal, unsigned int number,
		struct km_diag *d)
{
	char *text = NULL;
	size_t len = 0;
	FILE *script = open_memstream(&text, &len);
	int err;

	if (!script)
		return km_fail(d, KM_ENOMEM, p->name, "out of memory");
	err = p->draw(script, p, f, zone, d);
	if (fclose(script) && !err)
		err = km_fail(d, KM_ENOMEM, p->name, "out of memory");
	if (!err)
		err = plot_run(out, text, len, terminal, number, d);
	free(text);
	return err;
}

/* free-node0-DMA32.png; a zone's name comes from a trace and may hold anything. */
static void file_name(char name[FILE_NAME_LEN], const struct plot *p, const struct facts_zone *zone,
		      const char *ending)
{
	size_t n;

	if (!zone) {
		snprintf(name, FILE_NAME_LEN, "%s.%s", p->name, ending);
		return;
	}
	n = (size_t)snprintf(name, FILE_NAME_LEN, "%s-node%" PRId64 "-", p->name, zone->node);
	for (const char *c = zone->name; *c && n + 8 < FILE_NAME_LEN; c++)
		name[n++] = isalnum((unsigned char)*c) ? *c : '_';
	snprintf(name + n, FILE_NAME_LEN - n, ".%s", ending);
}

static int write_figure(const char *dir, const struct plot *p, const struct facts *f,
			const struct facts_zone *zone, enum plot_terminal terminal,
			struct km_diag *d)
{
	char name[FILE_NAME_LEN];
	struct out out;
	int err;

	file_name(name, p, zone, terminal == PLOT_PNG ? "png" : "svg");
	err = out_open(&out, dir, name, d);
	return err ? err : out_end(&out, figure_draw(out.f, p, f, zone, terminal, 0, d), d);
}

static int write_figures(const char *dir, const struct facts *f, enum plot_terminal terminal,
			 struct km_diag *d)
{
	size_t n;
	const struct plot *p = plots(&n);
	int err = 0;

	for (size_t i = 0; i < n && !err; i++) {
		if (p[i].needs_curve && !f->curve_points)
			continue;
		if (!p[i].per_zone)
			err = write_figure(dir, &p[i], f, NULL, terminal, d);
		for (size_t z = 0; p[i].per_zone && z < f->nr_zones && !err; z++)
			err = write_figure(dir, &p[i], f, &f->zones[z], terminal, d);
	}
	return err;
}

int write_png(const char *dir, const struct facts *f, struct km_diag *d)
{
	return write_figures(dir, f, PLOT_PNG, d);
}

int write_svg(const char *dir, const struct facts *f, struct km_diag *d)
{
	return write_figures(dir, f, PLOT_SVG, d);
}
