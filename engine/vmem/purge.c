/* SPDX-License-Identifier: GPL-2.0-only */
/* What waits comes back, and the TLBs that may know of it are flushed. */
#include "engine/vmem/parts.h"

/* Kernel: arch/x86/mm/tlb.c:flush_tlb_kernel_range() [6.1], arch/arm64/include/asm/tlbflush.h */
void vmem_flush(struct vmem *m, struct vmem_range r)
{
	uint64_t pages = r.end > r.start ? (r.end - r.start) >> m->c.page_shift : 0;

	m->n.flushes++;
	m->n.full_flushes += m->c.prof->flushes_all || pages > m->c.layout->flush_ceiling;
	m->n.ipis += m->c.layout->broadcasts ? 0 : m->c.nr_cpus - 1;
}

static struct vmem_range both(struct vmem_range a, struct vmem_range b)
{
	return (struct vmem_range){ a.start < b.start ? a.start : b.start,
				    a.end > b.end ? a.end : b.end };
}

bool vmem_purge(struct vmem *m, bool full, struct vmem_range with)
{
	struct vmalloc_purge p;

	vmalloc_purge(&m->space, full, &p);
	if (!p.areas)
		return false;
	vmem_flush(m, both(with, (struct vmem_range){ p.start, p.end }));
	return true;
}

void vmem_unmap_aliases(struct vmem *m, struct vmem_range with, bool flush)
{
	flush |= vmem_blocks_dirty(m, &with);
	vmem_blocks_retire(m, false);
	if (!vmem_purge(m, false, with) && flush)
		vmem_flush(m, with);
}
