/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemlab replay: a trace through one machine, into a database.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/costs.h"
#include "cli/losses.h"
#include "cli/options_common.h"
#include "cli/run_stored.h"
#include "cli/term.h"
#include "engine/tlb/synth.h"

/* ---- what it came to ---- */

/* What the state before the first event rests on. */
static void print_seed(const struct replay_seed *s)
{
	char a[TERM_COUNT_LEN], b[TERM_COUNT_LEN], c[TERM_COUNT_LEN];

	if (s->fresh_pages) {
		printf("  seed         a machine that has just booted: all its %s pages are free\n",
		       term_count(a, s->fresh_pages));
		return;
	}
	printf("  seed         free pages: %s proved by events, %s by kpageflags",
	       term_count(a, s->proven_pages), term_count(b, s->flagged_pages));
	if (s->hidden_pages)
		printf("; %s unknown on per-CPU lists", term_count(c, s->hidden_pages));
	printf("\n               pageblock types: %s proved by events, ",
	       term_count(a, s->proven_types));
	if (s->dealt_types)
		printf("%s from pagetypeinfo's counts\n", term_count(b, s->dealt_types));
	else
		printf("%s as set at boot\n", term_count(b, s->assumed_types));
	if (s->unknown_pages)
		printf("  error bound  %s pages: nothing says whether they were free at the start\n",
		       term_count(a, s->unknown_pages));
}

/* What lost events leave in doubt. */
static void print_gaps(const struct replay_totals *t)
{
	char a[TERM_COUNT_LEN], b[TERM_COUNT_LEN], c[TERM_COUNT_LEN];

	if (!t->gaps)
		return;
	printf("  gaps         %s, of %s events", term_count(a, t->gaps),
	       t->lost_events ? term_count(b, t->lost_events) : "an unknown number of");
	printf(" (%s of all); uncertain at the end: %s pages\n",
	       term_percent(a, t->lost_events, t->events + t->lost_events),
	       term_count(c, t->uncertain_pages));
	printf("               given away later: %s lost allocations, ",
	       term_count(a, t->lost_allocs));
	printf("%s lost frees, %s lost moves\n", term_count(b, t->lost_frees),
	       term_count(c, t->lost_moves));
}

/* What events of objects show that the model could not know. */
static void print_objects(const struct replay_objects *o)
{
	char a[TERM_COUNT_LEN], b[TERM_COUNT_LEN];

	if (!o->allocs && !o->frees)
		return;
	printf("  objects      %s: %s allocations, %s frees\n", o->allocator,
	       term_count(a, o->allocs), term_count(b, o->frees));
	printf("               handed out while in use %s (freed unseen), ",
	       term_count(a, o->reallocs));
	printf("freed while free %s (taken unseen)\n", term_count(a, o->double_frees));
	printf("               frees in no known slab %s, inside an object %s",
	       term_count(a, o->unknown_frees), term_count(b, o->inside_frees));
	printf(", of nothing %s; outside the direct map %s\n", term_count(a, o->null_frees),
	       term_count(b, o->outside));
	if (o->no_cpu)
		printf("               on CPUs the machine has not %s\n", term_count(a, o->no_cpu));
	if (o->unknown_allocs || o->unplaced)
		printf("               of a cache nobody tells %s, where none of its slabs can be "
		       "%s\n",
		       term_count(a, o->unknown_allocs), term_count(b, o->unplaced));
}

/* A free run's own objects. */
static void print_slabs(const struct replay_objects *o)
{
	char a[TERM_COUNT_LEN], b[TERM_COUNT_LEN], c[TERM_COUNT_LEN];

	if (!o->simulated)
		return;
	printf("  %-12s %s pages at the end, %s at most", o->allocator, term_count(a, o->pages),
	       term_count(b, o->most_pages));
	printf(" (recorded: %s, %s)\n", term_count(a, o->recorded_pages),
	       term_count(b, o->most_recorded_pages));
	printf("               and %s bytes for each CPU's lists\n",
	       term_count(a, o->per_cpu_bytes));
	if (o->pages_failed || o->unserved || o->lost_objects)
		printf("               requests without pages %s, calls without a cache %s, objects "
		       "lost with their page %s\n",
		       term_count(a, o->pages_failed), term_count(b, o->unserved),
		       term_count(c, o->lost_objects));
}

