/* SPDX-License-Identifier: GPL-2.0-only */
/* The doors that hand out virtual addresses: the machine's own struct vmem serves them. */
#include <inttypes.h>
#include <stdlib.h>

#include "engine/replay/doors.h"
#include "engine/replay/state.h"

/* ---- its pages ---- */

static int node_or_own(const struct replay *r, const struct pages_request *rq)
{
	return rq->node >= 0 ? rq->node : (int)node_of_cpu(r, rq->cpu);
}

static void handed_out(struct replay *r, struct pfn p, uint32_t gfp)
{
	place_handed_out(&r->m, p, 0, pages_migratetype(gfp));
}

static struct pfn get(void *ctx, const struct pages_request *asked)
{
	struct replay *r = ctx;
	struct pages_request rq = *asked;

	if (rq.order > r->m.frames.top_order)
		return pfn(KM_NO_PFN);
	rq.node = node_or_own(r, asked);
	struct pfn p = pages_alloc(&r->m.pages, &rq);

	for (uint64_t i = 0; p.nr != KM_NO_PFN && i < pages_of(rq.order); i++)
		handed_out(r, pfn_plus(p, i), rq.gfp);
	return p;
}

static unsigned int bulk(void *ctx, const struct pages_request *asked, struct pfn *out,
			 unsigned int n)
{
	struct replay *r = ctx;
	struct pages_request rq = *asked;

	rq.node = node_or_own(r, asked);
	unsigned int got = pages_bulk(&r->m.pages, &rq, out, n);

	for (unsigned int i = 0; i < got; i++)
		handed_out(r, out[i], rq.gfp);
	return got;
}

static void put(void *ctx, unsigned int cpu, struct pfn p)
{
	struct replay *r = ctx;
	enum place was;

	KM_BUG_ON(!place_release(&r->m, p, 0, &was));
	KM_BUG_ON(pages_free(&r->m.pages, cpu, p, 0, PAGES_FREE_KNOWN));
}

static const struct vmem_ops ops = { .get = get, .bulk = bulk, .put = put };

/* ---- making it ---- */

/* Where the direct map ends: highmem is not in it. */
static uint64_t lowmem_end(const struct replay *r)
{
	const struct machine_arch *arch = r->m.layout->arch;
	uint64_t end = 0;

	for (unsigned int i = 0; i < r->m.pages.nr_zones; i++) {
		const struct zone *z = &r->m.zone[i];

		if ((int)z->index != r->m.pages.highmem && (int)z->index != r->m.pages.movable &&
		    z->end.nr > end)
			end = z->end.nr;
	}
	return arch->direct_map + (end << r->m.page_shift);
}

/* As the architecture has them, or with five levels of page tables. */
static int find_addresses(const struct replay *r, struct vmem_layout *l, struct km_diag *d)
{
	const struct machine_arch *arch = r->m.layout->arch;
	const struct kernel_profile *k = r->config.profile;

	*l = machine_arch_vmem(arch, r->m.page_shift);
	if (r->config.tunables.page_table_levels != 5)
		return 0;
	if (!kernel_profile_has(k, KERNEL_FIVE_LEVELS))
		return km_fail(d, KM_EUSAGE, "machine.page_table_levels",
			       "kernel %s has no page tables of five levels", k->name);
	if (!machine_arch_five_levels(arch, r->m.page_shift, l))
		return km_fail(d, KM_EUSAGE, "machine.page_table_levels",
			       "%s has no page tables of five levels here", arch->name);
	return 0;
}

static int open_vmem(struct replay *r, const struct op *op, struct km_diag *d)
{
	const struct kernel_profile *k = r->config.profile;
	const struct machine_arch *arch = r->m.layout->arch;
	struct vmem_layout layout;
	int err = find_addresses(r, &layout, d);
	struct vmem_config c = { .prof = k->vmalloc,
				 .page_shift = r->m.page_shift,
				 .bits_per_long = arch->bits_per_long,
				 .nr_cpus = r->m.pages.nr_cpus,
				 .nr_nodes = r->m.pages.nr_nodes,
				 .bulk_chunk = k->pages.bulk_chunk,
				 .lowmem_end = lowmem_end(r),
				 .lazy_max_pages = r->config.tunables.vmalloc_lazy_pages,
				 .layout = &layout,
				 .ops = &ops,
				 .ctx = r };

	if (err)
		return err;
	if (!c.prof)
		return km_fail(d, KM_ENOTSUP, "",
			       "event %" PRIu64 ": kernel %s has no vmalloc here", op->no, k->name);
	for (unsigned int i = 0; i < r->m.pages.nr_zones; i++)
		c.total_pages += r->m.zone[i].managed;
	r->doors.vmem = malloc(sizeof(*r->doors.vmem));
	if (r->doors.vmem && !vmem_init(r->doors.vmem, &c))
		return 0;
	free(r->doors.vmem);
	r->doors.vmem = NULL;
	return km_fail(d, KM_ENOMEM, "", "out of memory for the vmalloc areas");
}

