/* SPDX-License-Identifier: GPL-2.0-only */
/* Hits and totals of vmalloc.addr, vmalloc.lazy, vmalloc.purge and stack.new (interface.md §5). */
#ifndef KM_VMALLOC_SCORE_H
#define KM_VMALLOC_SCORE_H

#include "engine/result.h"

enum vmalloc_metric { VMALLOC_ADDR, VMALLOC_LAZY, VMALLOC_PURGE, STACK_NEW, NR_VMALLOC_METRICS };

enum vmalloc_scope {
	SCOPE_MADE,	    /* an area was made */
	SCOPE_FAILED,	    /* a try that found no place */
	SCOPE_FREED,	    /* the counter after a free */
	SCOPE_LIMIT,	    /* the counter had exceeded its limit */
	SCOPE_OVERFLOW,	    /* a try had failed */
	SCOPE_ASKED,	    /* somebody wanted it: when is the record's to say */
	SCOPE_STACK_NEW,    /* a fork whose task got a new stack */
	SCOPE_STACK_REUSED, /* … a dead one's */
	SCOPE_EXACT,	    /* of these, those whose range is all of the model's */
	SCOPE_WIDENED,	    /* … and those whose caller wanted more to be flushed with it */
	SCOPE_RECALL,	    /* of forks: those with a new stack */
	SCOPE_PRECISION,    /* … those for which a new one was foreseen */
	NR_VMALLOC_SCOPES,
	NR_VMALLOC_EVENTS = SCOPE_EXACT, /* every event is in one of these */
};

enum vmalloc_cause {
	VMALLOC_FIRST_TOUCH, /* nothing had told of the area before */
	VMALLOC_LOSS,	     /* events were lost before */
	VMALLOC_UNKNOWN,
	NR_VMALLOC_CAUSES,
};

struct vmalloc_score {
	struct {
		uint64_t hits, total;
	} scope[NR_VMALLOC_SCOPES];
	uint64_t cause[NR_VMALLOC_METRICS][NR_VMALLOC_CAUSES]; /* of the misses */
};

void vmalloc_score_count(struct vmalloc_score *s, enum vmalloc_scope scope, bool hit,
			 enum vmalloc_cause cause);
int vmalloc_score_report(const struct vmalloc_score *s, const struct km_sink *sink) KM_MUST_CHECK;

#endif
