/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which functions of the kernel are its allocators' own, or only pass on what a caller asks for:
 * a call chain's first function that is none of them is who allocated.
 *
 * Kernel: none
 */
#ifndef CLI_ALLOC_FRAMES_H
#define CLI_ALLOC_FRAMES_H

#include <stdbool.h>
#include <stddef.h>

/* @len bytes of a frame: "function", perhaps with "+0xoff/0xsize" and " [module]" behind it. */
bool alloc_frame(const char *frame, size_t len);

#endif
