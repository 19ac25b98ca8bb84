/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemlab check: is the trace sound? Counts and an observe replay whose result is thrown away;
 * changes nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/losses.h"
#include "cli/options_common.h"
#include "cli/passes.h"
#include "cli/scoreboard.h"
#include "cli/term.h"
#include "cli/time_range.h"

/* What one look at every event shows. */
struct census {
	uint64_t kinds[KM_NR_EVENT_KINDS];
	uint64_t *cpus;			 /* KM_MAX_CPUS of them */
	uint64_t backwards;		 /* events older than the one before */
	uint64_t reordered, farthest_ns; /* events the reader put in order, from how far behind */
	uint64_t worst_ns;		 /* the largest such step */
	uint64_t odd_gfp;		 /* events whose gfp flags are not known in full */
	uint64_t nr, first_ns, last_ns, previous_ns;
};

struct findings {
	struct census census;
	struct replay_totals totals;
	bool replayed;
	struct km_diag unsupported; /* code != 0: why it was not replayed */
	struct km_diag damage;
	uint64_t nr_events, lost;
};

static bool is_gfp_odd(const struct km_event *e)
{
	switch (e->kind) {
	case KM_EV_PAGE_ALLOC:
		return e->page.gfp & KM_GFP_OTHER;
	case KM_EV_KMALLOC:
	case KM_EV_CACHE_ALLOC:
		return e->obj.gfp & KM_GFP_OTHER;
	default:
		return false;
	}
}

static void count_events(void *ctx, const struct km_event *ev, size_t n)
{
	struct census *c = ctx;

	for (size_t i = 0; i < n; i++) {
		const struct km_event *e = &ev[i];

		if (e->kind < KM_NR_EVENT_KINDS)
			c->kinds[e->kind]++;
		if (e->cpu < KM_MAX_CPUS)
			c->cpus[e->cpu]++;
		c->odd_gfp += is_gfp_odd(e);
		if (e->ts_ns < c->previous_ns) {
			c->backwards++;
			if (c->previous_ns - e->ts_ns > c->worst_ns)
				c->worst_ns = c->previous_ns - e->ts_ns;
		}
		if (!c->nr++ || e->ts_ns < c->first_ns)
			c->first_ns = e->ts_ns;
		if (e->ts_ns > c->last_ns)
			c->last_ns = e->ts_ns;
		c->previous_ns = e->ts_ns;
	}
}

static int look(struct prepared *p, const struct cli_args *args, struct findings *f,
		struct km_diag *d)
{
	struct scoreboard board = { 0 };
	struct scoreboard_lane lane = { .board = &board };
	struct km_sink sink = scoreboard_sink(&lane);
	struct progress progress;
	struct passes passes = { .trace = p->trace,
				 .progress = &progress,
				 .watch = count_events,
				 .watch_ctx = &f->census };
	int err = 0;

	p->replay.nr_samples = 0;
	if (f->replayed)
		err = replay_open(&passes.lanes[0], &p->replay, trace_strings(p->trace), &sink, d);
	passes.nr_lanes = f->replayed && !err;
	progress_init(&progress, args, passes_count(&passes));
	if (!err)
		err = passes_run(&passes, d);
	progress_release(&progress);
	f->damage = passes.damage;
	f->nr_events = passes.nr_events;
	f->census.reordered = trace_reordered(p->trace, &f->census.farthest_ns);
	if (!err && f->replayed)
		replay_totals(passes.lanes[0], &f->totals);
	if (passes.nr_lanes)
		replay_close(passes.lanes[0]);
	scoreboard_release(&board);
	return err;
}

/* Losses are complete after the last event; the replay counts those that stand in the stream. */
static void count_losses(const struct prepared *p, struct findings *f)
{
	struct trace_lost lost;

	trace_lost(p->trace, &lost);
	f->lost = lost.events;
	if (f->totals.lost_events > f->lost)
		f->lost = f->totals.lost_events;
	if (!f->lost && (lost.any || f->census.kinds[KM_EV_LOST]))
		f->lost = 1;
}

/* ---- in words ---- */

static const char *yes_or(const char *text)
{
	return *text ? text : "unknown";
}

