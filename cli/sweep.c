/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemlab sweep: a plan of many runs, which may be broken off and gone on with.
 *
 * 1. Traces of workloads, one for each seed. 2. The runs, each into a database of its own that
 * appears when it is complete. What is there already is kept: its name is a sum over everything
 * that the run depends on. 3. One database, in the order of the plan.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/config_plan.h"
#include "cli/gen_trace.h"
#include "cli/options_common.h"
#include "cli/pool.h"
#include "cli/run_stored.h"
#include "cli/term.h"
#include "cli/version.h"
#include "reports/comparison.h"
#include "reports/digest.h"
#include "reports/store.h"

enum { KEY_LEN = 24, LOCK_TRIES = 100 };

struct swept {
	char *path; /* of its database */
	char *name; /* as errors say it */
	bool failed;
};

struct sweep {
	const struct cli_args *args;
	struct plan plan;
	const char *out;
	char *dir;
	int lock;	   /* of the directory */
	struct swept *run; /* plan.nr */
	size_t *todo;	   /* runs, or traces, to be made */
	size_t nr_todo, nr_kept, nr_failed;
	unsigned int nr_workers;
	struct progress progress;
};

/* What a worker says of its run. */
struct outcome {
	uint64_t lost_events;
	bool damaged;
};

static int no_memory(struct km_diag *d)
{
	return km_fail(d, KM_ENOMEM, "", "out of memory");
}

/* ---- names ---- */

static void add(struct digest *sum, const char *text)
{
	digest_add(sum, text, strlen(text) + 1);
}

