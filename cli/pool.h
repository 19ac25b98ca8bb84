/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Jobs in processes of their own, so many side by side. What a job comes to depends on the job
 * alone, and results are handed over in the order of the jobs, whatever the number of workers.
 */
#ifndef CLI_POOL_H
#define CLI_POOL_H

#include "engine/core/diag.h"

struct pool {
	unsigned int nr_workers; /* at least 1 */
	size_t nr_jobs;
	size_t result_size; /* bytes; at most POOL_RESULT_MAX */
	/* In the worker: fill @result, or -KM_E… with @d filled. */
	int (*run)(void *ctx, size_t job, void *result, struct km_diag *d);
	/*
	 * In this process, job by job in their order: @d->code is 0, or why the job failed.
	 * @result is zeroed where it did. Return: 0, or -KM_E…, which ends the pool.
	 */
	int (*done)(void *ctx, size_t job, const void *result, const struct km_diag *d);
	/* In this process: so many jobs have ended, in whatever order. NULL: nobody asks. */
	void (*tick)(void *ctx, size_t nr_ended);
	void *ctx;
};

enum { POOL_RESULT_MAX = 2048 };

/* CPUs that this process may run on. */
unsigned int pool_cpus(void);

/* "4": so many workers, from 1 to 1024; NULL: pool_cpus(). -KM_EUSAGE with @d filled. */
int pool_workers(unsigned int *out, const char *text, struct km_diag *d) KM_MUST_CHECK;

/**
 * pool_run() - run all jobs.
 *
 * Workers do not outlive this process. Return: 0; what .done returned; -KM_EIO where no process
 * can be made, -KM_ENOMEM; @d is filled.
 */
int pool_run(const struct pool *p, struct km_diag *d) KM_MUST_CHECK;

#endif
