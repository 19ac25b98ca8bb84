/* SPDX-License-Identifier: GPL-2.0-only */
/* What the vmalloc_*.c of this room share. */
#ifndef KM_VMALLOC_STATE_H
#define KM_VMALLOC_STATE_H

#include "engine/replay/vmalloc_maps.h"
#include "engine/replay/vmalloc_ranges.h"
#include "engine/replay/vmalloc_score.h"

enum { MOST_VMAP_TASKS = 16 };

/* An area from before the first event. */
struct early_vmap {
	uint64_t start, end;
	uint32_t pages;
	uint8_t kind;
};

/* The rows of one state, until its sample is taken. */
struct noted_vmaps {
	uint64_t no;
	size_t n;
	struct km_vmap_state *rows;
	struct noted_vmaps *next;
};

struct vmaps {
	struct vmaps_config config;
	struct vmalloc space; /* in the survey: the record's own, from an empty space */
	struct vmalloc_ranges ranges;
	struct vmalloc_score score;
	struct early_vmap *early;
	size_t nr_early, room_early;
	bool told;	   /* there are events of areas */
	bool past_label;   /* survey: the seed's own rows were read */
	bool lost;	   /* events were lost: what is not known may follow from that */
	bool due;	   /* more waits for a purge than may */
	uint64_t nr_lazy;  /* as the last free said; */
	bool nr_lazy_told; /* … since the last purge */
	struct {
		enum { TRY_FIRST, TRY_PURGE, TRY_AGAIN } at; /* a try failed; and was purged for */
		int32_t pid;
	} overflow;
	/* Who made which area last: the array of its pages may follow. */
	struct vmap_task {
		int32_t pid;
		uint64_t start;
	} task[MOST_VMAP_TASKS];
	unsigned int task_at;
	uint8_t *site; /* by string id: enum vmap_site */
	size_t nr_sites;
	struct noted_vmaps *first, **last, *given;
};

enum vmap_site {
	SITE_NEW, /* not looked at yet */
	SITE_OTHER,
	SITE_AREA,  /* makes a vm_struct */
	SITE_ARRAY, /* makes an array of pages */
	SITE_PURGE, /* gives back what a purge merged */
};

/* vmalloc_seed.c: add one from before; those of the seed's rows the survey has not seen made */
int vmaps_add_early(struct vmaps *m, const struct early_vmap *e) KM_MUST_CHECK;
int vmaps_place_early(struct vmaps *m) KM_MUST_CHECK;

#endif