/* A file by its name, size and time: what was made of another one is made again. */
static void add_file(struct digest *sum, const char *path)
{
	struct stat st = { 0 };
	char facts[96];

	stat(path, &st);
	snprintf(facts, sizeof(facts), "%jd %jd.%09ld", (intmax_t)st.st_size,
		 (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	add(sum, path);
	add(sum, facts);
}

static char *finish_name(struct digest *sum, const char *dir, const char *ending)
{
	char hex[DIGEST_HEX_LEN + 1], *path = NULL;

	digest_hex(sum, hex);
	digest_close(sum);
	if (asprintf(&path, "%s/%.*s.%s", dir, KEY_LEN, hex, ending) < 0)
		return NULL;
	return path;
}

/* The trace that run @r replays: the plan's own, or one that is generated. */
static char *trace_name(const struct sweep *s, const struct plan_run *r)
{
	const struct plan_trace *t = &s->plan.trace[r->trace];
	struct digest *sum;
	char seed[32];

	if (!t->workload)
		return strdup(t->path);
	if (digest_open(&sum))
		return NULL;
	snprintf(seed, sizeof(seed), "%" PRIu64, r->has_seed ? s->plan.seed[r->seed] : 0);
	add(sum, "workload");
	add_file(sum, t->path);
	add(sum, r->has_seed ? seed : "its own");
	return finish_name(sum, s->dir, "kmt");
}

static char *run_name(const struct sweep *s, const struct plan_run *r, char *const *settings,
		      size_t nr)
{
	const struct plan_trace *t = &s->plan.trace[r->trace];
	struct digest *sum;
	char seed[32];

	if (digest_open(&sum))
		return NULL;
	add(sum, KMEMLAB_VERSION);
	add(sum, s->plan.mode ? s->plan.mode : "simulate");
	add_file(sum, t->path);
	snprintf(seed, sizeof(seed), "%" PRIu64, r->has_seed ? s->plan.seed[r->seed] : 0);
	add(sum, r->has_seed ? seed : "");
	if (s->plan.config)
		add_file(sum, s->plan.config);
	for (size_t i = 0; i < nr; i++)
		add(sum, settings[i]);
	return finish_name(sum, s->dir, "db");
}

static char *say_run(const struct sweep *s, const struct plan_run *r, char *const *settings,
		     size_t nr)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	fputs(s->plan.trace[r->trace].path, f);
	if (r->has_seed)
		fprintf(f, " seed=%" PRIu64, s->plan.seed[r->seed]);
	for (size_t i = 0; i < nr; i++)
		fprintf(f, " %s", settings[i]);
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}

static int name_runs(struct sweep *s, struct km_diag *d)
{
	s->run = calloc(s->plan.nr, sizeof(*s->run));
	s->todo = calloc(s->plan.nr, sizeof(*s->todo));
	if (!s->run || !s->todo)
		return no_memory(d);
	for (size_t i = 0; i < s->plan.nr; i++) {
		const struct plan_run r = plan_run(&s->plan, i);
		char *settings[VARIATION_MAX_KEYS];
		size_t nr = plan_settings(&s->plan, r.config, settings);

		s->run[i].path = run_name(s, &r, settings, nr);
		s->run[i].name = say_run(s, &r, settings, nr);
		plan_settings_free(settings, nr);
		if (!s->run[i].path || !s->run[i].name)
			return no_memory(d);
		for (size_t k = i - r.config; k < i && s->plan.nr_listed; k++)
			if (!strcmp(s->run[k].path, s->run[i].path))
				return km_fail(d, KM_EUSAGE, cli_operand(s->args, 0),
					       "runs: '%s' is given twice", s->run[i].name);
	}
	return 0;
}

/* ---- traces of workloads ---- */

static int make_trace(void *ctx, size_t job, void *result, struct km_diag *d)
{
	struct sweep *s = ctx;
	const struct plan_run r = plan_run(&s->plan, s->todo[job]);
	char *path = trace_name(s, &r);
	int err = path ? gen_trace(s->plan.trace[r.trace].path,
				   r.has_seed ? &s->plan.seed[r.seed] : NULL, path, d) :
			 no_memory(d);

	(void)result;
	free(path);
	return err;
}

static void say_failed(const char *name, const struct km_diag *d)
{
	const char *where = strncmp(d->where, "--set ", 6) ? d->where : "";
	struct km_diag e;

	km_fail(&e, KM_EFORMAT, name, "%s%s%s", where, *where ? ": " : "", d->what);
	term_error(&e);
}

/* Runs of a trace that could not be made fail, too; that is said once. */
static int trace_made(void *ctx, size_t job, const void *result, const struct km_diag *d)
{
	struct sweep *s = ctx;
	size_t first = s->todo[job];

	(void)result;
	if (!d->code)
		return 0;
	say_failed(s->plan.trace[plan_run(&s->plan, first).trace].path, d);
	for (size_t i = first; i < first + s->plan.nr_configs; i++) {
		s->run[i].failed = true;
		s->nr_failed++;
	}
	return 0;
}

static void tick(void *ctx, size_t nr_ended)
{
	struct sweep *s = ctx;

	progress_runs(&s->progress, "sweep", nr_ended, s->nr_todo);
}

static int work(struct sweep *s, int (*run)(void *, size_t, void *, struct km_diag *),
		int (*done)(void *, size_t, const void *, const struct km_diag *),
		struct km_diag *d)
{
	const struct pool pool = { .nr_workers = s->nr_workers,
				   .nr_jobs = s->nr_todo,
				   .result_size = sizeof(struct outcome),
				   .run = run,
				   .done = done,
				   .tick = tick,
				   .ctx = s };

	progress_init(&s->progress, s->args, 1);
	int err = pool_run(&pool, d);

	progress_release(&s->progress);
	return err;
}

static bool exists(const char *path)
{
	return !access(path, F_OK);
}

/* A trace whose runs are all there is not needed again. */
static bool needs_trace(const struct sweep *s, size_t first)
{
	for (size_t i = first; i < first + s->plan.nr_configs; i++)
		if (!exists(s->run[i].path))
			return true;
	return false;
}

static int make_traces(struct sweep *s, struct km_diag *d)
{
	s->nr_todo = 0;
	for (size_t i = 0; i < s->plan.nr; i += s->plan.nr_configs) {
		const struct plan_run r = plan_run(&s->plan, i);
		char *path = s->plan.trace[r.trace].workload ? trace_name(s, &r) : NULL;

		if (s->plan.trace[r.trace].workload && !path)
			return no_memory(d);
		if (path && !exists(path) && needs_trace(s, i))
			s->todo[s->nr_todo++] = i;
		free(path);
	}
	return work(s, make_trace, trace_made, d);
}

/* ---- the runs ---- */

static int run_one(void *ctx, size_t job, void *result, struct km_diag *d)
{
	struct sweep *s = ctx;
	size_t i = s->todo[job];
	const struct plan_run r = plan_run(&s->plan, i);
	struct outcome *o = result;
	char *settings[VARIATION_MAX_KEYS], *trace = trace_name(s, &r);
	const struct prepare_extra x = {
		.trace = trace,
		.mode = s->plan.mode ? s->plan.mode : "simulate",
		.beneath = s->plan.config,
		.settings = (const char *const *)settings,
		.nr_settings = plan_settings(&s->plan, r.config, settings),
	};
	struct progress quiet = { .nr_passes = 2 };
	struct replay_totals totals = { 0 };
	struct prepared p = { 0 };
	int err = trace ? prepare_trace_with(&p, s->args, &x, d) : no_memory(d);

	p.may_generate = true;
	p.part = true;
	p.trace_name = s->plan.trace[r.trace].path;
	if (!err)
		err = prepare_machine(&p, s->args, d);
	struct passes passes = { .trace = p.trace, .progress = &quiet };

	if (!err)
		err = run_stored(&passes, &p, s->run[i].path, &totals, d);
	o->lost_events = totals.lost_events;
	o->damaged = passes.damage.code != 0;
	prepared_release(&p);
	plan_settings_free(settings, x.nr_settings);
	free(trace);
	return err;
}

static int run_done(void *ctx, size_t job, const void *result, const struct km_diag *d)
{
	struct sweep *s = ctx;
	struct swept *run = &s->run[s->todo[job]];
	const struct outcome *o = result;
	char count[TERM_COUNT_LEN];

	run->failed = d->code != 0;
	s->nr_failed += run->failed;
	if (run->failed)
		say_failed(run->name, d);
	else if (o->lost_events)
		term_warn("%s: the trace lost %s events", run->name,
			  term_count(count, o->lost_events));
	if (!run->failed && o->damaged)
		term_warn("%s: the trace is damaged; everything before that was replayed",
			  run->name);
	return 0;
}

static int make_runs(struct sweep *s, struct km_diag *d)
{
	s->nr_todo = 0;
	for (size_t i = 0; i < s->plan.nr; i++) {
		bool kept = exists(s->run[i].path);

		s->nr_kept += kept;
		if (!kept && !s->run[i].failed)
			s->todo[s->nr_todo++] = i;
	}
	return work(s, run_one, run_done, d);
}

/* ---- one database ---- */

struct gathered {
	const char **path;
	struct store_variation *vary;
	char **text; /* keys and values that have no other owner */
	size_t nr, nr_vary, nr_text;
};

static int tell(struct gathered *g, size_t nr, const char *key, const char *value)
{
	char *k = strdup(key), *v = strdup(value);

	g->text[g->nr_text++] = k;
	g->text[g->nr_text++] = v;
	g->vary[g->nr_vary++] =
		(struct store_variation){ .run = g->nr, .nr = nr, .key = k, .value = v };
	return k && v ? 0 : -KM_ENOMEM;
}

static int tell_run(const struct sweep *s, struct gathered *g, size_t i)
{
	const struct plan_run r = plan_run(&s->plan, i);
	const char *slash = strrchr(s->plan.trace[r.trace].path, '/');
	char *settings[VARIATION_MAX_KEYS], seed[32];
	size_t nr = plan_settings(&s->plan, r.config, settings);
	int err = tell(g, 1, "trace", slash ? slash + 1 : s->plan.trace[r.trace].path);

	snprintf(seed, sizeof(seed), "%" PRIu64, r.has_seed ? s->plan.seed[r.seed] : 0);
	if (!err && r.has_seed)
		err = tell(g, 2, "seed", seed);
	for (size_t k = 0; !err && k < nr; k++) {
		char *equals = strchr(settings[k], '=');

		*equals = '\0';
		err = tell(g, 3 + k, settings[k], equals + 1);
	}
	plan_settings_free(settings, nr);
	return err;
}

static int merge(struct sweep *s, struct km_diag *d)
{
	size_t most = s->plan.nr * (VARIATION_MAX_KEYS + 2);
	struct gathered g = { .path = calloc(s->plan.nr, sizeof(*g.path)),
			      .vary = calloc(most, sizeof(*g.vary)),
			      .text = calloc(2 * most, sizeof(*g.text)) };
	int err = g.path && g.vary && g.text ? 0 : -KM_ENOMEM;

	for (size_t i = 0; !err && i < s->plan.nr; i++) {
		if (s->run[i].failed)
			continue;
		g.path[g.nr++] = s->run[i].path;
		err = tell_run(s, &g, i);
	}
	if (err)
		err = no_memory(d);
	const struct store_comparison all = { .variations = g.vary, .nr_variations = g.nr_vary };

	if (!err)
		err = store_merge_compared(s->out, g.path, g.nr, &all, d);
	for (size_t i = 0; g.text && i < g.nr_text; i++)
		free(g.text[i]);
	free(g.path);
	free(g.vary);
	free(g.text);
	return err;
}

/* ---- the directory of the runs ---- */

/* Workers of a sweep that was killed may take a moment to follow it. */
static int take_dir(struct sweep *s, struct km_diag *d)
{
	const struct timespec a_moment = { .tv_nsec = 20000000 };
	char *path = NULL;

	if (mkdir(s->dir, 0777) && errno != EEXIST)
		return km_fail(d, KM_EIO, s->out, "the runs cannot be kept in %s: %s", s->dir,
			       strerror(errno));
	if (asprintf(&path, "%s/lock", s->dir) < 0)
		return no_memory(d);
	s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	int why = errno;

	free(path);
	if (s->lock < 0)
		return km_fail(d, KM_EIO, s->out, "the runs cannot be kept in %s: %s", s->dir,
			       strerror(why));
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (!flock(s->lock, LOCK_EX | LOCK_NB))
			return 0;
		nanosleep(&a_moment, NULL);
	}
	return km_fail(d, KM_EIO, s->out, "another kmemlab sweeps into %s; wait for that", s->dir);
}

