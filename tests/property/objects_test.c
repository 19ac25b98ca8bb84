/* SPDX-License-Identifier: GPL-2.0-only */
/* Any objects' events, possible or not, through each allocator: it stays sound after each. */
#include <criterion/criterion.h>
#include <string.h>

#include "engine/replay/objects.h"
#include "engine/slab/slab_ops.h"
#include "engine/variant/profile.h"
#include "engine/variant/variant.h"
#include "tests/property/random.h"

enum { PAGE = 4096, FIRST = 256, PAGES = 96, PAIRS = 16, STEPS = 3000, CPUS = 2 };

#define MAP UINT64_C(0xff11000000000000)

static struct km_snap_cache caches[] = {
	{ .name = "kmalloc-1k", .objsize = 1024, .objperslab = 4, .pagesperslab = 1 },
	{ .name = "kmalloc-256", .objsize = 256, .objperslab = 16, .pagesperslab = 1 },
	{ .name = "thing",
	  .objsize = 600,
	  .objperslab = 13,
	  .pagesperslab = 2,
	  .num_slabs = 3,
	  .active_slabs = 2,
	  .active_objs = 20,
	  .num_objs = 39 },
};

static struct strtab *names;
static struct objects *o;
static bool no_caches;
static uint32_t words[4];

static struct km_event any_event(struct random *rng, uint64_t *ts_ns)
{
	static const uint8_t kinds[] = { KM_EV_PAGE_ALLOC,   KM_EV_PAGE_FREE,	KM_EV_KMALLOC,
					 KM_EV_KMALLOC,	     KM_EV_CACHE_ALLOC, KM_EV_CACHE_ALLOC,
					 KM_EV_KFREE,	     KM_EV_CACHE_FREE,	KM_EV_CACHE_FREE,
					 KM_EV_PERCPU_ALLOC, KM_EV_CMA_START };
	static const uint32_t bytes[] = { 1024, 256, 600, 700, 5000, 1u << 20 };
	struct km_event ev = { .kind = kinds[random_below(rng, sizeof(kinds))] };
	uint64_t page = FIRST + random_below(rng, PAGES);

	*ts_ns += random_below(rng, 100) ? random_below(rng, 100000) : 700000000;
	ev.ts_ns = *ts_ns;
	ev.cpu = (uint16_t)random_below(rng, CPUS + 1);
	ev.pid = (int32_t)random_below(rng, 3);
	ev.comm = words[random_below(rng, 2)];
	if (ev.kind == KM_EV_PAGE_ALLOC || ev.kind == KM_EV_PAGE_FREE) {
		ev.page.order = (uint8_t)random_below(rng, 2);
		ev.page.pfn = page & ~(uint64_t)ev.page.order;
		return ev;
	}
	if (ev.kind == KM_EV_PERCPU_ALLOC) {
		ev.num[0] = random_below(rng, 2) ? 976 : 448;
		ev.num[2] = 8;
		return ev;
	}
	ev.obj.bytes_req = ev.obj.bytes_alloc = bytes[random_below(rng, 6)];
	if (no_caches && ev.kind == KM_EV_KMALLOC)
		ev.obj.bytes_alloc += 8;
	ev.obj.ptr = MAP + page * PAGE + random_below(rng, 17) * 256 % PAGE;
	if (!random_below(rng, 4))
		ev.obj.ptr = MAP + page * PAGE + random_below(rng, 7) * 600 % PAGE;
	ev.obj.call_site = words[2];
	ev.obj.cache = ev.kind == KM_EV_CACHE_FREE ? words[2 + random_below(rng, 2)] : 0;
	return ev;
}

/* Sixteen slabs, each begun with its first object: what the survey learns the map from. */
static void learn_map(void)
{
	for (unsigned int i = 0; i < PAIRS; i++) {
		struct km_event a = { .kind = KM_EV_PAGE_ALLOC }, b = { .kind = KM_EV_KMALLOC };

		a.page.pfn = FIRST + i;
		b.obj = (struct km_ev_object){ .ptr = MAP + (FIRST + i) * PAGE,
					       .bytes_req = 1024,
					       .bytes_alloc = no_caches ? 1032 : 1024 };
		cr_assert_eq(objects_learn(o, &a), 0);
		cr_assert_eq(objects_learn(o, &b), 0);
	}
}

static void rows(uint64_t no)
{
	const struct km_slab_state *row;
	size_t n;

	cr_assert_eq(objects_note(o, no), 0);
	row = objects_rows(o, no, &n);
	cr_assert_geq(n, no_caches ? 0 : 3);
	for (size_t i = 0; i < n; i++) {
		cr_expect_leq(row[i].active_objs, row[i].num_objs);
		cr_expect_leq(row[i].active_slabs, row[i].num_slabs);
	}
}

static void any_events(const struct slab_profile *prof, bool from_boot)
{
	static struct km_snapshot seed = { .label = "start", .caches = caches, .nr_caches = 3 };
	struct objects_config c = { .prof = prof,
				    .seed = &seed,
				    .strings = names,
				    .first_page = FIRST,
				    .nr_pages = PAGES,
				    .nr_cpus = CPUS,
				    .page_shift = 12,
				    .scored = true };
	struct random rng = { 3 };
	struct km_diag d = { 0 };
	uint64_t ts_ns = 0;

	cr_assert_eq(objects_open(&o, &c, &d), 0, "%s", d.what);
	learn_map();
	for (unsigned int i = 0; i < STEPS; i++) {
		struct km_event ev = any_event(&rng, &ts_ns);

		cr_assert_eq(objects_learn(o, &ev), 0);
		if (i == STEPS / 2)
			cr_assert_eq(objects_learn_label(o), 0);
	}
	cr_assert_eq(objects_start(o, from_boot), 0);
	rng.state = 3;
	ts_ns = 0;
	for (unsigned int i = 0; i < STEPS; i++) {
		struct km_event ev = any_event(&rng, &ts_ns);

		cr_assert_eq(objects_feed(o, &ev, i + 1), 0);
		cr_assert_eq(objects_check(o, &d), 0, "step %u: %s", i, d.what);
		if (i == STEPS / 2)
			objects_anchor(o);
		if (i % 100 == 99)
			rows(i + 1);
	}
	objects_close(o);
}

Test(objects, any_events_leave_each_allocator_sound)
{
	static const char *const text[] = { "kworker/0:1", "bash", "thing", "another" };
	unsigned int n = 0;

	cr_assert_eq(strtab_open(&names), 0);
	for (unsigned int i = 0; i < 4; i++)
		words[i] = (uint32_t)strtab_intern(names, text[i], strlen(text[i]));
	for (size_t i = 0; i < kernel_profile_count(); i++)
		for (unsigned int j = 0; j < SLAB_ALLOCATORS; j++) {
			const struct slab_profile *p = &kernel_profile_at(i)->slabs[j];

			for (unsigned int boot = 0; p->ops && boot < 2; boot++, n++) {
				no_caches = p->ops->by_place;
				any_events(p, boot);
			}
		}
	cr_expect_geq(n, 14, "SLUB, SLAB and SLOB of 2.6.34 and 6.1, SLUB of 6.12");
	strtab_close(names);
}
