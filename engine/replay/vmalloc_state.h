/* SPDX-License-Identifier: GPL-2.0-only */
/* What the vmalloc_*.c of this room share. */
#ifndef KM_VMALLOC_STATE_H
#define KM_VMALLOC_STATE_H

#include "engine/replay/vmalloc_maps.h"
#include "engine/replay/vmalloc_ranges.h"
#include "engine/replay/vmalloc_score.h"

enum { MOST_VMAP_TASKS = 16, MOST_STACKS_DUE = 64, MOST_LIVING = 4096, MOST_SIZES = 64 };

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

/* An area that is being made: its vm_struct is there, what it is for is still to come. */
struct vmap_opening {
	uint64_t handle; /* 0: none */
	int32_t pid;
	uint16_t cpu;
	bool stack;	       /* its task was making another task */
	uint32_t record_bytes; /* records by a hidden caller: of each, */
	unsigned int records;  /* and how many */
};

/* Areas by the address of their vm_struct; open addressing, a power of 2 in size. */
struct vmap_handles {
	struct vmap_handle {
		uint64_t handle, start; /* handle 0: free */
	} * slot;
	size_t nr, room;
};

/* A CPU's stacks of dead tasks, and who makes tasks. */
struct vmap_stacks {
	struct vmap_cpu_stacks {
		int32_t dying; /* its last event was its exit: it is not switched away from yet */
		bool exits;
		bool known; /* how many it keeps: a fork found none, of however many before */
		unsigned int cached;
		/* Those that found no slot ask again at the end of their grace periods. */
		uint64_t due[MOST_STACKS_DUE]; /* the task_structs; 0: not known */
		unsigned int nr_due;
		unsigned int in_vain; /* have asked, and are still to be freed */
	} * cpu;
	struct vmap_fork {
		int32_t pid;
		bool is, fresh; /* fresh: the task_struct was its last object */
		bool predicted, made;
		uint64_t task; /* the task_struct */
	} fork[MOST_VMAP_TASKS];
	struct vmap_living {
		int32_t pid;
		uint64_t task;
	} living[MOST_LIVING]; /* by pid, the latest of those that share a place */
	unsigned int at, nr_fresh;
	unsigned int nr_due; /* of all CPUs */
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
	/* Where no event tells of areas, the objects they are made of do. */
	bool inferred;
	bool ran, anchored; /* the system, before the first event; the seed's label is past */
	struct vmap_opening opening[MOST_VMAP_TASKS];
	unsigned int nr_openings, opening_at;
	struct vmap_handles handles;
	bool *row_used;	     /* by place among the seed's rows: an area was made there */
	bool init_runs;	     /* init began a program */
	uint32_t task_bytes; /* of a task_struct: the most a SITE_TASK asks for */
	struct {
		int32_t pid;
		uint32_t bytes;
	} hidden; /* survey: the last object, where its caller is hidden; bytes 0: it is not */
	struct vmap_stacks stacks;
	struct {
		uint32_t pages, n;
	} made[MOST_SIZES]; /* survey: areas with so many pages that were made before the label */
	int32_t last_child; /* survey: of the last fork */
	uint64_t last_fork_no;	    /* … its event */
	uint64_t gap_no, gap_forks; /* after this event so many forks went unseen */
};

enum vmap_site {
	SITE_NEW, /* not looked at yet */
	SITE_OTHER,
	SITE_AREA,   /* makes a vm_struct */
	SITE_ARRAY,  /* makes an array of pages */
	SITE_PURGE,  /* gives back what a purge merged */
	SITE_EXEC,   /* begins a program */
	SITE_RECORD, /* makes or gives back a record of an area */
	SITE_TASK,   /* makes a task_struct, or another part of a task */
	SITE_WORKER, /* gives back a vm_struct, for those who may not */
	SITE_HIDDEN, /* whoever it is */
	NR_VMAP_SITES,
};

/* vmalloc_infer.c: an event of slab, a fork, in the survey and in the replay */
void vmaps_learn_object(struct vmaps *m, const struct km_event *ev, enum vmap_site site,
			uint64_t no);
int vmaps_object(struct vmaps *m, const struct km_event *ev, enum vmap_site site) KM_MUST_CHECK;
int vmaps_fork(struct vmaps *m, uint64_t no) KM_MUST_CHECK;
/* … or a chunk of per-CPU memory at @base, whose size the seed's row tells. */
int vmaps_chunk(struct vmaps *m, uint64_t base) KM_MUST_CHECK;
/* The seed's rows nobody made are there too. */
int vmaps_adopt_rows(struct vmaps *m) KM_MUST_CHECK;

/* vmalloc_handles.c; find: 0 where there is none, which is then forgotten */
int vmap_handles_add(struct vmap_handles *h, uint64_t handle, uint64_t start) KM_MUST_CHECK;
uint64_t vmap_handles_remove(struct vmap_handles *h, uint64_t handle);

/* vmalloc_stacks.c: new stacks are foreseen, and held against those made */
void vmap_stacks_object(struct vmaps *m, const struct km_event *ev, enum vmap_site site);
void vmap_stacks_made(struct vmaps *m, int32_t pid);
bool vmap_stacks_forks(const struct vmaps *m, int32_t pid);
void vmap_stacks_fork(struct vmaps *m, const struct km_event *ev);
void vmap_stacks_exit(struct vmaps *m, const struct km_event *ev);
bool vmap_is_stack(const struct vmaps *m, uint32_t area);
/* @area goes: a stack that asked again in vain, if it is one. */
void vmap_stacks_freed(struct vmaps *m, const struct km_event *ev, uint32_t area);

/* vmalloc_seed.c: is a row of the seed of whole pages, and of an area that is not freed? */
bool vmaps_row_is_busy(const struct vmaps *m, size_t row);
bool vmaps_row_is_sound(const struct vmaps *m, size_t row);

/* vmalloc_seed.c: of each size the highest rows are those that events made. */
void vmaps_forget_made(struct vmaps *m);
/* vmalloc_seed.c: add one from before; those of the seed's rows the survey has not seen made */
int vmaps_add_early(struct vmaps *m, const struct early_vmap *e) KM_MUST_CHECK;
int vmaps_place_early(struct vmaps *m) KM_MUST_CHECK;

#endif
