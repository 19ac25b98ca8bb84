/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/replay/task_list.h"

#include <stdlib.h>

enum { FIRST_BUCKETS = 16 };

static struct task_item **bucket_of(const struct task_list *l, int32_t pid)
{
	uint64_t mixed = (uint64_t)(uint32_t)pid * 0x9e3779b97f4a7c15u;

	return &l->bucket[(mixed >> 32) & (l->nr_buckets - 1)];
}

void *task_list_of(const struct task_list *l, int32_t pid)
{
	struct task_item *i = l->n ? *bucket_of(l, pid) : NULL;

	while (i && i->pid != pid)
		i = i->chain;
	return i;
}

static void enter(struct task_list *l, struct task_item *item)
{
	struct task_item **b = bucket_of(l, item->pid);

	item->chain = *b;
	*b = item;
}

static int grow(struct task_list *l)
{
	size_t n = l->nr_buckets ? l->nr_buckets * 2 : FIRST_BUCKETS;
	struct task_item **bucket = calloc(n, sizeof(*bucket));

	if (!bucket)
		return -KM_ENOMEM;
	free(l->bucket);
	l->bucket = bucket;
	l->nr_buckets = n;
	for (struct task_item *i = l->first; i; i = i->next)
		enter(l, i);
	return 0;
}

int task_list_add(struct task_list *l, struct task_item *item, int32_t pid)
{
	if (l->n == l->nr_buckets && grow(l))
		return -KM_ENOMEM;
	*item = (struct task_item){ .pid = pid, .prev = l->last };
	*(l->last ? &l->last->next : &l->first) = item;
	l->last = item;
	l->n++;
	enter(l, item);
	return 0;
}

void task_list_del(struct task_list *l, struct task_item *item)
{
	struct task_item **at = bucket_of(l, item->pid);

	while (*at != item)
		at = &(*at)->chain;
	*at = item->chain;
	*(item->prev ? &item->prev->next : &l->first) = item->next;
	*(item->next ? &item->next->prev : &l->last) = item->prev;
	l->n--;
}

void task_list_release(struct task_list *l)
{
	free(l->bucket);
	*l = (struct task_list){ 0 };
}
