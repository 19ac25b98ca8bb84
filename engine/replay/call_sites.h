/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who allocates objects, and what of it lives when the trace ends: the rows of v_callsites and
 * v_leaks. A call site is the event's, or, where it has a call chain, the chain's first function
 * that is no allocator's; sites of one function are one.
 *
 * Of memory a replay knows nothing but who has it: what may be reached cannot be asked, so these
 * are candidates, less what their history explains.
 *
 * Kernel: mm/kmemleak.c:kmemleak_scan() for what counts as old enough [6.1 6.12]
 * Differs: nothing is scanned for references.
 */
#ifndef KM_CALL_SITES_H
#define KM_CALL_SITES_H

#include "engine/core/strtab.h"
#include "engine/event.h"
#include "engine/leak/leak.h"
#include "engine/result.h"

/* From a string of the trace to a name of our own, + 1; 0: not asked for yet. */
struct name_ids {
	uint32_t *id;
	size_t nr;
};

struct call_sites {
	const struct strtab *strings;
	struct strtab *names;
	struct census *census;
	struct name_ids sites, chains, caches; /* caches: by number */
};

/* Return: 0; -KM_ENOMEM, nothing needs to be released. */
int call_sites_open(struct call_sites *s, const struct strtab *strings) KM_MUST_CHECK;
void call_sites_release(struct call_sites *s);

/*
 * An event of objects; of an allocation @cache is the number of that which it is from, always
 * called @name; below 0: none is known. Return: 0; -KM_ENOMEM.
 */
int call_sites_feed(struct call_sites *s, const struct km_event *ev, int cache,
		    const char *name) KM_MUST_CHECK;

/* The trace ended at @end_ns. Return: 0; -KM_ENOMEM, or what the sink gives. */
int call_sites_report(struct call_sites *s, uint64_t end_ns, const struct km_sink *sink);

#endif
