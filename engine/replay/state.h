/* SPDX-License-Identifier: GPL-2.0-only */
/* What one replay holds, shared by the files of this room and nobody else. */
#ifndef KM_REPLAY_STATE_H
#define KM_REPLAY_STATE_H

#include "engine/machine/machine.h"
#include "engine/replay/attribute.h"
#include "engine/replay/bulk.h"
#include "engine/replay/call_sites.h"
#include "engine/replay/contig_log.h"
#include "engine/replay/contig_own.h"
#include "engine/replay/contig_seed.h"
#include "engine/replay/cost_feed.h"
#include "engine/replay/doors.h"
#include "engine/replay/explain.h"
#include "engine/replay/gap.h"
#include "engine/replay/group.h"
#include "engine/replay/haste.h"
#include "engine/replay/names.h"
#include "engine/replay/objects.h"
#include "engine/replay/origin.h"
#include "engine/replay/percpu_feed.h"
#include "engine/replay/pins.h"
#include "engine/replay/place.h"
#include "engine/replay/replay.h"
#include "engine/replay/sampler.h"
#include "engine/replay/score.h"
#include "engine/replay/survey.h"
#include "engine/replay/tlb_feed.h"
#include "engine/replay/vmalloc_maps.h"
#include "engine/replay/vmalloc_rows.h"

/* Steps in the order they happened; consumed from the front. */
struct step_queue {
	struct step *v;
	size_t at, n, room;
};

/* What a CPU's model did that the record has yet to confirm. */
struct cpu_state {
	struct step_queue removed; /* ZONE_LOCKED and FALLBACK */
	struct step_queue drained; /* PCPU_DRAIN */
	unsigned int bulk_owed; /* observe: pages of a bulk request still to come with its refill */
	int32_t bulk_pid;
	uint64_t bulk_no; /* of the event that announced it */
};

/* A compaction under way: what it took off the free lists as far as events tell, and freed. */
struct compaction {
	bool active;
	int32_t pid;
	uint64_t taken_pages, freed_pages;
};

/* A contiguous request of the record, obeyed step by step. */
struct contig_turn {
	struct task_item task;
	enum {
		TURN_FREE,
		TURN_WAITS,    /* for another to end */
		TURN_ISOLATES, /* its range is isolated */
		TURN_REFUSED,  /* the model found no room; the kernel's answer is to come */
		TURN_UNKNOWN,  /* no such area, or events were lost: nothing can be foreseen */
	} is;
	unsigned int cpu; /* where its task was last seen */
	bool lost;	  /* events of that CPU were lost meanwhile */
	uint64_t since;	  /* of waiting: a number */
	struct cma_area *area;
	struct pfn at; /* its range, marked in the bitmap; KM_NO_PFN: none */
	uint64_t pages;
	unsigned int align;
	enum contig_result foreseen; /* of its range */
	unsigned int tries;	     /* ranges that were busy */
	bool surprised;		     /* one of them was not to be */
};

enum { MOST_COMPACTIONS = 16 };

struct replay;

/* A way to replay: what the recorded address of each operation does. */
struct mode_ops {
	const char *pfn_metric;
	bool scores[NR_METRICS];
	bool ticks; /* the statistics tick by the clock: no record shows it */
	int (*alloc)(struct replay *r, const struct op *op, struct km_diag *d);
	int (*run)(struct replay *r, const struct op *op, struct km_diag *d);
	int (*free)(struct replay *r, const struct op *op, struct km_diag *d);
	int (*drain)(struct replay *r, const struct op *op, struct km_diag *d);
	/* A bulk request of @n untraced pages on op->cpu. */
	int (*bulk)(struct replay *r, const struct op *op, unsigned int n, struct km_diag *d);
	int (*drain_zone)(struct replay *r, unsigned int cpu, unsigned int zone, struct km_diag *d);
};

extern const struct mode_ops mode_observe, mode_predict, mode_forced, mode_simulate, mode_generated;

