/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/names.h"

#include <stdlib.h>
#include <string.h>

int names_init(struct names *n, struct pfn base, uint64_t nr_pages)
{
	*n = (struct names){ .base = base.nr };
	n->owner = calloc(nr_pages, sizeof(*n->owner));
	if (!n->owner)
		return -KM_ENOMEM;
	km_use_huge_pages(n->owner, nr_pages * sizeof(*n->owner));
	return 0;
}

void names_release(struct names *n)
{
	for (unsigned int order = 0; order < KM_MAX_ORDERS; order++) {
		for (size_t slot = 0; slot < n->room_pieces[order]; slot++)
			free(n->pieces[order][slot]);
		free(n->pieces[order]);
		free(n->to[order]);
	}
	free(n->owner);
	*n = (struct names){ 0 };
}

static size_t wider(size_t room, uint64_t slot)
{
	room += room / 4 + 1024;
	return slot < room ? room : (size_t)slot + 1;
}

static int grow(struct names *n, unsigned int order, uint64_t slot)
{
	size_t room = wider(n->room[order], slot);

	if (slot < n->room[order])
		return 0;
	uint32_t *to = calloc(room, sizeof(*to));

	if (!to)
		return -KM_ENOMEM;
	km_use_huge_pages(to, room * sizeof(*to));
	if (n->room[order])
		memcpy(to, n->to[order], n->room[order] * sizeof(*to));
	free(n->to[order]);
	n->to[order] = to;
	n->room[order] = room;
	return 0;
}

static int grow_pieces(struct names *n, unsigned int order, uint64_t slot)
{
	size_t room = wider(n->room_pieces[order], slot), was = n->room_pieces[order];

	if (slot < was)
		return 0;
	uint32_t **pieces = realloc(n->pieces[order], room * sizeof(*pieces));

	if (!pieces)
		return -KM_ENOMEM;
	memset(pieces + was, 0, (room - was) * sizeof(*pieces));
	n->pieces[order] = pieces;
	n->room_pieces[order] = room;
	return 0;
}

static bool is_alive(const struct names *n, uint64_t name)
{
	unsigned int order = km_synthetic_order(name);
	const uint32_t *pieces = names_pieces(n, name);

	for (uint64_t i = 0; pieces && i < pages_of(order); i++)
		if (pieces[i])
			return true;
	return !pieces && n->to[order][km_synthetic_slot(name)];
}

int names_set(struct names *n, uint64_t name, struct pfn head)
{
	unsigned int order = km_synthetic_order(name);
	uint64_t slot = km_synthetic_slot(name);

	if (slot > n->used[order] || (head.nr != KM_NO_PFN && head.nr >= UINT32_MAX))
		return -KM_EINVAL;
	int err = grow(n, order, slot);

	if (err)
		return err;
	if (is_alive(n, name))
		return -KM_EINVAL;
	if (names_pieces(n, name)) {
		free(n->pieces[order][slot]);
		n->pieces[order][slot] = NULL;
	}
	n->used[order] += slot == n->used[order];
	n->to[order][slot] = head.nr == KM_NO_PFN ? 0 : (uint32_t)head.nr + 1;
	return 0;
}

int names_break(struct names *n, uint64_t name)
{
	unsigned int order = km_synthetic_order(name);
	uint64_t slot = km_synthetic_slot(name), first = km_synthetic(order, slot);

	if (names_pieces(n, name))
		return 0;
	int err = grow_pieces(n, order, slot);
	uint32_t *pieces = err ? NULL : malloc(pages_of(order) * sizeof(*pieces));

	if (!pieces)
		return -KM_ENOMEM;
	for (uint32_t i = 0; i < pages_of(order); i++) {
		pieces[i] = n->to[order][slot] + i;
		names_own(n, pfn(pieces[i] - 1), first + i);
	}
	n->pieces[order][slot] = pieces;
	return 0;
}

void names_moved(struct names *n, struct pfn from, struct pfn to)
{
	uint64_t name = n->owner[from.nr - n->base];
	unsigned int order = km_synthetic_order(name);
	uint32_t *pieces = names_pieces(n, name);

	KM_BUG_ON(names_get(n, name).nr != from.nr);
	if (pieces)
		pieces[name & (pages_of(order) - 1)] = (uint32_t)to.nr + 1;
	else
		n->to[order][km_synthetic_slot(name)] = (uint32_t)to.nr + 1;
	names_own(n, to, name);
}

void names_gone(struct names *n, struct pfn head)
{
	names_end(n, n->owner[head.nr - n->base]);
}
