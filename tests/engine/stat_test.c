/* SPDX-License-Identifier: GPL-2.0-only */
/* Sums over lists of events short enough to count by hand. */
#include <criterion/criterion.h>

#include "engine/stat/stat.h"

enum {
	PAGE = 4096,
	SITE_A = 1,
	SITE_B = 2,
	CACHE_X = 10,
	CACHE_Y = 11,
	ALL = (1 << STAT_NR_BY) - 1
};

static struct km_event alloc(unsigned int kind, uint64_t ns, unsigned int cpu, uint64_t ptr,
			     uint32_t req, uint32_t bytes, uint32_t site)
{
	return (struct km_event){ .kind = (uint8_t)kind,
				  .ts_ns = ns,
				  .cpu = (uint16_t)cpu,
				  .comm = 5,
				  .obj = { .ptr = ptr,
					   .bytes_req = req,
					   .bytes_alloc = bytes,
					   .gfp = KM_GFP_KERNEL,
					   .call_site = site } };
}

static struct km_event release(unsigned int kind, uint64_t ns, unsigned int cpu, uint64_t ptr,
			       uint32_t cache)
{
	return (struct km_event){ .kind = (uint8_t)kind,
				  .ts_ns = ns,
				  .cpu = (uint16_t)cpu,
				  .obj = { .ptr = ptr, .call_site = 99, .cache = cache } };
}

static struct km_event pages(unsigned int kind, uint64_t ns, unsigned int cpu, uint64_t pfn,
			     unsigned int order, unsigned int mt)
{
	return (struct km_event){ .kind = (uint8_t)kind,
				  .ts_ns = ns,
				  .cpu = (uint16_t)cpu,
				  .comm = 5,
				  .page = { .pfn = pfn,
					    .order = (uint8_t)order,
					    .mt = (uint8_t)mt,
					    .gfp = KM_GFP_USER } };
}

static struct stat_sums *fed(const struct km_event *ev, size_t n)
{
	static const int16_t nodes[] = { 0, 1 };
	struct stat_config c = { .by = ALL,
				 .slab = true,
				 .page = true,
				 .page_size = PAGE,
				 .cpu_node = nodes,
				 .nr_cpu_node = 2 };
	struct km_diag d = { 0 };
	struct stat_sums *s;

	cr_assert(!stat_open(&s, &c));
	cr_assert(!stat_feed(s, ev, n));
	cr_assert(!stat_check(s, &d), "%s", d.what);
	cr_assert(!stat_finish(s));
	cr_assert(!stat_check(s, &d), "%s", d.what);
	return s;
}

static const struct stat_row *row(const struct stat_sums *s, enum stat_by by, uint64_t key)
{
	for (size_t i = 0; i < stat_nr_rows(s, by); i++)
		if (stat_row(s, by, i)->key == key)
			return stat_row(s, by, i);
	cr_assert(false, "sum %u has no row 0x%llx", by, (unsigned long long)key);
	return NULL;
}

static struct stat_sums *fed_objects(void)
{
	const struct km_event ev[] = {
		alloc(KM_EV_KMALLOC, 10, 0, 0x1000, 60, 64, SITE_A),
		alloc(KM_EV_CACHE_ALLOC, 20, 0, 0x2000, 184, 192, SITE_A),
		alloc(KM_EV_CACHE_ALLOC, 30, 1, 0x3000, 184, 192, SITE_A),
		alloc(KM_EV_CACHE_ALLOC, 40, 1, 0x4000, 100, 104, SITE_B),
		release(KM_EV_KFREE, 50, 1, 0x1000, 0),		   /* ping-pong */
		release(KM_EV_CACHE_FREE, 60, 0, 0x2000, CACHE_X), /* names SITE_A's 192 bytes */
		release(KM_EV_CACHE_FREE, 70, 0, 0x2000, CACHE_X), /* a second time: unmatched */
		release(KM_EV_KFREE, 80, 0, 0, 0),		   /* kfree(NULL) */
		alloc(KM_EV_KMALLOC, 90, 0, 0, 32, 32, SITE_B),	   /* failed */
		alloc(KM_EV_CACHE_ALLOC, 95, 0, 0x4000, 100, 104,
		      SITE_B), /* its free was not seen */
	};