static void remove_named(const struct sweep *s, const char *name)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s", s->dir, name) >= 0)
		unlink(path);
	free(path);
}

/* All is in the one database: the runs' own go. */
static void clear_dir(const struct sweep *s)
{
	for (size_t i = 0; i < s->plan.nr; i++) {
		const struct plan_run r = plan_run(&s->plan, i);
		char *trace = s->plan.trace[r.trace].workload ? trace_name(s, &r) : NULL;

		unlink(s->run[i].path);
		if (trace)
			unlink(trace);
		free(trace);
	}
	remove_named(s, "lock");
	rmdir(s->dir);
}

/* ---- the command ---- */

static int print_json(const struct sweep *s, struct km_diag *d)
{
	struct comparison all;
	struct query_db *db;
	int err = query_db_open(&db, s->out, d);

	if (err)
		return err;
	err = comparison_load(&all, db, NULL, 0, d);
	if (!err) {
		printf("{\"runs\": %zu, \"kept\": %zu, \"failed\": %zu, \"comparison\": ",
		       s->plan.nr, s->nr_kept, s->nr_failed);
		json_comparison(stdout, &all);
		fputs("}\n", stdout);
		comparison_release(&all);
	}
	query_db_close(db);
	return err;
}

static void print_text(const struct sweep *s)
{
	char a[TERM_COUNT_LEN], b[TERM_COUNT_LEN], c[TERM_COUNT_LEN];

	printf("%s runs: %s made, ", term_count(a, s->plan.nr),
	       term_count(b, s->plan.nr - s->nr_kept - s->nr_failed));
	printf("%s kept from before, %s failed\n", term_count(a, s->nr_kept),
	       term_count(c, s->nr_failed));
	if (s->nr_failed == s->plan.nr)
		return;
	fputs("stored in ", stdout);
	term_text(stdout, s->out);
	puts("; kmemlab report makes a page of it");
}

