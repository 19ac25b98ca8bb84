/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/snap.h"
#include "traces/trace.h"

enum { PATH_BYTES = 4096 };

typedef int parser(struct km_snapshot *s, const char *data, size_t len, const char *where,
		   struct km_diag *d);

/* zoneinfo first: it alone numbers the zones, empty ones too. */
static const struct {
	const char *name;
	parser *parse;
} parsers[] = {
	{ "zoneinfo", snap_zoneinfo },	       { "buddyinfo", snap_buddyinfo },
	{ "pagetypeinfo", snap_pagetypeinfo }, { "cma", snap_cma },
	{ "kpageflags", snap_kpageflags },     { "slabinfo", snap_slabinfo },
	{ "vmallocinfo", snap_vmallocinfo },
};

static bool has_label(const struct trace *t, const char *label)
{
	for (size_t i = 0; i < trace_nr_labels(t); i++)
		if (!strcmp(trace_label(t, i), label))
			return true;
	return false;
}

static bool has_file(const struct trace *t, const char *name)
{
	for (size_t i = 0; i < trace_nr_files(t); i++)
		if (!strcmp(trace_file_name(t, i), name))
			return true;
	return false;
}

static int read_file(struct trace *t, const char *name, parser *parse, struct km_snapshot *s,
		     struct km_diag *d)
{
	char where[PATH_BYTES];
	const char *data;
	size_t len;

	if (!has_file(t, name))
		return 0;
	int err = trace_file(t, name, &data, &len, d);

	if (err)
		return err;
	snprintf(where, sizeof(where), "%s/%s", trace_info(t)->path, name);
	return parse(s, data, len, where, d);
}

static int read_part(struct trace *t, size_t i, struct km_snapshot *s, struct km_diag *d)
{
	char name[KM_NAME_LEN + 32];

	snprintf(name, sizeof(name), "snap/%s/%s", s->label, parsers[i].name);
	return read_file(t, name, parsers[i].parse, s, d);
}

/* Areas that dmesg alone tells of, and what the boot gave back late. */
static int read_dmesg(struct trace *t, struct km_snapshot *s, struct km_diag *d)
{
	unsigned int page_shift = 0;
	const char *data;
	size_t len;

	while (UINT32_C(1) << page_shift < trace_info(t)->page_size && page_shift < 31)
		page_shift++;
	if (!has_file(t, "meta/dmesg"))
		return 0;
	int err = trace_file(t, "meta/dmesg", &data, &len, d);

	if (!err)
		s->late_kib = snap_late_kib(data, len);
	return err || s->nr_cma ? err : snap_cma_dmesg(s, data, len, page_shift, d);
}

static int check_label(const struct trace *t, const struct km_snapshot *s, struct km_diag *d)
{
	char where[PATH_BYTES];

	snprintf(where, sizeof(where), "%s/snap/%s", trace_info(t)->path, s->label);
	return snap_check(s, where, d);
}

int trace_snapshot(struct trace *t, const char *label, struct km_snapshot *out, struct km_diag *d)
{
	struct km_snapshot s = { 0 };
	int err = 0;

	if (!has_label(t, label))
		return km_fail(d, KM_ENOENT, trace_info(t)->path,
			       "no snapshot with the label \"%s\"", label);
	snprintf(s.label, sizeof(s.label), "%s", label);
	for (size_t i = 0; i < sizeof(parsers) / sizeof(*parsers) && !err; i++)
		err = read_part(t, i, &s, d);
	if (!err)
		err = read_dmesg(t, &s, d);
	if (!err)
		err = check_label(t, &s, d);
	if (!err && s.nr_caches)
		err = read_file(t, "meta/slab_attrs", snap_slab_attrs, &s, d);
	if (!err)
		err = trace_numa(t, &s.numa, d);
	if (!err)
		trace_percpu(t, &s.percpu);
	if (err)
		trace_snapshot_release(&s);
	else
		*out = s;
	return err;
}

/* One file of a label alone. */
static int read_one(struct trace *t, const char *label, const char *file,
		    int (*read)(struct km_snapshot *, const char *, size_t, const char *,
				struct km_diag *),
		    struct km_snapshot *out, struct km_diag *d)
{
	struct km_snapshot s = { 0 };
	char name[KM_NAME_LEN + 32];

	snprintf(s.label, sizeof(s.label), "%s", label);
	snprintf(name, sizeof(name), "snap/%s/%s", s.label, file);
	int err = read_file(t, name, read, &s, d);

	if (err)
		trace_snapshot_release(&s);
	else
		*out = s;
	return err;
}

int trace_vmallocinfo(struct trace *t, const char *label, struct km_snapshot *out,
		      struct km_diag *d)
{
	return read_one(t, label, "vmallocinfo", snap_vmallocinfo, out, d);
}

int trace_slabinfo(struct trace *t, const char *label, struct km_snapshot *out, struct km_diag *d)
{
	return read_one(t, label, "slabinfo", snap_slabinfo, out, d);
}

void trace_snapshot_release(struct km_snapshot *s)
{
	for (unsigned int i = 0; i < s->nr_zones; i++)
		free(s->zones[i].pagesets);
	for (unsigned int i = 0; i < s->nr_cma; i++)
		free(s->cma[i].bitmap);
	free(s->zones);
	free(s->cma);
	free(s->kpageflags);
	free(s->caches);
	free(s->aliases);
	free(s->vmaps);
	*s = (struct km_snapshot){ 0 };
}
