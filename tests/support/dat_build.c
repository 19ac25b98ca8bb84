/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/support/dat_build.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define COMMON                                                                          \
	"format:\n\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n" \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"          \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"  \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
#define U64(name, at) "\tfield:unsigned long " name ";\toffset:" #at ";\tsize:8;\tsigned:0;\n"
#define U32(name, at) "\tfield:unsigned int " name ";\toffset:" #at ";\tsize:4;\tsigned:0;\n"
#define S32(name, at) "\tfield:int " name ";\toffset:" #at ";\tsize:4;\tsigned:1;\n"
#define LOC(name, at) "\tfield:__data_loc char[] " name ";\toffset:" #at ";\tsize:4;\tsigned:1;\n"

static const char print_format[] = "name: print\nID: 5\n" COMMON U64(
	"ip",
	8) "\tfield:char buf[];\toffset:16;\tsize:0;\tsigned:0;\n\nprint fmt: \"%ps: %s\", REC->ip, "
	   "REC->buf\n";

/* Eight frames are declared; a record ends with the last that it has. */
static const char stack_format[] = "name: kernel_stack\nID: 4\n" COMMON S32(
	"size", 8) "\tfield:unsigned long caller[8];\toffset:16;\tsize:64;\tsigned:0;\n"
		   "\nprint fmt: \"%ps\", REC->caller[0]\n";

static const char *const kmem_formats[] = {
	"name: mm_page_alloc\nID: 200\n" COMMON U64("pfn", 8) U32("order", 16) U64("gfp_flags", 24)
		S32("migratetype", 32) "\nprint fmt: \"pfn=%lx\", REC->pfn\n",
	"name: kmalloc\nID: 201\n" COMMON U64("call_site", 8) U64("ptr", 16) U64(
		"bytes_req", 24) U64("bytes_alloc", 32) U64("gfp_flags", 40)
		S32("node",
		    48) "\nprint fmt: \"accounted=%s\", (1 && (REC->gfp_flags & 0x400000u)) ? \"true\" : \"false\"\n",
	"name: kmem_cache_free\nID: 202\n" COMMON U64("call_site", 8) U64("ptr", 16)
		LOC("name", 24) "\nprint fmt: \"name=%s\", __get_str(name)\n",
	"name: cma_alloc_start\nID: 203\n" COMMON LOC("name", 8) U64("count", 16)
		U32("align", 24) "\nprint fmt: \"count=%lu\", REC->count\n",
	"name: rss_stat\nID: 204\n" COMMON U64("size", 8) "\nprint fmt: \"%lu\", REC->size\n",
};

static const char header_page[] = "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
				  "\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n"
				  "\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n"
				  "\tfield: char data;\toffset:16;\tsize:4080;\tsigned:1;\n";
static const char header_event[] = "# compressed entry header\n";
static const char kallsyms[] =
	"ffffffff81000000 T alpha\nffffffff81000040 t beta\n"
	"ffffffff81000040 t beta_alias\nffffffff81000080 T tracing_mark_write\n"
	"ffffffff81000100 T end\nffffffffc0000000 t mod_fn\t[ext4]\n"
	"ffffffffc0000030 t mod_end\t[ext4]\n";
static const char cmdlines[] = "7 a task-7 [x]\n8 bash\n";

/* ---- bytes in the file's order ---- */

struct out {
	uint8_t *p;
	size_t len;
	bool big;
};

static void put(struct out *o, uint64_t v, unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++)
		o->p[o->len + i] = (uint8_t)(v >> 8 * (o->big ? bytes - 1 - i : i));
	o->len += bytes;
}

static void put_bytes(struct out *o, const void *data, size_t len)
{
	memcpy(o->p + o->len, data, len);
	o->len += len;
}

static void put_sized(struct out *o, const char *text)
{
	put(o, strlen(text), 8);
	put_bytes(o, text, strlen(text));
}

static void set(const struct dat_build *b, uint8_t *at, uint64_t v, unsigned int bytes)
{
	struct out o = { .p = at, .big = b->big };

	put(&o, v, bytes);
}

/* ---- pages and records ---- */

void dat_build_init(struct dat_build *b, int version, bool big, unsigned int nr_cpus)
{
	memset(b, 0, sizeof(*b));
	b->version = version;
	b->big = big;
	b->nr_cpus = nr_cpus;
}

static uint8_t *page_of(struct dat_build_cpu *c)
{
	return c->data + c->len - DAT_BUILD_PAGE;
}

