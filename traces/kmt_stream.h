/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writing a .kmt piece by piece, by whoever has events: open, files, events, close. Memory is one
 * block of events, whatever their number.
 */
#ifndef TRACES_KMT_STREAM_H
#define TRACES_KMT_STREAM_H

#include "traces/trace.h"

struct kmt_stream;

/* zstd levels: of a capture, written once; of a generated trace, which can be made again. */
enum { KMT_LEVEL_ARCHIVE = 19, KMT_LEVEL_QUICK = 3 };

struct kmt_file {
	const char *name; /* as trace_file() names it */
	const char *data;
	size_t len;
};

/**
 * kmt_stream_open() - begin a file beside @path, which gets that name at the end.
 * @info: its constants go into the file
 * @strings: what the events' ids mean; both may grow until the stream is closed
 * @level: of zstd
 *
 * Return: 0; -KM_EIO, -KM_ENOMEM with @d filled.
 */
int kmt_stream_open(struct kmt_stream **out, const char *path, const struct trace_info *info,
		    const struct strtab *strings, int level, struct km_diag *d) KM_MUST_CHECK;

/* The bundle's files, by name, before the first event. */
int kmt_stream_files(struct kmt_stream *w, const struct kmt_file *file, size_t n,
		     struct km_diag *d) KM_MUST_CHECK;

int kmt_stream_events(struct kmt_stream *w, const struct km_event *ev, size_t n,
		      struct km_diag *d) KM_MUST_CHECK;

/* Bytes written so far. */
uint64_t kmt_stream_bytes(const struct kmt_stream *w);

/**
 * kmt_stream_close() - the end of the file, which then gets its name; where @err says that
 * something failed before, nothing is left of it.
 *
 * Return: @err, or what failed here.
 */
int kmt_stream_close(struct kmt_stream *w, const struct trace_loss *losses, size_t nr_losses,
		     int err, struct km_diag *d) KM_MUST_CHECK;

#endif
