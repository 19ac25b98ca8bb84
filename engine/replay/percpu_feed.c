/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/percpu_feed.h"

/* A record that makes more chunks than this is none of a kernel's. */
enum { MOST_CHUNKS = 1024 };

int percpu_feed_open(struct percpu_feed *f, const struct percpu_profile *prof,
		     const struct km_snap_percpu *layout, unsigned int page_shift, bool scored)
{
	const struct percpu_geometry g = { .static_bytes = layout->static_bytes,
					   .reserved_bytes = layout->reserved_bytes,
					   .dyn_bytes = layout->dyn_bytes,
					   .unit_bytes = layout->unit_bytes,
					   .nr_units = layout->nr_units };

	*f = (struct percpu_feed){ .scored = scored };
	if (!prof || !g.unit_bytes)
		return 0;
	int err = percpu_init(&f->room, prof, &g, page_shift);

	f->on = !err;
	f->room.follows = true;
	return err == -KM_ENOMEM ? err : 0;
}

void percpu_feed_release(struct percpu_feed *f)
{
	if (f->on)
		percpu_release(&f->room);
	f->on = false;
}

bool percpu_feed_heeds(unsigned int kind)
{
	return kind == KM_EV_PERCPU_ALLOC || kind == KM_EV_PERCPU_FREE ||
	       kind == KM_EV_PERCPU_CREATE_CHUNK || kind == KM_EV_PERCPU_DESTROY_CHUNK;
}

/* The chunk at @base: the first one's address shows by the first free that is no other's. */
static int32_t chunk_at(struct percpu_feed *f, uint64_t base)
{
	int32_t n = percpu_find(&f->room, base);

	if (n || f->has_base)
		return n;
	f->has_base = true;
	f->room.chunk[f->room.first].base = base;
	return f->room.first;
}

/*
 * What lies between the place the model would take and the recorded one, in the same chunk, was in
 * use. Returns where the model would be then.
 */
static struct percpu_place pass_over(struct percpu_feed *f, const struct percpu_request *rq,
				     struct percpu_place at, int64_t off)
{
	int32_t chunk = at.chunk;

	while (at.chunk == chunk && at.chunk && at.off < off) {
		int64_t run = percpu_run(&f->room, at, off - at.off);

		if (!run || percpu_take(&f->room, at, (uint64_t)run))
			return at;
		if (f->nr_ranges < PERCPU_RANGES)
			f->range[f->nr_ranges++] =
				(struct percpu_range){ chunk, at.off, at.off + run };
		at = percpu_choose(&f->room, rq);
	}
	return at;
}

/* Did somebody unseen have these bytes, and give them back as unseen? */
static bool were_unseen(const struct percpu_feed *f, int64_t off)
{
	for (unsigned int i = 0; i < f->nr_ranges; i++)
		if (off >= f->range[i].from && off < f->range[i].to)
			return true;
	return false;
}

/* A chunk whose bytes there are free; else @other. */
static int32_t chunk_with(const struct percpu_feed *f, int64_t off, int64_t size, int32_t other)
{
	for (int32_t n = f->room.nr_slots; n < f->room.room; n++) {
		const struct percpu_place at = { n, off };

		if (f->room.chunk[n].in_use && !f->room.chunk[n].reserved &&
		    percpu_run(&f->room, at, size) == size)
			return n;
	}
	return other ? other : f->room.first;
}

static int allocated(struct percpu_feed *f, const struct km_event *ev)
{
	const struct percpu_request rq = { .size = ev->num[0], .align = ev->num[2] };
	int64_t off = (int64_t)ev->num[3], size = (int64_t)rq.size;
	struct percpu_place at = percpu_choose(&f->room, &rq), got;
	bool hit = at.chunk && at.off == off;

	if (!rq.size || rq.size > f->room.prof->most_bytes || off < 0)
		return 0;
	f->total++;
	f->hits += hit;
	if (!hit) {
		bool before = were_unseen(f, off);

		at = pass_over(f, &rq, at, off);
		f->unseen += before || (at.chunk && at.off == off);
	}
	if (at.chunk && at.off == off) {
		return percpu_alloc(&f->room, &rq, &got);
	}
	at = (struct percpu_place){ chunk_with(f, off, size, at.chunk), off };
	/* no chunk has such bytes: nothing can be said of it */
	(void)!percpu_take(&f->room, at, rq.size);
	return 0;
}

static int freed(struct percpu_feed *f, const struct km_event *ev, bool *balance)
{
	int32_t n = chunk_at(f, ev->num[0]);
	const struct percpu_place at = { n, (int64_t)ev->num[3] };

	if (!n || !percpu_free(&f->room, at, balance))
		f->unknown_frees++;
	return 0;
}

int percpu_feed_event(struct percpu_feed *f, const struct km_event *ev)
{
	bool balance = false;
	int err = 0;
	int32_t n;

	f->works |= ev->pid > 1;
	if (!f->on || !percpu_feed_heeds(ev->kind))
		return 0;
	f->seen = true;
	switch (ev->kind) {
	case KM_EV_PERCPU_ALLOC:
		err = allocated(f, ev);
		balance = percpu_is_short(&f->room);
		break;
	case KM_EV_PERCPU_FREE:
		err = freed(f, ev, &balance);
		break;
	case KM_EV_PERCPU_CREATE_CHUNK:
		balance = f->room.wants_chunk;
		n = f->room.room < MOST_CHUNKS ? percpu_create(&f->room, ev->num[0]) : 0;
		err = n < 0 ? n : 0;
		break;
	default:
		percpu_destroy(&f->room, percpu_find(&f->room, ev->num[0]));
		break;
	}
	return err || !balance || !f->works ? err : percpu_balance(&f->room);
}

const struct km_percpu_state *percpu_feed_row(struct percpu_feed *f)
{
	struct percpu_count c;

	if (!f->on || !f->seen)
		return NULL;
	percpu_count(&f->room, &c);
	f->state = (struct km_percpu_state){ .chunks = c.chunks,
					     .populated_pages = c.populated_pages,
					     .used_bytes = c.used_bytes,
					     .free_bytes = c.free_bytes };
	return &f->state;
}

static int tell(const struct km_sink *sink, const char *scope, uint64_t hits, uint64_t total)
{
	const struct km_fidelity_row row = { "percpu.off", scope, hits, total };

	return sink->ops->fidelity(sink->ctx, &row);
}

int percpu_feed_report(const struct percpu_feed *f, const struct km_sink *sink)
{
	uint64_t missed = f->total - f->hits;

	if (!f->on || !f->scored || !f->total)
		return 0;
	int err = tell(sink, "all", f->hits, f->total);

	if (!err)
		err = tell(sink, "known", f->hits, f->total - f->unseen);
	if (!err && f->unseen)
		err = tell(sink, "miss=first-touch", 0, f->unseen);
	if (!err && missed > f->unseen)
		err = tell(sink, "miss=unknown", 0, missed - f->unseen);
	return err;
}
