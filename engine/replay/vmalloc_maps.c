/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/vmalloc_maps.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/replay/vmalloc_state.h"

/* ---- making and ending ---- */

static int open_space(struct vmaps *m)
{
	struct vmalloc_range main_range = vmalloc_ranges_main(&m->ranges);
	const struct vmalloc_config c = { .prof = m->config.prof,
					  .page_shift = m->config.page_shift,
					  .nr_cpus = m->config.nr_cpus,
					  .pool_start = main_range.start,
					  .pool_end = main_range.end };

	vmalloc_release(&m->space);
	return vmalloc_init(&m->space, &c);
}

int vmaps_open(struct vmaps **out, const struct vmaps_config *c)
{
	struct vmaps *m = calloc(1, sizeof(*m));

	if (!m)
		return -KM_ENOMEM;
	m->config = *c;
	m->last = &m->first;
	for (size_t i = 0; i < c->seed->nr_vmaps; i++)
		vmalloc_ranges_note(&m->ranges, c->seed->vmaps[i].start, true);
	m->row_used = calloc(c->seed->nr_vmaps + 1, sizeof(*m->row_used));
	m->stacks.cpu = calloc(c->nr_cpus, sizeof(*m->stacks.cpu));
	if (!m->row_used || !m->stacks.cpu || open_space(m)) {
		vmaps_close(m);
		return -KM_ENOMEM;
	}
	*out = m;
	return 0;
}

static void noted_free(struct noted_vmaps *k)
{
	if (k)
		free(k->rows);
	free(k);
}

void vmaps_close(struct vmaps *m)
{
	if (!m)
		return;
	for (struct noted_vmaps *k = m->first, *next; k; k = next) {
		next = k->next;
		noted_free(k);
	}
	noted_free(m->given);
	vmalloc_release(&m->space);
	free(m->early);
	free(m->row_used);
	free(m->handles.slot);
	free(m->stacks.cpu);
	free(m->site);
	free(m);
}

/* ---- events ---- */

static bool is_vmap(unsigned int kind)
{
	return kind >= KM_EV_VMAP_ALLOC && kind <= KM_EV_VMAP_FREE;
}

static bool is_object(unsigned int kind)
{
	return kind >= KM_EV_KMALLOC && kind <= KM_EV_CACHE_FREE;
}

bool vmaps_heeds(unsigned int kind)
{
	return is_vmap(kind) || kind == KM_EV_FORK || kind == KM_EV_EXIT || is_object(kind) ||
	       kind == KM_EV_LOST || kind == KM_EV_PERCPU_CREATE_CHUNK;
}

static int no_memory(struct km_diag *d)
{
	return km_fail(d, KM_ENOMEM, "", "out of memory for the vmalloc areas");
}

/* What no kernel can have recorded. */
static int check_event(const struct vmaps *m, const struct km_event *ev, uint64_t no,
		       struct km_diag *d)
{
	const uint64_t *num = ev->num;
	uint64_t in_page = (UINT64_C(1) << m->config.page_shift) - 1;

	if (ev->cpu >= m->config.nr_cpus)
		return km_fail(d, KM_EFORMAT, "",
			       "event %" PRIu64
			       " is of CPU %u, the machine has %u: say how many with --set "
			       "machine.cpus=N",
			       no, ev->cpu, m->config.nr_cpus);
	if (ev->kind == KM_EV_VMAP_PURGE)
		return 0;
	if (ev->kind == KM_EV_VMAP_FREE)
		return num[0] & in_page ?
			       km_fail(d, KM_EFORMAT, "",
				       "event %" PRIu64 " (%s): no area begins at 0x%" PRIx64, no,
				       km_event_name(ev->kind), num[0]) :
			       0;
	bool sound = num[1] && !(num[1] & in_page) && num[2] && !(num[2] & (num[2] - 1));

	if (sound && (num[3] || (num[0] && !(num[0] & in_page) && num[0] + num[1] > num[0])))
		return 0;
	return km_fail(d, KM_EFORMAT, "",
		       "event %" PRIu64 " (%s): no area is of 0x%" PRIx64 " bytes at 0x%" PRIx64
		       ", aligned to 0x%" PRIx64,
		       no, km_event_name(ev->kind), num[1], num[0], num[2]);
}

