/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 1. The functions of .symtab become a table.
 * 2. Each compilation unit says its file's name and which addresses it covers: these ranges, in
 *    order, say of an address which directory it was compiled from.
 */
#include "cli/vmlinux.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct range {
	uint64_t start, end;
	const char *directory;
	uint32_t at;
};

struct vmlinux {
	struct symtab *symbols;
	struct strtab *strings;
	struct range *ranges;
	size_t nr_ranges, room;
};

static int no_memory(struct km_diag *d)
{
	return km_fail(d, KM_ENOMEM, "", "out of memory");
}

/* ---- functions ---- */

static int read_table(struct vmlinux *v, Elf *elf, Elf_Scn *section, const GElf_Shdr *head)
{
	Elf_Data *data = elf_getdata(section, NULL);
	GElf_Sym sym;

	for (int i = 0; data && gelf_getsym(data, i, &sym); i++) {
		const char *name = GELF_ST_TYPE(sym.st_info) == STT_FUNC && sym.st_value ?
					   elf_strptr(elf, head->sh_link, sym.st_name) :
					   NULL;

		if (name && *name && symtab_add(v->symbols, sym.st_value, name, ""))
			return -KM_ENOMEM;
	}
	return 0;
}

static int read_functions(struct vmlinux *v, Elf *elf)
{
	GElf_Shdr head;
	int err = 0;

	for (Elf_Scn *s = NULL; !err && (s = elf_nextscn(elf, s));)
		if (gelf_getshdr(s, &head) && head.sh_type == SHT_SYMTAB)
			err = read_table(v, elf, s, &head);
	return err ? err : symtab_finish(v->symbols);
}

/* ---- directories ---- */

/* The directory of a unit's file below the one the kernel was built in. */
static const char *directory_of(struct vmlinux *v, Dwarf_Die *unit)
{
	Dwarf_Attribute attr;
	const char *name = dwarf_diename(unit);
	const char *top = dwarf_attr(unit, DW_AT_comp_dir, &attr) ? dwarf_formstring(&attr) : NULL;
	size_t n = top ? strlen(top) : 0;

	if (!name)
		return NULL;
	if (n && !strncmp(name, top, n) && name[n] == '/')
		name += n + 1;
	while (!strncmp(name, "./", 2) || !strncmp(name, "../", 3))
		name = strchr(name, '/') + 1;
	const char *slash = strrchr(name, '/');
	int64_t id = slash ? strtab_intern(v->strings, name, (size_t)(slash - name)) :
			     strtab_intern(v->strings, ".", 1);

	return id > 0 ? strtab_get(v->strings, (uint32_t)id) : NULL;
}

static int add_range(struct vmlinux *v, uint64_t start, uint64_t end, const char *directory)
{
	if (v->nr_ranges == v->room) {
		size_t room = v->room ? v->room * 2 : 1024;
		struct range *wider = realloc(v->ranges, room * sizeof(*wider));

		if (!wider)
			return -KM_ENOMEM;
		v->ranges = wider;
		v->room = room;
	}
	v->ranges[v->nr_ranges] = (struct range){ start, end, directory, (uint32_t)v->nr_ranges };
	v->nr_ranges++;
	return 0;
}

static int read_unit(struct vmlinux *v, Dwarf_Die *unit)
{
	const char *directory = directory_of(v, unit);
	Dwarf_Addr base, start, end;
	ptrdiff_t at = 0;
	int err = 0;

	while (directory && !err && (at = dwarf_ranges(unit, at, &base, &start, &end)) > 0)
		if (start < end)
			err = add_range(v, start, end, directory);
	return err;
}

static int by_start(const void *pa, const void *pb)
{
	const struct range *a = pa, *b = pb;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return a->at < b->at ? -1 : 1;
}

static int read_directories(struct vmlinux *v, Elf *elf)
{
	Dwarf *dw = dwarf_begin_elf(elf, DWARF_C_READ, NULL);
	Dwarf_Off at = 0, next;
	size_t head;
	int err = 0;

	for (; dw && !err && !dwarf_nextcu(dw, at, &next, &head, NULL, NULL, NULL); at = next) {
		Dwarf_Die unit;

		if (dwarf_offdie(dw, at + head, &unit))
			err = read_unit(v, &unit);
	}
	dwarf_end(dw);
	if (v->nr_ranges)
		qsort(v->ranges, v->nr_ranges, sizeof(*v->ranges), by_start);
	return err;
}

bool vmlinux_has_directories(const struct vmlinux *v)
{
	return v->nr_ranges;
}

const char *vmlinux_directory(const struct vmlinux *v, const char *function)
{
	const struct symbol *s = symtab_named(v->symbols, function);
	size_t low = 0, high = v->nr_ranges;

	while (s && low < high) {
		size_t mid = low + (high - low) / 2;

		if (v->ranges[mid].start <= s->addr)
			low = mid + 1;
		else
			high = mid;
	}
	return s && low && s->addr < v->ranges[low - 1].end ? v->ranges[low - 1].directory : NULL;
}

/* ---- the file ---- */

const struct symtab *vmlinux_symbols(const struct vmlinux *v)
{
	return v->symbols;
}

static int read_elf(struct vmlinux *v, int fd, const char *path, struct km_diag *d)
{
	Elf *elf = elf_version(EV_CURRENT) == EV_NONE ? NULL : elf_begin(fd, ELF_C_READ_MMAP, NULL);
	bool is_elf = elf && elf_kind(elf) == ELF_K_ELF;
	int err = is_elf ? read_functions(v, elf) : 0;

	if (!err && is_elf)
		err = read_directories(v, elf);
	elf_end(elf);
	if (err)
		return no_memory(d);
	if (!symtab_count(v->symbols))
		return km_fail(
			d, KM_EFORMAT, path,
			"this is no ELF file with a table of symbols; vmlinux is wanted, not "
			"the compressed vmlinuz");
	return 0;
}

int vmlinux_open(struct vmlinux **out, const char *path, struct km_diag *d)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return km_fail(d, errno == ENOENT ? KM_ENOENT : KM_EIO, path, "%s",
			       strerror(errno));
	struct vmlinux *v = calloc(1, sizeof(*v));
	int err = !v || symtab_open(&v->symbols) || strtab_open(&v->strings) ?
			  no_memory(d) :
			  read_elf(v, fd, path, d);

	close(fd);
	if (err)
		vmlinux_close(v);
	else
		*out = v;
	return err;
}

void vmlinux_close(struct vmlinux *v)
{
	if (!v)
		return;
	symtab_close(v->symbols);
	strtab_close(v->strings);
	free(v->ranges);
	free(v);
}