static int sweep_all(struct sweep *s, struct km_diag *d)
{
	int err = name_runs(s, d);

	if (!err)
		err = take_dir(s, d);
	if (!err)
		err = make_traces(s, d);
	if (!err)
		err = make_runs(s, d);
	if (!err && s->nr_failed < s->plan.nr)
		err = merge(s, d);
	if (!err && !s->nr_failed)
		clear_dir(s);
	if (!err && s->nr_failed < s->plan.nr && cli_has(s->args, OPT_JSON))
		err = print_json(s, d);
	else if (!err && !cli_has(s->args, OPT_QUIET))
		print_text(s);
	return err;
}

static void release(struct sweep *s)
{
	for (size_t i = 0; s->run && i < s->plan.nr; i++) {
		free(s->run[i].path);
		free(s->run[i].name);
	}
	free(s->run);
	free(s->todo);
	free(s->dir);
	if (s->lock >= 0)
		close(s->lock);
	plan_release(&s->plan);
}

static int run_sweep(const struct cli_args *args)
{
	struct sweep s = { .args = args, .out = cli_value(args, OPT_OUTPUT), .lock = -1 };
	struct km_diag d = { 0 };
	int err = plan_read(&s.plan, cli_operand(args, 0), &d);

	if (!err)
		err = pool_workers(&s.nr_workers, cli_value(args, OPT_JOBS), &d);
	if (!err && asprintf(&s.dir, "%s.runs", s.out) < 0)
		err = no_memory(&d);
	if (!err)
		err = sweep_all(&s, &d);
	int status = err ? term_error(&d) : s.nr_failed ? EXIT_FOUND : EXIT_DONE;

	release(&s);
	return status;
}

static const struct cli_option options[] = {
	OPTION_JOBS,
	OPTION_JSON,
	OPTION_QUIET,
	OPTION_PARANOID,
	OPTION_NO_PROGRESS,
	OPTION_HELP,
	{ .id = OPT_OUTPUT,
	  .letter = 'o',
	  .name = "output",
	  .arg = "RUN.db",
	  .required = true,
	  .help = "the database of all runs; while it lasts, they are in RUN.db.runs" },
};

const struct cli_command command_sweep = {
	.name = "sweep",
	.operands = "PLAN.yaml",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "replay many traces through many configurations, as a plan says",
	.details = "PLAN.yaml names traces or workloads, seeds, and configurations as a grid or a "
		   "list. Runs are made side by side; a sweep that was broken off goes on where it "
		   "was when the command is given again.",
	.options = options,
	.nr_options = sizeof(options) / sizeof(options[0]),
	.run = run_sweep,
};
