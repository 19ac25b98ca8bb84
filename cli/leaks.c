/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemlab leaks: what is allocated and never freed, by who allocated it.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/counting.h"
#include "cli/options_common.h"
#include "cli/suggest.h"
#include "cli/time_range.h"
#include "engine/leak/leak.h"
#include "reports/escape.h"

enum key { KEY_BYTES, KEY_LIVE, KEY_AGE, KEY_GROWTH, KEY_PEAK, KEY_ALLOCS };

static const char *const key_names[] = {
	[KEY_BYTES] = "bytes",	 [KEY_LIVE] = "live", [KEY_AGE] = "age",
	[KEY_GROWTH] = "growth", [KEY_PEAK] = "peak", [KEY_ALLOCS] = "allocs"
};

enum { NR_KEYS = sizeof(key_names) / sizeof(key_names[0]), NAME_LEN = 4200 };

struct view {
	struct counting counting;
	struct leak *leak;
	struct leak_config config;
	struct leak_totals totals;
	enum key key;
	size_t lines;
	const struct leak_site **sites; /* to be shown, in order */
	size_t nr_sites;		/* that hold anything */
};

/* ---- what is wanted ---- */

static bool no_other_group(void *ctx, const char *word)
{
	(void)ctx;
	(void)word;
	return false;
}

static int read_options(struct view *v, const struct cli_args *args, struct km_diag *d)
{
	const char *sort = cli_value(args, OPT_SORT), *age = cli_value(args, OPT_MIN_AGE);
	bool slab = cli_has(args, OPT_SLAB), page = cli_has(args, OPT_PAGE);
	struct suggestion s = { .word = sort };
	unsigned int key = 0;

	v->config.objects = slab || !page;
	v->config.pages = page || !slab;
	for (; sort && key < NR_KEYS && strcmp(sort, key_names[key]); key++)
		suggestion_offer(&s, key_names[key]);
	if (key == NR_KEYS)
		return km_fail(d, KM_EUSAGE, "--sort",
			       s.best ? "there is no key '%s'; did you mean '%s'?" :
					"there is no key '%s'; see kmemlab-leaks(1)",
			       sort, s.best);
	v->key = (enum key)key;
	if (age && !counting_seconds(age, &v->config.min_age_ns))
		return km_fail(d, KM_EUSAGE, "--min-age", "'%s' is no number of seconds", age);
	int err = counting_group_by(&v->counting, args, no_other_group, NULL, d);

	if (!err)
		err = counting_format(args, "leaks", d);
	return err ? err : counting_lines(args, SIZE_MAX, &v->lines, d);
}

/* ---- order ---- */

/* The larger comes first; an older one has been there longer. */
static uint64_t worth(const struct leak_site *s, enum key key)
{
	switch (key) {
	case KEY_LIVE:
		return s->live;
	case KEY_AGE:
		return UINT64_MAX - s->oldest_ns;
	case KEY_GROWTH:
		return (uint64_t)s->bytes_per_second + (UINT64_C(1) << 63);
	case KEY_PEAK:
		return s->peak_bytes;
	case KEY_ALLOCS:
		return s->allocs;
	default:
		return s->live_bytes;
	}
}

static int by_worth(const void *pa, const void *pb, void *ctx)
{
	const struct leak_site *a = *(const struct leak_site *const *)pa,
			       *b = *(const struct leak_site *const *)pb;
	const struct view *v = ctx;
	uint64_t x = worth(a, v->key), y = worth(b, v->key);

	if (x != y)
		return x > y ? -1 : 1;
	return a < b ? -1 : a > b;
}

static int sort_sites(struct view *v)
{
	size_t all = leak_nr_sites(v->leak);

	v->sites = calloc(all + 1, sizeof(const struct leak_site *));
	if (!v->sites)
		return -KM_ENOMEM;
	for (size_t i = 0; i < all; i++)
		if (leak_site(v->leak, i)->live)
			v->sites[v->nr_sites++] = leak_site(v->leak, i);
	qsort_r(v->sites, v->nr_sites, sizeof(const struct leak_site *), by_worth, v);
	if (v->lines > v->nr_sites)
		v->lines = v->nr_sites;
	return 0;
}

/* ---- output ---- */

static const char *site_name(const struct view *v, const struct leak_site *s, char *buf)
{
	const char *mt = km_migratetype_name(s->mt);
	char gfp[COUNTING_GFP_LEN];

	if (s->kind == LEAK_OBJECT || s->call_site)
		return callsites_name(v->counting.sites, s->call_site);
	counting_gfp(&v->counting, s->gfp, gfp);
	snprintf(buf, NAME_LEN, "order %u, %s, %s", s->order, mt ? mt : "?", gfp);
	return buf;
}

static const char *kind_name(const struct leak_site *s)
{
	return s->kind == LEAK_OBJECT ? "object" : "pages";
}

static uint64_t age_ns(const struct view *v, const struct leak_site *s)
{
	return v->totals.last_ts_ns - s->oldest_ns;
}

