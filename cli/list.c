/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemlab list: walk the tables.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/costs.h"
#include "cli/options_common.h"
#include "cli/scoreboard.h"
#include "cli/suggest.h"
#include "cli/term.h"
#include "cli/tlb_spec.h"
#include "engine/variant/profile.h"
#include "reports/plots.h"
#include "traces/reader.h"

/* One row of a table: false beyond the last. */
struct row {
	const char *name, *describe;
	int validated;			  /* kernels: 0 or 1; -1 elsewhere */
	char releases[40];		  /* kernels: those it stands for */
	char text[TLB_DESCRIBE_LEN + 64]; /* instead of describe */
};

struct table {
	const char *name;
	bool (*row_at)(size_t i, struct row *out);
};

static bool kernel_at(size_t i, struct row *out)
{
	if (i >= kernel_profile_count())
		return false;
	const struct kernel_profile *p = kernel_profile_at(i);

	*out = (struct row){ kernel_profile_name(p), kernel_profile_describe(p),
			     kernel_profile_validated(p), "", "" };
	kernel_profile_span(p, out->releases, sizeof(out->releases));
	return true;
}

static bool reader_at(size_t i, struct row *out)
{
	if (i >= trace_nr_readers())
		return false;
	*out = (struct row){ trace_reader_at(i)->name, trace_reader_at(i)->describe, -1, "", "" };
	return true;
}

static bool metric_at(size_t i, struct row *out)
{
	if (i >= fidelity_nr_metrics())
		return false;
	*out = (struct row){ fidelity_metric_at(i)->name, fidelity_metric_at(i)->describe, -1, "",
			     "" };
	return true;
}

static bool plot_at(size_t i, struct row *out)
{
	size_t n;
	const struct plot *all = plots(&n);

	if (i >= n)
		return false;
	*out = (struct row){ all[i].name, all[i].title, -1, "", "" };
	return true;
}

static bool tlb_at(size_t i, struct row *out)
{
	struct tlb_spec *s = i < tlb_nr_shipped() ? malloc(sizeof(*s)) : NULL;
	bool good = s && !tlb_spec_find(s, tlb_shipped_name(i), NULL);

	if (good) {
		*out = (struct row){ tlb_shipped_name(i), "", -1, "", "" };
		snprintf(out->text, sizeof(out->text), "%s; %u of %u numbers verified", s->describe,
			 tlb_spec_count(s, TLB_VERIFIED), s->nr_marks);
	}
	free(s);
	return good;
}

static bool cost_at(size_t i, struct row *out)
{
	struct cost_table *t = i < costs_nr_shipped() ? malloc(sizeof(*t)) : NULL;
	bool good = t && !costs_find(t, costs_shipped_name(i), NULL);

	if (good) {
		*out = (struct row){ costs_shipped_name(i), "", -1, "", "" };
		snprintf(out->text, sizeof(out->text), "%s; %u of %u numbers verified", t->describe,
			 costs_count(t, COST_VERIFIED), (unsigned int)COST_NR_ITEMS);
	}
	free(t);
	return good;
}

static const struct table tables[] = {
	{ "kernels", kernel_at }, { "readers", reader_at }, { "metrics", metric_at },
	{ "tlbs", tlb_at },	  { "costs", cost_at },	    { "plots", plot_at },
};

enum { NR_TABLES = sizeof(tables) / sizeof(tables[0]) };

static void print_text(const struct table *t)
{
	struct row row;

	for (size_t i = 0; t->row_at(i, &row); i++) {
		bool span = row.releases[0] && strcmp(row.releases, row.name) != 0;

		printf("%-16s %s%s%s%s\n", row.name, span ? row.releases : "", span ? ": " : "",
		       *row.text ? row.text : row.describe,
		       row.validated == 0 ? " (no capture has been held against it)" : "");
	}
}

static void print_json(const struct table *t)
{
	struct row row;

	putchar('[');
	for (size_t i = 0; t->row_at(i, &row); i++) {
		fputs(i ? ",\n {\"name\": " : "{\"name\": ", stdout);
		term_json(stdout, row.name);
		fputs(", \"describe\": ", stdout);
		term_json(stdout, *row.text ? row.text : row.describe);
		if (row.validated >= 0) {
			fputs(", \"releases\": ", stdout);
			term_json(stdout, row.releases);
			printf(", \"validated\": %s", row.validated ? "true" : "false");
		}
		putchar('}');
	}
	puts("]");
}

static int unknown_table(const char *name)
{
	struct suggestion s = { .word = name };
	char known[128] = "";
	size_t n = 0;

	for (size_t i = 0; i < NR_TABLES; i++) {
		suggestion_offer(&s, tables[i].name);
		n += (size_t)snprintf(known + n, sizeof(known) - n, " %s", tables[i].name);
	}
	if (s.best)
		return term_fail(EXIT_USAGE, "list: there is no table '%s'; did you mean '%s'?",
				 name, s.best);
	return term_fail(EXIT_USAGE, "list: there is no table '%s'; there are:%s", name, known);
}

static int run_list(const struct cli_args *args)
{
	const char *name = cli_operand(args, 0);

	for (size_t i = 0; i < NR_TABLES; i++) {
		if (strcmp(tables[i].name, name))
			continue;
		if (cli_has(args, OPT_JSON))
			print_json(&tables[i]);
		else
			print_text(&tables[i]);
		return EXIT_DONE;
	}
	return unknown_table(name);
}

static const struct cli_option options[] = { OPTION_JSON, OPTION_HELP };

const struct cli_command command_list = {
	.name = "list",
	.operands = "kernels|readers|metrics|tlbs|costs|plots",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "show the kernels, readers, metrics, TLBs, tables of costs and plots there are",
	.details = "Print one of the program's own tables.",
	.options = options,
	.nr_options = sizeof(options) / sizeof(options[0]),
	.run = run_list,
};
