/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/stat/table.h"

#include <stdlib.h>

enum { FIRST_ROWS = 64 };

static size_t hash_of(uint64_t key, uint32_t sub)
{
	uint64_t h = (key ^ (uint64_t)sub << 40) * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(h ^ h >> 32);
}

static void place(struct stat_table *t, uint32_t row)
{
	size_t at = hash_of(t->rows[row].key, t->rows[row].sub) & (t->nr_slots - 1);

	while (t->slots[at])
		at = (at + 1) & (t->nr_slots - 1);
	t->slots[at] = row + 1;
}

static int grow(struct stat_table *t)
{
	size_t room = t->room ? t->room * 2 : FIRST_ROWS;

	if (room > UINT32_MAX / 2)
		return -KM_ENOMEM;
	struct stat_row *rows = realloc(t->rows, room * sizeof(*rows));

	if (!rows)
		return -KM_ENOMEM;
	t->rows = rows;
	uint32_t *slots = calloc(room * 2, sizeof(*slots));

	if (!slots)
		return -KM_ENOMEM;
	free(t->slots);
	t->slots = slots;
	t->nr_slots = room * 2;
	t->room = room;
	for (size_t i = 0; i < t->count; i++)
		place(t, (uint32_t)i);
	return 0;
}

void stat_table_release(struct stat_table *t)
{
	free(t->rows);
	free(t->slots);
	*t = (struct stat_table){ 0 };
}

int64_t stat_table_row(struct stat_table *t, uint64_t key, uint32_t sub)
{
	if (t->count == t->room && grow(t))
		return -KM_ENOMEM;
	size_t at = hash_of(key, sub) & (t->nr_slots - 1);

	while (t->slots[at]) {
		uint32_t i = t->slots[at] - 1;

		if (t->rows[i].key == key && t->rows[i].sub == sub)
			return i;
		at = (at + 1) & (t->nr_slots - 1);
	}
	t->rows[t->count] = (struct stat_row){ .key = key, .sub = sub };
	t->slots[at] = (uint32_t)++t->count;
	return (int64_t)t->count - 1;
}
