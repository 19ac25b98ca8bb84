/* SPDX-License-Identifier: GPL-2.0-only */
/* An explanation in words: request, outcome, zones, what was tried, what was in the way. */
#include <inttypes.h>
#include <string.h>

#include "cli/explain_run.h"
#include "cli/term.h"
#include "engine/core/alloc_frames.h"
#include "reports/facts.h"
#include "reports/gfp_text.h"

enum { MOST_HOLDERS = 10 };

static const char *pages_text(char out[24], uint64_t pages, const struct prepared *p)
{
	unsigned int shift = p->replay.page_shift ? p->replay.page_shift : 12;

	return facts_bytes(out, (int64_t)(pages << shift));
}

static void put_caller(const struct km_caller *c)
{
	char site[512];
	const char *at = c->stack ? alloc_caller(site, sizeof(site), c->stack) : NULL;

	if (!c->task || !*c->task) {
		fputs("a task that nothing names", stdout);
		return;
	}
	term_text(stdout, c->task);
	printf("-%" PRId32, c->pid);
	if (at) {
		fputs(" at ", stdout);
		term_text(stdout, at);
	}
}

/* ---- request and outcome ---- */

static void put_request(const struct replay_explanation *x, const struct prepared *p)
{
	char gfp[GFP_TEXT_LEN], size[24], count[TERM_COUNT_LEN], seconds[TERM_COUNT_LEN];

	printf("event %s at %s s: ", term_count(count, x->event_no),
	       term_seconds(seconds, x->ts_ns));
	put_caller(&x->caller);
	printf(" on CPU %u\n", x->rq.cpu);
	if (x->contiguous) {
		printf("  request      %s contiguous pages (%s), aligned to 2^%u\n",
		       term_count(count, x->pages), pages_text(size, x->pages, p), x->align);
		return;
	}
	gfp_text(gfp, x->rq.gfp);
	printf("  request      order %u (%s), %s, %s\n", x->rq.order,
	       x->rq.order < x->nr_orders ? pages_text(size, pages_of(x->rq.order), p) :
					    "more than the largest block",
	       km_migratetype_name(x->migratetype), gfp);
	printf("               it %s reclaim for itself, %s kswapd, %s CMA pages%s\n",
	       x->rq.gfp & KM_GFP_DIRECT_RECLAIM ? "may" : "may not",
	       x->rq.gfp & KM_GFP_KSWAPD_RECLAIM ? "wakes" : "does not wake",
	       x->fast_flags & PAGES_CMA ? "may have" : "may not have",
	       x->slow_flags & PAGES_MIN_RESERVE ? ", may use half of the reserve" : "");
}

/* Of an end alone. */
static void put_end(const struct replay_explanation *x)
{
	if (x->recorded_pfn != KM_NO_PFN)
		printf("page %#" PRIx64 " by the record, which lost its beginning",
		       x->recorded_pfn);
	else if (x->failure)
		printf("nothing: %s", x->failure);
	else
		fputs("nothing by the record, which lost its beginning: the model was not asked",
		      stdout);
}

static void put_outcome(const struct explain_run *e, const struct prepared *p)
{
	const struct replay_explanation *x = e->x;

	fputs("  outcome      ", stdout);
	if (x->no_beginning)
		put_end(x);
	else if (x->got != KM_NO_PFN)
		printf("page %#" PRIx64 "%s", x->got,
		       e->fell_back ? ", by falling back to another type's block" : "");
	else if (x->answered)
		printf("nothing%s%s", x->failure && *x->failure ? ": " : "",
		       x->failure ? x->failure : "");
	else if (x->kernel_failed)
		fputs("the kernel had nothing; the model was not asked", stdout);
	else if (x->contiguous)
		fputs("the record's, which is obeyed; v_cma_allocs has it", stdout);
	else
		fputs("the record's page was obeyed; the model was not asked", stdout);
	if (!x->no_beginning && x->recorded_pfn != KM_NO_PFN && x->recorded_pfn != x->got)
		printf(" (recorded: page %#" PRIx64 ")", x->recorded_pfn);
	printf("\n  model        %s of kernel %s\n", replay_mode_name(p->replay.mode),
	       prepared_kernel(p));
}

