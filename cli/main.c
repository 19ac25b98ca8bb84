/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the first word to a command, and from its outcome to an exit status.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "cli/term.h"
#include "cli/version.h"

static void print_overview(FILE *to)
{
	fprintf(to, "usage: kmemlab COMMAND [options] ...\n"
		    "       kmemlab help [COMMAND]\n"
		    "       kmemlab --version\n\n"
		    "Replay recorded kernel allocation traces through a model of the kernel's "
		    "page\n"
		    "allocator and keep what it does to memory.\n\n");
	cli_print_commands(to);
	fprintf(to, "\n'kmemlab COMMAND --help' tells about one command.\n");
}

static int run_command(const struct cli_command *command, int argc, char **argv)
{
	struct km_diag d = { 0 };
	struct cli_args *args;

	if (cli_args_open(&args, command, argc, argv, &d))
		return term_error(&d);
	int status = EXIT_DONE;

	if (cli_has(args, OPT_HELP))
		cli_print_help(stdout, command);
	else
		status = command->run(args);
	cli_args_close(args);
	return status;
}

/* Output that did not reach its end is a failure of the host, whatever the run itself came to. */
static int finish_output(int status)
{
	if (fflush(stdout) || ferror(stdout))
		return term_fail(EXIT_HOST, "standard output: %s", strerror(errno));
	return status;
}

static int dispatch(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : NULL;

	if (!word) {
		print_overview(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(word, "--version")) {
		printf("kmemlab %s\n", KMEMLAB_VERSION);
		return EXIT_DONE;
	}
	if (!strcmp(word, "--help") || !strcmp(word, "-h") ||
	    (!strcmp(word, "help") && argc == 2)) {
		print_overview(stdout);
		return EXIT_DONE;
	}
	if (*word == '-')
		return term_fail(EXIT_USAGE,
				 "the command comes first, not '%s'; 'kmemlab help' lists what "
				 "there is",
				 word);
	const struct cli_command *command = cli_command_find(word);

	return command ? run_command(command, argc - 1, argv + 1) : cli_unknown_command(word);
}

int main(int argc, char **argv)
{
	/* a file that may not grow is an error of its own, not the end */
	signal(SIGXFSZ, SIG_IGN);
	return finish_output(dispatch(argc, argv));
}
