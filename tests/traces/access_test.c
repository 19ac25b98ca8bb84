/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory accesses as lackey and memtrace_simple print them. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "traces/access.h"

/* A file with @text; its path. */
static const char *file_of(char path[64], const char *text, size_t len)
{
	int fd = memfd_create("access", MFD_CLOEXEC);

	cr_assert(fd >= 0 && write(fd, text, len) == (ssize_t)len);
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return path;
}

/* All accesses of @text; the last thing access_trace_read() said. */
static int64_t read_text(const char *text, struct access *out, size_t max, size_t *nr,
			 struct km_diag *d)
{
	struct access_trace *t;
	char path[64];
	int64_t n = access_trace_open(&t, file_of(path, text, strlen(text)), d);

	*nr = 0;
	if (n)
		return n;
	while (*nr < max && (n = access_trace_read(t, out + *nr, max - *nr, d)) > 0)
		*nr += (size_t)n;
	access_trace_close(t);
	return n;
}

static void is(const struct access *a, enum access_kind kind, uint64_t vaddr, uint32_t bytes)
{
	cr_expect_eq(a->kind, kind);
	cr_expect_eq(a->vaddr, vaddr);
	cr_expect_eq(a->bytes, bytes);
}

Test(access, lackey)
{
	struct km_diag d = { 0 };
	struct access a[8];
	size_t n;

	cr_assert_eq(read_text("==20618== Lackey, an example Valgrind tool\n==20618== \n"
			       "I  0401ab70,3\n S 1fff000708,8\n\n L ffffffffffffffff,64\r\n"
			       "--20618-- a warning\n M 0,1\n==20618== Exit code:       0\n",
			       a, 8, &n, &d),
		     0, "%s: %s", d.where, d.what);
	cr_assert_eq(n, 4);
	is(&a[0], ACCESS_FETCH, 0x401ab70, 3);
	is(&a[1], ACCESS_STORE, UINT64_C(0x1fff000708), 8);
	is(&a[2], ACCESS_LOAD, UINT64_MAX, 64);
	is(&a[3], ACCESS_MODIFY, 0, 1);
}

Test(access, memtrace)
{
	struct km_diag d = { 0 };
	struct access a[8];
	size_t n;

	cr_assert_eq(read_text("Format: <data address>: <data size>, <(r)ead/(w)rite/opcode>\n"
			       "0x00007f5e0c1e2cd3:  5, call\n0x7ffe3e7a1ea8:  8, w\n0x10: 64, r\n"
			       "0x20:  2, ret",
			       a, 8, &n, &d),
		     0, "%s: %s", d.where, d.what);
	cr_assert_eq(n, 4);
	is(&a[0], ACCESS_FETCH, UINT64_C(0x7f5e0c1e2cd3), 5);
	is(&a[1], ACCESS_STORE, UINT64_C(0x7ffe3e7a1ea8), 8);
	is(&a[2], ACCESS_LOAD, 0x10, 64);
	is(&a[3], ACCESS_FETCH, 0x20, 2);
}

static void refused(const char *text, size_t before, const char *where)
{
	struct km_diag d = { 0 };
	struct access a[8];
	size_t n;

	cr_expect_eq(read_text(text, a, 8, &n, &d), -KM_EFORMAT, "\"%s\"", text);
	cr_expect_eq(n, before, "what came before is handed out");
	cr_expect(strstr(d.where, where), "%s does not end with %s", d.where, where);
}

Test(access, lines_that_are_none)
{
	refused(" L 10,4\n L 10\n", 1, ":2");
	refused(" L 10,4\n X 10,4\n", 1, ":2");
	refused(" L 10,4\nL10,4\n", 1, ":2");
	refused(" L 10,4\n L ,4\n", 1, ":2");
	refused(" L 10,4\n L 10,4x\n", 1, ":2");
	refused(" L 10,4\n L 11112222333344445,4\n", 1, ":2"); /* 17 digits */
	refused(" L 10,4\n L 10,1048577\n", 1, ":2");
	refused("0x10:  4, r\n0x10  4, r\n", 1, ":2");
	refused("0x10:  4, r\n0x10:  4\n", 1, ":2");
	refused("0x10:  4, r\n0x10:  4,\n", 1, ":2");
	refused("0x10:  4, r\n10:  4, r\n", 1, ":2");
	refused("", 0, "");
	refused("hello\n", 0, "");
	refused("==1== Memcheck, a memory error detector\nhello\n", 0, "");
}

Test(access, long_lines_and_many_blocks)
{
	struct access_trace *t;
	struct access a[1000];
	struct km_diag d = { 0 };
	size_t lines = 100000, len = 0;
	char path[64], *text = malloc(lines * 16 + 10000);
	uint64_t sum = 0, want = 0;
	int64_t n;

	cr_assert(text);
	for (size_t i = 0; i < lines; i++) {
		len += (size_t)snprintf(text + len, 16, " L %zx,4\n", i * 7);
		want += i * 7;
	}
	cr_assert(!access_trace_open(&t, file_of(path, text, len), &d));
	while ((n = access_trace_read(t, a, 1000, &d)) > 0)
		for (int64_t i = 0; i < n; i++)
			sum += a[i].vaddr;
	cr_expect_eq(n, 0);
	cr_expect_eq(sum, want);
	access_trace_close(t);
	memset(text + len, ' ', 9000);
	cr_assert(!access_trace_open(&t, file_of(path, text, len + 9000), &d));
	while ((n = access_trace_read(t, a, 1000, &d)) > 0)
		;
	cr_expect_eq(n, -KM_EFORMAT, "a line of 9000 blanks");
	cr_expect_eq(access_trace_read(t, a, 1000, &d), -KM_EFORMAT, "and it stays so");
	access_trace_close(t);
	free(text);
}
