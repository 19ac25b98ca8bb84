/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How per-CPU memory is laid out: what the kernel says of it when it boots.
 *
 * Kernel: mm/percpu.c:pcpu_embed_first_chunk(), pcpu_page_first_chunk(),
 * arch/x86/kernel/setup_percpu.c:setup_per_cpu_areas() [6.1 6.12]
 */
#include <string.h>

#include "traces/snap.h"
#include "traces/trace.h"

static const char *behind(const struct snap_lines *l, const char *text)
{
	const char *at = memmem(l->line, (size_t)(l->stop - l->line), text, strlen(text));

	return at ? at + strlen(text) : NULL;
}

/* The number behind @text, up to a blank or the line's end. */
static bool number_behind(const struct snap_lines *l, const char *from, const char *text,
			  uint64_t *out)
{
	const char *p = from ? memmem(from, (size_t)(l->stop - from), text, strlen(text)) : NULL;

	if (!p)
		return false;
	p += strlen(text);
	const char *end = memchr(p, ' ', (size_t)(l->stop - p));

	return snap_number(&p, end ? end : l->stop, out);
}

/* "percpu: Embedded 51 pages/cpu s171432 r8192 d29272 u2097152" */
static void read_layout(struct km_snap_percpu *out, const struct snap_lines *l)
{
	const char *p = behind(l, " pages/cpu ");
	struct km_snap_percpu got = { .nr_units = out->nr_units };

	if (number_behind(l, p ? p - 1 : NULL, " s", &got.static_bytes) &&
	    number_behind(l, p ? p - 1 : NULL, " r", &got.reserved_bytes) &&
	    number_behind(l, p ? p - 1 : NULL, " d", &got.dyn_bytes) &&
	    number_behind(l, p ? p - 1 : NULL, " u", &got.unit_bytes))
		*out = got;
}

void snap_percpu(struct km_snap_percpu *out, const char *data, size_t len)
{
	struct snap_lines l;
	uint64_t units;

	snap_lines_init(&l, data, len, "", NULL);
	while (snap_next(&l)) {
		if (!out->unit_bytes)
			read_layout(out, &l);
		if (!out->nr_units && number_behind(&l, l.line, " nr_cpu_ids:", &units) &&
		    units <= KM_MAX_CPUS)
			out->nr_units = (unsigned int)units;
	}
}

void trace_percpu(struct trace *t, struct km_snap_percpu *out)
{
	const char *data;
	size_t len;

	memset(out, 0, sizeof(*out));
	if (!trace_file(t, "meta/dmesg", &data, &len, NULL))
		snap_percpu(out, data, len);
}
