/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemlab stat, in words, as JSON and as CSV.
 */
#include <stdlib.h>

#include "cli/stat.h"
#include "cli/term.h"
#include "reports/escape.h"

static bool wanted(const struct stat_view *v, unsigned int by)
{
	return v->config.by >> by & 1;
}

static uint64_t wasted(uint64_t req, uint64_t alloc)
{
	return alloc > req ? alloc - req : 0;
}

/* Live numbers are too high by at most the frees that were lost, and by no more than all. */
static uint64_t too_high(const struct stat_view *v, bool slab, uint64_t live)
{
	const struct counting *c = &v->counting;
	uint64_t lost = counting_lost_of(c, slab ? c->slab.frees : c->page.frees);

	return lost < live ? lost : live;
}

/* ---- totals in words ---- */

static void say_count(const char *what, uint64_t n)
{
	char a[TERM_COUNT_LEN];

	printf("  %-38s %16s\n", what, term_count(a, n));
}

static void say_share(const char *what, uint64_t n, uint64_t of)
{
	char a[TERM_COUNT_LEN], p[TERM_PERCENT_LEN];

	printf("  %-38s %16s  %s\n", what, term_count(a, n), term_percent(p, n, of));
}

/* How much of its class was seen. */
static void say_seen(const struct stat_view *v, const struct counting_class *class)
{
	if (v->counting.lost && !v->counting.lost_unknown)
		say_share("events seen, of those that were", class->events,
			  class->events + counting_lost_of(&v->counting, class->events));
}

static void say_live(const struct stat_view *v, const struct stat_totals *t, bool slab)
{
	const char *what = slab ? "objects" : "blocks";
	char a[TERM_COUNT_LEN], p[TERM_PERCENT_LEN];

	say_share("frees of what was not seen allocated", t->unmatched_frees, t->frees);
	say_count("allocated again, the free was not seen", t->unseen_frees);
	printf("  %-38s %16s", "never freed", term_count(a, t->live));
	printf("  %s, %s bytes\n", what, term_count(a, t->live_bytes));
	if (v->counting.lost)
		printf("  %-38s %16s  %s, live and peak\n", "  too high by lost frees, at most",
		       term_count(a, too_high(v, slab, t->live)),
		       term_percent(p, too_high(v, slab, t->live), t->live));
	if (!t->peak_bytes)
		return;
	printf("  %-38s %16s", "most bytes live at one time", term_count(a, t->peak_bytes));
	printf("  at %s%s\n", counting_moment(&v->counting, a, t->peak_ns),
	       counting_unit(&v->counting));
}

static void print_slab_totals(const struct stat_view *v)
{
	struct stat_totals t;

	stat_slab_totals(v->sums, &t);
	puts("\nslab objects");
	say_seen(v, &v->counting.slab);
	say_count("allocations", t.allocs);
	say_count("  kmalloc", t.kmallocs);
	say_count("  kmem_cache_alloc", t.cache_allocs);
	say_count("  failed", t.failed);
	say_count("bytes requested", t.bytes_req);
	say_count("bytes allocated", t.bytes_alloc);
	say_share("  wasted", wasted(t.bytes_req, t.bytes_alloc), t.bytes_alloc);
	say_count("bytes freed", t.bytes_freed);
	say_count("frees", t.frees);
	say_count("  kfree", t.kfrees);
	say_count("  kmem_cache_free", t.cache_frees);
	say_count("  of NULL", t.null_frees);
	say_share("freed on another CPU (ping-pong)", t.pingpong, t.matched_frees);
	if (v->nodes.nr)
		say_share("of another node than the CPU's", t.cross_node, t.allocs);
	say_live(v, &t, true);
}

