/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/cost/cost.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PS_OF_NS = 1000 };

/* ---- making and ending ---- */

int cost_open(struct cost **out, const struct cost_config *config, struct km_diag *d)
{
	struct cost *c = calloc(1, sizeof(*c));

	if (c) {
		c->cpu = calloc(config->nr_cpus, sizeof(*c->cpu));
		c->lock = calloc(config->nr_locks, sizeof(*c->lock));
	}
	if (!c || !c->cpu || !c->lock) {
		cost_close(c);
		return km_fail(d, KM_ENOMEM, "", "out of memory for the costs");
	}
	c->table = config->table;
	c->nr_cpus = config->nr_cpus;
	c->nr_locks = config->nr_locks;
	c->closed_loop = config->closed_loop;
	for (unsigned int i = 0; i < COST_NR_ITEMS; i++) {
		c->ps[i] = config->table->item[i].ps;
		c->part_of[i] = (uint8_t)cost_part_of((enum cost_item)i);
	}
	for (unsigned int i = 0; i < COST_NR_PATHS; i++) {
		c->window[i].bits = HIST_COARSE;
		for (unsigned int k = 0; k < COST_NR_CLASSES; k++)
			c->latency[i][k].bits = HIST_PRECISE;
	}
	*out = c;
	return 0;
}

void cost_close(struct cost *c)
{
	if (!c)
		return;
	for (unsigned int i = 0; i < COST_NR_PATHS; i++) {
		hist_release(&c->window[i]);
		for (unsigned int k = 0; k < COST_NR_CLASSES; k++)
			hist_release(&c->latency[i][k]);
	}
	free(c->cpu);
	free(c->lock);
	free(c);
}

/* ---- an operation ---- */

static bool is_idle(const struct cost *c, unsigned int cpu, uint64_t now)
{
	const struct cost_cpu *k = &c->cpu[cpu];

	return !k->worked || (now > k->clock && now - k->clock > c->ps[COST_IDLE_AFTER]);
}

void cost_begin(struct cost *c, unsigned int cpu, uint64_t ts_ns, uint64_t event_no)
{
	uint64_t start = ts_ns < UINT64_MAX / PS_OF_NS ? ts_ns * PS_OF_NS : 0;

	KM_BUG_ON(cpu >= c->nr_cpus);
	if (c->closed_loop)
		start = is_idle(c, cpu, c->latest) ? c->latest : c->cpu[cpu].clock;
	c->latest = start > c->latest ? start : c->latest;
	memset(&c->op, 0, sizeof(c->op));
	c->op.cpu = cpu;
	c->op.start = c->op.now = start;
	c->op.event_no = event_no;
	c->op.ts_ns = ts_ns;
	c->cpu[cpu].worked = true;
}

void cost_take_lock(struct cost *c, unsigned int lock)
{
	const struct cost_lock *l = &c->lock[lock];

	KM_BUG_ON(lock >= c->nr_locks);
	if (l->cpu == c->op.cpu || l->until <= c->op.now)
		return;
	c->op.part[COST_PART_LOCK] += l->until - c->op.now;
	c->op.waited += l->until - c->op.now;
	c->op.now = l->until;
}

void cost_unlock(struct cost *c, unsigned int lock)
{
	c->lock[lock] = (struct cost_lock){ .until = c->op.now, .cpu = c->op.cpu };
}

void cost_flush(struct cost *c, uint64_t pages, bool full, bool broadcast)
{
	struct cost_cpu *own = &c->cpu[c->op.cpu];
	uint64_t idle = 0, busy = 0;

	own->flushes++;
	own->full_flushes += full;
	cost_add(c, full ? COST_FLUSH_ALL : COST_FLUSH_PAGE, full ? 1 : pages);
	for (unsigned int i = 0; !broadcast && i < c->nr_cpus; i++) {
		if (i == c->op.cpu)
			continue;
		if (is_idle(c, i, c->op.start)) {
			idle++;
			continue;
		}
		busy++;
		c->cpu[i].stolen += c->ps[COST_IPI_STOLEN];
		c->cpu[i].clock += c->ps[COST_IPI_STOLEN];
	}
	own->ipis += idle + busy;
	cost_add(c, COST_IPI_IDLE, idle);
	cost_add(c, COST_IPI_BUSY, busy);
	c->steps[COST_IPI_STOLEN] += busy;
	c->op.part[COST_PART_STOLEN] += busy * c->ps[COST_IPI_STOLEN];
}

