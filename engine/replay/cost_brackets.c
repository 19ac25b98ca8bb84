/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/cost_brackets.h"

#include <stdio.h>
#include <stdlib.h>

static struct bracket *class_of(struct cost_brackets *b, enum bracket_kind kind, unsigned int of)
{
	for (unsigned int i = 0; i < b->nr; i++)
		if (b->class[i].kind == kind && b->class[i].of == of)
			return &b->class[i];
	if (b->nr == BRACKET_CLASSES)
		return NULL;
	b->class[b->nr] = (struct bracket){ .kind = kind,
					    .of = of,
					    .recorded_ns.bits = HIST_PRECISE,
					    .model_ps.bits = HIST_PRECISE };
	return &b->class[b->nr++];
}

int bracket_add(struct cost_brackets *b, enum bracket_kind kind, unsigned int of,
		uint64_t recorded_ns, uint64_t model_ps)
{
	struct bracket *k = class_of(b, kind, of);
	int err = k ? hist_add(&k->recorded_ns, recorded_ns) : 0;

	return err || !k ? err : hist_add(&k->model_ps, model_ps);
}

void brackets_release(struct cost_brackets *b)
{
	for (unsigned int i = 0; i < b->nr; i++) {
		hist_release(&b->class[i].recorded_ns);
		hist_release(&b->class[i].model_ps);
	}
	free(b->page);
	*b = (struct cost_brackets){ 0 };
}

void bracket_name(char out[BRACKET_NAME_LEN], const struct bracket *b)
{
	static const struct {
		const char *before, *after;
	} names[BRACKET_NR] = {
		{ "refill order=", "" },   { "refill order=", " zeroed" },
		{ "take order=", "" },	   { "take order=", " zeroed" },
		{ "drain of 2^", "" },	   { "new slab of ", "" },
		{ "cma_alloc of 2^", "" },
	};

	snprintf(out, BRACKET_NAME_LEN, "%s%u%s", names[b->kind].before, b->of,
		 names[b->kind].after);
}
