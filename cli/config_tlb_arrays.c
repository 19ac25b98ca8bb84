/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of the "tlb" section that have a geometry: arrays, walk caches, lines of tables. */
#include <string.h>

#include "cli/config_tlb.h"

/* ---- geometry: sc->into is a struct tlb_geometry, or begins with one ---- */

static int read_policy(struct reading *r, const yaml_node_t *node, struct tlb_scope *sc,
		       enum tlb_policy *out)
{
	const yaml_node_t *value = NULL;
	unsigned int policy = 0;
	int err = tlb_read_marked(r, node, "replacement", sc, &value);

	if (!err)
		err = tlb_read_word(r, value, "replacement", tlb_policy_name, &policy);
	*out = (enum tlb_policy)policy;
	return err;
}

static int read_index(struct reading *r, const yaml_node_t *node, struct tlb_scope *sc,
		      enum tlb_index *out)
{
	const yaml_node_t *value = NULL;
	unsigned int index = 0;
	int err = tlb_read_marked(r, node, "index", sc, &value);

	if (!err)
		err = tlb_read_word(r, value, "index", tlb_index_name, &index);
	*out = (enum tlb_index)index;
	return err;
}

/* A mapping with a geometry in it: the functions below find it where .geometry() says. */
static struct tlb_geometry *geometry_of(struct tlb_scope *sc)
{
	return sc->into;
}

static int geo_entries(struct reading *r, const yaml_node_t *node, void *out)
{
	return tlb_read_number(r, node, "entries", out, TLB_MAX_ENTRIES,
			       &geometry_of(out)->entries);
}

static int geo_ways(struct reading *r, const yaml_node_t *node, void *out)
{
	return tlb_read_number(r, node, "ways", out, TLB_MAX_ENTRIES, &geometry_of(out)->ways);
}

static int geo_replacement(struct reading *r, const yaml_node_t *node, void *out)
{
	return read_policy(r, node, out, &geometry_of(out)->policy);
}

static int geo_index(struct reading *r, const yaml_node_t *node, void *out)
{
	return read_index(r, node, out, &geometry_of(out)->index);
}

#define GEOMETRY_KEYS                                                                     \
	{ "entries", geo_entries }, { "ways", geo_ways }, { "source", tlb_scope_source }, \
		{ "replacement", geo_replacement }, { "index", geo_index },               \
	{                                                                                 \
		"verified", tlb_scope_verified                                            \
	}

/* ---- arrays ---- */

/* An array under way; the geometry stands first for geometry_of(). */
struct array_draft {
	struct tlb_geometry geometry;
	struct tlb_array_profile a;
};

static struct array_draft *draft_of(void *out)
{
	return ((struct tlb_scope *)out)->into;
}

static int array_name(struct reading *r, const yaml_node_t *node, void *out)
{
	return tlb_read_text(r, node, "the name of an array", draft_of(out)->a.name, TLB_NAME_LEN);
}

static int array_level(struct reading *r, const yaml_node_t *node, void *out)
{
	uint64_t n = 0;
	int err = reading_number(r, node, "level", 1, TLB_MAX_DEPTH, &n);

	draft_of(out)->a.level = (unsigned int)n;
	return err;
}

static const char *use_word(unsigned int use)
{
	static const char *const names[TLB_NR_USES] = { "fetch", "load", "store" };

	return use < TLB_NR_USES ? names[use] : NULL;
}

static int add_use(struct reading *r, const yaml_node_t *node, void *out)
{
	unsigned int use = 0;
	int err = tlb_read_word(r, node, "for", use_word, &use);

	draft_of(out)->a.uses |= 1u << use;
	return err;
}

static int array_for(struct reading *r, const yaml_node_t *node, void *out)
{
	return tlb_each_item(r, node, out, add_use);
}

static int add_page(struct reading *r, const yaml_node_t *node, void *out)
{
	unsigned int shift = 0;
	int err = tlb_read_size(r, node, &shift);

	draft_of(out)->a.sizes |= UINT64_C(1) << shift;
	return err;
}

static int array_pages(struct reading *r, const yaml_node_t *node, void *out)
{
	return tlb_each_item(r, node, out, add_page);
}

static int array_fragments(struct reading *r, const yaml_node_t *node, void *out)
{
	return tlb_read_flag(r, node, "fragments", &draft_of(out)->a.fragments);
}