static void print_matrix(const struct stat_view *v)
{
	uint64_t cells[KM_MAX_ORDERS][KM_NR_MIGRATETYPES] = { 0 };
	unsigned int top = 0;
	char a[TERM_COUNT_LEN];

	for (size_t i = 0; i < stat_nr_rows(v->sums, STAT_PAGE_KIND); i++) {
		const struct stat_row *r = stat_row(v->sums, STAT_PAGE_KIND, i);
		unsigned int order = (unsigned int)(r->key >> 40) % KM_MAX_ORDERS,
			     mt = (unsigned int)(r->key >> 32 & 0xff) % KM_NR_MIGRATETYPES;

		cells[order][mt] += v->live ? r->live : r->hits;
		top = order > top ? order : top;
	}
	printf("\n%s\n  order", v->live ? "blocks never freed, by order and migratetype" :
					  "allocations by order and migratetype");
	for (unsigned int mt = 0; mt < KM_NR_MIGRATETYPES; mt++)
		printf(" %13s", km_migratetype_name(mt));
	putchar('\n');
	for (unsigned int order = 0; order <= top; order++) {
		printf("  %5u", order);
		for (unsigned int mt = 0; mt < KM_NR_MIGRATETYPES; mt++)
			printf(" %13s", cells[order][mt] ? term_count(a, cells[order][mt]) : ".");
		putchar('\n');
	}
}

static void print_page_totals(const struct stat_view *v)
{
	struct stat_totals t;

	stat_page_totals(v->sums, &t);
	puts("\npages");
	say_seen(v, &v->counting.page);
	say_count("allocations", t.allocs);
	say_count("  failed", t.failed);
	say_count("bytes allocated", t.bytes_alloc);
	say_count("frees", t.frees);
	say_count("  of what was seen allocated", t.matched_frees);
	say_count("bytes freed", t.bytes_freed + t.unmatched_bytes);
	say_count("  of what was seen allocated", t.bytes_freed);
	say_share("freed on another CPU (ping-pong)", t.pingpong, t.matched_frees);
	say_live(v, &t, false);
	print_matrix(v);
}

/* ---- tables in words ---- */

static uint64_t each(uint64_t sum, uint64_t n)
{
	return n ? sum / n : 0;
}

/* What only objects have: bytes that nobody asked for, and requests that name a node. */
static void print_object_columns(const struct stat_view *v, const struct stat_row *r)
{
	char a[TERM_COUNT_LEN];
	uint64_t waste = wasted(r->bytes_req, r->bytes_alloc);
	uint64_t permille =
		r->bytes_alloc ? (uint64_t)((unsigned __int128)waste * 1000 / r->bytes_alloc) : 0;

	printf(" %15s %9" PRIu64 " %4" PRIu64 ".%" PRIu64, term_count(a, r->bytes_req),
	       each(r->bytes_req, r->hits), permille / 10, permille % 10);
	if (v->nodes.nr)
		printf(" %8" PRIu64, r->cross_node);
}

static void print_row(const struct stat_view *v, enum stat_by by, const struct stat_row *r)
{
	char a[TERM_COUNT_LEN], b[TERM_COUNT_LEN], c[TERM_COUNT_LEN], name[STAT_NAME_LEN];

	printf("  %15s %9" PRIu64, term_count(a, r->bytes_alloc), each(r->bytes_alloc, r->hits));
	if (by < STAT_PAGE_KIND)
		print_object_columns(v, r);
	printf(" %9" PRIu64 " %7" PRIu64 " %9" PRIu64, r->hits, r->failed, r->pingpong);
	printf(" %14s %9s %14s  ", term_count(a, r->peak_bytes), term_count(b, r->live),
	       term_count(c, r->live_bytes));
	term_text(stdout, stat_row_name(v, by, r, name));
	if (r->inferred)
		printf(" (%s of them by the frees of its call sites)", term_count(a, r->inferred));
	putchar('\n');
}

static int print_table(const struct stat_view *v, enum stat_by by)
{
	const char *title = stat_by_title(v, by);
	size_t n;
	const struct stat_row **rows = stat_sorted(v, by, &n);

	if (!rows)
		return -KM_ENOMEM;
	printf("\n%s by %s%s\n", by < STAT_PAGE_KIND ? "slab objects" : "pages", title,
	       v->live ? ", those never freed" : "");
	printf("  %15s %9s", "bytes alloc", "each");
	if (by < STAT_PAGE_KIND)
		printf(" %15s %9s %6s%s", "bytes req", "each", "waste%",
		       v->nodes.nr ? " off-node" : "");
	printf(" %9s %7s %9s %14s %9s %14s  %s\n", "hits", "failed", "ping-pong", "peak bytes",
	       "live", "live bytes", title);
	for (size_t i = 0; i < n; i++)
		print_row(v, by, rows[i]);
	free(rows);
	return 0;
}

