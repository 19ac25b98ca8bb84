/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/state.h"
#include "engine/slab/slab_profile.h"

/* Where struct pages are mapped: of their place only that it is another one counts.
 * Kernel: arch/x86/include/asm/pgtable_64_types.h:__VMEMMAP_BASE_L4 [6.1 6.12] */
#define VMEMMAP UINT64_C(0xffffea0000000000)

enum { PMD_SHIFT = 21, PUD_SHIFT = 30, LEAST_POINTER = 4096 };

/* ---- opening ---- */

/* The stretch of memory that begins next at or after @from; false: there is none. */
static bool next_stretch(const struct replay *r, uint64_t from, struct zone_part *out)
{
	bool any = false;

	for (unsigned int i = 0; i < r->m.pages.nr_zones; i++) {
		const struct zone *z = &r->m.zone[i];
		const struct zone_part whole = { z->start, z->end };
		const struct zone_part *part = z->part ? z->part : &whole;

		for (unsigned int k = 0; k < (z->part ? z->nr_parts : 1); k++) {
			if (part[k].end.nr <= part[k].start.nr || part[k].start.nr < from ||
			    (any && part[k].start.nr >= out->start.nr))
				continue;
			*out = part[k];
			any = true;
		}
	}
	return any;
}

static void open_map(struct replay *r, struct kernel_map *m)
{
	const struct replay_access *a = &r->config.access;
	const struct machine_arch *arch = r->config.layout ? r->config.layout->arch :
							     machine_arch_at(0);
	struct zone_part at;
	uint64_t from = 0;

	*m = (struct kernel_map){ .page_shift = r->m.page_shift,
				  .direct = arch->direct_map,
				  .vmemmap = VMEMMAP };
	if (a->largest_shift >= PMD_SHIFT && m->page_shift == 12)
		m->large_shift = PMD_SHIFT;
	if (a->largest_shift >= PUD_SHIFT && m->page_shift == 12)
		m->giant_shift = PUD_SHIFT;
	/* what overlaps, or is beyond KERNEL_MAP_RAM stretches, counts as mapped by single pages */
	for (; next_stretch(r, from, &at); from = at.start.nr + 1)
		if (kernel_map_add(m, at.start.nr, at.end.nr))
			continue;
	kernel_map_split(m, a->single_kib);
}

/* The synthesizers of each bound: S1, S2 and S5 are forced; with S4 every line is touched. */
enum {
	LEAST = 1 << SYNTH_METADATA | 1 << SYNTH_ZERO | 1 << SYNTH_FREE,
	MOST = LEAST | 1 << SYNTH_ALL,
};

static int open_synth(struct replay *r, struct synth *s, unsigned int on, struct km_diag *d)
{
	const struct slab_profile *slab = object_profile(r);
	int err = tlb_open(&s->tlb, r->config.tlb, r->m.pages.nr_cpus, 0, d);

	s->on = on;
	s->init_on_alloc = r->config.access.init_on_alloc;
	s->links_inside = slab && !slab->link;
	open_map(r, &s->map);
	return err;
}

int tlb_feed_open(struct replay *r, struct km_diag *d)
{
	struct tlb_feed *f = &r->tlb;
	const struct replay_config *c = &r->config;
	const unsigned int on[TLB_NR_BOUNDS] = { c->access.synthesizers, LEAST, MOST };
	int err = 0;

	if (!c->tlb)
		return 0;
	for (; !err && f->nr < (c->access.bounds ? TLB_NR_BOUNDS : 1); f->nr++)
		err = open_synth(r, &f->synth[f->nr], on[f->nr], d);
	if (err)
		return err;
	f->tlb = f->synth[TLB_AS_SAID].tlb;
	f->objects = !c->synthetic && c->mode != REPLAY_SIMULATE;
	if (direct_map_init(&f->where, r->m.pages.nr_cpus, r->m.page_shift))
		return km_fail(d, KM_ENOMEM, "", "out of memory for the TLB");
	return 0;
}

void tlb_feed_close(struct replay *r)
{
	for (unsigned int i = 0; i < TLB_NR_BOUNDS; i++)
		tlb_close(r->tlb.synth[i].tlb);
	direct_map_release(&r->tlb.where);
}

