/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any sequence of events through a small machine, in every mode, and through another one than the
 * recorded: refused or replayed, never a crash, and the rooms recount to the end.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "engine/machine/layout.h"
#include "engine/replay/explain.h"
#include "engine/replay/replay.h"
#include "engine/variant/profile.h"
#include "tests/fuzz/small_costs.h"
#include "tests/fuzz/small_tlb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int ignore(void)
{
	return 0;
}

static int on_sample(void *c, const struct km_sample *r)
{
	(void)c, (void)r;
	return ignore();
}
static int on_fallback(void *c, const struct km_fallback_row *r)
{
	(void)c, (void)r;
	return ignore();
}
static int on_failure(void *c, const struct km_failure_row *r)
{
	(void)c, (void)r;
	return ignore();
}
static int on_cma(void *c, const struct km_cma_alloc_row *r)
{
	(void)c, (void)r;
	return ignore();
}
static int on_fidelity(void *c, const struct km_fidelity_row *r)
{
	(void)c, (void)r;
	return ignore();
}
static int on_loss(void *c, const struct km_loss_row *r)
{
	(void)c, (void)r;
	return ignore();
}
static int on_attribution(void *c, const struct km_attribution_row *r)
{
	(void)c, (void)r;
	return ignore();
}

static int on_pressure(void *c, const struct km_pressure_row *r)
{
	(void)c, (void)r;
	return ignore();
}

static int on_call_site(void *c, const struct km_call_site_row *r)
{
	(void)c, (void)r;
	return ignore();
}

static int on_leak(void *c, const struct km_leak_row *r)
{
	(void)c, (void)r;
	return ignore();
}

static int on_owner(void *c, const struct km_owner_row *r)
{
	(void)c, (void)r;
	return ignore();
}

static int on_slab_use(void *c, const struct km_slab_use_row *r)
{
	(void)c, (void)r;
	return ignore();
}

static int on_cost(void *c, const struct km_cost_row *r)
{
	(void)c, (void)r;
	return ignore();
}

static int on_tlb(void *c, const struct km_tlb_row *r)
{
	(void)c, (void)r;
	return ignore();
}

static const struct km_sink_ops ops = { on_sample,    on_fallback, on_failure,	   on_cma,
					on_fidelity,  on_loss,	   on_attribution, on_pressure,
					on_call_site, on_leak,	   on_tlb,	   on_owner,
					on_slab_use,  on_cost };

enum { PAGES = 4096 };

/* Where all memory is mapped. */
#define MAP UINT64_C(0xff11000000000000)

/* Areas of a few pages at a few addresses, of which some cannot be. */
static struct km_event make_vmap_event(struct km_event ev, const uint8_t *b)
{
	uint64_t addr =
		(b[2] & 0x80 ? UINT64_C(0xffffffffa0000000) : UINT64_C(0xffffc90000000000)) +
		((uint64_t)b[3] << 12);

	ev.kind = (uint8_t)(KM_EV_VMAP_ALLOC + b[0] % 3);
	ev.num[0] = addr;
	if (ev.kind == KM_EV_VMAP_ALLOC) {
		ev.num[1] = (uint64_t)(b[4] & 15) << 12;
		ev.num[2] = UINT64_C(1) << (b[5] & 63);
		ev.num[3] = b[6] >> 7;
		ev.num[0] += (uint64_t)(b[7] == 7); /* not of whole pages */
	} else if (ev.kind == KM_EV_VMAP_PURGE) {
		ev.num[1] = addr + ((uint64_t)b[4] << 12);
		ev.num[2] = b[5];
	} else {
		ev.num[1] = b[4];
		ev.num[2] = b[5];
	}
	return ev;
}

/* Objects that areas and tasks are made of, and forks. */
static struct km_event make_object_event(struct km_event ev, const uint8_t *b)
{
	static const uint8_t kinds[] = { KM_EV_KMALLOC,	   KM_EV_KFREE, KM_EV_CACHE_ALLOC,
					 KM_EV_CACHE_FREE, KM_EV_FORK,	KM_EV_EXIT };
	static const uint8_t sites[] = { 1, 6, 7, 8, 9, 10, 11, 13 };

