/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/slab_marks.h"

#include <stdlib.h>
#include <string.h>

enum { WORD = 64, MOST_EARLY = 1 << 16 };

int slab_marks_init(struct slab_marks *s, uint64_t first_page, uint64_t nr_pages,
		    unsigned int nr_cpus, unsigned int page_shift)
{
	*s = (struct slab_marks){ .first_page = first_page,
				  .nr_pages = nr_pages,
				  .nr_cpus = nr_cpus };
	s->born = calloc(nr_pages ? nr_pages : 1, sizeof(*s->born));
	if (s->born && !direct_map_init(&s->map, nr_cpus, page_shift))
		return 0;
	slab_marks_release(s);
	return -KM_ENOMEM;
}

void slab_marks_release(struct slab_marks *s)
{
	direct_map_release(&s->map);
	free(s->born);
	free(s->early);
	free(s->bits);
	*s = (struct slab_marks){ 0 };
}

uint64_t slab_marks_page(const struct slab_marks *s, uint64_t ptr)
{
	uint64_t page = (ptr - s->map.base) >> s->map.page_shift;

	return s->map.sure && ptr >= s->map.base && page - s->first_page < s->nr_pages ? page :
											 KM_NO_PFN;
}

bool slab_marks_has(const struct slab_marks *s, uint64_t no)
{
	return no / WORD < s->nr_words && s->bits[no / WORD] >> no % WORD & 1;
}

static int set_bit(struct slab_marks *s, uint64_t no)
{
	if (no / WORD >= s->nr_words) {
		size_t n = 2 * (no / WORD) + 64;
		uint64_t *v = realloc(s->bits, n * sizeof(*v));

		if (!v)
			return -KM_ENOMEM;
		memset(v + s->nr_words, 0, (n - s->nr_words) * sizeof(*v));
		s->bits = v;
		s->nr_words = n;
	}
	s->bits[no / WORD] |= UINT64_C(1) << no % WORD;
	return 0;
}

static int mark(struct slab_marks *s, uint64_t ptr)
{
	uint64_t page = slab_marks_page(s, ptr);
	uint64_t no = page == KM_NO_PFN ? 0 : s->born[page - s->first_page];

	return no ? set_bit(s, no) : 0;
}

/* Until the map is known objects wait: blocks so early hardly go back before it is. */
static int keep(struct slab_marks *s, uint64_t ptr)
{
	if (s->nr_early == MOST_EARLY)
		return 0;
	if (s->nr_early == s->early_room) {
		size_t room = s->early_room ? 2 * s->early_room : 256;
		uint64_t *v = realloc(s->early, room * sizeof(*v));

		if (!v)
			return -KM_ENOMEM;
		s->early = v;
		s->early_room = room;
	}
	s->early[s->nr_early++] = ptr;
	return 0;
}

static int object(struct slab_marks *s, const struct km_event *ev)
{
	int err = 0;

	if (!ev->obj.ptr)
		return 0;
	if (ev->kind == KM_EV_KMALLOC || ev->kind == KM_EV_CACHE_ALLOC)
		direct_map_object(&s->map, ev);
	if (!s->map.sure)
		return keep(s, ev->obj.ptr);
	while (!err && s->nr_early)
		err = mark(s, s->early[--s->nr_early]);
	return err ? err : mark(s, ev->obj.ptr);
}

int slab_marks_learn(struct slab_marks *s, const struct km_event *ev, uint64_t no)
{
	uint64_t at = ev->page.pfn - s->first_page;

	if (ev->cpu >= s->nr_cpus)
		return 0;
	switch (ev->kind) {
	case KM_EV_PAGE_ALLOC:
		if (ev->page.pfn == KM_NO_PFN)
			return 0;
		direct_map_block(&s->map, ev);
		for (uint64_t i = 0; i < pages_of(ev->page.order) && at + i < s->nr_pages; i++)
			s->born[at + i] = no;
		return 0;
	case KM_EV_PAGE_FREE:
		for (uint64_t i = 0; i < pages_of(ev->page.order) && at + i < s->nr_pages; i++)
			s->born[at + i] = 0;
		return 0;
	case KM_EV_KMALLOC:
	case KM_EV_CACHE_ALLOC:
	case KM_EV_KFREE:
	case KM_EV_CACHE_FREE:
		return object(s, ev);
	default:
		return 0;
	}
}
