/* SPDX-License-Identifier: GPL-2.0-only */
/* The doors of tasks: their stacks, and pages that they map to look at. */
#include <stdlib.h>

#include "engine/replay/doors.h"
#include "engine/replay/state.h"

/* ---- pages ---- */

static struct pfn get_block(void *ctx, const struct pages_request *asked)
{
	struct replay *r = ctx;
	struct pages_request rq = *asked;

	if (rq.order > r->m.frames.top_order)
		return pfn(KM_NO_PFN);
	rq.node = (int)node_of_cpu(r, rq.cpu);
	struct pfn p = pages_alloc(&r->m.pages, &rq);

	if (p.nr != KM_NO_PFN)
		place_handed_out(&r->m, p, rq.order, pages_migratetype(rq.gfp));
	return p;
}

static void put_block(void *ctx, unsigned int cpu, struct pfn p, unsigned int order)
{
	struct replay *r = ctx;
	enum place was;

	KM_BUG_ON(!place_release(&r->m, p, order, &was));
	KM_BUG_ON(pages_free(&r->m.pages, cpu, p, order, PAGES_FREE_KNOWN));
}

static const struct kstack_ops stack_ops = { .get = get_block, .put = put_block };

static int no_memory(struct km_diag *d)
{
	return km_fail(d, KM_ENOMEM, "", "out of memory for the tasks' stacks and mappings");
}

/* ---- stacks ---- */

/*
 * Each CPU's own for interrupts, as they are made when it starts: two blocks on 32 bits, a mapping
 * of static pages on 64.
 * Kernel: arch/x86/kernel/irq_32.c:irq_init_percpu_irqstack(), irq_64.c:map_irq_stack() [6.1]
 */
static int make_irq_stacks(struct replay *r, struct kstack_config *c, unsigned int bits)
{
	const struct vmalloc_profile *prof = r->config.profile->vmalloc;
	struct pages_request rq = { .gfp = KM_GFP_KERNEL, .node = -1 };
	int err = 0;

	while (UINT64_C(1) << (c->page_shift + rq.order) < c->bytes)
		rq.order++;
	bool blocks = bits == 32 && (!prof->irq_stacks_beside_small || !rq.order);

	for (rq.cpu = 0; !err && rq.cpu < c->nr_cpus; rq.cpu++) {
		const struct vmem_request map = {
			.bytes = c->bytes, .node = -1, .cpu = rq.cpu, .kind = VMEM_VMAP
		};
		uint64_t addr;

		for (unsigned int i = 0; blocks && i < 2; i++)
			get_block(r, &rq);
		if (c->mapped)
			err = vmem_alloc(c->vmem, &map, &addr);
	}
	return err;
}

static int open_stacks(struct replay *r, const struct op *op, struct km_diag *d)
{
	const struct replay_tunables *t = &r->config.tunables;
	const struct machine_arch *arch = r->m.layout->arch;
	const struct vmalloc_profile *prof = r->config.profile->vmalloc;
	bool mmu = doors_have_mmu(r);
	int err = mmu ? doors_open_vmem(r, op, d) : 0;

	if (!err && !prof)
		err = km_fail(d, KM_ENOTSUP, "", "kernel %s has no stacks here",
			      r->config.profile->name);
	if (err)
		return err;
	struct kstack_config c = { .bytes = (uint64_t)prof->stack_pages << 12,
				   .mapped = prof->cached_stacks && arch->bits_per_long == 64,
				   .nr_cpus = r->m.pages.nr_cpus,
				   .page_shift = r->m.page_shift,
				   .vmem = r->doors.vmem,
				   .ops = &stack_ops,
				   .ctx = r };

	c.bytes = arch->thread_stack ? arch->thread_stack : c.bytes;
	c.bytes = t->thread_stack > 0 ? (uint64_t)t->thread_stack : c.bytes;
	c.mapped = mmu && (t->vmap_stack >= 0 ? t->vmap_stack : c.mapped);
	if (c.bytes < UINT64_C(1) << c.page_shift)
		c.bytes = UINT64_C(1) << c.page_shift;
	c.align = c.bytes << (arch->kind == KM_ARCH_ARM64);
	c.cached = c.mapped ? KSTACK_MOST_CACHED : 0;
	if (c.bytes & (c.bytes - 1))
		return km_fail(d, KM_EUSAGE, "policy.thread_stack", "it is a power of two");
	r->doors.stacks = malloc(sizeof(*r->doors.stacks));
	if (!r->doors.stacks)
		return no_memory(d);
	if (kstack_init(r->doors.stacks, &c)) {
		free(r->doors.stacks);
		r->doors.stacks = NULL;
		return no_memory(d);
	}
	return make_irq_stacks(r, &c, arch->bits_per_long) ? no_memory(d) : 0;
}

/* ---- mappings ---- */

