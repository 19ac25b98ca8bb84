/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace.dat, versions 6 and 7.
 *
 * 1. dat_file.c finds the parts of the file: formats, symbols, task names, per-CPU ring buffer
 *    pages.
 * 2. libtraceevent parses the formats; where each wanted field lies is asked once per event id.
 * 3. dat_page.c walks the pages in place, dat_decode.c turns a record into an event by direct
 *    loads.
 * 4. A heap of one cursor per CPU merges them: time, then CPU, then position.
 *
 * Call sites read "symbol+0xoff/0xsize" as in the kernel's own text (dat_syms.h). Of several
 * buffers the top one is read. A CPU whose pages are damaged ends with a KM_EV_LOST of unknown
 * size; the others go on, and the damage is reported after the last event.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <traceevent/event-parse.h>

#include "traces/dat_fields.h"
#include "traces/trace_losses.h"
#include "traces/trace_meta.h"

struct source {
	struct dat_cursor cursor;
	bool at_damage; /* its last record is behind us; what is left to say is that more is lost */
};

struct dat_reader {
	struct dat_file file;
	struct reader_env env;
	struct dat_syms *syms;
	struct dat_decoder *decoder;
	struct stacks *stacks;
	char *path;
	struct source *sources;
	uint32_t *heap; /* indexes of sources that have a record, the earliest first */
	size_t nr_heap;
	bool started;
	bool lost_before; /* the loss in front of the first source's record was handed out */
};

/* ---- formats ---- */

struct learning {
	struct dat_reader *r;
	struct tep_handle *tep;
};

/* "name: NAME\nID: N\n…" */
static int learn(void *ctx, const char *system, const char *text, size_t len)
{
	struct learning *l = ctx;
	char head[160];
	char name[97];
	size_t n = len < sizeof(head) - 1 ? len : sizeof(head) - 1;
	uint32_t id;

	memcpy(head, text, n);
	head[n] = '\0';
	if (sscanf(head, "name: %96s\nID: %" SCNu32, name, &id) != 2)
		return 0;
	struct dat_event_format fmt = {
		.id = id,
		.system = system,
		.name = name,
		.text = text,
		.len = len,
		.find = dat_find_field,
	};

	if (!strcmp(system, "cma"))
		l->r->env.info->has_cma = true;
	if (dat_wants_fields(system, name)) {
		fmt.ctx = dat_parse_fields(l->tep, &fmt);
		if (!fmt.ctx)
			return -KM_EFORMAT;
	}
	return dat_decoder_learn(l->r->decoder, &fmt);
}

static int learn_formats(struct dat_reader *r, struct km_diag *d)
{
	struct learning l = { .r = r, .tep = tep_alloc() };
	int err;

	if (!l.tep)
		return km_fail(d, KM_ENOMEM, r->path, "no memory for its event formats");
	tep_set_loglevel(TEP_LOG_NONE);
	tep_set_long_size(l.tep, (int)r->file.long_size);
	tep_set_file_bigendian(l.tep, r->file.big_endian ? TEP_BIG_ENDIAN : TEP_LITTLE_ENDIAN);
	err = dat_file_formats(&r->file, learn, &l);
	tep_free(l.tep);
	if (err == -KM_ENOMEM)
		return km_fail(d, KM_ENOMEM, r->path, "no memory for its event formats");
	return err ? km_fail(d, KM_EFORMAT, r->path, "its event formats are damaged") : 0;
}

/* ---- what the file says of its machine and of losses ---- */

/* "Linux HOST 6.1.192 x86_64" */
static void fill_info(struct dat_reader *r)
{
	struct trace_info *info = r->env.info;
	char release[64] = "";
	char machine[16] = "";

	sscanf(r->file.uname, "%*s %*s %63s %15s", release, machine);
	if (!info->kernel[0])
		trace_meta_release(release, info->kernel, sizeof(info->kernel));
	if (!info->arch[0])
		snprintf(info->arch, sizeof(info->arch), "%s", machine);
	if (!info->nr_cpus)
		info->nr_cpus = r->file.nr_cpus;
	if (!info->page_size)
		info->page_size = 4096;
	info->pointer_bytes = r->file.long_size;
	info->clock_counts = !r->file.tsc.mult && (!strcmp(r->file.clock, "counter") ||
						   !strcmp(r->file.clock, "uptime") ||
						   !strcmp(r->file.clock, "x86-tsc"));
}

