/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys as data, what each takes, and the document printed.
 *
 * Kernel: Documentation/admin-guide/sysctl/vm.rst and kernel/sysctl.c:vm_table (the tunables'
 * ranges) [6.1]
 */
#include "cli/config_keys.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/suggest.h"
#include "engine/core/types.h"
#include "engine/machine/arch.h"

static const struct config_key keys[CONFIG_NR_KEYS] = {
	[CONFIG_ARCH] = { "machine", "arch", CONFIG_TEXT, 0, 0, 0,
			  "an architecture: x86-64, i386 or arm64" },
	[CONFIG_PAGE_SIZE] = { "machine", "page_size", CONFIG_INTEGER, 4096, 65536, 0,
			       "a page size in bytes: 4096, 16384 or 65536" },
	[CONFIG_PAGEBLOCK_ORDER] = { "machine", "pageblock_order", CONFIG_INTEGER, 1, 15, 0,
				     "a whole number from 1 to 15" },
	[CONFIG_CPUS] = { "machine", "cpus", CONFIG_INTEGER, 1, KM_MAX_CPUS, 0,
			  "a whole number of CPUs from 1 to 1024" },
	[CONFIG_MEMORY] = { "machine", "memory", CONFIG_TREE, 0, 0, 0,
			    "a size such as 4GiB, or a list of ranges such as 1MiB-4GiB" },
	[CONFIG_NODES] = { "machine", "nodes", CONFIG_TREE, 0, 0, 0,
			   "a list of nodes, each with memory, cpus, distances, movable or "
			   "hotpluggable" },
	[CONFIG_ZONES] = { "machine", "zones", CONFIG_TREE, 0, 0, 0,
			   "a mapping of zones to where they end, such as DMA32: 4GiB" },
	[CONFIG_RESERVED] = { "machine", "reserved", CONFIG_TREE, 0, 0, 0,
			      "a list of ranges such as 16MiB-32MiB" },
	[CONFIG_CMA] = { "machine", "cma", CONFIG_TREE, 0, 0, 0,
			 "a size such as 64MiB, or a list of areas, each with name, size, base, "
			 "alignment, limit, order_per_bit or node" },
	[CONFIG_KERNELCORE] = { "machine", "kernelcore", CONFIG_TEXT, 0, 0, 0,
				"a size such as 512MiB, or a share such as 30%" },
	[CONFIG_MOVABLECORE] = { "machine", "movablecore", CONFIG_TEXT, 0, 0, 0,
				 "a size such as 512MiB, or a share such as 30%" },
	[CONFIG_MOVABLE_NODE] = { "machine", "movable_node", CONFIG_INTEGER, 0, 1, 0, "0 or 1" },
	[CONFIG_DEFERRED_INIT] = { "machine", "deferred_init", CONFIG_INTEGER, 0, 1, 0, "0 or 1" },
	[CONFIG_MMU] = { "machine", "mmu", CONFIG_INTEGER, 0, 1, 0, "0 or 1" },
	[CONFIG_PAGE_TABLE_LEVELS] = { "machine", "page_table_levels", CONFIG_INTEGER, 4, 5, 0,
				       "4 or 5" },
	[CONFIG_KERNEL] = { "policy", "kernel", CONFIG_TEXT, 0, 0, 0,
			    "a kernel release such as \"6.1\"" },
	[CONFIG_MIN_FREE_KBYTES] = { "policy", "min_free_kbytes", CONFIG_INTEGER, 0, INT32_MAX, 0,
				     "a whole number of KiB from 0 to 2147483647" },
	[CONFIG_WATERMARK_SCALE_FACTOR] = { "policy", "watermark_scale_factor", CONFIG_INTEGER, 1,
					    3000, 0, "a whole number from 1 to 3000" },
	[CONFIG_WATERMARK_BOOST_FACTOR] = { "policy", "watermark_boost_factor", CONFIG_INTEGER, 0,
					    INT32_MAX, 0, "a whole number from 0 to 2147483647" },
	[CONFIG_PERCPU_PAGELIST_HIGH_FRACTION] = { "policy", "percpu_pagelist_high_fraction",
						   CONFIG_INTEGER, 0, INT32_MAX, 8,
						   "0, or a whole number of at least 8" },
	[CONFIG_COMPACTION_PROACTIVENESS] = { "policy", "compaction_proactiveness", CONFIG_INTEGER,
					      0, 100, 0, "a whole number from 0 to 100" },
	[CONFIG_EXTFRAG_THRESHOLD] = { "policy", "extfrag_threshold", CONFIG_INTEGER, 0, 1000, 0,
				       "a whole number from 0 to 1000" },
	[CONFIG_LOWMEM_RESERVE_RATIO] = { "policy", "lowmem_reserve_ratio", CONFIG_INTEGER_LIST, 0,
					  INT32_MAX, 0,
					  "a list of up to 8 whole numbers, one for each zone" },
	[CONFIG_KSWAPD_DELAY_NS] = { "policy", "kswapd_delay_ns", CONFIG_INTEGER, 0, INT32_MAX, 0,
				     "a whole number of nanoseconds from 0 to 2147483647" },
	[CONFIG_CMA_PINNED] = { "policy", "cma_pinned", CONFIG_INTEGER, 0, 1000, 0,
				"a share in thousandths, from 0 to 1000" },
	[CONFIG_CMA_PINNED_SEED] = { "policy", "cma_pinned_seed", CONFIG_INTEGER, 0, INT32_MAX, 0,
				     "a whole number from 0 to 2147483647" },
	[CONFIG_VMALLOC_LAZY_PAGES] = { "policy", "vmalloc_lazy_pages", CONFIG_INTEGER, 0,
					INT32_MAX, 0, "a whole number from 0 to 2147483647" },
	[CONFIG_SLAB] = { "policy", "slab", CONFIG_TEXT, 0, 0, 0,
			  "an object allocator: slub, slab or slob" },
	[CONFIG_SLUB_MAX_ORDER] = { "policy", "slub_max_order", CONFIG_INTEGER, 0, 10, 0,
				    "an order from 0 to 10" },
	[CONFIG_SLUB_MIN_ORDER] = { "policy", "slub_min_order", CONFIG_INTEGER, 0, 10, 0,
				    "an order from 0 to 10" },
	[CONFIG_SLUB_MIN_OBJECTS] = { "policy", "slub_min_objects", CONFIG_INTEGER, 0, 32767, 0,
				      "a whole number from 0 to 32767" },
	[CONFIG_THREAD_STACK] = { "policy", "thread_stack", CONFIG_INTEGER, 4096, 65536, 0,
				  "bytes, from 4096 to 65536" },
	[CONFIG_VMAP_STACK] = { "policy", "vmap_stack", CONFIG_INTEGER, 0, 1, 0, "0 or 1" },
	[CONFIG_NOFRAGMENT] = { "policy", "nofragment", CONFIG_INTEGER, 0, 1, 0, "0 or 1" },
	[CONFIG_SYNTHESIZERS] = { "access", "synthesizers", CONFIG_INTEGER_LIST, 0, 5, 0,
				  "a list of whole numbers from 0 to 5" },
	[CONFIG_INIT_ON_ALLOC] = { "access", "init_on_alloc", CONFIG_INTEGER, 0, 1, 0, "0 or 1" },
	[CONFIG_DIRECT_MAP] = { "access", "direct_map", CONFIG_TEXT, 0, 0, 0,
				"the size of a page: 4KiB, 2MiB or 1GiB" },
	[CONFIG_DIRECT_MAP_4K] = { "access", "direct_map_4k", CONFIG_INTEGER, 0, INT64_C(1) << 40,
				   0, "a whole number of KiB" },
	[CONFIG_BOUNDS] = { "access", "bounds", CONFIG_INTEGER, 0, 1, 0, "0 or 1" },
	[CONFIG_SAMPLES] = { "record", "samples", CONFIG_INTEGER, 0, 1000000, 0,
			     "a whole number from 0 to 1000000" },
	[CONFIG_MAP] = { "record", "map", CONFIG_INTEGER, 0, 1, 0, "0 or 1" },
};

