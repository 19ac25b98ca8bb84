/* SPDX-License-Identifier: GPL-2.0-only */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "cli/fail_if.h"
#include "cli/variation.h"

static struct variation v;

static void end(void)
{
	variation_release(&v);
}

TestSuite(variation, .fini = end);

static void is_named(size_t i, const char *want)
{
	char *name = variation_name(&v, i);

	cr_expect_str_eq(name, want);
	free(name);
}

Test(variation, every_combination_the_last_key_fastest)
{
	struct km_diag d;

	cr_assert_eq(variation_add(&v, "policy.kernel=6.1,6.12", &d), 0);
	cr_assert_eq(variation_add(&v, "policy.lowmem_reserve_ratio=[256, 32],[1]", &d), 0);
	cr_assert_eq(variation_add(&v, "machine.cma=8M,[{name: 'a,b', size: 1M}],0", &d), 0);
	cr_assert_eq(v.nr, 12);
	is_named(0, "policy.kernel=6.1 policy.lowmem_reserve_ratio=[256, 32] machine.cma=8M");
	is_named(1, "policy.kernel=6.1 policy.lowmem_reserve_ratio=[256, 32] "
		    "machine.cma=[{name: 'a,b', size: 1M}]");
	is_named(5, "policy.kernel=6.1 policy.lowmem_reserve_ratio=[1] machine.cma=0");
	is_named(11, "policy.kernel=6.12 policy.lowmem_reserve_ratio=[1] machine.cma=0");
	char **s = variation_settings(&v, 6);

	cr_expect_str_eq(s[0], "policy.kernel=6.12");
	cr_expect_str_eq(s[1], "policy.lowmem_reserve_ratio=[256, 32]");
	variation_free(&v, s);
}

Test(variation, refuses)
{
	static const char *const bad[] = { "",
					   "=",
					   "policy.kernel",
					   "=6.1",
					   "policy.kernel=",
					   "policy.kernel=6.1,",
					   "policy.cernel=1",
					   "kernel=1",
					   "machine.cpus=1,2,1",
					   "machine.cpus=1,[2]",
					   "machine.cma=8M,[",
					   "machine.cma=1Q" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct km_diag d = { 0 };

		cr_expect_eq(variation_add(&v, bad[i], &d), -KM_EUSAGE, "%s", bad[i]);
		cr_expect_neq(d.what[0], '\0');
		variation_release(&v);
	}
}

/* ---- conditions ---- */

static struct comparison_run runs[2];
static struct comparison both = { .run = runs, .nr_runs = 2 };

static bool holds(const char *text, int64_t base, int64_t other)
{
	struct fail_if f;
	struct km_diag d;

	cr_assert_eq(fail_if_parse(&f, text, &d), 0, "%s: %s", text, d.what);
	both.metric[0] = f.metric;
	both.nr_metrics = 1;
	runs[0].metric[0] = (struct comparison_value){ true, base };
	runs[1].metric[0] = (struct comparison_value){ true, other };
	return fail_if_holds(&f, &both, 1);
}

Test(fail_if, absolute_and_relative)
{
	cr_expect(holds("failures>0", 9, 1));
	cr_expect_not(holds("failures>0", 9, 0));
	cr_expect(holds("failures>=1", 9, 1));
	cr_expect(holds("failures<0.001", 9, 0));
	cr_expect_not(holds("unusable_order9>+5%", 100, 105));
	cr_expect(holds("unusable_order9>+5%", 100, 106));
	cr_expect(holds("unusable_order9>=+5%", 100, 105));
	cr_expect(holds("unusable_order12_mean>+5%", 0, 1), "of nothing, anything is more");
	cr_expect(holds("free_pages<-2.5%", 1000, 974));
	cr_expect_not(holds("free_pages<-2.5%", 1000, 975));
	cr_expect(holds("free_pages<-10", 1000, 989));
	cr_expect_not(holds("free_pages<-10", 1000, 990));
	cr_expect_not(holds("free_pages<+9223372036854%", INT64_MAX, INT64_MAX) &&
		      holds("free_pages>+9223372036854%", INT64_MAX, INT64_MAX));
}

Test(fail_if, the_base_is_not_held_against_itself)
{
	struct fail_if f;
	struct km_diag d;

	cr_expect_not(holds("failures>=+0", 1, 0));
	cr_assert_eq(fail_if_parse(&f, "failures>=+0", &d), 0);
	cr_expect_not(fail_if_holds(&f, &both, 0));
	runs[1].metric[0].has = false;
	cr_expect_not(fail_if_holds(&f, &both, 1), "what nobody knows fulfils nothing");
}

Test(fail_if, refuses)
{
	static const char *const bad[] = { "",
					   ">",
					   "failures",
					   "failures>",
					   "failures=1",
					   "failures>1%",
					   "failures>+",
					   "failures>1.2345",
					   "failures>1x",
					   "failures>+5%%",
					   "failure>1",
					   "unusable_order16>1",
					   "unusable_order>1",
					   "oom>1.2.3",
					   "failures>99999999999999999999" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fail_if f;
		struct km_diag d;

		cr_expect_eq(fail_if_parse(&f, bad[i], &d), -KM_EUSAGE, "%s", bad[i]);
	}
}
