/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Open addressing over FNV-1a; strings live in chunks that never move, so pointers stay good.
 */
#include "engine/core/strtab.h"

#include <stdlib.h>
#include <string.h>

#include "engine/core/diag.h"

enum { CHUNK_BYTES = 64 * 1024, MAX_STRING = 4096 };

struct chunk {
	struct chunk *next;
	size_t used;
	char text[];
};

struct strtab {
	const char **text; /* by id */
	uint32_t *hash_of; /* by id */
	size_t count, room;
	uint32_t *slots; /* id + 1, 0: free */
	size_t nr_slots; /* a power of two */
	struct chunk *chunks;
};

static uint32_t hash_bytes(const char *text, size_t len)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)text[i]) * 16777619u;
	return h;
}

static char *store(struct strtab *s, const char *text, size_t len)
{
	struct chunk *c = s->chunks;

	if (!c || c->used + len + 1 > CHUNK_BYTES) {
		c = malloc(sizeof(*c) + CHUNK_BYTES);
		if (!c)
			return NULL;
		c->next = s->chunks;
		c->used = 0;
		s->chunks = c;
	}
	char *at = c->text + c->used;

	memcpy(at, text, len);
	at[len] = '\0';
	c->used += len + 1;
	return at;
}

static void place(struct strtab *s, uint32_t id)
{
	size_t i = s->hash_of[id] & (s->nr_slots - 1);

	while (s->slots[i])
		i = (i + 1) & (s->nr_slots - 1);
	s->slots[i] = id + 1;
}

static int grow(struct strtab *s)
{
	size_t room = s->room ? s->room * 2 : 256;
	const char **text = realloc(s->text, room * sizeof(*text));

	if (!text)
		return -KM_ENOMEM;
	s->text = text;
	uint32_t *hash_of = realloc(s->hash_of, room * sizeof(*hash_of));

	if (!hash_of)
		return -KM_ENOMEM;
	s->hash_of = hash_of;
	uint32_t *slots = calloc(room * 2, sizeof(*slots));

	if (!slots)
		return -KM_ENOMEM;
	free(s->slots);
	s->slots = slots;
	s->nr_slots = room * 2;
	s->room = room;
	for (uint32_t id = 0; id < s->count; id++)
		place(s, id);
	return 0;
}

int64_t strtab_intern(struct strtab *s, const char *text, size_t len)
{
	uint32_t h = hash_bytes(text, len);

	if (len > MAX_STRING || s->count >= INT32_MAX || memchr(text, '\0', len))
		return -KM_EINVAL;
	for (size_t i = s->nr_slots ? h & (s->nr_slots - 1) : 0; s->nr_slots && s->slots[i];
	     i = (i + 1) & (s->nr_slots - 1)) {
		uint32_t id = s->slots[i] - 1;

		if (s->hash_of[id] == h && !strncmp(s->text[id], text, len) && !s->text[id][len])
			return id;
	}
	if (s->count == s->room && grow(s))
		return -KM_ENOMEM;
	const char *at = store(s, text, len);

	if (!at)
		return -KM_ENOMEM;
	uint32_t id = (uint32_t)s->count++;

	s->text[id] = at;
	s->hash_of[id] = h;
	place(s, id);
	return id;
}

int strtab_open(struct strtab **out)
{
	struct strtab *s = calloc(1, sizeof(*s));

	if (!s)
		return -KM_ENOMEM;
	if (strtab_intern(s, "", 0) != 0) {
		strtab_close(s);
		return -KM_ENOMEM;
	}
	*out = s;
	return 0;
}

void strtab_close(struct strtab *s)
{
	if (!s)
		return;
	while (s->chunks) {
		struct chunk *c = s->chunks;

		s->chunks = c->next;
		free(c);
	}
	free(s->text);
	free(s->hash_of);
	free(s->slots);
	free(s);
}

const char *strtab_get(const struct strtab *s, uint32_t id)
{
	return id < s->count ? s->text[id] : "";
}

size_t strtab_count(const struct strtab *s)
{
	return s->count;
}
