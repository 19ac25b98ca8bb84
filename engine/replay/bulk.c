/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/bulk.h"

#include <stdlib.h>
#include <string.h>

#include "engine/replay/state.h"

enum { MOST_AT_ONCE = 128 };

/* As many of @n as one request gets; @chunk 0: a single one. */
static unsigned int ask(struct replay *r, const struct pages_request *rq, unsigned int chunk,
			struct pfn *page, unsigned int n)
{
	if (chunk)
		return pages_bulk(&r->m.pages, rq, page, n < chunk ? n : chunk);
	*page = pages_alloc(&r->m.pages, rq);
	return page->nr != KM_NO_PFN;
}

int bulk_request(struct replay *r, const struct op *op, unsigned int *n,
		 int (*got)(struct replay *r, struct pfn p, struct km_diag *d), struct km_diag *d)
{
	struct pfn page[MOST_AT_ONCE];
	struct pages_request rq = { .gfp = BULK_GFP, .cpu = op->cpu };
	unsigned int chunk = r->config.profile->pages.bulk_chunk;
	int err = 0;

	KM_BUG_ON(chunk > MOST_AT_ONCE);
	rq.node = (int)node_of_cpu(r, op->cpu);
	while (!err && *n) {
		unsigned int have = ask(r, &rq, chunk, page, *n);

		for (unsigned int i = 0; !err && i < have; i++) {
			place_alloc(&r->m, page[i], 0, pages_migratetype(rq.gfp));
			if (!r->bind)
				attribution_bulk(&r->owners, page[i].nr, op->no);
			err = got ? got(r, page[i], d) : 0;
		}
		if (!chunk && !have)
			break;
		/* after too little of a chunk come single pages */
		chunk = have < chunk && have < *n ? 0 : chunk;
		*n -= have;
	}
	return err;
}

unsigned int bulk_zone(const struct machine *m, unsigned int cpu)
{
	const struct pages_request rq = { .gfp = BULK_GFP,
					  .cpu = cpu,
					  .node = (int)pages_node_of_cpu(&m->pages, cpu) };
	unsigned int step = 0;

	return pages_next_zone(&m->pages, &rq, &step);
}

/* Where its caller's name begins with one of these, a kmalloc is the array of a bulk request. */
static bool announces(const struct pages_profile *recorded, const char *caller)
{
	for (const char *const *site = recorded->bulk_call_sites; recorded->bulk_chunk && *site;
	     site++)
		if (!strncmp(caller, *site, strlen(*site)))
			return true;
	return false;
}

/* Where that array has one pointer more than whole chunks, that page is traced. */
static uint32_t untraced(const struct pages_profile *recorded, uint32_t pages)
{
	return pages % recorded->bulk_chunk == 1 ? pages - 1 : pages;
}

uint32_t bulk_pages(struct replay *r, const struct km_event *ev)
{
	const struct pages_profile *recorded = &r->config.recorded->pages;

	if (ev->kind != KM_EV_KMALLOC)
		return 0;
	uint32_t id = ev->obj.call_site;

	if (id < r->nr_call_sites && r->call_site_kind[id] == 1)
		return 0;
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
	if (!r->call_site_kind[id])
		r->call_site_kind[id] = announces(recorded, strtab_get(r->strings, id)) ? 2 : 1;
	if (r->call_site_kind[id] != 2)
		return 0;
	return untraced(recorded, ev->obj.bytes_req / (r->config.pointer_bytes == 4 ? 4 : 8));
}
