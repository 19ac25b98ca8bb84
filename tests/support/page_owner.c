/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/support/page_owner.h"

#include <criterion/criterion.h>

void page_owner_init(struct page_owner *o)
{
	*o = (struct page_owner){ .fail_at = -1, .bulk_most = 1000 };
}

static struct pfn hand_out(struct page_owner *o, uint64_t pages)
{
	uint64_t at = (o->next + pages - 1) / pages * pages;

	for (uint64_t tries = 0; tries < OWNER_PAGES; tries++, at = (at + 1) % OWNER_PAGES) {
		uint64_t n = 0;

		if (at % pages || at + pages > OWNER_PAGES)
			continue;
		while (n < pages && !o->out[at + n])
			n++;
		if (n < pages)
			continue;
		for (uint64_t i = 0; i < pages; i++)
			o->out[at + i] = true;
		o->next = (at + pages) % OWNER_PAGES;
		o->nr_out += pages;
		return pfn(at);
	}
	return pfn(KM_NO_PFN);
}

static struct pfn get(void *ctx, const struct pages_request *rq)
{
	struct page_owner *o = ctx;

	if ((int64_t)o->calls++ == o->fail_at || (rq->order && o->no_blocks))
		return pfn(KM_NO_PFN);
	o->singles += !rq->order;
	o->blocks += rq->order != 0;
	return hand_out(o, pages_of(rq->order));
}

static unsigned int bulk(void *ctx, const struct pages_request *rq, struct pfn *out, unsigned int n)
{
	struct page_owner *o = ctx;
	unsigned int give = n < o->bulk_most ? n : o->bulk_most;

	cr_assert(n > 1 && !rq->order);
	if ((int64_t)o->calls++ == o->fail_at)
		return 0;
	for (unsigned int i = 0; i < give; i++)
		out[i] = hand_out(o, 1);
	o->bulks += give;
	return give;
}

static void put(void *ctx, unsigned int cpu, struct pfn p)
{
	struct page_owner *o = ctx;

	(void)cpu;
	cr_assert(p.nr < OWNER_PAGES && o->out[p.nr], "page %lu is nobody's", p.nr);
	o->out[p.nr] = false;
	o->nr_out--;
}

const struct vmem_ops page_owner_ops = { .get = get, .bulk = bulk, .put = put };
