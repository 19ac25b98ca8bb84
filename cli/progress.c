/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/progress.h"

#include <time.h>
#include <unistd.h>

#include "cli/term.h"

/* Of two passes, the first only looks: about a quarter of the work. */
enum { BAR_CELLS = 30, MILLION = 1000000, FIRST_OF_TWO = MILLION / 4 };

static const uint64_t first_after_ns = 500000000, every_ns = 100000000, second_ns = 1000000000;

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * second_ns + (uint64_t)t.tv_nsec;
}

void progress_init(struct progress *p, const struct cli_args *args, unsigned int nr_passes)
{
	*p = (struct progress){ .nr_passes = nr_passes };
	p->enabled = !cli_has(args, OPT_NO_PROGRESS) && !cli_has(args, OPT_QUIET) &&
		     isatty(STDERR_FILENO);
	if (p->enabled)
		p->begin_ns = p->last_ns = now_ns();
}

/* Share of all passes, from the share of this one. */
static uint64_t whole_ppm(const struct progress *p, uint32_t ppm)
{
	if (p->nr_passes == 1)
		return ppm;
	if (!p->pass)
		return (uint64_t)ppm * FIRST_OF_TWO / MILLION;
	return FIRST_OF_TWO + (uint64_t)ppm * (MILLION - FIRST_OF_TWO) / MILLION;
}

static void draw_stream(struct progress *p, const char *what, uint64_t elapsed_ns)
{
	uint64_t elapsed_ms = elapsed_ns / 1000000;
	char rate[TERM_COUNT_LEN], events[TERM_COUNT_LEN];

	fprintf(stderr, "\r%-8s %s events, %" PRIu64 " MiB, %s events/s\033[K", what,
		term_count(events, p->events), p->streamed >> 20,
		term_count(rate, elapsed_ms ? p->events * 1000 / elapsed_ms : 0));
	fflush(stderr);
	p->drawn = true;
}

static void draw_bar(const char *what, uint64_t done)
{
	unsigned int cells = (unsigned int)(done * BAR_CELLS / MILLION);

	fprintf(stderr, "\r%-8s [", what);
	for (unsigned int i = 0; i < BAR_CELLS; i++)
		fputc(i < cells ? '#' : ' ', stderr);
	fprintf(stderr, "] %3u %%  ", (unsigned int)(done * 100 / MILLION));
}

static void draw_left(struct progress *p, uint64_t done, uint64_t elapsed_ms)
{
	if (done) {
		uint64_t left_s = (elapsed_ms * MILLION / done - elapsed_ms + 999) / 1000;

		fprintf(stderr, "  %" PRIu64 ":%02" PRIu64 " left", left_s / 60, left_s % 60);
	}
	fputs("\033[K", stderr);
	fflush(stderr);
	p->drawn = true;
}

static void draw(struct progress *p, const char *what, uint32_t ppm, uint64_t elapsed_ns)
{
	uint64_t done = whole_ppm(p, ppm);
	char rate[TERM_COUNT_LEN];
	uint64_t elapsed_ms = elapsed_ns / 1000000;

	draw_bar(what, done);
	fprintf(stderr, "%s events/s",
		term_count(rate, elapsed_ms ? p->events * 1000 / elapsed_ms : 0));
	draw_left(p, done, elapsed_ms);
}

void progress_runs(struct progress *p, const char *what, size_t done, size_t all)
{
	uint64_t share = all ? (uint64_t)done * MILLION / all : 0;
	uint64_t elapsed_ns = p->enabled ? now_ns() - p->begin_ns : 0;

	if (!p->enabled || elapsed_ns < first_after_ns)
		return;
	draw_bar(what, share);
	fprintf(stderr, "%zu of %zu runs", done, all);
	draw_left(p, share, elapsed_ns / 1000000);
}

void progress_step(struct progress *p, const char *what, uint32_t ppm, uint64_t events)
{
	p->events += events;
	if (!p->enabled)
		return;
	uint64_t now = now_ns();

	if (now - p->begin_ns < first_after_ns || now - p->last_ns < every_ns)
		return;
	p->last_ns = now;
	if (p->streamed)
		draw_stream(p, what, now - p->begin_ns);
	else
		draw(p, what, ppm < MILLION ? ppm : MILLION, now - p->begin_ns);
}

void progress_trace(struct progress *p, const char *what, const struct trace *t, uint64_t events)
{
	p->streamed = trace_is_stream(t) ? trace_streamed_bytes(t) : 0;
	progress_step(p, what, trace_progress_ppm(t), events);
}

void progress_next_pass(struct progress *p)
{
	if (p->pass + 1 < p->nr_passes)
		p->pass++;
}

void progress_release(struct progress *p)
{
	if (p->drawn)
		fputs("\r\033[K", stderr);
	p->enabled = p->drawn = false;
}
