/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemlab verify: predict twice, from calls only and forced, side by side over one reading of the
 * trace, and say how often the model chose what the kernel chose.
 */
#include <string.h>

#include "cli/losses.h"
#include "cli/options_common.h"
#include "cli/passes.h"
#include "cli/scoreboard.h"
#include "cli/suggest.h"
#include "cli/term.h"

enum { CALLS, FORCED, NR_LANES, PERCENT_PLACES = 6, HUNDRED_PERCENT = 100000000 };

/* One --min METRIC[:SCOPE]=PERCENT. */
struct threshold {
	char metric[64], scope[64];
	uint64_t micro_percent;
};

static int unknown_metric(const char *option, const char *name, struct km_diag *d)
{
	struct suggestion s = { .word = name };

	for (size_t i = 0; i < fidelity_nr_metrics(); i++)
		suggestion_offer(&s, fidelity_metric_at(i)->name);
	return km_fail(d, KM_EUSAGE, option,
		       s.best ? "there is no metric '%s'; did you mean '%s'?" :
				"there is no metric '%s'; 'kmemlab list metrics' shows what there "
				"is",
		       name, s.best);
}

/* One of those that two replays in predict mode have. */
static int check_metric(const char *option, const char *name, struct km_diag *d)
{
	for (size_t i = 0; i < fidelity_nr_metrics(); i++) {
		const struct fidelity_metric *m = fidelity_metric_at(i);

		if (strcmp(m->name, name))
			continue;
		if (m->simulated)
			return km_fail(d, KM_EUSAGE, option,
				       "%s is what simulate measures, not verify: 'kmemlab replay "
				       "-m simulate' stores it in v_fidelity",
				       name);
		return 0;
	}
	return unknown_metric(option, name, d);
}

/* "99.999" → millionths of a percent. */
static bool percent_of(const char *text, uint64_t *out)
{
	uint64_t value = 0;
	int places = -1;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text == '.' && places < 0)
			places = 0;
		else if (*text < '0' || *text > '9' || places == PERCENT_PLACES ||
			 value > HUNDRED_PERCENT)
			return false;
		else {
			value = value * 10 + (uint64_t)(*text - '0');
			places += places >= 0;
		}
	}
	for (int i = places < 0 ? 0 : places; i < PERCENT_PLACES; i++)
		value *= 10;
	*out = value;
	return value <= HUNDRED_PERCENT;
}

static int threshold_of(const char *text, struct threshold *t, struct km_diag *d)
{
	const char *equals = strrchr(text, '=');
	const char *colon = strchr(text, ':');
	const char *end = colon ? colon : equals;

	if (!equals || end > equals || !percent_of(equals + 1, &t->micro_percent))
		return km_fail(d, KM_EUSAGE, "--min",
			       "it takes METRIC=PERCENT, e.g. page.pfn=99.9, not '%s'", text);
	snprintf(t->metric, sizeof(t->metric), "%.*s", (int)(end - text), text);
	snprintf(t->scope, sizeof(t->scope), "%.*s", colon ? (int)(equals - colon - 1) : 3,
		 colon ? colon + 1 : "all");
	return check_metric("--min", t->metric, d);
}

static int check_options(const struct cli_args *args, struct km_diag *d)
{
	const char *metric = cli_value(args, OPT_FIRST_MISS), *min;
	struct threshold t;

	for (size_t i = 0; (min = cli_nth_value(args, OPT_MIN, i)); i++) {
		int err = threshold_of(min, &t, d);

		if (err)
			return err;
	}
	int err = metric ? check_metric("--first-miss", metric, d) : 0;

	if (!err && metric &&
	    (!strncmp(metric, "slabinfo", 8) || !strncmp(metric, "vmalloc", 7) ||
	     !strncmp(metric, "stack.", 6)))
		return km_fail(d, KM_EUSAGE, "--first-miss",
			       "of %s only shares are kept; it goes with the metrics of pages and "
			       "objects",
			       metric);
	return err;
}

/* ---- the replays ---- */

static int open_lanes(struct passes *passes, const struct prepared *p,
		      struct scoreboard_lane *lanes, struct km_diag *d)
{
	for (unsigned int i = 0; i < NR_LANES; i++) {
		struct replay_config config = p->replay;
		struct km_sink sink = scoreboard_sink(&lanes[i]);

		config.mode = REPLAY_PREDICT;
		config.forced = i == FORCED;
		config.nr_samples = 0;
		config.no_objects = config.forced;
		config.no_owners = true;
		int err =
			replay_open(&passes->lanes[i], &config, trace_strings(p->trace), &sink, d);

		if (err)
			return err;
		passes->nr_lanes++;
	}
	return 0;
}

