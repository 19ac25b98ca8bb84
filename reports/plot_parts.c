/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/plot_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "reports/escape.h"

enum { TITLE_MAX = 90, LABEL_MAX = 14 };

/* Two names nearer than this share of the axis would lie on each other; the second is then shifted,
 * or left out where it would end too far from its line. */
static const double label_distance = 0.026, label_shift = 0.11;

void plot_seconds(FILE *script, const struct facts *f, int64_t ts_ns)
{
	int64_t ns = ts_ns - f->first_ts_ns, size = ns < 0 ? -ns : ns;

	fprintf(script, "%s%" PRId64 ".%09" PRId64, ns < 0 ? "-" : "", size / 1000000000,
		size % 1000000000);
}

static void put_titles(FILE *script, const struct plot *p, const struct facts *f,
		       const struct plot_of *of)
{
	char *text = NULL;
	size_t len;
	FILE *line = open_memstream(&text, &len);

	if (!line)
		return;
	if (of->zone)
		fprintf(line, "%s: node %" PRId64 ", zone %s", p->title, of->zone->node,
			of->zone->name);
	else if (of->area)
		fprintf(line, "%s: area %s", p->title, of->area->name);
	else
		fputs(p->title, line);
	fclose(line);
	fputs("set label 1 ", script);
	escape_gnuplot(script, text, TITLE_MAX);
	fputs(" at screen 0.015,0.962 left font ',15'\n", script);
	free(text);
	line = open_memstream(&text, &len);
	if (!line)
		return;
	fprintf(line, "%s, kernel %s%s%s, mode %s%s", f->name, f->kernel, f->slab[0] ? ", " : "",
		f->slab, f->mode, f->what_if ? ", what if" : "");
	fclose(line);
	fputs("set label 2 ", script);
	escape_gnuplot(script, text, TITLE_MAX + 40);
	fputs(" at screen 0.015,0.92 left font ',10' textcolor rgb '#707070'\n", script);
	free(text);
}

/* The band lies over what is drawn, so that a stack does not hide it. */
static void put_gaps(FILE *script, const struct facts *f)
{
	char events[32];

	for (size_t i = 0; i < f->nr_gaps; i++) {
		fputs("set object rectangle from first ", script);
		plot_seconds(script, f, f->gaps[i].from_ns);
		fputs(",graph 0 to first ", script);
		plot_seconds(script, f, f->gaps[i].to_ns);
		fputs(",graph 1.015 front fillcolor rgb '#b8d62728' fillstyle solid 1 border rgb "
		      "'#80d62728'\n",
		      script);
	}
	if (f->nr_gaps)
		fprintf(script,
			"set label 'red: events lost (%s)' at screen 0.985,0.92 right font ',10' "
			"textcolor rgb '#d62728'\n",
			f->lost_events ? facts_count(events, f->lost_events) : "number unknown");
}

/* The name beside its line where there is room, else a little to the right of it, with a lead. */
static void put_label_name(FILE *script, const struct facts_label *label, double at, double x)
{
	if (x > at)
		fprintf(script,
			"set arrow from graph %.5f,graph 1.015 to graph %.5f,graph 1.035 nohead front "
			"linewidth 0.8 linecolor rgb '#606060'\n",
			at, x);
	fputs("set label ", script);
	escape_gnuplot(script, label->name, LABEL_MAX);
	fprintf(script, " at graph %.5f,graph 1.04 left rotate by 48 font ',9'\n", x);
}

void plot_labels(FILE *script, const struct facts *f)
{
	put_gaps(script, f);
	double span = (double)(f->last_ts_ns - f->first_ts_ns), last = -1;

	for (size_t i = 0; i < f->nr_labels && span > 0; i++) {
		double at = (double)(f->labels[i].ts_ns - f->first_ts_ns) / span;
		double x = at < last + label_distance ? last + label_distance : at;

		fputs("set arrow from first ", script);
		plot_seconds(script, f, f->labels[i].ts_ns);
		fputs(",graph 0 rto graph 0,graph 1.015 nohead front linewidth 0.8 linecolor rgb '#606060'\n",
		      script);
		if (x - at > label_shift)
			continue;
		put_label_name(script, &f->labels[i], at, x);
		last = x;
	}
}

void plot_frame(FILE *script, const struct plot *p, const struct facts *f, const struct plot_of *of)
{
	put_titles(script, p, f, of);
	fputs("set lmargin at screen 0.085\nset rmargin at screen 0.835\nset tmargin at screen 0.80\n"
	      "set bmargin at screen 0.095\nset border 3\nset tics nomirror out\n"
	      "set key at screen 0.85,0.80 left top vertical Left reverse samplen 1.5 spacing 1.25\n"
	      "set grid ytics back linetype 1 dashtype 1 linecolor rgb '#dcdcdc' linewidth 0.7\n"
	      "set xlabel 'time since the trace began [s]'\nset xrange [0:",
	      script);
	if (f->last_ts_ns > f->first_ts_ns)
		plot_seconds(script, f, f->last_ts_ns);
	else
		fputs("1", script);
	fputs("]\n", script);
}

static const char nothing_mark[] = "\n# nothing: ";

int plot_nothing(FILE *script, const char *why)
{
	fputs("set label ", script);
	escape_gnuplot(script, why, TITLE_MAX);
	fputs(" at graph 0.5,0.5 center font ',13' textcolor rgb '#707070'\nunset ytics\nset yrange [0:1]\n"
	      "plot NaN notitle",
	      script);
	fprintf(script, "%s%s\n", nothing_mark, why);
	return PLOT_NOTHING;
}

const char *plot_why_nothing(const char *script, size_t *len)
{
	const char *why = strstr(script, nothing_mark);

	why = why ? why + sizeof(nothing_mark) - 1 : "";
	*len = strcspn(why, "\n");
	return why;
}

const char *plot_viridis(char out[8], size_t i, size_t n)
{
	static const unsigned char stops[][3] = { { 0x7a, 0x3f, 0x9d }, { 0x66, 0x56, 0xad },
						  { 0x4b, 0x6d, 0xb0 }, { 0x34, 0x82, 0xa8 },
						  { 0x27, 0x97, 0x95 }, { 0x2d, 0xab, 0x7c },
						  { 0x5e, 0xc0, 0x5c }, { 0xad, 0xd1, 0x30 } };
	const size_t last = sizeof(stops) / sizeof(stops[0]) - 1;
	size_t at = n > 1 ? i * last * 256 / (n - 1) : 0, k = at / 256, part = at % 256;
	unsigned int c[3];

	for (int j = 0; j < 3; j++)
		c[j] = (unsigned int)((stops[k][j] * (256 - part) +
				       (k < last ? stops[k + 1][j] : 0) * part) /
				      256);
	snprintf(out, 8, "#%02x%02x%02x", c[0] & 255, c[1] & 255, c[2] & 255);
	return out;
}
