/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemlab complete: what may follow on a command line, for the shells' completions. It is taken
 * from the tables that the commands themselves parse by.
 */
#include <limits.h>
#include <string.h>

#include "cli/config.h"
#include "cli/options_common.h"
#include "cli/prepare.h"
#include "cli/scoreboard.h"
#include "cli/term.h"
#include "cli/tlb_spec.h"
#include "engine/variant/profile.h"

enum { WORD_LEN = 96, NR_MODES = REPLAY_SIMULATE + 1 };

/* One word that may stand there; empty: this row has none. */
struct candidate {
	char word[WORD_LEN];
	const char *describe; /* "": nothing to say */
};

/* The @i-th row of a table, or false beyond the last. */
typedef bool candidate_at(size_t i, struct candidate *out);

static bool command_at(size_t i, struct candidate *out)
{
	if (i >= cli_nr_commands())
		return false;
	snprintf(out->word, WORD_LEN, "%s", cli_command_at(i)->name);
	out->describe = cli_command_at(i)->summary;
	return true;
}

static bool kernel_at(size_t i, struct candidate *out)
{
	if (i >= kernel_profile_count())
		return false;
	snprintf(out->word, WORD_LEN, "%s", kernel_profile_name(kernel_profile_at(i)));
	out->describe = kernel_profile_describe(kernel_profile_at(i));
	return true;
}

/* Every profile's; those of the newest kernels repeat older ones'. */
static bool slab_at(size_t i, struct candidate *out)
{
	size_t n = 0;

	for (size_t p = 0; p < kernel_profile_count(); p++)
		for (unsigned int k = 0; kernel_profile_slab(kernel_profile_at(p), k); k++)
			if (n++ == i) {
				snprintf(out->word, WORD_LEN, "%s",
					 kernel_profile_slab(kernel_profile_at(p), k));
				return true;
			}
	return false;
}

static bool mode_at(size_t i, struct candidate *out)
{
	if (i >= NR_MODES)
		return false;
	snprintf(out->word, WORD_LEN, "%s", replay_mode_name((enum replay_mode)i));
	return true;
}

static bool metric_at(size_t i, struct candidate *out)
{
	if (i >= fidelity_nr_metrics())
		return false;
	snprintf(out->word, WORD_LEN, "%s", fidelity_metric_at(i)->name);
	out->describe = fidelity_metric_at(i)->describe;
	return true;
}

static bool least_at(size_t i, struct candidate *out)
{
	bool found = metric_at(i, out);

	if (found)
		strncat(out->word, "=", WORD_LEN - strlen(out->word) - 1);
	return found;
}

static bool tlb_at(size_t i, struct candidate *out)
{
	if (i >= tlb_nr_shipped())
		return false;
	snprintf(out->word, WORD_LEN, "%s", tlb_shipped_name(i));
	return true;
}

static bool key_at(size_t i, struct candidate *out)
{
	if (i >= CONFIG_NR_KEYS)
		return false;
	const struct config_key *k = config_key((enum config_id)i);

	snprintf(out->word, WORD_LEN, "%s.%s=", k->section, k->name);
	out->describe = k->takes;
	return true;
}

/* What options take that is neither a number nor a file. */
static const struct {
	enum cli_option_id option;
	candidate_at *at;
} values[] = {
	{ OPT_KERNEL, kernel_at }, { OPT_ALLOCATOR, slab_at }, { OPT_MODE, mode_at },
	{ OPT_MIN, least_at },	   { OPT_TLB, tlb_at },	       { OPT_FIRST_MISS, metric_at },
	{ OPT_SET, key_at },	   { OPT_VARY, key_at },       { OPT_WHAT_IF, key_at },
};

static candidate_at *values_of(enum cli_option_id option)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (values[i].option == option)
			return values[i].at;
	return NULL;
}

/* ---- the words offered ---- */

/* What is being typed, and what stands before it in the same word ("--kernel="). */
struct typed {
	const char *lead, *text;
	size_t lead_len;
};

