/* SPDX-License-Identifier: GPL-2.0-only */
/* vmalloc areas in scenes of a few events, as mm/vmalloc.c would print them. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

#include "engine/replay/vmalloc_maps.h"
#include "engine/vmalloc/vmalloc_ops.h"
#include "tests/support/quiet_sink.h"

enum { PAGE = 4096 };

#define BASE UINT64_C(0xffffc90000000000)
#define AT(page) (BASE + (uint64_t)(page)*PAGE)

static const struct vmalloc_profile prof = { .ops = &vmalloc_nodes };
static const struct vmalloc_profile objects_prof = {
	.area_sites = { "__get_vm_area_node", NULL },
	.record_sites = { "alloc_vmap_area", NULL },
	.array_sites = { "__vmalloc_node_range", NULL },
	.purge_sites = { "__purge_vmap_area_lazy", NULL },
	.exec_sites = { "alloc_bprm", NULL },
	.task_sites = { "copy_process", NULL },
	.hidden_sites = { "kmem_cache_alloc", NULL },
	.stack_pages = 4,
	.cached_stacks = 2,
	.ioremap_max_order = 30,
	.ops = &vmalloc_merged,
};
static const struct km_snap_vmap seed_rows[] = {
	{ AT(0), AT(5), 4, KM_VMAP_VMALLOC },
	{ AT(8), AT(11), 0, KM_VMAP_IOREMAP },
	{ AT(20), AT(22), 0, KM_VMAP_LAZY },
};
static struct km_snapshot seed;
static struct vmaps *m;
static uint64_t no;

static struct strtab *strings;

static void begin_seeded(const struct vmalloc_profile *p)
{
	cr_assert_eq(strtab_open(&strings), 0);
	const struct vmaps_config c = { .prof = p,
					.seed = &seed,
					.strings = strings,
					.nr_cpus = 1,
					.page_shift = 12,
					.scored = true };

	cr_assert_eq(vmaps_open(&m, &c), 0);
}

static void begin_with(const struct vmalloc_profile *p, size_t nr_rows)
{
	seed = (struct km_snapshot){ .vmaps = (struct km_snap_vmap *)(uintptr_t)seed_rows,
				     .nr_vmaps = nr_rows };
	begin_seeded(p);
}

static void begin(size_t nr_rows)
{
	begin_with(&prof, nr_rows);
}

static void end(void)
{
	vmaps_close(m);
	strtab_close(strings);
}

TestSuite(vmalloc_scene, .fini = end);

typedef int taker(struct vmaps *m, const struct km_event *ev, uint64_t no, struct km_diag *d);

static void put(taker *take, unsigned int kind, uint64_t a, uint64_t b, uint64_t c, uint64_t e)
{
	struct km_event ev = { .kind = (uint8_t)kind, .pid = 1, .num = { a, b, c, e } };
	struct km_diag d = { 0 };

	cr_assert_eq(take(m, &ev, ++no, &d), 0, "%s", d.what);
	cr_assert_eq(vmaps_check(m, &d), 0, "%s", d.what);
}

static void start(void)
{
	struct km_diag d = { 0 };

	cr_assert_eq(vmaps_start(m, true, &d), 0, "%s", d.what);
}

struct tally {
	const char *metric, *scope;
	uint64_t hits, total;
};

static int on_row(void *ctx, const struct km_fidelity_row *r)
{
	struct tally *t = ctx;

	if (!strcmp(r->metric, t->metric) && !strcmp(r->scope, t->scope)) {
		t->hits = r->hits;
		t->total = r->total;
	}
	return 0;
}

static void scored(const char *metric, const char *scope, uint64_t hits, uint64_t total)
{
	struct tally t = { .metric = metric, .scope = scope };
	struct km_sink_ops ops = quiet_sink_ops;
	struct km_sink sink = { &t, &ops };

	ops.fidelity = on_row;
	cr_assert_eq(vmaps_report(m, &sink), 0);
	cr_expect(t.hits == hits && t.total == total, "%s %s: %" PRIu64 "/%" PRIu64, metric, scope,
		  t.hits, t.total);
}

static const struct km_vmap_state *rows(size_t want)
{
	size_t n;

	cr_assert_eq(vmaps_note(m, ++no), 0);
	const struct km_vmap_state *v = vmaps_rows(m, no, &n);

	cr_assert_eq(n, want);
	return v;
}

/* One of the seed's rows was made in the trace, two are from before; so is what is freed unseen. */
Test(vmalloc_scene, areas_from_before_the_trace)
{
	begin(3);
	for (unsigned int i = 0; i < 2; i++) {
		taker *take = i ? vmaps_feed : vmaps_learn;

		put(take, KM_EV_VMAP_PURGE, UINT64_MAX, 0, 0, 0);
		put(take, KM_EV_VMAP_FREE, AT(5), 3, 8192, 0); /* of 3 pages */
		put(take, KM_EV_VMAP_ALLOC, AT(11), 2 * PAGE, 1, 0);
		put(take, KM_EV_VMAP_PURGE, AT(5), AT(8), 1, 0);
		put(take, KM_EV_VMAP_ALLOC, AT(5), 3 * PAGE, 1, 0);
		if (!i) {
			cr_assert_eq(vmaps_learn_label(m), 0);
			start();
		}
	}
	/* 20 is purged with the first, unlike the record: it was freed later, before the label */
	scored("vmalloc.addr", "all", 2, 2);
	scored("vmalloc.purge", "all", 1, 2);
	const struct km_vmap_state *v = rows(4);

	cr_expect(v[0].seeded && v[0].start == AT(0) && v[0].bytes == 5 * PAGE && v[0].pages == 4);
	cr_expect(!v[1].seeded && v[1].start == AT(5));
	cr_expect(v[2].seeded && v[2].start == AT(8) && !strcmp(v[2].kind, "ioremap"));
	cr_expect(!v[3].seeded && v[3].start == AT(11) && !strcmp(v[3].kind, "unknown"));
}

