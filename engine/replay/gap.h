/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What lost events, and compaction, leave in doubt. A mark of lost events is itself an event:
 * behind it a page stands where the model has it only if no lost event moved it, until a later
 * event shows it.
 *
 * 1. A lost event is taken to be like the others: it moved as many pages as an event of the trace
 *    does on average, and pages like those that events moved since. So the share of these that no
 *    event had shown since the gap is the share of the lost moves still in doubt (as Good and
 *    Turing estimate what a sample has not met): uncertain pages = pages moved in gaps x share.
 *    A page shown is certain again.
 * 2. The state before the first event is inferred from first uses; those among the events lost
 *    while it still was are in doubt from the beginning to the end.
 * 3. There are never more than no event has shown since the last gap. Where the number of lost
 *    events is not known, that alone bounds them.
 * 4. A page that turns out to stand elsewhere than the model had it names what was lost: an
 *    allocation, a free, or a move between the lists.
 * 5. Free pages put right by --re-anchor leave none uncertain. A free run (simulate) learns nothing
 *    from the record: there the doubt stays.
 *
 * Kernel: none
 * Differs: an estimate, not a bound, where the lost events were unlike the others. What is on no
 * free list (the per-CPU lists, pageblock types) has no number of its own.
 */
#ifndef KM_GAP_H
#define KM_GAP_H

#include "engine/core/types.h"
#include "engine/replay/group.h"
#include "engine/replay/score.h"

struct replay;

struct gap {
	uint64_t moved_pages;  /* by all events of the trace: the survey counts them */
	uint64_t survey_lost;  /* events lost while the seed was still inferred */
	bool survey_unknown;   /* … and some nobody counted */
	uint64_t gaps;	       /* marks of lost events met */
	uint64_t lost_events;  /* their events, as far as their number is known */
	uint64_t seed_pages;   /* first uses among those; UINT64_MAX: unknown */
	uint64_t unseen_pages; /* moved in gaps; UINT64_MAX: unknown */
	uint8_t *shown;	       /* bit per frame: shown since the last gap; NULL: no gap yet */
	uint64_t nr_pages, nr_shown;
	uint64_t nr_moved;     /* pages moved by the events since, each time it was */
	enum miss_cause cause; /* of the latest doubt: loss, or compaction */
	uint64_t lost_allocs, lost_frees, lost_moves; /* found by what contradicts the model */
};

/* While the trace is surveyed: what @ev moves; @seeding: the seed is inferred from it. */
void gap_survey(struct gap *g, const struct km_event *ev, bool seeding);

/* After the survey: what its gaps leave in doubt of the seed. */
void gap_start(struct replay *r);

/*
 * From here on @pages (UINT64_MAX: nobody knows how many) have moved that no event named.
 * -KM_ENOMEM, with nothing changed.
 */
int gap_unseen(struct replay *r, uint64_t pages, enum miss_cause cause) KM_MUST_CHECK;

/* Events of op->cpu were lost before here. -KM_ENOMEM, with nothing changed; or what a mode did. */
int gap_event(struct replay *r, const struct op *op, struct km_diag *d) KM_MUST_CHECK;

/* Before the model acts on @op: what it contradicts was lost. After: what it shows is certain. */
void gap_before(struct replay *r, const struct op *op);
void gap_after(struct replay *r, const struct op *op);

/* Pages that may stand elsewhere than the model has them. */
uint64_t gap_uncertain(const struct gap *g);

/* May lost events have moved @p? */
bool gap_doubts(const struct replay *r, struct pfn p);

/* The cause of a miss: that of the doubt, where one of the pages is in doubt, or else @cause. */
enum miss_cause gap_cause(const struct replay *r, struct pfn predicted, struct pfn recorded,
			  enum miss_cause cause);

/* The free pages were put right: no doubt is left of them. */
void gap_settled(struct gap *g);
void gap_release(struct gap *g);

#endif
