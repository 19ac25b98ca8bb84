/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/knobs.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "engine/variant/profile.h"

/* A list under way: the first failure is kept. */
struct choosing {
	struct knobs *k;
	const struct explain_run *e;
	const struct prepared *p;
	int err;
};

int knobs_add(struct knobs *k, const char *setting, struct km_diag *d)
{
	struct knob *to = &k->knob[k->nr];

	if (k->nr == KNOBS_MAX)
		return km_fail(d, KM_EUSAGE, "--what-if", "more than %d settings", KNOBS_MAX);
	to->setting[0] = strdup(setting);
	if (!to->setting[0])
		return km_fail(d, KM_ENOMEM, "", "out of memory");
	to->nr = 1;
	k->nr++;
	return 0;
}

void knobs_release(struct knobs *k)
{
	for (size_t i = 0; i < k->nr; i++)
		for (size_t s = 0; s < k->knob[i].nr; s++)
			free(k->knob[i].setting[s]);
	k->nr = 0;
}

static void KM_PRINTF(2, 3) turn(struct choosing *c, const char *fmt, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		c->err = -KM_ENOMEM;
	va_end(args);
	if (!c->err)
		c->err = knobs_add(c->k, text, NULL);
	free(text);
}

/* A further setting of the last knob. */
static void also(struct choosing *c, const char *setting)
{
	struct knob *k = c->k->nr ? &c->k->knob[c->k->nr - 1] : NULL;

	if (c->err || !k || k->nr == KNOB_SETTINGS)
		return;
	k->setting[k->nr] = strdup(setting);
	c->err = k->setting[k->nr] ? 0 : -KM_ENOMEM;
	k->nr += !c->err;
}

static uint64_t memory_pages(const struct choosing *c)
{
	uint64_t pages = 0;

	for (unsigned int i = 0; i < c->p->seed.nr_zones; i++)
		pages += c->p->seed.zones[i].present;
	return pages;
}

static uint64_t bytes_of(const struct choosing *c, uint64_t pages)
{
	return pages << (c->p->replay.page_shift ? c->p->replay.page_shift : 12);
}

/* Other releases of the models, one for each series. */
static void turn_kernels(struct choosing *c)
{
	const char *last = "";

	for (size_t i = 0; i < kernel_profile_count(); i++) {
		const struct kernel_profile *p = kernel_profile_at(i);
		const char *series = kernel_profile_series(p);

		if (strcmp(series, last) && strcmp(series, kernel_profile_series(c->p->profile)))
			turn(c, "policy.kernel=%s", series);
		last = series;
	}
}

/* In MiB, up to a whole 4 MiB. */
static uint64_t mib_up(uint64_t bytes)
{
	return (bytes + (UINT64_C(4) << 20) - 1) / (UINT64_C(4) << 20) * 4;
}

static void turn_area(struct choosing *c)
{
	const struct replay_explanation *x = c->e->x;
	uint64_t area = bytes_of(c, x->area_pages), all = bytes_of(c, memory_pages(c));
	uint64_t asked = bytes_of(c, x->pages);

	/* what is handed out, and the request behind it */
	if (bytes_of(c, x->area_used + x->pages) > area)
		turn(c, "machine.cma=%" PRIu64 "MiB", mib_up(bytes_of(c, x->area_used) + asked));
	for (uint64_t size = area ? 2 * area : 2 * asked, n = 0; size < all / 2 && n < 3; n++) {
		turn(c, "machine.cma=%" PRIu64 "MiB", mib_up(size));
		size *= 2;
	}
	if (config_integer(&c->p->config, CONFIG_CMA_PINNED, 0) > 0)
		turn(c, "policy.cma_pinned=0");
}

static void turn_watermarks(struct choosing *c)
{
	const struct config *g = &c->p->config;
	int64_t kbytes = config_integer(g, CONFIG_MIN_FREE_KBYTES, -1);

	if (kbytes < 0) {
		uint64_t min = 0;

		for (unsigned int i = 0; i < c->e->x->nr_zones; i++)
			min += c->e->x->zone[i].min.mark;
		kbytes = (int64_t)(bytes_of(c, min) >> 10);
	}
	if (kbytes > 0) {
		turn(c, "policy.min_free_kbytes=%" PRId64, kbytes / 4);
		turn(c, "policy.min_free_kbytes=%" PRId64, kbytes * 2);
		turn(c, "policy.min_free_kbytes=%" PRId64, kbytes * 8);
	}
	turn(c, "policy.lowmem_reserve_ratio=[0, 0, 0, 0]");
	if (kernel_profile_has(c->p->profile, KERNEL_WATERMARK_SCALE)) {
		turn(c, "policy.watermark_scale_factor=100");
		turn(c, "policy.watermark_scale_factor=1000");
	}
	if (kernel_profile_has(c->p->profile, KERNEL_WATERMARK_BOOST)) {
		turn(c, "policy.watermark_boost_factor=0");
		turn(c, "policy.watermark_boost_factor=50000");
	}
	if (config_integer(g, CONFIG_NOFRAGMENT, 1) == 0)
		turn(c, "policy.nofragment=1");
	if (config_integer(g, CONFIG_KSWAPD_DELAY_NS, 0) > 0)
		turn(c, "policy.kswapd_delay_ns=0");
	turn(c, "policy.percpu_pagelist_high_fraction=1000");
}

/* More memory; a captured machine's areas stay. */
static void turn_memory(struct choosing *c)
{
	static const uint64_t quarters[] = { 5, 6, 8, 16 };
	uint64_t all = bytes_of(c, memory_pages(c));
	uint64_t area = 0;
	char cma[64];

	for (unsigned int i = 0; i < c->p->seed.nr_cma; i++)
		area += bytes_of(c, c->p->seed.cma[i].count);
	snprintf(cma, sizeof(cma), "machine.cma=%" PRIu64 "MiB", mib_up(area));
	for (size_t i = 0; i < sizeof(quarters) / sizeof(quarters[0]); i++) {
		turn(c, "machine.memory=%" PRIu64 "MiB", mib_up(all / 4 * quarters[i]));
		if (area)
			also(c, cma);
	}
	if (area && !(c->e->x->fast_flags & PAGES_CMA))
		turn(c, "machine.cma=0");
}

int knobs_choose(struct knobs *k, const struct explain_run *e, const struct prepared *p,
		 struct km_diag *d)
{
	struct choosing c = { .k = k, .e = e, .p = p };

	if (e->x->contiguous) {
		turn_area(&c);
	} else {
		turn_watermarks(&c);
		turn_memory(&c);
	}
	turn_kernels(&c);
	return c.err ? km_fail(d, KM_ENOMEM, "", "out of memory") : 0;
}