static int array_cycles(struct reading *r, const yaml_node_t *node, void *out)
{
	return tlb_read_number(r, node, "hit_cycles", out, TLB_MAX_CYCLES,
			       &draft_of(out)->a.hit_cycles);
}

int tlb_read_array(struct reading *r, const yaml_node_t *node, void *out)
{
	static const struct reading_key keys[] = {
		{ "name", array_name },
		{ "level", array_level },
		{ "for", array_for },
		{ "pages", array_pages },
		{ "fragments", array_fragments },
		GEOMETRY_KEYS,
		{ "hit_cycles", array_cycles },
	};
	struct tlb_scope *section = out;
	struct tlb_profile *p = &section->s->profile;
	struct array_draft draft = { .a = { .level = 1 } };
	struct tlb_scope sc = { .s = section->s,
				.into = &draft,
				.first_mark = section->s->nr_marks,
				.part = section->part };

	if (p->nr_arrays == TLB_MAX_ARRAYS)
		return FAIL(r, node, "there are more than %d arrays", TLB_MAX_ARRAYS);
	int err = reading_mapping(r, node, "an array", keys, sizeof(keys) / sizeof(keys[0]), &sc);

	if (!err && (!*draft.a.name || !draft.a.uses || !draft.a.sizes))
		err = FAIL(r, node, "an array needs name, for and pages");
	if (err)
		return err;
	memcpy(sc.name, draft.a.name, sizeof(sc.name));
	tlb_end_scope(&sc);
	draft.a.geometry = draft.geometry;
	p->array[p->nr_arrays++] = draft.a;
	return 0;
}

/* ---- walks ---- */

struct walk_draft {
	struct tlb_geometry geometry;
	uint32_t level, cycles;
};

static int walk_level(struct reading *r, const yaml_node_t *node, void *out)
{
	uint64_t n = 0;
	int err = reading_number(r, node, "the level of a walk cache", 2, TLB_MAX_TABLES - 1, &n);

	((struct walk_draft *)((struct tlb_scope *)out)->into)->level = (uint32_t)n;
	return err;
}

static int walk_cycles(struct reading *r, const yaml_node_t *node, void *out)
{
	return tlb_read_number(r, node, "cycles", out, TLB_MAX_CYCLES,
			       &((struct walk_draft *)((struct tlb_scope *)out)->into)->cycles);
}

int tlb_read_walk_cache(struct reading *r, const yaml_node_t *node, void *out)
{
	static const struct reading_key keys[] = { { "level", walk_level }, GEOMETRY_KEYS };
	struct tlb_scope *section = out;
	struct tlb_profile *p = &section->s->profile;
	struct walk_draft draft = { .level = 0 };
	struct tlb_scope sc = { .s = section->s,
				.into = &draft,
				.first_mark = section->s->nr_marks,
				.part = section->part };
	int err =
		reading_mapping(r, node, "a walk cache", keys, sizeof(keys) / sizeof(keys[0]), &sc);

	if (!err && (!draft.level || !draft.geometry.entries))
		err = FAIL(r, node, "a walk cache needs level, entries and ways");
	if (!err && p->walk_cache[draft.level].entries)
		err = FAIL(r, node, "that level has a walk cache already");
	if (err)
		return err;
	snprintf(sc.name, sizeof(sc.name), "walk cache %u", draft.level);
	tlb_end_scope(&sc);
	p->walk_cache[draft.level] = draft.geometry;
	return 0;
}

int tlb_read_lines(struct reading *r, const yaml_node_t *node, void *out)
{
	static const struct reading_key keys[] = { GEOMETRY_KEYS, { "cycles", walk_cycles } };
	struct tlb_scope *section = out;
	struct tlb_profile *p = &section->s->profile;
	struct walk_draft draft = { .level = 0 };
	struct tlb_scope sc = { .s = section->s,
				.into = &draft,
				.first_mark = section->s->nr_marks,
				.part = section->part };

	if (p->nr_lines == TLB_MAX_LINES)
		return FAIL(r, node, "there are more than %d caches of table lines", TLB_MAX_LINES);
	int err = reading_mapping(r, node, "a cache of table lines", keys,
				  sizeof(keys) / sizeof(keys[0]), &sc);

	if (err)
		return err;
	snprintf(sc.name, sizeof(sc.name), "table lines %u", p->nr_lines + 1);
	tlb_end_scope(&sc);
	p->lines[p->nr_lines++] = (struct tlb_lines_profile){ draft.geometry, draft.cycles };
	return 0;
}
