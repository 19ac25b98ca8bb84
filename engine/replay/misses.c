/* SPDX-License-Identifier: GPL-2.0-only */
/* The first miss of each metric, with the lists as they stood. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/replay/state.h"

enum { TEXT_BYTES = 8192, SHOWN = 12 };

struct text {
	char *at;
	size_t left;
};

static void KM_PRINTF(2, 3) say(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(t->at, t->left, fmt, ap);

	va_end(ap);
	if (n < 0)
		return;
	size_t used = (size_t)n < t->left ? (size_t)n : t->left - 1;

	t->at += used;
	t->left -= used;
}

static void say_list(struct text *t, const struct frames *f, const struct flist *l)
{
	unsigned int shown = 0;

	for (uint32_t at = l->head; at && shown < SHOWN; at = f->node[at - 1].next, shown++)
		say(t, " %#" PRIx64, node_pfn(f, at - 1).nr);
	say(t, l->count > shown ? " … (%u)\n" : "\n", l->count);
}

static void say_lists(struct text *t, const struct replay *r, unsigned int cpu, unsigned int zone,
		      unsigned int order, unsigned int mt)
{
	const struct pcp *p = pages_pcp(&r->m.pages, zone, cpu);
	const struct buddy *b = &r->m.buddy[zone];
	const char *type = km_migratetype_name(mt);

	say(t, "zone %s, cpu %u: per-CPU pages %u, high %u, batch %u, free_factor %u\n",
	    r->m.zone[zone].name, cpu, p->count, p->high, p->batch, p->free_factor);
	if (pcp_keeps(p, order)) {
		say(t, "per-CPU list order %u %s, head first:", order, type ? type : "?");
		say_list(t, &r->m.frames, &p->list[pcp_index(p, order, mt)]);
	}
	for (unsigned int at = order; at < buddy_nr_orders(b) && mt < KM_NR_MIGRATETYPES; at++) {
		if (flist_empty(&b->list[at][mt]))
			continue;
		say(t, "free list order %u %s, head first:", at, type);
		say_list(t, &r->m.frames, &b->list[at][mt]);
	}
}

void note_miss(struct replay *r, enum metric metric, const struct op *op, const struct verdict *v,
	       struct pfn predicted, struct pfn recorded)
{
	struct replay_miss *miss = &r->score.first[metric];
	unsigned int zone = pages_zone_of(&r->m.pages, recorded);

	if (metric == METRIC_PFN)
		objects_page_missed(r->objects, op->no);
	if (miss->metric)
		return;
	*miss = (struct replay_miss){ .metric = score_metric_name(&r->score, metric),
				      .cause = score_cause_name(v->cause),
				      .event_no = op->no,
				      .ts_ns = op->ev->ts_ns,
				      .cpu = op->cpu,
				      .order = v->order,
				      .migratetype = v->mt,
				      .predicted_pfn = predicted.nr,
				      .recorded_pfn = recorded.nr,
				      .lists = "" };
	char *lists = malloc(TEXT_BYTES);

	if (!lists) {
		r->host_error = -KM_ENOMEM;
		return;
	}
	struct text t = { lists, TEXT_BYTES };

	lists[0] = '\0';
	if (zone < r->m.pages.nr_zones && v->order <= r->m.frames.top_order)
		say_lists(&t, r, op->cpu, zone, v->order, v->mt);
	r->score.lists[metric] = lists;
	miss->lists = lists;
}

const struct replay_miss *replay_first_miss(const struct replay *r, const char *metric)
{
	const struct replay_miss *first = objects_first_miss(r->objects, metric);

	for (unsigned int i = 0; i < NR_METRICS; i++) {
		const struct replay_miss *miss = &r->score.first[i];
		const char *name = score_metric_name(&r->score, i), *a = name, *b = metric;

		if (!miss->metric)
			continue;
		while (b && *a && *a == *b)
			a++, b++;
		if (b && *a != *b)
			continue;
		if (!first || miss->event_no < first->event_no)
			first = miss;
	}
	return first;
}
