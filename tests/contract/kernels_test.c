/* SPDX-License-Identifier: GPL-2.0-only */
/* What every registered kernel must keep, whatever its mechanisms are. */
#include <stdio.h>
#include <string.h>

#include "tests/property/random.h"
#include "tests/support/says.h"

enum { PAGES = 8192, SHAPES = 3 };

static struct rig r;
static uint64_t owned[PAGES]; /* heads handed out */
static unsigned int order_of[PAGES];
static size_t nr_owned;

static const struct rig_shape shapes[SHAPES] = {
	{ .zone = { { "DMA32", 0, 1, 4095 } } },
	{ .pb_order = 10,
	  .nr_cpus = 2,
	  .zone = { { "DMA32", 0, 1, 4096 }, { "Normal", 1, 4096, 8000 } } },
	{ .nr_cpus = 4,
	  .zone_dma = true,
	  .zone = { { "DMA", 0, 1, 1024 },
		    { "DMA32", 1, 1024, 4097 },
		    { "Normal", 2, 4097, 8192 } } },
};

static void open_machine(const struct kernel_profile *kernel, const struct rig_shape *shape)
{
	struct rig_shape s = *shape;

	s.profile = kernel;
	rig_open(&r, &s);
	rig_boot(&r);
	nr_owned = 0;
	for (unsigned int i = 0; i < r.pages.nr_zones * r.pages.nr_cpus; i++) {
		r.pcp[i].batch = 15;
		r.pcp[i].high = 90;
	}
}

/* The free blocks as they lie, each as the order at its first page; 255 elsewhere. */
static void free_blocks(uint8_t *out)
{
	memset(out, 255, PAGES);
	for (uint64_t nr = 0; nr < PAGES; nr++) {
		const struct frame *fr = nr < r.frames.end ? frames_begins(&r.frames, pfn(nr)) :
							     NULL;

		if (fr && fr->state == FRAME_FREE)
			out[nr] = fr->order;
	}
}

static uint64_t free_pages(void)
{
	uint64_t pages = 0;

	for (unsigned int i = 0; i < r.pages.nr_zones; i++)
		pages += r.zone[i].nr_free;
	return pages;
}

static void drain(void)
{
	for (unsigned int i = 0; i < r.pages.nr_zones; i++)
		pages_drain_zone(&r.pages, i);
}

static bool take(uint32_t gfp, unsigned int order, unsigned int cpu)
{
	struct pages_request rq = { .gfp = gfp, .order = order, .cpu = cpu };
	struct pfn got = pages_alloc(&r.pages, &rq);

	rig_forget_steps(&r);
	if (got.nr == KM_NO_PFN)
		return false;
	cr_assert_lt(nr_owned, PAGES);
	owned[nr_owned] = got.nr;
	order_of[nr_owned++] = order;
	rig_used(&r, got.nr, order, pages_migratetype(gfp));
	return true;
}

static void give_back(size_t i, unsigned int cpu)
{
	uint64_t nr = owned[i];
	unsigned int order = order_of[i];
	struct frame *fr = frame_at(&r.frames, pfn(nr), order);

	owned[i] = owned[--nr_owned];
	order_of[i] = order_of[nr_owned];
	frames_count_used(&r.frames, pfn(nr), order, fr->mt, -1);
	*fr = (struct frame){ 0 };
	IS(pages_free(&r.pages, cpu, pfn(nr), order, 0), 0);
	rig_forget_steps(&r);
}

static void merges_back(void)
{
	static uint8_t before[PAGES], after[PAGES];
	struct random x = { 99 };

	free_blocks(before);
	for (unsigned int order = 0; order < r.profile->buddy.nr_orders; order++)
		for (unsigned int n = 0; n < 40; n++)
			take(n % 3 ? KM_GFP_HIGHUSER_MOVABLE : KM_GFP_KERNEL, order,
			     random_below(&x, r.pages.nr_cpus));
	SOUND(&r);
	while (nr_owned)
		give_back(random_below(&x, nr_owned), random_below(&x, r.pages.nr_cpus));
	drain();
	SOUND(&r);
	free_blocks(after);
	for (size_t nr = 0; nr < PAGES; nr++)
		cr_assert_eq(before[nr], after[nr], "kernel %s: block at %zu was %u, is %u",
			     r.profile->name, nr, before[nr], after[nr]);
}

