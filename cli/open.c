/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/open.h"

#include <stdlib.h>

int cli_open_trace(struct trace **out, const char *path, struct km_diag *d)
{
	const char *dir = getenv("TMPDIR");

	return trace_open_spooling(out, path, dir && *dir ? dir : NULL, d);
}
