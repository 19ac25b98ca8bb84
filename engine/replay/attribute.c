/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/attribute.h"

#include <stdlib.h>
#include <string.h>

struct owner_page {
	uint8_t owner : 4;     /* enum owner */
	uint8_t certainty : 2; /* enum certainty */
	uint8_t live : 1;
	uint8_t pending : 1; /* its allocation is not counted yet */
	uint8_t order : 4;   /* head: the block's */
	uint8_t head : 1;    /* the first page of a recorded block */
	uint8_t event : 1;   /* head: the block's event is not counted yet */
	uint8_t freed : 1;   /* by an mm_page_free that mm_page_free_batched may follow */
	uint16_t cache;	     /* of a slab: its number + 1; 0: not known */
};

_Static_assert(sizeof(struct owner_page) == 4, "four bytes per page frame");
_Static_assert(NR_OWNERS <= 16, "four bits for an owner");

static struct owner_page *page_at(const struct attribution *a, uint64_t pfn_nr)
{
	return pfn_nr - a->first_page < a->nr_pages ? &a->page[pfn_nr - a->first_page] : NULL;
}

/* The pages [pfn, pfn + 2^order) that the machine has. */
static uint64_t in_machine(const struct attribution *a, uint64_t pfn_nr, unsigned int order)
{
	uint64_t at = pfn_nr - a->first_page;

	if (at >= a->nr_pages)
		return 0;
	return pages_of(order) < a->nr_pages - at ? pages_of(order) : a->nr_pages - at;
}

/* ---- what flags say ---- */

/*
 * Kernel: include/asm-generic/pgalloc.h:GFP_PGTABLE_USER, fs/pipe.c:pipe_write(),
 *         mm/percpu-vm.c:pcpu_alloc_pages(), mm/percpu.c:pcpu_balance_populated(),
 *         mm/vmalloc.c:__vmalloc_area_node() [6.1 6.12]
 */
static const struct flag_rule {
	uint32_t mask, set; /* of these flags exactly those */
	uint8_t most_order;
	uint8_t owner;
} flag_rules[] = {
	{ KM_GFP_MOVABLE | KM_GFP_ZERO, KM_GFP_MOVABLE | KM_GFP_ZERO, KM_MAX_ORDERS,
	  OWNER_ANONYMOUS },
	{ KM_GFP_MOVABLE, KM_GFP_MOVABLE, KM_MAX_ORDERS, OWNER_USER },
	{ KM_GFP_HIGHMEM | KM_GFP_HARDWALL | KM_GFP_ACCOUNT,
	  KM_GFP_HIGHMEM | KM_GFP_HARDWALL | KM_GFP_ACCOUNT, 0, OWNER_PIPE },
	{ KM_GFP_HIGHMEM | KM_GFP_HARDWALL | KM_GFP_NORETRY | KM_GFP_NOWARN,
	  KM_GFP_HIGHMEM | KM_GFP_NORETRY | KM_GFP_NOWARN, 0, OWNER_PERCPU },
	{ KM_GFP_HIGHMEM | KM_GFP_HARDWALL, KM_GFP_HIGHMEM, KM_MAX_ORDERS, OWNER_VMALLOC },
	{ KM_GFP_KERNEL | KM_GFP_ACCOUNT | KM_GFP_ZERO | KM_GFP_COMP | KM_GFP_NOWARN,
	  KM_GFP_KERNEL | KM_GFP_ACCOUNT | KM_GFP_ZERO, 0, OWNER_PAGE_TABLE },
};

static enum owner flags_owner(const struct attribution *a, const struct km_ev_page *p)
{
	for (size_t i = 0; i < sizeof(flag_rules) / sizeof(flag_rules[0]); i++) {
		const struct flag_rule *f = &flag_rules[i];

		if ((p->gfp & f->mask) != f->set || p->order > f->most_order)
			continue;
		return f->owner == OWNER_USER && a->filemap ? OWNER_ANONYMOUS : f->owner;
	}
	return OWNER_KERNEL;
}

/* ---- counting ---- */

static struct owner_count *count_of(struct attribution *a, const struct owner_page *p)
{
	if (p->owner == OWNER_SLAB)
		return &a->cache[p->cache < a->nr_caches ? p->cache : 0][p->certainty];
	return &a->count[p->owner][p->certainty];
}

/* The allocation of @p's page is counted for whoever is its owner now. */
static void settle(struct attribution *a, struct owner_page *p)
{
	struct owner_count *c = count_of(a, p);

	c->pages += p->pending;
	c->events += p->event;
	p->pending = p->event = 0;
}

