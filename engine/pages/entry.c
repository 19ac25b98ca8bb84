/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/pages/entry.h"

enum { FRAG_BYTES = 32768 };

static uint64_t page_bytes(const struct pages *p)
{
	return UINT64_C(1) << p->page_shift;
}

unsigned int pages_order_of(const struct pages *p, uint64_t bytes)
{
	unsigned int order = 0;

	while (page_bytes(p) << order < bytes)
		order++;
	return order;
}

struct pfn pages_get_free(struct pages *p, const struct pages_request *rq)
{
	struct pages_request own = *rq;

	own.gfp &= ~(uint32_t)KM_GFP_HIGHMEM;
	return pages_alloc(p, &own);
}

struct pfn pages_alloc_exact(struct pages *p, const struct pages_request *rq, uint64_t bytes)
{
	struct pages_request own = *rq;
	uint64_t used = (bytes + page_bytes(p) - 1) / page_bytes(p);

	/* Kernel: its pages are single ones, and its addresses are used */
	own.gfp &= ~(uint32_t)(KM_GFP_COMP | KM_GFP_HIGHMEM);
	own.order = pages_order_of(p, bytes);
	struct pfn head = pages_alloc(p, &own);

	for (; head.nr != KM_NO_PFN && used < pages_of(own.order); used++)
		KM_BUG_ON(pages_free(p, rq->cpu, pfn_plus(head, used), 0,
				     p->prof->exact_to_tail ? PAGES_FREE_TO_TAIL : 0));
	return head;
}

int pages_free_exact(struct pages *p, unsigned int cpu, struct pfn head, uint64_t bytes)
{
	uint64_t used = (bytes + page_bytes(p) - 1) / page_bytes(p);
	int err = 0;

	for (uint64_t i = 0; !err && i < used; i++)
		err = pages_free(p, cpu, pfn_plus(head, i), 0, 0);
	return err;
}

int pages_free_shared(struct pages *p, unsigned int cpu, struct pfn head, unsigned int order)
{
	int err = 0;

	while (!err && order-- > 0)
		err = pages_free(p, cpu, pfn_plus(head, pages_of(order)), order, 0);
	return err;
}

/* Kernel: include/linux/mmzone.h:is_highmem_idx() [6.1]: ZONE_MOVABLE is of what lies below it. */
static bool is_high(const struct pages *p, const struct zone *z)
{
	bool any = false;

	for (unsigned int i = 0; i < p->nr_zones; i++)
		any |= p->highmem >= 0 && (int)p->zone[i].index == p->highmem;
	return any && (int)z->index >= p->highmem;
}

bool pages_address(const struct pages *p, struct pfn at, uint64_t *out)
{
	unsigned int zone = pages_zone_of(p, at);

	if (!p->direct_map || zone == p->nr_zones || is_high(p, &p->zone[zone]))
		return false;
	*out = p->direct_map + ((at.nr - p->direct_from.nr) << p->page_shift);
	return true;
}

/* ---- fragments ---- */

static bool frag_refill(struct pages *p, struct pages_frag *f, const struct pages_request *rq)
{
	const uint32_t large = KM_GFP_COMP | KM_GFP_NOWARN | KM_GFP_NORETRY | KM_GFP_NOMEMALLOC;
	struct pages_request own = *rq;

	own.order = pages_order_of(p, FRAG_BYTES);
	own.gfp |= large;
	if (p->prof->frag_never_waits)
		own.gfp &= ~(uint32_t)KM_GFP_DIRECT_RECLAIM;
	struct pfn head = own.order ? pages_alloc(p, &own) : pfn(KM_NO_PFN);

	if (head.nr == KM_NO_PFN) {
		own.order = 0;
		own.gfp = rq->gfp;
		head = pages_alloc(p, &own);
	}
	if (head.nr == KM_NO_PFN)
		return false;
	*f = (struct pages_frag){ .has_page = true,
				  .head = head,
				  .order = own.order,
				  .offset = page_bytes(p) << own.order };
	return true;
}

int pages_frag_alloc(struct pages *p, struct pages_frag *f, const struct pages_request *rq,
		     uint64_t bytes, uint64_t *out, struct pages_frag *old)
{
	int made = PAGES_FRAG_OLD;

	*old = (struct pages_frag){ .head = pfn(KM_NO_PFN) };
	if (f->has_page && f->offset < bytes && !f->users)
		f->offset = page_bytes(p) << f->order;
	if (f->has_page && f->offset < bytes && f->users) {
		*old = *f;
		*f = (struct pages_frag){ 0 };
	}
	if (!f->has_page) {
		if (!frag_refill(p, f, rq))
			return PAGES_FRAG_NONE;
		made = PAGES_FRAG_NEW;
	}
	/* a single page where more was hoped for may be too small */
	if (f->offset < bytes)
		return PAGES_FRAG_NONE;
	f->offset -= bytes;
	f->users++;
	*out = (f->head.nr << p->page_shift) + f->offset;
	return made;
}

void pages_frag_free(struct pages_frag *f)
{
	KM_BUG_ON(!f->users);
	f->users--;
}

int pages_frag_drain(struct pages *p, unsigned int cpu, struct pages_frag *f)
{
	struct pages_frag was = *f;

	*f = (struct pages_frag){ 0 };
	return was.has_page && !was.users ? pages_free(p, cpu, was.head, was.order, 0) : 0;
}
