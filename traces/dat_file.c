/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 1. Map the file, check its magic, read the initial format.
 * 2. Version 6: everything follows in a fixed order. Version 7: a chain of options sections leads
 *    to the others.
 * 3. Each CPU's ring buffer pages become a region.
 */
#include "traces/dat_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { MAX_SECTION = 512 << 20 };

static const char magic[] = "\x17\x08\x44tracing";

static int map_file(struct dat_file *f, int fd, struct km_diag *d)
{
	struct stat st;

	if (fstat(fd, &st))
		return km_fail(d, KM_EIO, f->path, "the file cannot be examined");
	if (st.st_size <= 0)
		return km_fail(d, KM_EFORMAT, f->path, "the file is empty");
	f->len = (size_t)st.st_size;
	void *at = mmap(NULL, f->len, PROT_READ, MAP_PRIVATE, fd, 0);

	if (at == MAP_FAILED)
		return km_fail(d, KM_EIO, f->path, "the file cannot be mapped into memory");
	f->map = at;
	return 0;
}

void dat_file_release(struct dat_file *f)
{
	for (size_t i = 0; i < f->nr_owned; i++)
		free(f->owned[i]);
	free(f->owned);
	free(f->regions);
	free(f->stats);
	pack_close(f->pack);
	if (f->map)
		munmap((void *)(uintptr_t)f->map, f->len);
	memset(f, 0, sizeof(*f));
}

int dat_file_add_region(struct dat_file *f, unsigned int cpu, uint64_t offset, uint64_t size)
{
	struct dat_region *more;

	if (cpu >= f->nr_cpus)
		f->nr_cpus = cpu + 1;
	if (!size)
		return 0;
	more = realloc(f->regions, (f->nr_regions + 1) * sizeof(*more));
	if (!more)
		return -KM_ENOMEM;
	f->regions = more;
	more[f->nr_regions++] = (struct dat_region){ .cpu = cpu, .offset = offset, .size = size };
	if (offset > f->len || size > f->len - offset)
		f->truncated = true;
	return 0;
}

static int own(struct dat_file *f, void *mem)
{
	void **more = realloc(f->owned, (f->nr_owned + 1) * sizeof(*more));

	if (!more)
		return -KM_ENOMEM;
	f->owned = more;
	more[f->nr_owned++] = mem;
	return 0;
}

/* A packed section: u32 packed size, u32 size, data. */
static int unpack_section(struct dat_file *f, struct dat_rd *r, uint64_t at, struct km_diag *d)
{
	uint32_t packed = dat_rd_u32(r);
	uint32_t size = dat_rd_u32(r);
	const uint8_t *in = dat_rd_bytes(r, packed);
	uint8_t *out;

	if (!in || size > MAX_SECTION)
		return km_fail(d, in ? KM_EFORMAT : KM_ETRUNC, f->path,
			       "the compressed section at byte %" PRIu64 " is cut short or damaged",
			       at);
	out = malloc(size ? size : 1);
	if (!out || own(f, out)) {
		free(out);
		return km_fail(d, KM_ENOMEM, f->path, "no memory for a section of %u bytes", size);
	}
	int64_t got = f->codec == DAT_ZLIB ? pack_unzlib(out, size, in, packed) :
					     pack_unzstd(f->pack, out, size, in, packed);

	if (got < 0)
		return km_fail(d, KM_EFORMAT, f->path,
			       "the section at byte %" PRIu64 " does not decompress", at);
	r->p = out;
	r->end = out + got;
	return 0;
}

/* Point @out at the content of the section at @at, which must be of kind @want. */
int dat_file_section(struct dat_file *f, uint64_t at, uint16_t want, struct dat_rd *out,
		     struct km_diag *d)
{
	struct dat_rd r = { .p = f->map, .end = f->map + f->len, .swap = f->swap };

	dat_rd_bytes(&r, at);
	uint16_t id = dat_rd_u16(&r);
	uint16_t flags = dat_rd_u16(&r);

	dat_rd_u32(&r);
	uint64_t size = dat_rd_u64(&r);

	if (r.bad || size > dat_rd_left(&r))
		return km_fail(d, KM_ETRUNC, f->path,
			       "the file ends at byte %zu, inside its section %u at byte %" PRIu64,
			       f->len, want, at);
	if (id != want)
		return km_fail(d, KM_EFORMAT, f->path,
			       "at byte %" PRIu64 " stands section %u where section %u should be",
			       at, id, want);
	r.end = r.p + size;
	if (flags & 1) {
		int err = unpack_section(f, &r, at, d);

		if (err)
			return err;
	}
	*out = r;
	return 0;
}

