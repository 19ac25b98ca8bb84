/* SPDX-License-Identifier: GPL-2.0-only */
/* gfp flags as the kernel's trace events print them: GFP_KERNEL|__GFP_ZERO. */
#ifndef REPORTS_GFP_TEXT_H
#define REPORTS_GFP_TEXT_H

#include "engine/core/gfp.h"

enum { GFP_TEXT_LEN = 640 };

/* Whole sets by their own name first, then single bits; "none" for 0. */
void gfp_text(char out[GFP_TEXT_LEN], uint32_t gfp);

#endif
