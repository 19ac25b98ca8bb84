/* SPDX-License-Identifier: GPL-2.0-only */
/* The summary's part about contiguous memory. */
#include <inttypes.h>

#include "reports/cma_facts.h"
#include "reports/escape.h"
#include "reports/write.h"

enum { MOST_FAILURES = 20, MOST_BLOCKERS = 10 };

struct text_cma {
	FILE *out;
	const struct facts *f;
	bool utf8;
	bool headed; /* the heading of these lines stands */
};

/* What follows is of all areas. */
static void put_heading(struct text_cma *t, const char *heading)
{
	if (!t->headed)
		fprintf(t->out, "%s\n", heading);
	t->headed = true;
}

static void put_text(const struct text_cma *t, const char *text)
{
	escape_terminal(t->out, text, t->utf8);
}

static int put_area(void *ctx, const struct cma_area_facts *a)
{
	const struct text_cma *t = ctx;
	char x[32], y[32], z[32], w[32];

	fputs("area ", t->out);
	put_text(t, a->name);
	fprintf(t->out, ": %s\n", facts_bytes(x, a->pages * t->f->page_size));
	fprintf(t->out, "  allocations  %s, failed %s; ranges tried %s, busy %s\n",
		facts_count(x, a->allocs), facts_count(y, a->failed), facts_count(z, a->tries),
		facts_count(w, a->busy));
	fprintf(t->out, "  pages        moved %s, dropped %s; lent %s %% at most\n",
		facts_count(x, a->migrated_pages), facts_count(y, a->reclaimed_pages),
		facts_percent(z, a->most_lent_pages, a->pages));
	fprintf(t->out, "  unallocated  never less than %s in one piece, lent pages included\n",
		facts_bytes(x, a->least_chunk_pages * t->f->page_size));
	if (a->has_latency)
		fprintf(t->out, "  latency      median %s ms, longest %s ms\n",
			facts_milli(x, a->median_ns / 1000), facts_milli(y, a->max_ns / 1000));
	return 0;
}

static void put_owner(const struct text_cma *t, const struct cma_owner *o)
{
	char age[24];

	if (!o->task) {
		fputs("somebody the trace does not tell of", t->out);
		return;
	}
	put_text(t, o->task);
	fprintf(t->out, "-%" PRId64, o->pid);
	if (o->site) {
		fputs(" at ", t->out);
		put_text(t, o->site);
	}
	if (o->age_ns >= 0)
		fprintf(t->out, ", %s s before", facts_milli(age, o->age_ns / 1000000));
}

static int put_failure(void *ctx, const struct cma_failure_facts *a)
{
	struct text_cma *t = ctx;
	char at[24], pages[32];

	put_heading(t, "contiguous allocations that failed, of all areas");
	fprintf(t->out, "  failed       at %s s, event %" PRId64 ": %s pages of ",
		facts_milli(at, (a->ts_ns - t->f->first_ts_ns) / 1000000), a->event_no,
		facts_count(pages, a->pages));
	put_text(t, a->area);
	if (a->task) {
		fputs(" for ", t->out);
		put_text(t, a->task);
	}
	fputs(": ", t->out);
	put_text(t, a->reason);
	if (a->busy_pfn >= 0) {
		fprintf(t->out, ";\n               page %#" PRIx64 " stayed, allocated by ",
			(uint64_t)a->busy_pfn);
		put_owner(t, &a->owner);
	}
	putc('\n', t->out);
	return 0;
}

static int put_blocker(void *ctx, const struct cma_blocker_facts *b)
{
	struct text_cma *t = ctx;
	char n[32], pages[32];

	put_heading(t, "who was in the way of contiguous allocations");
	fprintf(t->out, "  in the way   %s %s, %s %s: ", facts_count(n, b->tries),
		b->tries == 1 ? "range" : "ranges", facts_count(pages, b->pages),
		b->pages == 1 ? "page" : "pages");
	if (!b->owner.task) {
		fputs("nothing tells who has them\n", t->out);
		return 0;
	}
	put_text(t, b->owner.task);
	if (b->owner.site) {
		fputs(" at ", t->out);
		put_text(t, b->owner.site);
	}
	putc('\n', t->out);
	return 0;
}

int text_cma(FILE *out, const struct facts *f, bool utf8, struct km_diag *d)
{
	struct text_cma t = { .out = out, .f = f, .utf8 = utf8 };
	int64_t n = 0;
	int err = cma_areas(f, put_area, &t, d);

	if (!err)
		err = cma_failures(f, MOST_FAILURES, put_failure, &t, d);
	if (!err)
		err = cma_count_failures(&n, f, d);
	if (!err && n > MOST_FAILURES)
		fprintf(out, "  %*s and %" PRId64 " more\n", 11, "", n - MOST_FAILURES);
	t.headed = false;
	return err ? err : cma_blockers(f, MOST_BLOCKERS, put_blocker, &t, d);
}
