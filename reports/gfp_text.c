/* SPDX-License-Identifier: GPL-2.0-only */
/* Kernel: include/trace/events/mmflags.h:__def_gfpflag_names [6.1 6.12] */
#include "reports/gfp_text.h"

#include <stdio.h>

#include "engine/core/diag.h"

struct gfp_name {
	uint32_t bits;
	const char *name;
};

/* Larger sets before the sets they contain. */
static const struct gfp_name names[] = {
	{ KM_GFP_HIGHUSER_MOVABLE, "GFP_HIGHUSER_MOVABLE" },
	{ KM_GFP_USER | KM_GFP_HIGHMEM, "GFP_HIGHUSER" },
	{ KM_GFP_USER, "GFP_USER" },
	{ KM_GFP_KERNEL | KM_GFP_ACCOUNT, "GFP_KERNEL_ACCOUNT" },
	{ KM_GFP_KERNEL, "GFP_KERNEL" },
	{ KM_GFP_RECLAIM | KM_GFP_IO, "GFP_NOFS" },
	{ KM_GFP_HIGH | KM_GFP_ATOMIC | KM_GFP_KSWAPD_RECLAIM, "GFP_ATOMIC" },
	{ KM_GFP_RECLAIM, "GFP_NOIO" },
	{ KM_GFP_DMA, "GFP_DMA" },
	{ KM_GFP_DMA32, "GFP_DMA32" },
	{ KM_GFP_HIGHMEM, "__GFP_HIGHMEM" },
	{ KM_GFP_MOVABLE, "__GFP_MOVABLE" },
	{ KM_GFP_RECLAIMABLE, "__GFP_RECLAIMABLE" },
	{ KM_GFP_HIGH, "__GFP_HIGH" },
	{ KM_GFP_IO, "__GFP_IO" },
	{ KM_GFP_FS, "__GFP_FS" },
	{ KM_GFP_ZERO, "__GFP_ZERO" },
	{ KM_GFP_ATOMIC, "__GFP_ATOMIC" },
	{ KM_GFP_DIRECT_RECLAIM, "__GFP_DIRECT_RECLAIM" },
	{ KM_GFP_KSWAPD_RECLAIM, "__GFP_KSWAPD_RECLAIM" },
	{ KM_GFP_WRITE, "__GFP_WRITE" },
	{ KM_GFP_NOWARN, "__GFP_NOWARN" },
	{ KM_GFP_RETRY_MAYFAIL, "__GFP_RETRY_MAYFAIL" },
	{ KM_GFP_NOFAIL, "__GFP_NOFAIL" },
	{ KM_GFP_NORETRY, "__GFP_NORETRY" },
	{ KM_GFP_MEMALLOC, "__GFP_MEMALLOC" },
	{ KM_GFP_COMP, "__GFP_COMP" },
	{ KM_GFP_NOMEMALLOC, "__GFP_NOMEMALLOC" },
	{ KM_GFP_HARDWALL, "__GFP_HARDWALL" },
	{ KM_GFP_THISNODE, "__GFP_THISNODE" },
	{ KM_GFP_ACCOUNT, "__GFP_ACCOUNT" },
	{ KM_GFP_ZEROTAGS, "__GFP_ZEROTAGS" },
	{ KM_GFP_SKIP_ZERO, "__GFP_SKIP_ZERO" },
	{ KM_GFP_SKIP_KASAN, "__GFP_SKIP_KASAN" },
	{ KM_GFP_NOLOCKDEP, "__GFP_NOLOCKDEP" },
	{ KM_GFP_NO_OBJ_EXT, "__GFP_NO_OBJ_EXT" },
	{ KM_GFP_COLD, "__GFP_COLD" },
	{ KM_GFP_OTHER, "other" },
};

void gfp_text(char out[GFP_TEXT_LEN], uint32_t gfp)
{
	size_t n = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && gfp; i++) {
		if ((gfp & names[i].bits) != names[i].bits)
			continue;
		gfp &= ~names[i].bits;
		n += (size_t)snprintf(out + n, GFP_TEXT_LEN - n, "%s%s", n ? "|" : "",
				      names[i].name);
		KM_BUG_ON(n >= GFP_TEXT_LEN);
	}
	if (gfp)
		n += (size_t)snprintf(out + n, GFP_TEXT_LEN - n, "%s%#x", n ? "|" : "", gfp);
	if (!n)
		snprintf(out, GFP_TEXT_LEN, "none");
}
