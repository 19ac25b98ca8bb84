/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any sequence of events as a generated trace's, on a small machine that has just booted: names
 * that gen could have given, and others. Refused or replayed, never a crash; every room recounts
 * after each event.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/core/gfp.h"
#include "engine/machine/layout.h"
#include "engine/replay/explain.h"
#include "engine/replay/replay.h"
#include "engine/variant/profile.h"
#include "tests/fuzz/small_costs.h"
#include "tests/fuzz/small_tlb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BYTES = 5, MOST_EVENTS = 2000, MEMORY = 24 << 20 };

static int on_sample(void *c, const struct km_sample *r)
{
	(void)c, (void)r;
	return 0;
}
static int on_fallback(void *c, const struct km_fallback_row *r)
{
	(void)c, (void)r;
	return 0;
}
static int on_failure(void *c, const struct km_failure_row *r)
{
	(void)c, (void)r;
	return 0;
}
static int on_cma(void *c, const struct km_cma_alloc_row *r)
{
	(void)c, (void)r;
	return 0;
}
static int on_fidelity(void *c, const struct km_fidelity_row *r)
{
	(void)c, (void)r;
	return 0;
}
static int on_loss(void *c, const struct km_loss_row *r)
{
	(void)c, (void)r;
	return 0;
}
static int on_attribution(void *c, const struct km_attribution_row *r)
{
	(void)c, (void)r;
	return 0;
}
static int on_pressure(void *c, const struct km_pressure_row *r)
{
	(void)c, (void)r;
	return 0;
}

static int on_call_site(void *c, const struct km_call_site_row *r)
{
	(void)c, (void)r;
	return 0;
}

static int on_leak(void *c, const struct km_leak_row *r)
{
	(void)c, (void)r;
	return 0;
}

static int on_owner(void *c, const struct km_owner_row *r)
{
	(void)c, (void)r;
	return 0;
}

static int on_slab_use(void *c, const struct km_slab_use_row *r)
{
	(void)c, (void)r;
	return 0;
}

static int on_cost(void *c, const struct km_cost_row *r)
{
	(void)c, (void)r;
	return 0;
}

static int on_tlb(void *c, const struct km_tlb_row *r)
{
	(void)c, (void)r;
	return 0;
}

static const struct km_sink_ops ops = { on_sample,    on_fallback, on_failure,	   on_cma,
					on_fidelity,  on_loss,	   on_attribution, on_pressure,
					on_call_site, on_leak,	   on_tlb,	   on_owner,
					on_slab_use,  on_cost };

/* The next slots in turn, so that most allocations are accepted. */
static uint64_t next_slot[KM_MAX_ORDERS];

static uint64_t next_door;
static uint32_t door_site[KM_NR_DOORS];
static uint32_t area_name[4]; /* none, the machine's, one that it has not, none */

/* At a door: sizes and alignments of all kinds, names in turn and others. */
static struct km_event door_event(const uint8_t *b, uint64_t ts_ns)
{
	struct km_event ev = { .kind = b[4] & 1 ? KM_EV_KFREE : KM_EV_KMALLOC,
			       .ts_ns = ts_ns,
			       .cpu = b[0] >> 3 & 1 };
	uint64_t slot = b[2];

	if (ev.kind == KM_EV_KMALLOC && b[2] < 250)
		slot = next_door++;
	ev.obj = (struct km_ev_object){ .ptr = km_door_ptr(slot),
					.bytes_req = (uint32_t)(b[3] + 1u) << (b[4] >> 3),
					.bytes_alloc = b[2] & 3 ? 0 : 1u << (b[3] & 31),
					.gfp = KM_GFP_KERNEL,
					.node = -1,
					.call_site = door_site[b[1] % KM_NR_DOORS],
					.cache = area_name[b[0] >> 6] };
	return ev;
}

static int name_doors(struct strtab *strings)
{
	next_door = 0;
	for (unsigned int i = 0; i < KM_NR_DOORS; i++) {
		int64_t id = strtab_intern(strings, km_door_name(i), strlen(km_door_name(i)));

		if (id < 0)
			return -1;
		door_site[i] = (uint32_t)id;
	}
	int64_t has = strtab_intern(strings, "reserved", 8),
		lacks = strtab_intern(strings, "cam", 3);

	area_name[1] = has < 0 ? 0 : (uint32_t)has;
	area_name[2] = lacks < 0 ? 0 : (uint32_t)lacks;
	return has < 0 || lacks < 0 ? -1 : 0;
}

