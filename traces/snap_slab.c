/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/slabinfo, and the bundle's meta/slab_attrs: "NAME KEY=NUMBER…" for each cache of
 * /sys/kernel/slab and "alias NAME ROOT" for each of its links.
 *
 * Kernel: mm/slab_common.c:cache_show(), mm/slub.c:create_unique_id() [6.1 6.12]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/snap.h"

enum { MAX_CACHES = 8192 };

/* A cache of slab_attrs; one that merged others goes by its properties, ":0000128". */
struct root {
	struct km_snap_cache cache;
	uint32_t place; /* among the snapshot's caches; UINT32_MAX: no row of slabinfo is its */
};

struct attrs {
	struct km_snapshot *s;
	struct snap_lines l;
	struct root *roots;
	size_t nr_roots;
};

/* Room for one more of @n; grows by doubling. */
static void *one_more(void *v, size_t n, size_t size)
{
	return n & (n - 1) ? v : realloc(v, (n ? n * 2 : 1) * size);
}

static bool read_name(char name[KM_NAME_LEN], const char *word, size_t len)
{
	if (!len || len >= KM_NAME_LEN || memchr(word, '\0', len))
		return false;
	memcpy(name, word, len);
	name[len] = '\0';
	return true;
}

static uint32_t find_cache(const struct km_snapshot *s, const char *name, size_t len)
{
	for (size_t i = 0; i < s->nr_caches; i++)
		if (snap_is(name, len, s->caches[i].name))
			return (uint32_t)i;
	return UINT32_MAX;
}

static bool read_u32(const char **p, const char *stop, uint32_t *out)
{
	uint64_t v;

	if (!snap_number(p, stop, &v) || v > UINT32_MAX)
		return false;
	*out = (uint32_t)v;
	return true;
}

static bool read_label(const char **p, const char *stop, const char *const *words)
{
	const char *word;

	for (; *words; words++) {
		size_t len = snap_word(p, stop, &word);

		if (!snap_is(word, len, *words))
			return false;
	}
	return true;
}

static int read_row(const struct snap_lines *l, struct km_snap_cache *c)
{
	static const char *const tunables[] = { ":", "tunables", NULL };
	static const char *const slabdata[] = { ":", "slabdata", NULL };
	const char *p = l->line, *word, *stop = l->stop;
	size_t len = snap_word(&p, stop, &word);

	if (!read_name(c->name, word, len) || !snap_number(&p, stop, &c->active_objs) ||
	    !snap_number(&p, stop, &c->num_objs) || !read_u32(&p, stop, &c->objsize) ||
	    !read_u32(&p, stop, &c->objperslab) || !read_u32(&p, stop, &c->pagesperslab))
		return snap_fail(l, "expected a cache and its five numbers");
	if (!read_label(&p, stop, tunables) || !read_u32(&p, stop, &c->limit) ||
	    !read_u32(&p, stop, &c->batchcount) || !read_u32(&p, stop, &c->sharedfactor))
		return snap_fail(l, "expected \": tunables\" and three numbers");
	if (!read_label(&p, stop, slabdata) || !snap_number(&p, stop, &c->active_slabs) ||
	    !snap_number(&p, stop, &c->num_slabs) || !read_u32(&p, stop, &c->sharedavail))
		return snap_fail(l, "expected \": slabdata\" and three numbers");
	if (!c->objsize || !c->objperslab || !c->pagesperslab || c->objperslab > UINT16_MAX ||
	    c->pagesperslab > 1u << (KM_MAX_ORDERS - 1) ||
	    (c->pagesperslab & (c->pagesperslab - 1)) || c->active_objs > c->num_objs)
		return snap_fail(l, "no kernel has such a cache");
	return 0;
}

int snap_slabinfo(struct km_snapshot *s, const char *data, size_t len, const char *where,
		  struct km_diag *d)
{
	struct snap_lines l;

	snap_lines_init(&l, data, len, where, d);
	while (snap_next(&l)) {
		struct km_snap_cache c = { 0 };
		bool head = l.line[0] == '#' ||
			    (l.stop - l.line > 8 && !memcmp(l.line, "slabinfo", 8));
		int err = head ? 0 : read_row(&l, &c);

		if (err)
			return err;
		if (head)
			continue;
		if (s->nr_caches == MAX_CACHES)
			return snap_fail(&l, "more caches than a kernel can have");
		if (find_cache(s, c.name, strlen(c.name)) != UINT32_MAX)
			return snap_fail(&l, "a second row of this cache");
		struct km_snap_cache *v = one_more(s->caches, s->nr_caches, sizeof(*v));

		if (!v)
			return km_fail(d, KM_ENOMEM, where, "no memory");
		s->caches = v;
		v[s->nr_caches++] = c;
	}
	return 0;
}

