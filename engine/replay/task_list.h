/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tasks are in the middle of, one thing each: found by the task, gone through in the order it
 * began. Whatever is listed has a struct task_item as its first member and is its owner's to free.
 *
 * Kernel: none; the record may have begun any number of things and lost their ends
 */
#ifndef KM_TASK_LIST_H
#define KM_TASK_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "engine/core/diag.h"
#include "engine/core/types.h"

struct task_item {
	int32_t pid;
	struct task_item *chain; /* of the same bucket */
	struct task_item *prev, *next;
};

struct task_list {
	struct task_item **bucket;
	size_t nr_buckets; /* a power of two; 0: none yet */
	size_t n;
	struct task_item *first, *last;
};

/* NULL: the task has none. */
void *task_list_of(const struct task_list *l, int32_t pid);

/* Add @item for @pid, which has none. -KM_ENOMEM: it is not listed. */
int task_list_add(struct task_list *l, struct task_item *item, int32_t pid) KM_MUST_CHECK;

/* Take @item, which is listed, off the list. */
void task_list_del(struct task_list *l, struct task_item *item);

/* The buckets only; the items must be gone. */
void task_list_release(struct task_list *l);

#endif
