/* SPDX-License-Identifier: GPL-2.0-only */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options_common.h"

static bool follows(const char *word)
{
	return !strcmp(word, "page.pfn");
}

static const struct cli_option options[] = {
	OPTION_CONFIG,
	OPTION_JSON,
	OPTION_HELP,
	{ .id = OPT_FIRST_MISS,
	  .name = "first-miss",
	  .arg = "METRIC",
	  .arg_optional = true,
	  .arg_follows = follows,
	  .help = "" },
	{ .id = OPT_OUTPUT,
	  .letter = 'o',
	  .name = "output",
	  .arg = "FILE",
	  .required = true,
	  .help = "" },
};

static const struct cli_command command = {
	.name = "thing",
	.operands = "TRACE",
	.min_operands = 1,
	.max_operands = 1,
	.options = options,
	.nr_options = sizeof(options) / sizeof(options[0]),
};

enum { MAX_WORDS = 12 };

/* The words of @line, blank by blank; @words point into @room. */
static int split(char *room, const char *line, char **words)
{
	int n = 0;

	strcpy(room, line);
	for (char *word = strtok(room, " "); word && n < MAX_WORDS; word = strtok(NULL, " "))
		words[n++] = word;
	words[n] = NULL;
	return n;
}

static void refuses(const char *line, const char *what)
{
	char room[256], *words[MAX_WORDS + 1];
	struct cli_args *a = NULL;
	struct km_diag d = { 0 };

	cr_expect_eq(cli_args_open(&a, &command, split(room, line, words), words, &d), -KM_EUSAGE,
		     "%s", line);
	cr_expect_null(a);
	cr_expect_not_null(strstr(d.what, what), "%s: %s", line, d.what);
}

static struct cli_args *takes(char *room, char **words, const char *line)
{
	struct cli_args *a = NULL;
	struct km_diag d = { 0 };

	cr_assert_eq(cli_args_open(&a, &command, split(room, line, words), words, &d), 0, "%s: %s",
		     line, d.what);
	return a;
}

Test(options, values_in_their_order)
{
	char room[256], *words[MAX_WORDS + 1];
	struct cli_args *a = takes(room, words, "thing -c a -o out in --config=b --json");

	cr_expect_str_eq(cli_nth_value(a, OPT_CONFIG, 0), "a");
	cr_expect_str_eq(cli_nth_value(a, OPT_CONFIG, 1), "b");
	cr_expect_null(cli_nth_value(a, OPT_CONFIG, 2));
	cr_expect_str_eq(cli_value(a, OPT_CONFIG), "b");
	cr_expect(cli_has(a, OPT_JSON));
	cr_expect_not(cli_has(a, OPT_FIRST_MISS));
	cr_expect_str_eq(cli_operand(a, 0), "in");
	cr_expect_null(cli_operand(a, 1));
	cli_args_close(a);
}

Test(options, an_optional_value_may_follow_or_stick)
{
	static const char *const lines[] = { "thing --first-miss page.pfn in -o x",
					     "thing --first-miss=page.pfn in -o x" };

	for (size_t i = 0; i < 2; i++) {
		char room[256], *words[MAX_WORDS + 1];
		struct cli_args *a = takes(room, words, lines[i]);

		cr_expect_str_eq(cli_value(a, OPT_FIRST_MISS), "page.pfn");
		cr_expect_str_eq(cli_operand(a, 0), "in");
		cli_args_close(a);
	}
}

Test(options, an_optional_value_may_be_absent)
{
	char room[256], *words[MAX_WORDS + 1];
	struct cli_args *a = takes(room, words, "thing --first-miss in -o x");

	cr_expect(cli_has(a, OPT_FIRST_MISS));
	cr_expect_null(cli_value(a, OPT_FIRST_MISS));
	cr_expect_str_eq(cli_operand(a, 0), "in");
	cli_args_close(a);
}

Test(options, help_needs_nothing_else)
{
	char room[256], *words[MAX_WORDS + 1];
	struct cli_args *a = takes(room, words, "thing --help");

	cr_expect(cli_has(a, OPT_HELP));
	cli_args_close(a);
}

Test(options, wrong_words_are_named)
{
	refuses("thing in", "-o FILE is missing");
	refuses("thing -o x", "TRACE is missing");
	refuses("thing -o x in more", "'more' is one word too many");
	refuses("thing -o x -o y in", "given twice");
	refuses("thing in -o", "needs FILE");
	refuses("thing --outptu x in", "did you mean --output?");
	refuses("thing -z in", "no option -z");
	refuses("thing --json=1 in -o x", "takes no value");
}

Test(options, two_command_lines_live_side_by_side)
{
	char room[2][256], *words[2][MAX_WORDS + 1];
	struct cli_args *a = takes(room[0], words[0], "thing -o x in");
	struct cli_args *b = takes(room[1], words[1], "thing -o y other");

	cr_expect_str_eq(cli_value(a, OPT_OUTPUT), "x");
	cr_expect_str_eq(cli_value(b, OPT_OUTPUT), "y");
	cr_expect_str_eq(cli_operand(a, 0), "in");
	cli_args_close(a);
	cli_args_close(b);
}

Test(options, the_usage_shows_every_option_but_help)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	cli_print_usage(f, &command);
	fclose(f);
	cr_expect_str_eq(
		text, "usage: kmemlab thing [-c CONFIG.yaml ...] [--json] [--first-miss[=METRIC]]\n"
		      "               -o FILE TRACE\n");
	free(text);
}
