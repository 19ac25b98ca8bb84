/* SPDX-License-Identifier: GPL-2.0-only */
/* Contiguous allocations of a generated trace, as a driver would ask. */
#ifndef KM_CONTIG_ASKED_H
#define KM_CONTIG_ASKED_H

#include "engine/core/diag.h"
#include "engine/core/types.h"

struct replay;
struct op;
struct cma_area;

/*
 * The area that a request for @name is served from: that one alone, NULL where the machine has
 * none so called; "": the default one.
 */
struct cma_area *contig_asked_area(struct replay *r, const char *name);

/**
 * contig_asked_alloc() - @pages pages for @op, aligned to their order, by 2^8 pages at most.
 * @out: the first page; KM_NO_PFN: the area has no such range, or there is none
 *
 * Kernel: kernel/dma/contiguous.c:cma_alloc_aligned(), CONFIG_CMA_ALIGNMENT [6.1]
 *
 * Return: 0, or what the sink did; -KM_EINVAL of a machine that is not sound, with @d filled.
 */
int contig_asked_alloc(struct replay *r, const struct op *op, uint64_t pages, struct pfn *out,
		       struct km_diag *d) KM_MUST_CHECK;
void contig_asked_free(struct replay *r, const struct op *op, struct pfn at, uint64_t pages);

#endif
