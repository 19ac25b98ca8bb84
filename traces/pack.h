/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whole blocks of memory in and out of zstd and zlib, and their 64-bit checksum: the door for
 * block compression (streams of files are traces/io.h's affair).
 */
#ifndef TRACES_PACK_H
#define TRACES_PACK_H

#include "engine/core/diag.h"

struct pack;

/* A compressor and decompressor whose working memory is used again from block to block. */
int pack_open(struct pack **out) KM_MUST_CHECK;
void pack_close(struct pack *p);

/* The room that pack_zstd() and pack_gzip() may need for @len bytes. */
size_t pack_bound(size_t len);

/**
 * pack_zstd() - compress @len bytes at @in to @out, which has @room bytes. The same bytes and
 * @level always give the same result with the same libzstd.
 *
 * Return: the compressed size; -KM_ENOMEM or -KM_EINVAL (@room is too small).
 */
int64_t pack_zstd(struct pack *p, int level, void *out, size_t room, const void *in, size_t len);

/* As pack_zstd(), a gzip member without a time or a name. pack_bound() is room enough. */
int64_t pack_gzip(int level, void *out, size_t room, const void *in, size_t len);

/**
 * pack_unzstd(), pack_unzlib() - decompress to at most @room bytes.
 *
 * Return: the size; -KM_EFORMAT where @in is damaged or holds more than @room; -KM_ENOMEM.
 */
int64_t pack_unzstd(struct pack *p, void *out, size_t room, const void *in, size_t len);
int64_t pack_unzlib(void *out, size_t room, const void *in, size_t len);

/* XXH64 of @len bytes, seed 0: the checksum of .kmt. */
uint64_t pack_hash(const void *data, size_t len);

#endif
