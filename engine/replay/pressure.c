/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pressure in a free run. The model reclaims by itself, so what the record's kswapd and direct
 * reclaimers took back is not applied; what it says of pages that enter and leave the page cache
 * is, for that is what there is to reclaim.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/replay/bind.h"
#include "engine/replay/state.h"

static void gone(void *ctx, struct pfn head, unsigned int order)
{
	struct replay *r = ctx;

	bind_gone(r->bind, head, order);
	pins_free(r, head);
}

static void moved(void *ctx, struct pfn from, struct pfn to)
{
	struct replay *r = ctx;

	if (bind_moved(r->bind, from, to))
		r->host_error = -KM_ENOMEM;
	origin_moved(&r->origins, from, to);
	pins_moved(r, from, to);
}

static bool stays(void *ctx, struct pfn head)
{
	return pins_has(ctx, head);
}

static bool fails(void *ctx, struct pfn head)
{
	return pins_is_cache(ctx, head);
}

static void tried(void *ctx, struct pfn at, const struct contig_report *report)
{
	contig_own_tried(ctx, at, report);
}

const struct machine_ops pressure_ops = {
	.gone = gone, .moved = moved, .stays = stays, .fails = fails, .tried = tried
};

/* What was set, or what the record was under; elsewhere as it was. */
static void tune(uint64_t *what, int64_t set, const int64_t *recorded)
{
	if (set >= 0)
		*what = (uint64_t)set;
	else if (recorded && *recorded >= 0)
		*what = (uint64_t)*recorded;
}

static void tune_compaction(struct replay *r)
{
	const struct replay_tunables *t = &r->config.tunables;
	const struct replay_recorded *was = r->config.layout ? NULL : r->config.set;
	struct compact *c = &r->m.compact;

	tune(&c->proactiveness, t->compaction_proactiveness,
	     was ? &was->compaction_proactiveness : NULL);
	tune(&c->extfrag_threshold, t->extfrag_threshold, was ? &was->extfrag_threshold : NULL);
	if (!kernel_profile_has(r->config.profile, KERNEL_PROACTIVENESS))
		c->proactiveness = 0;
}

int pressure_begin(struct replay *r, const struct machine_ops *ops)
{
	r->recorded = calloc(KM_MAX_NODES, sizeof(*r->recorded));
	if (!r->recorded)
		return -KM_ENOMEM;
	machine_serve_itself(&r->m, ops, r);
	tune_compaction(r);
	return machine_count_by_cpu(&r->m);
}

void pressure_release(struct replay *r)
{
	free(r->task);
	free(r->recorded);
}

static struct task_activity *task_of(const struct replay *r, int32_t pid)
{
	for (size_t i = 0; i < r->nr_tasks; i++)
		if (r->task[i].pid == pid)
			return &r->task[i];
	return NULL;
}

unsigned int pressure_activity(const struct replay *r, const struct op *op)
{
	const struct task_activity *t = task_of(r, op->ev->pid);

	return t && !km_in_interrupt(op->ev) ? t->is : 0;
}

bool pressure_reclaims(const struct replay *r, const struct op *op)
{
	return pressure_activity(r, op) & (ACT_KSWAPD | ACT_RECLAIM);
}

static void set_activity(struct replay *r, int32_t pid, unsigned int what, bool on)
{
	struct task_activity *t = task_of(r, pid);

	if (!t && !on)
		return;
	if (!t && r->nr_tasks == r->room_tasks) {
		size_t room = r->room_tasks ? r->room_tasks * 2 : 16;

		t = realloc(r->task, room * sizeof(*t));
		if (!t) {
			r->host_error = -KM_ENOMEM;
			return;
		}
		r->task = t;
		r->room_tasks = room;
		t = NULL;
	}
	if (!t) {
		t = &r->task[r->nr_tasks++];
		*t = (struct task_activity){ .pid = pid };
	}
	t->is = on ? t->is | what : t->is & ~what;
	if (!t->is)
		*t = r->task[--r->nr_tasks];
}

