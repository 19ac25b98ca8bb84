/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words of the command line against a command's option table, and the help that follows from the
 * table.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/suggest.h"

enum { HELP_WIDTH = 80, HELP_COLUMN = 28, LONG_BASE = 256 };

struct given {
	const struct cli_option *option;
	const char *value;
};

struct cli_args {
	const struct cli_command *command;
	struct given *given;
	size_t nr_given;
	char **operands;
	size_t nr_operands;
};

/* getopt_long's two tables, made from ours. */
struct getopt_tables {
	struct option *longs;
	char *shorts;
};

static void tables_release(struct getopt_tables *t)
{
	free(t->longs);
	free(t->shorts);
}

static int tables_init(struct getopt_tables *t, const struct cli_command *c)
{
	t->longs = calloc(c->nr_options + 1, sizeof(*t->longs));
	t->shorts = calloc(c->nr_options + 1, 2);
	if (!t->longs || !t->shorts) {
		tables_release(t);
		return -KM_ENOMEM;
	}
	char *s = t->shorts;

	*s++ = ':';
	for (size_t i = 0; i < c->nr_options; i++) {
		const struct cli_option *o = &c->options[i];

		t->longs[i].name = o->name;
		t->longs[i].val = LONG_BASE + (int)i;
		t->longs[i].has_arg = !o->arg	      ? no_argument :
				      o->arg_optional ? optional_argument :
							required_argument;
		if (!o->letter)
			continue;
		*s++ = o->letter;
		if (o->arg)
			*s++ = ':';
	}
	return 0;
}

static const struct cli_option *option_of(const struct cli_command *c, int code)
{
	if (code >= LONG_BASE)
		return &c->options[code - LONG_BASE];
	for (size_t i = 0; i < c->nr_options; i++)
		if (c->options[i].letter == code)
			return &c->options[i];
	return NULL;
}

/* The option table's nearest name to the word getopt_long refused. */
static int unknown_option(const struct cli_command *c, const char *word, int letter,
			  struct km_diag *d)
{
	struct suggestion s = { .word = word + strspn(word, "-") };

	if (letter && letter < LONG_BASE && strncmp(word, "--", 2))
		return km_fail(d, KM_EUSAGE, c->name,
			       "there is no option -%c; see 'kmemlab help %s'", letter, c->name);
	if (letter >= LONG_BASE)
		return km_fail(d, KM_EUSAGE, c->name, "option --%s takes no value",
			       option_of(c, letter)->name);
	for (size_t i = 0; i < c->nr_options; i++)
		suggestion_offer(&s, c->options[i].name);
	if (s.best)
		return km_fail(d, KM_EUSAGE, c->name, "there is no option %s; did you mean --%s?",
			       word, s.best);
	return km_fail(d, KM_EUSAGE, c->name, "there is no option %s; see 'kmemlab help %s'", word,
		       c->name);
}

static int take(struct cli_args *a, const struct cli_option *o, int argc, char **argv,
		struct km_diag *d)
{
	const char *value = optarg;

	if (o->arg && !value && optind < argc && o->arg_follows && o->arg_follows(argv[optind]))
		value = argv[optind++];
	if (!o->repeats && cli_has(a, o->id))
		return km_fail(d, KM_EUSAGE, a->command->name, "option --%s is given twice",
			       o->name);
	a->given[a->nr_given++] = (struct given){ o, value };
	return 0;
}

static int take_all(struct cli_args *a, const struct getopt_tables *t, int argc, char **argv,
		    struct km_diag *d)
{
	const struct cli_command *c = a->command;
	int code, err;

	optind = 0;
	opterr = 0;
	while ((code = getopt_long(argc, argv, t->shorts, t->longs, NULL)) != -1) {
		if (code == '?')
			return unknown_option(c, argv[optind - 1], optopt, d);
		if (code == ':')
			return km_fail(d, KM_EUSAGE, c->name, "option --%s needs %s",
				       option_of(c, optopt)->name, option_of(c, optopt)->arg);
		err = take(a, option_of(c, code), argc, argv, d);
		if (err)
			return err;
	}
	a->operands = argv + optind;
	a->nr_operands = (size_t)(argc - optind);
	return 0;
}

static int check_operands(const struct cli_args *a, struct km_diag *d)
{
	const struct cli_command *c = a->command;

	if (a->nr_operands < c->min_operands)
		return km_fail(d, KM_EUSAGE, c->name, "%s is missing; see 'kmemlab help %s'",
			       c->operands, c->name);
	if (a->nr_operands > c->max_operands)
		return km_fail(d, KM_EUSAGE, c->name,
			       "'%s' is one word too many; see 'kmemlab help %s'",
			       a->operands[c->max_operands], c->name);
	for (size_t i = 0; i < a->nr_operands && !c->empty_operands; i++)
		if (!*a->operands[i])
			return km_fail(d, KM_EUSAGE, c->name, "%s: the name '' is empty",
				       c->operands);
	return 0;
}

static int check_complete(const struct cli_args *a, struct km_diag *d)
{
	const struct cli_command *c = a->command;
	int err;

	if (cli_has(a, OPT_HELP))
		return 0;
	err = check_operands(a, d);
	if (err)
		return err;
	if (cli_has(a, OPT_PRINT_CONFIG) && cli_has(a, OPT_JSON))
		return km_fail(d, KM_EUSAGE, c->name,
			       "--print-config prints YAML, which -c reads again: --json does not "
			       "go with it");
	for (size_t i = 0; i < c->nr_options; i++)
		if (c->options[i].required && !cli_has(a, c->options[i].id) &&
		    !cli_has(a, OPT_PRINT_CONFIG))
			return km_fail(d, KM_EUSAGE, c->name,
				       "-%c %s is missing: say where the output goes",
				       c->options[i].letter, c->options[i].arg);
	return 0;
}

