/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/report.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reports/tables.h"
#include "tests/support/small_run.h"

static char dir[64], db[128], out[128];

static void begin(void)
{
	struct km_diag d;

	small_run_dir(dir);
	snprintf(db, sizeof(db), "%s/run.db", dir);
	snprintf(out, sizeof(out), "%s/out", dir);
	cr_assert_eq(small_run_write(db, &d), 0);
}

static void end(void)
{
	small_run_rm(dir);
}

TestSuite(report, .init = begin, .fini = end);

static void write_report(unsigned int formats)
{
	const struct report_options options = {
		.db = db, .dir = out, .formats = formats, .utf8 = true
	};
	struct km_diag d = { 0 };

	cr_assert_eq(report_write(&options, &d), 0, "%s: %s", d.where, d.what);
}

static char *file(const char *name)
{
	char *text = small_run_read(small_run_path(out, name), NULL);

	cr_assert(text, "no %s", name);
	return text;
}

static void has(const char *name, const char *want)
{
	char *text = file(name);

	cr_expect(strstr(text, want), "%s has no \"%s\":\n%s", name, want, text);
	free(text);
}

static void has_not(const char *name, const char *unwanted)
{
	char *text = file(name);

	cr_expect_null(strstr(text, unwanted), "%s has \"%s\"", name, unwanted);
	free(text);
}

Test(report, formats_by_name)
{
	struct km_diag d;
	unsigned int formats = 0;

	cr_expect_eq(report_formats(&formats, "html,png,svg,csv,json,perfetto,text", &d), 0);
	cr_expect_eq(formats, 127);
	cr_expect_eq(report_formats(&formats, "csv", &d), 0);
	cr_expect_eq(formats, REPORT_CSV);
	cr_expect_eq(report_formats(&formats, "csv,pdf", &d), -KM_EUSAGE);
	cr_expect(strstr(d.what, "\"pdf\" is no format"));
	cr_expect_eq(report_formats(&formats, "", &d), -KM_EUSAGE);
	cr_expect_eq(report_formats(&formats, "csv,", &d), -KM_EUSAGE);
	cr_expect_eq(formats, REPORT_CSV);
}

Test(report, every_view_is_a_csv_and_a_json)
{
	size_t n;
	const struct report_table *t = report_tables(&n);
	char name[64];

	write_report(REPORT_CSV | REPORT_JSON);
	for (size_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s.csv", t[i].file);
		has(name, "run,");
		snprintf(name, sizeof(name), "%s.json", t[i].file);
		has(name, "]\n");
	}
	has("buddyinfo.csv",
	    "run,sample,node,zone,ord,free_blocks\r\n1,1,0,DMA,0,1\r\n1,1,0,DMA,1,2\r\n");
	has("samples.csv",
	    "1,2,20,2000000000,'; drop table run; -- <script>`touch owned`\\x1b[2J,buddyinfo,0,17,40\r\n");
	has("samples.csv", "1,3,40,3000000000,,,0,17,3\r\n");
	has("samples.json", "\"label\": null, \"source\": null, \"seeded\": 0, "
			    "\"lost_events\": 17, \"uncertain_pages\": 3}\n]\n");
	has("fidelity.json",
	    "{\"run\": 1, \"metric\": \"page.pfn\", \"scope\": \"all\", \"hits\": 90, \"total\": 100},\n");
	has("percpu.json", "[\n{\"run\": 1, \"sample\": 2, \"chunks\": 2, \"populated_pages\": 66, "
			   "\"used_bytes\": 5000, \"free_bytes\": 24000}\n]\n");
	has("latency.json", "[]\n");
	has_not("samples.csv", "\x1b");
	has_not("samples.json", "\x1b");
}

