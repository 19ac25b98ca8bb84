/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fidelity rows of one or more replays, collected in memory, and the metrics by name.
 */
#ifndef CLI_SCOREBOARD_H
#define CLI_SCOREBOARD_H

#include "cli/command.h"
#include "cli/slab_delta.h"
#include "cli/traced_rows.h"
#include "engine/result.h"

struct fidelity_metric {
	const char *name, *describe;
	bool simulated; /* of a run that goes its own way: verify, which obeys, has none of it */
};

/* The metrics that verify reports (spec/interface.md §5), in the order in which they are shown. */
size_t fidelity_nr_metrics(void);
const struct fidelity_metric *fidelity_metric_at(size_t i);
bool fidelity_is_metric(const char *name);

struct score {
	char metric[64], scope[64];
	uint64_t hits, total;
	unsigned int source; /* which replay said so */
};

struct scoreboard {
	struct score *rows;
	size_t nr, room;
};

/*
 * One replay that reports to a board; the sink keeps fidelity rows, shows states to @traced and
 * @delta, where there are such, and lets everything else pass.
 */
struct scoreboard_lane {
	struct scoreboard *board;
	unsigned int source;
	struct traced_rows *traced;
	struct slab_delta *delta;
};

struct km_sink scoreboard_sink(struct scoreboard_lane *lane);

/* Where two replays report one metric, keep the first's. */
void scoreboard_settle(struct scoreboard *b);
const struct score *scoreboard_find(const struct scoreboard *b, const char *metric,
				    const char *scope);
void scoreboard_print_text(const struct scoreboard *b);
void scoreboard_print_json(const struct scoreboard *b);
void scoreboard_release(struct scoreboard *b);

#endif
