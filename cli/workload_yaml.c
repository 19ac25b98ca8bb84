/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The "workload" section of a document (kmemlab-workload(5)) into a struct workload. Every key is
 * one of a table, every value checked where it stands; depth and size of a hostile document are
 * bounded.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/suggest.h"
#include "cli/workload_reading.h"
#include "cli/workload_settle.h"
#include "engine/core/gfp.h"
#include "traces/dialect.h"
#include "traces/workload.h"

/* Walk a mapping by a table of its keys. */
int reading_mapping(struct reading *r, const yaml_node_t *map, const char *what,
		    const struct reading_key *keys, size_t nr, void *out)
{
	if (map->type != YAML_MAPPING_NODE)
		return FAIL(r, map, "%s is a mapping of keys", what);
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top;
	     p++) {
		const yaml_node_t *key = reading_node(r, p->key);
		struct suggestion s = { 0 };
		size_t i = 0;
		int err = document_check_key(r->doc, map, p, r->d);

		if (err)
			return err;
		s.word = document_scalar(key);
		for (; i < nr && strcmp(keys[i].name, s.word); i++)
			suggestion_offer(&s, keys[i].name);
		if (i == nr && s.best)
			return FAIL(r, key, "%s has no key '%s'; did you mean '%s'?", what, s.word,
				    s.best);
		if (i == nr)
			return FAIL(r, key, "%s has no key '%s'", what, s.word);
		err = keys[i].read(r, reading_node(r, p->value), out);
		if (err)
			return err;
	}
	return 0;
}

/* ---- numbers, names ---- */

int reading_number(struct reading *r, const yaml_node_t *node, const char *what, uint64_t least,
		   uint64_t most, uint64_t *out)
{
	const char *text = document_scalar(node);
	char *end;

	errno = 0;
	*out = text ? strtoull(text, &end, 10) : 0;
	if (!text || *end || end == text || errno || *text < '0' || *text > '9' || *out < least ||
	    *out > most)
		return FAIL(r, node, "%s is a whole number from %llu to %llu", what,
			    (unsigned long long)least, (unsigned long long)most);
	return 0;
}

int reading_name(struct reading *r, const yaml_node_t *node, const char *what, char *out,
		 size_t size)
{
	const char *text = document_scalar(node);
	bool good = text && *text && strlen(text) < size;

	for (const char *c = text; good && *c; c++)
		good = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
		       (*c >= '0' && *c <= '9') || strchr("-_.:/%", *c);
	if (!good)
		return FAIL(r, node, "%s is a name of 1 to %zu letters, digits and -_.:/", what,
			    size - 1);
	memcpy(out, text, strlen(text) + 1);
	return 0;
}

/* ---- distributions ---- */

struct limits {
	const char *what;
	uint64_t least, most;
	struct workload_numbers *out;
};

static int add_range(struct reading *r, const yaml_node_t *node, const struct limits *l,
		     uint64_t low, uint64_t high, uint64_t weight)
{
	struct workload_numbers *n = l->out;

	if (n->nr == WORKLOAD_MAX_RANGES)
		return FAIL(r, node, "%s has more than %d weights", l->what, WORKLOAD_MAX_RANGES);
	if (high < low)
		return FAIL(r, node, "a range goes from the smaller number to the larger one");
	n->range[n->nr].low = low;
	n->range[n->nr].high = high;
	n->range[n->nr++].weight = weight;
	return 0;
}

static int read_exponential(struct reading *r, const yaml_node_t *node, void *out)
{
	struct limits *l = out;

	l->out->shape = WORKLOAD_EXPONENTIAL;
	l->out->nr = 1;
	return reading_number(r, node, "a mean", 1, l->most, &l->out->range[0].low);
}

