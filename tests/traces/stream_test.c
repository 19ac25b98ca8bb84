/* SPDX-License-Identifier: GPL-2.0-only */
/* Pipes: read once as they come, or kept on disk, and what may befall them. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/archive_file.h"
#include "tests/support/text_trace.h"
#include "traces/io_source.h"
#include "traces/kmt.h"
#include "traces/reader.h"

enum { SMALL = 7, PIECES = 3 };

#define LINE(sec)                                                          \
	"            bash-42      [001] .....     " sec ".000001: kfree: " \
	"call_site=f+0x1/0x2 ptr=ff11000000000100\n"

/* A child that writes @len bytes to the pipe @ends, @piece at a time, and ends. */
static pid_t feed(const int ends[2], const char *data, size_t len, size_t piece)
{
	pid_t pid = fork();

	cr_assert_geq(pid, 0);
	if (pid)
		return pid;
	close(ends[0]);
	while (len) {
		ssize_t n = write(ends[1], data, len < piece ? len : piece);

		if (n < 0)
			break;
		data += n;
		len -= (size_t)n;
	}
	_exit(0);
}

static struct io_source *piped(const char *data, size_t len, struct io_budget *b, pid_t *pid)
{
	struct io_source *s;
	int ends[2];

	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	*pid = feed(ends, data, len, SMALL);
	close(ends[1]);
	io_budget_init(b);
	cr_assert_eq(io_source_open(&s, ends[0], "pipe", b, NULL), 0);
	return s;
}

static char *letters(size_t len)
{
	char *data = malloc(len + 1);

	for (size_t i = 0; i < len; i++)
		data[i] = (char)('a' + i * 31 % 26);
	data[len] = '\0';
	return data;
}

Test(source, short_reads_are_put_together)
{
	char *data = letters(5000), buf[4096];
	struct io_budget b;
	pid_t pid;
	struct io_source *s = piped(data, 5000, &b, &pid);

	cr_assert_not(io_source_seeks(s));
	cr_assert_eq(io_source_read_at(s, buf, 4096, 0), 4096);
	cr_assert_eq(io_source_read_at(s, buf, 100, 50), 100, "the beginning is remembered");
	cr_assert_eq(memcmp(buf, data + 50, 100), 0);
	io_source_settle(s);
	cr_assert_eq(io_source_read_at(s, buf, 4000, 4000), 1000, "head and pipe");
	cr_assert_eq(memcmp(buf, data + 4000, 1000), 0);
	cr_assert_eq(io_source_read_at(s, buf, 10, 5000), 0, "the end");
	cr_assert_eq(io_source_read_at(s, buf, 10, 0), -KM_EIO, "gone");
	io_source_close(s);
	waitpid(pid, NULL, 0);
	free(data);
}

Test(source, a_pipe_is_kept_whole)
{
	size_t len = 3 << 20;
	char *data = letters(len), *got = malloc(len + 1);
	struct io_budget b;
	struct io_source *s;
	int ends[2];

	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	pid_t pid = feed(ends, data, len, 65536);

	close(ends[1]);
	io_budget_init(&b);
	cr_assert_eq(io_source_open(&s, ends[0], "pipe", &b, NULL), 0);
	cr_assert_eq(io_source_read_at(s, got, 512, 0), 512);
	cr_assert_eq(io_source_keep(s, NULL), 0);
	cr_assert(io_source_seeks(s));
	cr_assert_eq(io_source_size(s), len);
	cr_assert_eq(io_source_read_at(s, got, len + 1, 0), (int64_t)len);
	cr_assert_eq(memcmp(got, data, len), 0);
	io_source_close(s);
	waitpid(pid, NULL, 0);
	free(got);
	free(data);
}

