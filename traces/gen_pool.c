/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/gen_pool.h"

#include <stdlib.h>
#include <string.h>

int gen_pool_add(struct gen_pool *p, struct gen_object o)
{
	if (p->end == p->room && p->first >= p->room / 2 && p->first) {
		memmove(p->v, p->v + p->first, gen_pool_size(p) * sizeof(*p->v));
		p->end -= p->first;
		p->first = 0;
	}
	if (p->end == p->room) {
		size_t room = p->room + p->room / 2 + 64;
		struct gen_object *v = realloc(p->v, room * sizeof(*v));

		if (!v)
			return -KM_ENOMEM;
		p->v = v;
		p->room = room;
	}
	p->v[p->end++] = o;
	return 0;
}

void gen_pool_release(struct gen_pool *p)
{
	free(p->v);
	*p = (struct gen_pool){ 0 };
}

struct gen_object gen_pool_take_oldest(struct gen_pool *p)
{
	return p->v[p->first++];
}

struct gen_object gen_pool_take_newest(struct gen_pool *p)
{
	return p->v[--p->end];
}

struct gen_object gen_pool_take_at(struct gen_pool *p, size_t i)
{
	struct gen_object o = p->v[p->first + i];

	p->v[p->first + i] = p->v[--p->end];
	return o;
}

static int by_name_down(const void *a, const void *b)
{
	const struct gen_object *x = a, *y = b;

	return x->name > y->name ? -1 : x->name < y->name;
}

void gen_pool_sort(struct gen_pool *p)
{
	if (gen_pool_size(p))
		qsort(p->v + p->first, gen_pool_size(p), sizeof(*p->v), by_name_down);
}

static bool before(const struct gen_end *a, const struct gen_end *b)
{
	return a->due != b->due ? a->due < b->due : a->no < b->no;
}

int gen_ends_add(struct gen_ends *e, uint64_t due, struct gen_object o)
{
	struct gen_end new = { .due = due, .no = e->added++, .object = o };
	size_t at = e->nr;

	if (e->nr == e->room) {
		size_t room = e->room * 2 + 64;
		struct gen_end *v = realloc(e->v, room * sizeof(*v));

		if (!v)
			return -KM_ENOMEM;
		e->v = v;
		e->room = room;
	}
	for (e->nr++; at && before(&new, &e->v[(at - 1) / 2]); at = (at - 1) / 2)
		e->v[at] = e->v[(at - 1) / 2];
	e->v[at] = new;
	return 0;
}

bool gen_ends_take(struct gen_ends *e, uint64_t now, struct gen_object *o)
{
	size_t at = 0, child;

	if (!e->nr || e->v[0].due > now)
		return false;
	*o = e->v[0].object;

	struct gen_end last = e->v[--e->nr];

	while ((child = 2 * at + 1) < e->nr) {
		if (child + 1 < e->nr && before(&e->v[child + 1], &e->v[child]))
			child++;
		if (!before(&e->v[child], &last))
			break;
		e->v[at] = e->v[child];
		at = child;
	}
	e->v[at] = last;
	return true;
}

void gen_ends_release(struct gen_ends *e)
{
	free(e->v);
	*e = (struct gen_ends){ 0 };
}