static int find_codec(struct dat_file *f, const char *name, struct km_diag *d)
{
	if (!strcmp(name, "none"))
		f->codec = DAT_PLAIN;
	else if (!strcmp(name, "zstd"))
		f->codec = DAT_ZSTD;
	else if (!strcmp(name, "zlib"))
		f->codec = DAT_ZLIB;
	else
		return km_fail(
			d, KM_ENOTSUP, f->path,
			"compressed by \"%.32s\"; use `trace-cmd convert --compression none`",
			name);
	return 0;
}

static struct dat_text rd_text(struct dat_rd *r, uint64_t len)
{
	const uint8_t *at = dat_rd_bytes(r, len);

	return (struct dat_text){ (const char *)at, at ? (size_t)len : 0 };
}

static int rd_header_info(struct dat_file *f, struct dat_rd *r)
{
	const uint8_t *tag = dat_rd_bytes(r, 12);

	if (!tag || memcmp(tag, "header_page", 12))
		return -KM_EFORMAT;
	f->header_page = rd_text(r, dat_rd_u64(r));
	tag = dat_rd_bytes(r, 13);
	if (!tag || memcmp(tag, "header_event", 13))
		return -KM_EFORMAT;
	dat_rd_bytes(r, dat_rd_u64(r));
	return r->bad ? -KM_EFORMAT : 0;
}

typedef int (*format_fn)(void *ctx, const char *system, const char *text, size_t len);

static int walk_system(struct dat_rd *r, const char *system, format_fn fn, void *ctx)
{
	uint32_t count = dat_rd_u32(r);
	int err = 0;

	for (uint32_t i = 0; i < count && !r->bad && !err; i++) {
		struct dat_text t = rd_text(r, dat_rd_u64(r));

		if (t.text && fn)
			err = fn(ctx, system, t.text, t.len);
	}
	return err;
}

static int walk_events(struct dat_rd *r, format_fn fn, void *ctx)
{
	uint32_t systems = dat_rd_u32(r);
	int err = 0;

	for (uint32_t i = 0; i < systems && !r->bad && !err; i++)
		err = walk_system(r, dat_rd_str(r), fn, ctx);
	return err;
}

static struct dat_rd rd_of(const struct dat_file *f, struct dat_text t)
{
	const uint8_t *at = (const uint8_t *)t.text;

	return (struct dat_rd){ .p = at, .end = at + t.len, .swap = f->swap };
}

int dat_file_formats(const struct dat_file *f, format_fn fn, void *ctx)
{
	struct dat_rd r = { 0 };
	int err = 0;

	if (f->ftrace_events.text) {
		r = rd_of(f, f->ftrace_events);
		err = walk_system(&r, "ftrace", fn, ctx);
	}
	if (!err && !r.bad && f->events.text) {
		r = rd_of(f, f->events);
		err = walk_events(&r, fn, ctx);
	}
	return err || !r.bad ? err : -KM_EFORMAT;
}

/* The text between @from and where @r stands now. */
static struct dat_text since(const uint8_t *from, const struct dat_rd *r)
{
	return (struct dat_text){ (const char *)from, (size_t)(r->p - from) };
}

static int cut_head(const struct dat_file *f, const char *part, struct km_diag *d)
{
	return km_fail(d, KM_ETRUNC, f->path,
		       "the file ends or is damaged in its %s, before any event; record it again",
		       part);
}