/* A limit on the size of files makes the disk full at will: write() gives EFBIG. */
Test(source, a_full_disk_is_said)
{
	size_t len = 4 << 20;
	char *data = letters(len);
	struct rlimit small = { 2 << 20, 2 << 20 };
	struct io_budget b;
	struct io_source *s;
	struct km_diag d;
	int ends[2];

	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	pid_t pid = feed(ends, data, len, 65536);

	close(ends[1]);
	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	io_budget_init(&b);
	cr_assert_eq(io_source_open(&s, ends[0], "pipe", &b, NULL), 0);
	cr_assert_eq(io_source_keep(s, &d), -KM_EIO);
	cr_assert(strstr(d.what, "no room in /tmp"), "%s", d.what);
	cr_assert(strstr(d.what, "TMPDIR"), "%s", d.what);
	io_source_close(s);
	waitpid(pid, NULL, 0);
	free(data);
}

Test(source, the_limit_holds_for_what_is_kept)
{
	size_t len = 100000;
	char *data = letters(len);
	struct io_budget b;
	struct km_diag d;
	pid_t pid;
	struct io_source *s = piped(data, len, &b, &pid);

	b.max_file_bytes = 50000;
	cr_assert_eq(io_source_keep(s, &d), -KM_EFORMAT);
	cr_assert(strstr(d.what, "50000"), "%s", d.what);
	io_source_close(s);
	waitpid(pid, NULL, 0);
	free(data);
}

/* ---- whole traces ---- */

static void nothing(int signal)
{
	(void)signal;
}

/* @path through a FIFO, with signals all the while: what a file gives. */
static struct text_trace through_fifo(const char *path, bool keep, size_t cut)
{
	struct sigaction act = { .sa_handler = nothing }; /* no SA_RESTART: EINTR */
	struct text_trace x = { .t = NULL };
	char dir[] = "/tmp/stream.XXXXXX", fifo[64];
	struct stat st;
	int64_t n = 0;

	cr_assert(mkdtemp(dir) != NULL);
	snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	cr_assert_eq(mkfifo(fifo, 0600), 0);
	sigaction(SIGUSR1, &act, NULL);

	int in = open(path, O_RDONLY);

	cr_assert_eq(fstat(in, &st), 0);
	size_t len = (size_t)st.st_size - cut;
	char *data = malloc(len + 1);

	cr_assert_eq(io_read_at(in, data, len, 0), (int64_t)len);
	close(in);
	pid_t pid = fork();

	if (!pid) {
		int out = open(fifo, O_WRONLY);

		for (size_t at = 0; at < len; at += (len + PIECES) / PIECES) {
			size_t piece = (len + PIECES) / PIECES;

			if (write(out, data + at, at + piece > len ? len - at : piece) < 0)
				_exit(1);
			usleep(10000);
			kill(getppid(), SIGUSR1);
		}
		_exit(0);
	}
	x.err = trace_open(&x.t, fifo, &x.d);
	if (!x.err && keep)
		x.err = trace_keep(x.t, &x.d);
	while (!x.err && (n = trace_read(x.t, x.ev + x.nr, TEXT_TRACE_EVENTS - x.nr, &x.d)) > 0)
		x.nr += (size_t)n;
	x.err = x.err ? x.err : (int)n;
	waitpid(pid, NULL, 0);
	unlink(fifo);
	rmdir(dir);
	free(data);
	return x;
}

static const char text[] = "# tracer: nop\n" LINE("1") LINE("2") LINE("3");

static const char *kmt_of(const char *path)
{
	static char out[64];
	struct trace *t;

	snprintf(out, sizeof(out), "/tmp/stream-%d.kmt", getpid());
	cr_assert_eq(trace_open(&t, path, NULL), 0);
	cr_assert_eq(kmt_write(t, out, NULL), 0);
	trace_close(t);
	return out;
}

static void check_three(struct text_trace *x, bool stream)
{
	cr_assert_eq(x->err, 0, "%s %s", x->d.where, x->d.what);
	cr_assert_eq(x->nr, 3);
	cr_assert_eq(trace_is_stream(x->t), stream);
	for (size_t i = 0; i < 3; i++)
		cr_assert_eq(x->ev[i].ts_ns, (i + 1) * 1000000000 + 1000);
	trace_close(x->t);
}

