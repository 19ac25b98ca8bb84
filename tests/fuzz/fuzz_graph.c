/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as a trace of function_graph: the reader may refuse them, and must do nothing else
 * wrong.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/core/types.h"
#include "traces/graph.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct graph_call call;
	struct graph *g;
	struct km_diag d;
	char path[32];
	int got;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!graph_open(&g, path, &d)) {
		while ((got = graph_next(g, &call, &d)) > 0)
			if (strlen(call.name) >= GRAPH_NAME_LEN || call.cpu >= KM_MAX_CPUS)
				abort();
		graph_close(g);
	}
	close(fd);
	return 0;
}