/* alloc_vmap_area(): a try that fails purges, and is repeated */
Test(vmalloc_scene, a_failed_try)
{
	uint64_t top = BASE + (UINT64_C(32) << 40) - 1;

	begin(1);
	put(vmaps_learn, KM_EV_VMAP_ALLOC, AT(5), 2 * PAGE, 1, 0);
	start();
	put(vmaps_feed, KM_EV_VMAP_ALLOC, AT(5), 2 * PAGE, 1, 0);
	put(vmaps_feed, KM_EV_VMAP_FREE, AT(5), 2, 8192, 0);
	for (unsigned int i = 0; i < 2; i++) {
		/* nothing is aligned to 2^55 but what begins at 0xff80…, before the range */
		put(vmaps_feed, KM_EV_VMAP_ALLOC, top, 2 * PAGE, UINT64_C(1) << 55, 1);
		if (!i)
			put(vmaps_feed, KM_EV_VMAP_PURGE, AT(5), AT(7), 1, 0);
	}
	scored("vmalloc.addr", "failed", 2, 2);
	scored("vmalloc.purge", "why=overflow", 1, 1);
	/* the next one's purge is missing */
	put(vmaps_feed, KM_EV_VMAP_ALLOC, top, 2 * PAGE, UINT64_C(1) << 55, 1);
	put(vmaps_feed, KM_EV_VMAP_ALLOC, AT(5), 2 * PAGE, 1, 0);
	scored("vmalloc.purge", "why=overflow", 1, 2);
	scored("vmalloc.addr", "all", 5, 5);
}

Test(vmalloc_scene, a_miss_is_put_right)
{
	begin(1);
	put(vmaps_learn, KM_EV_VMAP_ALLOC, AT(7), 2 * PAGE, 1, 0);
	start();
	put(vmaps_feed, KM_EV_VMAP_ALLOC, AT(7), 2 * PAGE, 1, 0); /* 5 is free */
	put(vmaps_feed, KM_EV_VMAP_ALLOC, AT(5), 2 * PAGE, 1, 0);
	put(vmaps_feed, KM_EV_VMAP_ALLOC, AT(6), 2 * PAGE, 1, 0); /* in the midst of others */
	put(vmaps_feed, KM_EV_VMAP_FREE, AT(5), 2, 8192, 0);	  /* which are gone */
	scored("vmalloc.addr", "all", 1, 3);
	scored("vmalloc.addr", "miss=unknown", 0, 2);
	scored("vmalloc.lazy", "miss=first-touch", 0, 1);
	cr_expect_eq(rows(2)[1].start, AT(6));
}