/* Python's own reader takes every json file, and finds the label in it that the database has. */
Test(report, json_is_json)
{
	static const char program[] =
		"import json, sys, os\n"
		"for f in os.listdir(sys.argv[1]):\n"
		"    if f.endswith('.json'): json.load(open(os.path.join(sys.argv[1], f)))\n"
		"rows = json.load(open(os.path.join(sys.argv[1], 'samples.json')))\n"
		"sys.exit(0 if rows[1]['label'] == sys.argv[2] else 9)\n";
	int status;
	pid_t child;

	write_report(REPORT_JSON);
	child = fork();
	if (!child) {
		execlp("python3", "python3", "-c", program, out, small_run_hostile, (char *)NULL);
		_exit(77);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	if (WEXITSTATUS(status) == 77)
		cr_skip_test("no python3 here");
	cr_expect_eq(WEXITSTATUS(status), 0);
}

Test(report, text)
{
	write_report(REPORT_TEXT);
	has("report.txt", "kernel         6.1.192 (unvalidated), slub\n");
	has("report.txt", "events         40 in 2.000 s, 7 lost\n");
	/* 7 of 47, and the most that a state after the first of them leaves uncertain */
	has("report.txt",
	    "14.89 % of the events are missing between 0.100 s and 0.200 s (CPU 1: 7, kmem).\n"
	    "The numbers after that are uncertain by up to 40 pages (160 KiB).\n");
	has("report.txt", "node 0, zone Normal: 124 KiB free\n");
	has("report.txt", "  free blocks        3      4      5\n");
	has("report.txt", "  extfrag       -1.000 -1.000  0.312\n");
	has("report.txt",
	    "page.pfn            all                                90           100     90.00 %\n");
	has("report.txt", "one character is 16 KiB\n");
	has("report.txt", "0 B  █·▞░╌c\n");
}

Test(report, text_without_utf8_is_ascii)
{
	const struct report_options options = { .db = db, .dir = out, .formats = REPORT_TEXT };
	struct km_diag d;
	char *text;

	cr_assert_eq(report_write(&options, &d), 0);
	text = file("report.txt");
	for (const char *c = text; *c; c++)
		cr_assert((*c >= 0x20 && *c < 0x7f) || *c == '\n', "byte %#x", (unsigned char)*c);
	cr_expect(strstr(text, "0 B  U.xm-c\n"));
	free(text);
}

Test(report, text_goes_to_the_terminal_too)
{
	char *text = NULL;
	size_t len;
	FILE *terminal = open_memstream(&text, &len);
	const struct report_options options = {
		.db = db, .dir = out, .formats = REPORT_TEXT, .terminal = terminal
	};
	struct km_diag d;
	char *same;

	cr_assert_eq(report_write(&options, &d), 0);
	fclose(terminal);
	same = file("report.txt");
	cr_expect_str_eq(text, same);
	free(text);
	free(same);
}

Test(report, page_needs_nothing_else)
{
	write_report(REPORT_HTML);
	has("report.html", "<!DOCTYPE html>");
	has("report.html", "</html>");
	has("report.html", "<h2 id=\"fidelity\">Fidelity</h2>");
	has("report.html", "<td class=n>90.00 %</td>");
	has("report.html", "Unvalidated: this kernel");
	has_not("report.html", "src=");
	has_not("report.html", "href='http");
	has_not("report.html", "href=\"http");
	has_not("report.html", "url(");
	has_not("report.html", "@import");
	has_not("report.html", "<script");
	has_not("report.html", "\x1b");
}

Test(report, hostile_names_are_text_on_the_page)
{
	struct store_run run = { .name = "<script>alert(1)</script>",
				 .config = "</pre><script>x</script>",
				 .kernel = "<b>",
				 .mode = "\"><i>",
				 .slab = "<u>",
				 .trace = "<img src=x>" };
	const struct store_totals totals = { .last_ts_ns = 1 };
	struct km_fidelity_row row = { "<script>", "</td><script>", 1, 2 };
	struct km_diag d;
	struct km_sink sink;
	struct store *s;

	cr_assert_eq(store_open(&s, db, &run, &d), 0);
	sink = store_sink(s);
	cr_assert_eq(sink.ops->fidelity(sink.ctx, &row), 0);
	cr_assert_eq(store_finish(s, &totals, &d), 0);
	write_report(REPORT_HTML);
	has("report.html", "<h1>&lt;script&gt;alert(1)&lt;/script&gt;</h1>");
	has("report.html", "&lt;/pre&gt;&lt;script&gt;x");
	has_not("report.html", "<script");
	has_not("report.html", "<b>&");
	has_not("report.html", "<i>");
	has_not("report.html", "<u>");
	has_not("report.html", "<img");
}

/* What small_run.c says of its area, and of the page that stood in the way. */
Test(report, contiguous_memory)
{
	write_report(REPORT_HTML | REPORT_TEXT | REPORT_CSV);
	has("report.html", "<a href=\"#cma\">");
	has("report.html",
	    "<td>reserved</td><td class=n>32 KiB</td><td class=n>2</td><td class=n>1</td>"
	    "<td class=n>3</td><td class=n>1</td>");
	has("report.html", "at foo [mod], 1.650 s before");
	has("report.html", "Who was in the way");
	has("report.html", "Ranges that CMA allocations tried (2)");
	has("report.txt",
	    "area reserved: 32 KiB\n  allocations  2, failed 1; ranges tried 3, busy 1\n");
	has("report.txt", "2 pages of reserved for camera: the range was busy;\n");
	has("report.txt", "at foo [mod], 1.650 s before\n");
	has("cma_map.csv", "1,2,reserved,16,4,1,2,1,0\r\n1,2,reserved,20,4,2,1,0,1\r\n");
	has_not("report.html", "<script");
	has_not("report.txt", "\x1b");
}

Test(report, pictures_for_each_figure_and_zone)
{
	static const char *const stems[] = { "map",
					     "fallbacks",
					     "free-node0-DMA",
					     "free-node0-Normal",
					     "unusable-node0-DMA",
					     "extfrag-node0-Normal",
					     "pageblocks-node0-DMA" };
	char name[64];

	write_report(REPORT_PNG | REPORT_SVG);
	for (size_t i = 0; i < sizeof(stems) / sizeof(stems[0]); i++) {
		snprintf(name, sizeof(name), "%s.svg", stems[i]);
		has(name, "</svg>");
		snprintf(name, sizeof(name), "%s.png", stems[i]);
		free(file(name));
	}
}

Test(report, last_run_unless_told)
{
	const char *const sources[] = { db, db, db };
	const char *all = small_run_path(dir, "all.db");
	struct report_options options = { .db = all, .dir = out, .formats = REPORT_CSV };
	struct km_diag d;

	cr_assert_eq(store_merge(all, sources, 3, &d), 0);
	cr_assert_eq(report_write(&options, &d), 0);
	has("samples.csv", "\r\n3,1,");
	has_not("samples.csv", "\r\n1,1,");
	options.run = 2;
	cr_assert_eq(report_write(&options, &d), 0);
	has("samples.csv", "\r\n2,1,");
	options.run = 4;
	cr_expect_eq(report_write(&options, &d), -KM_EUSAGE);
	cr_expect_str_eq(d.what, "has no run 4; its runs are 1 to 3");
}

Test(report, places_and_files_that_will_not_do)
{
	struct report_options options = { .db = small_run_path(dir, "absent.db"), .dir = out };
	struct km_diag d;

	cr_expect_eq(report_write(&options, &d), -KM_ENOENT);
	cr_expect_neq(access(out, F_OK), 0, "nothing is made for a database that is not there");
	options.db = db;
	options.dir = db;
	cr_expect_eq(report_write(&options, &d), -KM_EINVAL);
	cr_expect_str_eq(d.where, db);
	options.dir = "/proc/report";
	cr_expect_eq(report_write(&options, &d), -KM_EIO);
}

Test(report, same_database_same_files)
{
	static const char *const names[] = { "report.html",	   "report.txt", "map.png",
					     "free-node0-DMA.svg", "runs.csv",	 "map.json" };
	char *first[6];
	size_t len[6], n;

	write_report(63);
	for (size_t i = 0; i < 6; i++)
		first[i] = small_run_read(small_run_path(out, names[i]), &len[i]);
	write_report(63);
	for (size_t i = 0; i < 6; i++) {
		char *again = small_run_read(small_run_path(out, names[i]), &n);

		cr_expect(n == len[i] && !memcmp(again, first[i], n), "%s", names[i]);
		free(again);
		free(first[i]);
	}
}
