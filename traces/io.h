/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files as bytes: opening, finding compression by content, unpacking into private files, walking
 * archives and directories. The only door to libarchive and to streams of zstd and gzip.
 *
 * A private file is in memory up to IO_MEMORY_BYTES; one that outgrows them goes to disk, without a
 * name. What a hostile file may make of us is limited: IO_MAX_FILE_BYTES a file,
 * IO_MAX_TOTAL_BYTES and IO_MAX_FILES a capture, and beyond IO_FREE_BYTES no more than IO_MAX_RATIO
 * times the bytes that went in.
 */
#ifndef TRACES_IO_H
#define TRACES_IO_H

#include "engine/core/diag.h"

#define IO_MAX_FILE_BYTES (UINT64_C(64) << 30)
#define IO_MAX_TOTAL_BYTES (UINT64_C(128) << 30)
#define IO_MAX_LOAD_BYTES (UINT64_C(8) << 30)
#define IO_MEMORY_BYTES (UINT64_C(1) << 20)
#define IO_FREE_BYTES (UINT64_C(64) << 20)

enum { IO_MAX_FILES = 65536, IO_MAX_RATIO = 4096, IO_MAX_DEPTH = 8, IO_MAX_NAME = 1024 };

/* What one capture has unpacked so far, and how much it may. */
struct io_budget {
	uint64_t max_file_bytes, max_total_bytes, max_files;
	uint64_t total_bytes, files;
	const char *spool_dir; /* where a private file on disk is made */
};

void io_budget_init(struct io_budget *b);

enum io_kind { IO_PLAIN, IO_DIRECTORY, IO_TAR };

struct io_source;

struct io_input {
	enum io_kind kind;
	struct io_source *source; /* IO_PLAIN: at its beginning; what is compressed still is */
	int fd;			  /* the others: the directory's, or a file's that seeks */
};

/**
 * io_open() - open @path ("-": standard input) and see what it is. An archive from a pipe is kept on
 * disk; anything else from a pipe is left to be read as it comes. @path and @b outlive *@out.
 *
 * Return: 0; -KM_ENOENT, -KM_EIO, -KM_EFORMAT (damaged, beyond the limits), -KM_ENOMEM, with @d
 * filled.
 */
int io_open(struct io_input *out, const char *path, struct io_budget *b,
	    struct km_diag *d) KM_MUST_CHECK;

/* The first bytes of the content, unpacked: how many (at most @n), or a negative -KM_E…. */
int64_t io_peek(struct io_source *src, const char *where, void *buf, size_t n, struct km_diag *d);

/**
 * io_unpack() - replace *@fd, which seeks, by a private file with its unpacked content if it is
 * compressed; else leave it. On error *@fd is closed and -1. *@cut: the compressed data ended
 * early, this is what there was.
 */
int io_unpack(int *fd, const char *where, struct io_budget *b, bool *cut,
	      struct km_diag *d) KM_MUST_CHECK;

/* Content in order, unpacked on the way, in constant memory. @src and @where stay the caller's. */
struct io_stream;

int io_stream_open(struct io_stream **out, struct io_source *src, const char *where,
		   struct km_diag *d) KM_MUST_CHECK;
void io_stream_close(struct io_stream *s);

/* At most @n bytes: the count, 0 at the end, or -KM_EFORMAT (damaged), -KM_EIO. */
int64_t io_stream_read(struct io_stream *s, void *buf, size_t n, struct km_diag *d);
int io_stream_rewind(struct io_stream *s, struct km_diag *d) KM_MUST_CHECK;

/* A plain file: io_source_read_at() reads its content anywhere. */
bool io_stream_seeks(const struct io_stream *s);

/* At the end: the compressed data stopped in the middle. */
bool io_stream_cut(const struct io_stream *s);

/* Share of the file used so far; 0 where a pipe does not say how much there is. */
uint32_t io_stream_ppm(const struct io_stream *s);

/* Everything in @fd, in memory from malloc() with a NUL after it. */
int io_load(int fd, const char *where, char **data, size_t *len, struct km_diag *d) KM_MUST_CHECK;

/* At most @n bytes from @at; the count, or -KM_EIO. */
int64_t io_read_at(int fd, void *buf, size_t n, uint64_t at);

/* A file below a directory that was opened; -KM_ENOENT or -KM_EIO. */
int io_open_below(int dir, const char *name, const char *where, struct km_diag *d);

/* "a/b.txt": neither empty nor absolute, and without a ".." in it. */
bool io_name_is_safe(const char *name);

/**
 * io_walk() - call @each with every regular file below @dir, by its name relative to @dir, in no
 * certain order. More than IO_MAX_FILES, or directories deeper than IO_MAX_DEPTH, are an error:
 * this is no capture.
 */
int io_walk(int dir, const char *where, struct io_budget *b,
	    int (*each)(void *ctx, const char *name), void *ctx, struct km_diag *d) KM_MUST_CHECK;

struct io_tar;

/*
 * An archive member by member; @fd stays the caller's. Links, devices and names that lead outside
 * are refused.
 */
int io_tar_open(struct io_tar **out, int fd, const char *where, struct io_budget *b,
		struct km_diag *d) KM_MUST_CHECK;
void io_tar_close(struct io_tar *t);

/*
 * The next regular file: 1 and its name (until the next call), 0 at the end, or a negative -KM_E….
 */
int io_tar_next(struct io_tar *t, const char **name, struct km_diag *d);

/* The current member's content as a private file. */
int io_tar_fd(struct io_tar *t, int *fd, struct km_diag *d) KM_MUST_CHECK;

#endif
