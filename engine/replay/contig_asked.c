/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/contig_asked.h"

#include "engine/replay/state.h"

/* Kernel: kernel/dma/Kconfig:CMA_ALIGNMENT, dma_contiguous_default_area [6.1] */
static const char default_area[] = "reserved";
enum { MOST_ALIGN = 8 };

static unsigned int align_of(uint64_t pages)
{
	unsigned int order = 0;

	while (order < MOST_ALIGN && pages_of(order) < pages)
		order++;
	return order;
}

struct cma_area *contig_asked_area(struct replay *r, const char *name)
{
	return *name ? machine_cma_by_name(&r->m, name) : machine_cma_for(&r->m, default_area);
}

int contig_asked_alloc(struct replay *r, const struct op *op, uint64_t pages, struct pfn *out,
		       struct km_diag *d)
{
	uint32_t name = op->ev->obj.cache;
	struct cma_area *a = contig_asked_area(r, strtab_get(r->strings, name));
	struct km_event ev = *op->ev;
	struct op asked = *op;
	struct cma_result got = { .result = CONTIG_NOMEM,
				  .got = pfn(KM_NO_PFN),
				  .busy = pfn(KM_NO_PFN) };

	asked.ev = &ev;
	ev.cma = (struct km_ev_cma){ .pfn = KM_NO_PFN,
				     .tried = KM_NO_PFN,
				     .name = name,
				     .count = pages,
				     .align = align_of(pages) };
	int err = contig_log_start(r, &asked, a);

	if (err)
		return err;
	bool explains = explain_wants_asked(r, op);

	if (explains)
		explain_before(r, &asked);
	if (a) {
		const struct cma_request rq = { .pages = pages,
						.align = ev.cma.align,
						.cpu = op->cpu };

		err = contig_own_serve(r, &asked, a, &rq, &got, d);
	}
	if (explains)
		explain_after(r);
	*out = got.got;
	ev.cma.pfn = got.got.nr;
	contig_own_tell(r, &asked, &got);
	r->totals.failures += got.got.nr == KM_NO_PFN;
	return err ? err : contig_log_finish(r, &asked);
}

void contig_asked_free(struct replay *r, const struct op *op, struct pfn at, uint64_t pages)
{
	const struct contig_env env = machine_contig(&r->m);
	struct cma_area *a = machine_cma_at(&r->m, at);

	KM_BUG_ON(!a || !cma_release(a, &env, op->cpu, at, pages));
}
