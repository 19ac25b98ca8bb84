/* SPDX-License-Identifier: GPL-2.0-only */
/* What the end of a contiguous allocation says, in whatever form. */
#ifndef TRACES_CMA_FINISH_H
#define TRACES_CMA_FINISH_H

#include "engine/event.h"

/*
 * The event names a range whether or not it was got: without a page it is the one last tried, and
 * all ones where none was. Page 0, which no area has, stands for none, too.
 *
 * Kernel: mm/cma.c:cma_alloc() [6.1], __cma_alloc() [6.12]
 */
static inline void cma_finish_settle(struct km_ev_cma *c, uint64_t range)
{
	if (c->err)
		c->pfn = KM_NO_PFN;
	else if (c->pfn == KM_NO_PFN)
		c->err = -1;
	c->tried = range ? range : KM_NO_PFN;
}

#endif