static void set_live(struct attribution *a, struct owner_page *p, bool live)
{
	if (p->live == live)
		return;
	a->live[p->owner] += live ? 1 : UINT64_C(0) - 1;
	p->live = live;
}

static void give(struct attribution *a, struct owner_page *p, enum owner owner,
		 enum certainty certainty, uint16_t cache)
{
	bool live = p->live;

	set_live(a, p, false);
	p->owner = (unsigned int)owner & 15u;
	p->certainty = (unsigned int)certainty & 3u;
	p->cache = cache;
	set_live(a, p, live);
}

/* The first page of the recorded block that @pfn is in; itself where none is known. */
static uint64_t head_of(const struct attribution *a, uint64_t pfn_nr)
{
	const struct owner_page *own = page_at(a, pfn_nr);

	if (!own || !own->live || own->head)
		return pfn_nr; /* all of a block lives, or it is none */
	for (unsigned int o = 0; o < KM_MAX_ORDERS; o++) {
		uint64_t at = pfn_align_down(pfn(pfn_nr), o).nr;
		const struct owner_page *p = page_at(a, at);

		if (p && p->head && p->live && pfn_nr - at < pages_of(p->order))
			return at;
	}
	return pfn_nr;
}

/*
 * Something tells the owner of @pfn's block; where none was recorded, of 2^@order pages. They live,
 * then.
 */
static void tell(struct attribution *a, uint64_t pfn_nr, unsigned int order, enum owner owner,
		 enum certainty certainty, uint16_t cache)
{
	uint64_t at = head_of(a, pfn_nr);
	struct owner_page *p = page_at(a, at);

	if (!p)
		return;
	if (!p->head || !p->live)
		at = pfn_align_down(pfn(pfn_nr), order).nr;
	else
		order = p->order;
	uint64_t n = in_machine(a, at, order);

	for (uint64_t i = 0; i < n; i++) {
		p = page_at(a, at + i);
		if (p->live && p->certainty > certainty)
			continue;
		give(a, p, owner, certainty, cache);
		set_live(a, p, true);
	}
}

/* ---- pages ---- */

/* Who is getting pages for an area, if @pid is. */
static struct owner_task *task_of(struct attribution *a, int32_t pid)
{
	for (unsigned int i = 0; i < OWNER_TASKS; i++)
		if (a->task[i].pages && a->task[i].pid == pid)
			return &a->task[i];
	return NULL;
}

/* Of a block that is cut, the rest are pages of their own. */
static void break_up(struct attribution *a, uint64_t at)
{
	struct owner_page *head = page_at(a, at);
	uint64_t n = head && head->head ? in_machine(a, at, head->order) : 0;

	for (uint64_t i = 0; i < n; i++) {
		struct owner_page *p = page_at(a, at + i);

		p->head = p->live;
		p->order = 0;
	}
}

static void allocated(struct attribution *a, const struct km_event *ev)
{
	uint64_t n = ev->page.order < KM_MAX_ORDERS ? in_machine(a, ev->page.pfn, ev->page.order) :
						      0;
	struct owner_task *t = ev->page.order ? NULL : task_of(a, ev->pid);
	enum owner owner = flags_owner(a, &ev->page);
	enum certainty certainty = owner == OWNER_KERNEL ? CERTAIN_NONE : CERTAIN_FLAGS;

	/* an area's pages are asked for with the flags of whoever wanted it, and for highmem */
	if (t && !km_in_interrupt(ev) && ev->page.gfp & KM_GFP_HIGHMEM) {
		t->pages--;
		owner = t->stack ? OWNER_STACK : OWNER_VMALLOC;
		certainty = CERTAIN_EVENT;
	}
	if (n && page_at(a, ev->page.pfn)->live)
		break_up(a, head_of(a, ev->page.pfn));
	for (uint64_t i = 0; i < n; i++) {
		struct owner_page *p = page_at(a, ev->page.pfn + i);

		settle(a, p);
		set_live(a, p, false);
		*p = (struct owner_page){ .owner = (unsigned int)owner & 15u,
					  .certainty = (unsigned int)certainty & 3u,
					  .pending = 1,
					  .order = ev->page.order & 15u,
					  .head = !i,
					  .event = !i };
		set_live(a, p, true);
	}
	if (n == 1 && (owner == OWNER_VMALLOC || owner == OWNER_PERCPU)) {
		a->recent[a->recent_at] = (struct owner_recent){ ev->pid, ev->page.pfn };
		a->recent_at = (a->recent_at + 1) % OWNER_RECENT;
	}
}

