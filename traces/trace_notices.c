/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/trace_notices.h"

#include <string.h>

#include "engine/core/diag.h"

enum { MAX_NAME = 64 };

static bool is_name(const struct trace_notice *n, const char *what, const char *name, size_t len)
{
	return !strcmp(n->what, what) && strlen(n->name) == len && !memcmp(n->name, name, len);
}

int trace_notices_add(struct trace_notices *n, struct strtab *strings, const char *what,
		      const char *name, size_t len)
{
	const char *nul = memchr(name, '\0', len);
	size_t i = 0;

	len = nul ? (size_t)(nul - name) : len;
	len = len < MAX_NAME ? len : MAX_NAME;
	while (i < n->nr && !is_name(&n->at[i], what, name, len))
		i++;
	if (i == n->nr && i < TRACE_MAX_NOTICES) {
		bool last = i == TRACE_MAX_NOTICES - 1;
		int64_t id = strtab_intern(strings, last ? "others" : name, last ? 6 : len);

		if (id < 0)
			return (int)id;
		n->at[n->nr++] = (struct trace_notice){
			.what = what,
			.name = strtab_get(strings, (uint32_t)id),
		};
	}
	n->at[i < n->nr ? i : n->nr - 1].count++;
	return 0;
}
