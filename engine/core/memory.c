/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/core/memory.h"

#include <stdint.h>
#include <sys/mman.h>

void km_use_huge_pages(const void *at, size_t bytes)
{
	enum { HUGE = 2 << 20 };
	uintptr_t from = ((uintptr_t)at + HUGE - 1) / HUGE * HUGE;
	uintptr_t end = ((uintptr_t)at + bytes) / HUGE * HUGE;

	if (from < end)
		(void)madvise((void *)from, end - from, MADV_HUGEPAGE);
}