static void freed(struct attribution *a, const struct km_event *ev)
{
	bool batched = ev->kind == KM_EV_PAGE_FREE_BATCHED;
	uint64_t n = ev->page.order < KM_MAX_ORDERS ? in_machine(a, ev->page.pfn, ev->page.order) :
						      0;
	struct owner_page *p = n ? page_at(a, ev->page.pfn) : NULL, *known = p;
	uint64_t head = n ? head_of(a, ev->page.pfn) : 0;

	if (!n)
		return;
	if (batched && p->freed) { /* the same free again */
		p->freed = 0;
		return;
	}
	if (head != ev->page.pfn || p->order > ev->page.order)
		break_up(a, head);
	for (uint64_t i = 0; i < n && !known->live; i++)
		known = page_at(a, ev->page.pfn + i);
	if (!known->live)
		*known = (struct owner_page){ .owner = OWNER_UNKNOWN };
	struct owner_count *c = count_of(a, known);

	c->events++;
	c->pages += pages_of(ev->page.order);
	for (uint64_t i = 0; i < n; i++) {
		struct owner_page *q = page_at(a, ev->page.pfn + i);

		settle(a, q);
		set_live(a, q, false);
		*q = (struct owner_page){ .freed = !batched && !i };
	}
}

/* ---- what tells ---- */

static void object(struct attribution *a, const struct km_event *ev)
{
	uint64_t page = (ev->obj.ptr - a->map.base) >> a->page_shift;
	struct owner_page *p = page_at(a, page);
	unsigned int order = 0;

	if (!a->map.sure || ev->obj.ptr < a->map.base || !p)
		return;
	if (p->live && p->certainty == CERTAIN_EVENT &&
	    (p->owner == OWNER_LARGE_KMALLOC || (p->owner == OWNER_SLAB && p->cache)))
		return;
	bool alloc = ev->kind == KM_EV_KMALLOC || ev->kind == KM_EV_CACHE_ALLOC;
	bool whole = !(ev->obj.ptr & ((UINT64_C(1) << a->page_shift) - 1)) && p->live && p->head;
	bool large = ev->kind == KM_EV_KMALLOC && whole &&
		     ev->obj.bytes_alloc == UINT64_C(1) << (a->page_shift + p->order) &&
		     ev->obj.bytes_alloc > UINT64_C(1) << (a->page_shift + 1);
	int cache = a->objects ? objects_cache_of(a->objects, ev, page, &order) : OBJECTS_NO_CACHE;

	if (cache == OBJECTS_PAGES || (cache < 0 && large))
		tell(a, page, 0, OWNER_LARGE_KMALLOC, CERTAIN_EVENT, 0);
	else if (cache >= 0 || alloc || ev->kind == KM_EV_CACHE_FREE)
		tell(a, page, order, OWNER_SLAB, CERTAIN_EVENT,
		     cache >= 0 && cache < UINT16_MAX ? (uint16_t)(cache + 1) : 0);
}

/* A percpu allocation is done: what its task asked for meanwhile is the chunk's. */
static void percpu(struct attribution *a, const struct km_event *ev)
{
	for (unsigned int i = 0; i < OWNER_RECENT; i++) {
		struct owner_recent *r = &a->recent[i];
		struct owner_page *p = r->pid == ev->pid ? page_at(a, r->pfn) : NULL;

		if (p && p->live && p->certainty == CERTAIN_FLAGS)
			tell(a, r->pfn, 0, OWNER_PERCPU, CERTAIN_EVENT, 0);
		if (r->pid == ev->pid)
			r->pfn = KM_NO_PFN;
	}
}

static void contiguous(struct attribution *a, const struct km_event *ev)
{
	for (uint64_t i = 0; ev->cma.pfn != KM_NO_PFN && i < ev->cma.count; i++) {
		struct owner_page *p = page_at(a, ev->cma.pfn + i);

		if (!p)
			return;
		if (p->live)
			break_up(a, head_of(a, ev->cma.pfn + i));
		settle(a, p);
		set_live(a, p, false);
		*p = (struct owner_page){ .owner = OWNER_CMA, .certainty = CERTAIN_EVENT };
		set_live(a, p, true);
	}
}

static void announced(struct attribution *a, const struct km_event *ev, uint64_t no, uint32_t pages,
		      bool stack)
{
	struct owner_task *t = task_of(a, ev->pid);

	if (!t)
		t = &a->task[a->task_at++ % OWNER_TASKS];
	*t = (struct owner_task){ ev->pid, stack, pages };
	a->bulk[no % OWNER_BULKS] = (struct owner_bulk){ no, stack };
}

