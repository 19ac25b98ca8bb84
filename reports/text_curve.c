/* SPDX-License-Identifier: GPL-2.0-only */
/* The summary's part about the published curve: each series, and the run's own numbers. */
#include <string.h>

#include "reports/curve_points.h"
#include "reports/escape.h"
#include "reports/write.h"

enum { SERIES_LEN = 64, NAME_COLUMNS = 20 };

struct series {
	FILE *out;
	bool utf8;
	char name[SERIES_LEN];
	int64_t points, first, last, least, most;
};

static void put_series(struct series *s)
{
	size_t width = strlen(s->name);
	char a[32], b[32], c[32], e[32];

	if (!s->points)
		return;
	fputs("  ", s->out);
	escape_terminal(s->out, s->name, s->utf8);
	fprintf(s->out, "%*s%13s %13s %13s %13s\n",
		(int)(width < NAME_COLUMNS ? NAME_COLUMNS - width : 1), "",
		facts_count(a, s->first), facts_count(b, s->last), facts_count(c, s->least),
		facts_count(e, s->most));
	s->points = 0;
}

static void add(struct series *s, int64_t y)
{
	if (!s->points++)
		s->first = s->least = s->most = y;
	s->last = y;
	s->least = y < s->least ? y : s->least;
	s->most = y > s->most ? y : s->most;
}

static int add_own(void *ctx, const struct query *q)
{
	add(ctx, query_int(q, 1));
	return 0;
}

static int add_published(void *ctx, const struct query *q)
{
	struct series *s = ctx;
	char name[SERIES_LEN];

	snprintf(name, sizeof(name), "%s", query_text(q, 0));
	if (strcmp(name, s->name))
		put_series(s);
	memcpy(s->name, name, sizeof(name));
	add(s, query_int(q, 2));
	return 0;
}

int text_curve(FILE *out, const struct facts *f, const char *metric, bool utf8, struct km_diag *d)
{
	struct series s = { .out = out, .utf8 = utf8, .name = "this run" };

	fputs("  ", out);
	escape_terminal(out, metric, utf8);
	fprintf(out, "%*s%13s %13s %13s %13s\n",
		(int)(strlen(metric) < NAME_COLUMNS ? NAME_COLUMNS - strlen(metric) : 1), "",
		"first", "last", "least", "most");
	int err = curve_own_points(f, metric, add_own, &s, d);

	put_series(&s);
	if (!err)
		err = curve_published_points(f, add_published, &s, d);
	put_series(&s);
	return err;
}
