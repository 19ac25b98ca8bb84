/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/fresh.h"

#include <stdio.h>
#include <string.h>

enum { LEAST_KIB = 16384 };

/* The configuration takes no other than those there are. */
static void find_arch(struct config *c, const char *otherwise, struct machine_layout *l)
{
	config_default_text(c, CONFIG_ARCH, machine_arch_find(otherwise) ? otherwise : "x86-64");
	l->arch = machine_arch_find(c->values[CONFIG_ARCH].text);
	KM_BUG_ON(!l->arch);
}

static int find_page_size(struct config *c, unsigned int otherwise, struct machine_layout *l,
			  struct km_diag *d)
{
	config_default_integer(c, CONFIG_PAGE_SIZE, otherwise ? otherwise : 4096);
	uint64_t bytes = (uint64_t)config_integer(c, CONFIG_PAGE_SIZE, 4096);

	while (UINT64_C(1) << l->page_shift < bytes)
		l->page_shift++;
	if (!(bytes & (bytes - 1)))
		return 0;
	return km_fail(d, KM_EUSAGE, "machine.page_size", "%llu is no power of two",
		       (unsigned long long)bytes);
}

static int find_core(const struct config *c, enum config_id id, struct layout_core *out,
		     struct km_diag *d)
{
	const struct config_key *k = config_key(id);
	const char *text = c->values[id].text;
	char where[64];

	if (!c->values[id].set || config_read_core(text, out))
		return 0;
	snprintf(where, sizeof(where), "%s.%s", k->section, k->name);
	return km_fail(d, KM_EUSAGE, where, "it takes %s, not \"%s\"", k->takes, text);
}

static int check_size(const struct config_layout *given, const struct machine_layout *l,
		      struct km_diag *d)
{
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < l->nr_memory; i++) {
		if (l->memory[i].end <= l->memory[i].start)
			return 0; /* layout_describe() says what is wrong with it */
		bytes += l->memory[i].end - l->memory[i].start;
	}
	/* the holes of the first megabyte are no memory, but were asked for */
	if (bytes >> 10 >= LEAST_KIB - 1024)
		return 0;
	return km_fail(d, KM_EUSAGE, given->nr_memory ? given->memory[0].range.place : "machine",
		       "a machine has at least 16 MiB of memory");
}

int fresh_machine(struct config *c, const char *arch, unsigned int page_size,
		  const struct cma_profile *cma_rules, struct machine_layout *l,
		  struct km_snapshot *out, struct km_diag *d)
{
	*l = (struct machine_layout){ .nr_nodes = 1, .cma_rules = cma_rules };
	*out = (struct km_snapshot){ 0 };
	if (!c->values[CONFIG_MEMORY].set && !c->values[CONFIG_NODES].set)
		return km_fail(d, KM_EUSAGE, "machine.memory",
			       "nothing says how much memory the machine has, e.g. "
			       "--set machine.memory=8GiB");
	find_arch(c, arch, l);
	int err = find_page_size(c, page_size, l, d);

	l->pageblock_order = (unsigned int)config_integer(c, CONFIG_PAGEBLOCK_ORDER, 0);
	l->deferred_init = config_integer(c, CONFIG_DEFERRED_INIT, 0);
	l->nr_cpus = (unsigned int)config_integer(c, CONFIG_CPUS, 1);
	l->movable_node = config_integer(c, CONFIG_MOVABLE_NODE, 0);
	if (!err)
		err = find_core(c, CONFIG_KERNELCORE, &l->kernelcore, d);
	if (!err)
		err = find_core(c, CONFIG_MOVABLECORE, &l->movablecore, d);
	if (!err)
		err = config_layout_build(&c->layout, l, d);
	if (!err)
		err = check_size(&c->layout, l, d);
	return err ? err : layout_describe(l, out, d);
}

uint64_t fresh_all_pages(const struct km_snapshot *s)
{
	uint64_t all = 0;

	for (unsigned int i = 0; i < s->nr_zones; i++)
		all += s->zones[i].managed;
	return all;
}

uint64_t fresh_largest_zone(const struct km_snapshot *s)
{
	uint64_t most = 0;

	for (unsigned int i = 0; i < s->nr_zones; i++)
		most = s->zones[i].managed > most ? s->zones[i].managed : most;
	return most;
}

void fresh_release(struct km_snapshot *s)
{
	layout_release_snapshot(s);
}