/* A caller's own range goes to addresses that no area has; any other is a miss. */
Test(vmalloc_scene, ranges_of_purges)
{
	begin(1);
	put(vmaps_learn, KM_EV_VMAP_ALLOC, AT(5), 2 * PAGE, 1, 0);
	start();
	for (unsigned int i = 0; i < 3; i++) {
		put(vmaps_feed, KM_EV_VMAP_ALLOC, AT(5), 2 * PAGE, 1, 0);
		put(vmaps_feed, KM_EV_VMAP_FREE, AT(5), 2, i ? 8192 : 1, 0);
		put(vmaps_feed, KM_EV_VMAP_PURGE,
		    i == 0 ? AT(5) :
		    i == 1 ? UINT64_C(0xffff888001000000) :
			     AT(4),
		    AT(7), 1, 0);
	}
	scored("vmalloc.purge", "why=limit", 1, 1);
	scored("vmalloc.purge", "why=asked", 1, 2);
	scored("vmalloc.purge", "range=exact", 1, 2);
	scored("vmalloc.purge", "range=widened", 1, 1);
}

Test(vmalloc_scene, what_cannot_be)
{
	static const uint64_t bad[][4] = { { AT(1), 0, 1, 0 },
					   { AT(1), 100, 1, 0 },
					   { AT(1), PAGE, 3, 0 },
					   { AT(1), PAGE, 0, 0 },
					   { AT(1) + 1, PAGE, 1, 0 },
					   { 0, PAGE, 1, 0 },
					   { AT(1), UINT64_MAX - PAGE + 1, 1, 0 } };
	struct km_diag d = { 0 };

	begin(0);
	start();
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct km_event ev = { .kind = KM_EV_VMAP_ALLOC };

		memcpy(ev.num, bad[i], sizeof(bad[i]));
		cr_expect_eq(vmaps_feed(m, &ev, 7, &d), -KM_EFORMAT, "%zu", i);
		cr_expect_eq(vmaps_learn(m, &ev, 7, &d), -KM_EFORMAT, "%zu", i);
	}
	struct km_event ev = { .kind = KM_EV_VMAP_FREE, .num = { AT(1) + 8, 1, 8192 } };

	cr_expect_eq(vmaps_feed(m, &ev, 7, &d), -KM_EFORMAT);
	ev = (struct km_event){ .kind = KM_EV_VMAP_PURGE, .cpu = 1 };

	cr_expect_eq(vmaps_feed(m, &ev, 7, &d), -KM_EFORMAT);
	cr_expect_eq(vmaps_check(m, &d), 0);
}

/* ---- scenes without events of vmalloc ---- */

static taker *taking;

static void object(unsigned int kind, int32_t pid, const char *site, uint64_t ptr, uint32_t bytes)
{
	struct km_event ev = { .kind = (uint8_t)kind, .pid = pid };
	int64_t id = strtab_intern(strings, site, strlen(site));
	struct km_diag d = { 0 };

	ev.obj = (struct km_ev_object){ .ptr = ptr, .bytes_req = bytes, .call_site = (uint32_t)id };
	cr_assert_eq(taking(m, &ev, ++no, &d), 0, "%s", d.what);
	cr_assert_eq(vmaps_check(m, &d), 0, "%s", d.what);
}

static void task(unsigned int kind, int32_t pid, int32_t child)
{
	struct km_event ev = { .kind = (uint8_t)kind, .pid = pid };
	struct km_diag d = { 0 };

	ev.num[0] = (uint64_t)pid;
	ev.num[1] = (uint64_t)child;
	cr_assert_eq(taking(m, &ev, ++no, &d), 0, "%s", d.what);
}

/* An area's first objects; those of an area of @pages. */
static void bare(int32_t pid, uint64_t handle)
{
	object(KM_EV_KMALLOC, pid, "__get_vm_area_node+0xa3/0x137", handle, 64);
	object(KM_EV_CACHE_ALLOC, pid, "alloc_vmap_area+0x87/0x613", handle + 64, 64);
}

