/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 1. Memory, by node. 2. Zones, where they are not the architecture's. 3. CMA areas. 4. What is
 * reserved: the kernel's image, and so much of each zone that as many pages are handed over as
 * were.
 */
#include "cli/captured.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A range of meta/iomem, in bytes. */
struct ram {
	uint64_t start, end;
};

struct capture {
	struct config *c;
	const struct km_snapshot *s;
	unsigned int page_shift;
	struct ram ram[LAYOUT_MAX_RANGES], image;
	size_t nr_ram;
	bool own_cma; /* the capture's areas are taken over */
};

static uint64_t up(uint64_t bytes, unsigned int shift)
{
	return ((bytes + (UINT64_C(1) << shift) - 1) >> shift) << shift;
}

static uint64_t down(uint64_t bytes, unsigned int shift)
{
	return bytes >> shift << shift;
}

/* "  01000000-01801217 : Kernel code"; whole pages of it. */
static void read_line(struct capture *k, const char *line)
{
	uint64_t from, to;
	char name[32];

	if (sscanf(line, " %" SCNx64 "-%" SCNx64 " : %31[^\n]", &from, &to, name) != 3 ||
	    to <= from)
		return;
	if (!strncmp(name, "Kernel ", 7)) {
		from = down(from, k->page_shift);
		to = up(to + 1, k->page_shift);
		if (!k->image.end || from < k->image.start)
			k->image.start = from;
		k->image.end = to > k->image.end ? to : k->image.end;
	}
	from = up(from, k->page_shift);
	to = down(to + 1, k->page_shift);
	if (*line != ' ' && !strcmp(name, "System RAM") && from < to &&
	    k->nr_ram < LAYOUT_MAX_RANGES)
		k->ram[k->nr_ram++] = (struct ram){ from, to };
}

static int read_iomem(struct capture *k, struct trace *t, struct km_diag *d)
{
	const char *data;
	size_t len;
	struct km_diag none;

	if (trace_file(t, "meta/iomem", &data, &len, &none))
		return 0;
	char *text = strndup(data, len), *rest = text, *line;

	if (!text)
		return km_fail(d, KM_ENOMEM, "", "out of memory");
	while ((line = strsep(&rest, "\n")))
		read_line(k, line);
	free(text);
	return 0;
}

static unsigned int nr_nodes(const struct km_snapshot *s)
{
	int most = 0;

	for (unsigned int i = 0; i < s->nr_zones; i++)
		most = s->zones[i].populated && s->zones[i].node > most ? s->zones[i].node : most;
	return (unsigned int)most + 1;
}

static int add_range(struct capture *k, unsigned int node, uint64_t start, uint64_t end)
{
	struct config_layout *l = &k->c->layout;

	if (start >= end)
		return 0;
	if (l->nr_memory == LAYOUT_MAX_RANGES)
		return -KM_ENOTSUP;
	l->memory[l->nr_memory++] = (struct config_memory){
		.range = { .start = start, .end = end, .node = node, .place = "meta/iomem" }
	};
	return 0;
}

/* A zone's part of RAM; all of the zone where nothing says what of it is RAM. */
static int add_zone_memory(struct capture *k, const struct km_snap_zone *z)
{
	uint64_t from = z->start_pfn << k->page_shift;
	uint64_t to = (z->start_pfn + z->spanned) << k->page_shift;
	int err = k->nr_ram ? 0 : add_range(k, (unsigned int)z->node, from, to);

	for (size_t i = 0; !err && i < k->nr_ram; i++) {
		uint64_t a = k->ram[i].start > from ? k->ram[i].start : from;
		uint64_t b = k->ram[i].end < to ? k->ram[i].end : to;

		err = add_range(k, (unsigned int)z->node, a, b);
	}
	return err;
}

static void add_cpus(struct capture *k)
{
	struct config_layout *l = &k->c->layout;
	const struct km_numa *numa = &k->s->numa;

	for (unsigned int i = 0; i < l->nr_nodes; i++) {
		struct config_node *n = &l->node[i];

		for (unsigned int cpu = 0; numa->has_cpus && cpu < KM_MAX_CPUS; cpu++)
			if (numa->cpu_node[cpu] == (int16_t)i) {
				n->has_cpus = true;
				n->cpus[cpu / 8] |= (uint8_t)(1u << cpu % 8);
			}
		n->nr_distances = numa->has_distances ? l->nr_nodes : 0;
		for (unsigned int other = 0; other < n->nr_distances; other++)
			n->distance[other] = numa->distance[i][other];
	}
}

static int add_memory(struct capture *k)
{
	struct config_layout *l = &k->c->layout;
	unsigned int nodes = nr_nodes(k->s);
	int err = nodes > KM_MAX_NODES ? -KM_ENOTSUP : 0;

	l->nr_memory = l->nr_nodes = 0;
	memset(l->node, 0, sizeof(l->node));
	for (unsigned int i = 0; !err && i < k->s->nr_zones; i++)
		if (k->s->zones[i].populated)
			err = add_zone_memory(k, &k->s->zones[i]);
	if (!err && nodes > 1) {
		l->nr_nodes = nodes;
		add_cpus(k);
	}
	k->c->values[nodes > 1 ? CONFIG_NODES : CONFIG_MEMORY].set = true;
	return err || !l->nr_memory ? -KM_ENOTSUP : 0;
}

