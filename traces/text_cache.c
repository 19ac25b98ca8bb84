/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Call sites, tasks, gfp lists and event names repeat millions of times: direct-mapped tables in
 * front of the string table, the dialect and the forms. A miss costs what it cost before, and
 * replaces the entry.
 */
#include "traces/text.h"

#include "engine/core/gfp.h"

#include <stdlib.h>

enum {
	STRING_SLOTS = 4096,
	GFP_SLOTS = 256,
	GFP_BYTES = 112,
	FORM_SLOTS = 256,
	FORM_BYTES = 48,
	MAX_STRING = 4096
};

struct string_slot {
	const char *text; /* the string table's own copy; NULL: empty */
	uint64_t hash;
	uint32_t id, len;
};

struct gfp_slot {
	char text[GFP_BYTES];
	uint32_t len, bits;
	bool used;
};

struct form_slot {
	char name[FORM_BYTES];
	size_t len;
	const struct text_form *form;
};

struct text_cache {
	struct strtab *strings;
	struct string_slot string[STRING_SLOTS];
	struct gfp_slot gfp[GFP_SLOTS];
	struct form_slot form[FORM_SLOTS];
};

int text_cache_open(struct text_cache **out, struct strtab *strings)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -KM_ENOMEM;
	(*out)->strings = strings;
	return 0;
}

void text_cache_close(struct text_cache *c)
{
	free(c);
}

static inline uint64_t hash_text(const char *p, size_t len)
{
	const uint64_t k = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t h = len * k;

	for (; len >= 8; p += 8, len -= 8) {
		h = (h ^ text_load(p)) * k;
		h ^= h >> 29;
	}
	h = (h ^ text_first(text_load(p), len)) * k;
	return h ^ h >> 32;
}

int64_t text_intern(struct text_cache *c, const char *p, size_t len)
{
	if (!len)
		return 0;
	if (len > MAX_STRING)
		return -KM_EINVAL;
	uint64_t hash = hash_text(p, len);
	struct string_slot *s = &c->string[hash % STRING_SLOTS];

	if (s->text && s->hash == hash && s->len == len && !memcmp(s->text, p, len))
		return s->id;
	int64_t id = strtab_intern(c->strings, p, len);

	if (id < 0)
		return id;
	*s = (struct string_slot){ strtab_get(c->strings, (uint32_t)id), hash, (uint32_t)id,
				   (uint32_t)len };
	return id;
}

/* Memory that runs out here comes to light at the next string. */
static void note_unknown(const struct dialect *d, const struct reader_env *env, const char *p,
			 size_t len)
{
	const char *end = p + len, *name;

	while (env->add_notice && dialect_gfp_unknown(d, &p, end, &name, &len))
		(void)!env->add_notice(env->ctx, DIALECT_GFP_NOTICE, name, len);
}

uint32_t text_gfp(struct text_cache *c, const struct dialect *d, const struct reader_env *env,
		  const char *p, size_t len)
{
	struct gfp_slot *s = &c->gfp[hash_text(p, len) % GFP_SLOTS];
	bool hit = s->used && s->len == len && !memcmp(s->text, p, len);
	uint32_t bits = hit ? s->bits : dialect_gfp_text(d, p, len);

	if (bits & KM_GFP_OTHER)
		note_unknown(d, env, p, len);
	if (!hit && len <= GFP_BYTES) {
		memcpy(s->text, p, len);
		s->len = (uint32_t)len;
		s->bits = bits;
		s->used = true;
	}
	return bits;
}

const struct text_form *text_cached_form(struct text_cache *c, const char *name, size_t len)
{
	struct form_slot *s = &c->form[hash_text(name, len) % FORM_SLOTS];

	if (s->len == len && !memcmp(s->name, name, len))
		return s->form;
	const struct text_form *form = text_form(name, len);

	if (len <= FORM_BYTES) {
		memcpy(s->name, name, len);
		s->len = len;
		s->form = form;
	}
	return form;
}
