/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/core/types.h"

#include "engine/core/snapshot.h"

const char *km_migratetype_name(unsigned int mt)
{
	static const char *const names[KM_NR_MIGRATETYPES] = {
		[KM_UNMOVABLE] = "Unmovable",
		[KM_MOVABLE] = "Movable",
		[KM_RECLAIMABLE] = "Reclaimable",
		[KM_HIGHATOMIC] = "HighAtomic",
		[KM_CMA] = "CMA",
		[KM_ISOLATE] = "Isolate",
	};

	return mt < KM_NR_MIGRATETYPES ? names[mt] : NULL;
}

const char *km_vmap_kind_name(unsigned int kind)
{
	static const char *const names[KM_NR_VMAP_KINDS] = {
		[KM_VMAP_UNKNOWN] = "unknown", [KM_VMAP_VMALLOC] = "vmalloc",
		[KM_VMAP_IOREMAP] = "ioremap", [KM_VMAP_VMAP] = "vmap",
		[KM_VMAP_RAM] = "vm_map_ram",  [KM_VMAP_LAZY] = "unpurged",
	};

	return kind < KM_NR_VMAP_KINDS ? names[kind] : NULL;
}
