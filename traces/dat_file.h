/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The container of a trace.dat, versions 6 and 7: where its event formats, symbols, task names
 * and per-CPU ring buffer pages are. Nothing of a page is looked at here (dat_page.h).
 *
 * Layout: trace-cmd.dat.v6(5), trace-cmd.dat.v7(5).
 */
#ifndef TRACES_DAT_FILE_H
#define TRACES_DAT_FILE_H

#include "engine/core/diag.h"
#include "traces/dat_bytes.h"
#include "traces/pack.h"

/* The ring buffer pages of one CPU, as they lie in the file. */
struct dat_region {
	unsigned int cpu;
	uint64_t offset, size; /* size may point beyond the file's end: the file is truncated */
};

struct dat_text {
	const char *text; /* not NUL-terminated; NULL where the file has none */
	size_t len;
};

struct dat_stat {
	unsigned int cpu;
	uint64_t overrun, commit_overrun, dropped;
};

enum dat_codec { DAT_PLAIN, DAT_ZSTD, DAT_ZLIB };

struct dat_file {
	const uint8_t *map; /* the whole file */
	size_t len;
	const char *path;

	int version; /* 6 or 7 */
	bool swap, big_endian;
	unsigned int long_size, page_size; /* page_size: bytes of a ring buffer page */
	enum dat_codec codec;

	struct dat_text header_page, ftrace_events,
		events; /* the last two: sections, dat_file_formats() walks them */
	struct dat_text kallsyms, cmdlines;
	char uname[256];
	char clock[32];
	struct {
		uint32_t mult, shift;
		uint64_t offset;
	} tsc; /* mult 0: stamps are what they are */
	int64_t ts_offset;

	struct dat_region *regions;
	size_t nr_regions;
	struct dat_stat *stats;
	size_t nr_stats;
	unsigned int nr_cpus;
	bool truncated; /* the file ends before its directory says it should */

	struct pack *pack;
	void **owned; /* unpacked sections */
	size_t nr_owned;
};

/**
 * dat_file_open() - map @fd and find its parts. @path is for messages and must live as long as @f.
 *
 * A file cut short in its event data opens, with .truncated set: the pages that are there can be
 * read. One cut before that has nothing to deliver.
 *
 * Return: 0; -KM_EFORMAT (empty, foreign, damaged), -KM_ETRUNC (cut before any event data),
 * -KM_ENOTSUP (text of a latency tracer, a compression nobody here knows), -KM_EIO, -KM_ENOMEM;
 * @f is then released.
 */
int dat_file_open(struct dat_file *f, int fd, const char *path, struct km_diag *d) KM_MUST_CHECK;
void dat_file_release(struct dat_file *f);

/*
 * Hand each event format to @fn until it returns non-zero; the result is @fn's last, or
 * -KM_EFORMAT.
 */
int dat_file_formats(const struct dat_file *f,
		     int (*fn)(void *ctx, const char *system, const char *text, size_t len),
		     void *ctx);

/* Parse the text of a per_cpu/cpuN/stats file ("overrun: 12\n…") into @s. */
void dat_stat_parse(struct dat_stat *s, const char *text, size_t len);

/*
 * dat_options.c: the parts that live in options, and what can be had of a file without its last
 * ones.
 */
int dat_v6_options(struct dat_file *f, struct dat_rd *r);
int dat_v7_options(struct dat_file *f, uint64_t at, struct km_diag *d);

/* dat_file.c, for dat_options.c */
int dat_file_add_region(struct dat_file *f, unsigned int cpu, uint64_t offset, uint64_t size);
int dat_file_section(struct dat_file *f, uint64_t at, uint16_t want, struct dat_rd *out,
		     struct km_diag *d);

#endif
