/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/cost_brackets.h"

#include <stdio.h>
#include <stdlib.h>

static struct bracket *class_of(struct cost_brackets *b, const struct bracket_key *key)
{
	for (unsigned int i = 0; i < b->nr; i++)
		if (b->class[i].key.kind == key->kind && b->class[i].key.of == key->of)
			return &b->class[i];
	if (b->nr == BRACKET_CLASSES)
		return NULL;
	b->class[b->nr] = (struct bracket){ .key = *key,
					    .recorded_ns.bits = HIST_PRECISE,
					    .model_ps.bits = HIST_PRECISE };
	return &b->class[b->nr++];
}

int bracket_add(struct cost_brackets *b, const struct bracket_key *key, uint64_t recorded_ns,
		uint64_t model_ps)
{
	struct bracket *k = class_of(b, key);
	int err = k ? hist_add(&k->recorded_ns, recorded_ns) : 0;

	return err || !k ? err : hist_add(&k->model_ps, model_ps);
}

/*
 * Kernel: mm/page_alloc.c:free_unref_page_list() [6.1]: each page is prepared (mm_page_free), then
 * each is put on the CPU's list (mm_page_free_batched). A list that drains is left out: how long
 * that took is counted with its drain.
 */
static int list_event(struct cost_brackets *b, struct bracket_cpu *k, const struct km_event *ev,
		      const uint64_t *ps)
{
	bool first = ev->kind == KM_EV_PAGE_FREE;
	bool goes_on = k->freed && k->pid == ev->pid && !(first && k->batched);

	if (first && !goes_on)
		*k = (struct bracket_cpu){ .pid = ev->pid, .ts_ns = ev->ts_ns, .freed = 1 };
	else if (first)
		k->freed++;
	else if (goes_on)
		k->batched++;
	else
		*k = (struct bracket_cpu){ 0 };
	if (!k->freed || k->batched < k->freed)
		return 0;
	const struct bracket_key key = { BRACKET_LIST, 31 - (unsigned int)__builtin_clz(k->freed) };
	uint64_t written = (k->freed + k->batched - 1) * ps[COST_TRACE_EVENT];
	int err =
		bracket_add(b, &key, ev->ts_ns - k->ts_ns, k->freed * ps[COST_PAGE_FREE] + written);

	*k = (struct bracket_cpu){ 0 };
	return err;
}

int brackets_event(struct cost_brackets *b, const struct km_event *ev, const uint64_t *ps)
{
	struct bracket_cpu *k = &b->cpu[ev->cpu];

	if (ev->kind == KM_EV_PAGE_FREE || ev->kind == KM_EV_PAGE_FREE_BATCHED)
		return k->ts_ns > ev->ts_ns ? 0 : list_event(b, k, ev, ps);
	*k = (struct bracket_cpu){ .pid = ev->pid,
				   .ts_ns = ev->ts_ns,
				   .page = ev->kind == KM_EV_PAGE_ALLOC,
				   .order = ev->page.order };
	return 0;
}

void brackets_release(struct cost_brackets *b)
{
	for (unsigned int i = 0; i < b->nr; i++) {
		hist_release(&b->class[i].recorded_ns);
		hist_release(&b->class[i].model_ps);
	}
	free(b->cpu);
	*b = (struct cost_brackets){ 0 };
}

void bracket_name(char out[BRACKET_NAME_LEN], const struct bracket *b)
{
	static const struct {
		const char *before, *after;
	} names[BRACKET_NR] = {
		{ "refill order=", "" },   { "refill order=", " zeroed" },
		{ "take order=", "" },	   { "take order=", " zeroed" },
		{ "drain of 2^", "" },	   { "list freed of 2^", "" },
		{ "new slab order=", "" }, { "new slab order=", " constructed" },
		{ "cma_alloc of 2^", "" },
	};

	snprintf(out, BRACKET_NAME_LEN, "%s%u%s", names[b->key.kind].before, b->key.of,
		 names[b->key.kind].after);
}
