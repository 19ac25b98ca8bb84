/* SPDX-License-Identifier: GPL-2.0-only */
/* The live set and the leaks, on lists of events short enough to count by hand. */
#include <criterion/criterion.h>

#include "engine/leak/leak.h"

enum { PAGE = 4096 };

static struct live_object block(uint64_t pfn, unsigned int order)
{
	return (struct live_object){ .key = pfn,
				     .order = (uint8_t)order,
				     .bytes_req = (uint32_t)PAGE << order,
				     .bytes_alloc = (uint32_t)PAGE << order };
}

static struct km_event object(unsigned int kind, uint64_t ms, uint64_t ptr, uint32_t bytes,
			      uint32_t site)
{
	return (struct km_event){
		.kind = (uint8_t)kind,
		.ts_ns = ms << 20,
		.obj = { .ptr = ptr, .bytes_req = bytes, .bytes_alloc = bytes, .call_site = site }
	};
}

static struct km_event pages(unsigned int kind, uint64_t ms, uint64_t pfn, unsigned int order)
{
	return (struct km_event){
		.kind = (uint8_t)kind,
		.ts_ns = ms << 20,
		.page = { .pfn = pfn, .order = (uint8_t)order, .gfp = KM_GFP_KERNEL }
	};
}

static void sound(const struct live *l)
{
	struct km_diag d = { 0 };

	cr_assert(!live_check(l, &d), "%s", d.what);
}

/* As many as make it grow several times; every third one goes again, in another order. */
Test(live, put_find_take)
{
	struct live l = { 0 };
	struct live_object o;

	for (uint64_t i = 0; i < 5000; i++) {
		o = block(i * 64, 0);
		cr_assert(!live_put(&l, &o));
	}
	sound(&l);
	for (uint64_t i = 4998; i < 5000; i -= 3) {
		cr_assert(live_take(&l, i * 64, &o));
		cr_assert(o.key == i * 64);
	}
	sound(&l);
	cr_assert(l.count == 5000 - 1667);
	for (uint64_t i = 0; i < 5000; i++)
		cr_assert(!live_find(&l, i * 64) == (i % 3 == 0));
	cr_assert(!live_take(&l, 0, &o));
	live_release(&l);
}

/* Of 8 pages at 16, page 21 goes: 16-19, 20, 22-23 stay. Then a free of order 2 takes 16-19. */
Test(live, carve_leaves_the_halves)
{
	struct live l = { 0 };
	struct live_object o = block(16, 3);

	cr_assert(!live_put(&l, &o));
	cr_assert(live_carve(&l, 21, 0, &o) == 3);
	cr_assert(o.key == 21 && o.order == 0 && o.bytes_alloc == PAGE);
	cr_assert(l.count == 3);
	cr_assert(live_find(&l, 16)->order == 2 && live_find(&l, 16)->bytes_alloc == 4 * PAGE);
	cr_assert(live_find(&l, 20)->order == 0 && live_find(&l, 22)->order == 1);
	cr_assert(live_carve(&l, 21, 0, &o) == -KM_ENOENT);
	cr_assert(live_carve(&l, 16, 2, &o) == 0);
	cr_assert(o.key == 16 && o.order == 2);
	sound(&l);
	live_release(&l);
}

static struct leak *fed(const struct km_event *ev, size_t n, uint64_t min_age_ns)
{
	struct leak_config c = {
		.objects = true, .pages = true, .page_size = PAGE, .min_age_ns = min_age_ns
	};
	struct km_diag d = { 0 };
	struct leak *l;

	cr_assert(!leak_open(&l, &c));
	cr_assert(!leak_feed(l, ev, n));
	cr_assert(!leak_check(l, &d), "%s", d.what);
	leak_finish(l);
	return l;
}

