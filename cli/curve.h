/* SPDX-License-Identifier: GPL-2.0-only */
/* The published curve that a generated trace carries along (kmemlab-workload(5)). */
#ifndef CLI_CURVE_H
#define CLI_CURVE_H

#include <stddef.h>

#include "engine/core/diag.h"

struct store;

/**
 * curve_read() - every point of the @len bytes at @text into @s.
 * @s: NULL: only see whether it is a curve
 *
 * Return: 0; -KM_EUSAGE with @d = "@name:line: what", -KM_ENOMEM, or what the store gives.
 */
int curve_read(struct store *s, const char *name, const char *text, size_t len,
	       struct km_diag *d) KM_MUST_CHECK;

#endif
