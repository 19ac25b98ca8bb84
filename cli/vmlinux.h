/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A kernel's ELF file: its functions, and, where it has debug information, the directory of the
 * source that each was compiled from.
 */
#ifndef CLI_VMLINUX_H
#define CLI_VMLINUX_H

#include "cli/symtab.h"

struct vmlinux;

/* Return: 0; -KM_ENOENT, -KM_EIO, -KM_EFORMAT (no ELF file with functions), -KM_ENOMEM. */
int vmlinux_open(struct vmlinux **out, const char *path, struct km_diag *d) KM_MUST_CHECK;
void vmlinux_close(struct vmlinux *v);

/* Its functions, at the addresses of the file: those of a kernel that was not moved at boot. */
const struct symtab *vmlinux_symbols(const struct vmlinux *v);

/* Is there debug information? */
bool vmlinux_has_directories(const struct vmlinux *v);

/* "mm" for a function of mm/slub.c, "." for the top one; NULL: not known. */
const char *vmlinux_directory(const struct vmlinux *v, const char *function);

#endif