/* The model's block for a recorded page; NULL: none that is in use and begins there. */
static struct frame *block_of(const struct replay *r, uint64_t recorded, struct pfn *head)
{
	*head = r->bind ? bind_of(r->bind, pfn(recorded)) : pfn(recorded);
	if (head->nr == KM_NO_PFN || !frames_has(&r->m.frames, *head))
		return NULL;
	struct frame *fr = frames_begins(&r->m.frames, *head);

	return fr && fr->state == FRAME_ALLOC ? fr : NULL;
}

static struct recorded_pressure *recorded_on(const struct replay *r, unsigned int node)
{
	return r->recorded && node < KM_MAX_NODES ? &r->recorded[node] : NULL;
}

static void count_reclaimed(struct replay *r, const struct op *op, uint64_t pages)
{
	struct recorded_pressure *p = recorded_on(r, node_of_cpu(r, op->cpu));
	unsigned int is = pressure_activity(r, op);

	if (p && is & ACT_KSWAPD)
		p->kswapd_pages += pages;
	else if (p)
		p->direct_pages += pages;
}

static void left_cache(struct replay *r, const struct op *op)
{
	struct pfn head;
	struct frame *fr = block_of(r, op->ev->page.pfn, &head);

	if (pressure_reclaims(r, op))
		count_reclaimed(r, op, pages_of(op->ev->page.order));
	else if (fr)
		reclaim_forget(&r->m.reclaim, head, fr);
	if (fr)
		pins_cache(r, head, false);
}

static void entered_cache(struct replay *r, const struct op *op)
{
	struct pfn head;
	struct frame *fr = block_of(r, op->ev->page.pfn, &head);

	if (!fr)
		return;
	pins_cache(r, head, true);
	if (!pins_has(r, head))
		reclaim_add(&r->m.reclaim, head, fr->order);
}

void pressure_alloc(struct replay *r, const struct op *op)
{
	const struct km_ev_page *a = &op->ev->page;

	if (!r->survey.filemap && !a->order && pages_migratetype(a->gfp) == KM_MOVABLE &&
	    !(a->gfp & KM_GFP_ZERO))
		entered_cache(r, op);
}

bool pressure_migrated(struct replay *r, const struct op *op)
{
	const struct km_ev_page *f = &op->ev->page;

	if (!(pressure_activity(r, op) & ACT_COMPACT) || f->order)
		return false;
	struct pfn p = bind_of(r->bind, pfn(f->pfn));
	bool in_use = p.nr != KM_NO_PFN && place_of(&r->m, p, NULL) == PLACE_ALLOC;

	if (bind_migrated(r->bind, pfn(f->pfn), in_use))
		r->host_error = -KM_ENOMEM;
	return true;
}

bool pressure_owns_free(struct replay *r, const struct op *op, struct pfn p)
{
	const struct frame *fr = frames_begins(&r->m.frames, p);

	if (!fr || !fr->lru || !pressure_reclaims(r, op))
		return false;
	if (!r->survey.filemap)
		count_reclaimed(r, op, pages_of(op->ev->page.order));
	bind_orphan(r->bind, p, op->ev->page.order);
	return true;
}

/* Outside a free run the zones follow the record's kswapd; a free run has one of its own. */
static void zone_activity(struct replay *r, const struct op *op)
{
	bool active = op->ev->kind == KM_EV_KSWAPD_WAKE;

	for (unsigned int i = 0; !r->bind && i < r->m.pages.nr_zones; i++)
		if (r->m.zone[i].node == (int)op->ev->num[0])
			r->m.zone[i].reclaim_active = active;
}

