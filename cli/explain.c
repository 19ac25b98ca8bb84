/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemlab explain: why one allocation went as it did, and which setting would have changed that.
 *
 * 1. The run: of a database, or the command line's own. 2. A replay up to the event. 3. With
 * --what-if, the same again for each setting, side by side.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/explain_run.h"
#include "cli/knobs.h"
#include "cli/open.h"
#include "cli/options_common.h"
#include "cli/pool.h"
#include "cli/progress.h"
#include "cli/term.h"
#include "reports/query.h"

struct explain {
	const struct cli_args *args;
	/* of the run in the database; NULL: the command line's own */
	char *trace, *mode, *document;
	int64_t run;
	uint64_t event_no; /* as asked for, then as resolved */
	struct knobs knobs;
	struct progress progress;
	size_t nr_served;
};

/* What a worker says of a knob. */
struct turned {
	bool done, served, got;
	uint64_t page;
	char why[160];
};

/* ---- the run ---- */

/* Is it a run database? Traces never begin so. */
static bool is_database(const char *path)
{
	char head[16] = "";
	FILE *f = fopen(path, "re");
	size_t n = f ? fread(head, 1, sizeof(head), f) : 0;

	if (f)
		fclose(f);
	return n == sizeof(head) && !memcmp(head, "SQLite format 3", sizeof(head));
}

static int take_run(void *ctx, const struct query *q)
{
	struct explain *e = ctx;

	e->trace = strdup(query_text(q, 0));
	e->mode = strdup(query_text(q, 1));
	e->document = strdup(query_text(q, 2));
	return e->trace && e->mode && e->document ? 0 : -KM_ENOMEM;
}

/* The first failure, or else the first fallback of the run. */
static const char first_sql[] =
	"SELECT event_no FROM (SELECT 0 AS rank, event_no FROM v_failures WHERE run = ?1 UNION ALL "
	"SELECT 1, event_no FROM v_fallbacks WHERE run = ?1) ORDER BY rank, event_no LIMIT 1";

static int read_run(struct explain *e, struct query_db *db, struct km_diag *d)
{
	const char *path = query_db_path(db);
	int64_t event_no = 0, start = 0;
	int err = e->run ? 0 :
			   query_number(&e->run, db, "SELECT max(run) FROM v_runs", NULL, 0, 0, d);
	const struct query_arg run = { .number = e->run };

	if (!err)
		err = query_each(db, "SELECT trace, mode, config FROM v_runs WHERE run = ?", &run,
				 1, take_run, e, d);
	if (err == -KM_ENOMEM)
		return km_fail(d, KM_ENOMEM, "", "out of memory");
	if (!err && !e->trace)
		err = km_fail(d, KM_EUSAGE, path, "has no run %" PRId64, e->run);
	if (!err && !e->event_no)
		err = query_number(&event_no, db, first_sql, &run, 1, 0, d);
	if (!err && !e->event_no && !event_no)
		err = km_fail(d, KM_EUSAGE, path,
			      "nothing failed and nothing fell back in run %" PRId64
			      "; say which event with --event",
			      e->run);
	if (err)
		return err;
	e->event_no = e->event_no ? e->event_no : (uint64_t)event_no;
	const struct query_arg args[] = { run, { .number = (int64_t)e->event_no } };

	err = query_number(&start, db,
			   "SELECT start_event_no FROM v_cma_allocs WHERE run = ? AND event_no = ?",
			   args, 2, 0, d);
	if (!err && start)
		e->event_no = (uint64_t)start;
	return err;
}

static int find_run(struct explain *e, struct km_diag *d)
{
	const char *path = cli_operand(e->args, 0);
	struct query_db *db;

	if (!is_database(path)) {
		if (cli_has(e->args, OPT_RUN))
			return km_fail(d, KM_EUSAGE, "--run", "it goes with a database only");
		return e->event_no ? 0 :
				     km_fail(d, KM_EUSAGE, "explain",
					     "--event N is missing: say which event of the trace");
	}
	int err = query_db_open(&db, path, d);

	if (err)
		return err;
	err = read_run(e, db, d);
	query_db_close(db);
	return err;
}

