/* SPDX-License-Identifier: GPL-2.0-only */
/* The rows of who allocates and what lives, against a count of the same events by other means. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "engine/replay/call_sites.h"
#include "engine/replay/replay.h"
#include "engine/variant/profile.h"
#include "tests/support/quiet_sink.h"
#include "tests/support/trace_pass.h"
#include "traces/trace.h"

struct seen {
	uint64_t sites, allocs, frees, live_bytes;
	uint64_t groups, live, group_bytes, unnamed;
	uint64_t kmalloc_odd; /* kmallocs from a cache that is not kmalloc's */
	char last[128];
};

static int on_call_site(void *ctx, const struct km_call_site_row *row)
{
	struct seen *s = ctx;

	s->sites++;
	s->allocs += row->allocs;
	s->frees += row->frees;
	s->live_bytes += row->live_bytes;
	cr_expect(row->peak_bytes >= row->live_bytes && row->bytes_alloc >= row->peak_bytes);
	cr_expect(!strchr(row->call_site, '+'), "%s", row->call_site);
	return 0;
}

static int on_leak(void *ctx, const struct km_leak_row *row)
{
	struct seen *s = ctx;

	s->groups++;
	s->live += row->live_objects;
	s->group_bytes += row->live_bytes;
	s->unnamed += row->cache ? 0 : row->live_objects;
	s->kmalloc_odd += !strcmp(row->kind, "kmalloc") && row->cache &&
			  strncmp(row->cache, "kmalloc-", 8);
	snprintf(s->last, sizeof(s->last), "%s %s %s %s", row->call_site, row->kind,
		 row->cache ? row->cache : "-", row->excluded ? row->excluded : "-");
	cr_expect(row->live_objects && row->oldest_ts_ns <= row->median_ts_ns);
	cr_expect(row->allocs >= row->frees + row->live_objects);
	return 0;
}

static struct km_sink sink_of(struct seen *s)
{
	static struct km_sink_ops ops;

	ops = quiet_sink_ops;
	ops.call_site = on_call_site;
	ops.leak = on_leak;
	return (struct km_sink){ s, &ops };
}

static void replayed(struct seen *s, struct trace *t)
{
	struct replay_config c = { .mode = REPLAY_OBSERVE };
	struct km_sink sink = sink_of(s);
	struct km_snapshot label;
	struct km_diag d = { 0 };
	struct replay *r;

	cr_assert_eq(trace_snapshot(t, trace_label(t, 0), &label, &d), 0, "%s", d.what);
	c.nr_cpus = trace_info(t)->nr_cpus;
	c.has_cma = trace_info(t)->has_cma;
	c.profile = kernel_profile_find(trace_info(t)->kernel);
	c.seed = &label;
	memset(&c.tunables, 0xff, sizeof(c.tunables));
	cr_assert_eq(replay_open(&r, &c, trace_strings(t), &sink, &d), 0, "%s", d.what);
	trace_pass(t, r, replay_survey);
	cr_assert_eq(replay_start(r, &d), 0, "%s", d.what);
	trace_pass(t, r, replay_feed);
	cr_assert_eq(replay_finish(r, &d), 0, "%s", d.what);
	replay_close(r);
	trace_snapshot_release(&label);
}

/* What `kmemlab leaks --slab` counts of @t. */
static struct leak_totals counted(struct trace *t)
{
	enum { BATCH = 1024 };
	static struct km_event ev[BATCH];
	const struct leak_config c = { .objects = true, .page_size = 4096 };
	struct leak_totals totals;
	struct km_diag d = { 0 };
	struct leak *l;
	int64_t n;

	cr_assert_eq(trace_rewind(t, &d), 0);
	cr_assert_eq(leak_open(&l, &c), 0);
	while ((n = trace_read(t, ev, BATCH, &d)) > 0)
		cr_assert_eq(leak_feed(l, ev, (size_t)n), 0);
	leak_finish(l);
	leak_totals(l, &totals);
	leak_close(l);
	return totals;
}

