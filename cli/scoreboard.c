/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/scoreboard.h"

#include <stdlib.h>
#include <string.h>

#include "cli/term.h"

static const struct fidelity_metric metrics[] = {
	{ .name = "page.pfn",
	  .describe = "the page of each allocation, predicted from calls only" },
	{ .name = "page.pfn_forced",
	  .describe = "the same, with lists that also follow recorded refills, drains and "
		      "fallbacks" },
	{ .name = "page.pfn_free",
	  .describe = "simulate after --from: the page of each allocation, never put right",
	  .simulated = true },
	{ .name = "pcp.refill",
	  .describe = "each page of a per-CPU list's refill, in its place of the sequence" },
	{ .name = "pcp.drain",
	  .describe = "each page drained from a per-CPU list, in its place of the sequence" },
	{ .name = "fallback",
	  .describe = "each allocation that fell back to another type: page, orders, types, "
		      "ownership" },
	{ .name = "cma.pfn",
	  .describe = "the range of each contiguous allocation, or that there is none" },
	{ .name = "cma.result",
	  .describe = "each contiguous allocation: success, busy ranges before it, failure" },
	{ .name = "object.cache",
	  .describe = "the cache of each object, told by more than its own later free" },
	{ .name = "object.slab",
	  .describe = "the slab each object lies in; the pages of a new one as the model chose" },
	{ .name = "object.ptr",
	  .describe = "the address of each object, a new slab's pages taken from the record" },
	{ .name = "object.bytes",
	  .describe = "the bytes each object takes, from those asked for, gfp flags and cache" },
	{ .name = "slabinfo.delta",
	  .describe = "how slabinfo's objects changed from label to label, within a fiftieth, of "
		      "caches of 100 and more" },
	{ .name = "vmalloc.addr",
	  .describe = "the address of each vmalloc area, and each try that found none" },
	{ .name = "vmalloc.lazy",
	  .describe = "the pages that wait for a purge, after each area freed" },
	{ .name = "vmalloc.purge",
	  .describe = "each purge of vmalloc areas: their number and range, and why" },
	{ .name = "vmallocinfo.traced",
	  .describe = "the rows of vmallocinfo, at each label, of areas made in the trace" },
	{ .name = "percpu.off", .describe = "the offset of each per-CPU allocation in its chunk" },
	{ .name = "stack.new",
	  .describe = "each fork: is the kernel stack a new one, or a dead task's" },
};

static const char miss_lead[] = "miss=";

size_t fidelity_nr_metrics(void)
{
	return sizeof(metrics) / sizeof(metrics[0]);
}

const struct fidelity_metric *fidelity_metric_at(size_t i)
{
	return &metrics[i];
}

bool fidelity_is_metric(const char *name)
{
	for (size_t i = 0; i < fidelity_nr_metrics(); i++)
		if (!strcmp(metrics[i].name, name))
			return true;
	return false;
}

/* ---- the sink ---- */

static int take_fidelity(void *ctx, const struct km_fidelity_row *row)
{
	const struct scoreboard_lane *lane = ctx;
	struct scoreboard *b = lane->board;

	if (b->nr == b->room) {
		size_t room = b->room ? b->room * 2 : 64;
		struct score *rows = realloc(b->rows, room * sizeof(*rows));

		if (!rows)
			return -KM_ENOMEM;
		b->rows = rows;
		b->room = room;
	}
	struct score *s = &b->rows[b->nr++];

	snprintf(s->metric, sizeof(s->metric), "%s", row->metric);
	snprintf(s->scope, sizeof(s->scope), "%s", row->scope);
	s->hits = row->hits;
	s->total = row->total;
	s->source = lane->source;
	return 0;
}

static int take_sample(void *ctx, const struct km_sample *row)
{
	const struct scoreboard_lane *lane = ctx;

	if (lane->traced)
		traced_rows_take(lane->traced, row);
	if (lane->delta)
		slab_delta_take(lane->delta, row);
	return 0;
}

static int pass_fallback(void *ctx, const struct km_fallback_row *row)
{
	(void)ctx, (void)row;
	return 0;
}

static int pass_failure(void *ctx, const struct km_failure_row *row)
{
	(void)ctx, (void)row;
	return 0;
}

static int pass_cma_alloc(void *ctx, const struct km_cma_alloc_row *row)
{
	(void)ctx, (void)row;
	return 0;
}

static int pass_loss(void *ctx, const struct km_loss_row *row)
{
	(void)ctx, (void)row;
	return 0;
}

static int pass_attribution(void *ctx, const struct km_attribution_row *row)
{
	(void)ctx, (void)row;
	return 0;
}

static int pass_pressure(void *ctx, const struct km_pressure_row *row)
{
	(void)ctx, (void)row;
	return 0;
}

static int pass_call_site(void *ctx, const struct km_call_site_row *row)
{
	(void)ctx, (void)row;
	return 0;
}

static int pass_leak(void *ctx, const struct km_leak_row *row)
{
	(void)ctx, (void)row;
	return 0;
}

static int pass_owner(void *ctx, const struct km_owner_row *row)
{
	(void)ctx, (void)row;
	return 0;
}

