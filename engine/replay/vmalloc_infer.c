/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Areas of a kernel without events of vmalloc, from the objects they are made of. A task allocates
 * a vm_struct, one or two records, and the array of its pages, which tells the size. Without an
 * array it is an ioremap or a vmap, whose size is in the first label's vmallocinfo, at the address
 * the model gives it. The kfree of the vm_struct is the end of the area. A purge shows by records
 * that were merged away; one is made before init runs its first program.
 *
 * Kernel: mm/vmalloc.c:__get_vm_area_node(), __vmalloc_area_node(), __purge_vmap_area_lazy() [6.1]
 */
#include <string.h>

#include "engine/replay/vmalloc_state.h"

/* Events at the beginning of a boot in which forks may go unseen, as events are switched on. */
enum { MOST_EARLY = 65536, MOST_UNSEEN = 8 };

/* ---- placing ---- */

/* The place of an unused row of the seed that is exactly this; SIZE_MAX: there is none. */
static size_t row_at(const struct vmaps *m, uint64_t start, uint64_t size, uint32_t pages)
{
	const struct km_snapshot *s = m->config.seed;

	for (size_t i = 0; i < s->nr_vmaps; i++)
		if (s->vmaps[i].start == start && s->vmaps[i].end - start == size &&
		    s->vmaps[i].pages == pages && vmaps_row_is_busy(m, i) && !m->row_used[i])
			return i;
	return SIZE_MAX;
}

static int place(struct vmaps *m, const struct vmap_opening *o, const struct vmalloc_request *rq,
		 const struct vm_note *note)
{
	struct vmalloc_choice c = vmalloc_choose(&m->space, rq);
	size_t row = row_at(m, c.addr, rq->size, note->pages);
	uint32_t n;
	int err = vmalloc_commit(&m->space, rq, &c, &n);

	if (err || !n)
		return err;
	if (row != SIZE_MAX)
		m->row_used[row] = true;
	vmalloc_area(&m->space, n)->vm = *note;
	vmalloc_area(&m->space, n)->vm.handle = o->handle;
	return o->handle ? vmap_handles_add(&m->handles, o->handle, c.addr) : 0;
}

static struct vmalloc_request request(const struct vmalloc_range *in, uint64_t size, uint64_t align,
				      unsigned int cpu)
{
	return (struct vmalloc_request){
		.size = size, .align = align, .start = in->start, .end = in->end, .cpu = cpu
	};
}

/* Its array tells the pages. Modules' are told from others by a row of theirs alone. */
static int close_array(struct vmaps *m, const struct vmap_opening *o, uint32_t pages)
{
	uint64_t size =
		vmalloc_size_of((uint64_t)pages << m->config.page_shift, m->config.page_shift);
	bool stack = o->stack && pages == m->config.prof->stack_pages;
	uint64_t page = UINT64_C(1) << m->config.page_shift;
	struct vmalloc_range in = vmalloc_ranges_main(&m->ranges);
	const struct vm_note note = { .pages = pages, .kind = KM_VMAP_VMALLOC };

	if (!size || !in.start)
		return 0;
	struct vmalloc_request rq = request(&in, size, stack ? pages * page : 1, o->cpu);

	if (stack)
		vmap_stacks_made(m, o->pid);
	in = m->ranges.of[RANGE_MODULES];
	if (!stack && in.start &&
	    row_at(m, vmalloc_foresee(&m->space, &rq).addr, size, pages) == SIZE_MAX) {
		struct vmalloc_request other = request(&in, size, page, o->cpu);

		if (row_at(m, vmalloc_foresee(&m->space, &other).addr, size, pages) != SIZE_MAX)
			rq = other;
	}
	return place(m, o, &rq, &note);
}

/* Could a request without an array of pages be for this row of the seed? Then the request. */
static bool could_be(const struct vmaps *m, size_t i, unsigned int cpu, struct vmalloc_request *rq)
{
	const struct km_snap_vmap *row = &m->config.seed->vmaps[i];
	uint64_t page = UINT64_C(1) << m->config.page_shift;
	struct vmalloc_range in = vmalloc_ranges_find(&m->ranges, row->start, false);
	uint64_t size = row->end - row->start, align = 1;

	if (m->row_used[i] || !vmaps_row_is_busy(m, i) || size <= page)
		return false;
	if (row->pages && row->pages * sizeof(uint64_t) <= page)
		return false;
	if (row->kind == KM_VMAP_IOREMAP)
		align = vmalloc_ioremap_align(m->config.prof, size - page, m->config.page_shift);
	*rq = request(&in, size, align, cpu);
	return true;
}

/*
 * It has none: which row would the model make for it? Of several the highest: it lies where the
 * space begins that was never used, which the next area takes, while the holes below remain.
 */
