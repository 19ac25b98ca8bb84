/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vmalloc areas of a replay: each recorded request is first put to the model, which says where
 * it would place it, and is put right where the record says another address. Requests, frees and
 * purges are served in the record's own order, beside the delay line of the pages.
 *
 * Areas from before the trace are those of the first label's vmallocinfo that no event made, and
 * those an event freed and none made.
 */
#ifndef KM_VMALLOC_MAPS_H
#define KM_VMALLOC_MAPS_H

#include "engine/core/snapshot.h"
#include "engine/core/strtab.h"
#include "engine/event.h"
#include "engine/replay/replay.h"
#include "engine/replay/vmalloc_rows.h"
#include "engine/result.h"
#include "engine/vmalloc/vmalloc.h"

struct vmaps;

struct vmaps_config {
	const struct vmalloc_profile *prof;
	const struct km_snapshot *seed; /* its vmallocinfo */
	const struct strtab *strings;
	unsigned int nr_cpus, page_shift;
	bool scored;
};

/* Return: 0; -KM_ENOMEM. */
int vmaps_open(struct vmaps **out, const struct vmaps_config *c) KM_MUST_CHECK;
void vmaps_close(struct vmaps *m);

/* Does the kind of event tell anything of areas? */
bool vmaps_heeds(unsigned int kind);

/*
 * The survey's events that it heeds, then its end, then every one again. @label: the event is the
 * marker where the seed's own vmallocinfo was read. Return: 0; -KM_ENOMEM, -KM_EFORMAT for an event
 * that cannot be; @d is filled.
 */
int vmaps_learn(struct vmaps *m, const struct km_event *ev, uint64_t no,
		struct km_diag *d) KM_MUST_CHECK;
int vmaps_learn_label(struct vmaps *m) KM_MUST_CHECK;
int vmaps_start(struct vmaps *m, bool from_boot, struct km_diag *d) KM_MUST_CHECK;
int vmaps_feed(struct vmaps *m, const struct km_event *ev, uint64_t no,
	       struct km_diag *d) KM_MUST_CHECK;

/*
 * The state now is that of the sample to be taken at event @no: its rows are kept until
 * vmaps_rows() asks for them. Nothing is kept where no event tells of areas.
 */
int vmaps_note(struct vmaps *m, uint64_t no) KM_MUST_CHECK;
const struct km_vmap_state *vmaps_rows(struct vmaps *m, uint64_t no, size_t *n);

/* The addresses of vmalloc's range now, in @rows; NULL: not known. */
const struct km_vmalloc_state *vmaps_state(const struct vmaps *m, struct vmalloc_rows *rows);

/* The rows of the seed's own vmallocinfo hold now: what an area is for is as they say. */
int vmaps_anchor(struct vmaps *m) KM_MUST_CHECK;

/* Is what @pid is making, and is about to get its pages, a new task's stack? */
bool vmaps_makes_stack(const struct vmaps *m, int32_t pid);

int vmaps_report(const struct vmaps *m, const struct km_sink *sink) KM_MUST_CHECK;
int vmaps_check(const struct vmaps *m, struct km_diag *d);

#endif
