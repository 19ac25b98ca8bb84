/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/stat/rows.h"

bool stat_is_cross_node(const struct live_object *o)
{
	return o->object && (o->order & STAT_CROSS_NODE);
}

void stat_row_hit(struct stat_row *r, const struct live_object *o)
{
	r->hits++;
	r->bytes_req += o->bytes_req;
	r->bytes_alloc += o->bytes_alloc;
	r->cross_node += stat_is_cross_node(o);
}

void stat_row_peak(struct stat_row *r)
{
	if (r->live_bytes + r->guessed_bytes > r->peak_bytes)
		r->peak_bytes = r->live_bytes + r->guessed_bytes;
}

void stat_row_live(struct stat_row *r, const struct live_object *o)
{
	r->live++;
	r->live_bytes += o->bytes_alloc;
	stat_row_peak(r);
}

static void row_unlive(struct stat_row *r, const struct live_object *o, unsigned int more)
{
	r->live += more;
	r->live--;
	r->live_bytes -= o->bytes_alloc;
}

void stat_row_end(struct stat_row *r, const struct live_object *o, const struct stat_end *e)
{
	row_unlive(r, o, e->more);
	if (!e->seen) {
		r->unseen_frees++;
		return;
	}
	r->frees++;
	r->bytes_freed += o->bytes_alloc;
	r->pingpong += e->other_cpu;
}

void stat_row_move(struct stat_row *from, struct stat_row *to, const struct live_object *o)
{
	from->hits--;
	from->bytes_req -= o->bytes_req;
	from->bytes_alloc -= o->bytes_alloc;
	from->cross_node -= stat_is_cross_node(o);
	row_unlive(from, o, 0);
	stat_row_hit(to, o);
	stat_row_live(to, o);
}

void stat_row_add(struct stat_row *to, const struct stat_row *from)
{
	to->hits += from->hits;
	to->failed += from->failed;
	to->bytes_req += from->bytes_req;
	to->bytes_alloc += from->bytes_alloc;
	to->frees += from->frees;
	to->bytes_freed += from->bytes_freed;
	to->pingpong += from->pingpong;
	to->cross_node += from->cross_node;
	to->live += from->live;
	to->live_bytes += from->live_bytes;
	to->unseen_frees += from->unseen_frees;
}
