/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/kmt_fields.h"

#define F(member)                                                                                \
	{                                                                                        \
		offsetof(struct km_event, member), sizeof(((struct km_event *)0)->member), false \
	}
#define S(member)                                                                               \
	{                                                                                       \
		offsetof(struct km_event, member), sizeof(((struct km_event *)0)->member), true \
	}

static const struct kmt_group page = {
	.has_addr = true,
	.nr_vary = 1,
	.vary = { F(page.pfn) },
	.nr_fixed = 4,
	.fixed = { F(page.gfp), F(page.order), F(page.mt), F(page.refill) },
};

static const struct kmt_group extfrag = {
	.has_addr = true,
	.nr_vary = 1,
	.vary = { F(extfrag.pfn) },
	.nr_fixed = 5,
	.fixed = { F(extfrag.alloc_order), F(extfrag.fallback_order), F(extfrag.alloc_mt),
		   F(extfrag.fallback_mt), F(extfrag.change_ownership) },
};

static const struct kmt_group object = {
	.has_addr = true,
	.nr_vary = 1,
	.vary = { F(obj.ptr) },
	.nr_fixed = 7,
	.fixed = { F(obj.bytes_req), F(obj.bytes_alloc), F(obj.gfp), S(obj.call_site), S(obj.cache),
		   F(obj.node), F(obj.accounted) },
};

static const struct kmt_group cma = {
	.has_addr = true,
	.nr_vary = 1,
	.vary = { F(cma.pfn) },
	.nr_fixed = 4,
	.fixed = { S(cma.name), F(cma.count), F(cma.align), F(cma.err) },
};

static const struct kmt_group range = {
	.nr_vary = 6,
	.vary = { F(range.start), F(range.end), F(range.third), F(range.fourth), F(range.a),
		  F(range.b) },
};

static const struct kmt_group numbers = {
	.nr_vary = 4,
	.vary = { F(num[0]), F(num[1]), F(num[2]), F(num[3]) },
};

const struct kmt_group *kmt_group_of(unsigned int kind)
{
	switch (kind) {
	case KM_EV_PAGE_ALLOC:
	case KM_EV_PAGE_FREE:
	case KM_EV_PAGE_FREE_BATCHED:
	case KM_EV_ZONE_LOCKED:
	case KM_EV_PCPU_DRAIN:
	case KM_EV_FILEMAP_ADD:
	case KM_EV_FILEMAP_DEL:
		return &page;
	case KM_EV_EXTFRAG:
		return &extfrag;
	case KM_EV_KMALLOC:
	case KM_EV_KFREE:
	case KM_EV_CACHE_ALLOC:
	case KM_EV_CACHE_FREE:
		return &object;
	case KM_EV_CMA_START:
	case KM_EV_CMA_FINISH:
	case KM_EV_CMA_BUSY:
	case KM_EV_CMA_RELEASE:
		return &cma;
	case KM_EV_KSWAPD_WAKE:
	case KM_EV_KSWAPD_SLEEP:
	case KM_EV_WAKEUP_KSWAPD:
	case KM_EV_RECLAIM_BEGIN:
	case KM_EV_RECLAIM_END:
	case KM_EV_PERCPU_ALLOC:
	case KM_EV_PERCPU_FREE:
	case KM_EV_PERCPU_CREATE_CHUNK:
	case KM_EV_PERCPU_DESTROY_CHUNK:
	case KM_EV_VMAP_ALLOC:
	case KM_EV_VMAP_PURGE:
	case KM_EV_VMAP_FREE:
	case KM_EV_FORK:
	case KM_EV_EXIT:
	case KM_EV_OTHER:
	case KM_EV_OOM:
	case KM_EV_MARKER:
	case KM_EV_LOST:
		return &numbers;
	default:
		return &range;
	}
}
