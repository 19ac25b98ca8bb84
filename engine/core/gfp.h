/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gfp flags in the engine's own bits. Releases move and rename bits; readers translate by name
 * (text) or by the release's table (binary records).
 *
 * Kernel: include/linux/gfp_types.h [6.1 6.12] (the order below follows 6.1)
 */
#ifndef KM_CORE_GFP_H
#define KM_CORE_GFP_H

#include "engine/core/types.h"

enum km_gfp {
	KM_GFP_DMA = 1u << 0,
	KM_GFP_HIGHMEM = 1u << 1,
	KM_GFP_DMA32 = 1u << 2,
	KM_GFP_MOVABLE = 1u << 3,
	KM_GFP_RECLAIMABLE = 1u << 4,
	KM_GFP_HIGH = 1u << 5,
	KM_GFP_IO = 1u << 6,
	KM_GFP_FS = 1u << 7,
	KM_GFP_ZERO = 1u << 8,
	KM_GFP_ATOMIC = 1u << 9,
	KM_GFP_DIRECT_RECLAIM = 1u << 10,
	KM_GFP_KSWAPD_RECLAIM = 1u << 11,
	KM_GFP_WRITE = 1u << 12,
	KM_GFP_NOWARN = 1u << 13,
	KM_GFP_RETRY_MAYFAIL = 1u << 14,
	KM_GFP_NOFAIL = 1u << 15,
	KM_GFP_NORETRY = 1u << 16,
	KM_GFP_MEMALLOC = 1u << 17,
	KM_GFP_COMP = 1u << 18,
	KM_GFP_NOMEMALLOC = 1u << 19,
	KM_GFP_HARDWALL = 1u << 20,
	KM_GFP_THISNODE = 1u << 21,
	KM_GFP_ACCOUNT = 1u << 22,
	KM_GFP_ZEROTAGS = 1u << 23,
	KM_GFP_SKIP_ZERO = 1u << 24,
	KM_GFP_SKIP_KASAN = 1u << 25,
	KM_GFP_NOLOCKDEP = 1u << 26,
	KM_GFP_NO_OBJ_EXT = 1u << 27,
	KM_GFP_COLD = 1u << 28,	 /* up to 4.14 */
	KM_GFP_OTHER = 1u << 31, /* bits or names this table does not know */
};

#define KM_GFP_RECLAIM (KM_GFP_DIRECT_RECLAIM | KM_GFP_KSWAPD_RECLAIM)
#define KM_GFP_KERNEL (KM_GFP_RECLAIM | KM_GFP_IO | KM_GFP_FS)
#define KM_GFP_USER (KM_GFP_KERNEL | KM_GFP_HARDWALL)
#define KM_GFP_HIGHUSER_MOVABLE (KM_GFP_USER | KM_GFP_HIGHMEM | KM_GFP_MOVABLE)

#endif
