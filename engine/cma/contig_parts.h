/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of contig_range(). */
#ifndef KM_CONTIG_PARTS_H
#define KM_CONTIG_PARTS_H

#include "engine/cma/cma.h"

/* May the block in use at @fr be moved? */
bool contig_can_move(const struct contig_env *env, struct pfn head, const struct frame *fr);

/*
 * The page that keeps the pageblock at @at from being isolated for type @mt; KM_NO_PFN: none.
 * Kernel: mm/page_isolation.c:has_unmovable_pages() [6.1]
 */
struct pfn contig_unmovable(const struct contig_env *env, struct pfn at, unsigned int mt);

/*
 * The pageblocks to isolate for [@start, @end): [*@first, *@last), as far as the machine has them.
 */
void contig_widen(const struct contig_env *env, struct pfn start, struct pfn end, struct pfn *first,
		  struct pfn *last);

/*
 * Migrate what is in use in [@from, @to). CONTIG_BUSY: something stays; CONTIG_NOMEM: no page to
 * migrate to. Kernel: mm/page_alloc.c:__alloc_contig_migrate_range() [3.5 6.1 6.12]
 */
enum contig_result contig_migrate(struct contig *c, const struct contig_env *env,
				  const struct contig_request *rq, struct pfn from, struct pfn to);

/* Note where and why @c fails. */
enum contig_result contig_fails(struct contig *c, enum contig_result why, enum contig_step step,
				struct pfn at);

static inline bool contig_disturbed(const struct contig_env *env, enum contig_step step,
				    struct pfn at)
{
	return env->ops && env->ops->disturbs && env->ops->disturbs(env->ctx, step, at);
}

#endif
