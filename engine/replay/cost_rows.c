/* SPDX-License-Identifier: GPL-2.0-only */
/* What the costs came to, as rows. */
#include "engine/replay/state.h"

/* Every how many of the evenly spaced samples a stretch of time ends. */
enum { SAMPLES_APART = 10 };

static uint64_t ns_of(uint64_t ps)
{
	return ps / 1000 + (ps % 1000 >= 500);
}

static int put(const struct replay *r, const struct km_cost_row *row)
{
	return r->sink.ops->cost(r->sink.ctx, row);
}

static struct km_cost_row row_of(enum km_cost_kind kind, unsigned int path, const struct hist *h)
{
	return (struct km_cost_row){ .kind = kind,
				     .path = cost_path_name(path),
				     .count = h->count,
				     .p50_ns = ns_of(hist_quantile(h, 500)),
				     .p90_ns = ns_of(hist_quantile(h, 900)),
				     .p99_ns = ns_of(hist_quantile(h, 990)),
				     .p999_ns = ns_of(hist_quantile(h, 999)),
				     .max_ns = ns_of(h->max),
				     .total_ns = ns_of(h->total) };
}

int cost_feed_sample(struct replay *r, bool label)
{
	struct cost *c = r->cost.c;
	int err = 0;

	if (!label && ++r->cost.samples % SAMPLES_APART)
		return 0;
	for (unsigned int path = 0; !err && path < COST_NR_PATHS; path++) {
		const struct km_cost_row row = row_of(KM_COST_WINDOW, path, &c->window[path]);

		err = row.count ? put(r, &row) : 0;
	}
	cost_window_clear(c);
	return err;
}

static int report_path(const struct replay *r, unsigned int path)
{
	const struct cost *c = r->cost.c;
	char name[COST_CLASS_LEN];
	int err = 0;

	for (unsigned int k = 0; !err && k < COST_NR_CLASSES; k++) {
		struct km_cost_row row = row_of(KM_COST_LATENCY, path, &c->latency[path][k]);

		if (!row.count)
			continue;
		cost_class_name(name, (enum cost_path)path, k);
		row.class = name;
		err = put(r, &row);
	}
	for (unsigned int i = 0; !err && i < COST_NR_PARTS; i++) {
		const struct km_cost_row row = { .kind = KM_COST_PART,
						 .path = cost_path_name(path),
						 .class = cost_part_name(i),
						 .total_ns = ns_of(c->part[path][i]) };

		err = c->part[path][i] ? put(r, &row) : 0;
	}
	return err;
}

static int report_slowest(const struct replay *r, unsigned int rank)
{
	const struct cost_event *e = &r->cost.c->slowest[rank];
	char name[COST_CLASS_LEN];
	unsigned int part[2];
	struct km_cost_row row = { .kind = KM_COST_SLOWEST,
				   .rank = rank + 1,
				   .path = cost_path_name(e->path),
				   .class = name,
				   .total_ns = ns_of(e->took_ps),
				   .event_no = e->event_no,
				   .ts_ns = e->ts_ns,
				   .cpu = e->cpu };

	cost_class_name(name, (enum cost_path)e->path, e->class);
	cost_main_parts(e, part);
	for (unsigned int i = 0; i < 2 && part[i] < COST_NR_PARTS; i++) {
		row.main_part[i] = cost_part_name(part[i]);
		row.main_part_ns[i] = ns_of(e->part[part[i]]);
	}
	return put(r, &row);
}

static int report_cpu(const struct replay *r, unsigned int cpu)
{
	const struct cost_cpu *k = &r->cost.c->cpu[cpu];
	const struct km_cost_row row = { .kind = KM_COST_CPU,
					 .cpu = cpu,
					 .flushes = k->flushes,
					 .full_flushes = k->full_flushes,
					 .ipis = k->ipis,
					 .total_ns = ns_of(k->stolen) };

	return put(r, &row);
}

static int report_bracket(const struct replay *r, const struct bracket *b)
{
	char name[BRACKET_NAME_LEN];
	const struct km_cost_row row = { .kind = KM_COST_BRACKET,
					 .class = name,
					 .count = b->model_ps.count,
					 .p50_ns = ns_of(hist_quantile(&b->model_ps, 500)),
					 .recorded_p50_ns = hist_quantile(&b->recorded_ns, 500) };

	bracket_name(name, b);
	return put(r, &row);
}

static int report_item(const struct replay *r, unsigned int item)
{
	const struct cost *c = r->cost.c;
	const struct cost_entry *e = &c->table->item[item];
	const struct km_cost_row row = { .kind = KM_COST_ITEM,
					 .path = c->table->name,
					 .class = cost_item_name(item),
					 .value_ps = e->ps,
					 .count = c->steps[item],
					 .verified = cost_verified_name(e->verified),
					 .source = e->source };

	return put(r, &row);
}

int cost_feed_report(struct replay *r)
{
	const struct cost_feed *f = &r->cost;
	int err = 0;

	for (unsigned int i = 0; !err && i < COST_NR_PATHS; i++)
		err = report_path(r, i);
	for (unsigned int i = 0; !err && i < f->c->nr_slowest; i++)
		err = report_slowest(r, i);
	for (unsigned int i = 0; !err && i < f->c->nr_cpus; i++)
		err = report_cpu(r, i);
	for (unsigned int i = 0; !err && i < f->brackets.nr; i++)
		err = report_bracket(r, &f->brackets.class[i]);
	for (unsigned int i = 0; !err && i < COST_NR_ITEMS; i++)
		err = report_item(r, i);
	return err;
}