static void print_pressure(const struct replay_pressure *p)
{
	const struct replay_pressure_side *m = &p->model, *k = &p->recorded;
	char a[TERM_COUNT_LEN], b[TERM_COUNT_LEN];

	if (!m->kswapd_wake && !m->direct_reclaim && !m->compaction_runs && !k->kswapd_wake &&
	    !k->direct_reclaim && !k->compaction_runs && !m->oom && !k->oom)
		return;
	printf("  pressure     kswapd woke %s times (recorded: %s)\n",
	       term_count(a, m->kswapd_wake), term_count(b, k->kswapd_wake));
	printf("               %s pages reclaimed (%s), the page cache's by its %s\n",
	       term_count(a, m->reclaimed_pages), term_count(b, k->reclaimed_pages),
	       p->cache_told ? "events" : "allocations' flags");
	printf("               %s direct reclaims", term_count(a, m->direct_reclaim));
	printf(" (%s), %s compactions", term_count(a, k->direct_reclaim),
	       term_count(b, m->compaction_runs));
	printf(" (%s)\n", term_count(a, k->compaction_runs));
	if (m->oom || k->oom)
		printf("               out of memory %s times (%s victims)\n",
		       term_count(a, m->oom), term_count(b, k->oom));
}

/* Whose watermarks, reserves and per-CPU limits they are, where another kernel is modelled. */
static void print_limits(const struct prepared *p, const struct replay_limits *l)
{
	const bool kept[] = { l->kept_min_free, l->kept_scale, l->kept_fraction, l->kept_reserves };
	static const char *const names[] = { "min_free_kbytes", "watermark_scale_factor",
					     "percpu_pagelist_high_fraction",
					     "lowmem_reserve_ratio" };
	bool any = false;

	if (!l->other)
		return;
	if (!l->marks && !l->reserves && !l->lists)
		printf("  limits       as recorded: %s computes the same",
		       kernel_profile_name(p->profile));
	else
		printf("  limits       %s%s%s as %s computes them", l->marks ? "watermarks" : "",
		       l->reserves ? l->marks ? ", reserves" : "reserves" : "",
		       l->lists ? l->marks || l->reserves ? ", per-CPU lists" : "per-CPU lists" :
				  "",
		       kernel_profile_name(p->profile));
	if (l->min_free_kbytes != l->recorded_min_free_kbytes)
		printf(": min_free_kbytes %" PRIu64 " (recorded: %" PRIu64 ")", l->min_free_kbytes,
		       l->recorded_min_free_kbytes);
	putchar('\n');
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		if (kept[i])
			printf("%s%s", any ? ", " : "               kept as set on the machine: ",
			       names[i]);
		any |= kept[i];
	}
	if (any)
		putchar('\n');
}

static void print_limits_json(const struct replay_limits *l)
{
	if (!l->other)
		return;
	printf(", \"limits\": {\"min_free_kbytes\": %" PRIu64
	       ", \"recorded_min_free_kbytes\": %" PRIu64
	       ", \"watermarks\": %s, \"reserves\": %s, \"lists\": %s",
	       l->min_free_kbytes, l->recorded_min_free_kbytes, l->marks ? "true" : "false",
	       l->reserves ? "true" : "false", l->lists ? "true" : "false");
	printf(", \"kept\": {\"min_free_kbytes\": %s, \"watermark_scale_factor\": %s"
	       ", \"percpu_pagelist_high_fraction\": %s, \"lowmem_reserve_ratio\": %s}}",
	       l->kept_min_free ? "true" : "false", l->kept_scale ? "true" : "false",
	       l->kept_fraction ? "true" : "false", l->kept_reserves ? "true" : "false");
}

