/* SPDX-License-Identifier: GPL-2.0-only */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/pool.h"

enum { JOBS = 9, FAILS = 3, DIES = 5, LEAVES = 6 };

struct seen {
	char order[256];
	size_t ticks;
	int stop_at;
};

/* The later a job, the sooner it ends. */
static int run(void *ctx, size_t job, void *result, struct km_diag *d)
{
	int number = (int)job * 11;

	(void)ctx;
	usleep((useconds_t)(JOBS - job) * 2000);
	memcpy(result, &number, sizeof(number));
	if (job == FAILS)
		return km_fail(d, KM_EFORMAT, "job", "said no");
	if (job == DIES)
		raise(SIGKILL);
	if (job == LEAVES)
		_exit(7);
	return 0;
}

static int done(void *ctx, size_t job, const void *result, const struct km_diag *d)
{
	struct seen *s = ctx;
	size_t len = strlen(s->order);
	int number;

	memcpy(&number, result, sizeof(number));
	snprintf(s->order + len, sizeof(s->order) - len, "%zu:%d:%d ", job, number, d->code);
	if (job == DIES)
		cr_expect_not_null(strstr(d->what, "signal 9"), "%s", d->what);
	if (job == LEAVES)
		cr_expect_not_null(strstr(d->what, "status 7"), "%s", d->what);
	return s->stop_at == (int)job ? -KM_EIO : 0;
}

static void tick(void *ctx, size_t nr_ended)
{
	struct seen *s = ctx;

	cr_expect_eq(nr_ended, ++s->ticks);
}

static int work(struct seen *s, unsigned int workers)
{
	const struct pool p = { .nr_workers = workers,
				.nr_jobs = JOBS,
				.result_size = sizeof(int),
				.run = run,
				.done = done,
				.tick = tick,
				.ctx = s };
	struct km_diag d;

	return pool_run(&p, &d);
}

Test(pool, results_come_in_the_order_of_the_jobs)
{
	const unsigned int workers[] = { 1, 2, 4, 30 };

	for (size_t i = 0; i < sizeof(workers) / sizeof(workers[0]); i++) {
		struct seen s = { .stop_at = -1 };

		cr_expect_eq(work(&s, workers[i]), 0);
		cr_expect_str_eq(s.order, "0:0:0 1:11:0 2:22:0 3:0:-4 4:44:0 5:0:-3 6:0:-3 "
					  "7:77:0 8:88:0 ");
		cr_expect_eq(s.ticks, JOBS);
	}
}

Test(pool, ends_where_nobody_wants_more)
{
	struct seen s = { .stop_at = 1 };

	cr_expect_eq(work(&s, 2), -KM_EIO);
	cr_expect_str_eq(s.order, "0:0:0 1:11:0 ");
}

Test(pool, number_of_workers)
{
	static const char *const bad[] = {
		"0", "-1", "", "x", "2x", "1025", "99999999999999999999"
	};
	struct km_diag d;
	unsigned int n;

	cr_expect_eq(pool_workers(&n, NULL, &d), 0);
	cr_expect_eq(n, pool_cpus());
	cr_expect_eq(pool_workers(&n, "1024", &d), 0);
	cr_expect_eq(n, 1024);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(pool_workers(&n, bad[i], &d), -KM_EUSAGE, "%s", bad[i]);
}