/* ---- zones ---- */

static void put_mark(const char *name, const struct pages_mark_facts *f, bool ok,
		     unsigned int order)
{
	printf("    %-4s %" PRId64 " free - %" PRId64 " it may not have = %" PRId64
	       ", more than %" PRId64 "?",
	       name, f->free, f->unusable, f->free - f->unusable, f->least);
	printf(" (mark %" PRIu64, f->mark);
	if (f->boost)
		printf(", of which boost %" PRIu64, f->boost);
	if (f->least != (int64_t)(f->mark + f->reserve))
		printf(", less what it may use of it: %" PRId64, f->least - (int64_t)f->reserve);
	if (f->reserve)
		printf("; lowmem reserve %" PRIu64, f->reserve);
	printf(") %s", f->above ? "yes" : "no");
	if (f->above && f->by_orders && !f->block)
		printf(", but too little is left in blocks above order %u", f->failed_order);
	else if (f->above && !ok)
		printf(", but no block of order %u or more that it may have", order);
	putchar('\n');
}

static void put_lists(const struct replay_explanation *x, const struct explained_zone *z)
{
	fputs("    free blocks by order", stdout);
	for (unsigned int o = 0; o < x->nr_orders; o++)
		printf(" %6u", o);
	putchar('\n');
	for (unsigned int mt = 0; mt < KM_NR_MIGRATETYPES; mt++) {
		uint64_t any = 0;

		for (unsigned int o = 0; o < x->nr_orders; o++)
			any += z->blocks[o][mt];
		if (!any)
			continue;
		printf("    %20s", km_migratetype_name(mt));
		for (unsigned int o = 0; o < x->nr_orders; o++)
			printf(" %6" PRIu64, z->blocks[o][mt]);
		putchar('\n');
	}
}

static void put_plan(const struct explained_zone *z)
{
	if (!z->falls_back)
		return;
	if (z->plan.type == KM_NR_MIGRATETYPES)
		puts("    its own type has no such block, and no other type has one to fall back "
		     "to");
	else
		printf("    its own type has no such block: it would fall back to order %u of %s%s\n",
		       z->plan.order, km_migratetype_name(z->plan.type),
		       z->plan.claims ? ", whose pageblock it would take over" : "");
}

static void put_classes(const struct replay_explanation *x, const struct explained_zone *z)
{
	static const char *const words[EXPLAIN_NR_CLASSES] = {
		[EXPLAIN_FREE] = "wholly free",
		[EXPLAIN_MOVABLE] = "with only pages that can be moved",
		[EXPLAIN_STAYS] = "with pages that stay",
		[EXPLAIN_UNKNOWN] = "with pages never seen allocated",
	};
	const char *lead = "";

	if (!x->rq.order)
		return;
	printf("    places of order %u: ", x->rq.order);
	for (unsigned int i = 0; i < EXPLAIN_NR_CLASSES; i++) {
		if (!z->class[i])
			continue;
		printf("%s%" PRIu64 " %s", lead, z->class[i], words[i]);
		lead = ", ";
	}
	putchar('\n');
}

static void put_zone(const struct replay_explanation *x, const struct explained_zone *z)
{
	char a[TERM_COUNT_LEN], b[TERM_COUNT_LEN];

	printf("  node %d, zone %s: %s pages managed, %s free", z->node, z->name,
	       term_count(a, z->managed), term_count(b, z->free));
	if (z->free_cma)
		printf(", %s of them CMA", term_count(a, z->free_cma));
	if (z->free_highatomic)
		printf(", %s HighAtomic", term_count(a, z->free_highatomic));
	printf("; %s on CPU %u's own lists\n", term_count(a, z->kept), x->rq.cpu);
	if (z->allowed) {
		put_mark("LOW", &z->low, z->above_low, x->rq.order);
		put_mark("MIN", &z->min, z->above_min, x->rq.order);
	} else if (!x->contiguous) {
		puts("    the request may not use this zone");
	}
	put_lists(x, z);
	if (!z->allowed)
		return;
	put_plan(z);
	put_classes(x, z);
}

/* ---- what was tried ---- */