struct bind_map;

/* What a task is at, as its own events tell. */
enum activity {
	ACT_KSWAPD = 1u << 0,  /* it is a kswapd */
	ACT_RECLAIM = 1u << 1, /* between mm_vmscan_direct_reclaim_begin and …_end */
	ACT_COMPACT = 1u << 2, /* between mm_compaction_begin and …_end */
};

struct task_activity {
	int32_t pid;
	unsigned int is; /* enum activity */
};

/* What the kernel did on one node during a free run. */
struct recorded_pressure {
	uint64_t wakeup_kswapd, kswapd_wake, kswapd_sleep, direct_reclaim, kswapd_pages,
		direct_pages, compaction_runs, migrated_pages, oom;
};

/* Events until the delay line of the pages has come to them: a ring. */
struct waiting_events {
	struct waiting_event {
		struct km_event ev;
		uint64_t no;
		uint32_t bulk; /* pages it announces */
		bool stack;
	} * v;
	size_t at, n, room; /* room: a power of two, or 0 */
	bool tasks;	    /* an event of another task than the first has come */
};

struct replay {
	struct replay_config config;
	const struct strtab *strings;
	struct km_sink sink;
	struct machine m;
	uint32_t *batch; /* of each zone's lists, by CPU, in the kernel that was recorded */
	const struct mode_ops *mode;
	struct group *group;
	struct survey survey;
	struct score score;
	struct sampler sampler;
	struct gap gap;
	struct haste haste;
	struct objects *objects; /* NULL: not modelled */
	struct object_run *run;	 /* free run: the model's own objects; NULL: as recorded */
	struct vmaps *vmaps;	 /* NULL: not modelled */
	struct vmalloc_rows vmalloc_rows;
	struct tlb_feed tlb;	   /* .tlb NULL: there is none */
	struct cost_feed cost;	   /* .c NULL: there are none */
	struct attribution owners; /* .page NULL: nobody asks */
	struct percpu_feed percpu;
	struct waiting_events waiting;
	struct call_sites call_sites; /* .census NULL: not counted */
	struct cpu_state *cpu;	      /* m.pages.nr_cpus */
	unsigned int acting;	      /* CPU whose operation the model is serving */
	bool listening;		      /* steps are queued */
	int host_error;		      /* noted where nothing can be returned; ends the replay */
	bool replaying;
	bool foreign; /* free run: the record is of another machine than the model's */
	uint64_t next_sample, sample_step;
	uint64_t next_note;	       /* the objects' state at this event is kept for its sample */
	uint64_t ticked;	       /* free run: whole seconds the statistics ticked for */
	bool page_kind[UINT8_MAX + 1]; /* by kind of event: the page layer looks at it */
	bool vmap_kind[UINT8_MAX + 1]; /* by kind of event: the vmalloc areas look at it */
	bool any_kind[UINT8_MAX + 1];  /* by kind of event: somebody does, in the replay */
	bool owner_kind[UINT8_MAX + 1]; /* by kind of event: the owners of pages, percpu do */
	uint8_t *call_site_kind; /* by string id: 0 unknown, 1 no, 2 announces a bulk allocation */
	size_t nr_call_sites;
	struct bind_map *bind;	    /* simulate: recorded head → the model's */
	struct task_activity *task; /* those that reclaim or compact now */
	size_t nr_tasks, room_tasks;
	struct recorded_pressure *recorded; /* KM_MAX_NODES: the record's, not the model's */
	struct {
		int32_t pid;
		uint64_t start;
	} command; /* who wrote to compact_memory last, and where the last of its zones begins */
	struct names names;    /* generated: what each object's name means */
	struct doors doors;    /* generated: what came through other doors */
	const struct op *now;  /* generated: the operation under way */
	struct task_list turn; /* struct contig_turn, oldest first */
	uint64_t turns;
	struct contig_log contig_log;
	struct contig_own contig_own; /* free run */
	struct contig_seed contig_seed;
	uint64_t *pinned;	/* a bit for each page that stays; NULL: none does */
	uint64_t *pinned_cache; /* of the page cache's of those; NULL where .pinned is */
	struct origins origins; /* who allocated the pages of contiguous areas */
	struct compaction compaction[MOST_COMPACTIONS];
	char anchored[KM_NAME_LEN]; /* the last label the state was put right at */
	struct replay_totals totals;
	struct km_event *early; /* the first that concern pages, until the seed is made */
	size_t nr_early;
	bool refining, refined; /* a round of refine.c; it proved a page */
};

