/* SPDX-License-Identifier: GPL-2.0-only */
/* The run database on a host that fails: at each allocation, and at each size a file may have. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reports/report.h"
#include "tests/support/small_run.h"

#if defined(__SANITIZE_ADDRESS__)
#define OWN_MALLOC 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OWN_MALLOC 0
#endif
#endif

#ifndef OWN_MALLOC
#define OWN_MALLOC 1

/* Allocations until one fails; negative: it has, or none does. Some that fail are done without. The
 * C library's and SQLite's come through here too. */
static long left = -1;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);

/* Each of the first two hundred, then ever fewer of the many that SQLite makes. */
static long later(long at)
{
	return at + 1 + at / 200;
}

static bool fails(void)
{
	return left >= 0 && left-- == 0;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
	return fails() ? NULL : __libc_realloc(p, size);
}
#endif

static char dir[64], path[128], partial[160];

static void begin(void)
{
	struct km_diag d;

	small_run_dir(dir);
	snprintf(path, sizeof(path), "%s/run.db", dir);
	snprintf(partial, sizeof(partial), "%s.partial", path);
	cr_assert_eq(small_run_write(path, &d), 0);
}

static void end(void)
{
	small_run_rm(dir);
}

TestSuite(store_fault, .init = begin, .fini = end, .timeout = 120);

static bool same(const char *before, size_t n)
{
	size_t m;
	char *after = small_run_read(path, &m);
	bool equal = after && n == m && !memcmp(before, after, n);

	free(after);
	return equal;
}

#if OWN_MALLOC
Test(store_fault, every_allocation)
{
	struct km_diag d;
	size_t n;
	char *before = small_run_read(path, &n);
	bool reached = true;
	long at;

	for (at = 0; reached; at = later(at)) {
		int err;

		left = at;
		err = small_run_write(path, &d);
		reached = left < 0;
		left = -1;
		cr_assert(!err || err == -KM_ENOMEM, "allocation %ld: %d, %s: %s", at, err, d.where,
			  d.what);
		cr_assert(same(before, n), "allocation %ld changed the old database", at);
		cr_assert_neq(access(partial, F_OK), 0, "allocation %ld left a file behind", at);
	}
	cr_assert_gt(at, 100, "only %ld allocations", at);
	free(before);
}

Test(store_fault, every_allocation_of_a_merge)
{
	const char *all = small_run_path(dir, "all.db");
	const char *const sources[] = { path, path };
	struct km_diag d;
	bool reached = true;
	long at;

	for (at = 0; reached; at = later(at)) {
		int err;

		unlink(all);
		left = at;
		err = store_merge(all, sources, 2, &d);
		reached = left < 0;
		left = -1;
		cr_assert(!err || err == -KM_ENOMEM, "allocation %ld: %d, %s: %s", at, err, d.where,
			  d.what);
		cr_assert(!err || access(all, F_OK), "allocation %ld left a database", at);
	}
	cr_assert_gt(at, 100, "only %ld allocations", at);
}

Test(store_fault, every_allocation_of_a_report)
{
	const struct report_options options = { .db = path,
						.dir = small_run_path(dir, "out"),
						.formats = REPORT_TEXT | REPORT_JSON };
	struct km_diag d;
	bool reached = true;
	long at;

	for (at = 0; reached; at = later(at)) {
		int err;

		left = at;
		err = report_write(&options, &d);
		reached = left < 0;
		left = -1;
		cr_assert(!err || err == -KM_ENOMEM || err == -KM_EIO, "allocation %ld: %d, %s: %s",
			  at, err, d.where, d.what);
	}
	cr_assert_gt(at, 100, "only %ld allocations", at);
}
#endif

/* A limit on the file's size fails the writes a full disk would fail, at each page of the database
 * in turn. */
Test(store_fault, every_size_a_file_may_reach)
{
	struct rlimit old, limit;
	struct km_diag d;
	struct stat st;
	size_t n;
	char *before = small_run_read(path, &n);
	int err;

	cr_assert_eq(stat(path, &st), 0);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	for (rlim_t size = 0; size < (rlim_t)st.st_size; size += 4096) {
		limit = (struct rlimit){ size, old.rlim_max };
		setrlimit(RLIMIT_FSIZE, &limit);
		err = small_run_write(path, &d);
		setrlimit(RLIMIT_FSIZE, &old);
		cr_assert_eq(err, -KM_EIO, "limit %zu: %d, %s: %s", (size_t)size, err, d.where,
			     d.what);
		cr_assert_str_eq(d.where, path);
		cr_assert(same(before, n));
		cr_assert_neq(access(partial, F_OK), 0);
	}
	free(before);
}

/* Needs the right to mount; what it would show is then shown by the limit above. */
Test(store_fault, full_disk)
{
	const char *disk = small_run_path(dir, "disk");
	char target[256];
	struct km_diag d;
	int err;

	cr_assert_eq(mkdir(disk, 0700), 0);
	if (mount("tmpfs", disk, "tmpfs", 0, "size=64k"))
		cr_skip_test("mounting a small file system is not permitted here");
	snprintf(target, sizeof(target), "%s/run.db", disk);
	err = small_run_write(target, &d);
	cr_expect_eq(err, -KM_EIO);
	cr_expect_str_eq(d.where, target);
	cr_expect(strstr(d.what, "disk is full"), "%s", d.what);
	cr_expect_neq(access(target, F_OK), 0);
	cr_expect_eq(rmdir(disk), -1);
	cr_assert_eq(umount(disk), 0);
}

/* The report's files are not left in halves either. */
Test(store_fault, report_on_a_full_disk)
{
	const struct report_options options = { .db = path,
						.dir = small_run_path(dir, "out"),
						.formats = REPORT_CSV };
	struct rlimit old, limit;
	struct km_diag d;
	int err;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	limit = (struct rlimit){ 40, old.rlim_max };
	setrlimit(RLIMIT_FSIZE, &limit);
	err = report_write(&options, &d);
	setrlimit(RLIMIT_FSIZE, &old);
	cr_assert_eq(err, -KM_EIO);
	cr_assert(strstr(d.where, "/out/runs.csv"));
	cr_assert_neq(access(d.where, F_OK), 0);
	cr_assert_neq(access(small_run_path(dir, "out/runs.csv.partial"), F_OK), 0);
}