static int add_loss(struct dat_reader *r, unsigned int cpu, const char *event_class, uint64_t lost,
		    uint64_t ts)
{
	if (!lost && ts == 0)
		return 0;
	return r->env.add_loss ? r->env.add_loss(r->env.ctx, cpu, event_class, lost, ts) : 0;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/*
 * meta/ring_stats: "cpuN\nentries: …\noverrun: …" per CPU; the larger of each number and the
 * file's own stays.
 */
static void merge_ring_stats(struct dat_reader *r, struct dat_stat *stats)
{
	const char *text = NULL;
	size_t len = 0;

	if (!r->env.file || r->env.file(r->env.ctx, "meta/ring_stats", &text, &len))
		return;
	for (const char *p = text, *end = text + len; p < end;) {
		const char *next = memmem(p + 1, (size_t)(end - p - 1), "\ncpu", 4);
		const char *stop = next ? next + 1 : end;
		struct dat_stat s = { 0 };
		uint64_t cpu = KM_MAX_CPUS;

		if (stop - p > 4 && !memcmp(p, "cpu", 3) && p[3] >= '0' && p[3] <= '9')
			for (cpu = 0, p += 3;
			     p < stop && *p >= '0' && *p <= '9' && cpu < KM_MAX_CPUS; p++)
				cpu = cpu * 10 + (uint64_t)(*p - '0');
		if (cpu < KM_MAX_CPUS) {
			dat_stat_parse(&s, p, (size_t)(stop - p));
			stats[cpu].overrun = larger(stats[cpu].overrun, s.overrun);
			stats[cpu].commit_overrun =
				larger(stats[cpu].commit_overrun, s.commit_overrun);
			stats[cpu].dropped = larger(stats[cpu].dropped, s.dropped);
		}
		p = stop;
	}
}

static int report_stats(struct dat_reader *r)
{
	struct dat_stat *stats = calloc(KM_MAX_CPUS, sizeof(*stats));
	int err = stats ? 0 : -KM_ENOMEM;

	for (size_t i = 0; stats && i < r->file.nr_stats; i++)
		stats[r->file.stats[i].cpu] = r->file.stats[i];
	if (stats)
		merge_ring_stats(r, stats);
	for (unsigned int cpu = 0; !err && cpu < KM_MAX_CPUS; cpu++) {
		err = add_loss(r, cpu, LOSS_OVERRUN, stats[cpu].overrun, 0);
		if (!err)
			err = add_loss(r, cpu, LOSS_COMMIT_OVERRUN, stats[cpu].commit_overrun, 0);
		if (!err)
			err = add_loss(r, cpu, LOSS_DROPPED, stats[cpu].dropped, 0);
	}
	free(stats);
	return err;
}

/* ---- the merge ---- */

static bool before(const struct dat_reader *r, uint32_t a, uint32_t b)
{
	const struct dat_cursor *x = &r->sources[a].cursor;
	const struct dat_cursor *y = &r->sources[b].cursor;

	return x->ts != y->ts ? x->ts < y->ts : x->region->cpu < y->region->cpu;
}

static void sift_down(struct dat_reader *r, size_t i)
{
	for (;;) {
		size_t first = i;

		for (size_t kid = 2 * i + 1; kid <= 2 * i + 2 && kid < r->nr_heap; kid++) {
			if (before(r, r->heap[kid], r->heap[first]))
				first = kid;
		}
		if (first == i)
			return;
		uint32_t tmp = r->heap[i];

		r->heap[i] = r->heap[first];
		r->heap[first] = tmp;
		i = first;
	}
}

static void start(struct dat_reader *r)
{
	r->nr_heap = 0;
	r->lost_before = false;
	for (size_t i = 0; i < r->file.nr_regions; i++) {
		struct source *s = &r->sources[i];

		dat_cursor_release(&s->cursor);
		dat_cursor_init(&s->cursor, &r->file, &r->file.regions[i]);
		s->at_damage = !dat_cursor_next(&s->cursor) && s->cursor.damage;
		if (s->cursor.data || s->at_damage)
			r->heap[r->nr_heap++] = (uint32_t)i;
	}
	for (size_t i = r->nr_heap / 2; i-- > 0;)
		sift_down(r, i);
	dat_decoder_start(r->decoder);
	stacks_restart(r->stacks);
	r->started = true;
}

static void advance(struct dat_reader *r)
{
	struct source *s = &r->sources[r->heap[0]];

	r->lost_before = false;
	if (s->at_damage || !dat_cursor_next(&s->cursor)) {
		if (s->at_damage || !s->cursor.damage)
			r->heap[0] = r->heap[--r->nr_heap];
		s->at_damage = s->cursor.damage;
	}
	sift_down(r, 0);
}

/* ---- reader_ops ---- */

static void dat_close(void *self)
{
	struct dat_reader *r = self;

	if (!r)
		return;
	for (size_t i = 0; r->sources && i < r->file.nr_regions; i++)
		dat_cursor_release(&r->sources[i].cursor);
	free(r->sources);
	free(r->heap);
	dat_decoder_close(r->decoder);
	stacks_close(r->stacks);
	dat_syms_close(r->syms);
	dat_file_release(&r->file);
	free(r->path);
	free(r);
}

static int open_names(struct dat_reader *r)
{
	const char *text = r->file.kallsyms.text;
	size_t len = r->file.kallsyms.len;
	int err = dat_syms_open(&r->syms, r->env.strings);

	if (!err && !len && r->env.file && r->env.file(r->env.ctx, "meta/kallsyms", &text, &len))
		len = 0;
	if (!err && len)
		err = dat_syms_add_kallsyms(r->syms, text, len);
	if (!err && r->file.cmdlines.text)
		err = dat_syms_add_comms(r->syms, r->file.cmdlines.text, r->file.cmdlines.len);
	return err;
}

static int open_parts(struct dat_reader *r, struct km_diag *d)
{
	size_t n = r->file.nr_regions + 1;

	r->sources = calloc(n, sizeof(*r->sources));
	r->heap = calloc(n, sizeof(*r->heap));
	if (!r->sources || !r->heap || open_names(r) ||
	    dat_decoder_open(&r->decoder, &r->file, &r->env, r->syms) ||
	    stacks_open(&r->stacks, r->env.strings))
		return km_fail(d, KM_ENOMEM, r->path, "no memory");
	fill_info(r);
	int err = learn_formats(r, d);

	if (!err && report_stats(r))
		err = km_fail(d, KM_ENOMEM, r->path, "no memory");
	return err;
}

static int dat_open(void **self, struct io_source *src, const char *path,
		    const struct reader_env *env, struct km_diag *d)
{
	struct dat_reader *r = calloc(1, sizeof(*r));
	int err;

	if (r)
		r->path = strdup(path);
	if (!r || !r->path) {
		free(r);
		return km_fail(d, KM_ENOMEM, path, "no memory");
	}
	r->env = *env;
	err = dat_file_open(&r->file, io_source_fd(src), r->path, d);
	if (!err)
		err = open_parts(r, d);
	if (err) {
		dat_close(r);
		return err;
	}
	*self = r;
	return 0;
}

static int lost_event(struct dat_reader *r, const struct dat_cursor *c, int64_t missed,
		      struct km_event *ev)
{
	uint64_t lost = missed > 0 ? (uint64_t)missed : 0;

	memset(ev, 0, sizeof(*ev));
	ev->kind = KM_EV_LOST;
	ev->ts_ns = c->ts;
	ev->cpu = (uint16_t)c->region->cpu;
	ev->num[0] = lost;
	return r->env.add_loss ?
		       r->env.add_loss(r->env.ctx, ev->cpu, LOSS_MARKED, lost, ev->ts_ns) :
		       0;
}

static int bad_record(const struct dat_reader *r, const struct dat_cursor *c, int err,
		      struct km_diag *d)
{
	unsigned int cpu = c->region->cpu;

	if (err == -KM_ENOMEM)
		return km_fail(d, KM_ENOMEM, r->path, "no memory");
	if (err == -KM_ENOTSUP)
		return km_fail(
			d, KM_ENOTSUP, r->path,
			"its page events hold page pointers, and nothing makes frame numbers of them "
			"(x86-64 before 4.1 would, by its formats); give the trace as text");
	return km_fail(d, KM_EFORMAT, r->path,
		       "CPU %u: the record at %" PRIu64 " ns, in the page or chunk at byte %" PRIu64
		       ", does not fit its event format",
		       cpu, c->ts, c->pages_at);
}

/*
 * The earliest source's record. What was handed out already is @n events at @ev. 1: the event at
 * @ev[@n], 0: none, or an error.
 */
static int read_one(struct dat_reader *r, struct km_event *ev, size_t n, struct km_diag *d)
{
	const struct source *s = &r->sources[r->heap[0]];
	const struct dat_cursor *c = &s->cursor;

	if (s->at_damage || (c->missed && !r->lost_before)) {
		int bad = lost_event(r, c, s->at_damage ? DAT_LOST_UNKNOWN : c->missed, &ev[n]);

		r->lost_before = true;
		if (s->at_damage)
			advance(r);
		return bad ? bad_record(r, c, bad, d) : 1;
	}
	int err = dat_decode(r->decoder, c, r->stacks, &ev[n]);
	bool chain = err == DAT_NO_EVENT;

	if (chain)
		err = stacks_in_chain(r->stacks) ? stacks_end(r->stacks, ev, n) : 0;
	if (err)
		return bad_record(r, c, err, d);
	advance(r);
	return !chain;
}

/* After the last event: the first damage is the result. */
static int read_end(const struct dat_reader *r, struct km_diag *d)
{
	for (size_t i = 0; i < r->file.nr_regions; i++) {
		const struct dat_cursor *c = &r->sources[i].cursor;

		if (c->damage)
			return km_fail(d, c->damage == -KM_ETRUNC ? KM_ETRUNC : KM_EFORMAT, r->path,
				       "CPU %u: %s at byte %" PRIu64
				       "; every event before it was read",
				       c->region->cpu, c->damage_what, c->damage_at);
	}
	if (r->file.truncated)
		return km_fail(
			d, KM_ETRUNC, r->path,
			"the file ends at byte %zu, before its end; every event before it was read",
			r->file.len);
	return 0;
}

static int64_t dat_read(void *self, struct km_event *buf, size_t n, struct km_diag *d)
{
	struct dat_reader *r = self;
	size_t got = 0;

	if (!r->started)
		start(r);
	while (got < n && (r->nr_heap || stacks_waiting(r->stacks))) {
		int is = 1;

		if (!r->nr_heap || stacks_due(r->stacks)) {
			stacks_next(r->stacks, &buf[got]);
		} else {
			is = read_one(r, buf, got, d);
			is = is > 0 && stacks_hold(r->stacks, &buf[got]) ? 0 : is;
		}
		if (is < 0 && stacks_next(r->stacks, &buf[got]))
			is = 1; /* what waits comes before the error, which comes again */
		if (is < 0)
			return got ? (int64_t)got : is;
		got += is > 0;
	}
	return got ? (int64_t)got : read_end(r, d);
}

static int dat_rewind(void *self, struct km_diag *d)
{
	(void)d;
	start(self);
	return 0;
}

/* Its pages have times, but no index: read from the beginning. */
static int64_t dat_seek(void *self, enum trace_axis axis, uint64_t to, struct km_diag *d)
{
	(void)axis;
	(void)to;
	return dat_rewind(self, d);
}

/* What the file has of @g: a damaged one may claim anything. */
static uint64_t bytes_there(const struct dat_file *f, const struct dat_region *g)
{
	uint64_t behind = g->offset < f->len ? f->len - g->offset : 0;

	return g->size < behind ? g->size : behind;
}

static uint32_t dat_progress(const void *self)
{
	const struct dat_reader *r = self;
	uint64_t total = 0;
	uint64_t done = 0;

	for (size_t i = 0; r->started && i < r->file.nr_regions; i++) {
		const struct dat_cursor *c = &r->sources[i].cursor;
		uint64_t size = bytes_there(&r->file, c->region);
		uint64_t at = c->file_at - c->region->offset;

		total += size;
		done += c->file_at == UINT64_MAX || at > size ? size : at;
	}
	return total ? (uint32_t)((unsigned __int128)done * 1000000 / total) : 0;
}

static bool dat_sniff(const uint8_t *head, size_t len)
{
	return len >= 10 && !memcmp(head, "\x17\x08\x44tracing", 10);
}

const struct reader_ops reader_dat = {
	.name = "trace.dat",
	.describe = "trace.dat of trace-cmd, versions 6 and 7, plain or compressed by zstd or zlib",
	.sniff = dat_sniff,
	.open = dat_open,
	.read = dat_read,
	.rewind = dat_rewind,
	.seek = dat_seek,
	.progress_ppm = dat_progress,
	.close = dat_close,
};