/* Everything can be handed out, nothing more, and nothing is lost on the way. */
static void runs_dry(void)
{
	uint64_t all = free_pages(), got = 0;
	unsigned int orders = r.profile->buddy.nr_orders, cpu = 0;
	const uint32_t gfp[] = { KM_GFP_HIGHUSER_MOVABLE, KM_GFP_KERNEL,
				 KM_GFP_KERNEL | KM_GFP_RECLAIMABLE };

	for (unsigned int order = orders; order-- > 0;) {
		unsigned int misses = 0;

		while (misses < 2) {
			if (take(gfp[nr_owned % 3], order, cpu++ % r.pages.nr_cpus)) {
				got += pages_of(order);
				continue;
			}
			drain();
			misses++;
		}
	}
	SOUND(&r);
	IS(got, all);
	IS(free_pages(), 0);
	for (unsigned int order = 0; order < orders; order++)
		cr_assert(!take(KM_GFP_KERNEL | KM_GFP_MEMALLOC, order, 0));
	while (nr_owned)
		give_back(nr_owned - 1, 0);
	drain();
	IS(free_pages(), all);
	SOUND(&r);
}

static void refused(uint64_t nr, unsigned int order)
{
	uint64_t before = free_pages();

	cr_assert_lt(pages_free(&r.pages, 0, pfn(nr), order, 0), 0,
		     "page %llu of order %u was taken", (unsigned long long)nr, order);
	IS(free_pages(), before);
	SOUND(&r);
}

static void bad_frees(void)
{
	take(KM_GFP_KERNEL, 3, 0);
	uint64_t nr = owned[0];

	refused(0, 0);
	refused(r.frames.end + 5, 0);
	refused(1024, r.profile->buddy.nr_orders);
	refused(nr + 1, 1);
	refused(nr ^ 8, 3);
	give_back(0, 0);
	refused(nr, 3);
	refused(nr, 0);
	refused(nr + 3, 0);
	drain();
	refused(nr, 3);
	refused(nr + 7, 0);
}

static void each(void (*test)(void))
{
	for (size_t k = 0; k < kernel_profile_count(); k++)
		for (unsigned int s = 0; s < SHAPES; s++) {
			open_machine(kernel_profile_at(k), &shapes[s]);
			test();
			rig_close(&r);
		}
}

Test(kernels, what_is_given_back_merges_back)
{
	each(merges_back);
}

Test(kernels, memory_runs_dry_and_nothing_is_lost)
{
	each(runs_dry);
}

/* What zoneinfo shows of the lists: limits where somebody wants them, their present state else. */
Test(kernels, lists_adopt_what_zoneinfo_shows)
{
	for (size_t k = 0; k < kernel_profile_count(); k++) {
		open_machine(kernel_profile_at(k), &shapes[0]);
		struct pcp *p = &r.pcp[0];
		struct pcp_limits l = { 0 };

		p->prof->ops->adopt(p, NULL, 90, 15);
		p->prof->ops->adopt(p, &l, 90, 15);
		cr_expect_eq(l.batch, 15);
		cr_expect_eq(p->batch, 15);
		rig_close(&r);
	}
}

Test(kernels, bad_frees_are_refused_unchanged)
{
	each(bad_frees);
}

Test(kernels, releases_find_their_profile)
{
	for (size_t k = 0; k < kernel_profile_count(); k++) {
		const struct kernel_profile *p = kernel_profile_at(k);
		char release[64];

		cr_assert_eq(kernel_profile_find(kernel_profile_name(p)), p);
		snprintf(release, sizeof(release), "%s.%u-debian", p->series, p->first);
		cr_assert_eq(kernel_profile_find(release), p);
		snprintf(release, sizeof(release), "%s.%u", p->series, p->last);
		cr_assert_eq(kernel_profile_find(release), p);
		snprintf(release, sizeof(release), "%s7.%u", p->series, p->first);
		cr_assert_neq(kernel_profile_find(release), p);
		cr_assert_not_null(kernel_profile_describe(p));
		cr_assert(p->validated <= (p->last == KM_LATEST), "%s", p->name);
	}
	cr_assert_null(kernel_profile_at(kernel_profile_count()));
	cr_assert_null(kernel_profile_find("1.0"));
	cr_assert_null(kernel_profile_find(""));
}

