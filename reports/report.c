/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/report.h"

#include <errno.h>
#include <string.h>

#include "reports/comparison.h"
#include "reports/out.h"
#include "reports/write.h"

static const struct {
	const char *name;
	unsigned int format;
} formats[] = {
	{ "html", REPORT_HTML },	 { "png", REPORT_PNG },	  { "svg", REPORT_SVG },
	{ "csv", REPORT_CSV },		 { "json", REPORT_JSON }, { "text", REPORT_TEXT },
	{ "perfetto", REPORT_PERFETTO },
};

static unsigned int format_of(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strlen(formats[i].name) == len && !strncmp(formats[i].name, name, len))
			return formats[i].format;
	return 0;
}

int report_formats(unsigned int *out, const char *list, struct km_diag *d)
{
	unsigned int all = 0;

	for (;;) {
		size_t len = strcspn(list, ",");
		unsigned int one = format_of(list, len);

		if (!one)
			return km_fail(
				d, KM_EUSAGE, "--format",
				"\"%.*s\" is no format; choose of html, png, svg, csv, json, perfetto "
				"and text",
				(int)(len < 40 ? len : 40), list);
		all |= one;
		if (!list[len])
			break;
		list += len + 1;
	}
	*out = all;
	return 0;
}

static int text_file(const struct report_options *o, const struct facts *f, struct km_diag *d)
{
	struct out out;
	int err = out_open(&out, o->dir, "report.txt", d);

	return err ? err : out_end(&out, write_text(out.f, f, o->utf8, d), d);
}

static int html_file(const struct report_options *o, const struct facts *f, struct km_diag *d)
{
	struct out out;
	int err = out_open(&out, o->dir, "report.html", d);

	return err ? err : out_end(&out, write_html(out.f, f, d), d);
}

static int text_to_terminal(const struct report_options *o, const struct facts *f,
			    struct km_diag *d)
{
	int err = write_text(o->terminal, f, o->utf8, d);

	if (!err && (fflush(o->terminal) || ferror(o->terminal)))
		err = km_fail(d, KM_EIO, "", "the report cannot be printed: %s", strerror(errno));
	return err;
}

static int write_formats(const struct report_options *o, const struct facts *f, struct km_diag *d)
{
	unsigned int wanted = o->formats ? o->formats : REPORT_DEFAULT_FORMATS;
	unsigned int made = out_missing_parts(o->dir);
	int err = out_make_directory(o->dir, d);

	if (!err && wanted & REPORT_TEXT)
		err = text_file(o, f, d);
	if (!err && wanted & REPORT_CSV)
		err = write_csv(o->dir, f, d);
	if (!err && wanted & REPORT_JSON)
		err = write_json(o->dir, f, d);
	if (!err && wanted & REPORT_PERFETTO)
		err = write_perfetto(o->dir, f, d);
	if (!err && wanted & REPORT_PNG)
		err = write_png(o->dir, f, d);
	if (!err && wanted & REPORT_SVG)
		err = write_svg(o->dir, f, d);
	if (!err && wanted & REPORT_HTML)
		err = html_file(o, f, d);
	if (!err && o->terminal)
		err = text_to_terminal(o, f, d);
	if (err)
		out_remove_empty(o->dir, made);
	return err;
}

/* ---- several runs beside one another ---- */

static int comparison_file(const struct report_options *o, const struct comparison *c,
			   const char *name, struct km_diag *d)
{
	struct out out;
	int err = out_open(&out, o->dir, name, d);

	if (err)
		return err;
	if (strstr(name, ".html")) {
		err = html_comparison(out.f, c, d);
	} else if (strstr(name, ".json")) {
		json_comparison(out.f, c);
		putc('\n', out.f);
	} else {
		text_comparison(out.f, c, o->utf8);
	}
	return out_end(&out, err, d);
}

/* All runs: what has a form for them; every run's own views are asked for with --run. */
static int write_comparison(const struct report_options *o, const struct comparison *c,
			    struct km_diag *d)
{
	unsigned int wanted = o->formats ? o->formats : REPORT_DEFAULT_FORMATS;
	int err = out_make_directory(o->dir, d);

	if (wanted & ~(unsigned int)(REPORT_HTML | REPORT_TEXT | REPORT_JSON))
		return km_fail(
			d, KM_EUSAGE, "--format",
			"several runs together are written as html, text and json; png, svg, "
			"csv and perfetto are of one run: say which with --run");
	if (!err && wanted & REPORT_TEXT)
		err = comparison_file(o, c, "report.txt", d);
	if (!err && wanted & REPORT_JSON)
		err = comparison_file(o, c, "report.json", d);
	if (!err && wanted & REPORT_HTML)
		err = comparison_file(o, c, "report.html", d);
	if (!err && o->terminal)
		text_comparison(o->terminal, c, o->utf8);
	if (!err && o->terminal && (fflush(o->terminal) || ferror(o->terminal)))
		err = km_fail(d, KM_EIO, "", "the report cannot be printed: %s", strerror(errno));
	return err;
}

static int report_comparison(const struct report_options *o, struct query_db *db, struct km_diag *d)
{
	struct comparison c;
	int err = comparison_load(&c, db, NULL, 0, d);

	if (err)
		return err;
	err = write_comparison(o, &c, d);
	comparison_release(&c);
	return err;
}

static int report_run(const struct report_options *o, struct query_db *db, struct km_diag *d)
{
	struct facts f;
	int err = facts_load(&f, db, o->run, d);

	if (err)
		return err;
	err = write_formats(o, &f, d);
	facts_release(&f);
	return err;
}

int report_write(const struct report_options *options, struct km_diag *d)
{
	struct query_db *db;
	bool together = false;
	int err = query_db_open(&db, options->db, d);

	if (err)
		return err;
	if (!options->run)
		err = comparison_is(&together, db, d);
	if (!err)
		err = together ? report_comparison(options, db, d) : report_run(options, db, d);
	query_db_close(db);
	return err;
}