static int read_uniform(struct reading *r, const yaml_node_t *node, void *out)
{
	struct limits *l = out;
	uint64_t low, high;

	if (node->type != YAML_SEQUENCE_NODE ||
	    node->data.sequence.items.top - node->data.sequence.items.start != 2)
		return FAIL(r, node, "uniform takes two numbers, [FROM, TO]");
	int *item = node->data.sequence.items.start;
	int err = reading_number(r, reading_node(r, item[0]), l->what, l->least, l->most, &low);

	if (!err)
		err = reading_number(r, reading_node(r, item[1]), l->what, l->least, l->most,
				     &high);
	return err ? err : add_range(r, node, l, low, high, 1);
}

static int read_weights(struct reading *r, const yaml_node_t *node, void *out)
{
	struct limits *l = out;
	int err = 0;

	if (node->type != YAML_MAPPING_NODE)
		return FAIL(r, node, "weights is a mapping: NUMBER: WEIGHT");
	for (yaml_node_pair_t *p = node->data.mapping.pairs.start;
	     !err && p < node->data.mapping.pairs.top; p++) {
		uint64_t number, weight;

		err = document_check_key(r->doc, node, p, r->d);
		if (!err)
			err = reading_number(r, reading_node(r, p->key), l->what, l->least, l->most,
					     &number);
		if (!err)
			err = reading_number(r, reading_node(r, p->value), "a weight", 1, 1000000,
					     &weight);
		if (!err)
			err = add_range(r, node, l, number, number, weight);
	}
	return err || l->out->nr ? err : FAIL(r, node, "weights is empty");
}

static int read_numbers(struct reading *r, const yaml_node_t *node, const char *what,
			uint64_t least, uint64_t most, struct workload_numbers *out)
{
	static const struct reading_key keys[] = { { "uniform", read_uniform },
						   { "weights", read_weights },
						   { "exponential", read_exponential } };
	struct limits l = { what, least, most, out };
	uint64_t n;
	int err;

	*out = (struct workload_numbers){ 0 };
	if (node->type == YAML_SCALAR_NODE) {
		err = reading_number(r, node, what, least, most, &n);
		return err ? err : add_range(r, node, &l, n, n, 1);
	}
	if (node->type == YAML_MAPPING_NODE &&
	    node->data.mapping.pairs.top - node->data.mapping.pairs.start != 1)
		return FAIL(r, node, "%s is a number, or one of uniform, weights, exponential",
			    what);
	return reading_mapping(r, node, what, keys, 3, &l);
}

/* ---- kinds ---- */

static int kind_order(struct reading *r, const yaml_node_t *node, void *out)
{
	struct workload_kind *k = out;

	if (k->size.nr)
		return FAIL(r, node, "a kind has an order or a size, not both");
	int err = read_numbers(r, node, "order", 0, WORKLOAD_MAX_ORDER, &k->size);

	if (!err && k->size.shape == WORKLOAD_EXPONENTIAL)
		return FAIL(r, node, "order takes a number, uniform or weights");
	return err;
}

static int kind_size(struct reading *r, const yaml_node_t *node, void *out)
{
	struct workload_kind *k = out;

	if (k->size.nr)
		return FAIL(r, node, "a kind has an order or a size, not both");
	k->by_size = true;
	return read_numbers(r, node, "size", 1, WORKLOAD_MAX_RANGE, &k->size);
}

/* Addresses and contiguous areas may be asked for more than any block has. */
static int check_size(struct reading *r, const yaml_node_t *key, const struct workload_kind *k)
{
	const uint64_t most = workload_most_bytes(k);

	for (unsigned int i = 0; k->by_size && i < k->size.nr; i++)
		if (k->size.range[i].low > most || k->size.range[i].high > most)
			return FAIL(r, key, "kind '%s': size is a whole number from 1 to %llu",
				    k->name, (unsigned long long)most);
	return 0;
}

