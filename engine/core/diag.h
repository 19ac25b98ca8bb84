/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Errors of the second shape (bad input or a failing host): a negative KM_E… and a text that says
 * what, where and what to do. The modelled kernel's own failures are data (engine/result.h); our
 * bugs end in KM_BUG_ON().
 */
#ifndef KM_CORE_DIAG_H
#define KM_CORE_DIAG_H

#include "engine/core/types.h"

enum km_errno {
	KM_OK = 0,
	KM_EINVAL = 1,	/* an argument or a value that cannot be */
	KM_ENOMEM = 2,	/* the host has no memory */
	KM_EIO = 3,	/* the host failed to read or write */
	KM_EFORMAT = 4, /* input that is not what it should be */
	KM_ENOENT = 5,	/* no such file, label, key or name */
	KM_EDOUBLE = 6, /* already free, or already there */
	KM_ENOTSUP = 7, /* understood, but not modelled */
	KM_EUSAGE = 8,	/* the command line is wrong */
	KM_ETRUNC = 9,	/* input ends too early; what came before it was delivered */
};

struct km_diag {
	int code;	 /* -KM_E… or 0 */
	char where[512]; /* "file", "file:line" or "event N"; may be empty */
	char what[768];	 /* one sentence: what is wrong and what to do */
};

/*
 * Fill @d (NULL is fine) and return -@code. Bytes that a terminal would obey are escaped as \xNN.
 */
int km_fail(struct km_diag *d, enum km_errno code, const char *where, const char *fmt, ...)
	KM_PRINTF(4, 5);

_Noreturn void km_bug(const char *file, int line, const char *what);

#define KM_BUG_ON(cond)                                    \
	do {                                               \
		if (__builtin_expect(!!(cond), 0))         \
			km_bug(__FILE__, __LINE__, #cond); \
	} while (0)

#endif