static enum vmap_site site_by_name(const struct vmaps *m, const char *name)
{
	const struct vmalloc_profile *prof = m->config.prof;
	const char *const *const lists[NR_VMAP_SITES] = {
		[SITE_AREA] = prof->area_sites,	    [SITE_ARRAY] = prof->array_sites,
		[SITE_PURGE] = prof->purge_sites,   [SITE_EXEC] = prof->exec_sites,
		[SITE_RECORD] = prof->record_sites, [SITE_TASK] = prof->task_sites,
		[SITE_WORKER] = prof->worker_sites, [SITE_HIDDEN] = prof->hidden_sites,
	};

	for (unsigned int i = SITE_AREA; i < NR_VMAP_SITES; i++)
		for (const char *const *p = lists[i]; p && *p; p++)
			if (!strncmp(name, *p, strlen(*p)))
				return (enum vmap_site)i;
	return SITE_OTHER;
}

static int look_up_site(struct vmaps *m, uint32_t id, enum vmap_site *site)
{
	*site = SITE_OTHER;
	if (id >= strtab_count(m->config.strings))
		return 0;
	if (id >= m->nr_sites) {
		size_t n = strtab_count(m->config.strings) + 1024;
		uint8_t *v = realloc(m->site, n);

		if (!v)
			return -KM_ENOMEM;
		memset(v + m->nr_sites, SITE_NEW, n - m->nr_sites);
		m->site = v;
		m->nr_sites = n;
	}
	if (m->site[id] == SITE_NEW)
		m->site[id] = (uint8_t)site_by_name(m, strtab_get(m->config.strings, id));
	*site = (enum vmap_site)m->site[id];
	return 0;
}

static int site_of(struct vmaps *m, uint32_t id, enum vmap_site *site)
{
	*site = id < m->nr_sites ? (enum vmap_site)m->site[id] : SITE_NEW;
	return *site == SITE_NEW ? look_up_site(m, id, site) : 0;
}

/* ---- the survey ---- */

/* Freed, and never made: it is from before; the counter tells its size. */
static int learn_free(struct vmaps *m, const struct km_event *ev)
{
	uint32_t n = vmalloc_find(&m->space, ev->num[0]);
	uint64_t pages = ev->num[1] - m->nr_lazy;
	struct early_vmap e = { .start = ev->num[0],
				.end = ev->num[0] + (pages << m->config.page_shift) };
	int err = 0;

	if (n)
		vmalloc_free(&m->space, n);
	else if (m->nr_lazy_told && ev->num[1] > m->nr_lazy && e.end > e.start)
		err = vmaps_add_early(m, &e);
	m->nr_lazy = ev->num[1];
	m->nr_lazy_told = true;
	return err;
}

static int learn_vmap(struct vmaps *m, const struct km_event *ev)
{
	struct vmalloc_purge gone;
	uint32_t n;

	m->told = true;
	if (ev->kind == KM_EV_VMAP_ALLOC && !ev->num[3])
		vmalloc_ranges_note(&m->ranges, ev->num[0], false);
	if (m->past_label)
		return 0;
	if (ev->kind == KM_EV_VMAP_FREE)
		return learn_free(m, ev);
	if (ev->kind == KM_EV_VMAP_ALLOC)
		return ev->num[3] ?
			       0 :
			       vmalloc_take(&m->space, ev->num[0], ev->num[0] + ev->num[1], &n);
	vmalloc_purge(&m->space, false, &gone);
	m->nr_lazy = 0;
	m->nr_lazy_told = true;
	return 0;
}

int vmaps_learn(struct vmaps *m, const struct km_event *ev, uint64_t no, struct km_diag *d)
{
	enum vmap_site site = SITE_OTHER;
	int err = 0;

	if (is_vmap(ev->kind)) {
		err = check_event(m, ev, no, d);
		return err ? err : learn_vmap(m, ev) ? no_memory(d) : 0;
	}
	if (is_object(ev->kind))
		err = site_of(m, ev->obj.call_site, &site);
	m->inferred |= ev->kind == KM_EV_KFREE; /* objects are told, not arrays of pages alone */
	if (!err && (site != SITE_OTHER || ev->kind == KM_EV_FORK || m->hidden.bytes))
		vmaps_learn_object(m, ev, site, no);
	return err ? no_memory(d) : 0;
}

