/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/object_score.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Beside the caches: what pages served, and what nobody knows. */
enum { ROW_PAGES, ROW_NONE, MORE_ROWS };

/* Events a page's verdict may come after its slab's. */
enum { LOOK_BACK = 1 << 16 };

int object_score_open(struct object_score *s, size_t nr_caches)
{
	s->nr_caches = nr_caches;
	s->by_cache = calloc(nr_caches + MORE_ROWS, sizeof(*s->by_cache));
	return s->by_cache ? 0 : -KM_ENOMEM;
}

void object_score_release(struct object_score *s)
{
	free(s->by_cache);
	free(s->credits);
	free(s->missed);
	*s = (struct object_score){ 0 };
}

static size_t row_of(const struct object_score *s, int cache)
{
	if (cache >= 0)
		return (size_t)cache;
	return s->nr_caches + (cache == -2 ? ROW_PAGES : ROW_NONE);
}

static void add(struct object_tally *t, const bool hit[NR_OBJECT_METRICS])
{
	t->total++;
	for (unsigned int m = 0; m < NR_OBJECT_METRICS; m++)
		t->hits[m] += hit[m];
}

static int credit(struct object_score *s, const struct object_verdict *v)
{
	if (s->nr_credits == s->credits_room) {
		size_t room = s->credits_room ? s->credits_room * 2 : 256;
		struct object_credit *p = realloc(s->credits, room * sizeof(*p));

		if (!p)
			return -KM_ENOMEM;
		s->credits = p;
		s->credits_room = room;
	}
	s->credits[s->nr_credits++] = (struct object_credit){ v->page_no, v->cache, v->known };
	return 0;
}

int object_score_count(struct object_score *s, const struct object_verdict *v)
{
	bool slab = v->slab;

	for (size_t i = s->nr_missed; slab && v->page_no && i-- > 0 && s->missed[i] >= v->page_no;)
		slab = s->missed[i] != v->page_no;
	const bool hit[NR_OBJECT_METRICS] = { [OBJECT_CACHE] = v->named,
					      [OBJECT_SLAB] = slab,
					      [OBJECT_PTR] = v->ptr,
					      [OBJECT_BYTES] = v->bytes };

	add(&s->all, hit);
	add(&s->by_cache[row_of(s, v->cache)], hit);
	if (v->known)
		add(&s->known, hit);
	for (unsigned int m = 0; m < NR_OBJECT_METRICS; m++)
		s->cause[m][v->cause] += !hit[m];
	if (s->no_memory)
		return -KM_ENOMEM;
	return slab && v->page_no ? credit(s, v) : 0;
}

/* The credit for that page; events come almost in order, so it is near the end. */
static struct object_credit *find_credit(struct object_score *s, uint64_t no)
{
	for (size_t i = s->nr_credits; i-- > 0;) {
		if (s->credits[i].no == no)
			return &s->credits[i];
		if (s->credits[i].no && s->credits[i].no + LOOK_BACK < no)
			break;
	}
	return NULL;
}

void object_score_missed(struct object_score *s, uint64_t page_no)
{
	struct object_credit *c = find_credit(s, page_no);

	if (c) {
		s->all.hits[OBJECT_SLAB]--;
		s->cause[OBJECT_SLAB][OBJECT_ORDERING]++;
		s->known.hits[OBJECT_SLAB] -= c->known;
		s->by_cache[row_of(s, c->cache)].hits[OBJECT_SLAB]--;
		c->no = 0;
		return;
	}
	if (s->nr_missed == s->missed_room) {
		size_t room = s->missed_room ? s->missed_room * 2 : 64;
		uint64_t *p = realloc(s->missed, room * sizeof(*p));

		if (!p) {
			s->no_memory = true;
			return;
		}
		s->missed = p;
		s->missed_room = room;
	}
	s->missed[s->nr_missed++] = page_no;
}

static int row(const struct km_sink *sink, const char *metric, const char *scope, uint64_t hits,
	       uint64_t total)
{
	struct km_fidelity_row r = {
		.metric = metric, .scope = scope, .hits = hits, .total = total
	};

	return total ? sink->ops->fidelity(sink->ctx, &r) : 0;
}

static const char *const names[] = { "object.cache", "object.slab", "object.ptr", "object.bytes" };
static const char *const causes[] = { "miss=first-touch", "miss=untraced-bulk", "miss=random-start",
				      "miss=ordering", "miss=unknown" };

static bool hit_of(const struct object_verdict *v, unsigned int m)
{
	const bool hit[] = { v->named, v->slab, v->ptr, v->bytes };

	return hit[m];
}

bool object_score_misses(const struct object_score *s, const struct object_verdict *v)
{
	for (unsigned int m = 0; m < NR_OBJECT_METRICS; m++)
		if (!s->first[m].metric && !hit_of(v, m))
			return true;
	return false;
}

void object_score_note(struct object_score *s, const struct object_verdict *v,
		       const struct replay_miss *miss)
{
	for (unsigned int m = 0; m < NR_OBJECT_METRICS; m++) {
		if (s->first[m].metric || hit_of(v, m))
			continue;
		s->first[m] = *miss;
		s->first[m].metric = names[m];
		s->first[m].cause = causes[v->cause] + sizeof("miss=") - 1;
	}
}

const struct replay_miss *object_score_first(const struct object_score *s, const char *metric)
{
	const struct replay_miss *first = NULL;

	for (unsigned int m = 0; m < NR_OBJECT_METRICS; m++)
		if (s->first[m].metric && (!metric || !strcmp(metric, names[m])) &&
		    (!first || s->first[m].event_no < first->event_no))
			first = &s->first[m];
	return first;
}

static int report_metric(const struct object_score *s, enum object_metric m,
			 const struct slab_room *room, const struct km_sink *sink)
{
	char scope[KM_NAME_LEN + 8];
	int err = row(sink, names[m], "all", s->all.hits[m], s->all.total);

	if (!err)
		err = row(sink, names[m], "known", s->known.hits[m], s->known.total);
	for (size_t i = 0; !err && i < s->nr_caches + MORE_ROWS; i++) {
		snprintf(scope, sizeof(scope), "cache=%s",
			 i < s->nr_caches	       ? room->caches[i].name :
			 i == s->nr_caches + ROW_PAGES ? "(pages)" :
							 "(unknown)");
		err = row(sink, names[m], scope, s->by_cache[i].hits[m], s->by_cache[i].total);
	}
	for (unsigned int i = 0; !err && i < NR_OBJECT_CAUSES; i++)
		err = row(sink, names[m], causes[i], 0, s->cause[m][i]);
	return err;
}

int object_score_report(const struct object_score *s, const struct slab_room *room,
			const struct km_sink *sink)
{
	int err = 0;

	for (unsigned int m = 0; !err && m < NR_OBJECT_METRICS; m++)
		err = report_metric(s, (enum object_metric)m, room, sink);
	return err;
}
