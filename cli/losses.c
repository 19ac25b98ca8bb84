/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/losses.h"

#include <stdio.h>

#include "cli/term.h"

const char *losses_number(char out[LOSSES_TEXT_LEN], const struct trace_lost *lost)
{
	char count[TERM_COUNT_LEN];

	if (lost->events)
		snprintf(out, LOSSES_TEXT_LEN, "%s%s", term_count(count, lost->events),
			 lost->unknown ? " and more" : "");
	else
		snprintf(out, LOSSES_TEXT_LEN, "an unknown number of");
	return out;
}

const char *losses_cpu(char out[LOSSES_TEXT_LEN], const struct trace_loss *loss)
{
	if (loss->cpu == TRACE_ALL_CPUS)
		snprintf(out, LOSSES_TEXT_LEN, "all CPUs");
	else
		snprintf(out, LOSSES_TEXT_LEN, "CPU %u", loss->cpu);
	return out;
}

int losses_cpu_number(const struct trace_loss *loss)
{
	return loss->cpu == TRACE_ALL_CPUS ? -1 : (int)loss->cpu;
}

int losses_judge(const struct cli_args *args, const struct trace *t, const char *consequence)
{
	char number[LOSSES_TEXT_LEN];
	struct trace_lost lost;

	trace_lost(t, &lost);
	if (!lost.any)
		return EXIT_DONE;
	term_warn("the trace lost %s events%s", losses_number(number, &lost), consequence);
	return cli_has(args, OPT_STRICT) ? EXIT_FOUND : EXIT_DONE;
}
