/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Object allocators' paths by one table of costs (cli/costs/slab-test-2016.yaml) against what
 * slab_test printed in 2016: 10,000 objects of a size are allocated, then all are freed; cycles for
 * each. Both allocators, four sizes: sixteen figures.
 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/costs.h"
#include "engine/machine/layout.h"
#include "engine/replay/replay.h"
#include "engine/variant/profile.h"
#include "tests/support/quiet_sink.h"

enum { SLUB, SLAB, OBJECTS = 10000, CPUS = 8, PAGES = 1 << 18 };

/* The table is in picoseconds, slab_test in cycles of a machine it does not name: 2.5 GHz. */
enum { PS_OF_CYCLE = 400 };

/*
 * 4.x, between the releases that are modelled: 6.1 but for what changed in between. The per-CPU
 * lists kept single pages alone before 5.13; SLAB's kmalloc had caches beyond two pages before
 * 5.19. Kernel: include/linux/mmzone.h:struct per_cpu_pages,
 * include/linux/slab.h:KMALLOC_SHIFT_HIGH [6.1]
 */
static struct kernel_profile kernel_of_2016(void)
{
	struct kernel_profile k = *kernel_profile_find("6.1");

	k.pcp.max_order = 0;
	k.slabs[SLAB].kmalloc_max_cache = 1 << 22;
	return k;
}

struct sums {
	uint64_t alloc_ns, free_ns, allocs, frees;
};

static int hear(void *ctx, const struct km_cost_row *row)
{
	struct sums *s = ctx;

	if (row->kind != KM_COST_LATENCY)
		return 0;
	if (!strcmp(row->path, "slab_alloc")) {
		s->alloc_ns += row->total_ns;
		s->allocs += row->count;
	} else if (!strcmp(row->path, "slab_free")) {
		s->free_ns += row->total_ns;
		s->frees += row->count;
	}
	return 0;
}

static struct km_event event(unsigned int i, bool alloc, uint32_t size)
{
	struct km_event ev = { .kind = alloc ? KM_EV_KMALLOC : KM_EV_KFREE,
			       .ts_ns = i + (alloc ? 0 : OBJECTS),
			       .pid = 1 };

	ev.obj.ptr = UINT64_C(0xffff888000000000) + ((uint64_t)i << 15);
	if (alloc) {
		ev.obj.bytes_req = ev.obj.bytes_alloc = size;
		ev.obj.gfp = KM_GFP_KERNEL;
	}
	return ev;
}

static void pass(struct replay *r, uint32_t size,
		 int (*to)(struct replay *, const struct km_event *, size_t, struct km_diag *))
{
	struct km_diag d = { 0 };

	for (unsigned int k = 0; k < 2; k++)
		for (unsigned int i = 0; i < OBJECTS; i++) {
			struct km_event ev = event(i, !k, size);

			cr_assert(!to(r, &ev, 1, &d), "%s", d.what);
		}
}

static struct sums run(int slab, uint32_t size, const struct cost_table *costs)
{
	struct km_snapshot seed;
	const struct kernel_profile kernel = kernel_of_2016();
	struct machine_layout layout = { .arch = machine_arch_find("x86-64"),
					 .page_shift = 12,
					 .nr_cpus = CPUS,
					 .nr_nodes = 1,
					 .nr_memory = 1 };
	struct replay_config c = { .mode = REPLAY_SIMULATE,
				   .nr_cpus = CPUS,
				   .profile = &kernel,
				   .seed = &seed,
				   .costs = costs };
	struct km_sink_ops ops = quiet_sink_ops;
	struct sums s = { 0 };
	struct strtab *names;
	struct km_diag d = { 0 };
	struct replay *r;

	layout.memory[0].end = (uint64_t)PAGES << 12;
	ops.cost = hear;
	memset(&c.tunables, 0xff, sizeof(c.tunables));
	c.tunables.slab = slab;
	cr_assert(!layout_describe(&layout, &seed, &d), "%s", d.what);
	c.layout = &layout;
	cr_assert(!strtab_open(&names));
	cr_assert(!replay_open(&r, &c, names, &(struct km_sink){ &s, &ops }, &d), "%s", d.what);
	pass(r, size, replay_survey);
	cr_assert(!replay_start(r, &d), "%s", d.what);
	pass(r, size, replay_feed);
	cr_assert(!replay_finish(r, &d), "%s", d.what);
	replay_close(r);
	layout_release_snapshot(&seed);
	strtab_close(names);
	return s;
}

static void hold(const char *who, uint32_t size, const char *what, uint64_t ns, uint64_t published)
{
	uint64_t cycles = ns * 1000 / PS_OF_CYCLE / OBJECTS;

	cr_log_info("%s %u %s: %" PRIu64 " published, %" PRIu64 " by the model", who, size, what,
		    published, cycles);
	cr_expect(cycles * 100 >= published * 85 && cycles * 100 <= published * 115,
		  "%s %u %s: %" PRIu64 " published, %" PRIu64 " by the model", who, size, what,
		  published, cycles);
}

Test(object_costs, slab_test)
{
	static const struct {
		uint32_t size;
		uint64_t cycles[2][2]; /* SLUB, SLAB: alloc, free */
	} rows[] = {
		{ 8, { { 67, 101 }, { 99, 112 } } },
		{ 256, { { 128, 149 }, { 195, 167 } } },
		{ 4096, { { 231, 239 }, { 806, 370 } } },
		{ 16384, { { 481, 323 }, { 892, 455 } } },
	};
	static const char *const names[] = { "SLUB", "SLAB" };
	struct cost_table *t = malloc(sizeof(*t));
	struct km_diag d = { 0 };

	cr_assert(t && !costs_find(t, "slab-test-2016", &d), "%s", d.what);
	for (int slab = SLUB; slab <= SLAB; slab++)
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct sums s = run(slab, rows[i].size, t);

			cr_assert_eq(s.allocs, OBJECTS);
			cr_assert_eq(s.frees, OBJECTS);
			hold(names[slab], rows[i].size, "alloc", s.alloc_ns,
			     rows[i].cycles[slab][0]);
			hold(names[slab], rows[i].size, "free", s.free_ns, rows[i].cycles[slab][1]);
		}
	free(t);
}
