/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frame numbers of page pointers: before 4.1 an event stores the address of its struct page.
 *
 * Kernel: include/asm-generic/memory_model.h:page_to_pfn(), as the print line of an event's format
 *         has it where struct pages lie in one array [2.6.34 3.5]
 */
#ifndef TRACES_DAT_VMEMMAP_H
#define TRACES_DAT_VMEMMAP_H

#include "engine/core/types.h"

/* Where the array begins: "(struct page *)(0xffffea0000000000UL)"; 0 where the format has none. */
uint64_t dat_vmemmap_base(const char *format, size_t len);

/*
 * The number of @page, KM_NO_PFN for NULL. False where @base or @bytes (of one struct page) is 0,
 * and where the pointer is none of such an array.
 */
bool dat_vmemmap_pfn(uint64_t page, uint64_t base, unsigned int bytes, uint64_t *pfn);

#endif
