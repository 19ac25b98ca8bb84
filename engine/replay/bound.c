/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/bound.h"

#include <stdlib.h>

enum { FIRST_ROOM = 1024 };

int bound_init(struct bound_map *m)
{
	*m = (struct bound_map){ .room = FIRST_ROOM };
	m->v = calloc(m->room, sizeof(*m->v));
	return m->v ? 0 : -KM_ENOMEM;
}

void bound_release(struct bound_map *m)
{
	free(m->v);
	*m = (struct bound_map){ 0 };
}

static size_t home_of(const struct bound_map *m, uint64_t ptr)
{
	return (size_t)(ptr * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (m->room - 1);
}

/* Where @ptr stands, or would. */
static size_t place_of(const struct bound_map *m, uint64_t ptr)
{
	size_t i = home_of(m, ptr);

	while (m->v[i].ptr && m->v[i].ptr != ptr)
		i = (i + 1) & (m->room - 1);
	return i;
}

static int widen(struct bound_map *m)
{
	struct bound_map to = { .room = 2 * m->room, .nr = m->nr };

	to.v = calloc(to.room, sizeof(*to.v));
	if (!to.v)
		return -KM_ENOMEM;
	for (size_t i = 0; i < m->room; i++)
		if (m->v[i].ptr)
			to.v[place_of(&to, m->v[i].ptr)] = m->v[i];
	free(m->v);
	*m = to;
	return 0;
}

int bound_set(struct bound_map *m, struct bound b)
{
	if (m->nr >= m->room / 4 * 3 && widen(m))
		return -KM_ENOMEM;
	struct bound *to = &m->v[place_of(m, b.ptr)];

	m->nr += !to->ptr;
	*to = b;
	return 0;
}

/* Those that a full place had pushed on move back over the hole. */
static void close_hole(struct bound_map *m, size_t hole)
{
	for (size_t i = (hole + 1) & (m->room - 1); m->v[i].ptr; i = (i + 1) & (m->room - 1)) {
		size_t home = home_of(m, m->v[i].ptr);

		if (((i - home) & (m->room - 1)) < ((i - hole) & (m->room - 1)))
			continue;
		m->v[hole] = m->v[i];
		hole = i;
	}
	m->v[hole] = (struct bound){ 0 };
}

const struct bound *bound_find(const struct bound_map *m, uint64_t ptr)
{
	const struct bound *b = &m->v[place_of(m, ptr)];

	return b->ptr ? b : NULL;
}

bool bound_take(struct bound_map *m, uint64_t ptr, struct bound *out)
{
	size_t i = place_of(m, ptr);

	if (!ptr || !m->v[i].ptr)
		return false;
	*out = m->v[i];
	m->nr--;
	close_hole(m, i);
	return true;
}