const struct config_key *config_key(enum config_id id)
{
	return &keys[id];
}

bool config_is_section(const char *name)
{
	for (size_t i = 0; i < CONFIG_NR_KEYS; i++)
		if (!strcmp(keys[i].section, name))
			return true;
	return false;
}

enum config_id config_find(const char *section, const char *name)
{
	size_t i = 0;

	while (i < CONFIG_NR_KEYS &&
	       (strcmp(keys[i].section, section) || strcmp(keys[i].name, name)))
		i++;
	return (enum config_id)i;
}

const char *config_nearest(const char *section, const char *name)
{
	struct suggestion s = { .word = name };

	for (size_t i = 0; i < CONFIG_NR_KEYS; i++) {
		if (!section)
			suggestion_offer(&s, keys[i].section);
		else if (!strcmp(keys[i].section, section))
			suggestion_offer(&s, keys[i].name);
	}
	if (!section)
		suggestion_offer(&s, "extends");
	if (!section)
		suggestion_offer(&s, "tlb");
	if (!section)
		suggestion_offer(&s, "costs");
	return s.best;
}

/* ---- taking values ---- */

static int wrong(const struct config_key *k, const char *got, const char *where, struct km_diag *d)
{
	return km_fail(d, KM_EUSAGE, where, "%s.%s takes %s, not %s", k->section, k->name, k->takes,
		       got);
}