	ev.kind = kinds[b[2] % sizeof(kinds)];
	if (ev.kind == KM_EV_FORK || ev.kind == KM_EV_EXIT) {
		ev.num[0] = b[1] & 3;
		ev.num[1] = b[3];
		return ev;
	}
	ev.obj = (struct km_ev_object){ .ptr = (uint64_t)b[3] << 6,
					.bytes_req = (uint32_t)b[4] << (b[6] & 7),
					.call_site = sites[b[5] % sizeof(sites)] };
	if (b[7] & 0x40) {
		ev.obj.ptr = MAP + ((uint64_t)(512 + (b[3] & 63)) << 12) + ((uint64_t)b[7] << 8);
		ev.obj.bytes_alloc = ev.obj.bytes_req;
		ev.obj.cache = ev.kind == KM_EV_CACHE_FREE ? 2 + (b[5] & 3) : 0;
	}
	if (b[7] == 7)
		ev = (struct km_event){ .kind = KM_EV_MARKER, .text = 12 };
	return ev;
}

/* Per-CPU areas of a few chunks. */
static struct km_event make_percpu_event(struct km_event ev, const uint8_t *b)
{
	ev.kind = (uint8_t)(KM_EV_PERCPU_ALLOC + b[2] % 4);
	ev.num[0] = (uint64_t)(b[3] & 3) << 20;
	ev.num[3] = (uint64_t)b[5] << (b[6] & 15);
	if (ev.kind == KM_EV_PERCPU_ALLOC) {
		ev.num[0] = (uint64_t)b[3] << (b[4] & 7);
		ev.num[2] = UINT64_C(1) << (b[4] >> 3 & 15);
	}
	return ev;
}

/* Eight bytes make one event; kinds that move pages are the likelier ones. */
static struct km_event make_cma_event(struct km_event ev, const uint8_t *b, uint64_t nr)
{
	ev.cma = (struct km_ev_cma){ .pfn = b[4] & 128 ? KM_NO_PFN : nr,
				     .tried = b[6] & 8 ? KM_NO_PFN : nr,
				     .name = b[6] & 16 ? 1 : 2,
				     .count = b[5] == 255 ? UINT64_MAX - b[6] : b[5],
				     .align = b[6] & 7,
				     .err = -(b[7] & 3) };
	return ev;
}

static struct km_event make_event(const uint8_t *b, uint64_t at)
{
	static const uint8_t kinds[] = {
		KM_EV_PAGE_ALLOC,      KM_EV_PAGE_FREE,	    KM_EV_PAGE_FREE_BATCHED,
		KM_EV_ZONE_LOCKED,     KM_EV_PCPU_DRAIN,    KM_EV_EXTFRAG,
		KM_EV_KMALLOC,	       KM_EV_CMA_START,	    KM_EV_CMA_FINISH,
		KM_EV_CMA_BUSY,	       KM_EV_CMA_RELEASE,   KM_EV_ISOLATE_FREE,
		KM_EV_MARKER,	       KM_EV_KSWAPD_WAKE,   KM_EV_TEST_ISOLATED,
		KM_EV_ISOLATE_MIGRATE, KM_EV_MIGRATE_PAGES, KM_EV_LOST
	};
	struct km_event ev = {
		.ts_ns = at, .pid = b[1] & 3, .comm = 0, .cpu = b[1] >> 2 & 1, .ctx = b[1] >> 4 & 7
	};
	uint64_t nr = (uint64_t)(b[2] | (b[3] & 15) << 8);
	unsigned int order = b[4] & 15;

	ev.kind = kinds[b[0] % sizeof(kinds)];
	nr = nr >> order << order;
	if (b[0] >= 0xf0)
		return make_vmap_event(ev, b);
	if (b[0] >= 0xe0)
		return b[7] == 9 ? make_percpu_event(ev, b) : make_object_event(ev, b);
	switch (ev.kind) {
	case KM_EV_EXTFRAG:
		ev.extfrag = (struct km_ev_extfrag){ nr,       b[5] & 15,     (uint8_t)order,
						     b[6] & 7, b[6] >> 3 & 7, b[7] & 1 };
		break;
	case KM_EV_KMALLOC:
		ev.obj = (struct km_ev_object){ .bytes_req = (uint32_t)b[2] * 8, .call_site = 1 };
		break;
	case KM_EV_CMA_START:
	case KM_EV_CMA_FINISH:
	case KM_EV_CMA_BUSY:
	case KM_EV_CMA_RELEASE:
		return make_cma_event(ev, b, nr);
	case KM_EV_MARKER:
		ev.text = 3 + (b[5] & 3);
		break;
	case KM_EV_TEST_ISOLATED:
	case KM_EV_ISOLATE_MIGRATE:
	case KM_EV_MIGRATE_PAGES:
		ev.range = (struct km_ev_range){ nr, nr + b[5], nr + b[6], 0, b[7] & 1, b[7] };
		break;
	case KM_EV_LOST:
		ev.num[0] = b[5] & 3;
		break;
	case KM_EV_ISOLATE_FREE:
		ev.range = (struct km_ev_range){ nr, nr + (uint64_t)b[5] * 8, 0, 0, b[6], b[7] };
		break;
	case KM_EV_KSWAPD_WAKE:
		break;
	default:
		ev.page = (struct km_ev_page){ nr, (uint32_t)b[5] << 3 | KM_GFP_KERNEL,
					       (uint8_t)order, b[6] & 7, b[7] & 1 };
		break;
	}
	return ev;
}

