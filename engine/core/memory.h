/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hints about the host's memory, for tables that are large and visited in no order: their misses
 * are most of a replay's time. A hint that is not taken makes a replay slower, nothing else.
 */
#ifndef KM_CORE_MEMORY_H
#define KM_CORE_MEMORY_H

#include <stddef.h>

/*
 * Have the memory at @at brought near. The empty asm is an effect: gcc takes a function that does
 * nothing but this for one without any, and drops its calls.
 */
static inline void km_prefetch(const void *at)
{
	__builtin_prefetch(at);
	__asm__ volatile("");
}

/* Have the host's huge pages behind [@at, @at + @bytes): all of it is going to be used. */
void km_use_huge_pages(const void *at, size_t bytes);

#endif