int vmaps_start(struct vmaps *m, bool from_boot, struct km_diag *d)
{
	m->inferred = m->inferred && !m->told && m->config.seed->nr_vmaps &&
		      m->config.prof->area_sites[0];
	if (m->told || !from_boot) {
		if (vmaps_learn_label(m))
			return no_memory(d);
	} else {
		m->nr_early = 0; /* its objects will tell */
	}
	for (size_t i = 0; m->inferred && !from_boot && i < m->config.seed->nr_vmaps; i++)
		m->row_used[i] = true;
	if (!from_boot)
		m->gap_forks = 0;
	m->ran = !from_boot;
	if (m->inferred && m->ran)
		vmaps_forget_made(m);
	if (open_space(m) || vmaps_place_early(m))
		return no_memory(d);
	m->nr_lazy = 0;
	m->nr_lazy_told = false;
	m->nr_openings = 0;
	memset(m->opening, 0, sizeof(m->opening));
	return 0;
}

/* ---- the replay ---- */

static enum vmalloc_cause cause_of(const struct vmaps *m)
{
	return m->lost ? VMALLOC_LOSS : VMALLOC_UNKNOWN;
}

static struct vmap_task *task_of(struct vmaps *m, int32_t pid)
{
	for (unsigned int i = 0; i < MOST_VMAP_TASKS; i++)
		if (m->task[i].start && m->task[i].pid == pid)
			return &m->task[i];
	return NULL;
}

/*
 * @pid made the area @a. Made right after another one, whose array of pages is too large for a
 * kmalloc and as large as this, it is that array's.
 */
static void remember(struct vmaps *m, int32_t pid, const struct vmap_area *a)
{
	struct vmap_task *t = task_of(m, pid);
	uint32_t outer = t ? vmalloc_find(&m->space, t->start) : 0;

	if (outer) {
		struct vmap_area *o = vmalloc_area(&m->space, outer);
		uint64_t pages = ((o->end - o->start) >> m->config.page_shift) - 1;
		uint64_t bytes = pages * sizeof(uint64_t);

		if (!o->vm.pages && bytes > UINT64_C(1) << m->config.page_shift &&
		    a->end - a->start == vmalloc_size_of(bytes, m->config.page_shift)) {
			o->vm.pages = (uint32_t)pages;
			o->vm.kind = KM_VMAP_VMALLOC;
		}
	}
	if (!t)
		t = &m->task[m->task_at++ % MOST_VMAP_TASKS];
	*t = (struct vmap_task){ .pid = pid, .start = a->start };
}

/* An array of pages was allocated: it is the area's that its task made last. */
static void array_event(struct vmaps *m, const struct km_event *ev)
{
	struct vmap_task *t = task_of(m, ev->pid);
	uint32_t n = t ? vmalloc_find(&m->space, t->start) : 0;

	if (!n)
		return;
	t->start = 0;
	vmalloc_area(&m->space, n)->vm.pages = ev->obj.bytes_req / (uint32_t)sizeof(uint64_t);
	vmalloc_area(&m->space, n)->vm.kind = KM_VMAP_VMALLOC;
}

/* What tries that fail are followed by: a purge, and one more try. */
static void try_overflow(struct vmaps *m, const struct km_event *ev)
{
	bool again = m->overflow.at == TRY_AGAIN && m->overflow.pid == ev->pid;

	if (m->overflow.at == TRY_PURGE && m->overflow.pid == ev->pid)
		vmalloc_score_count(&m->score, SCOPE_OVERFLOW, false, cause_of(m));
	if (ev->num[3] && !again) {
		m->overflow.at = TRY_PURGE;
		m->overflow.pid = ev->pid;
	} else if (again) {
		m->overflow.at = TRY_FIRST;
	}
}