static int pass_slab_use(void *ctx, const struct km_slab_use_row *row)
{
	(void)ctx, (void)row;
	return 0;
}

static int pass_cost(void *ctx, const struct km_cost_row *row)
{
	(void)ctx, (void)row;
	return 0;
}

static int pass_tlb(void *ctx, const struct km_tlb_row *row)
{
	(void)ctx, (void)row;
	return 0;
}

struct km_sink scoreboard_sink(struct scoreboard_lane *lane)
{
	static const struct km_sink_ops ops = {
		.sample = take_sample,
		.fallback = pass_fallback,
		.failure = pass_failure,
		.cma_alloc = pass_cma_alloc,
		.fidelity = take_fidelity,
		.loss = pass_loss,
		.attribution = pass_attribution,
		.pressure = pass_pressure,
		.call_site = pass_call_site,
		.leak = pass_leak,
		.tlb = pass_tlb,
		.owner = pass_owner,
		.slab_use = pass_slab_use,
		.cost = pass_cost,
	};

	return (struct km_sink){ lane, &ops };
}

/* ---- what was collected ---- */

static bool reported_by(const struct scoreboard *b, const char *metric, unsigned int before)
{
	for (size_t i = 0; i < b->nr; i++)
		if (b->rows[i].source < before && !strcmp(b->rows[i].metric, metric))
			return true;
	return false;
}

void scoreboard_settle(struct scoreboard *b)
{
	size_t kept = 0;

	for (size_t i = 0; i < b->nr; i++)
		if (!reported_by(b, b->rows[i].metric, b->rows[i].source))
			b->rows[kept++] = b->rows[i];
	b->nr = kept;
}

const struct score *scoreboard_find(const struct scoreboard *b, const char *metric,
				    const char *scope)
{
	for (size_t i = 0; i < b->nr; i++)
		if (!strcmp(b->rows[i].metric, metric) && !strcmp(b->rows[i].scope, scope))
			return &b->rows[i];
	return NULL;
}

static bool is_miss(const struct score *s)
{
	return !strncmp(s->scope, miss_lead, sizeof(miss_lead) - 1);
}

static const char cache_lead[] = "cache=";

/* Of caches only those with misses are shown: there are many. */
static bool is_dull(const struct score *s)
{
	return !strncmp(s->scope, cache_lead, sizeof(cache_lead) - 1) && s->hits == s->total;
}

/* Padded, less what the metric ran over; a cache's name is the trace's, and as long as it likes. */
static void print_scope(const char *metric, const char *scope)
{
	int over = (int)strlen(metric) - 16, pad = 22 - (int)strlen(scope) - (over > 0 ? over : 0);

	term_text(stdout, scope);
	printf("%*s", pad > 0 ? pad : 0, "");
}

static void print_scores(const struct scoreboard *b)
{
	char hits[TERM_COUNT_LEN], total[TERM_COUNT_LEN], percent[TERM_PERCENT_LEN];
	const char *metric = "";

	printf("%-16s %-22s %14s %14s %13s\n", "metric", "scope", "hits", "total", "share");
	for (size_t i = 0; i < b->nr; i++) {
		const struct score *s = &b->rows[i];

		if (is_miss(s) || is_dull(s))
			continue;
		metric = strcmp(metric, s->metric) ? s->metric : "";
		printf("%-16s ", metric);
		print_scope(metric, s->scope);
		printf(" %14s %14s %13s\n", term_count(hits, s->hits), term_count(total, s->total),
		       term_percent(percent, s->hits, s->total));
		metric = s->metric;
	}
}

static void print_misses(const struct scoreboard *b)
{
	char total[TERM_COUNT_LEN];
	const char *metric = "";

	for (size_t i = 0; i < b->nr; i++) {
		const struct score *s = &b->rows[i];

		if (!is_miss(s) || !s->total)
			continue;
		if (!*metric)
			printf("\n%-16s %-22s %14s\n", "metric", "cause of misses", "misses");
		printf("%-16s %-22s %14s\n", strcmp(metric, s->metric) ? s->metric : "",
		       s->scope + sizeof(miss_lead) - 1, term_count(total, s->total));
		metric = s->metric;
	}
}

void scoreboard_print_text(const struct scoreboard *b)
{
	print_scores(b);
	print_misses(b);
}

void scoreboard_print_json(const struct scoreboard *b)
{
	putchar('{');
	for (size_t i = 0; i < b->nr; i++) {
		const struct score *s = &b->rows[i];
		bool begins = !i || strcmp(b->rows[i - 1].metric, s->metric);

		if (begins) {
			fputs(i ? "},\n " : "\n ", stdout);
			term_json(stdout, s->metric);
			fputs(": {", stdout);
		}
		fputs(begins ? "\n  " : ",\n  ", stdout);
		term_json(stdout, s->scope);
		printf(": {\"hits\": %" PRIu64 ", \"total\": %" PRIu64 "}", s->hits, s->total);
	}
	fputs(b->nr ? "}\n}\n" : "}\n", stdout);
}

void scoreboard_release(struct scoreboard *b)
{
	free(b->rows);
	*b = (struct scoreboard){ 0 };
}
