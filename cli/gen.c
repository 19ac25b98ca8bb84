/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemlab gen: a workload into a trace.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/curve.h"
#include "cli/fresh.h"
#include "cli/gen_trace.h"
#include "cli/options_common.h"
#include "cli/output.h"
#include "cli/prepare.h"
#include "cli/progress.h"
#include "cli/term.h"
#include "cli/workload_settle.h"
#include "engine/machine/machine.h"
#include "traces/gen.h"
#include "traces/kmt_stream.h"

struct generating {
	struct workload workload;
	struct config config;
	struct machine_layout layout;
	struct km_snapshot machine;
	struct strtab *strings;
	struct kmt_stream *out;
	struct progress progress;
	struct gen_totals totals;
	char *config_text, *curve;
	size_t config_len, curve_len;
	struct gen_machine for_machine;
	uint64_t bytes, took_ns;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* ---- the workload, and what it says of the machine ---- */

static int read_seed(struct generating *g, const struct cli_args *args, struct km_diag *d)
{
	const char *text = cli_value(args, OPT_SEED);
	char *end;

	if (!text)
		return 0;
	errno = 0;
	g->workload.seed = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end)
		return km_fail(d, KM_EUSAGE, "--seed", "it is a whole number, not '%s'", text);
	if (errno == ERANGE)
		return km_fail(d, KM_EUSAGE, "--seed", "'%s' is more than 64 bits hold", text);
	return 0;
}

static int read_workload(struct generating *g, const struct cli_args *args, struct km_diag *d)
{
	const char *given;
	int err = config_read_workload(&g->config, &g->workload, cli_operand(args, 0), d);

	for (size_t i = 0; !err && (given = cli_nth_value(args, OPT_SET, i)); i++)
		err = config_read_setting(&g->config, given, d);
	return err ? err : read_seed(g, args, d);
}

/*
 * One CPU for each thread, unless the workload says how many there are. The kernel, which is
 * settled before, says where contiguous areas lie.
 */
static int settle_cpus(struct generating *g, struct km_diag *d)
{
	const struct workload *w = &g->workload;
	unsigned int cpus = 1;

	for (unsigned int i = 0; i < w->nr_groups; i++)
		if (w->group[i].first_cpu + w->group[i].threads > cpus)
			cpus = w->group[i].first_cpu + w->group[i].threads;
	config_default_integer(&g->config, CONFIG_CPUS, cpus);
	const struct kernel_profile *p = kernel_profile_find(g->config.values[CONFIG_KERNEL].text);
	int err = fresh_machine(&g->config, "", 0, &p->cma, &g->layout, &g->machine, d);

	if (err)
		return err;
	if ((unsigned int)config_integer(&g->config, CONFIG_CPUS, cpus) < cpus)
		return km_fail(d, KM_EUSAGE, w->path,
			       "its threads run on %u CPUs, machine.cpus says there are fewer",
			       cpus);
	return 0;
}

static int settle_kernel(struct generating *g, struct km_diag *d)
{
	char known[192];

	config_default_text(&g->config, CONFIG_KERNEL, "6.1");
	const char *kernel = g->config.values[CONFIG_KERNEL].text;

	if (kernel_profile_find(kernel))
		return 0;
	prepare_near_kernels(kernel, known, sizeof(known));
	return km_fail(d, KM_EUSAGE, "policy.kernel", "no model of kernel %s; %s", kernel, known);
}

static int settle_workload(struct generating *g, struct km_diag *d)
{
	const char *kernel = g->config.values[CONFIG_KERNEL].text;

	return workload_settle(&g->workload, kernel_profile_find(kernel), g->machine.nr_orders,
			       &g->layout, d);
}

/* A machine that the kernel could not run on is refused here, not by the replay. */
static int try_machine(struct generating *g, struct km_diag *d)
{
	const struct kernel_profile *p = kernel_profile_find(g->config.values[CONFIG_KERNEL].text);
	const struct machine_config c = {
		.profile = p,
		.seed = &g->machine,
		.layout = &g->layout,
		.nr_cpus = (unsigned int)config_integer(&g->config, CONFIG_CPUS, 1),
		.page_shift = g->layout.page_shift,
		.has_cma = g->layout.nr_cma != 0,
	};
	int err = prepare_check_tunables(&g->config, p, d);
	struct machine *m = err ? NULL : calloc(1, sizeof(*m));

	if (!err && !m)
		err = km_fail(d, KM_ENOMEM, "", "out of memory");
	if (!err)
		err = machine_init(m, &c, d);
	if (!err)
		machine_release(m);
	free(m);
	return err;
}