static void put_seen(const struct replay_explanation *x, const struct pages_seen *s)
{
	static const char *const results[] = {
		[COMPACT_SKIPPED] = "not begun: too few free pages, or no need",
		[COMPACT_DEFERRED] = "put off: it failed lately",
		[COMPACT_CONTINUE] = "not ended",
		[COMPACT_COMPLETE] = "the whole zone scanned in vain",
		[COMPACT_PARTIAL_SKIPPED] = "the scanners met in vain",
		[COMPACT_CONTENDED] = "stopped early",
		[COMPACT_SUCCESS] = "a block should be there",
	};

	switch (s->kind) {
	case PAGES_SEEN_ZONE:
		printf("zone %s against %s: ", x->zone[s->zone].name,
		       s->unchecked		   ? "no watermark" :
		       s->flags & PAGES_WMARK_HIGH ? "HIGH" :
		       s->flags & PAGES_WMARK_MIN  ? "MIN" :
						     "LOW");
		if (!s->asked)
			printf("%s\n", s->mark.above ? "above, but no block" : "below");
		else if (s->got.nr == KM_NO_PFN)
			printf("asked, no block%s\n",
			       s->flags & PAGES_NOFRAGMENT ? " without mixing pageblocks" : "");
		else
			printf("page %#" PRIx64 "\n", s->got.nr);
		break;
	case PAGES_SEEN_WAKE:
		printf("kswapd of node %d woken\n", x->zone[s->zone].node);
		break;
	case PAGES_SEEN_RECLAIM:
		printf("reclaimed %" PRIu64 " pages for itself\n", s->pages);
		break;
	case PAGES_SEEN_COMPACT:
		printf("compacted (%s): %s\n",
		       s->prio == COMPACT_PRIO_ASYNC	  ? "async" :
		       s->prio == COMPACT_PRIO_SYNC_LIGHT ? "sync light" :
							    "sync full",
		       results[s->result]);
		break;
	default:
		printf("out of memory: %s\n",
		       s->pages ? "somebody would be killed" : "nobody is killed");
		break;
	}
}

static bool same_seen(const struct pages_seen *a, const struct pages_seen *b)
{
	return a->kind == b->kind && a->zone == b->zone && a->flags == b->flags &&
	       a->asked == b->asked && a->got.nr == b->got.nr && a->pages == b->pages &&
	       a->result == b->result && a->prio == b->prio && a->mark.above == b->mark.above;
}

static void put_all_seen(const struct replay_explanation *x)
{
	size_t n = x->nr_seen < EXPLAIN_MAX_SEEN ? x->nr_seen : EXPLAIN_MAX_SEEN;

	if (!n)
		return;
	puts("what was tried, in this order");
	for (size_t i = 0, times; i < n; i += times) {
		for (times = 1; i + times < n && same_seen(&x->seen[i], &x->seen[i + times]);)
			times++;
		fputs("  ", stdout);
		if (times > 1)
			printf("%zu times ", times);
		put_seen(x, &x->seen[i]);
	}
	if (x->nr_seen > n)
		printf("  … and %zu more\n", x->nr_seen - n);
}

/* ---- what was in the way ---- */

static void put_busy(const struct replay_explanation *x, const struct km_busy_page *b)
{
	char seconds[TERM_COUNT_LEN];

	if (b->pfn == KM_NO_PFN) {
		fputs("nothing known", stdout);
		return;
	}
	printf("page %#" PRIx64, b->pfn);
	if (b->in_use)
		printf(" (order %u, %s)", b->ord, km_migratetype_name(b->migratetype));
	if (!b->has_owner)
		return;
	fputs(" of ", stdout);
	put_caller(&b->owner);
	printf(", %s s old", term_seconds(seconds, x->ts_ns - b->ts_ns));
}

