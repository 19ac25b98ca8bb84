/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/plots.h"

#include "reports/plot_parts.h"

static const struct plot table[] = {
	{ .name = "map",
	  .title = "Physical memory over time",
	  .about =
		  "Each row is a stretch of physical addresses, each column a moment; thin lines are snapshots (of "
		  "those close together only the first has its name); the colour says what the "
		  "pageblocks there hold; nothing is drawn where there is no memory and before the first recorded state. A mixed pageblock holds pages of more than one type and can rarely become "
		  "a whole free block again.",
	  .draw = plot_draw_map },
	{ .name = "free",
	  .title = "Free memory by block order",
	  .about =
		  "Free memory stacked by the size of the blocks it lies in, the largest at the bottom: what matters "
		  "to a large allocation is the height of the lowest bands, not of the whole. Grey: what lost "
		  "events leave uncertain of the sum.",
	  .per_zone = true,
	  .draw = plot_draw_free },
	{ .name = "unusable",
	  .title = "Unusable free space index by order",
	  .about =
		  "The share of free memory that lies in blocks too small for an allocation of the order: 0 is none "
		  "of it, 1 is all of it.",
	  .per_zone = true,
	  .draw = plot_draw_unusable },
	{ .name = "extfrag",
	  .title = "External fragmentation index by order",
	  .about =
		  "Where no free block is large enough, why: towards 0 memory is short, towards 1 it is fragmented. "
		  "While a block is there the kernel prints -1.000, and no line is drawn.",
	  .per_zone = true,
	  .draw = plot_draw_extfrag },
	{ .name = "pageblocks",
	  .title = "Pageblocks by migratetype",
	  .about =
		  "How many pageblocks are set aside for each migratetype; the black line counts those that hold "
		  "pages of another type than their own.",
	  .per_zone = true,
	  .draw = plot_draw_pageblocks },
	{ .name = "fallbacks",
	  .title = "Fallbacks to another migratetype over time",
	  .about =
		  "Each row is a pair: the type an allocation asked for, and the type whose block it took instead; "
		  "the colour counts them per interval.",
	  .draw = plot_draw_fallbacks },
	{ .name = "curve",
	  .title = "Beside the published curve",
	  .about =
		  "What this run came to at each round of its workload, and what was published; each line is in "
		  "percent of its own first point, since machines differ in size and curves in shape.",
	  .needs_curve = true,
	  .draw = plot_draw_curve },
};

const struct plot *plots(size_t *n)
{
	*n = sizeof(table) / sizeof(table[0]);
	return table;
}
