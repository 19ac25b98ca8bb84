/* SPDX-License-Identifier: GPL-2.0-only */
/* Assertions on lists read as text, saying both sides. */
#ifndef KM_TEST_SAYS_H
#define KM_TEST_SAYS_H

#include <criterion/criterion.h>

#include "tests/support/rig.h"

#define SAYS(got, want)                                                                     \
	do {                                                                                \
		const char *got_ = (got);                                                   \
		cr_assert_str_eq(got_, want, "%s is \"%s\", not \"%s\"", #got, got_, want); \
	} while (0)

#define IS(got, want)                                                                \
	do {                                                                         \
		long long got_ = (long long)(got), want_ = (long long)(want);        \
		cr_assert(got_ == want_, "%s is %lld, not %lld", #got, got_, want_); \
	} while (0)

#define SOUND(rig)                                           \
	do {                                                 \
		const char *said_ = rig_recount(rig);        \
		cr_assert(!said_, "%s", said_ ? said_ : ""); \
	} while (0)

#endif