static void print_kinds(const struct census *c)
{
	char count[TERM_COUNT_LEN];

	puts("\nevents by kind");
	for (unsigned int k = 0; k < KM_NR_EVENT_KINDS; k++)
		if (c->kinds[k])
			printf("  %-40s %14s\n", km_event_name(k), term_count(count, c->kinds[k]));
	puts("\nevents by CPU");
	for (unsigned int cpu = 0; cpu < KM_MAX_CPUS; cpu++)
		if (c->cpus[cpu])
			printf("  CPU %-36u %14s\n", cpu, term_count(count, c->cpus[cpu]));
}

/* As the trace says; where it does not, those that its events are of. */
static unsigned int nr_cpus(const struct trace_info *info, const struct census *c)
{
	unsigned int n = 0;

	for (unsigned int cpu = 0; cpu < KM_MAX_CPUS; cpu++)
		n += c->cpus[cpu] != 0;
	return info->nr_cpus ? info->nr_cpus : n;
}

static const char *moment(char *buf, const struct trace_info *info, uint64_t ts)
{
	return info->clock_counts ? term_count(buf, ts) : term_seconds(buf, ts);
}

static const char *clock_unit(const struct trace_info *info)
{
	return info->clock_counts ? "(its clock counts something else than time)" : "s";
}

static void print_losses(const struct prepared *p)
{
	const struct trace_info *info = trace_info(p->trace);
	const struct trace_loss *losses;
	size_t n = trace_losses(p->trace, &losses);
	char count[TERM_COUNT_LEN], from[TERM_COUNT_LEN], to[TERM_COUNT_LEN];
	char cpu[LOSSES_TEXT_LEN];

	for (size_t i = 0; i < n; i++) {
		const struct trace_loss *l = &losses[i];

		printf("  %s lost %s event%s ", losses_cpu(cpu, l),
		       l->lost_events ? term_count(count, l->lost_events) : "an unknown number of",
		       l->lost_events == 1 ? "" : "s");
		if (l->last_ts_ns && l->first_ts_ns == l->last_ts_ns)
			printf("at %s %s ", moment(from, info, l->first_ts_ns), clock_unit(info));
		else if (l->last_ts_ns)
			printf("between %s and %s %s ", moment(from, info, l->first_ts_ns),
			       moment(to, info, l->last_ts_ns), clock_unit(info));
		putchar('(');
		term_text(stdout, losses[i].event_class);
		puts(")");
	}
}

static void print_labels(struct prepared *p)
{
	for (size_t i = 0; i < trace_nr_labels(p->trace); i++) {
		char lead[KM_NAME_LEN + 8];
		int n = snprintf(lead, sizeof(lead), "snap/%s/", trace_label(p->trace, i));

		fputs(i ? "  " : "\nsnapshots\n  ", stdout);
		term_text(stdout, trace_label(p->trace, i));
		putchar(':');
		for (size_t j = 0; j < trace_nr_files(p->trace); j++) {
			const char *name = trace_file_name(p->trace, j);

			if (strncmp(name, lead, (size_t)n))
				continue;
			putchar(' ');
			term_text(stdout, name + n);
		}
		putchar('\n');
	}
}

static void print_notices(const struct prepared *p, const struct census *c)
{
	const struct trace_notice *notices;
	size_t n = trace_notices(p->trace, &notices);
	char a[TERM_COUNT_LEN];

	if (c->odd_gfp)
		printf("  %s events have gfp flags that are not known in full\n",
		       term_count(a, c->odd_gfp));
	for (size_t i = 0; i < n; i++) {
		printf("  %s: ", notices[i].what);
		term_text(stdout, notices[i].name);
		printf(notices[i].count > 1 ? ", %s times\n" : "\n",
		       term_count(a, notices[i].count));
	}
}

