/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's statistics: once a second each CPU that has something to tell adds it to the zones'
 * counters, and while it is at it gives back what lies idle on its lists.
 */
#include "engine/pages/pages.h"

/*
 * Has @cpu something to tell, or a tick to go on with?
 * Kernel: mm/vmstat.c:vmstat_update(), vmstat_shepherd(), need_update() [6.1]
 */
static bool is_due(const struct pages *p, unsigned int cpu)
{
	if (p->pcp[cpu].prof->ticks_always)
		return true;
	for (unsigned int zone = 0; zone < p->nr_zones; zone++) {
		const struct zone *z = &p->zone[zone];

		if (!z->cpu_diff || z->cpu_diff[cpu] || pages_pcp(p, zone, cpu)->ticks_again)
			return true;
	}
	return false;
}

/* What @cpu kept of @z's counter is added to it. False: there was nothing. */
static bool tell(struct zone *z, unsigned int cpu)
{
	if (!z->cpu_diff || !z->cpu_diff[cpu])
		return false;
	z->stat_free += z->cpu_diff[cpu];
	z->cpu_diff[cpu] = 0;
	return true;
}

/* Kernel: mm/vmstat.c:refresh_cpu_vm_stats() [6.1 6.12]. False: all is as it was. */
static bool tick_zone(struct pages *p, unsigned int zone, unsigned int cpu)
{
	struct pcp *pcp = pages_pcp(p, zone, cpu);
	struct buddy *b = &p->buddy[zone];
	bool told = tell(b->zone, cpu), remote = b->zone->node != (int)pages_node_of_cpu(p, cpu);
	uint32_t high = pcp->high, count = pcp->count;
	unsigned int expire = pcp->expire;

	b->cpu = cpu;
	pcp->ticks_again = told;
	if (pcp->prof->ops->tick) {
		uint32_t pages = pcp->prof->ops->tick(pcp);

		pcp->ticks_again |= pages || pcp->high > pcp->high_min;
		pcp_decay(pcp, b, pages);
	}
	pcp->ticks_again |= pcp_expire(pcp, b, told, remote);
	return told || pcp->high != high || pcp->count != count || pcp->expire != expire;
}

/* What no CPU accounted for, as a range taken away from everyone, is in the counter. */
static void adopt_uncounted(struct zone *z)
{
	if (!z->cpu_diff)
		return;
	z->stat_free += (int64_t)(z->nr_free - z->counted);
	z->counted = z->nr_free;
}

bool pages_tick(struct pages *p)
{
	bool changed = false;

	for (unsigned int zone = 0; zone < p->nr_zones; zone++)
		adopt_uncounted(&p->zone[zone]);
	for (unsigned int cpu = 0; cpu < p->nr_cpus; cpu++) {
		if (!is_due(p, cpu))
			continue;
		for (unsigned int zone = 0; zone < p->nr_zones; zone++)
			changed |= tick_zone(p, zone, cpu);
	}
	return changed;
}
