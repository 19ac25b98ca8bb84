/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Free runs with an object allocator of one's choice: a capture through each of them, and small
 * scenes in which frees and allocations cannot be as recorded.
 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/replay/replay.h"
#include "engine/variant/profile.h"
#include "tests/property/random.h"
#include "tests/support/quiet_sink.h"
#include "tests/support/trace_pass.h"
#include "traces/trace.h"

enum { SLUB, SLAB, SLOB };

static void no_tunables(struct replay_config *c)
{
	memset(&c->tunables, 0xff, sizeof(c->tunables));
}

/* ---- a capture ---- */

struct heard {
	unsigned int most_pages_per_slab, rows;
};

static int on_sample(void *ctx, const struct km_sample *s)
{
	struct heard *h = ctx;

	for (size_t i = 0; i < s->nr_slabs; i++) {
		h->rows++;
		if (s->slabs[i].pagesperslab > h->most_pages_per_slab)
			h->most_pages_per_slab = s->slabs[i].pagesperslab;
	}
	return 0;
}

static struct replay_objects run(const char *path, int slab, int max_order, struct heard *h)
{
	struct replay_config c = { .mode = REPLAY_SIMULATE };
	struct km_sink_ops ops = quiet_sink_ops;
	struct km_sink sink = { h, &ops };
	struct km_snapshot seed;
	struct replay_totals t;
	struct km_diag d = { 0 };
	struct trace *trace;
	struct replay *r;

	memset(h, 0, sizeof(*h));
	ops.sample = on_sample;
	cr_assert_eq(trace_open(&trace, path, &d), 0, "%s", d.what);
	cr_assert_eq(trace_snapshot(trace, trace_label(trace, 0), &seed, &d), 0, "%s", d.what);
	c.nr_cpus = trace_info(trace)->nr_cpus;
	c.has_cma = trace_info(trace)->has_cma;
	c.profile = kernel_profile_find(trace_info(trace)->kernel);
	c.seed = &seed;
	no_tunables(&c);
	c.tunables.slab = slab;
	c.tunables.slub_max_order = max_order;
	cr_assert_eq(replay_open(&r, &c, trace_strings(trace), &sink, &d), 0, "%s", d.what);
	trace_pass(trace, r, replay_survey);
	cr_assert_eq(replay_start(r, &d), 0, "%s", d.what);
	trace_pass(trace, r, replay_feed);
	cr_assert_eq(replay_finish(r, &d), 0, "%s", d.what);
	replay_totals(r, &t);
	replay_close(r);
	trace_snapshot_release(&seed);
	trace_close(trace);
	return t.objects;
}

/*
 * A recording through its own allocator takes the pages that it took. SLOB needs the least memory,
 * SLAB with its arrays the most; SLUB's slabs as the rule has them, none taken over from before.
 */
Test(object_run, allocators_side_by_side)
{
	static const char files[] = "traces/samples/files-6.1-x86-1cpu.kmt";
	struct heard h;
	struct replay_objects own = run(files, SLUB, -1, &h);

	cr_expect_gt(h.rows, 100);
	cr_expect_gt(own.recorded_pages, 2000);
	cr_expect_leq(own.pages * 1000, own.recorded_pages * 1005, "%" PRIu64 ", recorded %" PRIu64,
		      own.pages, own.recorded_pages);
	cr_expect_geq(own.pages * 1000, own.recorded_pages * 995);
	cr_expect_eq(own.unknown_frees + own.unserved + own.pages_failed + own.lost_objects, 0);
	struct replay_objects slub = run(files, SLUB, 3, &h), slab = run(files, SLAB, -1, &h);
	struct replay_objects slob = run(files, SLOB, -1, &h);

	cr_expect_lt(slob.pages * 4096 + slob.per_cpu_bytes,
		     slub.pages * 4096 + slub.per_cpu_bytes);
	cr_expect_lt(slub.pages * 4096 + slub.per_cpu_bytes,
		     slab.pages * 4096 + slab.per_cpu_bytes);
}

Test(object_run, orders_of_slabs)
{
	static const char files[] = "traces/samples/files-6.1-debian-1cpu.kmt";
	struct heard h;

	for (int order = 0; order < 4; order++) {
		struct replay_objects o = run(files, SLUB, order, &h);

		/* task_struct takes four pages, whatever is wished */
		cr_expect_eq(h.most_pages_per_slab, order < 3 ? 4 : 8, "order %d: %u", order,
			     h.most_pages_per_slab);
		cr_expect_gt(o.pages, 50);
	}
}

/* ---- small scenes ---- */

enum { FIRST = 1, PAGES = 4096, PAGE = 4096, PAIRS = 16 };

#define MAP UINT64_C(0xff11000000000000)

static struct strtab *names;
static struct replay *r;
static struct km_event events[8192];
static size_t nr;
static uint32_t site, thing, gone;

static struct km_snap_cache caches[] = {
	{ .name = "kmalloc-1k", .objsize = 1024, .objperslab = 4, .pagesperslab = 1 },
	{ .name = "thing", .objsize = 512, .objperslab = 8, .pagesperslab = 1, .num_slabs = 1 },
};

