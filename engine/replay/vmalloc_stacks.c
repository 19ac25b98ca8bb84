/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel stacks: a new task gets one that its parent's CPU kept of a dead one, else a new one. A
 * dead task's is kept when its CPU switches away from it: at the first event of another task there.
 *
 * Kernel: kernel/fork.c:alloc_thread_stack_node(), try_release_thread_stack_to_cache() [6.1 6.12]
 * Differs: a stack that found no slot asks again when its task_struct is freed, wherever that is,
 * or when a stack is freed on that CPU: no event tells when a CPU runs what a grace period let go.
 */
#include <string.h>

#include "engine/replay/vmalloc_state.h"

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
	*f = (struct vmap_fork){ .pid = ev->pid, .is = true, .fresh = true, .task = ev->obj.ptr };
	f->predicted = !c->cached;
	c->cached -= c->cached != 0;
	m->stacks.nr_fresh++;
}

/*
 * The first @n of those that wait ask again, in the order they came.
 * Kernel: kernel/fork.c:thread_stack_free_rcu() [6.1]
 */
static void ask_again(struct vmaps *m, struct vmap_cpu_stacks *c, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (c->cached < m->config.prof->cached_stacks)
			c->cached++;
		else
			c->in_vain++;
	c->nr_due -= n;
	m->stacks.nr_due -= n;
	memmove(c->due, c->due + n, c->nr_due * sizeof(*c->due));
}

/*
 * A task_struct goes in the same grace period as its stack, or after it: they, and what waited
 * longer on that CPU, have asked.
 */
static void task_gone(struct vmaps *m, uint64_t task)
{
	for (unsigned int i = 0; task && i < m->config.nr_cpus; i++) {
		struct vmap_cpu_stacks *c = &m->stacks.cpu[i];

		for (unsigned int n = 0; n < c->nr_due; n++)
			if (c->due[n] == task) {
				ask_again(m, c, n + 1);
				return;
			}
	}
}

/* The CPU has switched away from the dead task. */
static void leave(struct vmaps *m, struct vmap_cpu_stacks *c)
{
	const struct vmap_living *of = &m->stacks.living[(uint32_t)c->dying % MOST_LIVING];

	c->exits = false;
	if (c->cached < m->config.prof->cached_stacks) {
		c->cached++;
		return;
	}
	if (c->nr_due == MOST_STACKS_DUE)
		ask_again(m, c, 1);
	m->stacks.nr_due++;
	c->due[c->nr_due++] = of->pid == c->dying ? of->task : 0;
}

void vmap_stacks_object(struct vmaps *m, const struct km_event *ev, enum vmap_site site)
{
	struct vmap_cpu_stacks *c = &m->stacks.cpu[ev->cpu];
	struct vmap_fork *f;

	if (c->exits && c->dying != ev->pid)
		leave(m, c);
	if (m->stacks.nr_due && ev->kind == KM_EV_CACHE_FREE)
		task_gone(m, ev->obj.ptr);
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
	struct vmap_cpu_stacks *c = &m->stacks.cpu[ev->cpu];
	enum vmalloc_cause cause = m->lost	       ? VMALLOC_LOSS :
				   m->ran && !c->known ? VMALLOC_FIRST_TOUCH :
							 VMALLOC_UNKNOWN;
	int32_t child = (int32_t)ev->num[1];

	if (!f)
		return;
	m->stacks.living[(uint32_t)child % MOST_LIVING] = (struct vmap_living){ child, f->task };
	if (f->made && !f->predicted)
		c->cached = 0;
	c->known |= f->made;
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

bool vmap_is_stack(const struct vmaps *m, uint32_t n)
{
	uint64_t bytes = (uint64_t)m->config.prof->stack_pages << m->config.page_shift;
	const struct vmap_area *a = vmalloc_area(&m->space, n);

	return bytes && !(a->start & (bytes - 1)) &&
	       a->end - a->start == vmalloc_size_of(bytes, m->config.page_shift);
}

/* The slots were full, by those that asked before it. */
void vmap_stacks_freed(struct vmaps *m, const struct km_event *ev, uint32_t area)
{
	struct vmap_cpu_stacks *c;

	if (!m->config.prof->cached_stacks || ev->cpu >= m->config.nr_cpus || km_in_interrupt(ev) ||
	    !vmap_is_stack(m, area))
		return;
	c = &m->stacks.cpu[ev->cpu];
	while (!c->in_vain && c->nr_due)
		ask_again(m, c, 1);
	c->in_vain -= c->in_vain != 0;
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
			return vmap_is_stack(m, n);
	}
	return false;
}