/* replay.c: an operation of the trace, with the samples due before it */
int replay_op(struct replay *r, const struct op *op, struct km_diag *d) KM_MUST_CHECK;

/*
 * refuse.c: -KM_EFORMAT for an event of a CPU that the machine lacks, or that no kernel can have
 * recorded on it
 */
int refuse_cpu(const struct replay *r, const struct km_event *ev, uint64_t no,
	       struct km_diag *d) KM_MUST_CHECK;
int refuse_event(const struct replay *r, const struct km_event *ev, uint64_t no,
		 struct km_diag *d) KM_MUST_CHECK;

/*
 * limits.c: the machine, with what was set on the captured one; from here on a run is free: the
 * modelled kernel's own watermarks, reserves and per-CPU limits, and the tunables.
 */
int limits_open(struct replay *r, struct km_diag *d) KM_MUST_CHECK;
void limits_free_run(struct replay *r);

/*
 * gigantic.c: to the delay line. A free of more than the largest block (hugetlb's gigantic pages)
 * becomes frees of largest blocks, ascending. Kernel: mm/page_alloc.c:split_large_buddy() [6.12]
 */
int gigantic_push(struct replay *r, const struct km_event *ev, uint64_t no, bool interrupted,
		  struct km_diag *d) KM_MUST_CHECK;

/* recorded.c: rows of the record's own failures and fallbacks */
int recorded_failure(struct replay *r, const struct op *op);
int recorded_fallbacks(struct replay *r, const struct op *op);

/*
 * mode_simulate.c: the tunables as a machine takes them (NULL: as the capture has them); from here
 * on the machine has the user's, and its own way
 */
void simulate_tunables(struct machine_config *mc, const struct replay_tunables *t);
int simulate_begin(struct replay *r, struct km_diag *d) KM_MUST_CHECK;

/*
 * mode_simulate.c: a block that the model takes for itself, as @op asks for it (KM_NO_PFN: there is
 * none), and gives back. Return: 0, or what the sink says.
 */
int simulate_pages(struct replay *r, const struct op *op, struct pfn *got) KM_MUST_CHECK;
void simulate_give_back(struct replay *r, unsigned int cpu, struct pfn p, unsigned int order);

/* mode_simulate.c: rows of the model's own failures and fallbacks */
int simulate_failed(struct replay *r, const struct op *op);
/* mode_simulate.c: the model's choice for @op is told to whoever asks */
void simulate_chose(struct replay *r, const struct op *op, struct pfn got);
int simulate_fallback(struct replay *r, const struct op *op, const struct step *s);

/* explain.c: is @op the one to be explained; its state before, what was chosen, its end */
bool explain_wants(const struct replay *r, const struct op *op);
/* explain.c: the same of a generated trace's contiguous allocation, put as one of a record */
bool explain_wants_asked(const struct replay *r, const struct op *op);
void explain_before(struct replay *r, const struct op *op);
void explain_chose(struct replay *r, struct pfn got, const char *failure);
/* The end of a contiguous allocation, at the event, for the reason that its failure has. */
void explain_ended(struct replay *r, uint64_t event_no, const char *reason);
void explain_after(struct replay *r);
/* explain.c: the contiguous allocation under way tried a range */
void explain_tried(struct replay *r, const struct km_cma_try *t);