static int prepare_run(struct explain *e, const struct knob *knob, const char *mode,
		       struct prepared *p, struct km_diag *d)
{
	const struct prepare_extra x = { .trace = e->trace,
					 .mode = mode ? mode : e->mode,
					 .document = e->document,
					 .settings = knob ? (const char *const *)knob->setting :
							    NULL,
					 .nr_settings = knob ? knob->nr : 0 };
	int err = prepare_trace_with(p, e->args, &x, d);

	p->may_generate = true;
	return err ? err : prepare_machine(p, e->args, d);
}

/* ---- what if ---- */

/* Job 0 is the run as it is, simulated; the others turn a knob each. */
static int turn_one(void *ctx, size_t job, void *result, struct km_diag *d)
{
	struct explain *e = ctx;
	struct turned *t = result;
	struct prepared p;
	struct explain_run run = { 0 };
	int err = prepare_run(e, job ? &e->knobs.knob[job - 1] : NULL, "simulate", &p, d);

	if (!err)
		err = explain_replay(&run, &p, e->event_no, d);
	if (!err) {
		t->done = run.x->done && run.x->answered;
		t->got = t->done && run.x->got != KM_NO_PFN;
		t->served = explain_served(&run);
		t->page = run.x->got;
		snprintf(t->why, sizeof(t->why), "%s",
			 run.x->failure && *run.x->failure ? run.x->failure :
			 run.x->contiguous		   ? "no range could be had" :
							     "no page");
	}
	explain_release(&run);
	prepared_release(&p);
	return err;
}

static void put_settings(const struct explain *e, size_t job)
{
	int width = 0;

	fputs("  ", stdout);
	if (!job)
		width += printf("as it is, simulated");
	for (size_t s = 0; job && s < e->knobs.knob[job - 1].nr; s++)
		width += printf("%s%s", s ? " " : "", e->knobs.knob[job - 1].setting[s]);
	printf("%*s  ", width < 44 ? 44 - width : 0, "");
}

static int turn_done(void *ctx, size_t job, const void *result, const struct km_diag *d)
{
	struct explain *e = ctx;
	struct turned t;

	memcpy(&t, result, sizeof(t));
	put_settings(e, job);
	e->nr_served += job && !d->code && t.served;
	if (d->code) {
		fputs("cannot be: ", stdout);
		term_text(stdout, strncmp(d->where, "--set ", 6) ? d->where : "");
		fputs(*d->where && strncmp(d->where, "--set ", 6) ? ": " : "", stdout);
		term_text(stdout, d->what);
		putchar('\n');
	} else if (!t.done) {
		puts("the model was not asked");
	} else if (t.served) {
		printf("succeeds: page %#" PRIx64 "\n", t.page);
	} else if (t.got) {
		puts("falls back to another type's block");
	} else {
		printf("fails: %s\n", t.why);
	}
	return 0;
}

static void turn_tick(void *ctx, size_t nr_ended)
{
	struct explain *e = ctx;

	progress_runs(&e->progress, "what if", nr_ended, e->knobs.nr + 1);
}

static int turn_all(struct explain *e, const struct explain_run *run, const struct prepared *p,
		    struct km_diag *d)
{
	unsigned int workers;
	int err = pool_workers(&workers, cli_value(e->args, OPT_JOBS), d);

	if (!err && !e->knobs.nr)
		err = knobs_choose(&e->knobs, run, p, d);
	if (err)
		return err;
	const struct pool pool = { .nr_workers = workers,
				   .nr_jobs = e->knobs.nr + 1,
				   .result_size = sizeof(struct turned),
				   .run = turn_one,
				   .done = turn_done,
				   .tick = turn_tick,
				   .ctx = e };

	puts("what if, each from the beginning to this event");
	progress_init(&e->progress, e->args, 1);
	err = pool_run(&pool, d);
	progress_release(&e->progress);
	if (!err && !e->nr_served)
		puts("none of these makes it succeed");
	return err;
}

/* ---- the command ---- */

