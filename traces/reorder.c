/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/reorder.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 4096 };

void reorder_restart(struct reorder *o)
{
	*o = (struct reorder){ .v = o->v };
}

void reorder_release(struct reorder *o)
{
	free(o->v);
	*o = (struct reorder){ 0 };
}

/* Put the event at @i among those before it, which are in order, as far as they are still here. */
static void put_in_place(struct reorder *o, size_t i)
{
	struct km_event ev = o->v[i];
	size_t to = i;

	while (to > o->at && o->v[to - 1].ts_ns > ev.ts_ns)
		to--;
	if (to == i)
		return;
	memmove(&o->v[to + 1], &o->v[to], (i - to) * sizeof(ev));
	o->v[to] = ev;
	o->moved++;
	if (o->v[i].ts_ns - ev.ts_ns > o->most_ns)
		o->most_ns = o->v[i].ts_ns - ev.ts_ns;
}

static int64_t fill(struct reorder *o, const struct reader_ops *ops, void *reader,
		    struct km_diag *d)
{
	if (!o->v)
		o->v = malloc((CHUNK + REORDER_HELD) * sizeof(*o->v));
	if (!o->v)
		return km_fail(d, KM_ENOMEM, "", "out of memory");
	o->nr -= o->at;
	memmove(o->v, o->v + o->at, o->nr * sizeof(*o->v));
	o->at = 0;
	int64_t got = ops->read(reader, o->v + o->nr, CHUNK, d);

	if (got <= 0) {
		o->over = true;
		o->last = got;
		if (got < 0 && d)
			o->said = *d;
		o->ready = o->nr;
		return 0;
	}
	for (int64_t i = 0; i < got; i++)
		put_in_place(o, o->nr++);
	o->ready = o->nr > REORDER_HELD ? o->nr - REORDER_HELD : 0;
	return 0;
}

int64_t reorder_read(struct reorder *o, const struct reader_ops *ops, void *reader,
		     struct km_event *buf, size_t n, struct km_diag *d)
{
	while (o->at == o->ready && !o->over) {
		int64_t err = fill(o, ops, reader, d);

		if (err)
			return err;
	}
	if (o->at == o->ready) {
		if (o->last < 0 && d)
			*d = o->said;
		return o->last;
	}
	size_t have = o->ready - o->at < n ? o->ready - o->at : n;

	memcpy(buf, o->v + o->at, have * sizeof(*buf));
	o->at += have;
	return (int64_t)have;
}