int stat_print_text(const struct stat_view *v)
{
	int err = 0;

	counting_print_head(&v->counting);
	if (v->config.slab)
		print_slab_totals(v);
	if (v->config.page)
		print_page_totals(v);
	for (unsigned int by = 0; !err && by < STAT_NR_BY; by++)
		if (wanted(v, by))
			err = print_table(v, by);
	return err;
}

/* ---- JSON ---- */

static void json_totals(const struct stat_view *v, const struct stat_totals *t, bool slab)
{
	const struct counting *c = &v->counting;
	uint64_t seen = slab ? c->slab.events : c->page.events;

	printf("\"events\": %" PRIu64 ", \"lost_events_expected\": ", seen);
	if (c->lost_unknown)
		fputs("null", stdout);
	else
		printf("%" PRIu64, counting_lost_of(c, seen));
	printf(", \"live_too_high_by\": %" PRIu64 ", ", too_high(v, slab, t->live));
	if (slab)
		printf("\"kmalloc\": %" PRIu64 ", \"kmem_cache_alloc\": %" PRIu64
		       ", \"kfree\": %" PRIu64 ", \"kmem_cache_free\": %" PRIu64
		       ", \"null_frees\": %" PRIu64 ", ",
		       t->kmallocs, t->cache_allocs, t->kfrees, t->cache_frees, t->null_frees);
	else
		printf("\"unmatched_bytes\": %" PRIu64 ", ", t->unmatched_bytes);
	printf("\"allocs\": %" PRIu64 ", \"failed\": %" PRIu64 ", \"frees\": %" PRIu64
	       ", \"bytes_req\": %" PRIu64 ", \"bytes_alloc\": %" PRIu64
	       ", \"bytes_freed\": %" PRIu64 ", \"matched_frees\": %" PRIu64
	       ", \"unmatched_frees\": %" PRIu64 ", \"unseen_frees\": %" PRIu64,
	       t->allocs, t->failed, t->frees, t->bytes_req, t->bytes_alloc, t->bytes_freed,
	       t->matched_frees, t->unmatched_frees, t->unseen_frees);
	printf(", \"pingpong\": %" PRIu64 ", \"cross_node\": %" PRIu64 ", \"live\": %" PRIu64
	       ", \"live_bytes\": %" PRIu64 ", \"peak_bytes\": %" PRIu64 ", \"peak_ns\": %" PRIu64,
	       t->pingpong, t->cross_node, t->live, t->live_bytes, t->peak_bytes, t->peak_ns);
}

static void json_row(const struct stat_view *v, enum stat_by by, const struct stat_row *r)
{
	char name[STAT_NAME_LEN];

	fputs("{\"name\": ", stdout);
	term_json(stdout, stat_row_name(v, by, r, name));
	if (by == STAT_PAGE_KIND)
		printf(", \"order\": %" PRIu64 ", \"migratetype\": \"%s\"", r->key >> 40,
		       km_migratetype_name((unsigned int)(r->key >> 32 & 0xff) %
					   KM_NR_MIGRATETYPES));
	printf(", \"hits\": %" PRIu64 ", \"failed\": %" PRIu64 ", \"bytes_req\": %" PRIu64
	       ", \"bytes_alloc\": %" PRIu64 ", \"frees\": %" PRIu64 ", \"bytes_freed\": %" PRIu64
	       ", \"pingpong\": %" PRIu64 ", \"cross_node\": %" PRIu64 ", \"peak_bytes\": %" PRIu64
	       ", \"live\": %" PRIu64 ", \"live_bytes\": %" PRIu64 ", \"unseen_frees\": %" PRIu64
	       ", \"inferred\": %" PRIu64 ", \"live_too_high_by\": %" PRIu64 "}",
	       r->hits, r->failed, r->bytes_req, r->bytes_alloc, r->frees, r->bytes_freed,
	       r->pingpong, r->cross_node, r->peak_bytes, r->live, r->live_bytes, r->unseen_frees,
	       r->inferred, too_high(v, by < STAT_PAGE_KIND, r->live));
}

