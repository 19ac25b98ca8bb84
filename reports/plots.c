/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/plots.h"

#include "reports/plot_parts.h"

static const struct plot table[] = {
	{ .name = "map",
	  .title = "Physical memory over time",
	  .about =
		  "Each row is a stretch of physical addresses, each column a moment; thin lines are snapshots; "
		  "the colour says what the "
		  "pageblocks there hold; nothing is drawn where there is no memory and before the first recorded state. A mixed pageblock holds pages of more than one type and can rarely become "
		  "a whole free block again.",
	  .draw = plot_draw_map },
	{ .name = "free",
	  .title = "Free memory by block order",
	  .about =
		  "Free memory stacked by the size of the blocks it lies in, the largest at the bottom: what matters "
		  "to a large allocation is the height of the lowest bands, not of the whole. Grey: what lost "
		  "events and unseen compaction leave uncertain of the sum.",
	  .per = PLOT_PER_ZONE,
	  .draw = plot_draw_free },
	{ .name = "unusable",
	  .title = "Unusable free space index by order",
	  .about =
		  "The share of free memory that lies in blocks too small for an allocation of the order: 0 is none "
		  "of it, 1 is all of it.",
	  .per = PLOT_PER_ZONE,
	  .draw = plot_draw_unusable },
	{ .name = "extfrag",
	  .title = "External fragmentation index by order",
	  .about =
		  "Where no free block is large enough, why: towards 0 memory is short, towards 1 it is fragmented. "
		  "While a block is there the kernel prints -1.000, and no line is drawn.",
	  .per = PLOT_PER_ZONE,
	  .draw = plot_draw_extfrag },
	{ .name = "pageblocks",
	  .title = "Pageblocks by migratetype",
	  .about =
		  "How many pageblocks are set aside for each migratetype; the black line counts those that hold "
		  "pages of another type than their own.",
	  .per = PLOT_PER_ZONE,
	  .draw = plot_draw_pageblocks },
	{ .name = "fallbacks",
	  .title = "Fallbacks to another migratetype over time",
	  .about =
		  "Each row is a pair: the type an allocation asked for, and the type whose block it took instead; "
		  "the colour counts them per interval.",
	  .draw = plot_draw_fallbacks },
	{ .name = "cma",
	  .title = "Contiguous memory over time",
	  .about =
		  "The addresses of a CMA area over time: what its pages were used for. Free memory is lent to movable "
		  "requests, which have to leave when the area allocates; red are ranges that an allocation tried and "
		  "found busy. A stretch counts as free where three quarters of it are.",
	  .per = PLOT_PER_AREA,
	  .draw = plot_draw_cma },
	{ .name = "cma_use",
	  .title = "Use of contiguous memory",
	  .about =
		  "The same as sums: what is allocated, lent and free of a CMA area, and the largest range that is "
		  "not allocated, which is the most that an allocation could get.",
	  .per = PLOT_PER_AREA,
	  .draw = plot_draw_cma_use },
	{ .name = "cma_latency",
	  .title = "Contiguous allocations",
	  .about =
		  "Above, how long each allocation took, from cma_alloc_start to cma_alloc_finish, where the trace "
		  "tells; below, how many ranges it tried: more than one means that pages stood in the "
		  "way. Red crosses are those that failed.",
	  .per = PLOT_PER_AREA,
	  .draw = plot_draw_cma_latency },
	{ .name = "owners",
	  .title = "Pages in use by owner",
	  .about =
		  "Whose the pages are that the trace has shown in use, stacked; user is page cache or anonymous memory, "
		  "where the trace cannot tell them apart. What was there before the trace appears when an event "
		  "first touches it.",
	  .needs = PLOT_NEEDS_OWNERS,
	  .draw = plot_draw_owners },
	{ .name = "slabs",
	  .title = "Memory in slabs by cache",
	  .about =
		  "The ten caches that had most memory at one time, the largest at the bottom, and the rest. Slabs from "
		  "before the trace appear when they are first touched, the others of them at the first label.",
	  .needs = PLOT_NEEDS_CACHES,
	  .draw = plot_draw_slabs },
	{ .name = "slack",
	  .title = "Memory in slabs: used and not",
	  .about =
		  "Objects in use as slabinfo counts them, objects that are free, and what is left over in slabs.",
	  .needs = PLOT_NEEDS_CACHES,
	  .draw = plot_draw_slack },
	{ .name = "churn",
	  .title = "Call sites that allocate most",
	  .about =
		  "What each allocated over the whole trace, and the most that lived at one time: the more the bars differ, "
		  "the faster its objects come and go. The axis is logarithmic.",
	  .needs = PLOT_NEEDS_SITES,
	  .draw = plot_draw_churn },
	{ .name = "allocators",
	  .title = "Object allocators side by side",
	  .about =
		  "Memory in slabs and large kmallocs in each run of the database; the thick line is this run.",
	  .needs = PLOT_NEEDS_RUNS,
	  .draw = plot_draw_allocators },
	{ .name = "vmalloc",
	  .title = "Virtual addresses over time",
	  .about =
		  "vmalloc's addresses over time, as far up as 19 of 20 areas lie: what is in use, what was freed and waits "
		  "for a purge, and the holes that are left. A stretch counts as a hole where three quarters of it are.",
	  .needs = PLOT_NEEDS_VMALLOC,
	  .draw = plot_draw_vmalloc },
	{ .name = "vmalloc_use",
	  .title = "Use of virtual addresses",
	  .about =
		  "The same as sums: every area ends with a guard page, which costs addresses and no memory; page tables "
		  "are taken when an address is first used, and stay. Holes are drawn up to twice what is ever taken.",
	  .needs = PLOT_NEEDS_VMALLOC,
	  .draw = plot_draw_vmalloc_use },
	{ .name = "vmalloc_work",
	  .title = "Searches, purges and flushes",
	  .about =
		  "How many areas were looked at for each request between two states, and how often freed areas were "
		  "purged, each time with a flush of the TLB of every CPU.",
	  .needs = PLOT_NEEDS_VMALLOC,
	  .draw = plot_draw_vmalloc_work },
	{ .name = "latency",
	  .title = "What operations take, over time",
	  .about =
		  "Estimated by a table of costs, whose assumptions the table of costs below names: the median of each "
		  "path, and dashed what 99 of 100 do not exceed, from one recorded state to the next shown.",
	  .needs = PLOT_NEEDS_COSTS,
	  .draw = plot_draw_latency },
	{ .name = "cost_parts",
	  .title = "What operations spend their time on",
	  .about = "The same by what it is made of, the largest part of each path first.",
	  .needs = PLOT_NEEDS_COSTS,
	  .draw = plot_draw_cost_parts },
	{ .name = "curve",
	  .title = "Beside the published curve",
	  .about =
		  "What this run came to at each round of its workload, and what was published; each line is in "
		  "percent of its own first point, since machines differ in size and curves in shape.",
	  .needs = PLOT_NEEDS_CURVE,
	  .draw = plot_draw_curve },
};

const struct plot *plots(size_t *n)
{
	*n = sizeof(table) / sizeof(table[0]);
	return table;
}
