/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A cold start.
 *
 * 1. Pageblocks whose first page is memory are movable; where struct pages are initialised late,
 * only those whose first page is free memory. 2. Free memory goes to the free lists ascending, in
 * the largest aligned blocks; memory whose struct pages come late follows, pageblock by pageblock.
 * 3. CMA areas are freed pageblock by pageblock while the per-CPU lists have their first limits.
 * 4. Watermarks and limits take their final values.
 */
#include "engine/machine/boot.h"

#include <stdlib.h>
#include <string.h>

enum { PAGES_PER_SECTION = 32768 };

struct machine_config boot_tunables(const struct machine *m, const struct machine_config *c)
{
	struct machine_config own = *c;
	uint64_t least = pages_min_free_kbytes(&m->pages, m->page_shift);
	uint64_t raised = pages_recommended_kbytes(&m->pages, m->page_shift);

	if (m->profile->pages.raises_min_free && raised > least)
		least = raised;
	if (own.min_free_kbytes < 0)
		own.min_free_kbytes = (int64_t)least;
	for (unsigned int i = 0; i < m->pages.nr_zones; i++)
		if (m->zone[i].index < 8 && own.lowmem_reserve_ratio[m->zone[i].index] < 0)
			own.lowmem_reserve_ratio[m->zone[i].index] =
				pages_reserve_ratio(&m->pages, &m->zone[i]);
	return own;
}

static unsigned int machine_zone(const struct machine *m, const struct layout_span *s)
{
	unsigned int i = 0;

	while (i < m->pages.nr_zones && (m->zone[i].node != s->node || m->zone[i].index != s->zone))
		i++;
	return i;
}

/*
 * The first page of a node whose struct page is initialised late; UINT64_MAX: none.
 * Kernel: mm/page_alloc.c:defer_init() [6.1]
 */
static uint64_t first_deferred(const struct machine *m, const struct layout_span *v, size_t n,
			       int node)
{
	uint64_t end = 0, seen = 0;
	unsigned int top = 0;

	if (!m->layout->deferred_init)
		return UINT64_MAX;
	for (size_t i = 0; i < n; i++)
		if (v[i].node == node && v[i].end > end) {
			end = v[i].end;
			top = v[i].zone;
		}
	for (size_t i = 0; i < n; i++) {
		if (v[i].node != node || v[i].zone != top)
			continue;
		for (uint64_t at = v[i].start; at < v[i].end;) {
			uint64_t next = (at / PAGES_PER_SECTION + 1) * PAGES_PER_SECTION;

			if (at % PAGES_PER_SECTION == 0 && seen > PAGES_PER_SECTION)
				return at;
			next = next < v[i].end ? next : v[i].end;
			seen += next - at;
			at = next;
		}
	}
	return UINT64_MAX;
}

/* Kernel: mm/page_alloc.c:memmap_init_range(), deferred_free_range() [6.1] */
static void set_types(struct machine *m, const struct layout_span *v, size_t n, bool deferred,
		      const uint64_t *late)
{
	uint64_t step = pages_of(m->frames.pb_order);

	for (size_t i = 0; i < n; i++)
		for (uint64_t at = (v[i].start + step - 1) / step * step; at < v[i].end; at += step)
			if (deferred == (at >= late[v[i].node]))
				pageblock_of(&m->frames, pfn(at))->mt = KM_MOVABLE;
}

/* One block, the way the profile's kernel frees memory that it never allocated. */
static void hand_over(struct machine *m, unsigned int zone, uint64_t nr, unsigned int order)
{
	const struct boot_profile *prof = &m->profile->boot;
	struct buddy *b = &m->buddy[zone];
	unsigned int mt = pageblock_of(&m->frames, pfn(nr))->mt;

	KM_BUG_ON(buddy_free(b, pfn(nr), order, mt, prof->to_tail ? BUDDY_TO_TAIL : 0));
}

/*
 * [start, end) in blocks of at most @most. Kernel: mm/memblock.c:__free_pages_memory() [6.1]
 */
static void hand_over_run(struct machine *m, unsigned int zone, uint64_t start, uint64_t end,
			  unsigned int most)
{
	while (start < end) {
		unsigned int order = start ? (unsigned int)__builtin_ctzll(start) : most;

		order = order < most ? order : most;
		while (start + pages_of(order) > end)
			order--;
		hand_over(m, zone, start, order);
		start += pages_of(order);
	}
}

/*
 * Words of the bitmap of free pages: a whole one is one block, other pages come one by one.
 * Kernel: mm/bootmem.c:free_all_bootmem_core(), mm/nobootmem.c:__free_pages_memory() [2.6.34 3.5]
 */
static void hand_over_words(struct machine *m, unsigned int zone, uint64_t start, uint64_t end)
{
	unsigned int word = m->layout->arch->bits_per_long == 64 ? 6 : 5;

	while (start < end) {
		bool whole = !(start & (pages_of(word) - 1)) && end - start >= pages_of(word);

		hand_over(m, zone, start, whole ? word : 0);
		start += whole ? pages_of(word) : 1;
	}
}

