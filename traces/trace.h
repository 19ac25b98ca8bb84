/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An opened capture: events in time order, and whatever its bundle says about the machine.
 *
 * The format is found by content: ftrace `trace` text, trace.dat (v6, v7), .kmt, each plain, .zst
 * or .gz, or a bundle (directory, .tar, .tar.zst, .tar.gz). Nothing here exits or prints.
 */
#ifndef TRACES_TRACE_H
#define TRACES_TRACE_H

#include "engine/core/diag.h"
#include "engine/core/snapshot.h"
#include "engine/core/strtab.h"
#include "engine/event.h"

struct trace;

/* What is known of a capture besides its events. Strings live as long as the trace. */
struct trace_info {
	const char *path;	    /* as given */
	const char *format;	    /* "ftrace-text", "trace.dat", "perf.data", "kmt" */
	const char *bundle;	    /* bundle's name (its directory), or "" */
	char kernel[64];	    /* "6.1.192", from meta/version or trace.dat; "" where unknown.
				   Debian's "6.1.0-56-cloud-amd64 … Debian 6.1.192-2" gives 6.1.192 */
	char arch[16];		    /* "x86_64" …, "" where unknown */
	unsigned int page_size;	    /* bytes; 4096 where nothing says otherwise */
	unsigned int pointer_bytes; /* of the recorded kernel's pointers; 0 where nothing says it */
	unsigned int nr_cpus;
	bool has_cma;			  /* the kernel numbers a CMA migratetype */
	const char *cmdline;		  /* kernel command line, "" where unknown */
	uint64_t nr_events;		  /* 0 until known */
	uint64_t first_ts_ns, last_ts_ns; /* 0 until known */
	/* The clock counts something else than time (x86-tsc: cycles, counter: events, uptime:
	   hundredths of a second): every ts_ns is that count, as it stands in the trace. */
	bool clock_counts;
	/* Made by `kmemlab gen`: its page numbers name objects (event.h, KM_SYNTHETIC_SHIFT), no
	   page of any machine. */
	bool synthetic;
};

/* Kernel: include/linux/ring_buffer.h:RING_BUFFER_ALL_CPUS [6.1 6.12] */
#define TRACE_ALL_CPUS UINT32_MAX

struct trace_loss {
	unsigned int cpu; /* TRACE_ALL_CPUS: nothing says of which */
	const char *event_class;
	uint64_t lost_events;		  /* 0: it is not known how many */
	uint64_t first_ts_ns, last_ts_ns; /* 0: at no known time */
	bool stated; /* by the bundle's meta/ring_stats alone, not by the trace */
};

struct trace_lost {
	uint64_t events;
	bool any, unknown; /* unknown: more than that, nothing says how many */
};

/* Something in the trace that has no full meaning here; its events are delivered all the same. */
struct trace_notice {
	const char *what; /* "gfp flags without a meaning", … */
	const char *name; /* which: "__GFP_NEW" */
	uint64_t count;	  /* how often */
};

/**
 * trace_open() - open a capture by path ("-": standard input).
 *
 * Return: 0; -KM_ENOENT, -KM_EIO, -KM_EFORMAT (no known format, or an empty file), -KM_ENOMEM, with
 * @d filled and *@out untouched.
 */
int trace_open(struct trace **out, const char *path, struct km_diag *d) KM_MUST_CHECK;

/*
 * As trace_open(); what has to be kept on disk (trace_keep(), and of a pipe or a compressed file
 * what cannot be read forward) is in @dir, which outlives the trace. NULL: /tmp.
 */
int trace_open_spooling(struct trace **out, const char *path, const char *dir,
			struct km_diag *d) KM_MUST_CHECK;
void trace_close(struct trace *t);

const struct trace_info *trace_info(const struct trace *t);
struct strtab *trace_strings(struct trace *t);

/**
 * trace_read() - the next events, merged over CPUs into one total order (time, then CPU, then
 * position). Text has been merged by the kernel and keeps its own order: events of one microsecond
 * are not sorted again, and where a file goes back in time so do the events.
 *
 * Return: how many were stored in @buf (at most @n), 0 at the end, or a negative -KM_E… with @d
 * filled. After -KM_ETRUNC or -KM_EFORMAT everything before the damage has been delivered.
 */
int64_t trace_read(struct trace *t, struct km_event *buf, size_t n,
		   struct km_diag *d) KM_MUST_CHECK;

