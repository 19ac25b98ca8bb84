/* SPDX-License-Identifier: GPL-2.0-only */
/* Objects that are asked for at another door than alloc_pages(): engine/event.h, enum km_door. */
#include <stdlib.h>
#include <string.h>

#include "traces/gen_state.h"

enum { PAGE_SHIFT = 12, MOST_OBJECTS = 1 << 28 };

/* Whole blocks where the door gives them, else whole pages. */
static uint32_t pages_for(unsigned int door, uint64_t bytes)
{
	uint64_t pages = (bytes + (UINT64_C(1) << PAGE_SHIFT) - 1) >> PAGE_SHIFT, block = 1;

	while (block < pages)
		block <<= 1;
	return (uint32_t)(door == KM_DOOR_SPLIT || door == KM_DOOR_SHARED ? block : pages);
}

static uint32_t align_of(struct gen *g, const struct workload_kind *k)
{
	uint64_t least = k->has_align ? workload_number(&k->align, &g->rng) : 0;
	uint32_t align = 1;

	while (align < least && align < UINT32_C(1) << 31)
		align <<= 1;
	return least ? align : 0;
}

/* The area's name, as a string's id. */
static int area_of(struct gen *g, const struct workload_kind *k, uint32_t *out)
{
	int64_t id = *k->area ? strtab_intern(g->strings, k->area, strlen(k->area)) : 0;

	*out = id < 0 ? 0 : (uint32_t)id;
	return id < 0 ? gen_no_memory(g) : 0;
}

static int emit(struct gen *g, const struct thread *t, unsigned int kind, struct km_ev_object o,
		unsigned int door)
{
	if (!g->door_site[door]) {
		const char *name = km_door_name(door);
		int64_t id = strtab_intern(g->strings, name, strlen(name));

		if (id < 0)
			return gen_no_memory(g);
		g->door_site[door] = (uint32_t)id;
	}
	o.call_site = g->door_site[door];
	o.node = -1;
	return gen_emit(g, t, (struct km_event){ .kind = (uint8_t)kind, .obj = o });
}

int gen_door_alloc(struct gen *g, const struct thread *t, const struct workload_kind *k,
		   uint64_t bytes, uint32_t *slot, uint32_t *pages)
{
	int err = gen_slots_take(&g->door_slots, MOST_OBJECTS, slot);

	if (err)
		return gen_no_memory(g);
	if (*slot >= g->room_door_pages) {
		size_t room = (size_t)*slot * 2 + 64;
		uint32_t *wider = realloc(g->door_pages, room * sizeof(*wider));

		if (!wider)
			return gen_no_memory(g);
		g->door_pages = wider;
		g->room_door_pages = room;
	}
	*pages = g->door_pages[*slot] = pages_for(k->door, bytes);
	uint32_t area, given = k->door == KM_DOOR_FRAG ? (uint32_t)bytes : *pages << PAGE_SHIFT;

	if (km_door_maps(k->door))
		given = align_of(g, k);
	err = area_of(g, k, &area);
	if (err)
		return err;
	return emit(g, t, KM_EV_KMALLOC,
		    (struct km_ev_object){ .ptr = km_door_ptr(*slot),
					   .bytes_req = (uint32_t)bytes,
					   .bytes_alloc = given,
					   .gfp = k->gfp,
					   .cache = area },
		    k->door);
}

int gen_door_free(struct gen *g, const struct thread *t, const struct workload_kind *k,
		  uint32_t slot, uint32_t *pages)
{
	int err =
		emit(g, t, KM_EV_KFREE, (struct km_ev_object){ .ptr = km_door_ptr(slot) }, k->door);

	*pages = g->door_pages[slot];
	if (!err && gen_slots_put(&g->door_slots, slot))
		err = gen_no_memory(g);
	return err;
}
