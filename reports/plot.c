/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gnuplot reads its script from one anonymous file and writes picture and messages into two more,
 * so nothing can block half-way, and nothing lies in a directory where somebody else could change
 * it.
 */
#include "reports/plot.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What gnuplot is connected to: its standard input, output and error. */
struct pipes {
	int fd[3];
};

static int no_gnuplot(struct km_diag *d, int error)
{
	if (error == ENOENT)
		return km_fail(
			d, KM_EIO, "gnuplot",
			"is not installed; install it (Debian: gnuplot-nox) or leave out html, png and svg");
	return km_fail(d, KM_EIO, "gnuplot", "cannot be run: %s", strerror(error));
}

static void close_pipes(struct pipes *p)
{
	for (int i = 0; i < 3; i++)
		if (p->fd[i] >= 0)
			close(p->fd[i]);
}

static int open_pipes(struct pipes *p, struct km_diag *d)
{
	for (int i = 0; i < 3; i++)
		p->fd[i] = -1;
	for (int i = 0; i < 3; i++) {
		p->fd[i] = memfd_create("kmemlab-plot", MFD_CLOEXEC);
		if (p->fd[i] < 0) {
			int err = no_gnuplot(d, errno);

			close_pipes(p);
			return err;
		}
	}
	return 0;
}

static bool write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

static int put_script(int fd, const char *script, size_t len, enum plot_terminal terminal,
		      struct km_diag *d)
{
	static const char *const settings[] = {
		[PLOT_PNG] = "pngcairo font 'DejaVu Sans,11'",
		[PLOT_SVG] =
			"svg background rgb 'white' font 'DejaVu Sans,Verdana,sans-serif,11' fontscale 1.3",
		[PLOT_SVG_INLINE] = "svg font 'DejaVu Sans,Verdana,sans-serif,11' fontscale 1.3",
	};
	char head[256];
	int n = snprintf(head, sizeof(head),
			 "set encoding utf8\nset terminal %s noenhanced size %d,%d\n",
			 settings[terminal], PLOT_WIDTH, PLOT_HEIGHT);

	KM_BUG_ON(n < 0 || (size_t)n >= sizeof(head));
	if (!write_all(fd, head, (size_t)n) || !write_all(fd, script, len) ||
	    lseek(fd, 0, SEEK_SET) < 0)
		return no_gnuplot(d, errno);
	return 0;
}

/* PATH and what fonts are found by; gnuplot's own settings and the locale stay outside. */
static int spawn(pid_t *pid, const struct pipes *p)
{
	static const char *const handed_on[] = { "PATH", "FONTCONFIG_FILE", "FONTCONFIG_PATH",
						 "XDG_CACHE_HOME" };
	char *argv[] = { (char *)"gnuplot", (char *)"-d", NULL };
	char *env[sizeof(handed_on) / sizeof(handed_on[0]) + 2] = { (char *)"LC_ALL=C.UTF-8" };
	posix_spawn_file_actions_t files;
	size_t n = 1;
	int error = posix_spawn_file_actions_init(&files);

	if (error)
		return error;
	for (int i = 0; i < 3 && !error; i++)
		error = posix_spawn_file_actions_adddup2(&files, p->fd[i], i);
	for (size_t i = 0; i < sizeof(handed_on) / sizeof(handed_on[0]) && !error; i++) {
		const char *value = getenv(handed_on[i]);

		if (value && asprintf(&env[n++], "%s=%s", handed_on[i], value) < 0) {
			env[--n] = NULL;
			error = ENOMEM;
		}
	}
	if (!error)
		error = posix_spawnp(pid, argv[0], &files, NULL, argv, env);
	while (n > 1)
		free(env[--n]);
	posix_spawn_file_actions_destroy(&files);
	return error;
}

/* Kill @pid if it is still there after PLOT_TIMEOUT_S; without pidfds (before Linux 5.3) it is
 * waited for. */
static bool ends_in_time(pid_t pid)
{
	struct pollfd end = { .fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN };
	int n;

	if (end.fd < 0)
		return true;
	do
		n = poll(&end, 1, PLOT_TIMEOUT_S * 1000);
	while (n < 0 && errno == EINTR);
	close(end.fd);
	if (n)
		return true;
	kill(pid, SIGKILL);
	return false;
}

static int wait_for(pid_t pid, bool *in_time)
{
	int status = 0;

	*in_time = ends_in_time(pid);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return status;
}

