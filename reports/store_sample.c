/* SPDX-License-Identifier: GPL-2.0-only */
/* The rows of one state of the machine. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "reports/store_parts.h"

static int put_orders(struct store *s, const struct km_sample *row, const struct km_zone_state *z,
		      int64_t zone)
{
	int err = 0;

	for (unsigned int o = 0; o < row->nr_orders && !err; o++)
		err = PUT(s, INSERT_ZONE_ORDER, store_int(the_run), store_int(s->sample),
			  store_int((uint64_t)zone), store_int(o), store_int(z->nr_free[o]),
			  store_int(z->type_free[0][o]), store_int(z->type_free[1][o]),
			  store_int(z->type_free[2][o]), store_int(z->type_free[3][o]),
			  store_int(z->type_free[4][o]), store_int(z->type_free[5][o]),
			  store_int((uint64_t)(int64_t)z->unusable_milli[o]),
			  store_int((uint64_t)(int64_t)z->extfrag_milli[o]));
	return err;
}

static int put_zone(struct store *s, const struct km_sample *row, const struct km_zone_state *z)
{
	const uint64_t *b = z->type_blocks, *m = z->mixed_blocks;
	int64_t zone = store_zone_number(s, z->node, z->name);
	int err;

	_Static_assert(KM_NR_MIGRATETYPES == 6,
		       "zone_order and zone_blocks have a column per migratetype");
	if (zone < 0)
		return (int)zone;
	err = put_orders(s, row, z, zone);
	if (err)
		return err;
	return PUT(s, INSERT_ZONE_BLOCKS, store_int(the_run), store_int(s->sample),
		   store_int((uint64_t)zone), store_int(b[0]), store_int(b[1]), store_int(b[2]),
		   store_int(b[3]), store_int(b[4]), store_int(b[5]), store_int(m[0]),
		   store_int(m[1]), store_int(m[2]), store_int(m[3]), store_int(m[4]),
		   store_int(m[5]), store_int((uint64_t)(int64_t)z->huge_free_score_milli),
		   store_int(z->free_pages), store_int(z->huge_free_blocks), store_int(z->blocks),
		   store_int(z->unmovable_blocks), store_int(z->compact_moves),
		   store_int(z->compact_gain));
}

/* The bitmap as CMA's debugfs prints it: 32-bit words in decimal with blanks between; NULL without
 * memory. */
static char *bitmap_text(const struct km_cma_state *c)
{
	size_t size = c->nr_words * 11 + 1, n = 0;
	char *text = malloc(size);

	if (!text)
		return NULL;
	text[0] = '\0';
	for (size_t i = 0; i < c->nr_words; i++)
		n += (size_t)snprintf(text + n, size - n, "%s%" PRIu32, i ? " " : "", c->bitmap[i]);
	return text;
}

static int put_cma(struct store *s, const struct km_cma_state *c)
{
	bool has_bitmap = c->bitmap && c->nr_words;
	char *bitmap = has_bitmap ? bitmap_text(c) : NULL;
	int err;

	if (has_bitmap && !bitmap)
		return km_fail(&s->failure, KM_ENOMEM, s->path, "out of memory");
	err = PUT(s, INSERT_CMA, store_int(the_run), store_int(s->sample), store_text(c->name),
		  store_int(c->base_pfn), store_int(c->pages), store_int(c->order_per_bit),
		  store_int(c->used_pages), store_int(c->maxchunk_pages), store_text(bitmap),
		  int_if(c->has_use, c->free_pages), int_if(c->has_use, c->lent_pages),
		  int_if(c->has_use, c->busy_pages));
	free(bitmap);
	for (size_t i = 0; i < c->nr_changed && !err; i++) {
		const struct km_cma_stretch *t = &c->changed[i];

		err = PUT(s, INSERT_CMA_CHANGE, store_int(the_run), store_int(s->sample),
			  store_text(c->name), store_int(t->pfn), store_int(t->pages),
			  store_int(t->free_pages), store_int(t->used_pages),
			  store_int(t->lent_pages), store_int(t->busy_pages));
	}
	return err;
}

