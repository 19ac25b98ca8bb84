/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/plot.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *draw(const char *script, enum plot_terminal terminal, size_t *len, int *err,
		  struct km_diag *d)
{
	char *data = NULL;
	FILE *out = open_memstream(&data, len);

	cr_assert(out);
	*err = plot_run(out, script, strlen(script), terminal, 7, d);
	fclose(out);
	return data;
}

Test(plot, png)
{
	struct km_diag d = { 0 };
	size_t n, m;
	int err;
	char *a = draw("plot x\n", PLOT_PNG, &n, &err, &d), *b;

	cr_assert_eq(err, 0, "%s: %s", d.where, d.what);
	cr_assert_eq(memcmp(a, "\x89PNG\r\n\x1a\n", 8), 0);
	cr_expect_eq(memcmp(a + 16, "\0\0\x04\xb0\0\0\x02\xbc", 8), 0, "it is 1200 by 700");
	b = draw("plot x\n", PLOT_PNG, &m, &err, &d);
	cr_expect(n == m && !memcmp(a, b, n), "the same script gives the same picture");
	free(a);
	free(b);
}

Test(plot, svg_of_a_page_has_ids_of_its_own_and_no_prologue)
{
	struct km_diag d = { 0 };
	size_t n;
	int err;
	char *a = draw("plot x, sin(x)\n", PLOT_SVG_INLINE, &n, &err, &d);

	cr_assert_eq(err, 0);
	cr_expect_eq(strncmp(a, "<svg", 4), 0);
	cr_expect(strstr(a, "id=\"figure7_canvas\""));
	cr_expect_null(strstr(a, "id=\"gnuplot"));
	cr_expect_null(strstr(a, "<defs>"));
	cr_expect_null(strstr(a, "<?xml"));
	cr_expect(strstr(a, "</svg>"));
	free(a);
	a = draw("plot x\n", PLOT_SVG, &n, &err, &d);
	cr_expect_eq(strncmp(a, "<?xml", 5), 0);
	free(a);
}

/* Points are drawn once and used by reference: each figure of a page has its own. */
Test(plot, points_of_a_page_are_found_in_their_own_figure)
{
	struct km_diag d = { 0 };
	size_t n;
	int err;
	char *a = draw("plot x with points pointtype 7\n", PLOT_SVG_INLINE, &n, &err, &d);

	cr_assert_eq(err, 0);
	cr_expect(strstr(a, "id='figure7_gpPt6'"));
	cr_expect(strstr(a, "xlink:href='#figure7_gpPt6'"));
	cr_expect_null(strstr(a, "'gpPt"));
	cr_expect_null(strstr(a, "'#gpPt"));
	cr_expect_null(strstr(a, "<filter"));
	cr_expect(strstr(a, "</defs>"));
	cr_expect(strstr(a, "</svg>"));
	free(a);
}

Test(plot, mistake_in_the_script_is_reported)
{
	struct km_diag d = { 0 };
	size_t n;
	int err;
	char *a = draw("plot no_such_function(x)\n", PLOT_SVG, &n, &err, &d);

	cr_expect_eq(err, -KM_EIO);
	cr_expect_str_eq(d.where, "gnuplot");
	cr_expect(strstr(d.what, "undefined function: no_such_function"), "%s", d.what);
	cr_expect_eq(n, 0);
	free(a);
	a = draw("set xlabel 'x'\n", PLOT_SVG, &n, &err, &d);
	cr_expect_eq(err, -KM_EIO);
	cr_expect_str_eq(d.what, "drew nothing");
	free(a);
}

Test(plot, absent_gnuplot_is_named_with_what_to_do)
{
	struct km_diag d = { 0 };
	size_t n;
	int err;
	char *a;

	setenv("PATH", "/nowhere", 1);
	a = draw("plot x\n", PLOT_SVG, &n, &err, &d);
	cr_expect_eq(err, -KM_EIO);
	cr_expect(strstr(d.what, "is not installed"), "%s", d.what);
	free(a);
}

/* Neither the user's own settings nor the locale change a picture. */
Test(plot, user_settings_are_not_read)
{
	struct km_diag d = { 0 };
	char home[] = "/tmp/kmemlab-test-XXXXXX", path[64];
	size_t n, m;
	int err;
	char *a = draw("plot 1.5*x\n", PLOT_SVG, &n, &err, &d), *b;
	FILE *f;

	cr_assert(mkdtemp(home));
	snprintf(path, sizeof(path), "%s/.gnuplot", home);
	f = fopen(path, "we");
	cr_assert(f && fputs("set title 'mine'\n", f) >= 0 && !fclose(f));
	setenv("HOME", home, 1);
	setenv("LC_ALL", "de_DE.UTF-8", 1);
	setenv("GNUTERM", "dumb", 1);
	b = draw("plot 1.5*x\n", PLOT_SVG, &m, &err, &d);
	cr_expect(n == m && !memcmp(a, b, n));
	unlink(path);
	rmdir(home);
	free(a);
	free(b);
}
