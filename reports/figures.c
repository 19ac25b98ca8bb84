/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/figures.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

#include "reports/out.h"
#include "reports/write.h"

enum { FILE_NAME_LEN = 160 };

int figure_script(char **text, size_t *len, const struct plot *p, const struct facts *f,
		  const struct plot_of *of, struct km_diag *d)
{
	FILE *script;
	int err;

	*text = NULL;
	script = open_memstream(text, len);
	if (!script)
		return km_fail(d, KM_ENOMEM, p->name, "out of memory");
	err = p->draw(script, p, f, of, d);
	if (fclose(script) && err >= 0)
		err = km_fail(d, KM_ENOMEM, p->name, "out of memory");
	if (err >= 0)
		return err;
	free(*text);
	*text = NULL;
	return err;
}

static int draw_figure(FILE *out, const struct plot *p, const struct facts *f,
		       const struct plot_of *of, enum plot_terminal terminal, struct km_diag *d)
{
	char *text;
	size_t len;
	int err = figure_script(&text, &len, p, f, of, d);

	if (err >= 0)
		err = plot_run(out, text, len, terminal, 0, d);
	free(text);
	return err;
}

/* free-node0-DMA32.png, cma-area0-camera.png; a name comes from a trace and may hold anything. */
static void file_name(char name[FILE_NAME_LEN], const struct plot *p, const struct facts *f,
		      const struct plot_of *of, const char *ending)
{
	const char *c = of->zone ? of->zone->name : of->area ? of->area->name : "";
	size_t n = (size_t)snprintf(name, FILE_NAME_LEN, "%s", p->name);

	if (of->zone)
		n += (size_t)snprintf(name + n, FILE_NAME_LEN - n, "-node%" PRId64, of->zone->node);
	if (of->area)
		n += (size_t)snprintf(name + n, FILE_NAME_LEN - n, "-area%zu",
				      (size_t)(of->area - f->areas));
	if (*c)
		name[n++] = '-';
	for (; *c && n + 8 < FILE_NAME_LEN; c++)
		name[n++] = isalnum((unsigned char)*c) ? *c : '_';
	snprintf(name + n, FILE_NAME_LEN - n, ".%s", ending);
}

static int write_figure(const char *dir, const struct plot *p, const struct facts *f,
			const struct plot_of *of, enum plot_terminal terminal, struct km_diag *d)
{
	char name[FILE_NAME_LEN];
	struct out out;
	int err;

	file_name(name, p, f, of, terminal == PLOT_PNG ? "png" : "svg");
	err = out_open(&out, dir, name, d);
	return err ? err : out_end(&out, draw_figure(out.f, p, f, of, terminal, d), d);
}

static bool has_what_is_needed(const struct plot *p, const struct facts *f)
{
	switch (p->needs) {
	case PLOT_NEEDS_CURVE:
		return f->curve_points;
	case PLOT_NEEDS_OWNERS:
		return f->nr_layers;
	case PLOT_NEEDS_CACHES:
		return f->nr_caches;
	case PLOT_NEEDS_SITES:
		return f->nr_sites;
	case PLOT_NEEDS_COSTS:
		return f->nr_latencies;
	case PLOT_NEEDS_VMALLOC:
		return f->vmalloc_states;
	case PLOT_NEEDS_RUNS:
		return f->slab_runs > 1;
	default:
		return true;
	}
}

size_t plot_count(const struct plot *p, const struct facts *f)
{
	switch (p->per) {
	case PLOT_PER_ZONE:
		return f->nr_zones;
	case PLOT_PER_AREA:
		return f->nr_areas;
	default:
		return has_what_is_needed(p, f);
	}
}

struct plot_of plot_subject(const struct plot *p, const struct facts *f, size_t i)
{
	return (struct plot_of){ .zone = p->per == PLOT_PER_ZONE ? &f->zones[i] : NULL,
				 .area = p->per == PLOT_PER_AREA ? &f->areas[i] : NULL };
}

static int write_figures(const char *dir, const struct facts *f, enum plot_terminal terminal,
			 struct km_diag *d)
{
	size_t n;
	const struct plot *p = plots(&n);
	int err = 0;

	for (size_t i = 0; i < n && !err; i++)
		for (size_t k = 0; k < plot_count(&p[i], f) && !err; k++) {
			const struct plot_of of = plot_subject(&p[i], f, k);

			err = write_figure(dir, &p[i], f, &of, terminal, d);
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
