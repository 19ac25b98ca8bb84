/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/support/rig.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void keep_step(void *ctx, const struct step *step)
{
	struct rig *r = ctx;

	KM_BUG_ON(r->nr_steps == RIG_STEPS);
	r->step[r->nr_steps++] = *step;
}

static void open_zone(struct rig *r, unsigned int i, const struct rig_zone *from, int node)
{
	struct zone *z = &r->zone[i];

	*z = (struct zone){ .id = i, .node = node, .index = from->index };
	snprintf(z->name, sizeof(z->name), "%s", from->name);
	z->start = pfn(from->start);
	z->end = pfn(from->end);
	z->managed = z->present = from->end - from->start;
	buddy_init(&r->buddy[i], &r->profile->buddy, &r->frames, z, &r->probe);
	r->buddy[i].watermark_boost_factor = 15000;
}

static void open_pages(struct rig *r, const struct rig_shape *s, unsigned int nr_zones)
{
	int first = s->zone_dma ? 0 : -1;

	r->pages = (struct pages){
		.prof = &r->profile->pages,
		.frames = &r->frames,
		.zone = r->zone,
		.buddy = r->buddy,
		.pcp = r->pcp,
		.nr_zones = nr_zones,
		.nr_cpus = s->nr_cpus ? s->nr_cpus : 1,
		.nr_nodes = s->nr_nodes ? s->nr_nodes : 1,
		.page_shift = 12,
		.pmd_order = 9,
		.has_cma = s->cma,
		.dma = first,
		.dma32 = first + 1,
		.normal = first + 2,
		.highmem = -1,
		.movable = first + 3,
	};
}

static void movable_blocks(struct rig *r, const struct zone *z)
{
	struct pfn at = pfn_align_up(z->start, r->frames.pb_order);

	for (; at.nr < z->end.nr; at = pfn_plus(at, pages_of(r->frames.pb_order)))
		pageblock_of(&r->frames, at)->mt = KM_MOVABLE;
}

void rig_open(struct rig *r, const struct rig_shape *shape)
{
	static const struct rig_shape one = { .zone = { { "DMA32", 0, 1, 4096 } } };
	unsigned int pb_order = shape && shape->pb_order ? shape->pb_order : 9, n = 0;
	const struct rig_zone *zone = shape && shape->zone[0].name ? shape->zone : one.zone;
	const struct rig_shape *s = shape ? shape : &one;

	memset(r, 0, sizeof(*r));
	r->profile = s->profile ? s->profile : &kernel_v6_1;
	r->probe = (struct probe){ .emit = keep_step, .ctx = r };
	while (n < RIG_ZONES && zone[n].name)
		n++;
	KM_BUG_ON(frames_init(&r->frames, pfn(zone[0].start), pfn(zone[n - 1].end),
			      r->profile->buddy.nr_orders - 1, pb_order));
	open_pages(r, s, n);
	for (unsigned int i = 0; i < n; i++) {
		open_zone(r, i, &zone[i], (int)(i * r->pages.nr_nodes / n));
		movable_blocks(r, &r->zone[i]);
		for (unsigned int cpu = 0; cpu < r->pages.nr_cpus; cpu++)
			pcp_init(pages_pcp(&r->pages, i, cpu), &r->profile->pcp, cpu, pb_order,
				 r->pages.pmd_order);
	}
	pages_build_zonelists(&r->pages, NULL);
}

void rig_close(struct rig *r)
{
	frames_release(&r->frames);
}

static struct buddy *buddy_of(struct rig *r, uint64_t nr)
{
	unsigned int zone = pages_zone_of(&r->pages, pfn(nr));

	KM_BUG_ON(zone == r->pages.nr_zones);
	return &r->buddy[zone];
}

void rig_free(struct rig *r, uint64_t nr, unsigned int order, unsigned int mt)
{
	KM_BUG_ON(buddy_free(buddy_of(r, nr), pfn(nr), order, mt, 0));
}

void rig_list(struct rig *r, uint64_t nr, unsigned int order, unsigned int mt)
{
	frames_count_free(&r->frames, pfn(nr), order, 1);
	buddy_list_add(buddy_of(r, nr), pfn(nr), order, mt, true);
}

void rig_boot(struct rig *r)
{
	for (unsigned int i = 0; i < r->pages.nr_zones; i++) {
		uint64_t at = r->zone[i].start.nr, end = r->zone[i].end.nr;

		while (at < end) {
			unsigned int order = at ? (unsigned int)__builtin_ctzll(at) : 63;

			if (order > r->profile->buddy.nr_orders - 1)
				order = r->profile->buddy.nr_orders - 1;
			while (at + pages_of(order) > end)
				order--;
			KM_BUG_ON(buddy_free(&r->buddy[i], pfn(at), order, rig_type_of(r, at),
					     BUDDY_TO_TAIL));
			at += pages_of(order);
		}
	}
}

void rig_used(struct rig *r, uint64_t nr, unsigned int order, unsigned int mt)
{
	*frame_at(&r->frames, pfn(nr), order) =
		(struct frame){ .state = FRAME_ALLOC, .order = order & 31, .mt = mt & 7 };
	frames_count_used(&r->frames, pfn(nr), order, mt, 1);
}

void rig_type(struct rig *r, uint64_t nr, unsigned int mt)
{
	pageblock_of(&r->frames, pfn(nr))->mt = (uint8_t)mt;
}

bool rig_isolate(struct rig *r, struct contig *c, uint64_t start, uint64_t end)
{
	const struct contig_env env = { .pages = &r->pages, .prof = &r->profile->cma };
	const struct contig_request rq = { .start = pfn(start),
					   .end = pfn(end),
					   .mt = rig_type_of(r, start) };

	return contig_begin(c, &env, &rq);
}

unsigned int rig_type_of(const struct rig *r, uint64_t nr)
{
	return pageblock_of(&r->frames, pfn(nr))->mt;
}

struct text {
	char *at;
	size_t used;
};

static struct text begin_text(struct rig *r)
{
	struct text t = { .at = r->text[r->next_text++ % RIG_TEXTS] };

	t.at[0] = '\0';
	return t;
}

static void add_number(struct text *t, uint64_t nr)
{
	int n = snprintf(t->at + t->used, RIG_TEXT - t->used, "%s%" PRIu64, t->used ? " " : "", nr);

	KM_BUG_ON(n < 0 || (size_t)n >= RIG_TEXT - t->used);
	t->used += (size_t)n;
}

static const char *list_text(struct rig *r, const struct flist *l)
{
	struct text t = begin_text(r);

	for (uint32_t at = l->head; at; at = r->frames.node[at - 1].next)
		add_number(&t, node_pfn(&r->frames, at - 1).nr);
	return t.at;
}

const char *rig_blocks(struct rig *r, unsigned int zone, unsigned int order, unsigned int mt)
{
	return list_text(r, &r->buddy[zone].list[order][mt]);
}

const char *rig_kept(struct rig *r, unsigned int zone, unsigned int cpu, unsigned int index)
{
	return list_text(r, &pages_pcp(&r->pages, zone, cpu)->list[index]);
}

const char *rig_steps(struct rig *r, enum step_kind kind)
{
	struct text t = begin_text(r);

	for (size_t i = 0; i < r->nr_steps; i++)
		if (r->step[i].kind == kind)
			add_number(&t, r->step[i].pfn.nr);
	return t.at;
}

void rig_forget_steps(struct rig *r)
{
	r->nr_steps = 0;
}
