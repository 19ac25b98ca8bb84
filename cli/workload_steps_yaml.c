/* SPDX-License-Identifier: GPL-2.0-only */
/* The steps of a workload's threads (kmemlab-workload(5)). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/suggest.h"
#include "cli/workload_reading.h"

enum { MAX_STEPS = 4096 };

static int step_of(struct reading *r, const yaml_node_t *node, struct workload_step *s,
		   enum workload_action action)
{
	if (s->line)
		return FAIL(r, node,
			    "a step does one thing: alloc, free, barrier, shuffle, mark "
			    "or repeat");
	s->action = action;
	s->line = (unsigned int)node->start_mark.line + 1;
	s->column = (unsigned int)node->start_mark.column + 1;
	return 0;
}

/* "100", "12.5%", "freed" */
static int read_amount(struct reading *r, const yaml_node_t *node, unsigned int most_percent,
		       struct workload_amount *a)
{
	const char *text = document_scalar(node);
	unsigned int whole, part = 0;
	char digits[3] = "", sign, more;

	a->unit = AMOUNT_COUNT;
	if (text && !strcmp(text, "freed")) {
		a->unit = AMOUNT_FREED;
		return 0;
	}
	if (!text || !strchr(text, '%'))
		return reading_number(r, node, "an amount (or PERCENT%)", 0, UINT32_MAX, &a->n);
	a->unit = AMOUNT_SHARE;
	if (sscanf(text, "%4u.%2[0-9]%c%c", &whole, digits, &sign, &more) == 3 && sign == '%')
		part = (unsigned int)(digits[0] - '0') * 10 +
		       (unsigned int)(digits[1] ? digits[1] - '0' : 0);
	else if (sscanf(text, "%4u%c%c", &whole, &sign, &more) != 2 || sign != '%')
		whole = most_percent + 1;
	a->n = whole * 100 + part;
	if (a->n > most_percent * 100)
		return FAIL(r, node, "a share is 0%% to %u%%, with two decimals at most",
			    most_percent);
	return 0;
}

static int step_alloc(struct reading *r, const yaml_node_t *node, void *out)
{
	struct workload_step *s = out;
	int err = step_of(r, node, s, WORKLOAD_ALLOC);

	return err ? err : read_amount(r, node, 1000, &s->amount);
}

static int step_free(struct reading *r, const yaml_node_t *node, void *out)
{
	struct workload_step *s = out;
	int err = step_of(r, node, s, WORKLOAD_FREE);

	if (!err)
		err = read_amount(r, node, 100, &s->amount);
	if (!err && s->amount.unit == AMOUNT_FREED)
		err = FAIL(r, node, "free takes a number of objects or a share");
	return err;
}

static int step_mark(struct reading *r, const yaml_node_t *node, void *out)
{
	struct workload_step *s = out;
	int err = step_of(r, node, s, WORKLOAD_MARK);

	return err ? err : reading_name(r, node, "a label", s->label, sizeof(s->label));
}

static int step_repeat(struct reading *r, const yaml_node_t *node, void *out)
{
	struct workload_step *s = out;
	int err = step_of(r, node, s, WORKLOAD_REPEAT);

	return err ? err : reading_number(r, node, "repeat", 1, 1000000000, &s->times);
}

static int add_kind(struct reading *r, const yaml_node_t *node, const yaml_node_t *weight,
		    struct workload_step *s)
{
	const char *name = document_scalar(node);
	struct suggestion sg = { .word = name ? name : "" };
	uint64_t n = 1;
	unsigned int i = 0;
	int err = weight ? reading_number(r, weight, "a weight", 1, 1000000, &n) : 0;

	for (; name && i < r->w->nr_kinds && strcmp(r->w->kind[i].name, name); i++)
		suggestion_offer(&sg, r->w->kind[i].name);
	if (err)
		return err;
	if (!name || i == r->w->nr_kinds)
		return sg.best ? FAIL(r, node, "there is no kind '%s'; did you mean '%s'?", sg.word,
				      sg.best) :
				 FAIL(r, node, "there is no kind '%s' (kinds come before threads)",
				      sg.word);
	s->weight[i] = (uint32_t)n;
	return 0;
}

/* A name, a list of them, or names with weights. */
static int step_kind(struct reading *r, const yaml_node_t *node, void *out)
{
	struct workload_step *s = out;
	int err = 0;

	if (node->type == YAML_SCALAR_NODE)
		return add_kind(r, node, NULL, s);
	if (node->type == YAML_SEQUENCE_NODE ?
		    node->data.sequence.items.start == node->data.sequence.items.top :
		    node->data.mapping.pairs.start == node->data.mapping.pairs.top)
		return FAIL(r, node, "kind names no kind");
	if (node->type == YAML_SEQUENCE_NODE) {
		for (int *i = node->data.sequence.items.start;
		     !err && i < node->data.sequence.items.top; i++)
			err = add_kind(r, reading_node(r, *i), NULL, s);
		return err;
	}
	for (yaml_node_pair_t *p = node->data.mapping.pairs.start;
	     !err && p < node->data.mapping.pairs.top; p++) {
		err = document_check_key(r->doc, node, p, r->d);
		if (!err)
			err = add_kind(r, reading_node(r, p->key), reading_node(r, p->value), s);
	}
	return err;
}

