/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Symbols are sorted by address, aliases in the file's order, and the first alias names an
 * address, as in the kernel. Every answer is remembered: a trace has a few hundred call sites and
 * tasks.
 *
 * Kernel: kernel/kallsyms.c:get_symbol_pos(), __sprint_symbol() [6.1 6.12]
 */
#include "traces/dat_syms.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/core/diag.h"

enum { MAX_SIZELESS_BYTES = 1 << 20 };

struct symbol {
	uint64_t addr;
	uint32_t line; /* order in the text */
	uint16_t len, module_len;
	const char *name, *module;
};

/* u64 → string id + 1, open addressing. */
struct id_map {
	uint64_t *keys;
	uint32_t *ids;
	size_t room, count; /* room: a power of two, or 0 */
};

struct dat_syms {
	struct strtab *strings;
	struct symbol *symbols;
	size_t nr_symbols, room;
	struct id_map sites, comms;
};

static size_t slot_of(const struct id_map *m, uint64_t key)
{
	size_t i = (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 20) & (m->room - 1);

	while (m->ids[i] && m->keys[i] != key)
		i = (i + 1) & (m->room - 1);
	return i;
}

static int map_grow(struct id_map *m)
{
	struct id_map bigger = { .room = m->room ? m->room * 2 : 1024, .count = m->count };

	bigger.keys = calloc(bigger.room, sizeof(*bigger.keys));
	bigger.ids = calloc(bigger.room, sizeof(*bigger.ids));
	if (!bigger.keys || !bigger.ids) {
		free(bigger.keys);
		free(bigger.ids);
		return -KM_ENOMEM;
	}
	for (size_t i = 0; i < m->room; i++) {
		if (m->ids[i]) {
			size_t to = slot_of(&bigger, m->keys[i]);

			bigger.keys[to] = m->keys[i];
			bigger.ids[to] = m->ids[i];
		}
	}
	free(m->keys);
	free(m->ids);
	*m = bigger;
	return 0;
}

/* Remember @id for @key; an id already there is replaced. */
static int64_t map_put(struct id_map *m, uint64_t key, int64_t id)
{
	if (id < 0)
		return id;
	if (2 * m->count >= m->room && map_grow(m))
		return -KM_ENOMEM;
	size_t i = slot_of(m, key);

	m->count += !m->ids[i];
	m->keys[i] = key;
	m->ids[i] = (uint32_t)id + 1;
	return id;
}

/* The id of @key, or -1. */
static int64_t map_get(const struct id_map *m, uint64_t key)
{
	return m->room ? (int64_t)m->ids[slot_of(m, key)] - 1 : -1;
}

int dat_syms_open(struct dat_syms **out, struct strtab *strings)
{
	struct dat_syms *s = calloc(1, sizeof(*s));

	if (!s)
		return -KM_ENOMEM;
	s->strings = strings;
	*out = s;
	return 0;
}

void dat_syms_close(struct dat_syms *s)
{
	if (!s)
		return;
	free(s->symbols);
	free(s->sites.keys);
	free(s->sites.ids);
	free(s->comms.keys);
	free(s->comms.ids);
	free(s);
}

static const char *hex_end(const char *p, const char *end, uint64_t *v)
{
	for (*v = 0; p < end; p++) {
		unsigned int c = (unsigned char)*p;
		unsigned int digit = c - '0' < 10	  ? c - '0' :
				     (c | 0x20) - 'a' < 6 ? (c | 0x20) - 'a' + 10 :
							    16;

		if (digit > 15)
			break;
		*v = *v << 4 | digit;
	}
	return p;
}

/* "ffffffff81000000 T name\t[module]"; false for a line that is something else. */
static bool parse_symbol(struct symbol *s, const char *p, const char *end)
{
	p = hex_end(p, end, &s->addr);
	if (end - p < 4 || p[0] != ' ' || p[2] != ' ' || p[3] == '$')
		return false;
	s->name = p + 3;
	for (p = s->name; p < end && *p != ' ' && *p != '\t'; p++)
		;
	size_t len = (size_t)(p - s->name);

	for (; p < end && (*p == ' ' || *p == '\t'); p++)
		;
	s->module = p;
	if (len > 1024 || end - p > 256)
		return false;
	s->len = (uint16_t)len;
	s->module_len = (uint16_t)(end - p);
	return true;
}

