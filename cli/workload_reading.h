/* SPDX-License-Identifier: GPL-2.0-only */
/* Between workload_yaml.c and workload_steps_yaml.c: mappings walked by tables of their keys. */
#ifndef CLI_WORKLOAD_READING_H
#define CLI_WORKLOAD_READING_H

#include "cli/config_yaml.h"
#include "traces/workload.h"

/* One section under way. */
struct reading {
	struct document *doc;
	struct workload *w;
	struct km_diag *d;
	size_t nr_steps; /* over all groups */
};

struct reading_key {
	const char *name;
	int (*read)(struct reading *r, const yaml_node_t *value, void *out);
};

#define FAIL(r, node, ...) document_fail((r)->doc, node, (r)->d, __VA_ARGS__)

static inline const yaml_node_t *reading_node(const struct reading *r, int id)
{
	return yaml_document_get_node(&r->doc->yaml, id);
}

/* Each returns 0, or a negative -KM_E… with r->d filled. */

/* @what names the mapping in errors; each value goes to its key's function with @out. */
int reading_mapping(struct reading *r, const yaml_node_t *map, const char *what,
		    const struct reading_key *keys, size_t nr, void *out) KM_MUST_CHECK;

int reading_number(struct reading *r, const yaml_node_t *node, const char *what, uint64_t least,
		   uint64_t most, uint64_t *out) KM_MUST_CHECK;

/* A word of at most @size - 1 plain characters. */
int reading_name(struct reading *r, const yaml_node_t *node, const char *what, char *out,
		 size_t size) KM_MUST_CHECK;

/* A list of steps, inside @depth repeats; *out is the caller's on error too. */
int reading_steps(struct reading *r, const yaml_node_t *node, unsigned int depth,
		  struct workload_step **out, size_t *nr) KM_MUST_CHECK;

#endif
