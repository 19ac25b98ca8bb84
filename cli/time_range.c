/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/time_range.h"

#include <string.h>

enum { PLACES = 9 };

static bool read_digits(const char **p, uint64_t *out)
{
	const char *q = *p;

	for (*out = 0; *q >= '0' && *q <= '9'; q++)
		if (__builtin_mul_overflow(*out, UINT64_C(10), out) ||
		    __builtin_add_overflow(*out, (uint64_t)(*q - '0'), out))
			return false;
	bool any = q > *p;

	*p = q;
	return any;
}

/* "12.5" in nanoseconds, or "12" as it is; @p behind it. */
static bool read_moment(const char **p, bool counts, uint64_t *out)
{
	uint64_t fraction = 0;

	if (!read_digits(p, out))
		return false;
	if (counts)
		return true;
	if (__builtin_mul_overflow(*out, UINT64_C(1000000000), out))
		return false;
	if (**p != '.')
		return true;
	const char *begin = ++*p;

	if (!read_digits(p, &fraction) || *p - begin > PLACES)
		return false;
	for (long n = *p - begin; n < PLACES; n++)
		fraction *= 10;
	return !__builtin_add_overflow(*out, fraction, out);
}

int time_range_parse(const char *text, bool counts, uint64_t *from, uint64_t *to, struct km_diag *d)
{
	const char *p = text;
	uint64_t a = 0, b = UINT64_MAX;
	bool good = *p == ',' || read_moment(&p, counts, &a);

	good = good && *p++ == ',';
	good = good && (!*p || read_moment(&p, counts, &b)) && !*p && a <= b;
	if (!good)
		return km_fail(d, KM_EUSAGE, "--time",
			       "\"%s\" is no range; give %s, the first not after the second", text,
			       counts ? "two whole numbers of the trace's clock, like 4,900" :
					"two moments in seconds, like 1.5,2");
	*from = a;
	*to = b;
	return 0;
}

int time_range_apply(const struct cli_args *args, struct trace *t, struct km_diag *d)
{
	const char *text = cli_value(args, OPT_TIME);
	uint64_t from, to;
	int err;

	if (!text)
		return 0;
	err = time_range_parse(text, trace_info(t)->clock_counts, &from, &to, d);
	return err ? err : trace_window(t, from, to, d);
}
