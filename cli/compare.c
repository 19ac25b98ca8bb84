/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemlab compare: the same trace through several configurations.
 *
 * 1. Every configuration in a process of its own, into a database of its own. 2. Those whose
 * choices differ from the base's once more beside it, up to where they part. 3. One database of
 * all, and what is to be said of them beside one another.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/fail_if.h"
#include "cli/open.h"
#include "cli/options_common.h"
#include "cli/parting.h"
#include "cli/pool.h"
#include "cli/run_stored.h"
#include "cli/term.h"
#include "cli/variation.h"
#include "reports/store.h"

enum { MOST_CONDITIONS = 32 };

/* What a worker says of its run. */
struct outcome {
	struct choices choices;
	uint64_t lost_events;
	bool damaged;
	char damage[256];
};

struct compared {
	bool failed;
	char *name, *path;
	struct outcome outcome;
	struct parting parting;
	bool parting_known;
};

struct compare {
	const struct cli_args *args;
	struct variation vary;
	struct compared *run; /* vary.nr */
	size_t base, nr_failed;
	size_t *part; /* those to be held beside the base */
	size_t nr_part;
	unsigned int nr_workers;
	const char *out;
	char *dir; /* of the runs' own databases */
	struct fail_if condition[MOST_CONDITIONS];
	size_t nr_conditions;
	struct progress progress;
	size_t nr_steps, nr_before; /* for the bar */
};

static int no_memory(struct km_diag *d)
{
	return km_fail(d, KM_ENOMEM, "", "out of memory");
}

/* ---- a run ---- */

static int prepare_run(struct compare *c, size_t i, struct prepared *p, struct km_diag *d)
{
	char **settings = variation_settings(&c->vary, i);
	const struct prepare_extra x = { .mode = "simulate",
					 .settings = (const char *const *)settings,
					 .nr_settings = c->vary.nr_keys };

	if (!settings) {
		*p = (struct prepared){ 0 };
		return no_memory(d);
	}
	int err = prepare_trace_with(p, c->args, &x, d);

	p->may_generate = true;
	if (!err)
		err = prepare_machine(p, c->args, d);
	variation_free(&c->vary, settings);
	return err;
}

static int run_one(void *ctx, size_t i, void *result, struct km_diag *d)
{
	struct compare *c = ctx;
	struct outcome *o = result;
	struct progress quiet = { .nr_passes = 2 };
	struct replay_totals totals = { 0 };
	struct prepared p;
	struct trace_lost lost;
	int err = prepare_run(c, i, &p, d);
	struct passes passes = { .trace = p.trace, .progress = &quiet };

	p.part = true;
	p.replay.chosen = choices_add;
	p.replay.chosen_ctx = &o->choices;
	if (!err)
		err = run_stored(&passes, &p, c->run[i].path, &totals, d);
	if (!err) {
		trace_lost(p.trace, &lost);
		o->lost_events = lost.events;
		o->damaged = passes.damage.code != 0;
		snprintf(o->damage, sizeof(o->damage), "%.120s: %.120s", passes.damage.where,
			 passes.damage.what);
	}
	prepared_release(&p);
	return err;
}

/* "kmemlab: machine.cma=32M: why"; the others go on. */
static void say_failed(const struct compared *run, const struct km_diag *d)
{
	const char *where = strncmp(d->where, "--set ", 6) ? d->where : "";
	struct km_diag e;

	km_fail(&e, KM_EFORMAT, run->name, "%s%s%s", where, *where ? ": " : "", d->what);
	term_error(&e);
}

static int run_done(void *ctx, size_t i, const void *result, const struct km_diag *d)
{
	struct compare *c = ctx;

	memcpy(&c->run[i].outcome, result, sizeof(c->run[i].outcome));
	c->run[i].failed = d->code != 0;
	c->nr_failed += d->code != 0;
	if (d->code)
		say_failed(&c->run[i], d);
	return 0;
}

static void tick(void *ctx, size_t nr_ended)
{
	struct compare *c = ctx;

	progress_runs(&c->progress, "compare", c->nr_before + nr_ended, c->nr_steps);
}

static int run_all(struct compare *c, struct km_diag *d)
{
	const struct pool pool = { .nr_workers = c->nr_workers,
				   .nr_jobs = c->vary.nr,
				   .result_size = sizeof(struct outcome),
				   .run = run_one,
				   .done = run_done,
				   .tick = tick,
				   .ctx = c };

	_Static_assert(sizeof(struct outcome) <= POOL_RESULT_MAX, "an answer has room for it");
	return pool_run(&pool, d);
}