static void mapped(int32_t pid, uint64_t handle, uint32_t pages)
{
	bare(pid, handle);
	object(KM_EV_KMALLOC, pid, "__vmalloc_node_range+0x214/0x4da", handle + 128, 8 * pages);
}

static void make_task_at(int32_t pid, uint64_t ptr)
{
	object(KM_EV_CACHE_ALLOC, pid, "copy_process+0x1e9/0x1334", ptr, 5128);
}

static void make_task(int32_t pid)
{
	make_task_at(pid, 0x7000);
}

/* Feed @scene twice, as a replay does. */
static void twice(void (*scene)(void))
{
	struct km_diag d = { 0 };

	taking = vmaps_learn;
	no = 0;
	object(KM_EV_KFREE, 1, "kvfree", 0x9000, 0);
	scene();
	cr_assert_eq(vmaps_start(m, true, &d), 0);
	taking = vmaps_feed;
	no = 0;
	object(KM_EV_KFREE, 1, "kvfree", 0x9000, 0);
	scene();
}

/* seed_rows: 0 to 5 with pages, 8 to 11 an ioremap, 20 to 22 lazy */
static void areas_scene(void)
{
	mapped(1, 0x1000, 4);
	mapped(2, 0x4000, 1);
	bare(1, 0x2000);
	object(KM_EV_KMALLOC, 1, "else", 0x3000, 8);
	mapped(2, 0x5000, 2);
	object(KM_EV_KFREE, 2, "__vunmap+0x1/0x2", 0x4000, 0);
	mapped(2, 0x6000, 2);
	object(KM_EV_CACHE_FREE, 1, "__purge_vmap_area_lazy+0x1/0x2", 0x8000, 0);
	mapped(2, 0x8000, 1);
}

Test(vmalloc_objects, sizes_and_ends, .fini = end)
{
	begin_with(&objects_prof, 2);
	twice(areas_scene);
	/*
	 * 4 pages and a guard at 0, one at 5; the ioremap of two is aligned to two: 8; the area of
	 * three goes to 11; 5 to 7 waits, so the next is at 14; after the purge 5 is free.
	 */
	const struct km_vmap_state *v = rows(5);
	static const uint64_t pages[] = { 0, 5, 8, 11, 14 };

	for (unsigned int i = 0; i < 5; i++) {
		cr_expect_eq(v[i].start, AT(pages[i]), "%u", i);
		cr_expect_eq(v[i].seeded, i == 2);
	}
	cr_expect_str_eq(v[2].kind, "ioremap");
	cr_expect_eq(v[0].pages, 4);
}

/* 0 and 6 are taken, 5 is a hole; a bare request could be for the hole's row or for the one at 8 */
static const struct km_snap_vmap two_rows[] = { { AT(4), AT(6), 0, KM_VMAP_IOREMAP },
						{ AT(8), AT(13), 0, KM_VMAP_VMAP },
						{ AT(8), AT(10), 1, KM_VMAP_VMALLOC } };

static void ambiguous_scene(void)
{
	mapped(1, 0x1000, 3);
	mapped(1, 0x2000, 1);
	mapped(1, 0x4000, 1);
	object(KM_EV_KFREE, 1, "__vunmap", 0x2000, 0);
	object(KM_EV_CACHE_FREE, 1, "__purge_vmap_area_lazy", 0x8000, 0);
	bare(1, 0x5000);
	object(KM_EV_KMALLOC, 1, "else", 0x3000, 8);
	bare(1, 0x6000);
	object(KM_EV_KMALLOC, 1, "else", 0x3000, 8);
}

Test(vmalloc_objects, the_highest_of_several_rows, .fini = end)
{
	seed = (struct km_snapshot){ .vmaps = (struct km_snap_vmap *)(uintptr_t)two_rows,
				     .nr_vmaps = 3 };
	begin_seeded(&objects_prof);
	twice(ambiguous_scene);
	const struct km_vmap_state *v = rows(4);

	cr_expect(v[1].start == AT(4) && v[1].bytes == 2 * PAGE && v[1].seeded);
	cr_expect(v[3].start == AT(8) && v[3].bytes == 5 * PAGE && v[3].seeded);
}