static int by_addr(const void *a, const void *b)
{
	const struct symbol *x = a;
	const struct symbol *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

static int add_symbol(struct dat_syms *s, struct symbol sym)
{
	if (s->nr_symbols == s->room) {
		size_t room = s->room ? s->room * 2 : 1 << 15;
		struct symbol *more = realloc(s->symbols, room * sizeof(*more));

		if (!more)
			return -KM_ENOMEM;
		s->symbols = more;
		s->room = room;
	}
	sym.line = (uint32_t)s->nr_symbols;
	s->symbols[s->nr_symbols++] = sym;
	return 0;
}

int dat_syms_add_kallsyms(struct dat_syms *s, const char *text, size_t len)
{
	for (const char *p = text, *end = text + len; p < end;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		const char *stop = nl ? nl : end;
		struct symbol sym;

		if (parse_symbol(&sym, p, stop) && sym.addr && add_symbol(s, sym))
			return -KM_ENOMEM;
		p = stop + 1;
	}
	if (s->nr_symbols)
		qsort(s->symbols, s->nr_symbols, sizeof(*s->symbols), by_addr);
	return 0;
}

int dat_syms_add_comms(struct dat_syms *s, const char *text, size_t len)
{
	for (const char *p = text, *end = text + len; p < end;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		const char *stop = nl ? nl : end;
		uint64_t pid = 0;

		for (; p < stop && *p >= '0' && *p <= '9'; p++)
			pid = pid * 10 + (uint64_t)(*p - '0');
		size_t n = p < stop ? strnlen(p + 1, (size_t)(stop - p - 1)) : 0;

		n = n < 256 ? n : 256;
		if (n && map_put(&s->comms, pid, strtab_intern(s->strings, p + 1, n)) < 0)
			return -KM_ENOMEM;
		p = stop + 1;
	}
	return 0;
}

/*
 * The first alias of the symbol that covers @addr, or NULL; *@size is 0 where the next symbol
 * does not tell.
 */
static const struct symbol *find_symbol(const struct dat_syms *s, uint64_t addr, uint64_t *size)
{
	size_t lo = 0;
	size_t hi = s->nr_symbols;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->symbols[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo)
		return NULL;
	const struct symbol *next = lo < s->nr_symbols ? &s->symbols[lo] : NULL;
	const struct symbol *sym = &s->symbols[lo - 1];

	while (sym > s->symbols && sym[-1].addr == sym->addr)
		sym--;
	*size = next && next->module_len == sym->module_len &&
				!memcmp(next->module, sym->module, sym->module_len) ?
			next->addr - sym->addr :
			0;
	return *size || addr - sym->addr < MAX_SIZELESS_BYTES ? sym : NULL;
}

static int64_t name_site(struct dat_syms *s, uint64_t addr)
{
	uint64_t size = 0;
	const struct symbol *sym = find_symbol(s, addr, &size);
	char text[1400];
	int n;

	if (!sym)
		n = snprintf(text, sizeof(text), "0x%" PRIx64, addr);
	else if (size)
		n = snprintf(text, sizeof(text), "%.*s+0x%" PRIx64 "/0x%" PRIx64, sym->len,
			     sym->name, addr - sym->addr, size);
	else
		n = snprintf(text, sizeof(text), "%.*s+0x%" PRIx64, sym->len, sym->name,
			     addr - sym->addr);
	if (sym && sym->module_len)
		n += snprintf(text + n, sizeof(text) - (size_t)n, " %.*s", sym->module_len,
			      sym->module);
	return strtab_intern(s->strings, text, (size_t)n);
}

int64_t dat_syms_site(struct dat_syms *s, uint64_t addr)
{
	int64_t id = map_get(&s->sites, addr);

	return id >= 0 ? id : map_put(&s->sites, addr, name_site(s, addr));
}

int64_t dat_syms_comm(struct dat_syms *s, int32_t pid)
{
	uint64_t key = (uint32_t)pid;
	int64_t id = map_get(&s->comms, key);
	const char *name = pid ? "<...>" : "<idle>";

	return id >= 0 ? id :
			 map_put(&s->comms, key, strtab_intern(s->strings, name, strlen(name)));
}
