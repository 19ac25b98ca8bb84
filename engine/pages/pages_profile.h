/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between kernels at the front door. */
#ifndef KM_PAGES_PROFILE_H
#define KM_PAGES_PROFILE_H

#include "engine/core/types.h"

struct pages_profile {
	bool cma_skips_pcp; /* a movable request without ALLOC_CMA bypasses the per-CPU lists */
	unsigned int costly_order; /* PAGE_ALLOC_COSTLY_ORDER */
	unsigned int bulk_chunk;   /* pages of one bulk request of vmalloc; 0: there are none */
	const char *bulk_call_sites
		[4]; /* kmalloc callers that announce a bulk allocation, NULL-terminated */
};

#endif
