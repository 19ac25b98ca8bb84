/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/direct_map.h"

#include <stdlib.h>

enum {
	/* All memory is mapped by large pages: arch/x86/mm/kaslr.c moves it by a PUD's at least. */
	MAP_ALIGN = 1 << 21,
	SURE_VOTES = 16, /* for one place of the map, more than others could outvote */
};

int direct_map_init(struct direct_map *m, unsigned int nr_cpus, unsigned int page_shift)
{
	*m = (struct direct_map){ .page_shift = page_shift };
	m->last = calloc(nr_cpus, sizeof(*m->last));
	return m->last ? 0 : -KM_ENOMEM;
}

void direct_map_release(struct direct_map *m)
{
	free(m->last);
}

/* The guess that is @base, or one that nobody stands for; NULL: all are taken. */
static struct guess *guess_of(struct direct_map *m, uint64_t base)
{
	struct guess *none = NULL;

	for (unsigned int i = 0; i < NR_GUESSES; i++) {
		if (m->guesses[i].votes && m->guesses[i].base == base)
			return &m->guesses[i];
		none = m->guesses[i].votes ? none : &m->guesses[i];
	}
	return none;
}

void direct_map_block(struct direct_map *m, const struct km_event *ev)
{
	m->last[ev->cpu] = (struct last_block){ ev->page.pfn, ev->pid, true };
}

/*
 * Whoever gets a block and then an object may have got the object from it; where not, the
 * difference is one of many, and what is not said often enough is voted away (Misra and Gries,
 * "Finding repeated elements", 1982).
 */
void direct_map_object(struct direct_map *m, const struct km_event *ev)
{
	struct last_block *l = &m->last[ev->cpu];
	uint64_t mask = (UINT64_C(1) << m->page_shift) - 1;
	uint64_t base = (ev->obj.ptr & ~mask) - (l->pfn << m->page_shift);

	if (!l->fresh || l->pid != ev->pid || m->sure)
		return;
	l->fresh = false;
	if (base & (MAP_ALIGN - 1))
		return;
	struct guess *g = guess_of(m, base);

	for (unsigned int i = 0; !g && i < NR_GUESSES; i++)
		m->guesses[i].votes--;
	if (!g)
		return;
	g->base = base;
	m->sure = ++g->votes >= SURE_VOTES;
	m->base = base;
}
