/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemlab stat: who allocates how much. What perf kmem stat shows, from any trace, and right for
 * the kernel that wrote it.
 */
#include "cli/stat.h"

#include <stdlib.h>
#include <string.h>

#include "cli/options_common.h"
#include "cli/suggest.h"
#include "cli/term.h"
#include "cli/time_range.h"

/* ---- what is wanted ---- */

struct key_name {
	const char *name;
	enum stat_key key;
};

/* perf's names, and ours for what perf does not sort by. */
static const struct key_name key_names[] = {
	{ "bytes", STAT_KEY_BYTES },
	{ "hit", STAT_KEY_HIT },
	{ "req", STAT_KEY_REQ },
	{ "frees", STAT_KEY_FREES },
	{ "failed", STAT_KEY_FAILED },
	{ "pingpong", STAT_KEY_PINGPONG },
	{ "frag", STAT_KEY_FRAG },
	{ "peak", STAT_KEY_PEAK },
	{ "cross-node", STAT_KEY_CROSS_NODE },
	{ "live", STAT_KEY_LIVE },
	{ "live-bytes", STAT_KEY_LIVE_BYTES },
	{ "order", STAT_KEY_ORDER },
	{ "migtype", STAT_KEY_MIGTYPE },
	{ "gfp", STAT_KEY_GFP },
	{ "name", STAT_KEY_NAME },
	{ "callsite", STAT_KEY_NAME },
	{ "ptr", STAT_KEY_NAME },
	{ "page", STAT_KEY_NAME },
};

enum { NR_KEY_NAMES = sizeof(key_names) / sizeof(key_names[0]) };

static int read_key(struct stat_view *v, const char *word, size_t len, struct km_diag *d)
{
	char name[32];
	struct suggestion s = { .word = name };

	snprintf(name, sizeof(name), "%.*s", (int)len, word);
	for (size_t i = 0; i < NR_KEY_NAMES; i++) {
		if (!strcmp(name, key_names[i].name)) {
			if (v->nr_keys == STAT_MAX_KEYS)
				return km_fail(d, KM_EUSAGE, "--sort", "at most %d keys",
					       STAT_MAX_KEYS);
			v->keys[v->nr_keys++] = key_names[i].key;
			return 0;
		}
		suggestion_offer(&s, key_names[i].name);
	}
	if (s.best)
		return km_fail(d, KM_EUSAGE, "--sort", "there is no key '%s'; did you mean '%s'?",
			       name, s.best);
	return km_fail(d, KM_EUSAGE, "--sort", "there is no key '%s'; see kmemlab-stat(1)", name);
}

static int read_sort(struct stat_view *v, const struct cli_args *args, struct km_diag *d)
{
	const char *at = cli_value(args, OPT_SORT);
	int err = 0;

	if (!at) {
		v->keys[v->nr_keys++] = v->live ? STAT_KEY_LIVE_BYTES : STAT_KEY_BYTES;
		v->keys[v->nr_keys++] = v->live ? STAT_KEY_LIVE : STAT_KEY_HIT;
		return 0;
	}
	for (bool more = true; !err && more;) {
		size_t len = strcspn(at, ",");

		err = read_key(v, at, len, d);
		more = at[len] == ',';
		at += len + more;
	}
	return err;
}

/* A table that can be asked for, and the words that do. */
struct table_word {
	enum cli_option_id option;
	const char *word;	 /* of --group-by */
	enum stat_by slab, page; /* STAT_NR_BY: there is none */
};

static const struct table_word table_words[] = {
	{ OPT_CALLER, NULL, STAT_SITE, STAT_PAGE_SITE },
	{ OPT_CACHE, "cache", STAT_CACHE, STAT_NR_BY },
	{ OPT_TASK, "task", STAT_TASK, STAT_PAGE_TASK },
	{ OPT_GFP, "gfp", STAT_GFP, STAT_PAGE_GFP },
	{ OPT_ALLOC, NULL, STAT_OBJECT, STAT_PAGE_FRAME },
};

enum { NR_TABLE_WORDS = sizeof(table_words) / sizeof(table_words[0]) };

static void want(struct stat_view *v, const struct table_word *t)
{
	if (v->config.slab)
		v->config.by |= UINT32_C(1) << t->slab;
	if (v->config.page)
		v->config.by |= UINT32_C(1) << t->page;
	v->config.by &= (UINT32_C(1) << STAT_NR_BY) - 1;
}

static bool want_group(void *ctx, const char *word)
{
	for (size_t i = 0; i < NR_TABLE_WORDS; i++) {
		if (!table_words[i].word || strcmp(word, table_words[i].word))
			continue;
		want(ctx, &table_words[i]);
		return true;
	}
	return false;
}

/* callsite, module and directory are all of them a table of who allocated. */
static bool is_site_word(const char *list)
{
	return strstr(list, "callsite") || strstr(list, "module") || strstr(list, "directory");
}

static int read_tables(struct stat_view *v, const struct cli_args *args, struct km_diag *d)
{
	const char *list = cli_value(args, OPT_GROUP_BY);

	for (size_t i = 0; i < NR_TABLE_WORDS; i++)
		if (cli_has(args, table_words[i].option))
			want(v, &table_words[i]);
	if (list && is_site_word(list))
		want(v, &table_words[0]);
	return counting_group_by(&v->counting, args, want_group, v, d);
}

