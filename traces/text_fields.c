/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel prints the fields of an event in one order, so the next key of the form is tried
 * first; any other order works too, keys nobody asked for are passed over.
 */
#include "traces/text.h"

/* Two readers of one trace_pipe may leave this. */
#define GLUED "a second event on the line"

static inline bool is_key_char(char c)
{
	return (unsigned char)((c | 0x20) - 'a') < 26 || (unsigned char)(c - '0') < 10 || c == '_';
}

static inline bool key_here(const struct text_key *k, const char *p, const char *e)
{
	if (e - p < k->len || text_first(text_load(p) ^ text_load(k->text), k->len))
		return false;
	return k->len <= 8 || !memcmp(p + 8, k->text + 8, (size_t)k->len - 8);
}

static const struct text_key *find_key(const struct text_form *f, unsigned int *next, const char *p,
				       const char *e)
{
	if (*next < f->nr_keys && key_here(&f->keys[*next], p, e))
		return &f->keys[(*next)++];
	for (unsigned int i = 0; i < f->nr_keys; i++) {
		if (key_here(&f->keys[i], p, e)) {
			*next = i + 1;
			return &f->keys[i];
		}
	}
	return NULL;
}

static inline int hex_digit(char c)
{
	if ((unsigned char)(c - '0') < 10)
		return c - '0';
	c |= 0x20;
	return (unsigned char)(c - 'a') < 6 ? c - 'a' + 10 : -1;
}

/* The byte behind the digits, NULL where there are none or too many. */
static const char *read_hex(const char *p, const char *e, uint64_t *out)
{
	const char *start = p;
	uint64_t v = 0;
	int h;

	while (p < e && (h = hex_digit(*p)) >= 0) {
		if (v >> 60)
			return NULL;
		v = v << 4 | (uint64_t)h;
		p++;
	}
	*out = v;
	return p == start ? NULL : p;
}

static inline bool has_0x(const char *p, const char *e)
{
	return e - p > 2 && p[0] == '0' && p[1] == 'x';
}

static const char *read_number(const char *p, const char *e, uint64_t *out)
{
	bool minus = p < e && *p == '-';

	p += minus;
	if (has_0x(p, e)) {
		p = read_hex(p + 2, e, out);
		if (!p)
			return NULL;
	} else if (!text_decimal(&p, e, out)) {
		return NULL;
	}
	if (minus)
		*out = -*out;
	return p;
}

/*
 * Hashed or real, as %p prints it; "(null)" and "(nil)" are 0, any other word in parentheses hides
 * the value.
 */
static const char *read_pointer(const char *p, const char *e, struct text_values *v, uint64_t *out)
{
	const char *word = p;

	while (word < e && *word == ' ') /* older kernels: "          (null)" */
		word++;
	if (word < e && *word == '(') {
		p = word;
		const char *close = memchr(p, ')', (size_t)(e - p));
		size_t len = close ? (size_t)(close - p) : 0;

		if (!close)
			return NULL;
		*out = 0;
		v->opaque |= !(len == 5 && !memcmp(p, "(null", 5)) &&
			     !(len == 4 && !memcmp(p, "(nil", 4));
		return close + 1;
	}
	return read_hex(has_0x(p, e) ? p + 2 : p, e, out);
}

/* Behind the last byte of a string: a blank ends it only before the next key. */
static const char *string_end(const char *p, const char *e)
{
	for (const char *q = p; q < e; q++) {
		if (*q != ' ')
			continue;
		const char *k = q + 1;

		while (k < e && is_key_char(*k))
			k++;
		if (k < e && k > q + 1 && *k == '=')
			return q;
	}
	return e;
}

/* " [001] ": only the head of a line has a CPU in brackets. */
static bool has_cpu(const char *p, const char *e)
{
	while (p < e && (p = memchr(p, '[', (size_t)(e - p)))) {
		const char *digits = ++p;

		while (p < e && (unsigned char)(*p - '0') < 10)
			p++;
		if (p - digits >= 3 && e - p >= 2 && p[0] == ']' && p[1] == ' ')
			return true;
	}
	return false;
}

static const char *read_string(const struct text_ctx *c, const char *p, const char *e,
			       uint64_t *out, int *err)
{
	const char *stop = string_end(p, e);

	if (has_cpu(p, stop))
		return NULL;
	int64_t id = text_intern(c->cache, p, (size_t)(stop - p));

	if (id < 0) {
		*err = (int)id;
		return NULL;
	}
	*out = (uint64_t)id;
	return stop;
}

static inline const char *token_end(const char *p, const char *e)
{
	while (p < e && *p != ' ')
		p++;
	return p;
}

static const char *read_bool(const char *p, const char *e, uint64_t *out)
{
	const char *stop = token_end(p, e);

	*out = (stop - p == 4 && !memcmp(p, "true", 4)) ||
	       (stop - p == 7 && !memcmp(p, "success", 7)) || (stop - p == 1 && *p == '1');
	return stop;
}

static const char *read_value(const struct text_ctx *c, const struct text_key *k, const char *p,
			      const char *e, struct text_values *v, int *err)
{
	uint64_t *out = &v->v[k->field];
	const char *stop;

	switch (k->type) {
	case TT_POINTER:
		return read_pointer(p, e, v, out);
	case TT_STRING:
		return read_string(c, p, e, out, err);
	case TT_GFP:
		stop = token_end(p, e);
		*out = text_gfp(c->cache, c->dialect, c->env, p, (size_t)(stop - p));
		return stop;
	case TT_BOOL:
		return read_bool(p, e, out);
	default:
		return read_number(p, e, out);
	}
}

static inline bool ends_value(const char *p, const char *e)
{
	return p == e || *p == ' ' || *p == ',' || *p == ')';
}

int text_fields(const struct text_ctx *c, const struct text_form *f, const char *p, const char *e,
		struct text_values *v, const char **why)
{
	unsigned int next = 0;

	v->seen = 0;
	v->opaque = false;
	while (p < e) {
		const struct text_key *k = *p == ' ' ? NULL : find_key(f, &next, p, e);
		int err = -KM_EFORMAT;

		if (!k) {
			*why = GLUED;
			if (*p == '[' && has_cpu(p, e))
				return -KM_EFORMAT;
			p = *p == ' ' ? p + 1 : token_end(p, e);
			continue;
		}
		*why = k->text;
		p = read_value(c, k, p + k->len, e, v, &err);
		if (!p || !ends_value(p, e))
			return p || err == -KM_EINVAL ? -KM_EFORMAT : err;
		v->seen |= TEXT_BIT(k->field);
		p += p < e;
	}
	if ((v->seen & f->required) == f->required)
		return 0;
	for (unsigned int i = 0; i < f->nr_keys; i++)
		if (f->required & ~v->seen & TEXT_BIT(f->keys[i].field))
			*why = f->keys[i].text;
	return -KM_EFORMAT;
}