void attribution_bulk(struct attribution *a, uint64_t page, uint64_t no)
{
	const struct owner_bulk *b = &a->bulk[no % OWNER_BULKS];
	struct owner_page *p = page_at(a, page);

	if (!p || p->live || b->no != no)
		return;
	*p = (struct owner_page){ .owner = b->stack ? OWNER_STACK : OWNER_BULK,
				  .certainty = CERTAIN_MODEL };
	set_live(a, p, true);
}

/* ---- events ---- */

void attribution_learn(struct attribution *a, const struct km_event *ev)
{
	if (ev->kind == KM_EV_FILEMAP_ADD)
		a->filemap = true;
	if (ev->cpu >= a->nr_cpus)
		return;
	if (ev->kind == KM_EV_PAGE_ALLOC && ev->page.pfn != KM_NO_PFN)
		direct_map_block(&a->map, ev);
	else if ((ev->kind == KM_EV_KMALLOC || ev->kind == KM_EV_CACHE_ALLOC) && ev->obj.ptr)
		direct_map_object(&a->map, ev);
}

bool attribution_heeds(unsigned int kind)
{
	switch (kind) {
	case KM_EV_PAGE_ALLOC:
	case KM_EV_PAGE_FREE:
	case KM_EV_PAGE_FREE_BATCHED:
	case KM_EV_KMALLOC:
	case KM_EV_KFREE:
	case KM_EV_CACHE_ALLOC:
	case KM_EV_CACHE_FREE:
	case KM_EV_FILEMAP_ADD:
	case KM_EV_PERCPU_ALLOC:
	case KM_EV_CMA_FINISH:
		return true;
	default:
		return false;
	}
}

void attribution_feed(struct attribution *a, const struct km_event *ev, uint64_t no, uint32_t bulk,
		      bool stack)
{
	switch (ev->kind) {
	case KM_EV_PAGE_ALLOC:
		allocated(a, ev);
		return;
	case KM_EV_PAGE_FREE:
	case KM_EV_PAGE_FREE_BATCHED:
		freed(a, ev);
		return;
	case KM_EV_KMALLOC:
		if (bulk)
			announced(a, ev, no, bulk, stack);
		object(a, ev);
		return;
	case KM_EV_CACHE_ALLOC:
	case KM_EV_KFREE:
	case KM_EV_CACHE_FREE:
		object(a, ev);
		return;
	case KM_EV_FILEMAP_ADD:
		if (page_at(a, ev->page.pfn))
			tell(a, ev->page.pfn, 0, OWNER_PAGE_CACHE, CERTAIN_EVENT, 0);
		return;
	case KM_EV_PERCPU_ALLOC:
		percpu(a, ev);
		return;
	case KM_EV_CMA_FINISH:
		contiguous(a, ev);
		return;
	default:
		return;
	}
}

/* ---- open, close ---- */

int attribution_open(struct attribution *a, const struct attribution_config *c)
{
	*a = (struct attribution){ .first_page = c->first_page,
				   .nr_pages = c->nr_pages,
				   .page_shift = c->page_shift,
				   .nr_cpus = c->nr_cpus,
				   .stack_pages = c->stack_pages };
	for (unsigned int i = 0; i < OWNER_RECENT; i++)
		a->recent[i].pfn = KM_NO_PFN;
	a->page = calloc(c->nr_pages + 1, sizeof(*a->page));
	a->told = calloc(c->nr_pages + 1, sizeof(*a->told));
	if (!a->page || !a->told || direct_map_init(&a->map, c->nr_cpus, c->page_shift)) {
		attribution_release(a);
		return -KM_ENOMEM;
	}
	return 0;
}

int attribution_start(struct attribution *a, struct objects *objects)
{
	a->objects = objects;
	const struct slab_room *room = objects ? objects_room(objects) : NULL;

	a->nr_caches = 1 + (room ? room->nr_caches : 0);
	a->cache = calloc(a->nr_caches, sizeof(*a->cache));
	return a->cache ? 0 : -KM_ENOMEM;
}

void attribution_release(struct attribution *a)
{
	free(a->page);
	free(a->told);
	free(a->cache);
	direct_map_release(&a->map);
	*a = (struct attribution){ 0 };
}

/* ---- rows ---- */

