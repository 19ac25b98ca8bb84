/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The "costs" section of a document (kmemlab-costs(5)) into a struct cost_table. An entry is a
 * number of picoseconds, or a mapping that also says where it is from; what it does not say, the
 * section says for it.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/config_tlb.h"
#include "cli/costs.h"
#include "cli/suggest.h"

/* ---- an entry ---- */

static const char *verified_word(unsigned int v)
{
	return cost_verified_name(v + 1);
}

static int read_verified(struct reading *r, const yaml_node_t *node, uint8_t *out)
{
	unsigned int v = 0;
	int err = tlb_read_word(r, node, "verified", verified_word, &v);

	*out = (uint8_t)(v + 1);
	return err;
}

struct entry {
	struct cost_entry *e;
	const char *name;
	bool has_value;
};

static int read_ps(struct reading *r, const yaml_node_t *node, struct entry *x)
{
	x->has_value = true;
	return reading_number(r, node, x->name, 0, COST_MOST_PS, &x->e->ps);
}

static int entry_value(struct reading *r, const yaml_node_t *node, void *out)
{
	return read_ps(r, node, out);
}

static int entry_source(struct reading *r, const yaml_node_t *node, void *out)
{
	return tlb_read_text(r, node, "a source", ((struct entry *)out)->e->source,
			     COST_SOURCE_LEN);
}

static int entry_verified(struct reading *r, const yaml_node_t *node, void *out)
{
	return read_verified(r, node, &((struct entry *)out)->e->verified);
}

/* What is given anew says anew where it is from. */
static int read_entry(struct reading *r, const yaml_node_t *node, struct cost_entry *e,
		      const char *name)
{
	static const struct reading_key keys[] = { { "value", entry_value },
						   { "source", entry_source },
						   { "verified", entry_verified } };
	struct entry x = { .e = e, .name = name };
	int err;

	*e = (struct cost_entry){ 0 };
	if (node->type != YAML_MAPPING_NODE)
		return read_ps(r, node, &x);
	err = reading_mapping(r, node, name, keys, 3, &x);
	return err || x.has_value ? err : FAIL(r, node, "%s needs a value", name);
}

/* ---- the section ---- */

struct section {
	struct cost_table *t;
	char source[COST_SOURCE_LEN];
	uint8_t verified;
	bool own[COST_NR_ITEMS]; /* given here, not by what it is like */
};

static unsigned int item_of(const char *name)
{
	unsigned int i = 0;

	while (i < COST_NR_ITEMS && strcmp(cost_item_name(i), name))
		i++;
	return i;
}

static int unknown(struct reading *r, const yaml_node_t *node, const char *name)
{
	static const char *const others[] = { "name", "describe", "like", "source", "verified" };
	struct suggestion near = { .word = name };

	for (unsigned int i = 0; i < COST_NR_ITEMS; i++)
		suggestion_offer(&near, cost_item_name(i));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		suggestion_offer(&near, others[i]);
	if (near.best)
		return FAIL(r, node, "a table of costs has no '%s'; did you mean '%s'?", name,
			    near.best);
	return FAIL(r, node, "a table of costs has no '%s'; kmemlab-costs(5) lists its entries",
		    name);
}

static int read_key(struct reading *r, const yaml_node_t *key, const yaml_node_t *value,
		    struct section *s)
{
	const char *name = document_scalar(key);
	unsigned int item = item_of(name);

	if (item < COST_NR_ITEMS) {
		s->own[item] = true;
		return read_entry(r, value, &s->t->item[item], name);
	}
	if (!strcmp(name, "like"))
		return 0; /* read_like() saw to it */
	if (!strcmp(name, "name"))
		return reading_name(r, value, "the name of a table of costs", s->t->name,
				    COST_NAME_LEN);
	if (!strcmp(name, "describe"))
		return tlb_read_text(r, value, "describe", s->t->describe, COST_DESCRIBE_LEN);
	if (!strcmp(name, "source"))
		return tlb_read_text(r, value, "a source", s->source, COST_SOURCE_LEN);
	if (!strcmp(name, "verified"))
		return read_verified(r, value, &s->verified);
	return unknown(r, key, name);
}

