/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A kernel's functions, by address and by name: from a copy of /proc/kallsyms, from System.map, or
 * as an ELF file says.
 */
#ifndef CLI_SYMTAB_H
#define CLI_SYMTAB_H

#include "engine/core/diag.h"
#include "engine/core/strtab.h"

struct symbol {
	uint64_t addr;
	const char *name;
	const char *module; /* "[ext4]"; "" for the kernel itself */
	uint32_t at;	    /* its place among the others: of two alike, the first counts */
};

struct symtab;

int symtab_open(struct symtab **out) KM_MUST_CHECK;
void symtab_close(struct symtab *t);

int symtab_add(struct symtab *t, uint64_t addr, const char *name, const char *module) KM_MUST_CHECK;

/**
 * symtab_read_text() - add the functions of lines "ADDRESS TYPE NAME [MODULE]".
 * @where: what the text is called in an error
 *
 * Return: 0; -KM_EFORMAT where there is none, -KM_ENOMEM; with @d filled.
 */
int symtab_read_text(struct symtab *t, const char *where, const char *data, size_t len,
		     struct km_diag *d) KM_MUST_CHECK;
/* The same from a file; besides -KM_ENOENT, -KM_EIO. */
int symtab_read_file(struct symtab *t, const char *path, struct km_diag *d) KM_MUST_CHECK;

/* After the last was added, before the first is looked for. */
int symtab_finish(struct symtab *t) KM_MUST_CHECK;

size_t symtab_count(const struct symtab *t);
/* The last that begins at @addr or before it; NULL: none does. */
const struct symbol *symtab_at(const struct symtab *t, uint64_t addr);
/* The first of that name, or NULL. */
const struct symbol *symtab_named(const struct symtab *t, const char *name);

#endif