int doors_open_vmem(struct replay *r, const struct op *op, struct km_diag *d)
{
	return r->doors.vmem ? 0 : open_vmem(r, op, d);
}

/* ---- requests ---- */

bool doors_have_mmu(const struct replay *r)
{
	return r->config.tunables.no_mmu <= 0;
}

static enum vmem_kind kind_of(unsigned int door)
{
	static const enum vmem_kind kinds[KM_NR_DOORS] = {
		[KM_DOOR_VMALLOC] = VMEM_VMALLOC, [KM_DOOR_VMALLOC_HUGE] = VMEM_HUGE,
		[KM_DOOR_MODULE] = VMEM_MODULE,	  [KM_DOOR_VMAP] = VMEM_VMAP,
		[KM_DOOR_IOREMAP] = VMEM_IOREMAP, [KM_DOOR_MAP_RAM] = VMEM_RAM,
	};

	return kinds[door];
}

/*
 * Without an MMU virtual memory is physical memory: a block, of whole pages, a power of two.
 * A device is where it is; somebody's pages cannot be put together.
 *
 * Kernel: mm/nommu.c:__vmalloc(), vfree(), vmap() [6.1]
 * Differs: what is of at most two pages comes from slab, and has a block of pages here.
 */
static bool get_unmapped(struct replay *r, const struct op *op, struct door_object *o)
{
	const struct pages_request rq = { .gfp = (op->ev->obj.gfp | KM_GFP_COMP) &
						 ~(uint32_t)KM_GFP_HIGHMEM,
					  .order = o->order,
					  .cpu = op->cpu,
					  .node = (int)node_of_cpu(r, op->cpu) };

	if (kind_of(o->door) > VMEM_MODULE)
		return o->door == KM_DOOR_IOREMAP;
	if (rq.order <= r->m.frames.top_order)
		o->head = pages_alloc(&r->m.pages, &rq);
	if (o->head.nr == KM_NO_PFN)
		return false;
	place_handed_out(&r->m, o->head, o->order, pages_migratetype(rq.gfp));
	return true;
}

static void put_unmapped(struct replay *r, const struct op *op, const struct door_object *o)
{
	enum place was;

	if (o->head.nr == KM_NO_PFN)
		return;
	KM_BUG_ON(!place_release(&r->m, o->head, o->order, &was));
	KM_BUG_ON(pages_free(&r->m.pages, op->cpu, o->head, o->order, PAGES_FREE_KNOWN));
}

int doors_map(struct replay *r, const struct op *op, struct door_object *o, bool *served,
	      struct km_diag *d)
{
	const struct km_ev_object *a = &op->ev->obj;
	const struct vmem_request rq = { .bytes = a->bytes_req,
					 .align = a->bytes_alloc,
					 .gfp = a->gfp,
					 .node = a->node < (int)r->m.pages.nr_nodes ? a->node : -1,
					 .cpu = op->cpu,
					 .kind = kind_of(o->door) };
	bool mmu = doors_have_mmu(r);
	int err = mmu ? doors_open_vmem(r, op, d) : 0;

	*served = !mmu && get_unmapped(r, op, o);
	if (err || !mmu)
		return err;
	if (rq.align & (rq.align - 1))
		return km_fail(d, KM_EFORMAT, "",
			       "event %" PRIu64 " asks for an alignment that is no power of two: "
			       "not made by kmemlab gen",
			       op->no);
	if (vmem_alloc(r->doors.vmem, &rq, &o->addr))
		return km_fail(d, KM_ENOMEM, "", "out of memory for the vmalloc areas");
	*served = o->addr;
	o->area = r->doors.vmem->last_area;
	return r->config.paranoid ? vmem_check(r->doors.vmem, d) : 0;
}

int doors_map_failed(struct replay *r, const struct op *op, const struct door_object *o)
{
	bool mmu = doors_have_mmu(r), asked = !mmu && kind_of(o->door) <= VMEM_MODULE;
	struct km_failure_row row = {
		.event_no = op->no,
		.ts_ns = op->ev->ts_ns,
		.path = "vmalloc",
		.gfp = op->ev->obj.gfp,
		.migratetype = pages_migratetype(op->ev->obj.gfp),
		.ord = asked ? o->order : 0,
		.caller = caller_of(r, op->ev),
	};

	if (mmu)
		row.reason = vmem_failure_name(r->doors.vmem->failure);
	else if (!asked)
		row.reason = "there is no MMU";
	else if (o->order > r->m.frames.top_order)
		row.reason = "more than the largest block";
	else
		row.reason = pages_failure_name(r->m.pages.failure);
	r->totals.failures++;
	return r->sink.ops->failure(r->sink.ctx, &row);
}

void doors_unmap(struct replay *r, const struct op *op, const struct door_object *o)
{
	if (!doors_have_mmu(r))
		put_unmapped(r, op, o);
	else if (o->area)
		vmem_free_area(r->doors.vmem, op->cpu, o->area);
	else
		KM_BUG_ON(vmem_free(r->doors.vmem, op->cpu, o->addr, o->bytes));
}
