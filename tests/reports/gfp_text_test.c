/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/gfp_text.h"

#include <criterion/criterion.h>

static void is(uint32_t gfp, const char *want)
{
	char text[GFP_TEXT_LEN];

	gfp_text(text, gfp);
	cr_expect_str_eq(text, want);
}

/* As 6.1's mm_page_alloc prints them (Kernel: include/trace/events/mmflags.h [6.1]). */
Test(gfp_text, as_the_kernel_prints_them)
{
	is(0, "none");
	is(KM_GFP_KERNEL, "GFP_KERNEL");
	is(KM_GFP_KERNEL | KM_GFP_ZERO, "GFP_KERNEL|__GFP_ZERO");
	is(KM_GFP_HIGHUSER_MOVABLE | KM_GFP_COMP, "GFP_HIGHUSER_MOVABLE|__GFP_COMP");
	is(KM_GFP_HIGH | KM_GFP_ATOMIC | KM_GFP_KSWAPD_RECLAIM, "GFP_ATOMIC");
	is(KM_GFP_NOWARN | KM_GFP_NORETRY, "__GFP_NOWARN|__GFP_NORETRY");
	is(KM_GFP_OTHER, "other");
}

Test(gfp_text, every_bit_at_once_has_room)
{
	char text[GFP_TEXT_LEN];

	gfp_text(text, UINT32_MAX);
	gfp_text(text, UINT32_MAX ^ KM_GFP_MOVABLE);
	gfp_text(text, 0xaaaaaaaa);
}
