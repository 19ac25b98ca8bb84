/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/snap.h"

enum { SHOWN = 60 };

void snap_lines_init(struct snap_lines *l, const char *data, size_t len, const char *where,
		     struct km_diag *d)
{
	*l = (struct snap_lines){ .p = data, .end = data + len, .where = where, .d = d };
}

bool snap_next(struct snap_lines *l)
{
	while (l->p < l->end) {
		const char *nl = memchr(l->p, '\n', (size_t)(l->end - l->p)), *word, *p = l->p;

		l->line = l->p;
		l->stop = nl ? nl : l->end;
		l->p = nl ? nl + 1 : l->end;
		l->nr++;
		if (snap_word(&p, l->stop, &word))
			return true;
	}
	return false;
}

int snap_fail(const struct snap_lines *l, const char *what)
{
	char where[512];
	int n = l->stop - l->line > SHOWN ? SHOWN : (int)(l->stop - l->line);

	snprintf(where, sizeof(where), "%s:%u", l->where, l->nr);
	return km_fail(l->d, KM_EFORMAT, where, "%s: \"%.*s\"", what, n, l->line);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

size_t snap_word(const char **p, const char *stop, const char **word)
{
	const char *q = *p;

	while (q < stop && is_blank(*q))
		q++;
	*word = q;
	while (q < stop && !is_blank(*q))
		q++;
	*p = q;
	return (size_t)(q - *word);
}

bool snap_is(const char *word, size_t len, const char *text)
{
	return strlen(text) == len && !memcmp(word, text, len);
}

bool snap_number(const char **p, const char *stop, uint64_t *out)
{
	const char *q = *p, *word;
	size_t len = snap_word(&q, stop, &word);
	uint64_t v = 0;

	for (size_t i = 0; i < len; i++) {
		if (word[i] < '0' || word[i] > '9' || __builtin_mul_overflow(v, UINT64_C(10), &v) ||
		    __builtin_add_overflow(v, (uint64_t)(word[i] - '0'), &v))
			return false;
	}
	if (!len)
		return false;
	*p = q;
	*out = v;
	return true;
}

bool snap_zone_name(const struct snap_lines *l, const char **p, int *node, char name[KM_NAME_LEN])
{
	const char *word;
	uint64_t nr = 0;

	*p = l->line;
	size_t len = snap_word(p, l->stop, &word);

	if (!snap_is(word, len, "Node"))
		return false;
	len = snap_word(p, l->stop, &word);
	if (len < 2 || len > 6 || word[len - 1] != ',')
		return false;
	for (size_t i = 0; i + 1 < len; i++) {
		if (word[i] < '0' || word[i] > '9')
			return false;
		nr = nr * 10 + (uint64_t)(word[i] - '0');
	}
	*node = (int)nr;
	len = snap_word(p, l->stop, &word);
	if (!snap_is(word, len, "zone"))
		return false;
	len = snap_word(p, l->stop, &word);
	len -= len && word[len - 1] == ',';
	if (!len || len >= KM_NAME_LEN || memchr(word, '\0', len))
		return false;
	memcpy(name, word, len);
	name[len] = '\0';
	return true;
}

struct km_snap_zone *snap_zone(struct km_snapshot *s, int node, const char *name)
{
	unsigned int index = 0;

	for (unsigned int i = 0; i < s->nr_zones; i++) {
		if (s->zones[i].node != node)
			continue;
		if (!strcmp(s->zones[i].name, name))
			return &s->zones[i];
		index = s->zones[i].index + 1;
	}
	if (s->nr_zones == KM_MAX_ZONES)
		return NULL;
	struct km_snap_zone *zones = realloc(s->zones, (s->nr_zones + 1) * sizeof(*zones));

	if (!zones)
		return NULL;
	s->zones = zones;
	zones += s->nr_zones++;
	*zones = (struct km_snap_zone){ .node = node, .index = index };
	snprintf(zones->name, sizeof(zones->name), "%s", name);
	return zones;
}