/* A kernel built without a zone has its memory in the next. */
static void add_zones(struct capture *k, const struct machine_arch *arch)
{
	struct config_layout *l = &k->c->layout;
	unsigned int all = 0, nr = 0;

	if (k->c->values[CONFIG_ZONES].set)
		return;
	while (arch->zone[all].name)
		all++;
	for (unsigned int a = 0; a < all; a++) {
		bool has = false;

		for (unsigned int i = 0; i < k->s->nr_zones; i++)
			has |= !strcmp(k->s->zones[i].name, arch->zone[a].name);
		if (!has)
			continue;
		snprintf(l->zone[nr].name, sizeof(l->zone[nr].name), "%s", arch->zone[a].name);
		snprintf(l->zone[nr].place, sizeof(l->zone[nr].place), "zoneinfo");
		l->zone[nr++].end = arch->zone[a].end;
	}
	l->nr_zones = nr == all ? 0 : nr;
	k->c->values[CONFIG_ZONES].set = l->nr_zones != 0;
}

static void add_cma(struct capture *k)
{
	struct config_layout *l = &k->c->layout;

	if (k->c->values[CONFIG_CMA].set || !k->s->nr_cma || k->s->nr_cma > LAYOUT_MAX_CMA)
		return;
	for (unsigned int i = 0; i < k->s->nr_cma; i++) {
		const struct km_snap_cma *a = &k->s->cma[i];
		struct layout_cma *area = &l->cma[l->nr_cma];

		if (!a->count)
			continue; /* it was given up */
		*area = (struct layout_cma){ .base = a->base_pfn << k->page_shift,
					     .bytes = a->count << k->page_shift,
					     .order_per_bit = a->order_per_bit,
					     .place = "snap/cma" };
		memcpy(area->name, a->name, sizeof(area->name));
		l->nr_cma++;
	}
	k->own_cma = k->c->values[CONFIG_CMA].set = true;
}

static void reserve(struct capture *k, uint64_t start, uint64_t end)
{
	struct config_layout *l = &k->c->layout;

	if (start >= end || l->nr_reserved == LAYOUT_MAX_RANGES)
		return;
	l->reserved[l->nr_reserved++] =
		(struct layout_range){ .start = start, .end = end, .place = "zoneinfo" };
	k->c->values[CONFIG_RESERVED].set = true;
}

/* Pages of @z that were never handed over go from the top of its RAM, below areas taken over. */
static void reserve_zone(struct capture *k, const struct km_snap_zone *z)
{
	const struct config_layout *l = &k->c->layout;
	uint64_t from = z->start_pfn << k->page_shift;
	uint64_t to = (z->start_pfn + z->spanned) << k->page_shift;
	uint64_t missing = z->present > z->managed ? z->present - z->managed : 0;

	missing <<= k->page_shift;
	if (k->image.end > k->image.start && k->image.start >= from && k->image.end <= to) {
		uint64_t image = k->image.end - k->image.start;

		missing = missing > image ? missing - image : 0;
	}
	for (unsigned int i = 0; k->own_cma && i < l->nr_cma; i++)
		if (l->cma[i].base >= from && l->cma[i].base < to)
			to = l->cma[i].base;
	for (unsigned int i = l->nr_memory; i-- > 0 && missing;) {
		uint64_t a = l->memory[i].range.start, b = l->memory[i].range.end;

		a = a > from ? a : from;
		b = b < to ? b : to;
		if (k->image.start < b && k->image.end > a)
			a = k->image.end;
		if (a >= b)
			continue;
		a = b - a > missing ? b - missing : a;
		missing -= b - a;
		reserve(k, a, b);
	}
}

static void add_reserved(struct capture *k)
{
	if (k->c->values[CONFIG_RESERVED].set)
		return;
	k->c->layout.nr_reserved = 0;
	reserve(k, k->image.start, k->image.end);
	for (unsigned int i = 0; i < k->s->nr_zones; i++)
		if (k->s->zones[i].populated)
			reserve_zone(k, &k->s->zones[i]);
}

int captured_machine(struct config *c, struct trace *t, const struct km_snapshot *s,
		     const char *where, struct km_diag *d)
{
	const struct trace_info *info = trace_info(t);
	struct capture k = { .c = c, .s = s };
	const char *name = c->values[CONFIG_ARCH].set ? c->values[CONFIG_ARCH].text : info->arch;
	const struct machine_arch *arch = machine_arch_find(name);
	unsigned int bytes = info->page_size ? info->page_size : 4096;

	while (UINT32_C(1) << k.page_shift < bytes)
		k.page_shift++;
	int err = read_iomem(&k, t, d);

	if (!err && add_memory(&k))
		err = km_fail(d, KM_EUSAGE, where,
			      "nothing says what memory the capture's machine had; say it with "
			      "machine.memory");
	if (err)
		return err;
	if (s->pageblock_order)
		config_default_integer(c, CONFIG_PAGEBLOCK_ORDER, (int64_t)s->pageblock_order);
	if (arch)
		add_zones(&k, arch);
	add_cma(&k);
	add_reserved(&k);
	return 0;
}