/* mode_generated.c: the machine reclaims by itself, and what it takes back loses its name */
int generated_begin(struct replay *r, struct km_diag *d) KM_MUST_CHECK;

/*
 * mode_generated.c: the memory that events soon after @ev[@i] will touch is asked for early; and
 * one event of a generated trace
 */
void generated_look_ahead(const struct replay *r, const struct km_event *ev, size_t n, size_t i);
int generated_feed(struct replay *r, const struct km_event *ev, uint64_t no,
		   struct km_diag *d) KM_MUST_CHECK;

/* seed.c */
int seed_build(struct replay *r, struct km_diag *d) KM_MUST_CHECK;
/* A configured machine as it has just booted, whatever the trace says. */
int seed_cold(struct replay *r, struct km_diag *d) KM_MUST_CHECK;

/* Was the page free, given its first use from some moment on? */
bool seed_is_free(const struct replay *r, uint64_t frame, enum first_use use);

/*
 * refine.c: keep an event of the survey; complete the first state by what the first removals prove.
 * A round looks at each removal before it is obeyed, and ends where pages went unseen.
 */
int refine_keep(struct replay *r, const struct km_event *ev) KM_MUST_CHECK;
int refine_seed(struct replay *r, struct km_diag *d) KM_MUST_CHECK;
void refine_removal(struct replay *r, struct pfn p, unsigned int order, unsigned int mt);
void refine_forget(struct replay *r);

/* seed_types.c: the type of every pageblock before the first event */
int seed_types(struct replay *r, struct km_diag *d) KM_MUST_CHECK;

/* steps.c */
void steps_listen(struct replay *r, unsigned int cpu);
void steps_clear(struct step_queue *q);
void steps_add(struct replay *r, const struct step *s);
/* Hold recorded removals (or drains) against the steps the model made, in their places. */
void match_removals(struct replay *r, unsigned int cpu, const struct op *op);
void match_drains(struct replay *r, unsigned int cpu, const struct op *op);
void cpu_state_release(struct cpu_state *c);

/* obey.c: make the lists follow the record */
void obey_removals(struct replay *r, const struct op *op, unsigned int zone_mt);
void obey_drains(struct replay *r, const struct op *op);
/* Take the page an allocation recorded from wherever it is, and note it as handed out. */
void obey_take(struct replay *r, const struct op *op);
/*
 * The refill that a page found on a free list proves, on @cpu's list for it. Returns pages fetched.
 */
unsigned int obey_untraced_refill(struct replay *r, const struct op *op, struct pfn p);

/*
 * Page @p was taken from the list that @at says: those above it had been taken before, or
 * never reached it: true where one of them had come back in an interrupt. */
bool obey_those_above(struct replay *r, const struct op *op, const struct frame *at, struct pfn p);

/* Note on a page just freed to a per-CPU list that it came back in an interrupt, if it did. */
void obey_interrupt(struct replay *r, const struct op *op);

/* mode_observe.c: shared with the forced mode */
void obey_alloc(struct replay *r, const struct op *op);
void obey_run(struct replay *r, const struct op *op);
int observe_bulk(struct replay *r, const struct op *op, unsigned int n, struct km_diag *d);

/* timeline.c */
size_t count_removals(const struct op *op);
void timeline_removals(struct replay *r, const struct op *op);
void timeline_free(struct replay *r, const struct op *op, struct pfn p);
void timeline_clock(struct replay *r, uint64_t ts_ns);
struct pcp *timeline_tick(struct replay *r, const struct op *op, uint32_t *pages);

/* reanchor.c: is @label one the state is put right at; and doing so at its markers (@file NULL: its
 * end) */
bool reanchor_seeds(const struct replay *r, const char *label);
void reanchor_marker(struct replay *r, const char *label, const char *file);