	return fed(ev, sizeof(ev) / sizeof(ev[0]));
}

Test(stat, totals_of_objects)
{
	struct stat_sums *s = fed_objects();
	struct stat_totals t;

	stat_slab_totals(s, &t);
	cr_expect(t.allocs == 6 && t.kmallocs == 2 && t.cache_allocs == 4 && t.failed == 1);
	cr_expect(t.bytes_req == 60 + 184 + 184 + 100 + 100);
	cr_expect(t.bytes_alloc == 64 + 192 + 192 + 104 + 104);
	cr_expect(t.frees == 4 && t.kfrees == 2 && t.cache_frees == 2 && t.null_frees == 1);
	cr_expect(t.matched_frees == 2 && t.unmatched_frees == 1 && t.unseen_frees == 1);
	cr_expect(t.bytes_freed == 64 + 192 && t.pingpong == 1);
	cr_expect(t.live == 2 && t.live_bytes == 192 + 104);
	cr_expect(t.peak_bytes == 64 + 192 + 192 + 104 && t.peak_ns == 40);
	stat_close(s);
}

Test(stat, objects_by_call_site)
{
	struct stat_sums *s = fed_objects();
	const struct stat_row *a = row(s, STAT_SITE, SITE_A), *b = row(s, STAT_SITE, SITE_B);

	cr_expect(stat_nr_rows(s, STAT_SITE) == 2);
	cr_expect(a->hits == 3 && a->bytes_alloc == 448 && a->bytes_req == 428);
	cr_expect(a->frees == 2 && a->pingpong == 1 && a->live == 1 && a->live_bytes == 192);
	cr_expect(b->hits == 2 && b->failed == 1 && b->frees == 0 && b->unseen_frees == 1);
	cr_expect(b->live == 1 && b->live_bytes == 104);
	cr_expect(row(s, STAT_TASK, 5)->hits == 5);
	cr_expect(row(s, STAT_GFP, KM_GFP_KERNEL)->hits == 5);
	cr_expect(row(s, STAT_OBJECT, 0x4000)->hits == 2);
	stat_close(s);
}

/* 0x2000's free names X; 0x3000 follows it; nothing says what SITE_B's 104 bytes are. */
Test(stat, objects_by_cache)
{
	struct stat_sums *s = fed_objects();
	const struct stat_row *x = row(s, STAT_CACHE, CACHE_X),
			      *k = row(s, STAT_CACHE, (uint64_t)STAT_CACHE_KMALLOC << 32 | 64),
			      *u = row(s, STAT_CACHE, (uint64_t)STAT_CACHE_UNKNOWN << 32 | 104);

	cr_expect(stat_nr_rows(s, STAT_CACHE) == 3);
	cr_expect(x->hits == 2 && x->inferred == 1 && x->frees == 1 && x->live == 1);
	cr_expect(x->bytes_alloc == 384 && x->live_bytes == 192);
	cr_expect(k->hits == 1 && k->frees == 1 && k->live == 0 && k->pingpong == 1);
	cr_expect(u->sub == SITE_B && u->hits == 2 && u->live == 1 && u->unseen_frees == 1);
	stat_close(s);
}