/* ---- what it came to ---- */

static void print_page(const char *what, uint64_t page)
{
	if (page == KM_NO_PFN)
		printf("  %-10s none\n", what);
	else
		printf("  %-10s page 0x%" PRIx64 "\n", what, page);
}

static void print_miss_object(const struct replay_miss *m)
{
	fputs("  request    cache ", stdout);
	term_text(stdout, m->cache);
	putchar('\n');
	if (m->predicted_ptr)
		printf("  %-10s 0x%" PRIx64 "\n", "model", m->predicted_ptr);
	else
		printf("  %-10s a slab yet to be made\n", "model");
	printf("  %-10s 0x%" PRIx64 "\n", "record", m->recorded_ptr);
}

static void print_miss_text(const struct replay_miss *m)
{
	char seconds[TERM_COUNT_LEN];

	if (!m) {
		puts("no miss");
		return;
	}
	printf("first miss of %s: event %" PRIu64 " at %s s on CPU %u\n", m->metric, m->event_no,
	       term_seconds(seconds, m->ts_ns), m->cpu);
	if (m->cache) {
		print_miss_object(m);
	} else {
		printf("  %-10s order %u, %s\n", "request", m->order,
		       km_migratetype_name(m->migratetype) ? km_migratetype_name(m->migratetype) :
							     "?");
		print_page("model", m->predicted_pfn);
		print_page("record", m->recorded_pfn);
	}
	printf("  %-10s %s\n", "cause", m->cause);
	if (m->lists && *m->lists)
		printf("the lists as they stood:\n%s%s", m->lists,
		       m->lists[strlen(m->lists) - 1] == '\n' ? "" : "\n");
}

static void print_json_page(const char *name, uint64_t page)
{
	if (page == KM_NO_PFN)
		printf(", \"%s\": null", name);
	else
		printf(", \"%s\": %" PRIu64, name, page);
}

static void print_miss_json(const struct replay_miss *m)
{
	if (!m) {
		puts("null");
		return;
	}
	printf("{\"metric\": \"%s\", \"cause\": \"%s\", \"event_no\": %" PRIu64
	       ", \"ts_ns\": %" PRIu64 ", \"cpu\": %u, \"ord\": %u, \"migratetype\": %u",
	       m->metric, m->cause, m->event_no, m->ts_ns, m->cpu, m->order, m->migratetype);
	if (m->cache) {
		fputs(", \"cache\": ", stdout);
		term_json(stdout, m->cache);
		printf(", \"predicted_ptr\": \"0x%" PRIx64 "\", \"recorded_ptr\": \"0x%" PRIx64
		       "\"",
		       m->predicted_ptr, m->recorded_ptr);
	}
	print_json_page("predicted_pfn", m->predicted_pfn);
	print_json_page("recorded_pfn", m->recorded_pfn);
	fputs(", \"lists\": ", stdout);
	term_json(stdout, m->lists ? m->lists : "");
	fputs("}\n", stdout);
}

static void print_first_miss(const struct cli_args *args, const struct passes *passes)
{
	const char *metric = cli_value(args, OPT_FIRST_MISS);
	bool forced = metric && !strcmp(metric, "page.pfn_forced");
	const struct replay_miss *m =
		replay_first_miss(passes->lanes[forced ? FORCED : CALLS], metric);

	if (cli_has(args, OPT_JSON))
		print_miss_json(m);
	else
		print_miss_text(m);
}

static bool falls_short(const struct scoreboard *b, const struct threshold *t)
{
	const struct score *s = scoreboard_find(b, t->metric, t->scope);
	char share[TERM_PERCENT_LEN];

	if (s && s->total &&
	    s->hits * (unsigned __int128)HUNDRED_PERCENT >=
		    s->total * (unsigned __int128)t->micro_percent)
		return false;
	if (!s || !s->total)
		term_warn("--min %s: the trace has nothing of scope '%s' to measure it by",
			  t->metric, t->scope);
	else
		term_warn("--min %s: %s of '%s' falls short of %" PRIu64 ".%06" PRIu64 " %%",
			  t->metric, term_percent(share, s->hits, s->total), t->scope,
			  t->micro_percent / 1000000, t->micro_percent % 1000000);
	return true;
}

static int judge(const struct cli_args *args, const struct passes *passes,
		 const struct scoreboard *b)
{
	struct threshold t;
	struct km_diag d;
	const char *min;
	int status = losses_judge(args, passes->trace, "; misses may follow from that");

	if (passes->damage.code) {
		term_error(&passes->damage);
		term_warn("only what comes before that was verified");
		status = EXIT_FOUND;
	}
	for (size_t i = 0; (min = cli_nth_value(args, OPT_MIN, i)); i++)
		if (!threshold_of(min, &t, &d) && falls_short(b, &t))
			status = EXIT_FOUND;
	return status;
}