static int integer_of(const struct config_key *k, const struct config_word *w, int64_t *out,
		      const char *where, struct km_diag *d)
{
	char quoted[CONFIG_TEXT_LEN + 3];
	char *end;

	snprintf(quoted, sizeof(quoted), w->plain ? "%.*s" : "\"%.*s\"", CONFIG_TEXT_LEN, w->text);
	errno = 0;
	*out = strtoll(w->text, &end, 10);
	if (!w->plain || *end || end == w->text || errno || *w->text == '+' || *w->text == ' ')
		return wrong(k, *w->text ? quoted : "an empty value", where, d);
	if (*out < k->least || *out > k->most || (*out > 0 && *out < k->gap_end))
		return wrong(k, quoted, where, d);
	return 0;
}

static int text_of(const struct config_key *k, const struct config_word *w, char *out,
		   const char *where, struct km_diag *d)
{
	if (!*w->text)
		return wrong(k, "an empty value", where, d);
	if (strlen(w->text) >= CONFIG_TEXT_LEN)
		return wrong(k, "so long a text", where, d);
	for (const char *s = w->text; *s; s++)
		if (*s < 0x20 || *s > 0x7e || *s == '"' || *s == '\\')
			return wrong(k, w->text, where, d);
	memcpy(out, w->text, strlen(w->text) + 1);
	return 0;
}

/* What a range does not tell. */
static bool is_possible(enum config_id id, const struct config_value *v)
{
	if (id == CONFIG_ARCH)
		return machine_arch_find(v->text);
	return id != CONFIG_PAGE_SIZE || v->list[0] == 4096 || v->list[0] == 16384 ||
	       v->list[0] == 65536;
}

int config_assign(struct config *c, enum config_id id, const struct config_word *words, size_t nr,
		  bool list, const char *where, struct km_diag *d)
{
	const struct config_key *k = &keys[id];
	struct config_value v = { .set = true, .nr = (unsigned int)nr };
	int err = 0;

	if (list != (k->type == CONFIG_INTEGER_LIST))
		return wrong(k, list ? "a list" : "one value", where, d);
	if (nr > CONFIG_LIST_MAX || !nr)
		return wrong(k, nr ? "so many" : "an empty list", where, d);
	if (k->type == CONFIG_TEXT)
		err = text_of(k, words, v.text, where, d);
	for (size_t i = 0; k->type != CONFIG_TEXT && i < nr && !err; i++)
		err = integer_of(k, &words[i], &v.list[i], where, d);
	if (!err && !is_possible(id, &v))
		err = wrong(k, words[0].text, where, d);
	if (!err)
		c->values[id] = v;
	return err;
}

void config_default_integer(struct config *c, enum config_id id, int64_t value)
{
	config_default_list(c, id, &value, 1);
}

void config_default_list(struct config *c, enum config_id id, const int64_t *values,
			 unsigned int nr)
{
	struct config_value *v = &c->values[id];

	if (v->set)
		return;
	v->set = true;
	v->nr = nr < CONFIG_LIST_MAX ? nr : CONFIG_LIST_MAX;
	memcpy(v->list, values, v->nr * sizeof(*values));
}