static void set_commit(const struct dat_build *b, struct dat_build_cpu *c, uint64_t bits)
{
	set(b, page_of(c) + 8, bits | (c->at - 16), 8);
}

void dat_build_page(struct dat_build *b, unsigned int cpu, uint64_t ts, int64_t missed)
{
	struct dat_build_cpu *c = &b->cpu[cpu];

	c->len += DAT_BUILD_PAGE;
	c->at = 16;
	c->ts = ts;
	set(b, page_of(c), ts, 8);
	set_commit(b, c, missed ? UINT64_C(1) << 31 : 0);
	if (missed > 0) { /* the count stands behind the data: one page, no record, to hold it */
		set_commit(b, c, UINT64_C(3) << 30);
		set(b, page_of(c) + 16, (uint64_t)missed, 8);
		dat_build_page(b, cpu, ts, 0);
	}
}

static void put_head(const struct dat_build *b, struct dat_build_cpu *c, uint32_t type,
		     uint32_t delta)
{
	set(b, page_of(c) + c->at, b->big ? type << 27 | delta : delta << 5 | type, 4);
	c->at += 4;
}

void dat_build_record(struct dat_build *b, unsigned int cpu, uint64_t ts, const void *data,
		      size_t len)
{
	struct dat_build_cpu *c = &b->cpu[cpu];
	size_t words = (len + 3) / 4;

	if (!c->len || c->at + 4 * words + 24 > DAT_BUILD_PAGE)
		dat_build_page(b, cpu, ts, 0);
	uint64_t delta = ts - c->ts;
	uint64_t missed = b->big ? (uint64_t)page_of(c)[12] << 24 : (uint64_t)page_of(c)[11] << 24;

	if (delta >> 27) {
		put_head(b, c, 30, (uint32_t)(delta & ((1 << 27) - 1)));
		set(b, page_of(c) + c->at, delta >> 27, 4);
		c->at += 4;
		delta = 0;
	}
	put_head(b, c, words <= 28 ? (uint32_t)words : 0, (uint32_t)delta);
	if (words > 28) {
		set(b, page_of(c) + c->at, 4 * words + 4, 4);
		c->at += 4;
	}
	memcpy(page_of(c) + c->at, data, len);
	c->at += 4 * words;
	c->ts = ts;
	set_commit(b, c, missed & UINT64_C(0xc0000000));
}

static struct out record(const struct dat_build *b, uint8_t *buf, unsigned int id, int flags,
			 int pid)
{
	struct out o = { .p = buf, .big = b->big };

	memset(buf, 0, 512);
	put(&o, id, 2);
	put(&o, (uint64_t)flags, 1);
	put(&o, 0, 1);
	put(&o, (uint32_t)pid, 4);
	return o;
}

void dat_build_page_alloc(struct dat_build *b, unsigned int cpu, uint64_t ts, int pid, int flags,
			  uint64_t pfn, unsigned int order, uint64_t gfp, int mt)
{
	uint8_t buf[512];
	struct out o = record(b, buf, ID_PAGE_ALLOC, flags, pid);

	put(&o, pfn, 8);
	put(&o, order, 8);
	if (b->big) /* order is four bytes at 16, four of padding follow */
		set(b, buf + 16, order, 4);
	put(&o, gfp, 8);
	put(&o, (uint32_t)mt, 4);
	dat_build_record(b, cpu, ts, buf, o.len);
}

void dat_build_kmalloc(struct dat_build *b, unsigned int cpu, uint64_t ts, int pid, uint64_t site,
		       uint64_t ptr, uint64_t req, uint64_t alloc, uint64_t gfp, int node)
{
	uint8_t buf[512];
	struct out o = record(b, buf, ID_KMALLOC, 0, pid);

	put(&o, site, 8);
	put(&o, ptr, 8);
	put(&o, req, 8);
	put(&o, alloc, 8);
	put(&o, gfp, 8);
	put(&o, (uint32_t)node, 4);
	dat_build_record(b, cpu, ts, buf, o.len);
}

void dat_build_cache_free(struct dat_build *b, unsigned int cpu, uint64_t ts, int pid,
			  uint64_t site, uint64_t ptr, const char *name)
{
	uint8_t buf[512];
	struct out o = record(b, buf, ID_CACHE_FREE, 0, pid);
	size_t len = strlen(name) + 1;

	put(&o, site, 8);
	put(&o, ptr, 8);
	put(&o, len << 16 | 28, 4);
	put_bytes(&o, name, len);
	dat_build_record(b, cpu, ts, buf, o.len);
}

