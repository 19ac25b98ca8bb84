/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the benchmark share. */
#ifndef KM_BENCH_H
#define KM_BENCH_H

#include <stdint.h>
#include <time.h>

static inline uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* bench_rooms.c: lines of their results on standard output. Return: an exit status. */
int bench_cma(void);
int bench_tlb(uint32_t ways, uint64_t spread, uint64_t each);

#endif
