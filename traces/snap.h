/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parsers behind trace_snapshot(), one per file of a label. Each adds what its file says to a
 * snapshot; zones are matched by node and name, and added where no file has named them before.
 *
 * Return, everywhere: 0; -KM_EFORMAT with file and line; -KM_ENOMEM. On error the snapshot is half
 * filled and fit only for trace_snapshot_release().
 */
#ifndef TRACES_SNAP_H
#define TRACES_SNAP_H

#include "engine/core/diag.h"
#include "engine/core/snapshot.h"

int snap_zoneinfo(struct km_snapshot *s, const char *data, size_t len, const char *where,
		  struct km_diag *d) KM_MUST_CHECK;
int snap_buddyinfo(struct km_snapshot *s, const char *data, size_t len, const char *where,
		   struct km_diag *d) KM_MUST_CHECK;
int snap_pagetypeinfo(struct km_snapshot *s, const char *data, size_t len, const char *where,
		      struct km_diag *d) KM_MUST_CHECK;
int snap_cma(struct km_snapshot *s, const char *data, size_t len, const char *where,
	     struct km_diag *d) KM_MUST_CHECK;
int snap_kpageflags(struct km_snapshot *s, const char *data, size_t len, const char *where,
		    struct km_diag *d) KM_MUST_CHECK;
int snap_slabinfo(struct km_snapshot *s, const char *data, size_t len, const char *where,
		  struct km_diag *d) KM_MUST_CHECK;

int snap_vmallocinfo(struct km_snapshot *s, const char *data, size_t len, const char *where,
		     struct km_diag *d) KM_MUST_CHECK;

/* meta/slab_attrs; after slabinfo, which says by which of its names a merged cache goes. */
int snap_slab_attrs(struct km_snapshot *s, const char *data, size_t len, const char *where,
		    struct km_diag *d) KM_MUST_CHECK;

/*
 * /sys/devices/system/node/nodeN/cpulist and distance. @online: the nodes there are, ascending, of
 * which the file has one number each.
 */
int snap_cpulist(struct km_numa *n, unsigned int node, const char *data, size_t len,
		 const char *where, struct km_diag *d) KM_MUST_CHECK;
int snap_distance(struct km_numa *n, unsigned int node, const uint8_t *online, unsigned int nr,
		  const char *data, size_t len, const char *where, struct km_diag *d) KM_MUST_CHECK;

/*
 * What dmesg says of nodes, where no file has: which CPUs were brought up on which, and in which
 * order each node falls back to the others (as distances that come to it). It never fails.
 */
void snap_dmesg(struct km_numa *n, const char *data, size_t len);

/* KiB that a boot gave back after its watermarks were computed, as dmesg says; 0: it does not. */
uint64_t snap_late_kib(const char *data, size_t len);

/* What dmesg says of the layout of per-CPU memory; what it lacks stays as it was. */
void snap_percpu(struct km_snap_percpu *out, const char *data, size_t len);

/*
 * Where no file tells of contiguous areas: those that dmesg does, without their bitmaps. No line
 * of dmesg is an error. @s has its zones. -KM_ENOMEM.
 */
int snap_cma_dmesg(struct km_snapshot *s, const char *data, size_t len, unsigned int page_shift,
		   struct km_diag *d) KM_MUST_CHECK;

/*
 * -KM_EFORMAT where the numbers of a zone, or the files of a label together, describe nothing that
 * can be: zones that overlap, more pages managed than present, areas outside of all zones.
 */
int snap_check_zone(const struct km_snap_zone *z, const char *where,
		    struct km_diag *d) KM_MUST_CHECK;
int snap_check(const struct km_snapshot *s, const char *where, struct km_diag *d) KM_MUST_CHECK;

/* ---- lines and words, for the parsers ---- */

struct snap_lines {
	const char *p, *end; /* what is left of the file */
	const char *line, *stop;
	unsigned int nr; /* of the current line, from 1 */
	const char *where;
	struct km_diag *d;
};

void snap_lines_init(struct snap_lines *l, const char *data, size_t len, const char *where,
		     struct km_diag *d);

/* The next line that is not blank. */
bool snap_next(struct snap_lines *l);

/* -KM_EFORMAT that names the current line. */
int snap_fail(const struct snap_lines *l, const char *what);

/* The next blank-separated word at *@p, up to @stop; its length, 0 at the end. */
size_t snap_word(const char **p, const char *stop, const char **word);

bool snap_is(const char *word, size_t len, const char *text);

/* The next word as a decimal number; where it is none, nothing changes. */
bool snap_number(const char **p, const char *stop, uint64_t *out);

/* "Node 0, zone    DMA32" at the line's start; *@p is set behind the name and a comma after it. */
bool snap_zone_name(const struct snap_lines *l, const char **p, int *node, char name[KM_NAME_LEN]);

/* The zone of that node and name, added at the end if new; NULL: no memory or too many. */
struct km_snap_zone *snap_zone(struct km_snapshot *s, int node, const char *name);

#endif
