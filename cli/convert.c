/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemlab convert: any readable trace into the native format, or into ftrace's text.
 */
#include <string.h>

#include "cli/losses.h"
#include "cli/open.h"
#include "cli/options_common.h"
#include "cli/output.h"
#include "cli/term.h"
#include "cli/time_range.h"
#include "traces/kmt.h"
#include "traces/write_text.h"

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n > m && !strcmp(text + n - m, end);
}

static int run_convert(const struct cli_args *args)
{
	const char *out = cli_value(args, OPT_OUTPUT);
	bool text = ends_with(out, ".txt") || ends_with(out, ".txt.zst") ||
		    ends_with(out, ".txt.gz");
	bool ns = cli_has(args, OPT_NS);
	struct km_diag d = { 0 };
	struct trace *t;

	if (!text && !ends_with(out, ".kmt"))
		return term_fail(
			EXIT_USAGE,
			"%s: convert writes .kmt (compressed as it is), .txt, .txt.zst and "
			".txt.gz; give the output a name with one of these endings",
			out);
	if (ns && !text)
		return term_fail(EXIT_USAGE, "--ns: a .kmt has nanoseconds anyway");
	if (output_check(out, cli_operand(args, 0), text ? OUTPUT_TEXT : OUTPUT_KMT, &d) ||
	    cli_open_trace(&t, cli_operand(args, 0), &d))
		return term_error(&d);
	int err = time_range_apply(args, t, &d);

	if (!err)
		err = text ? trace_write_text(t, out, ns, &d) : kmt_write(t, out, &d);
	int status = err ? term_error(&d) : losses_judge(args, t, " (`kmemlab check` shows where)");

	trace_close(t);
	return status;
}

static const struct cli_option options[] = {
	OPTION_TIME,
	{ .id = OPT_NS,
	  .name = "ns",
	  .help = "in text, write times to the nanosecond instead of the microsecond" },
	OPTION_STRICT,
	OPTION_HELP,
	{ .id = OPT_OUTPUT,
	  .letter = 'o',
	  .name = "output",
	  .arg = "OUT",
	  .required = true,
	  .help = "the file to write: .kmt, .txt, .txt.zst or .txt.gz; an older one of that "
		  "kind is replaced when the new one is complete" },
};

const struct cli_command command_convert = {
	.name = "convert",
	.operands = "TRACE",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "store a trace and its bundle in one .kmt file, or as ftrace text",
	.details = "Write the events of TRACE, with its bundle's files and snapshots, in the "
		   "native format, which reads fastest and is one file; or, without the files, "
		   "as the kernel's own text.",
	.options = options,
	.nr_options = sizeof(options) / sizeof(options[0]),
	.run = run_convert,
};
