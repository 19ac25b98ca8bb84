/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A worker is a fork that writes its answer into a pipe and ends. An answer that is not whole means
 * that the worker did not get to its end.
 */
#include "cli/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_WORKERS = 1024 };

struct answer {
	struct km_diag d;
	_Alignas(max_align_t) unsigned char result[POOL_RESULT_MAX];
};

struct worker {
	pid_t pid; /* 0: idle */
	int fd;
	size_t job, got;
	struct answer answer;
};

struct run {
	const struct pool *p;
	struct worker *worker;
	struct pollfd *poll;
	struct answer *answers; /* of each job */
	bool *ended;
	size_t next, nr_ended, nr_done;
};

unsigned int pool_cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return 1;
	return CPU_COUNT(&set) > 0 ? (unsigned int)CPU_COUNT(&set) : 1;
}

int pool_workers(unsigned int *out, const char *text, struct km_diag *d)
{
	char *end;

	*out = pool_cpus();
	if (!text)
		return 0;
	long n = strtol(text, &end, 10);

	if (*end || end == text || n < 1 || n > MOST_WORKERS)
		return km_fail(d, KM_EUSAGE, "--jobs",
			       "it takes a whole number from 1 to %d, not '%s'", MOST_WORKERS,
			       text);
	*out = (unsigned int)n;
	return 0;
}

/* ---- the worker ---- */

static _Noreturn void work(const struct pool *p, size_t job, int fd, pid_t parent)
{
	struct answer *a = calloc(1, sizeof(*a));
	const char *at = (const char *)a;
	size_t left = sizeof(*a);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!a || getppid() != parent)
		_exit(1);
	a->d.code = p->run(p->ctx, job, a->result, &a->d);
	if (a->d.code)
		memset(a->result, 0, sizeof(a->result));
	while (left) {
		ssize_t n = write(fd, at, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			_exit(1);
		at += n;
		left -= (size_t)n;
	}
	fflush(stderr);
	_exit(0);
}

static int start(struct run *r, struct worker *w, struct km_diag *d)
{
	pid_t parent = getpid();
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return km_fail(d, KM_EIO, "", "no pipe to a worker: %s", strerror(errno));
	/* what is buffered must not be written twice */
	fflush(NULL);
	*w = (struct worker){ .job = r->next, .fd = ends[0] };
	w->pid = fork();
	if (!w->pid) {
		close(ends[0]);
		work(r->p, w->job, ends[1], parent);
	}
	close(ends[1]);
	if (w->pid < 0) {
		w->pid = 0;
		close(ends[0]);
		return km_fail(d, KM_EIO, "", "no process for a worker: %s", strerror(errno));
	}
	r->next++;
	return 0;
}

/* ---- its end ---- */

static void say_end(struct answer *a, int status)
{
	*a = (struct answer){ 0 };
	if (WIFSIGNALED(status))
		km_fail(&a->d, KM_EIO, "", "ended by signal %d (%s) before it was done",
			WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		km_fail(&a->d, KM_EIO, "", "ended before it was done (status %d)",
			WEXITSTATUS(status));
}

static void finish(struct run *r, struct worker *w)
{
	int status = 0;

	close(w->fd);
	while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (w->got < sizeof(w->answer))
		say_end(&w->answer, status);
	r->answers[w->job] = w->answer;
	r->ended[w->job] = true;
	r->nr_ended++;
	w->pid = 0;
	if (r->p->tick)
		r->p->tick(r->p->ctx, r->nr_ended);
}

static void listen_to(struct run *r, struct worker *w)
{
	char more[256];
	char *to = w->got < sizeof(w->answer) ? (char *)&w->answer + w->got : more;
	size_t room = w->got < sizeof(w->answer) ? sizeof(w->answer) - w->got : sizeof(more);
	ssize_t n = read(w->fd, to, room);

	if (n > 0)
		w->got += (size_t)n;
	else if (!n || errno != EINTR)
		finish(r, w);
}

static int hand_over(struct run *r)
{
	int err = 0;

	for (; !err && r->nr_done < r->p->nr_jobs && r->ended[r->nr_done]; r->nr_done++)
		err = r->p->done(r->p->ctx, r->nr_done, r->answers[r->nr_done].result,
				 &r->answers[r->nr_done].d);
	return err;
}

/* ---- all of them ---- */

static void end_all(struct run *r)
{
	for (unsigned int i = 0; r->worker && i < r->p->nr_workers; i++) {
		if (!r->worker[i].pid)
			continue;
		kill(r->worker[i].pid, SIGKILL);
		close(r->worker[i].fd);
		waitpid(r->worker[i].pid, NULL, 0);
	}
}

static int step(struct run *r, struct km_diag *d)
{
	unsigned int n = r->p->nr_workers;
	int err = 0;

	for (unsigned int i = 0; !err && i < n; i++) {
		if (!r->worker[i].pid && r->next < r->p->nr_jobs)
			err = start(r, &r->worker[i], d);
		r->poll[i] = (struct pollfd){ .fd = r->worker[i].pid ? r->worker[i].fd : -1,
					      .events = POLLIN };
	}
	if (!err && poll(r->poll, n, -1) < 0 && errno != EINTR)
		err = km_fail(d, KM_EIO, "", "workers cannot be waited for: %s", strerror(errno));
	for (unsigned int i = 0; !err && i < n; i++)
		if (r->worker[i].pid && r->poll[i].revents)
			listen_to(r, &r->worker[i]);
	return err ? err : hand_over(r);
}

int pool_run(const struct pool *p, struct km_diag *d)
{
	struct run r = { .p = p };
	int err = 0;

	KM_BUG_ON(p->result_size > POOL_RESULT_MAX || !p->nr_workers);
	r.worker = calloc(p->nr_workers, sizeof(*r.worker));
	r.poll = calloc(p->nr_workers, sizeof(*r.poll));
	r.answers = calloc(p->nr_jobs ? p->nr_jobs : 1, sizeof(*r.answers));
	r.ended = calloc(p->nr_jobs ? p->nr_jobs : 1, sizeof(*r.ended));
	if (!r.worker || !r.poll || !r.answers || !r.ended)
		err = km_fail(d, KM_ENOMEM, "", "out of memory");
	while (!err && r.nr_done < p->nr_jobs)
		err = step(&r, d);
	end_all(&r);
	free(r.worker);
	free(r.poll);
	free(r.answers);
	free(r.ended);
	return err;
}