static const struct {
	const char *layer, *name;
} owners[NR_OWNERS] = {
	[OWNER_UNKNOWN] = { "unknown", "unknown" },
	[OWNER_KERNEL] = { "page", "kernel" },
	[OWNER_PAGE_CACHE] = { "page", "page cache" },
	[OWNER_ANONYMOUS] = { "page", "anonymous" },
	[OWNER_USER] = { "page", "user" },
	[OWNER_PIPE] = { "page", "pipe" },
	[OWNER_PAGE_TABLE] = { "page table", "page table" },
	[OWNER_SLAB] = { "slab", "slab" },
	[OWNER_LARGE_KMALLOC] = { "slab", "large kmalloc" },
	[OWNER_VMALLOC] = { "vmalloc", "vmalloc" },
	[OWNER_BULK] = { "vmalloc", "bulk" },
	[OWNER_STACK] = { "stack", "stack" },
	[OWNER_PERCPU] = { "percpu", "percpu" },
	[OWNER_CMA] = { "cma", "cma" },
};

static const char *const certainties[NR_CERTAINTIES] = { "none", "flags", "model", "event" };

const struct km_owner_state *attribution_rows(struct attribution *a, size_t *n)
{
	*n = 0;
	for (unsigned int i = 0; i < NR_OWNERS; i++)
		if (a->live[i])
			a->rows[(*n)++] = (struct km_owner_state){ .layer = owners[i].layer,
								   .owner = owners[i].name,
								   .pages = a->live[i] };
	return a->rows;
}

/* The sums of the owners of one layer; those that an event shows apart. */
static int report_layer(struct attribution *a, const char *layer, const struct km_sink *sink)
{
	struct km_attribution_row row = { .layer = layer };

	for (unsigned int i = 0; i < NR_OWNERS; i++) {
		if (strcmp(owners[i].layer, layer))
			continue;
		row.live_pages += a->live[i];
		for (unsigned int k = 0; k < NR_CERTAINTIES; k++) {
			row.pages += a->count[i][k].pages;
			row.events += a->count[i][k].events;
			if (k == CERTAIN_EVENT) {
				row.certain_pages += a->count[i][k].pages;
				row.certain_events += a->count[i][k].events;
			}
		}
	}
	return row.events || row.pages ? sink->ops->attribution(sink->ctx, &row) : 0;
}

static int report_owner(const char *layer, const char *owner, const char *cache,
			const struct owner_count *c, const struct km_sink *sink)
{
	int err = 0;

	for (unsigned int k = 0; !err && k < NR_CERTAINTIES; k++) {
		const struct km_owner_row row = { .layer = layer,
						  .owner = owner,
						  .cache = cache,
						  .certainty = certainties[k],
						  .pages = c[k].pages,
						  .events = c[k].events };

		if (row.pages || row.events)
			err = sink->ops->owner(sink->ctx, &row);
	}
	return err;
}

static int report_caches(struct attribution *a, const struct km_sink *sink)
{
	int err = 0;

	for (size_t i = 0; !err && i < a->nr_caches; i++) {
		const char *name = i ? objects_room(a->objects)->caches[i - 1].name : NULL;

		err = report_owner("slab", "slab", name, a->cache[i], sink);
		for (unsigned int k = 0; k < NR_CERTAINTIES; k++) {
			a->count[OWNER_SLAB][k].pages += a->cache[i][k].pages;
			a->count[OWNER_SLAB][k].events += a->cache[i][k].events;
		}
	}
	return err;
}

int attribution_report(struct attribution *a, const struct km_sink *sink)
{
	static const char *const layers[] = { "page",	"slab",	 "vmalloc",    "cma",
					      "percpu", "stack", "page table", "unknown" };
	int err;

	for (uint64_t i = 0; i < a->nr_pages; i++)
		if (a->page[i].live)
			settle(a, &a->page[i]);
	err = report_caches(a, sink);
	for (unsigned int i = 0; !err && i < NR_OWNERS; i++)
		if (i != OWNER_SLAB)
			err = report_owner(owners[i].layer, owners[i].name, NULL, a->count[i],
					   sink);
	for (size_t i = 0; !err && i < sizeof(layers) / sizeof(layers[0]); i++)
		err = report_layer(a, layers[i], sink);
	return err;
}

int attribution_check(const struct attribution *a, struct km_diag *d)
{
	uint64_t live[NR_OWNERS] = { 0 };

	for (uint64_t i = 0; i < a->nr_pages; i++)
		if (a->page[i].live)
			live[a->page[i].owner]++;
	for (unsigned int i = 0; i < NR_OWNERS; i++)
		if (live[i] != a->live[i])
			return km_fail(d, KM_EINVAL, "attribute", "%llu pages are %s's, not %llu",
				       (unsigned long long)live[i], owners[i].name,
				       (unsigned long long)a->live[i]);
	return 0;
}
