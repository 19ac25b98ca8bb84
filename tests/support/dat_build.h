/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes small trace.dat files, version 6 or 7, of either byte order: what a test of the reader is
 * held against is what was put in here.
 */
#ifndef TESTS_DAT_BUILD_H
#define TESTS_DAT_BUILD_H

#include "engine/core/types.h"

enum { DAT_BUILD_PAGE = 4096, DAT_BUILD_MAX = 1 << 20, DAT_BUILD_CPUS = 4 };

/* Event ids of the formats that every file gets. */
enum {
	ID_STACK = 4,
	ID_PRINT,
	ID_PAGE_ALLOC = 200,
	ID_KMALLOC,
	ID_CACHE_FREE,
	ID_CMA_START,
	ID_UNKNOWN
};

struct dat_build_cpu {
	uint8_t data[DAT_BUILD_PAGE * 16];
	size_t len; /* whole pages and the current one */
	size_t at;  /* in the current page */
	uint64_t ts;
};

struct dat_build {
	bool big;
	int version;
	struct dat_build_cpu cpu[DAT_BUILD_CPUS];
	unsigned int nr_cpus;
	const char *cpustat;
	const char *uname;	    /* NULL: that of a 6.1.192 */
	const char *const *formats; /* more events of kmem, with ids of their own; ends with NULL */
};

void dat_build_init(struct dat_build *b, int version, bool big, unsigned int nr_cpus);

/* A new page of @cpu that begins at @ts; @missed events before it, -1: unknown how many. */
void dat_build_page(struct dat_build *b, unsigned int cpu, uint64_t ts, int64_t missed);

/* A record at @ts, by a time extend where the last one is long ago. */
void dat_build_record(struct dat_build *b, unsigned int cpu, uint64_t ts, const void *data,
		      size_t len);

/* Records of the formats above; @flags: the kernel's common_flags. */
void dat_build_page_alloc(struct dat_build *b, unsigned int cpu, uint64_t ts, int pid, int flags,
			  uint64_t pfn, unsigned int order, uint64_t gfp, int mt);
void dat_build_kmalloc(struct dat_build *b, unsigned int cpu, uint64_t ts, int pid, uint64_t site,
		       uint64_t ptr, uint64_t req, uint64_t alloc, uint64_t gfp, int node);
void dat_build_cache_free(struct dat_build *b, unsigned int cpu, uint64_t ts, int pid,
			  uint64_t site, uint64_t ptr, const char *name);
void dat_build_cma_start(struct dat_build *b, unsigned int cpu, uint64_t ts, const char *name,
			 uint64_t count, unsigned int align);
void dat_build_marker(struct dat_build *b, unsigned int cpu, uint64_t ts, const char *text);
/* At most 56 @frames. */
void dat_build_stack(struct dat_build *b, unsigned int cpu, uint64_t ts, int pid,
		     const uint64_t *frames, unsigned int n);
void dat_build_unknown(struct dat_build *b, unsigned int cpu, uint64_t ts);

/* A record of event @id: @len bytes behind the common fields, in the file's byte order already. */
void dat_build_bytes(struct dat_build *b, unsigned int cpu, uint64_t ts, unsigned int id,
		     const void *bytes, size_t len);

/* The file; its length is returned. @out has DAT_BUILD_MAX bytes. */
size_t dat_build_file(struct dat_build *b, uint8_t *out);

/* A path that opens a private file with these bytes, until the process ends. */
const char *dat_build_path(const uint8_t *data, size_t len, char path[64]);

#endif
