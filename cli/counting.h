/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A trace read once by something that only counts: stat and leaks. No model, no configuration.
 */
#ifndef CLI_COUNTING_H
#define CLI_COUNTING_H

#include "cli/callsites.h"
#include "cli/command.h"
#include "cli/term.h"

/* What was seen of a class of events. */
struct counting_class {
	uint64_t events, frees;
};

struct counting {
	enum callsites_by by; /* to be set before counting_open() */
	struct trace *trace;
	struct callsites *sites;
	/* Takes the events; returns 0 or -KM_E…. */
	int (*feed)(void *ctx, const struct km_event *ev, size_t n);
	void *ctx;

	uint64_t nr_events;		  /* found */
	struct counting_class slab, page; /* of them */
	uint64_t lost; /* events; where it is not known how many, the least there are */
	bool lost_unknown;
	struct km_diag damage; /* code != 0: the input breaks off there */
};

/*
 * --group-by of @args, a list of words: callsite, module and directory set @c->by, of which there
 * may be one; any other goes to @other, which says whether it is a word of its command.
 */
int counting_group_by(struct counting *c, const struct cli_args *args,
		      bool (*other)(void *ctx, const char *word), void *ctx,
		      struct km_diag *d) KM_MUST_CHECK;

/* Open what @args name, within --time. On error nothing needs counting_close(). */
int counting_open(struct counting *c, const struct cli_args *args, struct km_diag *d) KM_MUST_CHECK;
void counting_close(struct counting *c);

/* Read to the end, or to the damage. */
int counting_run(struct counting *c, const struct cli_args *args, struct km_diag *d) KM_MUST_CHECK;

/* gfp flags as the trace's kernel prints them; "other" for what it has no name for. */
enum { COUNTING_GFP_LEN = 640 };
void counting_gfp(const struct counting *c, uint32_t gfp, char out[COUNTING_GFP_LEN]);

/* "at least " where the number of lost events is not known, else "". */
const char *counting_at_least(const struct counting *c);

/* Before 3.3, a batched free has no other event beside it. */
bool counting_batched_are_frees(const struct counting *c);

/*
 * What is to be expected among the lost events where they were like those seen: of @seen, a number
 * of this trace's events; UINT64_MAX: nobody counted them. Live numbers are too high by at most the
 * frees among them.
 */
uint64_t counting_lost_of(const struct counting *c, uint64_t seen);

/* Path, kernel, events and losses, in words and as members of a JSON object. */
void counting_print_head(const struct counting *c);
void counting_json_head(const struct counting *c);

/* Damage on stderr, and the exit status of a run that came to its end. */
int counting_status(const struct counting *c, const struct cli_args *args);

/* A moment or a span of the trace's clock: "12.345678", or a number of a clock that counts. */
const char *counting_moment(const struct counting *c, char buf[TERM_COUNT_LEN], uint64_t ns);
/* " s" or "", for what counting_moment() gives. */
const char *counting_unit(const struct counting *c);

/* --json and --csv go together with nothing; @command's name for the error. */
int counting_format(const struct cli_args *args, const char *command,
		    struct km_diag *d) KM_MUST_CHECK;

/* "12", "1.5", ".25" seconds as nanoseconds; false for anything else. */
bool counting_seconds(const char *text, uint64_t *ns);

/* -n LINES; @none where it is not given. */
int counting_lines(const struct cli_args *args, size_t none, size_t *out,
		   struct km_diag *d) KM_MUST_CHECK;

#endif
