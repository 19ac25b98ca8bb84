/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where ZONE_MOVABLE begins on each node.
 *
 * 1. A configuration may say so for each node by itself. 2. movable_node: from the first memory on
 * that can be unplugged. 3. kernelcore, movablecore: the kernel's own part is spread evenly over
 * the nodes; where a node has too little, the others have more; what the highest zone of the
 * architecture does not reach is the kernel's in any case.
 *
 * Kernel: mm/page_alloc.c:find_zone_movable_pfns_for_nodes() [6.1]
 */
#include <string.h>

#include "engine/machine/layout_parts.h"

struct part {
	uint64_t start, end; /* pages */
};

struct spread {
	const struct machine_layout *l;
	struct part part[LAYOUT_MAX_RANGES]; /* the machine's memory, ascending */
	unsigned int node[LAYOUT_MAX_RANGES], nr;
	uint64_t total;			/* pages of memory */
	uint64_t usable;		/* ZONE_MOVABLE cannot begin below */
	uint64_t required;		/* pages still to be the kernel's */
	uint64_t movable[KM_MAX_NODES]; /* where it begins so far; 0: nowhere */
	bool has_memory[KM_MAX_NODES];
};

/* Memory in pages, sorted by address; page 0 of an x86 is the firmware's. */
static void collect(struct spread *s)
{
	const struct machine_layout *l = s->l;

	for (unsigned int i = 0; i < l->nr_memory; i++) {
		struct part p = { l->memory[i].start >> l->page_shift,
				  l->memory[i].end >> l->page_shift };
		unsigned int at = s->nr++;

		p.start += l->arch->legacy_to && !p.start;
		for (; at && s->part[at - 1].start > p.start; at--) {
			s->part[at] = s->part[at - 1];
			s->node[at] = s->node[at - 1];
		}
		s->part[at] = p;
		s->node[at] = l->memory[i].node;
		s->total += p.end - p.start;
		s->has_memory[l->memory[i].node] = true;
	}
}

static uint64_t node_end(const struct spread *s, unsigned int node)
{
	uint64_t end = 0;

	for (unsigned int i = 0; i < s->nr; i++)
		end = s->node[i] == node ? s->part[i].end : end;
	return end;
}

/* The first page of the highest zone that has any. Kernel: find_usable_zone_for_movable() [6.1] */
static uint64_t usable_from(const struct spread *s)
{
	const struct machine_layout *l = s->l;
	uint64_t top = s->part[s->nr - 1].end, low = s->part[0].start, from = low;

	for (unsigned int i = 0; i < layout_nr_zones(l); i++) {
		uint64_t end = layout_zone_end(l, i) >> l->page_shift;

		end = end < top ? end : top;
		if (!strcmp(layout_zone_name(l, i), "Movable") || end <= low)
			continue;
		from = low;
		low = end;
	}
	return from;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* One node gives the kernel @share pages of its memory, from where it stopped. */
static void take_share(struct spread *s, unsigned int node, uint64_t share)
{
	uint64_t *movable = &s->movable[node];

	for (unsigned int i = 0; i < s->nr; i++) {
		uint64_t start = s->part[i].start > *movable ? s->part[i].start : *movable;
		uint64_t end = s->part[i].end;

		if (s->node[i] != node || start >= end)
			continue;
		if (start < s->usable) {
			uint64_t pages = least(end, s->usable) - start;

			share -= least(pages, share);
			s->required -= least(pages, s->required);
			*movable = end;
			if (end <= s->usable)
				continue;
			start = s->usable;
		}
		uint64_t pages = least(end - start, share);

		*movable = start + pages;
		s->required -= least(s->required, pages);
		share -= pages;
		if (!share)
			return;
	}
}

static void spread_evenly(struct spread *s)
{
	unsigned int nodes = 0;

	for (unsigned int node = 0; node < s->l->nr_nodes; node++)
		nodes += s->has_memory[node];
	do {
		uint64_t share = s->required / nodes;

		for (unsigned int node = 0; node < s->l->nr_nodes; node++) {
			if (!s->has_memory[node])
				continue;
			if (s->required < share)
				share = s->required / nodes;
			take_share(s, node, share);
		}
	} while (--nodes && s->required > nodes);
}

static uint64_t core_pages(const struct spread *s, const struct layout_core *c)
{
	return c->percent ? s->total * 100 * c->percent / 10000 : c->bytes >> s->l->page_shift;
}

/* Whole largest blocks. */
static uint64_t round_up(const struct spread *s, uint64_t pages)
{
	unsigned int nr_orders = machine_arch_pages(s->l->arch, s->l->page_shift)->nr_orders;
	uint64_t unit = pages_of(nr_orders - 1);

	return (pages + unit - 1) / unit * unit;
}

static void spread_core(struct spread *s)
{
	uint64_t movable = round_up(s, core_pages(s, &s->l->movablecore));

	s->required = core_pages(s, &s->l->kernelcore);
	s->usable = usable_from(s);
	if (movable && s->total - least(movable, s->total) > s->required)
		s->required = s->total - least(movable, s->total);
	if (s->required && s->required < s->total)
		spread_evenly(s);
}

/*
 * A node with memory that the kernel was loaded to cannot be unplugged, whatever firmware says.
 * Kernel: arch/x86/mm/numa.c:numa_clear_kernel_node_hotplug() [6.1]
 */
static bool keeps_kernel(const struct machine_layout *l, unsigned int node)
{
	for (unsigned int i = 0; i < l->nr_memory; i++)
		for (unsigned int k = 0; k < l->nr_reserved && l->memory[i].node == node; k++)
			if (l->reserved[k].start < l->memory[i].end &&
			    l->memory[i].start < l->reserved[k].end)
				return true;
	return false;
}

static void from_hotplug(struct spread *s)
{
	for (unsigned int i = 0; i < s->nr; i++) {
		unsigned int node = s->node[i];

		if (s->l->node[node].hotpluggable && !keeps_kernel(s->l, node) && !s->movable[node])
			s->movable[node] = s->part[i].start;
	}
}

/* The configuration's own: so much of the node's top. */
static void from_top(struct spread *s, unsigned int node)
{
	uint64_t left = s->l->node[node].movable_bytes >> s->l->page_shift;

	for (unsigned int i = s->nr; left && i-- > 0;) {
		if (s->node[i] != node)
			continue;
		uint64_t pages = least(s->part[i].end - s->part[i].start, left);

		s->movable[node] = s->part[i].end - pages;
		left -= pages;
	}
}

void layout_place_movable(struct machine_layout *l)
{
	struct spread s = { .l = l };

	collect(&s);
	if (l->movable_node)
		from_hotplug(&s);
	else
		spread_core(&s);
	for (unsigned int node = 0; node < l->nr_nodes; node++) {
		from_top(&s, node);
		uint64_t at = round_up(&s, s.movable[node]);

		l->node[node].movable_at = at < node_end(&s, node) ? at << l->page_shift : 0;
	}
}