/* Of @live of what is looked at, at most so many live because their frees were lost. */
static uint64_t too_high(const struct view *v, uint64_t live, bool objects, bool pages)
{
	const struct counting *c = &v->counting;
	uint64_t frees = (objects ? c->slab.frees : 0) + (pages ? c->page.frees : 0);
	uint64_t lost = counting_lost_of(c, frees);

	return lost < live ? lost : live;
}

static uint64_t explained(const struct view *v)
{
	return too_high(v, v->totals.live, v->config.objects, v->config.pages);
}

static uint64_t site_too_high(const struct view *v, const struct leak_site *s)
{
	return too_high(v, s->live, s->kind == LEAK_OBJECT, s->kind != LEAK_OBJECT);
}

/* How much of what is looked at was seen. */
static void print_seen(const struct view *v)
{
	const struct counting *c = &v->counting;
	uint64_t seen =
		(v->config.objects ? c->slab.events : 0) + (v->config.pages ? c->page.events : 0);
	char p[TERM_PERCENT_LEN];

	if (!c->lost_unknown)
		printf("  LOST: %s of their events were seen\n",
		       term_percent(p, seen, seen + counting_lost_of(c, seen)));
	printf("  LOST: frees among the lost events may explain up to %s of them, and of the peak\n",
	       term_percent(p, explained(v), v->totals.live));
}

static void print_totals(const struct view *v)
{
	const struct leak_totals *t = &v->totals;
	char a[TERM_COUNT_LEN], b[TERM_COUNT_LEN], p[TERM_PERCENT_LEN];

	printf("  %s of %s allocations are never freed", term_count(a, t->live),
	       term_count(b, t->allocs));
	printf(", %s bytes, from %zu sites", term_count(a, t->live_bytes), v->nr_sites);
	if (v->config.min_age_ns)
		printf("; younger than %s%s: not counted",
		       counting_moment(&v->counting, a, v->config.min_age_ns),
		       counting_unit(&v->counting));
	putchar('\n');
	if (t->peak_bytes)
		printf("  most bytes live at one time: %s, at %s%s\n", term_count(a, t->peak_bytes),
		       counting_moment(&v->counting, b, t->peak_ns), counting_unit(&v->counting));
	if (v->counting.lost)
		print_seen(v);
	if (t->unmatched_frees)
		printf("  %s of %s frees are of what was not seen allocated (%s)\n",
		       term_count(a, t->unmatched_frees), term_count(b, t->frees),
		       term_percent(p, t->unmatched_frees, t->frees));
	if (t->unseen_frees)
		printf("  %s were allocated again although no free was seen\n",
		       term_count(a, t->unseen_frees));
}

static void print_site(const struct view *v, const struct leak_site *s)
{
	char a[TERM_COUNT_LEN], b[TERM_COUNT_LEN], name[NAME_LEN];

	printf("  %-6s %12s %15s", kind_name(s), term_count(a, s->live),
	       term_count(b, s->live_bytes));
	printf(" %15s %12s", term_count(a, s->peak_bytes), term_count(b, s->allocs));
	printf(" %15s %13s", counting_moment(&v->counting, a, s->oldest_ns),
	       counting_moment(&v->counting, b, age_ns(v, s)));
	printf(" %15" PRId64 "  ", s->bytes_per_second);
	term_text(stdout, site_name(v, s, name));
	putchar('\n');
}

static void print_text(const struct view *v)
{
	bool counts = trace_info(v->counting.trace)->clock_counts;

	counting_print_head(&v->counting);
	print_totals(v);
	printf("\n  %-6s %12s %15s %15s %12s %15s %13s %15s  allocated by%s%s\n", "kind", "live",
	       "live bytes", "peak bytes", "allocations", counts ? "oldest at" : "oldest at s",
	       counts ? "age" : "age s", counts ? "growth B/10^9" : "growth B/s",
	       v->counting.by ? " " : "", v->counting.by ? callsites_what(v->counting.sites) : "");
	for (size_t i = 0; i < v->lines; i++)
		print_site(v, v->sites[i]);
}

static void print_json(const struct view *v)
{
	const struct leak_totals *t = &v->totals;
	char name[NAME_LEN];

	putchar('{');
	counting_json_head(&v->counting);
	printf(",\n \"allocs\": %" PRIu64 ", \"frees\": %" PRIu64 ", \"unmatched_frees\": %" PRIu64
	       ", \"unseen_frees\": %" PRIu64 ", \"live\": %" PRIu64 ", \"live_bytes\": %" PRIu64
	       ", \"peak_bytes\": %" PRIu64 ", \"peak_ns\": %" PRIu64
	       ", \"lost_may_explain\": %" PRIu64 ",\n \"sites\": [",
	       t->allocs, t->frees, t->unmatched_frees, t->unseen_frees, t->live, t->live_bytes,
	       t->peak_bytes, t->peak_ns, explained(v));
	for (size_t i = 0; i < v->lines; i++) {
		const struct leak_site *s = v->sites[i];

		printf("%s\n  {\"kind\": \"%s\", \"site\": ", i ? "," : "", kind_name(s));
		term_json(stdout, site_name(v, s, name));
		printf(", \"live\": %" PRIu64 ", \"live_bytes\": %" PRIu64
		       ", \"peak_bytes\": %" PRIu64 ", \"allocs\": %" PRIu64
		       ", \"oldest_ns\": %" PRIu64 ", \"newest_ns\": %" PRIu64
		       ", \"age_ns\": %" PRIu64 ", \"bytes_per_second\": %" PRId64
		       ", \"live_too_high_by\": %" PRIu64 "}",
		       s->live, s->live_bytes, s->peak_bytes, s->allocs, s->oldest_ns, s->newest_ns,
		       age_ns(v, s), s->bytes_per_second, site_too_high(v, s));
	}
	puts("]}");
}

