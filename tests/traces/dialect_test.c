/* SPDX-License-Identifier: GPL-2.0-only */
/* Expected bits: include/linux/gfp_types.h of 6.1 and 6.12, by hand. */
#include <criterion/criterion.h>
#include <string.h>

#include "engine/core/gfp.h"
#include "traces/dialect.h"

static uint32_t text(const char *release, const char *list)
{
	return dialect_gfp_text(dialect_find(release), list, strlen(list));
}

Test(dialect, names_of_6_1)
{
	cr_assert_eq(text("6.1.192", "none"), 0);
	cr_assert_eq(text("6.1.192", "GFP_KERNEL|__GFP_ZERO"), KM_GFP_KERNEL | KM_GFP_ZERO);
	cr_assert_eq(text("6.1.192", "GFP_ATOMIC"),
		     KM_GFP_HIGH | KM_GFP_ATOMIC | KM_GFP_KSWAPD_RECLAIM);
	cr_assert_eq(text("6.1.192", "__GFP_HIGH|__GFP_ATOMIC"), KM_GFP_HIGH | KM_GFP_ATOMIC);
	cr_assert_eq(text("6.1.192", "GFP_NOWAIT|__GFP_NOWARN"),
		     KM_GFP_KSWAPD_RECLAIM | KM_GFP_NOWARN);
	cr_assert_eq(text("6.1.192", "GFP_HIGHUSER_MOVABLE|__GFP_CMA"),
		     KM_GFP_HIGHUSER_MOVABLE | KM_GFP_OTHER);
	cr_assert_eq(text("6.1.192", "GFP_TRANSHUGE_LIGHT"),
		     KM_GFP_IO | KM_GFP_FS | KM_GFP_HARDWALL | KM_GFP_HIGHMEM | KM_GFP_MOVABLE |
			     KM_GFP_COMP | KM_GFP_NOMEMALLOC | KM_GFP_NOWARN);
	cr_assert_eq(text("6.1.192", "GFP_TRANSHUGE"),
		     text("6.1", "GFP_TRANSHUGE_LIGHT|__GFP_DIRECT_RECLAIM"));
	cr_assert_eq(text("6.1.192", ""), KM_GFP_OTHER, "an empty list is unknown, not none");
}

Test(dialect, a_nul_is_no_end)
{
	cr_assert_eq(dialect_gfp_text(dialect_find("6.1"), "GFP_KERNEL\0\0\0", 13), KM_GFP_OTHER);
}

Test(dialect, names_of_6_12)
{
	cr_assert_eq(text("6.12.117", "GFP_ATOMIC"), KM_GFP_HIGH | KM_GFP_KSWAPD_RECLAIM);
	cr_assert_eq(text("6.12.117", "GFP_NOWAIT"), KM_GFP_KSWAPD_RECLAIM | KM_GFP_NOWARN);
	cr_assert_eq(text("6.12.117", "GFP_KERNEL|0x1000000"), KM_GFP_KERNEL | KM_GFP_NO_OBJ_EXT);
}

Test(dialect, names_of_old_kernels)
{
	uint32_t kswapd = KM_GFP_KSWAPD_RECLAIM;

	cr_assert_eq(text("2.6.34", "GFP_KERNEL"), KM_GFP_KERNEL);
	cr_assert_eq(text("2.6.34", "GFP_NOWAIT"), kswapd);
	cr_assert_eq(text("2.6.34", "GFP_ATOMIC|GFP_COMP|GFP_REPEAT"),
		     kswapd | KM_GFP_HIGH | KM_GFP_COMP | KM_GFP_RETRY_MAYFAIL);
	cr_assert_eq(text("3.5.0", "GFP_KERNEL|GFP_NO_KSWAPD"), KM_GFP_KERNEL & ~kswapd);
	cr_assert_eq(text("3.5.0", "GFP_KERNEL|0x400000"), KM_GFP_KERNEL & ~kswapd);
}

Test(dialect, raw_words)
{
	cr_assert_eq(dialect_gfp_bits(dialect_find("6.1.192"), 0xcc0), KM_GFP_KERNEL);
	cr_assert_eq(dialect_gfp_bits(dialect_find("6.1.192"), 0xa20),
		     KM_GFP_HIGH | KM_GFP_ATOMIC | KM_GFP_KSWAPD_RECLAIM);
	cr_assert_eq(dialect_gfp_bits(dialect_find("6.12.1"), 0x200), KM_GFP_OTHER);
	cr_assert_eq(dialect_gfp_bits(dialect_find("6.12.1"), UINT64_C(1) << 40), KM_GFP_OTHER);
	cr_assert_eq(dialect_gfp_bits(dialect_find("2.6.34"), 0x80d0), KM_GFP_KERNEL | KM_GFP_ZERO);
	cr_assert_eq(dialect_gfp_bits(dialect_find("4.19.0"), 0x6080c0),
		     KM_GFP_KERNEL | KM_GFP_ZERO);
}

Test(dialect, migratetypes)
{
	const struct dialect *now = dialect_find("6.1.192"), *old = dialect_find("2.6.34");

	cr_assert_eq(dialect_migratetype(now, 1, true), KM_MOVABLE);
	cr_assert_eq(dialect_migratetype(now, 4, true), KM_CMA);
	cr_assert_eq(dialect_migratetype(now, 5, true), KM_ISOLATE);
	cr_assert_eq(dialect_migratetype(now, 4, false), KM_ISOLATE);
	cr_assert_eq(dialect_migratetype(old, 1, false), KM_RECLAIMABLE);
	cr_assert_eq(dialect_migratetype(old, 3, false), KM_HIGHATOMIC);
	cr_assert_eq(dialect_migratetype(now, -1, true), KM_NR_MIGRATETYPES);
	cr_assert_eq(dialect_migratetype(now, 77, false), KM_NR_MIGRATETYPES);
}

Test(dialect, an_unknown_release_is_the_newest)
{
	cr_assert_eq(dialect_find(""), dialect_find("6.12.1"));
	cr_assert_eq(dialect_find("7.3"), dialect_find("6.12.1"));
	cr_assert_neq(dialect_find("6.1.192"), dialect_find("6.12.1"));
}