static int alloc_event(struct vmaps *m, const struct km_event *ev)
{
	bool failed = ev->num[3];
	struct vmalloc_range in = vmalloc_ranges_find(&m->ranges, ev->num[0], failed);
	const struct vmalloc_request rq = { .size = ev->num[1],
					    .align = ev->num[2],
					    .start = in.start,
					    .end = in.end,
					    .cpu = ev->cpu };
	struct vmalloc_choice c = vmalloc_choose(&m->space, &rq);
	bool hit = c.addr == ev->num[0] && (c.fit == VMALLOC_FIT_NONE) == failed;
	uint32_t n = 0;
	int err = 0;

	if (!failed && ev->num[2] == (uint64_t)m->config.prof->stack_pages << m->config.page_shift)
		vmap_stacks_made(m, ev->pid);
	vmalloc_score_count(&m->score, failed ? SCOPE_FAILED : SCOPE_MADE, hit, cause_of(m));
	try_overflow(m, ev);
	if (hit)
		err = vmalloc_commit(&m->space, &rq, &c, &n);
	else if (!failed)
		err = vmalloc_take(&m->space, ev->num[0], ev->num[0] + ev->num[1], &n);
	if (n)
		remember(m, ev->pid, vmalloc_area(&m->space, n));
	return err;
}

static int free_event(struct vmaps *m, const struct km_event *ev)
{
	uint32_t n = vmalloc_find(&m->space, ev->num[0]);
	uint64_t pages = ev->num[1] - m->nr_lazy;
	bool known = n;
	int err = 0;

	if (!n && m->nr_lazy_told && ev->num[1] > m->nr_lazy)
		err = vmalloc_take(&m->space, ev->num[0],
				   ev->num[0] + (pages << m->config.page_shift), &n);
	if (n) {
		vmap_stacks_freed(m, ev, n);
		vmalloc_free(&m->space, n);
	}
	vmalloc_score_count(&m->score, SCOPE_FREED, known && m->space.lazy_pages == ev->num[1],
			    known ? cause_of(m) : VMALLOC_FIRST_TOUCH);
	m->nr_lazy = ev->num[1];
	m->nr_lazy_told = true;
	m->due = vmalloc_purge_is_due(&m->space, ev->num[2]);
	return err == -KM_ENOMEM ? err : 0;
}

/* An address of the direct map, say: the caller's own, of what it wants flushed with the rest. */
static bool is_callers(const struct vmaps *m, uint64_t addr)
{
	return vmalloc_ranges_find(&m->ranges, addr, false).start == 1;
}

static bool same_range(const struct vmaps *m, const struct vmalloc_purge *p,
		       const struct km_event *ev)
{
	bool start = p->start == ev->num[0] || (ev->num[0] < p->start && is_callers(m, ev->num[0]));
	bool end = p->end == ev->num[1] || (ev->num[1] > p->end && is_callers(m, ev->num[1]));

	return start && end;
}

static void purge_event(struct vmaps *m, const struct km_event *ev)
{
	enum vmalloc_scope why = m->due ? SCOPE_LIMIT : SCOPE_ASKED;
	bool overflow = m->overflow.at == TRY_PURGE && m->overflow.pid == ev->pid;
	struct vmalloc_purge p;

	if (overflow) {
		why = SCOPE_OVERFLOW;
		m->overflow.at = TRY_AGAIN;
	}
	vmalloc_purge(&m->space, overflow, &p);
	bool exact = p.start == ev->num[0] && p.end == ev->num[1];
	bool hit = p.areas == ev->num[2] && same_range(m, &p, ev);

	vmalloc_score_count(&m->score, why, hit, cause_of(m));
	vmalloc_score_count(&m->score, exact || !hit ? SCOPE_EXACT : SCOPE_WIDENED, hit, 0);
	m->due = false;
	m->nr_lazy = 0;
	m->nr_lazy_told = true;
}

static int vmap_event(struct vmaps *m, const struct km_event *ev)
{
	if (ev->kind == KM_EV_VMAP_ALLOC)
		return alloc_event(m, ev);
	if (ev->kind == KM_EV_VMAP_FREE)
		return free_event(m, ev);
	purge_event(m, ev);
	return 0;
}

static int task_event(struct vmaps *m, const struct km_event *ev, uint64_t no)
{
	if (ev->kind == KM_EV_EXIT) {
		vmap_stacks_exit(m, ev);
		return 0;
	}
	vmap_stacks_fork(m, ev);
	return m->inferred ? vmaps_fork(m, no) : 0;
}

