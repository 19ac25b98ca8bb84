/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/counting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/losses.h"
#include "cli/open.h"
#include "cli/progress.h"
#include "cli/suggest.h"
#include "cli/time_range.h"
#include "traces/dialect.h"

enum { BATCH_EVENTS = 4096 };

/* ---- what is wanted ---- */

static const char *const group_words[] = {
	[CALLSITES_FUNCTION] = "callsite", [CALLSITES_MODULE] = "module", [CALLSITES_DIRECTORY] = "directory"
};

/* The index of @word among them, or -1. */
static int group_word(const char *word)
{
	for (int i = 0; i < 3; i++)
		if (!strcmp(word, group_words[i]))
			return i;
	return -1;
}

static int no_group(const char *word, struct km_diag *d)
{
	struct suggestion s = { .word = word };

	for (int i = 0; i < 3; i++)
		suggestion_offer(&s, group_words[i]);
	if (s.best)
		return km_fail(d, KM_EUSAGE, "--group-by",
			       "there is no group '%s'; did you mean '%s'?", word, s.best);
	return km_fail(d, KM_EUSAGE, "--group-by",
		       "there is no group '%s'; there are %s, %s and %s", word, group_words[0],
		       group_words[1], group_words[2]);
}

int counting_group_by(struct counting *c, const struct cli_args *args,
		      bool (*other)(void *ctx, const char *word), void *ctx, struct km_diag *d)
{
	const char *at = cli_value(args, OPT_GROUP_BY);
	int by = cli_has(args, OPT_CALLER) ? CALLSITES_FUNCTION : -1;

	for (bool more = at; more;) {
		char word[32];
		size_t len = strcspn(at, ",");

		snprintf(word, sizeof(word), "%.*s", (int)len, at);
		int is = group_word(word);

		if (is >= 0 && by >= 0 && is != by)
			return km_fail(d, KM_EUSAGE, "--group-by",
				       "by %s or by %s: one of them at a time", group_words[by],
				       group_words[is]);
		if (is < 0 && !other(ctx, word))
			return no_group(word, d);
		by = is >= 0 ? is : by;
		more = at[len] == ',';
		at += len + more;
	}
	c->by = by >= 0 ? (enum callsites_by)by : CALLSITES_FUNCTION;
	return 0;
}

int counting_format(const struct cli_args *args, const char *command, struct km_diag *d)
{
	return cli_has(args, OPT_CSV) && cli_has(args, OPT_JSON) ?
		       km_fail(d, KM_EUSAGE, command, "--csv and --json do not go together") :
		       0;
}

int counting_open(struct counting *c, const struct cli_args *args, struct km_diag *d)
{
	struct callsites_config config = { .kallsyms = cli_value(args, OPT_KALLSYMS),
					   .vmlinux = cli_value(args, OPT_VMLINUX),
					   .address = cli_has(args, OPT_ADDRESS),
					   .by = c->by };
	int err = cli_open_trace(&c->trace, cli_operand(args, 0), d);

	if (err)
		return err;
	err = time_range_apply(args, c->trace, d);
	if (!err)
		err = callsites_open(&c->sites, c->trace, &config, d);
	if (err)
		trace_close(c->trace);
	else if (callsites_lacks_directories(c->sites))
		term_warn("directories take a --vmlinux with debug information: modules stand in "
			  "their place");
	return err;
}

void counting_close(struct counting *c)
{
	callsites_close(c->sites);
	trace_close(c->trace);
}

/* ---- the one pass ---- */

static void count_of(struct counting_class *class, bool free)
{
	class->events++;
	class->frees += free;
}

static void count(struct counting *c, const struct km_event *ev, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		switch (ev[i].kind) {
		case KM_EV_KMALLOC:
		case KM_EV_CACHE_ALLOC:
		case KM_EV_KFREE:
		case KM_EV_CACHE_FREE:
			count_of(&c->slab,
				 ev[i].kind == KM_EV_KFREE || ev[i].kind == KM_EV_CACHE_FREE);
			break;
		case KM_EV_PAGE_ALLOC:
		case KM_EV_PAGE_FREE:
			count_of(&c->page, ev[i].kind == KM_EV_PAGE_FREE);
			break;
		case KM_EV_LOST:
			c->lost += ev[i].num[0];
			c->lost_unknown |= !ev[i].num[0];
			break;
		default:
			break;
		}
	}
	c->nr_events += n;
}

static void count_losses(struct counting *c)
{
	struct trace_lost lost;

	trace_lost(c->trace, &lost);
	c->lost_unknown |= lost.unknown;
	if (lost.events > c->lost)
		c->lost = lost.events;
	if (!c->lost && (lost.any || c->lost_unknown))
		c->lost = 1;
}

static int64_t read_all(struct counting *c, struct km_event *buf, struct progress *p,
			struct km_diag *d)
{
	int64_t n;

	while ((n = trace_read(c->trace, buf, BATCH_EVENTS, d)) > 0) {
		count(c, buf, (size_t)n);
		if (callsites_rewrite(c->sites, buf, (size_t)n) || c->feed(c->ctx, buf, (size_t)n))
			return km_fail(d, KM_ENOMEM, "", "out of memory");
		progress_trace(p, "read", c->trace, (uint64_t)n);
	}
	if ((n == -KM_ETRUNC || n == -KM_EFORMAT) && c->nr_events) {
		c->damage = *d;
		return 0;
	}
	return n;
}

