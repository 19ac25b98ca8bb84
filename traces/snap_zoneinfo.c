/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/zoneinfo. Releases add and drop lines: what we need is found by name, the rest is passed
 * over.
 *
 * Kernel: mm/vmstat.c:zoneinfo_show_print() [2.6.34 3.5 6.1 6.12]
 * Differs: up to 3.8 there is no "managed" and "present" means what it came to mean.
 */
#include <stdlib.h>
#include <string.h>

#include "traces/snap.h"

struct zoneinfo {
	struct km_snapshot *s;
	struct snap_lines l;
	struct km_snap_zone *z;
	struct km_snap_pageset *set; /* the CPU whose lines are being read */
	bool has_spanned, has_present, has_managed;
};

static const struct {
	const char *name;
	size_t offset;
} fields[] = {
	{ "boost", offsetof(struct km_snap_zone, boost) },
	{ "min", offsetof(struct km_snap_zone, min) },
	{ "low", offsetof(struct km_snap_zone, low) },
	{ "high", offsetof(struct km_snap_zone, high) },
	{ "spanned", offsetof(struct km_snap_zone, spanned) },
	{ "present", offsetof(struct km_snap_zone, present) },
	{ "managed", offsetof(struct km_snap_zone, managed) },
	{ "cma", offsetof(struct km_snap_zone, cma) },
	{ "start_pfn:", offsetof(struct km_snap_zone, start_pfn) },
};

/* What every kernel prints of every zone. */
static int finish_zone(struct zoneinfo *t)
{
	if (!t->z)
		return 0;
	if (!t->has_spanned || !t->has_present)
		return snap_fail(&t->l,
				 "the zone before this line lacks \"spanned\" or \"present\"");
	if (!t->has_managed)
		t->z->managed = t->z->present;
	t->z->populated = t->z->present > 0;
	return snap_check_zone(t->z, t->l.where, t->l.d);
}

static int begin_zone(struct zoneinfo *t)
{
	char name[KM_NAME_LEN];
	const char *p, *word;
	unsigned int before = t->s->nr_zones;
	int node, err = finish_zone(t);

	if (err)
		return err;
	if (!snap_zone_name(&t->l, &p, &node, name) || snap_word(&p, t->l.stop, &word))
		return snap_fail(&t->l, "expected \"Node N, zone NAME\"");
	t->z = snap_zone(t->s, node, name);
	if (!t->z || t->s->nr_zones == before)
		return snap_fail(&t->l, t->z ? "this zone stands twice" :
					       "more zones than a machine can have");
	t->set = NULL;
	t->has_spanned = t->has_present = t->has_managed = false;
	return 0;
}

static int read_field(struct zoneinfo *t, const char *word, size_t len, const char *p)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		uint64_t v;

		if (!snap_is(word, len, fields[i].name))
			continue;
		if (!snap_number(&p, t->l.stop, &v))
			return snap_fail(&t->l, "expected a number");
		memcpy((char *)t->z + fields[i].offset, &v, sizeof(v));
		t->has_spanned |= snap_is(word, len, "spanned");
		t->has_present |= snap_is(word, len, "present");
		t->has_managed |= snap_is(word, len, "managed");
		return 0;
	}
	return 0;
}

/* "protection: (0, 957, 957)" */
static int read_protection(struct zoneinfo *t, const char *p)
{
	struct km_snap_zone *z = t->z;
	const char *stop = t->l.stop;

	p = memchr(p, '(', (size_t)(stop - p));
	z->nr_protection = 0;
	while (p && p < stop && *p != ')') {
		const char *word = ++p, *end = p;

		while (end < stop && *end != ',' && *end != ')')
			end++;
		if (end == stop ||
		    z->nr_protection == sizeof(z->protection) / sizeof(*z->protection) ||
		    !snap_number(&word, end, &z->protection[z->nr_protection]))
			return snap_fail(&t->l, "expected numbers in parentheses");
		z->nr_protection++;
		p = end;
	}
	return p ? 0 : snap_fail(&t->l, "expected numbers in parentheses");
}

/* "cpu: 0" */
static int begin_pageset(struct zoneinfo *t, const char *p)
{
	struct km_snap_zone *z = t->z;
	uint64_t cpu;

	if (!snap_number(&p, t->l.stop, &cpu) || cpu >= KM_MAX_CPUS ||
	    z->nr_pagesets == KM_MAX_CPUS)
		return snap_fail(&t->l, "expected a CPU's number");
	struct km_snap_pageset *sets = realloc(z->pagesets, (z->nr_pagesets + 1) * sizeof(*sets));

	if (!sets)
		return km_fail(t->l.d, KM_ENOMEM, t->l.where, "no memory");
	z->pagesets = sets;
	t->set = &sets[z->nr_pagesets++];
	*t->set = (struct km_snap_pageset){ .cpu = (uint32_t)cpu };
	return 0;
}

static int read_pageset(struct zoneinfo *t, const char *word, size_t len, const char *p)
{
	uint32_t *to = snap_is(word, len, "count:") ? &t->set->count :
		       snap_is(word, len, "high:")  ? &t->set->high :
		       snap_is(word, len, "batch:") ? &t->set->batch :
						      NULL;
	uint64_t v;

	if (!to)
		return read_field(t, word, len, p);
	if (!snap_number(&p, t->l.stop, &v) || v > UINT32_MAX)
		return snap_fail(&t->l, "expected a number of pages");
	*to = (uint32_t)v;
	return 0;
}

static int read_zone_line(struct zoneinfo *t)
{
	const char *p = t->l.line, *word;
	size_t len = snap_word(&p, t->l.stop, &word);

	if (snap_is(word, len, "Node") || !t->z)
		return begin_zone(t);
	if (snap_is(word, len, "pages")) {
		len = snap_word(&p, t->l.stop, &word);
		if (!snap_is(word, len, "free") || !snap_number(&p, t->l.stop, &t->z->free))
			return snap_fail(&t->l, "expected \"pages free\" and a number");
		return 0;
	}
	if (snap_is(word, len, "protection:"))
		return read_protection(t, p);
	if (snap_is(word, len, "cpu:"))
		return begin_pageset(t, p);
	return t->set ? read_pageset(t, word, len, p) : read_field(t, word, len, p);
}

int snap_zoneinfo(struct km_snapshot *s, const char *data, size_t len, const char *where,
		  struct km_diag *d)
{
	struct zoneinfo t = { .s = s };
	int err = 0;

	snap_lines_init(&t.l, data, len, where, d);
	while (!err && snap_next(&t.l))
		err = read_zone_line(&t);
	return err ? err : finish_zone(&t);
}
