/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one table of commands.
 */
#include <string.h>

#include "cli/suggest.h"
#include "cli/term.h"

static const struct cli_command *const commands[] = {
	&command_replay,   &command_verify, &command_compare,	&command_sweep,	  &command_explain,
	&command_report,   &command_check,  &command_stat,	&command_leaks,	  &command_convert,
	&command_gen,	   &command_tlb,    &command_calibrate, &command_capture, &command_list,
	&command_complete, &command_help,
};

size_t cli_nr_commands(void)
{
	return sizeof(commands) / sizeof(commands[0]);
}

const struct cli_command *cli_command_at(size_t i)
{
	return commands[i];
}

const struct cli_command *cli_command_find(const char *name)
{
	for (size_t i = 0; i < cli_nr_commands(); i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

int cli_unknown_command(const char *word)
{
	struct suggestion s = { .word = word };

	for (size_t i = 0; i < cli_nr_commands(); i++)
		suggestion_offer(&s, commands[i]->name);
	if (s.best)
		return term_fail(EXIT_USAGE, "there is no command '%s'; did you mean '%s'?", word,
				 s.best);
	return term_fail(EXIT_USAGE, "there is no command '%s'; 'kmemlab help' lists what there is",
			 word);
}
