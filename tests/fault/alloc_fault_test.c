/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The engine on a host without memory: each allocation in turn fails. What was asked for must say
 * so, leave nothing
 * behind, and work when asked again.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "engine/leak/leak.h"
#include "engine/replay/bind.h"
#include "engine/replay/group.h"
#include "engine/replay/replay.h"
#include "engine/stat/stat.h"
#include "engine/vmalloc/vmalloc_ops.h"
#include "tests/support/rig_seed.h"

#if defined(__SANITIZE_ADDRESS__)
#define OWN_MALLOC 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OWN_MALLOC 0
#endif
#endif

#ifndef OWN_MALLOC
#define OWN_MALLOC 1

/*
 * Of this thread: allocations until one fails (negative: none does), and blocks not yet given
 * back.
 */
static _Thread_local long left = -1, live;
static _Thread_local bool counting;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void __libc_free(void *p);

static bool fails(void)
{
	return left >= 0 && left-- == 0;
}

static void *counted(void *p)
{
	live += counting && p;
	return p;
}

void *malloc(size_t size)
{
	return fails() ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : counted(__libc_calloc(n, size));
}

void *realloc(void *p, size_t size)
{
	if (fails())
		return NULL;
	return p ? __libc_realloc(p, size) : counted(__libc_realloc(p, size));
}

void free(void *p)
{
	live -= counting && p;
	__libc_free(p);
}

static void fail_at(long n)
{
	live = 0;
	counting = true;
	left = n;
}

/* True where the failure was met. */
static bool failed(void)
{
	bool met = left < 0;

	left = -1;
	return met;
}

static void nothing_left(long n, const char *what)
{
	counting = false;
	cr_assert_eq(live, 0, "%s, allocation %ld failing: %ld blocks left", what, n, live);
}
#else
static void fail_at(long n)
{
	(void)n;
	cr_skip_test("the sanitizer has malloc to itself");
}

static bool failed(void)
{
	return false;
}

static void nothing_left(long n, const char *what)
{
	(void)n;
	(void)what;
}
#endif

/* Does the whole of something; returns its error. */
typedef int attempt(void);

/*
 * Fail each allocation of @what in turn, until none is left to fail; @spare: some of them are done
 * without.
 */
static void each(attempt *what, const char *name, long at_least, bool spare)
{
	for (long n = 0;; n++) {
		fail_at(n);
		int err = what();
		bool met = failed();

		nothing_left(n, name);
		if (!met) {
			cr_assert_eq(err, 0, "%s: %d without a failure", name, err);
			cr_assert_geq(n, at_least, "%s made only %ld allocations", name, n);
			return;
		}
		cr_assert(err == -KM_ENOMEM || (spare && !err), "%s, allocation %ld failing: %d",
			  name, n, err);
	}
}

static int make_frames(void)
{
	struct frames f = { .base = 7 };
	int err = frames_init(&f, pfn(1), pfn(8192), 10, 9);

	if (err)
		cr_assert(f.base == 7 && !f.node && !f.block);
	else
		frames_release(&f);
	return err;
}

static int make_area(void)
{
	struct cma_area a = { .pages = 7 };
	int err = cma_area_init(&a, "area", pfn(1024), 512, 0);

	if (err)
		cr_assert(a.pages == 7 && !a.bitmap);
	else
		cma_area_release(&a);
	return err;
}

