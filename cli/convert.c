/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemlab convert: any readable trace into the native format.
 */
#include <string.h>

#include "cli/options_common.h"
#include "cli/term.h"
#include "traces/kmt.h"

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n > m && !strcmp(text + n - m, end);
}

static int run_convert(const struct cli_args *args)
{
	const char *out = cli_value(args, OPT_OUTPUT);
	struct km_diag d = { 0 };
	struct trace *t;

	if (!ends_with(out, ".kmt"))
		return term_fail(EXIT_USAGE,
				 "%s: convert writes .kmt only; give the output a name that ends "
				 "in .kmt",
				 out);
	if (trace_open(&t, cli_operand(args, 0), &d))
		return term_error(&d);
	int err = kmt_write(t, out, &d);

	trace_close(t);
	return err ? term_error(&d) : EXIT_DONE;
}

static const struct cli_option options[] = {
	OPTION_HELP,
	{ .id = OPT_OUTPUT,
	  .letter = 'o',
	  .name = "output",
	  .arg = "OUT.kmt",
	  .required = true,
	  .help = "the file to write; an older one is replaced when the new one is complete" },
};

const struct cli_command command_convert = {
	.name = "convert",
	.operands = "TRACE",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "store a trace and its bundle in one .kmt file",
	.details = "Write the events of TRACE, with its bundle's files and snapshots, in the "
		   "native format, which reads fastest "
		   "and is one file.",
	.options = options,
	.nr_options = sizeof(options) / sizeof(options[0]),
	.run = run_convert,
};