static int json_table(const struct stat_view *v, enum stat_by by)
{
	size_t n;
	const struct stat_row **rows = stat_sorted(v, by, &n);

	if (!rows)
		return -KM_ENOMEM;
	printf(",\n \"by_%s\": [", stat_by_name(v, by));
	for (size_t i = 0; i < n; i++) {
		fputs(i ? ",\n  " : "\n  ", stdout);
		json_row(v, by, rows[i]);
	}
	putchar(']');
	free(rows);
	return 0;
}

int stat_print_json(const struct stat_view *v)
{
	struct stat_totals slab, page;
	int err = 0;

	stat_slab_totals(v->sums, &slab);
	stat_page_totals(v->sums, &page);
	putchar('{');
	counting_json_head(&v->counting);
	if (v->config.slab) {
		fputs(",\n \"slab\": {", stdout);
		json_totals(v, &slab, true);
		putchar('}');
	}
	if (v->config.page) {
		fputs(",\n \"page\": {", stdout);
		json_totals(v, &page, false);
		putchar('}');
	}
	for (unsigned int by = 0; !err && by < STAT_NR_BY; by++)
		if (wanted(v, by) || (by == STAT_PAGE_KIND && v->config.page))
			err = json_table(v, by);
	puts("}");
	return err;
}

/* ---- CSV ---- */

static void csv_numbers(const struct stat_view *v, const struct stat_row *r, bool slab)
{
	printf(",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
	       ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
	       "\n",
	       r->hits, r->failed, r->bytes_req, r->bytes_alloc, r->frees, r->bytes_freed,
	       r->pingpong, r->cross_node, r->peak_bytes, r->live, r->live_bytes, r->unseen_frees,
	       r->inferred, too_high(v, slab, r->live));
}

static void csv_totals(const struct stat_view *v, bool slab, const struct stat_totals *t)
{
	struct stat_row r = { .hits = t->allocs - t->failed,
			      .failed = t->failed,
			      .bytes_req = t->bytes_req,
			      .bytes_alloc = t->bytes_alloc,
			      .frees = t->matched_frees,
			      .bytes_freed = t->bytes_freed,
			      .pingpong = t->pingpong,
			      .cross_node = t->cross_node,
			      .peak_bytes = t->peak_bytes,
			      .live = t->live,
			      .live_bytes = t->live_bytes,
			      .unseen_frees = t->unseen_frees };

	printf("%s,total", slab ? "slab" : "page");
	csv_numbers(v, &r, slab);
}

static int csv_table(const struct stat_view *v, enum stat_by by)
{
	char name[STAT_NAME_LEN];
	size_t n;
	const struct stat_row **rows = stat_sorted(v, by, &n);

	if (!rows)
		return -KM_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		printf("%s,", stat_by_name(v, by));
		escape_csv(stdout, stat_row_name(v, by, rows[i], name));
		csv_numbers(v, rows[i], by < STAT_PAGE_KIND);
	}
	free(rows);
	return 0;
}

int stat_print_csv(const struct stat_view *v)
{
	struct stat_totals t;
	int err = 0;

	puts("table,name,hits,failed,bytes_req,bytes_alloc,frees,bytes_freed,pingpong,cross_node,"
	     "peak_bytes,live,live_bytes,unseen_frees,inferred,live_too_high_by");
	stat_slab_totals(v->sums, &t);
	if (v->config.slab)
		csv_totals(v, true, &t);
	stat_page_totals(v->sums, &t);
	if (v->config.page)
		csv_totals(v, false, &t);
	for (unsigned int by = 0; !err && by < STAT_NR_BY; by++)
		if (wanted(v, by))
			err = csv_table(v, by);
	if (v->counting.lost)
		term_warn("the trace lost %s%" PRIu64 " events; the numbers count what was seen",
			  counting_at_least(&v->counting), v->counting.lost);
	return err;
}
