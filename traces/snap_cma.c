/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bundle's cma file: lines "AREA KEY VALUE…" as CMA's debugfs files have them, and
 * /proc/kpageflags.
 *
 * Kernel: mm/cma_debug.c:cma_debugfs_add_one(), fs/proc/page.c:kpageflags_read() [6.1 6.12]
 */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/snap.h"

enum { MAX_AREAS = 1024 };

enum cma_key { KEY_BASE, KEY_COUNT, KEY_ORDER, KEY_USED, KEY_MAXCHUNK, KEY_BITMAP, NR_KEYS };

static const char *const key_names[NR_KEYS] = {
	[KEY_BASE] = "base_pfn", [KEY_COUNT] = "count",	      [KEY_ORDER] = "order_per_bit",
	[KEY_USED] = "used",	 [KEY_MAXCHUNK] = "maxchunk", [KEY_BITMAP] = "bitmap",
};

/* The area's name is what stands before the key: it may hold blanks. */
static enum cma_key find_key(const struct snap_lines *l, const char **p, const char **name,
			     size_t *name_len)
{
	size_t len = snap_word(p, l->stop, name);

	*name_len = len;
	while (len) {
		const char *word;

		len = snap_word(p, l->stop, &word);
		for (unsigned int k = 0; k < NR_KEYS && len; k++)
			if (snap_is(word, len, key_names[k]))
				return (enum cma_key)k;
		*name_len = (size_t)(word + len - *name);
	}
	return NR_KEYS;
}

static struct km_snap_cma *find_area(struct km_snapshot *s, const char *name, size_t len)
{
	for (unsigned int i = 0; i < s->nr_cma; i++)
		if (snap_is(name, len, s->cma[i].name))
			return &s->cma[i];
	if (s->nr_cma == MAX_AREAS)
		return NULL;
	struct km_snap_cma *areas = realloc(s->cma, (s->nr_cma + 1) * sizeof(*areas));

	if (!areas)
		return NULL;
	s->cma = areas;
	areas += s->nr_cma++;
	*areas = (struct km_snap_cma){ 0 };
	snprintf(areas->name, sizeof(areas->name), "%.*s", (int)len, name);
	return areas;
}

static int read_bitmap(const struct snap_lines *l, struct km_snap_cma *a, const char *p)
{
	size_t room = (size_t)(l->stop - p) / 2 + 1;
	uint64_t v;

	if (a->bitmap)
		return snap_fail(l, "a second bitmap of this area");
	a->bitmap = calloc(room, sizeof(*a->bitmap));
	if (!a->bitmap)
		return km_fail(l->d, KM_ENOMEM, l->where, "no memory");
	for (const char *q = p, *word; snap_word(&q, l->stop, &word); q = p) {
		if (!snap_number(&p, l->stop, &v) || v > UINT32_MAX)
			return snap_fail(l, "a bitmap holds decimal words of 32 bits");
		a->bitmap[a->nr_words++] = (uint32_t)v;
	}
	return 0;
}

static int read_number(const struct snap_lines *l, struct km_snap_cma *a, enum cma_key key,
		       const char *p)
{
	const char *word;
	uint64_t v;

	if (!snap_number(&p, l->stop, &v) || snap_word(&p, l->stop, &word))
		return snap_fail(l, "expected one number");
	if (key == KEY_ORDER && v >= KM_MAX_ORDERS)
		return snap_fail(l, "an order that no kernel has");
	if (key == KEY_BASE)
		a->base_pfn = v;
	else if (key == KEY_COUNT) {
		a->count = v;
		a->has_count = true;
	} else if (key == KEY_ORDER)
		a->order_per_bit = (unsigned int)v;
	else if (key == KEY_USED)
		a->used = v;
	return 0;
}

/* A bitmap has a bit for each 2^order_per_bit pages, no more. */
static int check_area(const struct snap_lines *l, const struct km_snap_cma *a)
{
	uint64_t bits = a->count >> a->order_per_bit;

	if (!a->has_count)
		return km_fail(l->d, KM_EFORMAT, l->where, "area \"%s\" has no count", a->name);
	if (a->base_pfn + a->count < a->base_pfn)
		return km_fail(l->d, KM_EFORMAT, l->where, "area \"%s\" ends beyond all memory",
			       a->name);
	if (a->bitmap && (uint64_t)a->nr_words * 32 < bits)
		return km_fail(l->d, KM_EFORMAT, l->where, "the bitmap of area \"%s\" is too short",
			       a->name);
	return 0;
}

int snap_cma(struct km_snapshot *s, const char *data, size_t len, const char *where,
	     struct km_diag *d)
{
	struct snap_lines l;
	int err = 0;

	snap_lines_init(&l, data, len, where, d);
	while (!err && snap_next(&l)) {
		const char *p = l.line, *name;
		size_t name_len;
		enum cma_key key = find_key(&l, &p, &name, &name_len);

		if (key == NR_KEYS || name_len >= KM_NAME_LEN || memchr(name, '\0', name_len))
			return snap_fail(&l, "expected \"AREA KEY VALUE\"");
		struct km_snap_cma *a = find_area(s, name, name_len);

		if (!a)
			return snap_fail(&l, "more areas than a machine can have");
		err = key == KEY_BITMAP ? read_bitmap(&l, a, p) : read_number(&l, a, key, p);
	}
	for (unsigned int i = 0; i < s->nr_cma && !err; i++)
		err = check_area(&l, &s->cma[i]);
	return err;
}

int snap_kpageflags(struct km_snapshot *s, const char *data, size_t len, const char *where,
		    struct km_diag *d)
{
	if (len % sizeof(uint64_t))
		return km_fail(d, KM_EFORMAT, where,
			       "%zu bytes are not a whole number of 64-bit words", len);
	s->kpageflags = malloc(len + 1);
	if (!s->kpageflags)
		return km_fail(d, KM_ENOMEM, where, "no memory for %zu bytes", len);
	memcpy(s->kpageflags, data, len);
	s->nr_kpageflags = len / sizeof(uint64_t);
	for (uint64_t i = 0; i < s->nr_kpageflags; i++)
		s->kpageflags[i] = le64toh(s->kpageflags[i]);
	return 0;
}
