/* SPDX-License-Identifier: GPL-2.0-only */
/* SHA-256 of a stream of bytes. */
#ifndef REPORTS_DIGEST_H
#define REPORTS_DIGEST_H

#include "engine/core/types.h"

enum { DIGEST_HEX_LEN = 64 };

struct digest;

/* 0 or -KM_ENOMEM. */
int digest_open(struct digest **out) KM_MUST_CHECK;
void digest_add(struct digest *d, const void *data, size_t len);

/* Lower-case hex of everything added since digest_open(); @d may only be closed after it. */
void digest_hex(struct digest *d, char hex[DIGEST_HEX_LEN + 1]);
void digest_close(struct digest *d);

#endif
