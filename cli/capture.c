/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemlab capture: the script for the machine that is to be recorded (capture/), as it was when
 * this program was built.
 */
#include "cli/options_common.h"

#include <stdio.h>

#include "boot_txt.h"
#include "capture_sh.h"

static int run_capture(const struct cli_args *args)
{
	if (cli_has(args, OPT_BOOT))
		fwrite(boot_txt, 1, sizeof(boot_txt) - 1, stdout);
	else
		fwrite(capture_sh, 1, sizeof(capture_sh) - 1, stdout);
	return EXIT_DONE;
}

static const struct cli_option options[] = {
	{ .id = OPT_BOOT,
	  .name = "boot",
	  .help = "print what to boot the machine with instead, to record from its beginning" },
	OPTION_HELP,
};

const struct cli_command command_capture = {
	.name = "capture",
	.operands = "",
	.summary = "print the script that records another machine",
	.details = "Print a shell script (kmemlab capture >capture.sh) that needs nothing but a "
		   "POSIX shell, root and tracefs where it runs. There 'sh capture.sh COMMAND' "
		   "records the kernel's memory allocators while COMMAND runs, and packs a "
		   "bundle; 'sh capture.sh --help' tells about it.",
	.options = options,
	.nr_options = sizeof(options) / sizeof(options[0]),
	.run = run_capture,
};
