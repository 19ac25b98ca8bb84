/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names that a trace.dat keeps beside its records: kernel symbols (/proc/kallsyms) and tasks
 * (saved_cmdlines).
 */
#ifndef TRACES_DAT_SYMS_H
#define TRACES_DAT_SYMS_H

#include "engine/core/strtab.h"

struct dat_syms;

int dat_syms_open(struct dat_syms **out, struct strtab *strings) KM_MUST_CHECK;
void dat_syms_close(struct dat_syms *s);

/*
 * Lines "ADDR TYPE NAME [MODULE]". The text must live as long as @s. A text without addresses
 * adds nothing.
 */
int dat_syms_add_kallsyms(struct dat_syms *s, const char *text, size_t len) KM_MUST_CHECK;

/* Lines "PID COMM". */
int dat_syms_add_comms(struct dat_syms *s, const char *text, size_t len) KM_MUST_CHECK;

/**
 * dat_syms_site() - the string id of a code address, printed as the kernel's %pS does.
 *
 * "symbol+0xoff/0xsize", with " [module]" behind it in a module; the size is the distance to the
 * next symbol, and is left out for the last one of a module. "0xaddr" where no symbol covers the
 * address.
 * Return: the id, or -KM_ENOMEM.
 */
int64_t dat_syms_site(struct dat_syms *s, uint64_t addr);

/*
 * The string id of a thread's name: "<idle>" for 0, "<...>" where nothing is known; or -KM_ENOMEM.
 */
int64_t dat_syms_comm(struct dat_syms *s, int32_t pid);

#endif