static int explain_event(struct explain *e, struct km_diag *d)
{
	struct prepared p;
	struct explain_run run = { 0 };
	int err = prepare_run(e, NULL, NULL, &p, d);

	if (!err)
		err = explain_resolve(p.trace, &e->event_no, d);
	if (!err)
		err = explain_replay(&run, &p, e->event_no, d);
	if (!err && !run.x->done)
		err = km_fail(d, KM_EUSAGE, "--event",
			      "event %" PRIu64 " is replayed as a part of something else, or asks "
			      "for several blocks: only single ones and contiguous areas' are "
			      "explained",
			      e->event_no);
	if (!err)
		explain_print(&run, &p);
	if (!err && cli_has(e->args, OPT_WHAT_IF))
		err = turn_all(e, &run, &p, d);
	explain_release(&run);
	prepared_release(&p);
	return err;
}

static int number_of(const struct cli_args *args, enum cli_option_id id, const char *name,
		     uint64_t *out, struct km_diag *d)
{
	const char *text = cli_value(args, id);
	char *end;

	if (!text)
		return 0;
	errno = 0;
	*out = strtoull(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end && *out && !errno && *out <= INT64_MAX)
		return 0;
	return km_fail(d, KM_EUSAGE, name, "it takes a number from 1 up, not '%s'", text);
}

/* The user's own settings: a key that there is not is wrong for every run. */
static int take_knobs(struct explain *e, struct km_diag *d)
{
	const char *own;
	int err = 0;

	for (size_t i = 0; !err && (own = cli_nth_value(e->args, OPT_WHAT_IF, i)); i++) {
		struct config *c = calloc(1, sizeof(*c));

		err = c ? config_read_setting(c, own, d) :
			  km_fail(d, KM_ENOMEM, "", "out of memory");
		free(c);
		if (!err)
			err = knobs_add(&e->knobs, own, d);
	}
	return err;
}

static int run_explain(const struct cli_args *args)
{
	struct explain e = { .args = args };
	struct km_diag d = { 0 };
	uint64_t run = 0;
	int err = number_of(args, OPT_EVENT, "--event", &e.event_no, &d);

	if (!err)
		err = number_of(args, OPT_RUN, "--run", &run, &d);
	e.run = (int64_t)run;
	if (!err && !strcmp(cli_operand(args, 0), "-"))
		err = km_fail(&d, KM_EUSAGE, "-", "it is read several times: give a file");
	if (!err)
		err = take_knobs(&e, &d);
	if (!err)
		err = find_run(&e, &d);
	if (!err)
		err = explain_event(&e, &d);
	knobs_release(&e.knobs);
	free(e.trace);
	free(e.mode);
	free(e.document);
	return err ? term_error(&d) : EXIT_DONE;
}

/* A setting, not the trace. */
static bool is_setting(const char *word)
{
	const char *dot = strchr(word, '.'), *equals = strchr(word, '=');

	return dot && equals && dot < equals && !strchr(word, '/');
}

static const struct cli_option options[] = {
	{ .id = OPT_EVENT,
	  .name = "event",
	  .arg = "N",
	  .help = "the event's number; of a database, the first failure or else the first fallback "
		  "where not given" },
	{ .id = OPT_RUN,
	  .name = "run",
	  .arg = "N",
	  .help = "the run of a database that holds several; the last where not given" },
	{ .id = OPT_WHAT_IF,
	  .name = "what-if",
	  .arg = "KEY=VALUE",
	  .arg_optional = true,
	  .arg_follows = is_setting,
	  .repeats = true,
	  .help = "simulate it again with this setting; without one, with each of those that may "
		  "matter" },
	{ .id = OPT_MODE,
	  .letter = 'm',
	  .name = "mode",
	  .arg = "MODE",
	  .help = "observe, predict or simulate; as the run was where not given" },
	{ .id = OPT_FROM,
	  .name = "from",
	  .arg = "LABEL",
	  .help = "with simulate: predict up to this label's beginning, then run free" },
	OPTION_JOBS,
	OPTION_CONFIG,
	OPTION_SET,
	OPTION_KERNEL,
	OPTION_NO_PROGRESS,
	OPTION_HELP,
};

const struct cli_command command_explain = {
	.name = "explain",
	.operands = "RUN.db",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "say why an allocation failed, fell back or waited, and what would have helped",
	.details =
		"RUN.db is a run's database, whose trace is replayed again up to the event; or a "
		"trace itself. Printed are the request, each zone's watermark arithmetic and free "
		"lists, what was tried, which blocks were nearest and who holds the pages in the "
		"way.",
	.options = options,
	.nr_options = sizeof(options) / sizeof(options[0]),
	.run = run_explain,
};