/* The keys that matter; a key without a number, or another one, says nothing. */
static bool read_key(struct km_snap_cache *c, const char *word, size_t len)
{
	const struct {
		const char *key;
		uint32_t *to;
	} keys[] = { { "size=", &c->object_size },
		     { "slab_size=", &c->objsize },
		     { "align=", &c->align },
		     { "cpu_partial=", &c->cpu_partial },
		     { "min_partial=", &c->min_partial },
		     { "reclaim=", &c->reclaim } };

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		size_t n = strlen(keys[i].key);
		const char *p = word + n;

		if (len > n && !memcmp(word, keys[i].key, n))
			return read_u32(&p, word + len, keys[i].to);
	}
	return true;
}

static int read_root(struct attrs *a, const char *name, size_t len, const char *p)
{
	struct root r = { .place = find_cache(a->s, name, len) };
	const char *word;
	size_t n;

	if (!read_name(r.cache.name, name, len))
		return snap_fail(&a->l, "expected a cache's name");
	while ((n = snap_word(&p, a->l.stop, &word)))
		if (!read_key(&r.cache, word, n))
			return snap_fail(&a->l, "expected KEY=NUMBER");
	if (a->nr_roots == MAX_CACHES)
		return snap_fail(&a->l, "more caches than a kernel can have");
	struct root *v = one_more(a->roots, a->nr_roots, sizeof(*v));

	if (!v)
		return km_fail(a->l.d, KM_ENOMEM, a->l.where, "no memory");
	a->roots = v;
	v[a->nr_roots++] = r;
	return 0;
}

static struct root *find_root(const struct attrs *a, const char *name, size_t len)
{
	for (size_t i = 0; i < a->nr_roots; i++)
		if (snap_is(name, len, a->roots[i].cache.name))
			return &a->roots[i];
	return NULL;
}

/*
 * "alias NAME ROOT" of the current line. On the first pass the name that slabinfo prints, that of
 * the cache's first creator, places the root; on the second every name does.
 */
static int read_alias(struct attrs *a, const char *p, bool placed)
{
	const char *name, *root;
	size_t len = snap_word(&p, a->l.stop, &name), n = snap_word(&p, a->l.stop, &root);
	struct root *r = find_root(a, root, n);
	struct km_snap_alias alias;

	if (!read_name(alias.name, name, len) || !n)
		return snap_fail(&a->l, "expected \"alias NAME ROOT\"");
	if (!r)
		return snap_fail(&a->l, "an alias of a cache that is not there");
	if (!placed && r->place == UINT32_MAX)
		r->place = find_cache(a->s, name, len);
	alias.cache = r->place;
	if (!placed || r->place == UINT32_MAX || snap_is(name, len, a->s->caches[r->place].name))
		return 0;
	struct km_snap_alias *v = one_more(a->s->aliases, a->s->nr_aliases, sizeof(*v));

	if (!v)
		return km_fail(a->l.d, KM_ENOMEM, a->l.where, "no memory");
	a->s->aliases = v;
	v[a->s->nr_aliases++] = alias;
	return 0;
}

enum pass { PASS_ROOTS, PASS_NAMES, PASS_ALIASES };

static int one_pass(struct attrs *a, enum pass pass)
{
	int err = 0;

	while (!err && snap_next(&a->l)) {
		const char *p = a->l.line, *word;
		size_t len = snap_word(&p, a->l.stop, &word);
		bool alias = snap_is(word, len, "alias");

		if (alias && pass != PASS_ROOTS)
			err = read_alias(a, p, pass == PASS_ALIASES);
		else if (!alias && pass == PASS_ROOTS)
			err = read_root(a, word, len, p);
	}
	return err;
}

static void take_over(const struct attrs *a)
{
	for (size_t i = 0; i < a->nr_roots; i++) {
		const struct km_snap_cache *from = &a->roots[i].cache;

		if (a->roots[i].place == UINT32_MAX)
			continue;
		struct km_snap_cache *to = &a->s->caches[a->roots[i].place];

		to->has_attrs = from->object_size && from->objsize == to->objsize;
		to->object_size = from->object_size;
		to->align = from->align;
		to->cpu_partial = from->cpu_partial;
		to->min_partial = from->min_partial;
		to->reclaim = from->reclaim;
	}
}

int snap_slab_attrs(struct km_snapshot *s, const char *data, size_t len, const char *where,
		    struct km_diag *d)
{
	struct attrs a = { .s = s };
	int err = 0;

	for (enum pass pass = PASS_ROOTS; !err && pass <= PASS_ALIASES; pass++) {
		snap_lines_init(&a.l, data, len, where, d);
		err = one_pass(&a, pass);
	}
	if (!err)
		take_over(&a);
	free(a.roots);
	return err;
}