static void print_findings(const struct prepared *p, const struct findings *f, bool sound)
{
	char a[TERM_COUNT_LEN];

	puts("\nfindings");
	print_losses(p);
	print_notices(p, &f->census);
	if (f->census.backwards)
		printf("  %s event%s older than the one before, by up to %" PRIu64 " ns\n",
		       term_count(a, f->census.backwards),
		       f->census.backwards == 1 ? " is" : "s are", f->census.worst_ns);
	if (f->census.reordered)
		printf("  %s event%s stood behind younger ones, by up to %" PRIu64
		       " ns: put in order\n",
		       term_count(a, f->census.reordered), f->census.reordered == 1 ? "" : "s",
		       f->census.farthest_ns);
	if (f->totals.unknown_frees)
		printf("  %s frees of pages that the model holds free already\n",
		       term_count(a, f->totals.unknown_frees));
	if (f->totals.gaps)
		printf("  %s pages are uncertain at the end: lost events may have moved them\n",
		       term_count(a, f->totals.uncertain_pages));
	if (f->totals.outside)
		printf("  %s allocations and frees are of pages that no zone has\n",
		       term_count(a, f->totals.outside));
	if (f->totals.seed.unknown_pages)
		printf("  %s pages of which nothing proves whether they were free at the start\n",
		       term_count(a, f->totals.seed.unknown_pages));
	if (!f->replayed) {
		fputs("  not replayed: ", stdout);
		term_text(stdout, f->unsupported.what);
		putchar('\n');
	}
	if (sound)
		puts(f->replayed ? "  sound" : "  sound, as far as can be told without a replay");
}

static void print_text(struct prepared *p, const struct findings *f, bool sound)
{
	const struct trace_info *info = trace_info(p->trace);
	char a[TERM_COUNT_LEN], b[TERM_COUNT_LEN], c[TERM_COUNT_LEN];

	term_text(stdout, info->path);
	printf("\n  format       %s\n  kernel       ", info->format);
	term_text(stdout, yes_or(info->kernel));
	printf(", ");
	term_text(stdout, yes_or(info->arch));
	unsigned int cpus = nr_cpus(info, &f->census);

	printf(", %u CPU%s\n  events       %s, from %s to %s %s\n", cpus, cpus == 1 ? "" : "s",
	       term_count(a, f->nr_events), moment(b, info, f->census.first_ns),
	       moment(c, info, f->census.last_ns), clock_unit(info));
	print_kinds(&f->census);
	print_labels(p);
	print_findings(p, f, sound);
}

/* ---- as JSON ---- */

static void json_counts(const struct census *c)
{
	const char *comma = "";

	fputs(",\n \"kinds\": {", stdout);
	for (unsigned int k = 0; k < KM_NR_EVENT_KINDS; k++) {
		if (!c->kinds[k])
			continue;
		printf("%s\"%s\": %" PRIu64, comma, km_event_name(k), c->kinds[k]);
		comma = ", ";
	}
	comma = "";
	fputs("},\n \"cpus\": {", stdout);
	for (unsigned int cpu = 0; cpu < KM_MAX_CPUS; cpu++) {
		if (!c->cpus[cpu])
			continue;
		printf("%s\"%u\": %" PRIu64, comma, cpu, c->cpus[cpu]);
		comma = ", ";
	}
	putchar('}');
}

static void json_losses(const struct prepared *p)
{
	const struct trace_loss *losses;
	size_t n = trace_losses(p->trace, &losses);

	fputs(",\n \"losses\": [", stdout);
	for (size_t i = 0; i < n; i++) {
		printf("%s{\"cpu\": %d, \"event_class\": ", i ? ", " : "",
		       losses_cpu_number(&losses[i]));
		term_json(stdout, losses[i].event_class);
		printf(", \"lost_events\": %" PRIu64 ", \"first_ts_ns\": %" PRIu64 ", "
		       "\"last_ts_ns\":"
		       " %" PRIu64 "}",
		       losses[i].lost_events, losses[i].first_ts_ns, losses[i].last_ts_ns);
	}
	fputs("],\n \"labels\": [", stdout);
	for (size_t i = 0; i < trace_nr_labels(p->trace); i++) {
		fputs(i ? ", " : "", stdout);
		term_json(stdout, trace_label(p->trace, i));
	}
	putchar(']');
}