static int kind_gfp(struct reading *r, const yaml_node_t *node, void *out)
{
	struct workload_kind *k = out;
	const char *text = document_scalar(node);

	k->gfp = text ? dialect_gfp_text(dialect_find(""), text, strlen(text)) : KM_GFP_OTHER;
	if (k->gfp & KM_GFP_OTHER || strlen(text) >= sizeof(k->gfp_text))
		return FAIL(r, node,
			    "gfp takes flags as a trace prints them, such as "
			    "GFP_KERNEL|__GFP_RECLAIMABLE");
	if (workload_two_zones(k->gfp))
		return FAIL(r, node, "gfp names at most one of the zones DMA, DMA32 and HIGHMEM");
	memcpy(k->gfp_text, text, strlen(text) + 1);
	return 0;
}

static int kind_lifetime(struct reading *r, const yaml_node_t *node, void *out)
{
	struct workload_kind *k = out;

	k->has_lifetime = true;
	return read_numbers(r, node, "lifetime", 0, UINT32_MAX, &k->lifetime);
}

static int read_bool(struct reading *r, const yaml_node_t *node, bool *out)
{
	const char *text = document_scalar(node);

	*out = text && !strcmp(text, "true");
	if (!*out && (!text || strcmp(text, "false")))
		return FAIL(r, node, "it is true or false");
	return 0;
}

static int kind_file(struct reading *r, const yaml_node_t *node, void *out)
{
	return read_bool(r, node, &((struct workload_kind *)out)->file);
}

static int kind_entry(struct reading *r, const yaml_node_t *node, void *out)
{
	static const char *const names[KM_NR_DOORS] = {
		[KM_DOOR_EXACT] = "exact",
		[KM_DOOR_SPLIT] = "split",
		[KM_DOOR_SHARED] = "shared",
		[KM_DOOR_BULK] = "bulk",
		[KM_DOOR_FRAG] = "frag",
		[KM_DOOR_CMA] = "cma",
		[KM_DOOR_VMALLOC] = "vmalloc",
		[KM_DOOR_VMALLOC_HUGE] = "vmalloc_huge",
		[KM_DOOR_MODULE] = "module",
		[KM_DOOR_VMAP] = "vmap",
		[KM_DOOR_IOREMAP] = "ioremap",
		[KM_DOOR_MAP_RAM] = "vm_map_ram",
		[KM_DOOR_STACK] = "stack",
		[KM_DOOR_KMAP] = "kmap",
		[KM_DOOR_KMAP_LOCAL] = "kmap_atomic",
	};
	struct workload_kind *k = out;
	const char *text = document_scalar(node);
	unsigned int door = 0;

	k->has_door = text && strcmp(text, "pages");
	if (!k->has_door && text)
		return 0;
	while (text && door < KM_NR_DOORS && strcmp(text, names[door]))
		door++;
	if (!text || door == KM_NR_DOORS)
		return FAIL(r, node,
			    "entry is pages, exact, split, shared, bulk, frag, cma, vmalloc, "
			    "vmalloc_huge, module, vmap, ioremap, vm_map_ram, stack, kmap or "
			    "kmap_atomic");
	k->door = (enum km_door)door;
	return 0;
}

static int kind_align(struct reading *r, const yaml_node_t *node, void *out)
{
	struct workload_kind *k = out;

	k->has_align = true;
	return read_numbers(r, node, "align", 1, WORKLOAD_MAX_RANGE, &k->align);
}

static int kind_area(struct reading *r, const yaml_node_t *node, void *out)
{
	struct workload_kind *k = out;
	const char *text = document_scalar(node);

	if (!text || !*text || strlen(text) >= sizeof(k->area))
		return FAIL(r, node, "area is the name of one of the machine's contiguous areas");
	memcpy(k->area, text, strlen(text) + 1);
	k->area_line = (unsigned int)node->start_mark.line + 1;
	k->area_column = (unsigned int)node->start_mark.column + 1;
	return 0;
}

