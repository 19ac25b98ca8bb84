/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/names.h"

#include <stdlib.h>
#include <string.h>

#include "engine/core/memory.h"

void names_release(struct names *n)
{
	for (unsigned int order = 0; order < KM_MAX_ORDERS; order++)
		free(n->to[order]);
	free(n->owner);
	*n = (struct names){ 0 };
}

static int grow(struct names *n, unsigned int order, uint64_t slot)
{
	size_t room = n->room[order] + n->room[order] / 4 + 1024;

	if (slot < n->room[order])
		return 0;
	room = slot < room ? room : (size_t)slot + 1;
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

int names_set(struct names *n, uint64_t name, struct pfn head)
{
	unsigned int order = km_synthetic_order(name);
	uint64_t slot = km_synthetic_slot(name);

	if (slot > n->used[order] || (head.nr != KM_NO_PFN && head.nr >= UINT32_MAX))
		return -KM_EINVAL;
	int err = grow(n, order, slot);

	if (err)
		return err;
	n->used[order] += slot == n->used[order];
	n->to[order][slot] = head.nr == KM_NO_PFN ? 0 : (uint32_t)head.nr + 1;
	return 0;
}