/* Areas until there is no room for their records, which is made again: none is lost. */
static int make_areas(const struct vmalloc_profile *prof)
{
	const struct vmalloc_config c = { .prof = prof, .page_shift = 12, .nr_cpus = 2 };
	struct vmalloc_request rq = { .size = 8192, .align = 1, .start = 4096, .end = UINT64_MAX };
	struct vmalloc v = { .nr_cpus = 7 };
	int err = vmalloc_init(&v, &c), failed_at = 0;
	struct km_diag d;
	uint32_t n;

	if (err) {
		cr_assert(!v.area && !v.node && !v.preloaded);
		return err;
	}
	for (unsigned int i = 0; i < 200; i++) {
		size_t busy = vmalloc_nr_busy(&v);
		uint64_t at = 4096 + (uint64_t)i * 8192;

		err = i % 3 ? vmalloc_alloc(&v, &rq, &n) : vmalloc_take(&v, at, at + 8192, &n);
		if (err) {
			cr_assert(!failed_at && vmalloc_nr_busy(&v) == busy);
			failed_at = err;
			i--;
			continue;
		}
		cr_assert_eq(v.area[n].start, at);
	}
	err = vmalloc_check(&v, &d);
	cr_assert(!err || (err == -KM_ENOMEM && !failed_at), "%s", d.what);
	vmalloc_release(&v);
	return failed_at ? failed_at : err;
}

static int make_vmalloc(void)
{
	static const struct vmalloc_profile prof = { .ops = &vmalloc_nodes };

	return make_areas(&prof);
}

static int make_first_fit(void)
{
	static const struct vmalloc_profile prof = { .ops = &vmalloc_first_fit };

	return make_areas(&prof);
}

static int make_machine(void)
{
	static struct machine m;
	struct machine_config c = rig_config();
	struct km_diag d = { 0 };
	int err = machine_init(&m, &c, &d);

	if (err)
		cr_assert(d.what[0] && d.code == err);
	else
		machine_release(&m);
	return err;
}

static int intern_many(struct strtab *s)
{
	char text[300];
	int err = 0;

	memset(text, 'x', sizeof(text));
	for (int i = 0; i < 600; i++) {
		text[0] = (char)('a' + i % 26);
		text[1] = (char)('a' + i / 26);
		int64_t id = strtab_intern(s, text, sizeof(text));

		if (id == -KM_ENOMEM) {
			err = (int)id;
			id = strtab_intern(s, text, sizeof(text));
		}
		cr_assert_eq(id, i + 1);
		cr_assert_eq(memcmp(strtab_get(s, (uint32_t)id), text, sizeof(text)), 0);
	}
	return err;
}

static int make_strings(void)
{
	struct strtab *s = NULL;
	int err = strtab_open(&s);

	if (err) {
		cr_assert_null(s);
		return err;
	}
	err = intern_many(s);
	strtab_close(s);
	return err;
}

static int hear_op(void *ctx, const struct op *op, struct km_diag *d)
{
	(void)ctx;
	(void)op;
	(void)d;
	return 0;
}

static unsigned int one_block(void *ctx, const struct km_event *ev)
{
	(void)ctx;
	(void)ev;
	return 1;
}

static int make_group(void)
{
	const struct group_sink sink = { .op = hear_op, .refill = one_block };
	struct km_event ev = { .kind = KM_EV_PAGE_FREE, .page = { .pfn = 5 } };
	struct group *g = NULL;
	struct km_diag d;
	int err = group_open(&g, &sink);

	if (err) {
		cr_assert_null(g);
		return err;
	}
	for (uint64_t no = 1; !err && no < 1000; no++) {
		err = group_push(g, &ev, no, false, &d);
		ev.kind = KM_EV_PCPU_DRAIN;
		ev.page.pfn = no;
	}
	if (!err)
		err = group_flush(g, &d);
	group_close(g);
	return err;
}

static int make_bindings(void)
{
	struct bind_map *b = NULL;
	struct frames f = { 0 };
	int err = frames_init(&f, pfn(1), pfn(4096), 10, 9);

	if (!err)
		err = bind_open(&b, &f, true);
	for (uint64_t nr = 0; !err && nr < 1000; nr++)
		err = bind_untraced(b, pfn(nr));
	for (uint64_t nr = 0; !err && nr < 5000; nr++) {
		bind_set(b, pfn(nr * 64), pfn(nr % 4096), 0);
		err = bind_error(b);
	}
	if (b)
		bind_close(b);
	if (f.node)
		frames_release(&f);
	return err;
}