static int put_slab(struct store *s, const struct km_slab_state *c)
{
	return PUT(s, INSERT_SLABINFO, store_int(the_run), store_int(s->sample),
		   store_text(c->cache), store_int(c->active_objs), store_int(c->num_objs),
		   store_int(c->objsize), store_int(c->objperslab), store_int(c->pagesperslab),
		   store_int(c->limit), store_int(c->batchcount), store_int(c->sharedfactor),
		   store_int(c->active_slabs), store_int(c->num_slabs), store_int(c->sharedavail));
}

static int put_vmap(struct store *s, const struct km_vmap_state *a)
{
	return PUT(s, INSERT_VMALLOCINFO, store_int(the_run), store_int(s->sample),
		   store_int(a->start), store_int(a->bytes), store_int(a->pages),
		   store_text(a->kind), store_int(a->seeded));
}

static int put_vmalloc(struct store *s, const struct km_vmalloc_state *v)
{
	int err = PUT(s, INSERT_VMALLOC, store_int(the_run), store_int(s->sample),
		      store_int(v->areas), store_int(v->used_pages), store_int(v->guard_pages),
		      store_int(v->lazy_pages), store_int(v->pooled_pages),
		      store_int(v->hole_pages), store_int(v->largest_hole_pages),
		      store_int(v->searches), store_int(v->steps), store_int(v->purges),
		      store_int(v->purged_areas), store_int(v->purged_pages),
		      int_if(v->serves, v->backed_pages), int_if(v->serves, v->table_pages),
		      int_if(v->serves, v->flushes), int_if(v->serves, v->full_flushes),
		      int_if(v->serves, v->ipis), int_if(v->serves, v->requests),
		      int_if(v->serves, v->failures));

	for (size_t i = 0; i < v->nr_cells && !err; i++) {
		const struct km_vmalloc_cell *c = &v->cells[i];

		err = PUT(s, INSERT_VMALLOC_CELL, store_int(the_run), store_int(s->sample),
			  store_int(c->start), store_int(c->bytes), store_int(c->used_pages),
			  store_int(c->guard_pages), store_int(c->lazy_pages),
			  store_int(c->pooled_pages));
	}
	return err;
}

int store_sample(void *ctx, const struct km_sample *row)
{
	struct store *s = ctx;
	int err;

	s->sample++;
	err = PUT(s, INSERT_SAMPLE, store_int(the_run), store_int(s->sample),
		  store_int(row->event_no), store_int(row->ts_ns), store_text(row->label),
		  store_text(row->source), store_int(row->seeded), store_int(row->type_columns),
		  store_int(row->lost_events), store_int(row->uncertain_pages));
	for (unsigned int i = 0; i < row->nr_zones && !err; i++)
		err = put_zone(s, row, &row->zones[i]);
	for (size_t i = 0; i < row->nr_map && !err; i++)
		err = PUT(s, INSERT_PAGEBLOCK, store_int(the_run), store_int(s->sample),
			  store_int(row->map[i].pageblock_pfn), store_int(row->map[i].state),
			  store_int(row->map[i].free_pages));
	for (unsigned int i = 0; i < row->nr_cma && !err; i++)
		err = put_cma(s, &row->cma[i]);
	for (size_t i = 0; i < row->nr_slabs && !err; i++)
		err = put_slab(s, &row->slabs[i]);
	for (size_t i = 0; i < row->nr_owners && !err; i++)
		err = PUT(s, INSERT_OWNER_PAGES, store_int(the_run), store_int(s->sample),
			  store_text(row->owners[i].layer), store_text(row->owners[i].owner),
			  store_int(row->owners[i].pages));
	if (row->percpu && !err)
		err = PUT(s, INSERT_PERCPU, store_int(the_run), store_int(s->sample),
			  store_int(row->percpu->chunks), store_int(row->percpu->populated_pages),
			  store_int(row->percpu->used_bytes), store_int(row->percpu->free_bytes));
	for (size_t i = 0; i < row->nr_vmaps && !err; i++)
		err = put_vmap(s, &row->vmaps[i]);
	return err || !row->vmalloc ? err : put_vmalloc(s, row->vmalloc);
}