void tlb_feed_survey(struct replay *r, const struct km_event *ev)
{
	struct tlb_feed *f = &r->tlb;

	if (!f->objects || ev->cpu >= r->m.pages.nr_cpus)
		return;
	if (ev->kind == KM_EV_PAGE_ALLOC && ev->page.pfn != KM_NO_PFN)
		direct_map_block(&f->where, ev);
	if (ev->kind == KM_EV_KMALLOC || ev->kind == KM_EV_CACHE_ALLOC)
		direct_map_object(&f->where, ev);
}

/* ---- events ---- */

static void switch_to(const struct replay *r, const struct km_event *ev)
{
	for (unsigned int i = 0; r->config.tlb->pti && i < r->tlb.nr; i++)
		tlb_switch(r->tlb.synth[i].tlb, ev->cpu, (uint32_t)ev->pid);
}

void tlb_feed_alloc(struct replay *r, const struct op *op, struct pfn at)
{
	const struct km_ev_page *p = &op->ev->page;

	if (at.nr == KM_NO_PFN)
		return;
	switch_to(r, op->ev);
	for (unsigned int i = 0; i < r->tlb.nr; i++)
		synth_pages(&r->tlb.synth[i], op->cpu, at.nr, p->order, p->gfp & KM_GFP_ZERO);
}

void tlb_feed_free(struct replay *r, const struct op *op, struct pfn at)
{
	if (at.nr == KM_NO_PFN)
		return;
	switch_to(r, op->ev);
	for (unsigned int i = 0; i < r->tlb.nr; i++)
		synth_pages_free(&r->tlb.synth[i], op->cpu, at.nr);
}

/* First page above all memory. */
static uint64_t memory_end(const struct tlb_feed *f)
{
	const struct kernel_map *m = &f->synth[TLB_AS_SAID].map;

	return m->nr_ram ? m->ram[m->nr_ram - 1].end : 0;
}

/* The page that @ptr lies in; false: none is known. */
static bool page_of(struct tlb_feed *f, uint64_t ptr, uint64_t *pfn)
{
	const struct kernel_map *m = &f->synth[TLB_AS_SAID].map;
	uint64_t last = memory_end(f);

	*pfn = (ptr - f->where.base) >> m->page_shift;
	if (f->where.sure && ptr >= f->where.base && *pfn < last)
		return true;
	f->skipped++;
	return false;
}

static void object(struct replay *r, const struct km_event *ev, bool alloc)
{
	struct tlb_feed *f = &r->tlb;
	uint64_t page, offset = ev->obj.ptr & ((UINT64_C(1) << r->m.page_shift) - 1);

	if (ev->obj.ptr < LEAST_POINTER || !f->objects || !page_of(f, ev->obj.ptr, &page))
		return;
	uint64_t most = (memory_end(f) - page) << r->m.page_shift;

	switch_to(r, ev);
	for (unsigned int i = 0; i < f->nr; i++) {
		if (alloc) /* a record may say anything: nothing goes on beyond memory */
			synth_object(&f->synth[i], ev->cpu, page, offset,
				     ev->obj.bytes_alloc < most ? ev->obj.bytes_alloc : most,
				     ev->obj.gfp & KM_GFP_ZERO);
		else
			synth_object_free(&f->synth[i], ev->cpu, page, offset);
	}
}

/*
 * A request for an area: its size has the guard page in it, which nothing maps. One that is larger
 * than memory is a device's.
 */
static void area(struct replay *r, const struct km_event *ev)
{
	uint64_t guard = UINT64_C(1) << r->m.page_shift;

	if (ev->num[3] || ev->num[1] <= guard)
		return;
	if (ev->num[1] >> r->m.page_shift > memory_end(&r->tlb)) {
		r->tlb.skipped++;
		return;
	}
	switch_to(r, ev);
	for (unsigned int i = 0; i < r->tlb.nr; i++)
		synth_area(&r->tlb.synth[i], ev->cpu, ev->num[0], ev->num[1] - guard);
}

void tlb_feed_event(struct replay *r, const struct km_event *ev)
{
	if (ev->cpu >= r->m.pages.nr_cpus || r->config.synthetic)
		return;
	switch (ev->kind) {
	case KM_EV_KMALLOC:
	case KM_EV_CACHE_ALLOC:
		object(r, ev, true);
		break;
	case KM_EV_KFREE:
	case KM_EV_CACHE_FREE:
		object(r, ev, false);
		break;
	case KM_EV_VMAP_ALLOC:
		area(r, ev);
		break;
	case KM_EV_VMAP_PURGE:
		for (unsigned int i = 0; ev->num[0] < ev->num[1] && i < r->tlb.nr; i++)
			tlb_flush_kernel(r->tlb.synth[i].tlb, ev->cpu, ev->num[0], ev->num[1]);
		break;
	default:
		break;
	}
}

