/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Real captures. Expected counts: `trace-cmd report` and grep over the same capture's text, the
 * ring buffer's own statistics (meta/ring_stats), and the snapshot files as they are.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/text_trace.h"

enum { BATCH = 4096 };

struct tally {
	uint64_t of[KM_NR_EVENT_KINDS], all, pages, bytes_req, back_in_time;
};

static struct tally tally_of(struct trace *t)
{
	static struct km_event ev[BATCH];
	struct tally c = { 0 };
	uint64_t last = 0;
	struct km_diag d;
	int64_t n;

	while ((n = trace_read(t, ev, BATCH, &d)) > 0) {
		for (int64_t i = 0; i < n; i++) {
			c.of[ev[i].kind]++;
			c.back_in_time += ev[i].ts_ns < last;
			last = ev[i].ts_ns;
			if (ev[i].kind == KM_EV_PAGE_ALLOC)
				c.pages += UINT64_C(1) << ev[i].page.order;
			if (ev[i].kind == KM_EV_KMALLOC || ev[i].kind == KM_EV_CACHE_ALLOC)
				c.bytes_req += ev[i].obj.bytes_req;
		}
		c.all += (uint64_t)n;
	}
	cr_assert_eq(n, 0, "%s: %s", d.where, d.what);
	return c;
}

Test(captures, files_6_1)
{
	const char *path = shared_trace("files-6.1-x86-1cpu.tar.zst");
	struct km_snapshot s;
	struct trace *t;
	struct km_diag d;

	if (!path)
		return;
	cr_assert_eq(trace_open(&t, path, &d), 0, "%s: %s", d.where, d.what);
	cr_assert_str_eq(trace_info(t)->kernel, "6.1.192");
	cr_assert(trace_info(t)->has_cma);
	cr_assert_eq(trace_nr_labels(t), 5);

	struct tally c = tally_of(t);

	cr_assert_eq(c.all, 1676143);
	cr_assert_eq(c.of[KM_EV_CACHE_ALLOC], 624122);
	cr_assert_eq(c.of[KM_EV_CACHE_FREE], 624186);
	cr_assert_eq(c.of[KM_EV_PAGE_ALLOC], 126313);
	cr_assert_eq(c.of[KM_EV_ZONE_LOCKED], 12510);
	cr_assert_eq(c.of[KM_EV_MARKER], 100);
	cr_assert_eq(c.pages, 135185);
	cr_assert_eq(c.bytes_req, 167505380);
	cr_assert_eq(c.back_in_time, 0);

	cr_assert_eq(trace_snapshot(t, "start", &s, &d), 0, "%s: %s", d.where, d.what);
	cr_assert_eq(s.pageblock_order, 10);
	cr_assert_eq(s.nr_orders, 11);
	cr_assert_eq(s.nr_zones, 3);
	cr_assert_eq(s.zones[0].nr_free[10], 149);
	cr_assert_eq(s.zones[0].type_free[KM_MOVABLE][10], 133);
	cr_assert_eq(s.zones[0].type_blocks[KM_CMA], 16);
	cr_assert_eq(s.zones[0].managed, 253438);
	cr_assert_eq(s.zones[0].pagesets[0].count, 4975);
	cr_assert_eq(s.cma[0].base_pfn, 241664);
	cr_assert_eq(s.cma[0].nr_words, 512);
	cr_assert_eq(s.nr_kpageflags, 262144);
	uint64_t buddy = 0;

	for (uint64_t i = 0; i < s.nr_kpageflags; i++)
		buddy += s.kpageflags[i] >> KM_KPF_BUDDY & 1;
	cr_assert_eq(buddy, 155891);
	trace_snapshot_release(&s);
	cr_assert_eq(trace_snapshot(t, "mid2", &s, &d), 0);
	cr_assert_null(s.kpageflags, "only start and end have it");
	trace_snapshot_release(&s);
	cr_assert_eq(trace_snapshot(t, "none", &s, &d), -KM_ENOENT);
	trace_close(t);
}

Test(captures, mix_of_two_cpus)
{
	const char *path = shared_trace("mix-6.1-x86-2cpu.tar.zst");
	struct km_snapshot s;
	struct trace *t;
	struct km_diag d;

	if (!path)
		return;
	cr_assert_eq(trace_open(&t, path, &d), 0, "%s: %s", d.where, d.what);
	cr_assert_str_eq(trace_info(t)->format, "ftrace-text");
	cr_assert_eq(trace_info(t)->nr_cpus, 2);

	struct tally c = tally_of(t);

	cr_assert_eq(c.all, 4372626);
	cr_assert_eq(c.of[KM_EV_CACHE_ALLOC], 1352038);
	cr_assert_eq(c.of[KM_EV_PAGE_FREE], 334470);
	cr_assert_eq(c.of[KM_EV_PCPU_DRAIN], 94162);
	cr_assert_eq(c.of[KM_EV_EXTFRAG], 86);
	cr_assert_eq(c.of[KM_EV_FILEMAP_ADD], 66916);
	cr_assert_eq(c.of[KM_EV_ISOLATE_MIGRATE], 166);
	cr_assert_eq(c.of[KM_EV_OOM], 9);
	cr_assert_eq(c.back_in_time, 0);

	static const char *const labels[] = { "start",	  "cold",      "filled", "read2",
					      "stressed", "compacted", "end" };

	cr_assert_eq(trace_nr_labels(t), 7);
	for (size_t i = 0; i < 7; i++)
		cr_assert_str_eq(trace_label(t, i), labels[i]);
	cr_assert_eq(trace_snapshot(t, "stressed", &s, &d), 0, "%s: %s", d.where, d.what);
	cr_assert_eq(s.zones[0].nr_pagesets, 2);
	cr_assert_eq(s.zones[0].pagesets[1].count, 432);
	cr_assert_eq(s.zones[0].type_free[KM_RECLAIMABLE][2], 92);
	cr_assert_eq(s.zones[0].type_blocks[KM_UNMOVABLE], 145);
	trace_snapshot_release(&s);
	trace_close(t);
}

Test(captures, every_bundle_has_readable_snapshots)
{
	static const char *const names[] = {
		"cma-6.1-x86-1cpu",    "files-6.1-debian-1cpu", "files-6.1-slab-1cpu",
		"files-6.1-slob-1cpu", "files-6.1-x86-1cpu",	"stress-6.1-debian-2cpu",
		"mix-6.1-x86-2cpu",    "vmalloc-6.12-x86-1cpu",
	};
	char name[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct km_snapshot s;
		struct trace *t;
		struct km_diag d;

		snprintf(name, sizeof(name), "%s.tar.zst", names[i]);
		const char *path = shared_trace(name);

		if (!path)
			return;
		cr_assert_eq(trace_open(&t, path, &d), 0, "%s: %s", d.where, d.what);
		cr_assert_str_eq(trace_info(t)->bundle, names[i]);
		cr_assert_eq(trace_info(t)->has_cma, !strstr(names[i], "debian"));
		for (size_t k = 0; k < trace_nr_labels(t); k++) {
			cr_assert_eq(trace_snapshot(t, trace_label(t, k), &s, &d), 0, "%s: %s",
				     d.where, d.what);
			cr_assert_geq(s.nr_zones, 3);
			cr_assert_eq(s.nr_orders, 11);
			cr_assert_gt(s.pageblock_order, 8);
			trace_snapshot_release(&s);
		}
		trace_close(t);
	}
}
