/* SPDX-License-Identifier: GPL-2.0-only */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/archive_file.h"
#include "tests/support/text_trace.h"
#include "traces/io_source.h"

static char *unpacked(const char *path, size_t *len)
{
	struct io_budget b;
	struct io_input in;
	bool cut;
	char *data = NULL;

	io_budget_init(&b);
	cr_assert_eq(io_open(&in, path, &b, NULL), 0);
	cr_assert_eq(in.kind, IO_PLAIN);
	int fd = io_source_take_fd(in.source);

	cr_assert_eq(io_unpack(&fd, path, &b, &cut, NULL), 0);
	cr_assert_not(cut);
	cr_assert_eq(io_load(fd, path, &data, len, NULL), 0);
	close(fd);
	unlink(path);
	return data;
}

Test(io, unpacks_by_content)
{
	for (enum packing how = PACK_PLAIN; how <= PACK_ZSTD; how++) {
		size_t len;
		char *data = unpacked(packed_file(how, "hello\n", 3), &len);

		cr_assert_eq(len, 18, "members and frames are joined");
		cr_assert_str_eq(data, "hello\nhello\nhello\n");
		free(data);
	}
}

Test(io, the_budget_is_kept)
{
	char *zeros = calloc(1, 200001);
	struct io_budget b;
	struct km_diag d;
	struct io_input in;
	bool cut;

	memset(zeros, 'z', 200000);
	const char *path = packed_file(PACK_ZSTD, zeros, 1);

	io_budget_init(&b);
	b.max_file_bytes = 100000;
	cr_assert_eq(io_open(&in, path, &b, &d), 0);
	int fd = io_source_take_fd(in.source);

	cr_assert_eq(io_unpack(&fd, path, &b, &cut, &d), -KM_EFORMAT);
	cr_assert(strstr(d.what, "100000"), "%s", d.what);
	unlink(path);
	free(zeros);
}

Test(io, a_bomb_is_refused)
{
	size_t len = 900 << 10;
	char *zeros = calloc(1, len + 1);
	struct io_budget b;
	struct io_input in;
	struct km_diag d;
	bool cut;

	memset(zeros, 'z', len);
	const char *path = packed_file(PACK_ZSTD, zeros, 200); /* 180 MB in 20 KB */

	io_budget_init(&b);
	cr_assert_eq(io_open(&in, path, &b, &d), 0);
	int fd = io_source_take_fd(in.source);

	cr_assert_eq(io_unpack(&fd, path, &b, &cut, &d), -KM_EFORMAT);
	cr_assert(strstr(d.what, "4096 times"), "%s", d.what);
	unlink(path);
	free(zeros);
}

/* A frame's header asks for a window of 2 GiB: zstd's format, RFC 8878 3.1.1.1.2. */
Test(io, a_large_window_is_refused)
{
	static const uint8_t head[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00 };
	const char *path = tmp_file(".zst", head, sizeof(head));
	struct text_trace x = read_trace_file(path);

	cr_assert_eq(x.err, -KM_ENOTSUP, "%d", x.err);
	cr_assert(strstr(x.d.what, "--long=31"), "%s", x.d.what);
	unlink(path);
}

Test(io, what_is_cut_says_so)
{
	char *noise = malloc(65537);
	struct io_stream *s;
	char buf[4096];
	int64_t n;

	for (unsigned int i = 0, v = 1; i < 65536; i++, v = v * 1103515245 + 12345)
		noise[i] = (char)('a' + (v >> 16) % 26);
	noise[65536] = '\0';
	for (enum packing how = PACK_GZIP; how <= PACK_ZSTD; how++) {
		const char *path = packed_file(how, noise, 1);
		struct io_budget b;
		struct io_input in;

		io_budget_init(&b);
		cr_assert_eq(truncate(path, 20000), 0);
		cr_assert_eq(io_open(&in, path, &b, NULL), 0);
		cr_assert_eq(io_stream_open(&s, in.source, path, NULL), 0);
		while ((n = io_stream_read(s, buf, sizeof(buf), NULL)) > 0)
			;
		cr_assert_eq(n, 0);
		cr_assert(io_stream_cut(s));
		io_stream_close(s);
		io_source_close(in.source);
		unlink(path);
	}
	free(noise);
}

Test(io, damage_is_named)
{
	const char *path = packed_file(PACK_GZIP, "hello hello hello", 1);
	struct io_stream *s;
	struct io_input in;
	struct io_budget b;
	struct km_diag d;
	char buf[64];
	int64_t n;

	io_budget_init(&b);
	cr_assert_eq(io_open(&in, path, &b, &d), 0);
	FILE *f = fopen(path, "r+");

	fseek(f, 12, SEEK_SET);
	fputs("\xff\xff\xff", f);
	fclose(f);
	cr_assert_eq(io_stream_open(&s, in.source, path, &d), 0);
	while ((n = io_stream_read(s, buf, sizeof(buf), &d)) > 0)
		;
	cr_assert_eq(n, -KM_EFORMAT);
	cr_assert(strstr(d.what, "gzip"), "%s", d.what);
	io_stream_close(s);
	io_source_close(in.source);
	unlink(path);
}

Test(io, names_that_lead_outside)
{
	cr_assert(io_name_is_safe("a/b..c/d"));
	cr_assert_not(io_name_is_safe("../a"));
	cr_assert_not(io_name_is_safe("a/../../b"));
	cr_assert_not(io_name_is_safe("/etc/passwd"));
	cr_assert_not(io_name_is_safe(""));
	cr_assert_not(io_name_is_safe(".."));
}

Test(io, no_such_file)
{
	struct io_budget b;
	struct io_input in;
	struct km_diag d;

	io_budget_init(&b);
	cr_assert_eq(io_open(&in, "/tmp/there is no such file", &b, &d), -KM_ENOENT);
	cr_assert_str_eq(d.where, "/tmp/there is no such file");
}
