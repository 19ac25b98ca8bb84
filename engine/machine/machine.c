/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/machine/machine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/machine/boot.h"

static unsigned int count_populated(const struct km_snapshot *s)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < s->nr_zones; i++)
		n += s->zones[i].spanned > 0;
	return n;
}

static void set_zone_numbers(struct pages *p, const struct km_snapshot *s)
{
	p->dma = p->dma32 = p->highmem = p->movable = -1;
	p->normal = 0;
	for (unsigned int i = 0; i < s->nr_zones; i++) {
		const struct km_snap_zone *z = &s->zones[i];
		static const char *const names[] = { "DMA", "DMA32", "Normal", "HighMem",
						     "Movable" };
		int *const at[] = { &p->dma, &p->dma32, &p->normal, &p->highmem, &p->movable };

		for (unsigned int k = 0; k < 5; k++)
			if (!strcmp(z->name, names[k]))
				*at[k] = (int)z->index;
	}
}

static void zone_from(struct zone *z, const struct km_snap_zone *s, unsigned int id)
{
	*z = (struct zone){ .id = id,
			    .node = s->node,
			    .index = s->index,
			    .managed = s->managed,
			    .present = s->present };
	memcpy(z->name, s->name, sizeof(z->name));
	z->start = pfn(s->start_pfn);
	z->end = pfn(s->start_pfn + s->spanned);
	z->wmark[KM_WMARK_MIN] = s->min - s->boost;
	z->wmark[KM_WMARK_LOW] = s->low - s->boost;
	z->wmark[KM_WMARK_HIGH] = s->high - s->boost;
	z->boost = s->boost;
	for (unsigned int k = 0; k < s->nr_protection && k < KM_MAX_ZONE_CLASSES; k++)
		z->lowmem_reserve[k] = s->protection[k];
}

/* zones by node, then number, as zoneinfo prints them */
static int make_zones(struct machine *m, const struct machine_config *c, struct km_diag *d)
{
	const struct km_snapshot *s = c->seed;
	unsigned int n = count_populated(s), at = 0;

	if (!n || n > KM_MAX_ZONES)
		return km_fail(d, n ? KM_ENOTSUP : KM_EINVAL, s->label,
			       n ? "there are more than %d zones" :
				   "no populated zone is described: the capture needs a zoneinfo",
			       KM_MAX_ZONES);
	for (unsigned int i = 0; i < s->nr_zones; i++)
		if (s->zones[i].node < 0 || s->zones[i].node >= KM_MAX_NODES)
			return km_fail(d, KM_ENOTSUP, s->label, "there are more than %d nodes",
				       KM_MAX_NODES);
	m->zone = calloc(n, sizeof(*m->zone));
	m->final = calloc(n, sizeof(*m->final));
	m->buddy = calloc(n, sizeof(*m->buddy));
	m->pcp = calloc((size_t)n * c->nr_cpus, sizeof(*m->pcp));
	m->final_pcp = calloc((size_t)n * c->nr_cpus, sizeof(*m->final_pcp));
	if (!m->zone || !m->final || !m->buddy || !m->pcp || !m->final_pcp)
		return km_fail(d, KM_ENOMEM, s->label, "out of memory for %u zones", n);
	for (unsigned int i = 0; i < s->nr_zones; i++)
		if (s->zones[i].spanned) {
			zone_from(&m->zone[at], &s->zones[i], at);
			at++;
		}
	m->pages.nr_zones = n;
	return 0;
}

static int make_frames(struct machine *m, unsigned int top_order, unsigned int pb_order,
		       struct km_diag *d)
{
	struct pfn base = m->zone[0].start, end = m->zone[0].end;

	for (unsigned int i = 1; i < m->pages.nr_zones; i++) {
		base = m->zone[i].start.nr < base.nr ? m->zone[i].start : base;
		end = m->zone[i].end.nr > end.nr ? m->zone[i].end : end;
	}
	int err = frames_init(&m->frames, base, end, top_order, pb_order);

	const char *where = m->layout ? "machine.memory" : "zoneinfo";