static int close_bare(struct vmaps *m, const struct vmap_opening *o)
{
	const struct km_snapshot *s = m->config.seed;
	struct vmalloc_request rq, best_rq = { 0 };
	const struct km_snap_vmap *best = NULL;

	for (size_t i = 0; i < s->nr_vmaps; i++) {
		const struct km_snap_vmap *row = &s->vmaps[i];

		if ((best && row->start < best->start) || !could_be(m, i, o->cpu, &rq) ||
		    vmalloc_foresee(&m->space, &rq).addr != row->start)
			continue;
		best = row;
		best_rq = rq;
	}
	if (!best)
		return 0;
	const struct vm_note note = { .pages = best->pages, .kind = best->kind, .seeded = true };

	return place(m, o, &best_rq, &note);
}

/* ---- events ---- */

static struct vmap_opening *opening_of(struct vmaps *m, const struct km_event *ev)
{
	for (unsigned int i = 0; m->nr_openings && i < MOST_VMAP_TASKS; i++)
		if (m->opening[i].handle && m->opening[i].pid == ev->pid)
			return &m->opening[i];
	return NULL;
}

static struct vmap_opening take_opening(struct vmaps *m, struct vmap_opening *o)
{
	struct vmap_opening was = *o;

	o->handle = 0;
	m->nr_openings--;
	return was;
}

static void open_area(struct vmaps *m, const struct km_event *ev)
{
	struct vmap_opening *o = &m->opening[m->opening_at++ % MOST_VMAP_TASKS];

	m->nr_openings += !o->handle;
	*o = (struct vmap_opening){ .handle = ev->obj.ptr,
				    .pid = ev->pid,
				    .cpu = ev->cpu,
				    .stack = vmap_stacks_forks(m, ev->pid) };
}

static void purge(struct vmaps *m)
{
	struct vmalloc_purge gone;

	vmalloc_purge(&m->space, false, &gone);
}

/*
 * Whose vm_struct is from before the trace, freed by a worker: a stack, whose task ended. The tasks
 * made last end first: the highest. Before the seed's label it is one that waits in the seed.
 */
static uint32_t early_stack(const struct vmaps *m)
{
	uint32_t best = 0;

	for (uint32_t n = vmalloc_next_busy(&m->space, 0); n; n = vmalloc_next_busy(&m->space, n)) {
		const struct vmap_area *a = vmalloc_area(&m->space, n);

		if (a->vm.seeded && !a->vm.handle && vmap_is_stack(m, n) &&
		    (!best || a->start > vmalloc_area(&m->space, best)->start))
			best = n;
	}
	return best;
}

/* The vm_struct is freed: so was the area; or it never came to be. */
static void free_handle(struct vmaps *m, const struct km_event *ev, struct vmap_opening *o,
			enum vmap_site site)
{
	uint64_t start = vmap_handles_remove(&m->handles, ev->obj.ptr);
	uint32_t n = start ? vmalloc_find(&m->space, start) : 0;

	if (!start && m->ran && m->anchored && site == SITE_WORKER && (n = early_stack(m))) {
		vmap_stacks_freed(m, ev, n);
		vmalloc_free(&m->space, n);
		return;
	}
	if (n && vmalloc_area(&m->space, n)->vm.handle == ev->obj.ptr) {
		vmap_stacks_freed(m, ev, n);
		vmalloc_free(&m->space, n);
	}
	if (o && o->handle == ev->obj.ptr)
		take_opening(m, o);
}

/* Of a hidden caller: one right behind the vm_struct, and perhaps a second like it. */
static bool is_record(struct vmap_opening *o, const struct km_event *ev, enum vmap_site site)
{
	if (site != SITE_HIDDEN || ev->kind != KM_EV_CACHE_ALLOC || o->records == 2 ||
	    (o->records && ev->obj.bytes_req != o->record_bytes))
		return false;
	o->record_bytes = ev->obj.bytes_req;
	o->records++;
	return true;
}

int vmaps_object(struct vmaps *m, const struct km_event *ev, enum vmap_site site)
{
	bool interrupt = km_in_interrupt(ev);
	struct vmap_opening *o = interrupt ? NULL : opening_of(m, ev), was;
	int err = 0;

	if (ev->kind == KM_EV_KFREE)
		free_handle(m, ev, o, site);
	if (site == SITE_PURGE && ev->kind == KM_EV_CACHE_FREE)
		purge(m);
	if (site == SITE_EXEC && ev->pid == 1 && !m->init_runs) {
		m->init_runs = true;
		purge(m);
	}
	if (o && o->handle && site != SITE_RECORD && !is_record(o, ev, site)) {
		was = take_opening(m, o);
		err = site == SITE_ARRAY && ev->kind == KM_EV_KMALLOC ?
			      close_array(m, &was, ev->obj.bytes_req / (uint32_t)sizeof(uint64_t)) :
			      close_bare(m, &was);
	}
	if (site == SITE_AREA && ev->kind == KM_EV_KMALLOC && ev->obj.ptr)
		open_area(m, ev);
	return err;
}