static const char *model_of(const char *release)
{
	const struct kernel_profile *p = kernel_profile_find(release);

	return p ? kernel_profile_name(p) : "none";
}

/* The spans of a series leave no point release out, and the newest of a series is its own. */
Test(kernels, point_releases_find_their_span)
{
	for (size_t k = 1; k < kernel_profile_count(); k++) {
		const struct kernel_profile *p = kernel_profile_at(k),
					    *o = kernel_profile_at(k - 1);

		if (strcmp(p->series, o->series) != 0)
			cr_assert(!p->first && o->last == KM_LATEST);
		else
			IS(p->first, o->last + 1);
	}
	SAYS(model_of("6.1.23"), "6.1.0");
	SAYS(model_of("6.1.56"), "6.1.0");
	SAYS(model_of("6.1.57"), "6.1.57");
	SAYS(model_of("6.1.192"), "6.1");
	SAYS(model_of("6.1.99999999999999999999"), "6.1");
	SAYS(model_of("6.12.28"), "6.12.0");
	SAYS(model_of("6.12.117"), "6.12");
	SAYS(model_of("2.6.34.15"), "2.6.34");
	SAYS(model_of("2.6.35"), "none");
	SAYS(model_of("3.5.4-custom"), "3.5.0");
	SAYS(model_of("3.5.7.33"), "3.5");
}

/* Where the point release is not told, the newest is taken: distributions count by themselves. */
Test(kernels, a_distributions_own_count_is_no_point_release)
{
	SAYS(model_of("6.1"), "6.1");
	SAYS(model_of("6.1.0-37-amd64"), "6.1");
	SAYS(model_of("6.1.0-rc3"), "6.1.0");
	SAYS(model_of("6.1.x"), "6.1");
	SAYS(model_of("6.12."), "6.12");
	SAYS(model_of("6.12.0"), "6.12.0");
}

static const char *near(const char *release)
{
	const struct kernel_profile *p = kernel_profile_nearest(release);

	return p ? kernel_profile_name(p) : "none";
}

Test(kernels, releases_without_a_model_are_near_to_one)
{
	SAYS(near("2.6.18"), "none");
	SAYS(near("2.6.32.71"), "2.6.34");
	SAYS(near("2.6.39"), "3.5");
	SAYS(near("4.3"), "3.5");
	SAYS(near("4.4.302"), "6.1");
	SAYS(near("5.10.0"), "6.1");
	SAYS(near("6.6.45"), "6.1");
	SAYS(near("6.7"), "6.12");
	SAYS(near("7.1.3"), "6.12");
	SAYS(near("garbage"), "none");
	SAYS(near(""), "none");
}

/* In words: as it is listed. */
Test(kernels, spans_read_well)
{
	char text[40];

	kernel_profile_span(kernel_profile_find("6.1.60"), text, sizeof(text));
	SAYS(text, "6.1.57 to 6.1.75");
	kernel_profile_span(kernel_profile_find("6.12"), text, sizeof(text));
	SAYS(text, "6.12.67 and later");
	kernel_profile_span(kernel_profile_find("2.6.34"), text, sizeof(text));
	SAYS(text, "2.6.34");
}

/*
 * Tables that a profile must not get wrong: types below the fallback limit, no type its own
 * fallback.
 */
Test(kernels, profiles_are_sensible)
{
	for (size_t k = 0; k < kernel_profile_count(); k++) {
		const struct kernel_profile *p = kernel_profile_at(k);

		cr_assert_leq(p->buddy.nr_orders, KM_MAX_ORDERS);
		cr_assert_lt(p->pcp.max_order, p->buddy.nr_orders);
		cr_assert_not_null(p->buddy.fallback_ops);
		cr_assert_not_null(p->pcp.ops);
		cr_assert_not_null(p->pages.watermark);
		cr_assert_neq(p->archs, 0);
		for (unsigned int mt = 0; mt < KM_NR_PCP_TYPES; mt++) {
			unsigned int i = 0;

			while (i <= KM_NR_PCP_TYPES &&
			       p->buddy.fallbacks[mt][i] != KM_NR_MIGRATETYPES)
				cr_assert_neq(p->buddy.fallbacks[mt][i++], mt);
			cr_assert_leq(i, KM_NR_PCP_TYPES, "the table of type %u has no end", mt);
		}
	}
}