void dat_build_cma_start(struct dat_build *b, unsigned int cpu, uint64_t ts, const char *name,
			 uint64_t count, unsigned int align)
{
	uint8_t buf[512];
	struct out o = record(b, buf, ID_CMA_START, 0, 8);
	size_t len = strlen(name) + 1;

	put(&o, len << 16 | 28, 4);
	put(&o, 0, 4);
	put(&o, count, 8);
	put(&o, align, 4);
	put_bytes(&o, name, len);
	dat_build_record(b, cpu, ts, buf, o.len);
}

void dat_build_marker(struct dat_build *b, unsigned int cpu, uint64_t ts, const char *text)
{
	uint8_t buf[512];
	struct out o = record(b, buf, ID_PRINT, 0, 8);

	put(&o, UINT64_C(0xffffffff81000090), 8);
	put_bytes(&o, text, strlen(text) + 1);
	dat_build_record(b, cpu, ts, buf, o.len);
}

void dat_build_stack(struct dat_build *b, unsigned int cpu, uint64_t ts, int pid,
		     const uint64_t *frames, unsigned int n)
{
	uint8_t buf[512];
	struct out o = record(b, buf, ID_STACK, 0, pid);

	put(&o, n, 4);
	put(&o, 0, 4);
	for (unsigned int i = 0; i < n; i++)
		put(&o, frames[i], 8);
	dat_build_record(b, cpu, ts, buf, o.len);
}

void dat_build_unknown(struct dat_build *b, unsigned int cpu, uint64_t ts)
{
	uint8_t buf[512];
	struct out o = record(b, buf, ID_UNKNOWN, 0, 8);

	put(&o, 1, 8);
	dat_build_record(b, cpu, ts, buf, o.len);
}

void dat_build_bytes(struct dat_build *b, unsigned int cpu, uint64_t ts, unsigned int id,
		     const void *bytes, size_t len)
{
	uint8_t buf[512];
	struct out o = record(b, buf, id, 0, 8);

	put_bytes(&o, bytes, len);
	dat_build_record(b, cpu, ts, buf, o.len);
}

/* ---- the file ---- */

static void put_ftrace_formats(struct out *o)
{
	put(o, 2, 4);
	put_sized(o, print_format);
	put_sized(o, stack_format);
}

/* One event is of another system than the rest. */
static void put_formats(const struct dat_build *b, struct out *o)
{
	size_t n = sizeof(kmem_formats) / sizeof(kmem_formats[0]), more = 0;

	while (b->formats && b->formats[more])
		more++;

	put(o, 2, 4);
	put_bytes(o, "cma", 4);
	put(o, 1, 4);
	put_sized(o, kmem_formats[ID_CMA_START - ID_PAGE_ALLOC]);
	put_bytes(o, "kmem", 5);
	put(o, n - 1 + more, 4);
	for (size_t i = 0; i < n; i++) {
		if (i != ID_CMA_START - ID_PAGE_ALLOC)
			put_sized(o, kmem_formats[i]);
	}
	for (size_t i = 0; i < more; i++)
		put_sized(o, b->formats[i]);
}

static void put_header_info(struct out *o)
{
	put_bytes(o, "header_page", 12);
	put_sized(o, header_page);
	put_bytes(o, "header_event", 13);
	put_sized(o, header_event);
}

static void put_option(struct out *o, unsigned int id, const char *text)
{
	put(o, id, 2);
	put(o, strlen(text) + 1, 4);
	put_bytes(o, text, strlen(text) + 1);
}

static void put_text_options(const struct dat_build *b, struct out *o)
{
	put_option(o, 4, "local [global] mono\n");
	put_option(o, 5, b->uname ? b->uname : "Linux host 6.1.192 x86_64");
	if (b->cpustat)
		put_option(o, 2, b->cpustat);
}

static void align_page(struct out *o)
{
	size_t to = (o->len + DAT_BUILD_PAGE - 1) / DAT_BUILD_PAGE * DAT_BUILD_PAGE;

	memset(o->p + o->len, 0, to - o->len);
	o->len = to;
}

static void put_pages(const struct dat_build *b, struct out *o, uint64_t *at)
{
	align_page(o);
	for (unsigned int i = 0; i < b->nr_cpus; i++) {
		at[i] = o->len;
		put_bytes(o, b->cpu[i].data, b->cpu[i].len);
	}
}

