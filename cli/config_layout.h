/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys of a configuration that lay out a machine: memory, nodes, zones, what is reserved, CMA
 * areas. Kept as they were given; config_layout_build() makes a machine's layout of them.
 */
#ifndef CLI_CONFIG_LAYOUT_H
#define CLI_CONFIG_LAYOUT_H

#include <stdio.h>

#include "engine/machine/layout.h"

enum { CONFIG_MAX_LEAVES = 512 };

/* A scalar of a tree: of which item of a list, under which key (NULL: none), where. */
struct config_leaf {
	const char *key, *text;
	unsigned int item;
	char place[LAYOUT_PLACE_LEN];
};

struct config_memory {
	bool sized; /* only a size: `start` is 0, `end` the bytes */
	struct layout_range range;
};

struct config_node {
	uint64_t movable_bytes;
	bool hotpluggable;
	unsigned int nr_distances;
	uint8_t distance[KM_MAX_NODES];
	bool has_cpus;
	uint8_t cpus[KM_MAX_CPUS / 8];
	char place[LAYOUT_PLACE_LEN];
};

struct config_layout {
	struct config_memory memory[LAYOUT_MAX_RANGES]; /* of machine.memory or machine.nodes */
	struct layout_range reserved[LAYOUT_MAX_RANGES];
	struct layout_cma cma[LAYOUT_MAX_CMA];
	struct config_node node[KM_MAX_NODES];
	struct {
		char name[16];
		uint64_t end;
		char place[LAYOUT_PLACE_LEN];
	} zone[ARCH_MAX_ZONES];
	unsigned int nr_memory, nr_reserved, nr_cma, nr_nodes, nr_zones;
};

/* Take the leaves of one key; @takes says what it takes. 0 or -KM_EUSAGE; @c is then undefined. */
typedef int config_layout_read(struct config_layout *c, const struct config_leaf *v, size_t nr,
			       const char *takes, struct km_diag *d);

config_layout_read config_read_memory, config_read_nodes, config_read_zones, config_read_reserved,
	config_read_cma;

/* One key's part of @other. */
void config_take_memory(struct config_layout *c, const struct config_layout *other);
void config_take_zones(struct config_layout *c, const struct config_layout *other);
void config_take_reserved(struct config_layout *c, const struct config_layout *other);
void config_take_cma(struct config_layout *c, const struct config_layout *other);

/* The key @name as YAML. */
void config_print_layout(const struct config_layout *c, const char *name, FILE *to);

/* "512MiB" or "30%"; false: it is neither. */
bool config_read_core(const char *text, struct layout_core *out);

/*
 * What the keys come to on a machine of @out->arch with @out->nr_cpus CPUs and its page size, which
 * the caller has set. 0, or -KM_EUSAGE with @d filled.
 */
int config_layout_build(const struct config_layout *c, struct machine_layout *out,
			struct km_diag *d) KM_MUST_CHECK;

#endif
