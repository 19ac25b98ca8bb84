/* SPDX-License-Identifier: GPL-2.0-only */
#include <criterion/criterion.h>

#include "traces/trace_meta.h"

static const char *release(const char *text)
{
	static char out[64];

	trace_meta_release(text, out, sizeof(out));
	return out;
}

Test(trace_meta, releases)
{
	cr_assert_str_eq(release("Linux version 6.1.192 (root@vm) (gcc) #1 SMP"), "6.1.192");
	cr_assert_str_eq(
		release("Linux version 6.1.0-56-cloud-amd64 (a@b) #1 SMP Debian 6.1.192-2 (2026)"),
		"6.1.192");
	cr_assert_str_eq(
		release("Linux version 5.15.0-91-generic (a@b) (gcc) #101 (Ubuntu 5.15.0-91.101-generic "
			"5.15.131)"),
		"5.15.131");
	cr_assert_str_eq(release("6.12.117"), "6.12.117");
	/* the distribution's own count: which point release it is is not said */
	cr_assert_str_eq(release("6.1.0-56-cloud-amd64"), "6.1");
	cr_assert_str_eq(release("Linux version 5.15.0-91-generic (a@b) #1"), "5.15");
	cr_assert_str_eq(release("6.1.0"), "6.1.0");
	cr_assert_str_eq(release("6.1.0-rc4"), "6.1.0");
	cr_assert_str_eq(release("6.0-3"), "6.0");
	cr_assert_str_eq(release("2.6.34.1-custom"), "2.6.34.1");
	cr_assert_str_eq(release("Linux version 6.12-rc3 x"), "6.12");
	cr_assert_str_eq(release("something else"), "");
	cr_assert_str_eq(release(""), "");
}