/* Stacks of the forks that went unseen after event @no. */
int vmaps_fork(struct vmaps *m, uint64_t no)
{
	struct vmalloc_range in = vmalloc_ranges_main(&m->ranges);
	uint32_t pages = m->config.prof->stack_pages;
	uint64_t bytes = (uint64_t)pages << m->config.page_shift;
	const struct vm_note note = { .pages = pages, .kind = KM_VMAP_VMALLOC, .seeded = true };
	const struct vmap_opening o = { .handle = 0 };
	struct vmalloc_request rq =
		request(&in, vmalloc_size_of(bytes, m->config.page_shift), bytes, 0);
	int err = 0;

	for (uint64_t i = 0; !err && in.start && no == m->gap_no && i < m->gap_forks; i++)
		err = place(m, &o, &rq, &note);
	return err;
}

static void note_made(struct vmaps *m, uint32_t pages)
{
	unsigned int i = 0;

	while (i < MOST_SIZES && m->made[i].n && m->made[i].pages != pages)
		i++;
	if (i == MOST_SIZES)
		return;
	m->made[i].pages = pages;
	m->made[i].n++;
}

static void learn_made(struct vmaps *m, const struct km_event *ev, enum vmap_site site)
{
	struct vmap_opening *o = site == SITE_ARRAY ? opening_of(m, ev) : NULL;

	if (o) {
		take_opening(m, o);
		note_made(m, ev->obj.bytes_req / (uint32_t)sizeof(uint64_t));
	}
	if (site == SITE_AREA && ev->obj.ptr)
		open_area(m, ev);
}

void vmaps_learn_object(struct vmaps *m, const struct km_event *ev, enum vmap_site site,
			uint64_t no)
{
	bool before_area = site == SITE_AREA && ev->kind == KM_EV_KMALLOC;

	if (!m->past_label && ev->kind == KM_EV_KMALLOC)
		learn_made(m, ev, site);
	if (site == SITE_TASK && ev->kind == KM_EV_CACHE_ALLOC && ev->obj.bytes_req > m->task_bytes)
		m->task_bytes = ev->obj.bytes_req;
	/* of a caller that is hidden: the largest object right before an area */
	if (before_area && m->hidden.pid == ev->pid && m->hidden.bytes > m->task_bytes)
		m->task_bytes = m->hidden.bytes;
	m->hidden.pid = ev->pid;
	m->hidden.bytes = site == SITE_HIDDEN && ev->kind == KM_EV_CACHE_ALLOC ? ev->obj.bytes_req :
										 0;
	if (ev->kind != KM_EV_FORK || no > MOST_EARLY)
		return;
	int64_t unseen = (int64_t)ev->num[1] - m->last_child - 1;

	if (m->last_child && !m->gap_forks && unseen > 0 && unseen <= MOST_UNSEEN) {
		m->gap_no = m->last_fork_no;
		m->gap_forks = (uint64_t)unseen;
	}
	m->last_child = (int32_t)ev->num[1];
	m->last_fork_no = no;
}

/* ---- the seed's label ---- */

static int adopt_row(struct vmaps *m, size_t i)
{
	const struct km_snap_vmap *row = &m->config.seed->vmaps[i];
	uint32_t n = vmalloc_find(&m->space, row->start);
	int err;

	if (!vmaps_row_is_busy(m, i) || (n && vmalloc_area(&m->space, n)->end == row->end))
		return 0;
	err = vmalloc_take(&m->space, row->start, row->end, &n);
	if (!err)
		vmalloc_area(&m->space, n)->vm =
			(struct vm_note){ .pages = row->pages, .kind = row->kind, .seeded = true };
	return err == -KM_EINVAL ? 0 : err;
}

/* Kernel: mm/vmalloc.c:pcpu_get_vm_areas() [6.1]: from the range's end down, by no request */
int vmaps_chunk(struct vmaps *m, uint64_t base)
{
	const struct km_snapshot *s = m->config.seed;
	int err = 0;

	for (size_t i = 0; !err && i < s->nr_vmaps; i++)
		if (s->vmaps[i].start == base && !m->row_used[i]) {
			err = adopt_row(m, i);
			m->row_used[i] = true;
		}
	return err;
}

int vmaps_adopt_rows(struct vmaps *m)
{
	const struct km_snapshot *s = m->config.seed;
	int err = 0;

	for (size_t i = 0; !err && m->inferred && i < s->nr_vmaps; i++)
		err = adopt_row(m, i);
	return err;
}
