/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/trace_labels.h"

#include <stdlib.h>
#include <string.h>

#include "engine/core/types.h"

static int rank(const char *name)
{
	return !strcmp(name, "start") ? 0 : !strcmp(name, "end") ? 2 : 1;
}

/* By name, numbers by their value: mid2 before mid10. */
static int by_rank(const void *a, const void *b)
{
	const char *na = *(char *const *)a, *nb = *(char *const *)b;
	int order = rank(na) - rank(nb);

	if (!order)
		order = strverscmp(na, nb);
	return order ? order : strcmp(na, nb);
}

static bool known(const struct trace_labels *l, const char *name, size_t len)
{
	return l->nr && !strncmp(l->names[l->nr - 1], name, len) && !l->names[l->nr - 1][len];
}

/* Files come sorted, so those of one label stand together. */
int trace_labels_init(struct trace_labels *l, const struct bundle *b, struct km_diag *d)
{
	size_t n = bundle_nr_files(b);

	*l = (struct trace_labels){ .names = calloc(n + 1, sizeof(char *)) };
	if (!l->names)
		return km_fail(d, KM_ENOMEM, bundle_name(b), "no memory");
	for (size_t i = 0; i < n; i++) {
		const char *name = bundle_file_name(b, i);
		const char *label = !strncmp(name, "snap/", 5) ? name + 5 : "";
		size_t len = strcspn(label, "/");

		if (!len || label[len] != '/' || known(l, label, len))
			continue;
		if (len >= KM_NAME_LEN)
			return km_fail(d, KM_EFORMAT, name, "a label may have %d bytes",
				       KM_NAME_LEN - 1);
		l->names[l->nr] = strndup(label, len);
		if (!l->names[l->nr])
			return km_fail(d, KM_ENOMEM, bundle_name(b), "no memory");
		l->nr++;
	}
	if (l->nr)
		qsort(l->names, l->nr, sizeof(*l->names), by_rank);
	return 0;
}

void trace_labels_release(struct trace_labels *l)
{
	for (size_t i = 0; i < l->nr; i++)
		free(l->names[i]);
	free(l->names);
	*l = (struct trace_labels){ 0 };
}

void trace_labels_marker(struct trace_labels *l, const char *text)
{
	static const char lead[] = "kmemlab snapshot begin ";

	if (strncmp(text, lead, sizeof(lead) - 1))
		return;
	text += sizeof(lead) - 1;
	for (size_t i = l->nr_seen; i < l->nr; i++) {
		char *name = l->names[i];

		if (strcmp(name, text))
			continue;
		memmove(&l->names[l->nr_seen + 1], &l->names[l->nr_seen],
			(i - l->nr_seen) * sizeof(char *));
		l->names[l->nr_seen++] = name;
		return;
	}
}