static int open_v6(struct dat_file *f, struct dat_rd *r, struct km_diag *d)
{
	if (rd_header_info(f, r))
		return cut_head(f, "header", d);
	const uint8_t *at = r->p;

	walk_system(r, "ftrace", NULL, NULL);
	f->ftrace_events = since(at, r);
	at = r->p;
	walk_events(r, NULL, NULL);
	f->events = since(at, r);
	if (r->bad)
		return cut_head(f, "event formats", d);
	f->kallsyms = rd_text(r, dat_rd_u32(r));
	dat_rd_bytes(r, dat_rd_u32(r)); /* trace_printk formats */
	f->cmdlines = rd_text(r, dat_rd_u64(r));
	if (r->bad)
		return cut_head(f, "symbols and task names", d);

	uint32_t cpus = dat_rd_u32(r);
	const uint8_t *tag = dat_rd_bytes(r, 10);

	if (tag && !memcmp(tag, "options  ", 10)) {
		if (dat_v6_options(f, r))
			return cut_head(f, "options", d);
		tag = dat_rd_bytes(r, 10);
	}
	if (tag && !memcmp(tag, "latency  ", 10))
		return km_fail(d, KM_ENOTSUP, f->path,
			       "it holds the text of a latency tracer, no events");
	if (!tag || memcmp(tag, "flyrecord", 10) || cpus > KM_MAX_CPUS)
		return cut_head(f, "directory of CPUs", d);
	for (uint32_t cpu = 0; cpu < cpus; cpu++) {
		uint64_t offset = dat_rd_u64(r);
		uint64_t size = dat_rd_u64(r);

		if (r->bad)
			return cut_head(f, "directory of CPUs", d);
		if (dat_file_add_region(f, cpu, offset, size))
			return km_fail(d, KM_ENOMEM, f->path, "no memory");
	}
	return 0;
}

static int open_v7(struct dat_file *f, struct dat_rd *r, struct km_diag *d)
{
	const char *name = dat_rd_str(r);

	dat_rd_str(r);
	uint64_t options = dat_rd_u64(r);

	if (r->bad)
		return cut_head(f, "first bytes", d);
	int err = find_codec(f, name, d);

	if (!err)
		err = pack_open(&f->pack) ? km_fail(d, KM_ENOMEM, f->path, "no memory") : 0;
	return err ? err : dat_v7_options(f, options, d);
}

/*
 * Sections that version 7 keeps apart, once the options told where; called through
 * dat_v7_options().
 */
static int parse(struct dat_file *f, struct km_diag *d)
{
	struct dat_rd r = { .p = f->map, .end = f->map + f->len };
	const uint8_t *at = dat_rd_bytes(&r, 10);

	if (!at || memcmp(at, magic, 10))
		return km_fail(d, KM_EFORMAT, f->path, "not a trace.dat: it does not begin as one");
	f->version = (int)strtol(dat_rd_str(&r), NULL, 10);
	f->big_endian = dat_rd_u8(&r) != 0;
	f->swap = r.swap = f->big_endian != dat_host_is_big();
	f->long_size = dat_rd_u8(&r);
	f->page_size = dat_rd_u32(&r);
	if (r.bad)
		return cut_head(f, "first bytes", d);
	if (f->version != 6 && f->version != 7)
		return km_fail(d, KM_ENOTSUP, f->path,
			       "trace.dat version %d, not 6 or 7: use `trace-cmd convert`",
			       f->version);
	if ((f->long_size != 4 && f->long_size != 8) || f->page_size < 256 ||
	    f->page_size > 1 << 24)
		return km_fail(d, KM_EFORMAT, f->path,
			       "longs of %u bytes and pages of %u bytes cannot be", f->long_size,
			       f->page_size);
	return f->version == 6 ? open_v6(f, &r, d) : open_v7(f, &r, d);
}

int dat_file_open(struct dat_file *f, int fd, const char *path, struct km_diag *d)
{
	int err;

	memset(f, 0, sizeof(*f));
	f->path = path;
	err = map_file(f, fd, d);
	if (!err)
		err = parse(f, d);
	if (err)
		dat_file_release(f);
	return err;
}

/* The number after "KEY: " in a stats text, 0 without one. */
static uint64_t stat_value(const char *text, size_t len, const char *key)
{
	size_t n = strlen(key);

	for (const char *p = text, *end = text + len; p < end;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		const char *stop = nl ? nl : end;

		if ((size_t)(stop - p) > n && !memcmp(p, key, n)) {
			uint64_t v = 0;

			for (p += n; p < stop && *p == ' '; p++)
				;
			for (; p < stop && *p >= '0' && *p <= '9'; p++)
				v = v * 10 + (uint64_t)(*p - '0');
			return v;
		}
		p = stop + 1;
	}
	return 0;
}

void dat_stat_parse(struct dat_stat *s, const char *text, size_t len)
{
	s->overrun = stat_value(text, len, "overrun:");
	s->commit_overrun = stat_value(text, len, "commit overrun:");
	s->dropped = stat_value(text, len, "dropped events:");
}
