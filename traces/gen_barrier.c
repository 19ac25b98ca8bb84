/* SPDX-License-Identifier: GPL-2.0-only */
/* What happens while all threads of a workload wait. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "traces/gen_state.h"

static struct gen_object *object_at(struct gen *g, unsigned int kind, uint64_t i)
{
	struct thread *t = g->thread;

	while (i >= gen_pool_size(&t->pool[kind]))
		i -= gen_pool_size(&t++->pool[kind]);
	return &t->pool[kind].v[t->pool[kind].first + i];
}

static void shuffle(struct gen *g)
{
	for (unsigned int kind = 0; kind < g->w->nr_kinds; kind++) {
		uint64_t n = 0;

		for (unsigned int i = 0; i < g->nr_threads; i++)
			n += gen_pool_size(&g->thread[i].pool[kind]);
		for (uint64_t i = n; i > 1; i--) {
			struct gen_object *a = object_at(g, kind, i - 1);
			struct gen_object *b = object_at(g, kind, rng_below(&g->rng, i));
			struct gen_object was = *a;

			*a = *b;
			*b = was;
		}
	}
}

static int mark(struct gen *g, const struct thread *t)
{
	char text[128], label[64];
	const char *sign = strchr(t->waits->label, '%');
	int before = sign ? (int)(sign - t->waits->label) : 0;

	if (sign)
		snprintf(label, sizeof(label), "%.*s%" PRIu64 "%s", before, t->waits->label,
			 t->place[t->depth].round, sign + 1);
	else
		snprintf(label, sizeof(label), "%s", t->waits->label);
	int len = snprintf(text, sizeof(text), "kmemlab snapshot begin %s", label);
	int64_t id = strtab_intern(g->strings, text, (size_t)len);

	if (id < 0)
		return gen_no_memory(g);
	g->totals->marks++;
	return gen_emit(g, t, (struct km_event){ .kind = KM_EV_MARKER, .text = (uint32_t)id });
}

/* Was what @t waits for done for a thread before it? */
static bool done_before(const struct gen *g, const struct thread *t)
{
	for (const struct thread *other = g->thread; other < t; other++)
		if (other->waits == t->waits)
			return true;
	return false;
}

int gen_release_barrier(struct gen *g)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < g->nr_threads; i++) {
		const struct thread *t = &g->thread[i];

		if (!t->waits || done_before(g, t))
			continue;
		if (t->waits->action == WORKLOAD_SHUFFLE)
			shuffle(g);
		else if (t->waits->action == WORKLOAD_MARK)
			err = mark(g, t);
	}
	for (unsigned int i = 0; i < g->nr_threads; i++)
		g->thread[i].waits = NULL;
	return err;
}
