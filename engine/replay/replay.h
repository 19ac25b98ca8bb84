/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A trace through a machine. Two passes over the same events: the survey learns what the seed needs
 * (which pages are first seen leaving a free list, which first seen coming back), the replay itself
 * acts.
 *
 *	open → survey* → start → feed* → finish → close
 *
 * The loop streams: memory is bounded by the machine and its live objects, not by the trace.
 */
#ifndef KM_REPLAY_H
#define KM_REPLAY_H

#include "engine/core/diag.h"
#include "engine/core/snapshot.h"
#include "engine/core/strtab.h"
#include "engine/event.h"
#include "engine/result.h"

struct replay;
struct kernel_profile;
struct machine_layout;
struct tlb_profile;
struct cost_table;
struct replay_explanation;

enum replay_mode { REPLAY_OBSERVE, REPLAY_PREDICT, REPLAY_SIMULATE };

/*
 * The kernel's own tunables (Documentation/admin-guide/sysctl/vm.rst); -1: as the kernel or the
 * seed has it.
 */
struct replay_tunables {
	int64_t min_free_kbytes;
	int64_t watermark_scale_factor;
	int64_t watermark_boost_factor;
	int64_t percpu_pagelist_high_fraction;
	int64_t compaction_proactiveness; /* free run */
	int64_t extfrag_threshold;	  /* … */
	int64_t nofragment;		  /* 0, what if: there is no ALLOC_NOFRAGMENT */
	int64_t lowmem_reserve_ratio[8];  /* by zone index */
	/*
	 * Free run: which of the profile's object allocators serves objects, and SLUB's boot
	 * parameters. Where none of them is set, objects are not served: the blocks that the record
	 * took for them are requests as any.
	 */
	int64_t slab, slub_max_order, slub_min_order, slub_min_objects;
	/* Free run: of 1000 movable requests so many get pages that stay; chosen by the seed. */
	int64_t cma_pinned, cma_pinned_seed;
	int64_t vmalloc_lazy_pages; /* generated: so many may wait for their purge */
	int64_t thread_stack;	    /* … bytes of a kernel stack */
	int64_t vmap_stack;	    /* … whether stacks are mapped */
	int64_t no_mmu;		    /* … 1: nothing is mapped */
	int64_t page_table_levels;  /* … 4 or 5, on x86-64 */
};

/* As a capture's sysctls have them; -1: it does not say. */
struct replay_recorded {
	int64_t min_free_kbytes, watermark_scale_factor, watermark_boost_factor;
	int64_t percpu_pagelist_high_fraction;
	int64_t compaction_proactiveness, extfrag_threshold;
	int64_t lowmem_reserve_ratio[8];
};

/*
 * What a free run made of a capture's watermarks, reserves and per-CPU limits, where another kernel
 * is modelled than recorded them (engine/machine/limits.h).
 */
struct replay_limits {
	bool other;		     /* it is another kernel */
	bool marks, lists, reserves; /* these are other numbers than the capture's */
	uint64_t recorded_min_free_kbytes, min_free_kbytes;
	/* set by somebody, and kept */
	bool kept_min_free, kept_scale, kept_fraction, kept_reserves;
};

/* What a free run chose for an allocation; @pfn KM_NO_PFN: it had nothing. */
struct replay_choice {
	uint64_t event_no, ts_ns, pfn;
	uint64_t pages; /* 2^@order, or those of a contiguous area: @order is then 0 */
	uint32_t gfp;
	unsigned int cpu, order, migratetype; /* of an area: KM_CMA */
};

/* What a virtual TLB sees: made-up accesses (engine/tlb/synth.h) through these mappings. */
struct replay_access {
	unsigned int synthesizers;  /* bit 0: S1, … bit 4: S5 */
	bool init_on_alloc;	    /* all memory is zeroed when it is handed out */
	unsigned int largest_shift; /* log2 of the largest page of the direct map */
	uint64_t single_kib;	    /* so much of it, at least, is mapped by single pages */
	bool bounds;		    /* two more TLBs see S1, S2 and S5 alone, and S4 beside them */
};

