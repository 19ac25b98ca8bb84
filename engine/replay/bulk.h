/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages that leave the per-CPU lists without an event each: vmalloc asks for them in chunks, and a
 * last single one comes through the front door, traced.
 *
 * Kernel: mm/vmalloc.c:vm_area_alloc_pages() [6.1]
 */
#ifndef KM_BULK_H
#define KM_BULK_H

#include "engine/machine/machine.h"
#include "engine/replay/group.h"

struct replay;

/* What vmalloc asks for. */
#define BULK_GFP (KM_GFP_KERNEL | KM_GFP_HIGHMEM)

/*
 * Pages that a kmalloc, vmalloc's array of page pointers, announces to leave without an event, by
 * the rules of the kernel that recorded it, and by the size of its pointers; 0: none.
 */
uint32_t bulk_pages(struct replay *r, const struct km_event *ev);

/*
 * *@n such pages are handed out on op->cpu, as the modelled kernel's vmalloc asks for them: one by
 * one where it has no bulk requests, or they give nothing. Each is shown to @got (NULL: nobody
 * asks). What it could not get is left in *@n.
 *
 * Differs: where bulk requests gave too little when the trace was recorded, the pages asked for
 * singly then are in it, and asked for twice.
 */
int bulk_request(struct replay *r, const struct op *op, unsigned int *n,
		 int (*got)(struct replay *r, struct pfn p, struct km_diag *d), struct km_diag *d);

/* The zone that a CPU's requests of vmalloc try first. */
unsigned int bulk_zone(const struct machine *m, unsigned int cpu);

#endif