/* ---- where they part ---- */

static int part_one(void *ctx, size_t job, void *result, struct km_diag *d)
{
	struct compare *c = ctx;
	struct prepared base, other = { 0 };
	int err = prepare_run(c, c->base, &base, d);

	if (!err)
		err = prepare_run(c, c->part[job], &other, d);
	if (!err)
		err = parting_find(result, &base, &other, d);
	prepared_release(&base);
	prepared_release(&other);
	return err;
}

static int part_done(void *ctx, size_t job, const void *result, const struct km_diag *d)
{
	struct compare *c = ctx;
	struct compared *run = &c->run[c->part[job]];

	memcpy(&run->parting, result, sizeof(run->parting));
	run->parting_known = !d->code;
	if (d->code)
		say_failed(run, d);
	return 0;
}

static int part_all(struct compare *c, struct km_diag *d)
{
	const struct choices *b = &c->run[c->base].outcome.choices;

	for (size_t i = 0; i < c->vary.nr && !c->run[c->base].failed; i++) {
		const struct choices *o = &c->run[i].outcome.choices;

		if (c->run[i].failed)
			continue;
		c->run[i].parting_known = true;
		if (o->sum != b->sum || o->nr != b->nr)
			c->part[c->nr_part++] = i;
	}
	c->nr_before = c->vary.nr;
	const struct pool pool = { .nr_workers = c->nr_workers,
				   .nr_jobs = c->nr_part,
				   .result_size = sizeof(struct parting),
				   .run = part_one,
				   .done = part_done,
				   .tick = tick,
				   .ctx = c };

	return pool_run(&pool, d);
}

/* ---- one database ---- */

static void tell_parting(struct store_parting *to, const struct compared *run, size_t number,
			 size_t base)
{
	const struct parting *p = &run->parting;

	*to = (struct store_parting){ .run = number,
				      .base = base,
				      .parted = p->parted,
				      .event_no = p->other.event_no,
				      .ts_ns = p->other.ts_ns,
				      .pages = p->other.pages,
				      .ord = p->other.order,
				      .migratetype = p->other.migratetype,
				      .pfn = p->other.pfn,
				      .base_pfn = p->base.pfn };
}

struct gathered {
	const char **path;
	struct store_variation *vary;
	struct store_parting *parting;
	size_t nr, nr_vary, nr_parting;
};

static void gather(const struct compare *c, struct gathered *g)
{
	size_t base = 1;

	for (size_t i = 0; i < c->base; i++)
		base += !c->run[i].failed;
	for (size_t i = 0; i < c->vary.nr; i++) {
		if (c->run[i].failed)
			continue;
		g->path[g->nr++] = c->run[i].path;
		for (size_t k = 0; k < c->vary.nr_keys; k++)
			g->vary[g->nr_vary++] = (struct store_variation){ .run = g->nr,
									  .nr = k + 1,
									  .key = c->vary.key[k].key,
									  .value = variation_value(
										  &c->vary, i, k) };
		if (c->run[i].parting_known)
			tell_parting(&g->parting[g->nr_parting++], &c->run[i], g->nr, base);
	}
}

static int merge(struct compare *c, struct km_diag *d)
{
	struct gathered g = { .path = calloc(c->vary.nr, sizeof(*g.path)),
			      .vary = calloc(c->vary.nr * c->vary.nr_keys, sizeof(*g.vary)),
			      .parting = calloc(c->vary.nr, sizeof(*g.parting)) };
	int err = g.path && g.vary && g.parting ? 0 : no_memory(d);

	if (!err) {
		gather(c, &g);
		const struct store_comparison all = { .variations = g.vary,
						      .nr_variations = g.nr_vary,
						      .partings = g.parting,
						      .nr_partings = g.nr_parting };

		err = store_merge_compared(c->out, g.path, g.nr, &all, d);
	}
	free(g.path);
	free(g.vary);
	free(g.parting);
	return err;
}

/* ---- what it came to ---- */

static int judge_conditions(const struct compare *c, const struct comparison *all)
{
	int status = EXIT_DONE;

	for (size_t i = 0; i < c->nr_conditions; i++)
		for (size_t r = 0; r < all->nr_runs; r++) {
			char *name = NULL;
			size_t len;
			FILE *f;

			if (!fail_if_holds(&c->condition[i], all, r))
				continue;
			status = EXIT_FOUND;
			f = open_memstream(&name, &len);
			if (f) {
				comparison_say_run(all, r, f, term_text);
				fclose(f);
			}
			term_warn("--fail-if %s: run %" PRId64 " (%s)", c->condition[i].text,
				  all->run[r].run, name ? name : "");
			free(name);
		}
	return status;
}

