/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names are worked out once each: a call site's by its string in the trace, a chain's likewise, and
 * a group's by the call site's own id.
 */
#include "cli/callsites.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/vmlinux.h"
#include "engine/core/alloc_frames.h"

enum { NAME_LEN = 4200, MAX_NAME = 4096 };

/* From one kind of id to this table's ids, + 1; 0: not yet. */
struct id_map {
	uint32_t *ids;
	size_t nr;
};

struct callsites {
	struct trace *trace;
	struct strtab *names;
	struct callsites_config config;
	bool looked;		     /* for the bundle's symbols */
	struct symtab *symbols;	     /* NULL: none */
	struct vmlinux *vmlinux;     /* NULL: none */
	struct id_map sites, chains; /* by the trace's string id */
	struct id_map groups;	     /* by own id */
};

/* ---- symbols ---- */

/* The bundle's own table, when the first question wants it. */
static int look_in_bundle(struct callsites *c)
{
	const char *data;
	size_t len;

	if (c->looked)
		return 0;
	c->looked = true;
	if (trace_file(c->trace, "meta/kallsyms", &data, &len, NULL))
		return 0;
	int err = symtab_open(&c->symbols);

	if (!err)
		err = symtab_read_text(c->symbols, "meta/kallsyms", data, len, NULL);
	if (!err)
		err = symtab_finish(c->symbols);
	if (err && err != -KM_ENOMEM) { /* it says nothing */
		symtab_close(c->symbols);
		c->symbols = NULL;
		err = 0;
	}
	return err;
}

static const struct symtab *symbols_of(const struct callsites *c)
{
	return c->symbols ? c->symbols : c->vmlinux ? vmlinux_symbols(c->vmlinux) : NULL;
}

/* ---- names of call sites ---- */

static bool is_address(const char *text, size_t len, uint64_t *addr)
{
	char copy[24], *end;

	if (len < 8 || len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (strspn(copy, "0123456789abcdefABCDEFxX") != len)
		return false;
	errno = 0;
	*addr = strtoull(copy, &end, 16);
	return !*end && !errno;
}

/* "name+0xoff/0xsize [mod]" as "name [mod]". */
static int without_offset(char *out, const char *text, size_t len)
{
	size_t name = strcspn(text, "+");
	const char *module;

	if (name >= len)
		return snprintf(out, NAME_LEN, "%.*s", (int)len, text);
	module = memchr(text + name, ' ', len - name);
	return snprintf(out, NAME_LEN, "%.*s%.*s", (int)name, text,
			module ? (int)(text + len - module) : 0, module ? module : "");
}

static int symbol_name(char *out, const struct symbol *s, uint64_t addr, bool offset)
{
	char plus[24] = "";

	if (offset)
		snprintf(plus, sizeof(plus), "+0x%" PRIx64, addr - s->addr);
	return snprintf(out, NAME_LEN, "%s%s%s%s", s->name, plus, *s->module ? " " : "", s->module);
}

/* The own id of a call site's or frame's text; or -KM_ENOMEM. */
static int64_t translate(struct callsites *c, const char *text, size_t len)
{
	const struct symbol *s = NULL;
	char out[NAME_LEN];
	uint64_t addr = 0;
	bool bare = is_address(text, len, &addr);
	int n;

	if (bare && look_in_bundle(c))
		return -KM_ENOMEM;
	if (bare && symbols_of(c))
		s = symtab_at(symbols_of(c), addr);
	if (s)
		n = symbol_name(out, s, addr, c->config.address);
	else if (bare || c->config.address)
		n = snprintf(out, sizeof(out), "%.*s", (int)len, text);
	else
		n = without_offset(out, text, len);
	return strtab_intern(c->names, out, n < MAX_NAME ? (size_t)n : MAX_NAME);
}

/* ---- groups ---- */

/* The name of a call site without its module; where that stands, or NULL. */
static const char *function_of(const char *site, char out[NAME_LEN])
{
	const char *module = strstr(site, " [");

	snprintf(out, NAME_LEN, "%.*s", (int)strcspn(site, "+ "), site);
	return module ? module + 1 : NULL;
}

/* "[ext4]", or "vmlinux" for what is in the kernel itself. */
static const char *module_of(const struct callsites *c, const char *site)
{
	char function[NAME_LEN];
	const char *module = function_of(site, function);
	const struct symbol *s = NULL;
	uint64_t addr;

	if (module)
		return module;
	if (is_address(site, strlen(site), &addr))
		return "(not known)";
	if (c->symbols)
		s = symtab_named(c->symbols, function);
	return s && *s->module ? s->module : "vmlinux";
}

/* Of a module's function nothing is known but the module. */
static const char *directory_of(const struct callsites *c, const char *site)
{
	char function[NAME_LEN];
	const char *module = module_of(c, site), *found;

	if (strcmp(module, "vmlinux"))
		return module;
	function_of(site, function);
	found = vmlinux_directory(c->vmlinux, function);
	return found ? found : "(not known)";
}

static int64_t new_group(struct callsites *c, uint32_t site)
{
	const char *name = strtab_get(c->names, site);

	if (look_in_bundle(c))
		return -KM_ENOMEM;
	if (c->config.by == CALLSITES_DIRECTORY && !callsites_lacks_directories(c))
		name = directory_of(c, name);
	else
		name = module_of(c, name);
	return strtab_intern(c->names, name, strlen(name));
}

/* ---- ids ---- */

static int make_room(struct id_map *m, uint32_t id)
{
	size_t n = m->nr ? m->nr : 1024;

	while (n <= id)
		n *= 2;
	if (n == m->nr)
		return 0;
	uint32_t *ids = realloc(m->ids, n * sizeof(*ids));

	if (!ids)
		return -KM_ENOMEM;
	memset(ids + m->nr, 0, (n - m->nr) * sizeof(*ids));
	m->ids = ids;
	m->nr = n;
	return 0;
}

static int64_t new_site(struct callsites *c, uint32_t id)
{
	const char *text = strtab_get(trace_strings(c->trace), id);

	return translate(c, text, strlen(text));
}

/*
 * The first function of a chain that is no allocator's. An address without a name at its beginning
 * may be one of theirs: such a chain says nothing.
 */
static int64_t new_chain(struct callsites *c, uint32_t id)
{
	const char *at = strtab_get(trace_strings(c->trace), id);
	bool past = false; /* an allocator's own function: the next one is not its first */

	while (*at) {
		size_t len = strcspn(at, "\n");
		int64_t frame = translate(c, at, len);

		if (frame < 0)
			return frame;
		const char *name = strtab_get(c->names, (uint32_t)frame);
		uint64_t addr;

		if (!past && is_address(name, strlen(name), &addr))
			return 0;
		if (!alloc_frame(name, strlen(name)))
			return frame;
		past = true;
		at += len + (at[len] == '\n');
	}
	return 0;
}

/* What @id is in map @m; @make works it out the first time. */
static int64_t own_id(struct callsites *c, struct id_map *m, uint32_t id,
		      int64_t (*make)(struct callsites *c, uint32_t id))
{
	if (id < m->nr && m->ids[id])
		return m->ids[id] - 1;
	int64_t own = make_room(m, id) ? -KM_ENOMEM : make(c, id);

	if (own >= 0)
		m->ids[id] = (uint32_t)own + 1;
	return own;
}

/* Is the chain's function the event's own call site's, which says more of it? */
static bool same_function(const struct callsites *c, int64_t chain, int64_t site)
{
	const char *a = strtab_get(c->names, (uint32_t)chain),
		   *b = strtab_get(c->names, (uint32_t)site);
	size_t n = strcspn(a, "+ ");

	return n == strcspn(b, "+ ") && !strncmp(a, b, n);
}

/* Who allocated, where the chain says it, and the group of that. */
static int64_t who(struct callsites *c, uint32_t chain, int64_t site)
{
	int64_t id = chain ? own_id(c, &c->chains, chain, new_chain) : 0;

	if (id > 0 && c->config.address && same_function(c, id, site))
		id = 0;
	if (id < 0 || c->config.by == CALLSITES_FUNCTION)
		return id;
	id = id ? id : site;
	return id ? own_id(c, &c->groups, (uint32_t)id, new_group) : 0;
}

int callsites_rewrite(struct callsites *c, struct km_event *ev, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool object = ev[i].kind == KM_EV_KMALLOC || ev[i].kind == KM_EV_CACHE_ALLOC;
		int64_t site = 0, id;

		if (!object && ev[i].kind != KM_EV_PAGE_ALLOC)
			continue;
		if (object)
			site = own_id(c, &c->sites, ev[i].obj.call_site, new_site);
		id = site < 0 ? site : who(c, ev[i].stack, site);
		if (id < 0)
			return -KM_ENOMEM;
		if (object)
			ev[i].obj.call_site = (uint32_t)site;
		ev[i].stack = (uint32_t)id;
	}
	return 0;
}

