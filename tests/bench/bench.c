/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `make bench` measures inside the process; each line is "NAME VALUE…" for run.sh to put side
 * by side.
 *
 *	bench loop            a fixed loop, to compare hosts by
 *	bench read TRACE      reading and decoding alone
 *	bench observe TRACE   observe replay of events that are held in memory
 *	bench machine GIB     opening a machine of so much memory
 */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "cli/passes.h"
#include "cli/scoreboard.h"
#include "cli/term.h"

enum { BATCH = 4096, LOOP_ROUNDS = 200000000, REPEATS = 3 };

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static uint64_t peak_kib(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (uint64_t)u.ru_maxrss;
}

static int bench_loop(void)
{
	uint64_t begin = now_ns();
	volatile uint64_t out;
	uint64_t x = 88172645463325252;

	for (int i = 0; i < LOOP_ROUNDS; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
	}
	out = x;
	printf("loop_ns %" PRIu64 "\n", now_ns() - begin);
	return out ? EXIT_DONE : EXIT_HOST;
}

static int bench_read(const char *path)
{
	struct km_event *buf = malloc(BATCH * sizeof(*buf));
	struct km_diag d = { 0 };
	struct trace *t;
	uint64_t begin = now_ns(), events = 0;
	int64_t n;

	if (!buf || trace_open(&t, path, &d)) {
		free(buf);
		return term_error(&d);
	}
	while ((n = trace_read(t, buf, BATCH, &d)) > 0)
		events += (uint64_t)n;
	uint64_t took = now_ns() - begin;

	trace_close(t);
	free(buf);
	if (n < 0)
		return term_error(&d);
	printf("read_ns %" PRIu64 "\nread_events %" PRIu64 "\n", took, events);
	return EXIT_DONE;
}

/* ---- observe ---- */

struct held {
	struct km_event *events;
	size_t nr, room;
};

