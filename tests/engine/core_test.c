/* SPDX-License-Identifier: GPL-2.0-only */
/* The engine's vocabulary: interned strings, diagnostics, numbers. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "engine/core/diag.h"
#include "engine/core/strtab.h"

static int64_t intern(struct strtab *s, const char *text)
{
	return strtab_intern(s, text, strlen(text));
}

Test(strtab, ids_follow_first_appearance)
{
	struct strtab *s;

	cr_assert_eq(strtab_open(&s), 0);
	cr_assert_eq(strtab_count(s), 1);
	cr_assert_eq(intern(s, ""), 0);
	cr_assert_eq(intern(s, "kswapd0"), 1);
	cr_assert_eq(intern(s, "kswapd"), 2);
	cr_assert_eq(intern(s, "kswapd0"), 1);
	cr_assert_eq(strtab_intern(s, "kswapd0 and more", 7), 1);
	cr_assert_eq(strtab_count(s), 3);
	cr_assert_str_eq(strtab_get(s, 2), "kswapd");
	cr_assert_str_eq(strtab_get(s, 0), "");
	cr_assert_str_eq(strtab_get(s, 3), "");
	cr_assert_str_eq(strtab_get(s, UINT32_MAX), "");
	strtab_close(s);
}

Test(strtab, strings_stay_where_they_are)
{
	struct strtab *s;
	char text[64];

	cr_assert_eq(strtab_open(&s), 0);
	intern(s, "first");
	const char *first = strtab_get(s, 1);

	for (int i = 0; i < 20000; i++) {
		snprintf(text, sizeof(text), "a string of some length, number %d", i);
		cr_assert_eq(intern(s, text), i + 2);
	}
	cr_assert_eq(strtab_get(s, 1), first);
	cr_assert_str_eq(first, "first");
	for (int i = 0; i < 20000; i++) {
		snprintf(text, sizeof(text), "a string of some length, number %d", i);
		cr_assert_eq(intern(s, text), i + 2);
		cr_assert_str_eq(strtab_get(s, (uint32_t)i + 2), text);
	}
	strtab_close(s);
}

Test(strtab, long_and_broken_strings_are_refused)
{
	static char text[5000];
	struct strtab *s;

	cr_assert_eq(strtab_open(&s), 0);
	memset(text, 'x', sizeof(text));
	cr_assert_eq(strtab_intern(s, text, 4096), 1);
	cr_assert_eq(strtab_intern(s, text, 4097), -KM_EINVAL);
	cr_assert_eq(strtab_intern(s, "a\0b", 3), -KM_EINVAL);
	cr_assert_eq(strtab_count(s), 2);
	cr_assert_eq(strlen(strtab_get(s, 1)), 4096);
	strtab_close(s);
	strtab_close(NULL);
}

Test(diag, code_is_negative_and_text_is_kept)
{
	struct km_diag d;

	cr_assert_eq(km_fail(&d, KM_EFORMAT, "trace.dat:12", "order %d of %s", 11, "a page"),
		     -KM_EFORMAT);
	cr_assert_eq(d.code, -KM_EFORMAT);
	cr_assert_str_eq(d.where, "trace.dat:12");
	cr_assert_str_eq(d.what, "order 11 of a page");
	cr_assert_eq(km_fail(&d, KM_EIO, NULL, "x"), -KM_EIO);
	cr_assert_str_eq(d.where, "");
	cr_assert_eq(km_fail(NULL, KM_ENOMEM, "a", "b"), -KM_ENOMEM);
}

Test(diag, what_a_terminal_would_obey_is_escaped)
{
	struct km_diag d;

	km_fail(&d, KM_EINVAL, "a\nb", "\x1b[31mred\r\t\x7f %s", "\x01");
	cr_assert_str_eq(d.where, "a\\x0ab");
	cr_assert_str_eq(d.what, "\\x1b[31mred\\x0d\\x09\\x7f \\x01");
	km_fail(&d, KM_EINVAL, "",
		"gr\xc3\xb6\xc3\x9f"
		"er");
	cr_assert_str_eq(d.what, "gr\xc3\xb6\xc3\x9f"
				 "er");
}

Test(diag, long_text_is_cut)
{
	static char text[4000];
	struct km_diag d;

	memset(text, 0x1b, sizeof(text) - 1);
	km_fail(&d, KM_EINVAL, text, "%s", text);
	cr_assert_lt(strlen(d.where), sizeof(d.where));
	cr_assert_lt(strlen(d.what), sizeof(d.what));
	cr_assert_eq(strlen(d.what) % 4, 0);
	memset(text, 'x', sizeof(text) - 1);
	km_fail(&d, KM_EINVAL, text, "%s", text);
	cr_assert_lt(strlen(d.what), sizeof(d.what));
	cr_assert_eq(d.what[0], 'x');
}

Test(diag, our_own_bugs_end_the_program, .signal = SIGABRT)
{
	fclose(stderr);
	KM_BUG_ON(1 + 1 == 2);
}

Test(types, alignment_of_page_frame_numbers)
{
	cr_assert_eq(pfn_align_down(pfn(1023), 9).nr, 512);
	cr_assert_eq(pfn_align_down(pfn(1024), 9).nr, 1024);
	cr_assert_eq(pfn_align_up(pfn(1025), 9).nr, 1536);
	cr_assert_eq(pfn_align_up(pfn(1024), 9).nr, 1024);
	cr_assert_eq(pages_of(10), 1024);
	cr_assert_eq(pfn_plus(pfn(5), 7).nr, 12);
}

Test(types, migratetypes_by_name)
{
	cr_assert_str_eq(km_migratetype_name(KM_UNMOVABLE), "Unmovable");
	cr_assert_str_eq(km_migratetype_name(KM_HIGHATOMIC), "HighAtomic");
	cr_assert_str_eq(km_migratetype_name(KM_ISOLATE), "Isolate");
	cr_assert_null(km_migratetype_name(KM_NR_MIGRATETYPES));
}