static void add(struct km_event ev)
{
	ev.ts_ns = 1000 * (nr + 1);
	ev.pid = ev.pid ? ev.pid : 7;
	events[nr++] = ev;
}

static void object(unsigned int kind, uint64_t page, unsigned int byte, uint32_t bytes)
{
	struct km_event ev = { .kind = (uint8_t)kind };

	ev.obj = (struct km_ev_object){ .ptr = MAP + page * PAGE + byte,
					.bytes_req = bytes,
					.bytes_alloc = bytes,
					.gfp = KM_GFP_KERNEL,
					.call_site = site };
	ev.obj.cache = kind == KM_EV_CACHE_FREE ? thing : 0;
	add(ev);
}

static void block(uint64_t pfn, unsigned int order)
{
	struct km_event ev = { .kind = KM_EV_PAGE_ALLOC };

	ev.page.pfn = pfn;
	ev.page.order = (uint8_t)order;
	ev.page.gfp = KM_GFP_KERNEL;
	add(ev);
}

static void unblock(uint64_t pfn, unsigned int order)
{
	block(pfn, order);
	events[nr - 1].kind = KM_EV_PAGE_FREE;
}

/*
 * Pages that leave a free list, and come back, were free; then sixteen slabs, each begun with its
 * first object: what the survey learns the map from.
 */
static void learn_map(void)
{
	for (uint64_t page = 2560; page < 4096; page += 512) {
		block(page, 9);
		events[nr - 1].kind = KM_EV_ZONE_LOCKED;
		block(page, 9);
		unblock(page, 9);
	}
	for (unsigned int i = 0; i < PAIRS; i++) {
		block(1024 + i, 0);
		object(KM_EV_KMALLOC, 1024 + i, 0, 1024);
	}
}

static void begin(void)
{
	cr_assert_eq(strtab_open(&names), 0);
	site = (uint32_t)strtab_intern(names, "here", 4);
	thing = (uint32_t)strtab_intern(names, "thing", 5);
	gone = (uint32_t)strtab_intern(names, "gone", 4);
	nr = 0;
	learn_map();
}

static void end(void)
{
	strtab_close(names);
}

/* @kernel's allocator @slab serves what was added. */
static struct replay_objects serve(const struct kernel_profile *kernel, int slab, int max_order)
{
	static struct km_snap_zone zone = { .name = "Normal",
					    .populated = true,
					    .start_pfn = FIRST,
					    .spanned = PAGES - FIRST,
					    .present = PAGES - FIRST,
					    .managed = PAGES - FIRST,
					    .min = 8,
					    .low = 10,
					    .high = 12 };
	static struct km_snapshot seed = { .label = "start",
					   .nr_orders = 11,
					   .pageblock_order = 9,
					   .zones = &zone,
					   .nr_zones = 1,
					   .caches = caches,
					   .nr_caches = 2 };
	struct replay_config c = { .mode = REPLAY_SIMULATE,
				   .paranoid = true,
				   .nr_cpus = 2,
				   .nr_samples = 3,
				   .profile = kernel,
				   .seed = &seed };
	struct replay_totals t;
	struct km_diag d = { 0 };
	struct km_sink_ops ops = quiet_sink_ops;

	no_tunables(&c);
	c.tunables.slab = slab;
	c.tunables.slub_max_order = max_order;
	cr_assert_eq(replay_open(&r, &c, names, &(struct km_sink){ NULL, &ops }, &d), 0, "%s",
		     d.what);
	cr_assert_eq(replay_survey(r, events, nr, &d), 0, "%s", d.what);
	cr_assert_eq(replay_start(r, &d), 0, "%s", d.what);
	cr_assert_eq(replay_feed(r, events, nr, &d), 0, "%s", d.what);
	cr_assert_eq(replay_finish(r, &d), 0, "%s", d.what);
	replay_totals(r, &t);
	replay_close(r);
	return t.objects;
}

static struct replay_objects by_slub(void)
{
	return serve(kernel_profile_find("6.1"), SLUB, -1);
}

TestSuite(object_run_odd, .init = begin, .fini = end);

/* kfree(NULL), kfree(ZERO_SIZE_PTR), an address in no page, an allocation that failed. */
Test(object_run_odd, of_nothing)
{
	struct km_event ev = { .kind = KM_EV_KFREE };

	add(ev);
	ev.obj.ptr = 16;
	add(ev);
	ev.obj.ptr = UINT64_C(0xffffc90000001000);
	add(ev);
	ev.kind = KM_EV_KMALLOC;
	ev.obj = (struct km_ev_object){ .bytes_req = 1024, .bytes_alloc = 1024 };
	add(ev);
	struct replay_objects o = by_slub();

	cr_expect_eq(o.null_frees, 2);
	cr_expect_eq(o.outside, 1);
	cr_expect_eq(o.failed_allocs, 1);
	cr_expect_eq(o.allocs, PAIRS + 1);
	cr_expect_eq(o.frees, 3);
}