/* contig.c */
unsigned int contig_given_up(const struct replay *r); /* areas that were not activated */
int contig_event(struct replay *r, const struct op *op, struct km_diag *d);
/* Events of the CPU were lost: of requests on their way there nothing is foreseen any more. */
int contig_gap(struct replay *r, const struct op *op, struct km_diag *d) KM_MUST_CHECK;
void contig_settle(struct replay *r); /* the record ends */
void contig_close(struct replay *r);
/* For what a range will come to: what the record has shown so far not to move stays. */
struct contig_env contig_known(struct replay *r);
/* How the record's request ended, and whether the model's own @end is the same (cma.result). */
/* Did the recorded allocation get pages that are not @a's (NULL: not known)? */
bool contig_is_elsewhere(const struct cma_area *a, const struct km_ev_cma *c);
void contig_judge_end(struct replay *r, const struct op *op, bool hit, enum cma_end end,
		      struct pfn predicted, struct pfn recorded);
/* Is the task with @pid the one whose contiguous range is isolated? */
bool contig_isolates(const struct replay *r, int32_t pid);

/* pressure.c: who reclaims and compacts, which pages are reclaimable, and both sides' figures */
extern const struct machine_ops pressure_ops; /* of a free run over a recorded trace */
int pressure_begin(struct replay *r, const struct machine_ops *ops) KM_MUST_CHECK;
int pressure_event(struct replay *r, const struct op *op, struct km_diag *d) KM_MUST_CHECK;
/* An allocation was replayed: without page-cache events its flags tell what it is. */
void pressure_alloc(struct replay *r, const struct op *op);
/* enum activity of the task that @op is of; 0 in an interrupt */
unsigned int pressure_activity(const struct replay *r, const struct op *op);
bool pressure_reclaims(const struct replay *r, const struct op *op);
/*
 * The kernel gave page @p (the model's) back by reclaiming it: the model keeps it until it reclaims
 * by itself. True: the free is none of the model's.
 */
bool pressure_owns_free(struct replay *r, const struct op *op, struct pfn p);
/*
 * A recorded compaction freed a page: what was in it is elsewhere, or it was a target left over.
 * True: the free is none of the model's.
 */
bool pressure_migrated(struct replay *r, const struct op *op);
int pressure_report(const struct replay *r);
void pressure_totals(const struct replay *r, struct replay_pressure *out);
void pressure_release(struct replay *r);

/* compaction.c: an event of compaction (-KM_ENOMEM); a free, which one may have done */
int compaction_event(struct replay *r, const struct op *op) KM_MUST_CHECK;
void compaction_free(struct replay *r, const struct op *op);

/*
 * object_feed.c: objects beside the pages. They are modelled where the seed shows an allocator that
 * the profile has.
 */
const struct slab_profile *object_profile(const struct replay *r);
int object_feed_open(struct replay *r, struct km_diag *d) KM_MUST_CHECK;
int object_feed_survey(struct replay *r, const struct km_event *ev,
		       struct km_diag *d) KM_MUST_CHECK;
int object_feed_start(struct replay *r, struct km_diag *d) KM_MUST_CHECK;
int object_feed(struct replay *r, const struct km_event *ev, struct km_diag *d) KM_MUST_CHECK;
int object_feed_finish(struct replay *r, struct km_diag *d) KM_MUST_CHECK;
void object_feed_sample(struct replay *r, struct km_sample *row);

/*
 * vmalloc_feed.c: vmalloc areas beside the pages. They are modelled where the profile has a
 * generation of vmalloc and events tell of areas.
 */
int vmalloc_feed_open(struct replay *r, struct km_diag *d) KM_MUST_CHECK;
int vmalloc_feed_survey(struct replay *r, const struct km_event *ev,
			struct km_diag *d) KM_MUST_CHECK;
int vmalloc_feed_start(struct replay *r, struct km_diag *d) KM_MUST_CHECK;
/* An event of a kind in r->vmap_kind[]. */
int vmalloc_feed(struct replay *r, const struct km_event *ev, struct km_diag *d) KM_MUST_CHECK;
int vmalloc_feed_finish(struct replay *r, struct km_diag *d) KM_MUST_CHECK;
void vmalloc_feed_row(struct replay *r, struct km_sample *row);