/* What is wrong with the trace is the same for all, and said once. */
static int judge_trace(const struct compare *c)
{
	int status = EXIT_DONE;

	for (size_t i = 0; i < c->vary.nr; i++) {
		const struct outcome *o = &c->run[i].outcome;

		if (c->run[i].failed || (!o->lost_events && !o->damaged))
			continue;
		char count[TERM_COUNT_LEN];

		if (o->lost_events)
			term_warn(
				"the trace lost %s events; what they did is missing from all runs",
				term_count(count, o->lost_events));
		if (o->damaged)
			term_warn("%s; everything before that was compared", o->damage);
		if (o->damaged || cli_has(c->args, OPT_STRICT))
			status = EXIT_FOUND;
		break;
	}
	return status;
}

static void print_failed_json(const struct compare *c)
{
	const char *lead = "";

	fputs(", \"failed\": [", stdout);
	for (size_t i = 0; i < c->vary.nr; i++) {
		if (!c->run[i].failed)
			continue;
		fputs(lead, stdout);
		term_json(stdout, c->run[i].name);
		lead = ", ";
	}
	fputs("]}\n", stdout);
}

static int print_comparison(struct compare *c, int *status, struct km_diag *d)
{
	struct metric_name more[MOST_CONDITIONS];
	struct comparison all;
	struct query_db *db;
	int err = query_db_open(&db, c->out, d);

	if (err)
		return err;
	for (size_t i = 0; i < c->nr_conditions; i++)
		more[i] = c->condition[i].metric;
	err = comparison_load(&all, db, more, c->nr_conditions, d);
	if (!err && cli_has(c->args, OPT_JSON)) {
		fputs("{\"comparison\": ", stdout);
		json_comparison(stdout, &all);
		print_failed_json(c);
	} else if (!err && !cli_has(c->args, OPT_QUIET)) {
		text_comparison(stdout, &all, false);
		fputs("\nstored in ", stdout);
		term_text(stdout, c->out);
		fputs("; kmemlab report makes a page of it\n", stdout);
	}
	if (!err) {
		int found = judge_conditions(c, &all);

		*status = found ? found : *status;
		comparison_release(&all);
	}
	query_db_close(db);
	return err;
}

/* ---- the command line ---- */

static int find_base(struct compare *c, struct km_diag *d)
{
	const char *text = cli_value(c->args, OPT_BASE);
	char *end;

	if (!text)
		return 0;
	unsigned long n = strtoul(text, &end, 10);

	if (!*end && end != text && n >= 1 && n <= c->vary.nr) {
		c->base = n - 1;
		return 0;
	}
	for (size_t i = 0; i < c->vary.nr; i++)
		if (!strcmp(c->run[i].name, text)) {
			c->base = i;
			return 0;
		}
	return km_fail(d, KM_EUSAGE, "--base",
		       "it takes the number of a configuration, from 1 to %zu, or its values as "
		       "they are printed, e.g. '%s', not '%s'",
		       c->vary.nr, c->run[0].name, text);
}

static int name_runs(struct compare *c, struct km_diag *d)
{
	c->run = calloc(c->vary.nr, sizeof(*c->run));
	c->part = calloc(c->vary.nr, sizeof(*c->part));
	if (!c->run || !c->part || asprintf(&c->dir, "%s.runs", c->out) < 0)
		return no_memory(d);
	for (size_t i = 0; i < c->vary.nr; i++) {
		c->run[i].name = variation_name(&c->vary, i);
		if (!c->run[i].name || asprintf(&c->run[i].path, "%s/%zu.db", c->dir, i + 1) < 0)
			return no_memory(d);
	}
	return 0;
}

static int read_command_line(struct compare *c, struct km_diag *d)
{
	const char *text;
	int err = pool_workers(&c->nr_workers, cli_value(c->args, OPT_JOBS), d);

	for (size_t i = 0; !err && (text = cli_nth_value(c->args, OPT_VARY, i)); i++)
		err = variation_add(&c->vary, text, d);
	if (!err && !c->vary.nr)
		err = km_fail(d, KM_EUSAGE, "compare",
			      "--vary KEY=A,B,C is missing: say what to compare, e.g. --vary "
			      "policy.kernel=6.1,6.12");
	for (size_t i = 0; !err && (text = cli_nth_value(c->args, OPT_FAIL_IF, i)); i++)
		err = i < MOST_CONDITIONS ?
			      fail_if_parse(&c->condition[c->nr_conditions++], text, d) :
			      km_fail(d, KM_EUSAGE, "--fail-if", "more than %d conditions",
				      MOST_CONDITIONS);
	c->out = cli_value(c->args, OPT_OUTPUT);
	if (!err)
		err = name_runs(c, d);
	return err ? err : find_base(c, d);
}