static void describe(struct km_snapshot *s, struct km_snap_zone *z, struct km_snap_cma *cma)
{
	static const struct km_snap_vmap vmaps[] = {
		{ 0xffffc90000000000, 0xffffc90000005000, 4, KM_VMAP_VMALLOC },
		{ 0xffffc90000005000, 0xffffc90000007000, 0, KM_VMAP_IOREMAP },
		{ 0xffffc90000008000, 0xffffc9000000d000, 0, KM_VMAP_VMAP },
		{ 0xffffc90000006000, 0xffffc9000000e000, 0, KM_VMAP_LAZY },
		{ 0xffffffffa0000000, 0xffffffffa0002000, 1, KM_VMAP_VMALLOC },
		{ 0xfffffffffffff000, 0xffffffffffffffff, 0, KM_VMAP_UNKNOWN },
	};

	static const struct km_snap_cache caches[] = {
		{ .name = "kmalloc-1k", .objsize = 1024, .objperslab = 4, .pagesperslab = 1 },
		{ .name = "area", .objsize = 512, .objperslab = 16, .pagesperslab = 2 },
	};

	*s = (struct km_snapshot){
		.label = "start", .nr_orders = 11, .pageblock_order = 9, .zones = z, .nr_zones = 2
	};
	s->caches = (struct km_snap_cache *)(uintptr_t)caches;
	s->nr_caches = sizeof(caches) / sizeof(caches[0]);
	s->percpu = (struct km_snap_percpu){ 12000, 8192, 12768, 65536, 2 };
	s->vmaps = (struct km_snap_vmap *)(uintptr_t)vmaps;
	s->nr_vmaps = sizeof(vmaps) / sizeof(vmaps[0]);
	z[0] = (struct km_snap_zone){ .index = 0,
				      .name = "DMA",
				      .populated = true,
				      .start_pfn = 1,
				      .spanned = 1023,
				      .present = 1000,
				      .managed = 900,
				      .min = 8,
				      .low = 10,
				      .high = 12 };
	z[1] = (struct km_snap_zone){ .index = 1,
				      .name = "Normal",
				      .populated = true,
				      .start_pfn = 1024,
				      .spanned = PAGES - 1024 - 7,
				      .present = 3000,
				      .managed = 2900,
				      .min = 30,
				      .low = 40,
				      .high = 50 };
	*cma = (struct km_snap_cma){ .name = "area", .base_pfn = 2048, .count = 512 };
	s->cma = cma;
	s->nr_cma = 1;
}

/* 16 MiB at 4 GiB, where no recorded page is; some recorded orders are too large for it. */
static struct machine_layout elsewhere(void)
{
	struct machine_layout l = { .arch = machine_arch_find("x86-64"),
				    .page_shift = 12,
				    .nr_cpus = 2,
				    .nr_nodes = 1,
				    .nr_memory = 1 };

	l.memory[0].start = UINT64_C(4) << 30;
	l.memory[0].end = l.memory[0].start + (UINT64_C(16) << 20);
	return l;
}

enum { PAIRS = 16 };

/* Slabs begun with their first objects: what tells where pages are mapped. */
static struct km_event make_pair_event(unsigned int i)
{
	struct km_event ev = { .kind = KM_EV_PAGE_ALLOC, .pid = 1 };
	uint64_t page = 512 + i / 2;

	ev.page = (struct km_ev_page){ .pfn = page, .gfp = KM_GFP_KERNEL };
	if (i % 2) {
		ev.kind = KM_EV_KMALLOC;
		ev.obj = (struct km_ev_object){ .ptr = MAP + (page << 12),
						.bytes_req = 1024,
						.bytes_alloc = 1024,
						.call_site = 6 };
	}
	return ev;
}