int counting_run(struct counting *c, const struct cli_args *args, struct km_diag *d)
{
	struct km_event *buf = malloc(BATCH_EVENTS * sizeof(*buf));
	struct progress p;

	if (!buf)
		return km_fail(d, KM_ENOMEM, "", "out of memory");
	progress_init(&p, args, 1);
	int err = (int)read_all(c, buf, &p, d);

	progress_release(&p);
	free(buf);
	if (!err && !c->nr_events)
		err = km_fail(d, KM_EFORMAT, trace_info(c->trace)->path,
			      "there is not one event in it; was tracing on, and are the kmem "
			      "events enabled?");
	count_losses(c);
	return err;
}

bool counting_batched_are_frees(const struct counting *c)
{
	unsigned int major, minor;

	return sscanf(trace_info(c->trace)->kernel, "%u.%u", &major, &minor) == 2 &&
	       (major < 3 || (major == 3 && minor < 3));
}

uint64_t counting_lost_of(const struct counting *c, uint64_t seen)
{
	unsigned __int128 lost = (unsigned __int128)c->lost * seen;

	if (c->lost_unknown)
		return UINT64_MAX;
	return c->nr_events ? (uint64_t)((lost + c->nr_events - 1) / c->nr_events) : 0;
}

void counting_gfp(const struct counting *c, uint32_t gfp, char out[COUNTING_GFP_LEN])
{
	dialect_gfp_write(dialect_find(trace_info(c->trace)->kernel), gfp, out, COUNTING_GFP_LEN);
	if (!*out)
		snprintf(out, COUNTING_GFP_LEN, "other");
}

const char *counting_at_least(const struct counting *c)
{
	return c->lost_unknown ? "at least " : "";
}

/* ---- what is said of the trace ---- */

static const char *or_unknown(const char *text)
{
	return *text ? text : "unknown";
}

void counting_print_head(const struct counting *c)
{
	const struct trace_info *info = trace_info(c->trace);
	const struct trace_loss *losses;
	size_t n = trace_losses(c->trace, &losses);
	char a[TERM_COUNT_LEN], cpu[LOSSES_TEXT_LEN];

	term_text(stdout, info->path);
	fputs("\n  kernel ", stdout);
	term_text(stdout, or_unknown(info->kernel));
	fputs(", ", stdout);
	term_text(stdout, or_unknown(info->arch));
	printf(", %s events\n", term_count(a, c->nr_events));
	if (!c->lost)
		return;
	if (c->lost_unknown)
		puts("  LOST: events are missing, it is not known how many; what follows counts "
		     "what was seen");
	else
		printf("  LOST: %s events are missing; what follows counts what was seen\n",
		       term_count(a, c->lost));
	for (size_t i = 0; i < n; i++) {
		printf("  LOST: %s, %s events (", losses_cpu(cpu, &losses[i]),
		       losses[i].lost_events ? term_count(a, losses[i].lost_events) : "some");
		term_text(stdout, losses[i].event_class);
		puts(")");
	}
}

void counting_json_head(const struct counting *c)
{
	const struct trace_info *info = trace_info(c->trace);

	fputs("\"path\": ", stdout);
	term_json(stdout, info->path);
	printf(", \"format\": \"%s\", \"kernel\": ", info->format);
	term_json(stdout, info->kernel);
	fputs(", \"arch\": ", stdout);
	term_json(stdout, info->arch);
	printf(",\n \"events\": %" PRIu64 ", \"lost_events\": %" PRIu64
	       ", \"lost_unknown\": %s, \"lost_frees_expected\": ",
	       c->nr_events, c->lost, c->lost_unknown ? "true" : "false");
	if (c->lost_unknown)
		fputs("null", stdout);
	else
		printf("%" PRIu64, counting_lost_of(c, c->slab.frees + c->page.frees));
	printf(", \"truncated\": %s", c->damage.code ? "true" : "false");
}

int counting_status(const struct counting *c, const struct cli_args *args)
{
	if (c->damage.code)
		return term_error(&c->damage);
	return c->lost && cli_has(args, OPT_STRICT) ? EXIT_FOUND : EXIT_DONE;
}

/* ---- values and fields ---- */

const char *counting_moment(const struct counting *c, char buf[TERM_COUNT_LEN], uint64_t ns)
{
	return trace_info(c->trace)->clock_counts ? term_count(buf, ns) : term_seconds(buf, ns);
}

const char *counting_unit(const struct counting *c)
{
	return trace_info(c->trace)->clock_counts ? "" : " s";
}

bool counting_seconds(const char *text, uint64_t *ns)
{
	size_t whole = strspn(text, "0123456789"), part = 0;
	uint64_t value = 0, unit = 1000000000;

	if (text[whole] == '.')
		part = strspn(text + whole + 1, "0123456789");
	if (whole > 9 || part > 9 || !(whole + part) || text[whole + (text[whole] == '.') + part])
		return false;
	for (size_t i = 0; i < whole; i++)
		value = value * 10 + (uint64_t)(text[i] - '0');
	value *= unit;
	for (size_t i = 0; i < part; i++)
		value += (uint64_t)(text[whole + 1 + i] - '0') * (unit /= 10);
	*ns = value;
	return true;
}

int counting_lines(const struct cli_args *args, size_t none, size_t *out, struct km_diag *d)
{
	const char *text = cli_value(args, OPT_LINES);
	size_t n = text ? strspn(text, "0123456789") : 0;

	*out = none;
	if (!text)
		return 0;
	if (!n || text[n] || n > 9)
		return km_fail(d, KM_EUSAGE, "--lines", "'%s' is no number of lines", text);
	*out = strtoul(text, NULL, 10);
	return 0;
}
