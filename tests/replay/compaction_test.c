/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a recorded compaction leaves in doubt. By hand from compact_zone() [6.1.192]: each page that
 * is migrated is freed, and each target that is left over; so a compaction frees as many pages as
 * its scans took. Pages 512 to 519 are free at first (they leave a free list later), 600 to 607 in
 * use.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "engine/replay/replay.h"
#include "engine/variant/variant.h"
#include "tests/support/quiet_sink.h"
#include "tests/support/rig_seed.h"

enum { TASK = 9 };

static struct km_event ev[64];
static size_t n;
static uint64_t uncertain, free_pages;

static int on_sample(void *ctx, const struct km_sample *row)
{
	(void)ctx;
	uncertain = row->uncertain_pages;
	free_pages = row->zones[0].free_pages;
	return 0;
}

static void page(unsigned int kind, uint64_t nr, unsigned int order)
{
	ev[n] = (struct km_event){ .kind = (uint8_t)kind, .pid = TASK };
	ev[n++].page = (struct km_ev_page){ .pfn = nr,
					    .gfp = KM_GFP_KERNEL | KM_GFP_DMA,
					    .order = (uint8_t)order };
}

static void range(unsigned int kind, uint64_t start, uint64_t end, uint32_t scanned, uint32_t taken)
{
	ev[n] = (struct km_event){ .kind = (uint8_t)kind, .pid = TASK };
	ev[n++].range = (struct km_ev_range){ start, end, 0, 0, scanned, taken };
}

static void run(void)
{
	struct km_sink_ops ops = quiet_sink_ops;
	const struct km_sink sink = { NULL, &ops };
	struct replay_config c = { .mode = REPLAY_OBSERVE,
				   .paranoid = true,
				   .nr_cpus = 2,
				   .profile = &kernel_v6_1,
				   .seed = rig_seed() };
	struct strtab *strings;
	struct replay *r;
	struct km_diag d;

	/* proves that 512 to 519 were free: 7 are taken one by one at the end */
	for (uint64_t nr = 513; nr < 520; nr++)
		page(KM_EV_ZONE_LOCKED, nr, 0);
	ops.sample = on_sample;
	memset(&c.tunables, 0xff, sizeof(c.tunables));
	cr_assert_eq(strtab_open(&strings), 0);
	cr_assert_eq(replay_open(&r, &c, strings, &sink, &d), 0);
	cr_assert_eq(replay_survey(r, ev, n, &d), 0);
	cr_assert_eq(replay_start(r, &d), 0);
	n -= 7; /* they only prove */
	cr_assert_eq(replay_feed(r, ev, n, &d), 0);
	cr_assert_eq(replay_finish(r, &d), 0);
	replay_close(r);
	strtab_close(strings);
	n = 0;
}

/* The scan takes the block of 4 pages at 516; 4 pages are migrated there, and freed. */
Test(compaction, scans_that_tell_all_leave_no_doubt)
{
	page(KM_EV_ZONE_LOCKED, 512, 0);
	page(KM_EV_PAGE_ALLOC, 512, 0);
	range(KM_EV_COMPACT_BEGIN, 1, 4096, 0, 0);
	range(KM_EV_ISOLATE_FREE, 516, 520, 4, 4);
	for (uint64_t nr = 600; nr < 604; nr++)
		page(KM_EV_PAGE_FREE, nr, 0);
	range(KM_EV_COMPACT_END, 1, 4096, 0, 0);
	run();
	cr_assert_eq(uncertain, 0);
	cr_assert_eq(free_pages, 3);
}

/* 6 pages are freed, 4 were scanned: 2 left the lists without an event. */
Test(compaction, what_a_search_of_the_lists_took_is_in_doubt)
{
	page(KM_EV_ZONE_LOCKED, 512, 0);
	page(KM_EV_PAGE_ALLOC, 512, 0);
	range(KM_EV_COMPACT_BEGIN, 1, 4096, 0, 0);
	range(KM_EV_ISOLATE_FREE, 516, 520, 4, 4);
	for (uint64_t nr = 600; nr < 606; nr++)
		page(KM_EV_PAGE_FREE, nr, 0);
	range(KM_EV_COMPACT_END, 1, 4096, 0, 0);
	run();
	cr_assert_eq(uncertain, 2);
}

Test(compaction, frees_of_another_task_are_not_the_compaction_s)
{
	page(KM_EV_ZONE_LOCKED, 512, 0);
	page(KM_EV_PAGE_ALLOC, 512, 0);
	range(KM_EV_COMPACT_BEGIN, 1, 4096, 0, 0);
	page(KM_EV_PAGE_FREE, 600, 0);
	ev[n - 1].pid = TASK + 1;
	range(KM_EV_COMPACT_END, 1, 4096, 0, 0);
	run();
	cr_assert_eq(uncertain, 0);
}

Test(compaction, no_scan_is_longer_than_a_block)
{
	struct km_diag d;
	struct strtab *strings;
	struct replay *r;
	struct replay_config c = { .nr_cpus = 2, .profile = &kernel_v6_1, .seed = rig_seed() };
	const struct km_sink sink = { NULL, &quiet_sink_ops };

	range(KM_EV_ISOLATE_FREE, 0, 1025, 0, 0);
	memset(&c.tunables, 0xff, sizeof(c.tunables));
	cr_assert_eq(strtab_open(&strings), 0);
	cr_assert_eq(replay_open(&r, &c, strings, &sink, &d), 0);
	cr_assert_eq(replay_survey(r, ev, 1, &d), -KM_EFORMAT);
	cr_assert(strstr(d.what, "event 1 "), "%s", d.what);
	replay_close(r);
	strtab_close(strings);
	n = 0;
}
