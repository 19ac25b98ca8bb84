/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/escape.h"

#include <criterion/criterion.h>
#include <stdlib.h>

/* One of the functions of escape.h with the rest of its arguments given. */
typedef void escape_fn(FILE *f, const char *text);

static void terminal(FILE *f, const char *text)
{
	escape_terminal(f, text, true);
}

static void ascii_terminal(FILE *f, const char *text)
{
	escape_terminal(f, text, false);
}

static void gnuplot(FILE *f, const char *text)
{
	escape_gnuplot(f, text, 12);
}

static void is(escape_fn *escape, const char *text, const char *want)
{
	char *got = NULL;
	size_t len;
	FILE *f = open_memstream(&got, &len);

	cr_assert(f);
	escape(f, text);
	fclose(f);
	cr_expect_str_eq(got, want, "\"%s\" gives \"%s\", not \"%s\"", text, got, want);
	free(got);
}

Test(escape, html)
{
	is(escape_html, "<script>alert('x')</script>",
	   "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;");
	is(escape_html, "a & \"b\"\n\tc", "a &amp; &quot;b&quot;\n\tc");
	is(escape_html, "\x1b[2J", "\\x1b[2J");
	is(escape_html, "&lt;", "&amp;lt;");
}

/* Expected after RFC 4180, section 2, rules 5 to 7. */
Test(escape, csv)
{
	is(escape_csv, "plain text", "plain text");
	is(escape_csv, "a,b", "\"a,b\"");
	is(escape_csv, "say \"x\"", "\"say \"\"x\"\"\"");
	is(escape_csv, "two\nlines", "\"two\nlines\"");
	is(escape_csv, "=1+2", "\"'=1+2\"");
	is(escape_csv, "@SUM(A1)", "\"'@SUM(A1)\"");
	is(escape_csv, "-x", "\"'-x\"");
	is(escape_csv, "\"; drop table", "\"\"\"; drop table\"");
	is(escape_csv, "", "");
}

/* Expected after RFC 8259, section 7. */
Test(escape, json)
{
	is(escape_json, "a\"b\\c\n", "\"a\\\"b\\\\c\\u000a\"");
	is(escape_json, "\x1b[2J", "\"\\u001b[2J\"");
	is(escape_json, "gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\"");
	is(escape_json, "\xff", "\"\xef\xbf\xbd\"");
}

Test(escape, terminal)
{
	is(terminal, "\x1b[2Jx\r\ny\x7f", "\\x1b[2Jx\\x0d\\x0ay\\x7f");
	is(terminal,
	   "\xc2\x9b"
	   "2J",
	   "\\x9b2J");
	is(terminal,
	   "abc\xe2\x80\xae"
	   "dcb",
	   "abc\\u{202e}dcb");
	is(terminal, "\xc3\xbc", "\xc3\xbc");
	is(ascii_terminal, "\xc3\xbc\x1b", "?\\x1b");
}

/* gnuplot runs what stands between backquotes of a double-quoted string, and 5.4 ends one that
 * begins with ''. */
Test(escape, gnuplot)
{
	is(gnuplot, "it's", "'it\xe2\x80\x99s'");
	is(gnuplot, "'; exit", "'\xe2\x80\x99; exit'");
	is(gnuplot, "`id`", "'\xe2\x80\x98id\xe2\x80\x98'");
	is(gnuplot, "a\nb", "'a\\x0ab'");
	is(gnuplot, "twelve chars", "'twelve chars'");
	is(gnuplot, "thirteen char", "'thirteen ch\xe2\x80\xa6'");
}

/* The table of well-formed sequences in the Unicode standard, chapter 3 (table 3-7). */
Test(escape, bytes_that_are_no_utf8_are_replaced_one_by_one)
{
	is(terminal, "\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd");
	is(terminal, "\xe0\x9f\xbf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	is(terminal, "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	is(terminal, "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	is(terminal, "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80");
	is(terminal, "cut \xe2\x82", "cut \xef\xbf\xbd\xef\xbf\xbd");
}