static void put_candidates(const struct replay_explanation *x)
{
	static const char *const words[EXPLAIN_NR_CLASSES] = {
		[EXPLAIN_FREE] = "free",
		[EXPLAIN_MOVABLE] = "compaction could empty it",
		[EXPLAIN_STAYS] = "something in it stays",
		[EXPLAIN_UNKNOWN] = "never seen allocated",
	};

	if (!x->nr_candidates || !x->rq.order)
		return;
	printf("nearest to a free block of order %u\n", x->rq.order);
	for (size_t i = 0; i < x->nr_candidates; i++) {
		const struct explained_candidate *c = &x->candidate[i];

		printf("  page %#" PRIx64 ", %s pageblock: %" PRIu64 " free, %" PRIu64
		       " movable, %" PRIu64 " that stay, %" PRIu64 " unknown: %s",
		       c->pfn, km_migratetype_name(c->type), c->free, c->movable, c->stays,
		       c->unknown, words[c->class]);
		if (c->in_the_way.pfn != KM_NO_PFN) {
			fputs("; ", stdout);
			put_busy(x, &c->in_the_way);
		}
		putchar('\n');
	}
}

static void put_holders(const struct replay_explanation *x)
{
	char seconds[TERM_COUNT_LEN], a[TERM_COUNT_LEN], b[TERM_COUNT_LEN];

	if (!x->nr_holders)
		return;
	puts(x->contiguous ? "who has the area's pages" :
			     "who holds pages that stay, by the places they spoil");
	for (size_t i = 0; i < x->nr_holders && i < MOST_HOLDERS; i++) {
		const struct explained_holder *h = &x->holder[i];

		printf("  %s %s, %s pages, the oldest for %s s: ", term_count(a, h->blocks),
		       x->contiguous ? "pageblocks" : "places", term_count(b, h->pages),
		       term_seconds(seconds, x->ts_ns - h->oldest_ns));
		put_caller(&h->who);
		putchar('\n');
	}
	if (x->nr_holders > MOST_HOLDERS || x->more_holders)
		puts("  … and others");
}

/* ---- contiguous ---- */

static void put_area(const struct replay_explanation *x, const struct prepared *p)
{
	char a[TERM_COUNT_LEN], b[TERM_COUNT_LEN], size[24];

	if (!*x->area) {
		puts("  the machine has no such contiguous area");
		return;
	}
	fputs("  area         ", stdout);
	term_text(stdout, x->area);
	printf(": %s at page %#" PRIx64 ", %s pages handed out, longest free range %s pages\n",
	       pages_text(size, x->area_pages, p), x->area_base, term_count(a, x->area_used),
	       term_count(b, x->area_maxchunk));
	if (x->pages > x->area_pages)
		printf("               the request is larger than the area, by %s pages\n",
		       term_count(a, x->pages - x->area_pages));
	else if (x->pages > x->area_maxchunk)
		printf("               no free range of it is so long: %s pages are missing\n",
		       term_count(a, x->pages - x->area_maxchunk));
}

static void put_tries(const struct replay_explanation *x)
{
	char a[TERM_COUNT_LEN], b[TERM_COUNT_LEN];
	size_t n = x->nr_tried < EXPLAIN_MAX_TRIES ? x->nr_tried : EXPLAIN_MAX_TRIES;

	if (n)
		puts(x->answered ? "ranges that were tried" : "ranges it could have, by the model");
	for (size_t i = 0; i < n; i++) {
		const struct km_cma_try *t = &x->tried[i];

		printf("  page %#" PRIx64 ": %s", t->pfn, t->result);
		if (x->answered)
			printf("; %s pages moved, %s dropped", term_count(a, t->migrated_pages),
			       term_count(b, t->reclaimed_pages));
		if (t->busy.pfn != KM_NO_PFN) {
			fputs("; in the way: ", stdout);
			put_busy(x, &t->busy);
		}
		putchar('\n');
	}
	if (x->nr_tried > n)
		printf("  … and %zu more\n", x->nr_tried - n);
}

void explain_print(const struct explain_run *e, const struct prepared *p)
{
	const struct replay_explanation *x = e->x;

	put_request(x, p);
	put_outcome(e, p);
	if (x->contiguous)
		put_area(x, p);
	puts(x->no_beginning ? "the zones before its end" : "the zones before it");
	for (unsigned int i = 0; i < x->nr_zones; i++)
		put_zone(x, &x->zone[i]);
	put_all_seen(x);
	put_tries(x);
	put_candidates(x);
	put_holders(x);
}