static void print_board(const struct cli_args *args, const struct prepared *p,
			const struct scoreboard *b)
{
	if (cli_has(args, OPT_JSON)) {
		scoreboard_print_json(b);
		if (prepared_unvalidated(p))
			term_warn("kernel %s, model %s: no capture has been held against it",
				  prepared_kernel(p), kernel_profile_name(p->profile));
		return;
	}
	term_text(stdout, prepared_name(p));
	printf(": kernel %s, model %s%s\n\n", prepared_kernel(p), kernel_profile_name(p->profile),
	       prepared_unvalidated(p) ? " (unvalidated)" : "");
	scoreboard_print_text(b);
}

static int verify_prepared(const struct cli_args *args, struct prepared *p)
{
	struct scoreboard board = { 0 };
	struct traced_rows traced;
	struct slab_delta delta = { 0 };
	struct scoreboard_lane lanes[NR_LANES] = { { &board, CALLS, &traced, &delta },
						   { &board, FORCED, NULL, NULL } };
	struct progress progress;
	struct passes passes = { .trace = p->trace, .progress = &progress };
	struct km_diag d = { 0 };
	int status;

	progress_init(&progress, args, 2);
	int err = traced_rows_open(&traced, p->trace, &d);

	if (!err)
		err = slab_delta_open(&delta, p->trace, &d);

	if (!err)
		err = open_lanes(&passes, p, lanes, &d);
	if (!err)
		err = passes_run(&passes, &d);
	struct km_sink sink = scoreboard_sink(&lanes[CALLS]);

	if (!err && (traced_rows_report(&traced, &sink) || slab_delta_report(&delta, &sink)))
		err = km_fail(&d, KM_ENOMEM, "", "out of memory for the scores");
	progress_release(&progress);
	if (err) {
		status = term_error(&d);
	} else {
		scoreboard_settle(&board);
		if (cli_has(args, OPT_FIRST_MISS))
			print_first_miss(args, &passes);
		else if (!cli_has(args, OPT_QUIET))
			print_board(args, p, &board);
		status = judge(args, &passes, &board);
	}
	for (size_t i = 0; i < passes.nr_lanes; i++)
		replay_close(passes.lanes[i]);
	scoreboard_release(&board);
	traced_rows_close(&traced);
	slab_delta_close(&delta);
	return status;
}

static int run_verify(const struct cli_args *args)
{
	struct prepared p = { 0 };
	struct km_diag d = { 0 };
	int status, err = check_options(args, &d);

	if (!err)
		err = prepare_trace(&p, args, &d);
	if (!err)
		err = prepare_machine(&p, args, &d);
	if (err) {
		status = term_error(&d);
	} else if (cli_has(args, OPT_PRINT_CONFIG)) {
		config_print(&p.config, stdout);
		status = EXIT_DONE;
	} else {
		status = verify_prepared(args, &p);
	}
	prepared_release(&p);
	return status;
}

static const struct cli_option options[] = {
	OPTION_CONFIG,
	OPTION_SET,
	OPTION_KERNEL,
	{ .id = OPT_MIN,
	  .name = "min",
	  .arg = "METRIC=PERCENT",
	  .repeats = true,
	  .help = "exit status 1 where this metric's share is less; METRIC:SCOPE asks of one scope" },
	{ .id = OPT_FIRST_MISS,
	  .name = "first-miss",
	  .arg = "METRIC",
	  .arg_optional = true,
	  .arg_follows = fidelity_is_metric,
	  .help = "instead of the table, print the first event where model and record part, with "
		  "the lists as they "
		  "stood" },
	{ .id = OPT_RE_ANCHOR,
	  .name = "re-anchor",
	  .help = "put the model right at every later label" },
	OPTION_JSON,
	OPTION_QUIET,
	OPTION_STRICT,
	OPTION_PARANOID,
	OPTION_PRINT_CONFIG,
	OPTION_NO_PROGRESS,
	OPTION_HELP,
};

const struct cli_command command_verify = {
	.name = "verify",
	.operands = "TRACE",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "say how often the model chooses what the kernel chose",
	.details = "Replay TRACE in predict mode, from calls only and forced, and print the share "
		   "of predictions that held: "
		   "by metric and scope, and what the misses come from.",
	.options = options,
	.nr_options = sizeof(options) / sizeof(options[0]),
	.run = run_verify,
};
