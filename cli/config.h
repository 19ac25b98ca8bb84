/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration document (kmemlab-config(5)): a table of keys, filled from YAML files, from
 * --set and from what the capture says, in this order of precedence: a later --set, a later file,
 * `extends`, the capture.
 */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include <stdio.h>

#include "cli/config_layout.h"
#include "cli/tlb_spec.h"
#include "engine/core/diag.h"
#include "engine/cost/cost_profile.h"

enum { CONFIG_LIST_MAX = 8, CONFIG_TEXT_LEN = 64 };

enum config_id {
	CONFIG_ARCH,
	CONFIG_PAGE_SIZE,
	CONFIG_PAGEBLOCK_ORDER,
	CONFIG_CPUS,
	CONFIG_MEMORY,
	CONFIG_NODES,
	CONFIG_ZONES,
	CONFIG_RESERVED,
	CONFIG_CMA,
	CONFIG_KERNELCORE,
	CONFIG_MOVABLECORE,
	CONFIG_MOVABLE_NODE,
	CONFIG_DEFERRED_INIT,
	CONFIG_MMU,
	CONFIG_PAGE_TABLE_LEVELS,
	CONFIG_KERNEL,
	CONFIG_MIN_FREE_KBYTES,
	CONFIG_WATERMARK_SCALE_FACTOR,
	CONFIG_WATERMARK_BOOST_FACTOR,
	CONFIG_PERCPU_PAGELIST_HIGH_FRACTION,
	CONFIG_COMPACTION_PROACTIVENESS,
	CONFIG_EXTFRAG_THRESHOLD,
	CONFIG_LOWMEM_RESERVE_RATIO,
	CONFIG_NOFRAGMENT,
	CONFIG_KSWAPD_DELAY_NS,
	CONFIG_VMALLOC_LAZY_PAGES,
	CONFIG_THREAD_STACK,
	CONFIG_VMAP_STACK,
	CONFIG_CMA_PINNED,
	CONFIG_CMA_PINNED_SEED,
	CONFIG_SLAB,
	CONFIG_SLUB_MAX_ORDER,
	CONFIG_SLUB_MIN_ORDER,
	CONFIG_SLUB_MIN_OBJECTS,
	CONFIG_SYNTHESIZERS,
	CONFIG_INIT_ON_ALLOC,
	CONFIG_DIRECT_MAP,
	CONFIG_DIRECT_MAP_4K,
	CONFIG_BOUNDS,
	CONFIG_SAMPLES,
	CONFIG_MAP,
	CONFIG_NR_KEYS,
};

/* CONFIG_TREE: lists and mappings, kept in struct config_layout (config_layout.h) */
enum config_type { CONFIG_INTEGER, CONFIG_TEXT, CONFIG_INTEGER_LIST, CONFIG_TREE };

struct config_key {
	const char *section, *name;
	enum config_type type;
	int64_t least, most; /* of each integer */
	int64_t gap_end;     /* values between 0 and this one are impossible; 0: none */
	const char *takes;   /* "a whole number from 1 to 1024" */
};

struct config_value {
	bool set;
	unsigned int nr; /* CONFIG_INTEGER_LIST: how many */
	int64_t list[CONFIG_LIST_MAX];
	char text[CONFIG_TEXT_LEN];
};

struct config {
	struct config_value values[CONFIG_NR_KEYS];
	struct config_layout layout;
	bool has_tlb; /* the section "tlb" */
	struct tlb_spec tlb;
	bool has_costs; /* the section "costs" */
	struct cost_table costs;
};

const struct config_key *config_key(enum config_id id);

/**
 * config_read_file() - lay the document at @path, and what it extends beneath it, over @c.
 *
 * Return: 0; -KM_EUSAGE with @d = "file:line:column: what" for an unknown key, a wrong type or an
 * impossible value; -KM_EIO, -KM_ENOMEM. On error @c is unchanged.
 */
int config_read_file(struct config *c, const char *path, struct km_diag *d) KM_MUST_CHECK;

struct workload;

/* The same for a workload's document: its section "workload" goes to @w, which the caller releases
 * on error too. */
int config_read_workload(struct config *c, struct workload *w, const char *path,
			 struct km_diag *d) KM_MUST_CHECK;

/* The same for the section "tlb" of the document at @path, which must have one; on error *@s is
 * undefined. The other sections are checked, and left. */
int config_read_tlb(struct tlb_spec *s, const char *path, struct km_diag *d) KM_MUST_CHECK;
int config_read_tlb_text(struct tlb_spec *s, const char *name, const char *text, size_t len,
			 struct km_diag *d) KM_MUST_CHECK;

/* The same for a document in memory, @len bytes; @name is what errors call it. It extends none. */
int config_read_text(struct config *c, const char *name, const char *text, size_t len,
		     struct km_diag *d) KM_MUST_CHECK;

/* Lay "key.path=value" over @c. Return as config_read_file(). */
int config_read_setting(struct config *c, const char *setting, struct km_diag *d) KM_MUST_CHECK;

/* Fill what nobody set. */
void config_default_integer(struct config *c, enum config_id id, int64_t value);
void config_default_list(struct config *c, enum config_id id, const int64_t *values,
			 unsigned int nr);
void config_default_text(struct config *c, enum config_id id, const char *text);
void config_default_cma(struct config *c, const struct layout_cma *area);

/* Take from @other what nobody set. */
void config_take_unset(struct config *c, const struct config *other);

/* The integer of @id, or @otherwise where it is not set. */
int64_t config_integer(const struct config *c, enum config_id id, int64_t otherwise);

/* config_tlb_print.c: the section "tlb". */
void config_print_tlb(const struct tlb_spec *s, FILE *to);

/* config_costs.c: the section "costs"; and it as a document. */
void config_print_costs(const struct cost_table *t, FILE *to);

/* The document as YAML; reading it back gives @c again. */
void config_print(const struct config *c, FILE *to);

#endif
