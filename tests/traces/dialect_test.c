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

/* GFP_KERNEL with WRITE, and the release's other bits, as published of its include/linux/gfp.h. */
Test(dialect, raw_words_by_release)
{
	static const struct {
		const char *release;
		uint64_t raw;
		uint32_t bits;
	} words[] = {
		{ "2.6.34", 0x2000d0, KM_GFP_KERNEL }, /* NOTRACK */
		{ "3.2.0", 0x10000d0, KM_GFP_KERNEL | KM_GFP_WRITE },
		{ "4.3.0", 0x9000d0, KM_GFP_KERNEL }, /* NOACCOUNT, OTHER_NODE */
		{ "4.3.0", 0x4000d0, KM_GFP_KERNEL & ~KM_GFP_KSWAPD_RECLAIM },
		{ "4.4.0", 0x24000c0, KM_GFP_KERNEL },
		{ "4.4.0", 0x35000c0, KM_GFP_KERNEL | KM_GFP_WRITE }, /* NOACCOUNT */
		{ "4.9.0", 0x35000c0, KM_GFP_KERNEL | KM_GFP_WRITE | KM_GFP_ACCOUNT },
		{ "4.9.0", 0x2c000c0, KM_GFP_KERNEL }, /* OTHER_NODE */
		{ "4.10.0", 0x1c000c0, KM_GFP_KERNEL | KM_GFP_WRITE },
		{ "4.14.0", 0x16001c0, KM_GFP_KERNEL | KM_GFP_COLD }, /* NOTRACK */
		{ "4.19.0", 0x6001c0, KM_GFP_KERNEL | KM_GFP_WRITE },
		{ "5.4.0", 0x800cc0, KM_GFP_KERNEL | KM_GFP_NOLOCKDEP },
		{ "5.15.0", 0x2000cc0, KM_GFP_KERNEL | KM_GFP_NOLOCKDEP },
		{ "6.1.192", 0x8800cc0, KM_GFP_KERNEL | KM_GFP_NOLOCKDEP | KM_GFP_ZEROTAGS },
		{ "6.6.0", 0xcc0, KM_GFP_KERNEL },
		{ "6.12.1", 0x1000cc0, KM_GFP_KERNEL | KM_GFP_NO_OBJ_EXT },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		cr_assert_eq(dialect_gfp_bits(dialect_find(words[i].release), words[i].raw),
			     words[i].bits, "%s: %llx", words[i].release,
			     (unsigned long long)words[i].raw);
	cr_assert_eq(dialect_gfp_unknown_raw(dialect_find("4.9.0"), 0x86400000), 0x84000000);
}

/* What is written for a release is read as the same there. */
Test(dialect, written_and_read_again)
{
	static const char *const releases[] = { "2.6.34", "3.5",  "4.4", "4.6", "4.9",
						"4.19",	  "5.10", "6.1", "6.6", "6.12" };
	char list[512];

	for (size_t i = 0; i < sizeof(releases) / sizeof(releases[0]); i++) {
		const struct dialect *d = dialect_find(releases[i]);

		for (unsigned int bit = 0; bit < 32; bit++) {
			uint32_t bits = dialect_gfp_bits(d, 1u << bit | 0x2000u);

			dialect_gfp_write(d, bits, list, sizeof(list));
			cr_assert_eq(text(releases[i], list), bits, "%s: %s", releases[i], list);
		}
		dialect_gfp_write(d, text(releases[i], "GFP_TRANSHUGE"), list, sizeof(list));
		cr_assert_eq(text(releases[i], list), text(releases[i], "GFP_TRANSHUGE"), "%s",
			     list);
	}
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
