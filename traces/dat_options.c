/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The options of a trace.dat. Version 7 writes its options in several sections, and the one that
 * says where each CPU's pages are comes last, behind them: of a file that was cut short it is
 * missing. The pages themselves then tell (recover()): they begin at the first page boundary
 * behind the buffer's section header, and one CPU's stop where time jumps back.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "traces/dat_file.h"

enum option {
	OPT_DONE = 0,
	OPT_CPUSTAT = 2,
	OPT_BUFFER = 3,
	OPT_TRACECLOCK = 4,
	OPT_UNAME = 5,
	OPT_OFFSET = 7,
	OPT_CPUCOUNT = 8,
	OPT_TSC2NSEC = 14,
	OPT_HEADER_INFO = 16,
	OPT_FTRACE_EVENTS = 17,
	OPT_EVENT_FORMATS = 18,
	OPT_KALLSYMS = 19,
	OPT_CMDLINES = 21,
	OPT_BUFFER_TEXT = 22,
};

enum { MAX_CHAIN = 64, MAX_REGIONS = KM_MAX_CPUS };

static void copy_text(char *to, size_t room, const uint8_t *from, size_t len)
{
	size_t n = strnlen((const char *)from, len);

	if (n >= room)
		n = room - 1;
	memcpy(to, from, n);
	to[n] = '\0';
}

/* The clock in use stands in brackets: "local [global] mono". */
static void find_clock(struct dat_file *f, const uint8_t *p, size_t len)
{
	const uint8_t *open = memchr(p, '[', len);
	const uint8_t *close = open ? memchr(open, ']', len - (size_t)(open - p)) : NULL;

	if (close)
		copy_text(f->clock, sizeof(f->clock), open + 1, (size_t)(close - open - 1));
}

static int add_stat(struct dat_file *f, const uint8_t *p, size_t len)
{
	struct dat_stat *more = realloc(f->stats, (f->nr_stats + 1) * sizeof(*more));
	char head[32];
	unsigned int cpu;

	if (!more)
		return -KM_ENOMEM;
	f->stats = more;
	copy_text(head, sizeof(head), p, len);
	if (sscanf(head, "CPU: %u", &cpu) != 1 || cpu >= KM_MAX_CPUS)
		return 0;
	more[f->nr_stats].cpu = cpu;
	dat_stat_parse(&more[f->nr_stats++], (const char *)p, len);
	return 0;
}

static int64_t parse_offset(const uint8_t *p, size_t len)
{
	char text[32];

	copy_text(text, sizeof(text), p, len);
	return strtoll(text, NULL, 0);
}

/* Options that mean the same in both versions. */
static int common_option(struct dat_file *f, unsigned int id, const uint8_t *p, uint32_t len)
{
	switch (id) {
	case OPT_CPUSTAT:
		return add_stat(f, p, len);
	case OPT_TRACECLOCK:
		find_clock(f, p, len);
		break;
	case OPT_UNAME:
		copy_text(f->uname, sizeof(f->uname), p, len);
		break;
	case OPT_OFFSET:
		f->ts_offset = parse_offset(p, len);
		break;
	case OPT_CPUCOUNT:
		if (len >= 4 && dat_u32(p, f->swap) <= KM_MAX_CPUS &&
		    dat_u32(p, f->swap) > f->nr_cpus)
			f->nr_cpus = dat_u32(p, f->swap);
		break;
	case OPT_TSC2NSEC:
		if (len >= 16 && dat_u32(p + 4, f->swap) < 64) {
			f->tsc.mult = dat_u32(p, f->swap);
			f->tsc.shift = dat_u32(p + 4, f->swap);
			f->tsc.offset = dat_u64(p + 8, f->swap);
		}
		break;
	default:
		break;
	}
	return 0;
}

int dat_v6_options(struct dat_file *f, struct dat_rd *r)
{
	for (unsigned int id = dat_rd_u16(r); id != OPT_DONE && !r->bad; id = dat_rd_u16(r)) {
		uint32_t len = dat_rd_u32(r);
		const uint8_t *p = dat_rd_bytes(r, len);
		int err = p ? common_option(f, id, p, len) : -KM_ETRUNC;

		if (err)
			return err;
	}
	return r->bad ? -KM_ETRUNC : 0;
}