	if (err == -KM_ENOMEM)
		return km_fail(d, KM_ENOMEM, where,
			       "out of memory for page frames %#" PRIx64 " to %#" PRIx64, base.nr,
			       end.nr);
	if (err)
		return km_fail(d, m->layout ? KM_EUSAGE : KM_ENOTSUP, where,
			       "memory from page frame %#" PRIx64 " to %#" PRIx64
			       " cannot be modelled: it may be at most 2^32 frames long",
			       base.nr, end.nr);
	return 0;
}

/*
 * Every pageblock whose first page lies in a zone begins movable; a zone that begins inside one
 * leaves it unmovable.
 */
static void captured_types(struct machine *m)
{
	uint64_t step = pages_of(m->frames.pb_order);

	for (unsigned int i = 0; i < m->pages.nr_zones; i++) {
		const struct zone *z = &m->zone[i];
		struct pfn at = pfn_align_up(z->start, m->frames.pb_order);

		for (; at.nr < z->end.nr; at = pfn_plus(at, step))
			pageblock_of(&m->frames, at)->mt = KM_MOVABLE;
	}
}

/* Nodes without memory count. */
static unsigned int nr_nodes(const struct km_snapshot *s)
{
	int most = 0;

	for (unsigned int i = 0; i < s->nr_zones; i++)
		most = s->zones[i].node > most ? s->zones[i].node : most;
	return (unsigned int)most + 1;
}

/* ---- whose CPUs are, and how far nodes are, on a captured machine ---- */

static int place_cpus(struct machine *m, const struct km_snapshot *s, struct km_diag *d)
{
	struct pages *p = &m->pages;

	if (!s->numa.has_cpus || m->layout)
		return 0;
	for (unsigned int cpu = 0; cpu < p->nr_cpus; cpu++) {
		int node = s->numa.cpu_node[cpu];

		if (node >= (int)p->nr_nodes)
			return km_fail(d, KM_EFORMAT, s->label,
				       "CPU %u is of node %d; zoneinfo has %u nodes", cpu, node,
				       p->nr_nodes);
		m->cpu_node[cpu] =
			(uint8_t)(node < 0 ? cpu * p->nr_nodes / p->nr_cpus : (unsigned int)node);
	}
	p->cpu_node = m->cpu_node;
	return 0;
}

static void link_zones(struct machine *m, const struct km_snapshot *s)
{
	uint8_t distance[KM_MAX_NODES][KM_MAX_NODES] = { 0 };
	unsigned int nr = m->pages.nr_nodes;

	for (unsigned int i = 0; i < nr; i++)
		for (unsigned int k = 0; k < nr; k++) {
			uint8_t told = m->layout ? m->layout->node[i].distance[k] :
						   s->numa.distance[i][k];

			distance[i][k] = told ? told : i == k ? 10 : 20;
		}
	pages_build_zonelists(&m->pages, distance);
}

/*
 * Grouping by mobility needs some pageblocks of each type. Kernel:
 * mm/page_alloc.c:build_all_zonelists() [6.1]
 */
static bool too_small_to_group(const struct machine *m, bool has_cma)
{
	uint64_t pages = 0;

	for (unsigned int i = 0; i < m->pages.nr_zones; i++)
		pages += m->zone[i].managed;
	return pages < pages_of(m->frames.pb_order) * (has_cma ? 6u : 5u);
}

static void adopt(struct pcp *p, struct pcp_limits *l, const struct km_snap_zone *z,
		  unsigned int cpu)
{
	for (unsigned int n = 0; n < z->nr_pagesets; n++)
		if (z->pagesets[n].cpu == cpu)
			p->prof->ops->adopt(p, l, z->pagesets[n].high, z->pagesets[n].batch);
}

void machine_adopt_pcp(struct machine *m, const struct km_snapshot *s)
{
	for (unsigned int i = 0, at = 0; i < s->nr_zones; i++) {
		if (!s->zones[i].spanned)
			continue;
		for (unsigned int cpu = 0; cpu < m->pages.nr_cpus; cpu++)
			adopt(pages_pcp(&m->pages, at, cpu), NULL, &s->zones[i], cpu);
		at++;
	}
}

static void final_pcp_from(struct machine *m, const struct km_snapshot *s)
{
	for (unsigned int i = 0, at = 0; i < s->nr_zones; i++) {
		const struct km_snap_zone *z = &s->zones[i];

		if (!z->spanned)
			continue;
		for (unsigned int cpu = 0; cpu < m->pages.nr_cpus; cpu++) {
			size_t k = (size_t)at * m->pages.nr_cpus + cpu;

			m->final_pcp[k] =
				pages_pcp_limits(&m->pages, &m->zone[at], m->high_fraction);
			adopt(&m->pcp[k], &m->final_pcp[k], z, cpu);
		}
		at++;
	}
}