static struct km_event make_event(const uint8_t *b, uint64_t ts_ns)
{
	static const uint8_t kinds[] = { KM_EV_PAGE_ALLOC,  KM_EV_PAGE_ALLOC, KM_EV_PAGE_FREE,
					 KM_EV_PAGE_FREE,   KM_EV_PAGE_FREE,  KM_EV_FILEMAP_ADD,
					 KM_EV_FILEMAP_DEL, KM_EV_LOST };
	static const uint32_t gfps[] = { KM_GFP_HIGHUSER_MOVABLE, KM_GFP_KERNEL,
					 KM_GFP_KERNEL | KM_GFP_RECLAIMABLE,
					 KM_GFP_MOVABLE | KM_GFP_DIRECT_RECLAIM };
	struct km_event ev = { .kind = kinds[b[0] & 7], .ts_ns = ts_ns, .cpu = b[0] >> 3 & 1 };
	unsigned int of = b[1] & 15, order = b[1] & 128 ? b[1] >> 4 & 7 : of;
	uint64_t slot = b[2] | (uint64_t)(b[3] & 3) << 8;

	if (ev.kind == KM_EV_LOST && b[1] < 240)
		return door_event(b, ts_ns);
	if (ev.kind == KM_EV_PAGE_ALLOC && b[3] < 250) {
		slot = next_slot[of]++;
		order = of;
	}
	ev.page = (struct km_ev_page){ .pfn = km_synthetic(of, slot),
				       .gfp = gfps[b[4] & 3],
				       .order = (uint8_t)order };
	if (order < of)
		ev.page.pfn += ((uint64_t)b[4] << 4 | b[3] >> 4) & (pages_of(of) - 1) &
			       ~(pages_of(order) - 1);
	if (b[0] == 0xff) /* a name of no order there is */
		ev.page.pfn = UINT64_MAX << 40 | slot;
	return ev;
}

static void run(const uint8_t *data, size_t size, struct machine_layout *l,
		const struct km_snapshot *seed)
{
	static const char *const kernels[] = { "6.1", "6.12", "3.5", "2.6.34" };
	static struct replay_explanation explained;
	struct replay_config c = { .mode = REPLAY_SIMULATE,
				   .synthetic = true,
				   .paranoid = true,
				   .nr_samples = 3,
				   .nr_cpus = 2,
				   .has_cma = true,
				   .nr_events = size / BYTES + 1,
				   .profile = kernel_profile_find(kernels[size % 4]),
				   .layout = l,
				   .seed = seed,
				   .tlb = size & 1 ? &small_tlb : NULL,
				   .costs = size & 2 ? small_costs() : NULL,
				   .access = { 0x17, false, 30, 0, false } };
	struct strtab *strings;
	struct replay *r;
	struct km_diag d = { 0 };
	uint64_t ts_ns = 0;
	int err;

	memset(&c.tunables, 0xff, sizeof(c.tunables));
	memset(next_slot, 0, sizeof(next_slot));
	memset(&explained, 0, sizeof(explained));
	explained.event_no = size / BYTES / 2 + 1;
	c.explain = &explained;
	c.tunables.min_free_kbytes = 128;
	c.tunables.cma_pinned = 100;
	c.tunables.no_mmu = (size & 4) != 0;
	if (size % 4 < 2 && size & 8) /* the older kernels have no fifth */
		c.tunables.page_table_levels = 5;
	if (strtab_open(&strings))
		return;
	if (name_doors(strings) ||
	    replay_open(&r, &c, strings, &(struct km_sink){ NULL, &ops }, &d)) {
		strtab_close(strings);
		return;
	}
	err = replay_start(r, &d);
	for (size_t i = 0; !err && i < MOST_EVENTS && (i + 1) * BYTES <= size; i++) {
		ts_ns += data[i * BYTES] >> 4 == 15 ? 600000000 : 1000;
		struct km_event ev = make_event(data + i * BYTES, ts_ns);

		err = replay_feed(r, &ev, 1, &d);
	}
	/* a room that does not recount is our own fault */
	if (err && err != -KM_EFORMAT && err != -KM_ENOMEM)
		abort();
	(void)!replay_finish(r, &d);
	replay_close(r);
	strtab_close(strings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct machine_layout l;
	struct km_snapshot seed;
	struct km_diag d;

	l = (struct machine_layout){ .arch = machine_arch_find("x86-64"),
				     .page_shift = 12,
				     .nr_cpus = 2,
				     .nr_nodes = 1,
				     .nr_cma = 1 };
	l.cma[0] = (struct layout_cma){ .name = "reserved", .bytes = 4 << 20 };
	if (layout_add_memory(&l, 0, MEMORY, "", &d) || layout_describe(&l, &seed, &d))
		abort();
	run(data, size, &l, &seed);
	layout_release_snapshot(&seed);
	return 0;
}