const char *callsites_name(const struct callsites *c, uint32_t id)
{
	return id ? strtab_get(c->names, id) : "(no call site)";
}

const char *callsites_what(const struct callsites *c)
{
	static const char *const what[] = { [CALLSITES_FUNCTION] = "call site",
					    [CALLSITES_MODULE] = "module",
					    [CALLSITES_DIRECTORY] = "directory" };

	return what[c->config.by];
}

bool callsites_lacks_directories(const struct callsites *c)
{
	return c->config.by == CALLSITES_DIRECTORY &&
	       !(c->vmlinux && vmlinux_has_directories(c->vmlinux));
}

/* ---- the whole ---- */

static int read_given(struct callsites *c, struct km_diag *d)
{
	int err = 0;

	if (c->config.kallsyms) {
		c->looked = true;
		err = symtab_open(&c->symbols) ?
			      km_fail(d, KM_ENOMEM, "", "out of memory") :
			      symtab_read_file(c->symbols, c->config.kallsyms, d);
		if (!err && symtab_finish(c->symbols))
			err = km_fail(d, KM_ENOMEM, "", "out of memory");
	}
	if (!err && c->config.vmlinux)
		err = vmlinux_open(&c->vmlinux, c->config.vmlinux, d);
	return err;
}

int callsites_open(struct callsites **out, struct trace *t, const struct callsites_config *config,
		   struct km_diag *d)
{
	struct callsites *c = calloc(1, sizeof(*c));

	if (!c || strtab_open(&c->names)) {
		free(c);
		return km_fail(d, KM_ENOMEM, "", "out of memory");
	}
	c->trace = t;
	c->config = *config;
	int err = read_given(c, d);

	if (err)
		callsites_close(c);
	else
		*out = c;
	return err;
}

void callsites_close(struct callsites *c)
{
	if (!c)
		return;
	strtab_close(c->names);
	symtab_close(c->symbols);
	vmlinux_close(c->vmlinux);
	free(c->sites.ids);
	free(c->chains.ids);
	free(c->groups.ids);
	free(c);
}
