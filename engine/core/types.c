/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/core/types.h"

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
