/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Per-CPU memory: chunks, each of one unit per CPU; an allocation reserves the same bytes in every
 * unit. A chunk's bytes are a bit map, and a record of hints for each page's worth of it and for
 * the whole says where to look. Chunks lie on lists ("slots") by the largest hole they are known to
 * have. Their pages are populated when they are first needed, and a few ahead for requests that may
 * not wait.
 *
 * Kernel: mm/percpu.c [6.1 6.12]
 */
#ifndef KM_PERCPU_H
#define KM_PERCPU_H

#include "engine/core/diag.h"
#include "engine/core/types.h"
#include "engine/percpu/percpu_profile.h"

/* The kernel's first chunk, as it says at boot: "percpu: Embedded … s r d u"; bytes. */
struct percpu_geometry {
	uint64_t static_bytes, reserved_bytes, dyn_bytes, unit_bytes;
	unsigned int nr_units;
};

/* What is free of a page, or of a chunk, in units of the least allocation. */
struct percpu_md {
	int scan_hint, scan_hint_start;	    /* a free run before the next, or 0 */
	int contig_hint, contig_hint_start; /* the largest that is known */
	int left_free, right_free;	    /* at the edges */
	int first_free, nr_bits;
};

struct percpu_chunk {
	bool in_use;	    /* of the array of chunks: there is one here */
	uint64_t base;	    /* its address; unique among chunks */
	int32_t next, prev; /* of its slot's list: a chunk's number, or the slot's head */
	int64_t free_bytes;
	struct percpu_md md;
	struct percpu_md *blocks; /* by page */
	uint64_t *alloc_map, *bound_map, *populated;
	bool immutable, isolated, reserved;
	int start_offset, end_offset; /* bytes at its ends that are not its own */
	int nr_pages, nr_populated, nr_empty_pop_pages;
};

struct percpu {
	const struct percpu_profile *prof;
	unsigned int page_shift, nr_units;
	int unit_pages, block_bits;
	int64_t unit_bytes;
	int free_slot, sidelined_slot, to_depopulate_slot, nr_slots;
	struct percpu_chunk *chunk;	    /* nr_slots list heads, then chunks */
	int32_t room;			    /* of that array */
	int32_t first, reserved;	    /* chunks; 0: there is none */
	int64_t empty_pop_pages, populated; /* pages of one unit */
	bool atomic_failed;
	bool follows; /* chunks are made and destroyed by percpu_create(), percpu_destroy() only */
	bool wants_chunk;   /* … and one is wanted */
	uint64_t next_base; /* of chunks that are the model's own, in GiB */
};

struct percpu_request {
	uint64_t size, align; /* bytes; as the caller asked */
	bool reserved, atomic;
};

/* Where: .chunk 0: nowhere. */
struct percpu_place {
	int32_t chunk;
	int64_t off; /* bytes from its base */
};

/**
 * percpu_init() - the first chunk, and what of it is reserved for modules.
 *
 * Kernel: mm/percpu.c:pcpu_setup_first_chunk(), pcpu_alloc_first_chunk() [6.1 6.12]
 * Return: 0; -KM_EINVAL for a geometry that cannot be; -KM_ENOMEM. On error nothing needs release.
 */
int percpu_init(struct percpu *p, const struct percpu_profile *prof,
		const struct percpu_geometry *g, unsigned int page_shift) KM_MUST_CHECK;
void percpu_release(struct percpu *p);

/**
 * percpu_choose() - where @rq would be served, without serving it.
 *
 * Kernel: mm/percpu.c:pcpu_alloc(), pcpu_find_block_fit(), pcpu_find_zero_area() [6.1 6.12]
 */
struct percpu_place percpu_choose(struct percpu *p, const struct percpu_request *rq);

/**
 * percpu_alloc() - serve @rq; no chunk has room: a new one is made, or, where chunks follow a
 * record, .wants_chunk is set and the request fails.
 *
 * Kernel: mm/percpu.c:pcpu_alloc(), pcpu_alloc_area(), pcpu_block_update_hint_alloc(),
 *         pcpu_populate_chunk() [6.1 6.12]
 * Differs: pages are never short. Return: 0, *@out says where (nowhere: it failed); -KM_ENOMEM.
 */
int percpu_alloc(struct percpu *p, const struct percpu_request *rq,
		 struct percpu_place *out) KM_MUST_CHECK;

/*
 * Put right: these bytes are in use, whatever was there before.
 * Kernel: none
 * Return: 0; -KM_EINVAL where the chunk has no such bytes.
 */
int percpu_take(struct percpu *p, struct percpu_place at, uint64_t size) KM_MUST_CHECK;

/* The free bytes that begin at @at, up to @most: 0 where that is in use. */
int64_t percpu_run(const struct percpu *p, struct percpu_place at, int64_t most);

/**
 * percpu_free() - give back what begins at @at.
 *
 * Kernel: mm/percpu.c:free_percpu(), pcpu_free_area(), pcpu_block_update_hint_free(),
 *         pcpu_should_reclaim_chunk() [6.1 6.12]
 * Return: its bytes, and *@balance where the balancing work is due; 0: nothing begins there.
 */
int64_t percpu_free(struct percpu *p, struct percpu_place at, bool *balance);

/* Is the balancing work due after an allocation? Kernel: mm/percpu.c:pcpu_alloc() [6.1 6.12] */
bool percpu_is_short(const struct percpu *p);

/**
 * percpu_balance() - destroy chunks that are wholly free but one, give back pages, populate others.
 *
 * Kernel: mm/percpu.c:pcpu_balance_workfn(), pcpu_balance_free(), pcpu_reclaim_populated(),
 *         pcpu_balance_populated() [6.1 6.12]
 * Return: 0; -KM_ENOMEM.
 */
int percpu_balance(struct percpu *p) KM_MUST_CHECK;

/* The chunk at @base; 0: there is none. */
int32_t percpu_find(const struct percpu *p, uint64_t base);

/**
 * percpu_create() - a chunk at @base, with nothing populated. One that is there already stays.
 *
 * Kernel: mm/percpu.c:pcpu_alloc_chunk(), mm/percpu-vm.c:pcpu_create_chunk() [6.1 6.12]
 * Return: its number; -KM_ENOMEM.
 */
int32_t percpu_create(struct percpu *p, uint64_t base) KM_MUST_CHECK;

/* Kernel: mm/percpu-vm.c:pcpu_destroy_chunk() [6.1 6.12] */
void percpu_destroy(struct percpu *p, int32_t chunk);

/* A state: bytes of one unit; pages of all units, with the static ones, as meminfo's Percpu. */
struct percpu_count {
	uint64_t chunks, populated_pages, used_bytes, free_bytes;
};
void percpu_count(const struct percpu *p, struct percpu_count *out);

/*
 * Recount from the maps. Hints never say more than there is. The first contradiction is told.
 * Return: 0; -KM_EINVAL.
 */
int percpu_check(const struct percpu *p, struct km_diag *d);

#endif
