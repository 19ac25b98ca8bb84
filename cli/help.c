/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/options_common.h"

static int run_help(const struct cli_args *args)
{
	const char *name = cli_operand(args, 0);

	if (!name) {
		cli_print_commands(stdout);
		return EXIT_DONE;
	}
	const struct cli_command *command = cli_command_find(name);

	if (command) {
		cli_print_help(stdout, command);
		return EXIT_DONE;
	}
	return cli_unknown_command(name);
}

static const struct cli_option options[] = { OPTION_HELP };

const struct cli_command command_help = {
	.name = "help",
	.operands = "[COMMAND]",
	.max_operands = 1,
	.summary = "say what a command does and takes",
	.details = "Without COMMAND, list all commands.",
	.options = options,
	.nr_options = sizeof(options) / sizeof(options[0]),
	.run = run_help,
};
