/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/reaper.h"

#include <stdlib.h>
#include <string.h>

#include "engine/core/diag.h"

#define SECOND UINT64_C(1000000000)

/* Kernel: mm/slab.c:REAPTIMEOUT_AC [6.1] */
#define PERIOD (2 * SECOND)
/* How far a deferrable timer strays, and what belongs to one pass. */
#define STRAY (SECOND / 10)
/* From a free to the pages it gives back. */
#define AT_ONCE (SECOND / 5000)

enum { PARTS = 100, REACH = 5, MAX_PASSES = 1 << 20 };

int reaper_init(struct reaper *r, const struct strtab *strings, unsigned int nr_cpus)
{
	*r = (struct reaper){ .strings = strings, .nr_cpus = nr_cpus, .first_ns = UINT64_MAX };
	r->last = calloc(nr_cpus, sizeof(*r->last));
	return r->last ? 0 : -KM_ENOMEM;
}

void reaper_release(struct reaper *r)
{
	free(r->last);
	free(r->seen);
	free(r->pass);
}

bool reaper_hear(struct reaper *r, const struct km_event *ev)
{
	struct reaper_cpu *c = &r->last[ev->cpu];
	if (ev->ts_ns < r->first_ns)
		r->first_ns = ev->ts_ns;
	if (ev->ts_ns > r->last_ns)
		r->last_ns = ev->ts_ns;
	bool recent = c->ts_ns && c->pid == ev->pid && ev->ts_ns - c->ts_ns < AT_ONCE;

	if (ev->kind == KM_EV_KFREE || ev->kind == KM_EV_CACHE_FREE)
		*c = (struct reaper_cpu){ ev->pid, ev->ts_ns };
	else if (ev->kind == KM_EV_PAGE_FREE && recent)
		c->ts_ns = ev->ts_ns;
	return ev->kind == KM_EV_PAGE_FREE && !recent && !km_in_interrupt(ev);
}

static int add(struct reaper_pass **list, size_t *n, size_t *room, struct reaper_pass p)
{
	if (*n == *room) {
		size_t more = *room ? *room * 2 : 64;
		struct reaper_pass *v = realloc(*list, more * sizeof(*v));

		if (!v)
			return -KM_ENOMEM;
		*list = v;
		*room = more;
	}
	(*list)[(*n)++] = p;
	return 0;
}

int reaper_learn(struct reaper *r, const struct km_event *ev)
{
	for (size_t i = r->nr_seen; i-- > 0 && ev->ts_ns - r->seen[i].ts_ns < STRAY;)
		if (r->seen[i].cpu == ev->cpu)
			return 0;
	if (strncmp(strtab_get(r->strings, ev->comm), "kworker/", 8))
		return 0;
	return add(&r->seen, &r->nr_seen, &r->seen_room,
		   (struct reaper_pass){ ev->ts_ns, ev->cpu });
}

/* Are @a and @b on the same part of a second? */
static bool in_step(uint64_t a, uint64_t b)
{
	uint64_t apart = (a > b ? a - b : b - a) % SECOND;

	return apart < STRAY || apart > SECOND - STRAY;
}

/* The part of a second that most were seen near; what is not near it was another worker. */
static uint64_t find_step(const struct reaper *r)
{
	size_t near[PARTS] = { 0 }, best = 0;

	for (size_t i = 0; i < r->nr_seen; i++) {
		size_t part = (size_t)(r->seen[i].ts_ns % SECOND / (SECOND / PARTS));

		for (size_t j = 0; j < 2 * REACH + 1; j++)
			near[(part + PARTS - REACH + j) % PARTS]++;
	}
	for (size_t i = 1; i < PARTS; i++)
		if (near[i] > near[best])
			best = i;
	return best * (SECOND / PARTS);
}

/* What nobody saw of @cpu's passes from @from on, before @to. */
static int fill(struct reaper *r, size_t *room, uint64_t from, uint64_t to, unsigned int cpu)
{
	int err = 0;

	for (; !err && from < to && r->nr_passes < MAX_PASSES; from += PERIOD)
		err = add(&r->pass, &r->nr_passes, room, (struct reaper_pass){ from, cpu });
	return err;
}

/* @cpu's passes: those seen on @like in step with @step, and those between. */
static int lay_out(struct reaper *r, size_t *room, unsigned int cpu, unsigned int like,
		   uint64_t step, bool from_boot)
{
	uint64_t at = 0;
	int err = 0;

	for (size_t i = 0; !err && i < r->nr_seen; i++) {
		uint64_t ts = r->seen[i].ts_ns;

		if (r->seen[i].cpu != like || !in_step(ts, step) || (at && ts - at < PERIOD / 2))
			continue;
		uint64_t since = ts - r->first_ns;

		if (!at && since >= PERIOD)
			err = fill(r, room, ts - (from_boot ? PERIOD : since - since % PERIOD),
				   ts - PERIOD / 2, cpu);
		else if (at && ts - at > PERIOD)
			err = fill(r, room, at + PERIOD, ts - PERIOD * 3 / 4, cpu);
		if (!err)
			err = fill(r, room, ts, ts + 1, cpu);
		at = ts;
	}
	return err || !at ? err : fill(r, room, at + PERIOD, r->last_ns, cpu);
}

/* By time, then by CPU: no two are alike. */
static int order(const void *a, const void *b)
{
	const struct reaper_pass *x = a, *y = b;

	if (x->ts_ns != y->ts_ns)
		return x->ts_ns < y->ts_ns ? -1 : 1;
	return x->cpu < y->cpu ? -1 : x->cpu > y->cpu;
}

int reaper_start(struct reaper *r, bool from_boot)
{
	uint64_t step = find_step(r);
	unsigned int like = 0;
	bool any = false;
	size_t room = 0;
	int err = 0;

	for (size_t i = 0; !any && i < r->nr_seen; i++) {
		any = in_step(r->seen[i].ts_ns, step);
		like = r->seen[i].cpu;
	}
	for (unsigned int cpu = 0; any && !err && cpu < r->nr_cpus; cpu++) {
		bool own = false;

		for (size_t i = 0; !own && i < r->nr_seen; i++)
			own = r->seen[i].cpu == cpu && in_step(r->seen[i].ts_ns, step);
		err = lay_out(r, &room, cpu, own ? cpu : like, step, from_boot);
	}
	if (r->nr_passes)
		qsort(r->pass, r->nr_passes, sizeof(*r->pass), order);
	memset(r->last, 0, r->nr_cpus * sizeof(*r->last));
	return err;
}

bool reaper_ran(struct reaper *r, uint64_t ts_ns, unsigned int *cpu)
{
	if (r->next == r->nr_passes || r->pass[r->next].ts_ns > ts_ns)
		return false;
	*cpu = r->pass[r->next++].cpu;
	return true;
}

bool reaper_runs(const struct reaper *r, const struct km_event *ev)
{
	return r->next && ev->ts_ns - r->pass[r->next - 1].ts_ns < STRAY &&
	       !strncmp(strtab_get(r->strings, ev->comm), "kworker/", 8);
}
