/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/perf_run.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "traces/io.h"

enum { SAID_BYTES = 512, MAX_ATTRS = 65536, FIELDS_AT = 6 };

struct perf_run {
	const char *path;
	pid_t pid; /* 0: it has been waited for */
	int text;  /* we read here what it writes */
	int said;  /* its standard error, a memory file */
	int status;
};

static int no_perf(const char *path, int error, struct km_diag *d)
{
	if (error == ENOENT)
		return km_fail(
			d, KM_ENOTSUP, path,
			"a perf.data is read with perf, which is not installed: `apt-get install linux-perf`, "
			"or where it is, `perf script > FILE`, and give FILE");
	return km_fail(d, KM_EIO, path, "perf cannot be run: %s", strerror(error));
}

/* Fields of each sample; with a call chain, its frames in lines of their own. */
#define FIELDS "comm,tid,cpu,time,event,trace"
#define CHAIN_FIELDS FIELDS ",ip,sym,symoff,dso"

/*
 * Has every tracepoint's sample a call chain? Asked for without one, perf would put the address
 * behind the event's fields. The file begins with its magic, its head's size, an attribute's size,
 * and place and size of the attributes, 8 bytes each; one written to a pipe has a shorter head.
 */
static bool has_chains(int fd)
{
	struct {
		uint32_t type, size;
		uint64_t config, period, sample_type;
	} attr;
	uint64_t head[5];
	bool any = false;

	if (io_read_at(fd, head, sizeof(head), 0) != sizeof(head) || memcmp(head, "PERFILE2", 8) ||
	    head[1] < sizeof(head) || head[2] < sizeof(attr) || head[4] / head[2] > MAX_ATTRS)
		return false;
	for (uint64_t i = 0; i < head[4] / head[2]; i++) {
		if (io_read_at(fd, &attr, sizeof(attr), head[3] + i * head[2]) != sizeof(attr))
			return false;
		if (attr.type != PERF_TYPE_TRACEPOINT)
			continue;
		if (!(attr.sample_type & PERF_SAMPLE_CALLCHAIN))
			return false;
		any = true;
	}
	return any;
}

/*
 * perf opens the file through its standard input, so that no name becomes an argument. PATH is only
 * searched for perf; its own settings, its pager and the locale stay outside.
 */
static int spawn(struct perf_run *r, int fd, int out)
{
	static const char *const words[] = { "perf",
					     "script",
					     "-f",
					     "-i",
					     "/proc/self/fd/0",
					     "-F",
					     FIELDS,
					     "--ns",
					     "--show-lost-events",
					     NULL };
	char *argv[sizeof(words) / sizeof(words[0])];
	char *env[] = { (char *)"LC_ALL=C", NULL };
	posix_spawn_file_actions_t files;
	int error = posix_spawn_file_actions_init(&files);

	if (error)
		return error;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		argv[i] = (char *)words[i];
	if (has_chains(fd))
		argv[FIELDS_AT] = (char *)CHAIN_FIELDS;
	error = posix_spawn_file_actions_adddup2(&files, fd, 0);
	if (!error)
		error = posix_spawn_file_actions_adddup2(&files, out, 1);
	if (!error)
		error = posix_spawn_file_actions_adddup2(&files, r->said, 2);
	if (!error)
		error = posix_spawnp(&r->pid, argv[0], &files, NULL, argv, env);
	posix_spawn_file_actions_destroy(&files);
	if (error)
		r->pid = 0;
	return error;
}

int perf_run_open(struct perf_run **out, int fd, const char *path, struct km_diag *d)
{
	struct perf_run *r = calloc(1, sizeof(*r));
	int ends[2] = { -1, -1 }, error = 0;

	if (!r)
		return km_fail(d, KM_ENOMEM, path, "no memory");
	r->path = path;
	r->text = -1;
	r->said = memfd_create("perf", MFD_CLOEXEC);
	if (r->said < 0 || pipe2(ends, O_CLOEXEC))
		error = errno;
	r->text = ends[0];
	if (!error)
		error = spawn(r, fd, ends[1]);
	if (ends[1] >= 0)
		close(ends[1]);
	if (error) {
		perf_run_close(r);
		return no_perf(path, error, d);
	}
	*out = r;
	return 0;
}

static void wait_for(struct perf_run *r)
{
	while (r->pid && waitpid(r->pid, &r->status, 0) < 0 && errno == EINTR)
		continue;
	r->pid = 0;
}

void perf_run_close(struct perf_run *r)
{
	if (!r)
		return;
	if (r->text >= 0)
		close(r->text);
	if (r->pid)
		kill(r->pid, SIGKILL);
	wait_for(r);
	if (r->said >= 0)
		close(r->said);
	free(r);
}

int perf_run_take_fd(struct perf_run *r)
{
	int fd = r->text;

	r->text = -1;
	return fd;
}

/* The last line of what it said: perf warns first and gives up last. */
int perf_run_finish(struct perf_run *r, struct km_diag *d)
{
	char said[SAID_BYTES + 1];
	off_t end = lseek(r->said, 0, SEEK_END);
	off_t at = end > SAID_BYTES ? end - SAID_BYTES : 0;
	ssize_t n;

	wait_for(r);
	if (WIFEXITED(r->status) && !WEXITSTATUS(r->status))
		return 0;
	n = pread(r->said, said, SAID_BYTES, at);
	n = n < 0 ? 0 : n;
	while (n && (said[n - 1] == '\n' || said[n - 1] == ' '))
		n--;
	said[n] = '\0';
	const char *line = strrchr(said, '\n');

	return km_fail(d, KM_EFORMAT, r->path, "perf cannot read it: %s",
		       line  ? line + 1 :
		       *said ? said :
			       "it does not say why");
}