/* A sink that keeps nothing. */
#define HEAR(row)                                                  \
	static int hear_##row(void *ctx, const struct km_##row *x) \
	{                                                          \
		(void)ctx;                                         \
		(void)x;                                           \
		return 0;                                          \
	}

HEAR(sample)
HEAR(fallback_row)
HEAR(failure_row)
HEAR(cma_alloc_row)
HEAR(fidelity_row)
HEAR(loss_row)
HEAR(attribution_row)
HEAR(pressure_row)
HEAR(call_site_row)
HEAR(leak_row)
HEAR(tlb_row)
HEAR(owner_row)
HEAR(slab_use_row)
HEAR(cost_row)

static const struct km_sink_ops deaf = {
	.sample = hear_sample,
	.fallback = hear_fallback_row,
	.failure = hear_failure_row,
	.cma_alloc = hear_cma_alloc_row,
	.fidelity = hear_fidelity_row,
	.loss = hear_loss_row,
	.attribution = hear_attribution_row,
	.pressure = hear_pressure_row,
	.call_site = hear_call_site_row,
	.leak = hear_leak_row,
	.tlb = hear_tlb_row,
	.owner = hear_owner_row,
	.slab_use = hear_slab_use_row,
	.cost = hear_cost_row,
};

enum { EVENTS = 400 };

/* Pages leave the free lists in refills, are used, and come back. */
static size_t make_events(struct km_event *ev)
{
	size_t n = 0;

	for (uint64_t nr = 5000; nr < 5100; nr++) {
		ev[n++] = (struct km_event){ .kind = KM_EV_ZONE_LOCKED,
					     .page = { .pfn = nr, .mt = KM_MOVABLE, .refill = 1 } };
		ev[n++] = (struct km_event){
			.kind = KM_EV_PAGE_ALLOC,
			.page = { .pfn = nr, .mt = KM_MOVABLE, .gfp = KM_GFP_HIGHUSER_MOVABLE },
		};
	}
	for (uint64_t nr = 5000; nr < 5100; nr++)
		ev[n++] = (struct km_event){ .kind = KM_EV_PAGE_FREE, .page = { .pfn = nr } };
	for (size_t i = 0; i < n; i++)
		ev[i].ts_ns = 1000 * (i + 1);
	return n;
}

static enum replay_mode mode;

static int feed(struct replay *r, struct km_diag *d)
{
	struct km_event ev[EVENTS];
	size_t n = make_events(ev);
	int err = replay_survey(r, ev, n, d);

	if (!err)
		err = replay_start(r, d);
	if (!err)
		err = replay_feed(r, ev, n, d);
	return err ? err : replay_finish(r, d);
}

static struct strtab *strings;

static int make_replay(void)
{
	const struct km_sink sink = { .ops = &deaf };
	struct replay_config c = {
		.mode = mode,
		.nr_samples = 2,
		.nr_cpus = 2,
		.has_cma = true,
		.profile = &kernel_v6_1,
		.seed = rig_seed(),
	};
	struct replay *r = NULL;
	struct km_diag d = { 0 };

	memset(&c.tunables, 0xff, sizeof(c.tunables));
	int err = replay_open(&r, &c, strings, &sink, &d);

	if (err) {
		cr_assert(!r && d.what[0]);
		return err;
	}
	err = feed(r, &d);
	replay_close(r);
	return err;
}

Test(alloc_fault, frames)
{
	each(make_frames, "frames_init", 2, false);
}

Test(alloc_fault, area)
{
	each(make_area, "cma_area_init", 1, false);
	each(make_vmalloc, "vmalloc_init and areas", 6, true); /* qsort does without */
	each(make_first_fit, "vmalloc_init and areas of a list", 4, true);
}

Test(alloc_fault, machine)
{
	each(make_machine, "machine_init", 8, false);
}

