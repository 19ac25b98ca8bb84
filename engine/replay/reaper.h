/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When an allocator's periodic reaper ran. No event says so; but a worker that gives back the pages
 * of a slab without having freed an object before is it, and it comes every two seconds, on the
 * same part of a second.
 *
 * Kernel: mm/slab.c:cache_reap(), start_cpu_timer() [6.1]; kernel/time/timer.c:round_jiffies()
 */
#ifndef KM_REAPER_H
#define KM_REAPER_H

#include "engine/core/strtab.h"
#include "engine/core/types.h"
#include "engine/event.h"

struct reaper_cpu {
	int32_t pid; /* who freed an object last, and no page but right after it */
	uint64_t ts_ns;
};

struct reaper_pass {
	uint64_t ts_ns;
	unsigned int cpu;
};

struct reaper {
	const struct strtab *strings;
	struct reaper_cpu *last;
	unsigned int nr_cpus;
	struct reaper_pass *seen; /* by the survey */
	size_t nr_seen, seen_room;
	uint64_t first_ns, last_ns;
	struct reaper_pass *pass; /* by time */
	size_t nr_passes, next;
};

int reaper_init(struct reaper *r, const struct strtab *strings, unsigned int nr_cpus) KM_MUST_CHECK;
void reaper_release(struct reaper *r);

/*
 * An event, in either pass over the trace. Return: it is a free of pages that no free of an object
 * explains.
 */
bool reaper_hear(struct reaper *r, const struct km_event *ev);

/* … of pages that held a slab, in the survey. Return: 0, -KM_ENOMEM. */
int reaper_learn(struct reaper *r, const struct km_event *ev) KM_MUST_CHECK;

/*
 * The survey is over. A kernel that has just booted began two seconds before its reaper was first
 * seen; one that was running had it always.
 */
int reaper_start(struct reaper *r, bool from_boot) KM_MUST_CHECK;

/* Is @ev what a worker does in a pass just told? */
bool reaper_runs(const struct reaper *r, const struct km_event *ev);

/* Did it run before an event at @ts_ns? Each pass is told once. */
bool reaper_ran(struct reaper *r, uint64_t ts_ns, unsigned int *cpu);

#endif