static void forks_scene(void)
{
	task(KM_EV_FORK, 2, 3);
	make_task(2);
	mapped(2, 0x1000, 4);
	task(KM_EV_FORK, 2, 5); /* 4 went unseen */
	task(KM_EV_EXIT, 5, 0);
	make_task(2); /* 5's stack is kept when 2 runs */
	object(KM_EV_KMALLOC, 2, "else", 0x3000, 8);
	task(KM_EV_FORK, 2, 6);
	make_task(2);
	object(KM_EV_KMALLOC, 2, "else", 0x3000, 8); /* one that nobody saw die */
	task(KM_EV_FORK, 2, 7);
	mapped(2, 0x2000, 4); /* no stack */
}

/* THREAD_ALIGN is THREAD_SIZE: 4 pages */
Test(vmalloc_objects, stacks, .fini = end)
{
	begin_with(&objects_prof, 1);
	twice(forks_scene);
	scored("stack.new", "all", 2, 3);
	scored("stack.new", "new", 1, 1);
	scored("stack.new", "reused", 1, 2);
	scored("stack.new", "recall", 1, 1);
	scored("stack.new", "precision", 1, 2);
	/* the unseen one at 0, the other at 8: 4 is taken by the first's guard page; 13 the last */
	const struct km_vmap_state *v = rows(3);

	cr_expect(v[0].start == AT(0) && v[0].seeded);
	cr_expect(v[1].start == AT(8) && !v[1].seeded);
	cr_expect(v[2].start == AT(13) && !v[2].seeded);
}

static void init_scene(void)
{
	mapped(1, 0x1000, 1);
	object(KM_EV_KFREE, 1, "__vunmap", 0x1000, 0);
	object(KM_EV_KMALLOC, 1, "alloc_bprm+0x2e/0x209", 0x3000, 416);
	mapped(1, 0x4000, 1);
	object(KM_EV_KFREE, 1, "__vunmap", 0x4000, 0);
	object(KM_EV_KMALLOC, 1, "alloc_bprm+0x2e/0x209", 0x3000, 416);
	mapped(1, 0x5000, 1);
}

/* mark_rodata_ro() purges before the first program, and only then */
Test(vmalloc_objects, init_runs_after_a_purge, .fini = end)
{
	begin_with(&objects_prof, 1);
	twice(init_scene);
	cr_expect_eq(rows(1)[0].start, AT(2));
}

static void many_scene(void)
{
	for (unsigned int i = 0; i < 300; i++)
		mapped(1, 0x10000 + i * 0x140, 1);
	for (unsigned int i = 0; i < 300; i += 2)
		object(KM_EV_KFREE, 1, "__vunmap", 0x10000 + i * 0x140, 0);
}

Test(vmalloc_objects, many_handles, .fini = end)
{
	begin_with(&objects_prof, 1);
	twice(many_scene);
	const struct km_vmap_state *v = rows(150);

	for (unsigned int i = 0; i < 150; i++)
		cr_expect_eq(v[i].start, AT(4 * i + 2));
}

