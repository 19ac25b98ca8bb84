/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/callsites.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct symbol {
	uint64_t addr;
	uint32_t name; /* id in the own table */
	uint32_t line;
};

struct callsites {
	struct trace *trace;
	struct strtab *names;
	bool address;
	bool looked;   /* for symbols */
	uint32_t *ids; /* by the trace's id: own id + 1 */
	size_t nr_ids;
	struct symbol *symbols; /* by address */
	size_t nr_symbols;
};

/* ---- symbols ---- */

static int by_addr(const void *pa, const void *pb)
{
	const struct symbol *a = pa, *b = pb;

	if (a->addr != b->addr)
		return a->addr < b->addr ? -1 : 1;
	return a->line < b->line ? -1 : 1;
}

/* "ffffffff81000000 T name [mod]": fill @s where it is code. 1: it is, 0: not, or -KM_E…. */
static int read_symbol(struct callsites *c, const char *line, size_t len, struct symbol *s)
{
	char text[512], name[400], module[80] = "", type;

	if (!len || len >= sizeof(text))
		return 0;
	memcpy(text, line, len);
	text[len] = '\0';
	if (sscanf(text, "%" SCNx64 " %c %399s %79s", &s->addr, &type, name, module) < 3 ||
	    !strchr("tTwW", type) || !s->addr)
		return 0;
	size_t n = strlen(name);

	if (*module)
		n += (size_t)snprintf(name + n, sizeof(name) - n, " %s", module);
	if (n >= sizeof(name))
		return 0;
	int64_t id = strtab_intern(c->names, name, n);

	s->name = (uint32_t)id;
	return id < 0 ? (int)id : 1;
}

static int read_symbols(struct callsites *c, const char *where, const char *data, size_t len,
			struct km_diag *d)
{
	size_t room = 0;
	uint32_t line = 0;

	for (const char *at = data, *end = data + len; at < end; line++) {
		const char *eol = memchr(at, '\n', (size_t)(end - at));
		size_t n = (size_t)((eol ? eol : end) - at);
		struct symbol s = { .line = line };
		int is = read_symbol(c, at, n, &s);

		at += n + 1;
		if (is < 0)
			return km_fail(d, KM_ENOMEM, "", "out of memory");
		if (!is)
			continue;
		if (c->nr_symbols == room) {
			room = room ? room * 2 : 4096;
			struct symbol *wider = realloc(c->symbols, room * sizeof(*wider));

			if (!wider)
				return km_fail(d, KM_ENOMEM, "", "out of memory");
			c->symbols = wider;
		}
		c->symbols[c->nr_symbols++] = s;
	}
	if (!c->nr_symbols)
		return km_fail(d, KM_EFORMAT, where,
			       "there is no address of a function in it; kallsyms shows them to "
			       "root only");
	qsort(c->symbols, c->nr_symbols, sizeof(*c->symbols), by_addr);
	return 0;
}

static int read_whole(FILE *f, char **data, size_t *len)
{
	size_t room = 1 << 20, n;

	*data = malloc(room);
	while (*data && (n = fread(*data + *len, 1, room - *len, f)) > 0) {
		*len += n;
		if (*len < room)
			continue;
		char *wider = realloc(*data, room *= 2);

		if (!wider)
			free(*data);
		*data = wider;
	}
	return *data ? 0 : -KM_ENOMEM;
}

static int read_symbol_file(struct callsites *c, const char *path, struct km_diag *d)
{
	FILE *f = fopen(path, "r");
	char *data = NULL;
	size_t len = 0;

	if (!f)
		return km_fail(d, errno == ENOENT ? KM_ENOENT : KM_EIO, path, "%s",
			       strerror(errno));
	int err = read_whole(f, &data, &len);

	if (err)
		km_fail(d, KM_ENOMEM, "", "out of memory");
	else if (ferror(f))
		err = km_fail(d, KM_EIO, path, "%s", strerror(errno));
	else
		err = read_symbols(c, path, data, len, d);
	fclose(f);
	free(data);
	return err;
}

/* The bundle's own table, when the first bare address wants it. */
static int look_in_bundle(struct callsites *c)
{
	const char *data;
	size_t len;

	if (c->looked)
		return 0;
	c->looked = true;
	if (trace_file(c->trace, "meta/kallsyms", &data, &len, NULL))
		return 0;
	int err = read_symbols(c, "meta/kallsyms", data, len, NULL);

	return err == -KM_ENOMEM ? err : 0;
}