/* What made-up accesses met: never a measurement. */
static void print_tlb(const struct prepared *p, const struct replay_tlb *t)
{
	const struct tlb_spec *s = &p->config.tlb;
	char a[TERM_COUNT_LEN], b[TERM_COUNT_LEN], c[TERM_COUNT_LEN];

	if (!p->replay.tlb)
		return;
	fputs("  TLB          ", stdout);
	term_text(stdout, s->profile.name);
	printf(", %u of its %u numbers verified; what it saw is made up, the trace has no "
	       "accesses:\n              ",
	       tlb_spec_count(s, TLB_VERIFIED), s->nr_marks);
	for (unsigned int k = 0; k < SYNTH_NR; k++)
		if (p->replay.access.synthesizers >> k & 1)
			printf(" %s %s%s", synth_name(k), term_count(a, t->by_synthesizer[k]),
			       synth_forced((enum synth_kind)k) ? " (forced)" : " (assumed)");
	printf("\n               %s walks of %s look-ups", term_count(a, t->walks),
	       term_count(b, t->lookups));
	printf(", %s cycles; %s whole flushes", term_count(a, t->walk_cycles),
	       term_count(b, t->full_flushes));
	printf(", %s single pages; %s objects lie nowhere known\n", term_count(a, t->page_flushes),
	       term_count(b, t->skipped));
	if (p->replay.access.bounds) {
		printf("               bounds: %s walks with what is forced alone, ",
		       term_count(a, t->least.walks));
		printf("%s where each line is touched, too\n", term_count(a, t->most.walks));
	}
	printf("               mapped directly by 4 KiB: %s KiB, by 2 MiB: %s",
	       term_count(a, t->mapped_kib[0]), term_count(b, t->mapped_kib[1]));
	printf(", by 1 GiB: %s\n", term_count(c, t->mapped_kib[2]));
}

static void print_tlb_json(const struct prepared *p, const struct replay_tlb *t)
{
	const struct tlb_spec *s = &p->config.tlb;

	if (!p->replay.tlb)
		return;
	fputs(", \"tlb\": {\"name\": ", stdout);
	term_json(stdout, s->profile.name);
	printf(", \"numbers\": %u, \"verified\": %u, \"synthesizers\": {", s->nr_marks,
	       tlb_spec_count(s, TLB_VERIFIED));
	for (unsigned int k = 0; k < SYNTH_NR; k++)
		printf("%s\"%s\": %" PRIu64, k ? ", " : "", synth_name(k), t->by_synthesizer[k]);
	printf("}, \"lookups\": %" PRIu64 ", \"forced\": %" PRIu64 ", \"walks\": %" PRIu64
	       ", \"table_reads\": %" PRIu64 ", \"walk_cycles\": %" PRIu64
	       ", \"full_flushes\": %" PRIu64 ", \"page_flushes\": %" PRIu64
	       ", \"skipped_objects\": %" PRIu64,
	       t->lookups, t->forced, t->walks, t->table_reads, t->walk_cycles, t->full_flushes,
	       t->page_flushes, t->skipped);
	if (p->replay.access.bounds)
		printf(", \"least_walks\": %" PRIu64 ", \"most_walks\": %" PRIu64, t->least.walks,
		       t->most.walks);
	putchar('}');
}

/* What steps took by a table: never a measurement. */
static void print_costs(const struct prepared *p, const struct replay_costs *t)
{
	const struct cost_table *c = p->replay.costs;
	char a[TERM_COUNT_LEN], b[TERM_COUNT_LEN];

	if (!c)
		return;
	fputs("  costs        ", stdout);
	term_text(stdout, c->name);
	printf(", %u of its %u numbers verified; an estimate, no measurement:\n"
	       "               %s operations",
	       costs_count(c, COST_VERIFIED), (unsigned int)COST_NR_ITEMS,
	       term_count(a, t->operations));
	printf(" took %s us, of which %s rests on assumptions", term_count(a, t->steps_ns / 1000),
	       term_percent(b, t->assumed_ns, t->steps_ns));
	printf("; waits for locks %s us\n", term_count(a, t->waits_ns / 1000));
}

