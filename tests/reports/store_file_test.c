/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/store_file.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/small_run.h"

static char dir[64];

static void begin(void)
{
	small_run_dir(dir);
}

static void end(void)
{
	small_run_rm(dir);
}

TestSuite(store_file, .init = begin, .fini = end);

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	cr_assert(f && fputs(text, f) >= 0 && !fclose(f));
}

static void refused(const char *path, int code, const char *says)
{
	struct km_diag d = { 0 };
	struct store_file f;

	cr_expect_eq(store_file_open(&f, path, &d), code, "%s: %d", path, d.code);
	cr_expect_str_eq(d.where, path);
	cr_expect(strstr(d.what, says), "%s: \"%s\" does not say \"%s\"", path, d.what, says);
}

Test(store_file, appears_whole)
{
	const char *path = small_run_path(dir, "a.db");
	struct km_diag d;
	struct store_file f;

	cr_assert_eq(store_file_open(&f, path, &d), 0);
	cr_assert_eq(write(f.fd, "SQLite format 3", 16), 16);
	cr_assert_neq(access(path, F_OK), 0);
	cr_assert_eq(store_file_commit(&f, &d), 0);
	cr_assert_eq(access(path, F_OK), 0);
	cr_assert_neq(access(small_run_path(dir, "a.db.partial"), F_OK), 0);
}

Test(store_file, places_that_cannot_be_written)
{
	refused(small_run_path(dir, "absent/run.db"), -KM_EIO, "there is no directory");
	refused("/dev/full", -KM_EINVAL, "not a regular file");
	refused(dir, -KM_EINVAL, "is a directory");
	refused("", -KM_EINVAL, "no name");
	refused("/proc/run.db", -KM_EIO, "/proc");
	put(small_run_path(dir, "notes.txt"), "my notes\n");
	refused(small_run_path(dir, "notes.txt"), -KM_EINVAL, "not a run database");
	refused(small_run_path(dir, "notes.txt/run.db"), -KM_EIO, "");
}

/* SQLite's file format, 1.3: the application's number is at 68, most significant byte first. */
Test(store_file, another_programs_database)
{
	const char *path = small_run_path(dir, "theirs.db");
	char head[100] = "SQLite format 3";
	FILE *f = fopen(path, "we");

	memcpy(head + 68, "\x6b\x6d\x6c\x63", 4);
	cr_assert(f && fwrite(head, 1, sizeof(head), f) == sizeof(head) && !fclose(f));
	refused(path, -KM_EINVAL, "not a run database");
	cr_assert_eq(truncate(path, 60), 0);
	refused(path, -KM_EINVAL, "not a run database");
	memcpy(head + 68, "\x6b\x6d\x6c\x62", 4);
	f = fopen(path, "we");
	cr_assert(f && fwrite(head, 1, sizeof(head), f) == sizeof(head) && !fclose(f));

	struct store_file s;
	struct km_diag d;

	cr_assert_eq(store_file_open(&s, path, &d), 0, "%s", d.what);
	store_file_discard(&s);
}

Test(store_file, directory_without_permission)
{
	const char *path = small_run_path(dir, "run.db");

	cr_assert_eq(chmod(dir, 0500), 0);
	if (access(dir, W_OK))
		refused(path, -KM_EIO, "cannot be written");
	chmod(dir, 0700);
}

Test(store_file, empty_file_and_database_may_be_replaced)
{
	const char *path = small_run_path(dir, "run.db");
	struct km_diag d;
	struct store_file f;

	put(path, "");
	cr_assert_eq(store_file_open(&f, path, &d), 0);
	store_file_discard(&f);
	cr_assert_eq(small_run_write(path, &d), 0);
	cr_assert_eq(small_run_write(path, &d), 0);
}

Test(store_file, link_leads_to_the_file_behind_it)
{
	const char *real = small_run_path(dir, "real.db"), *link = small_run_path(dir, "link.db");
	struct km_diag d;
	struct stat st;

	cr_assert_eq(small_run_write(real, &d), 0);
	cr_assert_eq(truncate(real, 0), 0);
	cr_assert_eq(symlink(real, link), 0);
	cr_assert_eq(small_run_write(link, &d), 0);
	cr_assert(!lstat(link, &st) && S_ISLNK(st.st_mode));
	cr_assert(!stat(real, &st) && st.st_size > 0);
}

Test(store_file, one_that_is_being_written_is_refused)
{
	const char *path = small_run_path(dir, "run.db");
	struct km_diag d;
	struct store_file f;

	cr_assert_eq(store_file_open(&f, path, &d), 0);
	refused(path, -KM_EIO, "another kmemlab is writing it");
	store_file_discard(&f);
	cr_assert_eq(store_file_open(&f, path, &d), 0);
	store_file_discard(&f);
}

/* A child is killed in the middle of its run: the database is the old one, and the next run
 * replaces what it left. */
Test(store_file, killed_in_the_middle)
{
	const char *path = small_run_path(dir, "run.db"),
		   *partial = small_run_path(dir, "run.db.partial");
	const struct store_run run = small_run_about();
	struct km_diag d;
	size_t n, m;
	char *before, *after;
	int status, ready[2];
	pid_t child;

	cr_assert_eq(small_run_write(path, &d), 0);
	before = small_run_read(path, &n);
	cr_assert_eq(pipe(ready), 0);
	child = fork();
	if (!child) {
		struct store *s;

		if (!store_open(&s, path, &run, &d) && !small_run_feed(store_sink(s)) &&
		    write(ready[1], "x", 1))
			pause();
		_exit(1);
	}
	cr_assert_eq(read(ready[0], &status, 1), 1);
	kill(child, SIGKILL);
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFSIGNALED(status));

	cr_assert_eq(access(partial, F_OK), 0, "what a killed run leaves is called .partial");
	after = small_run_read(path, &m);
	cr_assert(n == m && !memcmp(before, after, n));
	free(after);
	cr_assert_eq(small_run_write(path, &d), 0, "%s: %s", d.where, d.what);
	cr_assert_neq(access(partial, F_OK), 0);
	after = small_run_read(path, &m);
	cr_assert(n == m && !memcmp(before, after, n));
	free(before);
	free(after);
}
