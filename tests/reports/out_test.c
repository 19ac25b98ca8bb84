/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/out.h"

#include <criterion/criterion.h>
#include <string.h>
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

TestSuite(out, .init = begin, .fini = end);

Test(out, file_appears_when_it_is_complete)
{
	const char *path = small_run_path(dir, "a.txt");
	struct km_diag d;
	struct out o;

	cr_assert_eq(out_open(&o, dir, "a.txt", &d), 0);
	fputs("text", o.f);
	cr_assert_neq(access(path, F_OK), 0);
	cr_assert_eq(out_close(&o, &d), 0);
	cr_assert_eq(access(path, F_OK), 0);
	cr_assert_neq(access(small_run_path(dir, "a.txt.partial"), F_OK), 0);
}

Test(out, discarded_and_failed_files_leave_nothing)
{
	struct km_diag d;
	struct out o;

	cr_assert_eq(out_open(&o, dir, "a.txt", &d), 0);
	out_discard(&o);
	cr_assert_eq(out_open(&o, dir, "a.txt", &d), 0);
	cr_assert_eq(out_end(&o, -KM_ENOMEM, &d), -KM_ENOMEM);
	cr_assert_neq(access(small_run_path(dir, "a.txt"), F_OK), 0);
	cr_assert_neq(access(small_run_path(dir, "a.txt.partial"), F_OK), 0);
}

Test(out, link_in_the_way_is_not_followed)
{
	const char *victim = small_run_path(dir, "victim"),
		   *way = small_run_path(dir, "a.txt.partial");
	struct km_diag d;
	struct out o;

	cr_assert_eq(symlink(victim, way), 0);
	cr_assert_eq(out_open(&o, dir, "a.txt", &d), 0);
	fputs("text", o.f);
	cr_assert_eq(out_close(&o, &d), 0);
	cr_assert_neq(access(victim, F_OK), 0);
}

Test(out, directories_are_made_on_the_way)
{
	struct km_diag d;

	cr_expect_eq(out_missing_parts(dir), 0);
	cr_expect_eq(out_missing_parts(small_run_path(dir, "a/b//c/")), 3);
	cr_assert_eq(out_make_directory(small_run_path(dir, "a/b//c/"), &d), 0);
	out_remove_empty(small_run_path(dir, "a/b//c/"), 2);
	cr_expect_eq(out_missing_parts(small_run_path(dir, "a/b//c/")), 2);
	out_remove_empty(small_run_path(dir, "a/b"), 2);
	cr_expect_eq(out_missing_parts(small_run_path(dir, "a")), 0, "a/b was not there to remove");
	cr_assert_eq(out_make_directory(small_run_path(dir, "a/b//c/"), &d), 0);
	cr_assert_eq(out_make_directory(small_run_path(dir, "a/b/c"), &d), 0);
	cr_assert_eq(access(small_run_path(dir, "a/b/c"), W_OK), 0);
}

Test(out, directories_that_cannot_be)
{
	struct km_diag d;
	struct out o;

	cr_assert_eq(out_open(&o, dir, "file", &d), 0);
	cr_assert_eq(out_close(&o, &d), 0);
	cr_expect_eq(out_make_directory(small_run_path(dir, "file"), &d), -KM_EINVAL);
	cr_expect(strstr(d.what, "is not a directory"));
	cr_expect_eq(out_make_directory(small_run_path(dir, "file/below"), &d), -KM_EINVAL);
	cr_expect_eq(out_make_directory("/proc/report", &d), -KM_EIO);
	cr_expect_str_eq(d.where, "/proc/report");
	cr_expect_eq(out_make_directory("", &d), -KM_EINVAL);
	cr_expect_eq(out_open(&o, small_run_path(dir, "absent"), "a", &d), -KM_EIO);
}
