/* SPDX-License-Identifier: GPL-2.0-only */
/* Areas by the address of their vm_struct, which is theirs alone from its kmalloc to its kfree. */
#include <stdlib.h>

#include "engine/replay/vmalloc_state.h"

static size_t home_of(const struct vmap_handles *h, uint64_t handle)
{
	return (size_t)((handle >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (h->room - 1);
}

/* Where @handle is, or would go. */
static size_t place_of(const struct vmap_handles *h, uint64_t handle)
{
	size_t i = home_of(h, handle);

	while (h->slot[i].handle && h->slot[i].handle != handle)
		i = (i + 1) & (h->room - 1);
	return i;
}

static int grow(struct vmap_handles *h)
{
	struct vmap_handles new = { .room = h->room ? h->room * 2 : 64 };

	new.slot = calloc(new.room, sizeof(*new.slot));
	if (!new.slot)
		return -KM_ENOMEM;
	for (size_t i = 0; i < h->room; i++)
		if (h->slot[i].handle)
			new.slot[place_of(&new, h->slot[i].handle)] = h->slot[i];
	new.nr = h->nr;
	free(h->slot);
	*h = new;
	return 0;
}

int vmap_handles_add(struct vmap_handles *h, uint64_t handle, uint64_t start)
{
	if (h->nr * 2 >= h->room && grow(h))
		return -KM_ENOMEM;
	size_t i = place_of(h, handle);

	h->nr += !h->slot[i].handle;
	h->slot[i] = (struct vmap_handle){ handle, start };
	return 0;
}

uint64_t vmap_handles_remove(struct vmap_handles *h, uint64_t handle)
{
	size_t i = h->room && handle ? place_of(h, handle) : 0, mask = h->room - 1;

	if (!h->room || !handle || !h->slot[i].handle)
		return 0;
	uint64_t start = h->slot[i].start;

	h->slot[i].handle = 0;
	h->nr--;
	/* those behind it that it had pushed on move up */
	for (size_t j = (i + 1) & mask; h->slot[j].handle; j = (j + 1) & mask) {
		size_t home = home_of(h, h->slot[j].handle);

		if (((j - home) & mask) < ((j - i) & mask))
			continue;
		h->slot[i] = h->slot[j];
		h->slot[j].handle = 0;
		i = j;
	}
	return start;
}
