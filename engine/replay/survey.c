/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/survey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/replay/bulk.h"

int survey_init(struct survey *s, const struct machine *m, const struct kernel_profile *recorded)
{
	*s = (struct survey){ .recorded = recorded,
			      .nr_frames = m->frames.nr_frames,
			      .nr_blocks = m->frames.nr_blocks };
	pcp_init(&s->lists, &recorded->pcp, 0, m->frames.pb_order, m->pages.pmd_order);
	s->first = calloc(s->nr_frames, 1);
	s->type = calloc(s->nr_blocks, 1);
	s->touched = calloc(s->nr_blocks, 1);
	s->pcp_net = calloc((size_t)m->pages.nr_zones * m->pages.nr_cpus, sizeof(*s->pcp_net));
	if (!s->first || !s->type || !s->touched || !s->pcp_net) {
		survey_release(s);
		return -KM_ENOMEM;
	}
	return 0;
}

void survey_release(struct survey *s)
{
	free(s->first);
	free(s->first_typed);
	free(s->type);
	free(s->touched);
	free(s->pcp_net);
	s->first = s->first_typed = s->type = s->touched = NULL;
	s->pcp_net = NULL;
}

static void mark(struct survey *s, const struct machine *m, uint64_t nr, unsigned int order,
		 enum first_use use)
{
	uint8_t value = (uint8_t)(use | (s->late ? FIRST_LATE : 0));

	if (!frames_has(&m->frames, pfn(nr)) || order > m->frames.top_order)
		return;
	for (uint64_t i = nr - m->frames.base;
	     i < nr - m->frames.base + pages_of(order) && i < s->nr_frames; i++) {
		s->touched[i >> m->frames.pb_order] = 1;
		if (!s->first[i])
			s->first[i] = value;
		if (s->first_typed && !s->first_typed[i])
			s->first_typed[i] = (uint8_t)use;
	}
}

static void prove_type(struct survey *s, const struct machine *m, uint64_t nr, unsigned int order,
		       unsigned int mt)
{
	if (!frames_has(&m->frames, pfn(nr)) || mt >= KM_ISOLATE)
		return;
	uint64_t block = (nr - m->frames.base) >> m->frames.pb_order;
	uint64_t n = order > m->frames.pb_order ? pages_of(order - m->frames.pb_order) : 1;

	for (uint64_t i = block; i < block + n && i < s->nr_blocks; i++)
		if (!s->type[i])
			s->type[i] = (uint8_t)(mt + 1);
}

static void pcp_moved(struct survey *s, const struct machine *m, uint64_t nr, unsigned int cpu,
		      int64_t pages)
{
	unsigned int zone = pages_zone_of(&m->pages, pfn(nr));

	if (zone < m->pages.nr_zones && cpu < m->pages.nr_cpus && !s->zoneinfo_read)
		s->pcp_net[(size_t)zone * m->pages.nr_cpus + cpu] += pages;
}

/* Is @rec the fallback of the page that left the lists right before? */
static bool claims_page_of(const struct survey *s, const struct op_rec *rec, uint64_t nr)
{
	return s->recorded->buddy.fallback_ops->names_page && !rec->removes &&
	       rec->ev.kind == KM_EV_EXTFRAG && rec->ev.extfrag.pfn == nr;
}

/* A fallback that names its block proves all of it free. */
static void survey_fallback(struct survey *s, const struct machine *m, const struct op_rec *rec)
{
	const struct km_ev_extfrag *x = &rec->ev.extfrag;

	if (claims_page_of(s, rec, x->pfn))
		return;
	mark(s, m, x->pfn, x->fallback_order, FIRST_FREE);
	prove_type(s, m, x->pfn, x->fallback_order, x->fallback_mt);
}

static void survey_removals(struct survey *s, const struct machine *m, const struct op *op)
{
	for (size_t i = 0; i < op->nr_rec; i++) {
		const struct op_rec *rec = &op->rec[i], *next = i + 1 < op->nr_rec ? rec + 1 : NULL;

		if (rec->ev.kind == KM_EV_EXTFRAG)
			survey_fallback(s, m, rec);
		if (!rec->removes)
			continue;
		const struct km_ev_page p = rec_taken(rec);
		/* a fallback that follows its page says which list the page was on before it */
		bool fell = next && claims_page_of(s, next, p.pfn);

		mark(s, m, p.pfn, p.order, FIRST_FREE);
		prove_type(s, m, p.pfn, p.order, fell ? next->ev.extfrag.fallback_mt : p.mt);
		if (pcp_keeps(&s->lists, p.order))
			pcp_moved(s, m, p.pfn, op->cpu, (int64_t)pages_of(p.order));
	}
}

