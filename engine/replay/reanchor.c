/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Putting the free pages right at a later label, from its kpageflags: at the line that brackets
 * their reading, or at the label's end where none does. What events say afterwards stands above
 * it.
 */
#include <string.h>

#include "engine/replay/state.h"

static const struct km_snapshot *later_label(const struct replay *r, const char *label)
{
	for (size_t i = 0; r->config.re_anchor && !r->bind && i < r->config.nr_later; i++)
		if (!strcmp(r->config.later[i].label, label))
			return &r->config.later[i];
	return NULL;
}

bool reanchor_seeds(const struct replay *r, const char *label)
{
	const struct km_snapshot *s = later_label(r, label);

	return s && s->kpageflags;
}

static void put_page(struct replay *r, struct buddy *b, struct pfn p, bool flagged)
{
	bool held = place_of(&r->m, p, NULL) == PLACE_FREE;

	if (held == flagged)
		return;
	r->totals.put_right++;
	place_take(&r->m, p, 0);
	if (flagged)
		KM_BUG_ON(buddy_free(b, p, 0, pageblock_of(&r->m.frames, p)->mt, 0));
}

static void put_zones(struct replay *r, const struct km_snapshot *s)
{
	for (unsigned int i = 0; i < r->m.pages.nr_zones; i++) {
		struct pfn p = r->m.zone[i].start;

		for (; p.nr < r->m.zone[i].end.nr && p.nr < s->nr_kpageflags; p = pfn_plus(p, 1))
			put_page(r, &r->m.buddy[i], p, s->kpageflags[p.nr] >> KM_KPF_BUDDY & 1);
	}
}

void reanchor_marker(struct replay *r, const char *label, const char *file)
{
	if (!reanchor_seeds(r, label) || !strcmp(r->anchored, label))
		return;
	if (file && strcmp(file, "kpageflags"))
		return;
	put_zones(r, later_label(r, label));
	gap_settled(&r->gap);
	memcpy(r->anchored, later_label(r, label)->label, sizeof(r->anchored));
}
