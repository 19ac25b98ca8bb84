/* SPDX-License-Identifier: GPL-2.0-only */
/* The first byte picks a kind of file, the rest is the file; two files may go into one snapshot. */
#include <stdlib.h>

#include "traces/snap.h"
#include "traces/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int parse(struct km_snapshot *s, unsigned int kind, const char *data, size_t len)
{
	struct km_diag d;

	switch (kind % 5) {
	case 0:
		return snap_zoneinfo(s, data, len, "fuzz", &d);
	case 1:
		return snap_buddyinfo(s, data, len, "fuzz", &d);
	case 2:
		return snap_pagetypeinfo(s, data, len, "fuzz", &d);
	case 3:
		return snap_cma(s, data, len, "fuzz", &d);
	default:
		return s->kpageflags ? 0 : snap_kpageflags(s, data, len, "fuzz", &d);
	}
}

static void nodes(struct km_numa *n, unsigned int kind, const char *data, size_t len)
{
	static const uint8_t online[] = { 0, 1, 3 };
	struct km_diag d;

	if (kind % 3 == 0)
		(void)!snap_cpulist(n, kind >> 2 & 15, data, len, "fuzz", &d);
	else if (kind % 3 == 1)
		(void)!snap_distance(n, kind >> 2 & 15, online, 3, data, len, "fuzz", &d);
	else
		snap_dmesg(n, data, len);
	(void)snap_late_kib(data, len);
}

/* A zoneinfo, and a dmesg behind it. */
static void areas(struct km_snapshot *s, const char *data, size_t len, size_t half)
{
	struct km_diag d;

	if (!snap_zoneinfo(s, data, half, "fuzz", &d))
		(void)!snap_cma_dmesg(s, data + half, len - half, 12, &d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct km_snapshot s = { 0 };
	size_t half = size / 2;

	if (!size)
		return 0;
	if ((data[0] & 0xe0) == 0x60) {
		nodes(&s.numa, data[0], (const char *)data + 1, size - 1);
		snap_percpu(&s.percpu, (const char *)data + 1, size - 1);
	} else if ((data[0] & 0xe0) == 0x40) {
		struct km_diag d;

		(void)!snap_vmallocinfo(&s, (const char *)data + 1, size - 1, "fuzz", &d);
	} else if ((data[0] & 0xe0) == 0x20) {
		areas(&s, (const char *)data + 1, size - 1, half);
	} else if (data[0] & 0x80) {
		if (!parse(&s, data[0], (const char *)data + 1, half))
			parse(&s, data[0] >> 3, (const char *)data + 1 + half, size - 1 - half);
	} else {
		parse(&s, data[0], (const char *)data + 1, size - 1);
	}
	struct km_diag said;

	(void)!snap_check(&s, "fuzz", &said);
	if (s.nr_zones > KM_MAX_ZONES || s.nr_orders > KM_MAX_ORDERS)
		abort();
	trace_snapshot_release(&s);
	return 0;
}