static void print_costs_json(const struct prepared *p, const struct replay_costs *t)
{
	const struct cost_table *c = p->replay.costs;

	if (!c)
		return;
	fputs(", \"costs\": {\"name\": ", stdout);
	term_json(stdout, c->name);
	printf(", \"numbers\": %u, \"verified\": %u, \"operations\": %" PRIu64
	       ", \"steps_ns\": %" PRIu64 ", \"assumed_ns\": %" PRIu64 ", \"waits_ns\": %" PRIu64
	       "}",
	       (unsigned int)COST_NR_ITEMS, costs_count(c, COST_VERIFIED), t->operations,
	       t->steps_ns, t->assumed_ns, t->waits_ns);
}

static void print_text(struct prepared *p, const struct replay_totals *t, const char *path)
{
	char a[TERM_COUNT_LEN], b[TERM_COUNT_LEN], c[TERM_COUNT_LEN];

	term_text(stdout, prepared_name(p));
	bool same = !strcmp(prepared_kernel(p), kernel_profile_name(p->profile));

	printf(": %s%s of kernel %s%s%s%s\n", replay_mode_name(p->replay.mode),
	       p->replay.forced ? " (forced)" : "", prepared_kernel(p), same ? "" : ", model ",
	       same ? "" : kernel_profile_name(p->profile),
	       prepared_unvalidated(p) ? " (unvalidated)" : "");
	printf("  events       %s (%s of pages) in %s s\n", term_count(a, t->events),
	       term_count(b, t->page_events), term_seconds(c, t->last_ts_ns - t->first_ts_ns));
	printf("  allocations  %s, failed %s\n", term_count(a, t->allocs),
	       term_count(b, t->failures));
	if (t->bulk_pages)
		printf("               %s pages in bulk, without an event each\n",
		       term_count(a, t->bulk_pages));
	printf("  frees        %s, of pages already free %s\n", term_count(a, t->frees),
	       term_count(b, t->unknown_frees));
	if (t->void_frees)
		printf("               %s of what this machine does not have\n",
		       term_count(a, t->void_frees));
	printf("  put right    %s times\n", term_count(a, t->put_right));
	if (t->outside)
		printf("  outside      %s allocations and frees are of pages that no zone has\n",
		       term_count(a, t->outside));
	if (t->no_area)
		printf("  areas        %s contiguous allocations are of areas that neither a label's "
		       "cma nor dmesg tells of\n",
		       term_count(a, t->no_area));
	if (t->not_in_area)
		printf("  ranges       %s contiguous allocations got pages outside their area\n",
		       term_count(a, t->not_in_area));
	if (t->untaken_releases)
		printf("  releases     %s of contiguous pages are of what was not taken\n",
		       term_count(a, t->untaken_releases));
	if (t->given_up)
		printf("  given up     %s %s when to be activated: in two zones, or so in the capture\n",
		       term_count(a, t->given_up), t->given_up == 1 ? "area" : "areas");
	print_limits(p, &t->limits);
	print_seed(&t->seed);
	print_gaps(t);
	print_objects(&t->objects);
	print_slabs(&t->objects);
	print_pressure(&t->pressure);
	print_tlb(p, &t->tlb);
	print_costs(p, &t->costs);
	fputs("  stored in    ", stdout);
	term_text(stdout, path);
	putchar('\n');
}

