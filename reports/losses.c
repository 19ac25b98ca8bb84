/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/losses.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LOSSES = 256, MAX_GAPS = 4096 };

struct load {
	struct facts *f;
	struct km_diag *d;
};

static int no_memory(const struct load *l)
{
	return km_fail(l->d, KM_ENOMEM, query_db_path(l->f->db), "out of memory");
}

static int load_loss(void *ctx, const struct query *q)
{
	struct load *l = ctx;
	struct facts *f = l->f;
	struct facts_loss *more = realloc(f->losses, (f->nr_losses + 1) * sizeof(*f->losses));

	if (!more)
		return no_memory(l);
	f->losses = more;
	more[f->nr_losses] = (struct facts_loss){ .cpu = query_int(q, 0),
						  .event_class = strdup(query_text(q, 1)),
						  .events = query_int(q, 2),
						  .first_ts_ns = query_int(q, 3),
						  .last_ts_ns = query_int(q, 4) };
	return more[f->nr_losses++].event_class ? 0 : no_memory(l);
}

static int add_gap(struct load *l, int64_t from_ns, int64_t to_ns)
{
	struct facts *f = l->f;
	struct facts_gap *more = realloc(f->gaps, (f->nr_gaps + 1) * sizeof(*f->gaps));

	if (!more)
		return no_memory(l);
	f->gaps = more;
	more[f->nr_gaps++] = (struct facts_gap){ from_ns, to_ns };
	return 0;
}

static int load_gap(void *ctx, const struct query *q)
{
	int64_t from = query_int(q, 0), to = query_int(q, 1);

	return add_gap(ctx, from, from < to ? to : from);
}

/* Between two states where the count of lost events grew, within what v_loss knows of times. */
static const char gaps_sql[] =
	"SELECT max(s.before_ns, t.first_ns), min(s.ts_ns, t.last_ns) FROM (SELECT ts_ns, lost_events, "
	"lag(lost_events, 1, 0) OVER w AS lost_before, lag(ts_ns, 1, 0) OVER w AS before_ns "
	"FROM v_samples WHERE run = ?1 AND source IS NULL WINDOW w AS (ORDER BY sample)) AS s CROSS JOIN "
	"(SELECT min(first_ts_ns) AS first_ns, max(last_ts_ns) AS last_ns FROM v_loss WHERE run = ?1 "
	"AND last_ts_ns > 0) AS t WHERE s.lost_events > s.lost_before AND t.last_ns > 0 ORDER BY 1 LIMIT ?2";

/* Where no state lies between, or the number is not known: from the first mark to the last. */
static int gaps_of_rows(struct load *l)
{
	int err = 0;

	for (size_t i = 0; !err && i < l->f->nr_losses; i++)
		if (l->f->losses[i].last_ts_ns)
			err = add_gap(l, l->f->losses[i].first_ts_ns, l->f->losses[i].last_ts_ns);
	return err;
}

int losses_load(struct facts *f, struct km_diag *d)
{
	static const char rows_sql[] =
		"SELECT cpu, event_class, lost_events, first_ts_ns, last_ts_ns FROM v_loss WHERE run = ? "
		"ORDER BY cpu, event_class LIMIT ?";
	static const char doubt_sql[] =
		"SELECT max(uncertain_pages) FROM v_samples WHERE run = ?1 AND ts_ns >= "
		"(SELECT min(first_ts_ns) FROM v_loss WHERE run = ?1 AND last_ts_ns > 0)";
	const struct query_arg rows[] = { { .number = f->run }, { .number = MAX_LOSSES } };
	const struct query_arg gaps[] = { { .number = f->run }, { .number = MAX_GAPS } };
	struct load l = { f, d };
	int err = query_each(f->db, rows_sql, rows, 2, load_loss, &l, d);

	if (!err)
		err = query_each(f->db, gaps_sql, gaps, 2, load_gap, &l, d);
	if (!err && !f->nr_gaps)
		err = gaps_of_rows(&l);
	if (!err)
		err = query_number(&f->uncertain_pages, f->db, doubt_sql, rows, 1, -1, d);
	return err;
}

/* ---- in words ---- */

/* "1.250 s", since the trace began. */
static void put_moment(FILE *out, const struct facts *f, int64_t ts_ns)
{
	int64_t ms = (ts_ns - f->first_ts_ns) / 1000000;

	fprintf(out, "%s%" PRId64 ".%03" PRId64 " s", ms < 0 ? "-" : "", (ms < 0 ? -ms : ms) / 1000,
		(ms < 0 ? -ms : ms) % 1000);
}

static void put_share(FILE *out, const struct facts *f, const struct facts_loss *l)
{
	int64_t all = f->events + f->lost_events;
	char share[24];

	if (l->events && l->events < all / 10000)
		fputs("Less than 0.01 % of the events are missing", out);
	else if (l->events)
		fprintf(out, "%s %% of the events are missing",
			facts_percent(share, l->events, all));
	else
		fputs("Events are missing, nothing says how many,", out);
}

void losses_say(FILE *out, const struct facts *f, const struct facts_loss *l,
		void (*escape)(FILE *out, const char *text))
{
	char count[32];

	put_share(out, f, l);
	if (!l->last_ts_ns) {
		fputs(", nothing says when", out);
	} else if (l->first_ts_ns == l->last_ts_ns) {
		fputs(" at ", out);
		put_moment(out, f, l->first_ts_ns);
	} else {
		fputs(" between ", out);
		put_moment(out, f, l->first_ts_ns);
		fputs(" and ", out);
		put_moment(out, f, l->last_ts_ns);
	}
	if (l->cpu < 0)
		fputs(" (all CPUs", out);
	else
		fprintf(out, " (CPU %" PRId64, l->cpu);
	if (l->events)
		fprintf(out, ": %s", facts_count(count, l->events));
	fputs(", ", out);
	escape(out, l->event_class);
	putc(')', out);
}

void losses_say_doubt(FILE *out, const struct facts *f)
{
	char pages[32], bytes[24];

	if (f->uncertain_pages < 0)
		fputs("No state after a loss was recorded", out);
	else if (!f->uncertain_pages)
		fputs("The states after that are not uncertain by any page", out);
	else
		fprintf(out, "The numbers after that are uncertain by up to %s pages (%s)",
			facts_count(pages, f->uncertain_pages),
			facts_bytes(bytes, f->uncertain_pages * f->page_size));
}