static struct km_event event_of(const uint8_t *data, size_t i, bool objects)
{
	if (objects && i < 2 * PAIRS)
		return make_pair_event((unsigned int)i);
	i -= objects ? 2 * PAIRS : 0;
	return make_event(data + 8 * i, 8 * i);
}

/* All events of @data through @r, twice; @objects: behind those that tell of the map. */
static int pass(struct replay *r, const uint8_t *data, size_t size, bool objects, struct km_diag *d)
{
	size_t nr = size / 8 + (objects ? 2 * PAIRS : 0);
	int err = 0;

	for (size_t i = 0; !err && i < nr; i++) {
		struct km_event ev = event_of(data, i, objects);

		err = replay_survey(r, &ev, 1, d);
	}
	if (!err)
		err = replay_start(r, d);
	for (size_t i = 0; !err && i < nr; i++) {
		struct km_event ev = event_of(data, i, objects);

		err = replay_feed(r, &ev, 1, d);
	}
	return err ? err : replay_finish(r, d);
}

static int open_names(struct strtab **strings)
{
	static const char *const texts[] = { "__vmalloc_node_range+0x1",
					     "area",
					     "kmemlab snapshot begin start",
					     "kmemlab read start /proc/buddyinfo",
					     "kmemlab snapshot end start",
					     "other",
					     "__get_vm_area_node+0x1",
					     "alloc_vmap_area+0x1",
					     "__purge_vmap_area_lazy+0x1",
					     "alloc_bprm+0x1",
					     "copy_process+0x1",
					     "kmemlab read start /proc/vmallocinfo" };
	int err = strtab_open(strings);

	for (size_t i = 0; !err && i < sizeof(texts) / sizeof(texts[0]); i++)
		(void)!strtab_intern(*strings, texts[i], strlen(texts[i]));
	return err;
}

/* @what: pinned pages, a free run's object allocator, and the kernel that recorded. */
static void run(const uint8_t *data, size_t size, enum replay_mode mode, bool forced, bool foreign,
		unsigned int what)
{
	struct strtab *strings;
	struct km_snapshot seed;
	struct machine_layout layout = elsewhere();
	struct km_snap_zone zones[2];
	struct km_snap_cma cma;
	struct replay *r;
	struct km_diag d = { 0 };
	int slab = (int)(what & 3) - 1;
	static struct replay_explanation explained;
	struct replay_config c = { .mode = mode,
				   .forced = forced,
				   .paranoid = true,
				   .nr_samples = 3,
				   .nr_cpus = 2,
				   .has_cma = true,
				   .profile = kernel_profile_find("6.1.0"),
				   .recorded = kernel_profile_find(what & 1 ? "6.12" : "6.1.0"),
				   .seed = &seed,
				   .tlb = what & 1 ? &small_tlb : NULL,
				   .costs = what & 2 ? small_costs() : NULL,
				   /* each line (S4) only of short traces */
				   .access = { size < 100 ? 0x1f : 0x17, forced, 30, 4096,
					       size < 60 } };

	if (!foreign)
		describe(&seed, zones, &cma);
	else if (layout_describe(&layout, &seed, &d))
		km_bug(__FILE__, __LINE__, d.what);
	c.layout = foreign ? &layout : NULL;
	memset(&explained, 0, sizeof(explained));
	explained.event_no = size / 16 + 1;
	c.explain = &explained;
	memset(&c.tunables, 0xff, sizeof(c.tunables));
	c.tunables.cma_pinned = what * 100u;
	c.tunables.slab = mode == REPLAY_SIMULATE ? slab : -1;
	c.tunables.slub_max_order = (what & 4) && slab <= 0 ? 1 : -1;
	if (open_names(&strings))
		return;
	if (!replay_open(&r, &c, strings, &(struct km_sink){ NULL, &ops }, NULL)) {
		int err = pass(r, data, size, slab >= 0, &d);

		if (err == -KM_EINVAL)
			km_bug(d.where, __LINE__, d.what);
		replay_close(r);
	}
	strtab_close(strings);
	if (foreign)
		layout_release_snapshot(&seed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 9)
		return 0;
	enum replay_mode mode = (enum replay_mode)(data[0] % 3);
	bool foreign = mode == REPLAY_SIMULATE && data[0] & 8;

	run(data + 1, size - 1, mode, data[0] >> 4 & 1, foreign, data[0] >> 5);
	return 0;
}
