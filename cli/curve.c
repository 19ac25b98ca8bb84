/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/curve.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/curve_points.h"
#include "reports/store.h"

struct curve {
	const char *source, *metric, *labels, *series;
};

/* "key rest": the rest, where @line begins with @key. */
static const char *rest_of(const char *line, const char *key)
{
	size_t n = strlen(key);

	return !strncmp(line, key, n) && line[n] == ' ' ? line + n + 1 : NULL;
}

static bool is_heading(struct curve *c, const char *line)
{
	const char **const to[] = { &c->source, &c->metric, &c->labels, &c->series };
	static const char *const keys[] = { "source", "metric", "labels", "series" };

	for (unsigned int i = 0; i < 4; i++) {
		const char *rest = rest_of(line, keys[i]);

		if (rest && *rest)
			*to[i] = rest;
		if (rest)
			return *rest;
	}
	return false;
}

/* One that a run has, too. */
static int check_metric(const char *metric, const char *where, struct km_diag *d)
{
	char known[160] = "";
	const char *name;
	size_t n = 0;

	for (size_t i = 0; (name = curve_metric_at(i)); i++) {
		if (!strcmp(name, metric))
			return 0;
		n += (size_t)snprintf(known + n, n < sizeof(known) ? sizeof(known) - n : 0, "%s%s",
				      n ? ", " : "", name);
	}
	return km_fail(d, KM_EUSAGE, where, "a run has no metric '%s' to draw beside; there are %s",
		       metric, known);
}

static int read_line(struct store *s, struct curve *c, const char *line, const char *where,
		     struct km_diag *d)
{
	struct store_point p;
	char more;

	if (!*line || *line == '#')
		return 0;
	if (is_heading(c, line))
		return c->metric ? check_metric(c->metric, where, d) : 0;
	if (!c->source || !c->metric || !c->labels || !c->series)
		return km_fail(d, KM_EUSAGE, where,
			       "a curve says source, metric, labels and series before its points");
	p = (struct store_point){
		.source = c->source, .metric = c->metric, .labels = c->labels, .series = c->series
	};
	if (sscanf(line, "%" SCNd64 " %" SCNd64 "%c", &p.x, &p.y, &more) != 2)
		return km_fail(d, KM_EUSAGE, where, "a point is two whole numbers, x and y");
	return s && store_curve(s, &p) ? km_fail(d, KM_EIO, where, "a point cannot be stored") : 0;
}

int curve_read(struct store *s, const char *name, const char *text, size_t len, struct km_diag *d)
{
	struct curve c = { 0 };
	char *copy = strndup(text, len), *rest = copy, *line, where[400];
	unsigned int no = 0;
	int err = copy ? 0 : km_fail(d, KM_ENOMEM, name, "out of memory");

	while (!err && (line = strsep(&rest, "\n"))) {
		snprintf(where, sizeof(where), "%.380s:%u", name, ++no);
		err = read_line(s, &c, line, where, d);
	}
	if (!err && !c.series)
		err = km_fail(d, KM_EUSAGE, name, "it has no points");
	free(copy);
	return err;
}
