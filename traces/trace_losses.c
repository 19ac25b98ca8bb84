/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/trace_losses.h"

#include <stdlib.h>
#include <string.h>

static bool is_class(const struct trace_loss *l, const char *event_class)
{
	return !strcmp(l->event_class, event_class);
}

static struct trace_loss *find(const struct trace_losses *l, unsigned int cpu,
			       const char *event_class)
{
	for (size_t i = 0; i < l->nr; i++)
		if (l->at[i].cpu == cpu && is_class(&l->at[i], event_class))
			return &l->at[i];
	return NULL;
}

static int grow(struct trace_losses *l, size_t need)
{
	size_t room = need < 16 ? 16 : need * 2;
	struct trace_loss *at = need > l->room ? realloc(l->at, room * sizeof(*at)) : l->at;

	if (!at)
		return -KM_ENOMEM;
	l->room = need > l->room ? room : l->room;
	l->at = at;
	return 0;
}

static int add(struct trace_losses *l, struct strtab *strings, const struct trace_loss *loss)
{
	struct trace_loss *hit = find(l, loss->cpu, loss->event_class);

	if (hit && loss->stated)
		return 0;
	if (hit) {
		hit->lost_events = (hit->stated ? 0 : hit->lost_events) + loss->lost_events;
		hit->first_ts_ns = hit->stated ? loss->first_ts_ns : hit->first_ts_ns;
		hit->last_ts_ns = loss->last_ts_ns;
		hit->stated = false;
		return 0;
	}
	int64_t id = strtab_intern(strings, loss->event_class, strlen(loss->event_class));

	if (id < 0 || grow(l, l->nr + 1))
		return -KM_ENOMEM;
	l->at[l->nr] = *loss;
	l->at[l->nr++].event_class = strtab_get(strings, (uint32_t)id);
	return 0;
}

int trace_losses_add(struct trace_losses *l, struct strtab *strings, const struct trace_loss *loss)
{
	struct trace_loss rest = *loss;

	if (loss->cpu != TRACE_ALL_CPUS || !is_class(loss, LOSS_OVERWRITTEN))
		return add(l, strings, loss);
	for (size_t i = 0; i < l->nr; i++) {
		if (!l->at[i].stated || !is_class(&l->at[i], LOSS_OVERRUN))
			continue;
		if (l->at[i].lost_events >= rest.lost_events)
			return 0;
		rest.lost_events -= l->at[i].lost_events;
	}
	return add(l, strings, &rest);
}

static uint64_t sum_of(const struct trace_losses *l, unsigned int cpu, const char *event_class)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < l->nr; i++)
		if (l->at[i].cpu == cpu && is_class(&l->at[i], event_class))
			sum += l->at[i].lost_events;
	return sum;
}

int trace_losses_copy(struct trace_losses *to, const struct trace_losses *from)
{
	if (grow(to, from->nr + 1))
		return -KM_ENOMEM;
	if (from->nr)
		memcpy(to->at, from->at, from->nr * sizeof(*to->at));
	to->nr = from->nr;
	return 0;
}

void trace_losses_release(struct trace_losses *l)
{
	free(l->at);
	*l = (struct trace_losses){ 0 };
}

void trace_losses_sum(const struct trace_losses *l, struct trace_lost *out)
{
	*out = (struct trace_lost){ .any = l->nr > 0 };
	for (size_t i = 0; i < l->nr; i++) {
		const struct trace_loss *at = &l->at[i];
		uint64_t overruns = sum_of(l, at->cpu, LOSS_OVERRUN);

		out->unknown |= !at->lost_events;
		if (!is_class(at, LOSS_MARKED))
			out->events += at->lost_events;
		else if (at->lost_events > overruns)
			out->events += at->lost_events - overruns;
	}
}
