/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows of a state against a label's vmallocinfo: what counts, and what does not. */
#include <criterion/criterion.h>
#include <string.h>

#include "cli/traced_rows.h"
#include "tests/support/quiet_sink.h"

static struct km_snap_vmap kernel[] = { { 0x1000, 0x3000, 1, KM_VMAP_VMALLOC },
					{ 0x4000, 0x6000, 0, KM_VMAP_IOREMAP },
					{ 0x6000, 0x9000, 2, KM_VMAP_VMALLOC },
					{ 0x9000, 0xb000, 0, KM_VMAP_LAZY },
					{ 0xc000, 0xe000, 0, KM_VMAP_VMAP } };
static struct traced_label label = { .kernel = { .label = "end", .vmaps = kernel, .nr_vmaps = 5 } };
static struct traced_rows rows = { &label, 1 };

static uint64_t all_hits, all_total, end_hits, end_total;

static int on_row(void *ctx, const struct km_fidelity_row *r)
{
	(void)ctx;
	cr_assert_str_eq(r->metric, "vmallocinfo.traced");
	*(strcmp(r->scope, "all") ? &end_hits : &all_hits) = r->hits;
	*(strcmp(r->scope, "all") ? &end_total : &all_total) = r->total;
	cr_assert(!strcmp(r->scope, "all") || !strcmp(r->scope, "label=end"));
	return 0;
}

static void report(void)
{
	struct km_sink_ops ops = quiet_sink_ops;
	struct km_sink sink = { NULL, &ops };

	ops.fidelity = on_row;
	all_hits = all_total = end_hits = end_total = 0;
	cr_assert_eq(traced_rows_report(&rows, &sink), 0);
	cr_assert_eq(all_hits, end_hits);
	cr_assert_eq(all_total, end_total);
}

/*
 * Exact: 1000. Seeded, so not counted: 4000. Of another size: 6000. Lacking: c000, and the one that
 * waits for its purge, which is no row. Beyond them: f000.
 */
Test(traced_rows, seeded_ones_do_not_count)
{
	static const struct km_vmap_state run[] = { { 0x1000, 0x2000, 1, "vmalloc", false },
						    { 0x4000, 0x2000, 0, "ioremap", true },
						    { 0x6000, 0x2000, 2, "vmalloc", false },
						    { 0xf000, 0x2000, 1, "vmalloc", false } };
	struct km_sample s = { .label = "end", .vmaps = run, .nr_vmaps = 4 };

	traced_rows_take(&rows, &s);
	report();
	cr_assert_eq(all_hits, 1);
	cr_assert_eq(all_total, 4);
	/* the reading of the file itself decides; another file's, or another label's, does not */
	s.nr_vmaps = 2;
	s.source = "vmallocinfo";
	traced_rows_take(&rows, &s);
	s.nr_vmaps = 1;
	s.source = NULL;
	traced_rows_take(&rows, &s);
	s.source = "buddyinfo";
	traced_rows_take(&rows, &s);
	s.source = "vmallocinfo";
	s.seeded = true;
	traced_rows_take(&rows, &s);
	s.seeded = false;
	s.label = "start";
	traced_rows_take(&rows, &s);
	report();
	cr_assert_eq(all_hits, 1);
	cr_assert_eq(all_total, 3);
}

Test(traced_rows, nothing_to_say)
{
	report();
	cr_assert_eq(all_total, 0);
}
