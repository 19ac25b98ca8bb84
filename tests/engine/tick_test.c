/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a tick of the statistics does to the per-CPU lists, worked out by hand from
 * mm/vmstat.c:refresh_cpu_vm_stats() and mm/page_alloc.c:drain_zone_pages() [6.1.192 6.12.117].
 * Two nodes of one zone each, a CPU on each: zone 1 is remote to CPU 0.
 */
#include <stdio.h>

#include "tests/support/says.h"

static struct rig r;
static int16_t diff[2][2]; /* by zone and CPU: pages of NR_FREE_PAGES that it has yet to tell */

static void open_as(const struct kernel_profile *kernel)
{
	rig_open(&r, &(struct rig_shape){
			     .profile = kernel,
			     .nr_cpus = 2,
			     .nr_nodes = 2,
			     .zone = { { "Normal", 1, 0, 4096 }, { "Normal", 1, 4096, 8192 } } });
	for (unsigned int zone = 0; zone < 2; zone++) {
		r.zone[zone].stat_threshold = 125;
		r.zone[zone].cpu_diff = diff[zone];
		diff[zone][0] = diff[zone][1] = 0;
		for (unsigned int cpu = 0; cpu < 2; cpu++) {
			pages_pcp(&r.pages, zone, cpu)->batch = 63;
			pages_pcp(&r.pages, zone, cpu)->high = 1000;
			pages_pcp(&r.pages, zone, cpu)->high_min = 1000;
			pages_pcp(&r.pages, zone, cpu)->high_max = 1000;
		}
	}
}

static void end(void)
{
	SOUND(&r);
	rig_close(&r);
}

TestSuite(tick, .fini = end);

/* @n pages of @zone on @cpu's lists that cannot merge */
static struct pcp *keep(unsigned int zone, unsigned int cpu, unsigned int n)
{
	struct pcp *p = pages_pcp(&r.pages, zone, cpu);

	for (unsigned int i = 0; i < n; i++)
		pcp_push(p, &r.frames, pfn(zone * 4096 + cpu * 2048 + i * 2), 0, KM_MOVABLE, true);
	return p;
}

/* Ticks, until nothing changes any more or @n: pages left on @p after each, "5 5 0". */
static const char *left(const struct pcp *p, unsigned int n)
{
	static char text[256];
	int used = 0;

	for (text[0] = '\0'; n; n--) {
		pages_tick(&r.pages);
		used += snprintf(text + used, sizeof(text) - (size_t)used, "%s%u", used ? " " : "",
				 p->count);
	}
	return text;
}

/*
 * The tick that tells something sets expire to 3 and counts it down at once: 2, then 1, then 0, and
 * min(count, batch) pages go from the first list on.
 */
Test(tick, remote_pages_go_back_with_the_third_tick)
{
	open_as(&kernel_v6_12);
	struct pcp *p = keep(1, 0, 5);

	diff[1][0] = 7;
	SAYS(left(p, 2), "5 5");
	IS(p->expire, 1);
	SAYS(left(p, 1), "0");
	SAYS(rig_steps(&r, STEP_PCPU_DRAIN), "4104 4102 4100 4098 4096");
	IS(r.step[0].cpu, 0);
	IS(r.zone[1].stat_free, 7);
}

/* Whatever it tells meanwhile begins the three ticks anew. */
Test(tick, who_goes_on_working_keeps_them)
{
	open_as(&kernel_v6_12);
	struct pcp *p = keep(1, 0, 5);

	for (unsigned int i = 0; i < 6; i++) {
		diff[1][0] = -1;
		SAYS(left(p, 2), "5 5");
	}
	SAYS(left(p, 1), "0");
}

/* "We never drain zones local to this processor" */
Test(tick, local_pages_stay)
{
	open_as(&kernel_v6_12);
	struct pcp *p = keep(0, 0, 5), *other = keep(1, 1, 5);

	diff[0][0] = diff[1][1] = 1;
	SAYS(left(p, 5), "5 5 5 5 5");
	IS(other->count, 5);
	IS(p->expire, 0);
}

/* "if there are no pages there is nothing to expire": the three ticks wait until there are some */
Test(tick, empty_lists_do_not_count_down)
{
	open_as(&kernel_v6_12);
	struct pcp *p = pages_pcp(&r.pages, 1, 0);

	diff[1][0] = 1;
	left(p, 4);
	IS(p->expire, 3);
}

/*
 * 100 pages: the batch of 63 that goes is itself something to tell, as a CPU keeps up to 125, so
 * the 37 left follow three ticks later.
 */
Test(tick, a_batch_at_a_time)
{
	open_as(&kernel_v6_12);
	struct pcp *p = keep(1, 0, 100);

	diff[1][0] = 1;
	SAYS(left(p, 6), "100 100 37 37 37 0");
}

/*
 * Where a CPU keeps no more than 30, 63 pages are told page by page: 31 + 31, and 1 is left to
 * tell.
 */
