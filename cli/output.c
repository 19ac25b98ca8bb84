/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/output.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/costs.h"
#include "cli/open.h"

static const struct {
	const char *format, *what, *example;
} kinds[] = {
	[OUTPUT_KMT] = { "kmt", "a .kmt", "trace.kmt" },
	[OUTPUT_TEXT] = { "ftrace-text", "a trace as text", "trace.txt" },
	[OUTPUT_COSTS] = { NULL, "a table of costs", "costs.yaml" },
};

/* ---- what is there ---- */

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Is the file @out below the directory @in? */
static bool lies_in(const char *out, const struct stat *in)
{
	char path[PATH_MAX], *slash;
	struct stat dir;

	if (!realpath(out, path))
		return false;
	while ((slash = strrchr(path, '/')) && slash > path) {
		*slash = '\0';
		if (!stat(path, &dir) && same_file(&dir, in))
			return true;
	}
	return false;
}

static bool is_table_of_costs(const char *path)
{
	struct cost_table *t = malloc(sizeof(*t));
	struct km_diag d = { 0 };
	bool is = t && !costs_read_file(t, path, &d);

	free(t);
	return is;
}

/* A trace by its content; one that is damaged behind its beginning is one too. */
static bool is_of_kind(const char *path, enum output_kind kind)
{
	struct km_diag d = { 0 };
	struct trace *t;

	if (!kinds[kind].format)
		return is_table_of_costs(path);
	if (cli_open_trace(&t, path, &d))
		return false;
	bool is = !strcmp(trace_info(t)->format, kinds[kind].format);

	trace_close(t);
	return is;
}

int output_check(const char *out, const char *in, enum output_kind kind, struct km_diag *d)
{
	struct stat old, input;

	if (!strcmp(out, "-"))
		return km_fail(d, KM_EUSAGE, out, "%s is written to a file with a name, such as %s",
			       kinds[kind].what, kinds[kind].example);
	if (stat(out, &old))
		return 0;
	if (S_ISDIR(old.st_mode))
		return km_fail(d, KM_EUSAGE, out, "is a directory; name a file in it, such as %s",
			       kinds[kind].example);
	if (!S_ISREG(old.st_mode))
		return km_fail(d, KM_EUSAGE, out,
			       "is not a regular file; %s cannot be written to it",
			       kinds[kind].what);
	if (!(strcmp(in, "-") ? stat(in, &input) : fstat(STDIN_FILENO, &input))) {
		if (same_file(&old, &input))
			return km_fail(d, KM_EUSAGE, out,
				       "is the input itself; choose another name");
		if (S_ISDIR(input.st_mode) && lies_in(out, &input))
			return km_fail(d, KM_EUSAGE, out,
				       "is part of the input; choose another name");
	}
	if (old.st_size && !is_of_kind(out, kind))
		return km_fail(d, KM_EUSAGE, out,
			       "exists and is not %s; remove it or choose another name",
			       kinds[kind].what);
	return 0;
}

/* ---- what is left ---- */

static void *wait_for_the_end(void *ctx)
{
	const struct output_guard *g = ctx;
	struct stat st;
	int sig;

	if (sigwait(&g->signals, &sig))
		return NULL;
	if (!lstat(g->path, &st) && st.st_dev == g->dev && st.st_ino == g->ino)
		unlink(g->path);
	signal(sig, SIG_DFL);
	pthread_sigmask(SIG_UNBLOCK, &g->signals, NULL);
	raise(sig);
	return NULL;
}

/* What nobody wants to hear of, as under nohup, stays so. */
static void choose_signals(sigset_t *out)
{
	static const int ends[] = { SIGHUP, SIGINT, SIGTERM };
	struct sigaction old;

	sigemptyset(out);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (!sigaction(ends[i], NULL, &old) && old.sa_handler != SIG_IGN)
			sigaddset(out, ends[i]);
}

int output_guard_open(struct output_guard *g, const char *path, struct km_diag *d)
{
	struct stat st;

	*g = (struct output_guard){ 0 };
	if (lstat(path, &st))
		return km_fail(d, KM_EIO, path, "cannot be written: %s", strerror(errno));
	g->path = strdup(path);
	if (!g->path)
		return km_fail(d, KM_ENOMEM, path, "out of memory");
	g->dev = st.st_dev;
	g->ino = st.st_ino;
	choose_signals(&g->signals);
	pthread_sigmask(SIG_BLOCK, &g->signals, &g->before);
	int bad = pthread_create(&g->thread, NULL, wait_for_the_end, g);

	if (!bad) {
		g->open = true;
		return 0;
	}
	pthread_sigmask(SIG_SETMASK, &g->before, NULL);
	free(g->path);
	return km_fail(d, bad == EAGAIN ? KM_ENOMEM : KM_EIO, path,
		       "no thread to watch over it: %s", strerror(bad));
}

void output_guard_close(struct output_guard *g)
{
	if (!g->open)
		return;
	/* sigwait() is where it ends; what it has already taken it carries out */
	pthread_cancel(g->thread);
	pthread_join(g->thread, NULL);
	pthread_sigmask(SIG_SETMASK, &g->before, NULL);
	free(g->path);
	g->open = false;
}
