/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/symtab.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/io.h"
#include "traces/io_source.h"

enum { MOST_BYTES = 1 << 30, NAME_LEN = 400, MODULE_LEN = 80, LINE_LEN = 512, FIRST = 4096 };

struct symtab {
	struct strtab *strings;
	struct symbol *by_addr, *by_name;
	size_t nr, room;
};

int symtab_open(struct symtab **out)
{
	struct symtab *t = calloc(1, sizeof(*t));

	if (!t || strtab_open(&t->strings)) {
		free(t);
		return -KM_ENOMEM;
	}
	*out = t;
	return 0;
}

void symtab_close(struct symtab *t)
{
	if (!t)
		return;
	strtab_close(t->strings);
	free(t->by_addr);
	free(t->by_name);
	free(t);
}

int symtab_add(struct symtab *t, uint64_t addr, const char *name, const char *module)
{
	int64_t n = strtab_intern(t->strings, name, strnlen(name, NAME_LEN));
	int64_t m = strtab_intern(t->strings, module, strnlen(module, MODULE_LEN));

	if (n < 0 || m < 0)
		return -KM_ENOMEM;
	if (t->nr == t->room) {
		size_t room = t->room ? t->room * 2 : FIRST;
		struct symbol *wider = realloc(t->by_addr, room * sizeof(*wider));

		if (!wider)
			return -KM_ENOMEM;
		t->by_addr = wider;
		t->room = room;
	}
	t->by_addr[t->nr] = (struct symbol){ .addr = addr,
					     .name = strtab_get(t->strings, (uint32_t)n),
					     .module = strtab_get(t->strings, (uint32_t)m),
					     .at = (uint32_t)t->nr };
	t->nr++;
	return 0;
}

/* ---- text ---- */

/* One line; what is no code, or hidden as 0, is passed over. */
static int read_line(struct symtab *t, const char *line, size_t len)
{
	char text[LINE_LEN], name[NAME_LEN], module[MODULE_LEN] = "", type;
	uint64_t addr;

	if (!len || len >= sizeof(text))
		return 0;
	memcpy(text, line, len);
	text[len] = '\0';
	if (sscanf(text, "%" SCNx64 " %c %399s %79s", &addr, &type, name, module) < 3 ||
	    !strchr("tTwW", type) || !addr)
		return 0;
	return symtab_add(t, addr, name, module);
}

int symtab_read_text(struct symtab *t, const char *where, const char *data, size_t len,
		     struct km_diag *d)
{
	size_t before = t->nr;

	for (const char *at = data, *end = data + len; at < end;) {
		const char *eol = memchr(at, '\n', (size_t)(end - at));
		size_t n = (size_t)((eol ? eol : end) - at);

		if (read_line(t, at, n))
			return km_fail(d, KM_ENOMEM, "", "out of memory");
		at += n + 1;
	}
	if (t->nr == before)
		return km_fail(d, KM_EFORMAT, where,
			       "there is no address of a function in it; kallsyms shows them to "
			       "root only");
	return 0;
}

static int too_much(const char *path, struct km_diag *d)
{
	return km_fail(d, KM_EFORMAT, path, "it is too long for a table of symbols");
}

/* The whole content, unpacked. */
static int read_stream(struct io_stream *in, const char *path, char **data, size_t *len,
		       struct km_diag *d)
{
	size_t room = 0;
	int64_t n = 1;

	while (n > 0) {
		if (*len == room) {
			char *wider = realloc(*data, room = room ? room * 2 : 1 << 20);

			if (!wider)
				return km_fail(d, KM_ENOMEM, "", "out of memory");
			*data = wider;
		}
		n = io_stream_read(in, *data + *len, room - *len, d);
		*len += n > 0 ? (size_t)n : 0;
		if (*len > MOST_BYTES)
			return too_much(path, d);
	}
	if (!n && io_stream_cut(in))
		return km_fail(d, KM_EFORMAT, path, "the compressed file ends early");
	return (int)n;
}

int symtab_read_file(struct symtab *t, const char *path, struct km_diag *d)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct io_source *file = NULL;
	struct io_stream *in = NULL;
	struct io_budget budget;
	char *data = NULL;
	size_t len = 0;

	if (fd < 0)
		return km_fail(d, errno == ENOENT ? KM_ENOENT : KM_EIO, path, "%s",
			       strerror(errno));
	io_budget_init(&budget);
	int err = io_source_open(&file, fd, path, &budget, d);

	if (!err)
		err = io_stream_open(&in, file, path, d);
	if (!err)
		err = read_stream(in, path, &data, &len, d);
	if (!err)
		err = symtab_read_text(t, path, data, len, d);
	io_stream_close(in);
	io_source_close(file);
	free(data);
	return err;
}

/* ---- looking for one ---- */

static int by_addr(const void *pa, const void *pb)
{
	const struct symbol *a = pa, *b = pb;

	if (a->addr != b->addr)
		return a->addr < b->addr ? -1 : 1;
	return a->at < b->at ? -1 : 1;
}

static int by_name(const void *pa, const void *pb)
{
	const struct symbol *a = pa, *b = pb;
	int c = strcmp(a->name, b->name);

	return c ? c : a->at < b->at ? -1 : 1;
}

int symtab_finish(struct symtab *t)
{
	t->by_name = malloc((t->nr + 1) * sizeof(*t->by_name));
	if (!t->by_name)
		return -KM_ENOMEM;
	if (t->nr) {
		memcpy(t->by_name, t->by_addr, t->nr * sizeof(*t->by_name));
		qsort(t->by_addr, t->nr, sizeof(*t->by_addr), by_addr);
		qsort(t->by_name, t->nr, sizeof(*t->by_name), by_name);
	}
	return 0;
}

size_t symtab_count(const struct symtab *t)
{
	return t->nr;
}

const struct symbol *symtab_at(const struct symtab *t, uint64_t addr)
{
	size_t low = 0, high = t->nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (t->by_addr[mid].addr <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low)
		return NULL;
	/* Of several names of one address the first. */
	for (low--; low && t->by_addr[low - 1].addr == t->by_addr[low].addr;)
		low--;
	return &t->by_addr[low];
}

const struct symbol *symtab_named(const struct symtab *t, const char *name)
{
	size_t low = 0, high = t->nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(t->by_name[mid].name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < t->nr && !strcmp(t->by_name[low].name, name) ? &t->by_name[low] : NULL;
}