static int settle_shares(struct generating *g, struct km_diag *d)
{
	const struct workload *w = &g->workload;
	uint64_t all = fresh_all_pages(&g->machine);
	uint64_t share = workload_share(w, w->of_memory ? all : fresh_largest_zone(&g->machine));

	g->for_machine = (struct gen_machine){ .pages = all,
					       .share_pages = share,
					       .page_shift = g->layout.page_shift };
	if (!w->spare_pages || share)
		return 0;
	return km_fail(d, KM_EUSAGE, w->path,
		       "its threads spare %" PRIu64 " pages each, more than the machine has",
		       w->spare_pages);
}

static int print_config(struct generating *g, struct km_diag *d)
{
	FILE *f = open_memstream(&g->config_text, &g->config_len);

	if (!f)
		return km_fail(d, KM_ENOMEM, "", "out of memory");
	config_print(&g->config, f);
	return fclose(f) ? km_fail(d, KM_ENOMEM, "", "out of memory") : 0;
}

/* The published curve lies beside the workload. */
static int read_curve(struct generating *g, struct km_diag *d)
{
	const struct workload *w = &g->workload;
	const char *slash = strrchr(w->path, '/');
	char path[600], buf[4096];
	size_t n;

	if (!*w->curve)
		return 0;
	snprintf(path, sizeof(path), "%.*s%s", slash ? (int)(slash + 1 - w->path) : 0, w->path,
		 w->curve);
	FILE *in = fopen(path, "re");
	int why = errno;
	FILE *out = in ? open_memstream(&g->curve, &g->curve_len) : NULL;

	while (out && (n = fread(buf, 1, sizeof(buf), in)))
		fwrite(buf, 1, n, out);
	bool bad = out && ferror(in);

	why = bad ? errno : why;
	if (in)
		fclose(in);
	if (!in || bad)
		return km_fail(d, KM_EIO, path, "the curve that %s names cannot be read: %s",
			       w->path, strerror(why));
	if (!out || fclose(out))
		return km_fail(d, KM_ENOMEM, path, "out of memory");
	return curve_read(NULL, path, g->curve, g->curve_len, d);
}

/* ---- writing ---- */

static int take_events(void *ctx, const struct km_event *ev, size_t n, struct km_diag *d)
{
	struct generating *g = ctx;
	int err = kmt_stream_events(g->out, ev, n, d);

	progress_step(&g->progress, "gen", 0, n);
	return err;
}

static int generate(struct generating *g, struct km_diag *d)
{
	const struct gen_sink sink = { .events = take_events, .ctx = g };
	const struct kmt_file files[] = {
		{ "meta/config", g->config_text, g->config_len },
		{ "meta/curve", g->curve, g->curve_len },
	};
	int err = kmt_stream_files(g->out, files, g->curve ? 2 : 1, d);

	if (!err)
		err = gen_run(&g->workload, &g->for_machine, g->strings, &sink, &g->totals, d);
	if (!err && !g->totals.events)
		err = km_fail(d, KM_EUSAGE, g->workload.path,
			      "its threads do nothing: a trace has at least one event");
	return err;
}

static int write_trace(struct generating *g, const char *path, struct km_diag *d)
{
	const char *slash = strrchr(g->workload.path, '/');
	struct trace_info info = {
		.page_size = 1u << g->layout.page_shift,
		.nr_cpus = (unsigned int)config_integer(&g->config, CONFIG_CPUS, 1),
		.cmdline = "",
		.bundle = slash ? slash + 1 : g->workload.path,
		.synthetic = true,
	};
	uint64_t begin = now_ns();
	int err;

	snprintf(info.kernel, sizeof(info.kernel), "%s", g->config.values[CONFIG_KERNEL].text);
	snprintf(info.arch, sizeof(info.arch), "%s", g->layout.arch->aliases[0]);
	err = kmt_stream_open(&g->out, path, &info, g->strings, KMT_LEVEL_QUICK, d);
	if (err)
		return err;
	err = generate(g, d);
	g->bytes = kmt_stream_bytes(g->out);
	err = kmt_stream_close(g->out, NULL, 0, err, d);
	g->took_ns = now_ns() - begin;
	return err;
}

/* All that comes before the writing. */
static int settle(struct generating *g, struct km_diag *d)
{
	int err = settle_kernel(g, d);

	if (!err)
		err = settle_cpus(g, d);
	if (!err)
		err = try_machine(g, d);
	if (!err)
		err = settle_workload(g, d);
	if (!err)
		err = settle_shares(g, d);
	if (!err)
		err = print_config(g, d);
	return err ? err : read_curve(g, d);
}