static int read_options(struct stat_view *v, const struct cli_args *args, struct km_diag *d)
{
	bool slab = cli_has(args, OPT_SLAB), page = cli_has(args, OPT_PAGE);

	v->config.slab = slab || !page;
	v->config.page = page || !slab;
	v->live = cli_has(args, OPT_LIVE);
	int err = read_tables(v, args, d);

	if (!err)
		err = read_sort(v, args, d);
	if (!err)
		err = counting_lines(args, SIZE_MAX, &v->lines, d);
	return err ? err : counting_format(args, "stat", d);
}

/* ---- the command ---- */

/* The matrix of orders and migratetypes is a sum by kind, whatever else is. */
static uint32_t sums_needed(const struct stat_config *c)
{
	return c->by | (c->page ? UINT32_C(1) << STAT_PAGE_KIND : 0);
}

static int feed(void *ctx, const struct km_event *ev, size_t n)
{
	return stat_feed(ctx, ev, n);
}

/* A page's event names no caller: where no chain does either, kinds of pages are the next best. */
static void pages_without_callers(struct stat_view *v)
{
	size_t n = stat_nr_rows(v->sums, STAT_PAGE_SITE);
	uint32_t site = UINT32_C(1) << STAT_PAGE_SITE;

	if (!(v->config.by & site) || n > 1 || (n && stat_row(v->sums, STAT_PAGE_SITE, 0)->key))
		return;
	v->config.by &= ~site;
	v->config.by |= UINT32_C(1) << STAT_PAGE_KIND;
}

static int count_all(struct stat_view *v, const struct cli_args *args, struct km_diag *d)
{
	struct stat_config config = v->config;

	config.by = sums_needed(&config);
	if (cpu_nodes_read(&v->nodes, v->counting.trace))
		return km_fail(d, KM_ENOMEM, "", "out of memory");
	config.cpu_node = v->nodes.node;
	config.nr_cpu_node = v->nodes.nr;
	config.page_size = trace_info(v->counting.trace)->page_size;
	config.batched_are_frees = counting_batched_are_frees(&v->counting);
	if (stat_open(&v->sums, &config))
		return km_fail(d, KM_ENOMEM, "", "out of memory");
	v->counting.feed = feed;
	v->counting.ctx = v->sums;
	int err = counting_run(&v->counting, args, d);

	if (!err && stat_finish(v->sums))
		err = km_fail(d, KM_ENOMEM, "", "out of memory");
	if (!err)
		pages_without_callers(v);
	return err;
}

static int show(const struct stat_view *v, const struct cli_args *args)
{
	int err = cli_has(args, OPT_JSON) ? stat_print_json(v) :
		  cli_has(args, OPT_CSV)  ? stat_print_csv(v) :
					    stat_print_text(v);

	return err ? term_fail(EXIT_HOST, "out of memory") : counting_status(&v->counting, args);
}

static int run_stat(const struct cli_args *args)
{
	struct stat_view v = { 0 };
	struct km_diag d = { 0 };
	int err = read_options(&v, args, &d);

	if (!err)
		err = counting_open(&v.counting, args, &d);
	if (err)
		return term_error(&d);
	err = count_all(&v, args, &d);
	int status = err ? term_error(&d) : show(&v, args);

	stat_close(v.sums);
	cpu_nodes_release(&v.nodes);
	counting_close(&v.counting);
	return status;
}

static const struct cli_option options[] = {
	OPTION_SLAB,
	OPTION_PAGE,
	{ .id = OPT_CALLER,
	  .name = "caller",
	  .help = "a table by call site; of pages without call chains, by order, migratetype and "
		  "gfp flags" },
	{ .id = OPT_CACHE, .name = "cache", .help = "a table by slab cache" },
	{ .id = OPT_TASK, .name = "task", .help = "a table by task name" },
	{ .id = OPT_GFP, .name = "gfp", .help = "a table by gfp flags" },
	{ .id = OPT_ALLOC, .name = "alloc", .help = "a table by pointer; of pages, by first pfn" },
	{ .id = OPT_GROUP_BY,
	  .name = "group-by",
	  .arg = "WORD[,WORD...]",
	  .help = "a table by callsite, module or directory; by task, cache, gfp" },
	{ .id = OPT_LIVE, .name = "live", .help = "only what is never freed" },
	OPTION_TIME,
	{ .id = OPT_SORT,
	  .letter = 's',
	  .name = "sort",
	  .arg = "KEY[,KEY...]",
	  .help = "bytes, hit, req, frees, failed, pingpong, frag, peak, cross-node, live, "
		  "live-bytes, order, migtype, gfp, name" },
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

const struct cli_command command_stat = {
	.name = "stat",
	.operands = "TRACE",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "say who allocates how much, as perf kmem stat does",
	.details = "Count allocations and frees of objects and pages: totals, and tables by call "
		   "site, cache, task, gfp flags or address. Needs no model and no "
		   "configuration, and reads traces of any kernel.",
	.options = options,
	.nr_options = sizeof(options) / sizeof(options[0]),
	.run = run_stat,
};
