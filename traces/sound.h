/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the engine relies on in an event and a damaged binary record may break.
 */
#ifndef TRACES_SOUND_H
#define TRACES_SOUND_H

#include "engine/event.h"

/*
 * Are the small numbers of @ev within the engine's tables? (Its kind, and its string ids, are the
 * reader's affair.)
 */
static inline bool event_is_sound(const struct km_event *ev)
{
	if (ev->cpu >= KM_MAX_CPUS)
		return false;
	switch (ev->kind) {
	case KM_EV_PAGE_FREE:
		return ev->page.order <= KM_MAX_FREED_ORDER && ev->page.mt < KM_NR_MIGRATETYPES;
	case KM_EV_PAGE_ALLOC:
	case KM_EV_PAGE_FREE_BATCHED:
	case KM_EV_ZONE_LOCKED:
	case KM_EV_PCPU_DRAIN:
	case KM_EV_FILEMAP_ADD:
	case KM_EV_FILEMAP_DEL:
		return ev->page.order < KM_MAX_ORDERS && ev->page.mt < KM_NR_MIGRATETYPES;
	case KM_EV_EXTFRAG:
		return ev->extfrag.alloc_order < KM_MAX_ORDERS &&
		       ev->extfrag.fallback_order < KM_MAX_ORDERS &&
		       ev->extfrag.alloc_mt < KM_NR_MIGRATETYPES &&
		       ev->extfrag.fallback_mt < KM_NR_MIGRATETYPES;
	default:
		return true;
	}
}

#endif