static void offer(const struct typed *t, const char *word, const char *describe)
{
	if (!*word || strncmp(word, t->text, strlen(t->text)))
		return;
	printf("%.*s%s%s%s\n", (int)t->lead_len, t->lead, word, *describe ? "\t" : "", describe);
}

static void offer_all(const struct typed *t, candidate_at *at)
{
	struct candidate c = { .describe = "" };

	for (size_t i = 0; at(i, &c); i++) {
		bool again = false;
		struct candidate before = { .describe = "" };

		for (size_t j = 0; j < i && !again && at(j, &before); j++)
			again = !strcmp(before.word, c.word);
		if (!again)
			offer(t, c.word, c.describe);
	}
}

static void offer_options(const struct typed *t, const struct cli_command *command)
{
	for (size_t i = 0; i < command->nr_options; i++) {
		char word[WORD_LEN];

		snprintf(word, sizeof(word), "--%s", command->options[i].name);
		offer(t, word, command->options[i].help);
	}
}

/* "kernels|readers": an operand that is one of these. */
static void offer_operands(const struct typed *t, const struct cli_command *command)
{
	const char *at = command->operands;

	if (command == &command_help)
		offer_all(t, command_at);
	while (strchr(command->operands, '|') && *at) {
		size_t len = strcspn(at, "|");
		char word[WORD_LEN];

		snprintf(word, sizeof(word), "%.*s", (int)len, at);
		offer(t, word, "");
		at += len + (at[len] == '|');
	}
}

/* ---- where the word stands ---- */

static const struct cli_option *option_named(const struct cli_command *command, const char *word)
{
	size_t len = strcspn(word, "=");

	for (size_t i = 0; i < command->nr_options; i++) {
		const struct cli_option *o = &command->options[i];

		if (!strncmp(word, "--", 2) && strlen(o->name) == len - 2 &&
		    !strncmp(o->name, word + 2, len - 2))
			return o;
		if (o->letter && word[0] == '-' && word[1] == o->letter && !word[2])
			return o;
	}
	return NULL;
}

/* @last: the word being typed; @before: the one before it, "" for none. */
static void complete(const struct cli_command *command, const char *before, const char *last)
{
	const struct cli_option *o = option_named(command, before);
	const char *equals = strncmp(last, "--", 2) ? NULL : strchr(last, '=');
	struct typed t = { .lead = last, .text = last };

	if (equals) {
		o = option_named(command, last);
		t.lead_len = (size_t)(equals + 1 - last);
		t.text = equals + 1;
	}
	if (o && o->arg && (equals || !strchr(before, '='))) {
		if (values_of(o->id))
			offer_all(&t, values_of(o->id));
	} else if (*last == '-') {
		offer_options(&t, command);
	} else {
		offer_operands(&t, command);
	}
}

static int run_complete(const struct cli_args *args)
{
	size_t n = 0;

	while (cli_operand(args, n))
		n++;
	const char *last = cli_operand(args, n - 1);

	if (n == 1) {
		offer_all(&(struct typed){ .lead = last, .text = last }, command_at);
		return EXIT_DONE;
	}
	const struct cli_command *command = cli_command_find(cli_operand(args, 0));

	if (command)
		complete(command, n > 2 ? cli_operand(args, n - 2) : "", last);
	return EXIT_DONE;
}

static const struct cli_option options[] = { OPTION_HELP };

const struct cli_command command_complete = {
	.name = "complete",
	.operands = "-- [WORD...] LAST",
	.min_operands = 1,
	.max_operands = UINT_MAX,
	.empty_operands = true,
	.summary = "say what may follow on a command line, for a shell",
	.details = "WORD... is what stands on the command line after 'kmemlab', LAST what is being "
		   "typed and may be empty. Each line printed is what LAST may become, a tab and "
		   "what that is. Nothing is printed where a file or a number is due. The shells' "
		   "completions that 'make install' installs ask this.",
	.options = options,
	.nr_options = sizeof(options) / sizeof(options[0]),
	.run = run_complete,
};
