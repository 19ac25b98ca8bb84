/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which functions of the kernel are its allocators' own, or only pass on what a caller asks for:
 * a call chain's first function that is none of them is who allocated.
 *
 * Kernel: none
 */
#ifndef KM_CORE_ALLOC_FRAMES_H
#define KM_CORE_ALLOC_FRAMES_H

#include <stdbool.h>
#include <stddef.h>

/* @len bytes of a frame: "function", perhaps with "+0xoff/0xsize" and " [module]" behind it. */
bool alloc_frame(const char *frame, size_t len);

/*
 * Of a call chain (engine/event.h) the function that allocated, as "function [module]" without its
 * offset: at most @size - 1 bytes of it in @out. Return: @out; NULL where the chain is empty, has
 * addresses in the place of names, or nothing but allocators.
 */
const char *alloc_caller(char *out, size_t size, const char *chain);

/* A frame, or a call site, as "function [module]" without its offset; an address as it is. @out. */
const char *alloc_frame_name(char *out, size_t size, const char *frame);

#endif