/* A call site whose frees name two caches says nothing of a third object. */
Test(stat, never_guesses_between_two_caches)
{
	const struct km_event ev[] = {
		alloc(KM_EV_CACHE_ALLOC, 1, 0, 0x1000, 64, 64, SITE_A),
		alloc(KM_EV_CACHE_ALLOC, 2, 0, 0x2000, 64, 64, SITE_A),
		alloc(KM_EV_CACHE_ALLOC, 3, 0, 0x3000, 64, 64, SITE_A),
		release(KM_EV_CACHE_FREE, 4, 0, 0x1000, CACHE_X),
		release(KM_EV_CACHE_FREE, 5, 0, 0x2000, CACHE_Y),
	};
	struct stat_sums *s = fed(ev, 5);

	cr_expect(row(s, STAT_CACHE, CACHE_X)->hits == 1);
	cr_expect(row(s, STAT_CACHE, CACHE_Y)->hits == 1);
	cr_expect(row(s, STAT_CACHE, (uint64_t)STAT_CACHE_UNKNOWN << 32 | 64)->live == 1);
	stat_close(s);
}

/* The first free names SITE_A's cache when 3 of its objects live: that is the peak, not 2 or 4. */
Test(stat, peaks)
{
	const struct km_event ev[] = {
		alloc(KM_EV_CACHE_ALLOC, 1, 0, 0x1000, 64, 64, SITE_A),
		alloc(KM_EV_CACHE_ALLOC, 2, 0, 0x2000, 64, 64, SITE_A),
		alloc(KM_EV_CACHE_ALLOC, 3, 0, 0x3000, 64, 64, SITE_A),
		release(KM_EV_CACHE_FREE, 4, 0, 0x1000, CACHE_X),
		release(KM_EV_CACHE_FREE, 5, 0, 0x2000, CACHE_X),
		alloc(KM_EV_CACHE_ALLOC, 6, 0, 0x4000, 64, 64, SITE_A),
		alloc(KM_EV_CACHE_ALLOC, 7, 0, 0x5000, 64, 64, SITE_B),
		release(KM_EV_CACHE_FREE, 8, 0, 0x5000, CACHE_Y),
	};
	struct stat_sums *s = fed(ev, sizeof(ev) / sizeof(ev[0]));

	cr_expect(row(s, STAT_SITE, SITE_A)->peak_bytes == 192);
	cr_expect(row(s, STAT_SITE, SITE_B)->peak_bytes == 64);
	cr_expect(row(s, STAT_TASK, 5)->peak_bytes == 192);
	cr_expect(row(s, STAT_CACHE, CACHE_X)->peak_bytes == 192);
	cr_expect(row(s, STAT_CACHE, CACHE_Y)->peak_bytes == 64);
	cr_expect(row(s, STAT_CACHE, CACHE_X)->live == 2);
	stat_close(s);
}

/* CPU 0 is of node 0, CPU 1 of node 1, CPU 2's is not known; -1 asks for no node. */
Test(stat, cross_node)
{
	struct km_event ev[] = {
		alloc(KM_EV_KMALLOC, 1, 0, 0x1000, 8, 8, SITE_A),
		alloc(KM_EV_KMALLOC, 2, 0, 0x2000, 8, 8, SITE_A),
		alloc(KM_EV_KMALLOC, 3, 1, 0x3000, 8, 8, SITE_A),
		alloc(KM_EV_KMALLOC, 4, 2, 0x4000, 8, 8, SITE_A),
		alloc(KM_EV_CACHE_ALLOC, 5, 1, 0x5000, 8, 8, SITE_B),
		release(KM_EV_CACHE_FREE, 6, 1, 0x5000, CACHE_X),
	};
	static const int16_t asked[] = { -1, 1, 1, 1, 0, -1 };
	struct stat_totals t;

	for (size_t i = 0; i < sizeof(ev) / sizeof(ev[0]); i++)
		ev[i].obj.node = asked[i];
	struct stat_sums *s = fed(ev, sizeof(ev) / sizeof(ev[0]));

	stat_slab_totals(s, &t);
	cr_expect(t.cross_node == 2);
	cr_expect(row(s, STAT_SITE, SITE_A)->cross_node == 1);
	cr_expect(row(s, STAT_CACHE, CACHE_X)->cross_node == 1, "the free names the cache later");
	stat_close(s);
}