static void survey_drains(struct survey *s, const struct machine *m, const struct op *op)
{
	for (size_t i = 0; i < op->nr_rec; i++) {
		const struct km_ev_page *p = &op->rec[i].ev.page;

		mark(s, m, p->pfn, p->order, FIRST_PCP);
		prove_type(s, m, p->pfn, p->order, p->mt);
		pcp_moved(s, m, p->pfn, op->cpu, -(int64_t)pages_of(p->order));
	}
}

static void survey_alloc(struct survey *s, const struct machine *m, const struct op *op)
{
	const struct km_ev_page *p = &op->ev->page;

	survey_removals(s, m, op);
	if (p->pfn == KM_NO_PFN)
		return;
	if (!op->nr_rec) {
		mark(s, m, p->pfn, p->order, FIRST_POOL);
		if (pcp_keeps(&s->lists, p->order))
			prove_type(s, m, p->pfn, p->order, p->mt);
	}
	if (pcp_keeps(&s->lists, p->order))
		pcp_moved(s, m, p->pfn, op->cpu, -(int64_t)pages_of(p->order));
}

/*
 * Only while the kernel boots does pid 0 allocate outside interrupts, from boot pagesets that
 * fetch a single page at a time.
 */
static void judge_boot(struct survey *s, const struct op *op)
{
	s->judged_boot = true;
	s->from_boot = op->ev->pid == 0 && !km_in_interrupt(op->ev) && op->nr_rec == 1;
}

/* Drains that neither a free nor a contiguous allocation caused. */
static void note_tick(struct survey *s, const struct op *op)
{
	if (op->kind == OP_EVENT && op->ev->kind == KM_EV_CMA_START)
		s->in_contig = true;
	else if (op->kind == OP_EVENT && op->ev->kind == KM_EV_CMA_FINISH)
		s->in_contig = false;
	else if (op->kind == OP_DRAIN && !s->tick_ns && !s->in_contig && s->recorded->pcp.ops->tick)
		s->tick_ns = op->ev->ts_ns;
}

void survey_op(struct survey *s, const struct machine *m, const struct op *op, uint32_t bulk_pages)
{
	if ((op->kind == OP_ALLOC || op->kind == OP_RUN) && !s->judged_boot)
		judge_boot(s, op);
	note_tick(s, op);
	if (s->stopped)
		return;
	switch (op->kind) {
	case OP_ALLOC:
		survey_alloc(s, m, op);
		break;
	case OP_RUN:
		survey_removals(s, m, op);
		break;
	case OP_FREE:
		mark(s, m, op->ev->page.pfn, op->ev->page.order, FIRST_USED);
		if (pcp_keeps(&s->lists, op->ev->page.order))
			pcp_moved(s, m, op->ev->page.pfn, op->cpu,
				  (int64_t)pages_of(op->ev->page.order));
		survey_drains(s, m, op);
		break;
	case OP_DRAIN:
		survey_drains(s, m, op);
		break;
	case OP_FREE_SEEN:
		break;
	case OP_EVENT:
		if (bulk_pages && !s->zoneinfo_read && op->cpu < m->pages.nr_cpus)
			s->pcp_net[(size_t)bulk_zone(m, op->cpu) * m->pages.nr_cpus + op->cpu] -=
				bulk_pages;
		break;
	}
}

static bool marks(const char *text, const char *what, const char *label, const char *file)
{
	char want[256];

	snprintf(want, sizeof(want), "kmemlab %s %s%s", what, label, file);
	return !strcmp(text, want);
}

int survey_marker(struct survey *s, const char *text, const char *seed_label, bool has_flags)
{
	s->start_marked |= marks(text, "snapshot begin", "start", "");
	s->end_marked |= marks(text, "snapshot begin", "end", "");
	if (marks(text, "snapshot begin", seed_label, ""))
		s->late = true;
	else if (marks(text, "read", seed_label, " /proc/pagetypeinfo") && has_flags &&
		 !s->first_typed)
		return (s->first_typed = calloc(s->nr_frames, 1)) ? 0 : -KM_ENOMEM;
	else if (marks(text, "read", seed_label, " /proc/zoneinfo"))
		s->zoneinfo_read = true;
	else if (marks(text, "read", seed_label, " /proc/kpageflags"))
		s->flags_read = true;
	else if (has_flags && (marks(text, "done", seed_label, " /proc/kpageflags") ||
			       marks(text, "snapshot end", seed_label, "")))
		s->stopped = true;
	return 0;
}

enum first_use survey_first(const struct survey *s, uint64_t frame)
{
	uint8_t value = s->first[frame];

	/* flags read at an unmarked moment are taken to be those of the begin marker */
	if ((value & FIRST_LATE) && s->stopped && !s->flags_read)
		return FIRST_NONE;
	return value & FIRST_MASK;
}

enum first_use survey_first_typed(const struct survey *s, uint64_t frame)
{
	return s->first_typed ? s->first_typed[frame] : survey_first(s, frame);
}