/* ---- rows ---- */

static int put_row(const struct km_sink *sink, const struct km_tlb_row *row)
{
	return row->accesses ? sink->ops->tlb(sink->ctx, row) : 0;
}

static int report_walks(const struct replay *r, unsigned int bound, unsigned int cpu,
			unsigned int shift)
{
	static const char *const names[TLB_NR_BOUNDS] = { "walk", "walk (forced only)",
							  "walk (each line)" };
	const struct tlb *t = r->tlb.synth[bound].tlb;
	struct tlb_walks w = tlb_walks(t, cpu, shift);
	const struct km_tlb_row row = { .cpu = cpu,
					.tlb = names[bound],
					.page_bytes = UINT64_C(1) << shift,
					.accesses = w.walks,
					.misses = w.walks,
					.flushes = tlb_totals(t, cpu).full_flushes,
					.forced_accesses = w.forced,
					.walk_cycles = w.cycles };

	return put_row(&r->sink, &row);
}

static int report_size(const struct replay *r, unsigned int cpu, unsigned int shift)
{
	const struct tlb *t = r->tlb.tlb;
	const struct tlb_profile *p = tlb_profile(t);
	struct km_tlb_row row = { .cpu = cpu,
				  .page_bytes = UINT64_C(1) << shift,
				  .flushes = tlb_totals(t, cpu).full_flushes };
	int err = 0;

	for (unsigned int i = 0; !err && i < p->nr_arrays; i++) {
		struct tlb_count c = tlb_count(t, cpu, i, shift);

		row.tlb = p->array[i].name;
		row.accesses = c.accesses;
		row.misses = c.misses;
		row.evictions = c.evictions;
		row.forced_accesses = c.forced;
		err = put_row(&r->sink, &row);
	}
	for (unsigned int i = 0; !err && i < r->tlb.nr; i++)
		err = report_walks(r, i, cpu, shift);
	return err;
}

int tlb_feed_report(const struct replay *r)
{
	int err = 0;

	for (unsigned int cpu = 0; r->tlb.tlb && cpu < tlb_nr_cpus(r->tlb.tlb); cpu++)
		for (unsigned int shift = 12; !err && shift < 48; shift++)
			err = report_size(r, cpu, shift);
	return err;
}

static struct replay_tlb_bound bound_of(const struct tlb *t)
{
	struct replay_tlb_bound sum = { 0 };

	for (unsigned int cpu = 0; t && cpu < tlb_nr_cpus(t); cpu++) {
		struct tlb_totals all = tlb_totals(t, cpu);

		sum.lookups += all.accesses;
		sum.walks += all.walks;
		sum.walk_cycles += all.walk_cycles;
	}
	return sum;
}

void tlb_feed_totals(const struct replay *r, struct replay_tlb *out)
{
	const struct tlb_feed *f = &r->tlb;
	const struct synth *s = &f->synth[TLB_AS_SAID];

	*out = (struct replay_tlb){ .skipped = f->skipped,
				    .least = bound_of(f->synth[TLB_LEAST].tlb),
				    .most = bound_of(f->synth[TLB_MOST].tlb) };
	for (unsigned int k = 0; k < SYNTH_NR; k++) {
		out->by_synthesizer[k] = s->count[k];
		out->forced += synth_forced((enum synth_kind)k) ? s->count[k] : 0;
	}
	for (unsigned int cpu = 0; f->tlb && cpu < tlb_nr_cpus(f->tlb); cpu++) {
		struct tlb_totals t = tlb_totals(f->tlb, cpu);

		out->lookups += t.accesses;
		out->walks += t.walks;
		out->table_reads += t.table_reads;
		out->walk_cycles += t.walk_cycles;
		out->full_flushes += t.full_flushes;
		out->page_flushes += t.page_flushes;
	}
	for (unsigned int i = 0; f->tlb && i < 3; i++) {
		static const unsigned int shifts[] = { 12, PMD_SHIFT, PUD_SHIFT };

		out->mapped_kib[i] = kernel_map_kib(&s->map, shifts[i]);
	}
}