static int read_shipped(struct reading *r, const yaml_node_t *node, struct cost_table *t)
{
	const char *name = document_scalar(node);
	struct km_diag d = { 0 };

	if (!name)
		return FAIL(r, node,
			    "the name of a table of costs is wanted; 'kmemlab list costs' shows "
			    "them");
	int err = costs_find(t, name, &d);

	return err == -KM_ENOENT ? FAIL(r, node, "%s", d.what) :
	       err		 ? km_fail(r->d, KM_ENOMEM, d.where, "%s", d.what) :
				   0;
}

static int read_like(struct reading *r, const yaml_node_t *map, struct cost_table *t)
{
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top;
	     p++) {
		const char *key = document_scalar(reading_node(r, p->key));

		if (key && !strcmp(key, "like"))
			return read_shipped(r, reading_node(r, p->value), t);
	}
	return 0;
}

/* Whoever names a source of its own says whether that is verified, or it is not. */
static void end_section(struct section *s)
{
	for (unsigned int i = 0; i < COST_NR_ITEMS; i++) {
		struct cost_entry *e = &s->t->item[i];

		if (!s->own[i])
			continue;
		if (e->verified == COST_UNSAID)
			e->verified = *e->source || s->verified == COST_UNSAID ? COST_UNVERIFIED :
										 s->verified;
		if (!*e->source)
			memcpy(e->source, s->source, sizeof(e->source));
	}
}

static int read_costs(struct document *doc, const yaml_node_t *node, struct cost_table *t,
		      struct km_diag *d)
{
	struct reading r = { .doc = doc, .d = d };
	struct section s = { .t = t };
	struct km_diag why = { 0 };

	*t = (struct cost_table){ .name = "unnamed" };
	if (document_scalar(node))
		return read_shipped(&r, node, t);
	if (node->type != YAML_MAPPING_NODE)
		return FAIL(&r, node, "costs is the name of a table, or a mapping of keys");
	int err = read_like(&r, node, t);

	for (yaml_node_pair_t *p = node->data.mapping.pairs.start;
	     !err && p < node->data.mapping.pairs.top; p++) {
		err = document_check_key(doc, node, p, d);
		if (!err)
			err = read_key(&r, reading_node(&r, p->key), reading_node(&r, p->value),
				       &s);
	}
	if (err)
		return err;
	end_section(&s);
	if (cost_table_check(t, &why))
		return FAIL(&r, node, "%s: %s", why.where, why.what);
	return 0;
}

/* ---- sections that are no table of keys ---- */

bool config_is_part(const char *key)
{
	return !strcmp(key, "tlb") || !strcmp(key, "costs");
}

int config_read_part(struct config *c, struct document *doc, const yaml_node_t *key,
		     const yaml_node_t *value, struct km_diag *d)
{
	if (!strcmp(document_scalar(key), "tlb")) {
		c->has_tlb = true;
		return tlb_read(doc, value, &c->tlb, d);
	}
	c->has_costs = true;
	return read_costs(doc, value, &c->costs, d);
}

/* ---- printing ---- */

/* Text of plain characters between double quotes. */
static void print_quoted(const char *text, FILE *to)
{
	putc('"', to);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putc('\\', to);
		putc(*text, to);
	}
	putc('"', to);
}

void config_print_costs(const struct cost_table *t, FILE *to)
{
	fputs("costs:\n  name: ", to);
	print_quoted(t->name, to);
	if (*t->describe) {
		fputs("\n  describe: ", to);
		print_quoted(t->describe, to);
	}
	putc('\n', to);
	for (unsigned int i = 0; i < COST_NR_ITEMS; i++) {
		const struct cost_entry *e = &t->item[i];

		fprintf(to, "  %s: {value: %" PRIu64, cost_item_name(i), e->ps);
		if (*e->source) {
			fputs(", source: ", to);
			print_quoted(e->source, to);
		}
		fprintf(to, ", verified: %s}\n", cost_verified_name(e->verified));
	}
}