static const struct symbol *symbol_at(const struct callsites *c, uint64_t addr)
{
	size_t low = 0, high = c->nr_symbols;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (c->symbols[mid].addr <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low ? &c->symbols[low - 1] : NULL;
}

/* ---- names ---- */

static bool is_address(const char *text, uint64_t *addr)
{
	char *end;

	if (strspn(text, "0123456789abcdefABCDEFxX") != strlen(text) || strlen(text) < 8)
		return false;
	errno = 0;
	*addr = strtoull(text, &end, 16);
	return !*end && !errno;
}

/* "name+0xoff/0xsize [mod]" as "name [mod]". */
static size_t without_offset(char *out, size_t size, const char *text)
{
	size_t name = strcspn(text, "+");
	const char *module = text[name] ? strchr(text + name, ' ') : NULL;
	int n = snprintf(out, size, "%.*s%s", (int)name, text, module ? module : "");

	return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}

static size_t with_symbol(struct callsites *c, char *out, size_t size, const char *text)
{
	uint64_t addr;

	if (!is_address(text, &addr))
		return c->address ? (size_t)snprintf(out, size, "%s", text) :
				    without_offset(out, size, text);
	const struct symbol *s = symbol_at(c, addr);

	if (!s)
		return (size_t)snprintf(out, size, "%s", text);
	if (!c->address)
		return (size_t)snprintf(out, size, "%s", strtab_get(c->names, s->name));
	const char *name = strtab_get(c->names, s->name);
	size_t n = strcspn(name, " ");

	return (size_t)snprintf(out, size, "%.*s+0x%" PRIx64 "%s", (int)n, name, addr - s->addr,
				name + n);
}

static int64_t translate(struct callsites *c, uint32_t id)
{
	const char *text = strtab_get(trace_strings(c->trace), id);
	char out[4200];
	uint64_t addr;

	if (!c->nr_symbols && is_address(text, &addr) && look_in_bundle(c))
		return -KM_ENOMEM;
	size_t len = with_symbol(c, out, sizeof(out), text);

	return strtab_intern(c->names, out, len < 4096 ? len : 4096);
}

static int make_room(struct callsites *c, uint32_t id)
{
	size_t n = c->nr_ids ? c->nr_ids : 1024;

	while (n <= id)
		n *= 2;
	if (n == c->nr_ids)
		return 0;
	uint32_t *ids = realloc(c->ids, n * sizeof(*ids));

	if (!ids)
		return -KM_ENOMEM;
	memset(ids + c->nr_ids, 0, (n - c->nr_ids) * sizeof(*ids));
	c->ids = ids;
	c->nr_ids = n;
	return 0;
}

int callsites_rewrite(struct callsites *c, struct km_event *ev, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (ev[i].kind < KM_EV_KMALLOC || ev[i].kind > KM_EV_CACHE_FREE)
			continue;
		uint32_t id = ev[i].obj.call_site;

		if (make_room(c, id))
			return -KM_ENOMEM;
		if (!c->ids[id]) {
			int64_t own = translate(c, id);

			if (own < 0)
				return (int)own;
			c->ids[id] = (uint32_t)own + 1;
		}
		ev[i].obj.call_site = c->ids[id] - 1;
	}
	return 0;
}

const char *callsites_name(const struct callsites *c, uint32_t id)
{
	return id ? strtab_get(c->names, id) : "(no call site)";
}

int callsites_open(struct callsites **out, struct trace *t, const char *kallsyms, bool address,
		   struct km_diag *d)
{
	struct callsites *c = calloc(1, sizeof(*c));

	if (!c || strtab_open(&c->names)) {
		free(c);
		return km_fail(d, KM_ENOMEM, "", "out of memory");
	}
	c->trace = t;
	c->address = address;
	int err = 0;

	if (kallsyms) {
		c->looked = true;
		err = read_symbol_file(c, kallsyms, d);
	}
	if (err) {
		callsites_close(c);
		return err;
	}
	*out = c;
	return 0;
}

void callsites_close(struct callsites *c)
{
	if (!c)
		return;
	strtab_close(c->names);
	free(c->ids);
	free(c->symbols);
	free(c);
}
