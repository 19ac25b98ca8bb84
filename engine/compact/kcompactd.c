/* SPDX-License-Identifier: GPL-2.0-only */
/* One background compactor per node, and compaction by command. */
#include "engine/compact/run.h"

/* Kernel: mm/compaction.c:HPAGE_FRAG_CHECK_INTERVAL_MSEC [6.1] */
enum { LOOK_NS = 500 * 1000 * 1000, LONG_SHIFT = 6 };

static bool of_node(const struct compact *c, unsigned int zone, unsigned int node,
		    unsigned int zone_class)
{
	const struct zone *z = &c->pages->zone[zone];

	return z->node == (int)node && z->index <= zone_class && z->present;
}

/*
 * Kernel: mm/compaction.c:fragmentation_score_zone(), COMPACTION_HPAGE_ORDER,
 *	mm/vmstat.c:extfrag_for_order() [6.1]
 */
unsigned int compact_score_zone(const struct compact *c, unsigned int zone)
{
	const struct buddy *b = &c->pages->buddy[zone];
	uint64_t pages = 0, in_large = 0;

	for (unsigned int order = 0; order < buddy_nr_orders(b); order++) {
		pages += b->nr_free[order] << order;
		in_large += order >= c->pages->pmd_order ? b->nr_free[order] << order : 0;
	}
	return pages ? (unsigned int)((pages - in_large) * 100 / pages) : 0;
}

unsigned int compact_score_low(const struct compact *c)
{
	return c->proactiveness > 95 ? 5 : (unsigned int)(100 - c->proactiveness);
}

/* Kernel: mm/compaction.c:fragmentation_score_node() [6.1] */
static uint64_t score_node(const struct compact *c, unsigned int node)
{
	uint64_t present = 0, score = 0;

	for (unsigned int i = 0; i < c->pages->nr_zones; i++)
		present += of_node(c, i, node, KM_MAX_ZONE_CLASSES) ? c->pages->zone[i].present : 0;
	for (unsigned int i = 0; i < c->pages->nr_zones; i++)
		if (of_node(c, i, node, KM_MAX_ZONE_CLASSES))
			score += c->pages->zone[i].present * compact_score_zone(c, i) /
				 (present + 1);
	return score;
}

static void every_zone(struct compact *c, unsigned int node, const struct compact_run *like)
{
	for (unsigned int i = 0; i < c->pages->nr_zones; i++) {
		struct compact_run run = *like;

		run.zone = i;
		if (of_node(c, i, node, KM_MAX_ZONE_CLASSES))
			compact_run(&run);
	}
}

void compact_whole_zone(struct compact *c, unsigned int zone, unsigned int cpu)
{
	struct compact_run run = { .c = c,
				   .zone = zone,
				   .order = -1,
				   .mode = COMPACT_SYNC,
				   .ignore_skip = true,
				   .whole_zone = true,
				   .cpu = cpu };

	compact_run(&run);
}

/* kcompactd's pages go to its node's first CPU; where it has none, to the first of all. */
static unsigned int cpu_of(const struct compact *c, unsigned int node)
{
	for (unsigned int cpu = 0; cpu < c->pages->nr_cpus; cpu++)
		if (pages_node_of_cpu(c->pages, cpu) == node)
			return cpu;
	return 0;
}

/* Kernel: mm/compaction.c:kcompactd_node_suitable() [6.1] */
static bool node_suitable(const struct compact *c, unsigned int node)
{
	const struct compact_node *n = &c->node[node];

	for (unsigned int i = 0; i < c->pages->nr_zones; i++)
		if (of_node(c, i, node, n->kcompactd_class) &&
		    compact_suitable(c, i, n->kcompactd_order, 0, n->kcompactd_class) ==
			    COMPACT_CONTINUE)
			return true;
	return false;
}

