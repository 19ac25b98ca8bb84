/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interned strings: task, cache, area and symbol names of a trace, each stored once and named by a
 * small id. Id 0 is the empty string. Ids are given in the order of first appearance, so they are
 * deterministic.
 */
#ifndef KM_CORE_STRTAB_H
#define KM_CORE_STRTAB_H

#include "engine/core/types.h"

struct strtab;

int strtab_open(struct strtab **out) KM_MUST_CHECK;
void strtab_close(struct strtab *s);

/*
 * The id of the @len bytes at @text; -KM_ENOMEM, -KM_EINVAL for more than 4 KiB or over 2^31
 * strings.
 */
int64_t strtab_intern(struct strtab *s, const char *text, size_t len);

/* NUL-terminated; "" for an id never given. Stable until strtab_close(). */
const char *strtab_get(const struct strtab *s, uint32_t id);
size_t strtab_count(const struct strtab *s);

#endif