static void kswapd_event(struct replay *r, const struct op *op)
{
	struct recorded_pressure *p = recorded_on(r, (unsigned int)op->ev->num[0]);

	zone_activity(r, op);
	set_activity(r, op->ev->pid, ACT_KSWAPD, true);
	if (p && op->ev->kind == KM_EV_KSWAPD_WAKE)
		p->kswapd_wake++;
	else if (p)
		p->kswapd_sleep++;
}

/*
 * Somebody wrote to /proc/sys/vm/compact_memory: neither kcompactd nor a request compacts a whole
 * zone from end to end. The model does the same then.
 */
static bool is_command(const struct replay *r, const struct op *op)
{
	const struct km_ev_range *ev = &op->ev->range;
	const char *comm = strtab_get(r->strings, op->ev->comm);
	uint64_t last = pfn_align_down(pfn(ev->end - 1), r->m.frames.pb_order).nr;

	return op->ev->kind == KM_EV_COMPACT_BEGIN && strncmp(comm, "kcompactd", 9) &&
	       !pressure_reclaims(r, op) && ev->third == ev->start && ev->fourth == last;
}

/*
 * On another machine the record's zones are not the model's: there a command is one for all zones,
 * which the record goes through from the lowest up.
 */
static void command(struct replay *r, const struct op *op)
{
	uint64_t start = op->ev->range.start;
	unsigned int own = pages_zone_of(&r->m.pages, pfn(start));
	bool goes_on = r->command.pid == op->ev->pid && start > r->command.start;

	r->command.pid = op->ev->pid;
	r->command.start = start;
	if (!r->foreign && own < r->m.pages.nr_zones)
		compact_whole_zone(&r->m.compact, own, op->cpu);
	for (unsigned int i = 0; r->foreign && !goes_on && i < r->m.pages.nr_zones; i++)
		compact_whole_zone(&r->m.compact, i, op->cpu);
}

static void task_event(struct replay *r, const struct op *op)
{
	struct recorded_pressure *p = recorded_on(r, node_of_cpu(r, op->cpu));
	unsigned int kind = op->ev->kind;
	bool reclaims = kind == KM_EV_RECLAIM_BEGIN || kind == KM_EV_RECLAIM_END;
	bool begins = kind == KM_EV_RECLAIM_BEGIN || kind == KM_EV_COMPACT_BEGIN;

	set_activity(r, op->ev->pid, reclaims ? ACT_RECLAIM : ACT_COMPACT, begins);
	if (p && kind == KM_EV_RECLAIM_BEGIN)
		p->direct_reclaim++;
	if (!p || kind != KM_EV_COMPACT_BEGIN)
		return;
	p->compaction_runs++;
	if (is_command(r, op))
		command(r, op);
}

/*
 * Of the oom events only this one says that somebody is killed: the others tell of scores, of tries
 * and of what the reaper does. Kernel: mm/oom_kill.c:mark_oom_victim() [6.1 6.12]
 */
static bool is_victim(const struct replay *r, const struct km_event *ev)
{
	return ev->text < strtab_count(r->strings) &&
	       !strcmp(strtab_get(r->strings, ev->text), "mark_victim");
}

int pressure_event(struct replay *r, const struct op *op, struct km_diag *d)
{
	struct recorded_pressure *p = recorded_on(r, node_of_cpu(r, op->cpu));

	(void)d;
	switch (op->ev->kind) {
	case KM_EV_KSWAPD_WAKE:
	case KM_EV_KSWAPD_SLEEP:
		kswapd_event(r, op);
		break;
	case KM_EV_RECLAIM_BEGIN:
	case KM_EV_RECLAIM_END:
	case KM_EV_COMPACT_BEGIN:
	case KM_EV_COMPACT_END:
		task_event(r, op);
		break;
	case KM_EV_WAKEUP_KSWAPD:
		if (recorded_on(r, (unsigned int)op->ev->num[0]))
			r->recorded[op->ev->num[0]].wakeup_kswapd++;
		break;
	case KM_EV_COMPACT_MIGRATE:
		if (p && pressure_activity(r, op) & ACT_COMPACT)
			p->migrated_pages += op->ev->range.a;
		break;
	case KM_EV_OOM:
		if (p && is_victim(r, op->ev))
			p->oom++;
		break;
	case KM_EV_FILEMAP_ADD:
		entered_cache(r, op);
		break;
	case KM_EV_FILEMAP_DEL:
		left_cache(r, op);
		break;
	default:
		break;
	}
	return 0;
}

