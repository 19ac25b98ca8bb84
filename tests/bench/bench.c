/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `make bench` measures inside the process; each line is "NAME VALUE…" for run.sh to put side
 * by side.
 *
 *	bench loop            a fixed loop, to compare hosts by
 *	bench read TRACE      reading and decoding alone
 *	bench observe TRACE   observe replay of events that are held in memory
 *	bench predict TRACE   the same, predicted
 *	bench pages TRACE     observe replay without the objects
 *	bench pages-predict TRACE
 *			      the same, predicted
 *	bench machine GIB     opening a machine of so much memory
 *	bench simulate CPUS NODES GIB AWAY
 *			      a cold start and made events on such a machine; AWAY of a hundred
 *			      objects are freed by another CPU than the one that got them
 *	bench vmalloc KERNEL  10,000 areas of a page, of which one goes and comes back at a time
 *	bench tlb WAYS BYTES EACH
 *			      look-ups of a TLB at random places over so many bytes, EACH at a
 *			      place
 */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/passes.h"
#include "cli/scoreboard.h"
#include "cli/term.h"
#include "engine/core/gfp.h"
#include "engine/machine/layout.h"
#include "tests/bench/bench.h"

enum { BATCH = 4096, LOOP_ROUNDS = 200000000, REPEATS = 3 };

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

/* Resident now; 0: this host does not say. */
static uint64_t resident_kib(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long pages = 0;

	if (f && fscanf(f, "%*u %lu", &pages) != 1)
		pages = 0;
	if (f)
		fclose(f);
	return pages * ((uint64_t)sysconf(_SC_PAGESIZE) / 1024);
}

/* What a replay of held events took, and how many objects lived at its end; it had @kib then. */
struct took {
	uint64_t survey_ns, replay_ns, live, kib;
	struct replay_totals totals;
};

/* A scoreboard that counts live objects, too. */
struct counting_sink {
	struct scoreboard_lane lane; /* first: the scoreboard's context */
	struct km_sink_ops ops;
	uint64_t live;
};

static int count_live(void *ctx, const struct km_leak_row *row)
{
	struct counting_sink *s = ctx;

	s->live += row->live_objects;
	return 0;
}

static int replay_held(const struct prepared *p, const struct held *h, struct took *took,
		       struct km_diag *d)
{
	struct scoreboard board = { 0 };
	struct counting_sink count = { .lane = { .board = &board } };
	struct km_sink sink = scoreboard_sink(&count.lane);
	uint64_t before = resident_kib();
	struct replay *r;

	count.ops = *sink.ops;
	count.ops.leak = count_live;
	sink.ops = &count.ops;
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
	took->survey_ns = middle - begin;
	took->replay_ns = now_ns() - middle;
	took->live = count.live;
	took->kib = resident_kib() - before;
	replay_totals(r, &took->totals);
	replay_close(r);
	scoreboard_release(&board);
	return err;
}

static int bench_prepared(struct prepared *p, const struct cli_args *args, bool no_objects,
			  struct km_diag *d)
{
	struct held held = { 0 };
	struct took took = { 0 };
	uint64_t best_survey = UINT64_MAX, best_replay = UINT64_MAX, kib = 0;
	int err = prepare_machine(p, args, d);

	p->replay.nr_samples = 0;
	p->replay.no_objects = p->replay.no_owners = no_objects;
	if (!err)
		err = hold_all(&held, p->trace, d);
	for (int i = 0; !err && i < REPEATS; i++) {
		err = replay_held(p, &held, &took, d);
		kib = i ? kib : took.kib; /* what later ones get has been used before */
		best_survey = took.survey_ns < best_survey ? took.survey_ns : best_survey;
		best_replay = took.replay_ns < best_replay ? took.replay_ns : best_replay;
	}
	free(held.events);
	if (!err)
		printf("survey_ns %" PRIu64 "\nreplay_ns %" PRIu64 "\nevents %" PRIu64
		       "\npage_events %" PRIu64 "\nlive_objects %" PRIu64 "\nreplay_kib %" PRIu64
		       "\n",
		       best_survey, best_replay, took.totals.events, took.totals.page_events,
		       took.live, kib);
	return err;
}