static int step_pick(struct reading *r, const yaml_node_t *node, void *out)
{
	static const char *const names[] = { "random", "oldest", "newest", "address" };
	struct workload_step *s = out;
	const char *text = document_scalar(node);

	for (unsigned int i = 0; text && i < 4; i++)
		if (!strcmp(text, names[i])) {
			s->pick = (enum workload_pick)i;
			return 0;
		}
	return FAIL(r, node, "pick takes random, oldest, newest or address");
}

/* "3/4": three pages of every four */
static int step_part(struct reading *r, const yaml_node_t *node, void *out)
{
	struct workload_step *s = out;
	const char *text = document_scalar(node);
	char more;

	if (!text || sscanf(text, "%4u/%4u%c", &s->part, &s->of, &more) != 2 || !s->part ||
	    s->part > s->of || s->of > 1024)
		return FAIL(r, node,
			    "part takes K/N: K pages of every N (at most 1024) of a block");
	return 0;
}

/* The list's place is kept until the other keys have been read: it may come first. */
static int step_do(struct reading *r, const yaml_node_t *node, void *out)
{
	(void)out;
	if (node->type != YAML_SEQUENCE_NODE)
		return FAIL(r, node, "do is a list of steps");
	return 0;
}

static const yaml_node_t *value_of(const struct reading *r, const yaml_node_t *map, const char *key)
{
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top;
	     p++)
		if (!strcmp(document_scalar(reading_node(r, p->key)), key))
			return reading_node(r, p->value);
	return NULL;
}

static int check_step(struct reading *r, const yaml_node_t *node, struct workload_step *s)
{
	bool moves = s->action == WORKLOAD_ALLOC || s->action == WORKLOAD_FREE, any = false;

	if (!s->line)
		return FAIL(r, node, "a step is alloc, free, barrier, shuffle, mark or repeat");
	if (!moves && value_of(r, node, "kind"))
		return FAIL(r, node, "kind goes with alloc and free");
	if (s->action != WORKLOAD_FREE && (value_of(r, node, "pick") || s->of))
		return FAIL(r, node, "pick and part go with free");
	if (s->action != WORKLOAD_REPEAT && value_of(r, node, "do"))
		return FAIL(r, node, "do goes with repeat");
	for (unsigned int i = 0; i < r->w->nr_kinds; i++)
		any = any || s->weight[i];
	if (moves && !any && s->action == WORKLOAD_ALLOC && r->w->nr_kinds != 1)
		return FAIL(r, node, "alloc needs a kind: there are %u", r->w->nr_kinds);
	for (unsigned int i = 0; moves && !any && i < r->w->nr_kinds; i++)
		s->weight[i] = 1;
	for (unsigned int i = 0; s->of && i < r->w->nr_kinds; i++)
		if (s->weight[i] && r->w->kind[i].file)
			return FAIL(r, node,
				    "part of a block cannot be freed where it is a file's");
	return 0;
}

static int read_step(struct reading *r, const yaml_node_t *node, unsigned int depth,
		     struct workload_step *s)
{
	static const struct reading_key keys[] = {
		{ "alloc", step_alloc },   { "free", step_free }, { "mark", step_mark },
		{ "repeat", step_repeat }, { "kind", step_kind }, { "pick", step_pick },
		{ "part", step_part },	   { "do", step_do },
	};
	const char *word = document_scalar(node);
	int err;

	if (++r->nr_steps > MAX_STEPS)
		return FAIL(r, node, "there are more than %d steps", MAX_STEPS);
	if (word && !strcmp(word, "barrier"))
		return step_of(r, node, s, WORKLOAD_BARRIER);
	if (word && !strcmp(word, "shuffle"))
		return step_of(r, node, s, WORKLOAD_SHUFFLE);
	if (word)
		return FAIL(r, node, "a step that is one word is barrier or shuffle, not '%s'",
			    word);
	err = reading_mapping(r, node, "a step", keys, sizeof(keys) / sizeof(keys[0]), s);
	if (!err)
		err = check_step(r, node, s);
	if (err || s->action != WORKLOAD_REPEAT)
		return err;
	const yaml_node_t *list = value_of(r, node, "do");

	if (!list)
		return FAIL(r, node, "repeat needs 'do', a list of steps");
	if (depth == WORKLOAD_MAX_DEPTH)
		return FAIL(r, node, "repeats are nested more than %d deep", WORKLOAD_MAX_DEPTH);
	return reading_steps(r, list, depth + 1, &s->steps, &s->nr_steps);
}

int reading_steps(struct reading *r, const yaml_node_t *node, unsigned int depth,
		  struct workload_step **out, size_t *nr)
{
	int err = 0;

	if (node->type != YAML_SEQUENCE_NODE ||
	    node->data.sequence.items.top == node->data.sequence.items.start)
		return FAIL(r, node, "do is a list of steps");
	size_t n = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);

	if (n > MAX_STEPS)
		return FAIL(r, node, "there are more than %d steps", MAX_STEPS);
	*out = calloc(n, sizeof(**out));
	if (!*out)
		return km_fail(r->d, KM_ENOMEM, r->doc->name, "out of memory");
	*nr = n;
	for (size_t i = 0; !err && i < n; i++)
		err = read_step(r, reading_node(r, node->data.sequence.items.start[i]), depth,
				&(*out)[i]);
	return err;
}