static int hold_all(struct held *h, struct trace *t, struct km_diag *d)
{
	int64_t n;

	do {
		if (h->room - h->nr < BATCH) {
			h->room = h->room ? h->room * 2 : 16 * BATCH;
			struct km_event *more = realloc(h->events, h->room * sizeof(*more));

			if (!more)
				return km_fail(d, KM_ENOMEM, "", "out of memory");
			h->events = more;
		}
		n = trace_read(t, h->events + h->nr, BATCH, d);
		h->nr += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	return (int)n;
}

static int replay_held(const struct prepared *p, const struct held *h, uint64_t *survey_ns,
		       uint64_t *replay_ns, struct replay_totals *totals, struct km_diag *d)
{
	struct scoreboard board = { 0 };
	struct scoreboard_lane lane = { &board, 0 };
	struct km_sink sink = scoreboard_sink(&lane);
	struct replay *r;
	int err = replay_open(&r, &p->replay, trace_strings(p->trace), &sink, d);

	if (err)
		return err;
	uint64_t begin = now_ns(), middle = begin;

	err = replay_survey(r, h->events, h->nr, d);
	middle = now_ns();
	if (!err)
		err = replay_start(r, d);
	if (!err)
		err = replay_feed(r, h->events, h->nr, d);
	if (!err)
		err = replay_finish(r, d);
	*survey_ns = middle - begin;
	*replay_ns = now_ns() - middle;
	replay_totals(r, totals);
	replay_close(r);
	scoreboard_release(&board);
	return err;
}

static int bench_observe_prepared(struct prepared *p, const struct cli_args *args,
				  struct km_diag *d)
{
	struct held held = { 0 };
	struct replay_totals totals = { 0 };
	uint64_t best_survey = UINT64_MAX, best_replay = UINT64_MAX;
	int err = prepare_machine(p, args, d);

	p->replay.nr_samples = 0;
	if (!err)
		err = hold_all(&held, p->trace, d);
	for (int i = 0; !err && i < REPEATS; i++) {
		uint64_t survey, replay;

		err = replay_held(p, &held, &survey, &replay, &totals, d);
		best_survey = survey < best_survey ? survey : best_survey;
		best_replay = replay < best_replay ? replay : best_replay;
	}
	free(held.events);
	if (!err)
		printf("survey_ns %" PRIu64 "\nreplay_ns %" PRIu64 "\nevents %" PRIu64
		       "\npage_events %" PRIu64 "\n",
		       best_survey, best_replay, totals.events, totals.page_events);
	return err;
}

static int bench_observe(char *path)
{
	char *words[] = { "replay", path, "-o", "unused", NULL };
	struct prepared p = { 0 };
	struct cli_args *args;
	struct km_diag d = { 0 };

	if (cli_args_open(&args, &command_replay, 4, words, &d))
		return term_error(&d);
	int err = prepare_trace(&p, args, &d);

	if (!err)
		err = bench_observe_prepared(&p, args, &d);
	prepared_release(&p);
	cli_args_close(args);
	return err ? term_error(&d) : EXIT_DONE;
}

/* ---- a large machine ---- */

static void describe_zone(struct km_snap_zone *z, unsigned int index, const char *name,
			  uint64_t start, uint64_t end)
{
	uint64_t pages = end - start;

	*z = (struct km_snap_zone){ .index = index, .populated = true };
	snprintf(z->name, sizeof(z->name), "%s", name);
	z->start_pfn = start;
	z->spanned = z->present = z->managed = pages;
	z->free = pages;
	z->min = pages / 1024;
	z->low = z->min + z->min / 4;
	z->high = z->min + z->min / 2;
}

static int bench_machine(uint64_t gib)
{
	struct km_snap_pageset pagesets[3] = { { .high = 0, .batch = 1 },
					       { .high = 4096, .batch = 63 },
					       { .high = 4096, .batch = 63 } };
	struct km_snap_zone zones[3];
	struct km_snapshot seed = { .label = "start",
				    .nr_orders = 11,
				    .pageblock_order = 9,
				    .zones = zones,
				    .nr_zones = 3 };
	struct scoreboard board = { 0 };
	struct scoreboard_lane lane = { &board, 0 };
	struct km_sink sink = scoreboard_sink(&lane);
	struct replay_config config = { .nr_cpus = 1, .seed = &seed };
	struct km_event none = { .kind = KM_EV_OTHER };
	struct km_diag d = { 0 };
	struct strtab *strings;
	struct replay *r = NULL;

	describe_zone(&zones[0], 0, "DMA", 1, 4096);
	describe_zone(&zones[1], 1, "DMA32", 4096, UINT64_C(1) << 20);
	describe_zone(&zones[2], 2, "Normal", UINT64_C(1) << 20, gib << 18);
	for (int i = 0; i < 3; i++) {
		zones[i].pagesets = &pagesets[i];
		zones[i].nr_pagesets = 1;
	}
	config.profile = kernel_profile_at(kernel_profile_count() - 1);
	memset(config.tunables.lowmem_reserve_ratio, 0xff,
	       sizeof(config.tunables.lowmem_reserve_ratio));
	config.tunables.min_free_kbytes = config.tunables.watermark_scale_factor = -1;
	config.tunables.watermark_boost_factor = config.tunables.percpu_pagelist_high_fraction = -1;
	if (strtab_open(&strings))
		return term_fail(EXIT_HOST, "out of memory");
	uint64_t before = peak_kib(), begin = now_ns();
	int err = replay_open(&r, &config, strings, &sink, &d);

	if (!err)
		err = replay_survey(r, &none, 1, &d);
	if (!err)
		err = replay_start(r, &d);
	printf("machine_ns %" PRIu64 "\nmachine_kib %" PRIu64 "\n", now_ns() - begin,
	       peak_kib() - before);
	replay_close(r);
	scoreboard_release(&board);
	strtab_close(strings);
	return err ? term_error(&d) : EXIT_DONE;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "loop"))
		return bench_loop();
	if (argc == 3 && !strcmp(argv[1], "read"))
		return bench_read(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "observe"))
		return bench_observe(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "machine"))
		return bench_machine(strtoull(argv[2], NULL, 10));
	fputs("usage: bench loop | read TRACE | observe TRACE | machine GIB\n", stderr);
	return EXIT_USAGE;
}