static void release(struct generating *g)
{
	workload_release(&g->workload);
	fresh_release(&g->machine);
	strtab_close(g->strings);
	free(g->config_text);
	free(g->curve);
}

int gen_trace(const char *workload, const uint64_t *seed, const char *out, struct km_diag *d)
{
	struct generating g = { .progress = { .nr_passes = 1 } };
	int err = strtab_open(&g.strings) ? km_fail(d, KM_ENOMEM, "", "out of memory") : 0;

	if (!err)
		err = config_read_workload(&g.config, &g.workload, workload, d);
	if (!err && seed)
		g.workload.seed = *seed;
	if (!err)
		err = settle(&g, d);
	if (!err)
		err = write_trace(&g, out, d);
	release(&g);
	return err;
}

/* ---- the command ---- */

static void print_text(const struct generating *g, const char *path)
{
	const struct gen_totals *t = &g->totals;
	char a[TERM_COUNT_LEN], b[TERM_COUNT_LEN];

	term_text(stdout, g->workload.path);
	printf(": %u threads, seed %" PRIu64 "\n", workload_nr_threads(&g->workload),
	       g->workload.seed);
	printf("  events       %s: %s allocations, ", term_count(a, t->events),
	       term_count(b, t->allocs));
	printf("%s frees, %s marks\n", term_count(a, t->frees), term_count(b, t->marks));
	printf("  alive        %s objects, %s pages at the end", term_count(a, t->live),
	       term_count(b, t->live_pages));
	printf("; at most %s, %s pages\n", term_count(a, t->most_live),
	       term_count(b, t->most_live_pages));
	fputs("  stored in    ", stdout);
	term_text(stdout, path);
	putchar('\n');
}

static void print_json(const struct generating *g, const char *path)
{
	const struct gen_totals *t = &g->totals;

	fputs("{\"workload\": ", stdout);
	term_json(stdout, g->workload.path);
	printf(", \"threads\": %u, \"seed\": %" PRIu64 ", \"events\": %" PRIu64
	       ", \"allocs\": %" PRIu64 ", \"frees\": %" PRIu64 ", \"marks\": %" PRIu64
	       ", \"live_objects\": %" PRIu64 ", \"live_pages\": %" PRIu64
	       ", \"most_live_objects\": %" PRIu64 ", \"most_live_pages\": %" PRIu64
	       ", \"bytes\": %" PRIu64 ", \"took_ns\": %" PRIu64 ", \"trace\": ",
	       workload_nr_threads(&g->workload), g->workload.seed, t->events, t->allocs, t->frees,
	       t->marks, t->live, t->live_pages, t->most_live, t->most_live_pages, g->bytes,
	       g->took_ns);
	term_json(stdout, path);
	fputs("}\n", stdout);
}

static int run_gen(const struct cli_args *args)
{
	const char *path = cli_value(args, OPT_OUTPUT);
	struct generating g = { 0 };
	struct km_diag d = { 0 };
	int err = strtab_open(&g.strings) ? km_fail(&d, KM_ENOMEM, "", "out of memory") : 0;

	if (!err)
		err = output_check(path, cli_operand(args, 0), OUTPUT_KMT, &d);
	if (!err)
		err = read_workload(&g, args, &d);
	if (!err)
		err = settle(&g, &d);
	if (!err) {
		progress_init(&g.progress, args, 1);
		err = write_trace(&g, path, &d);
		progress_release(&g.progress);
	}
	int status = err ? term_error(&d) : EXIT_DONE;

	if (!err && cli_has(args, OPT_JSON))
		print_json(&g, path);
	else if (!err && !cli_has(args, OPT_QUIET))
		print_text(&g, path);
	release(&g);
	return status;
}

static const struct cli_option options[] = {
	OPTION_SET,
	{ .id = OPT_SEED,
	  .name = "seed",
	  .arg = "N",
	  .help = "begin the random numbers with N instead of the workload's seed" },
	OPTION_JSON,
	OPTION_QUIET,
	OPTION_NO_PROGRESS,
	OPTION_HELP,
	{ .id = OPT_OUTPUT,
	  .letter = 'o',
	  .name = "output",
	  .arg = "OUT.kmt",
	  .required = true,
	  .help = "the trace; an older .kmt is replaced when the new one is complete" },
};

const struct cli_command command_gen = {
	.name = "gen",
	.operands = "WORKLOAD.yaml",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "make a trace from a workload",
	.details = "Carry out what the threads of WORKLOAD.yaml do, and write it as a trace that "
		   "'kmemlab replay' simulates on a machine that has just booted. The same "
		   "workload and seed give the same trace on any host.",
	.options = options,
	.nr_options = sizeof(options) / sizeof(options[0]),
	.run = run_gen,
};
