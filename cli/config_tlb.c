/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The "tlb" section of a document (kmemlab-tlb(5)) into a struct tlb_spec.
 */
#include <string.h>

#include "cli/config_tlb.h"

/* ---- the section ---- */

/* What a scope's marks were before it: a key that is given anew replaces those of its own. */
static void drop_part(struct tlb_spec *s, uint8_t part)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < s->nr_marks; i++)
		if (s->mark[i].part != part)
			s->mark[kept++] = s->mark[i];
	s->nr_marks = kept;
}

static struct tlb_spec *spec_of(void *out)
{
	return ((struct tlb_scope *)out)->s;
}

enum part { PART_NONE, PART_ARRAYS, PART_CACHES, PART_LINES, PART_MEMORY, PART_SPACES, PART_FLUSH };

static void begin_part(struct tlb_scope *sc, enum part part)
{
	drop_part(sc->s, (uint8_t)part);
	sc->part = (uint8_t)part;
}

static int key_name(struct reading *r, const yaml_node_t *node, void *out)
{
	return reading_name(r, node, "the name of a TLB", spec_of(out)->profile.name, TLB_NAME_LEN);
}

static int key_describe(struct reading *r, const yaml_node_t *node, void *out)
{
	return tlb_read_text(r, node, "describe", spec_of(out)->describe, TLB_DESCRIBE_LEN);
}

static int key_like(struct reading *r, const yaml_node_t *node, void *out)
{
	(void)r;
	(void)node;
	(void)out;
	return 0; /* read_like() saw to it */
}

static int key_page_size(struct reading *r, const yaml_node_t *node, void *out)
{
	return tlb_read_size(r, node, &spec_of(out)->profile.page_shift);
}

static int tables_levels(struct reading *r, const yaml_node_t *node, void *out)
{
	uint64_t n = 0;
	int err = reading_number(r, node, "levels", 1, TLB_MAX_TABLES - 1, &n);

	spec_of(out)->profile.nr_tables = (unsigned int)n;
	return err;
}

static int tables_entries(struct reading *r, const yaml_node_t *node, void *out)
{
	uint64_t n = 0;
	int err = reading_number(r, node, "the entries of a table", 512, 8192, &n);

	if (!err && n & (n - 1))
		err = FAIL(r, node, "the entries of a table are a power of two");
	if (!err)
		spec_of(out)->profile.table_bits = (unsigned int)__builtin_ctzll(n);
	return err;
}

static int key_tables(struct reading *r, const yaml_node_t *node, void *out)
{
	static const struct reading_key keys[] = { { "levels", tables_levels },
						   { "entries", tables_entries } };

	return reading_mapping(r, node, "tables", keys, 2, out);
}

static int key_arrays(struct reading *r, const yaml_node_t *node, void *out)
{
	begin_part(out, PART_ARRAYS);
	spec_of(out)->profile.nr_arrays = 0;
	return tlb_each_item(r, node, out, tlb_read_array);
}

static int key_walk_caches(struct reading *r, const yaml_node_t *node, void *out)
{
	struct tlb_profile *p = &spec_of(out)->profile;

	begin_part(out, PART_CACHES);
	memset(p->walk_cache, 0, sizeof(p->walk_cache));
	return tlb_each_item(r, node, out, tlb_read_walk_cache);
}

static int key_table_lines(struct reading *r, const yaml_node_t *node, void *out)
{
	begin_part(out, PART_LINES);
	spec_of(out)->profile.nr_lines = 0;
	return tlb_each_item(r, node, out, tlb_read_lines);
}

static int key_memory_cycles(struct reading *r, const yaml_node_t *node, void *out)
{
	begin_part(out, PART_MEMORY);
	return tlb_read_number(r, node, "memory_cycles", out, TLB_MAX_CYCLES,
			       &spec_of(out)->profile.memory_cycles);
}

static int spaces_kind(struct reading *r, const yaml_node_t *node, void *out)
{
	unsigned int kind = 0;
	int err = tlb_read_word(r, node, "the kind of address spaces", tlb_spaces_name, &kind);

	spec_of(out)->profile.spaces = (enum tlb_spaces)kind;
	return err;
}