void config_default_text(struct config *c, enum config_id id, const char *text)
{
	struct config_value *v = &c->values[id];

	if (v->set || !*text)
		return;
	v->set = true;
	snprintf(v->text, sizeof(v->text), "%s", text);
}

void config_default_cma(struct config *c, const struct layout_cma *area)
{
	struct config_value *v = &c->values[CONFIG_CMA];

	if (v->set)
		return;
	v->set = true;
	c->layout.cma[0] = *area;
	c->layout.nr_cma = 1;
}

/* machine.memory and machine.nodes say the same in two ways: whoever gave one gave both. */
void config_take_unset(struct config *c, const struct config *other)
{
	if (!c->has_tlb && other->has_tlb) {
		c->tlb = other->tlb;
		c->has_tlb = true;
	}
	if (!c->has_costs && other->has_costs) {
		c->costs = other->costs;
		c->has_costs = true;
	}
	if (!c->values[CONFIG_MEMORY].set && !c->values[CONFIG_NODES].set) {
		c->values[CONFIG_MEMORY] = other->values[CONFIG_MEMORY];
		c->values[CONFIG_NODES] = other->values[CONFIG_NODES];
		config_take_memory(&c->layout, &other->layout);
	}
	if (!c->values[CONFIG_ZONES].set)
		config_take_zones(&c->layout, &other->layout);
	if (!c->values[CONFIG_RESERVED].set)
		config_take_reserved(&c->layout, &other->layout);
	if (!c->values[CONFIG_CMA].set)
		config_take_cma(&c->layout, &other->layout);
	for (unsigned int i = 0; i < CONFIG_NR_KEYS; i++)
		if (!c->values[i].set && i != CONFIG_MEMORY && i != CONFIG_NODES)
			c->values[i] = other->values[i];
}

int64_t config_integer(const struct config *c, enum config_id id, int64_t otherwise)
{
	return c->values[id].set ? c->values[id].list[0] : otherwise;
}

/* ---- printing ---- */

int config_assign_tree(struct config *c, enum config_id id, const struct config_leaf *leaves,
		       size_t nr, struct km_diag *d)
{
	static const struct {
		enum config_id id;
		config_layout_read *read;
	} readers[] = {
		{ CONFIG_MEMORY, config_read_memory }, { CONFIG_NODES, config_read_nodes },
		{ CONFIG_ZONES, config_read_zones },   { CONFIG_RESERVED, config_read_reserved },
		{ CONFIG_CMA, config_read_cma },
	};
	struct config_layout next = c->layout;
	int err = 0;

	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (readers[i].id == id)
			err = readers[i].read(&next, leaves, nr, keys[id].takes, d);
	if (err)
		return err;
	c->layout = next;
	c->values[id].set = true;
	return 0;
}

static void print_value(const struct config_key *k, const struct config_value *v, FILE *to)
{
	fprintf(to, "  %s: ", k->name);
	if (k->type == CONFIG_TEXT)
		fprintf(to, "\"%s\"\n", v->text);
	if (k->type == CONFIG_INTEGER)
		fprintf(to, "%" PRId64 "\n", v->list[0]);
	if (k->type != CONFIG_INTEGER_LIST)
		return;
	for (unsigned int i = 0; i < v->nr; i++)
		fprintf(to, "%s%" PRId64, i ? ", " : "[", v->list[i]);
	fputs("]\n", to);
}

void config_print(const struct config *c, FILE *to)
{
	const char *section = "";

	for (size_t i = 0; i < CONFIG_NR_KEYS; i++) {
		if (!c->values[i].set)
			continue;
		if (strcmp(section, keys[i].section))
			fprintf(to, "%s:\n", keys[i].section);
		section = keys[i].section;
		if (keys[i].type == CONFIG_TREE)
			config_print_layout(&c->layout, keys[i].name, to);
		else
			print_value(&keys[i], &c->values[i], to);
	}
	if (c->has_tlb)
		config_print_tlb(&c->tlb, to);
	if (c->has_costs)
		config_print_costs(&c->costs, to);
}
