/* SPDX-License-Identifier: GPL-2.0-only */
/* The pages behind an area, and the array of pointers to them. */
#include <stdlib.h>

#include "engine/vmem/parts.h"

static struct pfn *page_at(struct vmem_back *b, uint32_t i)
{
	return b->page ? &b->page[i] : &b->one;
}

/* Kernel: mm/vmalloc.c:vm_area_alloc_pages() [6.1]: in bulk until one gives less than asked for */
static uint32_t get_bulk(struct vmem *m, const struct pages_request *rq, struct vmem_back *b,
			 uint64_t pages)
{
	unsigned int most = m->c.bulk_chunk;
	uint32_t got = 0;

	while (most && got < pages) {
		uint64_t left = pages - got;
		unsigned int want = left < most ? (unsigned int)left : most, n = 0;

		if (want > 1)
			n = m->c.ops->bulk(m->c.ctx, rq, page_at(b, got), want);
		if (!n) {
			*page_at(b, got) = m->c.ops->get(m->c.ctx, rq);
			n = page_at(b, got)->nr != KM_NO_PFN;
		}
		got += n;
		if (n != want)
			break;
	}
	return got;
}

static uint32_t get_pages(struct vmem *m, const struct vmem_request *rq, struct vmem_back *b,
			  uint64_t pages, unsigned int order)
{
	struct pages_request page = {
		.gfp = rq->gfp | KM_GFP_NOWARN, .order = order, .cpu = rq->cpu, .node = rq->node
	};
	uint32_t got;

	if (!(rq->gfp & (KM_GFP_DMA | KM_GFP_DMA32)))
		page.gfp |= KM_GFP_HIGHMEM;
	got = order ? 0 : get_bulk(m, &page, b, pages);
	while (got < pages) {
		struct pfn p = m->c.ops->get(m->c.ctx, &page);

		if (p.nr == KM_NO_PFN)
			break;
		for (uint64_t i = 0; i < pages_of(order); i++)
			*page_at(b, got++) = pfn_plus(p, i);
	}
	return got;
}

/* Kernel: mm/vmalloc.c:__vmalloc_area_node() [6.1]: what is larger than a page is an area itself */
static int get_array(struct vmem *m, const struct vmem_request *rq, uint64_t pages, uint32_t *array)
{
	uint64_t bytes = pages * (m->c.bits_per_long / 8);

	*array = 0;
	if (bytes <= vmem_page(m))
		return 0;
	const struct vmem_request nested = {
		.bytes = bytes,
		.gfp = (rq->gfp & (KM_GFP_KERNEL | KM_GFP_HIGH | KM_GFP_NOWARN | KM_GFP_NORETRY |
				   KM_GFP_RETRY_MAYFAIL | KM_GFP_NOFAIL | KM_GFP_NOMEMALLOC |
				   KM_GFP_MEMALLOC | KM_GFP_ATOMIC)) |
		       KM_GFP_ZERO,
		.node = rq->node,
		.cpu = rq->cpu,
		.kind = VMEM_VMALLOC,
	};
	int err = vmem_make(m, &nested, array);

	m->n.arrays += *array != 0;
	if (!err && !*array)
		m->failure = VMEM_NO_ARRAY;
	return err;
}

int vmem_back(struct vmem *m, uint32_t area, const struct vmem_request *rq, uint64_t pages,
	      unsigned int order)
{
	struct vmem_back b = { .one = pfn(KM_NO_PFN), .resets = m->back[area].resets };
	int err = get_array(m, rq, pages, &b.array);

	if (err || m->failure != VMEM_GOT)
		return err;
	if (pages > 1)
		b.page = malloc(pages * sizeof(*b.page));
	if (pages > 1 && !b.page)
		err = -KM_ENOMEM;
	else
		b.nr_pages = get_pages(m, rq, &b, pages, order);
	m->n.pages += b.nr_pages;
	m->back[area] = b;
	if (!err && b.nr_pages < pages)
		m->failure = VMEM_NO_PAGE;
	return err;
}

void vmem_unback(struct vmem *m, unsigned int cpu, struct vmem_back *b)
{
	for (uint32_t i = 0; i < b->nr_pages; i++)
		m->c.ops->put(m->c.ctx, cpu, *page_at(b, i));
	m->n.pages -= b->nr_pages;
	free(b->page);
	b->page = NULL;
}