static int bench_replay(char *path, char *mode, bool no_objects)
{
	char *words[] = { "replay", path, "-o", "unused", "-m", mode, NULL };
	struct prepared p = { 0 };
	struct cli_args *args;
	struct km_diag d = { 0 };

	if (cli_args_open(&args, &command_replay, 6, words, &d))
		return term_error(&d);
	int err = prepare_trace(&p, args, &d);

	if (!err)
		err = bench_prepared(&p, args, no_objects, &d);
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
	struct scoreboard_lane lane = { .board = &board };
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
	config.tunables.compaction_proactiveness = config.tunables.extfrag_threshold = -1;
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

/* ---- a configured machine ---- */

enum { MADE_EVENTS = 1000000, MADE_LIVE = 100000, MADE_ORDERS = 4, LIVE_AREAS = 10000 };

struct made {
	struct km_event *events;
	uint64_t live[MADE_LIVE];
	uint8_t order[MADE_LIVE];
	uint16_t cpu[MADE_LIVE]; /* that got it */
	unsigned int nr_live;
	uint64_t free[MADE_ORDERS][MADE_LIVE];
	unsigned int nr_free[MADE_ORDERS];
	uint64_t next[MADE_ORDERS];
	uint64_t x;
};

static unsigned int some(struct made *m, uint64_t n)
{
	m->x ^= m->x << 13;
	m->x ^= m->x >> 7;
	m->x ^= m->x << 17;
	return (unsigned int)((m->x >> 33) % n);
}

static void make_alloc(struct made *m, struct km_event *ev)
{
	unsigned int order = some(m, 8) ? 0 : some(m, MADE_ORDERS);
	uint64_t slot = m->nr_free[order] ? m->free[order][--m->nr_free[order]] : m->next[order]++;

	ev->kind = KM_EV_PAGE_ALLOC;
	ev->page.pfn = km_synthetic(order, slot);
	ev->page.order = order & 0xff;
	ev->page.gfp = some(m, 2) ? KM_GFP_HIGHUSER_MOVABLE : KM_GFP_KERNEL;
	ev->page.mt = ev->page.gfp & KM_GFP_MOVABLE ? KM_MOVABLE : KM_UNMOVABLE;
	m->live[m->nr_live] = slot;
	m->cpu[m->nr_live] = ev->cpu;
	m->order[m->nr_live++] = order & 0xff;
}

/* @away of a hundred objects are given back by whatever CPU comes, the others by their own. */
static void make_free(struct made *m, struct km_event *ev, unsigned int away)
{
	unsigned int i = some(m, m->nr_live), order = m->order[i];

	if (some(m, 100) >= away)
		ev->cpu = m->cpu[i];

	ev->kind = KM_EV_PAGE_FREE;
	ev->page.pfn = km_synthetic(order, m->live[i]);
	ev->page.order = order & 0xff;
	m->free[order][m->nr_free[order]++] = m->live[i];
	m->live[i] = m->live[--m->nr_live];
	m->order[i] = m->order[m->nr_live];
	m->cpu[i] = m->cpu[m->nr_live];
}

static struct made *make_none(void)
{
	struct made *m = calloc(1, sizeof(*m));

	if (m) {
		m->events = calloc(MADE_EVENTS, sizeof(*m->events));
		m->x = UINT64_C(88172645463325252);
	}
	return m;
}

static struct made *make_events(unsigned int nr_cpus, unsigned int away)
{
	struct made *m = make_none();

	for (unsigned int i = 0; m && m->events && i < MADE_EVENTS; i++) {
		struct km_event *ev = &m->events[i];

		ev->ts_ns = i * UINT64_C(1000);
		ev->cpu = (uint16_t)some(m, nr_cpus);
		if (m->nr_live < MADE_LIVE && (!m->nr_live || some(m, 100) < 55))
			make_alloc(m, ev);
		else
			make_free(m, ev, away);
	}
	return m;
}

/* LIVE_AREAS areas of a page; then one after another goes, any of them, and comes back. */
static struct made *make_areas(void)
{
	struct made *m = make_none();

	for (unsigned int i = 0; m && m->events && i < MADE_EVENTS; i++) {
		struct km_event *ev = &m->events[i];
		bool full = m->nr_live == LIVE_AREAS;

		m->live[0] = full ? some(m, LIVE_AREAS) : m->live[0];
		ev->ts_ns = i * UINT64_C(1000);
		ev->kind = full ? KM_EV_KFREE : KM_EV_KMALLOC;
		ev->obj = (struct km_ev_object){ .bytes_req = 4096,
						 .gfp = KM_GFP_KERNEL,
						 .node = -1 };
		ev->obj.ptr = km_door_ptr(i < LIVE_AREAS ? i : m->live[0]);
		m->nr_live += full ? -1u : 1;
	}
	return m;
}

/* The name of the door that objects come from. */
static int name_door(struct strtab *strings, const struct made *m)
{
	int64_t id = strtab_intern(strings, "__vmalloc_node_range", 20);
	for (unsigned int i = 0; i < MADE_EVENTS; i++)
		if (m->events[i].kind == KM_EV_KMALLOC || m->events[i].kind == KM_EV_KFREE)
			m->events[i].obj.call_site = (uint32_t)id;
	return id < 0 ? -KM_ENOMEM : 0;
}

static int simulate_made(const struct replay_config *config, const struct made *made,
			 uint64_t *boot_ns, uint64_t *simulate_ns, struct km_diag *d)
{
	struct scoreboard board = { 0 };
	struct scoreboard_lane lane = { .board = &board };
	struct km_sink sink = scoreboard_sink(&lane);
	struct strtab *strings;
	struct replay *r = NULL;
	int err = strtab_open(&strings) ? km_fail(d, KM_ENOMEM, "", "out of memory") :
					  replay_open(&r, config, strings, &sink, d);

	err = err ? err : name_door(strings, made);
	uint64_t begin = now_ns(), booted = begin;

	if (!err)
		err = replay_start(r, d);
	booted = now_ns();
	if (!err)
		err = replay_feed(r, made->events, MADE_EVENTS, d);
	uint64_t took = now_ns() - booted;

	if (!err)
		err = replay_finish(r, d);
	*boot_ns = booted - begin < *boot_ns ? booted - begin : *boot_ns;
	*simulate_ns = took < *simulate_ns ? took : *simulate_ns;
	replay_close(r);
	strtab_close(strings);
	scoreboard_release(&board);
	return err;
}

/* @made on a machine of @gib GiB in @nodes equal nodes; it is freed. */
static int bench_made(struct made *made, const char *kernel, unsigned int cpus, unsigned int nodes,
		      uint64_t gib)
{
	static struct machine_layout l;
	struct replay_config config = { .mode = REPLAY_SIMULATE,
					.synthetic = true,
					.nr_events = MADE_EVENTS,
					.nr_cpus = cpus,
					.layout = &l };
	struct km_snapshot seed = { 0 };
	struct km_diag d = { 0 };
	int err = made && made->events ? 0 : km_fail(&d, KM_ENOMEM, "", "out of memory");

	l = (struct machine_layout){ .arch = machine_arch_find("x86-64"),
				     .page_shift = 12,
				     .nr_cpus = cpus,
				     .nr_nodes = nodes };
	for (unsigned int node = 0; !err && node < nodes; node++)
		err = layout_add_memory(&l, node, (gib << 30) / nodes, "", &d);
	if (!err)
		err = layout_describe(&l, &seed, &d);
	config.seed = &seed;
	config.profile = kernel_profile_find(kernel);
	memset(&config.tunables, 0xff, sizeof(config.tunables));
	uint64_t boot_ns = UINT64_MAX, simulate_ns = UINT64_MAX;

	for (int i = 0; !err && i < REPEATS; i++)
		err = simulate_made(&config, made, &boot_ns, &simulate_ns, &d);
	if (!err)
		printf("boot_ns %" PRIu64 "\nsimulate_ns %" PRIu64 "\nsimulate_events %d\n",
		       boot_ns, simulate_ns, MADE_EVENTS);
	layout_release_snapshot(&seed);
	if (made)
		free(made->events);
	free(made);
	return err ? term_error(&d) : EXIT_DONE;
}

/* The same events spread over @cpus. */
static int bench_simulate(unsigned int cpus, unsigned int nodes, uint64_t gib, unsigned int away)
{
	return bench_made(make_events(cpus, away), "6.1", cpus, nodes, gib);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "loop"))
		return bench_loop();
	if (argc == 3 && !strcmp(argv[1], "read"))
		return bench_read(argv[2]);
	if (argc == 3 && (!strcmp(argv[1], "observe") || !strcmp(argv[1], "predict")))
		return bench_replay(argv[2], argv[1], false);
	if (argc == 3 && !strcmp(argv[1], "pages"))
		return bench_replay(argv[2], "observe", true);
	if (argc == 3 && !strcmp(argv[1], "pages-predict"))
		return bench_replay(argv[2], "predict", true);
	if (argc == 3 && !strcmp(argv[1], "machine"))
		return bench_machine(strtoull(argv[2], NULL, 10));
	if (argc == 6 && !strcmp(argv[1], "simulate"))
		return bench_simulate((unsigned int)atoi(argv[2]), (unsigned int)atoi(argv[3]),
				      strtoull(argv[4], NULL, 10), (unsigned int)atoi(argv[5]));
	if (argc == 3 && !strcmp(argv[1], "vmalloc") && kernel_profile_find(argv[2]))
		return bench_made(make_areas(), argv[2], 1, 1, 1);
	if (argc == 2 && !strcmp(argv[1], "cma"))
		return bench_cma();
	if (argc == 5 && !strcmp(argv[1], "tlb"))
		return bench_tlb((unsigned int)atoi(argv[2]), strtoull(argv[3], NULL, 10),
				 strtoull(argv[4], NULL, 10));
	fputs("usage: bench loop | cma | read TRACE | observe TRACE | predict TRACE | pages TRACE | "
	      "pages-predict TRACE | machine GIB | simulate CPUS NODES "
	      "GIB AWAY% | vmalloc KERNEL | tlb WAYS BYTES EACH\n",
	      stderr);
	return EXIT_USAGE;
}
