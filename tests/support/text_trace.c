/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/support/text_trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 256, MAX_PATHS = 256 };

/* Paths are handed out for as long as the test lives. */
static char *new_path(void)
{
	static char paths[MAX_PATHS][PATH_BYTES];
	static size_t used;

	if (used == MAX_PATHS)
		abort();
	return paths[used++];
}

const char *tmp_file(const char *ending, const void *data, size_t len)
{
	char *path = new_path();
	int fd;

	snprintf(path, PATH_BYTES, "/tmp/kmemlab-test-XXXXXX%s", ending);
	fd = mkstemps(path, (int)strlen(ending));
	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		abort();
	close(fd);
	return path;
}

struct text_trace read_trace_file(const char *path)
{
	struct text_trace x = { 0 };
	int64_t n = 1;

	x.err = trace_open(&x.t, path, &x.d);
	while (!x.err && n > 0 && x.nr < TEXT_TRACE_EVENTS) {
		n = trace_read(x.t, x.ev + x.nr, TEXT_TRACE_EVENTS - x.nr, &x.d);
		if (n > 0)
			x.nr += (size_t)n;
		else
			x.err = (int)n;
	}
	return x;
}

struct text_trace read_trace_text(const char *text)
{
	const char *path = tmp_file(".txt", text, strlen(text));
	struct text_trace x = read_trace_file(path);

	unlink(path);
	return x;
}

const char *trace_text(const struct text_trace *x, uint32_t id)
{
	return strtab_get(trace_strings(x->t), id);
}

const char *shared_trace(const char *name)
{
	char *path = new_path();

	snprintf(path, PATH_BYTES, "../shared/traces/%s", name);
	if (!access(path, R_OK))
		return path;
	printf("skipped: no %s\n", path);
	return NULL;
}
