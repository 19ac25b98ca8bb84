/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Allocations that an interrupt fell into. mm_page_alloc comes when the page is prepared, some
 * time after it left its list; what an interrupt gives back in between did not lie above it then.
 * Nothing in the record says so but its times: an allocation cannot be served, from its request
 * to its event, in less time than others take. Learnt from the trace itself, on each CPU: how
 * long after an interrupt's last event the interrupted task's next one comes at least, and how
 * long after its task's event before it an mm_page_alloc does.
 */
#ifndef KM_HASTE_H
#define KM_HASTE_H

#include "engine/core/diag.h"
#include "engine/event.h"

/* Times by size, 32 classes to an octave. */
enum { HASTE_FINE = 5, HASTE_CLASSES = 64 << HASTE_FINE };

struct haste_times {
	uint64_t n;
	uint64_t least; /* ns; one in a hundred takes less. 0: too few are known */
	uint32_t of[HASTE_CLASSES];
};

/* The last event. */
struct haste_cpu {
	uint64_t ts_ns;
	int32_t pid;
	bool irq;
};

struct haste {
	struct haste_cpu *cpu;
	unsigned int nr_cpus;
	struct haste_times *leave, *serve; /* serve: of pages as they are, and of zeroed ones */
};

int haste_open(struct haste *h, unsigned int nr_cpus) KM_MUST_CHECK;
void haste_release(struct haste *h);

/* What the event of @ev's CPU before it, outside interrupts as @ev is, took till @ev. */
void haste_took(struct haste *h, const struct km_event *ev, const struct haste_cpu *was);

/* @ev, outside interrupts, is the first behind an interrupt: see haste_interrupted(). */
bool haste_too_soon(const struct haste *h, const struct km_event *ev, const struct haste_cpu *was);

/* The survey's events in their order; its end. */
static inline void haste_learn(struct haste *h, const struct km_event *ev)
{
	if (ev->cpu >= h->nr_cpus)
		return;
	struct haste_cpu *c = &h->cpu[ev->cpu], was = *c;

	*c = (struct haste_cpu){ ev->ts_ns, ev->pid, km_in_interrupt(ev) };
	if (!c->irq && (was.irq || ev->kind == KM_EV_PAGE_ALLOC))
		haste_took(h, ev, &was);
}

void haste_settle(struct haste *h);

/*
 * Every event again. True: @ev is an allocation that had left its list before the interrupt that
 * came right before it in the record.
 */
static inline bool haste_interrupted(struct haste *h, const struct km_event *ev)
{
	if (ev->cpu >= h->nr_cpus)
		return false;
	struct haste_cpu *c = &h->cpu[ev->cpu], was = *c;
	bool irq = km_in_interrupt(ev);

	if (!irq && !was.irq)
		return false;
	*c = (struct haste_cpu){ ev->ts_ns, ev->pid, irq };
	return !irq && ev->kind == KM_EV_PAGE_ALLOC && haste_too_soon(h, ev, &was);
}

#endif