static void put_v6(const struct dat_build *b, struct out *o)
{
	uint64_t at[DAT_BUILD_CPUS];

	put_header_info(o);
	put_ftrace_formats(o);
	put_formats(b, o);
	put(o, strlen(kallsyms), 4);
	put_bytes(o, kallsyms, strlen(kallsyms));
	put(o, 0, 4);
	put_sized(o, cmdlines);
	put(o, b->nr_cpus, 4);
	put_bytes(o, "options  ", 10);
	put_text_options(b, o);
	put(o, 0, 2);
	put_bytes(o, "flyrecord", 10);
	size_t directory = o->len;

	o->len += 16 * (size_t)b->nr_cpus;
	put_pages(b, o, at);
	for (unsigned int i = 0; i < b->nr_cpus; i++) {
		set(b, o->p + directory + 16 * i, at[i], 8);
		set(b, o->p + directory + 16 * i + 8, b->cpu[i].len, 8);
	}
}

/* Begin a section; end_section() fills in its size. */
static size_t begin_section(struct out *o, unsigned int id)
{
	put(o, id, 2);
	put(o, 0, 2);
	put(o, 0, 4);
	put(o, 0, 8);
	return o->len;
}

static void end_section(const struct dat_build *b, struct out *o, size_t at)
{
	set(b, o->p + at - 8, o->len - at, 8);
}

static void put_place(struct out *o, unsigned int id, uint64_t at)
{
	put(o, id, 2);
	put(o, 8, 4);
	put(o, at, 8);
}

static void put_v7_sections(const struct dat_build *b, struct out *o, uint64_t *place)
{
	size_t at;

	for (unsigned int id = 16; id <= 21; id++) {
		place[id] = o->len;
		at = begin_section(o, id);
		if (id == 16)
			put_header_info(o);
		if (id == 17)
			put_ftrace_formats(o);
		if (id == 18)
			put_formats(b, o);
		if (id == 19) {
			put(o, strlen(kallsyms), 4);
			put_bytes(o, kallsyms, strlen(kallsyms));
		}
		if (id == 20)
			put(o, 0, 4);
		if (id == 21)
			put_sized(o, cmdlines);
		end_section(b, o, at);
	}
}

static void put_v7_buffer(const struct dat_build *b, struct out *o, const uint64_t *at)
{
	size_t section = begin_section(o, 0);

	put(o, 3, 2);
	put(o, 8 + 1 + 7 + 8 + 20 * (uint64_t)b->nr_cpus, 4);
	put(o, 0, 8);
	put_bytes(o, "", 1);
	put_bytes(o, "global", 7);
	put(o, DAT_BUILD_PAGE, 4);
	put(o, b->nr_cpus, 4);
	for (unsigned int i = 0; i < b->nr_cpus; i++) {
		put(o, i, 4);
		put(o, at[i], 8);
		put(o, b->cpu[i].len, 8);
	}
	put_place(o, 0, 0);
	end_section(b, o, section);
}

static void put_v7(const struct dat_build *b, struct out *o)
{
	uint64_t place[22], at[DAT_BUILD_CPUS];

	put_bytes(o, "none\0", 6);
	size_t first = o->len;

	o->len += 8;
	put_v7_sections(b, o, place);
	set(b, o->p + first, o->len, 8);
	size_t section = begin_section(o, 0);

	put_text_options(b, o);
	for (unsigned int id = 16; id <= 21; id++)
		put_place(o, id, place[id]);
	size_t next = o->len + 6;

	put_place(o, 0, 0);
	end_section(b, o, section);
	section = begin_section(o, 3);
	put_pages(b, o, at);
	end_section(b, o, section);
	set(b, o->p + next, o->len, 8);
	put_v7_buffer(b, o, at);
}

size_t dat_build_file(struct dat_build *b, uint8_t *out)
{
	struct out o = { .p = out, .big = b->big };

	put_bytes(&o, "\x17\x08\x44tracing", 10);
	put_bytes(&o, b->version == 6 ? "6" : "7", 2);
	put(&o, b->big, 1);
	put(&o, 8, 1);
	put(&o, DAT_BUILD_PAGE, 4);
	if (b->version == 6)
		put_v6(b, &o);
	else
		put_v7(b, &o);
	return o.len;
}

const char *dat_build_path(const uint8_t *data, size_t len, char path[64])
{
	int fd = memfd_create("capture", 0);

	if (fd < 0 || (len && write(fd, data, len) != (ssize_t)len))
		return "/nonexistent";
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return path;
}