/* Each run opens the trace for itself: one that cannot be is said once, before any is begun. */
static int try_trace(const struct compare *c, struct km_diag *d)
{
	const char *path = cli_operand(c->args, 0);
	struct trace *t;

	if (!strcmp(path, "-"))
		return km_fail(d, KM_EUSAGE, "-",
			       "a trace is read once for every configuration: give a file");
	int err = cli_open_trace(&t, path, d);

	if (!err)
		trace_close(t);
	return err;
}

static int make_dir(const struct compare *c, struct km_diag *d)
{
	if (!mkdir(c->dir, 0777) || errno == EEXIST)
		return 0;
	return km_fail(d, KM_EIO, c->out, "the runs cannot be kept in %s: %s", c->dir,
		       strerror(errno));
}

static void remove_dir(const struct compare *c)
{
	for (size_t i = 0; c->run && i < c->vary.nr; i++)
		if (c->run[i].path)
			unlink(c->run[i].path);
	if (c->dir)
		rmdir(c->dir);
}

static void release(struct compare *c)
{
	for (size_t i = 0; c->run && i < c->vary.nr; i++) {
		free(c->run[i].name);
		free(c->run[i].path);
	}
	free(c->run);
	free(c->part);
	free(c->dir);
	variation_release(&c->vary);
}

static int compare_all(struct compare *c, struct km_diag *d)
{
	int err = make_dir(c, d);

	if (err)
		return err;
	progress_init(&c->progress, c->args, 1);
	c->nr_steps = 2 * c->vary.nr;
	err = run_all(c, d);
	if (!err)
		err = part_all(c, d);
	progress_release(&c->progress);
	if (!err && c->nr_failed < c->vary.nr)
		err = merge(c, d);
	remove_dir(c);
	return err;
}

static int run_compare(const struct cli_args *args)
{
	struct compare c = { .args = args };
	struct km_diag d = { 0 };
	int status = EXIT_DONE, err = read_command_line(&c, &d);

	if (!err)
		err = try_trace(&c, &d);
	if (!err)
		err = compare_all(&c, &d);
	if (!err && c.nr_failed < c.vary.nr) {
		status = judge_trace(&c);
		err = print_comparison(&c, &status, &d);
	}
	if (!err && c.nr_failed)
		status = EXIT_FOUND;
	if (err)
		status = term_error(&d);
	release(&c);
	return status;
}

static const struct cli_option options[] = {
	{ .id = OPT_VARY,
	  .name = "vary",
	  .arg = "KEY=A,B,C",
	  .repeats = true,
	  .help = "values of a key of the configuration; with several keys, every combination" },
	{ .id = OPT_BASE,
	  .name = "base",
	  .arg = "N",
	  .help = "the configuration that the others are held against: its number, or its values "
		  "as they are printed; the first where not given" },
	{ .id = OPT_FAIL_IF,
	  .name = "fail-if",
	  .arg = "CONDITION",
	  .repeats = true,
	  .help = "exit status 1 where a run's metric fulfils this, e.g. cma_failures>0, or by "
		  "its difference from the base, e.g. unusable_order9>+5%" },
	{ .id = OPT_FROM,
	  .name = "from",
	  .arg = "LABEL",
	  .help = "predict up to this label's beginning, then run free" },
	OPTION_JOBS,
	OPTION_CONFIG,
	OPTION_SET,
	OPTION_KERNEL,
	OPTION_JSON,
	OPTION_QUIET,
	OPTION_STRICT,
	OPTION_PARANOID,
	OPTION_NO_PROGRESS,
	OPTION_HELP,
	{ .id = OPT_OUTPUT,
	  .letter = 'o',
	  .name = "output",
	  .arg = "RUN.db",
	  .required = true,
	  .help = "the database of all runs; an older one is replaced when all are complete" },
};

const struct cli_command command_compare = {
	.name = "compare",
	.operands = "TRACE",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "replay a trace through several configurations and say how they differ",
	.details =
		"TRACE is simulated once with each combination of the values given: what is asked "
		"for and freed is the trace's, which pages that gets is the model's. The runs "
		"become one database, their metrics a table of differences, and for each run the "
		"first allocation is named for which it chose another page than the base.",
	.options = options,
	.nr_options = sizeof(options) / sizeof(options[0]),
	.run = run_compare,
};