struct replay_config {
	enum replay_mode mode;
	bool forced;	/* predict: the lists also follow recorded refills, drains and fallbacks */
	bool re_anchor; /* put the state right at later labels; those are then `seeded` */
	bool paranoid;	/* recount every room after every event */
	const char *from_label; /* simulate: run free from its begin marker; NULL: from the start */
	unsigned int nr_samples;    /* evenly spaced states to record; 0: labels only */
	bool no_map;		    /* record no pageblocks */
	bool no_objects;	    /* model pages only */
	bool no_owners;		    /* do not count who allocates objects, nor whose pages are */
	unsigned int page_shift;    /* log2 of the page size; 0: 12 */
	unsigned int pointer_bytes; /* of the recorded kernel's pointers; 0: 8 */
	unsigned int nr_cpus;	    /* online; 0: from the seed, or from the events */
	bool cpus_given; /* somebody asked for so many: an event of another is his error */
	bool has_cma;	 /* the kernel was built with CONFIG_CMA */
	/*
	 * The trace was generated: its page numbers name objects, the machine has just booted and
	 * has every page free. Simulate only; there is no survey, and @nr_events must be said.
	 */
	bool synthetic;
	uint64_t kswapd_delay_ns; /* generated: from its waking to its run */
	uint64_t nr_events;
	const struct kernel_profile *profile;
	const struct kernel_profile *recorded; /* of the kernel that wrote it; NULL: the same */
	/*
	 * The machine is configured: @seed is layout_describe()'s. Simulate then begins with a cold
	 * start, every page free that is not reserved. NULL: a capture's.
	 */
	const struct machine_layout *layout;
	struct replay_tunables tunables;
	/* What was set on the captured machine; NULL: nothing says it. */
	const struct replay_recorded *set;
	const struct tlb_profile *tlb;	/* a virtual TLB for each CPU; NULL: none */
	struct replay_access access;	/* only with a TLB; .init_on_alloc with costs, too */
	const struct cost_table *costs; /* checked; NULL: nothing is costed */
	/* Labels the trace may not mark: `start` is then recorded before the first event, `end`
	 * after the last. */
	bool has_start_label, has_end_label;
	/* Sees what a free run chooses for each allocation; NULL: nobody asks. */
	void (*chosen)(void *ctx, const struct replay_choice *c);
	void *chosen_ctx;
	/* What allocation to explain (engine/replay/explain.h), zeroed but for its number. */
	struct replay_explanation *explain;
	const struct km_snapshot *seed;	       /* the first label's own numbers; NULL: none */
	const struct km_snapshot *late_caches; /* only later labels name them; NULL: none */
	const struct km_snapshot
		*later; /* nr_later more labels, in trace order; read only where re_anchor is set */
	size_t nr_later;
};

/* What the machine's state before the first event rests on. */
struct replay_seed {
	uint64_t proven_pages;	/* free because an event shows them leaving a free list */
	uint64_t flagged_pages; /* free because kpageflags of the seed label says so */
	uint64_t unknown_pages; /* nothing says whether they were free: the error bound */
	uint64_t fresh_pages;	/* free because the machine has just booted */
	uint64_t hidden_pages;	/* on per-CPU lists, only their number is known */
	uint64_t proven_types;	/* pageblocks whose type an event shows */
	uint64_t dealt_types;	/* … dealt so that pagetypeinfo's counts come out */
	uint64_t assumed_types; /* … left as the kernel sets them at boot */
};

/* What reclaim and compaction did in a free run, over all nodes, on both sides. */
struct replay_pressure {
	struct replay_pressure_side {
		uint64_t kswapd_wake, direct_reclaim, reclaimed_pages, compaction_runs;
		uint64_t oom; /* victims marked; times the killer would have been called */
	} recorded, model;
	bool cache_told; /* the trace says which pages are the page cache's; else their flags do */
};

/* Objects: how many, and those that cannot be as recorded, by what is wrong with them. */
struct replay_objects {
	const char *allocator;	 /* whose rules they follow; NULL where they are not modelled */
	uint64_t allocs, frees;	 /* events; 0 where objects are not modelled */
	uint64_t failed_allocs;	 /* the kernel returned NULL */
	uint64_t reallocs;	 /* in use when handed out: somebody unseen had freed it */
	uint64_t double_frees;	 /* free when freed: somebody unseen had taken it */
	uint64_t unknown_frees;	 /* in no slab that anything tells of */
	uint64_t inside_frees;	 /* not at an object's beginning */
	uint64_t null_frees;	 /* kfree(NULL), kfree(ZERO_SIZE_PTR) */
	uint64_t outside;	 /* in no page that is mapped directly */
	uint64_t no_cpu;	 /* on a CPU the machine has not: not followed */
	uint64_t unknown_allocs; /* calls that nothing tells the cache of */
	uint64_t unplaced;	 /* handed out, or freed, where no slab of that cache can be */
	/* A free run with objects of its own: pages they hold at the end, and at most */
	bool simulated;
	uint64_t pages, most_pages, recorded_pages, most_recorded_pages;
	uint64_t per_cpu_bytes; /* what the allocator keeps per CPU, beside these */
	uint64_t pages_failed;	/* requests for a slab that the page layer could not serve */
	uint64_t lost_objects;	/* their page turned out to be another's */
	uint64_t unserved;	/* calls that no cache could be made for */
};

