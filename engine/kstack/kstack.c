/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/kstack/kstack.h"

#include <stdlib.h>

int kstack_init(struct kstacks *s, const struct kstack_config *c)
{
	uint64_t page = UINT64_C(1) << c->page_shift;

	if (c->bytes < page || c->bytes & (c->bytes - 1) || c->cached > KSTACK_MOST_CACHED)
		return -KM_EINVAL;
	*s = (struct kstacks){ .c = *c };
	s->cpu = calloc(c->nr_cpus, sizeof(*s->cpu));
	return s->cpu ? 0 : -KM_ENOMEM;
}

void kstack_release(struct kstacks *s)
{
	free(s->cpu);
	*s = (struct kstacks){ 0 };
}

/* 4.19 and later say __GFP_ACCOUNT too, which changes nothing here. */
static const uint32_t stack_gfp = KM_GFP_KERNEL | KM_GFP_ZERO;

static unsigned int order_of(const struct kstacks *s)
{
	unsigned int order = 0;

	while (UINT64_C(1) << (s->c.page_shift + order) < s->c.bytes)
		order++;
	return order;
}

static int map(struct kstacks *s, unsigned int cpu, struct kstack *out)
{
	const struct vmem_request rq = { .bytes = s->c.bytes,
					 .align = s->c.align,
					 .gfp = stack_gfp,
					 .node = -1,
					 .cpu = cpu,
					 .kind = VMEM_VMALLOC };
	int err = vmem_alloc(s->c.vmem, &rq, &out->addr);

	out->area = s->c.vmem->last_area;
	return err;
}

int kstack_alloc(struct kstacks *s, unsigned int cpu, struct kstack *out, bool *served)
{
	const struct pages_request rq = {
		.gfp = stack_gfp, .order = order_of(s), .cpu = cpu, .node = -1
	};
	struct kstack_cached *cached = &s->cpu[cpu];
	int err = 0;

	*out = (struct kstack){ .head = pfn(KM_NO_PFN) };
	*served = false;
	for (unsigned int i = 0; i < s->c.cached; i++)
		if (cached->is[i]) {
			*out = cached->stack[i];
			cached->is[i] = false;
			*served = true;
			s->n.reused++;
			return 0;
		}
	if (s->c.mapped)
		err = map(s, cpu, out);
	else
		out->head = s->c.ops->get(s->c.ctx, &rq);
	*served = !err && (out->addr || out->head.nr != KM_NO_PFN);
	s->n.made += *served;
	s->n.failed += !err && !*served;
	return err;
}

void kstack_free(struct kstacks *s, unsigned int cpu, const struct kstack *stack)
{
	struct kstack_cached *cached = &s->cpu[cpu];

	for (unsigned int i = 0; i < s->c.cached; i++)
		if (!cached->is[i]) {
			cached->stack[i] = *stack;
			cached->is[i] = true;
			return;
		}
	s->n.freed++;
	if (stack->area)
		vmem_free_area(s->c.vmem, cpu, stack->area);
	else
		s->c.ops->put(s->c.ctx, cpu, stack->head, order_of(s));
}

unsigned int kstack_kept(const struct kstacks *s, unsigned int cpu)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < s->c.cached; i++)
		kept += s->cpu[cpu].is[i];
	return kept;
}
