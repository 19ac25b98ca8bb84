/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the readers of YAML documents share (config.c, workload_yaml.c): one document, its nodes,
 * and errors with their place in it.
 */
#ifndef CLI_CONFIG_YAML_H
#define CLI_CONFIG_YAML_H

#include <yaml.h>

#include "cli/config.h"

struct workload;
struct tlb_spec;

/* One document being read. */
struct document {
	yaml_document_t yaml;
	const char *name;	   /* file, or "--set KEY=VALUE" */
	bool has_lines;		   /* false: positions mean nothing to the user */
	struct workload *workload; /* what its "workload" section fills; NULL: it may have none */
	bool has_workload;	   /* it had one */
};

/* -KM_EUSAGE with the node's place. */
int document_fail(const struct document *doc, const yaml_node_t *node, struct km_diag *d,
		  const char *fmt, ...) KM_PRINTF(4, 5);

/* A scalar's text; NULL for a list or a mapping. */
const char *document_scalar(const yaml_node_t *node);

/* The key of @pair must be a plain name, once in @map. 0 or -KM_EUSAGE. */
int document_check_key(struct document *doc, const yaml_node_t *map, const yaml_node_pair_t *pair,
		       struct km_diag *d) KM_MUST_CHECK;

/* workload_yaml.c: the "workload" section. 0, -KM_EUSAGE, -KM_ENOMEM. */
int workload_read(struct document *doc, const yaml_node_t *node, struct workload *w,
		  struct km_diag *d) KM_MUST_CHECK;

/* config_tlb.c: the "tlb" section. 0, -KM_EUSAGE, -KM_ENOMEM; on error *@s is undefined. */
int tlb_read(struct document *doc, const yaml_node_t *node, struct tlb_spec *s,
	     struct km_diag *d) KM_MUST_CHECK;

/*
 * config_costs.c: sections that are no table of keys: "tlb" and "costs". 0, -KM_EUSAGE, -KM_ENOMEM.
 */
bool config_is_part(const char *key);
int config_read_part(struct config *c, struct document *doc, const yaml_node_t *key,
		     const yaml_node_t *value, struct km_diag *d) KM_MUST_CHECK;

#endif
