/* SPDX-License-Identifier: GPL-2.0-only */
/* Between access.c and access_formats.c. */
#ifndef TRACES_ACCESS_FORMATS_H
#define TRACES_ACCESS_FORMATS_H

#include "traces/access.h"

extern const struct access_format access_lackey, access_memtrace;

#endif