static void work_on(struct compact *c, unsigned int zone, unsigned int order,
		    unsigned int zone_class)
{
	unsigned int cpu = cpu_of(c, (unsigned int)c->pages->zone[zone].node);
	struct compact_run run = { .c = c,
				   .zone = zone,
				   .order = (int)order,
				   .zone_class = zone_class,
				   .mode = COMPACT_SYNC_LIGHT,
				   .cpu = cpu };
	enum compact_result ret = compact_run(&run);

	if (ret == COMPACT_SUCCESS) {
		compact_defer_reset(&c->zone[zone], order, false);
	} else if (ret == COMPACT_PARTIAL_SKIPPED || ret == COMPACT_COMPLETE) {
		c->pages->buddy[zone].cpu = cpu;
		pages_drain_zone(c->pages, zone);
		compact_defer(&c->zone[zone], order);
	}
}

/* Kernel: mm/compaction.c:kcompactd_do_work() [6.1] */
static void work(struct compact *c, unsigned int node)
{
	struct compact_node *n = &c->node[node];
	unsigned int order = n->kcompactd_order, zone_class = n->kcompactd_class;

	n->counts.kcompactd_wake++;
	for (unsigned int i = 0; i < c->pages->nr_zones; i++) {
		if (!of_node(c, i, node, zone_class))
			continue;
		if (compact_deferred(&c->zone[i], order)) {
			n->counts.deferred++;
			continue;
		}
		if (compact_suitable(c, i, order, 0, c->pages->zone[i].index) == COMPACT_CONTINUE)
			work_on(c, i, order, zone_class);
	}
	n->kcompactd_order = 0;
	n->kcompactd_class = KM_MAX_ZONE_CLASSES - 1;
}

void compact_wake(struct compact *c, unsigned int node, unsigned int order, unsigned int zone_class)
{
	struct compact_node *n = &c->node[node];

	if (!order || c->pages->prof->no_compaction)
		return;
	if (n->kcompactd_order < order)
		n->kcompactd_order = order;
	if (n->kcompactd_class > zone_class)
		n->kcompactd_class = zone_class;
	if (!node_suitable(c, node))
		return;
	work(c, node);
	if (n->next_look_ns)
		n->next_look_ns = c->now_ns + LOOK_NS;
}

/* Kernel: mm/compaction.c:proactive_compact_node() [6.1]. True: the node is less fragmented. */
static bool be_proactive(struct compact *c, unsigned int node)
{
	const struct compact_run run = { .c = c,
					 .order = -1,
					 .mode = COMPACT_SYNC_LIGHT,
					 .ignore_skip = true,
					 .whole_zone = true,
					 .proactive = true,
					 .cpu = cpu_of(c, node) };
	uint64_t before = score_node(c, node);

	every_zone(c, node, &run);
	return score_node(c, node) < before;
}

/* Kernel: mm/compaction.c:kcompactd() [6.1] */
void compact_tick(struct compact *c, uint64_t now_ns)
{
	unsigned int nodes = c->pages->prof->no_compaction ? 0 : c->pages->nr_nodes;

	c->now_ns = now_ns;
	for (unsigned int node = 0; node < nodes && c->proactiveness; node++) {
		struct compact_node *n = &c->node[node];
		unsigned int high = compact_score_low(c) + 10, shift = 0;

		if (!n->next_look_ns)
			n->next_look_ns = now_ns + LOOK_NS;
		if (now_ns < n->next_look_ns)
			continue;
		if (n->kcompactd_order)
			work(c, node);
		else if (score_node(c, node) > (high < 100 ? high : 100) && !be_proactive(c, node))
			shift = LONG_SHIFT;
		n->next_look_ns = now_ns + ((uint64_t)LOOK_NS << shift);
	}
}

void compact_kswapd_sleeps(struct compact *c, unsigned int node)
{
	for (unsigned int i = 0; i < c->pages->nr_zones; i++)
		if (of_node(c, i, node, KM_MAX_ZONE_CLASSES))
			compact_forget_skips(c, i);
}