static void print_objects_json(const struct replay_objects *o)
{
	printf(", \"objects\": {\"allocs\": %" PRIu64 ", \"frees\": %" PRIu64
	       ", \"failed_allocs\": %" PRIu64 ", \"reallocs\": %" PRIu64
	       ", \"double_frees\": %" PRIu64 ", \"unknown_frees\": %" PRIu64
	       ", \"inside_frees\": %" PRIu64 ", \"null_frees\": %" PRIu64 ", \"outside\": %" PRIu64
	       ", \"no_cpu\": %" PRIu64 ", \"unknown_allocs\": %" PRIu64 ", \"unplaced\": %" PRIu64
	       ", \"allocator\": \"%s\", \"pages\": %" PRIu64 ", \"most_pages\": %" PRIu64
	       ", \"recorded_pages\": %" PRIu64 ", \"most_recorded_pages\": %" PRIu64
	       ", \"per_cpu_bytes\": %" PRIu64 ", \"pages_failed\": %" PRIu64
	       ", \"unserved\": %" PRIu64 ", \"lost_objects\": %" PRIu64 "}",
	       o->allocs, o->frees, o->failed_allocs, o->reallocs, o->double_frees,
	       o->unknown_frees, o->inside_frees, o->null_frees, o->outside, o->no_cpu,
	       o->unknown_allocs, o->unplaced, o->allocator ? o->allocator : "", o->pages,
	       o->most_pages, o->recorded_pages, o->most_recorded_pages, o->per_cpu_bytes,
	       o->pages_failed, o->unserved, o->lost_objects);
}

static void print_json(struct prepared *p, const struct replay_totals *t, const char *path)
{
	fputs("{\"name\": ", stdout);
	term_json(stdout, prepared_name(p));
	printf(", \"mode\": \"%s\", \"kernel\": ", replay_mode_name(p->replay.mode));
	term_json(stdout, prepared_kernel(p));
	printf(", \"model\": \"%s\", \"unvalidated\": %s", kernel_profile_name(p->profile),
	       prepared_unvalidated(p) ? "true" : "false");
	printf(", \"events\": %" PRIu64 ", \"page_events\": %" PRIu64 ", \"lost_events\": %" PRIu64
	       ", \"first_ts_ns\": %" PRIu64 ", \"last_ts_ns\": %" PRIu64,
	       t->events, t->page_events, t->lost_events, t->first_ts_ns, t->last_ts_ns);
	printf(", \"allocs\": %" PRIu64 ", \"frees\": %" PRIu64 ", \"failures\": %" PRIu64
	       ", \"bulk_pages\": %" PRIu64 ", \"unknown_frees\": %" PRIu64
	       ", \"outside\": %" PRIu64 ", \"void_frees\": %" PRIu64 ", \"no_area\": %" PRIu64
	       ", \"not_in_area\": %" PRIu64 ", \"untaken_releases\": %" PRIu64
	       ", \"put_right\": %" PRIu64,
	       t->allocs, t->frees, t->failures, t->bulk_pages, t->unknown_frees, t->outside,
	       t->void_frees, t->no_area, t->not_in_area, t->untaken_releases, t->put_right);
	printf(", \"error_bound_pages\": %" PRIu64 ", \"seed\": {\"fresh_pages\": %" PRIu64
	       ", \"proven_pages\": %" PRIu64 ", \"flagged_pages\": %" PRIu64
	       ", \"hidden_pages\": %" PRIu64 ", \"proven_types\": %" PRIu64
	       ", \"dealt_types\": %" PRIu64 ", \"assumed_types\": %" PRIu64 "}",
	       t->seed.unknown_pages, t->seed.fresh_pages, t->seed.proven_pages,
	       t->seed.flagged_pages, t->seed.hidden_pages, t->seed.proven_types,
	       t->seed.dealt_types, t->seed.assumed_types);
	printf(", \"gaps\": %" PRIu64 ", \"lost_allocs\": %" PRIu64 ", \"lost_frees\": %" PRIu64
	       ", \"lost_moves\": %" PRIu64 ", \"uncertain_pages\": %" PRIu64,
	       t->gaps, t->lost_allocs, t->lost_frees, t->lost_moves, t->uncertain_pages);
	print_limits_json(&t->limits);
	print_objects_json(&t->objects);
	print_tlb_json(p, &t->tlb);
	print_costs_json(p, &t->costs);
	fputs(", \"database\": ", stdout);
	term_json(stdout, path);
	fputs("}\n", stdout);
}