static int spaces_count(struct reading *r, const yaml_node_t *node, void *out)
{
	return tlb_read_number(r, node, "address spaces", out, UINT32_MAX,
			       &spec_of(out)->profile.nr_spaces);
}

static int spaces_pti(struct reading *r, const yaml_node_t *node, void *out)
{
	return tlb_read_flag(r, node, "pti", &spec_of(out)->profile.pti);
}

static int key_spaces(struct reading *r, const yaml_node_t *node, void *out)
{
	static const struct reading_key keys[] = { { "kind", spaces_kind },
						   { "count", spaces_count },
						   { "pti", spaces_pti } };

	begin_part(out, PART_SPACES);
	return reading_mapping(r, node, "spaces", keys, 3, out);
}

static int flush_ceiling(struct reading *r, const yaml_node_t *node, void *out)
{
	return tlb_read_number(r, node, "flush ceiling", out, UINT32_MAX,
			       &spec_of(out)->profile.flush_ceiling_pages);
}

static int flush_broadcast(struct reading *r, const yaml_node_t *node, void *out)
{
	return tlb_read_flag(r, node, "broadcast", &spec_of(out)->profile.broadcast);
}

static int key_flush(struct reading *r, const yaml_node_t *node, void *out)
{
	static const struct reading_key keys[] = { { "ceiling", flush_ceiling },
						   { "broadcast", flush_broadcast } };

	begin_part(out, PART_FLUSH);
	return reading_mapping(r, node, "flush", keys, 2, out);
}

/* A shipped TLB, by its name. */
static int read_shipped(struct reading *r, const yaml_node_t *node, struct tlb_spec *s)
{
	const char *name = document_scalar(node);
	struct km_diag d = { 0 };

	if (!name)
		return FAIL(r, node, "the name of a TLB is wanted; 'kmemlab list tlbs' shows them");
	int err = tlb_spec_find(s, name, &d);

	return err == -KM_ENOENT ? FAIL(r, node, "%s", d.what) :
	       err		 ? km_fail(r->d, KM_ENOMEM, d.where, "%s", d.what) :
				   0;
}

/* What the section is like, before its own keys. */
static int read_like(struct reading *r, const yaml_node_t *map, struct tlb_spec *s)
{
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top;
	     p++) {
		const char *key = document_scalar(reading_node(r, p->key));

		if (key && !strcmp(key, "like"))
			return read_shipped(r, reading_node(r, p->value), s);
	}
	return 0;
}

int tlb_read(struct document *doc, const yaml_node_t *node, struct tlb_spec *s, struct km_diag *d)
{
	static const struct reading_key keys[] = {
		{ "name", key_name },
		{ "describe", key_describe },
		{ "like", key_like },
		{ "page_size", key_page_size },
		{ "tables", key_tables },
		{ "arrays", key_arrays },
		{ "walk_caches", key_walk_caches },
		{ "table_lines", key_table_lines },
		{ "memory_cycles", key_memory_cycles },
		{ "spaces", key_spaces },
		{ "flush", key_flush },
		{ "source", tlb_scope_source },
		{ "verified", tlb_scope_verified },
	};
	struct reading r = { .doc = doc, .d = d };
	struct tlb_scope sc = { .s = s, .verified = TLB_UNVERIFIED };
	struct km_diag why = { 0 };
	int err;

	*s = (struct tlb_spec){ .profile = { .name = "unnamed",
					     .page_shift = 12,
					     .table_bits = 9,
					     .nr_tables = 4,
					     .flush_ceiling_pages = 33 } };
	if (document_scalar(node))
		return read_shipped(&r, node, s);
	if (node->type != YAML_MAPPING_NODE)
		return FAIL(&r, node, "tlb is the name of a TLB, or a mapping of keys");
	err = read_like(&r, node, s);
	if (!err)
		err = reading_mapping(&r, node, "a TLB", keys, sizeof(keys) / sizeof(keys[0]), &sc);
	if (err)
		return err;
	tlb_end_scope(&sc);
	if (tlb_profile_check(&s->profile, &why))
		return FAIL(&r, node, "%s: %s", why.where, why.what);
	return 0;
}
