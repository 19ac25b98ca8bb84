/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages that leave the per-CPU lists without an event each: vmalloc asks for them in chunks, and a
 * last single one comes through the front door, traced.
 *
 * Kernel: mm/vmalloc.c:vm_area_alloc_pages() [6.1]
 */
#include <stdlib.h>
#include <string.h>

#include "engine/replay/state.h"

enum { MOST_AT_ONCE = 128 };

int bulk_request(struct replay *r, const struct op *op, unsigned int n,
		 int (*got)(struct replay *r, struct pfn p, struct km_diag *d), struct km_diag *d)
{
	struct pfn page[MOST_AT_ONCE];
	unsigned int chunk = r->config.profile->pages.bulk_chunk;
	struct pages_request rq = { .gfp = BULK_GFP, .cpu = op->cpu };
	int err = 0;

	KM_BUG_ON(chunk > MOST_AT_ONCE);
	rq.node = (int)node_of_cpu(r, op->cpu);
	while (n > 1) {
		unsigned int want = n < chunk ? n : chunk;
		unsigned int have = pages_bulk(&r->m.pages, &rq, page, want);

		for (unsigned int i = 0; !err && i < have; i++) {
			place_alloc(&r->m, page[i], 0, pages_migratetype(rq.gfp));
			if (!r->bind)
				attribution_bulk(&r->owners, page[i].nr, op->no);
			err = got ? got(r, page[i], d) : 0;
		}
		if (err || have < want)
			return err;
		n -= want;
	}
	return 0;
}

uint32_t bulk_pages(struct replay *r, const struct km_event *ev)
{
	if (ev->kind != KM_EV_KMALLOC)
		return 0;
	uint32_t id = ev->obj.call_site;

	if (id >= strtab_count(r->strings))
		return 0;
	if (id >= r->nr_call_sites) {
		size_t n = strtab_count(r->strings) + 1024;
		uint8_t *kind = realloc(r->call_site_kind, n);

		if (!kind) {
			r->host_error = -KM_ENOMEM;
			return 0;
		}
		memset(kind + r->nr_call_sites, 0, n - r->nr_call_sites);
		r->call_site_kind = kind;
		r->nr_call_sites = n;
	}
	if (!r->call_site_kind[id]) {
		const char *name = strtab_get(r->strings, id);
		const char *const *site = r->config.profile->pages.bulk_call_sites;

		r->call_site_kind[id] = 1;
		for (; r->config.profile->pages.bulk_chunk && *site; site++)
			if (!strncmp(name, *site, strlen(*site)))
				r->call_site_kind[id] = 2;
	}
	return r->call_site_kind[id] == 2 ? ev->obj.bytes_req / (uint32_t)sizeof(uint64_t) : 0;
}