/* Watermarks from changed tunables; one that is not changed is read back from the zones. */
static void retune_watermarks(struct machine *m, const struct machine_config *c)
{
	struct pages_tunables t = { .watermark_scale_factor = 10,
				    .high_fraction = m->high_fraction };

	if (c->min_free_kbytes >= 0) {
		t.min_free_kbytes = (uint64_t)c->min_free_kbytes;
	} else {
		for (unsigned int i = 0; i < m->pages.nr_zones; i++)
			t.min_free_kbytes += m->zone[i].wmark[KM_WMARK_MIN] << (m->page_shift - 10);
	}
	if (c->watermark_scale_factor >= 0)
		t.watermark_scale_factor = (uint64_t)c->watermark_scale_factor;
	pages_set_watermarks(&m->pages, &t);
}

static void retune_pcp(struct machine *m)
{
	for (size_t k = 0; k < (size_t)m->pages.nr_zones * m->pages.nr_cpus; k++) {
		const struct zone *z = &m->zone[k / m->pages.nr_cpus];

		m->final_pcp[k] = pages_pcp_limits(&m->pages, z, m->high_fraction);
	}
}

static int make_cma(struct machine *m, const struct km_snapshot *s, struct km_diag *d)
{
	for (unsigned int i = 0; i < s->nr_cma && i < MACHINE_MAX_CMA; i++) {
		const struct km_snap_cma *a = &s->cma[i];
		int err = cma_area_init(&m->cma[i], a->name, pfn(a->base_pfn), a->count,
					a->order_per_bit);

		if (err)
			return km_fail(d, (enum km_errno) - err, s->label,
				       "cannot describe CMA area %s", a->name);
		m->cma[i].aligns_bits = m->profile->cma.aligns_bits;
		m->nr_cma++;
	}
	return 0;
}

/* Where the kernel's own map of a configured machine's memory begins. */
static void map_directly(struct machine *m)
{
	const struct machine_arch *a = m->layout->arch;
	struct pages *p = &m->pages;
	uint64_t from = UINT64_MAX;

	for (unsigned int i = 0; i < m->layout->nr_memory; i++)
		from = m->layout->memory[i].start < from ? m->layout->memory[i].start : from;
	p->direct_map = p->prof->old_direct_map ? a->direct_map_old : a->direct_map;
	p->direct_from = pfn(
		a->direct_align ? from / a->direct_align * a->direct_align >> m->page_shift : 0);
}

/* A capture tells the page size only: a PMD maps what a table of 8-byte entries does. */
static unsigned int pmd_order(const struct machine_config *c)
{
	enum { ENTRY_SHIFT = 3 };

	if (c->layout)
		return machine_arch_pages(c->layout->arch, c->layout->page_shift)->huge_order;
	return c->page_shift > ENTRY_SHIFT ? c->page_shift - ENTRY_SHIFT : 0;
}

static void open_rooms(struct machine *m, const struct machine_config *c)
{
	struct pages *p = &m->pages;

	p->prof = &m->profile->pages;
	p->frames = &m->frames;
	p->zone = m->zone;
	p->buddy = m->buddy;
	p->pcp = m->pcp;
	p->nr_cpus = c->nr_cpus;
	p->nr_nodes = m->layout ? m->layout->nr_nodes : nr_nodes(c->seed);
	p->page_shift = c->page_shift;
	p->pmd_order = pmd_order(c);
	p->has_cma = c->has_cma;
	p->cpu_node = c->layout ? c->layout->cpu_node : NULL;
	set_zone_numbers(p, c->seed);
	if (m->layout)
		map_directly(m);
	for (unsigned int i = 0; i < p->nr_zones; i++) {
		buddy_init(&m->buddy[i], &m->profile->buddy, &m->frames, &m->zone[i], &m->probe);
		m->zone[i].movable_class = (unsigned int)(p->movable >= 0 ? p->movable : p->normal);
		m->buddy[i].watermark_boost_factor = 15000;
		m->buddy[i].no_mobility = too_small_to_group(m, c->has_cma);
		for (unsigned int cpu = 0; cpu < p->nr_cpus; cpu++)
			pcp_init(pages_pcp(p, i, cpu), &m->profile->pcp, cpu, m->frames.pb_order,
				 p->pmd_order);
	}
}