static void print_csv(const struct view *v)
{
	char name[NAME_LEN];

	puts("kind,site,live,live_bytes,peak_bytes,allocs,oldest_ns,newest_ns,age_ns,bytes_per_second,"
	     "live_too_high_by");
	for (size_t i = 0; i < v->lines; i++) {
		const struct leak_site *s = v->sites[i];

		printf("%s,", kind_name(s));
		escape_csv(stdout, site_name(v, s, name));
		printf(",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
		       ",%" PRIu64 ",%" PRId64 ",%" PRIu64 "\n",
		       s->live, s->live_bytes, s->peak_bytes, s->allocs, s->oldest_ns, s->newest_ns,
		       age_ns(v, s), s->bytes_per_second, site_too_high(v, s));
	}
	if (v->counting.lost)
		term_warn("the trace lost %s%" PRIu64 " events; lost frees may explain up to "
			  "%" PRIu64 " of %" PRIu64,
			  counting_at_least(&v->counting), v->counting.lost, explained(v),
			  v->totals.live);
}

/* ---- the command ---- */

static int feed(void *ctx, const struct km_event *ev, size_t n)
{
	return leak_feed(ctx, ev, n);
}

static int count_all(struct view *v, const struct cli_args *args, struct km_diag *d)
{
	const struct trace_info *info = trace_info(v->counting.trace);

	if (info->clock_counts) /* as --time has it: a number of the clock's */
		v->config.min_age_ns /= 1000000000;
	v->config.page_size = info->page_size;
	v->config.batched_are_frees = counting_batched_are_frees(&v->counting);
	if (leak_open(&v->leak, &v->config))
		return km_fail(d, KM_ENOMEM, "", "out of memory");
	v->counting.feed = feed;
	v->counting.ctx = v->leak;
	int err = counting_run(&v->counting, args, d);

	if (err)
		return err;
	leak_finish(v->leak);
	leak_totals(v->leak, &v->totals);
	return sort_sites(v) ? km_fail(d, KM_ENOMEM, "", "out of memory") : 0;
}

static int show(const struct view *v, const struct cli_args *args)
{
	if (cli_has(args, OPT_JSON))
		print_json(v);
	else if (cli_has(args, OPT_CSV))
		print_csv(v);
	else
		print_text(v);
	return counting_status(&v->counting, args);
}

static int run_leaks(const struct cli_args *args)
{
	struct view v = { 0 };
	struct km_diag d = { 0 };
	int err = read_options(&v, args, &d);

	if (!err)
		err = counting_open(&v.counting, args, &d);
	if (err)
		return term_error(&d);
	err = count_all(&v, args, &d);
	int status = err ? term_error(&d) : show(&v, args);

	free(v.sites);
	leak_close(v.leak);
	counting_close(&v.counting);
	return status;
}

static const struct cli_option options[] = {
	OPTION_SLAB,
	OPTION_PAGE,
	{ .id = OPT_MIN_AGE,
	  .name = "min-age",
	  .arg = "SECONDS",
	  .help = "only what is at least this old when the trace ends" },
	OPTION_TIME,
	{ .id = OPT_GROUP_BY,
	  .name = "group-by",
	  .arg = "WORD",
	  .help = "by callsite (the default), module or directory" },
	{ .id = OPT_SORT,
	  .letter = 's',
	  .name = "sort",
	  .arg = "KEY",
	  .help = "bytes (the default), live, age, growth, peak, allocs" },
	OPTION_LINES,
	OPTION_ADDRESS,
	OPTION_KALLSYMS,
	OPTION_VMLINUX,
	OPTION_JSON,
	OPTION_CSV,
	OPTION_STRICT,
	OPTION_NO_PROGRESS,
	OPTION_HELP,
};

const struct cli_command command_leaks = {
	.name = "leaks",
	.operands = "TRACE",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "say what is allocated and never freed, and by whom",
	.details = "List the call sites whose objects and pages (and, for pages without call "
		   "chains, the kinds of allocation) still live when the trace ends: how many, how "
		   "old, and how fast they grow. Needs no model and no configuration.",
	.options = options,
	.nr_options = sizeof(options) / sizeof(options[0]),
	.run = run_leaks,
};
