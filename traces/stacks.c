/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/stacks.h"

#include <stdlib.h>
#include <string.h>

#include "engine/core/diag.h"

enum {
	WINDOW = 1024,	  /* events wait for so many others */
	MAX_CHAIN = 4096, /* what a string table holds */
};

struct stacks {
	struct strtab *strings;
	bool holds; /* events wait */
	bool in_chain;
	bool full; /* the chain: no frame more */
	unsigned int cpu;
	int32_t pid;
	size_t len;	/* of the chain */
	uint64_t quiet; /* events since the last chain */
	size_t first, count;
	struct km_event events[WINDOW]; /* a ring */
	bool served[WINDOW];		/* has its chain */
	char chain[MAX_CHAIN];
};

void stacks_restart(struct stacks *s)
{
	s->holds = true;
	s->in_chain = false;
	s->quiet = 0;
	s->first = s->count = 0;
}

int stacks_open(struct stacks **out, struct strtab *strings)
{
	struct stacks *s = calloc(1, sizeof(*s));

	if (!s)
		return -KM_ENOMEM;
	s->strings = strings;
	stacks_restart(s);
	*out = s;
	return 0;
}

void stacks_close(struct stacks *s)
{
	free(s);
}

/* ---- chains ---- */

void stacks_begin(struct stacks *s, unsigned int cpu, int32_t pid)
{
	s->in_chain = true;
	s->full = false;
	s->cpu = cpu;
	s->pid = pid;
	s->len = 0;
}

void stacks_frame(struct stacks *s, const char *text, size_t len)
{
	size_t line = s->len ? 1 : 0;

	if (!len || s->full)
		return;
	s->full = s->len + line + len > MAX_CHAIN;
	if (s->full)
		return;
	if (line)
		s->chain[s->len++] = '\n';
	memcpy(s->chain + s->len, text, len);
	s->len += len;
}

bool stacks_in_chain(const struct stacks *s)
{
	return s->in_chain;
}

/* Is the chain @e's? 1: yes, 0: perhaps that of one before it, -1: of none. */
static int belongs(const struct stacks *s, const struct km_event *e, bool served)
{
	if (e->cpu != s->cpu)
		return 0;
	if (e->kind == KM_EV_LOST)
		return -1;
	return !served && e->pid == s->pid;
}

static void give(struct km_event *e, uint32_t id)
{
	if (km_event_has_stack(e->kind))
		e->stack = id;
}

int stacks_end(struct stacks *s, struct km_event *ev, size_t n)
{
	int64_t id = strtab_intern(s->strings, s->chain, s->len);
	int is = 0;

	s->in_chain = false;
	s->quiet = 0;
	s->holds = true;
	if (id < 0)
		return (int)id;
	for (size_t i = s->count; !is && i-- > 0;) {
		size_t at = (s->first + i) % WINDOW;

		is = belongs(s, &s->events[at], s->served[at]);
		if (is > 0) {
			s->served[at] = true;
			give(&s->events[at], (uint32_t)id);
		}
	}
	for (size_t i = n; !is && i-- > 0;) {
		is = belongs(s, &ev[i], km_event_has_stack(ev[i].kind) && ev[i].stack);
		if (is > 0)
			give(&ev[i], (uint32_t)id);
	}
	return 0;
}

/* ---- events ---- */

bool stacks_hold(struct stacks *s, const struct km_event *ev)
{
	if (!s->holds)
		return false;
	size_t at = (s->first + s->count++) % WINDOW;

	s->events[at] = *ev;
	s->served[at] = false;
	s->holds = ++s->quiet < WINDOW;
	return true;
}

bool stacks_waiting(const struct stacks *s)
{
	return s->count;
}

bool stacks_due(const struct stacks *s)
{
	return s->count == WINDOW || (s->count && !s->holds);
}

bool stacks_next(struct stacks *s, struct km_event *ev)
{
	if (!s->count)
		return false;
	*ev = s->events[s->first];
	s->first = (s->first + 1) % WINDOW;
	s->count--;
	return true;
}
