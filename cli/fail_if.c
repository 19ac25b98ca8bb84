/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/fail_if.h"

#include <ctype.h>
#include <string.h>

enum { MOST_DIGITS = 15 };

static int wrong(const char *text, struct km_diag *d)
{
	return km_fail(d, KM_EUSAGE, "--fail-if",
		       "it takes a metric, one of > >= < <=, and a number, or with a sign a "
		       "difference from the base, e.g. unusable_order9>+5%% or cma_failures>0, "
		       "not '%s'",
		       text);
}

/* "12.345" as thousandths; *@at is behind it. */
static bool read_milli(const char **at, int64_t *out)
{
	const char *s = *at;
	int digits = 0, places = -1;

	for (*out = 0; (isdigit((unsigned char)*s) || (*s == '.' && places < 0)); s++) {
		if (*s == '.') {
			places = 0;
			continue;
		}
		if (places == 3 || ++digits > MOST_DIGITS)
			return false;
		places += places >= 0;
		*out = *out * 10 + (*s - '0');
	}
	for (places = places < 0 ? 0 : places; places < 3; places++)
		*out *= 10;
	*at = s;
	return digits > 0;
}

int fail_if_parse(struct fail_if *out, const char *text, struct km_diag *d)
{
	size_t len = strcspn(text, "<>");
	const char *at = text + len;

	*out = (struct fail_if){ .text = text };
	if (!*at)
		return wrong(text, d);
	out->is = *at++ == '>' ? FAIL_MORE : FAIL_LESS;
	if (*at == '=') {
		out->is = out->is == FAIL_MORE ? FAIL_MORE_OR_SAME : FAIL_LESS_OR_SAME;
		at++;
	}
	bool minus = *at == '-';

	out->relative = minus || *at == '+';
	at += out->relative;
	if (!read_milli(&at, &out->milli))
		return wrong(text, d);
	out->milli = minus ? -out->milli : out->milli;
	out->percent = *at == '%';
	if (at[out->percent] || (out->percent && !out->relative))
		return wrong(text, d);
	return metric_find(&out->metric, text, len, "--fail-if", d);
}

bool fail_if_holds(const struct fail_if *f, const struct comparison *c, size_t r)
{
	size_t m = 0;

	while (m < c->nr_metrics && strcmp(c->metric[m].name, f->metric.name))
		m++;
	if (m == c->nr_metrics || !c->run[r].metric[m].has)
		return false;
	__int128 n = c->run[r].metric[m].n, limit = f->milli;

	if (f->relative) {
		if (c->base == c->nr_runs || c->base == r || !c->run[c->base].metric[m].has)
			return false;
		n -= c->run[c->base].metric[m].n;
		limit = f->percent ? limit * c->run[c->base].metric[m].n : limit;
	}
	n *= f->percent ? 100000 : 1000;
	switch (f->is) {
	case FAIL_MORE:
		return n > limit;
	case FAIL_MORE_OR_SAME:
		return n >= limit;
	case FAIL_LESS:
		return n < limit;
	default:
		return n <= limit;
	}
}
