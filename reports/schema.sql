-- SPDX-License-Identifier: GPL-2.0-only
--
-- A run database. The views (v_…) are the public face and keep their names and columns; the tables behind
-- them are packed and may change with the schema number. Every table of a run begins with its run number, which is
-- what a merge renumbers; tables without a run column are constants of the schema.
--
-- Times are integer nanoseconds of the trace clock, 64-bit values are two's complement.

PRAGMA application_id = 0x6b6d6c62; -- "kmlb"
PRAGMA user_version = 3;

-- The names of enum km_migratetype and enum km_map_state.
CREATE TABLE migratetype (mt INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
INSERT INTO migratetype VALUES
	(0, 'Unmovable'), (1, 'Movable'), (2, 'Reclaimable'), (3, 'HighAtomic'), (4, 'CMA'), (5, 'Isolate');

CREATE TABLE map_state (state INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
INSERT INTO map_state VALUES
	(0, 'untouched'), (1, 'free'), (2, 'movable'), (3, 'reclaimable'), (4, 'unmovable'), (5, 'mixed'), (6, 'cma'),
	(7, 'isolate');

CREATE TABLE run (
	run INTEGER PRIMARY KEY,
	name TEXT NOT NULL,
	mode TEXT NOT NULL,
	kernel TEXT NOT NULL,
	slab TEXT NOT NULL,
	trace TEXT NOT NULL,
	events INTEGER NOT NULL,
	lost_events INTEGER NOT NULL,
	first_ts_ns INTEGER NOT NULL,
	last_ts_ns INTEGER NOT NULL,
	what_if INTEGER NOT NULL,
	unvalidated INTEGER NOT NULL,
	digest TEXT,
	config TEXT NOT NULL,
	page_size INTEGER NOT NULL
) STRICT;

-- type_columns: bit mask of the migratetypes the kernel prints.
CREATE TABLE sample (
	run INTEGER NOT NULL,
	sample INTEGER NOT NULL,
	event_no INTEGER NOT NULL,
	ts_ns INTEGER NOT NULL,
	label TEXT,
	source TEXT,
	seeded INTEGER NOT NULL,
	type_columns INTEGER NOT NULL,
	lost_events INTEGER NOT NULL,
	uncertain_pages INTEGER NOT NULL,
	PRIMARY KEY (run, sample)
) STRICT, WITHOUT ROWID;

CREATE TABLE zone (
	run INTEGER NOT NULL,
	zone INTEGER NOT NULL,
	node INTEGER NOT NULL,
	name TEXT NOT NULL,
	PRIMARY KEY (run, zone)
) STRICT, WITHOUT ROWID;

-- One row per sample, zone and order; type0 … type5 are free blocks by migratetype.
CREATE TABLE zone_order (
	run INTEGER NOT NULL,
	sample INTEGER NOT NULL,
	zone INTEGER NOT NULL,
	ord INTEGER NOT NULL,
	free_blocks INTEGER NOT NULL,
	type0 INTEGER NOT NULL,
	type1 INTEGER NOT NULL,
	type2 INTEGER NOT NULL,
	type3 INTEGER NOT NULL,
	type4 INTEGER NOT NULL,
	type5 INTEGER NOT NULL,
	unusable_milli INTEGER NOT NULL,
	extfrag_milli INTEGER NOT NULL,
	PRIMARY KEY (run, sample, zone, ord)
) STRICT, WITHOUT ROWID;

-- One row per sample and zone; blocks and mixed blocks by migratetype.
CREATE TABLE zone_blocks (
	run INTEGER NOT NULL,
	sample INTEGER NOT NULL,
	zone INTEGER NOT NULL,
	blocks0 INTEGER NOT NULL,
	blocks1 INTEGER NOT NULL,
	blocks2 INTEGER NOT NULL,
	blocks3 INTEGER NOT NULL,
	blocks4 INTEGER NOT NULL,
	blocks5 INTEGER NOT NULL,
	mixed0 INTEGER NOT NULL,
	mixed1 INTEGER NOT NULL,
	mixed2 INTEGER NOT NULL,
	mixed3 INTEGER NOT NULL,
	mixed4 INTEGER NOT NULL,
	mixed5 INTEGER NOT NULL,
	huge_free_score_milli INTEGER NOT NULL,
	free_pages INTEGER NOT NULL,
	huge_free_blocks INTEGER NOT NULL,
	blocks INTEGER NOT NULL,
	unmovable_blocks INTEGER NOT NULL,
	compact_moves INTEGER NOT NULL,
	compact_gain INTEGER NOT NULL,
	PRIMARY KEY (run, sample, zone)
) STRICT, WITHOUT ROWID;

CREATE TABLE pageblock_change (
	run INTEGER NOT NULL,
	sample INTEGER NOT NULL,
	pageblock_pfn INTEGER NOT NULL,
	state INTEGER NOT NULL,
	free_pages INTEGER NOT NULL,
	PRIMARY KEY (run, sample, pageblock_pfn)
) STRICT, WITHOUT ROWID;

CREATE TABLE slabinfo (
	run INTEGER NOT NULL,
	sample INTEGER NOT NULL,
	cache TEXT NOT NULL,
	active_objs INTEGER NOT NULL,
	num_objs INTEGER NOT NULL,
	objsize INTEGER NOT NULL,
	objperslab INTEGER NOT NULL,
	pagesperslab INTEGER NOT NULL,
	lim INTEGER NOT NULL,
	batchcount INTEGER NOT NULL,
	sharedfactor INTEGER NOT NULL,
	active_slabs INTEGER NOT NULL,
	num_slabs INTEGER NOT NULL,
	sharedavail INTEGER NOT NULL,
	PRIMARY KEY (run, sample, cache)
) STRICT, WITHOUT ROWID;

-- At the end of the run, of slabs that the model knows.
CREATE TABLE slab_use (
	run INTEGER NOT NULL,
	cache TEXT NOT NULL,
	slabs INTEGER NOT NULL,
	used_objs INTEGER NOT NULL,
	single_slabs INTEGER NOT NULL,
	sparse_slabs INTEGER NOT NULL
) STRICT;

CREATE TABLE vmallocinfo (
	run INTEGER NOT NULL,
	sample INTEGER NOT NULL,
	start INTEGER NOT NULL,
	bytes INTEGER NOT NULL,
	pages INTEGER NOT NULL,
	kind TEXT NOT NULL,
	seeded INTEGER NOT NULL,
	PRIMARY KEY (run, sample, start)
) STRICT, WITHOUT ROWID;

CREATE TABLE vmalloc (
	run INTEGER NOT NULL,
	sample INTEGER NOT NULL,
	areas INTEGER NOT NULL,
	used_pages INTEGER NOT NULL,
	guard_pages INTEGER NOT NULL,
	lazy_pages INTEGER NOT NULL,
	pooled_pages INTEGER NOT NULL,
	hole_pages INTEGER NOT NULL,
	largest_hole_pages INTEGER NOT NULL,
	searches INTEGER NOT NULL,
	steps INTEGER NOT NULL,
	purges INTEGER NOT NULL,
	purged_areas INTEGER NOT NULL,
	purged_pages INTEGER NOT NULL,
	backed_pages INTEGER,
	table_pages INTEGER,
	flushes INTEGER,
	full_flushes INTEGER,
	ipis INTEGER,
	requests INTEGER,
	failures INTEGER,
	PRIMARY KEY (run, sample)
) STRICT, WITHOUT ROWID;

CREATE TABLE vmalloc_cell (
	run INTEGER NOT NULL,
	sample INTEGER NOT NULL,
	start INTEGER NOT NULL,
	bytes INTEGER NOT NULL,
	used_pages INTEGER NOT NULL,
	guard_pages INTEGER NOT NULL,
	lazy_pages INTEGER NOT NULL,
	pooled_pages INTEGER NOT NULL,
	PRIMARY KEY (run, sample, start)
) STRICT, WITHOUT ROWID;

CREATE TABLE cma (
	run INTEGER NOT NULL,
	sample INTEGER NOT NULL,
	area TEXT NOT NULL,
	base_pfn INTEGER NOT NULL,
	pages INTEGER NOT NULL,
	order_per_bit INTEGER NOT NULL,
	used_pages INTEGER NOT NULL,
	maxchunk_pages INTEGER NOT NULL,
	bitmap TEXT,
	free_pages INTEGER,
	lent_pages INTEGER,
	busy_pages INTEGER,
	PRIMARY KEY (run, sample, area)
) STRICT, WITHOUT ROWID;

-- A stretch of an area, where it changed since the last sample that has it.
CREATE TABLE cma_change (
	run INTEGER NOT NULL,
	sample INTEGER NOT NULL,
	area TEXT NOT NULL,
	pfn INTEGER NOT NULL,
	pages INTEGER NOT NULL,
	free_pages INTEGER NOT NULL,
	used_pages INTEGER NOT NULL,
	lent_pages INTEGER NOT NULL,
	busy_pages INTEGER NOT NULL,
	PRIMARY KEY (run, sample, area, pfn)
) STRICT, WITHOUT ROWID;

CREATE TABLE cma_alloc (
	run INTEGER NOT NULL,
	event_no INTEGER NOT NULL,
	ts_ns INTEGER NOT NULL,
	area TEXT NOT NULL,
	pages INTEGER NOT NULL,
	align INTEGER NOT NULL,
	pfn INTEGER,
	recorded_pfn INTEGER,
	result TEXT NOT NULL,
	tries INTEGER NOT NULL,
	migrated_pages INTEGER NOT NULL,
	latency_ns INTEGER,
	reclaimed_pages INTEGER NOT NULL,
	errno INTEGER,
	start_event_no INTEGER,
	start_ts_ns INTEGER,
	task TEXT,
	pid INTEGER,
	call_site TEXT,
	used_pages INTEGER,
	maxchunk_pages INTEGER
) STRICT;

-- A range that an allocation of an area tried; event_no is the allocation's, as in cma_alloc.
CREATE TABLE cma_try (
	run INTEGER NOT NULL,
	event_no INTEGER NOT NULL,
	try INTEGER NOT NULL,
	try_event_no INTEGER NOT NULL,
	ts_ns INTEGER NOT NULL,
	area TEXT NOT NULL,
	pfn INTEGER,
	pages INTEGER NOT NULL,
	result TEXT NOT NULL,
	migrated_pages INTEGER NOT NULL,
	failed_pages INTEGER NOT NULL,
	reclaimed_pages INTEGER NOT NULL,
	busy_pageblock INTEGER,
	busy_pfn INTEGER,
	busy_source TEXT,
	busy_ord INTEGER,
	busy_migratetype INTEGER,
	owner_task TEXT,
	owner_pid INTEGER,
	owner_call_site TEXT,
	owner_event_no INTEGER,
	owner_age_ns INTEGER
) STRICT;

CREATE TABLE percpu (
	run INTEGER NOT NULL,
	sample INTEGER NOT NULL,
	chunks INTEGER NOT NULL,
	populated_pages INTEGER NOT NULL,
	used_bytes INTEGER NOT NULL,
	free_bytes INTEGER NOT NULL,
	PRIMARY KEY (run, sample)
) STRICT, WITHOUT ROWID;

CREATE TABLE failure (
	run INTEGER NOT NULL,
	event_no INTEGER NOT NULL,
	ts_ns INTEGER NOT NULL,
	path TEXT NOT NULL,
	ord INTEGER NOT NULL,
	gfp TEXT NOT NULL,
	migratetype INTEGER NOT NULL,
	reason TEXT NOT NULL,
	recorded INTEGER NOT NULL,
	task TEXT,
	pid INTEGER,
	call_site TEXT,
	area TEXT,
	pages INTEGER,
	busy_pageblock INTEGER,
	busy_pfn INTEGER,
	busy_source TEXT,
	busy_ord INTEGER,
	busy_migratetype INTEGER,
	owner_task TEXT,
	owner_pid INTEGER,
	owner_call_site TEXT,
	owner_event_no INTEGER,
	owner_age_ns INTEGER
) STRICT;

CREATE TABLE fallback (
	run INTEGER NOT NULL,
	event_no INTEGER NOT NULL,
	ts_ns INTEGER NOT NULL,
	zone INTEGER NOT NULL,
	alloc_ord INTEGER NOT NULL,
	fallback_ord INTEGER NOT NULL,
	alloc_type INTEGER NOT NULL,
	fallback_type INTEGER NOT NULL,
	change_ownership INTEGER NOT NULL,
	recorded INTEGER NOT NULL,
	reason TEXT
) STRICT;

CREATE TABLE latency (
	run INTEGER NOT NULL,
	path TEXT NOT NULL,
	class TEXT NOT NULL,
	count INTEGER NOT NULL,
	p50_ns INTEGER NOT NULL,
	p90_ns INTEGER NOT NULL,
	p99_ns INTEGER NOT NULL,
	p999_ns INTEGER NOT NULL,
	max_ns INTEGER NOT NULL,
	total_ns INTEGER NOT NULL,
	PRIMARY KEY (run, path, class)
) STRICT, WITHOUT ROWID;

CREATE TABLE cost_part (
	run INTEGER NOT NULL,
	path TEXT NOT NULL,
	part TEXT NOT NULL,
	total_ns INTEGER NOT NULL,
	PRIMARY KEY (run, path, part)
) STRICT, WITHOUT ROWID;

CREATE TABLE cost_window (
	run INTEGER NOT NULL,
	sample INTEGER NOT NULL,
	path TEXT NOT NULL,
	count INTEGER NOT NULL,
	p50_ns INTEGER NOT NULL,
	p90_ns INTEGER NOT NULL,
	p99_ns INTEGER NOT NULL,
	max_ns INTEGER NOT NULL,
	total_ns INTEGER NOT NULL,
	PRIMARY KEY (run, sample, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE cost_slowest (
	run INTEGER NOT NULL,
	rank INTEGER NOT NULL,
	event_no INTEGER NOT NULL,
	ts_ns INTEGER NOT NULL,
	cpu INTEGER NOT NULL,
	path TEXT NOT NULL,
	class TEXT NOT NULL,
	latency_ns INTEGER NOT NULL,
	part TEXT,
	part_ns INTEGER NOT NULL,
	part2 TEXT,
	part2_ns INTEGER NOT NULL,
	PRIMARY KEY (run, rank)
) STRICT, WITHOUT ROWID;

CREATE TABLE cost_cpu (
	run INTEGER NOT NULL,
	cpu INTEGER NOT NULL,
	flushes INTEGER NOT NULL,
	full_flushes INTEGER NOT NULL,
	ipis INTEGER NOT NULL,
	stolen_ns INTEGER NOT NULL,
	PRIMARY KEY (run, cpu)
) STRICT, WITHOUT ROWID;

CREATE TABLE cost_bracket (
	run INTEGER NOT NULL,
	class TEXT NOT NULL,
	count INTEGER NOT NULL,
	recorded_p50_ns INTEGER NOT NULL,
	model_p50_ns INTEGER NOT NULL,
	PRIMARY KEY (run, class)
) STRICT, WITHOUT ROWID;

CREATE TABLE cost_item (
	run INTEGER NOT NULL,
	costs TEXT NOT NULL,
	item TEXT NOT NULL,
	ps INTEGER NOT NULL,
	steps INTEGER NOT NULL,
	verified TEXT NOT NULL,
	source TEXT NOT NULL,
	PRIMARY KEY (run, item)
) STRICT, WITHOUT ROWID;

CREATE TABLE tlb (
	run INTEGER NOT NULL,
	cpu INTEGER NOT NULL,
	tlb TEXT NOT NULL,
	page_bytes INTEGER NOT NULL,
	accesses INTEGER NOT NULL,
	misses INTEGER NOT NULL,
	evictions INTEGER NOT NULL,
	flushes INTEGER NOT NULL,
	forced_accesses INTEGER NOT NULL,
	walk_cycles INTEGER NOT NULL,
	PRIMARY KEY (run, cpu, tlb, page_bytes)
) STRICT, WITHOUT ROWID;

CREATE TABLE leak (
	run INTEGER NOT NULL,
	call_site TEXT NOT NULL,
	cache TEXT,
	live_objects INTEGER NOT NULL,
	live_bytes INTEGER NOT NULL,
	oldest_ts_ns INTEGER NOT NULL,
	growth_bytes_per_s INTEGER NOT NULL,
	kind TEXT NOT NULL,
	allocs INTEGER NOT NULL,
	frees INTEGER NOT NULL,
	median_ts_ns INTEGER NOT NULL,
	lifetime_p99_ns INTEGER,
	excluded TEXT
) STRICT;

CREATE TABLE callsite (
	run INTEGER NOT NULL,
	call_site TEXT NOT NULL,
	kind TEXT NOT NULL,
	allocs INTEGER NOT NULL,
	frees INTEGER NOT NULL,
	bytes_req INTEGER NOT NULL,
	bytes_alloc INTEGER NOT NULL,
	live_bytes INTEGER NOT NULL,
	peak_bytes INTEGER NOT NULL,
	PRIMARY KEY (run, call_site, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE fidelity (
	run INTEGER NOT NULL,
	metric TEXT NOT NULL,
	scope TEXT NOT NULL,
	hits INTEGER NOT NULL,
	total INTEGER NOT NULL,
	PRIMARY KEY (run, metric, scope)
) STRICT, WITHOUT ROWID;

CREATE TABLE attribution (
	run INTEGER NOT NULL,
	layer TEXT NOT NULL,
	pages INTEGER NOT NULL,
	events INTEGER NOT NULL,
	certain_pages INTEGER NOT NULL,
	certain_events INTEGER NOT NULL,
	live_pages INTEGER NOT NULL,
	PRIMARY KEY (run, layer)
) STRICT, WITHOUT ROWID;

-- cache: of slabs, where it is known.
CREATE TABLE owner (
	run INTEGER NOT NULL,
	layer TEXT NOT NULL,
	owner TEXT NOT NULL,
	cache TEXT,
	certainty TEXT NOT NULL,
	pages INTEGER NOT NULL,
	events INTEGER NOT NULL
) STRICT;

CREATE TABLE owner_pages (
	run INTEGER NOT NULL,
	sample INTEGER NOT NULL,
	layer TEXT NOT NULL,
	owner TEXT NOT NULL,
	pages INTEGER NOT NULL,
	PRIMARY KEY (run, sample, layer, owner)
) STRICT, WITHOUT ROWID;

-- cpu: -1 where nothing says of which; lost_events: 0 where nothing says how many; times: 0 where not known.
CREATE TABLE loss (
	run INTEGER NOT NULL,
	cpu INTEGER NOT NULL,
	event_class TEXT NOT NULL,
	lost_events INTEGER NOT NULL,
	first_ts_ns INTEGER NOT NULL,
	last_ts_ns INTEGER NOT NULL
) STRICT;

-- The published curves that a workload's run is held against; x is the number in the labels.
CREATE TABLE curve (
	run INTEGER NOT NULL,
	source TEXT NOT NULL,
	metric TEXT NOT NULL,
	labels TEXT NOT NULL,
	series TEXT NOT NULL,
	x INTEGER NOT NULL,
	y INTEGER NOT NULL
) STRICT;

CREATE TABLE pressure (
	run INTEGER NOT NULL,
	node INTEGER NOT NULL,
	what TEXT NOT NULL,
	recorded INTEGER NOT NULL,
	model INTEGER NOT NULL
) STRICT;

-- What kmemlab compare says of a run among others: its place in the list of what was varied, in the order of nr.
CREATE TABLE variation (
	run INTEGER NOT NULL,
	nr INTEGER NOT NULL,
	key TEXT NOT NULL,
	value TEXT NOT NULL,
	PRIMARY KEY (run, nr)
) STRICT, WITHOUT ROWID;

-- Where a run first chose another page than the run it is held against, which lies base_offset runs further on; NULL:
-- nowhere. A pfn that is NULL: it chose none; an ord: contiguous pages of an area.
CREATE TABLE parting (
	run INTEGER PRIMARY KEY,
	base_offset INTEGER NOT NULL,
	event_no INTEGER,
	ts_ns INTEGER,
	pages INTEGER,
	ord INTEGER,
	migratetype INTEGER,
	pfn INTEGER,
	base_pfn INTEGER
) STRICT;

CREATE VIEW v_runs AS
SELECT run, name, mode, kernel, slab, trace, events, lost_events, first_ts_ns, last_ts_ns, what_if, unvalidated,
	digest, config
FROM run;

CREATE VIEW v_samples AS
SELECT run, sample, event_no, ts_ns, label, source, seeded, lost_events, uncertain_pages FROM sample;

CREATE VIEW v_buddyinfo AS
SELECT o.run, o.sample, z.node, z.name AS zone, o.ord, o.free_blocks
FROM zone_order AS o JOIN zone AS z USING (run, zone);

CREATE VIEW v_pagetypeinfo AS
SELECT o.run, o.sample, z.node, z.name AS zone, m.name AS migratetype, o.ord,
	CASE m.mt WHEN 0 THEN o.type0 WHEN 1 THEN o.type1 WHEN 2 THEN o.type2
		WHEN 3 THEN o.type3 WHEN 4 THEN o.type4 ELSE o.type5 END AS free_blocks
FROM sample AS s CROSS JOIN zone_order AS o USING (run, sample) CROSS JOIN zone AS z USING (run, zone)
CROSS JOIN migratetype AS m
WHERE s.type_columns >> m.mt & 1;

CREATE VIEW v_pageblocks AS
SELECT b.run, b.sample, z.node, z.name AS zone, m.name AS migratetype,
	CASE m.mt WHEN 0 THEN b.blocks0 WHEN 1 THEN b.blocks1 WHEN 2 THEN b.blocks2
		WHEN 3 THEN b.blocks3 WHEN 4 THEN b.blocks4 ELSE b.blocks5 END AS blocks
FROM sample AS s CROSS JOIN zone_blocks AS b USING (run, sample) CROSS JOIN zone AS z USING (run, zone)
CROSS JOIN migratetype AS m
WHERE s.type_columns >> m.mt & 1;

CREATE VIEW v_frag AS
SELECT o.run, o.sample, z.node, z.name AS zone, o.ord, o.unusable_milli, o.extfrag_milli
FROM zone_order AS o JOIN zone AS z USING (run, zone);

CREATE VIEW v_map AS
SELECT c.run, c.sample, c.pageblock_pfn, s.name AS state, c.free_pages
FROM pageblock_change AS c CROSS JOIN map_state AS s USING (state);

CREATE VIEW v_mixed AS
SELECT b.run, b.sample, z.node, z.name AS zone, m.name AS migratetype,
	CASE m.mt WHEN 0 THEN b.mixed0 WHEN 1 THEN b.mixed1 WHEN 2 THEN b.mixed2
		WHEN 3 THEN b.mixed3 WHEN 4 THEN b.mixed4 ELSE b.mixed5 END AS mixed_blocks,
	b.huge_free_score_milli
FROM sample AS s CROSS JOIN zone_blocks AS b USING (run, sample) CROSS JOIN zone AS z USING (run, zone)
CROSS JOIN migratetype AS m
WHERE s.type_columns >> m.mt & 1;

CREATE VIEW v_slabinfo AS
SELECT run, sample, cache, active_objs, num_objs, objsize, objperslab, pagesperslab, lim, batchcount, sharedfactor,
	active_slabs, num_slabs, sharedavail
FROM slabinfo;

CREATE VIEW v_vmallocinfo AS
SELECT run, sample, start, bytes, pages, kind, seeded FROM vmallocinfo;

CREATE VIEW v_cma AS
SELECT run, sample, area, base_pfn, pages, order_per_bit, used_pages, maxchunk_pages, bitmap, free_pages, lent_pages,
	busy_pages
FROM cma;

CREATE VIEW v_cma_allocs AS
SELECT run, event_no, ts_ns, area, pages, align, pfn, recorded_pfn, result, tries, migrated_pages, latency_ns,
	reclaimed_pages, errno, start_event_no, start_ts_ns, task, pid, call_site, used_pages, maxchunk_pages
FROM cma_alloc;

CREATE VIEW v_percpu AS
SELECT run, sample, chunks, populated_pages, used_bytes, free_bytes FROM percpu;

CREATE VIEW v_failures AS
SELECT f.run, f.event_no, f.ts_ns, f.path, f.ord, f.gfp, m.name AS migratetype, f.reason, f.recorded, f.task, f.pid,
	f.call_site, f.area, f.pages, f.busy_pageblock, f.busy_pfn, f.busy_source, f.busy_ord,
	b.name AS busy_migratetype, f.owner_task, f.owner_pid, f.owner_call_site, f.owner_event_no, f.owner_age_ns
FROM failure AS f LEFT JOIN migratetype AS m ON m.mt = f.migratetype
LEFT JOIN migratetype AS b ON b.mt = f.busy_migratetype;

CREATE VIEW v_fallbacks AS
SELECT f.run, f.event_no, f.ts_ns, z.node, z.name AS zone, f.alloc_ord, f.fallback_ord, a.name AS alloc_type,
	b.name AS fallback_type, f.change_ownership, f.recorded, f.reason
FROM fallback AS f JOIN zone AS z USING (run, zone) LEFT JOIN migratetype AS a ON a.mt = f.alloc_type
LEFT JOIN migratetype AS b ON b.mt = f.fallback_type;

CREATE VIEW v_pressure AS
SELECT run, node, what, recorded, model FROM pressure;

CREATE VIEW v_latency AS
SELECT run, path, class, count, p50_ns, p90_ns, p99_ns, p999_ns, max_ns, total_ns FROM latency;

CREATE VIEW v_cost_parts AS
SELECT run, path, part, total_ns FROM cost_part;

CREATE VIEW v_tlb AS
SELECT run, cpu, tlb, page_bytes, accesses, misses, evictions, flushes, forced_accesses, walk_cycles FROM tlb;

CREATE VIEW v_leaks AS
SELECT run, call_site, cache, live_objects, live_bytes, oldest_ts_ns, growth_bytes_per_s, kind, allocs, frees,
	median_ts_ns, lifetime_p99_ns, excluded
FROM leak;

CREATE VIEW v_callsites AS
SELECT run, call_site, kind, allocs, frees, bytes_req, bytes_alloc, live_bytes, peak_bytes FROM callsite;

CREATE VIEW v_fidelity AS
SELECT run, metric, scope, hits, total FROM fidelity;

CREATE VIEW v_attribution AS
SELECT run, layer, pages, events, certain_pages, certain_events, live_pages FROM attribution;

CREATE VIEW v_loss AS
SELECT run, cpu, event_class, lost_events, first_ts_ns, last_ts_ns FROM loss;

CREATE VIEW v_memory AS
SELECT b.run, b.sample, z.node, z.name AS zone, b.free_pages, b.huge_free_blocks, b.huge_free_score_milli, b.blocks,
	b.unmovable_blocks, CASE b.blocks WHEN 0 THEN 0 ELSE b.unmovable_blocks * 1000 / b.blocks END
	AS unmovable_share_milli, b.compact_gain, b.compact_moves
FROM sample AS s CROSS JOIN zone_blocks AS b USING (run, sample) CROSS JOIN zone AS z USING (run, zone);

CREATE VIEW v_curves AS
SELECT run, source, metric, labels, series, x, y FROM curve;

CREATE VIEW v_cma_tries AS
SELECT t.run, t.event_no, t.try, t.try_event_no, t.ts_ns, t.area, t.pfn, t.pages, t.result, t.migrated_pages,
	t.failed_pages, t.reclaimed_pages, t.busy_pageblock, t.busy_pfn, t.busy_source, t.busy_ord,
	b.name AS busy_migratetype, t.owner_task, t.owner_pid, t.owner_call_site, t.owner_event_no, t.owner_age_ns
FROM cma_try AS t LEFT JOIN migratetype AS b ON b.mt = t.busy_migratetype;

CREATE VIEW v_cma_map AS
SELECT run, sample, area, pfn, pages, free_pages, used_pages, lent_pages, busy_pages FROM cma_change;

CREATE VIEW v_variations AS
SELECT run, nr, key, value FROM variation;

CREATE VIEW v_partings AS
SELECT p.run, p.run + p.base_offset AS base_run, p.event_no, p.ts_ns, p.pages, p.ord, m.name AS migratetype, p.pfn,
	p.base_pfn
FROM parting AS p LEFT JOIN migratetype AS m ON m.mt = p.migratetype;

CREATE VIEW v_vmalloc AS
SELECT run, sample, areas, used_pages, guard_pages, lazy_pages, pooled_pages, hole_pages, largest_hole_pages,
	searches, steps, purges, purged_areas, purged_pages, backed_pages, table_pages, flushes, full_flushes, ipis,
	requests, failures
FROM vmalloc;

CREATE VIEW v_vmalloc_map AS
SELECT run, sample, start, bytes, used_pages, guard_pages, lazy_pages, pooled_pages FROM vmalloc_cell;

CREATE VIEW v_owners AS
SELECT run, layer, owner, cache, certainty, pages, events FROM owner;

CREATE VIEW v_owner_pages AS
SELECT run, sample, layer, owner, pages FROM owner_pages;

CREATE VIEW v_slab_use AS
SELECT run, cache, slabs, used_objs, single_slabs, sparse_slabs FROM slab_use;

CREATE VIEW v_latency_time AS
SELECT run, sample, path, count, p50_ns, p90_ns, p99_ns, max_ns, total_ns FROM cost_window;

CREATE VIEW v_slowest AS
SELECT run, rank, event_no, ts_ns, cpu, path, class, latency_ns, part, part_ns, part2, part2_ns FROM cost_slowest;

CREATE VIEW v_stolen AS
SELECT run, cpu, flushes, full_flushes, ipis, stolen_ns FROM cost_cpu;

CREATE VIEW v_brackets AS
SELECT run, class, count, recorded_p50_ns, model_p50_ns FROM cost_bracket;

CREATE VIEW v_costs AS
SELECT run, costs, item, ps, steps, verified, source FROM cost_item;
