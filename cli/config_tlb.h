/* SPDX-License-Identifier: GPL-2.0-only */
/* Between config_tlb.c, config_tlb_arrays.c and config_tlb_marks.c. */
#ifndef CLI_CONFIG_TLB_H
#define CLI_CONFIG_TLB_H

#include "cli/tlb_spec.h"
#include "cli/workload_reading.h"

/* Who says where numbers are from: an array, or the whole section. */
struct tlb_scope {
	struct tlb_spec *s;
	void *into;		 /* what is being filled */
	char name[TLB_NAME_LEN]; /* before what a mark is of; may be empty */
	unsigned int first_mark;
	uint8_t part;
	char source[TLB_SOURCE_LEN];
	enum tlb_verified verified;
};

/* All return 0, or a negative -KM_E… with r->d filled. */

int tlb_read_text(struct reading *r, const yaml_node_t *node, const char *what, char *out,
		  size_t size) KM_MUST_CHECK;
int tlb_read_flag(struct reading *r, const yaml_node_t *node, const char *what,
		  bool *out) KM_MUST_CHECK;
/* One of the words that @name gives for 0, 1, …. */
int tlb_read_word(struct reading *r, const yaml_node_t *node, const char *what,
		  const char *(*name)(unsigned int), unsigned int *out) KM_MUST_CHECK;
int tlb_read_size(struct reading *r, const yaml_node_t *node, unsigned int *shift) KM_MUST_CHECK;

/* *@value: the scalar of @node, whose mark is noted. */
int tlb_read_marked(struct reading *r, const yaml_node_t *node, const char *what,
		    struct tlb_scope *sc, const yaml_node_t **value) KM_MUST_CHECK;
int tlb_read_number(struct reading *r, const yaml_node_t *node, const char *what,
		    struct tlb_scope *sc, uint64_t most, uint32_t *out) KM_MUST_CHECK;

/* Keys of every mapping that is a scope; @out is the scope. */
int tlb_scope_source(struct reading *r, const yaml_node_t *node, void *out) KM_MUST_CHECK;
int tlb_scope_verified(struct reading *r, const yaml_node_t *node, void *out) KM_MUST_CHECK;

/* The marks since sc->first_mark: named, and what they leave out said for them. */
void tlb_end_scope(const struct tlb_scope *sc);

/* Each item of @node, which is a list, or @node itself. */
int tlb_each_item(struct reading *r, const yaml_node_t *node, void *out,
		  int (*each)(struct reading *r, const yaml_node_t *item, void *out)) KM_MUST_CHECK;

/* An item of arrays, walk_caches, table_lines; @out is the section's scope. */
int tlb_read_array(struct reading *r, const yaml_node_t *node, void *out) KM_MUST_CHECK;
int tlb_read_walk_cache(struct reading *r, const yaml_node_t *node, void *out) KM_MUST_CHECK;
int tlb_read_lines(struct reading *r, const yaml_node_t *node, void *out) KM_MUST_CHECK;

#endif