/*
 * tlb_feed.c: the virtual TLB, where the configuration has one. Blocks of pages are handed out, and
 * come back, at @at, the model's own page; KM_NO_PFN: nowhere.
 */
int tlb_feed_open(struct replay *r, struct km_diag *d) KM_MUST_CHECK;
void tlb_feed_close(struct replay *r);
void tlb_feed_survey(struct replay *r, const struct km_event *ev);
void tlb_feed_alloc(struct replay *r, const struct op *op, struct pfn at);
void tlb_feed_free(struct replay *r, const struct op *op, struct pfn at);
/* Objects, areas and purges of the record. */
void tlb_feed_event(struct replay *r, const struct km_event *ev);
int tlb_feed_report(const struct replay *r);
void tlb_feed_totals(const struct replay *r, struct replay_tlb *out);

/*
 * cost_feed.c: what operations take, where the configuration has a table of costs. What the rooms
 * have counted is noted before an operation, and looked at behind it.
 */
int cost_feed_open(struct replay *r, struct km_diag *d) KM_MUST_CHECK;
void cost_feed_close(struct replay *r);
void cost_feed_before(struct replay *r, unsigned int cpu);
void cost_feed_page(struct replay *r, const struct op *op);
void cost_feed_bulk(struct replay *r, const struct op *op, uint64_t pages);
void cost_feed_event_before(struct replay *r, const struct km_event *ev);
void cost_feed_event(struct replay *r, const struct km_event *ev);
/* An object of a free run's own, with the pages that it took or gave back. */
void cost_feed_run_before(struct replay *r, const struct km_event *ev);
void cost_feed_run(struct replay *r, const struct km_event *ev, uint64_t no);
/* An operation of a generated trace's other doors. */
void cost_feed_door(struct replay *r, const struct op *op);
/* An area of the record, or a purge; a contiguous allocation that ended. */
void cost_feed_area(struct replay *r, const struct km_event *ev);
void cost_feed_cma(struct replay *r, const struct km_cma_alloc_row *row);
void cost_feed_totals(const struct replay *r, struct replay_costs *out);
/* cost_rows.c: a sample was taken, a label's or not; the replay ended */
int cost_feed_sample(struct replay *r, bool label) KM_MUST_CHECK;
int cost_feed_report(struct replay *r) KM_MUST_CHECK;

/*
 * owner_feed.c: who allocates objects, whose the record's pages are. The pages' events wait until
 * owner_feed_upto() that of @no.
 */
int owner_feed_open(struct replay *r, struct km_diag *d) KM_MUST_CHECK;
int owner_feed_start(struct replay *r, struct km_diag *d) KM_MUST_CHECK;
/* An event of a kind in r->owner_kind[]. */
int owner_feed(struct replay *r, const struct km_event *ev, struct km_diag *d) KM_MUST_CHECK;
void owner_feed_upto(struct replay *r, uint64_t no);
void owner_feed_row(struct replay *r, struct km_sample *row);
int owner_feed_report(struct replay *r);
void owner_feed_release(struct replay *r);

/* misses.c */
void note_miss(struct replay *r, enum metric metric, const struct op *op, const struct verdict *v,
	       struct pfn predicted, struct pfn recorded);

/* The task of an event, as it is told in rows. */
static inline struct km_caller caller_of(const struct replay *r, const struct km_event *ev)
{
	return (struct km_caller){ .task = strtab_get(r->strings, ev->comm),
				   .stack = strtab_get(r->strings, ev->stack),
				   .pid = ev->pid };
}

static inline unsigned int node_of_cpu(const struct replay *r, unsigned int cpu)
{
	return pages_node_of_cpu(&r->m.pages, cpu);
}

#endif