/* What the model did on @node, if it has such a node: the record may be of a machine with more. */
static const struct reclaim_counts *reclaimed_on(const struct replay *r, unsigned int node)
{
	static const struct reclaim_counts none;

	return node < r->m.pages.nr_nodes ? &r->m.reclaim.node[node].counts : &none;
}

static const struct compact_counts *compacted_on(const struct replay *r, unsigned int node)
{
	static const struct compact_counts none;

	return node < r->m.pages.nr_nodes ? &r->m.compact.node[node].counts : &none;
}

static bool told_of(const struct replay *r, unsigned int node)
{
	static const struct recorded_pressure none;

	return node < r->m.pages.nr_nodes || memcmp(&r->recorded[node], &none, sizeof(none));
}

static int report_node(const struct replay *r, unsigned int node)
{
	const struct recorded_pressure *p = &r->recorded[node];
	const struct reclaim_counts *c = reclaimed_on(r, node);
	const struct compact_counts *k = compacted_on(r, node);
	const struct km_pressure_row rows[] = {
		{ 0, "wakeup_kswapd", p->wakeup_kswapd, c->wakeup_kswapd },
		{ 0, "kswapd_wake", p->kswapd_wake, c->kswapd_wake },
		{ 0, "kswapd_sleep", p->kswapd_sleep, c->kswapd_sleep },
		{ 0, "kswapd_pages", p->kswapd_pages, c->kswapd_pages },
		{ 0, "direct_reclaim", p->direct_reclaim, c->direct_reclaim },
		{ 0, "direct_pages", p->direct_pages, c->direct_pages },
		{ 0, "reclaimed_pages", p->kswapd_pages + p->direct_pages,
		  c->kswapd_pages + c->direct_pages },
		{ 0, "compaction_runs", p->compaction_runs, k->runs },
		{ 0, "migrated_pages", p->migrated_pages, k->migrated_pages },
		{ 0, "oom", p->oom, r->m.nr_oom[node] },
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct km_pressure_row row = rows[i];

		row.node = (int)node;
		err = r->sink.ops->pressure(r->sink.ctx, &row);
	}
	return err;
}

int pressure_report(const struct replay *r)
{
	int err = 0;

	for (unsigned int node = 0; r->recorded && !err && node < KM_MAX_NODES; node++)
		err = told_of(r, node) ? report_node(r, node) : 0;
	return err;
}

void pressure_totals(const struct replay *r, struct replay_pressure *out)
{
	*out = (struct replay_pressure){ .cache_told = r->config.synthetic || r->survey.filemap };
	for (unsigned int node = 0; r->recorded && node < KM_MAX_NODES; node++) {
		const struct recorded_pressure *p = &r->recorded[node];
		const struct reclaim_counts *c = reclaimed_on(r, node);

		out->recorded.kswapd_wake += p->kswapd_wake;
		out->recorded.direct_reclaim += p->direct_reclaim;
		out->recorded.reclaimed_pages += p->kswapd_pages + p->direct_pages;
		out->recorded.compaction_runs += p->compaction_runs;
		out->recorded.oom += p->oom;
		out->model.kswapd_wake += c->kswapd_wake;
		out->model.direct_reclaim += c->direct_reclaim;
		out->model.reclaimed_pages += c->kswapd_pages + c->direct_pages;
		out->model.compaction_runs += compacted_on(r, node)->runs;
		out->model.oom += r->m.nr_oom[node];
	}
}