/* SLOB: records, task_structs and all else come from kmem_cache_alloc_node() itself. */
static void hidden_scene(void)
{
	static const char hidden[] = "kmem_cache_alloc_node+0xe";

	object(KM_EV_CACHE_ALLOC, 1, hidden, 0x7000, 5128);
	object(KM_EV_KMALLOC, 1, "__get_vm_area_node+0x9c", 0x1000, 64);
	object(KM_EV_CACHE_ALLOC, 1, hidden, 0x1040, 64);
	object(KM_EV_CACHE_ALLOC, 1, hidden, 0x1080, 64);
	object(KM_EV_KMALLOC, 1, "__vmalloc_node_range+0x214", 0x10c0, 32);
	task(KM_EV_FORK, 1, 2);
	object(KM_EV_KMALLOC, 1, "__get_vm_area_node+0x9c", 0x4000, 64);
	object(KM_EV_CACHE_ALLOC, 1, hidden, 0x4040, 64);
	object(KM_EV_KMALLOC, 1, "__vmalloc_node_range+0x214", 0x4080, 8);
	object(KM_EV_CACHE_ALLOC, 1, hidden, 0x8000, 200);
	object(KM_EV_KMALLOC, 1, "__get_vm_area_node+0x9c", 0x2000, 64);
	object(KM_EV_CACHE_ALLOC, 1, hidden, 0x2040, 64);
	object(KM_EV_CACHE_ALLOC, 1, hidden, 0x2080, 136); /* not a record: it is an ioremap */
	object(KM_EV_CACHE_ALLOC, 1, hidden, 0x9000, 5128);
	object(KM_EV_KMALLOC, 1, "__get_vm_area_node+0x9c", 0x3000, 64);
	object(KM_EV_CACHE_ALLOC, 1, hidden, 0x3040, 64);
	object(KM_EV_KMALLOC, 1, "__vmalloc_node_range+0x214", 0x30c0, 32);
	task(KM_EV_FORK, 1, 3);
}

Test(vmalloc_objects, callers_that_are_hidden, .fini = end)
{
	begin_with(&objects_prof, 2);
	twice(hidden_scene);
	scored("stack.new", "all", 2, 2);
	scored("stack.new", "new", 2, 2);
	/* a stack at 0, a page at 5, the ioremap at 8; the next stack, aligned to 4, at 12 */
	const struct km_vmap_state *v = rows(4);

	cr_expect(v[0].start == AT(0) && v[0].pages == 4);
	cr_expect(v[1].start == AT(5) && v[1].pages == 1);
	cr_expect(v[2].start == AT(8) && v[2].seeded);
	cr_expect(v[3].start == AT(12) && v[3].pages == 4);
}

/* pcpu_get_vm_areas(): a chunk is there with its event, and as large as the row */
static void chunk_scene(void)
{
	struct km_event ev = { .kind = KM_EV_PERCPU_CREATE_CHUNK, .pid = 1, .num = { AT(8) } };
	struct km_diag d = { 0 };

	cr_assert_eq(taking(m, &ev, ++no, &d), 0, "%s", d.what);
	ev.num[0] = AT(100); /* nothing is known of that */
	cr_assert_eq(taking(m, &ev, ++no, &d), 0, "%s", d.what);
	mapped(1, 0x1000, 8);
}

Test(vmalloc_objects, chunks, .fini = end)
{
	begin_with(&objects_prof, 2);
	twice(chunk_scene);
	const struct km_vmap_state *v = rows(2);

	cr_expect(v[0].start == AT(8) && v[0].bytes == 3 * PAGE && v[0].seeded);
	cr_expect(v[1].start == AT(11) && v[1].pages == 8, "9 pages do not fit before it");
}

enum { TASK_AT = 0x100000, TASK_APART = 0x2000 };

/*
 * thread_stack_free_rcu(): of three dead stacks two are kept; the third asks again after a grace
 * period, which the free of its task_struct shows to be over
 */
static void grace_scene(void)
{
	for (int32_t child = 5; child < 8; child++) {
		make_task_at(2, TASK_AT + (uint64_t)child * TASK_APART);
		mapped(2, 0x1000 * (uint64_t)child, 4);
		task(KM_EV_FORK, 2, child);
	}
	for (int32_t pid = 5; pid < 8; pid++) {
		task(KM_EV_EXIT, pid, 0);
		object(KM_EV_KMALLOC, 2, "else", 0x3000, 8);
	}
	for (int32_t child = 10; child < 14; child++) {
		if (child == 12)
			object(KM_EV_CACHE_FREE, 2, "free_task", TASK_AT + 7 * TASK_APART, 0);
		make_task(2);
		if (child == 13)
			mapped(2, 0x9000, 4);
		else
			object(KM_EV_KMALLOC, 2, "else", 0x3000, 8);
		task(KM_EV_FORK, 2, child);
	}
}

Test(vmalloc_objects, a_stack_asks_again_after_its_grace_period, .fini = end)
{
	begin_with(&objects_prof, 1);
	twice(grace_scene);
	scored("stack.new", "reused", 3, 3);
	scored("stack.new", "new", 4, 4);
}