/* Whoever feeds may know better than the events who allocated. */
Test(stat, who_allocated)
{
	struct km_event ev[] = {
		alloc(KM_EV_KMALLOC, 1, 0, 0x1000, 8, 8, SITE_A),
		alloc(KM_EV_KMALLOC, 2, 0, 0x2000, 8, 8, SITE_A),
		pages(KM_EV_PAGE_ALLOC, 3, 0, 64, 3, KM_UNMOVABLE),
		pages(KM_EV_PAGE_ALLOC, 4, 0, 32, 0, KM_UNMOVABLE),
		pages(KM_EV_PAGE_ALLOC, 5, 0, KM_NO_PFN, 0, KM_UNMOVABLE),
	};

	ev[1].stack = ev[2].stack = ev[4].stack = SITE_B;
	struct stat_sums *s = fed(ev, sizeof(ev) / sizeof(ev[0]));

	cr_expect(row(s, STAT_SITE, SITE_A)->hits == 1);
	cr_expect(row(s, STAT_SITE, SITE_B)->hits == 1);
	cr_expect(row(s, STAT_PAGE_SITE, SITE_B)->live_bytes == 8 * PAGE);
	cr_expect(row(s, STAT_PAGE_SITE, SITE_B)->failed == 1);
	cr_expect(row(s, STAT_PAGE_SITE, 0)->peak_bytes == PAGE);
	stat_close(s);
}

/*
 * 8 pages at 64 are freed page by page but for one half; 2 at 4 come from before the trace. No
 * block of two begins at the odd page 69: nothing is freed there.
 */
Test(stat, blocks_of_pages)
{
	const struct km_event ev[] = {
		pages(KM_EV_PAGE_ALLOC, 1, 0, 64, 3, KM_UNMOVABLE),
		pages(KM_EV_PAGE_ALLOC, 2, 0, 32, 0, KM_MOVABLE),
		pages(KM_EV_PAGE_ALLOC, 3, 0, KM_NO_PFN, 4, KM_MOVABLE),
		pages(KM_EV_PAGE_FREE, 4, 1, 32, 0, 0),
		pages(KM_EV_PAGE_FREE, 5, 0, 64, 0, 0),
		pages(KM_EV_PAGE_FREE, 6, 0, 65, 0, 0),
		pages(KM_EV_PAGE_FREE, 7, 0, 66, 1, 0),
		pages(KM_EV_PAGE_FREE, 8, 0, 4, 1, 0),
		pages(KM_EV_PAGE_FREE_BATCHED, 9, 0, 68, 0, 0), /* has a free beside it */
		pages(KM_EV_PAGE_FREE, 10, 0, 69, 1, 0),
	};
	struct stat_sums *s = fed(ev, sizeof(ev) / sizeof(ev[0]));
	const struct stat_row *r =
		row(s, STAT_PAGE_KIND, stat_page_key(3, KM_UNMOVABLE, KM_GFP_USER));
	struct stat_totals t;

	stat_page_totals(s, &t);
	cr_expect(t.allocs == 3 && t.failed == 1 && t.bytes_alloc == 9 * PAGE);
	cr_expect(t.frees == 6 && t.matched_frees == 4 && t.unmatched_frees == 2);
	cr_expect(t.bytes_freed == 5 * PAGE && t.unmatched_bytes == 4 * PAGE);
	cr_expect(t.pingpong == 1 && t.live == 1 && t.live_bytes == 4 * PAGE);
	cr_expect(t.peak_bytes == 9 * PAGE && t.peak_ns == 2);
	cr_expect(r->hits == 1 && r->live == 1 && r->live_bytes == 4 * PAGE);
	cr_expect(row(s, STAT_PAGE_KIND, stat_page_key(4, KM_MOVABLE, KM_GFP_USER))->failed == 1);
	stat_close(s);
}
