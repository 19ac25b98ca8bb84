/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What trace.c asks of one format: a reader gets a source of bytes and hands out normalised events.
 * One that .streams gets it as it is, compressed or a pipe, and reads it forward through
 * io_stream_open(), so that memory does not grow with it; it comes back to the beginning only
 * before its first event, or where the source seeks. The others get a plain file that seeks.
 */
#ifndef TRACES_READER_H
#define TRACES_READER_H

#include "traces/io_source.h"
#include "traces/trace.h"

/* What a reader may use and fill; owned by trace.c. */
struct reader_env {
	struct strtab *strings;
	struct trace_info *info; /* a reader fills what it knows and nobody has filled before */
	/* Bytes of one of the capture's files ("meta/formats/kmem.kmalloc"), as trace_file(). */
	int (*file)(void *ctx, const char *name, const char **data, size_t *len);
	/* A reader that carries files itself (.kmt) hands each over; the bytes are copied. */
	int (*add_file)(void *ctx, const char *name, const char *data, size_t len);
	int (*add_loss)(void *ctx, unsigned int cpu, const char *event_class, uint64_t lost,
			uint64_t ts_ns);
	/* Count @name under @what, a constant. May be NULL. 0 or -KM_ENOMEM. */
	int (*add_notice)(void *ctx, const char *what, const char *name, size_t len);
	void *ctx;
};

struct reader_ops {
	const char *name;     /* as trace_info.format */
	const char *describe; /* one line for `kmemlab list readers` */
	bool streams;
	bool disordered; /* its events may stand a little out of the order of their times */
	/* Does a file that begins with these bytes belong to this reader? */
	bool (*sniff)(const uint8_t *head, size_t len);
	/* @src and @path outlive the reader. */
	int (*open)(void **self, struct io_source *src, const char *path,
		    const struct reader_env *env, struct km_diag *d);
	int64_t (*read)(void *self, struct km_event *buf, size_t n, struct km_diag *d);
	int (*rewind)(void *self, struct km_diag *d);
	/*
	 * Go to a place that has no event at or after @to behind it, as near as is cheap: how many
	 * events are behind it, or a negative -KM_E…. One that cannot goes to the beginning: 0.
	 */
	int64_t (*seek)(void *self, enum trace_axis axis, uint64_t to, struct km_diag *d);
	uint32_t (*progress_ppm)(const void *self);
	void (*close)(void *self);
};

extern const struct reader_ops reader_text; /* read_text.c */
extern const struct reader_ops reader_dat;  /* read_dat.c */
extern const struct reader_ops reader_kmt;  /* read_kmt.c */
extern const struct reader_ops reader_perf; /* read_perf.c */

/* Every reader, in the order they are asked (trace.c). */
size_t trace_nr_readers(void);
const struct reader_ops *trace_reader_at(size_t i);

#endif
