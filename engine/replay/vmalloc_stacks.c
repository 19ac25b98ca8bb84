/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel stacks: a new task gets one that its parent's CPU kept of a dead one, else a new one. A
 * dead task's is kept when its CPU switches away from it: at the first event of another task there.
 *
 * Kernel: kernel/fork.c:alloc_thread_stack_node(), try_release_thread_stack_to_cache() [6.1 6.12]
 * Differs: a grace period is 10 ms, as an object's is, and ends on the CPU that it began on.
 */
#include <string.h>

#include "engine/replay/vmalloc_state.h"

#define GRACE_NS UINT64_C(10000000)

static struct vmap_fork *fork_of(struct vmaps *m, int32_t pid)
{
	for (unsigned int i = 0; i < MOST_VMAP_TASKS; i++)
		if (m->stacks.fork[i].is && m->stacks.fork[i].pid == pid)
			return &m->stacks.fork[i];
	return NULL;
}

static void not_fresh(struct vmaps *m, struct vmap_fork *f)
{
	m->stacks.nr_fresh -= f->fresh;
	f->fresh = false;
}

static void begin_fork(struct vmaps *m, const struct km_event *ev)
{
	struct vmap_cpu_stacks *c = &m->stacks.cpu[ev->cpu];
	struct vmap_fork *f = fork_of(m, ev->pid);

	if (!f)
		f = &m->stacks.fork[m->stacks.at++ % MOST_VMAP_TASKS];
	not_fresh(m, f);
	*f = (struct vmap_fork){ .pid = ev->pid, .is = true, .fresh = true };
	f->predicted = !c->cached;
	c->cached -= c->cached != 0;
	m->stacks.nr_fresh++;
}

/* Kernel: kernel/fork.c:thread_stack_free_rcu() [6.1] */
static void ask_again(const struct vmaps *m, struct vmap_cpu_stacks *c, uint64_t now_ns)
{
	unsigned int over = 0;

	while (over < c->nr_due && c->due_ns[over] <= now_ns) {
		c->cached += c->cached < m->config.prof->cached_stacks;
		over++;
	}
	if (!over)
		return;
	c->nr_due -= over;
	memmove(c->due_ns, c->due_ns + over, c->nr_due * sizeof(*c->due_ns));
}

void vmap_stacks_object(struct vmaps *m, const struct km_event *ev, enum vmap_site site)
{
	struct vmap_cpu_stacks *c = &m->stacks.cpu[ev->cpu];
	struct vmap_fork *f;

	if (c->nr_due)
		ask_again(m, c, ev->ts_ns);
	if (c->exits && c->dying != ev->pid) {
		c->exits = false;
		if (c->cached < m->config.prof->cached_stacks)
			c->cached++;
		else if (c->nr_due < MOST_STACKS_DUE)
			c->due_ns[c->nr_due++] = ev->ts_ns + GRACE_NS;
	}
	if ((site == SITE_TASK || site == SITE_HIDDEN) && ev->kind == KM_EV_CACHE_ALLOC &&
	    ev->obj.bytes_req == m->task_bytes) {
		begin_fork(m, ev);
	} else if (m->stacks.nr_fresh && site != SITE_AREA && !km_in_interrupt(ev)) {
		f = fork_of(m, ev->pid);
		if (f)
			not_fresh(m, f);
	}
}

bool vmap_stacks_forks(const struct vmaps *m, int32_t pid)
{
	for (unsigned int i = 0; i < MOST_VMAP_TASKS; i++)
		if (m->stacks.fork[i].fresh && m->stacks.fork[i].pid == pid)
			return true;
	return false;
}

/* @pid made a stack for the task it is about to make. */
void vmap_stacks_made(struct vmaps *m, int32_t pid)
{
	struct vmap_fork *f = fork_of(m, pid);

	if (f)
		f->made = true;
}

void vmap_stacks_fork(struct vmaps *m, const struct km_event *ev)
{
	struct vmap_fork *f = fork_of(m, ev->pid);
	enum vmalloc_cause cause = m->lost ? VMALLOC_LOSS : VMALLOC_UNKNOWN;

	if (!f)
		return;
	if (f->made && !f->predicted)
		m->stacks.cpu[ev->cpu].cached = 0;
	vmalloc_score_count(&m->score, f->made ? SCOPE_STACK_NEW : SCOPE_STACK_REUSED,
			    f->made == f->predicted, cause);
	if (f->made)
		vmalloc_score_count(&m->score, SCOPE_RECALL, f->predicted, cause);
	if (f->predicted)
		vmalloc_score_count(&m->score, SCOPE_PRECISION, f->made, cause);
	not_fresh(m, f);
	f->is = false;
}

void vmap_stacks_exit(struct vmaps *m, const struct km_event *ev)
{
	struct vmap_cpu_stacks *c = &m->stacks.cpu[ev->cpu];

	c->exits = true;
	c->dying = ev->pid;
}

/*
 * Where no events tell of areas, the one being made has an opening; elsewhere it is the task's last
 * one, of a stack's size and guard page, aligned as a stack.
 */
bool vmaps_makes_stack(const struct vmaps *m, int32_t pid)
{
	uint64_t bytes = (uint64_t)m->config.prof->stack_pages << m->config.page_shift;

	for (unsigned int i = 0; i < MOST_VMAP_TASKS; i++)
		if (m->opening[i].handle && m->opening[i].pid == pid)
			return m->opening[i].stack;
	for (unsigned int i = 0; !m->inferred && bytes && i < MOST_VMAP_TASKS; i++) {
		const struct vmap_task *t = &m->task[i];
		uint32_t n = t->start && t->pid == pid ? vmalloc_find(&m->space, t->start) : 0;

		if (n)
			return !(t->start & (bytes - 1)) &&
			       vmalloc_area(&m->space, n)->end - t->start ==
				       vmalloc_size_of(bytes, m->config.page_shift);
	}
	return false;
}