/* Freed twice: the second time somebody unseen had taken it. */
Test(object_run_odd, freed_twice)
{
	object(KM_EV_KFREE, 1024, 0, 0);
	object(KM_EV_KFREE, 1024, 0, 0);
	struct replay_objects o = by_slub();

	cr_expect_eq(o.double_frees, 1);
	cr_expect_eq(o.unknown_frees, 0);
}

/* Handed out twice: somebody unseen had freed it. The model's object comes back before. */
Test(object_run_odd, handed_out_twice)
{
	object(KM_EV_KMALLOC, 1024, 0, 1024);
	struct replay_objects o = by_slub();

	cr_expect_eq(o.reallocs, 1);
	cr_expect_eq(o.pages, PAIRS / 4, "16 objects of 1024 bytes live");
}

/* A cache seen only in frees: a slab from before, of which everything is in use. */
Test(object_run_odd, a_cache_of_frees_only)
{
	object(KM_EV_CACHE_FREE, 900, 512, 0);
	object(KM_EV_CACHE_FREE, 900, 1024, 0);
	object(KM_EV_CACHE_FREE, 900, 1024, 0);
	struct replay_objects o = by_slub();

	cr_expect_eq(o.frees, 3);
	cr_expect_eq(o.double_frees, 1);
	cr_expect_eq(o.unknown_frees, 0);
	cr_expect_eq(o.pages, PAIRS / 4 + 1);
	cr_expect_eq(o.recorded_pages, PAIRS + 1);
}

/* Nothing says what lies there. */
Test(object_run_odd, of_unknown_pointers)
{
	object(KM_EV_KFREE, 901, 0, 0);
	object(KM_EV_CACHE_FREE, 902, 0, 0);
	events[nr - 1].obj.cache = gone;
	object(KM_EV_CACHE_FREE, 903, 0, 0);
	struct replay_objects own = by_slub();

	cr_expect_eq(own.unknown_frees, 2, "nobody tells the size of what is in 'gone'");
	struct replay_objects other = serve(kernel_profile_find("6.1"), SLAB, -1);

	cr_expect_eq(other.unknown_frees, 3, "what was there before stays the record's");
}

/* Whole pages: the record's block is no request, the model asks for one itself. */
Test(object_run_odd, blocks_of_pages)
{
	block(2048, 2);
	object(KM_EV_KMALLOC, 2048, 0, 9000);
	events[nr - 1].obj.bytes_alloc = 16384;
	struct replay_objects o = by_slub();

	cr_expect_eq(o.pages, PAIRS / 4 + 4);
	cr_expect_eq(o.recorded_pages, PAIRS + 4);
	object(KM_EV_KFREE, 2048, 0, 0);
	unblock(2048, 2);
	o = by_slub();
	cr_expect_eq(o.pages, PAIRS / 4);
	cr_expect_eq(o.most_pages, PAIRS / 4 + 4);
	cr_expect_eq(o.recorded_pages, PAIRS);
}

/* ---- any events ---- */

static void any(struct random *rng)
{
	static const uint8_t kinds[] = { KM_EV_PAGE_ALLOC,  KM_EV_PAGE_FREE, KM_EV_KMALLOC,
					 KM_EV_KMALLOC,	    KM_EV_KMALLOC,   KM_EV_CACHE_ALLOC,
					 KM_EV_CACHE_ALLOC, KM_EV_KFREE,     KM_EV_KFREE,
					 KM_EV_CACHE_FREE };
	static const uint32_t bytes[] = { 1024, 30, 512, 700, 5000, 70000 };
	unsigned int kind = kinds[random_below(rng, sizeof(kinds))];
	uint64_t page = 512 + random_below(rng, 96);
	uint16_t cpu = (uint16_t)random_below(rng, 2);
	int32_t pid = (int32_t)random_below(rng, 3) + 1;

	if (kind == KM_EV_PAGE_ALLOC || kind == KM_EV_PAGE_FREE) {
		unsigned int order = page >= 560 ? 2 : 0;

		block(page >> order << order, order);
		events[nr - 1].kind = (uint8_t)kind;
	} else {
		object(kind, page, random_below(rng, 8) * 512, bytes[random_below(rng, 6)]);
		if (kind == KM_EV_CACHE_FREE && random_below(rng, 2))
			events[nr - 1].obj.cache = gone;
	}
	events[nr - 1].cpu = cpu;
	events[nr - 1].pid = pid;
}

/* Every kernel's every allocator, recounted after each operation. */
Test(object_run_odd, any_events_leave_each_allocator_sound)
{
	unsigned int n = 0;
	struct random rng = { 9 };

	while (nr < 2500)
		any(&rng);
	for (size_t i = 0; i < kernel_profile_count(); i++)
		for (unsigned int slab = 0; kernel_profile_slab(kernel_profile_at(i), slab);
		     slab++) {
			struct replay_objects o = serve(kernel_profile_at(i), (int)slab, -1);

			cr_expect_gt(o.allocs, 500);
			cr_expect_gt(o.frees, 500);
			n++;
		}
	cr_expect_geq(n, 7);
	serve(kernel_profile_find("6.1"), SLUB, 0);
}
