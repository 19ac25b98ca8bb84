/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The engine's vocabulary: page frame numbers, migratetypes, zones, and their limits.
 *
 * Migratetypes are numbered once here, whatever the kernel's own numbers were: readers translate
 * (Kernel: include/linux/mmzone.h:migratetype [2.6.34 3.5 6.1 6.12] numbers them by configuration).
 */
#ifndef KM_CORE_TYPES_H
#define KM_CORE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KM_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define KM_MUST_CHECK __attribute__((warn_unused_result))

/* A page frame number: physical address >> page shift. */
struct pfn {
	uint64_t nr;
};

#define KM_NO_PFN UINT64_MAX

static inline struct pfn pfn(uint64_t nr)
{
	return (struct pfn){ nr };
}

static inline struct pfn pfn_plus(struct pfn p, uint64_t pages)
{
	return (struct pfn){ p.nr + pages };
}

/* First page of the naturally aligned block of 2^order pages that holds @p. */
static inline struct pfn pfn_align_down(struct pfn p, unsigned int order)
{
	return (struct pfn){ p.nr >> order << order };
}

static inline struct pfn pfn_align_up(struct pfn p, unsigned int order)
{
	return (struct pfn){ ((p.nr + (UINT64_C(1) << order) - 1) >> order) << order };
}

static inline uint64_t pages_of(unsigned int order)
{
	return UINT64_C(1) << order;
}

enum km_migratetype {
	KM_UNMOVABLE,
	KM_MOVABLE,
	KM_RECLAIMABLE,
	KM_HIGHATOMIC, /* the first type that per-CPU lists do not keep */
	KM_CMA,
	KM_ISOLATE,
	KM_NR_MIGRATETYPES,
};

#define KM_NR_PCP_TYPES 3u

enum {
	KM_MAX_ORDERS = 16, /* block orders a profile may have: 0 … nr_orders - 1 */
	/* of what comes back at once: a gigantic page is larger than any block of a free list */
	KM_MAX_FREED_ORDER = 22,
	KM_MAX_CPUS = 1024,
	KM_MAX_NODES = 16,
	KM_MAX_ZONES = 64, /* over all nodes */
	KM_NAME_LEN = 64,
};

/* As /proc/pagetypeinfo prints it; NULL beyond the table. */
const char *km_migratetype_name(unsigned int mt);

#endif
