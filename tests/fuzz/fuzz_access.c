/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as memory accesses: the reader may refuse them, and must do nothing else wrong. What is
 * read goes through a small TLB.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/tlb/tlb.h"
#include "traces/access.h"

enum { BATCH = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct tlb *small_tlb(void)
{
	const struct tlb_profile p = {
		.name = "fuzz",
		.page_shift = 12,
		.table_bits = 9,
		.nr_tables = 5,
		.nr_arrays = 1,
		.array = { { "L1", { 8, 2, TLB_LRU, TLB_XOR }, 1, 7, 1 << 12, false, 0 } },
		.walk_cache = { [2] = { 4, 4, TLB_BIT_PLRU, TLB_LINEAR } },
	};
	struct tlb *t;

	if (tlb_open(&t, &p, 1, 0, NULL))
		abort();
	return t;
}

static void read_all(struct access_trace *t, struct tlb *tlb)
{
	struct access buf[BATCH];
	struct km_diag d;
	int64_t n;

	while ((n = access_trace_read(t, buf, BATCH, &d)) > 0)
		for (int64_t i = 0; i < n; i++) {
			const struct tlb_access a = { .vaddr = buf[i].vaddr, .page_shift = 12 };

			if (buf[i].kind >= ACCESS_NR_KINDS || buf[i].bytes > ACCESS_MAX_BYTES)
				abort();
			tlb_touch(tlb, 0, &a, buf[i].bytes);
		}
	if (n < 0 && access_trace_read(t, buf, BATCH, &d) != n)
		abort();
	if (tlb_check(tlb, &d))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct tlb *tlb = small_tlb();
	struct access_trace *t;
	struct km_diag d;
	char path[64];

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!access_trace_open(&t, path, &d)) {
		read_all(t, tlb);
		access_trace_close(t);
	}
	tlb_close(tlb);
	close(fd);
	return 0;
}