Test(leak, by_site_with_age)
{
	const struct km_event ev[] = {
		object(KM_EV_KMALLOC, 1, 0x1000, 64, 7),    /* stays */
		object(KM_EV_CACHE_ALLOC, 2, 0x2000, 8, 9), /* freed */
		object(KM_EV_KMALLOC, 3, 0x3000, 32, 7),    /* stays, is young */
		object(KM_EV_CACHE_FREE, 4, 0x2000, 0, 1),
		object(KM_EV_KFREE, 5, 0x9000, 0, 1), /* from before */
		object(KM_EV_KFREE, 5, 0, 0, 1),      /* kfree(NULL) */
		pages(KM_EV_PAGE_ALLOC, 5, 64, 2),
		pages(KM_EV_PAGE_FREE, 6, 65, 0), /* one page of four */
		pages(KM_EV_PAGE_FREE, 6, 67, 1), /* no block of two begins there */
	};
	struct leak *l = fed(ev, sizeof(ev) / sizeof(ev[0]), 0);
	struct leak_totals t;

	leak_totals(l, &t);
	cr_expect(t.allocs == 4 && t.frees == 4 && t.unmatched_frees == 2);
	cr_expect(t.live == 4 && t.live_bytes == 64 + 32 + 3 * PAGE);
	cr_assert(leak_nr_sites(l) == 3);
	const struct leak_site *s = leak_site(l, 0);

	cr_expect(s->kind == LEAK_OBJECT && s->call_site == 7 && s->allocs == 2 && s->live == 2);
	cr_expect(s->live_bytes == 96 && s->oldest_ns == 1 << 20 && s->newest_ns == 3 << 20);
	cr_expect(leak_site(l, 1)->live == 0 && leak_site(l, 1)->allocs == 1);
	s = leak_site(l, 2);
	cr_expect(s->kind == LEAK_PAGES && s->order == 2 && s->live == 2);
	cr_expect(s->live_bytes == 3 * PAGE);
	leak_close(l);

	l = fed(ev, sizeof(ev) / sizeof(ev[0]), 4 << 20); /* the trace ends at 6 */
	leak_totals(l, &t);
	cr_expect(t.live == 1 && t.live_bytes == 64);
	leak_close(l);
}

/*
 * 1000 bytes more at each moment (2^20 ns) 0 … 4; a moment is written down before what happens at
 * it: 0, 1000, 2000, 3000, 4000 bytes at moments 0 … 4. The slope is 1000 bytes in 1048576 ns.
 */
Test(leak, growth_of_a_straight_line)
{
	struct km_event ev[5];

	for (unsigned int i = 0; i < 5; i++)
		ev[i] = object(KM_EV_KMALLOC, i, 0x1000 + i * 0x1000, 1000, 3);
	/* The site is new at the first event, so nothing lived at moment 0. */
	struct leak *l = fed(ev, 5, 0);

	cr_expect(leak_site(l, 0)->bytes_per_second == INT64_C(1000) * 1000000000 / 1048576);
	leak_close(l);
}

/* The same line over a hundred times as many moments: they are thinned out, the slope stays. */
Test(leak, growth_is_bounded)
{
	enum { N = 500 };
	struct km_event ev[N];

	for (unsigned int i = 0; i < N; i++)
		ev[i] = object(KM_EV_KMALLOC, i, 0x1000 + i * 0x1000, 1000, 3);
	struct leak *l = fed(ev, N, 0);

	cr_expect(leak_site(l, 0)->bytes_per_second == INT64_C(1000) * 1000000000 / 1048576);
	leak_close(l);
}

Test(leak, what_is_given_back_does_not_grow)
{
	struct km_event ev[40];

	for (unsigned int i = 0; i < 40; i++)
		ev[i] = object(i % 2 ? KM_EV_KFREE : KM_EV_KMALLOC, i, 0x1000, 1000, 3);
	struct leak *l = fed(ev, 40, 0);
	struct leak_totals t;

	leak_totals(l, &t);
	cr_expect(t.live == 0 && t.unseen_frees == 0);
	/* 0, 1000, 0, 1000 … over 40 moments: 6 * 1000 / (40^2 - 1) * 1/2 … a few bytes per ms. */
	cr_expect(leak_site(l, 0)->bytes_per_second < 2000);
	leak_close(l);
}

/* A free that was lost, times that no trace has, and blocks that no kernel gives. */
Test(leak, hostile)
{
	const struct km_event ev[] = {
		object(KM_EV_KMALLOC, 1, 0x1000, 64, 7),
		object(KM_EV_KMALLOC, UINT64_MAX >> 20, 0x1000, UINT32_MAX, 7),
		pages(KM_EV_PAGE_ALLOC, 3, 5, 3), /* not aligned */
		pages(KM_EV_PAGE_ALLOC, 3, KM_NO_PFN, 3),
		pages(KM_EV_PAGE_ALLOC, 3, KM_NO_PFN, 0), /* failed, twice */
		pages(KM_EV_PAGE_ALLOC, 3, KM_NO_PFN, 0),
		pages(KM_EV_PAGE_ALLOC, 3, 0, 255),
		pages(KM_EV_PAGE_FREE, 3, KM_NO_PFN, 15),
		pages(KM_EV_PAGE_ALLOC, 3, UINT64_MAX & ~UINT64_C(0x7fff), 15),
		pages(KM_EV_PAGE_ALLOC, 3, UINT64_MAX & ~UINT64_C(0x7fff), 15),
		pages(KM_EV_PAGE_FREE, 2, 3, 4),
	};
	struct leak *l = fed(ev, sizeof(ev) / sizeof(ev[0]), 0);
	struct leak_totals t;

	leak_totals(l, &t);
	cr_expect(t.unseen_frees == 1);
	cr_expect(t.live == 1);
	leak_close(l);
}