static int open_kmap(struct replay *r, struct km_diag *d)
{
	const struct machine_arch *arch = r->m.layout->arch;
	struct kmap_config c = { .prof = &r->config.profile->kmap,
				 .slots = arch->kmap_slots ? arch->kmap_slots : 1,
				 .nr_cpus = r->m.pages.nr_cpus,
				 .page_shift = r->m.page_shift,
				 .base = arch->kmap_base,
				 .fixmap = arch->fixmap,
				 .direct_map = arch->direct_map,
				 .lowmem_end = UINT64_MAX };

	for (unsigned int i = 0; i < r->m.pages.nr_zones; i++) {
		const struct zone *z = &r->m.zone[i];
		bool high = (int)z->index == r->m.pages.highmem;

		/* what is movable in highmem lies behind it */
		if (high && arch->kmap_slots && z->start.nr < c.lowmem_end)
			c.lowmem_end = z->start.nr;
	}
	r->doors.kmap = malloc(sizeof(*r->doors.kmap));
	if (r->doors.kmap && !kmap_init(r->doors.kmap, &c))
		return 0;
	free(r->doors.kmap);
	r->doors.kmap = NULL;
	return no_memory(d);
}

/* A page, mapped while it is in use or for a moment. */
static bool map_page(struct replay *r, const struct op *op, struct door_object *o)
{
	const struct pages_request rq = { .gfp = op->ev->obj.gfp, .cpu = op->cpu, .node = -1 };
	struct kmap *k = r->doors.kmap;
	struct kmap_task task = { 0 };

	o->head = get_block(r, &rq);
	if (o->head.nr == KM_NO_PFN)
		return false;
	if (o->door == KM_DOOR_KMAP_LOCAL) {
		kmap_short(k, op->cpu, 0, &task, o->head.nr);
		kmap_short_end(k, op->cpu, 0, &task, o->head.nr);
		return true;
	}
	if (kmap_map(k, o->head.nr))
		return true;
	put_block(r, op->cpu, o->head, 0);
	return false;
}

/* ---- all of them ---- */

int doors_task(struct replay *r, const struct op *op, struct door_object *o, bool *served,
	       struct km_diag *d)
{
	int err = 0;

	*served = false;
	if (o->door == KM_DOOR_STACK) {
		err = r->doors.stacks ? 0 : open_stacks(r, op, d);
		if (!err && kstack_alloc(r->doors.stacks, op->cpu, &o->stack, served))
			err = no_memory(d);
		return err;
	}
	err = r->doors.kmap ? 0 : open_kmap(r, d);
	if (!err)
		*served = map_page(r, op, o);
	return err || !r->config.paranoid ? err : kmap_check(r->doors.kmap, d);
}

int doors_task_failed(struct replay *r, const struct op *op, const struct door_object *o)
{
	bool stack = o->door == KM_DOOR_STACK;
	const struct kstack_config *c = stack ? &r->doors.stacks->c : NULL;
	struct km_failure_row row = {
		.event_no = op->no,
		.ts_ns = op->ev->ts_ns,
		.path = stack ? "stack" : "kmap",
		.gfp = op->ev->obj.gfp,
		.migratetype = pages_migratetype(op->ev->obj.gfp),
		.reason = pages_failure_name(r->m.pages.failure),
		.caller = caller_of(r, op->ev),
	};

	if (stack && c->mapped)
		row.reason = vmem_failure_name(c->vmem->failure);
	while (stack && !c->mapped && UINT64_C(1) << (c->page_shift + row.ord) < c->bytes)
		row.ord++;
	if (!stack && o->head.nr != KM_NO_PFN)
		row.reason = "all slots are in use: the task would sleep";
	r->totals.failures++;
	return r->sink.ops->failure(r->sink.ctx, &row);
}

void doors_task_end(struct replay *r, const struct op *op, const struct door_object *o)
{
	if (o->door == KM_DOOR_STACK) {
		kstack_free(r->doors.stacks, op->cpu, &o->stack);
		return;
	}
	if (o->door == KM_DOOR_KMAP)
		kmap_unmap(r->doors.kmap, o->head.nr);
	put_block(r, op->cpu, o->head, 0);
}

static int tell(struct replay *r, const char *what, uint64_t n)
{
	const struct km_pressure_row row = { .what = what, .model = n };

	return r->sink.ops->pressure(r->sink.ctx, &row);
}

int doors_report(struct replay *r)
{
	const struct kstacks *s = r->doors.stacks;
	const struct kmap *k = r->doors.kmap;
	int err = 0;

	if (s) {
		err = tell(r, "stacks_made", s->n.made);
		err = err ? err : tell(r, "stacks_reused", s->n.reused);
		err = err ? err : tell(r, "stacks_failed", s->n.failed);
	}
	if (err || !k)
		return err;
	err = tell(r, "kmap", k->n.maps);
	err = err ? err : tell(r, "kmap_flushes", k->n.flushes);
	err = err ? err : tell(r, "kmap_waits", k->n.waits);
	err = err ? err : tell(r, "kmap_atomic", k->n.short_maps);
	return err ? err : tell(r, "kmap_local_flushes", k->n.local_flushes);
}

void doors_tasks_release(struct doors *t)
{
	if (t->stacks)
		kstack_release(t->stacks);
	if (t->kmap)
		kmap_release(t->kmap);
	free(t->stacks);
	free(t->kmap);
}