static int object_event(struct vmaps *m, const struct km_event *ev)
{
	enum vmap_site site;
	int err = site_of(m, ev->obj.call_site, &site);

	if (err)
		return err;
	vmap_stacks_object(m, ev, site);
	if (m->inferred)
		return vmaps_object(m, ev, site);
	if (site == SITE_ARRAY && ev->kind == KM_EV_KMALLOC)
		array_event(m, ev);
	return 0;
}

int vmaps_feed(struct vmaps *m, const struct km_event *ev, uint64_t no, struct km_diag *d)
{
	int err = is_vmap(ev->kind) ? check_event(m, ev, no, d) : 0;

	if (err)
		return err;
	if (ev->kind == KM_EV_LOST)
		m->lost = true;
	else if (is_vmap(ev->kind))
		err = vmap_event(m, ev);
	else if ((!m->told && !m->inferred) || ev->cpu >= m->config.nr_cpus)
		return 0;
	else if (ev->kind == KM_EV_PERCPU_CREATE_CHUNK)
		err = m->inferred ? vmaps_chunk(m, ev->num[0]) : 0;
	else if (is_object(ev->kind))
		err = object_event(m, ev);
	else
		err = task_event(m, ev, no);
	return err ? no_memory(d) : 0;
}

/* ---- rows ---- */

int vmaps_note(struct vmaps *m, uint64_t no)
{
	size_t room = vmalloc_nr_busy(&m->space) + 1;
	bool known = m->told || m->inferred;
	struct noted_vmaps *k = known ? calloc(1, sizeof(*k)) : NULL;

	if (!known)
		return 0;
	if (k)
		k->rows = calloc(room, sizeof(*k->rows));
	if (!k || !k->rows) {
		free(k);
		return -KM_ENOMEM;
	}
	k->no = no;
	for (uint32_t n = vmalloc_next_busy(&m->space, 0); n; n = vmalloc_next_busy(&m->space, n)) {
		const struct vmap_area *a = vmalloc_area(&m->space, n);

		k->rows[k->n++] = (struct km_vmap_state){ .start = a->start,
							  .bytes = a->end - a->start,
							  .pages = a->vm.pages,
							  .kind = km_vmap_kind_name(a->vm.kind),
							  .seeded = a->vm.seeded };
	}
	*m->last = k;
	m->last = &k->next;
	return 0;
}

const struct km_vmap_state *vmaps_rows(struct vmaps *m, uint64_t no, size_t *n)
{
	*n = 0;
	while (m->first && m->first->no <= no) {
		noted_free(m->given);
		m->given = m->first;
		m->first = m->first->next;
	}
	if (!m->first)
		m->last = &m->first;
	if (!m->given || m->given->no != no)
		return NULL;
	*n = m->given->n;
	return m->given->rows;
}

const struct km_vmalloc_state *vmaps_state(const struct vmaps *m, struct vmalloc_rows *rows)
{
	struct vmalloc_range in = vmalloc_ranges_main(&m->ranges);

	if (!in.start || (!m->told && !m->inferred))
		return NULL;
	return vmalloc_rows_of_space(rows, &m->space, in.start, in.end);
}

int vmaps_anchor(struct vmaps *m)
{
	int err = vmaps_adopt_rows(m);

	m->anchored = true;
	for (size_t i = 0; i < m->config.seed->nr_vmaps; i++) {
		const struct km_snap_vmap *row = &m->config.seed->vmaps[i];
		uint32_t n = vmalloc_find(&m->space, row->start);
		struct vmap_area *a = vmalloc_area(&m->space, n);

		if (!n || a->end != row->end || row->kind == KM_VMAP_LAZY)
			continue;
		a->vm.kind = row->kind;
		a->vm.pages = row->pages;
	}
	return err;
}

int vmaps_report(const struct vmaps *m, const struct km_sink *sink)
{
	return m->config.scored ? vmalloc_score_report(&m->score, sink) : 0;
}

int vmaps_check(const struct vmaps *m, struct km_diag *d)
{
	return vmalloc_check(&m->space, d);
}
