/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that a boot gives back after khugepaged has computed min_free_kbytes: the initial RAM disk
 * and what the kernel's image leaves unused. "Freeing initrd memory: 13964K"; the alternatives of
 * SMP come before.
 *
 * Kernel: mm/page_alloc.c:free_reserved_area() [2.6.34 6.1], init/initramfs.c:free_initrd_mem()
 */
#include <stdlib.h>
#include <string.h>

#include "traces/snap.h"

uint64_t snap_late_kib(const char *data, size_t len)
{
	enum { MOST_KIB = 1 << 30 };
	static const char freeing[] = "Freeing ", memory[] = " memory: ";
	const char *stop = data + len;
	uint64_t sum = 0;

	for (const char *line = data, *next; line < stop; line = next) {
		const char *end = memchr(line, '\n', (size_t)(stop - line));

		next = end ? end + 1 : stop;
		size_t n = (size_t)(next - line);
		const char *from = memmem(line, n, freeing, sizeof(freeing) - 1);
		const char *size = memmem(line, n, memory, sizeof(memory) - 1);

		if (!from || !size || from > size || memmem(line, n, "alternatives", 12))
			continue;
		uint64_t kib = 0;

		for (size += sizeof(memory) - 1;
		     size < next && *size >= '0' && *size <= '9' && kib < MOST_KIB; size++)
			kib = kib * 10 + (uint64_t)(*size - '0');
		/* up to 3.x: "1234k freed" */
		if (size < next && (*size == 'K' || *size == 'k') && kib < MOST_KIB &&
		    sum < MOST_KIB)
			sum += kib;
	}
	return sum;
}