/* Everything gnuplot wrote, NUL-terminated; NULL without memory. */
static char *read_back(int fd, size_t *len)
{
	off_t end = lseek(fd, 0, SEEK_END);
	char *data = end < 0 ? NULL : malloc((size_t)end + 1);
	size_t got = 0;

	while (data && got < (size_t)end) {
		ssize_t n = pread(fd, data + got, (size_t)end - got, (off_t)got);

		if (n <= 0 && errno != EINTR)
			break;
		got += n > 0 ? (size_t)n : 0;
	}
	if (data)
		data[got] = '\0';
	*len = got;
	return data;
}

/* Its first complaint: the line of the script it shows, the mark below it and the blank lines are
 * left out. */
static int failed(int fd, int status, bool in_time, struct km_diag *d)
{
	size_t len;
	char *text = read_back(fd, &len), *line = text ? strstr(text, "line ") : NULL;
	int err;

	if (!in_time)
		err = km_fail(d, KM_EIO, "gnuplot", "did not end within %d s", PLOT_TIMEOUT_S);
	else if (WIFSIGNALED(status))
		err = km_fail(d, KM_EIO, "gnuplot", "was ended by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status) == 127)
		err = no_gnuplot(d, ENOENT);
	else
		err = km_fail(d, KM_EIO, "gnuplot", "failed: %.300s",
			      line	      ? line :
			      text && text[0] ? text :
						"no message");
	free(text);
	return err;
}

/* @text with @new in the place of each @old. */
static void put_replaced(FILE *out, const char *text, size_t len, const char *old, const char *new)
{
	const char *end = text + len, *mark;

	while ((mark = memmem(text, (size_t)(end - text), old, strlen(old)))) {
		fwrite(text, 1, (size_t)(mark - text), out);
		fputs(new, out);
		text = mark + strlen(old);
	}
	fwrite(text, 1, (size_t)(end - text), out);
}

/* Drop the prologue, and the markers where none is used; give each id a name of its own. */
static void put_inline(FILE *out, const char *svg, unsigned int number)
{
	const char *from = strstr(svg, "<svg"), *defs, *end;
	char id[48], pt[48], ref[48];

	if (!from)
		return;
	snprintf(id, sizeof(id), "id=\"figure%u", number);
	snprintf(pt, sizeof(pt), "'figure%u_gp", number);
	snprintf(ref, sizeof(ref), "'#figure%u_gp", number);
	defs = strstr(from, "<defs>");
	end = defs ? strstr(defs, "</defs>") : NULL;
	if (end) {
		const char *filters = strstr(defs, "<filter");

		put_replaced(out, from, (size_t)(defs - from), "id=\"gnuplot", id);
		from = end + strlen("</defs>");
		if (strstr(from, "'#gpPt")) {
			char *markers = NULL;
			size_t len;
			FILE *f = open_memstream(&markers, &len);

			end = filters && filters < end ? filters : end;
			if (f) {
				put_replaced(f, defs, (size_t)(end - defs), "'gp", pt);
				fclose(f);
				put_replaced(out, markers, len, "'#gp", ref);
			}
			free(markers);
			fputs("</defs>", out);
		}
	}
	for (;;) {
		const char *use = strstr(from, "'#gp");
		size_t len = use ? (size_t)(use - from) : strlen(from);

		put_replaced(out, from, len, "id=\"gnuplot", id);
		if (!use)
			return;
		fputs(ref, out);
		from = use + strlen("'#gp");
	}
}

static int put_picture(FILE *out, int fd, enum plot_terminal terminal, unsigned int number,
		       struct km_diag *d)
{
	size_t len;
	char *data = read_back(fd, &len);

	if (!data)
		return km_fail(d, KM_ENOMEM, "gnuplot", "out of memory");
	if (!len) {
		free(data);
		return km_fail(d, KM_EIO, "gnuplot", "drew nothing");
	}
	if (terminal == PLOT_SVG_INLINE)
		put_inline(out, data, number);
	else
		fwrite(data, 1, len, out);
	free(data);
	return 0;
}

int plot_run(FILE *out, const char *script, size_t len, enum plot_terminal terminal,
	     unsigned int number, struct km_diag *d)
{
	struct pipes p;
	bool in_time = true;
	pid_t pid;
	int err = open_pipes(&p, d), status;

	if (err)
		return err;
	err = put_script(p.fd[0], script, len, terminal, d);
	if (!err) {
		int error = spawn(&pid, &p);

		err = error ? no_gnuplot(d, error) : 0;
	}
	if (!err) {
		status = wait_for(pid, &in_time);
		err = status || !in_time ? failed(p.fd[2], status, in_time, d) :
					   put_picture(out, p.fd[1], terminal, number, d);
	}
	close_pipes(&p);
	return err;
}