/* Those that took as long keep the order of their events. */
static void note_slowest(struct cost *c, unsigned int path, unsigned int class, uint64_t took)
{
	unsigned int at = c->nr_slowest;

	if (at == COST_NR_SLOWEST && took <= c->slowest[at - 1].took_ps)
		return;
	at -= at == COST_NR_SLOWEST;
	for (; at && c->slowest[at - 1].took_ps < took; at--)
		c->slowest[at] = c->slowest[at - 1];
	c->slowest[at] = (struct cost_event){ .event_no = c->op.event_no,
					      .ts_ns = c->op.ts_ns,
					      .took_ps = took,
					      .cpu = c->op.cpu,
					      .path = path,
					      .class = class };
	memcpy(c->slowest[at].part, c->op.part, sizeof(c->op.part));
	c->nr_slowest += c->nr_slowest < COST_NR_SLOWEST;
}

uint64_t cost_end(struct cost *c, enum cost_path path, unsigned int class)
{
	uint64_t took = c->op.now - c->op.start;

	c->cpu[c->op.cpu].clock = c->op.now;
	if (hist_add(&c->latency[path][class], took) || hist_add(&c->window[path], took))
		c->failed = true;
	for (unsigned int i = 0; i < COST_NR_PARTS; i++)
		c->part[path][i] += c->op.part[i];
	c->waited[path] += c->op.waited;
	note_slowest(c, path, class, took);
	return took;
}

void cost_window_clear(struct cost *c)
{
	for (unsigned int i = 0; i < COST_NR_PATHS; i++)
		hist_clear(&c->window[i]);
}

/* ---- names ---- */

const char *cost_path_name(unsigned int path)
{
	static const char *const names[COST_NR_PATHS] = {
		"alloc_pages", "free_pages", "untraced", "bulk",  "slab_alloc",
		"slab_free",   "vmalloc",    "vfree",	 "purge", "cma_alloc",
	};

	return path < COST_NR_PATHS ? names[path] : NULL;
}

static const char *how_name(enum cost_path path, unsigned int how)
{
	static const char *const pages[COST_NR_HOWS] = { "pcp",	 "refill", "zone",   "fallback",
							 "slow", "new",	   "failed", "pages" };
	static const char *const frees[COST_NR_HOWS] = { "pcp",	 "drain", "zone",   "fallback",
							 "slow", "new",	  "failed", "pages" };
	static const char *const slabs[COST_NR_HOWS] = { "fast",    "refill", "slow",	"stack",
							 "partial", "new",    "failed", "pages" };
	static const char *const maps[COST_NR_HOWS] = { "lazy", "retried", "range",  "huge",
							"slow", "purge",   "failed", "pages" };

	if (path == COST_SLAB_PATH_FREE && how == COST_HOW_NEW)
		return "discard";
	if (path == COST_SLAB_PATH_ALLOC || path == COST_SLAB_PATH_FREE)
		return slabs[how];
	if (path == COST_FREE_PAGES)
		return frees[how];
	return path >= COST_VMALLOC ? maps[how] : pages[how];
}

void cost_class_name(char out[COST_CLASS_LEN], enum cost_path path, unsigned int class)
{
	const char *how = how_name(path, class % COST_NR_HOWS);

	if (path == COST_ALLOC_PAGES || path == COST_FREE_PAGES)
		snprintf(out, COST_CLASS_LEN, "order=%u %s", class / COST_NR_HOWS, how);
	else
		snprintf(out, COST_CLASS_LEN, "%s", how);
}

void cost_main_parts(const struct cost_event *e, unsigned int out[2])
{
	out[0] = out[1] = COST_NR_PARTS;
	for (unsigned int i = 0; i < COST_NR_PARTS; i++) {
		if (!e->part[i] || i == COST_PART_STOLEN)
			continue;
		if (out[0] == COST_NR_PARTS || e->part[i] > e->part[out[0]]) {
			out[1] = out[0];
			out[0] = i;
		} else if (out[1] == COST_NR_PARTS || e->part[i] > e->part[out[1]]) {
			out[1] = i;
		}
	}
}
