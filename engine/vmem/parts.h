/* SPDX-License-Identifier: GPL-2.0-only */
/* What the vmem_*.c share. */
#ifndef KM_VMEM_PARTS_H
#define KM_VMEM_PARTS_H

#include "engine/vmalloc/vmalloc_ops.h"
#include "engine/vmem/vmem.h"

/* vmem.c: an area; 0: none. A host that fails: -KM_ENOMEM. */
int vmem_area(struct vmem *m, const struct vmalloc_request *rq, uint32_t *area) KM_MUST_CHECK;
/* It waits for its purge, which may be due. Kernel: mm/vmalloc.c:free_vmap_area_noflush() */
void vmem_unmap(struct vmem *m, uint32_t area);

/*
 * purge.c: purge what waits. @full: addresses have run out.
 * @start, @end: what is to be flushed beside that; @flush: even where nothing waits.
 * Kernel: mm/vmalloc.c:__purge_vmap_area_lazy(), _vm_unmap_aliases() [6.1 6.12]
 */
struct vmem_range {
	uint64_t start, end;
};

void vmem_flush(struct vmem *m, struct vmem_range r);
bool vmem_purge(struct vmem *m, bool full, struct vmem_range with);
void vmem_unmap_aliases(struct vmem *m, struct vmem_range with, bool flush);

/*
 * tables.c: page tables for [@start, @end), @leaf: huge entries wherever one fits. False: the
 * owner has no page.
 * Kernel: mm/vmalloc.c:vmap_pages_range_noflush(), vmap_try_huge_pmd() [6.1]
 */
int vmem_tables_map(struct vmem *m, const struct vmem_request *rq, struct vmem_range r, bool leaf,
		    bool *done) KM_MUST_CHECK;
void vmem_tables_release(struct vmem_tables *t);
int vmem_tables_check(const struct vmem *m, struct km_diag *d) KM_MUST_CHECK;

/* vmem.c: an area with pages; 0 and m->failure: none */
int vmem_make(struct vmem *m, const struct vmem_request *rq, uint32_t *area) KM_MUST_CHECK;

/* pages.c: the pages behind @area; its array of pointers first */
int vmem_back(struct vmem *m, uint32_t area, const struct vmem_request *rq, uint64_t pages,
	      unsigned int order) KM_MUST_CHECK;
void vmem_unback(struct vmem *m, unsigned int cpu, struct vmem_back *b);

/* blocks.c */
int vmem_blocks_init(struct vmem *m) KM_MUST_CHECK;
void vmem_blocks_release(struct vmem *m);
int vmem_block_alloc(struct vmem *m, const struct vmem_request *rq, uint64_t pages,
		     uint64_t *addr) KM_MUST_CHECK;
/* The block that holds @addr; 0: none. */
uint32_t vmem_block_at(const struct vmem *m, uint64_t addr);
void vmem_block_free(struct vmem *m, uint32_t block, uint64_t addr, uint64_t pages);
/* Blocks with nothing in use go; @range is widened by what was unmapped in the others. */
void vmem_blocks_retire(struct vmem *m, bool full);
bool vmem_blocks_dirty(struct vmem *m, struct vmem_range *range);
int vmem_blocks_check(const struct vmem *m, struct km_diag *d) KM_MUST_CHECK;
/* Pages that vm_map_ram() gives from a block, at most. */
static inline uint64_t vmem_block_most(const struct vmem *m)
{
	return m->c.bits_per_long;
}

static inline uint64_t vmem_page(const struct vmem *m)
{
	return UINT64_C(1) << m->c.page_shift;
}

#endif