/* Every allocation, every byte and every live object of a capture is in a row, once. */
Test(call_sites, of_a_capture)
{
	struct seen s = { 0 };
	struct km_diag d = { 0 };
	struct trace *t;

	cr_assert_eq(trace_open(&t, "traces/samples/files-6.1-debian-1cpu.kmt", &d), 0, "%s",
		     d.what);
	replayed(&s, t);
	struct leak_totals want = counted(t);

	cr_expect(want.allocs > 80000 && want.live > 1000);
	cr_expect_eq(s.allocs, want.allocs);
	cr_expect_eq(s.frees + want.unmatched_frees, want.frees);
	cr_expect_eq(s.live, want.live);
	cr_expect_eq(s.live_bytes, want.live_bytes);
	cr_expect_eq(s.group_bytes, want.live_bytes);
	cr_expect(s.sites > 40 && s.groups > 10);
	cr_expect_eq(s.kmalloc_odd, 0);
	cr_expect_leq(s.unnamed * 100, s.live, "caches of %lu of %lu are not known",
		      (unsigned long)s.unnamed, (unsigned long)s.live);
	trace_close(t);
}

static struct km_event kmalloc(struct strtab *names, const char *site, const char *chain,
			       uint64_t ptr)
{
	struct km_event ev = { .kind = KM_EV_KMALLOC, .ts_ns = ptr };

	ev.obj = (struct km_ev_object){ .ptr = ptr, .bytes_req = 60, .bytes_alloc = 64 };
	ev.obj.call_site = (uint32_t)strtab_intern(names, site, strlen(site));
	ev.stack = (uint32_t)strtab_intern(names, chain, strlen(chain));
	return ev;
}

static void feed(struct call_sites *s, struct km_event ev, const char *cache)
{
	cr_assert_eq(call_sites_feed(s, &ev, cache ? 7 : -1, cache), 0);
}

/* Two places of a function are one site; a chain tells past the allocators; kmalloc(0) is none. */
Test(call_sites, names)
{
	struct seen seen = { 0 };
	struct km_sink sink = sink_of(&seen);
	struct call_sites s;
	struct strtab *names;

	cr_assert_eq(strtab_open(&names), 0);
	cr_assert_eq(call_sites_open(&s, names), 0);
	feed(&s, kmalloc(names, "read_it+0x10/0x80 [reader]", "", 0x1000), "kmalloc-64");
	feed(&s, kmalloc(names, "read_it+0x20/0x80 [reader]", "", 0x2000), "kmalloc-64");
	feed(&s,
	     kmalloc(names, "kvmalloc_node+0x4c/0xe0", "__kmalloc\nread_it+0x9/0x80 [reader]",
		     0x3000),
	     "kmalloc-64");
	feed(&s, kmalloc(names, "read_it+0x20/0x80 [reader]", "", 16), "kmalloc-64");
	cr_assert_eq(call_sites_report(&s, 0x4000, &sink), 0);
	cr_expect(seen.sites == 1 && seen.allocs == 3 && seen.live_bytes == 192);
	cr_expect_str_eq(seen.last, "read_it [reader] kmalloc kmalloc-64 young");
	call_sites_release(&s);
	strtab_close(names);
}

Test(call_sites, reserves_stay)
{
	struct seen seen = { 0 };
	struct km_sink sink = sink_of(&seen);
	struct call_sites s;
	struct strtab *names;

	cr_assert_eq(strtab_open(&names), 0);
	cr_assert_eq(call_sites_open(&s, names), 0);
	feed(&s, kmalloc(names, "mempool_kmalloc+0x1/0x9", "mempool_kmalloc", 0x1000), NULL);
	cr_assert_eq(call_sites_report(&s, 0x4000, &sink), 0);
	cr_expect_str_eq(seen.last, "mempool_kmalloc kmalloc - reserve");
	call_sites_release(&s);
	strtab_close(names);
}