Test(tick, what_is_left_to_tell_of_a_drain)
{
	open_as(&kernel_v6_12);
	struct pcp *p = keep(1, 0, 100);

	r.zone[1].stat_threshold = 30;
	diff[1][0] = 1;
	SAYS(left(p, 3), "100 100 37");
	IS(diff[1][0], 1);
	end();
	open_as(&kernel_v6_12);
	p = keep(1, 0, 100);
	r.zone[1].stat_threshold = 20; /* three times 21: nothing is left, and nobody comes again */
	diff[1][0] = 1;
	SAYS(left(p, 8), "100 100 37 37 37 37 37 37");
}

/*
 * [6.1.192] a tick that only counts down is no change, so vmstat_update() does not queue the next
 * one, and of a CPU with nothing to tell vmstat_shepherd() does not either: its pages stay. While
 * it works on its own node, it ticks.
 */
Test(tick, before_6_6_idle_cpus_keep_remote_pages)
{
	open_as(&kernel_v6_1);
	struct pcp *p = keep(1, 0, 5);

	diff[1][0] = 1;
	SAYS(left(p, 5), "5 5 5 5 5");
	IS(p->expire, 1); /* the tick that told, and the one it queued */
	diff[0][0] = 1;
	SAYS(left(p, 2), "0 0");
}

/* [2.6.34 3.5] vmstat_update() queues itself whatever it found */
Test(tick, the_old_ones_tick_always)
{
	open_as(&kernel_v3_5);
	struct pcp *p = keep(1, 0, 5);

	left(p, 3);
	IS(p->expire, 0);
	diff[1][0] = 1;
	SAYS(left(p, 3), "5 5 0");
}

/* Nothing changed: nothing will by ticks alone, which is how long silences end at once. */
Test(tick, silence_is_said)
{
	open_as(&kernel_v6_12);
	keep(1, 0, 5);
	cr_assert(!pages_tick(&r.pages));
	diff[1][0] = 1;
	cr_assert(pages_tick(&r.pages));
	cr_assert(pages_tick(&r.pages));
	cr_assert(pages_tick(&r.pages));
	cr_assert(pages_tick(&r.pages)); /* the 5 pages drained are told */
	cr_assert(!pages_tick(&r.pages));
}

/*
 * decay_pcp_high() [6.12.117]: 1000 - 125 and so on to 500, whatever CPU: ticks go on until there
 */
Test(tick, limits_decay_until_they_are_lowest)
{
	open_as(&kernel_v6_12);
	struct pcp *p = pages_pcp(&r.pages, 0, 0);

	p->high_min = 500;
	p->high_max = 2000;
	cr_assert(!pages_tick(&r.pages)); /* nothing queued it yet */
	IS(p->high, 1000);
	diff[0][0] = 1;
	for (unsigned int i = 0; i < 20; i++)
		pages_tick(&r.pages);
	IS(p->high, 500); /* 1000 875 766 671 588 515 500 */
	cr_assert(!pages_tick(&r.pages));
}

/* ---- drains looked at before they happen ---- */

static char seen[256];

static void see(void *ctx, struct pfn head, const struct frame *fr)
{
	int *used = ctx;

	if (!fr)
		*used += snprintf(seen + *used, sizeof(seen) - (size_t)*used, "? ");
	else
		*used += snprintf(seen + *used, sizeof(seen) - (size_t)*used, "%llu ",
				  (unsigned long long)head.nr);
}

/*
 * What is previewed is what then drains: list 0's tail first, then list 1's; the unknown before
 * all.
 */
Test(tick, previews_name_what_drains)
{
	open_as(&kernel_v6_1);
	struct pcp *p = pages_pcp(&r.pages, 0, 0);
	struct pcp_preview v;
	int used = 0;

	pcp_push(p, &r.frames, pfn(10), 0, KM_UNMOVABLE, true);
	pcp_push(p, &r.frames, pfn(12), 0, KM_UNMOVABLE, true);
	pcp_push(p, &r.frames, pfn(20), 0, KM_MOVABLE, true);
	pcp_push(p, &r.frames, pfn(32), 2, KM_MOVABLE, true);
	p->unknown = 2;
	p->count += 2;
	IS(pcp_peek(p, &r.frames, 0, KM_UNMOVABLE).nr, 10);
	IS(pcp_peek(p, &r.frames, 0, KM_RECLAIMABLE).nr, KM_NO_PFN);
	pcp_preview_init(&v, p);
	pcp_preview_drain(&v, &r.frames, 4, 0, see, &used);
	SAYS(seen, "? ? 12 10 ");
	pcp_preview_drain(&v, &r.frames, 100, 0, see, &used);
	SAYS(seen, "? ? 12 10 20 32 ");
	IS(v.left, 0);
	IS(p->count, 9); /* nothing happened */
	pcp_drain(p, &r.buddy[0], 4, 0);
	SAYS(rig_steps(&r, STEP_PCPU_DRAIN), "12 10");
	pcp_drain_all(p, &r.buddy[0]);
	IS(p->count, 0);
}
