/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/haste.h"

#include <stdlib.h>
#include <string.h>

#include "engine/core/gfp.h"

enum { ENOUGH = 100 }; /* times, to speak of one in a hundred */

/* Classes grow with the time: all those of one octave are equally wide. */
static unsigned int class_of(uint64_t ns)
{
	unsigned int octave = ns >> HASTE_FINE ? 63 - (unsigned int)__builtin_clzll(ns) : 0;

	if (!octave)
		return (unsigned int)ns;
	unsigned int shift = octave - HASTE_FINE;

	return (shift << HASTE_FINE) + (unsigned int)(ns >> shift);
}

/* The shortest time of a class. */
static uint64_t time_of(unsigned int class)
{
	unsigned int shift = class >> HASTE_FINE;

	return shift < 2 ? class : (uint64_t)(class - ((shift - 1) << HASTE_FINE)) << (shift - 1);
}

/* An event written while another is being written has the same time: that says nothing. */
static void add(struct haste_times *t, uint64_t ns)
{
	t->n += ns > 0;
	t->of[class_of(ns)] += ns > 0;
}

static void settle(struct haste_times *t)
{
	uint64_t below = 0;
	unsigned int class = 0;

	t->least = 0;
	if (t->n < ENOUGH)
		return;
	while (below + t->of[class] <= t->n / ENOUGH)
		below += t->of[class ++];
	t->least = time_of(class);
}

static struct haste_times *serve_of(const struct haste *h, const struct km_event *ev)
{
	return &h->serve[ev->page.gfp & KM_GFP_ZERO ? 1 : 0];
}

void haste_took(struct haste *h, const struct km_event *ev, const struct haste_cpu *was)
{
	if (was->pid != ev->pid || ev->ts_ns < was->ts_ns)
		return;
	if (was->irq)
		add(h->leave, ev->ts_ns - was->ts_ns);
	else if (!ev->page.order)
		add(serve_of(h, ev), ev->ts_ns - was->ts_ns);
}

void haste_settle(struct haste *h)
{
	settle(h->leave);
	settle(&h->serve[0]);
	settle(&h->serve[1]);
	memset(h->cpu, 0, h->nr_cpus * sizeof(*h->cpu));
}

bool haste_too_soon(const struct haste *h, const struct km_event *ev, const struct haste_cpu *was)
{
	uint64_t leave = h->leave->least, serve = serve_of(h, ev)->least;

	return leave && serve && was->pid == ev->pid && ev->ts_ns >= was->ts_ns &&
	       ev->ts_ns - was->ts_ns < leave + serve;
}

int haste_open(struct haste *h, unsigned int nr_cpus)
{
	*h = (struct haste){ .nr_cpus = nr_cpus };
	h->cpu = calloc(nr_cpus, sizeof(*h->cpu));
	h->leave = calloc(3, sizeof(*h->leave));
	if (!h->cpu || !h->leave) {
		haste_release(h);
		return -KM_ENOMEM;
	}
	h->serve = h->leave + 1;
	return 0;
}

void haste_release(struct haste *h)
{
	free(h->cpu);
	free(h->leave);
	*h = (struct haste){ 0 };
}
