/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A TLB as a document describes it (kmemlab-tlb(5)): the core's numbers, and of each where it is
 * from and whether anybody has verified it. Some are shipped with the program.
 */
#ifndef CLI_TLB_SPEC_H
#define CLI_TLB_SPEC_H

#include "engine/tlb/tlb.h"

enum { TLB_MAX_MARKS = 160, TLB_SOURCE_LEN = 200, TLB_DESCRIBE_LEN = 100 };

enum tlb_verified {
	TLB_UNSAID,
	TLB_UNVERIFIED, /* no */
	TLB_SECONDARY,	/* by others than who made the core, or by one measurement */
	TLB_VERIFIED,	/* yes: its maker says so, or it is a program's own source */
};

/* Where a number is from. */
struct tlb_mark {
	char of[64];	/* "L1D 4K entries" */
	char value[24]; /* as the document writes it */
	char source[TLB_SOURCE_LEN];
	enum tlb_verified verified;
	uint8_t part; /* which key of the document holds it */
};

struct tlb_spec {
	struct tlb_profile profile;
	char describe[TLB_DESCRIBE_LEN];
	unsigned int nr_marks;
	struct tlb_mark mark[TLB_MAX_MARKS];
};

/* "no", "secondary", "yes". */
const char *tlb_verified_name(enum tlb_verified v);

/* How many of the numbers are marked @v. */
unsigned int tlb_spec_count(const struct tlb_spec *s, enum tlb_verified v);

/**
 * tlb_spec_read_file() - the section "tlb" of the document at @path.
 *
 * Return: 0; -KM_EUSAGE with @d = "file:line:column: what"; -KM_EIO, -KM_ENOMEM. On error *@s is
 * undefined.
 */
int tlb_spec_read_file(struct tlb_spec *s, const char *path, struct km_diag *d) KM_MUST_CHECK;

/* The shipped one of this name; -KM_ENOENT with the nearest name. */
int tlb_spec_find(struct tlb_spec *s, const char *name, struct km_diag *d) KM_MUST_CHECK;

/* The shipped ones, by name. */
size_t tlb_nr_shipped(void);
const char *tlb_shipped_name(size_t i);
const char *tlb_shipped_text(size_t i, size_t *len);

/* "4KiB", "2MiB", "1GiB": log2 of it; 0 for anything else. */
unsigned int tlb_size_shift(const char *text);

#endif