static struct dat_text rest_of(struct dat_rd *r, uint64_t len)
{
	const uint8_t *at = dat_rd_bytes(r, len);

	return (struct dat_text){ (const char *)at, at ? (size_t)len : 0 };
}

static int read_section(struct dat_file *f, unsigned int id, uint64_t at, struct km_diag *d)
{
	struct dat_rd r;
	int err = dat_file_section(f, at, (uint16_t)id, &r, d);

	if (err)
		return err;
	switch (id) {
	case OPT_HEADER_INFO:
		dat_rd_bytes(&r, 12);
		f->header_page = rest_of(&r, dat_rd_u64(&r));
		break;
	case OPT_FTRACE_EVENTS:
		f->ftrace_events = rest_of(&r, dat_rd_left(&r));
		break;
	case OPT_EVENT_FORMATS:
		f->events = rest_of(&r, dat_rd_left(&r));
		break;
	case OPT_KALLSYMS:
		f->kallsyms = rest_of(&r, dat_rd_u32(&r));
		break;
	default:
		f->cmdlines = rest_of(&r, dat_rd_u64(&r));
	}
	if (r.bad)
		return km_fail(d, KM_EFORMAT, f->path, "section %u at byte %" PRIu64 " is damaged",
			       id, at);
	return 0;
}

/* u64 section, name, clock, u32 page size, u32 CPUs, { u32 cpu, u64 offset, u64 size }… */
static int read_buffer(struct dat_file *f, struct dat_rd r, struct km_diag *d)
{
	uint64_t at = dat_rd_u64(&r);
	const char *name = dat_rd_str(&r);
	const char *clock = dat_rd_str(&r);
	uint32_t page = dat_rd_u32(&r);
	uint32_t cpus = dat_rd_u32(&r);

	if (*name)
		return 0; /* an instance's own buffer: not what the top one records */
	if (r.bad || page < 256 || page > 1 << 24 || cpus > KM_MAX_CPUS || f->nr_regions)
		return km_fail(d, KM_EFORMAT, f->path,
			       "the description of the buffer at byte %" PRIu64 " is damaged", at);
	copy_text(f->clock, sizeof(f->clock), (const uint8_t *)clock, strlen(clock) + 1);
	f->page_size = page;
	for (uint32_t i = 0; i < cpus; i++) {
		uint32_t cpu = dat_rd_u32(&r);
		uint64_t offset = dat_rd_u64(&r);
		uint64_t size = dat_rd_u64(&r);

		if (r.bad || cpu >= KM_MAX_CPUS)
			return km_fail(d, KM_EFORMAT, f->path, "the directory of CPUs is damaged");
		if (dat_file_add_region(f, cpu, offset, size))
			return km_fail(d, KM_ENOMEM, f->path, "no memory");
	}
	return 0;
}

static int v7_option(struct dat_file *f, unsigned int id, const uint8_t *p, uint32_t len,
		     struct km_diag *d)
{
	switch (id) {
	case OPT_HEADER_INFO:
	case OPT_FTRACE_EVENTS:
	case OPT_EVENT_FORMATS:
	case OPT_KALLSYMS:
	case OPT_CMDLINES:
		return len >= 8 ? read_section(f, id, dat_u64(p, f->swap), d) : 0;
	case OPT_BUFFER:
		return read_buffer(f, (struct dat_rd){ .p = p, .end = p + len, .swap = f->swap },
				   d);
	case OPT_BUFFER_TEXT:
		return km_fail(d, KM_ENOTSUP, f->path,
			       "it holds the text of a latency tracer, no events");
	default:
		return common_option(f, id, p, len) ? km_fail(d, KM_ENOMEM, f->path, "no memory") :
						      0;
	}
}

static uint64_t page_up(const struct dat_file *f, uint64_t at)
{
	return (at + f->page_size - 1) / f->page_size * f->page_size;
}

/*
 * Where the packed pages of one CPU that begin at @at end: u32 chunks, { u32 packed, u32 size,
 * data }…
 */
