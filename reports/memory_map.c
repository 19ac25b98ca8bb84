/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/memory_map.h"

#include <stdlib.h>
#include <string.h>

#include "engine/result.h"

/* The map while its changes are read: how many pageblocks of each row are in each state. */
struct fill {
	struct memory_map *m;
	uint64_t block_pages;
	size_t nr_blocks;
	uint8_t *state;			      /* of each pageblock from base_pfn on */
	uint32_t (*count)[MEMORY_MAP_STATES]; /* by row */
	size_t column;			      /* the next to be written */
};

struct extent {
	uint64_t first_pfn, last_pfn;
	bool any;
};

/* The state of most pageblocks; of equal ones the later in the enum, the more telling one. */
static uint8_t prevailing(const uint32_t count[MEMORY_MAP_STATES])
{
	uint8_t best = MEMORY_MAP_NOTHING;
	uint32_t most = 0;

	for (uint8_t s = 0; s < MEMORY_MAP_NOTHING; s++) {
		if (count[s] && count[s] >= most) {
			most = count[s];
			best = s;
		}
	}
	return best;
}

static void write_column(struct fill *w)
{
	uint8_t *cell = w->m->cells + w->column++ * w->m->rows;

	for (size_t r = 0; r < w->m->rows; r++)
		cell[r] = prevailing(w->count[r]);
}

/* The middle of column @c; the run's end where there is but one. */
static int64_t column_ts(const struct memory_map *m, size_t c)
{
	double span = (double)(m->last_ts_ns - m->first_ts_ns);

	if (m->columns == 1)
		return m->last_ts_ns;
	return m->first_ts_ns + (int64_t)(span * ((double)c + 0.5) / (double)m->columns);
}

static int apply_change(void *ctx, const struct query *q)
{
	struct fill *w = ctx;
	int64_t ts_ns = query_int(q, 0), state = query_int(q, 2);
	uint64_t block = ((uint64_t)query_int(q, 1) - w->m->base_pfn) / w->block_pages;
	size_t row;

	while (w->column < w->m->columns && ts_ns > column_ts(w->m, w->column))
		write_column(w);
	if (block >= w->nr_blocks || state < 0 || state >= MEMORY_MAP_NOTHING)
		return 0;
	row = block * w->block_pages / w->m->row_pages;
	w->count[row][w->state[block]]--;
	w->state[block] = (uint8_t)state;
	w->count[row][w->state[block]]++;
	return 0;
}

static int note_extent(void *ctx, const struct query *q)
{
	struct extent *e = ctx;

	e->any = query_type(q, 0) != QUERY_NULL;
	e->first_pfn = (uint64_t)query_int(q, 0);
	e->last_pfn = (uint64_t)query_int(q, 1);
	return 0;
}

/* Everything starts as nothing: what the run never mentions is not memory. */
static int prepare(struct fill *w, size_t max_rows, uint64_t last_pfn)
{
	struct memory_map *m = w->m;
	size_t blocks_per_row;

	w->nr_blocks = (size_t)((last_pfn - m->base_pfn) / w->block_pages) + 1;
	blocks_per_row = (w->nr_blocks + max_rows - 1) / max_rows;
	m->row_pages = blocks_per_row * w->block_pages;
	m->rows = (w->nr_blocks + blocks_per_row - 1) / blocks_per_row;
	m->cells = calloc(m->rows, m->columns);
	w->state = malloc(w->nr_blocks);
	w->count = calloc(m->rows, sizeof(*w->count));
	if (!m->cells || !w->state || !w->count)
		return -KM_ENOMEM;
	memset(w->state, MEMORY_MAP_NOTHING, w->nr_blocks);
	for (size_t b = 0; b < w->nr_blocks; b++)
		w->count[b / blocks_per_row][MEMORY_MAP_NOTHING]++;
	return 0;
}

static int load_cells(struct fill *w, const struct facts *f, size_t max_rows, uint64_t last_pfn,
		      struct km_diag *d)
{
	static const char changes[] =
		"SELECT s.ts_ns, c.pageblock_pfn, c.state FROM pageblock_change AS c "
		"CROSS JOIN sample AS s USING (run, sample) WHERE c.run = ? "
		"ORDER BY c.sample, c.pageblock_pfn";
	const struct query_arg run = { .number = f->run };
	int err = prepare(w, max_rows, last_pfn);

	if (err)
		return km_fail(d, KM_ENOMEM, query_db_path(f->db), "out of memory");
	err = query_each(f->db, changes, &run, 1, apply_change, w, d);
	while (!err && w->column < w->m->columns)
		write_column(w);
	return err;
}

int memory_map_load(struct memory_map *m, const struct facts *f, size_t max_rows, size_t columns,
		    struct km_diag *d)
{
	const struct query_arg run = { .number = f->run };
	struct extent e = { .any = false };
	struct fill w = { .m = m,
			  .block_pages = f->pageblock_pages ? (uint64_t)f->pageblock_pages : 512 };
	int err = query_each(
		f->db, "SELECT min(pageblock_pfn), max(pageblock_pfn) FROM v_map WHERE run = ?",
		&run, 1, note_extent, &e, d);

	*m = (struct memory_map){ .columns = columns,
				  .first_ts_ns = f->first_ts_ns,
				  .last_ts_ns = f->last_ts_ns };
	if (err || !e.any)
		return err;
	m->base_pfn = e.first_pfn;
	err = load_cells(&w, f, max_rows, e.last_pfn, d);
	free(w.state);
	free(w.count);
	if (err)
		memory_map_release(m);
	return err;
}

void memory_map_release(struct memory_map *m)
{
	free(m->cells);
	*m = (struct memory_map){ 0 };
}

/* Okabe and Ito's palette, with greys for what is not in use. */
static const struct {
	const char *name, *colour;
} states[MEMORY_MAP_STATES] = {
	[KM_MAP_UNTOUCHED] = { "untouched", "#b4b4b4" },
	[KM_MAP_FREE] = { "free", "#eef1f4" },
	[KM_MAP_MOVABLE] = { "movable", "#56b4e9" },
	[KM_MAP_RECLAIMABLE] = { "reclaimable", "#009e73" },
	[KM_MAP_UNMOVABLE] = { "unmovable", "#d55e00" },
	[KM_MAP_MIXED] = { "mixed", "#cc79a7" },
	[KM_MAP_CMA] = { "CMA", "#f0e442" },
	[KM_MAP_ISOLATE] = { "isolated", "#0072b2" },
	[MEMORY_MAP_NOTHING] = { "no memory", "#ffffff" },
};

const char *memory_map_state_name(unsigned int state)
{
	return state < MEMORY_MAP_STATES ? states[state].name : "?";
}

const char *memory_map_state_colour(unsigned int state)
{
	return state < MEMORY_MAP_STATES ? states[state].colour : "#000000";
}