/* Keys that only some entries have. */
static int check_entry(struct reading *r, const yaml_node_t *key, const struct workload_kind *k)
{
	bool maps = k->has_door && km_door_maps(k->door);

	if (!maps && k->has_align)
		return FAIL(r, key, "kind '%s' has an align, which only addresses have", k->name);
	if (*k->area && !(k->has_door && k->door == KM_DOOR_CMA))
		return FAIL(r, key, "kind '%s' has an area, which only entry cma has", k->name);
	return check_size(r, key, k);
}

static int read_kind(struct reading *r, const yaml_node_t *key, const yaml_node_t *value)
{
	static const struct reading_key keys[] = {
		{ "order", kind_order },       { "size", kind_size },	{ "gfp", kind_gfp },
		{ "lifetime", kind_lifetime }, { "entry", kind_entry }, { "file", kind_file },
		{ "align", kind_align },       { "area", kind_area }
	};
	struct workload_kind *k = &r->w->kind[r->w->nr_kinds];

	if (r->w->nr_kinds == WORKLOAD_MAX_KINDS)
		return FAIL(r, key, "there are more than %d kinds", WORKLOAD_MAX_KINDS);
	*k = (struct workload_kind){ .gfp = KM_GFP_OTHER,
				     .line = (unsigned int)key->start_mark.line + 1,
				     .column = (unsigned int)key->start_mark.column + 1 };
	int err = reading_name(r, key, "a kind", k->name, sizeof(k->name));

	if (!err)
		err = reading_mapping(r, value, "a kind", keys, sizeof(keys) / sizeof(keys[0]), k);
	if (!err && (!k->size.nr || k->gfp == KM_GFP_OTHER))
		err = FAIL(r, key, "kind '%s' needs %s", k->name,
			   k->size.nr ? "gfp" : "an order or a size");
	if (!err && k->has_door && (k->file || k->gfp & KM_GFP_MOVABLE))
		err = FAIL(r, key,
			   "kind '%s' is asked for at an entry of the kernel's own: its memory is "
			   "no file's and is not movable",
			   k->name);
	if (!err)
		err = check_entry(r, key, k);
	r->w->nr_kinds += !err;
	return err;
}

static int read_kinds(struct reading *r, const yaml_node_t *node, void *out)
{
	int err = 0;

	(void)out;
	if (node->type != YAML_MAPPING_NODE)
		return FAIL(r, node, "kinds is a mapping: NAME: {order: …, gfp: …}");
	for (yaml_node_pair_t *p = node->data.mapping.pairs.start;
	     !err && p < node->data.mapping.pairs.top; p++) {
		err = document_check_key(r->doc, node, p, r->d);
		if (!err)
			err = read_kind(r, reading_node(r, p->key), reading_node(r, p->value));
	}
	return err;
}

/* ---- threads ---- */

static int group_name(struct reading *r, const yaml_node_t *node, void *out)
{
	struct workload_group *g = out;

	return reading_name(r, node, "name", g->name, sizeof(g->name));
}

static int group_count(struct reading *r, const yaml_node_t *node, void *out)
{
	uint64_t n = 0;
	int err = reading_number(r, node, "count", 1, WORKLOAD_MAX_THREADS, &n);

	((struct workload_group *)out)->threads = (unsigned int)n;
	return err;
}

static int group_cpu(struct reading *r, const yaml_node_t *node, void *out)
{
	uint64_t n = 0;
	int err = reading_number(r, node, "cpu", 0, KM_MAX_CPUS - 1, &n);

	((struct workload_group *)out)->first_cpu = (unsigned int)n;
	return err;
}

static int group_do(struct reading *r, const yaml_node_t *node, void *out)
{
	struct workload_group *g = out;

	return reading_steps(r, node, 0, &g->steps, &g->nr_steps);
}