Test(stream, text_plain_and_packed)
{
	for (enum packing how = PACK_PLAIN; how <= PACK_ZSTD; how++) {
		const char *path = packed_file(how, text, 1);
		struct text_trace x = through_fifo(path, false, 0);

		check_three(&x, true);
		unlink(path);
	}
}

Test(stream, kmt_is_read_forward)
{
	const char *path = packed_file(PACK_PLAIN, text, 1);
	const char *kmt = kmt_of(path);
	struct text_trace x = through_fifo(kmt, false, 0);

	check_three(&x, true);
	x = through_fifo(kmt, false, 30);
	cr_assert_eq(x.err, -KM_ETRUNC, "its end is missing");
	cr_assert_eq(x.nr, 3, "what came before it was given");
	trace_close(x.t);
	unlink(path);
	unlink(kmt);
}

Test(stream, what_is_kept_is_read_again)
{
	for (enum packing how = PACK_PLAIN; how <= PACK_ZSTD; how++) {
		const char *path = packed_file(how, text, 1);
		struct text_trace x = through_fifo(path, true, 0);
		struct km_event ev[4];

		cr_assert_not(trace_is_stream(x.t));
		cr_assert_eq(trace_rewind(x.t, NULL), 0);
		cr_assert_eq(trace_read(x.t, ev, 4, NULL), 3);
		check_three(&x, false);
		unlink(path);
	}
}

Test(stream, a_pipe_that_ends_within_a_line)
{
	const char *path = packed_file(PACK_PLAIN, text, 1);
	struct text_trace x = through_fifo(path, false, 20);

	cr_assert_eq(x.err, -KM_ETRUNC);
	cr_assert_eq(x.nr, 2);
	cr_assert(strstr(x.d.where, "fifo:4"), "%s", x.d.where);
	trace_close(x.t);
	unlink(path);
}

Test(stream, a_compressed_pipe_that_is_cut)
{
	const char *path = packed_file(PACK_GZIP, text, 2);
	struct text_trace x = through_fifo(path, false, 15);

	cr_assert_eq(x.err, -KM_EFORMAT, "the second trace in it is met first");
	cr_assert_eq(x.nr, 3);
	trace_close(x.t);
	unlink(path);
	path = packed_file(PACK_GZIP, LINE("1"), 2);
	x = through_fifo(path, false, 12);
	cr_assert_eq(x.err, -KM_ETRUNC, "%s %s", x.d.where, x.d.what);
	cr_assert_geq(x.nr, 1);
	trace_close(x.t);
	unlink(path);
}

Test(stream, a_fifo_that_nobody_fills)
{
	const char *path = packed_file(PACK_PLAIN, text, 1);
	struct text_trace x = through_fifo(path, false, sizeof(text) - 1);

	cr_assert_eq(x.err, -KM_EFORMAT);
	cr_assert(strstr(x.d.what, "empty"), "%s", x.d.what);
	unlink(path);
}

Test(stream, a_window_begins_before_the_first_event)
{
	int ends[2];
	struct km_event ev[4];
	struct trace *t;
	char name[32];

	cr_assert_eq(pipe(ends), 0);
	pid_t pid = feed(ends, text, sizeof(text) - 1, SMALL);

	close(ends[1]);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", ends[0]);
	cr_assert_eq(trace_open(&t, name, NULL), 0);
	cr_assert_eq(trace_window(t, 1500000000, 2500000000, NULL), 0);
	cr_assert_eq(trace_read(t, ev, 4, NULL), 1);
	cr_assert_eq(ev[0].ts_ns, 2000001000);
	trace_close(t);
	close(ends[0]);
	waitpid(pid, NULL, 0);
}