int cli_args_open(struct cli_args **out, const struct cli_command *command, int argc, char **argv,
		  struct km_diag *d)
{
	struct getopt_tables t;
	struct cli_args *a = calloc(1, sizeof(*a));
	int err = -KM_ENOMEM;

	if (!a || tables_init(&t, command)) {
		free(a);
		return km_fail(d, KM_ENOMEM, "", "out of memory");
	}
	a->command = command;
	a->given = calloc((size_t)argc + 1, sizeof(*a->given));
	err = a->given ? take_all(a, &t, argc, argv, d) :
			 km_fail(d, KM_ENOMEM, "", "out of memory");
	tables_release(&t);
	if (!err)
		err = check_complete(a, d);
	if (err) {
		cli_args_close(a);
		return err;
	}
	*out = a;
	return 0;
}

void cli_args_close(struct cli_args *a)
{
	if (!a)
		return;
	free(a->given);
	free(a);
}

const struct cli_command *cli_args_command(const struct cli_args *a)
{
	return a->command;
}

bool cli_has(const struct cli_args *a, enum cli_option_id id)
{
	for (size_t i = 0; i < a->nr_given; i++)
		if (a->given[i].option->id == id)
			return true;
	return false;
}

const char *cli_value(const struct cli_args *a, enum cli_option_id id)
{
	for (size_t i = a->nr_given; i-- > 0;)
		if (a->given[i].option->id == id)
			return a->given[i].value;
	return NULL;
}

const char *cli_nth_value(const struct cli_args *a, enum cli_option_id id, size_t n)
{
	for (size_t i = 0; i < a->nr_given; i++)
		if (a->given[i].option->id == id && n-- == 0)
			return a->given[i].value;
	return NULL;
}

const char *cli_operand(const struct cli_args *a, size_t n)
{
	return n < a->nr_operands ? a->operands[n] : NULL;
}

/* ---- help ---- */

struct wrap {
	FILE *to;
	size_t column, indent;
};

/* One unbreakable piece of text, on a new line where it does not fit. */
static void wrap_piece(struct wrap *w, const char *piece)
{
	size_t len = strlen(piece);

	if (w->column > w->indent && w->column + 1 + len > HELP_WIDTH) {
		fprintf(w->to, "\n%*s", (int)w->indent, "");
		w->column = w->indent;
	} else if (w->column > w->indent) {
		fputc(' ', w->to);
		w->column++;
	}
	fputs(piece, w->to);
	w->column += len;
}

static void wrap_words(struct wrap *w, const char *text)
{
	char word[HELP_WIDTH];

	while (*text) {
		size_t len = strcspn(text, " ");

		snprintf(word, sizeof(word), "%.*s", (int)len, text);
		wrap_piece(w, word);
		text += len;
		text += strspn(text, " ");
	}
}

static void option_synopsis(const struct cli_option *o, char *out, size_t size)
{
	char flag[64];

	if (o->letter)
		snprintf(flag, sizeof(flag), "-%c", o->letter);
	else
		snprintf(flag, sizeof(flag), "--%s", o->name);
	snprintf(out, size, "%s%s%s%s%s%s%s", o->required ? "" : "[", flag,
		 o->arg_optional ? "[=" :
		 o->arg		 ? " " :
				   "",
		 o->arg ? o->arg : "", o->arg_optional ? "]" : "", o->repeats ? " ..." : "",
		 o->required ? "" : "]");
}

void cli_print_usage(FILE *to, const struct cli_command *c)
{
	char piece[128];
	int lead = fprintf(to, "usage: kmemlab %s", c->name);
	struct wrap w = { to, (size_t)lead, strlen("usage: kmemlab ") };

	for (size_t i = 0; i < c->nr_options; i++) {
		if (c->options[i].id == OPT_HELP)
			continue;
		option_synopsis(&c->options[i], piece, sizeof(piece));
		wrap_piece(&w, piece);
	}
	if (*c->operands)
		wrap_piece(&w, c->operands);
	fputc('\n', to);
}

static void print_option(FILE *to, const struct cli_option *o)
{
	char left[128];
	int n = o->letter ? snprintf(left, sizeof(left), "  -%c, --%s", o->letter, o->name) :
			    snprintf(left, sizeof(left), "      --%s", o->name);

	if (o->arg)
		snprintf(left + n, sizeof(left) - (size_t)n, o->arg_optional ? "[=%s]" : " %s",
			 o->arg);
	fprintf(to, "%-*s", HELP_COLUMN, left);
	if (strlen(left) >= HELP_COLUMN)
		fprintf(to, "\n%*s", HELP_COLUMN, "");
	wrap_words(&(struct wrap){ to, HELP_COLUMN, HELP_COLUMN }, o->help);
	fputc('\n', to);
}

void cli_print_help(FILE *to, const struct cli_command *c)
{
	cli_print_usage(to, c);
	fprintf(to, "\n");
	wrap_words(&(struct wrap){ to, 0, 0 }, c->details);
	fprintf(to, "\n");
	if (c->nr_options)
		fprintf(to, "\n");
	for (size_t i = 0; i < c->nr_options; i++)
		print_option(to, &c->options[i]);
}

void cli_print_commands(FILE *to)
{
	for (size_t i = 0; i < cli_nr_commands(); i++)
		fprintf(to, "  %-10s%s\n", cli_command_at(i)->name, cli_command_at(i)->summary);
}
