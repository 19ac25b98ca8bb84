/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/page_slots.h"

#include <stdlib.h>

enum { FIRST_ROOM = 64, MOST_CHUNKS = (UINT32_C(1) << (31 - PAGE_SLOTS_ORDER)) };

static uint32_t *bucket_of(const struct page_slots *s, uint64_t no)
{
	return &s->bucket[(no * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (s->room - 1)];
}

static uint32_t slot_in(uint32_t chunk, struct pfn p)
{
	return chunk << PAGE_SLOTS_ORDER | (uint32_t)(p.nr & (PAGE_SLOTS_CHUNK - 1));
}

uint32_t page_slot(const struct page_slots *s, struct pfn p)
{
	uint64_t no = p.nr >> PAGE_SLOTS_ORDER;
	uint32_t at = s->room ? *bucket_of(s, no) : 0;

	while (at && s->chunk[at - 1].no != no)
		at = s->chunk[at - 1].next;
	return at ? slot_in(at - 1, p) : PAGE_SLOT_NONE;
}

static void link_chunk(struct page_slots *s, uint32_t i)
{
	uint32_t *bucket = bucket_of(s, s->chunk[i].no);

	s->chunk[i].next = *bucket;
	*bucket = i + 1;
}

static bool make_room(struct page_slots *s)
{
	uint32_t room = s->room ? s->room * 2 : FIRST_ROOM;

	if (s->nr < s->room)
		return true;
	if (room > MOST_CHUNKS)
		return false;
	struct page_chunk *chunk = realloc(s->chunk, room * sizeof(*chunk));

	s->chunk = chunk ? chunk : s->chunk;
	uint32_t *bucket = chunk ? calloc(room, sizeof(*bucket)) : NULL;

	if (!bucket)
		return false;
	free(s->bucket);
	s->bucket = bucket;
	s->room = room;
	for (uint32_t i = 0; i < s->nr; i++)
		link_chunk(s, i);
	return true;
}

uint32_t page_slot_made(struct page_slots *s, struct pfn p)
{
	uint32_t slot = page_slot(s, p);

	if (slot != PAGE_SLOT_NONE || !make_room(s))
		return slot;
	s->chunk[s->nr].no = p.nr >> PAGE_SLOTS_ORDER;
	link_chunk(s, s->nr);
	return slot_in(s->nr++, p);
}

void page_slots_release(struct page_slots *s)
{
	free(s->chunk);
	free(s->bucket);
	*s = (struct page_slots){ 0 };
}
