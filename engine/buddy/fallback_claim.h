/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two ways of falling back that claim whole pageblocks share. Inside the room only. */
#ifndef KM_FALLBACK_CLAIM_H
#define KM_FALLBACK_CLAIM_H

#include "engine/buddy/buddy.h"

/* The first block on the list of (@order, @type), which is not empty. Kernel: none */
struct pfn claim_first(const struct buddy *b, unsigned int order, unsigned int type);

/* The smallest order to fall back to for a request of @order. Kernel: none */
unsigned int claim_least_order(const struct buddy *b, unsigned int order, bool nofragment);

/* The claim of the block @head of @order, if it can be made. Kernel: none */
bool claim_plan_block(const struct buddy *b, struct pfn head, unsigned int order, unsigned int mt,
		      struct buddy_plan *out);

/* The (*@nth + 1)-th block that claims of @order at pageblock size and above would take.
 * Kernel: none */
bool claim_nth_large(const struct buddy *b, unsigned int order, unsigned int mt, unsigned int *nth,
		     struct buddy_plan *out);

/* Call for reclaim before a block of @order is claimed. Kernel: mm/page_alloc.c:boost_watermark()
 * [6.12] */
void claim_boost(struct buddy *b, struct pfn head, unsigned int order, unsigned int flags);

/* Take the page that @plan claims, and report it. Kernel: mm/page_alloc.c:try_to_steal_block()
 * [6.12] */
struct pfn claim_take(struct buddy *b, const struct buddy_plan *plan, unsigned int order,
		      unsigned int mt);

/* Take @plan's block alone; what is left stays with its type. Kernel:
 * mm/page_alloc.c:page_del_and_expand() [6.12] */
void claim_split_off(struct buddy *b, const struct buddy_plan *plan, unsigned int order,
		     unsigned int mt);

/* Tell of the page @got. Kernel: include/trace/events/kmem.h:mm_page_alloc_extfrag [6.12] */
void claim_report(const struct buddy *b, const struct buddy_plan *plan, struct pfn got,
		  unsigned int order, unsigned int mt, bool pieces);

/* buddy_fallback_ops.follow of both. Kernel: none */
bool claim_follow(struct buddy *b, const struct buddy_fell *f);

#endif