static int read_group(struct reading *r, const yaml_node_t *node)
{
	static const struct reading_key keys[] = { { "name", group_name },
						   { "count", group_count },
						   { "cpu", group_cpu },
						   { "do", group_do } };
	struct workload_group *g = &r->w->group[r->w->nr_groups];

	if (r->w->nr_groups == WORKLOAD_MAX_GROUPS)
		return FAIL(r, node, "there are more than %d groups of threads",
			    WORKLOAD_MAX_GROUPS);
	*g = (struct workload_group){ .name = "thread", .threads = 1 };
	r->w->nr_groups++;
	int err = reading_mapping(r, node, "a group of threads", keys, 4, g);

	if (!err && !g->nr_steps)
		err = FAIL(r, node, "a group of threads needs 'do', a list of steps");
	if (!err && g->first_cpu + g->threads > KM_MAX_CPUS)
		err = FAIL(r, node, "there are CPUs up to %d only, one for each thread of a group",
			   KM_MAX_CPUS - 1);
	return err;
}

static int read_groups(struct reading *r, const yaml_node_t *node, void *out)
{
	int err = 0;

	(void)out;
	if (node->type != YAML_SEQUENCE_NODE)
		return FAIL(r, node, "threads is a list of groups");
	for (int *i = node->data.sequence.items.start; !err && i < node->data.sequence.items.top;
	     i++)
		err = read_group(r, reading_node(r, *i));
	return err;
}

/* ---- the section ---- */

static int read_seed(struct reading *r, const yaml_node_t *node, void *out)
{
	(void)out;
	return reading_number(r, node, "seed", 0, UINT64_MAX, &r->w->seed);
}

static int read_step_ns(struct reading *r, const yaml_node_t *node, void *out)
{
	(void)out;
	return reading_number(r, node, "step_ns", 1, 1000000000, &r->w->step_ns);
}

static int read_burst(struct reading *r, const yaml_node_t *node, void *out)
{
	uint64_t n = 1;
	int err = reading_number(r, node, "burst", 1, 1000000, &n);

	(void)out;
	r->w->burst = (unsigned int)n;
	return err;
}

static int read_share(struct reading *r, const yaml_node_t *node, void *out)
{
	const char *text = document_scalar(node);

	(void)out;
	r->w->of_memory = text && !strcmp(text, "memory");
	if (!r->w->of_memory && (!text || strcmp(text, "zone")))
		return FAIL(r, node, "share is of the largest 'zone' or of all 'memory'");
	return 0;
}

static int read_spare(struct reading *r, const yaml_node_t *node, void *out)
{
	(void)out;
	return reading_number(r, node, "spare", 0, UINT32_MAX, &r->w->spare_pages);
}

static int read_curve(struct reading *r, const yaml_node_t *node, void *out)
{
	(void)out;
	return reading_name(r, node, "curve", r->w->curve, sizeof(r->w->curve));
}

int workload_read(struct document *doc, const yaml_node_t *node, struct workload *w,
		  struct km_diag *d)
{
	static const struct reading_key keys[] = {
		{ "seed", read_seed },	 { "step_ns", read_step_ns }, { "burst", read_burst },
		{ "kinds", read_kinds }, { "threads", read_groups },  { "curve", read_curve },
		{ "spare", read_spare }, { "share", read_share },
	};
	struct reading r = { .doc = doc, .w = w, .d = d };

	*w = (struct workload){ .step_ns = 1000, .burst = 1 };
	snprintf(w->path, sizeof(w->path), "%s", doc->name);
	int err =
		reading_mapping(&r, node, "a workload", keys, sizeof(keys) / sizeof(keys[0]), NULL);

	if (!err && (!w->nr_kinds || !w->nr_groups))
		err = document_fail(doc, node, d, "a workload needs kinds and threads");
	if (!err && workload_nr_threads(w) > WORKLOAD_MAX_THREADS)
		err = document_fail(doc, node, d, "there are more than %d threads",
				    WORKLOAD_MAX_THREADS);
	return err;
}