static bool is_highmem(const struct machine *m, unsigned int zone)
{
	return m->pages.highmem >= 0 && (int)m->zone[zone].index >= m->pages.highmem;
}

/*
 * Memory that the kernel does not map is freed page by page, like any page.
 * Kernel: arch/x86/mm/init_32.c:add_highpages_with_active_regions() [6.1]
 */
static void hand_over_highmem(struct machine *m, unsigned int zone, uint64_t start, uint64_t end)
{
	for (; start < end; start++)
		KM_BUG_ON(buddy_free(&m->buddy[zone], pfn(start), 0,
				     pageblock_of(&m->frames, pfn(start))->mt, 0));
}

static void hand_over_span(struct machine *m, const struct layout_span *s, uint64_t late)
{
	unsigned int zone = machine_zone(m, s), most = m->frames.top_order;
	uint64_t split = late > s->start ? late < s->end ? late : s->end : s->start;

	if (is_highmem(m, zone)) {
		hand_over_highmem(m, zone, s->start, s->end);
		return;
	}
	if (m->profile->boot.by_words) {
		hand_over_words(m, zone, s->start, s->end);
		return;
	}
	hand_over_run(m, zone, s->start, split, most);
	hand_over_run(m, zone, split, s->end, m->frames.pb_order);
}

/* The machine's memory, and from which page of each node on its struct pages come late. */
struct map {
	struct layout_span *all, *given;
	size_t nr_all, nr_given;
	uint64_t late[KM_MAX_NODES];
};

static void map_release(struct map *map)
{
	free(map->all);
	free(map->given);
}

static int map_init(struct map *map, const struct machine *m, struct km_diag *d)
{
	*map = (struct map){ 0 };
	if (layout_memory(m->layout, false, &map->all, &map->nr_all) ||
	    layout_memory(m->layout, true, &map->given, &map->nr_given)) {
		map_release(map);
		return km_fail(d, KM_ENOMEM, "", "out of memory for the memory map");
	}
	for (unsigned int node = 0; node < m->layout->nr_nodes; node++)
		map->late[node] = first_deferred(m, map->all, map->nr_all, (int)node);
	return 0;
}

/*
 * Sections of 128 MiB without memory have no struct pages. Kernel:
 * mm/sparse.c:memory_present(), include/linux/memory_hotplug.h:pfn_to_online_page() [6.1]
 */
static void mark_absent(struct machine *m, const struct layout_span *v, size_t n)
{
	uint64_t section = (UINT64_C(128) << 20) >> m->page_shift;
	uint64_t block = pages_of(m->frames.pb_order), at = m->frames.base;
	uint64_t end = m->frames.base + m->frames.nr_frames;

	section = section > block ? section : block;
	for (size_t i = 0; i <= n; i++) {
		uint64_t to = i < n ? v[i].start / section * section : end;

		for (; at < to; at += block)
			pageblock_of(&m->frames, pfn(at))->absent = 1;
		to = i < n ? (v[i].end + section - 1) / section * section : end;
		at = to > at ? to : at;
	}
}

int boot_types(struct machine *m, struct km_diag *d)
{
	struct map map;
	int err = map_init(&map, m, d);

	if (err)
		return err;
	set_types(m, map.all, map.nr_all, false, map.late);
	set_types(m, map.given, map.nr_given, true, map.late);
	mark_absent(m, map.all, map.nr_all);
	map_release(&map);
	return 0;
}

int boot_parts(struct machine *m, struct km_diag *d)
{
	struct map map;
	size_t at = 0;
	int err = map_init(&map, m, d);

	if (err)
		return err;
	m->parts = calloc(map.nr_all ? map.nr_all : 1, sizeof(*m->parts));
	for (unsigned int i = 0; m->parts && i < m->pages.nr_zones; i++) {
		struct zone *z = &m->zone[i];

		z->part = &m->parts[at];
		for (size_t k = 0; k < map.nr_all; k++)
			if (machine_zone(m, &map.all[k]) == i)
				m->parts[at++] = (struct zone_part){ pfn(map.all[k].start),
								     pfn(map.all[k].end) };
		z->nr_parts = (unsigned int)(&m->parts[at] - z->part);
	}
	map_release(&map);
	return m->parts ? 0 : km_fail(d, KM_ENOMEM, "", "out of memory for the memory map");
}

int machine_boot(struct machine *m, struct km_diag *d)
{
	struct map map;
	int err = map_init(&map, m, d);

	if (err)
		return err;
	for (size_t i = 0; i < map.nr_given; i++)
		hand_over_span(m, &map.given[i], map.late[map.given[i].node]);
	map_release(&map);
	machine_set_stage(m, STAGE_PAGESETS);
	for (unsigned int i = 0; i < m->nr_cma; i++)
		cma_activate(&m->cma[i], &m->pages, &m->profile->cma, 0);
	machine_set_stage(m, STAGE_FINAL);
	machine_keep_reserves(m);
	return 0;
}