/* It comes out of a pipe, and can be read once, in constant memory. */
bool trace_is_stream(const struct trace *t);

/**
 * trace_keep() - before the first trace_read(): keep all of a stream on disk, in a file without a
 * name, so that it can be read again. Anything else can be already.
 *
 * Return: 0; -KM_EIO (no room on disk), -KM_EFORMAT (beyond the limits), -KM_ENOMEM.
 */
int trace_keep(struct trace *t, struct km_diag *d) KM_MUST_CHECK;

/* Back to the first event. Of a stream, only before the first trace_read(). */
int trace_rewind(struct trace *t, struct km_diag *d) KM_MUST_CHECK;

enum trace_axis { TRACE_BY_TIME, TRACE_BY_EVENT };

/**
 * trace_seek() - let trace_read() go on at the first event of time @to or later, or at event number
 * @to (from 0). A .kmt finds it through its index; any other format is read and passed over.
 *
 * Beyond the end, trace_read() gives 0. Losses are those of what is read from here on, and those a
 * file says of itself.
 */
int trace_seek(struct trace *t, enum trace_axis axis, uint64_t to, struct km_diag *d) KM_MUST_CHECK;

/**
 * trace_window() - from now on the trace is only its events from @from_ns to @to_ns, both included;
 * back to the first of them. trace_rewind() comes back there. Losses outside do not count.
 *
 * A trace that goes back in time by more than a second may miss events at the window's ends.
 */
int trace_window(struct trace *t, uint64_t from_ns, uint64_t to_ns,
		 struct km_diag *d) KM_MUST_CHECK;

/* Bytes read of a stream. */
uint64_t trace_streamed_bytes(const struct trace *t);

/* Events so far that were put in the order of their times, and the farthest any stood behind. */
uint64_t trace_reordered(const struct trace *t, uint64_t *most_ns);

/* Share of the input consumed, 0 … 1000000, for a progress bar; 0 of a stream. */
uint32_t trace_progress_ppm(const struct trace *t);

/* Losses found so far (complete after the last trace_read()). */
size_t trace_losses(const struct trace *t, const struct trace_loss **out);
/* All of them as one number; what two rows say of the same events counts once. */
void trace_lost(const struct trace *t, struct trace_lost *out);

/* What was met so far (complete after the last trace_read()). */
size_t trace_notices(const struct trace *t, const struct trace_notice **out);

/* ---- the bundle; all of it is empty for a bare trace file ---- */

/*
 * "start" first, "end" last, the others by name; labels whose marker trace_read() has passed come
 * first, in the order of their markers.
 */
size_t trace_nr_labels(const struct trace *t);
const char *trace_label(const struct trace *t, size_t i);

/* The raw bytes of a bundle's file, e.g. "meta/iomem" or "snap/start/buddyinfo" (kpageflags.gz is unpacked under the
 * name "snap/start/kpageflags"). -KM_ENOENT where it has none. The bytes live until trace_close(). */
int trace_file(struct trace *t, const char *name, const char **data, size_t *len,
	       struct km_diag *d);
size_t trace_nr_files(const struct trace *t);
const char *trace_file_name(const struct trace *t, size_t i);

/*
 * Parse snap/@label into @out. An absent file leaves its part empty; an unreadable one is an error
 * with file:line.
 */
int trace_snapshot(struct trace *t, const char *label, struct km_snapshot *out,
		   struct km_diag *d) KM_MUST_CHECK;
void trace_snapshot_release(struct km_snapshot *s);

/* The same of snap/@label/vmallocinfo alone. */
int trace_vmallocinfo(struct trace *t, const char *label, struct km_snapshot *out,
		      struct km_diag *d) KM_MUST_CHECK;

/* The same of its slabinfo. */
int trace_slabinfo(struct trace *t, const char *label, struct km_snapshot *out,
		   struct km_diag *d) KM_MUST_CHECK;

/*
 * What meta/nodeN_cpulist, meta/nodeN_distance and meta/dmesg say of nodes; trace_snapshot() has it
 * too. A file that makes no sense is an error with file:line, and *out then undefined.
 */
int trace_numa(struct trace *t, struct km_numa *out, struct km_diag *d) KM_MUST_CHECK;

/* How per-CPU memory is laid out, as far as the capture's dmesg says it; else zeroed. */
void trace_percpu(struct trace *t, struct km_snap_percpu *out);

#endif