void machine_retune(struct machine *m, const struct machine_config *c)
{
	bool wmarks = c->min_free_kbytes >= 0 || c->watermark_scale_factor >= 0;

	if (c->high_fraction >= 0)
		m->high_fraction = (uint64_t)c->high_fraction;
	if (wmarks)
		retune_watermarks(m, c);
	if (wmarks || c->high_fraction >= 0)
		retune_pcp(m);
	for (unsigned int i = 0; i < m->pages.nr_zones && c->watermark_boost_factor >= 0; i++)
		m->buddy[i].watermark_boost_factor = (uint64_t)c->watermark_boost_factor;
	m->pages.no_nofragment = c->no_nofragment;
	pages_reserve_lowmem(&m->pages, c->lowmem_reserve_ratio);
	for (unsigned int i = 0; i < m->pages.nr_zones; i++) {
		memcpy(m->final[i].wmark, m->zone[i].wmark, sizeof(m->final[i].wmark));
		m->final[i].boost = m->zone[i].boost;
	}
	machine_set_stage(m, STAGE_FINAL);
	machine_keep_reserves(m);
}

void machine_keep_reserves(struct machine *m)
{
	uint64_t pb = pages_of(m->frames.pb_order);

	for (unsigned int i = 0; m->profile->pages.reserve_blocks && i < m->pages.nr_zones; i++) {
		uint64_t want = (m->zone[i].wmark[KM_WMARK_MIN] + pb - 1) / pb;
		unsigned int most = m->profile->pages.reserve_blocks;

		buddy_keep_reserve(&m->buddy[i], want < most ? (unsigned int)want : most);
	}
}

/* What the configuration asks for and the kernel does not have. */
static int check_profile(const struct machine_config *c, struct km_diag *d)
{
	const struct machine_layout *l = c->layout;
	const struct kernel_profile *p = c->profile;

	if (c->seed->nr_cma && !p->cma.present)
		return km_fail(d, KM_EUSAGE, l ? l->cma[0].place : c->seed->label,
			       "kernel %s has no contiguous areas (CMA), so %s cannot be",
			       kernel_profile_name(p), c->seed->cma[0].name);
	if (!l)
		return 0;
	const struct {
		bool is;
		enum kernel_feature feature;
		const char *key, *what;
	} asked[] = {
		{ l->movable_node, KERNEL_MOVABLE_NODE, "machine.movable_node", "movable_node" },
		{ l->kernelcore.percent, KERNEL_CORE_PERCENT, "machine.kernelcore",
		  "share of memory here: it takes a size" },
		{ l->movablecore.percent, KERNEL_CORE_PERCENT, "machine.movablecore",
		  "share of memory here: it takes a size" },
		{ l->deferred_init, KERNEL_DEFERRED_INIT, "machine.deferred_init",
		  "struct pages that are initialised late" },
	};
	if (!(p->archs & l->arch->kind))
		return km_fail(d, KM_EUSAGE, "machine.arch", "kernel %s does not run on an %s",
			       kernel_profile_name(p), l->arch->name);
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
		if (asked[i].is && !kernel_profile_has(p, asked[i].feature))
			return km_fail(d, KM_EUSAGE, asked[i].key, "kernel %s has no %s",
				       kernel_profile_name(p), asked[i].what);
	return 0;
}