Test(alloc_fault, strings)
{
	each(make_strings, "strtab", 8, false);
}

Test(alloc_fault, group)
{
	each(make_group, "group", 4, false);
}

Test(alloc_fault, bindings)
{
	each(make_bindings, "bind", 12, false);
}

static void replays(enum replay_mode how)
{
	mode = how;
	cr_assert_eq(strtab_open(&strings), 0);
	/* the text of a first miss is done without where there is no memory for it */
	each(make_replay, "replay", 10, how != REPLAY_OBSERVE);
	strtab_close(strings);
}

Test(alloc_fault, observing)
{
	replays(REPLAY_OBSERVE);
}

Test(alloc_fault, simulating)
{
	replays(REPLAY_SIMULATE);
}

Test(alloc_fault, predicting)
{
	replays(REPLAY_PREDICT);
}

/* ---- rooms that only count ---- */

enum { COUNTED = 6000 };

/* Objects and blocks that live on, each of a site of its own, so that every table grows. */
static const struct km_event *counted_events(void)
{
	static struct km_event ev[COUNTED];

	for (uint32_t i = 0; i < COUNTED; i++) {
		ev[i] = (struct km_event){ .ts_ns = i, .comm = i + 1 };
		if (i % 3 == 2) {
			ev[i].kind = KM_EV_PAGE_ALLOC;
			ev[i].stack = i + 1;
			ev[i].page = (struct km_ev_page){ .pfn = UINT64_C(16) * i,
							  .order = 2,
							  .gfp = i };
		} else {
			ev[i].kind = i % 3 ? KM_EV_CACHE_ALLOC : KM_EV_KMALLOC;
			ev[i].obj = (struct km_ev_object){ .ptr = UINT64_C(64) * (i + 1),
							   .bytes_req = i + 1,
							   .bytes_alloc = i + 1,
							   .gfp = i,
							   .call_site = i + 1 };
		}
	}
	/* A free that names a cache, one of a page in the middle of a block. */
	ev[COUNTED - 2].kind = KM_EV_CACHE_FREE;
	ev[COUNTED - 2].obj = (struct km_ev_object){ .ptr = 64 * 2, .cache = 7 };
	ev[COUNTED - 1] = (struct km_event){ .kind = KM_EV_PAGE_FREE, .page = { .pfn = 33 } };
	return ev;
}

static int count_sums(void)
{
	struct stat_config c = {
		.by = (1u << STAT_NR_BY) - 1, .slab = true, .page = true, .page_size = 4096
	};
	struct stat_sums *s = NULL;
	struct stat_totals t;
	struct km_diag d = { 0 };
	int err = stat_open(&s, &c);

	if (!err)
		err = stat_feed(s, counted_events(), COUNTED);
	if (!err)
		err = stat_finish(s);
	if (!err) {
		cr_assert_eq(stat_check(s, &d), 0, "%s", d.what);
		stat_slab_totals(s, &t);
		cr_assert_eq(t.live, COUNTED / 3 * 2 - 2);
	}
	stat_close(s);
	return err;
}

static int count_leaks(void)
{
	struct leak_config c = { .objects = true, .pages = true, .page_size = 4096 };
	struct leak *l = NULL;
	struct leak_totals t;
	struct km_diag d = { 0 };
	int err = leak_open(&l, &c);

	if (!err)
		err = leak_feed(l, counted_events(), COUNTED);
	if (!err) {
		cr_assert_eq(leak_check(l, &d), 0, "%s", d.what);
		leak_finish(l);
		leak_totals(l, &t);
		/* Two are frees, of an object and of a page of a block: 2 blocks stay. */
		cr_assert_eq(t.live, COUNTED - 2 - 1 + 1);
	}
	leak_close(l);
	return err;
}

Test(alloc_fault, sums)
{
	each(count_sums, "stat", 40, false);
}

Test(alloc_fault, leaks)
{
	each(count_leaks, "leaks", 8, false);
}
