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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct km_snapshot s = { 0 };
	size_t half = size / 2;

	if (!size)
		return 0;
	if ((data[0] & 0xc0) == 0x40) {
		struct km_diag d;

		(void)!snap_vmallocinfo(&s, (const char *)data + 1, size - 1, "fuzz", &d);
	} else if (data[0] & 0x80) {
		if (!parse(&s, data[0], (const char *)data + 1, half))
			parse(&s, data[0] >> 3, (const char *)data + 1 + half, size - 1 - half);
	} else {
		parse(&s, data[0], (const char *)data + 1, size - 1);
	}
	if (s.nr_zones > KM_MAX_ZONES || s.nr_orders > KM_MAX_ORDERS)
		abort();
	trace_snapshot_release(&s);
	return 0;
}
