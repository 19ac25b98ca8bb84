/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel: arch/x86/mm/init.c:zone_sizes_init(), arch/x86/mm/init_32.c:setup_bootmem_allocator()
 * (MAXMEM: 896 MiB), arch/arm64/mm/init.c:zone_sizes_init(), arch/arm64/Kconfig
 * (ARCH_FORCE_MAX_ORDER), arch/x86/include/asm/page_64_types.h:__PAGE_OFFSET_BASE_L4,
 * arch/x86/include/asm/page_32_types.h:__PAGE_OFFSET, arch/arm64/include/asm/memory.h:PAGE_OFFSET,
 * arch/arm64/mm/init.c:arm64_memblock_init() [6.1]
 */
#include "engine/machine/arch.h"

#include <string.h>

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static const char *const x86_64_names[] = { "x86_64", "amd64", NULL };
static const char *const i386_names[] = { "i686", "i586", "i486", "x86-32", NULL };
static const char *const arm64_names[] = { "aarch64", NULL };

static const struct machine_arch archs[] = {
	{
		.name = "x86-64",
		.kind = KM_ARCH_X86,
		.aliases = x86_64_names,
		.bits_per_long = 64,
		.memory_at = 4096,
		.hole_from = 3 * GIB,
		.hole_to = 4 * GIB,
		.legacy_from = 0x9f000,
		.legacy_to = MIB,
		.most = UINT64_C(1) << 52,
		.direct_map = UINT64_C(0xffff888000000000),
		.direct_map_old = UINT64_C(0xffff880000000000),
		/* four levels, no KASLR; the uppermost tables are there from boot */
		.vmem = { .start = UINT64_C(0xffffc90000000000),
			  .end = UINT64_C(0xffffe8ffffffffff),
			  .modules = UINT64_C(0xffffffffa0000000),
			  .modules_end = UINT64_C(0xffffffffff000000),
			  .flush_ceiling = 33,
			  .config_cpus = 8192 },
		.vmem_levels = 2,
		.vmem_5 = UINT64_C(0xffa0000000000000),
		.vmem_5_end = UINT64_C(0xffd1ffffffffffff),
		.zone = { { "DMA", 16 * MIB },
			  { "DMA32", 4 * GIB },
			  { "Normal", UINT64_MAX },
			  { "Movable", UINT64_MAX } },
		.pages = { { 12, 11, 9 } },
	},
	{
		.name = "i386",
		.kind = KM_ARCH_X86,
		.aliases = i386_names,
		.bits_per_long = 32,
		.memory_at = 4096,
		.hole_from = 3 * GIB,
		.hole_to = 4 * GIB,
		.legacy_from = 0x9f000,
		.legacy_to = MIB,
		.most = UINT64_C(1) << 36,
		.direct_map = 0xc0000000,
		.direct_map_old = 0xc0000000,
		/* up to two pages below the kmap table; modules have the same range */
		.vmem = { .end = 0xff7fe000,
			  .above_lowmem = 8 * MIB,
			  .flush_ceiling = 33,
			  .config_cpus = 32 },
		.vmem_levels = 1,
		.thread_stack = 8192,
		.kmap_slots = 512,
		.kmap_base = 0xff800000,
		.fixmap = 0xfff15000,
		.zone = { { "DMA", 16 * MIB },
			  { "Normal", 896 * MIB },
			  { "HighMem", UINT64_MAX },
			  { "Movable", UINT64_MAX } },
		/* with PAE; pages of 4 MiB, without it, would be of order 10 */
		.pages = { { 12, 11, 9 } },
		.default_cma_in = "Normal",
	},
	{
		.name = "arm64",
		.kind = KM_ARCH_ARM64,
		.aliases = arm64_names,
		.bits_per_long = 64,
		.memory_at = GIB,
		.most = UINT64_C(1) << 48,
		/* with addresses of 48 bits; from the first GiB on that has memory */
		.direct_map = UINT64_C(0xffff000000000000),
		.direct_map_old = UINT64_C(0xffff000000000000),
		.direct_align = GIB,
		.vmem = { .start = UINT64_C(0xffff800008000000),
			  .end = UINT64_C(0xfffffbffefffffff),
			  .modules = UINT64_C(0xffff800000000000),
			  .modules_end = UINT64_C(0xffff800008000000),
			  .broadcasts = true,
			  .flush_ceiling = 512,
			  .config_cpus = 512 },
		.vmem_levels = 3,
		.dma_follows_memory = true,
		/* zone_dma_bits is 32 where firmware names no narrower device: DMA32 stays empty */
		.zone = { { "DMA", 4 * GIB },
			  { "DMA32", 4 * GIB },
			  { "Normal", UINT64_MAX },
			  { "Movable", UINT64_MAX } },
		.pages = { { 12, 11, 9 }, { 14, 12, 11 }, { 16, 14, 13 } },
		.default_cma_in = "DMA",
	},
};

const struct machine_arch *machine_arch_at(size_t i)
{
	return i < sizeof(archs) / sizeof(archs[0]) ? &archs[i] : NULL;
}

static bool is_called(const struct machine_arch *a, const char *name)
{
	if (!strcmp(a->name, name))
		return true;
	for (const char *const *alias = a->aliases; *alias; alias++)
		if (!strcmp(*alias, name))
			return true;
	return false;
}

const struct machine_arch *machine_arch_find(const char *name)
{
	for (size_t i = 0; i < sizeof(archs) / sizeof(archs[0]); i++)
		if (is_called(&archs[i], name))
			return &archs[i];
	return NULL;
}

struct vmem_layout machine_arch_vmem(const struct machine_arch *a, unsigned int shift)
{
	struct vmem_layout l = a->vmem;
	unsigned int index_bits = shift - 3;

	for (unsigned int i = 0; i < a->vmem_levels; i++)
		l.table_shift[i] = (uint8_t)(shift + (a->vmem_levels - i) * index_bits);
	l.huge_shift = a->bits_per_long == 64 ? (uint8_t)(shift + index_bits) : 0;
	return l;
}

bool machine_arch_five_levels(const struct machine_arch *a, unsigned int shift,
			      struct vmem_layout *l)
{
	struct machine_arch five = *a;

	if (!a->vmem_5)
		return false;
	five.vmem_levels++;
	*l = machine_arch_vmem(&five, shift);
	l->start = a->vmem_5;
	l->end = a->vmem_5_end;
	return true;
}

const struct arch_pages *machine_arch_pages(const struct machine_arch *a, unsigned int shift)
{
	for (const struct arch_pages *p = a->pages; p->shift; p++)
		if (p->shift == shift)
			return p;
	return NULL;
}