/* What the virtual TLBs of all CPUs saw. It follows from made-up accesses: no measurement. */
struct replay_tlb {
	uint64_t lookups, forced; /* forced: those no assumption made */
	uint64_t by_synthesizer[5];
	uint64_t walks, table_reads, walk_cycles;
	uint64_t full_flushes, page_flushes;
	uint64_t skipped; /* objects of which no page is known */
	struct replay_tlb_bound {
		uint64_t lookups, walks, walk_cycles;
	} least, most;		/* zeroes without .bounds */
	uint64_t mapped_kib[3]; /* of the direct map, by pages of 4 KiB, 2 MiB, 1 GiB */
};

/* What a table of costs says of all operations: an estimate, no measurement. */
struct replay_costs {
	uint64_t operations;
	uint64_t steps_ns;   /* all steps together */
	uint64_t assumed_ns; /* … those whose cost nobody verified */
	uint64_t waits_ns;   /* for locks that another CPU held */
};

struct replay_totals {
	uint64_t surveyed; /* events the survey took, a refused one included */
	uint64_t events, page_events, lost_events;
	uint64_t first_ts_ns, last_ts_ns;
	uint64_t allocs, frees, failures; /* a gigantic page's free counts by largest blocks */
	uint64_t unknown_frees;		  /* frees of pages the model holds free already */
	uint64_t outside; /* allocations and frees of pages no zone has: not modelled */
	/*
	 * Free run: frees of what the model does not have: it could not serve the request, or has
	 * reclaimed it since; or it was handed out on another machine before the trace.
	 */
	uint64_t void_frees;
	uint64_t no_area;     /* contiguous allocations of areas that the machine does not have */
	uint64_t not_in_area; /* contiguous allocations that got pages outside their area */
	/*
	 * Releases of contiguous pages of which some were not taken. Not counted in a free run,
	 * after lost events, nor of an area whose use before the trace is not known.
	 */
	uint64_t untaken_releases;
	uint64_t given_up;   /* contiguous areas that were not activated */
	uint64_t bulk_pages; /* asked for in bulk, without an event each */
	uint64_t put_right;  /* times the lists were made to follow the record against the model */
	bool from_boot;	     /* the trace begins before the kernel's per-CPU lists exist */
	uint64_t gaps;	     /* marks of lost events in the stream */
	/* Lost operations that later events gave away: their page was elsewhere than held. */
	uint64_t lost_allocs, lost_frees, lost_moves;
	uint64_t uncertain_pages; /* at the end: pages that lost events may have moved */
	struct replay_seed seed;
	struct replay_objects objects;
	struct replay_pressure pressure;
	struct replay_limits limits;
	struct replay_tlb tlb; /* zeroes where there is none */
	struct replay_costs costs;
};

/* Where the model first parted from the record. */
struct replay_miss {
	const char *metric; /* "page.pfn", "pcp.refill", … */
	const char *cause;  /* interface.md §5 */
	uint64_t event_no, ts_ns;
	unsigned int cpu, order, migratetype;
	uint64_t predicted_pfn, recorded_pfn; /* KM_NO_PFN: none */
	/* Of an object, which has no order and no pages; else NULL. The model's 0: a new slab */
	const char *cache;
	uint64_t predicted_ptr, recorded_ptr;
	const char *lists; /* the lists as they stood, several lines, "" where not kept */
};

int replay_open(struct replay **out, const struct replay_config *config,
		const struct strtab *strings, const struct km_sink *sink,
		struct km_diag *d) KM_MUST_CHECK;
int replay_survey(struct replay *r, const struct km_event *ev, size_t n,
		  struct km_diag *d) KM_MUST_CHECK;
int replay_start(struct replay *r, struct km_diag *d) KM_MUST_CHECK;
int replay_feed(struct replay *r, const struct km_event *ev, size_t n,
		struct km_diag *d) KM_MUST_CHECK;
int replay_finish(struct replay *r, struct km_diag *d) KM_MUST_CHECK;
void replay_close(struct replay *r);

/*
 * Which of the profile's object allocators wrote @seed's slabinfo, or none of it; -1: none of them.
 */
int replay_slab_of(const struct kernel_profile *profile, const struct km_snapshot *seed);

void replay_totals(const struct replay *r, struct replay_totals *out);

/*
 * The first miss of @metric (NULL: of any); NULL where there is none. Lives until replay_close().
 */
const struct replay_miss *replay_first_miss(const struct replay *r, const char *metric);

#endif
