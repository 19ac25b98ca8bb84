/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Values of the "tlb" section, and where they are from. A number is a scalar, or a mapping that
 * also says where it is from; what it does not say, its array or the whole section says for it.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/config_tlb.h"

/* ---- words ---- */

int tlb_read_text(struct reading *r, const yaml_node_t *node, const char *what, char *out,
		  size_t size)
{
	const char *text = document_scalar(node);
	bool good = text && *text && strlen(text) < size;

	for (const char *c = text; good && *c; c++)
		good = *c >= ' ' && *c <= '~';
	if (!good)
		return FAIL(r, node, "%s is a text of 1 to %zu plain characters", what, size - 1);
	memcpy(out, text, strlen(text) + 1);
	return 0;
}

int tlb_read_flag(struct reading *r, const yaml_node_t *node, const char *what, bool *out)
{
	const char *text = document_scalar(node);

	*out = text && !strcmp(text, "true");
	if (!*out && (!text || strcmp(text, "false")))
		return FAIL(r, node, "%s is true or false", what);
	return 0;
}

int tlb_read_word(struct reading *r, const yaml_node_t *node, const char *what,
		  const char *(*name)(unsigned int), unsigned int *out)
{
	const char *text = document_scalar(node);
	char all[128] = "";
	size_t n = 0;

	for (*out = 0; name(*out); ++*out) {
		if (text && !strcmp(text, name(*out)))
			return 0;
		n += (size_t)snprintf(all + n, sizeof(all) - n, "%s%s", n ? ", " : "", name(*out));
	}
	return FAIL(r, node, "%s is one of %s", what, all);
}

unsigned int tlb_size_shift(const char *text)
{
	static const char units[] = "KMG";
	char *end;
	unsigned long n = *text >= '1' && *text <= '9' ? strtoul(text, &end, 10) : 0;
	const char *unit = n && *end ? strchr(units, *end) : NULL;

	if (!unit || strcmp(end + 1, "iB") || n & (n - 1) || n > 1024)
		return 0;
	return 10 * (unsigned int)(unit - units + 1) + (unsigned int)__builtin_ctzl(n);
}

int tlb_read_size(struct reading *r, const yaml_node_t *node, unsigned int *shift)
{
	const char *text = document_scalar(node);

	*shift = text ? tlb_size_shift(text) : 0;
	if (*shift < 12 || *shift > 47)
		return FAIL(r, node, "a page size is a power of two such as 4KiB, 2MiB or 1GiB");
	return 0;
}

/* ---- where a number is from ---- */

static const char *verified_word(unsigned int v)
{
	return v + 1 <= TLB_VERIFIED ? tlb_verified_name((enum tlb_verified)(v + 1)) : NULL;
}

static int read_verified(struct reading *r, const yaml_node_t *node, enum tlb_verified *out)
{
	unsigned int v = 0;
	int err = tlb_read_word(r, node, "verified", verified_word, &v);

	*out = (enum tlb_verified)(v + 1);
	return err;
}

struct marked {
	const yaml_node_t *value;
	struct tlb_mark *mark;
};

static int marked_value(struct reading *r, const yaml_node_t *node, void *out)
{
	(void)r;
	((struct marked *)out)->value = node;
	return 0;
}

static int marked_source(struct reading *r, const yaml_node_t *node, void *out)
{
	return tlb_read_text(r, node, "a source", ((struct marked *)out)->mark->source,
			     TLB_SOURCE_LEN);
}

static int marked_verified(struct reading *r, const yaml_node_t *node, void *out)
{
	return read_verified(r, node, &((struct marked *)out)->mark->verified);
}

int tlb_read_marked(struct reading *r, const yaml_node_t *node, const char *what,
		    struct tlb_scope *sc, const yaml_node_t **value)
{
	static const struct reading_key keys[] = { { "value", marked_value },
						   { "source", marked_source },
						   { "verified", marked_verified } };
	struct tlb_spec *s = sc->s;
	struct marked m = { .value = node };
	int err = 0;

	if (s->nr_marks == TLB_MAX_MARKS)
		return FAIL(r, node, "there are more than %d numbers", TLB_MAX_MARKS);
	m.mark = &s->mark[s->nr_marks];
	*m.mark = (struct tlb_mark){ .part = sc->part };
	if (node->type == YAML_MAPPING_NODE) {
		m.value = NULL;
		err = reading_mapping(r, node, what, keys, 3, &m);
		if (!err && !m.value)
			err = FAIL(r, node, "%s needs a value", what);
	}
	if (err)
		return err;
	const char *text = document_scalar(m.value);

	snprintf(m.mark->of, sizeof(m.mark->of), "%s", what);
	snprintf(m.mark->value, sizeof(m.mark->value), "%s", text ? text : "");
	s->nr_marks++;
	*value = m.value;
	return 0;
}

int tlb_read_number(struct reading *r, const yaml_node_t *node, const char *what,
		    struct tlb_scope *sc, uint64_t most, uint32_t *out)
{
	const yaml_node_t *value = NULL;
	uint64_t n = 0;
	int err = tlb_read_marked(r, node, what, sc, &value);

	if (!err)
		err = reading_number(r, value, what, 0, most, &n);
	*out = (uint32_t)n;
	return err;
}

void tlb_end_scope(const struct tlb_scope *sc)
{
	for (unsigned int i = sc->first_mark; i < sc->s->nr_marks; i++) {
		struct tlb_mark *m = &sc->s->mark[i];
		char of[sizeof(m->of)];

		snprintf(of, sizeof(of), "%.24s %.32s", sc->name, m->of);
		if (*sc->name)
			memcpy(m->of, of, sizeof(of));
		/* whoever names a source of its own says whether that is verified, or it is not */
		if (m->verified == TLB_UNSAID && *m->source)
			m->verified = TLB_UNVERIFIED;
		else if (m->verified == TLB_UNSAID)
			m->verified = sc->verified == TLB_UNSAID && *sc->source ? TLB_UNVERIFIED :
										  sc->verified;
		if (!*m->source)
			memcpy(m->source, sc->source, sizeof(m->source));
	}
}

int tlb_scope_source(struct reading *r, const yaml_node_t *node, void *out)
{
	return tlb_read_text(r, node, "a source", ((struct tlb_scope *)out)->source,
			     TLB_SOURCE_LEN);
}

int tlb_scope_verified(struct reading *r, const yaml_node_t *node, void *out)
{
	return read_verified(r, node, &((struct tlb_scope *)out)->verified);
}

/* ---- lists ---- */

int tlb_each_item(struct reading *r, const yaml_node_t *node, void *out,
		  int (*each)(struct reading *r, const yaml_node_t *item, void *out))
{
	int err = 0;

	if (node->type != YAML_SEQUENCE_NODE)
		return each(r, node, out);
	for (const int *i = node->data.sequence.items.start;
	     !err && i < node->data.sequence.items.top; i++)
		err = each(r, reading_node(r, *i), out);
	return err;
}