static void json_notices(const struct prepared *p)
{
	const struct trace_notice *notices;
	size_t n = trace_notices(p->trace, &notices);

	fputs(",\n \"notices\": [", stdout);
	for (size_t i = 0; i < n; i++) {
		printf("%s{\"what\": ", i ? ", " : "");
		term_json(stdout, notices[i].what);
		fputs(", \"name\": ", stdout);
		term_json(stdout, notices[i].name);
		printf(", \"count\": %" PRIu64 "}", notices[i].count);
	}
	putchar(']');
}

static void print_json(const struct prepared *p, const struct findings *f, bool sound)
{
	const struct trace_info *info = trace_info(p->trace);

	fputs("{\"path\": ", stdout);
	term_json(stdout, info->path);
	printf(", \"format\": \"%s\", \"kernel\": ", info->format);
	term_json(stdout, info->kernel);
	printf(",\n \"events\": %" PRIu64 ", \"first_ts_ns\": %" PRIu64 ", \"last_ts_ns\": %" PRIu64
	       ", \"backwards\": %" PRIu64 ", \"reordered\": %" PRIu64 ", \"lost_events\": %" PRIu64
	       ", \"truncated\": %s",
	       f->nr_events, f->census.first_ns, f->census.last_ns, f->census.backwards,
	       f->census.reordered, f->lost, f->damage.code ? "true" : "false");
	if (f->replayed)
		printf(", \"unknown_frees\": %" PRIu64 ", \"error_bound_pages\": %" PRIu64
		       ", \"uncertain_pages\": %" PRIu64,
		       f->totals.unknown_frees, f->totals.seed.unknown_pages,
		       f->totals.uncertain_pages);
	json_counts(&f->census);
	json_losses(p);
	json_notices(p);
	printf(", \"unknown_gfp\": %" PRIu64, f->census.odd_gfp);
	printf(",\n \"replayed\": %s, \"sound\": %s}\n", f->replayed ? "true" : "false",
	       sound ? "true" : "false");
}

/* ---- the command ---- */

static int report(const struct cli_args *args, struct prepared *p, struct findings *f)
{
	const struct trace_notice *notices;
	bool sound = !f->damage.code && !f->lost && !f->census.backwards &&
		     !f->totals.unknown_frees && !f->census.odd_gfp &&
		     !trace_notices(p->trace, &notices);

	if (cli_has(args, OPT_JSON))
		print_json(p, f, sound);
	else if (!cli_has(args, OPT_QUIET))
		print_text(p, f, sound);
	if (f->damage.code)
		term_error(&f->damage);
	return sound ? EXIT_DONE : EXIT_FOUND;
}

static int check_prepared(const struct cli_args *args, struct prepared *p)
{
	struct findings f = { 0 };
	struct km_diag d = { 0 };
	int err = prepare_machine(p, args, &f.unsupported);

	if (err && err != -KM_ENOTSUP)
		return term_error(&f.unsupported);
	f.replayed = !err;
	f.census.cpus = calloc(KM_MAX_CPUS, sizeof(*f.census.cpus));
	if (!f.census.cpus)
		return term_fail(EXIT_HOST, "out of memory");
	err = look(p, args, &f, &d);
	count_losses(p, &f);
	int status = err ? term_error(&d) : report(args, p, &f);

	free(f.census.cpus);
	return status;
}

static int run_check(const struct cli_args *args)
{
	struct prepared p;
	struct km_diag d = { 0 };
	int err = prepare_trace(&p, args, &d);

	if (!err)
		err = time_range_apply(args, p.trace, &d);
	int status = err ? term_error(&d) : check_prepared(args, &p);

	prepared_release(&p);
	return status;
}

static const struct cli_option options[] = {
	OPTION_CONFIG, OPTION_SET,    OPTION_KERNEL,	  OPTION_TIME, OPTION_JSON,
	OPTION_QUIET,  OPTION_STRICT, OPTION_NO_PROGRESS, OPTION_HELP,
};

const struct cli_command command_check = {
	.name = "check",
	.operands = "TRACE",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "say whether a trace is sound",
	.details = "Print format, kernel, events by kind and CPU, losses, clock order, frees of "
		   "pages that were free already, and "
		   "which snapshots there are. Changes nothing. Exit status 1 where something is "
		   "amiss.",
	.options = options,
	.nr_options = sizeof(options) / sizeof(options[0]),
	.run = run_check,
};
