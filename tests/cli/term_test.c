/* SPDX-License-Identifier: GPL-2.0-only */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "cli/term.h"

/* What @print writes of @text; the caller frees. */
static char *printed(void (*print)(FILE *to, const char *text), const char *text)
{
	char *out = NULL;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	cr_assert_not_null(f);
	print(f, text);
	fclose(f);
	return out;
}

static void says(void (*print)(FILE *to, const char *text), const char *text, const char *want)
{
	char *got = printed(print, text);

	cr_expect_str_eq(got, want);
	free(got);
}

Test(term, text_keeps_what_is_harmless)
{
	says(term_text, "dentry", "dentry");
	says(term_text, "gr\xc3\xbc\xc3\x9f \xe2\x9c\x93 \xf0\x9f\x90\xa7",
	     "gr\xc3\xbc\xc3\x9f \xe2\x9c\x93 \xf0\x9f\x90\xa7");
	says(term_text, "\"; drop table <script>", "\"; drop table <script>");
}

Test(term, text_escapes_what_a_terminal_obeys)
{
	says(term_text, "\x1b[2J", "\\x1b[2J");
	says(term_text, "a\nb\x7f", "a\\x0ab\\x7f");
	says(term_text,
	     "\xc2\x9b"
	     "2J",
	     "\\xc2\\x9b2J");
	says(term_text, "\xe2\x80\xae", "\\xe2\\x80\\xae");
}

Test(term, text_escapes_broken_utf8)
{
	says(term_text, "\xff", "\\xff");
	says(term_text, "\xc3", "\\xc3");
	says(term_text, "\xc0\xaf", "\\xc0\\xaf");
	says(term_text, "\xed\xa0\x80", "\\xed\\xa0\\x80");
	says(term_text, "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
}

Test(term, json_is_json)
{
	says(term_json, "a\"b\\c", "\"a\\\"b\\\\c\"");
	says(term_json, "\x1b\n", "\"\\u001b\\u000a\"");
	says(term_json, "\xff", "\"\\ufffd\"");
	says(term_json, "\xc3\xbc", "\"\xc3\xbc\"");
}

Test(term, counts_are_marked_by_thousands)
{
	char buf[TERM_COUNT_LEN];

	cr_expect_str_eq(term_count(buf, 0), "0");
	cr_expect_str_eq(term_count(buf, 999), "999");
	cr_expect_str_eq(term_count(buf, 1000), "1,000");
	cr_expect_str_eq(term_count(buf, UINT64_MAX), "18,446,744,073,709,551,615");
}

Test(term, percent_is_never_rounded_up)
{
	char buf[TERM_PERCENT_LEN];

	cr_expect_str_eq(term_percent(buf, 1, 1), "100.00000 %");
	cr_expect_str_eq(term_percent(buf, 0, 7), "0.00000 %");
	cr_expect_str_eq(term_percent(buf, 2, 3), "66.66666 %");
	cr_expect_str_eq(term_percent(buf, 126312, 126313), "99.99920 %");
	cr_expect_str_eq(term_percent(buf, 99999999, 100000000), "99.99999 %");
	cr_expect_str_eq(term_percent(buf, 999999999, 1000000000), "99.99999 %");
	cr_expect_str_eq(term_percent(buf, UINT64_MAX - 1, UINT64_MAX), "99.99999 %");
	cr_expect_str_eq(term_percent(buf, 0, 0), "-");
}

Test(term, seconds)
{
	char buf[TERM_COUNT_LEN];

	cr_expect_str_eq(term_seconds(buf, 0), "0.000000");
	cr_expect_str_eq(term_seconds(buf, 12345678901), "12.345678");
}