static uint64_t end_of_chunks(const struct dat_file *f, uint64_t at)
{
	struct dat_rd r = { .p = f->map + at, .end = f->map + f->len, .swap = f->swap };

	for (uint32_t n = dat_rd_u32(&r); n && !r.bad; n--) {
		uint32_t packed = dat_rd_u32(&r);

		dat_rd_u32(&r);
		dat_rd_bytes(&r, packed);
	}
	return r.bad ? f->len : (uint64_t)(r.p - f->map);
}

/*
 * Where the pages of one CPU that begin at @at end: before the first whose time is behind its
 * predecessor's.
 */
static uint64_t end_of_pages(const struct dat_file *f, uint64_t at)
{
	uint64_t last = 0;

	for (; f->len - at >= 8; at += f->page_size) {
		uint64_t ts = dat_u64(f->map + at, f->swap);

		if (ts < last)
			return at;
		last = ts;
		if (f->len - at < f->page_size)
			break;
	}
	return f->len;
}

/*
 * The directory is cut off: find each CPU's pages behind the buffer's section header, which is at
 * @at or later.
 */
static int recover(struct dat_file *f, uint64_t at, struct km_diag *d)
{
	f->truncated = true;
	while (at <= f->len && f->len - at >= 16 && dat_u16(f->map + at, f->swap) != OPT_BUFFER) {
		uint64_t size = dat_u64(f->map + at + 8, f->swap);

		if (size > f->len)
			break;
		at += 16 + size;
	}
	if (at > f->len || f->len - at < 16 || dat_u16(f->map + at, f->swap) != OPT_BUFFER)
		return km_fail(d, KM_ETRUNC, f->path,
			       "the file ends at byte %zu, before any event; record it again",
			       f->len);
	at = page_up(f, at + 16);
	for (size_t n = 0; at < f->len && n < MAX_REGIONS; n++) {
		unsigned int cpu = n < f->nr_stats ? f->stats[n].cpu : (unsigned int)n;
		uint64_t end = f->codec == DAT_PLAIN ? end_of_pages(f, at) : end_of_chunks(f, at);

		if (dat_file_add_region(f, cpu, at, end - at))
			return km_fail(d, KM_ENOMEM, f->path, "no memory");
		at = page_up(f, end);
	}
	for (size_t n = f->nr_regions; n < f->nr_stats;
	     n++) { /* CPUs with nothing left: a byte that is not there */
		if (dat_file_add_region(f, f->stats[n].cpu, f->len, 1))
			return km_fail(d, KM_ENOMEM, f->path, "no memory");
	}
	return 0;
}

/* One options section; *@next: the next one's place, 0 after the last. */
static int one_section(struct dat_file *f, uint64_t at, uint64_t *next, struct km_diag *d)
{
	struct dat_rd r;
	int err = dat_file_section(f, at, OPT_DONE, &r, d);

	*next = 0;
	while (!err && dat_rd_left(&r)) {
		unsigned int id = dat_rd_u16(&r);
		uint32_t len = dat_rd_u32(&r);
		const uint8_t *p = dat_rd_bytes(&r, len);

		if (!p)
			return km_fail(d, KM_EFORMAT, f->path,
				       "the options at byte %" PRIu64 " are damaged", at);
		if (id == OPT_DONE) {
			*next = len >= 8 ? dat_u64(p, f->swap) : 0;
			break;
		}
		err = v7_option(f, id, p, len, d);
	}
	return err;
}

int dat_v7_options(struct dat_file *f, uint64_t at, struct km_diag *d)
{
	uint64_t last = at;
	int err = 0;

	for (unsigned int n = 0; at && !err && n < MAX_CHAIN; n++) {
		uint64_t next = 0;

		if (n && (at > f->len || f->len - at < 16))
			break;
		err = one_section(f, at, &next, d);
		if (!err) {
			last = at;
			at = next;
		}
	}
	if (err == -KM_ETRUNC && f->header_page.text && f->events.text && !f->nr_regions)
		err = 0; /* cut within the last options section: as if it were not there */
	if (err || (f->nr_regions && !at))
		return err;
	if (!at && f->len - last >= 16)
		return 0; /* a sound file without any event */
	if (f->nr_regions || !f->events.text) {
		f->truncated = true;
		return f->events.text ? 0 :
					km_fail(d, KM_ETRUNC, f->path,
						"the file ends before its event formats");
	}
	return recover(f, last + 16 + dat_u64(f->map + last + 8, f->swap), d);
}