static int build(struct machine *m, const struct machine_config *c, struct km_diag *d)
{
	unsigned int top =
		(c->seed->nr_orders ? c->seed->nr_orders : m->profile->buddy.nr_orders) - 1;
	unsigned int pb_order = c->seed->pageblock_order ? c->seed->pageblock_order : 9;
	int err = check_profile(c, d);

	if (!err)
		err = make_zones(m, c, d);

	if (!err && pb_order > top)
		return km_fail(d, KM_EFORMAT, "pagetypeinfo",
			       "page block order %u exceeds the kernel's largest order %u",
			       pb_order, top);
	if (!err)
		err = make_frames(m, top, pb_order, d);
	if (err)
		return err;
	open_rooms(m, c);
	err = place_cpus(m, c->seed, d);
	if (err)
		return err;
	link_zones(m, c->seed);
	if (m->layout && m->layout->nr_nodes > 1)
		err = boot_parts(m, d);
	if (err)
		return err;
	if (!m->layout)
		captured_types(m);
	else
		err = boot_types(m, d);
	if (err)
		return err;
	if (reclaim_init(&m->reclaim, &m->pages) || compact_init(&m->compact, &m->pages))
		return km_fail(d, KM_ENOMEM, c->seed->label, "out of memory for %u zones",
			       m->pages.nr_zones);
	final_pcp_from(m, c->seed);
	memcpy(m->final, m->zone, m->pages.nr_zones * sizeof(*m->zone));
	if (m->layout) {
		struct machine_config own = boot_tunables(m, c);

		machine_retune(m, &own);
	} else {
		machine_retune(m, c);
	}
	return make_cma(m, c->seed, d);
}

int machine_init(struct machine *m, const struct machine_config *c, struct km_diag *d)
{
	*m = (struct machine){ .profile = c->profile,
			       .high_fraction = c->recorded_fraction,
			       .page_shift = c->page_shift,
			       .layout = c->layout };
	int err = build(m, c, d);

	if (err)
		machine_release(m);
	return err;
}

void machine_release(struct machine *m)
{
	for (unsigned int i = 0; i < m->nr_cma; i++)
		cma_area_release(&m->cma[i]);
	reclaim_release(&m->reclaim);
	compact_release(&m->compact);
	frames_release(&m->frames);
	free(m->zone);
	free(m->parts);
	free(m->final);
	free(m->buddy);
	free(m->pcp);
	free(m->final_pcp);
	free(m->pages.cpu_diff);
	*m = (struct machine){ 0 };
}

static void restore_final(struct machine *m)
{
	for (unsigned int i = 0; i < m->pages.nr_zones; i++) {
		memcpy(m->zone[i].wmark, m->final[i].wmark, sizeof(m->zone[i].wmark));
		m->zone[i].boost = m->final[i].boost;
		for (unsigned int cpu = 0; cpu < m->pages.nr_cpus; cpu++) {
			size_t k = (size_t)i * m->pages.nr_cpus + cpu;

			m->pcp[k].prof->ops->set_limits(&m->pcp[k], &m->final_pcp[k]);
		}
	}
}

void machine_set_stage(struct machine *m, enum machine_stage stage)
{
	struct pages_tunables t = { .watermark_scale_factor = 10,
				    .high_fraction = m->high_fraction };

	m->stage = stage;
	if (stage == STAGE_FINAL) {
		restore_final(m);
		return;
	}
	if (stage == STAGE_WATERMARKS)
		t.min_free_kbytes = pages_min_free_kbytes(&m->pages, m->page_shift);
	else
		t.watermark_scale_factor = 0;
	pages_set_watermarks(&m->pages, &t);
	if (stage == STAGE_BOOT)
		for (size_t k = 0; k < (size_t)m->pages.nr_zones * m->pages.nr_cpus; k++) {
			m->pcp[k].high = 0;
			m->pcp[k].prof->ops->set_limits(&m->pcp[k],
							&(struct pcp_limits){ .batch = 1 });
		}
}

struct cma_area *machine_cma_by_name(struct machine *m, const char *name)
{
	for (unsigned int i = 0; i < m->nr_cma; i++)
		if (!strcmp(m->cma[i].name, name))
			return &m->cma[i];
	return NULL;
}

struct cma_area *machine_cma_for(struct machine *m, const char *name)
{
	struct cma_area *a = machine_cma_by_name(m, name);

	if (!a)
		a = machine_cma_by_name(m, "reserved");
	return a || !m->nr_cma ? a : &m->cma[0];
}

struct cma_area *machine_cma_at(struct machine *m, struct pfn p)
{
	for (unsigned int i = 0; i < m->nr_cma; i++)
		if (cma_has(&m->cma[i], p))
			return &m->cma[i];
	return NULL;
}

int machine_check(const struct machine *m, struct km_diag *d)
{
	int err = pages_check(&m->pages, d);

	return err ? err : reclaim_check(&m->reclaim, d);
}
