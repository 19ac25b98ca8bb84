/* SPDX-License-Identifier: GPL-2.0-only */
/* A private file that is being filled, and the limits it is held to; for the io*.c. */
#ifndef TRACES_IO_SINK_H
#define TRACES_IO_SINK_H

#include "traces/io.h"

struct io_sink {
	int fd;
	bool on_disk;
	uint64_t bytes;
	const char *where;
	struct io_budget *budget;
};

int io_sink_open(struct io_sink *s, const char *where, struct io_budget *b,
		 struct km_diag *d) KM_MUST_CHECK;

/* Append; @eaten: compressed bytes that went in so far, 0 where nothing was compressed. */
int io_sink_put(struct io_sink *s, const void *data, size_t len, uint64_t eaten,
		struct km_diag *d) KM_MUST_CHECK;

/* The finished file at its beginning. */
int io_sink_finish(struct io_sink *s);
void io_sink_drop(struct io_sink *s);

#endif