/* The exit status of a finished run, and what the user should know of its input. */
static int judge(const struct cli_args *args, const struct passes *passes)
{
	int status = losses_judge(args, passes->trace, "; what they did is missing from the run");

	if (passes->damage.code) {
		term_error(&passes->damage);
		term_warn("everything before that was replayed and stored");
		status = EXIT_FOUND;
	}
	return status;
}

static int replay_prepared(const struct cli_args *args, struct prepared *p)
{
	const char *path = cli_value(args, OPT_OUTPUT);
	struct progress progress;
	struct passes passes = { .trace = p->trace, .progress = &progress };
	struct replay_totals totals = { 0 };
	struct km_diag d = { 0 };

	progress_init(&progress, args, p->replay.synthetic ? 1 : 2);
	int err = run_stored(&passes, p, path, &totals, &d);

	progress_release(&progress);
	if (err)
		return term_error(&d);
	if (cli_has(args, OPT_JSON))
		print_json(p, &totals, path);
	else if (!cli_has(args, OPT_QUIET))
		print_text(p, &totals, path);
	return judge(args, &passes);
}

static int run_replay(const struct cli_args *args)
{
	struct prepared p;
	struct km_diag d = { 0 };
	int status, err = prepare_trace(&p, args, &d);

	p.may_generate = true;
	if (!err)
		err = prepare_machine(&p, args, &d);
	if (err) {
		status = term_error(&d);
	} else if (cli_has(args, OPT_PRINT_CONFIG)) {
		config_print(&p.config, stdout);
		status = EXIT_DONE;
	} else {
		status = replay_prepared(args, &p);
	}
	prepared_release(&p);
	return status;
}

static const struct cli_option options[] = {
	OPTION_CONFIG,
	OPTION_SET,
	{ .id = OPT_MODE,
	  .letter = 'm',
	  .name = "mode",
	  .arg = "MODE",
	  .help = "observe (obey the recorded pages, the default), predict (choose first, be "
		  "scored, then obey) or "
		  "simulate (choose, and go on from there)" },
	{ .id = OPT_FORCED,
	  .name = "forced",
	  .help = "with predict: the lists also follow recorded refills, drains and fallbacks" },
	{ .id = OPT_FROM,
	  .name = "from",
	  .arg = "LABEL",
	  .help = "with simulate: predict up to this label's beginning, then run free" },
	{ .id = OPT_RE_ANCHOR,
	  .name = "re-anchor",
	  .help = "put the model right at every later label; those states count as seeded" },
	OPTION_KERNEL,
	OPTION_ALLOCATOR,
	OPTION_JSON,
	OPTION_QUIET,
	OPTION_STRICT,
	OPTION_PARANOID,
	OPTION_PRINT_CONFIG,
	OPTION_NO_PROGRESS,
	OPTION_HELP,
	{ .id = OPT_OUTPUT,
	  .letter = 'o',
	  .name = "output",
	  .arg = "RUN.db",
	  .required = true,
	  .help = "the database; an older one is replaced when the run is complete, not before" },
};

const struct cli_command command_replay = {
	.name = "replay",
	.operands = "TRACE",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "replay a trace through one machine and store the run",
	.details = "TRACE is an ftrace text file, a trace.dat, a .kmt, any of them compressed with "
		   "zstd or gzip, a bundle "
		   "(directory or tar) or - for standard input. With a bundle no configuration is "
		   "needed: machine, kernel "
		   "and tunables are read from it.",
	.options = options,
	.nr_options = sizeof(options) / sizeof(options[0]),
	.run = run_replay,
};
