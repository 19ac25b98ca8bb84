/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemlab report: one run of a database as files that people and programs read.
 */
#include "reports/report.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/options_common.h"
#include "cli/term.h"

/* May the terminal (and report.txt) hold UTF-8? As the locale says, by its usual precedence. */
static bool locale_is_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
	}
	return false;
}

static int parse_run(const char *text, int64_t *out, struct km_diag *d)
{
	char *end;

	*out = strtoll(text, &end, 10);
	if (end == text || *end || *out < 1)
		return km_fail(d, KM_EUSAGE, "--run",
			       "it takes the number of a run, from 1 up, not '%s'", text);
	return 0;
}

static int run_report(const struct cli_args *args)
{
	const char *formats = cli_value(args, OPT_FORMAT), *run = cli_value(args, OPT_RUN);
	struct report_options options = {
		.db = cli_operand(args, 0),
		.dir = cli_value(args, OPT_OUTPUT),
		.terminal = cli_has(args, OPT_QUIET) ? NULL : stdout,
		.utf8 = locale_is_utf8(),
	};
	struct km_diag d = { 0 };
	int err = formats ? report_formats(&options.formats, formats, &d) : 0;

	if (!err && run)
		err = parse_run(run, &options.run, &d);
	if (!err)
		err = report_write(&options, &d);
	return err ? term_error(&d) : EXIT_DONE;
}

static const struct cli_option options_table[] = {
	{ .id = OPT_FORMAT,
	  .name = "format",
	  .arg = "LIST",
	  .help = "which files to write, of html,png,svg,csv,json,perfetto,text; html,text where not "
		  "given" },
	{ .id = OPT_RUN,
	  .name = "run",
	  .arg = "N",
	  .help = "the run to report, where the database holds several; the last where not given" },
	OPTION_QUIET,
	OPTION_HELP,
	{ .id = OPT_OUTPUT,
	  .letter = 'o',
	  .name = "output",
	  .arg = "DIR",
	  .required = true,
	  .help = "where the files go; made where it is missing" },
};

const struct cli_command command_report = {
	.name = "report",
	.operands = "RUN.db",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "write a stored run as a page, pictures and tables",
	.details =
		"Write report.html, which opens offline and needs nothing else, and report.txt, and print a summary.",
	.options = options_table,
	.nr_options = sizeof(options_table) / sizeof(options_table[0]),
	.run = run_report,
};
